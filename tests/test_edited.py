"""When an article's content last changed after readers may have seen it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone

from news import edition, library, pictures
from news.browsing import count_view
from news.models import Article, RelatedPick, Status
from news.transitions import TRANSITIONS
from tests.desk import POINTS, article_at, begin_change, desk, do
from tests.helpers import (
    NOW,
    hidden_articles,
    make_article,
    make_category,
    make_image,
    make_tag,
    make_user,
)
from tests.legacy import moved_in, page
from tests.legacy import write as write_page
from tests.writing import every_way, save, save_these, update

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATER = NOW + HOUR

# Another value for each thing that an article tells its readers.
SAID: dict[str, Callable[[], Any]] = {
    "title": lambda: "Another title",
    "summary": lambda: "Another summary",
    "body": lambda: "<p>Another text.</p>",
    "cover": make_image,
    "cover_alt": lambda: "Another description",
    "source": lambda: "Another paper",
    "source_url": lambda: "https://example.com/another",
}


def whole_article(**fields: Any) -> Article:
    said = {
        "summary": "Summary",
        "source": "A paper",
        "source_url": "https://example.com/",
        "cover": make_image(),
        "cover_alt": "Description",
    }
    return make_article(**said | fields)


def edited_at(article: Article) -> datetime | None:
    return Article.objects.values_list("edited_at", flat=True).get(pk=article.pk)


# --- what is an edit


@every_way
@pytest.mark.parametrize("name", SAID)
def test_whatever_it_says_otherwise_is_an_edit(time_machine, write, name):
    article, other = whole_article(), whole_article()
    time_machine.move_to(LATER, tick=False)
    write(article, **{name: SAID[name]()})
    assert edited_at(article) == LATER
    assert edited_at(other) is None


@pytest.mark.parametrize("write", [save, save_these, update])
def test_a_cover_that_comes_or_goes_is_one(write):
    with_cover, without = whole_article(), make_article()
    write(with_cover, cover=None)
    write(without, cover=make_image(alt="A mill"), cover_alt="A mill")
    assert (edited_at(with_cover), edited_at(without)) == (NOW, NOW)


def test_a_typo_put_right_a_minute_after_publishing_is_one(time_machine):
    article = make_article(title="Brigde", published_at=NOW)
    time_machine.shift(60)
    save(article, title="Bridge")
    assert edited_at(article) == timezone.now()


def test_the_last_edit_counts(time_machine):
    article = make_article()
    save(article, title="Second")
    time_machine.shift(HOUR)
    save(article, title="Third")
    assert edited_at(article) == LATER


def test_an_expression_that_makes_another_title_is_one():
    article = make_article()
    update(article, title=Concat("title", Value("!")))
    assert edited_at(article) == NOW


def test_of_many_updated_at_once_those_that_change_are_edited():
    same, other = make_article(source="Haisum"), make_article(source="China Haisum")
    draft = make_article(status=Status.DRAFT)
    Article.objects.update(source="Haisum")
    assert [edited_at(a) for a in (same, other, draft)] == [None, NOW, None]


# --- what is none


@every_way
def test_what_was_there_already_is_no_edit(write):
    article = whole_article()
    write(article, **{name: getattr(article, name) for name in SAID})
    assert edited_at(article) is None


@every_way
@pytest.mark.parametrize(
    "values",
    [
        {"pinned_until": NOW + DAY},
        {"expires_at": NOW + DAY},
        {"published_at": NOW - DAY},
        {"status": Status.WITHDRAWN},
        {"binned_at": NOW},
        {"slug": "another"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_decisions_are_none(write, values):
    article = make_article()
    write(article, **values)
    assert edited_at(article) is None


def replace_file(article: Article) -> None:
    assert article.cover
    with pictures.prepared(article.cover.file.open(), title="Again") as new:
        library.replace(article.cover, new)


@pytest.mark.parametrize(
    "act",
    [
        lambda article: count_view(article.pk),
        lambda article: article.tags.add(make_tag("New")),
        lambda article: RelatedPick.objects.create(article=article, related=make_article()),
        lambda article: save(article, category=make_category("Awards")),
        lambda article: save(article, editor=make_user()),
        lambda article: article.cover.save(),
        replace_file,
    ],
    ids=["view", "tag", "related", "category", "editor", "picture saved", "picture replaced"],
)
def test_what_happens_around_it_is_none(act):
    article = whole_article()
    act(article)
    assert edited_at(article) is None


@every_way
def test_nobody_saw_it_before(write):
    hidden = hidden_articles(NOW)
    for article in hidden.values():
        write(article, title="Another title")
    seen = {name for name, article in hidden.items() if edited_at(article)}
    assert seen == {"expired", "withdrawn", "binned"}


def test_a_new_one_is_not_edited():
    article = make_article()
    Article.objects.bulk_create([Article(title="Bulk", category=article.category)])
    assert not Article.objects.exclude(edited_at=None).exists()


# --- at the desk


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", sorted(TRANSITIONS.keys() - {"publish"}))
def test_a_change_of_status_is_none(point, name):
    root = make_user(is_superuser=True)
    article = article_at(point, root)
    if TRANSITIONS[name].applies(desk(article)):
        do(name, article, root, comment="Because.")
        assert edited_at(article) is None


def test_a_change_that_is_only_worked_on_is_none_until_it_is_published(time_machine):
    root = make_user(is_superuser=True)
    article = make_article()
    begin_change(article, root, "Another title")
    assert edited_at(article) is None
    time_machine.move_to(LATER, tick=False)
    do("publish", article, root)
    assert edited_at(article) == LATER


def test_a_scheduled_change_is_one_from_its_moment_on(time_machine, site):
    root = make_user(is_superuser=True)
    article = make_article()
    begin_change(article, root, "Another title")
    do("publish", article, root, at=LATER)
    assert edited_at(article) is None
    time_machine.move_to(LATER, tick=False)
    edition.current()
    assert edited_at(article) == LATER
    assert "Updated:" in site.get(article.get_absolute_url()).text


def test_a_draft_and_what_it_became_are_not_edited():
    root = make_user(is_superuser=True)
    article = make_article(status=Status.DRAFT, created_by=root)
    begin_change(article, root, "Another title")
    do("publish", article, root)
    assert edited_at(article) is None


# --- other ways in


def test_a_fixture_says_itself_when(tmp_path):
    article = make_article(edited_at=NOW - DAY)
    fixture = tmp_path / "articles.json"
    dumped = serializers.serialize("json", [article])
    fixture.write_text(dumped.replace("Text of article", "Words of article"))
    call_command("loaddata", fixture, verbosity=0)
    assert edited_at(article) == NOW - DAY


def test_an_import_is_one_only_if_it_brings_something_else(tmp_path):
    file = write_page(tmp_path, "page.txt")
    moved_in(file)
    article = Article.objects.get()
    moved_in(file)
    moved_in(file, "--overwrite")
    assert edited_at(article) is None
    write_page(tmp_path, "page.txt", page(text="The works in Skive were opened."))
    moved_in(file)
    assert edited_at(article) == NOW


# --- what readers are told


def test_the_page_says_so_only_if_it_was_edited(site, time_machine):
    article = make_article()
    assert "Updated:" not in site.get(article.get_absolute_url()).text
    time_machine.shift(2 * DAY)
    save(article, title="Another title")
    text = site.get(article.get_absolute_url()).text
    assert '<time datetime="2026-03-06T12:00:00+08:00">2026-03-06</time>' in text
    Article.objects.filter(pk=article.pk).update(published_at=NOW + 2 * DAY)
    assert "Updated:" not in site.get(article.get_absolute_url()).text  # Its date is later.


def test_since_when_it_is_as_it_is():
    article = make_article(published_at=NOW - DAY)
    assert (article.updated_at, article.was_edited) == (NOW - DAY, False)
    save(article, title="Another title")
    assert (article.updated_at, article.was_edited) == (NOW, True)
    save(article, published_at=NOW + DAY)
    assert (article.updated_at, article.was_edited) == (NOW + DAY, False)
