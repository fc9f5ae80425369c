"""A reader's view is counted exactly once, and nothing else is."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.db import connection, connections
from django.db.models import F, Sum

from news import browsing, edition
from news.browsing import NUMBER_MARK, count_view, is_crawler, refusal
from news.models import Article, BrowsingVolume, DailyViews, Edition, Refusal, Status
from tests.conftest import READER, Site
from tests.helpers import NOW, hidden_articles, make_article, make_user


def total(article: Article) -> int:
    return BrowsingVolume.objects.filter(article=article).aggregate(n=Sum("total"))["n"] or 0


def views(article: Article) -> int:
    return DailyViews.objects.filter(article=article).aggregate(n=Sum("views"))["n"] or 0


@pytest.mark.django_db
def test_each_view_raises_the_number_by_one_and_shows_it(site):
    article = make_article()
    for seen in (1, 2, 3):
        page = site.get(article.get_absolute_url())
        assert f"Browsing volume: {seen} Hits" in visible_text(page.text)
        assert NUMBER_MARK not in page.text
        assert (total(article), views(article)) == (seen, seen)


@pytest.mark.django_db
def test_views_go_on_from_what_the_old_site_carried_over(site):
    article = make_article()
    BrowsingVolume.objects.create(article=article, carried_over=88, total=88)
    page = site.get(article.get_absolute_url())
    assert "Browsing volume: 89 Hits" in visible_text(page.text)
    assert BrowsingVolume.objects.filter(total=F("carried_over") + 1).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user_agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"},
        {"user_agent": "curl/8.5.0"},
    ],
)
def test_crawlers_read_but_do_not_count(site, headers):
    article = make_article()
    page = site.get(article.get_absolute_url(), **headers)
    assert page.status == 200
    assert "Browsing volume: 0 Hits" in visible_text(page.text)
    assert total(article) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"sec_purpose": "prefetch"},
        {"sec_purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
    ],
)
def test_loads_in_advance_are_sent_away_so_that_the_reader_is_counted_on_arrival(site, headers):
    article = make_article()
    answer = site.get(article.get_absolute_url(), **headers)
    assert (answer.status, answer.headers["Cache-Control"]) == (503, "no-store")
    assert total(article) == 0
    site.get(article.get_absolute_url())
    assert total(article) == 1


@pytest.mark.django_db
def test_head_previews_and_staff_are_not_counted(site):
    article = make_article()
    site.head(article.get_absolute_url())
    site.sign_in(make_user(group="Editor"))
    assert site.get(article.get_absolute_url()).status == 200
    assert site.get(article.get_preview_url()).status == 200
    assert total(article) == 0


@pytest.mark.django_db
def test_a_signed_in_reader_who_is_not_staff_is_a_reader(site):
    article = make_article()
    site.sign_in(make_user(is_staff=False))
    site.get(article.get_absolute_url())
    assert total(article) == 1


@pytest.mark.django_db
def test_only_a_page_that_shows_the_article_counts(site, time_machine):
    time_machine.move_to(NOW)
    article = make_article()
    site.get(f"/en/news/{article.pk}/wrong-slug/")
    site.get(f"/zh-hans/news/{article.pk}/{article.slug}/")
    site.get(article.get_related_url())
    site.get("/en/news/")
    site.get("/en/")
    for hidden in hidden_articles(NOW).values():
        site.get(hidden.get_absolute_url())
    assert not BrowsingVolume.objects.exists()
    assert not DailyViews.objects.exists()


@pytest.mark.django_db
def test_an_editors_text_cannot_stand_in_for_the_number(site):
    article = make_article(
        title=f"A {NUMBER_MARK} B", summary=NUMBER_MARK, body=f"<p>C {NUMBER_MARK} D</p>"
    )
    page = site.get(article.get_absolute_url())
    assert page.text.count("&lt;!--browsing-volume--&gt;") >= 2
    assert "<p>C  D</p>" in page.text


@pytest.mark.django_db
def test_a_view_never_touches_the_article_or_the_edition():
    article = make_article()
    before = (Article.objects.values().get(), Edition.objects.values().get())
    count_view(article.pk)
    assert (Article.objects.values().get(), Edition.objects.values().get()) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 4, 15, 59, 59, tzinfo=UTC), date(2026, 3, 4)),
        (datetime(2026, 3, 4, 16, 0, 0, tzinfo=UTC), date(2026, 3, 5)),
    ],
)
def test_the_day_is_the_sites_not_the_servers(time_machine, moment, day):
    time_machine.move_to(moment)
    count_view(make_article().pk)
    assert DailyViews.objects.get().day == day


def test_a_user_agent_of_any_length_is_read_at_its_beginning_only():
    environ = {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": "x" * 400_000 + "Googlebot/2.1"}
    assert refusal(environ, by_staff=False) is None
    environ["HTTP_USER_AGENT"] = "Googlebot/2.1 " + "x" * 400_000
    assert refusal(environ, by_staff=False) == Refusal.CRAWLER


def test_a_user_agent_is_looked_up_once():
    is_crawler.cache_clear()
    for _ in range(3):
        assert not is_crawler(READER)
        assert is_crawler("Googlebot/2.1")
    assert is_crawler.cache_info().misses == 2


@pytest.mark.django_db
def test_public_pages_set_no_cookie_and_do_not_vary_by_it(site):
    article = make_article()
    for address in ("/en/", "/en/news/", article.get_absolute_url(), "/en/news/search/?q=text"):
        page = site.get(address)
        assert page.headers.get_all("Set-Cookie") == []
        assert "Cookie" not in page.headers.get("Vary", "")


@pytest.mark.django_db(transaction=True)
def test_200_readers_at_once_while_an_editor_saves_are_all_counted():
    article, other = make_article(), make_article()
    numbers: list[int] = []

    def read(number: int) -> None:
        try:
            page = Site().get((article, other)[number % 2].get_absolute_url())
            assert page.status == 200
            numbers.append(number_on(page.text))
        finally:
            connections.close_all()

    def edit(number: int) -> None:
        try:
            mine = Article.objects.get(pk=article.pk)
            mine.summary = f"Edited {number} times"
            mine.save()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        readers = [pool.submit(read, number) for number in range(200)]
        editors = [pool.submit(edit, number) for number in range(20)]
        for done in (*readers, *editors):
            done.result(timeout=120)
    connection.close()
    for counted in (article, other):
        assert (total(counted), views(counted)) == (100, 100)
    # Everybody saw a number of their own.
    assert sorted(numbers) == sorted([*range(1, 101)] * 2)
    article.refresh_from_db()
    assert article.summary.startswith("Edited")


@pytest.mark.django_db(transaction=True)
def test_a_thousand_who_wait_are_counted_together_each_with_a_number_of_their_own(monkeypatch):
    articles = [make_article().pk for _ in range(4)]
    turnstile, standing = browsing.turnstile, edition.current()
    turnstile.ask()
    counted: list[int] = []
    count = type(turnstile._database).count

    def spied(self, number, views, looks):
        counted.append(sum(views.values()))
        return count(self, number, views, looks)

    monkeypatch.setattr(type(turnstile._database), "count", spied)

    def view(article: int) -> tuple[int, int | None]:
        return article, turnstile.ask(standing.number, article, counts=True).number

    with ThreadPoolExecutor(1000) as pool:
        with turnstile._turn:  # As while a statement is under way.
            waiting = [pool.submit(view, articles[number % 4]) for number in range(1000)]
            while turnstile._waiting is None or sum(turnstile._waiting.views.values()) < 1000:
                time.sleep(0.01)
        seen = [future.result(timeout=60) for future in waiting]
    assert counted == [1000]
    for article in articles:
        assert sorted(n for pk, n in seen if pk == article) == list(range(1, 251))


@pytest.mark.django_db
def test_drafts_have_no_count(site):
    draft = make_article(status=Status.DRAFT)
    site.get(draft.get_absolute_url())
    assert total(draft) == 0


def visible_text(html: str) -> str:
    from news.sanitize import clean

    return " ".join(clean(html).text.split())


def number_on(html: str) -> int:
    words = visible_text(html).split("Browsing volume: ")[1]
    return int(words.split(" ")[0])
