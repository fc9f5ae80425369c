"""Two of the staff, or one of them and the clock, come to one article at the same moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from news import edition, versions
from news.models import Article, Status, Version
from news.transitions import TRANSITIONS
from news.workflow import perform
from tests.conftest import Site
from tests.desk import article_at, begin_change, desk
from tests.forms import Form, change, errors, words
from tests.helpers import NOW, make_article, make_user

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4
MINUTE = timedelta(minutes=1)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What each gets who does it at the same moment, on a connection of their own."""
    start = Barrier(len(acts))

    def take_part(act: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(take_part, acts))


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(make_user(name, "Editor"))
    return client


def content(word: str) -> dict[str, str]:
    """Title and text that belong together."""
    return {"title": f"{word} title", "body": f"<p>{word} text</p>"}


def article_saying(word: str, **fields: Any) -> Article:
    return make_article(**content(word), **fields)


def said(article: Article) -> str:
    """The word that the live article says, in title and text alike."""
    row = Article.objects.get(pk=article.pk)
    word = row.title.removesuffix(" title")
    assert content(word) == {"title": row.title, "body": row.body}
    return word


def told(found: versions.Content) -> str:
    """The same of what is worked on, or was kept."""
    word = found["title"].removesuffix(" title")
    assert content(word) == {name: found[name] for name in ("title", "body")}
    return word


def is_saved(answer: HttpResponse) -> bool:
    assert answer.status_code in (200, 302)
    return answer.status_code == 302


def forms(article: Article, *clients: Client) -> list[dict[str, Any]]:
    """What each would send who has just opened the form."""
    return [Form(client.get(change(article)), "article_form").data for client in clients]


def saving(client: Client, article: Article, form: dict[str, Any], word: str):
    return lambda: client.post(change(article), form | content(word))


def deciding(client: Client, article: Article, name: str) -> Callable[[], HttpResponse]:
    """With the article before them as it is at this moment."""
    sent = {"seen": desk(article).token, "when": "now", "comment": "Because."}
    return lambda: client.post(f"/admin/news/article/{article.pk}/{name}/now/", sent)


# --- two at their desks


@pytest.mark.parametrize("point", ["draft", "public", "change_draft"])
def test_of_two_editors_who_save_at_once_one_is_refused_and_loses_nothing(point):
    first, second = signed_in("Ann"), signed_in("Bob")
    for _ in range(ROUNDS):
        article = article_at(point, **content("Old"))
        sent = forms(article, first, second)
        answers = together(
            saving(first, article, sent[0], "Ann's"), saving(second, article, sent[1], "Bob's")
        )
        assert sorted(map(is_saved, answers)) == [False, True]
        won, lost = ("Ann", "Bob") if is_saved(answers[0]) else ("Bob", "Ann")
        refused = answers[1] if won == "Ann" else answers[0]
        assert errors(refused)[0].startswith(f"{won} has saved this article since you opened it.")
        kept = Form(refused, "article_form").data
        assert (kept["title"], kept["choose-title"]) == (f"{lost}'s title", "mine")
        assert (kept["body"], kept["choose-body"]) == (f"<p>{lost}'s text</p>", "mine")
        assert f"{won}'s" in words(refused)
        assert told(desk(article).shown) == f"{won}'s"
        assert not [v for v in article.versions.all() if lost in v.content["title"]]
        assert article.versions.worked_on().count() == (0 if point == "draft" else 1)


@pytest.mark.parametrize("point", ["draft", "change_draft"])
def test_what_is_published_is_what_the_one_who_published_it_looked_at(point):
    first, second = signed_in("Ann"), signed_in("Bob")
    for _ in range(ROUNDS):
        article = article_at(point, **content("Old"))
        if point == "change_draft":
            row = Article.objects.get(pk=article.pk)
            versions.save(row, desk(article).shown | content("Ready"), None)
        looked_at = told(desk(article).shown)
        (form,) = forms(article, first)
        saved, published = together(
            saving(first, article, form, "Late"), deciding(second, article, "publish")
        )
        after = desk(article)
        assert (published.status_code == 302) != is_saved(saved)
        if is_saved(saved):
            assert "has changed since you opened this page" in errors(published)[0]
            assert told(after.shown) == "Late"
            assert said(article) == ("Late" if point == "draft" else "Old")
            assert after.stage == "draft"
            assert not article.trail.filter(transition="publish").exists()
        else:
            assert errors(saved)
            assert said(article) == looked_at
            assert (after.article.status, after.worked_on) == (Status.PUBLISHED, None)
            assert article.trail.filter(transition="publish").count() == 1


def test_of_two_who_decide_at_once_one_is_told_that_it_changed():
    first, second = signed_in("Ann"), signed_in("Bob")
    for _ in range(ROUNDS):
        article = article_at("in_review")
        together(deciding(first, article, "publish"), deciding(second, article, "send_back"))
        (line,) = article.trail.all()
        status = Article.objects.get(pk=article.pk).status
        assert (line.transition, status) in {
            ("publish", Status.PUBLISHED),
            ("send_back", Status.DRAFT),
        }


# --- the clock comes too


