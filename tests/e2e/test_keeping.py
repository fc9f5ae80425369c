"""Nothing typed is lost: closed tabs, lost connections, sessions that ended, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from tests.e2e.conftest import PASSWORD
from tests.e2e.test_newsroom import choose, sign_in
from tests.server import Server

ADD = "/admin/news/article/add/"
OFFER = "This browser has a copy of what you typed until"
SINCE = "The article has been saved since then."
COPIES = "Object.keys(localStorage).filter((key) => key.startsWith('newsroom.typed:')).length"


@pytest.fixture
def unwatched(browser: Browser, browser_context_args: dict) -> Iterator[Page]:
    """Chromium writes every request that failed or was refused into the console."""
    with browser.new_context(**browser_context_args) as context:
        yield context.new_page()


def text_of(page: Page) -> Locator:
    return page.frame_locator(".cke_wysiwyg_frame").locator("body")


def type_text(page: Page, words: str) -> None:
    text_of(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def new_form(page: Page, title: str) -> None:
    """A new article that lacks nothing."""
    open_form(page, ADD)
    page.get_by_label("Title").fill(title)
    choose(page, "category", "Projects")


def open_form(page: Page, address: str) -> None:
    page.goto(address)
    expect(text_of(page)).to_be_visible()


def save(page: Page, button: str = "Save and continue editing") -> None:
    page.get_by_role("button", name=button, exact=True).click()


def saved(page: Page) -> Locator:
    return page.locator(".messagelist", has_text="successfully")


def draft(page: Page, title: str) -> str:
    """The address of a new draft's form."""
    new_form(page, title)
    type_text(page, "Steam rose.")
    save(page)
    expect(saved(page)).to_be_visible()
    expect(text_of(page)).to_be_visible()
    return page.url


def offers(page: Page) -> Locator:
    return page.get_by_role("region", name="Typed earlier and not saved").get_by_role("listitem")


def alert(page: Page) -> Locator:
    return page.locator(".keeping-bar")


def wait_for_copies(page: Page, number: int) -> None:
    """The page's policy forbids Playwright's own way of waiting."""
    deadline = time.monotonic() + 10
    while page.evaluate(COPIES) != number:
        assert time.monotonic() < deadline, page.evaluate(COPIES)
        page.wait_for_timeout(100)


def crash(page: Page) -> Page:
    """Another page after this one ended without a word."""
    context = page.context
    page.close()
    return context.new_page()


def put_in(page: Page) -> None:
    page.get_by_role("button", name="Put it into the form").click()


