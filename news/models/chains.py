"""Chains of old addresses: whichever is entered first, each leads straight to the end."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from .oldaddress import OldAddress, OldAddressQuerySet

MOST_ASKED = 900  # Of one query: SQLite took no more than 999 values once.
MOST_NAMED = 4


class Circle(ValidationError):
    """Addresses that lead to each other and nowhere else."""


class Chains:
    """Where addresses lead once these rows are written, among all others that there are."""

    def __init__(self, rows: Collection[OldAddress], stored: OldAddressQuerySet) -> None:
        self._stored = stored
        self._own = {row.pk for row in rows if row.pk}
        self._known = {row.path: row for row in rows}
        self._others: dict[str, OldAddress] = {}
        self._before: dict[str, tuple[int | None, str]] = {}
        self._circles: dict[str, list[str]] = {}
        self._read("target", self._known.keys())
        wanted = {row.target for row in rows}
        while wanted := wanted - self._known.keys() - {""}:
            found = self._read("path", wanted)
            wanted = {row.target for row in found}

    def straighten(self, row: OldAddress) -> None:
        """Lead it, and all that it leads to, straight to the end. Raises `Circle`."""
        way = {row.path: row}
        while (after := self._known.get(row.target)) not in (None, row):  # Which is refused anyway.
            if after.path in way or after.path in self._circles:
                self._refuse([*way], after.path)
            way[after.path] = row = after
        for passed in way.values():
            passed.article_id, passed.target = row.article_id, row.target

    def others(self) -> list[OldAddress]:
        """Those among the others that are to lead elsewhere than they do."""
        for other in self._others.values():
            try:
                self.straighten(other)
            except Circle:  # As it was before; or else the row that makes it one was refused.
                continue
        return [
            other for other in self._others.values() if _answer(other) != self._before[other.path]
        ]

    def _refuse(self, way: list[str], again: str) -> None:
        if again in way:
            circle = [*way[way.index(again) :], again]
            self._circles |= dict.fromkeys(circle, circle)
        circle = self._circles[again]
        self._circles |= dict.fromkeys(way, circle)
        if len(circle) > MOST_NAMED:
            circle = [*circle[: MOST_NAMED - 1], "…", circle[-1]]
        raise Circle(_("These lead in a circle: %s") % " → ".join(circle))

    def _read(self, field: str, values: Collection[str]) -> list[OldAddress]:
        """Others that have one of these values, unless they are known."""
        found = []
        for batch in in_batches(values):
            rows = self._stored.filter(**{f"{field}__in": batch})
            for pk, path, article_id, target in rows.values_list(
                "pk", "path", "article_id", "target"
            ):
                if pk not in self._own and path not in self._known:
                    # Without its key: it is written again by its path, as new ones are.
                    other = self._stored.model(path=path, article_id=article_id, target=target)
                    self._known[path] = self._others[path] = other
                    self._before[path] = _answer(other)
                    found.append(other)
        return found


def in_batches(values: Collection[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), MOST_ASKED):
        yield ordered[start : start + MOST_ASKED]


def _answer(row: OldAddress) -> tuple[int | None, str]:
    return row.article_id, row.target
