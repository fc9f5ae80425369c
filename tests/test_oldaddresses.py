"""Old addresses lead to what took their place."""

from itertools import permutations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.encoding import iri_to_uri

from news.models import OldAddress
from tests.helpers import make_article

pytestmark = pytest.mark.django_db

OLD = "/en/s/3224-8945-40486.html"


def test_an_old_address_leads_to_its_article(site):
    article = make_article()
    OldAddress.objects.create(path=OLD, article=article)
    answer = site.get(OLD)
    assert (answer.status, answer.headers["Location"]) == (301, article.get_absolute_url())
    assert site.head(OLD).status == 301


def test_tracking_parameters_do_not_hide_it(site):
    OldAddress.objects.create(path=OLD, article=make_article())
    assert site.get(f"{OLD}?from=singlemessage").status == 301


def test_pages_that_the_old_site_told_apart_by_their_query_are_told_apart(site):
    first, second = make_article(), make_article()
    OldAddress.objects.create(path="/show.aspx?id=1", article=first)
    OldAddress.objects.create(path="/show.aspx?id=2", article=second)
    assert site.get("/show.aspx?id=2").headers["Location"] == second.get_absolute_url()
    assert site.get("/show.aspx?id=3").status == 404


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("id=45", "id=45&from=timeline&isappinstalled=0"),
        ("id=45", "utm_source=x&id=45"),
        ("id=7&cat=2", "cat=2&id=7"),
        ("id=7&cat=2&sub=1", "sub=1&from=timeline&cat=2&id=7"),
        ("id=%E6%B5%B7", "from=timeline&id=%E6%B5%B7"),
    ],
)
def test_parameters_that_a_share_adds_or_shuffles_do_not_hide_it(site, stored, asked):
    OldAddress.objects.create(path=f"/detail.aspx?{stored}", target="/en/")
    OldAddress.objects.create(path="/detail.aspx", target="/zh-hans/")
    assert site.get(f"/detail.aspx?{asked}").headers["Location"] == "/en/"


@pytest.mark.parametrize("asked", ["id=4", "id=456&a=1", "ID=45&a=1", "cat=2&a=1", "a=id=45", "&&"])
def test_other_parameters_are_another_page(site, asked):
    for query in ("id=45", "id=45&cat=2", "id=%25&a=1"):
        OldAddress.objects.create(path=f"/detail.aspx?{query}", target="/en/")
    assert site.get(f"/detail.aspx?{asked}").status == 404
    OldAddress.objects.create(path="/detail.aspx", target="/zh-hans/")
    assert site.get(f"/detail.aspx?{asked}").headers["Location"] == "/zh-hans/"


def test_the_page_that_most_parameters_are_of_answers(site):
    for query, target in (("id=7", "/en/"), ("cat=2&id=7", "/zh-hans/"), ("cat=2", "/en/news/")):
        OldAddress.objects.create(path=f"/detail.aspx?{query}", target=target)
    assert site.get("/detail.aspx?id=7&a=1&cat=2").headers["Location"] == "/zh-hans/"
    assert site.get("/detail.aspx?id=7&a=1").headers["Location"] == "/en/"


def test_one_of_thousands_is_found_by_its_parameters_with_one_more_query(site):
    OldAddress.objects.bulk_create(
        OldAddress(path=f"/detail.aspx?lang=en&id={n}", target=f"/en/{n}") for n in range(1000)
    )
    site.get("/en/")
    with CaptureQueriesContext(connection) as captured:
        answer = site.get("/detail.aspx?lang=en&utm_source=x&id=777")
    assert answer.headers["Location"] == "/en/777"
    assert len(captured) == 2
    with CaptureQueriesContext(connection) as captured:
        site.get("/detail.aspx?" + "&".join(f"a{n}=1" for n in range(500)))
    assert not any("a499" in query["sql"].partition("LIKE")[2] for query in captured)


def test_an_old_address_can_lead_anywhere_on_the_site(site):
    OldAddress.objects.create(path="/about.html", target="/en/")
    assert site.get("/about.html").headers["Location"] == "/en/"


def test_a_changed_slug_is_followed(site):
    article = make_article()
    OldAddress.objects.create(path=OLD, article=article)
    article.slug = "another"
    article.save()
    assert site.get(OLD).headers["Location"].endswith("/another/")


def test_a_page_of_this_site_comes_before_an_old_address(site):
    OldAddress.objects.create(path="/en/news/", target="/en/")
    assert site.get("/en/news/").status == 200


@pytest.mark.parametrize("path", ["/en/s/1.html", "/x" * 900, "/%00", "/en/s/%E6%B5%B7.html"])
def test_any_other_address_is_not_found(site, path):
    assert site.get(path).status == 404


def test_an_old_address_with_a_query_in_chinese_letters_is_found(site):
    OldAddress.objects.create(path="/en/s/新闻.html?id=3", article=(article := make_article()))
    answer = site.get("/en/s/%E6%96%B0%E9%97%BB.html?id=3")
    assert answer.headers["Location"] == article.get_absolute_url()
    assert answer.headers["Cache-Control"] == "no-cache"


