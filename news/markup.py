"""The HTML of pictures in all their sizes, and of stored texts as readers' pages show them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from news import textrefs
from news.models import Article, Image

# How wide a picture stands at most, by its place on the page: the grid of static/css in the words
# of `sizes`, whose rem is always the browser's own.
SIZES = {
    place: f"{size}, min(92vw, 100vw - 2.5rem)"
    for place, size in {
        "card": "(min-width: 120rem) 37rem, (min-width: 62rem) 30vw, (min-width: 40rem) 46vw",
        "feature": "(min-width: 120rem) 77rem, (min-width: 62rem) 60vw",
        "cover": "(min-width: 120rem) 36vw, (min-width: 62rem) 66vw",
    }.items()
}
# 43rem: the measure of Chinese text.
_IN_TEXT = "min({width}px, 43rem, 92vw, 100vw - 2.5rem)"

# As large as a picture is ever shown on an article's page, in pixels.
COVER_PLACE = (960, 736)
_TEXT_PLACE = (688, 736)

# A link to an e-mail address that does not say it.
_ADDRESSED = re.compile(r'<a ([^>]*href="mailto:([^"?]+)["?][^>]*)>(?!\2</a>)')

# Twice what a place is wide at most is enough: a further size takes 160 bytes of the page.
MOST = {"card": 960, "text": 1440}

LAZY = {"loading": "lazy", "decoding": "async"}
FIRST = {"fetchpriority": "high"}  # What the reader sees before anything else.


def picture(
    image: Image, sizes: str, attributes: Mapping[str, Any], most: int | None = None
) -> SafeString:
    """A `<picture>` with AVIF and WebP before the file that every browser knows.

    `attributes` are of its `<img>`; width and height are the library's unless they say otherwise.
    `most` is the width in pixels that its place has use for.
    """
    box = {"src": image.url, "width": image.width, "height": image.height}
    img = format_html_join("", ' {}="{}"', (box | dict(attributes)).items())
    sources = format_html_join(
        "",
        '<source type="image/{}" srcset="{}" sizes="{}">',
        (
            (kind, image.srcset(kind, most), sizes)
            for kind in ("avif", "webp")
            if kind in image.renditions
        ),
    )
    return format_html("<picture>{}<img{}></picture>", sources, img)


def enlargeable(shown: SafeString, image: Image, place: tuple[int, int]) -> SafeString:
    """A picture that is larger than its place leads to its large file."""
    if not _exceeds(image, place):
        return shown
    link = '<a class="enlarge" href="{}" title="{}">{}</a>'
    return format_html(link, image.large_url, _("Enlarge"), shown)


def has_enlargeable(article: Article, body: str) -> bool:
    """Whether its page needs what enlarges pictures."""
    cover = article.cover
    return 'class="enlarge"' in body or (cover is not None and _exceeds(cover, COVER_PLACE))


def _exceeds(image: Image, place: tuple[int, int]) -> bool:
    return image.width > place[0] or image.height > place[1]


def body_of(article: Article) -> str:
    """An article's text as its page shows it: cleaned at every save, and not marked safe here."""
    return prepared(_responsive(article))


def prepared(body: str) -> str:
    """A text of any page, for narrow screens and for paper."""
    return _ADDRESSED.sub(r'<a data-mail="\2" \1>', scrolling_tables(body))


def _responsive(article: Article) -> str:
    if "<img" not in article.body:
        return article.body
    refs = textrefs.pictures_in(article.body)
    images = Image.objects.in_bulk([int(ref.get("data-picture", 0)) for ref in refs])
    # A cover stands above the text; without one, the text's first picture comes first.
    ways = iter(() if article.cover_id else (FIRST,))

    def write(ref: dict[str, str], *, enlarges: bool = True) -> str:
        image = images.get(int(ref.get("data-picture", 0)))
        if image is None:
            return ""
        shown = _in_text(image, ref, next(ways, LAZY))
        width, height = image.box(ref).values()
        place = min(width, _TEXT_PLACE[0]), min(height, _TEXT_PLACE[1])
        return enlargeable(shown, image, place) if enlarges else shown

    return textrefs.with_pictures(article.body, write, in_link=partial(write, enlarges=False))


def _in_text(image: Image, ref: dict[str, str], way: Mapping[str, str]) -> SafeString:
    box = image.box(ref)
    own = {"class": ref["class"]} if "class" in ref else {}
    alt = {"alt": ref.get("alt", "")}
    sizes = _IN_TEXT.format(width=box["width"])
    return picture(image, sizes, box | alt | own | dict(way), MOST["text"])


def scrolling_tables(body: str) -> str:
    """Every table in a frame that scrolls, by keyboard too.

    Attributes cannot be hit: the door writes "<" in them as an entity.
    """
    label = escape(_("Table"))
    frame = f'<div class="table-frame" role="region" aria-label="{label}" tabindex="0">'
    return body.replace("<table>", f"{frame}<table>").replace("</table>", "</table></div>")
