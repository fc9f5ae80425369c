"""What staff say of the site itself: its names in each language, its marks and numbers, its links.

None of it must be there: `news/masthead.py` knows what stands in its place.
"""

from __future__ import annotations

from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import FilteredRelation, Q
from django.utils.translation import gettext_lazy as _

from .edition import PublicModel, PublicQuerySet
from .language import LanguageField


class SiteQuerySet(PublicQuerySet):
    def in_language(self, language: str) -> Site | None:
        """The site, if anybody described it, with its texts in a language as `text`: one query."""
        texts = FilteredRelation("texts", condition=Q(texts__language=language))
        return self.annotate(text=texts).select_related("logo", "text").first()


class Site(PublicModel):
    """What is the same in every language. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    logo = models.ForeignKey(
        "news.Image",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="logo_of",
        verbose_name=_("logo"),
        help_text=_(
            "From the library; stands in the header of every page, 44 pixels high. "
            "If empty, the drawn wordmark does."
        ),
    )
    icp_number = models.CharField(
        _("ICP number"),
        max_length=40,
        blank=True,
        validators=[
            RegexValidator(
                r"^[\u4e00-\u9fff]ICP备[0-9]{6,12}号(-[0-9]{1,3})?$",
                _("Write it as it was issued, like 沪ICP备12345678号 or 沪ICP备12345678号-1."),
            )
        ],
        help_text=_(
            "What the site is filed under in mainland China. It stands at the foot of every page "
            "and leads to beian.miit.gov.cn."
        ),
    )
    police_number = models.CharField(
        _("public security number"),
        max_length=40,
        blank=True,
        validators=[
            RegexValidator(
                r"^[\u4e00-\u9fff]公网安备 ?[0-9]{14}号$",
                _("Write it as it was issued, like 沪公网安备31010102001234号."),
            )
        ],
        help_text=_("Stands beside the ICP number and leads to beian.mps.gov.cn."),
    )

    revision = models.PositiveIntegerField(default=0, editable=False)

    objects = SiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("Site")
        default_permissions = ("view", "change")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="site_is_one_row")]

    def __str__(self) -> str:
        return str(_("Site"))

    @property
    def police_code(self) -> str:
        """The number's digits, by which the register finds it."""
        return "".join(char for char in self.police_number if char in "0123456789")


class SiteText(PublicModel):
    """What the site is called, and says of itself, in one language. What is empty has a default."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="texts")
    language = LanguageField()
    name = models.CharField(
        _("name of the site"),
        max_length=80,
        blank=True,
        help_text=_("In browser tabs, search results, feeds, e-mails and admin."),
    )
    company = models.CharField(
        _("company"),
        max_length=80,
        blank=True,
        help_text=_("Whose news these are, in short: in the copyright line and in descriptions."),
    )
    tagline = models.CharField(
        _("tagline"), max_length=120, blank=True, help_text=_("The heading of the home page.")
    )
    description = models.CharField(
        _("description"),
        max_length=300,
        blank=True,
        help_text=_("One or two sentences for search results and shared links."),
    )
    footer = models.TextField(
        _("text at the foot"),
        max_length=600,
        blank=True,
        help_text=_("Who we are, at the foot of every page. If empty, the description stands in."),
    )
    address = models.TextField(_("postal address"), max_length=300, blank=True)
    phone = models.CharField(_("telephone"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        verbose_name = _("texts in one language")
        verbose_name_plural = _("texts")
        default_permissions = ()  # The site's.
        ordering = ["language"]
        constraints = [
            models.UniqueConstraint("site", "language", name="site_text_once_per_language"),
            models.CheckConstraint(condition=~Q(language=""), name="site_text_has_language"),
        ]

    def __str__(self) -> str:
        return self.get_language_display()


class SocialLink(PublicModel):
    """Where else to find us: a link, a picture with a code to scan, or just a name to look for."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="links")
    label = models.CharField(_("label"), max_length=60)
    url = models.URLField(
        _("link"),
        max_length=300,
        blank=True,
        validators=[
            # A code of its own: forms have their own sentence for what is "invalid".
            URLValidator(
                ["https"], message=_("The link must begin with https://."), code="insecure"
            )
        ],
        help_text=_("Empty for what is only scanned or looked for, as with WeChat."),
    )
    code = models.ForeignKey(
        "news.Image",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="code_of",
        verbose_name=_("QR code"),
        help_text=_("A square picture from the library, to be scanned."),
    )
    language = LanguageField(
        blank=True, default="", help_text=_("If empty, it stands on the pages of every language.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("link to a social network")
        verbose_name_plural = _("social networks")
        default_permissions = ()
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(label=""), name="social_link_is_named"),
            models.CheckConstraint(
                condition=Q(url="") | Q(url__startswith="https://"), name="social_link_is_https"
            ),
        ]

    def __str__(self) -> str:
        return self.label
