"""The newsroom's answers, and those of plain `icontains`: `python -m bench.search.newsroom`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from random import Random

import django
from django.core.management import call_command

django.setup()

from bench.search.plain import contains  # noqa: E402
from bench.search.scores import DEPTH  # noqa: E402
from bench.search.texts import questions, texts  # noqa: E402
from news.models import Article, Category, Status  # noqa: E402
from news.search import search  # noqa: E402

Search = Callable[[str, str], Sequence[int]]


def answers() -> dict[str, list[list[str]]]:
    """Keys of what is found for each question, best first, by engine."""
    call_command("migrate", verbosity=0)
    keys = _fill()
    engines: dict[str, Search] = {
        "newsroom": lambda query, language: search(query, language=language).ids[:DEPTH],
        "icontains": lambda query, language: contains(query, language).values_list("pk", flat=True)[
            :DEPTH
        ],
    }
    return {
        name: [[keys[pk] for pk in engine(q.query, q.language)] for q in questions()]
        for name, engine in engines.items()
    }


def _fill() -> dict[int, str]:
    """In no order: articles of an old site come when the site has newer ones."""
    categories: dict[tuple[str, str], Category] = {}
    keys = {}
    every = texts()
    Random(5).shuffle(every)
    for text in every:
        place = text.language, text.category
        if place not in categories:
            name = text.category
            categories[place] = Category.objects.create(language=text.language, name=name)
        article = Article.objects.create(
            language=text.language,
            title=text.title,
            summary=text.summary,
            body=text.body,
            category=categories[place],
            status=Status.PUBLISHED,
            published_at=text.published_at,
        )
        keys[article.pk] = text.key
    return keys


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answers()))
