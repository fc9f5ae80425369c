"""With ten thousand articles the admin asks no more of the database, and its pages are no longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from news import searchindex, versions
from news.models import (
    Article,
    BrowsingVolume,
    Category,
    DailyViews,
    Image,
    OldAddress,
    RefusedViews,
    Stage,
    Status,
    StatusChange,
    Tag,
    Version,
)
from tests.helpers import make_user

FEW, MANY = 10, 10_000
OTHERS = 300  # Categories, tags, pictures, accounts.
DAY = timedelta(days=1)

CHANGE_PAGES = "category tag image oldaddress browsingvolume"
NAMES = {"article": "Article", "number": "pk of the article"}
ARTICLE = "/admin/news/article/{article}/"
PAGES = [
    "/admin/",
    "/admin/news/",
    "/admin/news/article/",
    "/admin/news/article/?state=draft",
    "/admin/news/article/?state=binned",
    "/admin/news/article/?change=in_review",
    "/admin/news/article/?language__exact=en&q=steam",
    "/admin/news/article/?published_at__year={year}&o=2",
    "/admin/news/article/?o=6",
    "/admin/news/article/?p=2",
    "/admin/news/article/?all=",
    "/admin/news/article/add/",
    f"{ARTICLE}change/",
    f"{ARTICLE}change/?restore={{version}}",
    f"{ARTICLE}history/",
    f"{ARTICLE}versions/compare/?from={{version}}&to=live",
    f"{ARTICLE}preview/",
    f"{ARTICLE}publish/now/",
    f"{ARTICLE}bin/now/",
    "/admin/news/image/",
    "/admin/news/image/?use=used",
    "/admin/news/image/?use=unused&q=picture",
    "/admin/news/image/pick/?q=picture",
    "/admin/news/category/",
    "/admin/news/category/?q=term",
    "/admin/news/tag/",
    "/admin/news/oldaddress/",
    "/admin/news/oldaddress/?q=steam",
    "/admin/news/oldaddress/add/",
    "/admin/news/browsingvolume/",
    "/admin/news/browsingvolume/?q=steam",
    "/admin/news/browsingvolume/add/",
    "/admin/news/refusedviews/",
    "/admin/auth/user/",
    "/admin/auth/user/?q=user",
    "/admin/auth/user/{user}/change/",
    "/admin/auth/user/{user}/delete/",
    "/admin/auth/user/{user}/handover/",
    "/admin/auth/user/{user}/history/",
    "/admin/auth/user/invite/",
    *(f"/admin/news/{name}/{{{name}}}/change/" for name in CHANGE_PAGES.split()),
    *(f"/admin/news/{name}/{{{name}}}/delete/" for name in ("category", "tag", "image")),
    *(
        f"/admin/autocomplete/?app_label=news&model_name={model}&field_name={field}&term={term}"
        for model, field in (
            ("article", "category"),
            ("article", "tags"),
            ("article", "cover"),
            ("article", "editor"),
            ("article", "related"),
            ("relatedpick", "related"),
            ("oldaddress", "article"),
            ("browsingvolume", "article"),
        )
        for term in ("", "steam")
    ),
]


class Seen(NamedTuple):
    queries: int
    length: int
    options: int  # Of the longest select box.


class Selects(HTMLParser):
    longest = now = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "select":
            self.now = 0
        elif tag == "option":
            self.now += 1
            self.longest = max(self.longest, self.now)


def look(client: Client, path: str) -> Seen:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, path
    parser = Selects()
    parser.feed(answer.content.decode())
    return Seen(len(queries), len(answer.content), parser.longest)


# --- a newsroom of years


def others(editor: User) -> None:
    numbers = range(OTHERS)
    for model in (Category, Tag):
        model.objects.bulk_create(
            [model(language="en", name=f"Term {n}", slug=f"term-{n}") for n in numbers]
        )
    sizes = {"width": 320, "height": 180, "renditions": {"avif": [160, 320]}}
    Image.objects.bulk_create(
        [Image(title=f"Picture {n}", file=f"pictures/{n}.jpg", alt="A mill", **sizes) for n in numbers]
    )
    User.objects.bulk_create([User(username=f"user{n}", is_staff=True) for n in numbers])
    days = [timezone.localdate() - n * DAY for n in numbers]
    RefusedViews.objects.bulk_create(RefusedViews(day=d, reason="crawler", views=7) for d in days)


def fill(count: int, editor: User) -> None:
    """So many more articles, in every state, all in one category, with one tag and one cover."""
    category, tag = Category.objects.first(), Tag.objects.first()
    image = Image.objects.order_by("pk").first()
    now, first = timezone.now(), Article.objects.count()
    articles = [
        Article(
            title=f"Steam {number}",
            slug=f"steam-{number}",
            body="<p>Short.</p>",
            body_text="Short.",
            language="en",
            category=category,
            cover=image,
            cover_alt="A mill",
            editor=editor,
            created_by=editor,
            modified_by=editor,
            translation_key=uuid4(),
            **state(number % 10, now - (number % 2000) * DAY / 10),
        )
        for number in range(first, first + count)
    ]
    # Past what keeps an edition and search for each; search is told of those that it will find.
    QuerySet(Article).bulk_create(articles, batch_size=500)
    Article.tags.through.objects.bulk_create(
        [Article.tags.through(article=article, tag=tag) for article in articles], batch_size=500
    )
    belongings(articles, editor, tag)


def state(kind: int, at: Any) -> dict[str, Any]:
    now = timezone.now()
    return {"status": Status.PUBLISHED, "published_at": at} | {
        0: {"status": Status.DRAFT},
        1: {"status": Status.IN_REVIEW},
        2: {"status": Status.WITHDRAWN},
        3: {"binned_at": now},
        4: {"published_at": now + DAY},
        5: {"expires_at": now},
    }.get(kind, {})


def belongings(articles: list[Article], editor: User, tag: Tag) -> None:
    """Versions, changes on their way, trails, counts, old addresses, and what search knows."""
    content = {
        article: {name: getattr(article, Article._meta.get_field(name).attname) for name in versions.IN_ROW}
        | {"tags": [tag.pk], "related": []}
        for article in articles
    }
