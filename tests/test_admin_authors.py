"""What an author does with the article's form, and what no author can, whatever is sent."""

from __future__ import annotations

import pytest
from django.test import Client

from news.models import Article, Edition, Status, Version
from tests.desk import desk, stored
from tests.forms import Form, change, decide, errors, messages, offered, submit, words
from tests.helpers import NOW, make_article, make_category

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

ADD = "/admin/news/article/add/"


def save(client, path: str, **typed):
    return submit(client, path, "article_form", **typed)


@pytest.mark.parametrize("path", ["add", "change"])
def test_an_author_can_hand_in_but_not_publish(client, author, path):
    draft = make_article(status=Status.DRAFT, created_by=author)
    path = ADD if path == "add" else change(draft)
    page = client.get(path)
    assert offered(page) == ["submit"]
    data = Form(page, "article_form").data | {"title": "Mine", "category": draft.category_id}
    response = client.post(path, data | {"_transition": "publish"}, follow=True)
    assert response.status_code == 403  # It was saved, which is theirs to do, and no more.
    assert set(Article.objects.values_list("status", flat=True)) == {"draft"}
    article = Article.objects.get(title="Mine")
    assert client.post(f"/admin/news/article/{article.pk}/publish/now/").status_code == 403
    assert not Article.objects.public().exists()


# Everything about an article that its author must not decide, as a forged form would say it.
FORGED = {
    "status": "published",
    "stage": "scheduled",
    "moment": "2026-01-01",
    "was_live": "on",
    "published_at_0": "2020-01-01",
    "published_at_1": "00:00:00",
    "published_at": "2020-01-01",
    "expires_at_0": "2030-01-01",
    "expires_at_1": "00:00:00",
    "expires_at": "2030-01-01",
    "pinned_until_0": "2030-01-01",
    "pinned_until_1": "00:00:00",
    "pinned_until": "2030-01-01",
    "binned_at": "2026-01-01",
    "created_by": "1",
    "revision": "99",
    "when": "now",
}
# Of a published article these are decided too.
FORGED_LIVE = {"language": "zh-hans", "slug": "forged", "translation": ""}


@pytest.mark.parametrize("status", [Status.DRAFT, Status.PUBLISHED])
def test_what_editors_decide_is_neither_shown_to_authors_nor_taken_from_them(
    client, author, status
):
    article = make_article(status=status, created_by=author)
    make_article(language="zh-hans", translation_key=article.translation_key)
    forged = FORGED | (FORGED_LIVE if status == Status.PUBLISHED else {})
    data = Form(client.get(change(article)), "article_form").data
    assert not data.keys() & forged.keys()
    assert status == Status.PUBLISHED or data.keys() >= FORGED_LIVE.keys()
    before = Article.objects.values().get(pk=article.pk)
    assert (
        errors(client.post(change(article), data | forged | {"title": "Mine"}, follow=True)) == []
    )
    after = Article.objects.values().get(pk=article.pk)
    ours = {"title", "slug", "revision", "modified_by_id"}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == (ours if status == Status.DRAFT else set())
    assert desk(article).shown["title"] == "Mine"
    assert desk(article).scheduled is None


def test_a_new_article_of_an_author_has_no_date_of_its_own_choice(client, author):
    data = Form(client.get(ADD), "article_form").data
    assert not [name for name in data if name.startswith(("published_at", "expires", "pinned"))]
    typed = {"title": "Mill 3", "category": make_category().pk}
    client.post(ADD, data | FORGED | typed)
    article = Article.objects.get()
    assert (article.status, article.published_at, article.created_by) == ("draft", NOW, author)
    assert (article.expires_at, article.pinned_until) == (None, None)


def test_an_author_hands_in_and_takes_back(client, author):
    draft = make_article(status=Status.DRAFT, created_by=author)
    asked = save(client, change(draft), title="Ready", _transition="submit")
    assert asked.redirect_chain == [(f"/admin/news/article/{draft.pk}/submit/now/", 302)]
    assert (Article.objects.get().title, Article.objects.get().status) == ("Ready", "draft")
    told = messages(decide(client, draft.pk, "submit", comment="Please have a look."))
    assert told == ["“Ready” was submitted for review."]
    assert Article.objects.get().status == "in_review"
    decide(client, draft.pk, "take_back")
    assert Article.objects.get().status == "draft"
    assert [line.transition for line in draft.trail.all()] == ["take_back", "submit"]
    assert draft.trail.last().comment == "Please have a look."


def test_a_new_article_is_handed_in_with_one_button(client, author):
    typed = {"title": "Mill 3", "category": make_category().pk}
    asked = save(client, ADD, **typed, _transition="submit")
    article = Article.objects.get()
    assert asked.redirect_chain == [(f"/admin/news/article/{article.pk}/submit/now/", 302)]
    decide(client, article.pk, "submit")
    assert Article.objects.get().status == "in_review"


@pytest.mark.parametrize(
    ("status", "own"),
    [
        *[(status, False) for status in Status],
        *[("in_review", True), ("withdrawn", True)],
    ],
)
def test_an_author_reads_but_does_not_change_other_articles(client, author, status, own):
    article = make_article(title="As it is", status=status, created_by=author if own else None)
    page = client.get(change(article))
    assert "As it is" in words(page)
    assert not Form(page, "article_form").data.keys() & {"title", "body", "opened", "comment"}
    assert offered(page) == []
    before = stored(article)
    typed = Form(client.get(ADD), "article_form").data | {"title": "Mine", "category": 1}
    opened = desk(article).token
    assert client.post(change(article), typed | {"opened": opened}).status_code == 403
    assert stored(article) == before


def test_an_authors_published_article_gets_a_change_that_readers_do_not_see(client, author):
    article = make_article(title="As it is", created_by=author)
    edition, row = Edition.objects.get().number, Article.objects.values().get()
    page = client.get(change(article))
    assert offered(page) == ["submit"]
    response = save(client, change(article), title="Mine", body="<p>Mine too.</p>")
    assert errors(response) == []
    assert Article.objects.values().get() == row
    assert Edition.objects.get().number == edition
    assert "Mine" not in words(Client().get(article.get_absolute_url()))
    version = desk(article).worked_on
    assert (version.stage, version.author) == ("draft", author)
    assert (version.content["title"], version.content["body"]) == ("Mine", "<p>Mine too.</p>")
    assert Form(client.get(change(article)), "article_form").data["title"] == "Mine"
    assert client.get(f"/admin/news/article/{article.pk}/publish/now/").status_code == 403
    assert client.post(f"/admin/news/article/{article.pk}/publish/now/").status_code == 403
    assert Article.objects.values().get() == row


@pytest.mark.parametrize("status", [Status.PUBLISHED, Status.IN_REVIEW, Status.WITHDRAWN])
def test_an_author_whose_draft_was_taken_out_of_his_hands_meanwhile_is_refused(
    client, author, status
):
    draft = make_article(status=Status.DRAFT, created_by=author)
    data = Form(client.get(change(draft)), "article_form").data
    row = Article.objects.get()
    row.status = status
    row.save()
    response = client.post(change(draft), data | {"title": "Changed"})
    # What was published can be changed again, but not by a form that was opened before.
    if status == Status.PUBLISHED:
        assert errors(response)[0].startswith("Somebody has ")
        assert Form(response, "article_form").data["title"] == "Changed"
    else:
        assert response.status_code == 403
    assert Article.objects.get().title == draft.title
    assert not Version.objects.worked_on().exists()
