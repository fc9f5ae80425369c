"""What pages say of themselves to search engines, and to whoever is shown a link to them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import RequestFactory
from django.utils import translation
from jsonschema import Draft202012Validator
from PIL import Image as Picture

from news import metadata
from news.models import Article
from news.pagination import PAGE_SIZE
from tests.conftest import Site
from tests.helpers import (
    NOW,
    PUBLISHED_AT,
    hidden_articles,
    make_article,
    make_category,
    make_image,
    make_tag,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

ROOT = "http://testserver"
SCHEMA = json.loads((Path(__file__).parent / "data/json-ld.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA)


class Head(HTMLParser):
    """The head of a page, by its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.title = self.data = self._open = ""
        self.links: list[dict[str, str | None]] = []
        self.metas: list[tuple[str, str]] = []
        self.feed(page.partition("</head>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "link":
            self.links.append(found)
        elif tag == "meta" and (name := found.get("property") or found.get("name")):
            self.metas.append((name, found["content"] or ""))
        self._open = found.get("type") or tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "title":
            self.title += data
        elif self._open == "application/ld+json":
            self.data += data

    def all(self, name: str) -> list[str]:
        return [content for meta, content in self.metas if meta == name]

    def one(self, name: str) -> str:
        (content,) = self.all(name)
        return content

    def linked(self, rel: str, **more: str) -> list[str | None]:
        wanted = {"rel": rel, **more}.items()
        return [link.get("href") for link in self.links if wanted <= link.items()]

    @property
    def languages(self) -> dict[str | None, str | None]:
        return {x["hreflang"]: x["href"] for x in self.links if "hreflang" in x}

    @property
    def things(self) -> dict[str, dict[str, Any]]:
        said = json.loads(self.data)
        VALIDATOR.validate(said)
        return {thing["@type"]: thing for thing in said["@graph"]}


def head(site: Site, address: str) -> Head:
    return Head(site.get(address).text)


def whole_article(**fields: Any) -> Article:
    sizes = {"avif": [320, 640], "webp": [320, 640], "jpg": [640]}
    cover = make_image(width=1600, height=900, renditions=sizes)
    said = {
        "title": "Bridge & <dam>",
        "summary": 'The "longest" & best.',
        "published_at": PUBLISHED_AT,
        "cover": cover,
        "cover_alt": "The bridge at dawn",
        "source": "Engineering News",
        "source_url": "https://example.com/bridge?a=1&b=2",
        "tags": (make_tag("EPC"), make_tag("Steam")),
    }
    return make_article(**said | fields)


# --- an article


def test_an_article_says_what_a_shared_link_shows(site):
    article = whole_article()
    found = head(site, article.get_absolute_url())
    address = ROOT + article.get_absolute_url()
    assert found.title == "Bridge & <dam> – China Haisum Newsroom"
    assert found.one("description") == 'The "longest" & best.'
    assert found.linked("canonical") == [address]
    assert article.cover
    assert [found.one(f"og:{name}") for name in ("type", "title", "description", "url")] == [
        "article",
        "Bridge & <dam>",
        'The "longest" & best.',
        address,
    ]
    assert found.one("og:site_name") == "China Haisum Newsroom"
    assert found.one("og:locale") == "en_US"
    assert found.all("og:locale:alternate") == []
    image = [found.one(f"og:image{name}") for name in ("", ":width", ":height", ":alt")]
    assert image == [ROOT + article.cover.url, "640", "360", "The bridge at dawn"]
    assert found.one("twitter:card") == "summary_large_image"
    assert found.one("article:published_time") == "2025-06-02T09:00:00+08:00"
    assert found.one("article:section") == "Projects"
    assert found.all("article:tag") == ["EPC", "Steam"]
    assert found.all("article:modified_time") == found.all("robots") == []


def test_an_article_says_what_it_is_in_structured_data(site):
    article = whole_article()
    address = ROOT + article.get_absolute_url()
    things = head(site, article.get_absolute_url()).things
    news = things["NewsArticle"]
    assert article.cover
    publisher = {
        "@type": "Organization",
        "name": "China Haisum",
        "url": f"{ROOT}/en/",
        "logo": {
            "@type": "ImageObject",
            "url": f"{ROOT}/static/img/logo.png",
            "width": 512,
            "height": 512,
        },
    }
    assert news == {
        "@type": "NewsArticle",
        "headline": "Bridge & <dam>",
        "description": 'The "longest" & best.',
        "mainEntityOfPage": address,
        "inLanguage": "en",
        "datePublished": "2025-06-02T09:00:00+08:00",
        "dateModified": "2025-06-02T09:00:00+08:00",
        "author": {
            "@type": "Organization",
            "name": "Engineering News",
            "url": "https://example.com/bridge?a=1&b=2",
        },
        "publisher": publisher,
        "articleSection": "Projects",
        "keywords": ["EPC", "Steam"],
        "image": [
            {
                "@type": "ImageObject",
                "url": ROOT + article.cover.url,
                "width": 640,
                "height": 360,
            }
        ],
        "isBasedOn": "https://example.com/bridge?a=1&b=2",
    }
    steps = things["BreadcrumbList"]["itemListElement"]
    assert [(step["position"], step["name"], step["item"]) for step in steps] == [
        (1, "Home", f"{ROOT}/en/"),
        (2, "Projects", ROOT + article.category.get_absolute_url()),
        (3, "Bridge & <dam>", address),
    ]


@pytest.mark.parametrize(("first", "editor"), [("Mei", "Mei Lin"), ("", None)])
def test_an_article_names_its_editor_in_charge_where_readers_see_one(site, first, editor):
    user = make_user(first_name=first, last_name=first and "Lin")
    news = head(site, make_article(editor=user).get_absolute_url()).things["NewsArticle"]
    assert news.get("editor") == (editor and {"@type": "Person", "name": editor})


def test_an_article_with_nothing_else_says_nothing_of_it(site):
    article = make_article()
    found = head(site, article.get_absolute_url())
    news = found.things["NewsArticle"]
    assert news["author"] == news["publisher"]
    assert not {"editor", "keywords", "isBasedOn"} & news.keys()
    shared = f"{ROOT}/static/img/shared.png"
    assert found.one("og:image") == shared
    assert news["image"] == [
        {"@type": "ImageObject", "url": shared, "width": 1200, "height": 630},
    ]
    assert found.one("og:image:alt") == "China Haisum"
    source_only = make_article(source="Haisum Weekly")
    news = head(site, source_only.get_absolute_url()).things["NewsArticle"]
    assert news["author"] == {"@type": "Organization", "name": "Haisum Weekly"}


def test_an_edited_article_says_when(site, time_machine):
    article = whole_article()
    time_machine.shift(timedelta(hours=1))
    article.title = "Longer bridge"
    article.save()
    found = head(site, article.get_absolute_url())
    assert found.one("article:modified_time") == "2026-03-04T13:00:00+08:00"
    news = found.things["NewsArticle"]
    assert news["dateModified"] == "2026-03-04T13:00:00+08:00"
    assert news["datePublished"] == "2025-06-02T09:00:00+08:00"


def test_moments_are_told_to_the_second(site):
    """HTML takes no millionth of one, and what is published at once has them."""
    article = make_article(published_at=PUBLISHED_AT.replace(microsecond=123456))
    text = site.get(article.get_absolute_url()).text
    assert text.count('"2025-06-02T09:00:00+08:00"') == 4  # Of two readers and two machines.
    assert ".123456" not in text


def test_language_versions_name_each_other_and_one_for_all_others(site):
    english = make_article()
    chinese = make_article(language="zh-hans", translation_key=english.translation_key)
    for article, own, other in ((english, "en_US", "zh_CN"), (chinese, "zh_CN", "en_US")):
        found = head(site, article.get_absolute_url())
        assert found.languages == {
            "en": ROOT + english.get_absolute_url(),
            "zh-Hans": ROOT + chinese.get_absolute_url(),
            "x-default": ROOT + english.get_absolute_url(),
        }
        assert (found.one("og:locale"), found.all("og:locale:alternate")) == (own, [other])
    assert head(site, make_article().get_absolute_url()).languages == {}


def test_without_the_default_language_the_first_is_for_all_others(settings):
    settings.LANGUAGE_CODE = "fr"
    found = metadata.in_languages({"zh-hans": "/zh-hans/x/", "de": "/de/x/"})
    assert found == [("zh-Hans", "/zh-hans/x/"), ("de", "/de/x/"), ("x-default", "/zh-hans/x/")]


@pytest.mark.parametrize(
    ("code", "locale"),
    [("en", "en_US"), ("en-gb", "en_GB"), ("zh-hant", "zh_TW"), ("fr", "fr_FR"), ("vi", "vi_VN")],
)
def test_a_further_language_has_its_country(code, locale):
    request = RequestFactory().get("/en/")
    with translation.override(code):
        said = metadata.of_page(request, {"title": "Bridge", "breadcrumbs": []})
    assert dict(said.open_graph)["og:locale"] == locale


def test_the_chinese_page_says_it_in_chinese(site):
    article = make_article(language="zh-hans", title="大桥通车")
    found = head(site, article.get_absolute_url())
    assert found.title == "大桥通车 – 中国海诚新闻中心"
    assert found.one("og:site_name") == "中国海诚新闻中心"
    news = found.things["NewsArticle"]
    assert (news["headline"], news["inLanguage"]) == ("大桥通车", "zh-Hans")
    assert found.things["BreadcrumbList"]["itemListElement"][0]["name"] == "首页"


@pytest.mark.parametrize(
    "evil",
    ["</script><script>alert(1)</script>", "<!-- <script>", "]]>", '"><img src=x>', "&lt;b&gt;"],
)
def test_nothing_ends_the_data_block_or_an_attribute(site, evil):
    article = make_article(title=f"A{evil}", summary=f"B{evil}", source=f"C{evil}")
    text = site.get(article.get_absolute_url()).text.partition("</head>")[0]
    found = Head(text)
    assert text.count("<script") == text.count("</script>") == 3  # Data, search box, sharing.
    assert found.things["NewsArticle"]["headline"] == f"A{evil}"
    assert found.one("og:title") == f"A{evil}"
    assert found.one("description") == f"B{evil}"
    assert not re.search("[<>&]", found.data)


# --- home and lists


def test_home_says_what_the_site_is_and_how_it_is_searched(site):
    found = head(site, "/en/")
    assert found.title == "China Haisum Newsroom"
    assert found.one("og:title") == "China Haisum Newsroom"
    assert found.one("og:type") == "website"
    assert found.one("description").startswith("Projects, people and technology")
    assert found.linked("canonical") == [f"{ROOT}/en/"]
    assert found.languages["x-default"] == f"{ROOT}/en/"
    website = found.things["WebSite"]
    assert (website["url"], website["inLanguage"]) == (f"{ROOT}/en/", "en")
    assert website["publisher"] == found.things["Organization"]
    template = website["potentialAction"]["target"]["urlTemplate"]
    make_article(title="Bridge")
    address = template.removeprefix(ROOT).replace("{search_term_string}", "bridge")
    assert "Bridge" in site.get(address).text


def test_later_pages_of_a_list_have_titles_and_addresses_of_their_own(site):
    for _ in range(PAGE_SIZE + 1):
        make_article(tags=(make_tag("EPC"),))
    for path, name, title in (
        ("/en/news/", "All news", "All news"),
        ("/en/news/category/projects/", "Projects", "Projects"),
        ("/en/news/tag/epc/", "EPC", "EPC (tag)"),
        ("/en/news/archive/2025/06/", "June 2025", "News archive: June 2025"),
    ):
        first, second = head(site, f"{path}?utm_source=x"), head(site, f"{path}?page=2")
        assert first.title == f"{title} – China Haisum Newsroom"
        assert second.title == f"{title} – page 2 – China Haisum Newsroom"
        assert first.one("description") == f"{name}: news from China Haisum."
        assert first.linked("canonical") == [f"{ROOT}{path}"]
        assert second.linked("canonical") == [f"{ROOT}{path}?page=2"]
        assert second.linked("prev") == [path]
        assert first.linked("next") == [f"{path}?page=2"]
        assert second.languages == {}
        steps = first.things["BreadcrumbList"]["itemListElement"]
        here = name.removesuffix(" 2025")  # As the breadcrumbs say it, in 2025.
        assert [step["name"] for step in (steps[0], steps[-1])] == ["Home", here]


def test_a_category_names_its_own_feeds_before_the_sites(site):
    make_article()
    found = head(site, "/en/news/category/projects/")
    assert found.linked("alternate", type="application/rss+xml") == [
        "/en/news/category/projects/feed/",
        "/en/news/feed/",
    ]
    assert found.linked("alternate", type="application/atom+xml") == [
        "/en/news/category/projects/feed/atom/",
        "/en/news/feed/atom/",
    ]


def test_related_news_is_a_page_of_its_own(site):
    article = make_article(title="Bridge")
    make_article(title="Dam")
    found = head(site, article.get_related_url())
    assert found.title == "Related news: Bridge – China Haisum Newsroom"
    assert found.one("description") == "News from China Haisum related to “Bridge”."
    assert found.one("og:type") == "website"
    steps = found.things["BreadcrumbList"]["itemListElement"]
    assert [step["name"] for step in steps] == [
        "Home",
        "Projects",
        "Bridge",
        "Related news",
    ]


def test_the_way_that_a_view_has_found_is_taken():
    request = RequestFactory().get("/en/news/archive/2025/06/")
    ways = [("Home", "/en/"), ("All news", "/en/news/"), ("2025", "/en/news/archive/2025/")]
    with translation.override("en"):
        said = metadata.of_page(request, {"title": "June 2025", "breadcrumbs": ways})
    (trail,) = said.things
    assert [step["item"] for step in trail["itemListElement"]] == [
        f"{ROOT}/en/",
        f"{ROOT}/en/news/",
        f"{ROOT}/en/news/archive/2025/",
        f"{ROOT}/en/news/archive/2025/06/",
    ]


def test_no_two_pages_have_one_title_or_one_canonical_address(site):
    for n in range(PAGE_SIZE + 1):
        make_article(tags=(make_tag("EPC"),), category=make_category(("Projects", "Awards")[n % 2]))
    article = Article.objects.first()
    make_article(language="zh-hans")
    assert article
    pages = [
        "/en/",
        "/zh-hans/",
        "/en/news/",
        "/en/news/?page=2",
        "/zh-hans/news/",
        "/en/news/category/projects/",
        "/en/news/category/awards/",
        "/en/news/tag/epc/",
        "/en/news/tag/epc/?page=2",
        "/en/news/archive/2025/",
        "/en/news/archive/2025/06/",
        article.get_absolute_url(),
        article.get_related_url(),
    ]
    heads = [head(site, page) for page in pages]
    assert len({found.title for found in heads}) == len(pages)
    assert len({found.linked("canonical")[0] for found in heads}) == len(pages)
    for found in heads:
        assert found.one("description")
        assert found.things
        assert found.all("robots") == []


# --- what is not to be found


@pytest.mark.parametrize(
    "path", ["news/search/", "news/search/?q=text", "nowhere/", "news/{gone}/", "news/9999999/x/"]
)
def test_search_and_what_cannot_be_shown_is_left_out(site, path):
    gone = hidden_articles(NOW)["withdrawn"]
    found = head(site, f"/en/{path.format(gone=gone.pk)}")
    assert found.one("robots") == "noindex"
    assert found.title.endswith(" – China Haisum Newsroom")
    assert found.data == ""
    assert found.linked("canonical") == []
    assert [name for name, _ in found.metas if name.startswith(("og:", "article:"))] == []


def test_previews_are_left_out(site):
    draft = hidden_articles(NOW)["draft"]
    site.sign_in(make_user(group="Author"))
    found = head(site, draft.get_preview_url())
    assert found.title == f"{draft.title} – China Haisum Newsroom"
    assert found.one("robots") == "noindex"
    assert found.linked("canonical") == []
    assert found.data == ""


@pytest.mark.once
@pytest.mark.parametrize("picture", [metadata.LOGO, metadata.SHARED])
def test_the_sites_own_pictures_have_the_size_that_is_told(picture):
    name, *size = picture
    with Picture.open(finders.find(name)) as opened:
        assert opened.size == tuple(size)
