"""Pictures from the clipboard, the desktop and the library, in a real browser, to readers."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e.test_newsroom import choose, publish, sign_in, take
from tests.helpers import picture_bytes
from tests.server import Server

UPLOAD = "**/admin/news/image/upload/"

# A paste or a drop as browsers make it, in the editor's own document or on a page.
SEND = """
(target, { kind, files, html }) => {
  const view = target.ownerDocument.defaultView;
  const data = new view.DataTransfer();
  for (const { name, type, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    data.items.add(new view.File([bytes], name, { type }));
  }
  if (html) data.setData("text/html", html);
  const shared = { bubbles: true, cancelable: true };
  if (kind === "paste") {
    target.dispatchEvent(new view.ClipboardEvent("paste", { clipboardData: data, ...shared }));
    return;
  }
  const { right, bottom } = target.getBoundingClientRect();
  const at = { clientX: right - 30, clientY: Math.min(bottom, view.innerHeight) - 20 };
  for (const name of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new view.DragEvent(name, { dataTransfer: data, ...at, ...shared }));
  }
}
"""


def file(name: str, data: bytes) -> dict[str, str]:
    kind = name.rpartition(".")[2].replace("jpg", "jpeg")
    return {"name": name, "type": f"image/{kind}", "base64": b64encode(data).decode()}


def picture(name: str, width: int) -> dict[str, str]:
    """No two widths are the same picture."""
    format = {"jpg": "JPEG"}.get(name.rpartition(".")[2], "PNG")
    return file(name, picture_bytes(format, (width, 600)))


def send(target: Locator, kind: str, *files: dict[str, str], html: str = "") -> None:
    target.evaluate(SEND, {"kind": kind, "files": list(files), "html": html})


@pytest.fixture
def text(page: Page, server: Server) -> Locator:
    return new_text(page, server)


def new_text(page: Page, server: Server) -> Locator:
    """The body of the text of a new article that lacks nothing else."""
    sign_in(page, server, "editor")
    page.goto("/admin/news/article/add/")
    page.get_by_label("Title").fill("Pictures of the mill")
    choose(page, "category", "Projects")
    body = page.frame_locator(".cke_wysiwyg_frame").locator("body")
    body.click()
    page.keyboard.type("The mill runs.")
    page.keyboard.press("Enter")
    return body


def pictures(text: Locator) -> Locator:
    return text.locator("img[data-picture]")


def images(text: Locator) -> Locator:
    """Whatever they are; widgets have a handle that is one too."""
    return text.locator("img:not(.cke_widget_drag_handler)")


def told(page: Page, words: str) -> Locator:
    return page.locator(".cke_notification_message", has_text=words).first


def describe(page: Page, image: Locator, words: str) -> None:
    image.dblclick()
    page.get_by_role("textbox", name="Alternative Text", exact=True).fill(words)
    page.get_by_role("button", name="OK", exact=True).click()
    expect(image).to_have_attribute("alt", words)


def from_the_library(page: Page, words: str) -> None:
    page.get_by_role("button", name="Image", exact=True).click()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Browse Server").click()
    library = opened.value
    library.get_by_label("Search the library").fill(words)
    library.get_by_role("button", name="Search").click()
    take(library.locator(".library-grid button").first)
    page.get_by_role("textbox", name="Alternative Text", exact=True).fill("From the library")
    page.get_by_role("button", name="OK", exact=True).click()


def hold(page: Page) -> list[Route]:
    """Uploads, which go nowhere until they are released."""
    held: list[Route] = []
    page.route(UPLOAD, lambda route: held.append(route))
    return held


def release(page: Page, held: list[Route]) -> None:
    page.route(UPLOAD, lambda route: route.continue_())  # The last handler is asked first.
    for route in held:
        route.continue_()


def blocks(text: Locator) -> list[str]:
    """The words of each, or what it shows instead."""
    return text.evaluate("""(body) => [...body.children].map((block) => {
      const shown = block.querySelector("img[data-picture]") ? "(picture)" : "";
      const words = block.textContent.replace(/\\u200b/g, "").replace(/\\s/g, " ");
      return `${block.localName}: ${shown}${words.trim()}`;
    })""")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save and continue editing").click()


def test_pasted_dropped_and_chosen_pictures_reach_the_reader(
    page: Page, text: Locator, new_context: Callable[..., BrowserContext]
):
    send(text, "paste", picture("image.png", 900))
    expect(pictures(text)).to_have_count(1)
    expect(told(page, "say what it shows")).to_be_visible()
    send(text, "drop", picture("a.jpg", 1000), picture("b.jpg", 1100))
    expect(pictures(text)).to_have_count(3)
    expect(text.locator(".cke_widget_image")).to_have_count(3)
    widths = pictures(text).evaluate_all("all => all.map((one) => one.getAttribute('width'))")
    assert sorted(widths) == ["1000", "1100", "900"]
    for number in range(3):
        describe(page, pictures(text).nth(number), f"Picture {number}")
    text.get_by_text("The mill runs.").click()
    from_the_library(page, "a")
    expect(images(text)).to_have_count(4)
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    expect(page.locator(".messagelist")).not_to_contain_text("alternative text")
    expect(pictures(text)).to_have_count(4)
    publish(page)

    visitor = new_context().new_page()
    link = page.get_by_role("link", name="View on site").get_attribute("href")
    visitor.goto(link)
    shown = visitor.locator(".article-body picture")
    expect(shown).to_have_count(4)
    alts = shown.locator("img").evaluate_all("all => all.map((one) => one.alt)")
    assert sorted(alts) == ["From the library", "Picture 0", "Picture 1", "Picture 2"]
    for source in shown.locator("source[type='image/avif']").all():
        assert re.search(r"\.avif \d+w", source.get_attribute("srcset") or "")


def test_writing_goes_on_after_each_picture(page: Page, text: Locator):
    send(text, "paste", picture("image.png", 903))
    expect(text.locator("[data-cke-upload-id], img[data-picture]")).to_have_count(1)
    page.keyboard.type("While it is on its way.")
    expect(pictures(text)).to_have_count(1)
    page.keyboard.type(" And after.")
    page.keyboard.press("Enter")
    send(text, "paste", picture("image.png", 904))
    expect(pictures(text)).to_have_count(2)
    send(text, "paste", picture("image.png", 905))
    send(text, "paste", picture("image.png", 906))
    expect(pictures(text)).to_have_count(4)
    send(text, "paste", html="<p>Pasted</p>")
    page.keyboard.type(" and typed")
    picture_ = "p: (picture)"
    expected = ["p: The mill runs.", picture_, "p: While it is on its way. And after."]
    assert blocks(text) == [*expected, picture_, picture_, picture_, "p: Pasted and typed"]


def test_a_picture_in_the_middle_of_a_sentence_parts_it(page: Page, text: Locator):
    page.keyboard.type("Before after")
    for _letter in "after":
        page.keyboard.press("ArrowLeft")
    send(text, "paste", picture("image.png", 907))
    expect(pictures(text)).to_have_count(1)
    page.keyboard.type("and ")
    assert blocks(text)[1:] == ["p: Before", "p: (picture)", "p: and after"]


def test_a_hostile_file_is_refused_with_its_reason(refused_page: Page, server: Server):
    page, text = refused_page, new_text(refused_page, server)
    svg = file("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    with page.expect_response(UPLOAD) as answered:
        send(text, "drop", svg, picture("fine.jpg", 801))
    expect(told(page, "logo.svg: SVG drawings can carry programs")).to_be_visible()
    expect(pictures(text)).to_have_count(1)
    expect(images(text)).to_have_count(1)
    assert answered.value.request.headers["accept"] == "application/json"


def test_too_large_a_file_is_not_even_sent(page: Page, text: Locator):
    page.on("request", lambda request: sent.append(request.url))
    sent: list[str] = []
    send(text, "drop", file("huge.jpg", bytes(21 * 1024 * 1024)))
    expect(told(page, "huge.jpg: This picture is larger than 20 MB")).to_be_visible()
    assert not [url for url in sent if url.endswith("/upload/")]


def test_pictures_inside_pasted_html_go_to_the_library_too(page: Page, text: Locator):
    inside = "data:image/png;base64," + picture("x.png", 701)["base64"]
    send(text, "paste", html=f"<p>Before <b>it</b></p><p><img src='{inside}'></p><p>after</p>")
    expect(pictures(text)).to_have_count(1)
    expect(text).to_contain_text("Before it")
    expect(text).to_contain_text("after")
    assert "data:" not in page.evaluate("CKEDITOR.instances.id_body.getData()")


def test_a_copied_image_is_taken_from_the_clipboard_not_from_its_address(page: Page, text: Locator):
    html = f"<meta charset='utf-8'><img src='{page.url.split('/admin')[0]}/static/img/favicon.svg'>"
    send(text, "paste", picture("image.png", 702), html=html)
    expect(pictures(text)).to_have_count(1)
    expect(images(text)).to_have_count(1)


def test_pictures_are_chosen_with_the_button_and_marked_until_described(page: Page, text: Locator):
    with page.expect_file_chooser() as opened:
        page.get_by_role("button", name="Upload pictures", exact=True).click()
    opened.value.set_files(
        [
            {"name": f"{n}.png", "mimeType": "image/png", "buffer": picture_bytes("PNG", (n, 600))}
            for n in (710, 711)
        ]
    )
    expect(pictures(text)).to_have_count(2)
    expect(pictures(text).first).to_have_css("outline-style", "dashed")
    refusals: list[str] = []
    page.on("dialog", lambda dialog: (refusals.append(dialog.message), dialog.accept()))
    pictures(text).first.dblclick()
    page.get_by_role("button", name="OK", exact=True).click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    assert refusals
    assert "Say what the picture shows" in refusals[0]
    describe(page, pictures(text).first, "A mill")
    expect(pictures(text).first).not_to_have_css("outline-style", "dashed")
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("1 picture in the text has no alternative")


def test_saving_waits_for_pictures_on_their_way(page: Page, text: Locator):
    held = hold(page)
    with page.expect_request(UPLOAD):
        send(text, "drop", picture("slow.jpg", 802))
    save(page)
    expect(told(page, "as soon as all files have arrived")).to_be_visible()
    expect(page.locator(".messagelist")).to_have_count(0)
    release(page, held)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    expect(pictures(text)).to_have_count(1)


def test_a_refusal_stops_a_save_that_waited(refused_page: Page, server: Server):
    page, text = refused_page, new_text(refused_page, server)
    held = hold(page)
    with page.expect_request(UPLOAD):
        send(text, "drop", file("broken.jpg", b"\xff\xd8\xff nothing"))
    save(page)
    release(page, held)
    expect(told(page, "Not saved yet")).to_be_visible()
    expect(page.locator(".messagelist")).to_have_count(0)
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")


def test_several_files_go_to_the_library_at_once(
    refused_page: Page, server: Server, tmp_path: Path
):
    page = refused_page
    sign_in(page, server, "editor")
    page.goto("/admin/news/image/")
    names = []
    for width in (720, 721, 722, 723):
        names.append(tmp_path / f"hall-{width}.jpg")
        names[-1].write_bytes(picture_bytes(size=(width, 400)))
    (tmp_path / "notes.jpg").write_bytes(b"<html>")
    names.append(tmp_path / "notes.jpg")
    held = hold(page)
    page.get_by_label("Upload pictures").set_input_files(names)
    items = page.locator(".upload-box-results li")
    expect(items).to_have_count(5)
    expect(page.get_by_role("progressbar")).to_have_count(5)
    expect(page.get_by_role("status")).to_contain_text("5")
    assert len(held) == 2
    release(page, held)
    expect(page.get_by_role("link", name="Describe it")).to_have_count(4)
    refused = items.filter(has_text="notes.jpg")
    expect(refused).to_contain_text("This file is not a picture that can be read")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    items.filter(has_text="hall-720").get_by_role("link", name="Describe it").click()
    expect(page.get_by_label("Title")).to_have_value("hall-720")
    expect(page.locator(".field-used_in")).to_contain_text("Not used anywhere")


def test_a_picture_dropped_on_the_library_window_can_be_chosen(page: Page, text: Locator):
    page.get_by_role("button", name="Image", exact=True).click()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Browse Server").click()
    library = opened.value
    expect(library.locator(".upload-box")).to_be_visible()
    send(library.locator("#content"), "drop", picture("fresh.jpg", 730))
    first = library.locator(".library-grid li").first.get_by_role("button")
    expect(first).to_contain_text("fresh")
    take(first)
    page.get_by_role("textbox", name="Alternative Text", exact=True).fill("Fresh")
    page.get_by_role("button", name="OK", exact=True).click()
    expect(text.locator("img[alt='Fresh']")).to_have_count(1)
    save(page)
    expect(text.locator("img[alt='Fresh'][data-picture]")).to_have_count(1)
