"""The texts that are searched, the queries, and which article should come first for each.

Read by every engine in an environment of its own, so nothing here needs more than Python.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

LANGUAGES = ("en", "zh-hans")

_TEXTS = Path(__file__).with_name("texts")
_DEMO = Path(__file__).parents[2] / "news" / "demo"
_TODAY = datetime(2026, 11, 1, tzinfo=UTC)  # Of the demo, whose dates count from a day.
_PICTURE = re.compile(r"<figure.*?</figure>|<img[^>]*>", re.DOTALL)


@dataclass(frozen=True)
class Text:
    key: str
    language: str
    title: str
    summary: str
    body: str  # HTML
    category: str
    published_at: datetime

    @property
    def plain_body(self) -> str:
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.body)).split())


@dataclass(frozen=True)
class Question:
    language: str
    kind: str
    query: str
    answers: tuple[str, ...]  # Keys of texts, of which any is right.
    is_held_out: bool  # Nobody looked at it while the search was built.


def texts() -> list[Text]:
    """All of them, oldest first."""
    every = [text for language in LANGUAGES for text in (*_made(language), *_demo(language))]
    return sorted(every, key=lambda text: text.published_at)


def questions() -> list[Question]:
    return [question for language in LANGUAGES for question in _questions(language)]


def _made(language: str) -> Iterator[Text]:
    shared: dict[str, str] = {}
    for block in _blocks(f"{language}.txt"):
        mark, first, lines = block[0][0], block[0][1:].strip(), block[1:]
        if mark == "%":
            shared[first] = lines[0]
            continue
        key, date, category, names = (part.strip() for part in first.split("|"))
        title, summary, *paragraphs = lines
        paragraphs += [shared[name] for name in names.split()]
        body = "\n".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
        published_at = datetime.fromisoformat(f"{date}T09:00+08:00")
        yield Text(key, language, title, summary, body, category, published_at)


def _blocks(name: str) -> Iterator[list[str]]:
    """The lines of each part that begins with # or %."""
    block: list[str] = []
    for line in _lines(name):
        if line[0] in "#%" and block:
            yield block
            block = []
        block.append(line)
    yield block


def _demo(language: str) -> Iterator[Text]:
    """What is public of the demo. Pictures have no place in a search."""
    content = tomllib.loads((_DEMO / f"{language}.toml").read_text(encoding="utf-8"))
    for article in content["articles"]:
        if article.get("state", "public") != "public":
            continue
        body = re.sub(r"\{article:[a-z-]+\}", "#", _PICTURE.sub("", article["body"]))
        published_at = _TODAY - timedelta(days=article["days_ago"])
        yield Text(
            f"demo:{article['key']}",
            language,
            article["title"],
            article["summary"],
            body,
            article["category"],
            published_at,
        )


def _questions(language: str) -> Iterator[Question]:
    for name in ("queries", "held-out"):
        for line in _lines(f"{name}.{language}.txt"):
            kind, query, keys = (part.strip() for part in line.split("|"))
            answers = tuple(key.strip() for key in keys.split(","))
            yield Question(language, kind, query, answers, name == "held-out")


def _lines(name: str) -> list[str]:
    """Of a file, without comments and empty ones."""
    lines = (_TEXTS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith(";")]
