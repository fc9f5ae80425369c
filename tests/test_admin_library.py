"""The picture library in the admin: uploads, the picker, and what autocomplete fields offer."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture

from news import library, pictures
from news.admin.image import ImageAdmin
from news.models import Image, Status
from tests.forms import Form, errors, listed, messages, submit, words
from tests.helpers import (
    NOW,
    make_article,
    make_category,
    make_image,
    make_tag,
    make_user,
    picture_bytes,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

ADD = "/admin/news/image/add/"
PICK = "/admin/news/image/pick/"


def file(data: bytes, name: str = "mill.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def upload(client, data: bytes, name: str = "mill.jpg", path: str = ADD, **typed: Any):
    return submit(client, path, "image_form", file=file(data, name), **typed)


def stored(image: Image) -> bytes:
    with image.file.open() as file:
        return file.read()


def in_text(*images: Image) -> str:
    return "".join(f'<p>See <img src="{image.url}" alt="x"></p>' for image in images)


# --- uploads


def test_an_upload_is_stored_written_anew(client, author):
    exif = Picture.Exif()
    exif[0x010F] = "A camera"
    data = picture_bytes("JPEG", (64, 32), exif=exif) + b"<script>alert(1)</script>"
    typed = {"title": "Mill 3", "alt": "A paper mill", "caption": "In Vietnam"}
    assert errors(upload(client, data, **typed)) == []
    image = Image.objects.get()
    assert (image.title, image.alt, image.caption) == tuple(typed.values())
    assert (image.width, image.height, image.uploaded_by) == (64, 32, author)
    assert re.fullmatch(r"pictures/2026/[0-9a-f]{32}\.jpg", image.file.name)
    assert b"A camera" not in stored(image)
    assert b"script" not in stored(image)
    assert Picture.open(io.BytesIO(stored(image))).format == "JPEG"


@pytest.mark.parametrize(
    ("name", "title"),
    [("DSC_0012.JPG", "DSC_0012"), ("越南项目.jpg", "越南项目"), ("a.b.png", "a.b")],
)
def test_a_picture_without_a_title_is_called_like_its_file(client, author, name, title):
    assert errors(upload(client, picture_bytes(), name)) == []
    assert Image.objects.get().title == title


def test_a_picture_is_stored_as_what_it_is(client, author):
    assert errors(upload(client, picture_bytes("PNG"), "photo.jpg")) == []
    assert Image.objects.get().file.name.endswith(".png")


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"<html><script>alert(1)</script>", "mill.jpg", "is not a picture that can be read"),
        (b"<svg onload='alert(1)'/>", "mill.svg", "SVG drawings can carry programs"),
        (picture_bytes()[:300], "mill.jpg", "is not a picture that can be read"),
        (
            picture_bytes("WEBP", save_all=True, append_images=[Picture.new("RGB", (320, 180))]),
            "mill.webp",
            "Animated pictures cannot be used",
        ),
        (b"", "mill.jpg", "The submitted file is empty"),
    ],
)
def test_a_bad_file_is_refused_and_what_was_typed_stays(client, author, data, name, sentence):
    typed = {"title": "Mill 3", "alt": "A paper mill", "caption": "In Vietnam"}
    response = upload(client, data, name, **typed)
    (told,) = errors(response)
    assert sentence in told
    form = Form(response, "image_form")
    assert {key: form.data[key] for key in typed} == typed
    assert not Image.objects.exists()


def test_too_large_a_picture_is_refused(client, author, settings):
    settings.PICTURE_MAX_BYTES = 1024 * 1024
    settings.PICTURE_MAX_PIXELS = 1_000_000
    refused = [picture_bytes() + bytes(1024 * 1024), picture_bytes(size=(1200, 900))]
    assert [errors(upload(client, data)) for data in refused] == [
        ["This picture is larger than 1 MB. Make it smaller."],
        ["This picture has more than 1 million pixels. Make it smaller."],
    ]
    assert not Image.objects.exists()


def test_a_picture_needs_a_file(client, author):
    response = submit(client, ADD, "image_form", title="Mill 3")
    assert errors(response) == ["This field is required."]


def test_words_are_changed_without_sending_the_picture_again(client, author):
    image = make_image(title="Mill", alt="Old", uploaded_by=author)
    before = stored(image)
    path = f"/admin/news/image/{image.pk}/change/"
    assert errors(submit(client, path, "image_form", alt="New", title="")) == []
    image.refresh_from_db()
    assert (image.title, image.alt) == ("Mill", "New")
    assert stored(image) == before


def test_a_picture_is_replaced_under_a_new_name(client, author):
    image = make_image(uploaded_by=author)
    old = image.file.name
    path = f"/admin/news/image/{image.pk}/change/"
    assert errors(upload(client, picture_bytes("PNG", (50, 40)), "new.png", path)) == []
    image.refresh_from_db()
    assert image.file.name != old
    assert (image.width, image.height, image.title) == (50, 40, image.title)


def test_a_replaced_picture_keeps_its_uses(client, editor, django_capture_on_commit_callbacks):
    image = make_image(alt="x")
    article = make_article(cover=image, body=in_text(image))
    old = image.file.name
    path = f"/admin/news/image/{image.pk}/change/"
    with django_capture_on_commit_callbacks(execute=True):
        assert errors(upload(client, picture_bytes("PNG", (50, 40)), "new.png", path)) == []
    image.refresh_from_db()
    assert not image.file.storage.exists(old)
    assert image.file.storage.exists(image.file.name)
    assert list(image.uses.values_list("article", flat=True)) == [article.pk]
    form = Form(client.get(f"/admin/news/article/{article.pk}/change/"), "article_form")
    assert image.url in form.data["body"]


def test_the_same_file_again_is_not_stored_twice(client, author):
    data = picture_bytes(size=(64, 32))
    assert errors(upload(client, data, title="Mill 3")) == []
    response = upload(client, data, "again.jpg", alt="A mill")
    (told,) = errors(response)
    image = Image.objects.get()
    link = f'<a href="/admin/news/image/{image.pk}/change/">Mill 3</a>'
    assert told == f"This picture is already in the library: {link}"
    assert Form(response, "image_form").data["alt"] == "A mill"


def test_a_picture_uploaded_by_two_at_once_is_stored_once(client, author, monkeypatch):
    data, known = picture_bytes(size=(65, 32)), library.known

    def known_too_late(*asked):
        monkeypatch.setattr(library, "known", known)
        pictures.take(SimpleUploadedFile("first.jpg", data), author)

    monkeypatch.setattr(library, "known", known_too_late)
    (told,) = errors(upload(client, data))
    assert "already in the library" in told
    assert Image.objects.get().title == "first"


def test_a_picture_that_is_deleted_while_it_is_replaced_stays_deleted(client, editor, monkeypatch):
    image = make_image()
    path = f"/admin/news/image/{image.pk}/change/"
    data = Form(client.get(path), "image_form").data
    Image.objects.get().delete()
    read_before, get_object = iter([image, image]), ImageAdmin.get_object
    monkeypatch.setattr(
        ImageAdmin, "get_object", lambda *asked: next(read_before, None) or get_object(*asked)
    )
    new = file(picture_bytes("PNG", (50, 40)), "new.png")
    (told,) = messages(client.post(path, data | {"file": new}, follow=True))
    assert "doesn’t exist" in told
    assert not Image.objects.exists()


def test_a_picture_that_readers_see_by_the_time_it_is_made_is_not_replaced(
    client, author, monkeypatch
):
    image = make_image(uploaded_by=author)
    replace = library.replace

    def published_just_before(*asked):
        make_article(cover=image, cover_alt="A mill")
        replace(*asked)

    monkeypatch.setattr(library, "replace", published_just_before)
    path = f"/admin/news/image/{image.pk}/change/"
    assert upload(client, picture_bytes("PNG", (50, 40)), "new.png", path).status_code == 403
    assert Image.objects.get().file.name == image.file.name


def test_a_picture_goes_on_showing_while_its_new_file_is_refused(client, author):
    image = make_image(uploaded_by=author)
    path = f"/admin/news/image/{image.pk}/change/"
    response = upload(client, picture_bytes("PNG", (50, 40)), "new.png", path, alt="x" * 301)
    assert len(errors(response)) == 1
    assert f'class="picture-preview" src="{image.url}"' in response.content.decode()
    image.refresh_from_db()
    assert (image.width, image.height) == (320, 180)


def test_the_list_shows_the_pictures(client, author):
    image = make_image(title="<b>Mill</b>", alt='A "mill"')
    page = client.get("/admin/news/image/").content.decode()
    assert f'src="{image.thumbnail_url}" alt="A &quot;mill&quot;" width="320" height="180"' in page
    assert "&lt;b&gt;Mill&lt;/b&gt;" in page
    assert "320 × 180" in words(client.get("/admin/news/image/"))
    assert "Mill" in client.get("/admin/news/image/?q=mill").content.decode()


def test_a_picture_that_is_a_cover_is_not_deleted(client):
    client.force_login(make_user(group="Editor"))
    used, unused = make_image(alt="x"), make_image()
    make_article(title="Mill 3", cover=used)
    path = f"/admin/news/image/{used.pk}/delete/"
    asked = words(client.get(path))
    assert "Take it out of them first. Or replace its file" in asked
    assert "Mill 3 (cover) Public" in asked
    client.post(path, {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"}
    assert "Mill 3 (cover) Public" in words(client.post("/admin/news/image/", chosen))
    assert Image.objects.contains(used)
    client.post(f"/admin/news/image/{unused.pk}/delete/", {"post": "yes"})
    assert list(Image.objects.all()) == [used]


def test_a_picture_in_a_text_is_not_deleted(client, editor):
    image = make_image()
    make_article(title="Mill 3", body=in_text(image), status=Status.DRAFT)
    path = f"/admin/news/image/{image.pk}/delete/"
    asked = words(client.get(path))
    assert "Mill 3 (text) Draft" in asked
    assert "Use of a picture" not in asked
    client.post(path, {"post": "yes"})
    assert Image.objects.contains(image)


def test_authors_do_not_delete_pictures(client, author):
    image = make_image()
    assert client.post(f"/admin/news/image/{image.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Image.objects.contains(image)


# --- where they are used


def test_a_picture_says_where_it_is_used(client, author):
    image, unused = make_image(alt="x"), make_image()
    make_article(title="Both", cover=image, body=in_text(image))
    make_article(title="Below", body=in_text(image), status=Status.DRAFT)
    page = words(client.get(f"/admin/news/image/{image.pk}/change/"))
    assert "Both (cover and text) Public" in page
    assert "Below (text) Draft" in page
    assert "AVIF: 160, 320" in page
    assert "Not used anywhere" in words(client.get(f"/admin/news/image/{unused.pk}/change/"))


def test_the_list_counts_articles_and_filters_by_use(client, author):
    both, cover, text = (make_image(title=title, alt="x") for title in ("Both", "Cover", "Text"))
    make_image(title="None")
    make_article(cover=both, body=in_text(both, text))
    make_article(cover=cover, body=in_text(both))
    make_article(body=in_text(both))
    counts = {"None": "0", "Text": "1", "Cover": "1", "Both": "3"}
    assert listed(client.get("/admin/news/image/")) == counts
    used = {title: count for title, count in counts.items() if count != "0"}
    assert listed(client.get("/admin/news/image/?use=used")) == used
    assert listed(client.get("/admin/news/image/?use=unused")) == {"None": "0"}


def test_the_list_asks_as_much_for_many_pictures_as_for_few(
    client, author, django_assert_num_queries
):
    def fill():
        for _ in range(5):
            image = make_image(alt="x")
            make_article(cover=image, body=in_text(image))

    fill()
    client.get("/admin/news/image/")
    with CaptureQueriesContext(connection) as before:
        client.get("/admin/news/image/")
    fill()
    with django_assert_num_queries(len(before)):
        client.get("/admin/news/image/")


# --- the picker


def shown(response) -> list[str]:
    """The pictures' titles, in the page's order."""
    assert response.status_code == 200
    buttons = re.findall(r"<button.*?</button>", response.content.decode(), re.S)
    texts = [re.sub(r"<[^>]*>", "", each).strip() for each in buttons]
    return [unescape(text) for text in texts if text and text != "Log out"]


def test_the_picker_shows_the_newest_first_with_all_that_the_editor_needs(client, author):
    make_image(title="Older")
    image = make_image(title="Newer", alt="A mill")
    response = client.get(PICK, {"CKEditorFuncNum": "7"})
    assert shown(response) == ["Newer", "Older"]
    html = " ".join(response.content.decode().split())
    assert f'data-url="{image.url}" data-alt="A mill" data-width="320" data-height="180"' in html
    assert 'data-dialog="7"' in html
    assert "<script>" not in html


def test_the_picker_searches_in_every_word(client, author):
    make_image(title="Paper mill")
    make_image(title="P1", alt="A mill of paper")
    make_image(title="P2", caption="造纸厂")
    assert set(shown(client.get(PICK, {"q": "mill PAPER"}))) == {"Paper mill", "P1"}
    assert shown(client.get(PICK, {"q": "造纸"})) == ["P2"]
    assert "No picture matches these words." in words(client.get(PICK, {"q": "steel"}))


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", "\x00", "🎉", "x" * 3000])
def test_odd_words_find_nothing_and_break_nothing(client, author, query):
    make_image(title="Mill")
    assert shown(client.get(PICK, {"q": query})) in ([], ["Mill"])


def test_the_picker_has_pages(client, author):
    for number in range(25):
        make_image(title=f"Mill {number:02}")
    first = client.get(PICK, {"q": "mill", "CKEditorFuncNum": "7"})
    assert len(shown(first)) == 24
    (following,) = re.findall(r'href="(\?[^"]*page=2[^"]*)"', first.content.decode())
    assert shown(client.get(PICK + unescape(following))) == ["Mill 00"]
    assert "q=mill" in following
    assert "CKEditorFuncNum=7" in following
    for page in ("0", "-1", "999", "abc"):
        assert shown(client.get(PICK, {"page": page}))


def test_an_empty_library_says_so(client, author):
    assert "The library is empty. Upload the first picture." in words(client.get(PICK))


def test_the_picker_escapes_what_it_shows(client, author):
    attack = "\"><script>alert(1)</script>'"
    make_image(title=attack, alt=attack)
    response = client.get(PICK, {"q": "script", "CKEditorFuncNum": attack})
    assert "<script>alert(1)" not in response.content.decode()
    assert shown(response) == [attack]


def test_an_upload_from_the_picker_leads_back_to_it(client, author):
    page = client.get(PICK, {"CKEditorFuncNum": "7"}).content.decode()
    path = unescape(re.search(rf'href="({ADD}[^"]*)"', page)[1])
    response = upload(client, picture_bytes(), "new.jpg", path)
    assert response.redirect_chain == [(f"{PICK}?CKEditorFuncNum=7", 302)]
    assert shown(response) == ["new"]


def test_a_cover_uploaded_in_a_window_of_its_own_is_handed_back(client, author):
    response = upload(client, picture_bytes(), path=f"{ADD}?_popup=1")
    image = Image.objects.get()
    assert "popup_response" in response.content.decode()
    assert f"&quot;value&quot;: &quot;{image.pk}&quot;" in response.content.decode()


def test_the_picker_needs_permission(client):
    client.force_login(make_user())
    assert client.get(PICK).status_code == 403


# --- autocomplete


def offered(client, field: str, term: str = "", model: str = "article") -> list[dict]:
    asked = {"app_label": "news", "model_name": model, "field_name": field, "term": term}
    response = client.get("/admin/autocomplete/", asked)
    assert response.status_code == 200
    return response.json()["results"]


def test_covers_are_offered_with_their_picture(client, author):
    image = make_image(title="Paper mill", alt="A mill")
    make_image(title="Bridge")
    expected = {"id": str(image.pk), "text": "Paper mill", "thumbnail": image.thumbnail_url}
    assert offered(client, "cover", "mill") == [expected | {"alt": "A mill"}]


@pytest.mark.filterwarnings("error:Pagination")
def test_terms_and_articles_say_their_language(client, author):
    make_category("Projects")
    make_category("工程项目", "zh-hans")
    make_tag("EPC")
    make_article(title="Mill 3", published_at=NOW)
    texts = {
        "category": [each["text"] for each in offered(client, "category")],
        "tags": [each["text"] for each in offered(client, "tags", "epc")],
        "related": [each["text"] for each in offered(client, "related", "mill", "relatedpick")],
    }
    assert texts == {
        "category": ["Projects (English)", "工程项目 (Chinese)"],
        "tags": ["EPC (English)"],
        "related": ["Mill 3 (English, 2026-03-04)"],
    }


def test_an_author_names_the_editor_in_charge_but_sees_no_accounts(client, author):
    names = {"first_name": "Wei", "last_name": "Zhang"}
    editor, namesake = make_user("zhang.wei", **names), make_user("wei.zhang", **names)
    nameless = make_user("zhang.li")
    assert [(each["id"], each["text"]) for each in offered(client, "editor", "zhang")] == [
        (str(namesake.pk), "Wei Zhang (wei.zhang)"),
        (str(nameless.pk), "zhang.li"),
        (str(editor.pk), "Wei Zhang (zhang.wei)"),
    ]
    assert client.get("/admin/auth/user/").status_code == 403
    assert client.get(f"/admin/auth/user/{editor.pk}/change/").status_code == 403


@pytest.mark.parametrize("field", ["cover", "category", "tags", "editor"])
def test_staff_without_a_group_and_visitors_are_offered_nothing(client, field):
    make_article(status=Status.DRAFT, cover=make_image(), tags=(make_tag(),))
    asked = {"app_label": "news", "model_name": "article", "field_name": field}
    assert client.get("/admin/autocomplete/", asked).status_code == 302
    client.force_login(make_user())
    assert client.get("/admin/autocomplete/", asked).status_code == 403


def test_an_author_cannot_change_what_readers_see_through_the_library(client, author):
    image = make_image(alt="A mill")
    make_article(cover=image)
    page = client.post(f"/admin/news/image/{image.pk}/change/", {"title": "X", "alt": "Defaced"})
    assert page.status_code == 403
    image.refresh_from_db()
    assert image.alt == "A mill"
