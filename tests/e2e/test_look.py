"""The look of every kind of public page: for everybody, at any width, at any size of text."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import PASSWORD
from tests.pages import KINDS, Pages
from tests.server import ROOT, Server

in_both_languages = pytest.mark.parametrize("language", ["en", "zh-hans"])


@pytest.fixture(scope="session")
def pages(server: Server) -> Pages:
    return Pages(server)


def assert_nothing(found: dict[Any, list[str]]) -> None:
    faults = [f"{place}: {fault}" for place, faults in found.items() for fault in faults]
    assert not faults, "\n".join(faults)


# --- Accessible ---

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
Checks = dict[str, Any]  # As axe calls them.
EVERYTHING: Checks = {"rules": {"target-size": {"enabled": True}}}  # WCAG 2.2; off of itself.
# Contrast takes two thirds of the time; what is between has the colours of one of the ends.
BETWEEN: Checks = {"rules": EVERYTHING["rules"] | {"color-contrast": {"enabled": False}}}
COLOURS: Checks = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
CHECKS = {
    "light": {360: EVERYTHING, 768: BETWEEN, 1440: EVERYTHING},
    "dark": {360: COLOURS, 1440: COLOURS},
}
if os.environ.get("AXE") == "everything":  # As `make audit` has it: it takes three times as long.
    CHECKS = {theme: dict.fromkeys((360, 768, 1440), EVERYTHING) for theme in CHECKS}
AXE_STARTS = """
(checks) => {
  const options = {
    ...checks,
    resultTypes: ["violations"],
    selectors: false,
    preload: false,
  };
  window.finds = axe.run(document, options).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, any }) => `${id}: ${help}: ${html} ${any.map((one) => one.message)}`)));
}
"""


def test_the_dark_theme_is_other_colours_and_nothing_else():
    dark = r"@media screen and \(prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}\s*\}"
    styles = {sheet.name: sheet.read_text() for sheet in (ROOT / "static/css").glob("*.css")}
    del styles["admin.css"]
    ((name, theme),) = ((n, t) for n, text in styles.items() for t in re.findall(dark, text, re.S))
    assert name == "tokens.css"
    assert re.fullmatch(r"(\s*--[a-z-]+: #[0-9a-f]{6};)+\s*", theme)
    everything = "".join(styles.values())
    assert everything.count("prefers-color-scheme") == 1
    assert "light-dark(" not in everything


@in_both_languages
def test_axe_finds_nothing(new_context: Callable[..., BrowserContext], pages: Pages, language: str):
    """In a window for each theme, which work at the same time."""
    # Without motion, or it would measure colours on their way.
    windows = {
        theme: new_context(color_scheme=theme, reduced_motion="reduce").new_page()
        for theme in CHECKS
    }
    found = {}
    for kind, *_ in zip(*(pages.shown(page, language) for page in windows.values()), strict=True):
        for page in windows.values():
            page.evaluate(AXE)
        for width in CHECKS["light"]:
            working = [theme for theme in CHECKS if width in CHECKS[theme]]
            for theme in working:
                windows[theme].set_viewport_size({"width": width, "height": 900})
                windows[theme].evaluate(AXE_STARTS, CHECKS[theme][width])
            for theme in working:
                found[kind, theme, width] = windows[theme].evaluate("finds")
    assert len(found) == len(KINDS) * sum(map(len, CHECKS.values()))
    assert_nothing(found)


# --- Whole ---

# Text outside the window or cut off, and text on other text, a picture or a field.
AMISS = """
() => {
  const complaints = [];
  const root = document.documentElement;
  const width = root.clientWidth;
  if (root.scrollWidth > width) complaints.push(`The page is ${root.scrollWidth} wide`);

  const scrolling = ".menu-list, .table-frame"; // Inside themselves.
  const unseen = ".visually-hidden, .skip-link";
  // Where a text that is cut with an ellipsis ends.
  const clampedAt = (element) => {
    const clamped = getComputedStyle(element).webkitLineClamp !== "none";
    return clamped ? element.getBoundingClientRect().bottom - 5 : Infinity;
  };
  const shown = document.querySelector("dialog:modal") ?? document.body; // Over all else.
  const boxes = [];
  const add = (rect, name, owner) => {
    if (rect.width >= 1) boxes.push({ rect, name, owner });
  };
  const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (!data.trim() || !parentElement.checkVisibility()) continue;
    if (parentElement.closest(`${scrolling}, ${unseen}`)) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const end = clampedAt(parentElement);
    for (const { left, right, top, bottom, height } of range.getClientRects()) {
      if (top > end) continue;
      // A quarter of a line above and below the letters is empty.
      const rect = { left, right, width: right - left, top: top + height / 4,
        bottom: bottom - height / 4 };
      add(rect, `“${data.trim().slice(0, 40)}”`, parentElement);
    }
  }
  for (const element of shown.querySelectorAll("main img, input")) {
    if (element.checkVisibility()) add(element.getBoundingClientRect(), element.outerHTML, element);
  }
  for (const { rect, name, owner } of boxes) {
    const isOutside = rect.left < -1 || rect.right > width + 1;
    if (isOutside) complaints.push(`Outside: ${name} (${owner.className})`);
  }
  boxes.forEach((one, index) => {
    for (const other of boxes.slice(index + 1)) {
      const across = Math.min(one.rect.right, other.rect.right)
        - Math.max(one.rect.left, other.rect.left);
      const down = Math.min(one.rect.bottom, other.rect.bottom)
        - Math.max(one.rect.top, other.rect.top);
      const overlap = one.owner !== other.owner && across > 1 && down > 1;
      if (overlap) complaints.push(`${one.name} on ${other.name}`);
    }
  });

  for (const element of shown.querySelectorAll("*")) {
    const { overflowX, overflowY, webkitLineClamp } = getComputedStyle(element);
    if (element.matches(`${scrolling}, ${unseen}, svg *`) || webkitLineClamp !== "none") continue;
    const cut = (overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1)
      || (overflowY !== "visible" && element.scrollHeight > element.clientHeight + 1);
    if (cut) complaints.push(`Cut off: ${element.outerHTML.slice(0, 80)}`);
  }
  return complaints;
}
"""


# 320 is also a window of 1280 pixels at a zoom of 400 %.
WINDOWS = (320, 640, 992, 1440, 1920, 2560)


@in_both_languages
def test_nothing_is_cut_off_at_any_width_nor_in_text_at_400_percent(
    page: Page, pages: Pages, language: str
):
    amiss = {}
    for kind in pages.shown(page, language):
        for width in WINDOWS:
            page.set_viewport_size({"width": width, "height": 900})
            amiss[kind, width] = page.evaluate(AMISS)
        # An extension or a style sheet of the reader's own; the window seems as wide as it is.
        page.set_viewport_size({"width": 1280, "height": 900})
        page.evaluate("document.documentElement.style.fontSize = '400%'")
        amiss[kind, "text at 400 %"] = page.evaluate(AMISS)
    assert len(amiss) == len(KINDS) * (len(WINDOWS) + 1)
    assert_nothing(amiss)


# The browser's settings; the window seems to be only 20 letters wide.
@in_both_languages
def test_nothing_is_cut_off_with_a_large_font_in_the_settings(
    page: Page, pages: Pages, language: str
):
    page.set_viewport_size({"width": 1280, "height": 900})
    devtools = page.context.new_cdp_session(page)
    devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 64}})
    amiss = {}
    for kind in pages.shown(page, language):
        amiss[kind] = page.evaluate(AMISS)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "64px"
    assert_nothing(amiss)


# --- Steady ---

SCROLL_THROUGH = """
async () => {
  const frame = () => new Promise(requestAnimationFrame);
  scrollTo(0, 0); // A click may have scrolled.
  for (const direction of [1, -1]) {
    let before;
    do {
      before = scrollY;
      scrollBy(0, direction * innerHeight);
      await frame();
    } while (scrollY !== before);
    const seen = [...document.images].filter((image) => image.checkVisibility());
    await Promise.all(seen.map((image) => image.decode()));
    await frame();
  }
}
"""
SHIFTS = """
() => new Promise((resolve) => {
  const sources = (shift) => shift.sources.map(({ node }) => node?.outerHTML ?? node?.data ?? "");
  const shifts = [];
  const watch = (list) => list.getEntries().forEach((shift) => {
    if (shift.hadRecentInput) return; // What a click opens makes room for itself.
    shifts.push(`${shift.value}: ${sources(shift).map((html) => html.slice(0, 80))}`);
  });
  new PerformanceObserver(watch).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => resolve(shifts), 50));
})
"""


@pytest.mark.parametrize("width", [360, 1440])
@in_both_languages
def test_nothing_moves_while_a_page_loads(page: Page, pages: Pages, language: str, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    shifts = {}
    for kind in pages.shown(page, language):
        page.evaluate(SCROLL_THROUGH)
        shifts[kind] = page.evaluate(SHIFTS)
    assert_nothing(shifts)


# --- The editor ---

LIGHT, DARK = "rgb(255, 255, 255)", "rgb(15, 24, 30)"


def test_the_text_in_the_editor_follows_the_switch_of_admin(page: Page):
    page.emulate_media(color_scheme="light")
    page.goto("/admin/news/article/add/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    text = page.frame_locator(".cke_wysiwyg_frame").locator("body.article-body")
    switch = page.locator("#user-tools .theme-toggle")
    expect(text).to_have_css("background-color", LIGHT)
    for theme, paper in {"dark": DARK, "light": LIGHT, "auto": LIGHT}.items():
        switch.click()
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        expect(text).to_have_css("background-color", paper)
    page.emulate_media(color_scheme="dark")
    expect(text).to_have_css("background-color", DARK)
    page.get_by_role("button", name="Source").click()
    page.get_by_role("button", name="Source").click()
    expect(text).to_have_css("background-color", DARK)
