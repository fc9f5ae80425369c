"""Fill the Wagtail site: `python -m bench.sites.peer.seed 2000`; prints the articles' paths."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command
from django.db import connection, transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.sites.peer.settings")
django.setup()

from wagtail.models import Page, Site  # noqa: E402

from bench.sites import content  # noqa: E402
from bench.sites.peer.models import ArticlePage, SectionPage  # noqa: E402


def seed(count: int) -> list[str]:
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        articles = _pages(count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [article.get_url() for article in articles]


def _pages(count: int) -> list[ArticlePage]:
    root = Page.get_first_root_node()
    home = root.add_child(instance=SectionPage(title="News", slug="news"))
    Site.objects.update(root_page=home, hostname="127.0.0.1")
    sections = [home.add_child(instance=SectionPage(title=name)) for name in content.SECTIONS]
    return [_article(number, sections) for number in range(1, count + 1)]


def _article(number: int, sections: list[SectionPage]) -> ArticlePage:
    article = ArticlePage(
        title=content.title(number),
        slug=f"article-{number}",
        body=content.body(number),
        published_at=content.published_at(number),
    )
    return sections[content.section(number)].add_child(instance=article)


if __name__ == "__main__":
    sys.stdout.write("\n".join(seed(int(sys.argv[1]))))
