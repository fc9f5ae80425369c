"""How each database is asked which articles match."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from typing import NamedTuple

from django.contrib.postgres.search import SearchQueryField
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from news.query import Phrase, Query, readable, wanted_parts
from news.searchindex import character_mark, pair_mark, title_mark
from news.tokens import is_unspaced, tokenise

MOST_BEGINNINGS = 8


class Match(NamedTuple):
    """A condition, as each database is asked it."""

    lookup: str  # For the index of PostgreSQL alone: which words and marks an article has.
    exact: str  # For PostgreSQL to read articles' words by, wherever the index does not say it all.
    full_text: str  # For FTS5, which does both at once.
    is_read: bool = False  # Whether the words of all that the index finds have to be read,
    doubtful: str = ""  # or of those alone that have this too, as the index says.


class _Has(Func):
    output_field = BooleanField()
    template = "%(expressions)s"
    arg_joiner = " @@ "


def has(tsquery: str, column: str = "vector") -> _Has:
    return _Has(F(column), Cast(Value(tsquery), SearchQueryField()))


def in_full_text(query: str) -> Q:
    sql = "SELECT rowid FROM news_searchtext WHERE news_searchtext MATCH %s"
    return Q(key__in=RawSQL(sql, [query]))


def match_of(query: Query) -> Match | None:
    if not query.wanted:
        return None
    if query.least:
        return _most_of(query)
    wanted, unwanted = query.wanted, query.unwanted
    lookup = [*map(_tsquery_lookup, wanted)]
    lookup += [f"!{_tsquery_lookup(phrase)}" for phrase in unwanted if len(phrase.stems) == 1]
    exact = [f"({_tsquery(phrase)})" for phrase in wanted]
    exact += [f"!({_tsquery(phrase)})" for phrase in unwanted]
    doubtful = [f"({_tsquery_lookup(phrase)})" for phrase in unwanted if len(phrase.stems) > 1]
    full_text = " AND ".join(map(_fts5, wanted))
    if unwanted:
        full_text = f"({full_text}) NOT ({' OR '.join(map(_fts5, unwanted))})"
    return Match(
        " & ".join(lookup),
        " & ".join(exact),
        f"{{title summary body}} : ({full_text})",
        any(len(phrase.stems) > 1 for phrase in wanted),
        " | ".join(doubtful),
    )


def _most_of(query: Query) -> Match | None:
    """What has `least` of the phrases, whichever."""
    choices = combinations(query.wanted, query.least)
    matches = [match_of(replace(query, wanted=chosen, least=0)) for chosen in choices]
    found = [match for match in matches if match]
    return Match(
        " | ".join(f"({match.lookup})" for match in found),
        " | ".join(f"({match.exact})" for match in found),
        " OR ".join(f"({match.full_text})" for match in found),
        any(match.is_read or match.doubtful for match in found),
    )


def _tsquery(phrase: Phrase) -> str:
    words = [f"'{stem}'" for stem in phrase.stems]
    return " <-> ".join(words) + (":*" if phrase.is_open else "")


def _tsquery_lookup(phrase: Phrase) -> str:
    """All that an article with this phrase has, wherever it has it."""
    if phrase.is_open and len(phrase.stems) == 1:
        return f"'{character_mark(phrase.stems[0])}'"
    closed = phrase.stems[:-1] if phrase.is_open else phrase.stems
    marks = [pair_mark(first, second) for first, second in pairwise(closed)]
    words = [f"'{word}'" for word in (*closed, *marks)]
    return " & ".join(words + ([f"'{phrase.stems[-1]}':*"] if phrase.is_open else []))


def _fts5(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.stems)}"' + (" *" if phrase.is_open else "")


def beginnings_of(text: str, spare: int = 0) -> Match | None:
    """Titles with words that begin so. A single letter begins too many."""
    tokens = (token for part in wanted_parts(readable(text)) for token in tokenise(part))
    words = list(dict.fromkeys(token.word for token in tokens))[:MOST_BEGINNINGS]
    if not any(is_unspaced(word) or len(word) > 1 for word in words):
        return None
    # Beside others a single letter or digit is a word: phase 2.
    whole = {word for word in words if len(word) == 1 and not is_unspaced(word)}
    choices = list(combinations(words, max(1, len(words) - spare)))
    marks = {word: f"'{title_mark(word)}'{'' if word in whole else ':*'}" for word in words}
    terms = {word: f'"{word}"{"" if word in whole else " *"}' for word in words}
    lookup = " | ".join(f"({' & '.join(marks[word] for word in some)})" for some in choices)
    full_text = " OR ".join(f"({' AND '.join(terms[word] for word in some)})" for some in choices)
    return Match(lookup, lookup, f"title_words : ({full_text})")
