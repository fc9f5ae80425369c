"""What a colleague has changed while somebody else was writing: both, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from news.compare import Difference, differences
from news.staff import name_of
from news.versions import Content, Desk

# What the form calls a part of the content, where that is another name.
FIELDS = {"related": "picks"}


@dataclass(frozen=True)
class Conflict:
    """A field that differs, and what the form proposes to do about it."""

    difference: Difference  # From theirs to mine.
    takes_theirs: bool

    @property
    def name(self) -> str:
        """Of the choice, in what the form sends."""
        return f"choose-{self.difference.name}"


def theirs(desk: Desk) -> Content:
    """What stands against what is in the form: the live content, if that was changed past a change
    of it, or else what was saved last."""
    return desk.live if desk.is_overtaken else desk.shown


def between(desk: Desk, mine: Content, opened: Content | None) -> list[Conflict]:
    """Each field that differs. What I did not touch since I opened it is proposed to be theirs."""
    return [
        Conflict(found, opened is not None and opened[found.name] == mine[found.name])
        for found in differences(theirs(desk), mine)
    ]


def opened(desk: Desk, token: str) -> Content | None:
    """The content that the form was opened with, if its version is still kept."""
    number = _version_in(token)
    if not number.isdecimal() or len(number) > 18:
        return None
    version = desk.article.versions.filter(pk=number).first()
    return version and version.content


def _version_in(token: str) -> str:
    """The number of the newest version, as `Desk.token` has it in its middle."""
    return ".".join(token.split(".")[1:2])


def chosen(data: QueryDict, desk: Desk) -> QueryDict:
    """What was sent, with theirs wherever that was chosen."""
    names = [name for name in desk.shown if data.get(f"choose-{name}") == "theirs"]
    if not names:
        return data
    data = data.copy()
    for name in names:
        value = theirs(desk)[name]
        field = FIELDS.get(name, name)
        if isinstance(value, list):
            data.setlist(field, [str(pk) for pk in value])
        else:
            data[field] = "" if value is None else str(value)
    return data


def sentence(desk: Desk, token: str, found: list[Conflict]) -> str:
    saved = desk.newest is not None and _version_in(token) != str(desk.newest.pk)
    by: Any = desk.newest.author if desk.newest and saved else desk.article.modified_by
    text = (
        _(
            "%(by)s has saved this article since you opened it. Nothing you wrote is lost: what "
            "differs is shown here. Choose or edit, then save again."
        )
        if found
        else _(
            "%(by)s has changed this article since you opened it, but nothing of what is in this "
            "form. Look at its state, then save again."
        )
    )
    return text % {"by": name_of(by) if by else _("Somebody")}
