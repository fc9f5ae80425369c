"""What a reader may have looked for at an address where there is nothing.

Whoever asks for what there is not may do so a thousand times a second: a handful of look-ups in the
index of titles, whatever the address says, and nothing is kept under what visitors make up.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.utils.translation import get_language, get_language_from_path

from news.context import newest_instead
from news.models import Article
from news.search import in_titles, titles
from news.tokens import is_unspaced, tokenise

LONGEST = 200  # Characters of an address that somebody may have meant.
MOST_WORDS = 6
MOST_NEAREST = 5

# What scanners try, and files that no page is made of.
_PROBE = re.compile(
    r"/(?:\.|wp-|cgi-bin|phpmyadmin|vendor/|actuator)"
    r"|\.(?!(?:s?html?|aspx?|jsp|do|action)$)[a-z][a-z0-9]{1,4}$",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\.[a-z]{2,6}$", re.IGNORECASE)
# Parts of addresses that say where, not what.
_PLACES = {"news", "category", "tag", "archive", "search", "feed", "related"} | {
    *("index", "default", "show", "view", "detail", "article", "list", "page", "info"),
}


def words_of(path: str) -> list[str]:
    """The words of an address, in its order, without languages, numbers, codes and extensions."""
    path = unquote(path)
    if len(path) > LONGEST or not path.isprintable() or _PROBE.search(path):
        return []
    first, *others = path.strip("/").split("/")
    segments = others if get_language_from_path(path) else [first, *others]
    words = re.split(r"[\W_]+", _EXTENSION.sub("", " ".join(segments)))
    telling = (word for word in words if _tells(word))
    return list(dict.fromkeys(telling))[:MOST_WORDS]


def ways_on(path: str) -> dict[str, Any]:
    """What is offered in the language of the page that says that there is nothing.

    An address that names no language may have been of any other.
    """
    words, language = words_of(path), get_language() or settings.LANGUAGE_CODE
    found = nearest(words, language) if words else []
    if words and not found and not get_language_from_path(path):
        found = nearest(words, None)
    return {
        "query": " ".join(words),
        "nearest": found,
        "newest": newest_instead(),
    }


def nearest(words: list[str], language: str | None) -> list[Article]:
    """The newest public articles of one language or all, whose titles have most of these words."""
    tokens = {word: _standing_alone(word) for word in words}
    stand = in_titles(chain.from_iterable(tokens.values()), language)
    known = [word for word in words if tokens[word] and stand.issuperset(tokens[word])]
    for spare in (0, 1):
        if 2 * (len(known) - spare) <= len(words):
            break
        if ids := titles(" ".join(known), language=language, spare=spare)[:MOST_NEAREST]:
            found = Article.objects.public().for_cards().in_bulk(ids)
            return [found[pk] for pk in ids if pk in found]
    return []


def _standing_alone(word: str) -> list[str]:
    """The tokens that it has wherever it stands: its last character is one only at an end."""
    tokens = [token.word for token in tokenise(word)]
    return [token for token in tokens if len(token) > 1] or tokens


def _tells(word: str) -> bool:
    """Two letters or a Chinese character, and no digit: that is a number, a date or a code."""
    is_long = len(word) > 1 or (word != "" and is_unspaced(word))
    return is_long and word.lower() not in _PLACES and not any(map(str.isdigit, word))
