"""Plain pages as readers find them, as staff see them before, and as the database keeps them."""

from __future__ import annotations

import re
from inspect import unwrap

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from news import pages, sanitize
from news.models import Edition, OldAddress, Page
from tests.helpers import NOW, link_to, make_attachment, make_image, make_page, make_user

pytestmark = pytest.mark.django_db


def pair(**fields: object) -> tuple[Page, Page]:
    english = make_page(title="About us", **fields)
    key = english.translation_key
    return english, make_page(
        title="关于我们", language="zh-hans", slug="guan-yu", translation_key=key, **fields
    )


def foot(page: str) -> str:
    return page[page.index("<footer") :]


# --- readers


@pytest.mark.time_machine(NOW, tick=False)
def test_a_page_is_shown_at_its_address(site):
    page = make_page(title="About us", body="<h2>Who</h2><p>We are few.</p>", description="Few.")
    answer = site.get("/en/pages/about-us/")
    assert answer.status == 200
    assert "<title>About us – China Haisum Newsroom</title>" in answer.text
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text) == ["About us"]
    assert "<h2>Who</h2><p>We are few.</p>" in answer.text
    assert 'content="Few."' in answer.text
    assert '<link rel="canonical" href="http://testserver/en/pages/about-us/">' in answer.text
    assert '<time datetime="2026-03-04T12:00:00+08:00">2026-03-04</time>' in answer.text
    assert "noindex" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert site.get("/en/pages/about-us/", if_none_match=answer.headers["ETag"]).status == 304
    assert page.get_absolute_url() == "/en/pages/about-us/"


def test_a_page_is_kept_until_it_changes(site):
    page = make_page(slug="about", body="<p>Before.</p>")
    first = site.get("/en/pages/about/?utm_source=x").text
    with CaptureQueriesContext(connection) as asked:
        assert site.get("/en/pages/about/?from=y").text == first
    assert not [query for query in asked if "news_page" in query["sql"]]
    page.body = "<p>After.</p>"
    page.save()
    assert "After." in site.get("/en/pages/about/").text


def test_without_a_description_the_text_begins_for_it(site):
    make_page(slug="about", body=f"<h2>Who</h2><p>{'few ' * 60}</p>")
    (description,) = re.findall(
        r'name="description"\s+content="([^"]*)"', site.get("/en/pages/about/").text
    )
    assert description.startswith("Who few few")
    assert description.endswith("…")
    assert len(description) <= 160


def test_readers_switch_between_languages(site):
    pair()
    for mine, other, tag in (
        ("/en/pages/about-us/", "/zh-hans/pages/guan-yu/", "zh-Hans"),
        ("/zh-hans/pages/guan-yu/", "/en/pages/about-us/", "en"),
    ):
        page = site.get(mine).text
        assert re.search(rf'hreflang="{tag}"\s+href="http://testserver{other}"', page)
        assert re.search(rf'class="languages-link"\s+href="{other}"', page)
    assert site.get("/zh-hans/pages/about-us/").status == 404


def test_a_version_that_is_not_published_is_not_offered(site):
    _english, chinese = pair()
    Page.objects.filter(pk=chinese.pk).update(is_published=False)
    page = site.get("/en/pages/about-us/").text
    assert chinese.slug not in page
    assert "(home page)" in page


def test_the_foot_of_every_page_leads_to_them_in_order(site):
    make_page(title="Second", position=2)
    make_page(title="First", position=1)
    make_page(title="Aside", in_footer=False)
    make_page(title="Hidden", is_published=False)
    make_page(title="Chinese", language="zh-hans")
    for path in ("/en/", "/en/news/", "/en/pages/first/", "/en/news/search/", "/en/news/nothing/"):
        shown = re.findall(
            r'class="footer-link"\s+href="/en/pages/[a-z]+/"[^>]*>(\w+)<', foot(site.get(path).text)
        )
        assert shown == ["First", "Second"], path
    assert site.get("/en/pages/aside/").status == 200


def test_each_page_is_current_on_itself_alone(site):
    for title in ("First", "Second"):
        make_page(title=title)
    for title in ("First", "Second"):
        page = foot(site.get(f"/en/pages/{title.lower()}/").text)
        assert re.findall(r'aria-current="page">(\w+)<', page) == [title]


@pytest.mark.parametrize(
    "path",
    ["/en/pages/hidden/", "/zh-hans/pages/hidden/", "/en/pages/nothing/", "/en/pages/Hidden/"],
)
def test_what_is_not_published_is_not_found(site, path):
    make_page(slug="hidden", is_published=False, title="Unspeakable")
    answer = site.get(path)
    assert answer.status == 404
    assert "Unspeakable" not in answer.text


