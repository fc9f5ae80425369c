"""Articles' texts as feed readers show them: far from this site, and without its style sheets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape
from urllib.parse import urljoin

from news import textrefs
from news.downloads import attachments_in, with_files
from news.models import Article, Image

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # Office texts bring \x0b.

# As the door writes them: ">" in an attribute is an entity, and so is a quotation mark.
_TAG = re.compile(r"<[a-z]\w* [^>]*>")
_LEADS = ("href", "src")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


def readable(text: str) -> str:
    """Without the characters that no XML may have."""
    return NOT_IN_XML.sub(" ", text)


def full_texts(articles: Iterable[Article], root: str) -> list[str]:
    """Each article's whole text, with addresses that lead back here; one query for all pictures,
    and one for all files.

    Of a picture there is the one file that every program knows.
    """
    articles = list(articles)
    numbers = {_number(ref) for article in articles for ref in textrefs.pictures_in(article.body)}
    images = Image.objects.in_bulk(numbers) if numbers else {}
    files = attachments_in("".join(article.body for article in articles))

    def write(ref: dict[str, str]) -> str:
        image = images.get(_number(ref))
        if image is None:
            return ""
        return textrefs.picture({"src": image.url, "alt": ref.get("alt", "")} | image.box(ref))

    return [
        _with_full_addresses(
            textrefs.with_pictures(with_files(article.body, files), write),
            root + article.get_absolute_url(),
        )
        for article in articles
    ]


def _number(ref: dict[str, str]) -> int:
    return int(ref.get("data-picture", 0))


def _with_full_addresses(html: str, base: str) -> str:
    def attribute(found: re.Match[str]) -> str:
        name, value = found.groups()
        return f'{name}="{escape(_full(base, unescape(value)))}"' if name in _LEADS else found[0]

    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(attribute, tag[0]), html)


def _full(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # Such as "//[": it led nowhere before.
        return address
