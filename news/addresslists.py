"""Lists of old addresses, as a table program saves them: read, looked through, and taken over."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from news import encodings
from news.models import Article, OldAddress, State
from news.models.chains import Chains, Circle, in_batches
from news.models.oldaddress import no_article

MOST_LINES = 200_000
LOOKED_AT = 50  # Lines, to find out how columns are parted.
HEADINGS = ("old_address", "new_address")  # Of what is written; of what is read they may be any.

Watch = Callable[[Collection[Any], str], Iterable[Any]]
Answer = tuple[int | None, str]


class Outcome(TextChoices):
    """What a line comes to."""

    REFUSED = "refused", pgettext_lazy("line of a list", "refused")
    UPDATED = "updated", pgettext_lazy("line of a list", "changed")
    CREATED = "created", pgettext_lazy("line of a list", "new")
    UNCHANGED = "unchanged", pgettext_lazy("line of a list", "unchanged")


@dataclass(slots=True)
class Line:
    """A line of a list, and what becomes of it; `number` is the one that an editor shows."""

    number: int
    old: str
    new: str
    row: OldAddress
    outcome: Outcome = Outcome.CREATED
    note: str = ""
    state: str | None = None  # Of the article that it names.
    before: Answer | None = None  # Where the address has led until now.

    def refuse(self, why: str) -> None:
        self.outcome, self.note = Outcome.REFUSED, why

    @property
    def remark(self) -> str:
        """Asked of the lines that are shown alone: it takes longer than all the rest."""
        return self.note or " ".join(warnings(self.row, self.state))

    @property
    def answer(self) -> Answer:
        return self.row.article_id, self.row.target


@dataclass
class Plan:
    """What taking a list over would do, and which other addresses will lead straight on with it."""

    lines: list[Line]
    others: list[OldAddress]

    def count(self) -> dict[Outcome, int]:
        found = Counter(line.outcome for line in self.lines)
        return {outcome: found[outcome] for outcome in Outcome}

    def __str__(self) -> str:
        sums = ", ".join(f"{number} {outcome}" for outcome, number in self.count().items())
        straight = f"; {len(self.others)} others lead straight on" if self.others else ""
        return f"{len(self.lines)} lines: {sums}{straight}"

    def having(self, outcome: Outcome) -> list[Line]:
        return [line for line in self.lines if line.outcome == outcome]

    def writes(self) -> list[OldAddress]:
        kept = (Outcome.CREATED, Outcome.UPDATED)
        return [*(line.row for line in self.lines if line.outcome in kept), *self.others]

    @property
    def token(self) -> str:
        """Another one, if anything that would be written is another."""
        written = sorted((row.path, row.article_id or 0, row.target) for row in self.writes())
        return hashlib.sha256(repr(written).encode()).hexdigest()


def decoded(data: bytes) -> str:
    """A file's text, in UTF-8, UTF-16 or GB 18030. Raises `ValidationError`."""
    try:
        return encodings.decode(data)
    except encodings.NoText as error:
        raise ValidationError(_("The file is empty, or no text in UTF-8 or GB 18030.")) from error


def unwatched(items: Collection[Any], heading: str) -> Collection[Any]:
    return items


def plan(text: str, watch: Watch = unwatched) -> Plan:
    """Look a list through. Nothing is written, and no line takes a question of its own."""
    lines = [_read(*found) for found in watch(_split(text), "Reading")]
    _refuse_repeated(lines)
    _look_up_articles(lines)
    kept = [line for line in lines if line.outcome != Outcome.REFUSED and not line.note]
    chains = Chains([line.row for line in kept], OldAddress.objects.all())
    for line in watch(kept, "Following"):
        asked = line.answer
        try:
            chains.straighten(line.row)
        except Circle as circle:
            line.refuse(circle.messages[0])
        else:
            line.note = _("By way of %s") % asked[1] if line.answer != asked else ""
    written = [line for line in kept if line.outcome != Outcome.REFUSED]
    if len(written) < len(kept):  # What is stored in the place of those refused stays, and counts.
        chains = Chains([line.row for line in written], OldAddress.objects.all())
    _compare(written)
    return Plan(lines, chains.others())


def take_over(text: str, token: str = "", watch: Watch = unwatched) -> Plan:
    """Write all of a list that is not refused, or nothing. Raises `Overtaken`.

    `token` is that of the plan that somebody agreed to.
    """
    with OldAddress.objects.all().alone():
        found = plan(text, watch)
        if token and found.token != token:
            raise Overtaken
        OldAddress.objects.put(found.writes())
    return found


class Overtaken(Exception):
    """What the list would do is not what it would have done when somebody looked."""