def test_a_withdrawn_page_is_not_found(site):
    page = make_page(slug="about")
    assert site.get("/en/pages/about/").status == 200
    page.is_published = False
    page.save()
    assert site.get("/en/pages/about/").status == 404
    assert "/en/pages/about/" not in site.get("/en/").text


def test_pages_are_only_read(client):
    make_page(slug="about")
    assert client.post("/en/pages/about/").status_code == 405
    assert client.head("/en/pages/about/").status_code == 200


def test_a_wide_table_scrolls(site):
    make_page(slug="about", body="<table><tbody><tr><td>1</td></tr></tbody></table>")
    assert '<div class="table-frame" role="region"' in site.get("/en/pages/about/").text


def test_on_paper_a_link_to_a_mail_address_can_say_it(site):
    make_page(slug="about", body='<p><a href="mailto:a@example.com">Press</a></p>')
    assert '<a data-mail="a@example.com" href="mailto:a@example.com"' in (
        site.get("/en/pages/about/").text
    )


def test_the_way_to_a_page_begins_at_home(rf, monkeypatch):
    """The parts of a page that show the way, and the data for search engines, read it."""
    shown = {}
    monkeypatch.setattr(pages, "rendered", lambda request, name, context: shown.update(context))
    for language, home in (("en", "Home"), ("zh-hans", "首页")):
        make_page(slug="about", language=language)
        with translation.override(language):
            unwrap(pages.page)(rf.get("/"), "about")
        assert shown["breadcrumbs"] == [(home, f"/{language}/")]


def test_more_pages_need_no_more_queries(client):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/en/pages/about-us/").status_code == 200
        return len(queries)

    pair()
    few = asked()
    for _ in range(10):
        make_page()
    assert asked() == few


# --- staff, before it is published


