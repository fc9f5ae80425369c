"""The articles' list in the admin, and who gets in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news.models import Article, BrowsingVolume, OldAddress, State
from tests.forms import words
from tests.helpers import NOW, hidden_articles, make_article, make_category, make_image, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

LIST = "/admin/news/article/"


def rows(response) -> list[str]:
    """The words of each row of the list, in the page's order."""
    assert response.status_code == 200
    body = re.search(r"<tbody>(.*?)</tbody>", response.content.decode(), re.S)
    found = re.findall(r"<tr>(.*?)</tr>", body[1], re.S) if body else []
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in found]


def titles(response) -> set[str]:
    assert response.status_code == 200
    return set(
        re.findall(r'<th class="field-title"><a[^>]*>([^<]*)</a>', response.content.decode())
    )


def test_each_row_says_what_an_editor_must_know(client, editor):
    article = make_article(
        title="Mill 3 starts up", category=make_category("Awards"), published_at=NOW
    )
    BrowsingVolume.objects.create(article=article, carried_over=88, total=12_345)
    assert rows(client.get(LIST)) == [
        "Mill 3 starts up Public Awards English 2026-03-04 12:00 12,345"
    ]


def test_an_article_that_nobody_read_has_a_volume_of_nought(client, editor):
    make_article()
    assert rows(client.get(LIST))[0].endswith(" 0")


def test_every_state_has_its_badge(client, editor):
    hidden_articles(NOW)
    make_article(title="Seen by all")
    pages = client.get(LIST).content.decode() + client.get(f"{LIST}?state=binned").content.decode()
    badges = re.findall(r'<span class="badge badge-(\w+)">([^<]+)</span>', pages)
    assert set(badges) == {(state.value, str(state.label)) for state in State}


def test_the_bin_is_shown_only_when_asked_for(client, editor):
    hidden = hidden_articles(NOW)
    shown = {article.title for article in hidden.values() if not article.binned_at}
    assert titles(client.get(LIST)) == shown
    assert titles(client.get(f"{LIST}?state=binned")) == {
        "Unspeakable binned",
        "Unspeakable binned_draft",
    }


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("draft", "Unspeakable draft"),
        ("in_review", "Unspeakable in_review"),
        ("scheduled", "Unspeakable scheduled"),
        ("public", "Seen by all"),
        ("expired", "Unspeakable expired"),
        ("withdrawn", "Unspeakable withdrawn"),
    ],
)
def test_the_list_is_filtered_by_state(client, editor, state, title):
    hidden_articles(NOW)
    make_article(title="Seen by all")
    assert titles(client.get(f"{LIST}?state={state}")) == {title}


def test_the_list_is_filtered_by_language_and_category(client, editor):
    awards = make_category("Awards")
    make_article(title="Prize", category=awards)
    make_article(title="Mill")
    make_article(title="项目", language="zh-hans")
    assert titles(client.get(f"{LIST}?language__exact=zh-hans")) == {"项目"}
    assert titles(client.get(f"{LIST}?category__id__exact={awards.pk}")) == {"Prize"}


def test_the_filters_can_count(client, editor):
    hidden_articles(NOW)
    page = words(client.get(f"{LIST}?_facets=True"))
    for entry in ("Draft (1)", "Scheduled (1)", "Public (0)", "In the bin (2)"):
        assert entry in page


def test_the_list_is_searched_in_both_languages(client, editor):
    make_article(title="Paper mill", body="<p>Starts in Vietnam</p>")
    make_article(title="Power plant", summary="A paper about it")
    make_article(title="绿色造纸项目", language="zh-hans", body="<p>越南投产</p>")
    assert titles(client.get(LIST, {"q": "paper"})) == {"Paper mill", "Power plant"}
    assert titles(client.get(LIST, {"q": "vietnam paper"})) == {"Paper mill"}
    assert titles(client.get(LIST, {"q": "造纸"})) == {"绿色造纸项目"}
    assert titles(client.get(LIST, {"q": "投产 绿色"})) == {"绿色造纸项目"}


def test_staff_find_as_readers_do_but_everything(client, editor):
    hidden = hidden_articles(NOW)
    make_article(title="海诚工程公司", language="zh-hans")
    assert titles(client.get(LIST, {"q": "unspeakably"})) == {
        article.title for article in hidden.values() if not article.binned_at
    }
    assert titles(client.get(LIST, {"q": "海誠"})) == {"海诚工程公司"}
    assert titles(client.get(LIST, {"q": '"summary draft" -text'})) == set()
    assert titles(client.get(LIST, {"q": '"summary draft"'})) == {"Unspeakable draft"}
    assert titles(client.get(LIST, {"q": "unspe dra"})) == {"Unspeakable draft"}  # Still typing.


