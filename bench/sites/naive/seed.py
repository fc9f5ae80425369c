"""Fill the naive site: `python -m bench.sites.naive.seed 10000`; prints the articles' paths."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.sites.naive.settings")
django.setup()

from bench.sites import content  # noqa: E402
from bench.sites.naive.models import Article, Section  # noqa: E402


def seed(count: int) -> list[str]:
    call_command("migrate", run_syncdb=True, verbosity=0)
    sections = Section.objects.bulk_create(
        Section(name=name, slug=name.lower()) for name in content.SECTIONS
    )
    articles = Article.objects.bulk_create(
        Article(
            title=content.title(number),
            slug=f"article-{number}",
            body=content.body(number),
            section=sections[content.section(number)],
            published_at=content.published_at(number),
        )
        for number in range(1, count + 1)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [reverse("article", args=[article.slug]) for article in articles]


if __name__ == "__main__":
    sys.stdout.write("\n".join(seed(int(sys.argv[1]))))
