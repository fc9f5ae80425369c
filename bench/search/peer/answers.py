"""Wagtail's answers to all questions: `python -m bench.search.peer.answers`."""

from __future__ import annotations

import json
import re
import sys

import django
from django.core.management import call_command

django.setup()

from wagtail.search.backends import get_search_backend  # noqa: E402
from wagtail.search.query import And, Not, PlainText, SearchQuery  # noqa: E402
from wagtail.search.utils import parse_query_string  # noqa: E402

from bench.search.peer.models import Article  # noqa: E402
from bench.search.scores import DEPTH  # noqa: E402
from bench.search.texts import Question, questions, texts  # noqa: E402

MINUS = re.compile(r"(?<!\S)-(\S+)")


def answers() -> dict[str, list[list[str]]]:
    """By operator. Articles are made oldest first, as Wagtail puts the last one first of equals."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    if not Article.objects.exists():
        Article.objects.bulk_create(
            Article(
                key=text.key,
                language=text.language,
                title=text.title,
                summary=text.summary,
                body=text.plain_body,
                published_at=text.published_at,
            )
            for text in texts()
        )
    call_command("update_index", verbosity=0)
    return {
        operator: [_answer(question, operator) for question in questions()]
        for operator in ("and", "or")
    }


def _answer(question: Question, operator: str) -> list[str]:
    articles = Article.objects.filter(language=question.language)
    query = _query(question.query, operator)
    return [article.key for article in get_search_backend().search(query, articles)[:DEPTH]]


def _query(text: str, operator: str) -> SearchQuery:
    """Wagtail reads quotes itself; minus words it knows, yet does not read."""
    unwanted = [Not(PlainText(word)) for word in MINUS.findall(text)]
    _, wanted = parse_query_string(MINUS.sub("", text), operator=operator)
    return And([wanted, *unwanted]) if unwanted else wanted


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answers()))