def report(lines: Iterable[Line]) -> Iterator[list[str]]:
    """A row for each line, to be looked through in a table program."""
    yield [_("Line"), _("Old address"), _("New address or article"), _("Result"), _("Remark")]
    for line in lines:
        typed = (_harmless(line.old), _harmless(line.new))
        yield [str(line.number), *typed, str(line.outcome.label), line.remark]


def exported() -> Iterator[list[str]]:
    """All that there are, as a list can be taken over again."""
    yield list(HEADINGS)
    rows = OldAddress.objects.values_list("path", "article_id", "target")
    for path, article_id, target in rows.iterator(2000):
        yield [path, str(article_id or target)]


def _harmless(cell: str) -> str:
    """Table programs take what begins so for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") else cell


def _split(text: str) -> list[tuple[int, list[str] | None]]:
    """Number and cells of each line with something on it, without the headings; None for cells
    whose quotation marks do not match."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) > MOST_LINES:
        raise ValidationError(_("More than %d lines: part the list.") % MOST_LINES)
    parted = _delimiter([line for _number, line in lines[:LOOKED_AT]])
    found = [(number, _cells(line, parted)) for number, line in lines]
    if found and found[0][1] and "/" not in found[0][1][0]:
        del found[0]
    if not found:
        raise ValidationError(_("There is no address in it."))
    return found


def _delimiter(lines: list[str]) -> str:
    """Whatever parts most of the lines in two."""

    def parts(delimiter: str) -> int:
        return sum(len(_cells(line, delimiter) or ()) == 2 for line in lines)

    return max("\t;,", key=parts)


def _cells(line: str, delimiter: str) -> list[str] | None:
    # Line by line: no address has a line break, and a lost quotation mark swallows no other line.
    try:
        cells = [
            cell.strip()
            for cell in next(
                csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True)
            )
        ]
    except csv.Error:
        return None
    while len(cells) > 2 and not cells[-1]:
        del cells[-1]
    return cells


def _read(number: int, cells: list[str] | None) -> Line:
    old, new = cells if cells and len(cells) == 2 else (" ".join(cells or ()), "")
    line = Line(number, old, new, OldAddress(path=old))
    if cells is None:
        line.refuse(_("The quotation marks do not match."))
    elif not (old and new):
        line.refuse(_("Two columns are needed: old address, new address or number of an article."))
    else:
        if new.isdecimal() and len(new) < 10:
            line.row.article_id = int(new)
        else:
            line.row.target = new
        line.row.normalise()
        try:
            line.row.refuse_nonsense()
        except ValidationError as error:
            line.refuse(" ".join(error.messages))
    return line


def _refuse_repeated(lines: list[Line]) -> None:
    first: dict[str, Line] = {}
    for line in lines:
        if line.outcome == Outcome.REFUSED:
            continue
        other = first.setdefault(line.row.path, line)
        if other is not line and other.answer == line.answer:
            line.outcome, line.note = Outcome.UNCHANGED, _("As in line %d") % other.number
        elif other is not line:
            line.refuse(_("Line %d leads the same address elsewhere.") % other.number)


def _look_up_articles(lines: list[Line]) -> None:
    asked = {line.row.article_id for line in lines if line.row.article_id}
    known: dict[int, str] = {}
    for batch in in_batches(asked):
        found = Article.objects.with_state().filter(pk__in=batch)
        known.update(found.values_list("pk", "state_now"))
    for line in lines:
        line.state = known.get(line.row.article_id or 0)
        if line.row.article_id and line.state is None:
            line.refuse(no_article(line.row.article_id))


def _compare(lines: list[Line]) -> None:
    stored: dict[str, Answer] = {}
    for batch in in_batches({line.row.path for line in lines}):
        rows = OldAddress.objects.filter(path__in=batch)
        for path, article_id, target in rows.values_list("path", "article_id", "target"):
            stored[path] = article_id, target
    for line in lines:
        line.before = stored.get(line.row.path)
        if line.before is not None:
            is_same = line.before == line.answer
            line.outcome = Outcome.UNCHANGED if is_same else Outcome.UPDATED


def warnings(row: OldAddress, state: str | None) -> list[str]:
    """What is not wrong, but hardly what somebody wants; `state` is that of its article."""
    found = []
    if row.is_shadowed:
        found.append(
            _("This site has pages at such addresses: where there is one, it comes first.")
        )
    if state not in (None, State.PUBLIC):
        text = _("Readers do not see article %(number)d now: %(state)s.")
        found.append(text % {"number": row.article_id, "state": State(state).label})
    if row.is_dead_end:
        found.append(_("This site has no page at %s.") % row.target)
    return found
