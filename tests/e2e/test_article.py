"""An article's page in the browser: pictures that enlarge, ways to share, paper, languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import PASSWORD
from tests.server import Server

ADDRESSES = """
import json
from news.models import Article

def address(**choice):
    return Article.objects.public().filter(language="en", **choice).newest_first()[0]

found = {
    "pictures": address(body__contains="<img", cover__isnull=False),
    "plain": address(cover=None),
}
print(json.dumps({name: article.get_absolute_url() for name, article in found.items()}))
"""


@pytest.fixture(scope="session")
def addresses(server: Server) -> dict[str, str]:
    return json.loads(server.python(ADDRESSES))


@pytest.fixture
def article(page: Page, addresses: dict[str, str]) -> Page:
    """The page of an article with two pictures larger than their place: its cover, and one with a
    caption in its text."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(addresses["pictures"])
    return page


# --- pictures that enlarge


def assert_shown(page: Page, number: int) -> None:
    """The viewer shows a picture of the page, and says what the page says of it."""
    place = page.locator(".enlarge").nth(number)
    picture = page.locator(".viewer-picture")
    expect(picture).to_have_js_property("src", place.evaluate("link => link.href"))
    expect(picture).to_have_attribute("alt", place.locator("img").get_attribute("alt") or "")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("img => img.naturalWidth") > 0
    caption = place.locator("xpath=ancestor::figure").locator("figcaption")
    said = caption.text_content() if caption.count() else picture.get_attribute("alt")
    expect(page.locator(".viewer-text")).to_have_text(said or "")
    expect(page.locator(".viewer-count")).to_have_text(f"{number + 1} / 2")


def test_a_picture_enlarges_by_mouse(article: Page):
    viewer = article.get_by_role("dialog", name="Picture, enlarged")
    expect(viewer).to_be_hidden()
    article.locator(".enlarge").nth(1).click()
    expect(viewer).to_be_visible()
    assert_shown(article, 1)
    viewer.get_by_role("button", name="Next picture").click()
    assert_shown(article, 0)
    viewer.get_by_role("button", name="Previous picture").click()
    assert_shown(article, 1)
    viewer.get_by_role("button", name="Close").click()
    expect(viewer).to_be_hidden()
    article.locator(".enlarge").first.click()
    article.locator(".viewer-figure").click(position={"x": 2, "y": 2})
    expect(viewer).to_be_hidden()


def test_a_picture_enlarges_by_keyboard_and_the_focus_returns(article: Page):
    viewer = article.locator(".viewer")
    link = article.locator(".enlarge").first
    link.focus()
    article.keyboard.press("Enter")
    expect(viewer).to_be_visible()
    assert_shown(article, 0)
    assert viewer.evaluate("viewer => viewer.contains(document.activeElement)")
    for key, number in (("ArrowRight", 1), ("ArrowRight", 0), ("ArrowLeft", 1)):
        article.keyboard.press(key)
        assert_shown(article, number)
    article.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(link).to_be_focused()


WIDTHS = "img => [img.clientWidth, img.naturalWidth]"


def test_on_a_phone_a_tap_shows_it_in_its_own_size_and_another_whole_again(article: Page):
    article.set_viewport_size({"width": 360, "height": 640})
    article.locator(".enlarge").first.click()
    picture, frame = article.locator(".viewer-picture"), article.locator(".viewer-frame")
    size = article.get_by_role("button", name="Full size")
    expect(size).to_have_attribute("aria-pressed", "false")
    picture.click()
    expect(size).to_have_attribute("aria-pressed", "true")
    width, natural = picture.evaluate(WIDTHS)
    assert width == natural > 360
    before = frame.evaluate("frame => frame.scrollLeft")
    assert before > 0  # Its middle.
    frame.hover()
    article.mouse.wheel(100, 0)
    article.wait_for_function(
        f"() => document.querySelector('.viewer-frame').scrollLeft > {before}"
    )
    assert article.evaluate("document.documentElement.scrollWidth") <= 360
    picture.click()
    expect(size).to_have_attribute("aria-pressed", "false")
    assert picture.evaluate(WIDTHS)[0] <= 360
    article.keyboard.press("Escape")
    expect(article.locator(".viewer")).to_be_hidden()