def test_staff_see_a_page_before_readers_do(site):
    page = make_page(title="To come", is_published=False)
    visitor = site.get(page.get_preview_url())
    assert visitor.status == 302
    assert visitor.headers["Location"].startswith("/admin/login/")
    for group in ("", "Author"):
        site.sign_in(make_user(group=group))
        assert site.get(page.get_preview_url()).status == 403
    site.sign_in(make_user(group="Editor"))
    shown = site.get(page.get_preview_url())
    assert shown.status == 200
    assert page.body in shown.text
    assert "Preview · Not published" in shown.text
    assert f"/admin/news/page/{page.pk}/change/" in shown.text
    assert "no-store" in shown.headers["Cache-Control"]
    assert "noindex" in shown.headers["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex">' in shown.text
    assert 'rel="canonical"' not in shown.text


def test_a_preview_is_in_its_pages_language(site):
    page = make_page(language="zh-hans", is_published=False)
    site.sign_in(make_user(group="Editor"))
    answer = site.get(f"/en/news/preview/page/{page.pk}/")
    assert (answer.status, answer.headers["Location"]) == (302, page.get_preview_url())
    assert site.get(page.get_preview_url()).status == 200
    assert site.get("/en/news/preview/page/999/").status == 404


# --- what is stored


def test_a_text_passes_the_door_at_every_save():
    page = make_page(body='<p onclick="x()">Text<script>x()</script></p>')
    assert page.body == "<p>Text</p>"
    assert page.body_text == "Text"
    page.body = "<h1>Title</h1>"
    page.save(update_fields=["body"])
    page.refresh_from_db()
    assert (page.body, page.body_text) == ("<h2>Title</h2>", "Title")


def test_pages_have_no_pictures():
    image = make_image()
    picture = f'<img src="{image.url}" alt="A mill">'
    picture = f'<figure class="image">{picture}<figcaption>Mill</figcaption></figure>'
    page = make_page(body=f"<p>Before</p>{picture}<p>After</p>")
    assert "<img" not in page.body
    assert "<figure" not in page.body
    assert page.body_text == "Before\nMill\nAfter"
    assert sanitize.clean(f"<p>A</p>{picture}", libraries=False).removed == {"picture": 1}
    image.delete()


def test_pages_link_to_no_files_of_the_library():
    body = link_to(make_attachment(), "the report")
    page = make_page(body=body)
    assert page.body == "<p>See the report.</p>"
    assert sanitize.clean(body, libraries=False).removed == {"link": 1}


def test_the_editor_is_told_of_no_pictures():
    rules = sanitize.allowed_content(libraries=False)
    assert not {"img", "figure", "figcaption"} & rules.keys()
    assert rules.keys() | {"img", "figure", "figcaption"} == sanitize.allowed_content().keys()


def test_an_address_is_made_of_the_title():
    page = Page(title="关于我们", language="zh-hans", body="<p>X</p>")
    page.full_clean()
    assert page.slug == "guan-yu-wo-men"
    assert page.get_absolute_url() == "/zh-hans/pages/guan-yu-wo-men/"


def move(page: Page, slug: str, **fields: object) -> None:
    for name, value in {"slug": slug, **fields}.items():
        setattr(page, name, value)
    page.save()


def leads_to(site, path: str) -> str | int:
    """Where readers of an address end, or what they are told at once."""
    answer = site.get(path)
    return answer.headers["Location"] if answer.status == 301 else answer.status


def test_a_changed_address_leads_to_the_new_one(site):
    page = make_page(slug="about")
    assert site.get("/en/pages/about/").status == 200
    move(page, "us")
    assert leads_to(site, "/en/pages/about/") == "/en/pages/us/"
    move(page, "company")
    for old in ("about", "us"):
        assert leads_to(site, f"/en/pages/{old}/") == "/en/pages/company/"
    assert site.get("/en/pages/company/").status == 200


def test_a_changed_language_is_a_changed_address(site):
    page = make_page(slug="about")
    page.language = "zh-hans"
    page.save(update_fields=["language"])
    assert leads_to(site, "/en/pages/about/") == "/zh-hans/pages/about/"


def test_a_page_that_moves_back_has_its_address_again(site):
    page = make_page(slug="about")
    OldAddress.objects.create(path="/legacy.html", target="/en/pages/about/")
    for slug in ("us", "about", "us", "about"):
        move(page, slug)
    assert site.get("/en/pages/about/").status == 200
    assert leads_to(site, "/en/pages/us/") == "/en/pages/about/"
    assert leads_to(site, "/legacy.html") == "/en/pages/about/"


def test_a_page_that_takes_an_old_address_has_it_as_long_as_it_is_there(site):
    page = make_page(slug="about")
    move(page, "us")
    other = make_page(slug="about")
    assert site.get("/en/pages/about/").status == 200
    move(other, "them")
    assert leads_to(site, "/en/pages/about/") == "/en/pages/them/"
    move(page, "about")
    move(other, "us")
    assert [leads_to(site, f"/en/pages/{each}/") for each in ("about", "us", "them")] == [
        *(200, 200, "/en/pages/us/"),
    ]


def test_what_stays_where_it_is_or_was_never_known_leaves_no_old_address():
    page, draft = make_page(slug="about"), make_page(slug="draft", is_published=False)
    move(page, "about", title="About")
    page.slug = "not-written"
    page.save(update_fields=["title"])
    move(draft, "ready", is_published=True)
    assert not OldAddress.objects.exists()


def test_moving_a_page_makes_one_edition():
    page = make_page(slug="about")
    before = Edition.objects.get().number
    move(page, "us")
    assert Edition.objects.get().number == before + 1


def test_an_address_is_taken_once_in_each_language():
    make_page(slug="about")
    make_page(slug="about", language="zh-hans")
    page = Page(title="Other", slug="about", language="en", body="<p>X</p>")
    with pytest.raises(ValidationError, match="Another page has this address already"):
        page.full_clean()


def test_what_one_row_cannot_be_is_not_stored():
    english, _chinese = pair()
    for fields in (
        {"title": ""},
        {"language": ""},
        {"slug": "about-us"},
        {"body": ""},
        {"translation_key": english.translation_key},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_page(**fields)
    make_page(body="", is_published=False)


def test_pages_without_a_version_in_a_language():
    english, chinese = pair()
    alone = make_page(title="Alone")
    assert list(Page.objects.without("zh-hans")) == [alone]
    assert list(Page.objects.without("en")) == []
    assert list(Page.objects.counterparts_of(english)) == [chinese]


def test_what_a_fixture_brings_passes_the_door(tmp_path):
    page = make_page(slug="about")
    fixture = tmp_path / "pages.json"
    call_command("dumpdata", "news.Page", output=str(fixture))
    fixture.write_text(fixture.read_text().replace("<p>", "<p><script>x()</script>"))
    call_command("loaddata", fixture, verbosity=0)
    page.refresh_from_db()
    assert "<script>" not in page.body
