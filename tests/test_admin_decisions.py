"""What the page that asks before a change of status refuses, with which sentence."""

from __future__ import annotations

import pytest

from news.models import Article, Status
from tests.desk import desk, stored
from tests.forms import Form, change, decide, errors, submit
from tests.helpers import NOW, make_article, make_category, make_image

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.time_machine(NOW, tick=False),
    pytest.mark.usefixtures("editor"),
]


def add(client, **typed):
    required = {"title": "Mill 3 starts up", "category": make_category().pk}
    return submit(client, "/admin/news/article/add/", "article_form", **required | typed)


def test_a_draft_may_wait_for_its_alternative_text(client):
    add(client, cover=make_image().pk)
    article = Article.objects.get()
    for when in ({"when": "now"}, {"when": "at", "at": "2026-06-01T08:00"}):
        response = decide(client, article.pk, "publish", **when, comment="It can go.")
        assert errors(response) == ["Say what the cover shows; without it nothing is published."]
        assert Form(response, "transition-box").data["comment"] == "It can go."
        assert Article.objects.get().status == Status.DRAFT
    assert not article.trail.exists()
    assert not errors(
        submit(client, change(article), "article_form", cover_alt="A mill", body="<p>It runs.</p>")
    )
    assert not errors(decide(client, article.pk, "publish", when="now"))
    assert Article.objects.get().is_public


def test_a_change_may_wait_for_its_alternative_text_too(client):
    article = make_article()
    assert not errors(submit(client, change(article), "article_form", cover=make_image().pk))
    response = decide(client, article.pk, "publish", when="now")
    assert errors(response) == ["Say what the cover shows; without it nothing is published."]
    assert Article.objects.get().cover is None
    submit(client, change(article), "article_form", cover_alt="The new mill")
    assert not errors(decide(client, article.pk, "publish", when="now"))
    assert Article.objects.get().cover_alt == "The new mill"


def test_what_is_taken_down_before_the_date_that_is_chosen_is_not_published(client):
    add(client, expires_at_0="2026-03-05", expires_at_1="12:00")
    article = Article.objects.get()
    response = decide(client, article.pk, "publish", when="at", at="2026-03-05T12:00")
    assert errors(response) == ["It cannot be taken down before it is published."]
    assert Article.objects.get().status == Status.DRAFT


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"when": "at"}, "Say the date and the time."),
        ({"when": "at", "at": "yesterday"}, "Enter a valid date/time."),
        ({"when": "at", "at": "2026-02-30T08:00"}, "Enter a valid date/time."),
        ({"when": "never"}, "Select a valid choice. never is not one of the available choices."),
        ({"when": ""}, "This field is required."),
        (
            {"comment": "x" * 1001},
            "Ensure this value has at most 1000 characters (it has 1001).",
        ),
    ],
)
def test_a_decision_that_is_not_clear_is_not_made(client, answers, sentence):
    article = make_article(status=Status.DRAFT)
    before = stored(article)
    typed = {"when": "now", "at": "", "comment": "Typed."} | answers
    response = decide(client, article.pk, "publish", **typed)
    assert errors(response) == [sentence]
    assert stored(article) == before
    assert Form(response, "transition-box").data["comment"] == typed["comment"]


def test_a_decision_that_does_not_say_what_was_looked_at_is_not_made(client):
    article = make_article(status=Status.DRAFT)
    before = stored(article)
    for seen in ("", "x", "0.0", f"{desk(article).token}0"):
        decide(client, article.pk, "publish", when="now", seen=seen)
        assert stored(article) == before
    client.post(f"/admin/news/article/{article.pk}/publish/now/", {"when": "now"})
    assert stored(article) == before


def test_nothing_is_sent_back_without_a_word(client):
    article = make_article(status=Status.IN_REVIEW)
    for comment in ("", "  "):
        assert errors(decide(client, article.pk, "send_back", comment=comment)) == [
            "This field is required."
        ]
    assert Article.objects.get().status == Status.IN_REVIEW
    assert not errors(decide(client, article.pk, "send_back", comment="The date is wrong."))
    assert Article.objects.get().status == Status.DRAFT
