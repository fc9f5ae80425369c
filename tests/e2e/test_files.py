"""Files from an editor's disk to a reader's, and a video that is played where it stands."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.test_newsroom import publish, sign_in, take
from tests.e2e.test_pictures import (
    blocks,
    describe,
    new_text,
    picture,
    pictures,
    save,
    send,
    told,
)
from tests.files import PDF, mp4, office, ole
from tests.server import Server

LIST = "/admin/news/attachment/"


def file(name: str, data: bytes, type: str) -> dict[str, str]:
    return {"name": name, "type": type, "base64": b64encode(data).decode()}


def links(text: Locator) -> Locator:
    return text.locator("a[data-attachment]")


def view(page: Page, new_context: Callable[..., BrowserContext]) -> Page:
    """The article as a visitor gets it."""
    publish(page)
    visitor = new_context().new_page()
    visitor.goto(page.get_by_role("link", name="View on site").get_attribute("href"))
    return visitor


def test_a_dropped_file_is_downloaded_by_a_visitor(
    page: Page, server: Server, new_context: Callable[..., BrowserContext]
):
    text = new_text(page, server)
    word = office(words="Dropped")
    send(
        text,
        "drop",
        file("年度 report.docx", word, "application/vnd.ms-word"),
        file("Plan.pdf", PDF + b"\n%dropped", "application/pdf"),
        picture("mill.jpg", 840),
    )
    expect(links(text)).to_have_count(2)
    expect(pictures(text)).to_have_count(1)
    describe(page, pictures(text), "The mill")
    expect(text).to_contain_text("年度 report")
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    expect(links(text)).to_have_count(2)
    visitor = view(page, new_context)
    expect(visitor.locator(".article-body")).to_contain_text("年度 report (Word,")
    expect(visitor.locator(".downloads li")).to_have_count(2)
    with visitor.expect_download() as begun:
        visitor.locator(".downloads").get_by_role("link", name="年度 report").click()
    assert begun.value.suggested_filename == "年度 report.docx"
    assert Path(begun.value.path()).read_bytes() == word


def test_a_dropped_file_stays_in_its_sentence(page: Page, server: Server):
    text = new_text(page, server)
    page.keyboard.type("See ")
    send(text, "paste", file("Terms.pdf", PDF + b"\n%terms", "application/pdf"))
    expect(links(text)).to_have_count(1)
    page.keyboard.type(" first")
    expect(links(text)).to_have_text("Terms")
    assert blocks(text)[1:] == ["p: See Terms first"]


def test_several_files_have_a_paragraph_each_and_the_video_its_player(
    page: Page, server: Server, new_context: Callable[..., BrowserContext]
):
    text = new_text(page, server)
    page.keyboard.type("See ")
    report = file("Report.pdf", PDF + b"\n%several", "application/pdf")
    send(text, "paste", report, file("Clip.mp4", mp4(), "video/mp4"))
    expect(links(text)).to_have_count(2)
    page.keyboard.type("After")
    assert blocks(text)[1:] == ["p: See", "p: Report", "p: Clip", "p: After"]
    page.keyboard.type(" and ")
    send(text, "paste", file("Again.mp4", mp4(), "video/mp4"))
    expect(links(text)).to_have_count(3)
    page.keyboard.type("End")
    assert blocks(text)[-3:] == ["p: After and", "p: Clip", "p: End"]  # The library knows it.
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    visitor = view(page, new_context)
    expect(visitor.locator("figure.video > video")).to_have_count(2)


def test_a_file_from_the_library_becomes_a_link_of_what_is_chosen(page: Page, server: Server):
    text = new_text(page, server)
    text.get_by_text("The mill runs.").click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="File from the library").click()
    library = opened.value
    chosen = file("Fresh.pdf", PDF + b"\n%fresh", "application/pdf")
    send(library.locator("#content"), "drop", chosen)
    take(library.locator(".library-grid").get_by_role("button", name="Fresh"))
    expect(links(text)).to_have_count(1)
    expect(links(text)).not_to_have_text("Fresh")
    text.press("End")
    text.press("Enter")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="File from the library").click()
    take(opened.value.locator(".library-grid").get_by_role("button", name="Fresh"))
    expect(text.get_by_role("link", name="Fresh")).to_have_count(1)
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    expect(links(text)).to_have_count(2)


def test_the_link_dialog_browses_the_library(page: Page, server: Server):
    text = new_text(page, server)
    page.get_by_role("button", name="Link", exact=True).click()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Browse Server").click()
    library = opened.value
    map_ = file("Map.pdf", PDF + b"\n%map", "application/pdf")
    send(library.locator("#content"), "drop", map_)
    take(library.locator(".library-grid").get_by_role("button", name="Map"))
    page.get_by_role("button", name="OK", exact=True).click()
    expect(text.get_by_role("link", name="Map")).to_have_count(1)
    save(page)
    expect(links(text)).to_have_count(1)


def test_the_link_dialog_offers_what_the_door_lets_through(page: Page, server: Server):
    text = new_text(page, server)
    refusals: list[str] = []
    page.on("dialog", lambda dialog: (refusals.append(dialog.message), dialog.accept()))
    page.get_by_role("button", name="Link", exact=True).click()
    protocol = page.get_by_label("Protocol")
    expect(protocol).to_have_value("https://")
    values = "all => all.map((one) => one.value)"
    assert protocol.locator("option").evaluate_all(values) == ["http://", "https://", ""]
    kinds = page.get_by_label("Link Type").locator("option")
    assert kinds.evaluate_all(values) == ["url", "email", "tel"]
    address = page.get_by_role("textbox", name="URL")
    address.fill("ftp://example.com/plan")
    page.get_by_role("button", name="OK", exact=True).click()
    assert refusals == ["Invalid value."]
    address.fill("example.com/plan")
    page.get_by_role("button", name="OK", exact=True).click()
    expect(text.locator("a")).to_have_attribute("data-cke-saved-href", "https://example.com/plan")


def test_what_is_refused_is_said_where_it_was_dropped(refused_page: Page, server: Server):
    page, text = refused_page, new_text(refused_page, server)
    send(text, "drop", file("old.doc", ole("WordDocument"), "application/msword"))
    expect(told(page, "old.doc: Old Office files can hide programs")).to_be_visible()
    expect(links(text)).to_have_count(0)


def test_a_file_is_replaced_on_its_page(page: Page, server: Server):
    sign_in(page, server, "editor")
    page.goto(LIST)
    send(page.locator("#content"), "drop", file("Old.pdf", PDF + b"\n%old", "application/pdf"))
    page.get_by_role("link", name="Look at it").click()
    before = page.locator(".field-link a").get_attribute("href")
    page.get_by_label("Replace the file").set_input_files(
        {"name": "New.docx", "mimeType": "application/zip", "buffer": office(words="New")}
    )
    link = page.locator(".field-link a")
    expect(link).to_contain_text("Word")  # At once, for its old address leads nowhere now.
    assert link.get_attribute("href") != before
    assert page.request.get(urljoin(server.url, link.get_attribute("href"))).ok
    page.get_by_role("link", name="Look at it").click()
    expect(link).to_contain_text("Word")
    expect(page.get_by_label("Title")).to_have_value("Old")


def test_a_video_has_its_place_before_it_arrives(
    page: Page, server: Server, new_context: Callable[..., BrowserContext]
):
    text = new_text(page, server)
    send(text, "drop", file("The mill.mp4", mp4(), "video/mp4"))
    expect(links(text)).to_have_count(1)
    save(page)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    visitor = view(page, new_context)
    player = visitor.locator("figure.video > video")
    expect(player).to_be_visible()
    box = player.bounding_box()
    assert box
    assert abs(box["width"] / box["height"] - 640 / 360) < 0.02
    asked = visitor.request.get(player.get_attribute("src"), headers={"Range": "bytes=0-1"})
    assert (asked.status, len(asked.body())) == (206, 2)
    assert re.fullmatch(r"bytes 0-1/\d+", asked.headers["content-range"])