def test_by_keyboard_too_it_has_its_own_size_and_the_arrows_scroll_it(article: Page):
    article.set_viewport_size({"width": 360, "height": 640})
    article.locator(".enlarge").first.click()
    size, frame = article.locator(".viewer-size"), article.locator(".viewer-frame")
    expect(size).to_be_visible()
    size.focus()
    article.keyboard.press("Enter")
    expect(frame).to_be_focused()
    before = frame.evaluate("frame => frame.scrollLeft")
    article.keyboard.press("ArrowRight")
    article.wait_for_function(
        f"() => document.querySelector('.viewer-frame').scrollLeft > {before}"
    )
    expect(article.locator(".viewer-count")).to_have_text("1 / 2")
    article.keyboard.press("Enter")
    expect(size).to_have_attribute("aria-pressed", "false")
    article.keyboard.press("ArrowRight")
    expect(article.locator(".viewer-count")).to_have_text("2 / 2")


def test_one_that_is_whole_as_it_is_has_no_other_size(article: Page):
    article.set_viewport_size({"width": 2560, "height": 1600})
    article.locator(".enlarge").first.click()
    assert_shown(article, 0)
    expect(article.locator(".viewer-size")).to_be_hidden()
    article.locator(".viewer-picture").click()
    expect(article.locator(".viewer")).to_be_hidden()


def test_a_picture_is_a_link_while_the_viewer_cannot_be_loaded(
    refused_page: Page, addresses: dict[str, str], base_url: str
):
    refused_page.route(re.compile(r"/js/viewer\."), lambda route: route.abort())
    refused_page.goto(base_url + addresses["pictures"])
    link = refused_page.locator(".enlarge").first
    address = link.get_attribute("href") or ""
    link.click()
    expect(refused_page).to_have_url(base_url + address)


def test_nothing_moves_when_a_picture_enlarges(article: Page):
    title = article.locator(".article-title")
    before = title.bounding_box()
    article.locator(".enlarge").first.click(position={"x": 9, "y": 9})
    expect(article.locator(".viewer")).to_be_visible()
    assert_shown(article, 0)
    article.keyboard.press("Escape")
    assert title.bounding_box() == before
    box = article.locator(".enlarge").first.bounding_box()
    assert box == article.locator(".cover-picture").bounding_box()


def test_with_reduced_motion_nothing_fades(article: Page):
    viewer = article.locator(".viewer")
    article.emulate_media(reduced_motion="reduce")
    expect(viewer).to_have_css("animation-name", "none")
    article.emulate_media(reduced_motion="no-preference")
    expect(viewer).to_have_css("animation-name", "viewer")


def test_with_a_modifier_a_picture_opens_in_a_tab_of_its_own(article: Page):
    article.evaluate(
        """() => document.addEventListener("click", (event) => {
          window.isLeftToTheBrowser = !event.defaultPrevented;
          event.preventDefault();
        })"""
    )
    article.locator(".enlarge").first.click(modifiers=["ControlOrMeta"])
    assert article.evaluate("isLeftToTheBrowser")
    expect(article.locator(".viewer")).to_be_hidden()


