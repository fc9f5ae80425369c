"""Fill the newsroom: `python -m bench.sites.newsroom 10000`; prints the articles' paths."""

from __future__ import annotations

import sys

import django
from django.core.management import call_command
from django.db import connection

django.setup()

from bench.sites import content  # noqa: E402
from news.models import Article, Category, Status, Tag  # noqa: E402


def seed(count: int) -> list[str]:
    call_command("migrate", verbosity=0)
    categories = [
        Category.objects.create(language="en", name=name, position=position)
        for position, name in enumerate(content.SECTIONS)
    ]
    tags = [Tag.objects.create(language="en", name=name) for name in content.SUBJECTS]
    articles = Article.objects.bulk_create(
        [_article(number, categories) for number in range(1, count + 1)], batch_size=500
    )
    Article.tags.through.objects.bulk_create(
        Article.tags.through(article=article, tag=tags[place])
        for number, article in enumerate(articles, start=1)
        for place in content.subjects(number)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [article.get_absolute_url() for article in articles]


def _article(number: int, categories: list[Category]) -> Article:
    return Article(
        language="en",
        title=content.title(number),
        slug=f"article-{number}",
        body=content.body(number),
        category=categories[content.section(number)],
        status=Status.PUBLISHED,
        published_at=content.published_at(number),
    )


if __name__ == "__main__":
    sys.stdout.write("\n".join(seed(int(sys.argv[1]))))
