"""Who gets where in the admin: every address and every change of status, for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from news.models import Article, BrowsingVolume, OldAddress, RefusedViews
from tests.desk import POINTS, article_at, begin_change, desk, stored
from tests.forms import Form, change
from tests.helpers import (
    NOW,
    make_article,
    make_attachment,
    make_category,
    make_image,
    make_page,
    make_site,
    make_tag,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.time_machine(NOW, tick=False)]

PEOPLE = {
    "administrator": {"is_superuser": True},
    "editor": {"group": "Editor"},
    "author": {"group": "Author"},
    "staff without a group": {},
    "former editor": {"group": "Editor", "is_active": False},
}

# What each address answers when it is opened by an administrator, an editor, an author, staff
# without a group, and somebody who is not signed in. Articles have further tables below.
NOT_SIGNED_IN = 4
ADDRESSES = {
    "": "200 200 200 200 302",
    "login/": "302 302 302 302 200",
    "logout/": "405 405 405 405 302",
    "password_change/": "200 200 200 200 302",
    "password_change/done/": "200 200 200 200 302",
    "password_reset/": "200 200 200 200 200",
    "password_reset/done/": "200 200 200 200 200",
    "reset/<uidb64>/<token>/": "200 200 200 200 200",
    "reset/done/": "200 200 200 200 200",
    "jsi18n/": "200 200 200 200 302",
    "autocomplete/": "200 200 200 403 302",
    "r/<path:content_type_id>/<path:object_id>/": "302 302 302 403 302",
    "^(?P<app_label>auth|news)/$": "200 200 200 404 302",
    "(?P<url>.*)$": "404 404 404 404 302",
    "auth/group/": "200 403 403 403 302",
    "auth/group/add/": "200 403 403 403 302",
    "auth/group/<path:object_id>/": "302 302 302 302 302",
    "auth/group/<path:object_id>/change/": "200 403 403 403 302",
    "auth/group/<path:object_id>/delete/": "200 403 403 403 302",
    "auth/group/<path:object_id>/history/": "200 403 403 403 302",
    "auth/user/": "200 403 403 403 302",
    "auth/user/add/": "200 403 403 403 302",
    "auth/user/invite/": "200 403 403 403 302",
    "auth/user/<id>/invite/": "200 403 403 403 302",
    "auth/user/<id>/handover/": "200 403 403 403 302",
    "auth/user/<id>/password/": "200 403 403 403 302",
    "auth/user/<path:object_id>/": "302 302 302 302 302",
    "auth/user/<path:object_id>/change/": "200 403 403 403 302",
    "auth/user/<path:object_id>/delete/": "200 403 403 403 302",
    "auth/user/<path:object_id>/history/": "200 403 403 403 302",
    "news/article/": "200 200 200 403 302",
    "news/article/add/": "200 200 200 403 302",
    "news/article/here/": "200 200 200 200 200",
    "news/article/<int:article_id>/<slug:name>/now/": "200 200 403 403 302",
    "news/article/<int:article_id>/versions/compare/": "200 200 200 403 302",
    "news/article/<int:article_id>/preview/": "200 200 200 403 302",
    "news/article/<int:article_id>/in/<slug:language>/": "200 200 200 403 302",
    "news/article/<int:article_id>/up-to-date/": "405 405 405 405 302",
    "news/article/languages/": "200 200 200 403 302",
    "news/article/<path:object_id>/": "302 302 302 302 302",
    "news/article/<path:object_id>/change/": "200 200 200 403 302",
    "news/article/<path:object_id>/delete/": "403 403 403 403 302",
    "news/article/<path:object_id>/history/": "200 200 200 403 302",
    "news/attachment/": "200 200 200 403 302",
    "news/attachment/add/": "302 302 302 403 302",
    "news/attachment/pick/": "200 200 200 403 302",
    "news/attachment/upload/": "405 405 405 405 405",
    "news/attachment/<path:object_id>/": "302 302 302 302 302",
    "news/attachment/<path:object_id>/change/": "200 200 200 403 302",
    "news/attachment/<path:object_id>/delete/": "200 200 403 403 302",
    "news/attachment/<path:object_id>/history/": "200 200 200 403 302",
    "news/browsingvolume/": "200 200 403 403 302",
    "news/browsingvolume/add/": "200 403 403 403 302",
    "news/browsingvolume/<path:object_id>/": "302 302 302 302 302",
    "news/browsingvolume/<path:object_id>/change/": "200 200 403 403 302",
    "news/browsingvolume/<path:object_id>/delete/": "403 403 403 403 302",
    "news/browsingvolume/<path:object_id>/history/": "200 200 403 403 302",
    "news/category/": "200 200 200 403 302",
    "news/category/add/": "200 200 403 403 302",
    "news/category/<path:object_id>/": "302 302 302 302 302",
    "news/category/<path:object_id>/change/": "200 200 200 403 302",
    "news/category/<path:object_id>/delete/": "200 403 403 403 302",
    "news/category/<path:object_id>/history/": "200 200 200 403 302",
    "news/image/": "200 200 200 403 302",
    "news/image/add/": "200 200 200 403 302",
    "news/image/pick/": "200 200 200 403 302",
    "news/image/upload/": "405 405 405 405 405",
    "news/image/<path:object_id>/": "302 302 302 302 302",
    "news/image/<path:object_id>/change/": "200 200 200 403 302",
    "news/image/<path:object_id>/delete/": "200 200 403 403 302",
    "news/image/<path:object_id>/history/": "200 200 200 403 302",
    "news/oldaddress/": "200 200 403 403 302",
    "news/oldaddress/import/": "200 200 403 403 302",
    "news/oldaddress/export/": "200 200 403 403 302",
    "news/oldaddress/add/": "200 200 403 403 302",
    "news/oldaddress/<path:object_id>/": "302 302 302 302 302",
    "news/oldaddress/<path:object_id>/change/": "200 200 403 403 302",
    "news/oldaddress/<path:object_id>/delete/": "200 200 403 403 302",
    "news/oldaddress/<path:object_id>/history/": "200 200 403 403 302",
    "news/page/": "200 200 403 403 302",
    "news/page/add/": "200 200 403 403 302",
    "news/page/<path:object_id>/": "302 302 302 302 302",
    "news/page/<path:object_id>/change/": "200 200 403 403 302",
    "news/page/<path:object_id>/delete/": "200 200 403 403 302",
    "news/page/<path:object_id>/history/": "200 200 403 403 302",
    "news/refusedviews/": "200 200 403 403 302",
    "news/refusedviews/add/": "403 403 403 403 302",
    "news/refusedviews/<path:object_id>/": "302 302 302 302 302",
    "news/refusedviews/<path:object_id>/change/": "200 200 403 403 302",
    "news/refusedviews/<path:object_id>/delete/": "403 403 403 403 302",
    "news/refusedviews/<path:object_id>/history/": "200 200 403 403 302",
    "news/site/": "302 403 403 403 302",
    "news/site/add/": "403 403 403 403 302",
    "news/site/<path:object_id>/": "302 302 302 302 302",
    "news/site/<path:object_id>/change/": "200 403 403 403 302",
    "news/site/<path:object_id>/delete/": "403 403 403 403 302",
    "news/site/<path:object_id>/history/": "200 403 403 403 302",
    "news/tag/": "200 200 200 403 302",
    "news/tag/add/": "200 200 200 403 302",
    "news/tag/<path:object_id>/": "302 302 302 302 302",
    "news/tag/<path:object_id>/change/": "200 200 200 403 302",
    "news/tag/<path:object_id>/delete/": "200 200 403 403 302",
    "news/tag/<path:object_id>/history/": "200 200 200 403 302",
}
# Where an empty form that is sent is answered otherwise than the page that is opened.
SENT = {
    "login/": "200 200 200 200 200",
    "logout/": "200 200 200 200 302",
    "password_change/done/": "405 405 405 405 302",
    "password_reset/done/": "405 405 405 405 405",
    "reset/done/": "405 405 405 405 405",
    "jsi18n/": "405 405 405 405 302",
    "autocomplete/": "405 405 405 405 302",
    "auth/user/<id>/invite/": "302 403 403 403 302",
    "news/article/here/": "405 405 405 405 405",
    "news/article/<int:article_id>/preview/": "200 200 403 403 302",
    "news/article/<int:article_id>/up-to-date/": "302 302 403 403 302",
    "news/article/<path:object_id>/change/": "200 200 403 403 302",
    "news/attachment/upload/": "400 400 400 403 403",
    "news/attachment/<path:object_id>/change/": "200 200 403 403 302",
    "news/browsingvolume/<path:object_id>/change/": "200 403 403 403 302",
    "news/category/<path:object_id>/change/": "200 200 403 403 302",
    "news/image/upload/": "400 400 400 403 403",
    "news/image/<path:object_id>/change/": "302 302 403 403 302",
    "news/oldaddress/export/": "405 405 405 405 302",
    "news/refusedviews/<path:object_id>/change/": "403 403 403 403 302",
    "news/tag/<path:object_id>/change/": "200 200 403 403 302",
}


def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            assert isinstance(pattern, URLPattern)
            yield route


def of_admin() -> set[str]:
    every = routes(get_resolver().url_patterns)
    return {route.removeprefix("admin/") for route in every if route.startswith("admin/")}


@pytest.fixture
def people() -> dict[str, User]:
    return {name: make_user(name, **fields) for name, fields in PEOPLE.items()}


@pytest.fixture
def clients(people) -> dict[str, Client]:
    """Everybody's as_author, and a stranger's."""
    browsers = {name: Client() for name in [*people, "stranger"]}
    for name, user in people.items():
        browsers[name].force_login(user)
    return browsers


# --- every address


def test_the_table_has_every_address_of_the_admin():
    assert of_admin() == ADDRESSES.keys()
    assert admin.site.name == "admin"


def examples() -> dict[str, int]:
    """One of everything that has a page, which nobody in these tests has made."""
    colleague = make_user("colleague", email="colleague@example.com")
    colleague.set_unusable_password()
    colleague.save()
    article = make_article()
    address = OldAddress.objects.create(path="/en/s/1-2-3.html", article=article)
    refused = RefusedViews.objects.create(day=NOW.date(), reason="crawler", views=7)
    return {
        "auth/group": Group.objects.create(name="Proofreader").pk,
        "auth/user": colleague.pk,
        "news/article": article.pk,
        "news/attachment": make_attachment().pk,
        "news/browsingvolume": BrowsingVolume.objects.create(article=article).pk,
        "news/category": make_category("Empty").pk,
        "news/image": make_image().pk,
        "news/oldaddress": address.pk,
        "news/page": make_page().pk,
        "news/refusedviews": refused.pk,
        "news/site": make_site().pk,
        "news/tag": make_tag().pk,
    }


def address(route: str, shown: dict[str, int]) -> str:
    """What somebody types who wants to get there."""
    pk = shown.get("/".join(route.split("/")[:2]), 0)
    article = shown["news/article"]
    named = {
        "<path:content_type_id>": ContentType.objects.get_for_model(Article).pk,
        "^(?P<app_label>auth|news)/$": "news/",
        "(?P<url>.*)$": "no/such/page/",
        "<slug:name>": "withdraw",
        "<slug:language>": "zh-hans",
        "<uidb64>": "MQ",
        "<token>": "set-password",
    }
    if route.startswith("r/"):
        pk = article
    for placeholder, value in named.items():
        route = route.replace(placeholder, str(value))
    path = "/admin/" + re.sub(r"<[^>]+>", str(pk), route)
    if route == "autocomplete/":
        path += "?app_label=news&model_name=article&field_name=tags"
    elif "compare" in route:
        newest, oldest = Article.objects.get(pk=article).versions.values_list("pk", flat=True)[:2]
        path += f"?from={oldest}&to={newest}"
    return path


def answers(client: Client, method: str, path: str, data: dict | None = None) -> int:
    """Of an address that somebody typed; whatever it did is undone, also a signing out."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        status = getattr(client, method)(path, data).status_code
        transaction.set_rollback(True)
    client.cookies = cookies
    return status


