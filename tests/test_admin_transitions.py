"""The changes of status in the admin; and that nothing there deletes what readers have seen."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from news.admin.article import AFTER_SAVING
from news.models import Article, BrowsingVolume, OldAddress, RelatedPick, State, Status
from news.transitions import TRANSITIONS
from news.workflow import may_edit
from tests.desk import POINTS, article_at, begin_change, desk, stored
from tests.forms import (
    Form,
    badges,
    change,
    decide,
    errors,
    linked,
    messages,
    offered,
    submit,
    words,
)
from tests.helpers import NOW, make_article, make_category, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.time_machine(NOW)]

LIST = "/admin/news/article/"


def page(article: Article, name: str) -> str:
    return f"{LIST}{article.pk}/{name}/now/"


def state(article: Article) -> State:
    return Article.objects.get(pk=article.pk).state


# Of each transition: where it is made, what the page asks, what it says when it is done, and what
# the article is then, with where a change of it stands.
ASKED = {
    "submit": ("draft", "The editors are told", "was submitted for review", ["in_review"]),
    "take_back": ("in_review", "It is a draft again", "was taken back", ["draft"]),
    "send_back": ("in_review", "Its author is told", "was sent back to its author", ["draft"]),
    "publish": ("in_review", "Readers see it at once", "was published", ["public"]),
    "republish": (
        *("withdrawn", "Readers see it again as they knew it"),
        *("is public again", ["public"]),
    ),
    "discard": ("change_draft", "What readers see stays as it is", "was discarded", ["public"]),
    "unschedule": (
        *("change_scheduled", "Nothing happens at the moment"),
        *("was taken off the schedule", ["public", "draft"]),
    ),
    "withdraw": (
        *("public", "Readers will be told that it is gone"),
        *("was withdrawn", ["withdrawn"]),
    ),
    "bin": ("public", "Nobody sees it there but staff", "was put in the bin", ["binned"]),
    "restore": (
        *("binned", "It will be what it was before"),
        *("was taken out of the bin", ["public"]),
    ),
}


@pytest.mark.parametrize("name", TRANSITIONS)
def test_the_page_asks_and_then_does_it(client, editor, name):
    point, question, done, after = ASKED[name]
    article = article_at(point, editor, title="Mill & <b>Co</b>")
    BrowsingVolume.objects.create(article=article, carried_over=88, total=90)
    before, lines = stored(article), article.trail.count()
    asked = client.get(page(article, name))
    assert question in words(asked)
    assert "<b>Co</b>" not in asked.content.decode()
    assert stored(article) == before
    response = decide(client, article.pk, name, comment="As agreed.")
    assert response.redirect_chain == [(change(article), 302)]
    (told,) = messages(response)
    # What goes back to being worked on is told of under the title that it has there.
    assert ("A title to come" if name == "unschedule" else "Mill & <b>Co</b>") in told
    assert told.endswith(f"{done}.")
    assert badges(response) == after
    assert article.trail.count() == lines + 1
    line = article.trail.first()
    assert (line.transition, line.by, line.comment) == (name, editor, "As agreed.")
    assert BrowsingVolume.objects.get().total == 90
    assert LogEntry.objects.get().get_change_message() == str(TRANSITIONS[name].label)


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_asking_changes_nothing(client, editor, name, method):
    article = article_at(ASKED[name][0], editor)
    before = stored(article)
    assert getattr(client, method)(page(article, name)).status_code == 200
    assert stored(article) == before
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("group", ["Author", "Editor"])
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("point", POINTS)
def test_the_form_offers_exactly_what_this_person_may_do_now(client, group, own, point):
    user = make_user(group=group)
    client.force_login(user)
    article = article_at(point, user if own else None)
    form = client.get(change(article))
    now = desk(article)
    may = {name for name, each in TRANSITIONS.items() if each.allowed(user, now)}
    # What goes on from the text is a button beside saving: there is no text where it is only read.
    saves = "opened" in Form(form, "article_form").data
    assert saves == may_edit(user, now)
    assert linked(form) == (may - set(AFTER_SAVING) if saves else may)
    if may & set(AFTER_SAVING) and saves:
        assert set(offered(form)) == may & set(AFTER_SAVING)
    for name in TRANSITIONS:
        status = client.get(page(article, name)).status_code
        assert (status == 200) == (name in may), name
        assert client.post(page(article, name)).status_code in (
            (200,) if name in may else (302, 403)
        )
    assert stored(article)["row"]["revision"] == now.article.revision


@pytest.mark.parametrize("status", [Status.PUBLISHED, Status.WITHDRAWN])
def test_what_readers_have_seen_offers_to_begin_a_change_of_it(client, editor, status):
    assert offered(client.get(change(make_article(status=status)))) == ["submit", "publish"]


@pytest.mark.parametrize("point", ["in_review", "change_in_review"])
def test_whoever_reviews_decides_beside_saving_and_nothing_typed_is_lost(client, editor, point):
    article = article_at(point)
    assert offered(client.get(change(article))) == ["send_back", "publish"]
    asked = submit(
        *(client, change(article), "article_form"),
        title="Which mill?",
        _transition="send_back",
    )
    assert asked.redirect_chain == [(page(article, "send_back"), 302)]
    decide(client, article.pk, "send_back", comment="Name it.")
    now = desk(article)
    assert (now.stage, now.shown["title"]) == ("draft", "Which mill?")
    assert offered(client.get(change(article))) == ["submit", "publish"]


def test_authors_bin_what_is_theirs(client, author):
    own, other = (make_article(status=Status.DRAFT, created_by=by) for by in (author, None))
    assert "bin" in linked(client.get(change(own)))
    assert "bin" not in linked(client.get(change(other)))
    assert decide(client, own.pk, "bin").redirect_chain == [(change(own), 302)]
    assert state(own) == State.BINNED
    decide(client, own.pk, "restore")
    assert state(own) == State.DRAFT


@pytest.mark.parametrize("name", TRANSITIONS)
def test_authors_cannot_change_what_is_published_or_not_theirs(client, author, name):
    point = ASKED[name][0]
    theirs = name not in ("submit", "take_back", "discard")
    article = article_at(point, author if theirs else None)
    before = stored(article)
    assert client.get(page(article, name)).status_code == 403
    typed = {"seen": desk(article).token, "when": "now", "comment": "Mine."}
    assert client.post(page(article, name), typed).status_code == 403
    assert stored(article) == before


def test_a_page_left_open_while_another_editor_was_faster_is_refused(client, editor):
    article = make_article()
    left_open = Form(client.get(page(article, "withdraw")), "transition-box").data
    decide(client, article.pk, "withdraw")
    answer = client.post(page(article, "withdraw"), left_open, follow=True)
    assert answer.redirect_chain
    (told,) = messages(answer)
    assert told == f"That is no longer possible: “{article.title}” has changed meanwhile."
    assert article.trail.count() == 1


def test_whoever_sends_the_same_page_twice_is_told_though_it_is_in_review_by_then(client, author):
    article = article_at("draft", author)
    left_open = Form(client.get(page(article, "submit")), "transition-box").data
    client.post(page(article, "submit"), left_open, follow=True)
    (told,) = messages(client.post(page(article, "submit"), left_open, follow=True))
    assert "has changed meanwhile" in told


def test_what_cannot_be_done_to_an_article_says_so_and_not_that_it_changed(client, editor):
    article = article_at("draft")
    typed = {"seen": desk(article).token, "when": "now", "comment": ""}
    for answer in (
        client.get(page(article, "withdraw"), follow=True),
        client.post(page(article, "withdraw"), typed, follow=True),
    ):
        assert answer.redirect_chain == [(change(article), 302)]
        assert messages(answer) == ["This cannot be done now."]
    assert article.trail.count() == 0


def test_whoever_may_never_do_it_is_not_told_what_the_article_is(client, author):
    article = article_at("draft", author)
    assert client.get(page(article, "withdraw")).status_code == 403
    assert client.post(page(article, "withdraw"), {"comment": ""}).status_code == 403


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("withdraw", "is taken off the schedule. When the article is public again, schedule it"),
        ("bin", "The change that is scheduled does not take effect meanwhile."),
    ],
)
@pytest.mark.parametrize("point", ["change_scheduled", "change_on_scheduled"])
def test_the_page_says_what_becomes_of_a_scheduled_change(client, editor, point, name, said):
    article = article_at(point)
    assert said in words(client.get(page(article, name)))
    decide(client, article.pk, name)
    assert (desk(article).scheduled is None) == (name == "withdraw")


def test_every_page_of_the_desk_calls_it_by_the_title_that_it_is_to_have(client, editor):
    article = article_at("change_draft", editor, title="As readers know it")
    for each in ("change/", "history/", "preview/", "withdraw/now/", "in/zh-hans/"):
        html = client.get(f"{LIST}{article.pk}/{each}").content.decode()
        where = html.partition('class="breadcrumbs"')[2].partition("</div>")[0]
        assert "A title worked on" in where, each
    assert "Change history: A title worked on" in words(client.get(f"{LIST}{article.pk}/history/"))


@pytest.mark.parametrize("point", ["in_review", "change_in_review"])
def test_a_page_left_open_while_the_text_was_changed_is_refused(client, editor, point):
    article = article_at(point)
    left_open = Form(client.get(page(article, "publish")), "transition-box").data
    begin_change(article, make_user(group="Editor"), "Another title")
    before = stored(article)
    answer = client.post(page(article, "publish"), left_open | {"comment": "At last."})
    assert errors(answer) == [
        "The article has changed since you opened this page. Look at it, then decide."
    ]
    assert "Another title" in words(answer)
    assert stored(article) == before
    # What was typed stays, and whoever sends it again has been told.
    again = Form(answer, "transition-box").data
    assert again["comment"] == "At last."
    assert client.post(page(article, "publish"), again).status_code == 302
    assert Article.objects.get().title == "Another title"


def test_the_page_says_what_else_is_affected(client, editor):
    article = make_article()
    other = make_article(title="一", language="zh-hans", translation_key=article.translation_key)
    for _ in range(2):
        RelatedPick.objects.create(article=make_article(), related=article)
    OldAddress.objects.create(path="/en/s/1-2-3.html", article=article)
    for name in ("bin", "withdraw"):
        said = words(client.get(page(article, name)))
        assert "2 articles have picked it as related news" in said
        assert "1 old address leads to it" in said
        assert (
            f"Its version in {other.get_language_display()} will stand alone: {other.title}" in said
        )


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


@pytest.mark.parametrize("group", ["Author", "Editor", ""])
def test_no_page_of_the_admin_deletes_an_article(client, group):
    """But drafts that no reader saw, from the bin, by an administrator."""
    user = make_user(group=group, is_superuser=not group)
    client.force_login(user)
    points = [point for point in POINTS if group or point != "binned_draft"]
    for each in [article_at(point, user) for point in points]:
        delete = f"{LIST}{each.pk}/delete/"
        assert client.get(delete).status_code == 403
        assert client.post(delete, {"post": "yes"}).status_code == 403
        assert delete not in client.get(change(each)).content.decode()
    assert "delete_selected" not in client.get(LIST).content.decode()
    article = Article.objects.filter(status=Status.DRAFT, binned_at=None).get()
    chosen = {"action": "delete_selected", "_selected_action": [article.pk], "post": "yes"}
    client.post(LIST, chosen)
    assert Article.objects.count() == len(points)


def test_an_administrator_deletes_a_draft_from_the_bin(client):
    client.force_login(make_user(is_superuser=True))
    draft, kept = article_at("binned_draft"), article_at("binned_draft")
    path = f"{LIST}{draft.pk}/delete/"
    assert path in client.get(change(draft)).content.decode()
    assert draft.title in words(client.get(path))
    assert client.post(path, {"post": "yes"}).status_code == 302
    assert list(Article.objects.all()) == [kept]


def test_a_category_with_articles_is_not_deleted_either(client):
    client.force_login(make_user(is_superuser=True))
    category = make_category()
    make_article(category=category)
    client.post(f"/admin/news/category/{category.pk}/delete/", {"post": "yes"})
    assert Article.objects.get().category == category


def test_articles_and_what_they_say_of_their_authors_outlive_an_account(client):
    client.force_login(make_user(is_superuser=True))
    leaver = make_user()
    make_article(created_by=leaver, modified_by=leaver, editor=leaver)
    client.post(f"/admin/auth/user/{leaver.pk}/delete/", {"post": "yes"})
    article = Article.objects.get()
    assert (article.created_by, article.modified_by, article.editor) == (leaver, leaver, leaver)
