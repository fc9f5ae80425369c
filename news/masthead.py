"""What every page says of the site itself: as staff set it, or else as it stands here."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from news.models import Page, Site, SiteText, SocialLink
from news.publicpages import part

_NUMBER = re.compile(r"\+?[0-9 ()-]*[0-9][0-9 ()-]*")
LONGEST_NUMBER = 16  # A plus and 15 digits: E.164. More are two numbers.


@dataclass(frozen=True)
class Masthead:
    """The site in one language."""

    language: str
    name: str
    company: str
    tagline: str
    description: str
    footer: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    site: Site | None = None

    @property
    def section(self) -> str:
        """What to write beside the company's mark: the site's name without the company's."""
        return self.name.removeprefix(self.company).strip(" -–—·|") or self.name

    @property
    def dialled(self) -> str:
        """The telephone number as a link has it; none if it is not one number and nothing else."""
        digits = re.sub(r"[^+0-9]", "", self.phone)
        is_one = _NUMBER.fullmatch(self.phone) and "(0)" not in self.phone
        return digits if is_one and len(digits) <= LONGEST_NUMBER else ""

    @cached_property
    def links(self) -> list[SocialLink]:
        """Where else to find us, on pages of this language."""
        shown = SocialLink.objects.filter(Q(language="") | Q(language=self.language))
        return list(shown.select_related("code"))

    @cached_property
    def pages(self) -> list[Page]:
        """Those that the foot of every page leads to."""
        return list(Page.objects.at_the_foot(self.language).defer("body", "body_text"))


def masthead() -> Masthead:
    """In the active language; asked of the database once per edition."""
    language = get_language() or settings.LANGUAGE_CODE
    return part(("masthead", language), lambda: [_as_set(language)])[0]


def default() -> Masthead:
    """In the active language, without asking the database, which may be away."""
    return Masthead(
        language=get_language() or settings.LANGUAGE_CODE,
        name=_("China Haisum Newsroom"),
        company=_("China Haisum"),
        tagline=_("News from China Haisum"),
        description=_(
            "Projects, people and technology: the news of China Haisum, engineers and contractors "
            "in more than 60 countries."
        ),
    )


def _as_set(language: str) -> Masthead:
    site = Site.objects.in_language(language)
    text: SiteText | None = getattr(site, "text", None)
    fields = ("name", "company", "tagline", "description", "footer", "address", "phone", "email")
    said = {name: value for name in fields if text and (value := getattr(text, name))}
    return replace(default(), site=site, **said)