@pytest.mark.parametrize("who", [*PEOPLE, "stranger"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_address_answers_each_person_as_the_table_says(people, clients, who, method):
    column = min([*clients].index(who), NOT_SIGNED_IN)
    column = NOT_SIGNED_IN if who == "former editor" else column
    shown = examples()
    begin_change(Article.objects.get(), people["administrator"], "A change")
    table = ADDRESSES | (SENT if method == "post" else {})
    expected = {route: int(row.split()[column]) for route, row in table.items()}
    found = {r: answers(clients[who], method, address(r, shown)) for r in table}
    assert {r: found[r] for r in found if found[r] != expected[r]} == {}


# --- every article, at every point of its way

# People who began the article are marked "own", the others "other".
EDITORS = {
    *("administrator own", "administrator other"),
    *("editor own", "editor other"),
}
WITH_ITS_AUTHOR = EDITORS | {"author own"}
WHO_BEGAN_IT = {"administrator own", "editor own", "author own"}
SEES = EDITORS | {"author own", "author other"}

# Who may write in the form.
WRITES = {
    "draft": WITH_ITS_AUTHOR,
    "in_review": EDITORS,
    "scheduled": WITH_ITS_AUTHOR,
    "public": WITH_ITS_AUTHOR,
    "expired": WITH_ITS_AUTHOR,
    "withdrawn": EDITORS,
    "binned": set(),
    "binned_draft": set(),
    "change_draft": WITH_ITS_AUTHOR,
    "change_in_review": EDITORS,
    "change_scheduled": WITH_ITS_AUTHOR,
    "change_on_scheduled": WITH_ITS_AUTHOR,
    "change_on_withdrawn": EDITORS,
}
# Who may make which change of status. What stands nowhere here is no change that can be made there.
DECIDES: dict[str, dict[str, set[str]]] = {
    "draft": {"submit": WITH_ITS_AUTHOR, "publish": EDITORS, "bin": WITH_ITS_AUTHOR},
    "in_review": {
        "take_back": WHO_BEGAN_IT,
        "send_back": EDITORS,
        "publish": EDITORS,
        "bin": EDITORS,
    },
    "scheduled": {"unschedule": EDITORS, "bin": EDITORS},
    "public": {"withdraw": EDITORS, "bin": EDITORS},
    "expired": {"withdraw": EDITORS, "bin": EDITORS},
    "withdrawn": {"republish": EDITORS, "bin": EDITORS},
    "binned": {"restore": EDITORS},
    "binned_draft": {"restore": WITH_ITS_AUTHOR},
    "change_draft": {
        "submit": WITH_ITS_AUTHOR,
        "discard": WITH_ITS_AUTHOR,
        "publish": EDITORS,
        "withdraw": EDITORS,
        "bin": EDITORS,
    },
    "change_in_review": {
        "take_back": WHO_BEGAN_IT,
        "send_back": EDITORS,
        "publish": EDITORS,
        "discard": EDITORS,
        "withdraw": EDITORS,
        "bin": EDITORS,
    },
    "change_scheduled": {
        "publish": EDITORS,
        "unschedule": EDITORS,
        "withdraw": EDITORS,
        "bin": EDITORS,
    },
    "change_on_scheduled": {
        "submit": WITH_ITS_AUTHOR,
        "discard": WITH_ITS_AUTHOR,
        "publish": EDITORS,
        "unschedule": EDITORS,
        "withdraw": EDITORS,
        "bin": EDITORS,
    },
    "change_on_withdrawn": {
        "submit": EDITORS,
        "discard": EDITORS,
        "publish": EDITORS,
        "republish": EDITORS,
        "bin": EDITORS,
    },
}
TRANSITIONS = sorted({name for names in DECIDES.values() for name in names})
SOMETIME = {
    name: set().union(*(names.get(name, ()) for names in DECIDES.values())) for name in TRANSITIONS
}
SOMETIME["take_back"] |= EDITORS  # What they submitted themselves.


def test_the_tables_have_every_point_of_an_articles_way():
    assert [*WRITES] == [*DECIDES] == POINTS


def at_point(point: str, people: dict[str, User]) -> list[tuple[str, str, Article]]:
    """Who comes, how they are called in the tables, and the article that they come to."""
    others = article_at(point, make_user("somebody else", "Author"))
    active = {name: user for name, user in people.items() if user.is_active}
    owned = [(name, f"{name} own", article_at(point, user)) for name, user in active.items()]
    return [*owned, *((name, f"{name} other", others) for name in [*people, "stranger"])]


def refusal(name: str) -> int:
    """Whoever is not signed in is asked to do that."""
    return 302 if name in ("former editor", "stranger") else 403


@pytest.mark.parametrize("point", POINTS)
def test_articles_are_seen_written_and_deleted_by_whom_the_table_says(people, clients, point):
    for name, who, article in at_point(point, people):
        no, client, before = refusal(name), clients[name], stored(article)
        opened = client.get(change(article))
        path = f"/admin/news/article/{article.pk}"
        sees = 200 if who in SEES else no
        assert opened.status_code == sees, who
        if who.endswith("other"):
            looked = [client.get(f"{path}/{page}/").status_code for page in ("history", "preview")]
            assert looked == [sees, sees], who
        assert (b'name="opened"' in opened.content) == (who in WRITES[point]), who
        if who not in WRITES[point]:
            sent = [client.post(f"{path}/{page}/").status_code for page in ("change", "preview")]
            assert sent == [no, no], who
        if point == "binned_draft" and name == "administrator":
            assert answers(client, "post", f"{path}/delete/", {"post": "yes"}) == 302
        else:
            assert client.get(f"{path}/delete/").status_code == no, who
            assert client.post(f"{path}/delete/", {"post": "yes"}).status_code == no, who
        assert stored(article) == before, who


@pytest.mark.parametrize("point", POINTS)
def test_changes_of_status_are_made_by_whom_the_table_says(people, clients, point):
    for name, who, article in at_point(point, people):
        client, before = clients[name], stored(article)
        asked = {"seen": desk(article).token, "when": "now", "comment": "Because."}
        for transition in TRANSITIONS:
            path = f"/admin/news/article/{article.pk}/{transition}/now/"
            if who in DECIDES[point].get(transition, ()):
                assert client.get(path).status_code == 200, (who, transition)
                assert is_done(client, path, article, asked), (who, transition)
                continue
            # Whoever may do it at another point is told that it does not apply.
            told = transition not in DECIDES[point] and who in SOMETIME[transition]
            expected = 302 if told else refusal(name)
            assert client.post(path, asked).status_code == expected, (who, transition)
        assert stored(article) == before, who


def is_done(client: Client, path: str, article: Article, asked: dict[str, str]) -> bool:
    """It is undone at once."""
    lines = article.trail.count()
    with transaction.atomic():
        assert client.post(path, asked).status_code == 302
        done = article.trail.count() == lines + 1
        transaction.set_rollback(True)
    return done


def test_a_change_of_status_that_there_is_not_is_not_found(clients):
    path = f"/admin/news/article/{make_article().pk}"
    for name in ("edit", "take_effect", "delete", "__init__", "PUBLISH"):
        assert clients["administrator"].get(f"{path}/{name}/now/").status_code == 404
        assert clients["administrator"].post(f"{path}/{name}/now/").status_code == 404


# --- what an author sends by hand


@pytest.fixture
def author(people) -> User:
    return people["author"]


@pytest.fixture
def as_author(clients) -> Client:
    """The author's browser."""
    return clients["author"]


def editors_form(clients: dict[str, Client], article: Article) -> dict[str, Any]:
    """All that an editor's page would send, filled in to an author's liking."""
    form = Form(clients["editor"].get(change(article)), "article_form")
    names = ("title", "summary", "body", "cover", "category", "tags", "source", "editor", "related")
    return (
        form.data
        | dict.fromkeys([f"choose-{name}" for name in names], "theirs")
        | {
            "title": "Forged",
            "status": "published",
            "slug": "forged",
            "language": "zh-hans",
            "translation": "",
            "published_at_0": "2020-01-01",
            "published_at_1": "00:00:00",
            "expires_at_0": "2030-01-01",
            "expires_at_1": "00:00:00",
            "pinned_until_0": "2030-01-01",
            "pinned_until_1": "00:00:00",
            "created_by": "1",
            "revision": "0",
            "stage": "scheduled",
            "moment": "2030-01-01",
            "_transition": "publish",
        }
    )


@pytest.mark.parametrize("point", [point for point in POINTS if "binned" not in point])
def test_an_author_cannot_write_in_anothers_article_whatever_is_sent(
    clients, as_author, author, point
):
    article = article_at(point, make_user(group="Author"))
    oldest = article.versions.last()
    forged, before = editors_form(clients, article), stored(article)
    for query in ("", f"?restore={oldest.pk if oldest else 1}", "?_popup=1", "?_to_field=id"):
        assert as_author.post(change(article) + query, forged).status_code == 403
    assert stored(article) == before
    assert not LogEntry.objects.filter(user=author).exists()


@pytest.mark.parametrize("point", [p for p in POINTS if "author own" in WRITES[p]])
def test_an_author_decides_nothing_that_editors_decide_about_his_own(
    clients, as_author, author, point
):
    article = article_at(point, author)
    language = article.category.language
    forged, before = editors_form(clients, article), stored(article)["row"]
    is_live = before["status"] == "published"
    if not is_live:  # Of a draft the author chooses language and address.
        forged |= {"language": language, "slug": before["slug"]}
    response = as_author.post(change(article), forged | {"choose-title": "mine"})
    assert response.status_code == 302
    assert desk(article).shown["title"] == "Forged"
    after = stored(article)["row"]
    # A draft's address goes with its title.
    written = set() if is_live else {"title", "slug", "revision", "modified_by_id"}
    assert {name for name in after if after[name] != before[name]} == written
    # Where the page leads to, nothing is published either.
    assert as_author.get(response["Location"]).status_code in (200, 302, 403)
    assert stored(article)["row"] == after
    assert as_author.post(f"/admin/news/article/{article.pk}/publish/now/").status_code in (
        302,
        403,
    )
    assert stored(article)["row"] == after


def test_an_author_gets_no_text_into_his_form_from_a_version_of_anothers_article(as_author, author):
    own, other = article_at("draft", author), article_at("draft", make_user(group="Author"))
    begin_change(other, None, "Not for you")
    version, opened = other.versions.first(), change(own)
    shown = as_author.get(f"{opened}?restore={version.pk}")
    assert Form(shown, "article_form").data["title"] == own.title
    data = Form(shown, "article_form").data
    assert as_author.post(f"{opened}?restore={version.pk}", data).status_code == 302
    assert desk(own).shown["title"] == own.title


@pytest.mark.parametrize(
    ("who", "action"),
    [
        ("author", "publish_selected"),
        ("author", "withdraw_selected"),
        ("author", "delete_selected"),
        ("editor", "delete_selected"),
        ("administrator", "delete_selected"),
    ],
)
def test_an_action_that_is_not_offered_is_not_made(people, clients, who, action):
    articles = [article_at(point, people[who]) for point in POINTS]
    before = [stored(article) for article in articles]
    chosen = {"action": action, "_selected_action": [a.pk for a in articles], "post": "yes"}
    seen = {f"seen-{article.pk}": desk(article).token for article in articles}
    for query in ("", "?state=binned"):
        clients[who].post(f"/admin/news/article/{query}", chosen | seen)
    assert [stored(article) for article in articles] == before


@pytest.mark.parametrize("who", ["author", "editor", "staff without a group"])
def test_nobody_but_administrators_has_to_do_with_accounts(people, clients, who):
    user, colleague = people[who], people["editor"]
    before = list(User.objects.order_by("pk").values())
    sent = {
        "username": "new",
        "email": "new@example.com",
        "first_name": "New",
        "is_superuser": "on",
        "is_staff": "on",
        "is_active": "on",
        "groups": [str(group.pk) for group in Group.objects.all()],
        "role": str(Group.objects.get(name="Editor").pk),
        "language": "en",
        "successor": str(user.pk),
        "password1": "three quiet rivers",
        "password2": "three quiet rivers",
        "post": "yes",
    }
    own, other = f"/admin/auth/user/{user.pk}", f"/admin/auth/user/{colleague.pk}"
    pages = [f"{each}/{page}/" for each in (own, other) for page in ACCOUNT_PAGES]
    for path in ["/admin/auth/user/add/", "/admin/auth/user/invite/", *pages]:
        assert clients[who].post(path, sent).status_code == 403, path
    assert list(User.objects.order_by("pk").values()) == before
    assert {group.name for group in user.groups.all()} <= {PEOPLE[who].get("group")}


ACCOUNT_PAGES = ("change", "delete", "password", "invite", "handover")
