"""What staff wrote or decided and could have lost: to a colleague, an error, the bin, or time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from news.admin import conflicts
from news.models import Article, RelatedPick, Status
from tests.desk import CHANGES, article_at, begin_change, desk, do
from tests.forms import Form, change, errors, submit
from tests.helpers import NOW, make_article, make_category, make_image, make_tag, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

DAY = timedelta(days=1)
BOTH = [Status.DRAFT, Status.PUBLISHED]


@pytest.fixture
def kim() -> User:
    return make_user("kim", "Editor", first_name="Kim")


@pytest.fixture
def colleague(kim) -> Client:
    """Kim's browser."""
    client = Client()
    client.force_login(kim)
    return client


def opened(client: Client, article: Article) -> dict[str, Any]:
    """What a browser sends that has just opened the form."""
    return Form(client.get(change(article)), "article_form").data


def save(client: Client, article: Article, **typed: Any) -> None:
    assert errors(submit(client, change(article), "article_form", **typed)) == []


def send(client: Client, article: Article, data: dict[str, Any]) -> HttpResponse:
    return client.post(change(article), data, follow=True)


def titles(article: Article) -> list[str]:
    """Of all that is kept of it, the newest first."""
    return [version.content["title"] for version in article.versions.all()]


# --- to time


def test_what_was_replaced_within_thirty_days_is_kept_however_old_it_is(editor, time_machine):
    article = article_at("draft", editor, title="One")
    for days, title in ((0, "Two"), (1, "Three"), (31.5, "Wiped")):
        time_machine.move_to(NOW + days * DAY, tick=False)
        begin_change(article, editor, title)
    # “Two” was replaced on the second day, and “Three” just now.
    assert titles(article) == ["Wiped", "Three"]
    time_machine.move_to(NOW + 61 * DAY, tick=False)
    begin_change(article, editor, "Four")
    assert titles(article) == ["Four", "Wiped", "Three"]
    time_machine.move_to(NOW + 62 * DAY, tick=False)
    begin_change(article, editor, "Five")
    assert titles(article) == ["Five", "Four", "Wiped"]


def test_a_change_that_waited_for_a_month_outlives_the_one_that_replaces_it(editor, time_machine):
    article = article_at("public", editor, title="Live")
    begin_change(article, editor, "Waiting")
    time_machine.move_to(NOW + 40 * DAY, tick=False)
    begin_change(article, editor, "Wiped")
    assert titles(article) == ["Wiped", "Waiting", "Live"]


# --- to a colleague: what editors decide


def another(name: str) -> tuple[dict[str, Any], Any]:
    """What a colleague types, and how the article then has it."""
    later = NOW + 30 * DAY
    moment = {f"{name}_0": "2026-04-03", f"{name}_1": "12:00:00"}
    if name == "slug":
        return {name: "theirs"}, "theirs"
    if name == "translation":
        other = make_article(language="zh-hans")
        return {name: str(other.pk)}, other.translation_key
    if name == "published_at":
        return {f"{name}_0": "2025-04-03", f"{name}_1": "12:00:00"}, NOW.replace(
            year=2025, month=4, day=3
        )
    return moment, later


@pytest.mark.parametrize("choice", ["theirs", "mine"])
@pytest.mark.parametrize("status", BOTH)
@pytest.mark.parametrize(
    "name", ["slug", "translation", "published_at", "expires_at", "pinned_until"]
)
@pytest.mark.usefixtures("editor")
def test_a_stale_save_does_not_take_back_what_a_colleague_decided(
    client, colleague, name, status, choice
):
    article = make_article(title="Old", slug="chosen", status=status)
    column = "translation_key" if name == "translation" else name
    before = getattr(Article.objects.get(pk=article.pk), column)
    stale = opened(client, article) | {"title": "Mine"}
    typed, theirs = another(name)
    save(colleague, article, **typed)
    refused = send(client, article, stale)
    assert errors(refused)[0].startswith("Kim has saved this article since you opened it.")
    again = Form(refused, "article_form")
    assert again.data[f"choose-{name}"] == "theirs"
    assert again.choices[f"choose-{name}"] == ["mine", "theirs"]
    assert getattr(Article.objects.get(pk=article.pk), column) == theirs
    answer = send(client, article, again.data | {f"choose-{name}": choice})
    assert errors(answer) == []
    assert desk(article).shown["title"] == "Mine"
    after = getattr(Article.objects.get(pk=article.pk), column)
    if choice == "theirs":
        assert after == theirs
    elif name == "translation":  # It stands alone again.
        assert after != theirs
    else:
        assert after == before


def test_a_stale_save_does_not_take_back_the_language(client, editor, colleague):
    article = make_article(title="Old", status=Status.DRAFT)
    stale = opened(client, article) | {"title": "Mine"}
    chinese = make_category("工程项目", "zh-hans")
    save(colleague, article, language="zh-hans", category=str(chinese.pk))
    again = Form(send(client, article, stale), "article_form").data
    assert (again["choose-language"], again["choose-category"]) == ("theirs", "theirs")
    assert errors(send(client, article, again)) == []
    row = Article.objects.get()
    assert (row.language, row.category, row.title) == ("zh-hans", chinese, "Mine")


# --- to a colleague: what was written


