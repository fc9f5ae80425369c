"""What is written down of each article for search, in the transaction that changes the article.

On PostgreSQL that is a `tsvector`, put together here: no text ever passes its parser and its
dictionaries, which differ between servers. On SQLite it is a row of an FTS5 table. Both hold the
tokens of news/tokens.py.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import islice, pairwise
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connections
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from news import edition
from news.models import SEARCHED, Article, KnownWord, SearchEntry, searched
from news.tokens import Token, is_unspaced, spellings, tokenise

BATCH = 50
# PostgreSQL keeps no position beyond 16,383 and cannot tell there who stands beside whom; nor does
# it take more than a megabyte of words, positions and marks.
MOST_TOKENS, MOST_BYTES = 16_000, 700_000
# What a text says three times it is about; what it says once may be said in passing.
PROMINENT_FROM, MOST_PROMINENT = 3, 40
LEAD = 40  # Words of the text that stand in for a summary, as in lists.


_WITHOUT_WORDS = {"category", "status", "expires_at", "binned_at"}


class Words(NamedTuple):
    """The tokens of an article, field by field."""

    title: list[Token]
    summary: list[Token]
    body: list[Token]


def on_article_saved(
    instance: Article, using: str, update_fields: Collection[str] | None, **_: Any
) -> None:
    names = SEARCHED if update_fields is None else update_fields
    on_articles_changed([instance.pk], names, using)


def on_articles_changed(ids: Sequence[int], names: Collection[str], using: str, **_: Any) -> None:
    """Several at once, past every `save()`."""
    if not (changed := searched(names)):
        return
    write = _follow if changed <= _WITHOUT_WORDS else index
    for batch in batches(ids):
        write(batch, using)


def on_entry_loaded(instance: SearchEntry, raw: bool, using: str, **_: Any) -> None:
    """A fixture's words may be those of another database, or of an older article."""
    if raw:
        index([instance.article_id], using)


def on_article_deletion(instance: Article, using: str, **_: Any) -> None:
    _forget([instance.pk], using)


def on_migrated(using: str = "default", apps: Any = apps, **_: Any) -> None:
    """Fill an index that a migration has just made."""
    is_there = "searchentry" in apps.all_models["news"]  # Migrated backwards, it is gone.
    if is_there:
        missing = Article.objects.using(using).filter(search_entry=None)
        for batch in batches(list(missing.values_list("pk", flat=True))):
            rewrite(batch, using)


def batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """As many at a time as a transaction may take that editors wait for: a fifth of a second."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def rewrite(ids: Sequence[int], using: str = "default") -> None:
    """Write down a batch of articles anew, on a site that may be running.

    It queues with those who change articles, and makes no edition: no page that is kept shows what
    search finds.
    """
    with edition.change(using, lambda: False):
        index(ids, using)


def outdated(ids: Sequence[int], using: str = "default") -> list[int]:
    """Which of these articles search knows something else of."""
    stored = SearchEntry.objects.using(using).filter(article__in=ids).defer("vector", "places")
    known = {entry.article_id: _facts(entry) for entry in stored.filter(_has_words(using))}
    articles = _articles(ids, using)
    return [a.pk for a in articles if _facts(_entry(a, _words(a))) != known.get(a.pk)]


def _has_words(using: str) -> Q:
    if connections[using].vendor == "postgresql":
        return Q(vector__isnull=False, places__isnull=False)
    has_row = "EXISTS (SELECT 1 FROM news_searchtext WHERE rowid = news_searchentry.key)"
    return Q(RawSQL(has_row, [], output_field=BooleanField()))


def _follow(ids: Sequence[int], using: str) -> None:
    """Write down what changed of these articles beside their words, which are the greater part."""
    entries = SearchEntry.objects.using(using).filter(article__in=ids).select_related("article")
    changed = list(
        entries.defer("vector", "places", "ranking", "article__body", "article__body_text")
    )
    for entry in changed:
        entry.category_id = entry.article.category_id
        entry.on_schedule = entry.article.is_on_schedule
        entry.expires_at = entry.article.expires_at
    SearchEntry.objects.using(using).bulk_update(
        changed, ["category_id", "on_schedule", "expires_at"]
    )


def index(ids: Sequence[int], using: str = "default") -> None:
    """Write down what search is to know of these articles, in place of what it knew."""
    _forget(ids, using)
    words_of = {article: _words(article) for article in _articles(ids, using)}
    written = {_entry(article, words): words for article, words in words_of.items()}
    if connections[using].vendor == "postgresql":
        for entry, words in written.items():
            entry.vector = _vector(words, SearchEntry.year_of(entry.key))
            entry.places = _places(words)
    else:
        _write_full_text(written, using)
    SearchEntry.objects.using(using).bulk_create(written)
    _learn(written, using)


def pair_mark(first: str, second: str) -> str:
    """The mark of an article in which two tokens stand side by side.

    Two common words are in very many articles, side by side in few of them. By its mark a phrase
    is looked up; without, each of the many would be read. Of 65,536 marks: more would make the
    index larger, fewer would find more by mistake, which is read and thrown away.
    """
    return f"#{zlib.crc32(f'{first} {second}'.encode()) & 0xFFFF:04x}"


def character_mark(character: str) -> str:
    """The mark of an article with this character: quicker than all pairs that begin with it."""
    return f"~{character}"


def title_mark(word: str) -> str:
    """The mark of an article with this word, not stemmed, in its title."""
    return f"^{word}"


def year_mark(year: int) -> str:
    """The mark of an article of this year (UTC)."""
    return f"@{year}"


def _articles(ids: Sequence[int], using: str) -> QuerySet[Article]:
    articles = Article.objects.using(using).filter(pk__in=ids).order_by("pk")
    return articles.only("pk", *SEARCHED)


def _words(article: Article) -> Words:
    words = Words([], [], [])
    tokens, left = 0, MOST_BYTES
    for field, name in zip(words, ("title", "summary", "body_text"), strict=True):
        for token in islice(tokenise(getattr(article, name)), MOST_TOKENS - tokens):
            left -= len(token.stem.encode()) + 4  # With its position.
            if left < 0:
                break
            field.append(token)
        tokens += len(field)
    return words


def _entry(article: Article, words: Words) -> SearchEntry:
    return SearchEntry(
        key=SearchEntry.key_of(article),
        article=article,
        language=article.language,
        category_id=article.category_id,
        on_schedule=article.is_on_schedule,
        expires_at=article.expires_at,
        ranking=_ranking(words),
        digest=zlib.crc32(" ".join(t.stem for field in words for t in field).encode()),
    )


def _facts(entry: SearchEntry) -> tuple[Any, ...]:
    """What can be compared; the vector says the same in its own way."""
    facts = entry.key, entry.language, entry.category_id, entry.on_schedule, entry.expires_at
    return *facts, entry.ranking, entry.digest


def _ranking(words: Words) -> str:
    """The fields that count, a line for each, with a space on both sides of each word."""
    often = Counter(token.stem for token in words.body).most_common(MOST_PROMINENT)
    prominent = [stem for stem, times in often if times >= PROMINENT_FROM]
    title, summary, lead = ([token.stem for token in field] for field in words)
    fields = title, summary or lead[:LEAD], prominent
    return "\n".join(f" {' '.join(field)} " for field in fields)


def _vector(words: Words, year: int) -> str:
    """The article as the index's `tsvector`: its words and its marks, without positions."""
    entries = {year_mark(year), *(title_mark(token.word) for token in words.title)}
    for field in words:
        entries.update(token.stem for token in field)
        entries.update(pair_mark(a.stem, b.stem) for a, b in pairwise(field))
        entries.update(character_mark(t.stem[0]) for t in field if is_unspaced(t.stem))
    return " ".join(f"'{entry}'" for entry in entries)


def _places(words: Words) -> str:
    """The article as a `tsvector` of its words with their positions."""
    positions: dict[str, list[int]] = defaultdict(list)
    start = 1
    for field in words:
        for position, token in enumerate(field, start):
            positions[token.stem].append(position)
        start += len(field) + 1  # A gap: the end of a title stands beside nothing of the text.
    return " ".join(f"'{stem}':{','.join(map(str, at))}" for stem, at in positions.items())


def _write_full_text(written: dict[SearchEntry, Words], using: str) -> None:
    rows: list[list[int | str]] = []
    for entry, words in written.items():
        stems = [" ".join(token.stem for token in field) for field in words]
        rows.append([entry.key, *stems, " ".join(token.word for token in words.title)])
    with connections[using].cursor() as cursor:
        cursor.executemany(
            "INSERT OR REPLACE INTO news_searchtext (rowid, title, summary, body, title_words) "
            "VALUES (%s, %s, %s, %s, %s)",
            rows,
        )


def _learn(written: dict[SearchEntry, Words], using: str) -> None:
    """Remember the words of titles under their spellings."""
    found = {
        (token.word, entry.language, spelling)
        for entry, words in written.items()
        for token in words.title
        for spelling in spellings(token.word)
    }
    words = (
        KnownWord(id=" ".join(parts), word=parts[0], language=parts[1], spelling=parts[2])
        for parts in found
    )
    KnownWord.objects.using(using).bulk_create(words, ignore_conflicts=True)


def _forget(ids: Sequence[int], using: str) -> None:
    entries = SearchEntry.objects.using(using).filter(article__in=ids)
    if connections[using].vendor == "sqlite":
        keys = list(entries.values_list("pk", flat=True))
        with connections[using].cursor() as cursor:
            cursor.executemany("DELETE FROM news_searchtext WHERE rowid = %s", [[k] for k in keys])
    entries.delete()
