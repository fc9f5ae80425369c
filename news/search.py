"""Which articles match a reader's words, and in what order.

news/query.py says what is looked for, news/searchindex.py what it is looked for in, and
news/matching.py how each database is asked. How they work together only this module knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, Exists
from django.db.models.expressions import RawSQL
from django.utils import timezone

from news import edition
from news.matching import Match, beginnings_of, has, in_full_text, match_of
from news.models import Edition, SearchEntry, SearchEntryQuerySet, span
from news.query import Phrase, Query, parse, relaxed
from news.searchindex import title_mark, year_mark

# The newest of what matches; older ones are not ranked, so a word in every article costs no more.
MOST_RANKED = 1_000
# PostgreSQL reads so many articles' words at a time, to see which stand side by side, and so often.
MOST_READ, TIMES_READ = 1_050, 5
MOST_TITLES = 8
MOST_FOR_STAFF = 5_000
MOST_ASKED = 60  # Words that titles are asked for at once.

# What a phrase weighs in the best place that it has in an article.
IN_TITLE, IN_SUMMARY, OFTEN_IN_TEXT, IN_TEXT = 8.0, 3.0, 1.5, 1.0
ALL_IN_TITLE_AS_TYPED = 4.0


@dataclass(frozen=True)
class Found:
    """The ids of what was found, best first, and the query that found it."""

    query: Query = field(default_factory=Query)
    ids: Sequence[int] = ()
    is_capped: bool = False  # There are more, and older, that match.
    is_relaxed: bool = False  # Nothing has it as it is typed; these come nearest.


def search(
    text: str, *, language: str | None, category: int | None = None, year: int | None = None
) -> Found:
    """Public articles that match a reader's text: of a language, or of all when it is None.

    Whoever shows one asks `Article.objects.public()` for it, which knows the fraction of a second
    that the index leaves out.
    """
    query = parse(text)
    entries = _public(language)
    if category is not None:
        entries = entries.filter(category_id=category)
    if year is not None:
        entries = entries.within(*span(year))
    if (found := _ranked(query, entries)).ids:
        return found
    for other in relaxed(text, partial(in_titles, language=language)):
        if other != query and (instead := _ranked(other, entries)).ids:
            return replace(instead, is_relaxed=True)
    return found


def finds(text: str, language: str) -> bool:
    """Whether there is anything that has all of it, as it is typed."""
    match = match_of(parse(text))
    return match is not None and bool(_newest(_public(language), match, 1))


def titles(text: str, *, language: str | None, spare: int = 0) -> list[int]:
    """Ids of the newest public articles whose titles have all these beginnings of words.

    Or all but so many of them, whichever.
    """
    beginnings = beginnings_of(text, spare)
    if beginnings is None:
        return []
    return [pk for (pk,) in _newest(_public(language), beginnings, MOST_TITLES)]


def in_titles(words: Iterable[str], language: str | None) -> set[str]:
    """Which words, folded but not stemmed, stand in titles of public articles.

    What nobody may see must not show in what is made of a reader's words either.
    """
    return standing(words, _public(language))


def standing(words: Iterable[str], entries: SearchEntryQuerySet) -> set[str]:
    """Which words, of `MOST_ASKED`, stand in the titles of these entries."""
    asked = [word for word in dict.fromkeys(words) if word][:MOST_ASKED]
    if not asked:
        return set()
    stand = [
        Exists(
            entries.filter(in_full_text(f'title_words : "{word}"'))
            if connection.vendor == "sqlite"
            else entries.filter(has(f"'{title_mark(word)}'"))
        )
        for word in asked
    ]
    # All asked at once, of the table that always has one row.
    answers = Edition.objects.values_list(*stand).get()
    return {word for word, stands in zip(asked, answers, strict=True) if stands}


def everything(text: str) -> list[int]:
    """Ids of the newest articles that match, in any state and language: for staff.

    Beginnings of words in titles match as well, since staff are searched for while they type.
    """
    query = parse(text)
    matches = [match_of(query)]
    if not query.unwanted and not any(phrase.is_quoted for phrase in query.wanted):
        matches.append(beginnings_of(text))
    entries = SearchEntry.objects.all()
    found = (_newest(entries, match, MOST_FOR_STAFF) for match in matches if match)
    return [pk for rows in found for (pk,) in rows]


def _public(language: str | None) -> SearchEntryQuerySet:
    entries = SearchEntry.objects.public(edition.moment())
    return entries if language is None else entries.filter(language=language)


def _newest(
    entries: SearchEntryQuerySet, match: Match, limit: int, *columns: str
) -> list[tuple[Any, ...]]:
    """The article's id, and these columns, of the newest entries that match."""
    if connection.vendor == "sqlite":
        found = entries.filter(in_full_text(match.full_text))
        return list(found.order_by("-key").values_list("article_id", *columns)[:limit])
    if match.is_read:
        keys = _read(entries, match.lookup, match.exact, limit)
    elif match.doubtful:
        keys = _sure(entries, match, limit)
    else:
        keys = _keys(entries, match.lookup, limit)
    found = SearchEntry.objects.filter(_is_one_of(keys)).order_by("-key")
    return list(found.values_list("article_id", *columns))


