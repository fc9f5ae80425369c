"""Withdrawing, the bin and back, in the admin; and that nothing there deletes an article."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from news.models import Article, BrowsingVolume, State, Status
from news.workflow import TRANSITIONS
from tests.forms import messages, words
from tests.helpers import NOW, hidden_articles, make_article, make_category, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

LIST = "/admin/news/article/"


def page(article: Article, name: str) -> str:
    return f"{LIST}{article.pk}/{name}/now/"


def state(article: Article) -> State:
    return Article.objects.get(pk=article.pk).state


def run(client: Client, action: str, *articles: Article):
    chosen = {"action": action, "_selected_action": [article.pk for article in articles]}
    return client.post(f"{LIST}?state=", chosen, follow=True)


@pytest.mark.parametrize(
    ("name", "before", "question", "done", "after"),
    [
        ("withdraw", {}, "Readers will be told that it is gone", "was withdrawn", State.WITHDRAWN),
        ("bin", {}, "Nobody sees it there but staff", "was put in the bin", State.BINNED),
        (
            "restore",
            {"binned_at": NOW},
            "It will be again what it was before",
            "was taken out of the bin",
            State.PUBLIC,
        ),
    ],
)
def test_the_page_asks_and_then_does_it(client, editor, name, before, question, done, after):
    article = make_article(title="Mill & <b>Co</b>", **before)
    BrowsingVolume.objects.create(article=article, carried_over=88, total=90)
    asked = client.get(page(article, name))
    assert "Mill & <b>Co</b>" in words(asked)
    assert state(article) == article.state
    response = client.post(page(article, name), follow=True)
    assert response.redirect_chain == [(f"{LIST}{article.pk}/change/", 302)]
    assert messages(response) == [f"“Mill & <b>Co</b>” {done}."]
    assert state(article) == after
    assert Article.objects.get().modified_by == editor
    assert BrowsingVolume.objects.get().total == 90
    assert LogEntry.objects.get().get_change_message() == str(TRANSITIONS[name].label)


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_asking_changes_nothing(client, editor, name, method):
    article = make_article(binned_at=NOW if name == "restore" else None)
    before = Article.objects.values().get()
    assert getattr(client, method)(page(article, name)).status_code == 200
    assert Article.objects.values().get() == before
    assert not LogEntry.objects.exists()


def test_the_form_offers_what_can_be_done(client, editor):
    articles = hidden_articles(NOW) | {"public": make_article()}
    offered = {}
    for key, article in articles.items():
        html = client.get(f"{LIST}{article.pk}/change/").content.decode()
        offered[key] = {name for name in TRANSITIONS if page(article, name) in html}
    assert offered == {
        "draft": {"bin"},
        "in_review": {"bin"},
        "scheduled": {"bin"},
        "public": {"withdraw", "bin"},
        "expired": {"withdraw", "bin"},
        "withdrawn": {"bin"},
        "binned": {"restore"},
        "binned_draft": {"restore"},
    }


def test_authors_are_offered_only_what_is_theirs(client, author):
    own, other = (make_article(status=Status.DRAFT, created_by=by) for by in (author, None))
    assert page(own, "bin") in client.get(f"{LIST}{own.pk}/change/").content.decode()
    assert page(other, "bin") not in client.get(f"{LIST}{other.pk}/change/").content.decode()
    assert client.post(page(own, "bin")).status_code == 302
    assert state(own) == State.BINNED


@pytest.mark.parametrize("name", TRANSITIONS)
def test_authors_cannot_change_what_is_published_or_not_theirs(client, author, name):
    binned_at = NOW if name == "restore" else None
    published = make_article(created_by=author, binned_at=binned_at)
    other = make_article(status=Status.DRAFT, binned_at=binned_at)
    for article in (published, other):
        assert client.get(page(article, name)).status_code == 403
        assert client.post(page(article, name)).status_code == 403
        assert state(article) == article.state


def test_a_page_left_open_while_another_editor_was_faster_is_refused(client, editor):
    article = make_article()
    assert client.post(page(article, "withdraw")).status_code == 302
    for ask in (client.post, client.get):
        answer = ask(page(article, "withdraw"), follow=True)
        assert answer.redirect_chain
        assert "That is no longer possible" in answer.content.decode()


def test_an_unknown_change_or_article_is_not_found(client, editor):
    article = make_article()
    assert client.get(page(article, "delete")).status_code == 404
    assert client.post(f"{LIST}12345/bin/now/").status_code == 404


def test_other_sites_cannot_make_an_editors_browser_do_it(editor):
    article = make_article()
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(editor)
    assert checked.post(page(article, "bin")).status_code == 403
    assert state(article) == State.PUBLIC


def test_many_at_once(client, editor):
    articles = [make_article(), make_article()]
    assert messages(run(client, "withdraw_selected", *articles)) == ["Withdraw: 2 articles."]
    assert messages(run(client, "bin_selected", articles[0])) == ["Put in the bin: 1 article."]
    assert [state(a) for a in articles] == [State.BINNED, State.WITHDRAWN]
    chosen = {"action": "restore_selected", "_selected_action": [articles[0].pk]}
    response = client.post(f"{LIST}?state=binned", chosen, follow=True)
    assert messages(response) == ["Take out of the bin: 1 article."]
    assert state(articles[0]) == State.WITHDRAWN


def test_of_many_those_are_named_that_could_not_be_changed(client, editor):
    public = make_article()
    draft = make_article(title="A draft", status=Status.DRAFT)
    gone = make_article(title="Long gone", status=Status.WITHDRAWN)
    told = messages(run(client, "withdraw_selected", public, draft, gone))
    assert told[0] == "Withdraw: 1 article."
    assert told[1].startswith("Not possible for: ")
    assert "A draft" in told[1]
    assert "Long gone" in told[1]
    assert [state(a) for a in (public, draft, gone)] == [
        State.WITHDRAWN,
        State.DRAFT,
        State.WITHDRAWN,
    ]
    assert LogEntry.objects.count() == 1


def test_authors_change_only_their_own_of_many(client, author):
    own = make_article(status=Status.DRAFT, created_by=author)
    other = make_article(title="Not mine", status=Status.DRAFT)
    told = messages(run(client, "bin_selected", own, other))
    assert told[0] == "Put in the bin: 1 article."
    assert "Not mine" in told[1]
    assert state(other) == State.DRAFT


@pytest.mark.parametrize("group", ["Author", "Editor", ""])
def test_no_page_of_the_admin_deletes_an_article(client, group):
    user = make_user(group=group, is_superuser=not group)
    client.force_login(user)
    article = make_article(created_by=user)
    draft = make_article(created_by=user, status=Status.DRAFT)
    for each in (article, draft):
        delete = f"{LIST}{each.pk}/delete/"
        assert client.get(delete).status_code == 403
        assert client.post(delete, {"post": "yes"}).status_code == 403
        assert delete not in client.get(f"{LIST}{each.pk}/change/").content.decode()
    assert "delete_selected" not in client.get(LIST).content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [draft.pk], "post": "yes"}
    client.post(LIST, chosen)
    assert Article.objects.count() == 2


def test_a_category_with_articles_is_not_deleted_either(client):
    client.force_login(make_user(is_superuser=True))
    category = make_category()
    make_article(category=category)
    client.post(f"/admin/news/category/{category.pk}/delete/", {"post": "yes"})
    assert Article.objects.get().category == category


def test_articles_outlive_the_accounts_of_their_authors(client):
    client.force_login(make_user(is_superuser=True))
    leaver = make_user()
    make_article(created_by=leaver, modified_by=leaver, editor=leaver)
    client.post(f"/admin/auth/user/{leaver.pk}/delete/", {"post": "yes"})
    article = Article.objects.get()
    assert (article.created_by, article.modified_by, article.editor) == (None, None, None)
