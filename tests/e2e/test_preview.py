"""The preview in a real browser: in admin's frame, and by link without an account."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_look import AXE
from tests.e2e.test_newsroom import sign_in
from tests.server import Server

DRAFT = """
from news.models import Article, Category
article = Article.objects.create(
    title="Seen before it is public",
    language="en",
    category=Category.objects.filter(language="en").first(),
    body="<p>A draft.</p>",
)
print(article.pk)
"""
FINDS = """
async () => {
  const { violations } = await axe.run("#content", { iframes: false });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
"""


@pytest.fixture(scope="module")
def frame_path(server: Server) -> str:
    return f"/admin/news/article/{server.python(DRAFT).split()[-1]}/preview/"


def inner_width(page: Page) -> int:
    """As the page in the frame has it."""
    frame = page.frame_locator(".preview-frame")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Seen before it is public")
    return frame.locator("html").evaluate("() => innerWidth")


def test_the_frame_has_three_widths_and_is_loaded_once(page: Page, server: Server, frame_path: str):
    sign_in(page, server, "editor")
    page.set_viewport_size({"width": 1024, "height": 900})
    page.goto(frame_path)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert inner_width(page) == 1280
    for name, width in (("Phone", 390), ("Tablet", 820), ("Desktop", 1280)):
        link = page.get_by_role("link", name=f"{name}, {width} pixels")
        link.focus()
        page.keyboard.press("Enter")
        expect(link).to_have_attribute("aria-current", "true")
        assert page.locator(".preview-widths [aria-current]").count() == 1
        assert inner_width(page) == width
        assert page.url.endswith(f"?width={name.lower()}")
        box = page.locator(".preview-frame").bounding_box()
        room = page.locator(".preview-room").bounding_box()
        assert box
        assert room
        assert box["width"] <= room["width"], "It is made smaller where it has no room."
        assert room["height"] - box["height"] == pytest.approx(2, abs=1.5)  # The room's border.
        assert page.evaluate("document.documentElement.scrollWidth") == 1024
    assert not [url for url in asked if "/news/preview/" in url]


def test_the_frame_works_without_javascript(new_context, server: Server, frame_path: str):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, server, "editor")
    page.goto(frame_path)
    page.get_by_role("link", name="Phone, 390 pixels").click()
    box = page.locator(".preview-frame").bounding_box()
    assert box
    assert box["width"] == 390
    frame = page.frame_locator(".preview-frame")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Seen before it is public")


def test_links_leave_the_frame(page: Page, server: Server, frame_path: str):
    sign_in(page, server, "editor")
    page.goto(frame_path)
    frame = page.frame_locator(".preview-frame")
    frame.get_by_role("link", name="Edit this article").click()
    expect(page).to_have_url(re.compile("/change/$"))


def test_a_link_opens_without_an_account_until_it_is_taken_back(
    page: Page, new_context, server: Server, frame_path: str
):
    sign_in(page, server, "editor")
    page.goto(frame_path)
    page.get_by_text("Links for people without an account").click()
    page.get_by_label("For whom").fill("Ms Okafor")
    page.get_by_label("Works for").select_option("3 days")
    page.get_by_role("button", name="Make the link").click()
    field = page.get_by_label("The link for Ms Okafor.")
    expect(field).to_have_attribute("readonly", "")
    address = field.input_value()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".link-to-copy output")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == address

    visitor = new_context().new_page()
    visitor.goto(address)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Seen before it is public")
    expect(visitor.locator(".preview-bar")).to_contain_text("This link works until")
    assert visitor.context.cookies() == []
    visitor.get_by_role("link", name="Home").first.click()
    assert visitor.evaluate("document.referrer") == ""

    page.get_by_role("button", name="Take back the link for Ms Okafor").click()
    expect(page.locator(".messagelist")).to_contain_text("was taken back")
    answer = visitor.goto(address)
    assert answer
    assert answer.status == 410
    expect(visitor.get_by_role("heading", level=1)).to_have_text("This link is no longer valid")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(new_context, server: Server, frame_path: str, theme: str):
    page = new_context(color_scheme=theme, reduced_motion="reduce").new_page()
    sign_in(page, server, "editor")
    page.goto(frame_path)
    page.get_by_text("Links for people without an account").click()
    page.get_by_label("For whom").fill("Mr Sato")
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_label("The link for Mr Sato.")).to_be_visible()
    for width in (1024, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(AXE)
        assert page.evaluate(FINDS) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
