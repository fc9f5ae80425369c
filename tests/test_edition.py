"""The edition advances with every change the public may see, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import transaction
from django.db.models import Value
from django.test import Client

from news import browsing, edition
from news.browsing import count_view
from news.models import (
    Article,
    BrowsingVolume,
    Edition,
    MostRead,
    OldAddress,
    RelatedPick,
    Status,
)
from tests.conftest import Site
from tests.helpers import (
    NOW,
    hidden_articles,
    make_article,
    make_category,
    make_tag,
    make_user,
)

HOUR = timedelta(hours=1)
frozen = pytest.mark.time_machine(NOW, tick=False)


def number() -> int:
    return Edition.objects.get().number


def make_draft(**fields: Any) -> Article:
    return make_article(status=Status.DRAFT, **fields)


def update(article: Article, **values: Any) -> None:
    Article.objects.filter(pk=article.pk).update(**values)


def ask_for(*addresses: str, **headers: str) -> None:
    site = Site()
    for address in addresses:
        site.get(address, **headers)


def read_everything(article: Article) -> None:
    ask_for(
        "/en/",
        "/en/news/",
        "/en/news/archive/2025/",
        "/en/news/feed/",
        "/sitemap.xml",
        "/news-sitemap.xml",
        article.category.get_absolute_url(),
        article.tags.get().get_absolute_url(),
        article.get_absolute_url(),
        article.get_related_url(),
        "/en/nothing/",
        *(hidden.get_absolute_url() for hidden in Article.objects.exclude(pk=article.pk)),
    )


def read_as_staff(article: Article) -> None:
    site = Site()
    site.sign_in(make_user(group="Editor"))
    for address in (article.get_absolute_url(), article.get_preview_url(), "/admin/"):
        site.get(address)
    site.get(f"/admin/news/article/{article.pk}/change/")


def refuse(article: Article) -> None:
    Site().head(article.get_absolute_url())
    ask_for(article.get_absolute_url(), user_agent="curl/8")
    browsing.turnstile.close()


NO_CHANGES: dict[str, Callable[[Article, Article], Any]] = {
    "draft made": lambda *_: make_draft(),
    "draft saved": lambda _, draft: draft.save(),
    "draft saved in part": lambda _, draft: draft.save(update_fields=["title"]),
    "draft updated": lambda _, draft: update(draft, title="New"),
    "draft sent to review": lambda _, draft: update(draft, status=Status.IN_REVIEW),
    "draft deleted": lambda _, draft: draft.delete(),
    "draft tagged": lambda article, draft: draft.tags.set([article.tags.get()]),
    "draft untagged": lambda _, draft: draft.tags.clear(),
    "draft binned": lambda _, draft: update(draft, binned_at=NOW),
    "draft related": lambda article, draft: RelatedPick(article=draft, related=article).save(),
    "view counted": lambda article, _: count_view(article.pk),
    "number corrected": lambda article, _: BrowsingVolume.objects.carry_over(article.pk, 88),
    "views refused": lambda article, _: refuse(article),
    "login": lambda *_: Client().force_login(make_user()),
    "read by anybody": lambda article, _: read_everything(article),
    "read by staff": lambda article, _: read_as_staff(article),
    "searched": lambda *_: ask_for("/en/news/search/?q=text", "/en/news/search/?q="),
    "asked for the edition": lambda *_: edition.current(),
    "old address": lambda article, _: OldAddress(path="/en/s/1.html", article=article).save(),
    "no tags added": lambda article, _: article.tags.set(article.tags.all()),
}


@frozen
@pytest.mark.django_db
@pytest.mark.parametrize("act", NO_CHANGES.values(), ids=NO_CHANGES.keys())
def test_what_readers_cannot_see_makes_none(act):
    article = make_article(tags=(make_tag(),), published_at=NOW - HOUR)
    draft = make_draft(tags=(make_tag("Draft"),))
    hidden_articles(NOW)
    before = edition.current()
    act(article, draft)
    assert edition.current() == before
    assert number() == before.number


@pytest.mark.django_db
def test_publishing_a_draft_makes_a_new_edition():
    draft = make_draft()
    before = number()
    draft.status = Status.PUBLISHED
    draft.save()
    assert number() > before


@pytest.mark.django_db
def test_a_change_rolled_back_takes_its_edition_along():
    before = number()
    with pytest.raises(RuntimeError), transaction.atomic():
        make_article()
        raise RuntimeError
    assert number() == before


@pytest.mark.django_db
def test_a_fixture_passes_the_door_and_makes_a_new_edition(tmp_path):
    article = make_article()
    fixture = tmp_path / "articles.json"
    dumped = serializers.serialize("json", [article])
    fixture.write_text(dumped.replace("<p>", "<p><script>alert(1)</script>"))
    before = number()
    call_command("loaddata", fixture, verbosity=0)
    article.refresh_from_db()
    assert "script" not in article.body
    assert number() > before


# --- what is due


@pytest.mark.django_db
def test_the_next_due_moment_is_the_first_at_which_the_site_changes_by_itself():
    soon, later = (timedelta(minutes=minutes) for minutes in (10, 20))
    assert edition.next_due(NOW) == NOW + HOUR
    make_article(published_at=NOW - HOUR, expires_at=NOW + 3 * later)
    make_article(published_at=NOW, pinned_until=NOW + 2 * later)
    assert edition.next_due(NOW) == NOW + 2 * later
    make_article(published_at=NOW - HOUR, expires_at=NOW + later)
    assert edition.next_due(NOW) == NOW + later
    make_article(published_at=NOW + soon)
    assert edition.next_due(NOW) == NOW + soon
    make_draft(published_at=NOW + soon / 2)
    make_article(published_at=NOW + soon / 2, binned_at=NOW)
    make_article(published_at=NOW - HOUR, expires_at=NOW + soon / 2, status=Status.WITHDRAWN)
    assert edition.next_due(NOW) == NOW + soon


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "UTC"])
@pytest.mark.parametrize("past", [0, 1, 59 * 60, 3599.999999])
def test_it_is_never_later_than_the_next_full_hour_of_the_sites_zone(settings, zone, past):
    settings.TIME_ZONE = zone
    hour = datetime(2026, 3, 4, 23, tzinfo=ZoneInfo(zone))  # Thus the next one is midnight.
    assert edition.next_due(hour + timedelta(seconds=past)) == hour + HOUR


@frozen
@pytest.mark.django_db
def test_scheduling_an_article_brings_the_due_moment_forward():
    make_article(published_at=NOW + timedelta(minutes=5))
    assert Edition.objects.get().due_at == NOW + timedelta(minutes=5)


@frozen
@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        lambda _: edition.current(),
        lambda article: article.save(),
        lambda article: update(article, expires_at=NOW + 3 * HOUR),
        lambda article: article.tags.add(make_tag("New")),
        lambda article: Article.objects.bulk_update([article], ["title"]),
    ],
)
@pytest.mark.parametrize("passed", [timedelta(0), HOUR / 2, HOUR, 30 * HOUR])
def test_an_edition_begins_before_it_is_due_and_is_due_within_the_hour(time_machine, act, passed):
    article = make_article(published_at=NOW - HOUR)
    time_machine.move_to(NOW + passed, tick=False)
    act(article)
    standing = edition.current()
    assert standing.began_at <= NOW + passed < standing.due_at
    assert standing.due_at - standing.began_at <= HOUR


@frozen
@pytest.mark.django_db
def test_what_is_due_is_applied_once_and_the_most_read_are_ranked_anew(time_machine):
    article = make_article(published_at=NOW - HOUR)
    count_view(article.pk)
    before = number()
    time_machine.move_to(NOW + HOUR - timedelta(microseconds=1), tick=False)
    assert edition.current().number == before
    assert not MostRead.objects.exists()
    time_machine.move_to(NOW + HOUR, tick=False)
    for _ in range(3):
        assert edition.current() == (before + 1, NOW + HOUR, NOW + 2 * HOUR)
    assert MostRead.objects.filter(article=article, views=1).count() == len(MostRead.PERIODS)


@frozen
@pytest.mark.django_db
def test_an_editor_who_meets_an_edition_that_is_due_applies_what_is_due(time_machine):
    article, other = (make_article(published_at=NOW - HOUR) for _ in range(2))
    count_view(article.pk)
    before = number()
    time_machine.move_to(NOW + HOUR, tick=False)
    other.save()
    assert MostRead.objects.get(days=7).article == article
    for _ in range(2):
        assert edition.current() == (before + 1, NOW + HOUR, NOW + 2 * HOUR)


@frozen
@pytest.mark.django_db
def test_a_draft_saved_when_an_edition_is_due_leaves_that_to_the_next_visitor(time_machine):
    draft = make_draft()
    make_article()
    before = number()
    time_machine.move_to(NOW + HOUR, tick=False)
    draft.save()
    assert number() == before
    assert edition.current().number == before + 1


@pytest.mark.django_db
def test_publishing_by_an_expression_makes_a_new_edition():
    draft = make_article(status=Status.DRAFT)
    before = number()
    Article.objects.filter(pk=draft.pk).update(status=Value(Status.PUBLISHED))
    assert number() > before


@pytest.mark.django_db
def test_articles_are_created_in_bulk_from_any_iterable():
    category = make_category()
    Article.objects.bulk_create(
        Article(title=title, language="en", category=category) for title in ("One", "Two")
    )
    assert Article.objects.count() == 2
