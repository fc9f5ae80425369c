"""What a page says of itself to browsers, search engines and whoever is shown a link to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from locale import normalize
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from news import structured
from news.languagetags import spelt
from news.masthead import Masthead, masthead
from news.models import Article
from news.moments import for_machines
from news.pagination import page_address
from news.publicpages import part
from news.structured import Thing

Context = dict[str, Any]
Address = tuple[str, str]  # A page's name, or its language, and its path.

LOGO = ("img/logo.png", 512, 512)
SHARED = ("img/shared.png", 1200, 630)  # For pages without a picture of their own.
# What Open Graph and Google News tell apart by a country, and not by its script.
BY_COUNTRY = {"zh-hans": "zh-cn", "zh-hant": "zh-tw"}


@dataclass(frozen=True)
class Head:
    """A page that has none is not to be indexed."""

    title: str
    description: str
    canonical: str
    versions: list[Address]  # The page in each language, if there are several.
    open_graph: list[tuple[str, str]]
    things: list[Thing]

    @property
    def tags(self) -> SafeString:
        """By hand: a template's loops, or `format_html`, would slow an article's page by 3 %."""
        lines = [
            f'<link rel="alternate" hreflang="{language}" href="{escape(address)}">'
            for language, address in self.versions
        ]
        lines += [
            f'<meta property="{name}" content="{escape(value)}">' for name, value in self.open_graph
        ]
        return SafeString("\n".join(lines))

    @property
    def json_ld(self) -> SafeString:
        return structured.json_ld(self.things)


def root_of(request: HttpRequest) -> str:
    """What every path of the site has before it."""
    return request.build_absolute_uri("/")[:-1]


# --- pages of each kind


def of_page(request: HttpRequest, context: Context) -> Head:
    """Of one that has a `title`, perhaps a `description`, and perhaps is a list in pages."""
    name, page = context.get("head_title") or context["title"], context.get("page")
    if page and page.has_previous():
        name = f"{name} – {_('page %(number)s') % {'number': page.number}}"
    description = context.get("description") or news_of(context["title"], masthead())
    root = root_of(request)
    trail = _trail(request, root, context, context.get("here") or context["title"])
    return _head(request, root, context, name, description, [trail])


def news_of(title: str, site: Masthead) -> str:
    """A list in a sentence, where staff have not described it."""
    return _("%(title)s: news from %(company)s.") % {"title": title, "company": site.company}


def of_home(request: HttpRequest, context: Context) -> Head:
    site, root = masthead(), root_of(request)
    publisher = _publisher(root)
    searches = f"{root}{reverse('news:search')}?q={{search_term_string}}"
    url, language = root + request.path, get_language() or ""
    website = structured.website(site.name, url, language, publisher, searches)
    return _head(request, root, context, "", site.description, [website, publisher])


def of_article(request: HttpRequest, context: Context) -> Head:
    article: Article = context["article"]
    tags = [tag.name for tag in context["tags"]]
    root = root_of(request)
    cover = _cover(article, root)
    updated = [("article:modified_time", for_machines(article.updated_at))]
    return _head(
        request,
        root,
        context,
        article.title,
        context["teaser"],
        [
            structured.news_article(
                article,
                root + request.path,
                teaser=context["teaser"],
                publisher=_publisher(root),
                tags=tags,
                image=cover or _shared(root),
                editor=context["editor"],
            ),
            _trail(request, root, context, article.title),
        ],
        kind="article",
        picture=cover and cover | {"alt": article.cover_alt},
        properties=[
            ("article:published_time", for_machines(article.published_at)),
            *(updated if article.was_edited else []),
            ("article:section", article.category.name),
            *(("article:tag", tag) for tag in tags),
        ],
    )


# --- their parts


def _head(
    request: HttpRequest,
    root: str,
    context: Context,
    name: str,
    description: str,
    things: list[Thing],
    *,
    kind: str = "website",
    picture: Thing | None = None,
    properties: Iterable[tuple[str, str]] = (),
) -> Head:
    site = masthead()
    page = context.get("page")
    path = page_address(context | {"request": request}, page.number) if page else request.path
    # Later pages of a list in two languages have nothing to do with each other.
    alternates = {} if page and page.has_previous() else context.get("alternates", {})
    versions = [(code, root + address) for code, address in in_languages(alternates)]
    title = f"{name} – {site.name}" if name else site.name
    open_graph = [
        ("og:site_name", site.name),
        ("og:type", kind),
        *_locales(alternates),
        ("og:title", name or site.name),
        ("og:description", description),
        ("og:url", root + path),
        *_image(picture or _shared(root) | {"alt": site.company}),
        *properties,
    ]
    return Head(title, description, root + path, versions, open_graph, things)


def _locales(alternates: Iterable[str]) -> list[tuple[str, str]]:
    language = get_language() or ""
    others = (code for code in alternates if code != language)
    own = ("og:locale", _locale(language))
    return [own, *(("og:locale:alternate", _locale(code)) for code in others)]


def _image(picture: Thing) -> list[tuple[str, str]]:
    return [
        ("og:image", picture["url"]),
        ("og:image:width", str(picture["width"])),
        ("og:image:height", str(picture["height"])),
        ("og:image:alt", picture["alt"]),
    ]


def in_languages(alternates: dict[str, str]) -> list[Address]:
    """As `hreflang` spells them, with one for readers of all others; of a lone one nothing."""
    if len(alternates) < 2:
        return []
    others = alternates.get(settings.LANGUAGE_CODE) or next(iter(alternates.values()))
    named = [(spelt(code), path) for code, path in alternates.items()]
    return [*named, ("x-default", others)]


def _trail(request: HttpRequest, root: str, context: Context, name: str) -> Thing:
    steps: list[Address] = [*context["breadcrumbs"], (name, request.path)]
    return structured.trail((str(step), root + path) for step, path in steps)


def _publisher(root: str) -> Thing:
    name, home, logo, _shared = _of_the_site(root)
    return structured.organization(name, home, structured.picture(logo, *LOGO[1:]))


def _shared(root: str) -> Thing:
    *_rest, shared = _of_the_site(root)
    return structured.picture(shared, *SHARED[1:])


def _of_the_site(root: str) -> list[str]:
    """The company, and its addresses: of the home page, the logo, the picture for shared links."""

    def said() -> list[str]:
        home, logo, shared = reverse("news:home"), static(LOGO[0]), static(SHARED[0])
        return [masthead().company, *(urljoin(root, path) for path in (home, logo, shared))]

    return part(("of the site", get_language(), root), said)


def _cover(article: Article, root: str) -> Thing | None:
    if article.cover is None:
        return None
    _name, width, height = article.cover.plain
    return structured.picture(urljoin(root, article.cover.url), width, height)


@lru_cache(maxsize=32)
def _locale(language: str) -> str:
    """As Open Graph spells it: with the country that most of its readers live in."""
    return normalize(to_locale(BY_COUNTRY.get(language, language))).partition(".")[0]
