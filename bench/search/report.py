"""From answers and times to text: `bench/SEARCH.md` and what `make bench-search` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

from bench.results import figures
from bench.search.scores import Engine, Failure, failures, score
from bench.search.texts import LANGUAGES, Question, Text

MEASURES = ("hit@1", "hit@5", "MRR")
GOALS = (("hit@1", 0.9), ("hit@5", 0.98))
TIMES = "## Times"
LIMIT = 50  # ms for any kind of search at the larger size, on PostgreSQL


@dataclass(frozen=True)
class Report:
    conditions: dict[str, str]
    texts: Sequence[Text]
    asked: Sequence[Question]
    engines: Sequence[Engine]
    times: Sequence[dict] = field(default_factory=list)  # As bench.search.times printed them.
    load: float = 0  # Processes that wanted the cores while times were measured, on average.


def document(report: Report, measured_before: str = "") -> str:
    """`measured_before`: the part on times of an earlier run, which stands if this has none."""
    return "\n\n".join(
        [
            "# What `make bench-search` measured",
            "\n".join(f"- {name}: {value}" for name, value in report.conditions.items()),
            method(report),
            *(paragraph for part in parts(report) for paragraph in _found_first(part)),
            *(_times(report) or [measured_before] * bool(measured_before)),
        ]
    )


def parts(report: Report) -> list[Report]:
    """The report on each of the two sets of queries."""
    return [_part(report, is_held_out) for is_held_out in (True, False)]


def _part(report: Report, is_held_out: bool) -> Report:
    inside = [question.is_held_out == is_held_out for question in report.asked]
    engines = [
        Engine(engine.name, list(compress(engine.found, inside))) for engine in report.engines
    ]
    return replace(report, asked=list(compress(report.asked, inside)), engines=engines)


def name_of(part: Report) -> str:
    return "Held out" if part.asked[0].is_held_out else "The queries that it was built with"


def _found_first(part: Report) -> list[str]:
    return [
        f"## {name_of(part)}: what is found first",
        table(part),
        goals(part),
        f"## {name_of(part)}: where something else came first",
        *(misses(engine, part.asked) for engine in part.engines),
    ]


def method(report: Report) -> str:
    made = sum(not text.key.startswith("demo:") for text in report.texts)
    sets = " and ".join(
        f"{len(part.asked)} ({sum(q.language == 'en' for q in part.asked)} in English)"
        for part in parts(report)
    )
    return (
        f"{sets} queries over {len(report.texts)} articles: the demo's and {made} made ones "
        "(bench/search/texts). Both sets, with the articles that should come first, were "
        "written from the texts alone, before any engine was asked. By the misses of the second"
        " set the search was mended: numbers, codes and compounds, and most words where nothing"
        " has all. Then the first set was written, and held out. hit@1 and hit@5 are the shares"
        " of queries with a right article in the first place and among the first five, MRR the "
        "mean of 1 / its place. `icontains` is the search the site began with: every word "
        "somewhere in title, summary or text, the newest first. Wagtail's database search gets "
        "the title boosted ten times and the summary three times, quoted phrases as it reads "
        "them, minus words by its own Not, and the newest articles last, since it puts what "
        "came last first of equals; with both operators, and on PostgreSQL with both "
        "configurations."
    )


def table(report: Report) -> str:
    spans = ("", *LANGUAGES)
    head = ["", *(f"{name} {what}" for what in ("all", "en", "zh") for name in MEASURES)]
    lines = [
        "| " + " | ".join(head) + " |",
        "|---|" + "--:|" * (len(head) - 1),
    ]
    for engine in report.engines:
        cells = " | ".join(str(score(engine, report.asked, language)) for language in spans)
        lines.append(f"| {engine.name} | {cells} |")
    return "\n".join(lines)


def goals(report: Report) -> str:
    lines = []
    for engine in report.engines:
        if not engine.name.startswith("newsroom"):
            continue
        reached = score(engine, report.asked)
        for (name, least), value in zip(GOALS, (reached.hit_1, reached.hit_5), strict=True):
            verdict = "reached" if value >= least else "**missed**"
            lines.append(f"- {engine.name}, {name} at least {least}: {value:.3f}, {verdict}")
    return "\n".join(lines)


def misses(engine: Engine, asked: Sequence[Question]) -> str:
    lines = [f"### {engine.name}", "", "| query | should come first | place | first were |"]
    lines.append("|---|---|--:|---|")
    missed = [_miss(failure) for failure in failures(engine, asked)]
    if not engine.name.startswith("newsroom"):
        queries = ", ".join(f"`{failure.question.query}`" for failure in failures(engine, asked))
        return f"### {engine.name}\n\n{len(missed)} queries: {queries}"
    return "\n".join(lines + missed) if missed else f"{lines[0]}\n\nNowhere."


def _miss(failure: Failure) -> str:
    question, first = failure.question, ", ".join(failure.found[:3]) or "nothing"
    answers = " or ".join(question.answers)
    return f"| `{question.query}` | {answers} | {failure.place or '-'} | {first} |"


def _times(report: Report) -> list[str]:
    if not report.times:
        return []
    return [
        TIMES,
        _times_method(report),
        times_table(report),
        "### Titles suggested while typing",
        suggestions_table(report),
        *times_goal(report),
    ]


def _times_method(report: Report) -> str:
    return (
        f"Measured {report.conditions['Date']}, load average {report.load:.1f}. Milliseconds of "
        "`search()` in the process of a view, the database on loopback included: the median of 15 "
        "warm runs, the worst in brackets. Beside it page 1 of `icontains` for the same words, "
        "the median of 3. Half of the articles are English, half Chinese. Found is how many "
        "`search()` gives, at most 1000."
    )


def times_table(report: Report) -> str:
    head = ["", "query"]
    for run in report.times:
        head += [f"{run['database']}, {run['count']:,}", "icontains", "found"]
    lines = ["| " + " | ".join(head) + " |", "|---|---|" + "--:|" * (len(head) - 2)]
    for rows in zip(*(run["searches"] for run in report.times), strict=True):
        cells = [f"{rows[0]['language'][:2]}: {rows[0]['name']}", f"`{rows[0]['query']}`"]
        for row in rows:
            cells += [_spread(row["ours"]), figures(row["plain"]["median"]), str(row["found"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def suggestions_table(report: Report) -> str:
    names = [f"{run['database']}, {run['count']:,}" for run in report.times]
    lines = ["| typed | " + " | ".join(names) + " |", "|---|" + "--:|" * len(names)]
    for rows in zip(*(run["suggestions"] for run in report.times), strict=True):
        cells = [f"`{rows[0]['query']}`", *(_spread(row["ours"]) for row in rows)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def times_goal(report: Report) -> list[str]:
    """Of the largest run on PostgreSQL."""
    runs = [run for run in report.times if run["database"] == "PostgreSQL"]
    if not runs:
        return []
    largest = max(runs, key=lambda run: run["count"])
    slow = [row for row in largest["searches"] if row["ours"]["median"] > LIMIT]
    named = ", ".join(f"`{row['query']}` {row['ours']['median']:.0f} ms" for row in slow)
    verdict = f"**missed** by {named}" if slow else "reached by every kind"
    return [f"At most {LIMIT} ms at {largest['count']:,} articles on PostgreSQL: {verdict}."]


def _spread(times: dict[str, float]) -> str:
    return f"{figures(times['median'])} ({figures(times['worst'])})"
