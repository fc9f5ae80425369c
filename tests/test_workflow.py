"""Who may do what: the groups, the right to edit, and which transitions are whose and where."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied

from news import versions
from news.groups import keep_groups
from news.models import Article, Edition, SocialLink
from news.transitions import TRANSITIONS
from news.workflow import may_change_file, may_edit, may_publish, perform
from tests.desk import DAY, POINTS, article_at, desk, stored
from tests.helpers import NOW, make_article, make_image, make_site, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.time_machine(NOW, tick=False),
]

EDITORS = {"editor", "administrator"}

# What those who may do most may do at each point, and what whoever began the article may.
EDITORS_MAY: dict[str, set[str]] = {
    "draft": {"submit", "publish", "bin"},
    "in_review": {"send_back", "publish", "bin"},
    "scheduled": {"unschedule", "bin"},
    "public": {"withdraw", "bin"},
    "expired": {"withdraw", "bin"},
    "withdrawn": {"republish", "bin"},
    "binned": {"restore"},
    "binned_draft": {"restore"},
    "change_draft": {"submit", "publish", "discard", "withdraw", "bin"},
    "change_in_review": {"send_back", "publish", "discard", "withdraw", "bin"},
    "change_scheduled": {"publish", "unschedule", "withdraw", "bin"},
    "change_on_scheduled": {"submit", "publish", "discard", "unschedule", "withdraw", "bin"},
    "change_on_withdrawn": {"submit", "publish", "republish", "discard", "bin"},
}
AUTHORS_MAY: dict[str, set[str]] = {
    "draft": {"submit", "bin"},
    "in_review": {"take_back"},
    "binned_draft": {"restore"},
    "change_draft": {"submit", "discard"},
    "change_in_review": {"take_back"},
    "change_on_scheduled": {"submit", "discard"},
}


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
        *("add_attachment", "change_attachment", "view_attachment"),
        *("view_category", "add_tag", "view_tag"),
    }
    assert rights("Editor") - rights("Author") == {
        *(
            "publish_article",
            "delete_image",
            "delete_attachment",
            "add_category",
            "change_category",
        ),
        *("change_tag", "delete_tag"),
        *("add_oldaddress", "change_oldaddress", "delete_oldaddress", "view_oldaddress"),
        *("add_page", "change_page", "delete_page", "view_page"),
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
    assert {name for name, user in people.items() if may_publish(user)} == EDITORS


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("point", POINTS)
def test_editors_edit_everything_and_authors_what_they_began_until_they_submit_it(
    people, point, own
):
    able = set()
    for name, user in people.items():
        if may_edit(user, desk(article_at(point, user if own else None))):
            able.add(name)
    nobodys, editors_alone = (
        ("binned", "binned_draft"),
        ("in_review", "change_in_review", "withdrawn", "change_on_withdrawn"),
    )
    authors = {"author"} if own and point not in editors_alone else set()
    assert able == (set() if point in nobodys else EDITORS | authors)


def test_the_editor_in_charge_alone_makes_nobody_an_author_of_it(author):
    article = article_at("draft", editor=author, modified_by=author)
    assert not may_edit(author, desk(article))


def test_whoever_wrote_a_change_of_anothers_article_did_not_begin_it(author):
    """As an editor who became an author has."""
    article = article_at("change_draft")
    article.versions.update(author=author)
    assert not may_edit(author, desk(article))
    assert not TRANSITIONS["submit"].allowed(author, desk(article))


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("point", POINTS)
def test_each_person_may_make_these_changes_and_no_other(people, point, own):
    expected = dict.fromkeys(EDITORS, EDITORS_MAY[point])
    expected |= {"author": AUTHORS_MAY.get(point, set())} if own else {}
    for name, user in people.items():
        at_it = desk(article_at(point, user if own and name == "author" else None))
        offered = {each.name for each in TRANSITIONS.values() if each.allowed(user, at_it)}
        assert offered == expected.get(name, set()), name


@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_change_is_made_only_where_it_applies(editor, name):
    done = set()
    for point in POINTS:
        article = article_at(point)
        before = stored(article)
        try:
            perform(TRANSITIONS[name], article.pk, editor)
        except PermissionDenied:
            assert stored(article) == before, point
            continue
        assert stored(article) != before, point
        done.add(point)
    assert done == {point for point, names in EDITORS_MAY.items() if name in names}


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("user", ["author", "plain staff", "dismissed editor"])
def test_what_is_not_yours_to_change_stays(people, name, user):
    """The author began all of it, so that what is refused is refused for what it is."""
    for point, names in EDITORS_MAY.items():
        if name not in names or (user == "author" and name in AUTHORS_MAY.get(point, ())):
            continue
        article = article_at(point, people["author"])
        before, edition = stored(article), Edition.objects.get().number
        with pytest.raises(PermissionDenied):
            perform(TRANSITIONS[name], article.pk, people[user])
        assert stored(article) == before, point
        assert Edition.objects.get().number == edition, point


@pytest.mark.parametrize("point", ["in_review", "change_in_review"])
def test_whoever_submitted_it_takes_it_back_and_nobody_else(author, editor, point):
    article = article_at(point.replace("in_review", "draft"), author)
    perform(TRANSITIONS["submit"], article.pk, editor)
    other = make_user(group="Editor")
    may = {user for user in (author, editor, other) if _may_take_back(user, article)}
    assert may == {author, editor}
    perform(TRANSITIONS["take_back"], article.pk, editor)
    assert desk(article).stage == "draft"


def _may_take_back(user: User, article: Article) -> bool:
    return TRANSITIONS["take_back"].allowed(user, desk(article))


def test_authors_change_their_own_pictures_until_a_published_article_shows_them():
    author, editor = make_user(group="Author"), make_user(group="Editor")
    own, other = make_image(uploaded_by=author, alt="A mill"), make_image()
    assert [may_change_file(author, image) for image in (own, other)] == [True, False]
    assert may_change_file(editor, other)
    make_article(cover=own)
    assert not may_change_file(author, own)


def test_the_picture_of_every_page_is_no_authors():
    author = make_user(group="Author")
    logo, code = (make_image(uploaded_by=author) for _ in range(2))
    site = make_site(logo=logo)
    SocialLink.objects.create(site=site, label="WeChat", code=code)
    assert not may_change_file(author, logo)
    assert not may_change_file(author, code)
    assert may_change_file(make_user(group="Editor"), logo)


@pytest.mark.parametrize("where", ["cover", "body"])
@pytest.mark.parametrize(
    ("point", "may"),
    [
        *[("draft", True), ("change_draft", True)],
        *[("in_review", False), ("change_in_review", False), ("change_scheduled", False)],
        *[("change_on_scheduled", False), ("withdrawn", False), ("binned", False)],
    ],
)
def test_a_picture_is_the_authors_until_what_shows_it_waits_for_others(author, point, may, where):
    """What an editor has reviewed is what readers get."""
    image = make_image(uploaded_by=author, alt="A mill")
    shown: dict[str, Any] = {"cover": image.pk, "cover_alt": "A mill"}
    if where == "body":
        shown = {"body": f'<p><img alt="A mill" data-picture="{image.pk}" src="{image.url}"></p>'}
    if not point.startswith("change"):
        shown |= {"cover": image} if where == "cover" else {}
        article_at(point, author, **shown)
    else:
        article = article_at("public", author)
        versions.save(article, versions.live_content(article) | shown, author)
        root = make_user(is_superuser=True)
        if point == "change_in_review":
            perform(TRANSITIONS["submit"], article.pk, root)
        elif "scheduled" in point:
            perform(TRANSITIONS["publish"], article.pk, root, at=NOW + DAY)
        if point == "change_on_scheduled":
            without = {"cover": None, "cover_alt": "", "body": ""}
            versions.save(article, desk(article).shown | without, author)
    assert may_change_file(author, image) == may
