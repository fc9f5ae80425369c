"""The demo's texts, read from one TOML file per language."""

from __future__ import annotations

import html
import re
import tomllib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from news.models import State

LANGUAGES = ("en", "zh-hans")

# Never changes: articles of an earlier run are recognised by keys made from it.
_NAMESPACE = uuid.UUID("6d0b2a52-6f3c-4f0e-9a53-3f6f5a1f7c11")
_PLACEHOLDER = re.compile(r"\{(picture|file|article):([a-z-]+)(?:\|([^}]+))?\}")


@dataclass(frozen=True, kw_only=True)
class ArticleText:
    """An article of the demo. Its moments count from the day on which the demo is seeded."""

    language: str
    key: str
    title: str
    category: str
    tags: list[str]
    summary: str
    body: str
    days_ago: int
    time: str
    state: str = State.PUBLIC
    pair: str = ""
    source: str = ""
    source_url: str = ""
    cover: str = ""
    cover_alt: str = ""
    pinned_days: int = 0
    expired_days_ago: int = 0
    carried_over: int = 0
    views: int = 0
    related: list[str] = field(default_factory=list)

    @property
    def translation_key(self) -> uuid.UUID:
        return key_of(self.pair or f"{self.language}:{self.key}")

    def published_at(self, now: datetime) -> datetime:
        day = timezone.localdate(now) - timedelta(days=self.days_ago)
        zone = timezone.get_default_timezone()
        return datetime.combine(day, time.fromisoformat(self.time), zone)

    def html(
        self,
        picture: Callable[[str, str], str],
        link: Callable[[str, str], str],
        address: Callable[[str], str],
    ) -> str:
        """The body, with `picture(key, alt)`, `link(key, words)` to a file and `address(key)` in
        the places meant for them."""
        ways = {"picture": picture, "file": link}

        def fill(found: re.Match[str]) -> str:
            kind, key, words = found.groups()
            return ways[kind](key, html.escape(words)) if kind in ways else address(key)

        return _PLACEHOLDER.sub(fill, self.body)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change of status that somebody made, or will find made."""

    transition: str
    by: str
    hours_ago: int
    comment: str = ""
    in_days: int = 0  # The moment that was set, if one was.


@dataclass(frozen=True, kw_only=True)
class Work:
    """What staff have under way with an article: a change of it, and what was decided."""

    article: str
    by: str = ""
    hours_ago: int = 0
    comment: str = ""
    replaces: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True)
class Texts:
    """Everything of one language: categories in their order and tags, both by key, articles, and
    the work on them."""

    language: str
    categories: dict[str, dict[str, str]]
    tags: dict[str, str]
    articles: list[ArticleText]
    desk: list[Work]


def key_of(name: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, name)


def read_texts() -> list[Texts]:
    return [_read(language) for language in LANGUAGES]


def _read(language: str) -> Texts:
    content: dict[str, Any] = tomllib.loads(
        Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8")
    )
    articles = [ArticleText(language=language, **article) for article in content["articles"]]
    desk = [
        Work(**work | {"steps": [Step(**step) for step in work.get("steps", [])]})
        for work in content["desk"]
    ]
    categories = {category.pop("key"): category for category in content["categories"]}
    return Texts(language, categories, content["tags"], articles, desk)
