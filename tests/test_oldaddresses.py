"""Old addresses lead to what took their place."""

import pytest

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
