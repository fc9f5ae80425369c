"""Versions in other languages at the desk: the buttons that begin one, and the report."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from news.models import Article, Category, Page, Status
from tests.desk import do, edit
from tests.forms import Form, change, errors, messages, offered, submit, words
from tests.helpers import NOW, make_article, make_category, make_page, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.time_machine(NOW),
    pytest.mark.usefixtures("editor"),
]

REPORT = "/admin/news/article/languages/"


@pytest.fixture
def chinese() -> Category:
    """The category that English projects are paired with."""
    key = uuid4()
    make_category("Projects", "en", translation_key=key)
    return make_category("工程项目", "zh-hans", translation_key=key)


def begin(article: Article, language: str = "zh-hans") -> str:
    return f"/admin/news/article/{article.pk}/in/{language}/"


def forms_to(response) -> list[str]:
    """Where the page's buttons lead that are no part of another form."""
    return re.findall(r'<form method="post"\s+action="([^"]+)"', response.content.decode())


# --- the button


def test_one_click_makes_the_draft_and_opens_it(client, editor, chinese):
    article = make_article(title="Mill")
    form = client.get(change(article))
    assert "Create the Chinese version" in words(form)
    assert forms_to(form) == [begin(article)]
    answer = client.post(begin(article), follow=True)
    draft = Article.objects.get(language="zh-hans")
    assert answer.redirect_chain == [(change(draft), 302)]
    assert messages(answer) == [
        "This is the Chinese version of “Mill”. Translate what it begins with."
    ]
    assert (draft.created_by, draft.category, draft.status) == (editor, chinese, "draft")
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user, entry.is_addition()) == (str(draft.pk), editor, True)


def test_and_back(client):
    key = uuid4()
    make_category("Projects", "en", translation_key=key)
    article = make_article(language="zh-hans", title="工厂")
    Category.objects.filter(language="zh-hans").update(translation_key=key)
    client.post(begin(article, "en"))
    assert Article.objects.get(language="en").title == "工厂"


def test_the_drafts_form_has_the_original_beside_it_and_is_saved_as_any_other(client, chinese):
    article = make_article(title="Mill opens")
    client.post(begin(article))
    draft = Article.objects.get(language="zh-hans")
    form = client.get(change(draft))
    assert f'href="{change(article)}"' in form.content.decode()
    assert "English: Mill opens Public" in words(form)
    assert forms_to(form) == []
    assert offered(form) == ["submit", "publish"]
    assert errors(submit(client, change(draft), "article_form", title="工厂投产")) == []
    draft.refresh_from_db()
    assert (draft.title, draft.slug) == ("工厂投产", "gong-chang-tou-chan")
    assert draft.translation_key == article.translation_key


def test_an_address_that_somebody_chose_does_not_follow_the_title(client, chinese):
    article = make_article(title="Mill opens", status=Status.DRAFT)
    assert errors(submit(client, change(article), "article_form", slug="mill")) == []
    assert errors(submit(client, change(article), "article_form", title="Opened")) == []
    assert Article.objects.get().slug == "mill"


def test_without_a_known_category_the_page_asks(client):
    article = make_article(title="Mill")
    category = make_category("工程项目", "zh-hans")
    page = client.post(begin(article))
    assert page.status_code == 200
    assert errors(page) == []
    assert "Nothing is published" in words(page)
    assert not Article.objects.filter(language="zh-hans").exists()
    answer = submit(client, begin(article), "transition-box", category=category.pk)
    draft = Article.objects.get(language="zh-hans")
    assert answer.redirect_chain == [(change(draft), 302)]
    assert draft.category == category


def test_the_page_proposes_the_category_that_is_known(client, chinese):
    form = Form(client.get(begin(make_article())), "transition-box")
    assert form.data["category"] == str(chinese.pk)


def test_a_category_of_another_language_is_refused(client):
    article = make_article()
    answer = submit(client, begin(article), "transition-box", category=article.category_id)
    assert errors(answer) == [
        "Select a valid choice. That choice is not one of the available choices."
    ]
    assert errors(client.post(begin(article), {"category": ""})) == ["This field is required."]
    assert Article.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_second_version_is_refused_in_words(client, chinese, method):
    article = make_article()
    client.post(begin(article), follow=True)
    answer = getattr(client, method)(begin(article), follow=True)
    assert answer.redirect_chain == [(change(article), 302)]
    assert messages(answer) == ["There is a version in this language already."]
    assert Article.objects.count() == 2


