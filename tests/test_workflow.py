"""Who may do what, and the changes of status."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied

from news.models import Article, BrowsingVolume, DailyViews, Edition, State, Status
from news.workflow import (
    TRANSITIONS,
    keep_groups,
    may_change_picture,
    may_edit,
    may_publish,
    perform,
    statuses_for,
)
from tests.helpers import NOW, hidden_articles, make_article, make_image, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

DRAFTING = {Status.DRAFT, Status.IN_REVIEW}


@pytest.fixture
def author() -> User:
    return make_user("author", "Author")


@pytest.fixture
def editor() -> User:
    return make_user("editor", "Editor")


@pytest.fixture
def people(author, editor) -> dict[str, User]:
    return {
        "author": author,
        "editor": editor,
        "administrator": make_user("root", is_superuser=True),
        "plain staff": make_user("plain"),
        "dismissed editor": make_user("gone", "Editor", is_active=False),
    }


def rights(group: str) -> set[str]:
    return set(
        Permission.objects.filter(group__name=group).values_list("codename", flat=True),
    )


def test_the_two_groups_are_there_after_migrating():
    assert rights("Author") == {
        *("add_article", "change_article", "view_article"),
        *("add_image", "change_image", "view_image"),
        *("view_category", "add_tag", "view_tag"),
    }
    assert rights("Editor") - rights("Author") == {
        *("publish_article", "delete_image", "add_category", "change_category"),
        *("change_tag", "delete_tag"),
        *("add_oldaddress", "change_oldaddress", "delete_oldaddress", "view_oldaddress"),
        *("view_browsingvolume", "view_refusedviews"),
    }
    assert rights("Author") < rights("Editor")


def test_nobody_is_given_deletion_of_articles():
    assert "delete_article" not in rights("Author") | rights("Editor")


def test_migrating_again_restores_what_is_missing_and_keeps_what_was_added():
    group = Group.objects.get(name="Author")
    before = rights("Author")
    extra = Permission.objects.get(codename="view_user")
    group.permissions.set([extra])
    keep_groups()
    assert rights("Author") == before | {"view_user"}


def test_editors_publish(people):
    assert {name for name, user in people.items() if may_publish(user)} == {
        "editor",
        "administrator",
    }


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("own", [True, False])
def test_editors_edit_everything_and_authors_what_they_began_until_it_is_published(
    people, status, own
):
    everything = {"editor", "administrator"}
    expected = everything | {"author"} if own and status in DRAFTING else everything
    able = set()
    for name, user in people.items():
        article = make_article(status=status, created_by=user if own else None)
        if may_edit(user, article):
            able.add(name)
    assert able == expected


def test_the_editor_in_charge_alone_makes_nobody_an_author_of_it(author):
    article = make_article(status=Status.DRAFT, editor=author, modified_by=author)
    assert not may_edit(author, article)


def test_the_form_offers_what_each_person_may_choose(author, editor):
    begun = [Status.DRAFT, Status.IN_REVIEW]
    offered = {
        "draft": [*begun, Status.PUBLISHED],
        "in_review": [*begun, Status.PUBLISHED],
        "scheduled": [*begun, Status.PUBLISHED],
        "public": [Status.PUBLISHED],
        "expired": [Status.PUBLISHED],
        "withdrawn": [Status.WITHDRAWN, Status.PUBLISHED],
    }
    articles = hidden_articles(NOW) | {"public": make_article()}
    assert {name: statuses_for(editor, articles[name]) for name in offered} == offered
    assert statuses_for(editor, Article()) == [*begun, Status.PUBLISHED]
    assert statuses_for(author, Article()) == begun
    assert statuses_for(author, articles["draft"]) == begun
    assert statuses_for(author, articles["in_review"]) == begun


def test_withdrawing_takes_an_article_from_its_readers(editor):
    article = make_article()
    perform(TRANSITIONS["withdraw"], article.pk, editor)
    article.refresh_from_db()
    assert (article.status, article.state) == (Status.WITHDRAWN, State.WITHDRAWN)
    assert not Article.objects.public().contains(article)


def test_what_is_scheduled_is_no_withdrawal_but_a_draft_again(editor):
    article = make_article(published_at=NOW + timedelta(days=1))
    assert not TRANSITIONS["withdraw"].allowed(editor, article)
    assert Status.DRAFT in statuses_for(editor, article)


def test_authors_change_their_own_pictures_until_a_published_article_shows_them():
    author, editor = make_user(group="Author"), make_user(group="Editor")
    own, other = make_image(uploaded_by=author, alt="A mill"), make_image()
    assert [may_change_picture(author, image) for image in (own, other)] == [True, False]
    assert may_change_picture(editor, other)
    make_article(cover=own)
    assert not may_change_picture(author, own)


@pytest.mark.parametrize("name", ["draft", "in_review", "scheduled", "expired", "withdrawn"])
def test_the_bin_gives_back_what_it_took(editor, name):
    article = hidden_articles(NOW)[name]
    assert perform(TRANSITIONS["bin"], article.pk, editor).state == State.BINNED
    article.refresh_from_db()
    assert article.binned_at == NOW
    assert perform(TRANSITIONS["restore"], article.pk, editor).state == State(name)
    article.refresh_from_db()
    assert article.binned_at is None


def test_authors_bin_and_restore_their_own_drafts(author):
    own = make_article(status=Status.DRAFT, created_by=author)
    perform(TRANSITIONS["bin"], own.pk, author)
    assert perform(TRANSITIONS["restore"], own.pk, author).state == State.DRAFT


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("user", ["author", "plain staff", "dismissed editor"])
def test_what_is_not_yours_to_change_stays(people, name, user):
    binned_at = NOW if name == "restore" else None
    article = make_article(binned_at=binned_at, created_by=people["author"])
    before = Article.objects.values().get(pk=article.pk)
    with pytest.raises(PermissionDenied):
        perform(TRANSITIONS[name], article.pk, people[user])
    assert Article.objects.values().get(pk=article.pk) == before


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("withdraw", {"public", "expired"}),
        ("bin", {"public", "draft", "in_review", "scheduled", "expired", "withdrawn"}),
        ("restore", {"binned", "binned_draft"}),
    ],
)
def test_a_change_is_made_only_where_it_applies(editor, name, states):
    articles = hidden_articles(NOW) | {"public": make_article()}
    done = set()
    for state, article in articles.items():
        try:
            perform(TRANSITIONS[name], article.pk, editor)
        except PermissionDenied:
            continue
        done.add(state)
    assert done == states


@pytest.mark.parametrize("name", TRANSITIONS)
def test_of_two_editors_with_the_same_page_open_the_second_is_refused(editor, name):
    article = make_article(binned_at=NOW if name == "restore" else None)
    perform(TRANSITIONS[name], article.pk, editor)
    with pytest.raises(PermissionDenied):
        perform(TRANSITIONS[name], article.pk, make_user(group="Editor"))


def test_an_article_that_is_not_there_is_not_changed(editor):
    with pytest.raises(Article.DoesNotExist):
        perform(TRANSITIONS["bin"], 12345, editor)


@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_change_makes_a_new_edition_and_touches_nothing_else(editor, name, caplog, time_machine):
    binned_at = NOW - timedelta(days=1) if name == "restore" else None
    article = make_article(binned_at=binned_at, summary="In short.", source="A paper")
    BrowsingVolume.objects.create(article=article, carried_over=88, total=90)
    DailyViews.objects.create(article=article, day=NOW.date(), views=2)
    before = Article.objects.values().get(pk=article.pk)
    edition = Edition.objects.get().number
    time_machine.shift(60)
    perform(TRANSITIONS[name], article.pk, editor)
    after = Article.objects.values().get(pk=article.pk)
    changed = {field for field in after if after[field] != before[field]}
    assert changed - {"status", "binned_at"} == {"revision", "modified_at", "modified_by_id"}
    assert after["revision"] == before["revision"] + 1
    assert after["modified_by_id"] == editor.pk
    assert Edition.objects.get().number > edition
    volume = BrowsingVolume.objects.get(article=article)
    assert (volume.carried_over, volume.total) == (88, 90)
    assert DailyViews.objects.get(article=article).views == 2
    (line,) = (record.getMessage() for record in caplog.records if record.name == "news.workflow")
    assert line.startswith(f"article {article.pk}: {name} by editor, ")


def test_a_refused_change_makes_no_edition_and_no_log_line(author, caplog):
    article = make_article()
    edition = Edition.objects.get().number
    with pytest.raises(PermissionDenied):
        perform(TRANSITIONS["withdraw"], article.pk, author)
    assert Edition.objects.get().number == edition
    assert not [record for record in caplog.records if record.name == "news.workflow"]
