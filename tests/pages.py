"""Which kinds of page there are, and where the demo site has one of each."""

from __future__ import annotations

import json
from collections.abc import Iterator

from playwright.sync_api import Page

from tests.server import Server

LISTS = ["home", "list", "list-2", "category", "tag", "archive", "year", "month"]
LISTS += ["category-empty", "related"]
SEARCHES = ["search", "search-results", "search-filtered", "search-nothing"]
ARTICLES = ["cover", "plain", "table", "pictures", "extreme", "page"]
ERRORS = [400, 403, 404, 410, 413, 500, 503]
KINDS = [*LISTS, *SEARCHES, *ARTICLES, *map(str, ERRORS)]

ADDRESSES = """
import json
from django.utils.timezone import datetime, make_aware
from news.models import Article, Category, Page, Tag

WORDS = {"en": ("plant", "Kraftwerksgesellschafts"), "zh-hans": ("项目", "轻工业工程总承包项目部")}

def extreme(language, category):
    # All that editors may write at its longest; as old as it is, it fills the list's second page.
    word = WORDS[language][1] * 4
    cells = "".join(f"<td>{number} {word[:12]}</td>" for number in range(14))
    article = Article(
        language=language,
        category=category,
        title=f"{word} {word} 1,234,567,890 {word}"[:200],
        summary=f"{word} https://example.com/{'x' * 120} {word}",
        body=f"<h2>{word}</h2><p>{word * 3}</p><blockquote><p>{word}</p></blockquote>"
        f'<p><a href="https://example.com/{"x" * 150}">https://example.com/{"x" * 150}</a></p>'
        f"<ul><li>{word}<ul><li>{word}</li></ul></li></ul><table><tbody><tr>{cells}</tr></tbody>"
        f"</table><h3>{word}</h3><h4>{word}</h4>",
        source=word[:100],
        source_url=f"https://example.com/{'x' * 100}",
        status="published",
        published_at=make_aware(datetime(2001, 2, 3)),
    )
    article.full_clean(exclude=["slug"])
    article.save()
    article.tags.add(Tag.objects.create(language=language, name=word[:50]))
    return article

def addresses(language):
    articles = Article.objects.public().filter(language=language).newest_first()
    of = {
        "cover": articles.exclude(cover=None),
        "plain": articles.filter(cover=None).exclude(body__contains="<img"),
        "table": articles.filter(body__contains="<table"),
        "pictures": articles.filter(body__contains="<img"),
    }
    article = of["cover"].exclude(tags=None).first()
    news = f"/{language}/news/"
    found = {
        "home": f"/{language}/",
        "list": news,
        "list-2": f"{news}?page=2",
        "category": article.category.get_absolute_url(),
        "category-empty": Category.objects.create(
            language=language, name=WORDS[language][1], description=WORDS[language][1] * 8
        ).get_absolute_url(),
        "tag": article.tags.first().get_absolute_url(),
        "archive": f"{news}archive/",
        "year": f"{news}archive/{article.published_at:%Y}/",
        "month": f"{news}archive/{article.published_at:%Y/%m}/",
        "related": article.get_related_url(),
        "search": f"{news}search/",
        "search-results": f"{news}search/?q={WORDS[language][0]}",
        "search-filtered": f"{news}search/?q={WORDS[language][0]}&language=all"
        f"&year={article.published_at:%Y}",
        "search-nothing": f"{news}search/?q=zzzzqq&category={article.category.slug}",
        **{kind: some.first().get_absolute_url() for kind, some in of.items()},
        "404": f"{news}nothing/here/",
        "410": f"{news}{Article.objects.gone().first().pk}/x/",
    }
    return found | {
        "extreme": extreme(language, article.category).get_absolute_url(),
        "page": Page.objects.at_the_foot(language).first().get_absolute_url(),
    }

print(json.dumps({language: addresses(language) for language in WORDS}))
"""

# What no address asks for on a site in good order.
FAILURES = """
import json
from functools import partial
from django.test import RequestFactory
from news import errors

too_large = partial(errors.too_large, most=21 * 1024**2)
views = {400: errors.bad_request, 403: errors.forbidden, 413: too_large,
         500: errors.server_error, 503: errors.database_away}

def page(language, view):
    return view(RequestFactory().get(f"/{language}/")).content.decode()

print(json.dumps({
    language: {status: page(language, view) for status, view in views.items()}
    for language in ("en", "zh-hans")
}))
"""

# Where staff work, as an administrator sees it.
DESK = """
import json
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.utils.http import urlsafe_base64_encode
from news.models import Article, Version
author = User.objects.get(username="author")
uid = urlsafe_base64_encode(str(author.pk).encode())
change = Version.objects.filter(stage="in_review").first().article
articles, users = "/admin/news/article/", "/admin/auth/user/"
one = f"{articles}{change.pk}/"
alone = Article.objects.lacking("zh-hans").first()
versions = "&".join(f"{name}={version.pk}" for name, version in
                    zip(("from", "to"), change.versions.order_by("pk")[:2], strict=True))
print(json.dumps({
    "index": "/admin/",
    "list": articles,
    "add": f"{articles}add/",
    "form": f"{one}change/",
    "publish": f"{one}publish/now/",
    "send back": f"{one}send_back/now/",
    "bin": f"{one}bin/now/",
    "history": f"{one}history/",
    "compare": f"{one}versions/compare/?{versions}",
    "preview": f"{one}preview/",
    "version": f"{articles}{alone.pk}/in/zh-hans/",
    "versions": f"{articles}languages/?language=zh-hans",
    "staff": users,
    "invite": f"{users}invite/",
    "hand-over": f"{users}{author.pk}/handover/",
    "password forgotten": "/admin/password_reset/",
    "password sent": "/admin/password_reset/done/",
    "password choice": f"/admin/reset/{uid}/{default_token_generator.make_token(author)}/",
    "password over": f"/admin/reset/{uid}/x-y/",
    "password chosen": "/admin/reset/done/",
}))
"""


class Pages:
    """Shows each kind of page in a browser: all in one window, which is much quicker."""

    def __init__(self, server: Server) -> None:
        self.addresses = json.loads(server.python(ADDRESSES))
        self.failures = json.loads(server.python(FAILURES))

    def shown(self, page: Page, language: str) -> Iterator[str]:
        for kind in KINDS:
            self._open(page, language, kind)
            yield kind

    def _open(self, page: Page, language: str, kind: str) -> None:
        if html := self.failures[language].get(kind):
            path = f"/{language}/failure/{kind}/"
            page.route(
                f"**{path}", lambda route: route.fulfill(body=html, content_type="text/html")
            )
        else:
            path = self.addresses[language][kind]
        answer = page.goto(path)
        assert answer
        assert answer.status == (int(kind) if kind in ("404", "410") else 200), path
        page.evaluate("document.fonts.ready")