def _sure(entries: SearchEntryQuerySet, match: Match, limit: int) -> list[int]:
    """Where a phrase is not wanted: read are only articles that may have it, and are new enough."""
    sure = _keys(entries, f"({match.lookup}) & !({match.doubtful})", limit)
    oldest = sure[-1] if len(sure) == limit else 0
    doubtful = f"({match.lookup}) & ({match.doubtful})"
    found = _read(entries, doubtful, match.exact, limit, oldest)
    return sorted([*sure, *found], reverse=True)[:limit]


def _read(
    entries: SearchEntryQuerySet, lookup: str, exact: str, limit: int, oldest: int = 0
) -> list[int]:
    """Of the newest entries that the index finds, those whose words are as they should be."""
    found: list[int] = []
    most = max(limit, MOST_READ)
    for _ in range(TIMES_READ):
        keys = _keys(entries, lookup, most, oldest)
        exactly = SearchEntry.objects.filter(_is_one_of(keys), has(exact, "places"))
        found += exactly.order_by("-key").values_list("key", flat=True)[: limit - len(found)]
        if len(found) == limit or len(keys) < most:
            break
        entries = entries.placed().filter(place__lt=keys[-1])
    return found


def _is_one_of(keys: list[int]) -> RawSQL:
    # One value instead of the thousand that `key__in` makes, each of which takes 10 microseconds.
    array = f"{{{','.join(map(str, keys))}}}"
    sql = "news_searchentry.key = ANY(%s::bigint[])"
    return RawSQL(sql, [array], output_field=BooleanField())


def _keys(entries: SearchEntryQuerySet, lookup: str, most: int, oldest: int = 0) -> list[int]:
    """Of the newest entries of which the index of PostgreSQL says so; none as old as `oldest`.

    GIN cannot begin with the newest: it finds all, and they are sorted. Of a word that is common
    enough, two years have as many as are asked for, and they are soon sorted.
    """
    year = timezone.now().year
    years = year - 1, year, year + 1  # Staff see what is to come.
    of_late = " | ".join(f"'{year_mark(of)}'" for of in years)
    keys: list[int] = []
    with _index_only():
        for words in (f"({lookup}) & ({of_late})", lookup):
            found = entries.filter(has(words)).placed().order_by("-place")
            keys = list(found.filter(place__gt=oldest).values_list("key", flat=True)[:most])
            if len(keys) == most or SearchEntry.year_of(oldest) >= years[0]:
                break
    return keys


@contextmanager
def _index_only() -> Iterator[None]:
    """PostgreSQL thinks reading a table of texts cheaper than it is, where much of it matches."""
    is_within = connection.in_atomic_block  # Somebody's transaction, which goes on after this.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        if is_within:
            cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")


def _ranked(query: Query, entries: SearchEntryQuerySet) -> Found:
    """Best first, and the newest first among equals."""
    match = match_of(query)
    if match is None:
        return Found(query)
    rows = _newest(entries, match, MOST_RANKED + 1, "ranking")
    is_capped = len(rows) > MOST_RANKED
    weigh = _weighing(query.wanted)
    weighed = [(weigh(ranking), pk) for pk, ranking in rows[:MOST_RANKED]]
    weighed.sort(key=itemgetter(0), reverse=True)  # Stable: equals stay newest first.
    return Found(query, [pk for _, pk in weighed], is_capped)


def _weighing(phrases: Sequence[Phrase]) -> Callable[[str], float]:
    """What an entry's ranking weighs, of which a thousand are looked at for a page."""
    needles = [phrase.needle for phrase in phrases]
    stems = tuple(stem for phrase in phrases for stem in phrase.stems)
    in_a_row = Phrase(stems, phrases[-1].is_open).needle if len(phrases) > 1 else None

    def weight(ranking: str) -> float:
        title, summary, often = ranking.split("\n")
        weight = ALL_IN_TITLE_AS_TYPED if in_a_row and in_a_row in title else 0.0
        for needle in needles:
            if needle in title:
                weight += IN_TITLE
            elif needle in summary:
                weight += IN_SUMMARY
            else:
                weight += OFTEN_IN_TEXT if needle in often else IN_TEXT
        return weight

    return weight
