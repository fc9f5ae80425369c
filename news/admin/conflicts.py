"""What a colleague has changed while somebody else was writing: both, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.forms import ModelForm
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from news.compare import Difference, differences
from news.staff import name_of
from news.versions import Content, Desk, digest

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
        Conflict(found, opened is not None and opened.get(found.name) == mine[found.name])
        for found in differences(theirs(desk), mine)
    ]


def decided(stored: dict[str, Any], form: ModelForm) -> list[Conflict]:
    """The same of what editors decide: theirs took effect already, and is proposed to stay."""
    typed = form.cleaned_data
    return [
        Conflict(Difference(name, form.fields[name].label or name, _marked(old, typed[name])), True)
        for name, old in stored.items()
        if name in typed and typed[name] != old
    ]


def _marked(old: Any, new: Any) -> SafeString:
    gone, come = (
        f"{localtime(value):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value or "–")
        for value in (old, new)
    )
    return format_html("<del>{}</del> <ins>{}</ins>", gone, come)


def mark(desk: Desk) -> str:
    """What the form is opened with: the desk's token, and the digest of the content it shows."""
    return f"{desk.token}:{digest(desk.shown)}"


def is_current(desk: Desk, opened: str) -> bool:
    return opened.partition(":")[0] == desk.token


def opened_content(desk: Desk, opened: str) -> Content | None:
    """The content that the form was opened with: whoever saved first has kept it. Past a change the
    live content was changed: then what the change was begun from."""
    begun_from = opened.partition(":")[2]
    if desk.pending and desk.is_overtaken:
        begun_from = desk.pending.base
    version = desk.article.versions.filter(digest=begun_from).first() if begun_from else None
    return version and version.content


def chosen(data: QueryDict, desk: Desk, stored: dict[str, Any]) -> QueryDict:
    """What was sent, with theirs wherever that was chosen."""
    values = theirs(desk) | stored
    names = [name for name in values if data.get(f"choose-{name}") == "theirs"]
    if names:
        data = data.copy()
    for name in names:
        _put(data, FIELDS.get(name, name), values[name])
    return data


def _put(data: QueryDict, field: str, value: Any) -> None:
    """As the form's own widgets would send it."""
    if isinstance(value, list):
        data.setlist(field, [str(pk) for pk in value])
    elif f"{field}_0" in data:
        day, time = f"{localtime(value):%Y-%m-%d %H:%M:%S}".split() if value else ("", "")
        data[f"{field}_0"], data[f"{field}_1"] = day, time
    else:
        data[field] = "" if value is None else str(getattr(value, "pk", value))


def sentence(desk: Desk, opened: str, differs: bool) -> str:
    by = _changed_by(desk, opened)
    text = (
        _(
            "%(by)s has saved this article since you opened it. Nothing you wrote is lost: what "
            "differs is shown here. Choose or edit, then save again."
        )
        if differs
        else _(
            "%(by)s has changed this article since you opened it, but nothing of what is in this "
            "form. Look at its state, then save again."
        )
    )
    return text % {"by": name_of(by) if by else _("Somebody")}


def _changed_by(desk: Desk, opened: str) -> Any:
    """Whoever did the last thing that made the token another."""
    before, now = (token.partition(":")[0].split(".") for token in (opened, desk.token))
    if before[:1] != now[:1]:
        return desk.article.modified_by
    if before[1:2] != now[1:2] and desk.newest:
        return desk.newest.author
    step = desk.article.trail.select_related("by").first()
    return step and step.by
