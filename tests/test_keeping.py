"""What the server does so that nothing typed is lost: says who is here, and what it has saved."""

from __future__ import annotations

import pytest

from news.models import Article, Status
from tests.forms import Form, errors
from tests.helpers import make_article, make_category, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ADD = "/admin/news/article/add/"
HERE = "/admin/news/article/here/"
COPY = "0123456789abcdef" * 2


def post(client, path: str = ADD, **typed):
    data = Form(client.get(path), "article_form").data
    return client.post(path, data | {"kept": COPY} | typed)


def test_the_form_can_ask_who_is_signed_in(client, author):
    answer = client.get(HERE)
    assert answer.status_code == 200
    assert answer.json()["user"] == author.pk
    assert answer.json()["name"] == "author"
    assert "no-store" in answer["Cache-Control"]


def test_its_token_lets_the_form_be_sent_after_signing_in_again(client):
    make_user("author", "Author")
    browser = type(client)(enforce_csrf_checks=True)
    token = browser.get(HERE).json()["csrf"]
    data = {"username": "author", "password": "a long pass phrase", "csrfmiddlewaretoken": token}
    answer = browser.post("/admin/login/", data | {"next": HERE}, follow=True)
    data = Form(browser.get(ADD), "article_form").data
    data |= {"title": "Mill 3", "category": str(make_category().pk)}
    data["csrfmiddlewaretoken"] = answer.json()["csrf"]
    assert browser.post(ADD, data).status_code == 302
    assert Article.objects.get().title == "Mill 3"


def test_nobody_is_there_without_a_session(client):
    answer = client.get(HERE)
    assert answer.status_code == 200
    assert answer.json()["user"] is None
    assert answer.json()["name"] == ""


def test_who_is_no_longer_staff_is_not_there(client):
    client.force_login(make_user("reader", is_staff=False))
    answer = client.get(HERE)
    assert answer.json()["user"] is None
    assert "reader" not in answer.text


def test_being_there_cannot_be_posted(client, author):
    assert client.post(HERE).status_code == 405


def test_a_save_names_the_copy_that_is_no_longer_needed(client, author):
    response = post(client, title="Mill 3 starts up", category=make_category().pk)
    assert response.status_code == 302
    cookie = response.cookies[f"newsroom-saved-{COPY}"]
    assert cookie["path"] == "/admin/news/article/"
    assert cookie["samesite"] == "Strict"
    assert not cookie["httponly"]  # The form's script reads it.


def test_so_does_a_change(client, author):
    article = make_article(status=Status.DRAFT, created_by=author)
    response = post(client, f"/admin/news/article/{article.pk}/change/", title="Another")
    assert f"newsroom-saved-{COPY}" in response.cookies


def test_a_refused_form_keeps_its_copy(client, author):
    response = post(client, title="Without a category")
    assert errors(response)
    assert not any(name.startswith("newsroom-saved") for name in response.cookies)
    assert f'data-copy="{COPY}"' in response.text
    assert "data-unsaved" in response.text


def test_a_form_whose_article_is_gone_keeps_its_copy(client, author):
    data = Form(client.get(ADD), "article_form").data
    response = client.post("/admin/news/article/999/change/", data | {"kept": COPY})
    assert response.status_code == 302
    assert f"newsroom-saved-{COPY}" not in response.cookies


@pytest.mark.parametrize("name", ["", "x" * 32, COPY + "0", COPY + "\n", 'a"; path=/'])
def test_a_copy_by_any_other_name_sets_no_cookie(client, author, name):
    response = post(client, title="Mill 3", category=make_category().pk, kept=name)
    assert response.status_code == 302
    assert not any(cookie.startswith("newsroom-saved") for cookie in response.cookies)


def test_what_was_sent_as_its_name_is_no_part_of_the_page(client, author):
    response = post(client, kept='"><script>alert(1)</script>')
    assert response.status_code == 200
    assert "<script>alert(1)" not in response.text


def test_a_form_opened_afresh_has_nothing_unsaved(client, author):
    page = client.get(ADD).text
    assert 'data-article="new"' in page
    assert f'data-user="{author.pk}"' in page
    assert "data-unsaved" not in page


def test_a_form_that_is_only_shown_keeps_nothing(client, author):
    page = client.get(f"/admin/news/article/{make_article().pk}/change/").text
    assert "keeping-settings" not in page
