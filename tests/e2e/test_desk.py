"""The desk in real browsers: two people at one article, review, changes, schedules, the bin."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.test_newsroom import choose, sign_in
from tests.server import Server

PUBLISHED = """
from django.utils.timezone import now, timedelta
from news.models import Article, Category
article = Article(
    title={title!r},
    language="en",
    summary="The summary as it was.",
    body="<p>Steam rose on Monday.</p>",
    category=Category.objects.filter(language="en").first(),
    status={status!r},
    published_at=now() - timedelta(days=700),
)
article.save()
print(article.pk)
"""
DUE = """
from datetime import timedelta
from django.utils.timezone import now
from news.models import Edition, Version
Version.objects.filter(article={pk}, stage="scheduled").update(moment=now() - timedelta(seconds=1))
Edition.objects.update(due_at=now() - timedelta(seconds=1))
"""


def article(server: Server, title: str, status: str = "published") -> int:
    return int(server.python(PUBLISHED.format(title=title, status=status)).split()[-1])


def open_form(page: Page, pk: int) -> None:
    page.goto(f"/admin/news/article/{pk}/change/")
    expect(text_of(page)).to_be_visible()


def text_of(page: Page) -> Locator:
    return page.frame_locator(".cke_wysiwyg_frame").locator("body")


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def save(page: Page) -> None:
    press(page, "Save and continue editing")


def told(page: Page) -> Locator:
    return page.locator(".messagelist")


def on_desk(page: Page, section: str) -> Locator:
    page.goto("/admin/")
    return page.get_by_role("region", name=section)


def difference(page: Page, field: str) -> Locator:
    return page.get_by_role("region", name="What differs").get_by_role("group", name=field)


@pytest.fixture
def window(new_context: Callable[..., BrowserContext], server: Server) -> Callable[[str], Page]:
    """A browser of its own, in which one of the staff is signed in."""

    def of(username: str) -> Page:
        page = new_context().new_page()
        sign_in(page, server, username)
        return page

    return of


@pytest.fixture
def visitor(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


def test_two_people_write_at_once_and_both_texts_stand(
    window: Callable[[str], Page], server: Server
):
    pk = article(server, "Two at once", status="draft")
    first, second = window("editor"), window("admin")
    open_form(first, pk)
    open_form(second, pk)
    first.get_by_label("Title").fill("Two at once, says the first")
    first.get_by_label("Summary").fill("The summary as the first has it.")
    save(first)
    expect(told(first)).to_contain_text("was changed successfully")

    second.get_by_label("Summary").fill("The summary as the second has it.")
    text_of(second).click()
    second.keyboard.press("Control+End")
    second.keyboard.type(" Beer followed.")
    save(second)
    expect(second.locator(".errorlist")).to_contain_text("Mei Zhang has saved this article since")
    expect(difference(second, "Title").locator("del")).to_contain_text("says the first")
    summary = difference(second, "Summary")
    expect(summary.locator("del")).to_have_text("first")
    expect(summary.locator("ins")).to_have_text("second")
    expect(difference(second, "Text").locator("ins")).to_have_text("Beer followed.")

    title = difference(second, "Title")
    expect(title.get_by_label("Take theirs")).to_be_checked()
    second.get_by_label("Title").press_sequentially("!")  # Whoever goes on writing keeps that.
    expect(title.get_by_label("Keep mine")).to_be_checked()
    title.get_by_label("Take theirs").check()
    summary.get_by_label("Take theirs").check()
    expect(difference(second, "Text").get_by_label("Keep mine")).to_be_checked()
    save(second)
    expect(told(second)).to_contain_text("was changed successfully")
    expect(second.get_by_label("Title")).to_have_value("Two at once, says the first")
    expect(second.get_by_label("Summary")).to_have_value("The summary as the first has it.")
    expect(text_of(second)).to_have_text("Steam rose on Monday. Beer followed.")

    # The first, who has not looked since, is told of it too, and publishes nothing unseen.
    press(first, "Publish…")
    expect(first.locator(".errorlist")).to_contain_text("admin has saved this article since")
    expect(difference(first, "Text").get_by_label("Take theirs")).to_be_checked()


LISTS = ("article", "image", "attachment", "category", "page", "browsingvolume", "site")
TOO_WIDE = """
Array.from(document.querySelectorAll(".results, .tabular"))
  .filter((each) => each.scrollWidth > each.clientWidth).length
