"""What each change of status does to an article, and what is kept of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError

from news import edition
from news.models import Article, BrowsingVolume, DailyViews, Edition, Stage, State, Status
from news.transitions import TRANSITIONS
from news.versions import Overtaken
from news.workflow import perform
from tests.desk import CHANGES, DAY, ROWS, article_at, begin_change, desk, stored
from tests.helpers import NOW, make_article, make_image, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

# Of each transition: where it is made, what the trail then says was before and is after, and
# whether that is said of a change to the live article.
MADE = {
    "submit": ("draft", "draft", "in_review", False),
    "take_back": ("in_review", "in_review", "draft", False),
    "send_back": ("in_review", "in_review", "draft", False),
    "publish": ("in_review", "in_review", "public", False),
    "republish": ("withdrawn", "withdrawn", "public", False),
    "discard": ("change_draft", "draft", "public", True),
    "unschedule": ("change_scheduled", "scheduled", "draft", True),
    "withdraw": ("public", "public", "withdrawn", False),
    "bin": ("public", "public", "binned", False),
    "restore": ("binned", "binned", "public", False),
}
SEEN_BY_STAFF_ALONE = {"submit", "take_back", "send_back", "discard"}


@pytest.fixture
def author() -> User:
    return make_user("author", "Author")


@pytest.fixture
def editor() -> User:
    return make_user("editor", "Editor")


def do(name: str, article: Article, by: User, **asked) -> Article:
    perform(TRANSITIONS[name], article.pk, by, **asked)
    return Article.objects.get(pk=article.pk)


def test_every_transition_is_tried_here():
    assert MADE.keys() == TRANSITIONS.keys()


@pytest.mark.parametrize("name", MADE)
def test_the_trail_says_who_did_what_when_from_what_to_what_and_why(editor, name):
    point, before, after, of_change = MADE[name]
    article = article_at(point, editor)
    known = article.trail.count()
    do(name, article, editor, comment="Because of the date.")
    assert article.trail.count() == known + 1
    line = article.trail.first()
    assert (line.transition, line.by, line.at) == (name, editor, NOW)
    assert (line.before, line.after, line.of_change) == (before, after, of_change)
    assert line.comment == "Because of the date."


@pytest.mark.parametrize("point", ["change_draft", "change_in_review", "change_scheduled"])
def test_the_trail_of_an_article_is_its_own_whatever_is_being_made_of_it(editor, point):
    article = article_at(point, editor)
    for name in ("withdraw", "republish", "bin", "restore"):
        do(name, article, editor)
    found = article.trail.values_list("before", "after", "of_change", "moment")[:4]
    assert list(found) == [
        ("binned", "public", False, None),
        ("public", "binned", False, None),
        ("withdrawn", "public", False, None),
        ("public", "withdrawn", False, None),
    ]


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("change_scheduled", ("scheduled", "draft", True)),
        ("change_on_scheduled", ("scheduled", "draft", True)),
        ("scheduled", ("scheduled", "draft", False)),
    ],
)
def test_what_is_taken_off_the_schedule_was_scheduled(editor, point, said):
    article = article_at(point, editor)
    if point == "scheduled":
        begin_change(article, editor, "A change of what is to come")
    do("unschedule", article, editor)
    line = article.trail.first()
    assert (line.before, line.after, line.of_change) == said


@pytest.mark.parametrize("name", MADE)
def test_what_readers_can_see_makes_a_new_edition_and_what_they_cannot_makes_none(editor, name):
    article = article_at(MADE[name][0], editor)
    before = Edition.objects.get().number
    do(name, article, editor)
    assert (Edition.objects.get().number == before) == (name in SEEN_BY_STAFF_ALONE)


@pytest.mark.parametrize("name", MADE)
def test_a_change_touches_nothing_else_and_is_logged(editor, name, caplog, time_machine):
    fields = {"summary": "In short.", "source": "A paper"}
    article = article_at(MADE[name][0], editor, **fields)
    BrowsingVolume.objects.create(article=article, carried_over=88, total=90)
    DailyViews.objects.create(article=article, day=NOW.date(), views=2)
    before = stored(article)["row"]
    caplog.clear()
    time_machine.shift(60)
    after = stored(do(name, article, editor))["row"]
    changed = {field for field in after if after[field] != before[field]}
    decided = {"status", "binned_at"} | ({"published_at"} if name == "publish" else set())
    assert changed - decided <= {"revision", "modified_at", "modified_by_id"}
    if not MADE[name][3]:  # Or else it was the version that changed, and not the row.
        assert after["revision"] > before["revision"]
        assert after["modified_by_id"] == editor.pk
    volume = BrowsingVolume.objects.get(article=article)
    assert (volume.carried_over, volume.total) == (88, 90)
    assert DailyViews.objects.get(article=article).views == 2
    (line,) = (record.getMessage() for record in caplog.records if record.name == "news.workflow")
    assert line == f"article {article.pk}: {name} by account {editor.pk}"


@pytest.mark.parametrize("name", MADE)
def test_of_two_editors_with_the_same_page_open_the_second_is_refused(editor, name):
    other = make_user(group="Editor")
    article = article_at(MADE[name][0], editor)
    seen = desk(article).token
    do(name, article, editor, seen=seen)
    done = stored(article)
    for asked in ({"seen": seen}, {}):
        with pytest.raises((Overtaken, PermissionDenied)):
            do(name, article, other, **asked)
    assert stored(article) == done


@pytest.mark.parametrize("name", MADE)
def test_what_was_saved_since_somebody_looked_is_not_decided_on_unseen(editor, name):
    article = article_at(MADE[name][0], editor)
    seen = desk(article).token
    begin_change(article, make_user(group="Editor"), "Another title meanwhile")
    before = stored(article)
    with pytest.raises(Overtaken):
        do(name, article, editor, seen=seen)
    assert stored(article) == before


@pytest.mark.parametrize(
    ("point", "name"),
    [
        *[(point, name) for name, (point, *_said) in MADE.items()],
        ("change_draft", "submit"),
        ("change_draft", "publish"),
        ("change_in_review", "take_back"),
        ("change_in_review", "send_back"),
        ("change_on_scheduled", "unschedule"),
        ("change_on_scheduled", "discard"),
    ],
)
def test_whoever_looked_before_a_change_of_status_is_told_of_it(editor, point, name):
    """Nothing is decided, and nothing saved, on what somebody else has decided on since."""
    article = article_at(point, editor)
    seen = desk(article).token
    do(name, article, editor)
    assert desk(article).token != seen


def test_a_change_that_its_author_took_back_is_not_published_by_a_page_left_open(author, editor):
    article = article_at("change_in_review", author)
    seen = desk(article).token
    do("take_back", article, author)
    with pytest.raises(Overtaken):
        do("publish", article, editor, seen=seen)
    assert Article.objects.get(pk=article.pk).title == article.title


def test_an_article_that_is_not_there_is_not_changed(editor):
    with pytest.raises(Article.DoesNotExist):
        perform(TRANSITIONS["bin"], 12345, editor)


def test_a_refused_change_leaves_no_log_line(author, caplog):
    with pytest.raises(PermissionDenied):
        do("withdraw", make_article(), author)
    assert not [record for record in caplog.records if record.name == "news.workflow"]


# --- review


@pytest.mark.parametrize("point", ["draft", "change_draft"])
def test_what_is_in_review_waits_and_comes_back(author, editor, point):
    article = article_at(point, author)
    live = Article.objects.get(pk=article.pk).title
    for name, by, stage in (
        ("submit", author, "in_review"),
        ("take_back", author, "draft"),
        ("submit", author, "in_review"),
        ("send_back", editor, "draft"),
    ):
        assert do(name, article, by).title == live
        assert desk(article).stage == stage
    assert Article.objects.public().contains(article) == (point == "change_draft")


# --- publishing


def test_what_is_published_now_has_todays_date(editor):
    article = do("publish", article_at("in_review", published_at=NOW - 300 * DAY), editor)
    assert (article.published_at, article.state) == (NOW, State.PUBLIC)
    assert Article.objects.public().contains(article)


@pytest.mark.parametrize(("days", "state"), [(-400, State.PUBLIC), (2, State.SCHEDULED)])
def test_what_is_published_at_a_date_is_dated_back_or_scheduled(editor, days, state):
    article = do("publish", article_at("draft"), editor, at=NOW + days * DAY)
    assert (article.published_at, article.state) == (NOW + days * DAY, state)


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("republish", "withdrawn"),
        ("republish", "change_on_withdrawn"),
        ("publish", "change_on_withdrawn"),
    ],
)
def test_what_was_withdrawn_comes_back_with_the_date_that_readers_know(editor, name, point):
    withdrawn = article_at(point)
    article = do(name, withdrawn, editor)
    assert (article.published_at, article.state) == (withdrawn.published_at, State.PUBLIC)


def test_what_was_withdrawn_comes_back_with_the_earlier_date_that_was_typed(editor):
    """Which the page that asks offers: “an earlier one dates it back”."""
    article = do("publish", article_at("change_on_withdrawn"), editor, at=NOW - 500 * DAY)
    assert (article.published_at, article.state) == (NOW - 500 * DAY, State.PUBLIC)


def test_what_readers_have_seen_is_not_made_a_thing_to_come(editor):
    article = article_at("change_on_withdrawn")
    before = stored(article)
    with pytest.raises(ValidationError, match="Readers have seen it"):
        do("publish", article, editor, at=NOW + DAY)
    assert stored(article) == before


@pytest.mark.parametrize(
    ("fields", "at", "why"),
    [
        ({"cover": True}, None, "Say what the cover shows"),
        ({"body": ""}, None, "It has no text yet"),
        ({"expires_at": NOW - DAY}, None, "It was to be taken down by now"),
        ({"expires_at": NOW}, None, "It was to be taken down by now"),
        ({"expires_at": NOW + DAY}, NOW + 2 * DAY, "It cannot be taken down before it is"),
    ],
)
def test_what_readers_cannot_be_shown_is_not_published(editor, fields, at, why):
    if "cover" in fields:
        fields = {"cover": make_image()}
    article = article_at("in_review", published_at=NOW - 9 * DAY, **fields)
    before = stored(article)
    with pytest.raises(ValidationError, match=why):
        do("publish", article, editor, at=at)
    assert stored(article) == before


# --- taking away, and back


@pytest.mark.parametrize(
    "point", ["public", "expired", *(each for each in CHANGES if each != "change_on_withdrawn")]
)
def test_withdrawing_takes_an_article_from_its_readers_and_leaves_what_is_written(editor, point):
    article = article_at(point)
    before = desk(article)
    article = do("withdraw", article, editor)
    assert (article.status, article.state) == (Status.WITHDRAWN, State.WITHDRAWN)
    assert not Article.objects.public().contains(article)
    after = desk(article)
    assert (after.live, after.shown) == (before.live, before.shown)
    # What was to come by itself does not any more, and is worked on.
    assert after.scheduled is None
    assert after.stage == (before.stage or ("draft" if before.scheduled else ""))
    assert not after.is_overtaken


def test_what_is_scheduled_is_no_withdrawal_but_a_draft_again(editor):
    article = article_at("scheduled")
    assert not TRANSITIONS["withdraw"].allowed(editor, desk(article))
    article = do("unschedule", article, editor)
    assert (article.status, article.state) == (Status.DRAFT, State.DRAFT)


@pytest.mark.parametrize("point", [point for point in [*ROWS, *CHANGES] if "binned" not in point])
def test_the_bin_gives_back_what_it_took(editor, point):
    article = article_at(point)
    before = stored(article)
    binned = do("bin", article, editor)
    assert (binned.state, binned.binned_at) == (State.BINNED, NOW)
    do("restore", article, editor)
    after = stored(article)
    ours = {"revision", "modified_at", "modified_by_id"}
    assert {k: v for k, v in after["row"].items() if k not in ours} == {
        k: v for k, v in before["row"].items() if k not in ours
    }
    for kept in ("tags", "related", "versions"):
        assert after[kept] == before[kept]
    assert [line["transition"] for line in after["trail"][:2]] == ["restore", "bin"]


def test_a_scheduled_change_in_the_bin_does_not_take_effect(editor, time_machine):
    article = article_at("change_scheduled")
    live = Article.objects.get(pk=article.pk).title
    do("bin", article, editor)
    time_machine.shift(2 * DAY)
    edition.current()
    assert Article.objects.get(pk=article.pk).title == live
    assert not Article.objects.public().contains(article)
    assert article.versions.scheduled().exists()


def test_what_was_to_appear_while_it_lay_in_the_bin_is_a_draft_again(editor, time_machine):
    article = article_at("scheduled")
    do("bin", article, editor)
    time_machine.shift(2 * DAY)
    restored = do("restore", article, editor)
    assert (restored.status, restored.state) == (Status.DRAFT, State.DRAFT)
    assert not Article.objects.public().contains(article)


def test_authors_bin_and_restore_their_own_drafts(author):
    own = article_at("draft", author)
    do("bin", own, author)
    assert do("restore", own, author).state == State.DRAFT


def test_a_discarded_change_is_kept_in_the_history(author):
    article = article_at("change_draft", author)
    change = desk(article).worked_on
    do("discard", article, author)
    assert desk(article).worked_on is None
    assert article.versions.get(pk=change.pk).stage == Stage.HISTORY
