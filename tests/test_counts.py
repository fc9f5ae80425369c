"""What is stored of counting: the volumes, the refusals, the most read, and the check of them."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from news import countsql
from news.browsing import count_view
from news.models import (
    Article,
    BrowsingVolume,
    DailyViews,
    Edition,
    MostRead,
    Refusal,
    RefusedViews,
    Status,
)
from tests.helpers import NOW, PUBLISHED_AT, hidden_articles, make_article

TODAY = NOW.date()


def read(article: Article, views: int, days_ago: int = 0, carried_over: int = 0) -> None:
    """An article that was read so often on one day, and never else."""
    DailyViews.objects.create(article=article, day=TODAY - timedelta(days_ago), views=views)
    total = carried_over + views
    BrowsingVolume.objects.create(article=article, carried_over=carried_over, total=total)


def numbers(article: Article) -> tuple[int, int]:
    return BrowsingVolume.objects.values_list("carried_over", "total").get(pk=article.pk)


# --- What was carried over ---


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "total"), [(120, 123), (88, 91), (0, 3)])
def test_the_total_moves_with_what_was_carried_over(number, total):
    article, other = make_article(), make_article()
    read(article, 3, carried_over=88)
    read(other, 5, carried_over=7)
    assert BrowsingVolume.objects.carry_over(article.pk, number) == 88
    assert numbers(article) == (number, total)
    assert numbers(other) == (7, 12)


@pytest.mark.django_db(transaction=True)
def test_an_article_that_nobody_read_yet_can_carry_a_number_over():
    article = make_article()
    assert BrowsingVolume.objects.carry_over(article.pk, 88) == 0
    assert numbers(article) == (88, 88)
    assert count_view(article.pk) == 89


@pytest.mark.django_db(transaction=True)
def test_no_view_is_lost_while_numbers_are_carried_over():
    article = make_article()

    def in_thread(work, times: int) -> None:
        try:
            for number in range(times):
                work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        counting = [pool.submit(in_thread, lambda _: count_view(article.pk), 40) for _ in range(3)]
        carry_over = BrowsingVolume.objects.carry_over
        changing = pool.submit(in_thread, lambda number: carry_over(article.pk, number), 40)
        for done in (*counting, changing):
            done.result(timeout=60)
    assert numbers(article) == (39, 39 + 120)
    call_command("check_counts", verbosity=0)


# --- What was not counted ---


def refuse(*rows: tuple[date, str, int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO news_refusedviews (day, reason, views) VALUES (%s, %s, %s) "
            "ON CONFLICT (day, reason) DO UPDATE SET views = news_refusedviews.views "
            "+ excluded.views",
            rows,
        )


@pytest.mark.django_db
def test_refusals_add_up_by_day_and_reason():
    yesterday = TODAY - timedelta(1)
    refuse((TODAY, "crawler", 2), (TODAY, "staff", 1), (yesterday, "crawler", 4))
    refuse((TODAY, "crawler", 3))
    assert set(RefusedViews.objects.values_list("day", "reason", "views")) == {
        (TODAY, Refusal.CRAWLER, 5),
        (TODAY, Refusal.STAFF, 1),
        (yesterday, Refusal.CRAWLER, 4),
    }


@pytest.mark.django_db
def test_every_reason_is_stored_and_no_other():
    refuse(*((TODAY, reason, 1) for reason in Refusal.values))
    assert RefusedViews.objects.count() == 6
    with pytest.raises(IntegrityError), transaction.atomic():
        refuse((TODAY, "mood", 1))


# --- The most read ---


def most_read(days: int = 7) -> list[tuple[int, str, int]]:
    rows = MostRead.objects.filter(days=days).order_by("article__language", "place")
    return list(rows.values_list("place", "article__title", "views"))


@pytest.mark.django_db
def test_the_most_read_are_ranked_by_language_and_period():
    a, b, c = (make_article(title=title) for title in "ABC")
    chinese = make_article(title="中", language="zh-hans")
    read(a, 5)
    read(b, 9, days_ago=1)
    read(c, 50, days_ago=8)
    read(chinese, 1)
    DailyViews.objects.create(article=a, day=TODAY - timedelta(2), views=5)
    MostRead.objects.refresh(NOW)
    assert most_read(7) == [(1, "A", 10), (2, "B", 9), (1, "中", 1)]
    assert most_read(30) == [(1, "C", 50), (2, "A", 10), (3, "B", 9), (1, "中", 1)]


@pytest.mark.django_db
@pytest.mark.parametrize("days", [7, 30])
def test_a_period_ends_with_the_sites_today(days):
    first, before = make_article(title="First"), make_article(title="Before")
    read(first, 1, days_ago=days - 1)
    read(before, 1, days_ago=days)
    late = datetime(2026, 3, 4, 15, 59, 59, tzinfo=UTC)  # A second to midnight in Shanghai.
    MostRead.objects.refresh(late)
    assert "First" in str(most_read(days))
    assert "Before" not in str(most_read(days))
    MostRead.objects.refresh(late + timedelta(seconds=1))
    assert "First" not in str(most_read(days))


@pytest.mark.django_db
def test_of_equals_the_newer_comes_first():
    for title, hour in (("Older", 1), ("Newest", 3), ("Newer", 2)):
        read(make_article(title=title, published_at=PUBLISHED_AT + timedelta(hours=hour)), 4)
    read(make_article(title="Later id", published_at=PUBLISHED_AT + timedelta(hours=1)), 4)
    MostRead.objects.refresh(NOW)
    assert [title for _, title, _ in most_read()] == ["Newest", "Newer", "Later id", "Older"]


@pytest.mark.django_db
def test_only_what_is_public_at_that_moment_is_ranked():
    for article in hidden_articles(NOW).values():
        read(article, 100)
    read(make_article(title="Seen", published_at=NOW), 1)
    MostRead.objects.refresh(NOW)
    assert most_read() == [(1, "Seen", 1)]
    MostRead.objects.refresh(NOW - timedelta(seconds=1))
    assert most_read() == []


@pytest.mark.django_db
def test_twenty_of_each_language_are_kept_with_the_same_number_of_queries():
    def refresh() -> int:
        with CaptureQueriesContext(connection) as captured:
            MostRead.objects.refresh(NOW)
        return len(captured)

    for language in ("en", "zh-hans"):
        read(make_article(language=language), 1)
    before = refresh()
    for language in ("en", "zh-hans"):
        for views in range(2, 25):
            read(make_article(language=language), views)
    assert refresh() == before
    assert MostRead.objects.count() == 2 * 2 * 20
    assert [(place, views) for place, _, views in most_read()] == 2 * [
        (place, 25 - place) for place in range(1, 21)
    ]


@pytest.mark.django_db
def test_a_refresh_is_part_of_its_callers_transaction_and_makes_no_edition():
    read(make_article(title="First"), 1)
    MostRead.objects.refresh(NOW)
    read(make_article(title="Second"), 2)
    number = Edition.objects.get().number
    with transaction.atomic():
        MostRead.objects.refresh(NOW)
        assert len(most_read()) == 2
        transaction.set_rollback(True)
    assert most_read() == [(1, "First", 1)]
    assert Edition.objects.get().number == number


@pytest.mark.django_db
def test_pages_get_the_most_read_in_order_in_one_query(time_machine, django_assert_num_queries):
    time_machine.move_to(NOW, tick=False)
    for title, views in (("Second", 2), ("First", 3), ("Withdrawn", 9)):
        read(make_article(title=title), views)
    read(make_article(title="一", language="zh-hans"), 1)
    MostRead.objects.refresh(NOW)
    Article.objects.filter(title="Withdrawn").update(status=Status.WITHDRAWN)
    with django_assert_num_queries(1):
        found = [(a.title, a.category.name) for a in MostRead.objects.articles("en", 7)]
    assert found == [("First", "Projects"), ("Second", "Projects")]


@pytest.mark.django_db
def test_an_article_that_is_deleted_takes_its_place_with_it():
    article = make_article()
    read(article, 1)
    MostRead.objects.refresh(NOW)
    Article.objects.filter(pk=article.pk).update(status=Status.DRAFT)
    Article.objects.get().delete()
    assert not MostRead.objects.exists()


# --- The check ---


def check(**options) -> tuple[str, str, int]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("check_counts", stdout=out, stderr=err, no_color=True, **options)
    except SystemExit as exit:
        return out.getvalue(), err.getvalue(), exit.code
    return out.getvalue(), err.getvalue(), 0


@pytest.mark.django_db(transaction=True)
def test_counts_that_agree_are_said_to():
    assert check() == ("0 articles, all counts agree\n", "", 0)
    read(make_article(), 3, carried_over=88)
    BrowsingVolume.objects.create(article=make_article(), carried_over=7, total=7)
    count_view(make_article().pk)
    assert check() == ("3 articles, all counts agree\n", "", 0)


@pytest.mark.django_db
def test_a_database_that_cannot_be_asked_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setattr(countsql, "DRIFTED", "SELECT 1 FROM news_nowhere WHERE 1 = %s")
    with pytest.raises(CommandError, match="news_nowhere"):
        check()


@pytest.mark.django_db
def test_every_drifted_article_is_named_and_the_check_fails():
    lost, invented, no_days, no_volume, fine = (make_article(title=title) for title in "ABCDE")
    for article in (lost, invented, fine):
        read(article, 3, carried_over=10)
    BrowsingVolume.objects.filter(article=lost).update(total=11)
    BrowsingVolume.objects.filter(article=invented).update(total=20)
    BrowsingVolume.objects.create(article=no_days, total=2)
    DailyViews.objects.create(article=no_volume, day=TODAY, views=4)
    out, err, code = check()
    assert out.splitlines() == [
        f"article {lost.pk} “A”: total 11, carried over 10, sum of days 3, difference -2",
        f"article {invented.pk} “B”: total 20, carried over 10, sum of days 3, difference +7",
        f"article {no_days.pk} “C”: total 2, carried over 0, sum of days 0, difference +2",
        f"article {no_volume.pk} “D”: total 0, carried over 0, sum of days 4, difference -4",
    ]
    assert (err, code) == ("4 articles, 4 of them with counts that differ\n", 1)


@pytest.mark.django_db
def test_counts_of_an_article_that_is_gone_are_checked_too():
    BrowsingVolume.objects.create(article_id=999, total=1)
    out, _, code = check()
    assert "article 999 “-”: total 1" in out
    assert code == 1


@pytest.mark.django_db
def test_without_verbosity_only_the_exit_says_it():
    assert check(verbosity=0) == ("", "", 0)
    BrowsingVolume.objects.create(article=make_article(), total=1)
    assert check(verbosity=0) == ("", "", 1)


@pytest.mark.django_db
def test_a_site_that_drifted_whole_does_not_fill_the_terminal(monkeypatch):
    monkeypatch.setattr("news.management.commands.check_counts.SHOWN", 2)
    for _ in range(5):
        BrowsingVolume.objects.create(article=make_article(), total=1)
    with CaptureQueriesContext(connection) as captured:
        out, err, _ = check()
    assert out.count("article ") == 2
    assert out.endswith("and 3 more\n")
    assert err == "5 articles, 5 of them with counts that differ\n"
    assert len(captured) == 2


@pytest.mark.django_db(transaction=True)
def test_the_check_agrees_while_readers_are_being_counted():
    articles = [make_article() for _ in range(3)]
    stop = Event()

    def count() -> None:
        try:
            while not stop.is_set():
                for article in articles:
                    count_view(article.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        counting = [pool.submit(count) for _ in range(2)]
        try:
            codes = {check(verbosity=0)[2] for _ in range(30)}
        finally:
            stop.set()
        for done in counting:
            done.result(timeout=60)
    assert codes == {0}
    assert check()[2] == 0