def leave(page: Page, address: str = "/en/") -> list[str]:
    """The questions that are asked on the way; all are answered with yes."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.goto(address)
    page.remove_listener("dialog", answer)
    return asked


def stored_titles(server: Server, words: str) -> list[str]:
    rows = server.query(f"SELECT title FROM news_article WHERE title LIKE '%{words}%' ORDER BY id")
    return [title for (title,) in rows]


# --- leaving


def test_leaving_with_a_typed_title_asks_first(page: Page, server: Server):
    sign_in(page, server, "editor")
    open_form(page, ADD)
    page.get_by_label("Title").press_sequentially("Half a")
    assert leave(page) == ["beforeunload"]


def test_leaving_with_words_in_the_editor_asks_first(page: Page, server: Server):
    sign_in(page, server, "editor")
    address = draft(page, "Leaving")
    assert leave(page) == []
    open_form(page, address)
    type_text(page, "More of it.")
    assert leave(page) == ["beforeunload"]


def test_leaving_with_a_choice_asks_first(page: Page, server: Server):
    sign_in(page, server, "editor")
    open_form(page, ADD)
    choose(page, "tags", "EPC")
    assert leave(page) == ["beforeunload"]


def test_words_that_were_taken_back_are_not_asked_about(page: Page, server: Server):
    sign_in(page, server, "editor")
    open_form(page, ADD)
    page.get_by_label("Title").press_sequentially("Half")
    wait_for_copies(page, 1)
    page.get_by_label("Title").fill("")
    wait_for_copies(page, 0)
    assert leave(page) == []


# --- the copy


def test_after_a_crash_everything_is_offered_and_comes_back(page: Page, server: Server):
    sign_in(page, server, "editor")
    address = draft(page, "Crash")
    page.get_by_label("Title").fill("Crash test")
    page.get_by_label("Summary").fill("In short.")
    type_text(page, " Beer follows.")
    choose(page, "tags", "EPC")
    choose(page, "cover", "")
    cover = page.locator(".cover-shown").get_attribute("src")
    wait_for_copies(page, 1)
    page.wait_for_timeout(2500)  # As long as an author might wait at most for the last words.

    page = crash(page)
    open_form(page, address)
    expect(offers(page)).to_have_count(1)
    expect(offers(page)).to_contain_text(OFFER)
    expect(page.get_by_text(SINCE)).to_be_hidden()
    expect(page.get_by_label("Title")).to_have_value("Crash")
    page.get_by_role("button", name="Put it into the form").focus()
    page.keyboard.press("Enter")
    expect(offers(page)).to_have_count(0)
    expect(page.get_by_label("Title")).to_have_value("Crash test")
    expect(page.locator(".summary-counter")).to_have_text("9 / 400")
    expect(text_of(page)).to_have_text("Steam rose. Beer follows.")
    expect(page.locator(".field-tags .select2-selection__choice")).to_contain_text("EPC")
    assert page.locator(".cover-shown").get_attribute("src") == cover
    assert leave(page) == ["beforeunload"]

    open_form(page, address)
    put_in(page)
    save(page)
    expect(saved(page)).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Crash test")
    expect(text_of(page)).to_have_text("Steam rose. Beer follows.")
    expect(page.locator(".field-tags .select2-selection__choice")).to_contain_text("EPC")
    expect(offers(page)).to_have_count(0)
    assert page.evaluate(COPIES) == 0
    assert leave(page) == []


def test_a_new_article_is_offered_until_it_is_saved(page: Page, server: Server):
    sign_in(page, server, "editor")
    new_form(page, "Brand new")
    type_text(page, "First words.")
    wait_for_copies(page, 1)
    page = crash(page)
    open_form(page, ADD)
    put_in(page)
    expect(page.locator(".field-category .select2-selection")).to_contain_text("Projects")
    expect(text_of(page)).to_have_text("First words.")
    save(page, "Save")
    expect(saved(page)).to_be_visible()
    open_form(page, ADD)
    expect(page.locator(".keeping-offers")).to_be_hidden()
    assert page.evaluate(COPIES) == 0
    assert stored_titles(server, "Brand new") == ["Brand new"]


def test_closing_the_tab_keeps_even_the_last_word(page: Page, server: Server):
    sign_in(page, server, "editor")
    open_form(page, ADD)
    page.get_by_label("Title").fill("In the last second")
    leave(page)
    open_form(page, ADD)
    put_in(page)
    expect(page.get_by_label("Title")).to_have_value("In the last second")


def test_a_copy_is_thrown_away_only_when_asked_twice(page: Page, server: Server):
    sign_in(page, server, "editor")
    open_form(page, ADD)
    page.get_by_label("Title").fill("Never mind")
    leave(page)
    open_form(page, ADD)
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Throw it away").click()
    expect(offers(page)).to_have_count(1)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Throw it away").click()
    expect(offers(page)).to_have_count(0)
    assert page.evaluate(COPIES) == 0


def test_a_refused_form_keeps_its_copy(page: Page, server: Server):
    sign_in(page, server, "editor")
    open_form(page, ADD)
    page.get_by_label("Title").fill("Without a category")
    type_text(page, "Words of a refused form.")
    save(page)
    expect(page.locator(".errornote")).to_be_visible()
    expect(text_of(page)).to_have_text("Words of a refused form.")
    expect(page.locator(".keeping-offers")).to_be_hidden()
    assert page.evaluate(COPIES) == 1
    assert leave(page) == ["beforeunload"]
    open_form(page, ADD)
    put_in(page)
    expect(page.get_by_label("Title")).to_have_value("Without a category")
    expect(text_of(page)).to_have_text("Words of a refused form.")


def test_a_copy_of_an_article_that_was_saved_since_says_so_and_overwrites_nothing(
    page: Page, server: Server
):
    sign_in(page, server, "editor")
    address = draft(page, "Since then")
    page.get_by_label("Title").fill("Since then: mine")
    wait_for_copies(page, 1)
    page = crash(page)
    open_form(page, address)
    page.get_by_label("Title").fill("Since then: theirs")
    save(page)
    expect(saved(page)).to_be_visible()
    expect(page.get_by_text(SINCE)).to_be_visible()
    put_in(page)
    save(page)
    expect(page.locator(".errornote")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Since then: mine")
    assert stored_titles(server, "Since then") == ["Since then: theirs"]


def test_two_windows_keep_a_copy_each(page: Page, server: Server):
    sign_in(page, server, "editor")
    address = draft(page, "Two windows")
    page.get_by_label("Title").fill("In the first window")
    wait_for_copies(page, 1)
    second = page.context.new_page()
    open_form(second, address)
    expect(second.locator(".keeping-offers")).to_be_hidden()
    second.get_by_label("Title").fill("In the second window")
    wait_for_copies(second, 2)
    page.close()
    third = crash(second)
    open_form(third, address)
    expect(offers(third)).to_have_count(2)
    put_in = third.get_by_role("button", name="Put it into the form")
    put_in.first.click()
    expect(third.get_by_label("Title")).to_have_value("In the second window")
    expect(offers(third)).to_have_count(1)
    put_in.click()
    expect(third.get_by_label("Title")).to_have_value("In the first window")
    expect(offers(third)).to_have_count(1)  # The other one, again.


def test_what_was_typed_before_a_copy_was_put_in_is_not_lost_either(page: Page, server: Server):
    sign_in(page, server, "editor")
    open_form(page, ADD)
    page.get_by_label("Title").fill("Earlier")
    leave(page)
    open_form(page, ADD)
    page.get_by_label("Title").fill("Later")
    put_in(page)
    expect(page.get_by_label("Title")).to_have_value("Earlier")
    expect(offers(page)).to_have_count(1)


def test_nobody_else_on_the_same_computer_is_offered_it(page: Page, server: Server):
    sign_in(page, server, "editor")
    open_form(page, ADD)
    page.get_by_label("Title").fill("Mine alone")
    leave(page)
    page.context.clear_cookies()
    sign_in(page, server, "author")
    open_form(page, ADD)
    expect(page.locator(".keeping-offers")).to_be_hidden()
    page.context.clear_cookies()
    sign_in(page, server, "editor")
    open_form(page, ADD)
    expect(offers(page)).to_have_count(1)


def test_after_thirty_days_a_copy_is_gone(page: Page, server: Server):
    sign_in(page, server, "editor")
    open_form(page, ADD)
    page.get_by_label("Title").fill("Long ago")
    leave(page)
    page.evaluate(
        """() => {
          const [key] = Object.keys(localStorage).filter((key) => key.startsWith("newsroom.typed"));
          const copy = JSON.parse(localStorage.getItem(key));
          copy.at -= 31 * 24 * 3600 * 1000;
          localStorage.setItem(key, JSON.stringify(copy));
        }"""
    )
    open_form(page, ADD)
    expect(page.locator(".keeping-offers")).to_be_hidden()
    assert page.evaluate(COPIES) == 0


def test_a_browser_without_room_says_so_once_and_still_saves(page: Page, server: Server):
    sign_in(page, server, "editor")
    new_form(page, "No room")
    page.evaluate(
        """() => {
          for (let size = 2 ** 22; size >= 1; size /= 2) {
            try {
              for (;;) localStorage.setItem(`full${localStorage.length}`, "x".repeat(size));
            } catch {}
          }
        }"""
    )
    page.get_by_label("Summary").press_sequentially("Rather long " * 9)
    expect(alert(page)).to_contain_text("This browser has no room to keep a copy")
    save(page)
    expect(saved(page)).to_be_visible()


# --- the server away


def test_a_lost_connection_loses_nothing(unwatched: Page, server: Server):
    page = unwatched
    sign_in(page, server, "editor")
    new_form(page, "Lost connection")
    type_text(page, "Written in a tunnel.")
    page.context.set_offline(True)
    save(page, "Save")
    expect(alert(page).get_by_role("alert")).to_contain_text("The newsroom does not answer")
    expect(text_of(page)).to_have_text("Written in a tunnel.")
    assert page.evaluate(COPIES) == 1
    page.get_by_role("button", name="Try again").click()
    expect(alert(page).get_by_role("alert")).to_contain_text("The newsroom does not answer")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(saved(page)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/admin/news/article/$"))
    assert stored_titles(server, "Lost connection") == ["Lost connection"]


def test_an_answer_that_never_came_keeps_the_copy(unwatched: Page, server: Server):
    page = unwatched
    sign_in(page, server, "editor")
    new_form(page, "On its way")
    page.route(
        f"**{ADD}",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    save(page)
    expect(page).to_have_url(re.compile("^chrome-error:"))
    open_form(page, ADD)
    put_in(page)
    expect(page.get_by_label("Title")).to_have_value("On its way")


def test_a_double_click_saves_once(page: Page, server: Server):
    sign_in(page, server, "editor")
    new_form(page, "Clicked twice")
    page.get_by_role("button", name="Save", exact=True).dblclick()
    expect(saved(page)).to_be_visible()
    assert stored_titles(server, "Clicked twice") == ["Clicked twice"]


# --- the session over


def end_session(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


def password(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Your session is over").get_by_label("Password")


def test_a_session_that_ended_asks_for_the_password_and_goes_on(page: Page, server: Server):
    sign_in(page, server, "editor")
    new_form(page, "Expired")
    type_text(page, "Written over lunch.")
    end_session(page)
    save(page, "Save")
    expect(page.get_by_role("dialog").get_by_label("Username")).to_have_value("editor")
    expect(password(page)).to_be_focused()
    password(page).fill("not it at all")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text(
        "That is not the password. Try again."
    )
    password(page).fill(PASSWORD)
    page.get_by_role("button", name="Sign in and save").click()
    expect(saved(page)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/admin/news/article/$"))  # As “Save” leads, no other.
    assert stored_titles(server, "Expired") == ["Expired"]


def test_whoever_does_not_sign_in_again_loses_nothing(page: Page, server: Server):
    sign_in(page, server, "editor")
    new_form(page, "Signed out")
    page.context.clear_cookies()  # The form's own token too.
    save(page)
    expect(password(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(alert(page)).to_contain_text("Not saved: you are no longer signed in.")
    assert page.evaluate(COPIES) == 1
    page.get_by_role("button", name="Try again").click()
    password(page).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(saved(page)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/change/$"))


def test_signing_in_again_in_another_window_is_enough(page: Page, server: Server):
    sign_in(page, server, "editor")
    new_form(page, "Another window")
    end_session(page)
    sign_in(page.context.new_page(), server, "editor")
    save(page)
    expect(saved(page)).to_be_visible()


def test_nothing_is_saved_under_another_name(page: Page, server: Server):
    sign_in(page, server, "editor")
    new_form(page, "Whose is it")
    other = page.context.new_page()
    end_session(page)
    sign_in(other, server, "author")
    save(page)
    expect(alert(page)).to_contain_text("meanwhile author has signed in on this browser")
    expect(alert(page)).to_contain_text("Sign in as editor")
    assert stored_titles(server, "Whose is it") == []
    end_session(page)
    sign_in(other, server, "editor")
    page.get_by_role("button", name="Try again").click()
    expect(saved(page)).to_be_visible()


def test_a_locked_account_is_told_so_and_keeps_the_form(unwatched: Page, server: Server):
    server.python(
        "from django.contrib.auth.models import Group, User\n"
        f"typist = User.objects.create_user('typist', password={PASSWORD!r}, is_staff=True)\n"
        "typist.groups.add(Group.objects.get(name='Author'))"
    )
    page = unwatched
    sign_in(page, server, "typist")
    new_form(page, "Locked out")
    end_session(page)
    save(page)
    refused = page.get_by_role("dialog").get_by_role("alert")
    for _attempt in range(4):
        password(page).fill("not it at all")
        page.keyboard.press("Enter")
        expect(refused).to_contain_text("That is not the password")
        password(page).fill("")
    password(page).fill("not it at all")
    page.keyboard.press("Enter")
    expect(refused).to_contain_text("locked for 15 minutes")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("Title")).to_have_value("Locked out")


# --- Ctrl+S


def test_control_s_saves_from_the_form_and_from_inside_the_editor(page: Page, server: Server):
    sign_in(page, server, "editor")
    new_form(page, "By key")
    page.get_by_label("Title").press("Control+s")
    expect(saved(page)).to_contain_text("was added")
    expect(page).to_have_url(re.compile(r"/change/$"))
    type_text(page, "Words before the key.")
    page.keyboard.press("Control+s")
    expect(saved(page)).to_contain_text("was changed")
    expect(text_of(page)).to_have_text("Words before the key.")
    page.get_by_role("button", name="Source").click()
    page.locator("textarea.cke_source").fill("<p>As HTML.</p>")
    page.locator("textarea.cke_source").press("Control+s")
    expect(saved(page)).to_contain_text("was changed")
    expect(text_of(page)).to_have_text("As HTML.")
    assert stored_titles(server, "By key") == ["By key"]