def schedule(article: Article, by: Any, moment: Any, word: str = "New") -> None:
    row = Article.objects.get(pk=article.pk)
    versions.save(row, desk(article).shown | content(word), by)
    perform(TRANSITIONS["publish"], article.pk, by, at=moment)


def reading(article: Article) -> Callable[[], str]:
    address = article.get_absolute_url()
    return lambda: Site().get(address).text


def took_effect(article: Article) -> int:
    return article.trail.filter(transition="take_effect").count()


@pytest.mark.time_machine(NOW, tick=False)
def test_however_many_find_a_change_due_it_takes_effect_once(time_machine):
    editor = make_user(group="Editor")
    for turn in range(1, 4):
        articles = [article_saying("Old") for _ in range(3)]
        for article in articles:
            schedule(article, editor, NOW + turn * MINUTE)
        time_machine.move_to(NOW + turn * MINUTE, tick=False)
        pages = together(*map(reading, articles), *[edition.current] * 5)[: len(articles)]
        assert ["New text" in page for page in pages] == [True] * 3
        assert [said(article) for article in articles] == ["New"] * 3
        assert [took_effect(article) for article in articles] == [1] * 3
        assert not Version.objects.pending().exists()


@pytest.mark.time_machine(NOW, tick=False)
@pytest.mark.parametrize("name", ["withdraw", "bin", "unschedule", "publish"])
def test_a_change_that_is_due_takes_effect_before_what_an_editor_decides(time_machine, name):
    """Who looked at the article before is told; who did not say what they saw decides about it."""
    editor, client = make_user(group="Editor"), signed_in("Ann")
    for turn in range(1, 3):
        first, second = article_saying("Old"), article_saying("Old")
        for article in (first, second):
            schedule(article, editor, NOW + turn * MINUTE)
            if name == "publish":
                begin_change(article, editor, "A title worked on")
        asked = deciding(client, first, name)
        time_machine.move_to(NOW + turn * MINUTE, tick=False)
        together(edition.current, asked, partial(attempt, name, second, editor))
        assert (took_effect(first), took_effect(second)) == (1, 1)
        assert first.trail.first().transition == "take_effect"
        assert said(first) == "New"
        decided = Article.objects.get(pk=second.pk)
        assert decided.title == ("A title worked on" if name == "publish" else "New title")
        assert decided.body == "<p>New text</p>"
        assert decided.status == (Status.WITHDRAWN if name == "withdraw" else Status.PUBLISHED)
        assert bool(decided.binned_at) == (name == "bin")
        assert not Version.objects.scheduled().exists()


def attempt(name: str, article: Article, by: Any) -> None:
    try:
        perform(TRANSITIONS[name], article.pk, by)
    except PermissionDenied:  # There is nothing on the schedule any more.
        assert name == "unschedule"


@pytest.mark.parametrize("name", ["withdraw", "unschedule"])
def test_whether_the_clock_or_the_editor_comes_first_the_article_is_of_one_version(name):
    """By real clocks: sometimes the one is first, sometimes the other."""
    editor = make_user(group="Editor")
    for turn in range(ROUNDS):
        article = article_saying("Old")
        moment = timezone.now() + timedelta(seconds=0.4)
        schedule(article, editor, moment)
        comes = moment + timedelta(milliseconds=8 * (turn - 1))
        _, refused = together(
            partial(read_past, moment), partial(decide_at, comes, name, article, editor)
        )
        assert edition.current().due_at > moment
        was_due, after = took_effect(article) == 1, desk(article)
        assert Article.objects.get(pk=article.pk).status == (
            Status.WITHDRAWN if name == "withdraw" else Status.PUBLISHED
        )
        # What was to come is worked on again, if it did not come.
        assert told(after.shown) == "New"
        assert said(article) == ("New" if was_due else "Old")
        assert refused == (name == "unschedule" and was_due)
        assert after.scheduled is None
        assert (after.worked_on is None) == was_due


def read_past(moment: Any) -> None:
    """As visitors do, until after it."""
    while timezone.now() < moment + timedelta(seconds=0.1):
        edition.current()


def decide_at(moment: Any, name: str, article: Article, by: Any) -> bool:
    """Whether it was refused."""
    time.sleep(max(0, (moment - timezone.now()).total_seconds()))
    try:
        perform(TRANSITIONS[name], article.pk, by)
    except PermissionDenied:
        return True
    return False


@pytest.mark.time_machine(NOW, tick=False)
def test_a_save_and_a_change_that_is_due_leave_both_whole(time_machine):
    editor, client = make_user("root", "Editor"), signed_in("Ann")
    for turn in range(1, ROUNDS):
        article = article_saying("Old")
        schedule(article, editor, NOW + turn * MINUTE)
        (form,) = forms(article, client)
        time_machine.move_to(NOW + turn * MINUTE, tick=False)
        _, saved = together(edition.current, saving(client, article, form, "Mine"))
        assert (said(article), took_effect(article)) == ("New", 1)
        after = desk(article)
        if is_saved(saved):
            assert told(after.worked_on.content) == "Mine"
            assert not after.is_overtaken
        else:
            assert errors(saved)
            assert after.worked_on is None