def test_what_lies_in_the_bin_has_no_button_and_is_refused(client, chinese):
    article = make_article(binned_at=NOW)
    assert forms_to(client.get(change(article))) == []
    assert messages(client.post(begin(article), follow=True)) == [
        "It lies in the bin. Take it out first."
    ]
    assert Article.objects.count() == 1


@pytest.mark.parametrize("language", ["fr", "en-gb", "xx"])
def test_an_unknown_language_or_article_is_not_found(client, language):
    article = make_article()
    assert client.post(begin(article, language)).status_code == 404
    assert client.post("/admin/news/article/999/in/zh-hans/").status_code == 404


def test_an_author_begins_a_version_of_anybodys_article(client, chinese):
    author = make_user(group="Author")
    client.force_login(author)
    article = make_article()
    assert forms_to(client.get(change(article))) == [begin(article)]
    answer = client.post(begin(article), follow=True)
    draft = Article.objects.get(language="zh-hans")
    assert draft.created_by == author
    assert offered(answer) == ["submit"]


def test_whoever_may_not_add_articles_may_not_begin_one(client, chinese):
    user = make_user()
    user.user_permissions.set(permission("view_article"))
    client.force_login(user)
    article = make_article()
    assert forms_to(client.get(change(article))) == []
    for method in (client.get, client.post):
        assert method(begin(article)).status_code == 403
    user.user_permissions.set(permission("add_article"))
    assert client.post(begin(article)).status_code == 403  # They may not see this one.
    assert Article.objects.count() == 1


def permission(codename: str):
    return Permission.objects.filter(content_type__app_label="news", codename=codename)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_makes_it_and_the_other_is_told(chinese):
    article = make_article()
    browsers = [Client(), Client(), Client()]
    for browser in browsers:
        browser.force_login(make_user(group="Editor"))

    def click(browser: Client) -> list[str]:
        try:
            return messages(browser.post(begin(article), follow=True))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        said = sorted(line for lines in pool.map(click, browsers) for line in lines)
    assert said[:2] == ["There is a version in this language already."] * 2
    assert said[2].startswith("This is the Chinese version of")
    assert Article.objects.filter(language="zh-hans").count() == 1


# --- the report


def edited(article: Article) -> Article:
    """The version of an article that readers read otherwise by now."""
    version = make_article(
        title=f"{article.title}厂", language="zh-hans", translation_key=article.translation_key
    )
    edit(article, make_user(is_superuser=True), summary="It runs.")
    return version


def test_the_report_says_what_is_missing_not_public_and_older(client):
    make_article(title="Alone")
    waiting = make_article(title="Begun")
    make_article(
        title="稿", language="zh-hans", translation_key=waiting.translation_key, status="draft"
    )
    version = edited(make_article(title="Edited"))
    page = client.get(f"{REPORT}?language=zh-hans")
    text = words(page)
    assert "Alone English · 2025-06-02 Missing Create the Chinese version" in text
    assert "Begun English · 2025-06-02 稿 Draft Open it" in text
    assert "Edited English · 2025-06-02 Edited厂 Older since 2026-03-04 12:00" in text
    assert "In English 0" in text
    assert "In Chinese 3" in text
    assert f"/admin/news/article/{version.pk}/up-to-date/" in forms_to(page)
    for kind, title in {"missing": "Alone", "waiting": "Begun", "older": "Edited"}.items():
        listed = words(client.get(f"{REPORT}?language=zh-hans&kind={kind}"))
        shown = [each for each in ("Alone", "Begun", "Edited") if f"{each} English ·" in listed]
        assert shown == [title]


@pytest.mark.parametrize("asked", ["language=xx", "kind=xx&language=zh-hans", "page=x", "page=999"])
def test_what_nobody_can_ask_for_is_not_heard(client, asked):
    assert client.get(f"{REPORT}?{asked}").status_code == 200


def test_it_begins_with_the_readers_own_language(client):
    make_article(title="Alone")
    own = words(client.get(REPORT, headers={"accept-language": "zh-hans"}))
    assert "Alone" in own
    assert "Nothing is missing here." in words(client.get(REPORT))


