"""The home page: what leads it, what was read most, and a block for each category."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup, Tag

from news.models import Article, DailyViews, Edition, MostRead, Status
from tests.helpers import NOW, PUBLISHED_AT, make_article, make_category, make_image

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

DAY, HOUR, INSTANT = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)


def home(site, language: str = "en") -> Tag:
    page = site.get(f"/{language}/")
    assert page.status == 200
    main = BeautifulSoup(page.text, "html.parser").main
    assert main
    return main


def texts(inside: Tag, selector: str) -> list[str]:
    return [" ".join(found.get_text().split()) for found in inside.select(selector)]


def lead(site) -> str:
    (title,) = texts(home(site), ".feature-title")
    return title


def read(article: Article, views: int, days_ago: int = 0) -> None:
    DailyViews.objects.create(article=article, day=(NOW - days_ago * DAY).date(), views=views)


# --- What leads


def test_of_several_that_are_pinned_the_newest_leads_each_until_its_own_moment(site, time_machine):
    make_article(title="Newest", published_at=NOW - HOUR)
    make_article(title="For two hours", published_at=NOW - 9 * DAY, pinned_until=NOW + 2 * HOUR)
    make_article(title="For an hour", published_at=NOW - 8 * DAY, pinned_until=NOW + HOUR / 2)
    for moment, title in (
        (NOW, "For an hour"),
        (NOW + HOUR / 2 - INSTANT, "For an hour"),
        (NOW + HOUR / 2, "For two hours"),
        (NOW + 2 * HOUR - INSTANT, "For two hours"),
        (NOW + 2 * HOUR, "Newest"),
    ):
        time_machine.move_to(moment, tick=False)
        assert lead(site) == title, moment


def test_the_end_of_a_pin_is_a_moment_at_which_the_site_changes(site):
    make_article(pinned_until=NOW + HOUR / 4)
    site.get("/en/")
    assert Edition.objects.get().due_at == NOW + HOUR / 4


def test_what_is_pinned_leads_whether_or_not_it_is_among_the_newest(site):
    old = make_article(title="Old", published_at=PUBLISHED_AT - DAY, pinned_until=NOW + DAY)
    for number in range(4):
        make_article(title=f"New {number}")
    assert lead(site) == "Old"
    assert texts(home(site), ".cards .card-title")[:3] == ["New 3", "New 2", "New 1"]
    Article.objects.filter(pk=old.pk).update(published_at=NOW)
    assert lead(site) == "Old"
    assert texts(home(site), ".cards .card-title")[:3] == ["New 3", "New 2", "New 1"]


def test_nobody_pins_what_is_not_public_or_of_another_language(site):
    make_article(title="Draft", status=Status.DRAFT, pinned_until=NOW + DAY)
    make_article(title="中文", language="zh-hans", pinned_until=NOW + DAY)
    make_article(title="Public")
    assert lead(site) == "Public"


# --- Sites of every size


def test_a_home_page_without_articles_says_so_and_shows_nothing_else(site):
    make_category()
    main = home(site)
    assert texts(main, ".notice-title") == ["No news yet"]
    assert not main.select("section, article, .section")


def test_of_a_site_with_one_article_it_is_all_there_is(site):
    make_article(title="Alone")
    main = home(site)
    assert texts(main, ".feature-title") == ["Alone"]
    assert main.get_text().count("Alone") == 1
    assert not main.select(".section")


def test_no_article_stands_on_the_page_twice(site):
    for number in range(12):
        make_article(category=make_category(f"Category {number % 2}"))
    assert not home(site).select(".ranking")
    found = texts(home(site), ".feature-title, .card-title, .row-title")
    assert len(found) == len(set(found)) == 12


def test_of_one_category_the_block_goes_on_where_the_newest_end(site):
    made = [make_article().title for _ in range(10)]
    main = home(site)
    assert texts(main, ".block h2") == ["Projects"]
    assert texts(main, ".block h3") == made[2:6][::-1]


def test_without_a_cover_every_place_is_filled_by_words(site):
    for _ in range(9):
        make_article()
    main = home(site)
    assert not main.select("img")
    assert len(main.select(".feature > .drawing")) == 1
    assert len(main.select(".card")) == len(main.select(".card-plain")) == 4


# --- Blocks


def test_each_category_has_a_block_in_the_order_that_staff_chose(site):
    second = make_category("Second", position=2, description="What comes second.")
    first = make_category("First", position=1)
    make_category("Empty")
    image = make_image()
    for category in (first, second):
        for number in range(6):
            make_article(
                title=f"{category} {number}",
                category=category,
                cover=image,
                cover_alt="A mill",
                published_at=PUBLISHED_AT - number * DAY,
            )
    for _ in range(4):
        make_article(category=first)
    one, two = home(site).select(".block")
    assert texts(one, "h2") == ["First"]
    assert not one.select(".block-description")
    assert texts(one, "h3") == [f"First {number}" for number in range(4)]
    assert len(one.select("img")) == 1
    assert one.img
    assert one.img["alt"] == "A mill"
    assert texts(two, "h2") == ["Second"]
    assert texts(two, ".block-description") == ["What comes second."]
    (everything,) = two.select(".section-link")
    assert everything["href"] == second.get_absolute_url()


# --- Most read


def test_the_most_read_of_seven_and_of_thirty_days_stand_in_order(site):
    for number, days_ago in enumerate((1, 2, 10, 20)):
        article = make_article(title=f"Read {number}")
        read(article, 10 + number, days_ago)
    read(make_article(title="Read long ago"), 99, 30)
    MostRead.objects.refresh(NOW)
    week, month = home(site).select(".ranking")
    assert texts(week, "h2") == ["Most read in 7 days"]
    assert texts(week, "ol > li") == ["Read 1", "Read 0"]
    assert texts(month, "h2") == ["Most read in 30 days"]
    assert texts(month, "ol > li") == ["Read 3", "Read 2", "Read 1", "Read 0"]


def test_five_are_named_of_one_language_and_only_while_they_are_public(site):
    for number in range(7):
        read(make_article(title=f"Read {number}"), 10 - number)
    read(make_article(title="最热", language="zh-hans"), 99)
    MostRead.objects.refresh(NOW)
    Article.objects.filter(title="Read 0").update(status=Status.WITHDRAWN)
    for ranking in home(site).select(".ranking"):
        assert texts(ranking, "li") == [f"Read {number}" for number in range(1, 6)]
    assert texts(home(site, "zh-hans"), ".ranking li") == ["最热", "最热"]


def test_a_period_in_which_nothing_was_read_is_not_mentioned(site):
    read(make_article(), 1, days_ago=9)
    MostRead.objects.refresh(NOW)
    assert texts(home(site), ".ranking h2") == ["Most read in 30 days"]


def test_the_ranking_changes_with_the_hour(site, time_machine):
    article = make_article(title="Read")
    assert not home(site).select(".ranking")
    read(article, 1)
    assert not home(site).select(".ranking")
    time_machine.move_to(NOW + HOUR, tick=False)
    assert texts(home(site), ".ranking li") == ["Read", "Read"]
