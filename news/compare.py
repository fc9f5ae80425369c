"""Two contents of an article compared as a reader would: by words, pictures and names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from news.marking import joined, mark, marked_rich_text, marked_text, matches
from news.models import Article
from news.staff import name_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

    from news.versions import Content


@dataclass(frozen=True)
class Difference:
    """A field that differs: one reading of it, in which what went and what came is marked."""

    name: str
    label: Text
    marked: SafeString


def differences(before: Content, after: Content) -> list[Difference]:
    """The fields of the contents that differ, in the order of the form."""
    return [
        Difference(name, _label(name), way(name, before[name], after[name]))
        for name, way in _WAYS.items()
        if _differs(name, before[name], after[name])
    ]


def _differs(name: str, before: Any, after: Any) -> bool:
    if name == "tags":  # Their order says nothing.
        return set(before) != set(after)
    return before != after


def _label(name: str) -> Text:
    return Article._meta.get_field(name).verbose_name  # type: ignore[union-attr]


def _text(name: str, before: str, after: str) -> SafeString:
    return marked_text(before, after) or _same_words()


def _rich_text(name: str, before: str, after: str) -> SafeString:
    return marked_rich_text(before, after) or _same_words()


def _same_words() -> SafeString:
    text = _("The words are the same. Only spaces or the layout differ.")
    return format_html('<p class="difference-note">{}</p>', text)


def _chosen(name: str, before: int | None, after: int | None) -> SafeString:
    known = _known(name, (before, after))
    marks = (("del", before), ("ins", after))
    return joined(" ", (mark(tag, known[number]) for tag, number in marks if number))


def _listed(name: str, before: list[int], after: list[int]) -> SafeString:
    known = _known(name, (*before, *after))
    if name == "tags":
        before, after = (sorted(each, key=known.__getitem__) for each in (before, after))
    items: list[str] = []
    for is_kept, old, new in matches(before, after):
        marks = (("", after[new]),) if is_kept else (("del", before[old]), ("ins", after[new]))
        items += [mark(tag, known[number]) for tag, numbers in marks for number in numbers]
    rows = joined("", (format_html("<li>{}</li>", item) for item in items))
    return format_html('<ul class="difference-names">{}</ul>', rows)


def _known(name: str, numbers: Iterable[int | None]) -> dict[int, str]:
    """What those are called that a field names; a picture is shown too."""
    model: Any = Article._meta.get_field(name).related_model
    rows = Article.objects.only("title") if model is Article else model._default_manager
    asked = {number for number in numbers if number}
    found = rows.in_bulk(asked)
    gone = _("No. %d, deleted")
    return {pk: _called(name, found[pk]) if pk in found else gone % pk for pk in asked}


def _called(name: str, it: Any) -> str:
    if name == "cover":
        picture = '<img class="cover-thumb" src="{}" alt="{}"> {}'
        return format_html(picture, it.thumbnail_url, it.alt, it.title)
    return name_of(it) if name == "editor" else str(it)


_WAYS: dict[str, Callable[[str, Any, Any], SafeString]] = {
    "title": _text,
    "summary": _text,
    "body": _rich_text,
    "cover": _chosen,
    "cover_alt": _text,
    "category": _chosen,
    "tags": _listed,
    "source": _text,
    "source_url": _text,
    "editor": _chosen,
    "related": _listed,
}
