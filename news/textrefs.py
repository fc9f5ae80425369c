"""The pictures and links in a text that has passed the door: read, and written anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

ATTACHMENT = "data-attachment"  # Of a link: the file's number in the library.
REL = "noopener noreferrer"  # Which nh3 gives to every link, as its last attribute.

_PICTURE = re.compile(r"<img ([^>]*)>")  # In attributes ">" is an entity, here and below.
_LINK = re.compile(r"<a ([^>]*)>(.*?)</a>", re.DOTALL)  # None is inside another.
_LINK_OR_PICTURE = re.compile(rf"{_LINK.pattern}|{_PICTURE.pattern}", re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
# As nh3 writes them in attributes.
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\xa0": "&nbsp;"})


def pictures_in(html: str) -> list[dict[str, str]]:
    """The attributes of each picture."""
    return [_attributes(found) for found in _PICTURE.finditer(html)]


def without_alt(html: str) -> int:
    """How many pictures say nothing to those who cannot see them."""
    return sum(not each.get("alt", "").strip() for each in pictures_in(html))


def with_pictures(
    html: str,
    write: Callable[[dict[str, str]], str],
    in_link: Callable[[dict[str, str]], str] | None = None,
) -> str:
    """A text with what `write` makes of each picture's attributes; and `in_link`, if it is given,
    of those inside links."""

    def written(place: re.Match[str]) -> str:
        way = in_link if in_link and place[0].startswith("<a ") else write
        return _PICTURE.sub(lambda found: way(_attributes(found)), place[0])

    return _LINK_OR_PICTURE.sub(written, html).replace("<p></p>", "")


def picture(attributes: Mapping[str, Any]) -> str:
    """An `<img>` as the door would write it; what is None is left out."""
    return f"<img {_written(attributes)}>"


def links_in(html: str) -> list[dict[str, str]]:
    """The attributes of each link."""
    return [_attributes(found) for found in _LINK.finditer(html)]


def with_links(html: str, write: Callable[[dict[str, str], str], str | None]) -> str:
    """A text with what `write` makes of each link's attributes and of what is inside; None leaves
    the link as it is."""

    def written(found: re.Match[str]) -> str:
        instead = write(_attributes(found), found[2])
        return found[0] if instead is None else instead

    return _LINK.sub(written, html)


def link(attributes: Mapping[str, Any], inner: str) -> str:
    """An `<a>` as the door would write it; what is None is left out."""
    return f"<a {_written({**attributes, 'rel': REL})}>{inner}</a>"


def _written(attributes: Mapping[str, Any]) -> str:
    return " ".join(
        f'{name}="{str(value).translate(_ENTITIES)}"'
        for name, value in attributes.items()
        if value is not None
    )


def _attributes(found: re.Match[str]) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[1])}