def test_an_old_address_in_chinese_letters_is_found(site):
    OldAddress.objects.create(path="/新闻/1.html", article=(article := make_article()))
    answer = site.get("/%E6%96%B0%E9%97%BB/1.html")
    assert (answer.status, answer.headers["Location"]) == (301, article.get_absolute_url())


# --- languages as other sites spell them


@pytest.mark.parametrize(
    ("asked", "spelt"),
    [
        ("/zh/", "/zh-hans/"),
        ("/zh", "/zh-hans"),
        ("/zh-CN/news/?page=2", "/zh-hans/news/?page=2"),
        ("/EN/", "/en/"),
        ("/en-GB/news/archive", "/en/news/archive"),
        ("/ZH-HANS/pages/%E5%85%B3%E4%BA%8E/", None),
        ("/ZH-HANS/pages/about/", "/zh-hans/pages/about/"),
        ("/zh/nothing/", None),
        ("/en-water/plant/", None),
        ("/de/", None),
        ("/zh//example.com/", None),
    ],
)
def test_a_language_is_spelt_in_one_way(site, asked, spelt):
    answer = site.get(asked)
    assert (answer.status, answer.headers.get("Location")) == (301 if spelt else 404, spelt)


def test_an_old_address_comes_before_another_spelling(site):
    OldAddress.objects.create(path="/zh/news/", target="/en/")
    assert site.get("/zh/news/").headers["Location"] == "/en/"


def test_what_is_not_there_is_told_in_the_language_however_it_is_spelt(site):
    page = site.get("/EN/nothing/")
    assert page.status == 404
    assert 'href="/en/news/"' in page.text


# --- one form of each address


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  /en/s/1.html ", "/en/s/1.html"),
        ("https://www.haisum.example/en/s/1.html#top", "/en/s/1.html"),
        ("//www.haisum.example:8080/en/s/1.html", "/en/s/1.html"),
        ("/%E6%96%B0%E9%97%BB/1.html", "/新闻/1.html"),
        ("/%e6%96%b0%e9%97%bb/1.html", "/新闻/1.html"),
        ("/show.aspx?id=1&name=海", "/show.aspx?id=1&name=%E6%B5%B7"),
        ("/新闻/show.aspx?id=1", "/%E6%96%B0%E9%97%BB/show.aspx?id=1"),
        ("/%D0%C2%CE%C5.html", "/%D0%C2%CE%C5.html"),  # As systems in GBK spelt it.
        ("/100%.html", "/100%.html"),
        ("/a%20b.html", "/a b.html"),
    ],
)
def test_however_it_is_written_one_form_is_kept_and_answers(site, written, kept):
    OldAddress.objects.create(path=written, target="/en/")
    assert OldAddress.objects.get().path == kept
    asked = written.strip().removeprefix("https:").removeprefix("//www.haisum.example")
    asked = asked.removeprefix(":8080").partition("#")[0]
    assert site.get(iri_to_uri(asked)).headers["Location"] == "/en/"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" /en/news/ ", "/en/news/"),
        ("/en/news", "/en/news/"),
        ("/en/news?page=2", "/en/news/?page=2"),
        ("http://testserver/en/news/", "/en/news/"),
        ("http://testserver", "/"),
        ("http://testserver:8000/en/#contact", "/en/#contact"),
        ("https://example.com/en/news/", "https://example.com/en/news/"),
        ("//example.com/a", "https://example.com/a"),
        ("/media/report.pdf", "/media/report.pdf"),
        ("/en/pages/about", "/en/pages/about/"),
        ("/en/about", "/en/about"),
        ("////example.com/a", "/example.com/a"),
        ("/%2Fexample.com/a?b=1", "/example.com/a?b=1"),
        ("https://testserver//example.com/a", "/example.com/a"),
    ],
)
def test_what_is_on_this_site_is_kept_without_its_host(written, kept):
    OldAddress.objects.create(path="/a.html", target=written)
    assert OldAddress.objects.get().target == kept


def test_a_wildcard_does_not_make_every_host_ours(settings):
    settings.ALLOWED_HOSTS = ["*"]
    OldAddress.objects.create(path="/a.html", target="https://example.com/en/")
    assert OldAddress.objects.get().target == "https://example.com/en/"


