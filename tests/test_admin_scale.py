"""With ten thousand articles the admin asks no more of its database and shows no longer pages."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any, NamedTuple

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from news import searchindex, versions
from news.models import (
    Article,
    BrowsingVolume,
    Category,
    DailyViews,
    Image,
    Lack,
    OldAddress,
    RefusedViews,
    Stage,
    Status,
    StatusChange,
    Tag,
    Version,
)
from tests.helpers import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

IN_ROW = versions.IN_ROW
FEW, MANY = 20, 10_000  # Few are as many as a page may name before it says how many more.
OTHERS = 300  # Categories, tags, pictures, accounts.
DAY = timedelta(days=1)

CHANGED = ("category", "tag", "image", "oldaddress", "browsingvolume")
ARTICLE = "/admin/news/article/{article}/"
PAGES = [
    "/admin/",
    "/admin/news/",
    "/admin/news/article/",
    "/admin/news/article/?state=draft",
    "/admin/news/article/?state=binned",
    "/admin/news/article/?work=in_review",
    "/admin/news/article/?language__exact=en&q=steam",
    "/admin/news/article/?published_at__year=2026&o=2",
    "/admin/news/article/?o=6",
    "/admin/news/article/?p=2",
    "/admin/news/article/?all=",
    "/admin/news/article/add/",
    f"{ARTICLE}change/",
    f"{ARTICLE}change/?restore={{version}}",
    f"{ARTICLE}history/",
    f"{ARTICLE}versions/compare/?from={{version}}&to=live",
    f"{ARTICLE}preview/",
    f"{ARTICLE}in/zh-hans/",
    "/admin/news/article/languages/?language=en",
    "/admin/news/article/languages/?language=zh-hans",
    *(f"/admin/news/article/languages/?language=zh-hans&kind={kind}" for kind in Lack.values),
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
    "/admin/news/oldaddress/?leads=article",
    "/admin/news/oldaddress/?leads=nowhere&o=2",
    "/admin/news/oldaddress/import/",
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
    *(f"/admin/news/{name}/{{{name}}}/change/" for name in CHANGED),
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


def of_others() -> None:
    """Whatever else there is, as many as no select box should have."""
    numbers = range(OTHERS)
    for model in (Category, Tag):
        terms = [model(language="en", name=f"Term {n}", slug=f"term-{n}") for n in numbers]
        model.objects.bulk_create(terms)
    size = {"width": 320, "height": 180, "renditions": {"avif": [160, 320]}}
    files = [f"pictures/{number}.jpg" for number in numbers]
    Image.objects.bulk_create(Image(title=name, file=name, alt="A mill", **size) for name in files)
    User.objects.bulk_create(User(username=f"user{n}", is_staff=True) for n in numbers)
    days = [timezone.localdate() - n * DAY for n in numbers]
    RefusedViews.objects.bulk_create(RefusedViews(day=d, reason="crawler", views=7) for d in days)


def fill(count: int) -> None:
    """So many more articles, in every state, all of one category, with one tag and one cover."""
    editor = User.objects.get(username="user0")
    category, tag, image = (each.objects.order_by("pk").first() for each in (Category, Tag, Image))
    first, newest = Article.objects.count(), timezone.now() - DAY
    content = {
        "body": "<p>Short.</p>",
        "body_text": "Short.",
        "cover_alt": "A mill",
        "cover": image,
        "category": category,
        "editor": editor,
    }
    people = {"language": "en", "created_by": editor, "modified_by": editor}
    articles = [
        Article(
            title=f"Steam {n}",
            slug=f"steam-{n}",
            **content
            | people
            | {"status": Status.PUBLISHED, "published_at": newest - n % 2000 * DAY}
            | STATES.get(n % 10, {}),
        )
        for n in range(first, first + count)
    ]
    # Past `ArticleQuerySet`, which would make an edition and look at each for search.
    QuerySet(Article).bulk_create(articles)
    tagged = Article.tags.through
    tagged.objects.bulk_create(tagged(article=article, tag=tag) for article in articles)
    of_articles(articles, editor)
    # Search takes most of the time, and a thousand are more than it ever shows.
    for batch in searchindex.batches([article.pk for article in articles[:1000]]):
        searchindex.index(batch)


STATES: dict[int, dict[str, Any]] = {
    0: {"status": Status.DRAFT},
    1: {"status": Status.IN_REVIEW},
    2: {"status": Status.WITHDRAWN},
    3: {"binned_at": timezone.now()},
    4: {"published_at": timezone.now() + DAY},
    5: {"expires_at": timezone.now()},
}
STAGES = {6: Stage.DRAFT, 7: Stage.IN_REVIEW, 8: Stage.SCHEDULED}


def of_articles(articles: list[Article], editor: User) -> None:
    """Two versions of each, of some a change; a line in the trail, a count, an old address."""
    tag = Tag.objects.order_by("pk").first()
    kept, now = [], timezone.now()
    for n, article in enumerate(articles):
        row = {name: getattr(article, Article._meta.get_field(name).attname) for name in IN_ROW}
        content = row | {"tags": [tag.pk], "related": []}
        live = {"article": article, "author": editor, "digest": versions.digest(content)}
        kept.append(Version(content=content, was_live=True, **live))
        stage = STAGES.get(n % 10, Stage.HISTORY)
        changed = content | {"title": f"{article.title}, again"}
        moment = now + DAY if stage == Stage.SCHEDULED else None
        kept.append(Version(content=changed, stage=stage, moment=moment, **live))
    Version.objects.bulk_create(kept)
    StatusChange.objects.bulk_create(
        StatusChange(article=a, transition="submit", before="draft", after="in_review", by=editor)
        for a in articles
    )
    BrowsingVolume.objects.bulk_create(
        BrowsingVolume(article=article, total=article.pk) for article in articles
    )
    DailyViews.objects.bulk_create(
        DailyViews(article=article, day=timezone.localdate(), views=1) for article in articles
    )
    OldAddress.objects.bulk_create(
        OldAddress(path=f"/en/s/1-2-{article.pk}.html", article=article) for article in articles
    )
    entry = {"content_type": ContentType.objects.get_for_model(Article), "action_flag": CHANGE}
    LogEntry.objects.bulk_create(
        LogEntry(user=editor, object_id=str(a.pk), object_repr=str(a), **entry) for a in articles
    )


FIRST = {
    "category": Category,
    "tag": Tag,
    "image": Image,
    "oldaddress": OldAddress,
    "browsingvolume": BrowsingVolume,
}


@pytest.fixture
def root(client: Client) -> User:
    """An administrator, signed in to `client`, in a newsroom of a few articles."""
    user = make_user("root", is_superuser=True)
    client.force_login(user)
    of_others()
    fill(FEW)
    return user


def addresses() -> dict[str, str]:
    """Of each page, where it is."""
    article = Article.objects.get(title="Steam 6")
    named = {name: model.objects.order_by("pk").first().pk for name, model in FIRST.items()}
    named |= {"article": article.pk, "version": article.versions.last().pk}
    named["user"] = article.created_by_id  # Of all others too.
    return {page: page.format(**named) for page in PAGES}


def test_ten_thousand_articles_take_as_many_queries_and_as_long_pages_as_a_few(client, root):
    paths = addresses()
    for path in paths.values():
        client.get(path)  # What a process asks once is known now.
    few = {page: look(client, path) for page, path in paths.items()}
    fill(MANY - FEW)
    many = {page: look(client, path) for page, path in paths.items()}
    queries = {page: (few[page].queries, many[page].queries) for page in paths}
    assert {page: n for page, n in queries.items() if n[0] != n[1]} == {}
    # A list has up to a hundred lines on a page, whatever there is.
    lengths = {page: many[page].length - few[page].length for page in paths}
    assert {page: more for page, more in lengths.items() if more > 100_000} == {}


def test_no_select_box_loads_a_whole_table(client, root):
    fill(200)
    options = {page: look(client, path).options for page, path in addresses().items()}
    assert {page: n for page, n in options.items() if n >= 200} == {}
    assert max(options.values()) > 1
