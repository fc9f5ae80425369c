"""The picture library in the admin: uploads, the picker, and what autocomplete fields offer."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture

from news.models import Image, Status
from tests.forms import Form, errors, submit, words
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
        (b"<svg onload='alert(1)'/>", "mill.svg", "is not a picture that can be read"),
        (picture_bytes("GIF"), "mill.gif", "is not a picture that can be read"),
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


def test_the_list_shows_the_pictures(client, author):
    image = make_image(title="<b>Mill</b>", alt='A "mill"')
    page = client.get("/admin/news/image/").content.decode()
    assert f'src="{image.file.url}" alt="A &quot;mill&quot;" width="320" height="180"' in page
    assert "&lt;b&gt;Mill&lt;/b&gt;" in page
    assert "320 × 180" in words(client.get("/admin/news/image/"))
    assert "Mill" in client.get("/admin/news/image/?q=mill").content.decode()


def test_a_picture_that_is_a_cover_is_not_deleted(client):
    client.force_login(make_user(group="Editor"))
    used, unused = make_image(alt="x"), make_image()
    make_article(title="Mill 3", cover=used)
    path = f"/admin/news/image/{used.pk}/delete/"
    asked = words(client.get(path))
    assert "would require deleting the following protected related objects" in asked
    assert "Mill 3" in asked
    client.post(path, {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"}
    client.post("/admin/news/image/", chosen)
    assert Image.objects.contains(used)
    client.post(f"/admin/news/image/{unused.pk}/delete/", {"post": "yes"})
    assert list(Image.objects.all()) == [used]


def test_authors_do_not_delete_pictures(client, author):
    image = make_image()
    assert client.post(f"/admin/news/image/{image.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Image.objects.contains(image)


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
    assert (
        f'data-url="{image.file.url}" data-alt="A mill" data-width="320" data-height="180"' in html
    )
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
    expected = {"id": str(image.pk), "text": "Paper mill", "thumbnail": image.file.url}
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
    editor = make_user("zhang.wei")
    expected = [{"id": str(editor.pk), "text": "zhang.wei"}]
    assert offered(client, "editor", "zhang") == expected
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
