"""Plain pages in the admin, which editors write."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news.models import Page
from tests.forms import Form, errors, words
from tests.helpers import make_image, make_page, make_user

pytestmark = pytest.mark.django_db

ADD = "/admin/news/page/add/"


def change(page: Page) -> str:
    return f"/admin/news/page/{page.pk}/change/"


def opened(client, path: str) -> dict:
    return Form(client.get(path), "page_form").data


def typed(**fields: str) -> dict[str, str]:
    return {
        "title": "About us",
        "body": "<p>We are few.</p>",
        "language": "en",
        "position": "0",
        "is_published": "on",
        "in_footer": "on",
    } | fields


def test_an_editor_writes_a_page_and_readers_see_it(client, editor):
    response = client.post(ADD, opened(client, ADD) | typed())
    assert response.status_code == 302
    page = Page.objects.get()
    assert (page.slug, page.modified_by) == ("about-us", editor)
    assert "We are few." in client.get("/en/pages/about-us/").content.decode()
    assert LogEntry.objects.filter(object_id=page.pk).count() == 1


def test_a_page_begins_in_the_editors_language_and_unpublished(client, editor):
    data = Form(client.get(ADD, headers={"accept-language": "zh-hans"}), "page_form").data
    assert data["language"] == "zh-hans"
    assert "is_published" not in data
    assert "in_footer" in data


def test_nothing_of_it_is_published_before_somebody_says_so(client, editor):
    data = typed()
    del data["is_published"]
    client.post(ADD, opened(client, ADD) | data)
    page = Page.objects.get()
    assert client.get(page.get_absolute_url()).status_code == 404
    shown = client.get(change(page)).content.decode()
    link = re.search(r'href="([^"]+)" class="viewsitelink"', shown)
    assert link
    assert link[1].endswith(page.get_preview_url())
    assert "We are few." in client.get(page.get_preview_url()).content.decode()


def test_the_editor_is_told_what_the_door_took(client, editor):
    image = make_image()
    body = f'<p>Text</p><p><img src="{image.url}" alt="A mill"></p><script>x()</script>'
    response = client.post(ADD, opened(client, ADD) | typed(body=body), follow=True)
    assert "Removed from the text" in words(response)
    assert "1 picture that is not from the library" in words(response)
    assert Page.objects.get().body == "<p>Text</p>"


def test_the_editor_offers_no_pictures_and_no_files(client, editor):
    page = client.get(ADD)
    (written,) = re.findall(r'data-config="([^"]*)"', page.content.decode())
    config = json.loads(unescape(written))
    tools = [tool for group in config["toolbar"] for tool in group]
    assert "Table" in tools
    assert not {"Image", "NewsPictures", "NewsFiles"} & {*tools}
    assert config["extraPlugins"] == "newslanguage"
    assert "img" not in config["allowedContent"]
    assert "unsafe-inline" in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"slug": "taken"}, "Another page has this address already."),
        ({"body": ""}, "A page without a text cannot be published."),
        ({"body": "<p>&nbsp;</p>"}, "A page without a text cannot be published."),
        ({"title": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(client, editor, fields, sentence):
    make_page(slug="taken")
    response = client.post(ADD, opened(client, ADD) | typed(**fields))
    assert errors(response) == [sentence]
    assert Page.objects.count() == 1


# --- two languages


def test_two_pages_are_tied_and_untied(client, editor):
    english, chinese = make_page(), make_page(language="zh-hans", title="关于我们")
    client.post(change(english), opened(client, change(english)) | {"translation": chinese.pk})
    assert list(Page.objects.counterparts_of(english)) == []  # As it was read before.
    english.refresh_from_db()
    assert list(Page.objects.counterparts_of(english)) == [chinese]
    data = opened(client, change(english))
    assert data["translation"] == str(chinese.pk)
    client.post(change(english), data)
    english.refresh_from_db()
    assert list(Page.objects.counterparts_of(english)) == [chinese]
    client.post(change(english), data | {"translation": "", "opened": english.revision})
    english.refresh_from_db()
    assert list(Page.objects.counterparts_of(english)) == []


def test_only_pages_that_lack_a_version_are_offered(client, editor):
    english = make_page(title="English")
    make_page(title="English too")
    free = make_page(title="Frei", language="zh-hans")
    tied = make_page(title="Tied")
    make_page(title="Gebunden", language="zh-hans", translation_key=tied.translation_key)
    form = Form(client.get(change(english)), "page_form")
    assert form.choices["translation"] == ["", str(free.pk)]
    forged = form.data | {"translation": str(tied.pk)}
    assert client.post(change(english), forged).status_code == 200
    assert client.post(change(english), form.data | {"translation": "x"}).status_code == 200


def test_a_page_that_becomes_another_languages_finds_no_version_in_its_own(client, editor):
    english, chinese = make_page(), make_page(language="zh-hans")
    data = opened(client, change(english)) | {"translation": chinese.pk, "language": "zh-hans"}
    assert len(errors(client.post(change(english), data))) == 1
    english.refresh_from_db()
    assert english.language == "en"


# --- two editors


def test_what_a_colleague_saved_meanwhile_is_not_overwritten_unseen(client, editor):
    page = make_page(title="Before")
    mine = opened(client, change(page)) | {"title": "Mine"}
    page.title, page.modified_by = "Theirs", make_user("anna", first_name="Anna")
    page.save()
    refused = client.post(change(page), mine)
    (told,) = errors(refused)
    assert "has saved this page since you opened it" in told
    assert told.startswith("Anna")
    page.refresh_from_db()
    assert page.title == "Theirs"
    again = Form(refused, "page_form").data
    assert again["title"] == "Mine"
    assert client.post(change(page), again).status_code == 302
    page.refresh_from_db()
    assert page.title == "Mine"


@pytest.mark.parametrize("sent", ["", "x", "-1", "9" * 30])
def test_a_form_that_does_not_say_when_it_was_opened_is_refused(client, editor, sent):
    page = make_page(title="Before")
    data = opened(client, change(page)) | {"title": "Mine", "opened": sent}
    assert client.post(change(page), data).status_code == 200
    page.refresh_from_db()
    assert page.title == "Before"


# --- who may, and how much it asks


def test_authors_have_nothing_to_do_with_pages(client, author):
    page = make_page()
    for path in ("/admin/news/page/", ADD, change(page), page.get_preview_url()):
        assert client.get(path).status_code == 403
    assert client.post(change(page), typed(title="Mine")).status_code == 403
    assert "/admin/news/page/" not in client.get("/admin/").content.decode()


def test_whoever_may_only_look_reads_the_text(client):
    user = make_user()
    user.user_permissions.set(Permission.objects.filter(codename="view_page"))
    client.force_login(user)
    page = make_page(body="<h2>Who</h2><p>We</p>")
    text = words(client.get(change(page)))
    assert "Who" in text
    assert "<h2>" not in text
    assert client.post(change(page), typed()).status_code == 403


@pytest.mark.parametrize("path", ["/admin/news/page/", "{change}"])
def test_more_pages_need_no_more_queries(client, editor, path):
    page = make_page()

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path.format(change=change(page))).status_code == 200
        return len(queries)

    make_page(language="zh-hans")
    asked()
    few = asked()
    for _ in range(10):
        make_page()
        make_page(language="zh-hans")
    assert asked() == few


def test_an_editor_deletes_a_page(client, editor):
    page = make_page(slug="about")
    assert client.get("/en/pages/about/").status_code == 200
    client.post(f"/admin/news/page/{page.pk}/delete/", {"post": "yes"})
    assert client.get("/en/pages/about/").status_code == 404
