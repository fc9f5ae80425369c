"""What templates need and Django has no tag for: addresses, and parts that pages share."""

import re
from urllib.parse import quote

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.template.loader import render_to_string
from django.template.loader_tags import BlockNode
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, override

from news import downloads, edition, languagetags, markup, publicpages
from news.models import Article, Attachment, Image
from news.moments import for_machines
from news.pagination import page_address

register = template.Library()
register.filter(for_machines)
register.filter("language_tag", languagetags.spelt)
register.simple_tag(page_address, takes_context=True)

_AROUND_LINES = re.compile(r"\s*\n\s*")


@register.tag
def part(parser, token):
    """A piece that pages share: rendered by the first page of an edition that needs it, then kept.

        {% part "menu" category.pk %}...{% endpart %}

    Its name and what follows must tell apart all that makes the piece different, but for the
    language, which is always part of the key. No block may be inside: pages fill it differently.
    """
    _tag, *said = token.split_contents()
    if not said:
        raise template.TemplateSyntaxError("A part needs a name.")
    name, *key = said
    nodelist = parser.parse(["endpart"])
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise template.TemplateSyntaxError("A part is the same on all pages: no blocks inside.")
    return PartNode(name.strip('"'), [parser.compile_filter(value) for value in key], nodelist)


class PartNode(template.Node):
    def __init__(self, name, key, nodelist):
        self.name = name
        self.key = key
        self.nodelist = nodelist

    def render(self, context):
        values = [value.resolve(context, ignore_failures=True) for value in self.key]
        key = (get_language(), self.name, *values)
        return publicpages.part(key, lambda: self._rendered(context))

    def _rendered(self, context):
        # Without the white space around lines, which is for those who read templates.
        return _AROUND_LINES.sub("\n", self.nodelist.render(context)).strip()


@register.simple_tag
def edition_year() -> int:
    """The year that the page is made in, by the clock that all machines share."""
    return timezone.localtime(edition.moment(), timezone.get_default_timezone()).year


@register.simple_tag(takes_context=True)
def language_links(context) -> list[dict]:
    """The site's other languages, with this page's address in each, or else its home page's.

    `is_translation` tells whether the address is this very page; `name` is the language's own name
    for itself, `name_here` the one it has in the page's language.
    """
    alternates = context.get("alternates", {})
    return [
        {
            "code": code,
            "name": get_language_info(code)["name_local"],
            "name_here": str(name),
            "url": alternates.get(code) or _home(code),
            "is_translation": code in alternates,
        }
        for code, name in settings.LANGUAGES
        if code != get_language()
    ]


def _home(language: str) -> str:
    with override(language):
        return reverse("news:home")


@register.filter
def month_name(month: int) -> str:
    return str(MONTHS[month])


@register.simple_tag
def page_numbers(page: Page) -> list[int | str]:
    """The numbers that pagination offers: the ends, the neighbours, and ellipses between."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))


@register.simple_tag
def cover(article: Article, place: str, *, first: bool = False) -> SafeString:
    """The cover in all its sizes, for a place on the page: `card`, `feature` or `cover`."""
    own = {"class": f"{place}-picture", "alt": article.cover_alt}
    way = markup.FIRST if first else markup.LAZY
    assert article.cover
    shown = markup.picture(article.cover, markup.SIZES[place], own | way, markup.MOST.get(place))
    if place != "cover":  # The others are links already, to the article.
        return shown
    return markup.enlargeable(shown, article.cover, markup.COVER_PLACE)


@register.simple_tag
def share(article: Article, address: str) -> SafeString:
    """Ways to share an article: one part for all, as making it anew takes five times as long."""
    key = (get_language(), "share")
    ways = publicpages.part(key, lambda: render_to_string("news/_share.html"))
    return format_html(ways, title=quote(article.title, safe=""), address=quote(address, safe=""))


@register.simple_tag
def library_picture(image: Image, css_class: str, alt: str, sizes: str) -> SafeString:
    """A picture of the library outside an article, in all its sizes."""
    return markup.picture(image, sizes, {"class": css_class, "alt": alt})


@register.filter
def file_facts(attachment: Attachment) -> str:
    return downloads.facts(attachment)
