"""The newsroom's one story, in a real browser: staff write, visitors read, the number moves."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Page, expect

from tests.e2e.conftest import PASSWORD
from tests.helpers import picture_bytes
from tests.server import Server

EDITORS_ARE_READY = """() =>
  [...document.querySelectorAll("textarea[data-type=ckeditortype]")]
    .every(({ id }) => window.CKEDITOR?.instances[id]?.status === "ready")"""
TITLE = "A brewery in the desert starts up"


def sign_in(page: Page, server: Server, username: str) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Newsroom")).to_be_visible()


def choose(page: Page, field: str, words: str) -> None:
    """Pick the first result of an autocomplete field."""
    page.wait_for_function(EDITORS_ARE_READY)  # One that is still loading closes an open list.
    page.locator(f".field-{field} .select2-selection").click()
    page.locator(".select2-container--open .select2-search__field").fill(words)
    page.locator(".select2-results__option--highlighted", has_text=re.compile(words, re.I)).click()


def upload(page: Page, folder: Path) -> None:
    file = folder / "desert-brewery.jpg"
    file.write_bytes(picture_bytes(size=(1600, 900)))
    page.goto("/admin/news/image/add/")
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("Alternative text").fill("A brewery at dusk")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("desert-brewery")


def write_body(page: Page) -> None:
    body = page.frame_locator(".cke_wysiwyg_frame").locator("body")
    body.click()
    page.keyboard.type("Steam rose on Monday.")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.type("Beer follows.")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.press("Enter")


def take(button: Locator) -> None:
    """A choice closes the library's window, now and then before Playwright's click is over."""
    with button.page.expect_event("close"), suppress(Error):
        button.click()


def insert_picture(page: Page) -> None:
    page.get_by_role("button", name="Image", exact=True).click()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Browse Server").click()
    library = opened.value
    library.get_by_label("Search the library").fill("desert")
    library.get_by_role("button", name="Search").click()
    take(library.get_by_role("button", name="desert-brewery"))
    alternative = page.get_by_role("textbox", name="Alternative Text", exact=True)
    expect(alternative).to_have_value("A brewery at dusk")
    page.get_by_role("button", name="OK", exact=True).click()


def publish(page: Page) -> None:
    """Save, and answer the page that asks when."""
    page.get_by_role("button", name="Publish…").click()
    page.get_by_label("Now", exact=True).check()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was published")


def hits(page: Page) -> int:
    found = re.search(r"Browsing volume:\s*(\d+)\s*Hits", page.locator("main").inner_text())
    assert found
    return int(found[1])


@pytest.fixture
def visitor(new_context) -> Page:
    return new_context().new_page()


def test_an_editor_publishes_and_a_visitor_reads(
    page: Page, visitor: Page, server: Server, tmp_path: Path
):
    sign_in(page, server, "editor")
    upload(page, tmp_path)
    page.goto("/admin/news/article/add/")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Summary").fill("Six months of work in the sand.")
    expect(page.locator(".summary-counter")).to_have_text("31 / 400")
    write_body(page)
    insert_picture(page)
    choose(page, "cover", "desert")
    expect(page.locator(".cover-shown")).to_be_visible()
    expect(page.locator("#id_cover_alt")).to_have_value("A brewery at dusk")
    choose(page, "category", "Projects")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    expect(page.locator(".article-state .badge")).to_have_text("Draft")
    publish(page)
    expect(page.locator(".article-state .badge")).to_have_text("Public")

    visitor.goto("/en/")
    visitor.get_by_role("link", name=TITLE).first.click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(visitor.locator(".article-body")).to_contain_text("Steam rose on Monday.")
    expect(visitor.locator(".article-body strong")).to_have_text("Beer follows.")
    for picture in visitor.locator(".article-cover img, .article-body img").all():
        picture.evaluate("image => image.scrollIntoView()")  # Or else it is not asked for.
        picture.evaluate("image => image.decode()")
        assert picture.evaluate("image => image.currentSrc").endswith(".avif")
        expect(picture).to_have_attribute("alt", "A brewery at dusk")
    assert hits(visitor) == 1
    visitor.reload()
    assert hits(visitor) == 2

    visitor.goto("/en/news/search/")
    visitor.get_by_role("combobox", name="Search the news").fill("steam monday")
    visitor.keyboard.press("Enter")
    visitor.locator("main").get_by_role("link", name=TITLE).click()
    assert hits(visitor) == 3

    # The editor looks too, and is not counted.
    page.get_by_role("link", name="View on site").click()
    assert hits(page) == 3


def test_an_author_previews_a_draft_that_no_visitor_finds(
    page: Page, visitor: Page, server: Server
):
    sign_in(page, server, "author")
    page.goto("/admin/news/article/add/")
    page.get_by_label("Title").fill("Not ready yet")
    write_body(page)
    choose(page, "category", "Projects")
    expect(page.get_by_role("button", name="Submit for review…")).to_be_visible()
    expect(page.get_by_role("button", name="Publish…")).to_have_count(0)
    page.get_by_role("button", name="Save and continue editing").click()
    page.get_by_role("link", name="Preview").click()
    inside = page.url
    framed = page.frame_locator("iframe")
    expect(framed.get_by_role("heading", level=1)).to_have_text("Not ready yet")
    address = page.locator("iframe").evaluate("frame => frame.contentWindow.location.href")
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Not ready yet")
    expect(page.locator("main")).to_contain_text("Draft")
    for path in (inside, address):
        visitor.goto(path)
        assert "/admin/login/" in visitor.url
        expect(visitor.get_by_text("Not ready yet")).to_have_count(0)


def test_withdrawing_takes_an_article_from_readers_and_keeps_it(
    page: Page, visitor: Page, server: Server
):
    visitor.goto("/en/news/")
    visitor.locator(".card-link").first.click()
    address = visitor.url
    sign_in(page, server, "editor")
    page.goto(f"/admin/news/article/{re.search(r'/news/([0-9]+)/', address)[1]}/change/")
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".messagelist")).to_contain_text("was withdrawn")
    answer = visitor.goto(address)
    assert answer
    assert answer.status == 410
    expect(visitor.get_by_role("heading", level=1)).to_be_visible()


def test_the_public_site_works_without_javascript_and_by_keyboard(new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/en/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#content$"))
    page.locator("main").get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/en/news/")
    page.get_by_role("link", name="中文", exact=False).first.click()
    expect(page).to_have_url(re.compile("/zh-hans/"))
