"""Which kinds of page there are, and where the demo site has one of each."""

from __future__ import annotations

import json
from collections.abc import Iterator

from playwright.sync_api import Page

from tests.server import Server

LISTS = ["home", "list", "list-2", "category", "tag", "archive", "year", "month"]
LISTS += ["category-empty", "related"]
SEARCHES = ["search", "search-results", "search-filtered", "search-nothing"]
ARTICLES = ["cover", "plain", "table", "pictures", "files", "video", "extreme", "page"]
ERRORS = [400, 403, 404, 410, 413, 500, 503]
ADDRESSED = [*LISTS, *SEARCHES, *ARTICLES, "preview", *map(str, ERRORS)]
# What a click opens: on a page of which kind, and where.
OPENED = {"code": ("pictures", ".share-code summary"), "viewer": ("pictures", ".enlarge")}
KINDS = [*ADDRESSED, *OPENED]
# What makes a page one of its kind, where its address does not.
SHOWS = {
    "home": ".rankings .ranking-link",
    "category": ".page-description",
    "category-empty": ".page-description",
    "files": ".downloads .download",
    "video": ".video video",
    "extreme": ".video video",
    "preview": ".preview-bar",
    "code": ".share-qr",
    "viewer": ".viewer-picture",
}

ADDRESSES = """
import json
from datetime import timedelta
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils.timezone import datetime, make_aware, now
from news import attachments, preview
from news.models import Article, Category, Page, PreviewLink, Tag
from tests.files import mp4

WORDS = {"en": ("plant", "Kraftwerksgesellschafts"), "zh-hans": ("项目", "轻工业工程总承包项目部")}

def played(title):
    film = ContentFile(mp4(data=title.encode()), name="film.mp4")
    attachment, _ = attachments.take(film, None, title=title)
    return f'<p><a href="{attachment.file.url}">{title}</a></p>'

def published(**fields):
    # So old that it fills the list's second page.
    moment = make_aware(datetime(2001, 2, 3))
    article = Article(status="published", published_at=moment, **fields)
    article.full_clean(exclude=["slug"])
    article.save()
    return article

def video(language, category):
    words = WORDS[language][0]
    return published(
        language=language,
        category=category,
        title=f"{words}: film",
        body=f"<p>{words}</p>{played(words)}<p>{words}</p>",
    )

def extreme(language, category):
    # All that editors may write at its longest.
    word = WORDS[language][1] * 4
    cells = "".join(f"<td>{number} {word[:12]}</td>" for number in range(14))
    article = published(
        language=language,
        category=category,
        title=f"{word} {word} 1,234,567,890 {word}"[:200],
        summary=f"{word} https://example.com/{'x' * 120} {word}",
        body=f"<h2>{word}</h2><p>{word * 3}</p><blockquote><p>{word}</p></blockquote>"
        f'<p><a href="https://example.com/{"x" * 150}">https://example.com/{"x" * 150}</a></p>'
        f"<ul><li>{word}<ul><li>{word}</li></ul></li></ul><table><tbody><tr>{cells}</tr></tbody>"
        f"</table><h3>{word}</h3><h4>{word}</h4>{played(word * 2)}",
        source=word[:100],
        source_url=f"https://example.com/{'x' * 100}",
    )
    article.tags.add(Tag.objects.create(language=language, name=word[:50]))
    return article

def linked(language):
    waiting = Article.objects.filter(status__in=["draft", "in_review"], binned_at=None)
    draft = waiting.filter(language=language).first()
    maker = User.objects.get(username="admin")
    until = now() + timedelta(days=1)
    link = PreviewLink.objects.create(article=draft, created_by=maker, expires_at=until)
    return preview.address_of(link)

def addresses(language):
    articles = Article.objects.public().filter(language=language).newest_first()
    of = {
        "cover": articles.exclude(cover=None),
        "plain": articles.filter(cover=None).exclude(body__contains="<img"),
        "table": articles.filter(body__contains="<table"),
        "pictures": articles.filter(body__contains="<img"),
        "files": articles.filter(body__contains="data-attachment"),
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
        "video": video(language, article.category).get_absolute_url(),
        "extreme": extreme(language, article.category).get_absolute_url(),
        "preview": linked(language),
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
from news.models import (
    Article, Attachment, Category, Image, OldAddress, Page, Site, Tag, Version
)
author = User.objects.get(username="author")
uid = urlsafe_base64_encode(str(author.pk).encode())
change = Version.objects.filter(stage="in_review").first().article
articles, users = "/admin/news/article/", "/admin/auth/user/"
one = f"{articles}{change.pk}/"
alone = Article.objects.lacking("zh-hans").first()
versions = "&".join(f"{name}={version.pk}" for name, version in
                    zip(("from", "to"), change.versions.order_by("pk")[:2], strict=True))
there = {"article": Article.objects.public().first()}
OldAddress.objects.get_or_create(path="/old/1.html", defaults=there)

def of(model, name):
    # The list of its rows, and the form of one.
    rows = f"/admin/news/{model._meta.model_name}/"
    return {name: rows, f"{name} form": f"{rows}{model.objects.first().pk}/change/"}

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
    **of(Image, "pictures"),
    **of(Attachment, "files"),
    **of(Category, "categories"),
    **of(Tag, "tags"),
    **of(Page, "pages"),
    **of(OldAddress, "old addresses"),
    "site": of(Site, "site")["site form"],
    "pictures picker": "/admin/news/image/pick/?CKEditorFuncNum=1",
    "files picker": "/admin/news/attachment/pick/?CKEditorFuncNum=1",
    "page": "/admin/news/page/add/",
    "import": "/admin/news/oldaddress/import/",
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
            on, click = OPENED.get(kind, (kind, ""))
            self._open(page, language, on)
            if click:
                page.locator(click).first.click()
            if mark := SHOWS.get(kind):
                page.locator(mark).first.wait_for()
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
