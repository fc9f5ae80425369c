"""Scheduled changes: they take effect by themselves, once, or it is said why they did not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from time_machine import TimeMachineFixture

from news import edition, publishing, staff, versions
from news.models import Article, Edition, State, Status, StatusChange, Version
from tests.desk import DAY, article_at, begin_change, desk, do
from tests.forms import change, decide, errors, submit
from tests.helpers import NOW, make_article, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

MINUTE = timedelta(minutes=1)


def save(client: Client, article: Article, **typed: Any) -> None:
    assert errors(submit(client, change(article), "article_form", **typed)) == []


def schedule(
    client: Client, article: Article, by: Any, after: timedelta = 5 * MINUTE, /, **typed: Any
) -> None:
    save(client, article, **typed)
    do("publish", article, by, at=NOW + after)


def come(time_machine: TimeMachineFixture, after: timedelta = 6 * MINUTE) -> None:
    """What is due takes effect, or does not."""
    time_machine.move_to(NOW + after, tick=False)
    edition.current()


def titles() -> set[str]:
    """What readers see."""
    return set(Article.objects.public().values_list("title", flat=True))


def test_a_scheduled_change_takes_effect_at_its_moment_with_nobody_there(
    client, editor, time_machine
):
    article = make_article(title="Old title")
    schedule(client, article, editor, 10 * MINUTE, title="New title")
    assert Edition.objects.get().due_at == NOW + 10 * MINUTE
    time_machine.move_to(NOW + 10 * MINUTE - timedelta(microseconds=1), tick=False)
    edition.current()
    assert Article.objects.get().title == "Old title"
    number = Edition.objects.get().number

    time_machine.move_to(NOW + 10 * MINUTE, tick=False)
    edition.current()
    assert Article.objects.get().title == "New title"
    assert Edition.objects.get().number > number
    assert not Version.objects.pending().exists()
    line = article.trail.first()
    assert (line.transition, line.after, line.by) == ("take_effect", State.PUBLIC, None)
    assert Version.objects.first().was_live


def test_all_changes_that_are_due_take_effect_together(client, editor, time_machine):
    articles = [make_article(title=f"Old {number}") for number in range(3)]
    for number, article in enumerate(articles):
        schedule(client, article, editor, (number + 1) * MINUTE, title=f"New {number}")
    come(time_machine)
    titles = set(Article.objects.values_list("title", flat=True))
    assert titles == {"New 0", "New 1", "New 2"}


def test_what_was_due_before_an_editors_change_takes_effect_before_it(client, editor, time_machine):
    article = make_article(title="Old title")
    schedule(client, article, editor, title="New title")
    time_machine.move_to(NOW + 6 * MINUTE, tick=False)
    Article.objects.filter(pk=article.pk).update(title="Newest title")
    assert Article.objects.get().title == "Newest title"


def test_a_scheduled_change_never_overwrites_what_changed_meanwhile(client, editor, time_machine):
    article = make_article(title="Old title")
    schedule(client, article, editor, title="New title")
    Article.objects.filter(pk=article.pk).update(summary="From another door")
    come(time_machine)
    row = Article.objects.get()
    assert (row.title, row.summary) == ("Old title", "From another door")
    assert desk(article).worked_on.content["title"] == "New title"
    assert article.trail.first().transition == "overtaken"
    with pytest.raises(versions.Overtaken):
        do("publish", article, editor)


def test_work_goes_on_from_a_scheduled_change_and_replaces_it(client, editor, time_machine):
    article = make_article(title="Old title", summary="Old")
    schedule(client, article, editor, title="New title")
    save(client, article, summary="New")
    both = desk(article)
    assert both.scheduled.content["title"] == both.worked_on.content["title"] == "New title"
    come(time_machine)
    assert Article.objects.get().title == "New title"
    assert not desk(article).is_overtaken
    do("publish", article, editor)
    row = Article.objects.get()
    assert (row.title, row.summary) == ("New title", "New")


def test_publishing_takes_a_scheduled_change_off_the_schedule(client, editor):
    article = make_article(title="Old title", summary="Old")
    schedule(client, article, editor, title="New title")
    save(client, article, summary="New")
    do("publish", article, editor)
    assert not Version.objects.pending().exists()
    assert Article.objects.get().title == "New title"


def test_a_schedule_is_taken_off(client, editor):
    article = make_article(title="Old title")
    schedule(client, article, editor, title="New title")
    do("unschedule", article, editor)
    assert desk(article).worked_on.content["title"] == "New title"
    assert not Version.objects.scheduled().exists()


def test_a_scheduled_article_goes_back_to_draft_with_what_is_worked_on(client, editor):
    article = make_article(title="Old title", published_at=NOW + DAY)
    save(client, article, title="New title")
    do("unschedule", article, editor)
    row = Article.objects.get()
    assert (row.status, row.title) == (Status.DRAFT, "New title")
    assert not Version.objects.pending().exists()


# --- withdrawn and published again


@pytest.mark.parametrize(
    "point", ["change_draft", "change_in_review", "change_scheduled", "change_on_scheduled"]
)
def test_what_is_unfinished_does_not_come_with_an_article_that_is_published_again(
    editor, time_machine, point
):
    article = article_at(point, title="As readers knew it")
    shown, stage = desk(article).shown, desk(article).stage or "draft"
    do("withdraw", article, editor)
    do("republish", article, editor)
    assert titles() == {"As readers knew it"}
    come(time_machine, 3 * DAY)
    assert titles() == {"As readers knew it"}
    after = desk(article)
    assert (after.shown, after.stage, after.scheduled) == (shown, stage, None)
    do("publish", article, editor)
    assert titles() == {shown["title"]}


# --- what cannot take effect


def corrupt(article: Article, **content: Any) -> None:
    version = Version.objects.scheduled().get(article=article)
    kept = {name: value for name, value in (version.content | content).items() if value != "gone"}
    Version.objects.filter(pk=version.pk).update(content=kept)


@pytest.mark.parametrize(
    "content", [{"related": "gone"}, {"tags": 7}, {"cover": "a mill"}, {"title": ""}]
)
def test_a_change_that_cannot_take_effect_holds_up_nothing_else(
    client, editor, time_machine, content
):
    broken, *others = (make_article(title=f"Old {number}") for number in range(3))
    for minute, article in enumerate((others[0], broken, others[1])):
        schedule(client, article, editor, (minute + 1) * MINUTE, title=f"New {minute}")
    corrupt(broken, **content)
    come(time_machine)
    assert titles() == {"Old 0", "New 0", "New 2"}
    line = broken.trail.first()
    assert (line.transition, line.before, line.after) == ("held_back", "scheduled", "draft")
    assert (line.of_change, line.moment, line.by) == (True, NOW + 2 * MINUTE, None)
    assert line.comment
    (kept,) = broken.versions.worked_on()
    assert kept.content["summary"] == broken.summary
    come(time_machine, DAY)  # It is not tried again.
    assert StatusChange.objects.filter(transition="held_back").count() == 1


def test_when_the_database_fails_everything_is_tried_again(
    client, editor, time_machine, monkeypatch
):
    article = make_article(title="Old title")
    schedule(client, article, editor, title="New title")

    def fail(*_: Any) -> None:
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "write", fail)
        with pytest.raises(OperationalError):
            come(time_machine)
    assert article.trail.first().transition == "publish"
    come(time_machine)
    assert titles() == {"New title"}


def test_a_draft_that_was_picked_and_deleted_for_good_holds_nothing_up(
    client, editor, time_machine
):
    live, to_come = (make_article(title=title, status=Status.DRAFT) for title in ("One", "Two"))
    article = make_article(title="Old title")
    save(client, article, picks=[str(live.pk)])
    do("publish", article, editor)
    picks = [str(live.pk), str(to_come.pk)]
    schedule(client, article, editor, title="New title", picks=picks)
    client.force_login(make_user(is_superuser=True))
    for draft in (live, to_come):
        do("bin", draft, editor)
        client.post(f"/admin/news/article/{draft.pk}/delete/", {"post": "yes"})
    assert Article.objects.count() == 1
    come(time_machine)
    assert titles() == {"New title"}
    assert desk(article).live["related"] == []


@pytest.mark.parametrize("leaves", [False, True])
def test_an_editor_in_charge_who_has_left_holds_nothing_up(client, editor, time_machine, leaves):
    leaver = make_user("leaver", "Editor")
    article = make_article(title="Old title", editor=None if leaves else leaver)
    schedule(client, article, editor, title="New title", editor=str(leaver.pk))
    leaver.is_active = False
    leaver.save()
    come(time_machine)
    assert titles() == {"New title"}
    begin_change(article, editor, "Newest title")
    do("publish", article, editor)
    assert titles() == {"Newest title"}


@pytest.mark.parametrize("minutes", [4, 6])
def test_a_hand_over_holds_up_nothing_that_is_due(client, editor, time_machine, minutes):
    """Nor what was due at that moment and nobody had asked for yet."""
    leaver, successor = make_user("leaver", "Editor"), make_user("successor", "Editor")
    article = make_article(title="Old title", editor=leaver)
    schedule(client, article, editor, title="New title")
    time_machine.move_to(NOW + minutes * MINUTE, tick=False)
    staff.hand_over(leaver, successor, editor)
    come(time_machine)
    row = Article.objects.get()
    assert (row.title, row.editor) == ("New title", successor)
    assert article.trail.first().transition == "take_effect"


# --- in the bin


def test_what_lies_in_the_bin_makes_no_edition_due(client, editor, time_machine):
    article = make_article(title="Old title")
    schedule(client, article, editor, title="New title")
    do("bin", article, editor)
    assert Edition.objects.get().due_at > NOW + 5 * MINUTE
    come(time_machine)
    assert Article.objects.get().title == "Old title"
    assert article.trail.first().transition == "bin"


@pytest.mark.parametrize(("back_at", "comes"), [(4, True), (5, False), (6, False)])
def test_taken_out_of_the_bin_it_comes_if_its_moment_still_does(
    client, editor, time_machine, back_at, comes
):
    article = make_article(title="Old title")
    schedule(client, article, editor, title="New title")
    do("bin", article, editor)
    come(time_machine, back_at * MINUTE)
    do("restore", article, editor)
    come(time_machine, 7 * MINUTE)
    assert titles() == {"New title" if comes else "Old title"}
    after = desk(article)
    assert after.shown["title"] == "New title"
    assert (after.scheduled, after.stage) == (None, "" if comes else "draft")
    assert not after.is_overtaken


# --- off the schedule, and over


def test_off_the_schedule_what_is_in_review_stays_in_review(client, editor):
    article = make_article(title="Old title", published_at=NOW + DAY)
    save(client, article, title="New title")
    do("submit", article, editor)
    do("unschedule", article, editor)
    row = Article.objects.get()
    assert (row.status, row.title) == (Status.IN_REVIEW, "New title")
    assert not Version.objects.pending().exists()


@pytest.mark.parametrize(
    ("name", "point"),
    [("publish", "draft"), ("publish", "change_draft"), ("republish", "withdrawn")],
)
def test_what_was_to_be_taken_down_by_now_is_not_published_and_it_is_said(
    client, editor, name, point
):
    article = article_at(point, published_at=NOW - 2 * DAY)
    Article.objects.filter(pk=article.pk).update(expires_at=NOW - DAY)
    before = desk(article)
    answer = decide(client, article.pk, name)
    assert errors(answer) == [
        "It was to be taken down by now. Change “take down at” in its form first."
    ]
    assert desk(article) == before
