"""The search box in a real browser: with the script, with a keyboard, and without either."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from tests.e2e.test_look import AXE, AXE_STARTS, EVERYTHING

PAUSE = 200  # Milliseconds, as in static/js/suggest.js.
LONGER = PAUSE + 400


@pytest.fixture
def reader(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context(viewport={"width": 1280, "height": 800}).new_page()


@pytest.fixture
def asked(reader: Page) -> list[str]:
    """What the page has asked for while somebody typed."""
    found: list[str] = []

    def on_request(request: Request) -> None:
        if "/search/titles/" in request.url:
            found.append(unquote(request.url.partition("?q=")[2]))

    reader.on("request", on_request)
    return found


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name=re.compile("Search the news|搜索新闻"))


def type_in(page: Page, text: str) -> Locator:
    box(page).press_sequentially(text)
    return page.get_by_role("listbox")


def titles(page: Page) -> list[str]:
    return page.get_by_role("option").all_inner_texts()


# --- The key ---


def test_a_slash_goes_to_the_box(reader: Page):
    reader.goto("/en/")
    reader.keyboard.press("/")
    expect(box(reader)).to_be_focused()
    expect(box(reader)).to_have_value("")
    expect(box(reader)).to_have_attribute("aria-keyshortcuts", "/")
    reader.keyboard.type("and/or")
    expect(box(reader)).to_have_value("and/or")


@pytest.mark.parametrize("keys", ["Control+/", "Alt+/", "Meta+/"])
def test_other_keys_with_a_slash_are_left_alone(reader: Page, keys: str):
    reader.goto("/en/")
    reader.keyboard.press(keys)
    expect(box(reader)).not_to_be_focused()


def test_on_a_narrow_screen_the_box_opens_in_its_place(reader: Page):
    reader.set_viewport_size({"width": 360, "height": 700})
    reader.goto("/en/")
    link = reader.locator(".header-search-link")
    expect(box(reader)).to_be_hidden()
    link.click()
    expect(link).to_have_attribute("aria-expanded", "true")
    expect(box(reader)).to_be_focused()
    assert reader.evaluate("document.documentElement.scrollWidth") == 360
    reader.keyboard.press("Escape")
    expect(box(reader)).to_be_hidden()
    expect(link).to_be_focused()
    reader.keyboard.press("/")
    expect(box(reader)).to_be_focused()
    reader.keyboard.type("plant")
    reader.keyboard.press("Enter")
    expect(reader).to_have_url(re.compile(r"/en/news/search/\?q=plant$"))


# --- Suggestions ---


SUGGEST = re.compile(r"/js/suggest\.")


def test_what_suggests_is_loaded_when_somebody_goes_to_the_box(reader: Page):
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto("/en/")
    reader.wait_for_load_state("networkidle")
    assert not any(SUGGEST.search(url) for url in asked)
    with reader.expect_response(SUGGEST) as answer:
        box(reader).focus()
    assert answer.value.ok


def test_words_that_are_quicker_than_what_suggests_are_not_lost(reader: Page):
    held = []
    reader.route(SUGGEST, lambda route: held.append(route))
    reader.goto("/en/")
    listbox = type_in(reader, "plant")
    expect(listbox).to_be_hidden()
    held[0].continue_()
    expect(listbox).to_be_visible()


def test_without_what_suggests_the_box_searches(refused_page: Page, base_url: str):
    errors: list[str] = []
    refused_page.on("pageerror", lambda error: errors.append(str(error)))
    refused_page.route(SUGGEST, lambda route: route.abort())
    refused_page.goto(f"{base_url}/en/")
    type_in(refused_page, "plant")
    refused_page.keyboard.press("Enter")
    expect(refused_page).to_have_url(re.compile(r"/en/news/search/\?q=plant$"))
    assert errors == []


def test_titles_are_suggested_while_one_types(reader: Page, asked: list[str]):
    reader.goto("/en/")
    listbox = type_in(reader, "plant")
    expect(listbox).to_be_visible()
    expect(box(reader)).to_have_attribute("aria-expanded", "true")
    assert asked == ["plant"]
    assert titles(reader)
    assert all(re.search(r"\bplant", title, re.IGNORECASE) for title in titles(reader))
    number = len(titles(reader))
    expect(reader.get_by_role("status")).to_have_text(f"Suggested articles: {number}")


def test_the_keyboard_chooses_and_opens(reader: Page):
    reader.goto("/en/")
    type_in(reader, "plant")
    expect(reader.get_by_role("option").first).to_be_visible()
    options = reader.get_by_role("option").all()
    for key, index in [("ArrowDown", 0), ("ArrowUp", -1), ("ArrowUp", len(options) - 1)]:
        reader.keyboard.press(key)
        selected = [option.get_attribute("aria-selected") == "true" for option in options]
        assert selected == [at == index for at in range(len(options))]
    expect(box(reader)).to_have_attribute(
        "aria-activedescendant", options[-1].get_attribute("id") or ""
    )
    expect(box(reader)).to_be_focused()
    expect(box(reader)).to_have_value("plant")
    title = titles(reader)[-1]
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("heading", level=1)).to_have_text(title)


def test_enter_searches_when_none_is_chosen(reader: Page):
    reader.goto("/en/")
    expect(type_in(reader, "plant")).to_be_visible()
    reader.keyboard.press("Enter")
    expect(reader).to_have_url(re.compile(r"/en/news/search/\?q=plant$"))


def test_escape_closes_the_list_and_then_clears_the_box(reader: Page):
    reader.goto("/en/")
    listbox = type_in(reader, "plant")
    expect(listbox).to_be_visible()
    reader.keyboard.press("ArrowDown")
    reader.keyboard.press("Escape")
    expect(listbox).to_be_hidden()
    expect(box(reader)).to_have_attribute("aria-expanded", "false")
    expect(box(reader)).not_to_have_attribute("aria-activedescendant", re.compile("."))
    expect(box(reader)).to_have_value("plant")
    reader.keyboard.press("Escape")
    expect(box(reader)).to_have_value("")


def test_the_mouse_opens_and_the_tabulator_leaves(reader: Page):
    reader.goto("/en/")
    listbox = type_in(reader, "plant")
    expect(listbox).to_be_visible()
    reader.keyboard.press("Tab")
    expect(listbox).to_be_hidden()
    type_in(reader, "s")
    box(reader).fill("plant")
    expect(listbox).to_be_visible()
    title = titles(reader)[0]
    reader.get_by_role("option").first.click()
    expect(reader.get_by_role("heading", level=1)).to_have_text(title)


def test_one_request_for_a_pause_and_none_for_what_was_answered(reader: Page, asked: list[str]):
    reader.goto("/en/")
    listbox = type_in(reader, "plants")
    expect(listbox).to_be_visible()
    for _ in range(2):
        reader.keyboard.press("Backspace")
        reader.wait_for_timeout(LONGER)
    type_in(reader, "t")
    reader.wait_for_timeout(LONGER)
    expect(listbox).to_be_visible()
    assert asked == ["plants", "plant", "plan"]


def test_too_little_is_not_asked_for(reader: Page, asked: list[str]):
    reader.goto("/en/")
    type_in(reader, "p ")
    reader.wait_for_timeout(LONGER)
    assert asked == []


def test_an_older_answer_does_not_overtake_a_newer_one(reader: Page):
    held = []
    reader.route(re.compile(r"titles/\?q=plant$"), lambda route: held.append(route))
    reader.goto("/en/")
    type_in(reader, "plant")
    reader.wait_for_timeout(LONGER)
    assert len(held) == 1
    box(reader).fill("mill")
    expect(reader.get_by_role("listbox")).to_be_visible()
    newer = titles(reader)
    held[0].fulfill(json={"titles": [{"title": "Late", "address": "/"}]})
    reader.wait_for_timeout(100)
    assert titles(reader) == newer


def test_nothing_is_said_when_the_server_does_not_answer(
    browser, browser_context_args: dict, base_url: str
):
    page = browser.new_context(**browser_context_args).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/titles/*", lambda route: route.abort())
    page.goto(f"{base_url}/en/")
    listbox = type_in(page, "plant")
    page.wait_for_timeout(LONGER)
    expect(listbox).to_be_hidden()
    page.unroute("**/titles/*")
    page.route("**/titles/*", lambda route: route.fulfill(status=500, body="no"))
    type_in(page, "s")
    page.wait_for_timeout(LONGER)
    expect(listbox).to_be_hidden()
    assert errors == []
    page.context.close()


def test_nothing_is_asked_while_characters_are_put_together(reader: Page, asked: list[str]):
    reader.goto("/zh-hans/")
    box(reader).focus()
    keyboard = reader.context.new_cdp_session(reader)
    for text in ("g", "go", "gong", "gongc"):
        keyboard.send(
            "Input.imeSetComposition",
            {"text": text, "selectionStart": len(text), "selectionEnd": len(text)},
        )
    reader.wait_for_timeout(LONGER)
    assert asked == []
    keyboard.send("Input.insertText", {"text": "工程"})
    expect(reader.get_by_role("listbox")).to_be_visible()
    assert asked == ["工程"]
    assert all("工程" in title for title in titles(reader))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_amiss_with_suggestions(new_context, theme: str, width: int):
    page = new_context(color_scheme=theme, reduced_motion="reduce").new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/en/")
    page.keyboard.press("/")
    expect(type_in(page, "plant")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.evaluate(AXE)
    page.evaluate(AXE_STARTS, EVERYTHING)
    assert page.evaluate("finds") == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


# --- The search page ---


def test_the_search_page_is_ready_for_typing(reader: Page):
    reader.goto("/en/news/search/")
    expect(box(reader)).to_be_focused()
    reader.keyboard.type("plant")
    reader.keyboard.press("Enter")
    expect(reader.locator("main mark").first).to_have_text(re.compile("^plant", re.IGNORECASE))


def test_search_and_its_filters_work_without_javascript(new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto("/en/")
    page.get_by_role("link", name="Search").first.click()
    page.locator("main").get_by_role("searchbox").fill("plant")
    language, year = page.locator("[name=language]"), page.locator("[name=year]")
    language.select_option("all")
    page.locator("main").get_by_role("button", name="Search").click()
    expect(page.locator("main mark").first).to_be_visible()
    number = year.locator("option").nth(1).inner_text()
    year.select_option(number)
    page.locator("main").get_by_role("button", name="Search").click()
    expect(year).to_have_value(number)
    page.get_by_role("link", name=f"Remove filter: {number}").click()
    expect(year).to_have_value("")
    expect(language).to_have_value("all")
