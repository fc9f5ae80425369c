"""How long searches take: `python -m bench.search.times 100000 plans.txt` prints it as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median

import django
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

django.setup()

from bench.search.classes import BEGINNINGS, KINDS, Kind  # noqa: E402
from bench.search.crowd import CATEGORIES, Made, crowd  # noqa: E402
from bench.search.plain import contains  # noqa: E402
from bench.search.texts import LANGUAGES  # noqa: E402
from news.models import Article, Category, Status  # noqa: E402
from news.search import search, titles  # noqa: E402

YEAR = 2019
PAGE = 20
WARM_UPS, RUNS, PLAIN_RUNS = 3, 15, 3
BATCH = 1000
EXPLAIN = {"postgresql": "EXPLAIN (ANALYZE, BUFFERS) ", "sqlite": "EXPLAIN QUERY PLAN "}


def measure(count: int, plans: Path) -> dict:
    categories, filled = _prepare(count)
    with plans.open("w", encoding="utf-8") as file:
        searches = [_searches(kind, categories, file.write) for kind in KINDS]
        suggested = [_suggestions(*beginning, file.write) for beginning in BEGINNINGS]
    return {"count": count, "filled": filled, "searches": searches, "suggestions": suggested}


def _prepare(count: int) -> tuple[dict[str, list[Category]], float]:
    """The categories, and the seconds that filling the database took: it is not filled twice."""
    call_command("migrate", verbosity=0)
    if Article.objects.exists():
        every = Category.objects.order_by("position")
        return {language: list(every.filter(language=language)) for language in LANGUAGES}, 0
    categories = _categories()
    started = time.perf_counter()
    with _without_index():
        _fill(count, categories)
    filled = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return categories, filled


def _categories() -> dict[str, list[Category]]:
    return {
        language: [
            Category.objects.create(language=language, name=f"Category {number}", position=number)
            for number in range(CATEGORIES)
        ]
        for language in LANGUAGES
    }


def _fill(count: int, categories: dict[str, list[Category]]) -> None:
    for number, batch in enumerate(_batches(crowd(count))):
        with transaction.atomic():
            Article.objects.bulk_create(_article(made, categories) for made in batch)
        sys.stderr.write(f"\r{min((number + 1) * BATCH, count):,} of {count:,} articles")
    sys.stderr.write("\n")


@contextmanager
def _without_index() -> Iterator[None]:
    """PostgreSQL makes an index of what is there in a quarter of the time that filling it takes."""
    if connection.vendor == "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'search_words'")
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX search_words")
        yield
        cursor.execute(definition)


def _batches(made: Iterable[Made]) -> Iterator[list[Made]]:
    rest = iter(made)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _article(made: Made, categories: dict[str, list[Category]]) -> Article:
    return Article(
        language=made.language,
        title=made.title,
        slug="an-article",
        summary=made.summary,
        body=made.body,
        category=categories[made.language][made.category],
        status=Status.PUBLISHED,
        published_at=made.published_at,
    )


def _searches(
    kind: Kind, categories: dict[str, list[Category]], write: Callable[[str], object]
) -> dict:
    narrowed = {"category": categories[kind.language][2].pk, "year": YEAR} if kind.filtered else {}

    def ours() -> list[int]:
        return list(search(kind.query, language=kind.language, **narrowed).ids)

    def plain() -> list[int]:
        found = contains(kind.plain, kind.language)
        if kind.filtered:
            found = found.filter(category=narrowed["category"], published_at__year=YEAR)
        return list(found.values_list("pk", flat=True)[:PAGE])

    _write_plans(f"{kind.language}, {kind.name}: {kind.query}", ours, write)
    return {
        "language": kind.language,
        "name": kind.name,
        "query": kind.query,
        "found": len(ours()),
        "ours": _times(ours, WARM_UPS, RUNS),
        "plain": _times(plain, 1, PLAIN_RUNS),
    }


def _suggestions(language: str, text: str, write: Callable[[str], object]) -> dict:
    def ours() -> list[int]:
        return titles(text, language=language)

    _write_plans(f"{language}, titles: {text}", ours, write)
    times = _times(ours, WARM_UPS, RUNS)
    return {"language": language, "query": text, "found": len(ours()), "ours": times}


def _times(call: Callable[[], object], warm_ups: int, runs: int) -> dict[str, float]:
    """Median and worst, in milliseconds, of the call as a view makes it."""
    for _ in range(warm_ups):
        call()
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        took.append(1000 * (time.perf_counter() - started))
    return {"median": median(took), "worst": max(took)}


def _write_plans(head: str, call: Callable[[], object], write: Callable[[str], object]) -> None:
    with CaptureQueriesContext(connection) as captured:
        call()
    write(f"=== {head}\n")
    with transaction.atomic(), connection.cursor() as cursor:  # In it, what was set there is set.
        for query in captured.captured_queries:
            if query["sql"].startswith("SET"):
                cursor.execute(query["sql"])
            elif query["sql"].startswith("SELECT"):
                write(f"{query['sql']}\n\n")
                cursor.execute(EXPLAIN[connection.vendor] + query["sql"])
                write("\n".join(str(row[-1]) for row in cursor.fetchall()) + "\n\n")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]), Path(sys.argv[2]))))