@pytest.fixture
def without_scripts(new_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    context = new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_without_scripts_pictures_are_links_and_sharing_works(
    without_scripts: Page, addresses: dict[str, str]
):
    page = without_scripts
    page.goto(addresses["pictures"])
    expect(page.locator(".share-way:visible")).to_have_text(["E-mail", "Weibo", "WeChat"])
    code = page.locator(".share-qr")
    expect(code).to_be_hidden()
    page.get_by_text("WeChat", exact=True).click()
    expect(code).to_be_visible()
    address = page.locator(".enlarge").first.get_attribute("href") or ""
    assert page.request.get(address).headers["content-type"] == "image/webp"


def test_a_page_without_pictures_loads_nothing_for_them(page: Page, addresses: dict[str, str]):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(addresses["plain"])
    page.wait_for_load_state("networkidle")
    assert any("share" in url for url in asked)
    assert not any("enlarge" in url or "qr.svg" in url for url in asked)
    assert not page.locator("dialog").count()


# --- sharing


def test_the_link_is_copied_without_what_was_added_to_it(
    article: Page, addresses: dict[str, str], base_url: str
):
    article.context.grant_permissions(["clipboard-read", "clipboard-write"])
    article.goto(f"{addresses['pictures']}?from=singlemessage#top")
    status = article.locator(".share-status")
    expect(status).to_be_empty()
    article.get_by_role("button", name="Copy link").click()
    expect(status).to_have_text("Copied")
    assert status.get_attribute("role") == "status"
    assert article.evaluate("navigator.clipboard.readText()") == base_url + addresses["pictures"]


def test_a_link_that_may_not_be_copied_is_shown(article: Page, addresses: dict[str, str]):
    article.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    article.get_by_role("button", name="Copy link").click()
    expect(article.locator(".share-status")).to_contain_text(addresses["pictures"])


def test_a_browser_without_a_share_of_its_own_offers_none(page: Page, addresses: dict[str, str]):
    page.add_init_script("delete Navigator.prototype.share")
    page.goto(addresses["pictures"])
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    expect(page.locator("[data-way=share]")).to_be_hidden()


def test_a_browsers_own_share_is_given_title_and_address(
    page: Page, addresses: dict[str, str], base_url: str
):
    page.add_init_script(
        "Navigator.prototype.share = async (data) => { window.shared = data; throw new Error(); }"
    )
    page.goto(f"{addresses['pictures']}?utm_source=x")
    page.get_by_role("button", name="Share …").click()
    assert page.evaluate("shared") == {
        "title": page.locator("h1").text_content(),
        "url": base_url + addresses["pictures"],
    }


def test_the_code_for_wechat_is_asked_for_when_it_is_opened(article: Page):
    asked: list[str] = []
    article.on("request", lambda request: asked.append(request.url))
    article.locator(".share").scroll_into_view_if_needed()
    article.wait_for_timeout(300)
    assert not any("qr.svg" in url for url in asked)
    with article.expect_response("**/qr.svg") as answer:
        article.get_by_text("WeChat", exact=True).click()
    assert answer.value.ok
    code = article.locator(".share-qr")
    expect(code).to_have_js_property("complete", True)
    assert code.evaluate("img => img.naturalWidth") > 0


# --- on a phone


def test_the_language_switch_says_that_there_is_no_other_version(page: Page):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/en/nowhere/")
    link, note = page.locator(".languages-link"), page.get_by_text("(home page)")
    expect(note).to_be_visible()
    own, of_note, of_logo = (
        part.bounding_box() or {} for part in (link, note, page.locator(".wordmark"))
    )
    assert of_note["y"] > own["y"] + 10  # Below the language,
    assert own["y"] < of_logo["y"] + of_logo["height"]  # and all of it beside the logo.
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_chinese_lines_that_short_are_not_stretched(article: Page):
    article.evaluate("document.documentElement.lang = 'zh-Hans'")
    text = article.locator(".article-body > p").first
    expect(text).to_have_css("text-align", "justify")
    article.set_viewport_size({"width": 360, "height": 640})
    expect(text).to_have_css("text-align", "start")


GAPS = """links => links.slice(1).map((link, index) => {
  const box = (a) => { const r = new Range(); r.selectNodeContents(a);
    return r.getBoundingClientRect(); };
  return Math.round(box(link).left - box(links[index]).right);
})"""


@pytest.mark.parametrize("links", [".tags-link", ".share-list > :not([hidden]) > .share-way"])
def test_short_words_stand_no_further_apart_than_long_ones(article: Page, links: str):
    found = article.locator(links)
    assert found.count() >= 3
    found.evaluate_all(
        "links => links.forEach((a, n) => { a.textContent = ['造纸', '节能环保'][n % 2]; })"
    )
    assert len(set(found.evaluate_all(GAPS))) == 1


# --- paper


def test_on_paper_is_the_article_alone_with_where_its_links_lead(
    article: Page, addresses: dict[str, str], base_url: str
):
    article.emulate_media(media="print", color_scheme="dark")
    for part in (".menu", ".header-tools", ".share", ".related", ".neighbours", ".most-read"):
        for found in article.locator(part).all():
            expect(found).to_be_hidden()
    expect(article.locator(".article-address")).to_have_text(base_url + addresses["pictures"])
    expect(article.locator(".article-address")).to_be_visible()
    expect(article.locator(".facts time")).to_be_visible()
    body = article.locator("body")
    expect(body).to_have_css("color", "rgb(0, 0, 0)")
    expect(body).to_have_css("background-color", "rgb(255, 255, 255)")
    article.evaluate(
        """document.querySelector(".article-body").insertAdjacentHTML("beforeend",
        '<p><a href="https://example.com/a">A</a><a href="#b">B</a><a href="tel:1">C</a>' +
        '<a href="/en/news/4/">E</a>' +
        '<a data-mail="f@example.com" href="mailto:f@example.com">F</a>' +
        '<a href="/media/g.pdf">G<span class="file-facts"> (PDF)</span></a></p>');
        document.querySelector(".article-content").insertAdjacentHTML("beforeend",
        '<a class="download" href="/media/attachments/d.pdf">D</a>')"""
    )
    after = "a => getComputedStyle(a, '::after').content"
    links = article.locator(".article-body a, .download")
    shown = [content for a in links.all() if (content := a.evaluate(after)) != "none"]
    assert shown == [
        '" (https://example.com/a)"',
        '" (f@example.com)"',
        '" (/media/g.pdf)"',
        '" (/media/attachments/d.pdf)"',
    ]
    width = article.evaluate("document.documentElement.clientWidth")
    for picture in article.locator("main img:visible").all():
        box = picture.bounding_box()
        assert box
        assert box["width"] <= width
    article.set_viewport_size({"width": 640, "height": 900})
    assert article.pdf(format="A4").startswith(b"%PDF")


# --- passages in other languages


# What the button does not write is not its own: texts are stored without `dir`.
FRENCH = '<span lang="fr" dir="ltr">bon</span>'
GERMAN = '<span lang="de" dir="ltr">stahl</span>'


def test_an_editor_says_which_language_a_passage_is_in(page: Page, server: Server):
    page.goto("/admin/news/article/add/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_function("() => window.CKEDITOR?.instances.id_body?.status === 'ready'")
    page.evaluate(
        """() => {
          const editor = CKEDITOR.instances.id_body;
          editor.setData('<p>So <span lang="fr">bon</span></p><p>stahl</p>');
        }"""
    )
    text = page.frame_locator(".cke_wysiwyg_frame").locator("body")
    text.get_by_text("stahl").dblclick()
    page.get_by_role("button", name="Set language").click()
    page.frame_locator(".cke_menu_panel iframe").get_by_text("German").click()
    says = "() => CKEDITOR.instances.id_body.editable().getHtml() === {}"
    page.wait_for_function(says.format(json.dumps(f"<p>So {FRENCH}</p><p>{GERMAN}</p>")))
    text.get_by_text("bon").dblclick()
    page.get_by_role("button", name="Set language").click()
    page.frame_locator(".cke_menu_panel iframe").get_by_text("Remove language").click()
    page.wait_for_function(says.format(json.dumps(f"<p>So bon</p><p>{GERMAN}</p>")))