@pytest.mark.parametrize("status", BOTH)
def test_a_field_with_an_error_is_compared_when_it_is_right(client, editor, colleague, status):
    article = make_article(title="Old", status=status)
    stale = opened(client, article)
    save(colleague, article, title="Theirs")
    for wrong in ("", "x" * 251):
        refused = send(client, article, stale | {"title": wrong})
        assert len(errors(refused)) == 2
        stale = Form(refused, "article_form").data
        assert stale["title"] == wrong
    refused = send(client, article, stale | {"title": "Mine"})
    assert errors(refused)[0].startswith("Kim has saved this article since you opened it.")
    again = Form(refused, "article_form").data
    assert (again["title"], again["choose-title"]) == ("Mine", "mine")
    assert desk(article).shown["title"] == "Theirs"
    assert errors(send(client, article, again)) == []
    assert desk(article).shown["title"] == "Mine"


@pytest.mark.parametrize("status", BOTH)
def test_what_i_did_not_touch_stays_theirs_though_nobody_had_saved_before(
    client, editor, colleague, status
):
    """As of what was imported: no version of it is kept when the form is opened."""
    article = make_article(summary="Old", status=status)
    stale = opened(client, article) | {"title": "Mine"}
    save(colleague, article, summary="Theirs", tags=[str(make_tag("Steam").pk)])
    again = Form(send(client, article, stale), "article_form").data
    found = {name: again[f"choose-{name}"] for name in ("title", "summary", "tags")}
    assert found == {"title": "mine", "summary": "theirs", "tags": "theirs"}
    assert errors(send(client, article, again)) == []
    shown = desk(article).shown
    assert (shown["title"], shown["summary"], len(shown["tags"])) == ("Mine", "Theirs", 1)


def test_what_i_did_not_touch_stays_theirs_after_a_change_was_discarded(client, editor, colleague):
    article = make_article(title="Old", summary="Old")
    save(client, article, summary="Discarded")
    do("discard", article, editor)
    stale = opened(client, article) | {"title": "Mine"}
    save(colleague, article, summary="Theirs")
    again = Form(send(client, article, stale), "article_form").data
    assert (again["choose-title"], again["choose-summary"]) == ("mine", "theirs")


@pytest.mark.parametrize("point", ["draft", "change_draft"])
def test_the_sentence_names_who_did_the_last_thing(client, editor, kim, point):
    """Not who wrote last, if a colleague has handed it in since then."""
    article = article_at(point, make_user("ann", "Author", first_name="Ann"))
    stale = opened(client, article)
    do("submit", article, kim)
    refused = send(client, article, stale)
    assert errors(refused) == [
        "Kim has changed this article since you opened it, but nothing of what is in this form. "
        "Look at its state, then save again."
    ]


def test_what_differs_is_computed_when_no_colleague_waits(client, editor, colleague, monkeypatch):
    """Words of long texts are compared for seconds: not while the edition is locked."""
    article = make_article(status=Status.DRAFT)
    stale = opened(client, article) | {"title": "Mine"}
    save(colleague, article, title="Theirs")
    depths, compare = [], conflicts.differences

    def differences(*contents: Any) -> Any:
        depths.append(len(connection.savepoint_ids))
        return compare(*contents)

    monkeypatch.setattr(conflicts, "differences", differences)
    refused = send(client, article, stale)
    assert Form(refused, "article_form").data["choose-title"] == "mine"
    assert set(depths) == {len(connection.savepoint_ids)}


# --- to the form itself


@pytest.mark.parametrize("status", [Status.PUBLISHED, Status.WITHDRAWN])
def test_an_emptied_address_does_not_tell_what_is_not_public_yet(client, editor, status):
    article = make_article(title="Old name", slug="old-name", status=status)
    save(client, article, title="Secret merger", slug="")
    assert Article.objects.get().slug == "old-name"
    save(client, article, slug="")
    assert Article.objects.get().slug == "old-name"


@pytest.mark.parametrize("status", BOTH)
def test_what_was_picked_stays_picked_while_it_lies_in_the_bin(client, editor, status):
    first, second = make_article(), make_article()
    article = make_article(status=status)
    for position, each in enumerate((second, first)):
        RelatedPick.objects.create(article=article, related=each, position=position)
    do("bin", second, editor)
    save(client, article, title="Another title")
    assert desk(article).shown["related"] == [second.pk, first.pk]
    save(client, article, picks=[str(first.pk)])  # Unless it is taken out by hand.
    assert desk(article).shown["related"] == [first.pk]


@pytest.mark.parametrize("point", ["draft", "public", "change_draft"])
def test_a_cover_without_words_is_kept_with_those_of_the_library(client, editor, point):
    article, image = article_at(point), make_image(alt="A mill")
    save(client, article, cover=str(image.pk), cover_alt="")
    now = desk(article)
    assert now.shown["cover_alt"] == now.newest.content["cover_alt"] == "A mill"
    kept = article.versions.count()
    save(client, article)  # What is there already makes no version.
    assert article.versions.count() == kept
    if point == "draft":
        assert now.live == now.newest.content


@pytest.mark.parametrize("point", [each for each in CHANGES if "scheduled" not in each])
def test_a_change_is_the_newest_version_when_its_cover_had_no_words(client, editor, point):
    article, image = article_at(point), make_image(alt="A mill")
    save(client, article, cover=str(image.pk), cover_alt="")
    do("publish", article, editor)
    now = desk(article)
    assert now.live == now.newest.content
    assert now.newest.was_live
