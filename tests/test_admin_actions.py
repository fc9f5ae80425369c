"""What can be done to many articles at once, from the list."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from news.models import Article, State, Status
from tests.desk import article_at, begin_change, desk, stored
from tests.forms import Form, messages
from tests.helpers import NOW, make_article, make_image, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

LIST = "/admin/news/article/"
EDITORS_ALONE = {"publish_selected", "withdraw_selected"}
ACTIONS = {"submit_selected", "bin_selected", "restore_selected"} | EDITORS_ALONE


def state(article: Article) -> State:
    return Article.objects.get(pk=article.pk).state


def run(client: Client, action: str, *articles: Article, query: str = ""):
    """Tick these articles in the list as it is shown now, and let the action run."""
    form = Form(client.get(f"{LIST}{query}"), "changelist-form")
    assert {str(article.pk) for article in articles} <= set(form.choices["_selected_action"])
    return client.post(f"{LIST}{query}", form.data | chosen(action, *articles), follow=True)


def chosen(action: str, *articles: Article) -> dict:
    return {"action": action, "_selected_action": [article.pk for article in articles]}


@pytest.mark.parametrize("group", ["Author", "Editor"])
def test_nobody_is_offered_what_is_never_theirs(client, group):
    client.force_login(make_user(group=group))
    make_article()
    form = Form(client.get(LIST), "changelist-form")
    ours = ACTIONS if group == "Editor" else ACTIONS - EDITORS_ALONE
    assert set(form.choices["action"]) - {""} == ours


def test_many_at_once(client, editor):
    articles = [make_article(), make_article()]
    assert messages(run(client, "withdraw_selected", *articles)) == ["Withdraw: 2 articles."]
    assert messages(run(client, "bin_selected", articles[0])) == ["Put in the bin: 1 article."]
    assert [state(a) for a in articles] == [State.BINNED, State.WITHDRAWN]
    response = run(client, "restore_selected", articles[0], query="?state=binned")
    assert messages(response) == ["Take out of the bin: 1 article."]
    assert state(articles[0]) == State.WITHDRAWN
    assert [line.transition for line in articles[0].trail.all()] == ["restore", "bin", "withdraw"]


def test_what_was_withdrawn_is_not_published_again_in_a_heap(client, editor):
    """Somebody took it from its readers for a reason, which its own page shows."""
    plain, with_change = article_at("withdrawn"), article_at("change_on_withdrawn")
    before = stored(plain)
    told = messages(run(client, "publish_selected", plain, with_change))
    assert told[-1] == "Publish: 1 article."
    (refused,) = told[:-1]
    assert refused.endswith("it is in another state, or not yours to change.")
    assert stored(plain) == before
    assert state(with_change) == State.PUBLIC


def test_many_are_handed_in_and_published(client, editor):
    draft, with_change = article_at("draft"), article_at("change_draft")
    title = with_change.title
    assert messages(run(client, "submit_selected", draft, with_change)) == [
        "Submit for review: 2 articles."
    ]
    assert [desk(each).stage for each in (draft, with_change)] == ["in_review", "in_review"]
    run(client, "publish_selected", draft, with_change)
    assert [state(each) for each in (draft, with_change)] == [State.PUBLIC, State.PUBLIC]
    assert Article.objects.get(pk=with_change.pk).title != title


def test_of_many_those_are_named_that_could_not_be_changed(client, editor):
    public = make_article()
    draft = make_article(title="A draft", status=Status.DRAFT)
    gone = make_article(title="Long gone", status=Status.WITHDRAWN)
    told = messages(run(client, "withdraw_selected", public, draft, gone))
    why = "it is in another state, or not yours to change."
    assert set(told) == {
        "Withdraw: 1 article.",
        f"Not possible for “A draft”: {why}",
        f"Not possible for “Long gone”: {why}",
    }
    assert len(told) == 3
    assert [state(a) for a in (public, draft, gone)] == [
        State.WITHDRAWN,
        State.DRAFT,
        State.WITHDRAWN,
    ]
    assert LogEntry.objects.count() == 1


def test_what_readers_cannot_be_shown_is_named_with_the_reason(client, editor):
    fine = make_article(status=Status.DRAFT)
    bare = make_article(title="Without words", status=Status.DRAFT, cover=make_image())
    told = messages(run(client, "publish_selected", bare, fine))
    assert set(told) == {
        "Publish: 1 article.",
        "Not possible for “Without words”: "
        "Say what the cover shows; without it nothing is published.",
    }
    assert [state(each) for each in (bare, fine)] == [State.DRAFT, State.PUBLIC]
    assert not bare.trail.exists()


@pytest.mark.parametrize("point", ["draft", "public", "change_draft"])
def test_what_changed_since_the_list_was_opened_is_left_alone(client, editor, point):
    article, other = article_at(point, title="Overtaken"), make_article()
    form = Form(client.get(LIST), "changelist-form")
    begin_change(article, make_user(group="Editor"), "A title meanwhile")
    before = stored(article)
    told = messages(
        client.post(LIST, form.data | chosen("bin_selected", article, other), follow=True)
    )
    assert "Put in the bin: 1 article." in told
    (refused,) = (each for each in told if each.startswith("Not possible for "))
    assert refused.endswith("it is not as this list showed it. Look at it first.")
    assert stored(article) == before
    assert state(other) == State.BINNED


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_what_no_list_showed_is_left_alone(client, editor, action):
    point = {"withdraw_selected": "public", "restore_selected": "binned"}.get(action, "draft")
    query = "?state=binned" if point == "binned" else ""
    article = article_at(point)
    before = stored(article)
    for seen in ({}, {f"seen-{article.pk}": ""}, {f"seen-{article.pk}": "0.0.0"}):
        answer = client.post(f"{LIST}{query}", chosen(action, article) | seen, follow=True)
        (refused,) = messages(answer)
        assert refused.endswith("it is not as this list showed it. Look at it first.")
        assert stored(article) == before
    assert not LogEntry.objects.exists()


def test_authors_change_only_their_own_of_many(client, author):
    own = make_article(status=Status.DRAFT, created_by=author)
    other = make_article(title="Not mine", status=Status.DRAFT)
    told = messages(run(client, "bin_selected", own, other))
    assert "Put in the bin: 1 article." in told
    assert any(each.startswith("Not possible for “Not mine”: ") for each in told)
    assert [state(each) for each in (own, other)] == [State.BINNED, State.DRAFT]


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_an_action_that_an_author_sends_by_hand_does_what_the_author_may(client, author, action):
    article = article_at("binned" if action == "restore_selected" else "public", author)
    other = article_at("draft", title="Not mine")
    before = stored(article), stored(other)
    data = Form(client.get(LIST), "changelist-form").data
    query = "?state=binned" if action == "restore_selected" else ""
    client.post(f"{LIST}{query}", data | chosen(action, article, other), follow=True)
    assert (stored(article), stored(other)) == before
    assert not LogEntry.objects.exists()