"""


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_on_a_small_screen_lists_show_every_column(
    new_context: Callable[..., BrowserContext], server: Server, language: str
):
    page = new_context(viewport={"width": 1024, "height": 900}).new_page()
    sign_in(page, server, "admin")
    language_cookie = {"name": "django_language", "value": language, "url": server.url}
    page.context.add_cookies([language_cookie])
    models = page.locator("#nav-sidebar")
    for name in LISTS:
        page.goto(f"/admin/news/{name}/")
        expect(models).to_have_attribute("aria-expanded", "false")
        assert page.evaluate(TOO_WIDE) == 0, name
        assert page.evaluate("document.documentElement.scrollWidth") == 1024, name
    # A wide window shows the models, and so does a small one to whoever unfolds them.
    page.set_viewport_size({"width": 1440, "height": 900})
    page.reload()
    expect(models).to_have_attribute("aria-expanded", "true")
    page.set_viewport_size({"width": 1024, "height": 900})
    page.reload()
    page.locator("#toggle-nav-sidebar").click()
    page.reload()
    expect(models).to_have_attribute("aria-expanded", "true")


def test_the_clock_of_the_browser_is_spoken_of_once(
    new_context: Callable[..., BrowserContext], server: Server
):
    page = new_context(timezone_id="Pacific/Honolulu").new_page()
    sign_in(page, server, "editor")
    page.goto("/admin/news/article/add/")
    expect(page.locator(".timezonewarning:visible")).to_have_count(1)
    expect(page.locator("#id_published_at_0")).to_have_value("")


def test_an_author_submits_and_an_editor_sends_back_then_publishes(
    window: Callable[[str], Page], visitor: Page
):
    author, editor = window("author"), window("editor")
    author.goto("/admin/")
    author.get_by_role("link", name="Write an article").click()
    expect(text_of(author)).to_be_visible()
    author.get_by_label("Title").fill("The pump that sings")
    text_of(author).click()
    author.keyboard.type("It hums in C.")
    choose(author, "category", "Projects")
    press(author, "Submit for review…")
    author.get_by_label("Comment").fill("Ready, I think.")
    press(author, "Submit for review")
    expect(told(author)).to_contain_text("was submitted for review")
    expect(author.locator(".cke")).to_have_count(0)  # Nobody writes in what is being reviewed.
    expect(author.get_by_role("link", name="Take back")).to_be_visible()

    row = on_desk(editor, "Waiting for review").get_by_role("listitem")
    row = row.filter(has_text="The pump that sings")
    expect(row).to_contain_text("Ready, I think.")
    row.get_by_role("link").click()
    press(editor, "Send back…")
    press(editor, "Send back")
    expect(editor.get_by_label("Comment")).to_be_focused()  # It is required.
    editor.get_by_label("Comment").fill("In which key exactly?")
    press(editor, "Send back")
    expect(told(editor)).to_contain_text("was sent back to its author")

    row = on_desk(author, "My drafts, and what was sent back").get_by_role("listitem")
    row = row.filter(has_text="The pump that sings")
    expect(row).to_contain_text("Sent back")
    expect(row).to_contain_text("In which key exactly?")
    row.get_by_role("link").click()
    text_of(author).click()
    author.keyboard.press("Control+End")
    author.keyboard.type(" In C sharp, exactly.")
    press(author, "Submit for review…")
    press(author, "Submit for review")
    expect(told(author)).to_contain_text("was submitted for review")

    on_desk(editor, "Waiting for review").get_by_role("link", name="The pump that sings").click()
    press(editor, "Publish…")
    press(editor, "Publish")
    expect(told(editor)).to_contain_text("was published")
    visitor.goto("/en/")
    visitor.get_by_role("link", name="The pump that sings").first.click()
    expect(visitor.locator(".article-body")).to_have_text("It hums in C. In C sharp, exactly.")
    published = on_desk(author, "Published lately").get_by_role("link", name="The pump that sings")
    expect(published).to_be_visible()


def test_a_change_of_what_is_published_is_seen_only_when_it_is_published(
    window: Callable[[str], Page], visitor: Page, server: Server
):
    pk = article(server, "Old headline")
    visitor.goto(f"/en/news/{pk}/old-headline/")
    page = window("editor")
    open_form(page, pk)
    page.get_by_label("Title").fill("New headline")
    save(page)
    expect(page.locator(".article-state")).to_contain_text("Readers still see the published text")

    page.get_by_role("link", name="Preview").click()
    page.get_by_role("link", name="Phone, 390 pixels").click()
    frame = page.frame_locator(".preview-frame")
    expect(frame.get_by_role("heading", level=1)).to_have_text("New headline")
    assert frame.locator("html").evaluate("() => innerWidth") == 390
    visitor.reload()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Old headline")

    open_form(page, pk)
    press(page, "Publish…")
    press(page, "Publish")
    expect(told(page)).to_contain_text("was published")
    visitor.reload()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("New headline")
    assert f"/en/news/{pk}/" in visitor.url
    expect(visitor.locator("main")).to_contain_text("3 Hits")  # The same article, read three times.


def test_a_scheduled_change_appears_with_nobody_doing_anything(
    window: Callable[[str], Page], visitor: Page, server: Server
):
    pk = article(server, "Before the moment")
    page = window("editor")
    open_form(page, pk)
    page.get_by_label("Title").fill("After the moment")
    press(page, "Publish…")
    page.get_by_label("On this date").check()
    press(page, "Publish")
    expect(page.locator(".errorlist")).to_have_text("Say the date and the time.")
    page.get_by_label("Date and time").fill("2099-05-04T08:30")
    press(page, "Publish")
    expect(page.locator(".article-state")).to_contain_text(
        "Change on 2099-05-04 08:30 (Asia/Shanghai)"
    )
    row = (
        on_desk(page, "Scheduled next").get_by_role("listitem").filter(has_text="After the moment")
    )
    expect(row).to_contain_text("2099-05-04 08:30 (Asia/Shanghai)")
    visitor.goto(f"/en/news/{pk}/")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Before the moment")

    # The server's clock cannot be moved, so the moment is. Then nothing happens but a request.
    server.python(DUE.format(pk=pk))
    visitor.reload()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("After the moment")
    page.goto(f"/admin/news/article/{pk}/history/")
    expect(page.get_by_role("row", name=re.compile("Took effect"))).to_contain_text("By itself")


def test_an_old_version_is_compared_and_restored(window: Callable[[str], Page], server: Server):
    pk = article(server, "First wording", status="draft")
    page = window("editor")
    for title in ("Second wording", "Third wording"):
        open_form(page, pk)
        page.get_by_label("Title").fill(title)
        page.get_by_label("What did you change?").fill(f"It says {title}")
        save(page)
        expect(told(page)).to_contain_text("was changed successfully")
    page.get_by_role("link", name="History").click()
    rows = page.locator(".history tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("It says Third wording")
    rows.nth(2).get_by_label(re.compile("Compare from")).check()
    press(page, "Compare")
    title = page.locator(".difference").first
    expect(title.locator("del")).to_have_text("First")
    expect(title.locator("ins")).to_have_text("Third")
    page.get_by_role("link", name="Restore the older one").click()
    expect(page.locator(".article-state")).to_contain_text("This form shows an old version.")
    expect(page.get_by_label("Title")).to_have_value("First wording")
    save(page)
    expect(told(page)).to_contain_text("was changed successfully")
    expect(page.get_by_label("Title")).to_have_value("First wording")
    page.get_by_role("link", name="History").click()
    expect(rows).to_have_count(4)


def test_the_bin_and_back(window: Callable[[str], Page], visitor: Page, server: Server):
    pk = article(server, "Thrown away by mistake")
    visitor.goto(f"/en/news/{pk}/")
    address = visitor.url
    page = window("editor")
    open_form(page, pk)
    page.get_by_role("link", name="Put in the bin").click()
    press(page, "Put in the bin")
    expect(told(page)).to_contain_text("was put in the bin")
    answer = visitor.goto(address)
    assert answer
    assert answer.status == 410
    page.goto("/admin/news/article/?state=binned")
    page.get_by_role("link", name="Thrown away by mistake").click()
    page.get_by_role("link", name="Take out of the bin").click()
    press(page, "Take out of the bin")
    expect(told(page)).to_contain_text("was taken out of the bin")
    visitor.goto(address)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Thrown away by mistake")
    expect(visitor.locator("main")).to_contain_text("2 Hits")