@pytest.mark.parametrize("slug", ["", "an-old-slug/", "an-old-slug"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_articles_page_as_target_is_the_article(site, slug, language):
    article = make_article()
    address = f"http://testserver/{language}/news/{article.pk}/{slug}"
    OldAddress.objects.create(path="/a.html", target=address)
    row = OldAddress.objects.get()
    assert (row.article, row.target) == (article, "")
    article.slug = "a-newer-slug"
    article.save()
    assert site.get("/a.html").headers["Location"] == article.get_absolute_url()


@pytest.mark.parametrize(
    "page", ["{a}/slug/related/", "preview/{a}/", "{a}/slug/#results", str(10**30)]
)
def test_other_pages_of_an_article_are_no_article(page):
    target = f"/en/news/{page.format(a=make_article().pk)}"
    OldAddress.objects.create(path="/a.html", target=target)
    assert OldAddress.objects.get().article is None


@pytest.mark.parametrize(
    ("address", "is_page"),
    [
        ("/en/pages/about/", True),
        ("/en/pages/about", True),
        ("/en/about/", False),
        ("/en/about", False),
        ("/about.html", False),
    ],
)
def test_plain_pages_stand_at_addresses_of_their_own(address, is_page):
    assert OldAddress(path=address).is_shadowed == is_page
    row = OldAddress(path="/a.html", target=address)
    row.normalise()
    assert row.is_dead_end != is_page


# --- chains and circles


def chain(*links: str) -> None:
    for link in links:
        path, target = link.split(" > ")
        OldAddress.objects.create(path=path, target=target)


def ends() -> dict[str, str | int]:
    rows = OldAddress.objects.values_list("path", "article", "target")
    return {path: article or target for path, article, target in rows}


@pytest.mark.parametrize("order", list(permutations(["/a > /b", "/b > /c", "/c > /en/"])))
def test_whichever_is_entered_first_each_leads_straight_to_the_end(site, order):
    chain(*order)
    assert ends() == {"/a": "/en/", "/b": "/en/", "/c": "/en/"}
    assert site.get("/a").headers["Location"] == "/en/"


def test_a_chain_can_end_with_an_article():
    article = make_article()
    chain("/a > /b")
    OldAddress.objects.create(path="/b", article=article)
    chain("/c > /a")
    assert ends() == dict.fromkeys(["/a", "/b", "/c"], article.pk)


def test_what_is_created_in_bulk_is_straightened_too():
    chain("/a > /b", "/z > /y")
    article = make_article()
    rows = [("/c", "/a"), ("/b", "/d"), ("/d", f"/en/news/{article.pk}/")]
    OldAddress.objects.bulk_create(OldAddress(path=a, target=b) for a, b in rows)
    assert ends() == {"/z": "/y"} | dict.fromkeys(["/a", "/b", "/c", "/d"], article.pk)


def test_a_changed_address_is_followed_by_those_that_led_to_its_new_name():
    chain("/a > /b", "/x > /en/")
    row = OldAddress.objects.get(path="/x")
    row.path = "/b"
    row.save()
    assert ends() == {"/a": "/en/", "/b": "/en/"}


@pytest.mark.parametrize(
    ("links", "circle"),
    [
        (["/a > /b", "/b > /a"], "/b → /a → /b|/b → /b"),
        (["/a > /b", "/b > /c", "/c > /a"], "/c → /a → /c|/c → /c"),
        (["/a > /b", "/c > /a", "/b > http://testserver/c"], "/b → /c → /b"),
    ],
)
def test_a_circle_is_refused_and_named(links, circle):
    *before, last = links
    chain(*before)
    kept = ends()
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        chain(last)
    (sentence,) = refused.value.messages
    assert sentence.removeprefix("These lead in a circle: ") in circle.split("|")
    assert ends() == kept


def test_a_circle_in_bulk_is_refused_whole():
    rows = [OldAddress(path=f"/{n}", target=f"/{(n + 1) % 50}") for n in range(50)]
    with pytest.raises(ValidationError, match=r"/0 → /1 → /2 → … → /0"), transaction.atomic():
        OldAddress.objects.bulk_create(rows)
    assert not OldAddress.objects.exists()


def test_nothing_goes_past_the_rule():
    chain("/a > /en/")
    with pytest.raises(TypeError):
        OldAddress.objects.update(target="/b")
    row = OldAddress.objects.get()
    row.target = "/b"
    with pytest.raises(TypeError):
        OldAddress.objects.bulk_update([row], ["target"])


def test_a_very_long_chain_takes_a_few_queries():
    rows = [OldAddress(path=f"/{n}", target=f"/{n + 1}") for n in range(800)]
    with CaptureQueriesContext(connection) as captured:
        OldAddress.objects.bulk_create(rows)
    assert len(captured) < 15
    assert set(ends().values()) == {"/800"}


# --- what takes effect when


def test_a_changed_old_address_leads_elsewhere_at_once(site):
    row = OldAddress.objects.create(path="/a.html", target="/en/")
    assert site.get("/a.html").headers["Location"] == "/en/"
    row.target = "/zh-hans/"
    row.save()
    answer = site.get("/a.html")
    assert (answer.headers["Location"], answer.headers["Cache-Control"]) == (
        "/zh-hans/",
        "no-cache",
    )
    row.delete()
    assert site.get("/a.html").status == 404


def test_an_old_address_takes_one_query(site):
    OldAddress.objects.create(path=OLD, article=make_article())
    site.get(OLD)
    with CaptureQueriesContext(connection) as captured:
        assert site.get(OLD).status == 301
    assert len(captured) == 1


def test_only_who_reads_is_sent_on(client):
    OldAddress.objects.create(path=OLD, target="/en/")
    assert client.post(OLD).status_code == 404
