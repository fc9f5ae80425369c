"""What visitors see while something fails, above all while the database is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError, connection

from news import lost, views
from tests.helpers import make_article, make_user

pytestmark = pytest.mark.django_db

SECRET = "host=db.internal user=newsroom"
BACK_SOON = {
    "en": "The newsroom will be back in a moment",
    "zh-hans": "新闻中心很快恢复",
}


def unreachable(*_args: object, **_kwargs: object) -> None:
    raise OperationalError(SECRET)


def fails_with(error: Exception, cause: Exception | None = None):
    def view(*_args: object, **_kwargs: object) -> None:
        raise error from cause

    return view


@contextmanager
def database_away() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "cursor", unreachable)
        yield


@pytest.fixture(autouse=True)
def _as_deployed(client):
    client.raise_request_exception = False


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    "path", ["/", "/news/", "/news/search/?q=bridge", "/news/7/bridge/", "/nothing/"]
)
def test_readers_are_asked_to_come_again(client, language, path):
    with database_away():
        answer = client.get(f"/{language}{path}")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert f'<html lang="{"zh-Hans" if language == "zh-hans" else "en"}">' in page
    assert page.count("<h1") == 1
    assert BACK_SOON[language] in page
    assert '<meta name="robots" content="noindex">' in page


@pytest.mark.parametrize("path", ["/admin/", "/admin/news/article/add/"])
def test_staff_who_were_signed_in_are_asked_too(client, path):
    client.force_login(make_user(group="Editor"))
    with database_away():
        answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert BACK_SOON["en"] in answer.content.decode()


def test_signing_in_has_to_wait(client):
    with database_away():
        answer = client.post("/admin/login/", {"username": "editor", "password": "words"})
    assert answer.status_code == 503


def test_nothing_of_the_failure_is_told(client):
    with database_away():
        page = client.get("/en/news/").content.decode()
    assert SECRET not in page
    assert "Traceback" not in page
    assert "OperationalError" not in page


def test_an_old_address_is_not_forgotten_while_the_database_is_away(client):
    with database_away():
        assert client.get("/en/s/3224-8945-40486.html").status_code == 503


@pytest.mark.parametrize("path", ["/en/water-plant/", "/water.html", "/wp-login.php"])
def test_what_is_not_there_cannot_be_said_while_the_database_is_away(client, path):
    with database_away():
        assert client.get(path).status_code == 503


def test_nor_when_it_goes_away_while_something_near_is_looked_for(client, monkeypatch):
    monkeypatch.setattr(lost, "in_titles", unreachable)
    answer = client.get("/en/water-plant/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert SECRET not in answer.content.decode()


def test_the_site_is_back_with_its_database(client):
    article = make_article()
    with database_away():
        assert client.get(article.get_absolute_url()).status_code == 503
    assert client.get(article.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("error", "cause", "status"),
    [
        (OperationalError(SECRET), None, 503),
        (InterfaceError("the connection is closed"), None, 503),
        (RuntimeError("no number"), OperationalError(SECRET), 503),
        (RuntimeError("a fault of ours"), None, 500),
        (RuntimeError("a fault of ours"), KeyError("title"), 500),
    ],
)
def test_only_what_the_database_caused_is_excused(client, monkeypatch, error, cause, status):
    monkeypatch.setattr(views, "rendered", fails_with(error, cause))
    answer = client.get("/en/news/")
    assert answer.status_code == status
    assert ("Retry-After" in answer) == (status == 503)
    assert str(error) not in answer.content.decode()
