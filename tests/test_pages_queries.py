"""How much the pages ask of the database when they are made, and what they keep per edition."""

import pytest
from django.db import connection
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone, translation

from news import edition, publicpages
from news.models import Edition
from tests.helpers import make_article, make_category, make_image, make_page, make_site, make_tag

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept():
    """Each test stands at edition 1 or so, and so did the one before."""
    publicpages._parts.clear()


@pytest.fixture(autouse=True)
def page():
    """A plain page in each language, which the foot of every page leads to."""
    for language in ("en", "zh-hans"):
        make_page(language=language, slug="about")


def making():
    """Inside, a page is made for the edition that stands now."""
    number = Edition.objects.get().number
    now = timezone.now()
    return edition.making_for(edition.Standing(number, now, now))


def made(address: str) -> tuple[str, int]:
    """The page of an address, made anew for the standing edition, and how much it asked for it."""
    path, _, _query = address.partition("?")
    request = RequestFactory().get(address)
    with translation.override(translation.get_language_from_path(path)), making():
        match = request.resolver_match = resolve(path)
        with CaptureQueriesContext(connection) as queries:
            page = match.func(request, *match.args, **match.kwargs)
    assert page.status_code == 200
    return page.content.decode(), len(queries)


ADDRESSES = [
    "/en/",
    "/en/news/",
    "/en/news/category/projects/",
    "/en/news/tag/epc/",
    "/en/news/archive/",
    "/en/news/archive/2025/",
    "/en/news/archive/2025/06/",
    "/en/news/search/?q=text",
    "/en/pages/about/",
    "{article}",
    "{article}related/",
]


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("kept", [False, True])
def test_more_articles_need_no_more_queries(path, kept):
    image, tag = make_image(alt="A mill"), make_tag("EPC")

    def more() -> None:
        for _ in range(10):
            make_article(tags=(tag, make_tag("Paper")), cover=image, cover_alt="A mill")

    def asked() -> int:
        publicpages._parts.clear()
        if kept:
            made(address)
        return made(address)[1]

    more()
    article = make_article(tags=(tag,), cover=image)
    address = path.format(article=article.get_absolute_url())
    few = asked()
    more()
    # An edition's first page makes what all share: the menu, the foot, the site's names.
    assert asked() == few <= (16 if kept else 20)


def test_an_article_is_made_with_two_queries_once_its_parts_are_kept():
    tags = tuple(make_tag(name) for name in ("EPC", "Paper", "Steam"))
    articles = [make_article(tags=tags[: n % 4], cover=make_image(alt="A mill")) for n in range(9)]
    for article in articles:
        made(article.get_absolute_url())
    for article in articles:
        assert made(article.get_absolute_url())[1] == 2


def test_an_article_asks_little_more_when_only_its_own_cards_are_missing():
    articles = [make_article(tags=(make_tag(),), category=make_category()) for _ in range(9)]
    made(articles[0].get_absolute_url())
    assert made(articles[-1].get_absolute_url())[1] <= 3  # The cards that no page showed yet.


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_page_of_kept_parts_is_the_page_made_without_them(path, language):
    tag = make_tag("EPC", language)
    category = make_category("Projects", language)
    fields = {"language": language, "category": category, "tags": (tag,)}
    article = [make_article(**fields) for _ in range(12)][5]
    address = path.format(article=article.get_absolute_url()).replace("/en/", f"/{language}/")
    fresh, _ = made(address)
    for other in ("/en/", "/en/news/", "/zh-hans/", "/zh-hans/news/", address):
        made(other)
    assert made(address)[0] == fresh


def test_what_is_kept_ends_with_its_edition():
    article, other = make_article(), make_article(title="Before")
    assert "Before" in made(article.get_absolute_url())[0]
    other.title = "After"
    other.save()
    other.category.name = "Works"
    other.category.save()
    text, _ = made(article.get_absolute_url())
    assert "After" in text
    assert "Before" not in text
    assert "Works" in text
    assert ">Projects<" not in text


# --- {% part %}


def rendered(source: str, **context: object) -> str:
    return Template("{% load newsroom %}" + source).render(Context(context))


def test_a_site_that_staff_described_needs_no_further_query_once_it_is_kept():
    article = make_article()
    few = made(article.get_absolute_url())[1], made(article.get_absolute_url())[1]
    make_site(name="The Mill", logo=make_image(alt="x"), links=["LinkedIn", "Weibo"])
    make_page(language="en")
    publicpages._parts.clear()
    assert (made(article.get_absolute_url())[1], made(article.get_absolute_url())[1]) == few


def test_a_part_is_kept_by_its_key_and_language():
    source = '{% part "menu" category %}{{ text }}{% endpart %}'
    with making():
        assert rendered(source, category=1, text="first") == "first"
        assert rendered(source, category=1, text="second") == "first"
        assert rendered(source, category=2, text="third") == "third"
        assert rendered(source, text="none") == "none"
        with translation.override("zh-hans"):
            assert rendered(source, category=1, text="fourth") == "fourth"


def test_a_part_is_made_anew_where_no_edition_is_being_made():
    source = '{% part "menu" %}{{ text }}{% endpart %}'
    assert [rendered(source, text=text) for text in ("first", "second")] == ["first", "second"]


def test_a_part_is_escaped_once():
    with making():
        for _ in range(2):
            assert rendered('{% part "x" %}{{ text }}{% endpart %}', text="<&") == "&lt;&amp;"


@pytest.mark.parametrize(
    "source", ["{% part %}{% endpart %}", '{% part "x" %}{% block y %}{% endblock %}{% endpart %}']
)
def test_a_part_without_a_name_or_with_blocks_is_refused(source):
    with pytest.raises(TemplateSyntaxError):
        rendered(source)