def test_counts_and_old_addresses_are_found_by_their_articles(client):
    client.force_login(make_user(is_superuser=True))
    article = make_article(title="Construction in Vietnam", body="<p>Dryers</p>")
    BrowsingVolume.objects.create(article=article, total=1)
    OldAddress.objects.create(path="/en/s/1-2-3.html", article=article)
    for model, shown in (("browsingvolume", "Construction"), ("oldaddress", "1-2-3")):
        for query, is_there in (("constructing", True), ("dryer", True), ("bridge", False)):
            page = client.get(f"/admin/news/{model}/", {"q": query})
            assert bool([row for row in rows(page) if shown in row]) == is_there, (model, query)
    assert rows(client.get("/admin/news/oldaddress/", {"q": "1-2-3"}))


@pytest.mark.parametrize("query", ["%", "_", "'", '"', "\\", "\x00", "🎉", "x" * 3000, '"unclosed'])
def test_odd_words_find_nothing_and_break_nothing(client, editor, query):
    make_article()
    assert titles(client.get(LIST, {"q": query})) <= {Article.objects.get().title}


def test_the_list_goes_down_to_a_day(client, editor):
    make_article(title="In March", published_at=NOW)
    make_article(title="In January", published_at=NOW - timedelta(days=60))
    make_article(title="A year before", published_at=NOW - timedelta(days=365))
    page = client.get(LIST)
    assert "?published_at__year=2025" in page.content.decode()
    assert titles(client.get(f"{LIST}?published_at__year=2026")) == {"In March", "In January"}
    month = f"{LIST}?published_at__year=2026&published_at__month=3"
    assert titles(client.get(month)) == {"In March"}
    assert titles(client.get(f"{month}&published_at__day=4")) == {"In March"}
    assert titles(client.get(f"{month}&published_at__day=5")) == set()


@pytest.mark.parametrize("column", range(1, 7))
def test_every_column_sorts(client, editor, column):
    articles = [make_article(), make_article(), make_article(language="zh-hans")]
    BrowsingVolume.objects.create(article=articles[0], total=9)
    up, down = (rows(client.get(f"{LIST}?o={sign}{column}")) for sign in ("", "-"))
    assert len(up) == len(down) == 3
    assert set(up) == set(down)


def test_the_most_read_are_found_by_sorting(client, editor):
    for total in (5, 50, 10):
        BrowsingVolume.objects.create(article=make_article(), total=total)
    volumes = [row.split()[-1] for row in rows(client.get(f"{LIST}?o=-6"))]
    assert volumes == ["50", "10", "5"]


def test_more_articles_do_not_need_more_queries(client, editor):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    def add_ten() -> None:
        for number in range(10):
            article = make_article(
                category=make_category(f"Category {number}"), cover=make_image(alt="x")
            )
            BrowsingVolume.objects.create(article=article, total=number)

    add_ten()
    before = queries()
    add_ten()
    assert len(rows(client.get(LIST))) == 20
    assert queries() == before


def test_titles_are_shown_as_they_are_written(client, editor):
    make_article(title="<script>alert(1)</script> & Co")
    page = client.get(LIST).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co" in page


def test_the_admin_speaks_the_language_of_the_browser(client, editor):
    assert '<html lang="en"' in client.get(LIST).content.decode()
    page = client.get(LIST, headers={"accept-language": "zh-CN,zh;q=0.9"}).content.decode()
    assert '<html lang="zh-hans"' in page


@pytest.mark.parametrize(
    "path",
    ["", "news/article/", "news/article/add/", "news/image/", "news/image/pick/", "autocomplete/"],
)
def test_visitors_are_sent_to_sign_in(client, path):
    response = client.get(f"/admin/{path}")
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/?next=")


@pytest.mark.parametrize(
    "path", ["article/", "article/add/", "image/", "image/add/", "image/pick/", "category/", "tag/"]
)
def test_staff_without_a_group_see_nothing_of_the_newsroom(client, path):
    client.force_login(make_user())
    assert client.get(f"/admin/news/{path}").status_code == 403
    assert "/admin/news/" not in client.get("/admin/").content.decode()


def test_only_the_form_with_the_editor_lets_scripts_into_the_page(client, editor):
    article = make_article()
    for path in (f"{LIST}add/", f"{LIST}{article.pk}/change/"):
        policy = client.get(path)["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-inline'" in policy
        assert "style-src 'self' 'unsafe-inline'" in policy
        assert "unsafe-eval" not in policy
        assert "object-src 'none'" in policy
    others = ["/admin/", LIST, f"{LIST}{article.pk}/bin/now/", f"{LIST}{article.pk}/history/"]
    for path in [
        *others,
        "/admin/news/image/",
        "/admin/news/image/pick/",
        "/admin/news/image/add/",
    ]:
        assert "unsafe" not in client.get(path)["Content-Security-Policy"]


@pytest.mark.parametrize("group", ["Author", "Editor"])
def test_no_page_of_the_admin_is_cached(client, group):
    client.force_login(make_user(group=group))
    for path in ("/admin/", LIST, f"{LIST}add/", "/admin/news/image/"):
        assert "no-store" in client.get(path)["Cache-Control"]
