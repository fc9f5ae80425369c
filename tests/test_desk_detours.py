"""Detours at the desk: another moment, the bin meanwhile, no text, an old version, a comment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from news import edition
from news.models import Article, Stage, State, Status, Version
from tests.desk import desk, do
from tests.forms import Form, change, decide, errors, messages, submit, words
from tests.helpers import NOW, make_article

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

HOUR = timedelta(hours=1)


def scheduled(client, editor) -> Article:
    article = make_article(title="Old title")
    submit(client, change(article), "article_form", title="New title")
    do("publish", article, editor, at=NOW + HOUR)
    return article


def test_a_scheduled_change_gets_another_moment_in_one_step(client, editor, time_machine):
    article = scheduled(client, editor)
    response = decide(client, article.pk, "publish", when="at", at="2026-03-04T15:00")
    assert messages(response) == ["“New title” is scheduled for 2026-03-04 15:00 (Asia/Shanghai)."]
    version = Version.objects.scheduled().get()
    assert version.moment == NOW + 3 * HOUR
    time_machine.move_to(NOW + 2 * HOUR, tick=False)
    edition.current()
    assert Article.objects.get().title == "Old title"
    time_machine.move_to(NOW + 3 * HOUR, tick=False)
    edition.current()
    assert Article.objects.get().title == "New title"


def test_a_scheduled_change_is_published_before_its_moment(client, editor):
    article = scheduled(client, editor)
    decide(client, article.pk, "publish", when="now")
    assert Article.objects.get().title == "New title"
    assert set(Version.objects.values_list("stage", flat=True)) == {Stage.HISTORY}


def test_what_was_to_appear_while_it_lay_in_the_bin_is_a_draft_again(editor, time_machine):
    article = make_article(published_at=NOW + HOUR)
    do("bin", article, editor)
    time_machine.move_to(NOW + 2 * HOUR, tick=False)
    do("restore", article, editor)
    assert Article.objects.get().state == State.DRAFT


def test_what_lay_in_the_bin_before_its_date_is_scheduled_again(editor):
    article = make_article(published_at=NOW + HOUR)
    do("bin", article, editor)
    do("restore", article, editor)
    assert Article.objects.get().state == State.SCHEDULED


@pytest.mark.parametrize("fields", [{"when": "now"}, {"when": "at", "at": "2026-05-01T09:00"}])
def test_nothing_without_a_text_is_published(client, editor, fields):
    article = make_article(status=Status.DRAFT, body="")
    response = decide(client, article.pk, "publish", **fields)
    assert errors(response) == ["It has no text yet. Write one before readers see it."]
    assert Article.objects.get().status == Status.DRAFT


def test_after_an_old_version_was_saved_the_form_shows_what_was_saved(client, editor):
    article = make_article(status=Status.DRAFT, title="First")
    submit(client, change(article), "article_form", title="Second")
    path = f"{change(article)}?restore={article.versions.last().pk}"
    form = Form(client.get(path), "article_form")
    assert form.data["title"] == "First"
    typed = form.data | {"title": "First, edited", "_continue": "1"}
    response = client.post(path, typed, follow=True)
    assert response.redirect_chain == [(change(article), 302)]
    assert Form(response, "article_form").data["title"] == "First, edited"
    assert "This form shows an old version" not in words(response)


def test_a_comment_outlives_a_colleague_who_was_faster(client, editor):
    article = make_article(status=Status.DRAFT)
    seen = desk(article).token
    do("submit", article, editor)
    path = f"/admin/news/article/{article.pk}/publish/now/"
    asked = {"seen": seen, "when": "now", "comment": "As agreed with the client."}
    response = client.post(path, asked)
    assert "has changed since you opened this page" in errors(response)[0]
    form = Form(response, "transition-box")
    assert form.data["comment"] == "As agreed with the client."
    assert form.data["seen"] == desk(article).token
    client.post(path, form.data)
    assert Article.objects.get().trail.first().comment == "As agreed with the client."


def test_blanks_that_the_editor_writes_begin_no_change(client, editor):
    article = make_article(body="<p>One</p><ul><li>Two</li></ul>")
    written = "<p>One</p>\n\n<ul>\n\t<li>Two</li>\n</ul>\n"
    submit(client, change(article), "article_form", body=written)
    assert desk(article).pending is None


def test_what_an_editor_wrote_when_sending_back_stands_on_the_form(client, editor):
    article = make_article(status=Status.IN_REVIEW)
    do("send_back", article, editor, comment="Who said that?")
    assert "Sent back by editor: Who said that?" in words(client.get(change(article)))