def test_the_report_and_the_form_have_the_button_that_says_it_is_up_to_date(client):
    version = edited(make_article(title="Edited"))
    assert "Another version was edited on 2026-03-04 12:00" in words(client.get(change(version)))
    button = f"/admin/news/article/{version.pk}/up-to-date/"
    assert button in forms_to(client.get(change(version)))
    answer = client.post(button, follow=True)
    assert answer.redirect_chain == [(change(version), 302)]
    assert messages(answer) == ["“Edited厂” counts as up to date until another version is edited."]
    assert forms_to(answer) == []
    back = client.post(button, {"in_report": ""}, follow=True)
    assert back.redirect_chain == [(f"{REPORT}?language=zh-hans", 302)]
    assert "Nothing is missing here." in words(back)


def test_a_translation_that_is_written_after_the_original_was_edited_is_not_older(client, chinese):
    article = make_article(title="Mill")
    client.post(begin(article))
    draft = Article.objects.get(language="zh-hans")
    edit(article, make_user(is_superuser=True), title="Mill runs")
    assert "Another version was edited on" in words(client.get(change(draft)))
    assert errors(submit(client, change(draft), "article_form", title="工厂投产")) == []
    assert "Another version was edited on" not in words(client.get(change(draft)))
    do("publish", draft, make_user(is_superuser=True))
    for language in ("zh-hans", "en"):
        assert "Nothing is missing here." in words(client.get(f"{REPORT}?language={language}"))


def test_the_report_knows_plain_pages_and_leads_to_a_form_that_is_filled_in(client):
    page = make_page(title="About us")
    make_page(title="Not yet", is_published=False)
    paired = make_page(title="Imprint")
    make_page(title="声明", language="zh-hans", translation_key=paired.translation_key)
    report = client.get(f"{REPORT}?language=zh-hans")
    assert "About us English · Create the Chinese version" in words(report)
    assert "Imprint" not in words(report)
    assert "Not yet" not in words(report)
    assert "Nothing is missing here" not in words(report)
    (address,) = re.findall(r'href="(/admin/news/page/add/[?][^"]*)"', report.content.decode())
    address = unescape(address)
    data = Form(client.get(address), "page_form").data
    assert (data["language"], data["translation"]) == ("zh-hans", str(page.pk))
    typed = {"title": "关于我们", "body": "<p>我们</p>"}
    assert client.post(address, data | typed).status_code == 302
    assert Page.objects.counterparts_of(page).get().title == "关于我们"
    for shown in ("language=en", "language=zh-hans&kind=older", "language=zh-hans"):
        assert "Nothing is missing here" in words(client.get(f"{REPORT}?{shown}"))


def test_whoever_makes_no_pages_is_told_of_none(client):
    make_page(title="About us")
    client.force_login(make_user(group="Author"))
    assert "About us" not in words(client.get(f"{REPORT}?language=zh-hans"))


def test_only_whoever_may_change_it_says_that_it_is_up_to_date(client):
    version = edited(make_article())
    client.force_login(make_user(group="Author"))
    button = f"/admin/news/article/{version.pk}/up-to-date/"
    for page in (change(version), f"{REPORT}?language=zh-hans"):
        assert button not in forms_to(client.get(page))
    assert client.post(button).status_code == 403
    assert client.get(button).status_code == 405
    version.refresh_from_db()
    assert version.behind_since is not None


def test_an_author_does_not_say_it_of_an_article_of_theirs(client):
    version = edited(make_article())
    author = make_user(group="Author")
    Article.objects.filter(pk=version.pk).update(created_by=author)
    client.force_login(author)
    button = f"/admin/news/article/{version.pk}/up-to-date/"
    assert button not in forms_to(client.get(change(version)))
    assert client.post(button).status_code == 403
    version.refresh_from_db()
    assert version.behind_since is not None


def test_the_desk_and_the_list_lead_to_the_report(client):
    make_article()
    make_article()
    desk = client.get("/admin/")
    assert "2 articles are missing or older in Chinese" in words(desk)
    assert "older in English" not in words(desk)
    assert f'{REPORT}?language=zh-hans"' in desk.content.decode()
    assert f'href="{REPORT}"' in client.get("/admin/news/article/").content.decode()


def test_the_report_is_in_pages_and_takes_as_many_queries_for_many(client):
    def look() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(f"{REPORT}?language=zh-hans&kind=missing")
        return words(page), len(captured)

    make_article(title="Oldest", published_at=NOW - timedelta(days=900))
    look()
    _, before = look()
    for _ in range(50):
        make_article()
    text, queries = look()
    assert queries == before
    assert "Oldest" not in text
    second = client.get(f"{REPORT}?language=zh-hans&kind=missing&page=2")
    assert "Oldest" in words(second)
    assert 'href="?language=zh-hans&amp;kind=missing&amp;page=1"' in second.content.decode()
