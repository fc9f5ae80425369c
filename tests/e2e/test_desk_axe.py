"""The pages of the desk in a real browser: for everybody, and with room for what they show."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import PASSWORD
from tests.e2e.test_desk import article, open_form
from tests.e2e.test_look import AXE, assert_nothing
from tests.pages import DESK
from tests.server import Server

# What is not ours, and why it is left as it is.
NOT_OURS = [
    ".cke",  # The editor.
    ".preview-frame",  # A public page, which tests/e2e/test_look.py looks at.
    ".select2-container",  # Django's fields that complete what is typed have no name.
    ".vDateField",  # Of Django's pairs of date and time the label names neither.
    ".vTimeField",
    "th.original",  # Of rows in a table the head for their names is empty,
    ".tabular .delete",  # and the box that deletes one has no label.
    "#changelist-search",  # Django's search field of a list is named by its button.
]
FINDS = """
async (exclude) => {
  const options = { iframes: false, preload: false, resultTypes: ["violations"] };
  const { violations } = await axe.run({ exclude }, options);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
"""
# Each page is looked at in every language, theme and width, but not in every combination of them.
LOOKS = {"en": ("light", 1440), "zh-hans": ("dark", 1024)}
NARROWEST = 1024


def collide(page: Page, pk: int) -> None:
    """Shows the form with what somebody else saved meanwhile."""
    open_form(page, pk)
    other = page.context.new_page()
    open_form(other, pk)
    for form, words in ((other, "Theirs"), (page, "Mine")):
        form.locator("#id_summary").fill(
            f"{words}: {page.evaluate('document.documentElement.lang')}"
        )
        form.locator("[name=_continue]").click()
        expect(form.locator(".messagelist, .conflicts")).to_be_visible()
    other.close()


def look_at_a_list(page: Page) -> None:
    """Shows what a list of old addresses would do: something of each outcome."""
    page.goto("/admin/news/oldaddress/import/")
    lines = ["/old/1.html,/en/", "/old/2.html,/en/", "/old/2.html,/en/", "/old/3.html,"]
    page.locator("[name=text]").fill("\n".join(lines))
    page.locator(".submit-row .default").click()
    expect(page.locator(".address-part").first).to_be_visible()


def desk_pages(page: Page, server: Server) -> Iterator[str]:
    for name, address in json.loads(server.python(DESK)).items():
        answer = page.goto(address)
        assert answer
        assert answer.status == 200, address
        yield name
    look_at_a_list(page)
    yield "import preview"
    collide(page, article(server, "Where two wrote", status="draft"))
    yield "conflicts"


@pytest.fixture(params=LOOKS)
def window(
    request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext], server: Server
) -> Page:
    """An administrator's, in one of the languages."""
    theme, width = LOOKS[request.param]
    context = new_context(color_scheme=theme, viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "django_language", "value": request.param, "url": server.url}])
    page = context.new_page()
    page.goto("/admin/")
    page.locator("#id_username").fill("admin")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("[type=submit]").click()
    expect(page.locator("html")).to_have_attribute("lang", request.param)
    expect(page.locator(".desk")).to_be_visible()
    return page


def test_axe_finds_nothing_of_ours_and_nothing_is_too_wide(window: Page, server: Server):
    size = window.viewport_size
    assert size
    found = {}
    for name in desk_pages(window, server):
        window.evaluate(AXE)
        found[name] = window.evaluate(FINDS, NOT_OURS)
        window.set_viewport_size({"width": NARROWEST, "height": 900})
        if (is_wide := window.evaluate("document.documentElement.scrollWidth")) > NARROWEST:
            found[name].append(f"The page is {is_wide} wide")
        window.set_viewport_size(size)
    assert len(found) == 39
    assert_nothing(found)
