"""Pictures sent to the newsroom by scripts, and pictures that come inside a text."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from news import pictures, textrefs
from news.models import Article, Image, Status
from tests.forms import Form, messages, submit
from tests.helpers import NOW, make_article, make_category, make_image, make_user, picture_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

UPLOAD = "/admin/news/image/upload/"
ADD = "/admin/news/article/add/"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """A media folder in which nothing lies yet."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files_in(folder) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def send(client: Client, data: bytes, name: str = "mill.jpg", **more: Any):
    return client.post(UPLOAD, {"upload": SimpleUploadedFile(name, data)}, **more)


def refusal(response, status: int = 400) -> str:
    assert response.status_code == status, response.content
    assert response.json()["uploaded"] == 0
    return response.json()["error"]["message"]


# --- one upload


def test_it_works(client, author, media):
    response = send(client, picture_bytes("PNG", (640, 320)), "越南 mill.jpg")
    assert response.status_code == 201
    assert "no-store" in response["Cache-Control"]
    image = Image.objects.get()
    assert response.json() == {
        "uploaded": 1,
        "fileName": "越南 mill",
        "url": image.url,
        "id": image.pk,
        "width": 640,
        "height": 320,
        "alt": "",
        "thumbnail": image.thumbnail_url,
        "change": f"/admin/news/image/{image.pk}/change/",
        "known": False,
    }
    assert image.uploaded_by == author
    assert files_in(media) == set(image.file_names())
    assert LogEntry.objects.get().object_id == str(image.pk)


def test_the_same_file_again_is_the_same_picture(client, author, media):
    first = send(client, picture_bytes()).json()
    Image.objects.update(alt="A mill")
    before = files_in(media)
    response = send(client, picture_bytes(), "other name.jpg")
    assert response.status_code == 200
    assert response.json() == first | {"alt": "A mill", "known": True}
    assert files_in(media) == before
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is not a picture that can be read"),
        (b"<html><script>alert(1)</script>", "is not a picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawings can carry programs"),
        (b"GIF89a/*<script>alert(1)</script>*/=1;", "is not a picture that can be read"),
        (picture_bytes("PNG")[:60], "is not a picture that can be read"),
        (b"PK\x03\x04" + picture_bytes()[4:], "is not a picture that can be read"),
    ],
)
def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(
    client, author, media, data, sentence
):
    assert sentence in refusal(send(client, data))
    assert not Image.objects.exists()
    assert files_in(media) == set()


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(at=st.integers(0, 600), bytes_=st.binary(min_size=1, max_size=40))
def test_a_mangled_picture_is_taken_or_refused_in_words(client, author, media, at, bytes_):
    data = bytearray(picture_bytes("PNG", (40, 30)))
    data[at % len(data) : at % len(data) + len(bytes_)] = bytes_
    response = send(client, bytes(data))
    assert response.status_code in (200, 201, 400)
    assert response.json()["uploaded"] or response.json()["error"]["message"]
    assert files_in(media) == {name for image in Image.objects.all() for name in image.file_names()}


def test_a_picture_that_is_too_large_is_refused(client, author, media, settings):
    settings.PICTURE_MAX_BYTES = 1024 * 1024
    sentence = refusal(send(client, picture_bytes() + bytes(1024 * 1024)))
    assert sentence == "This picture is larger than 1 MB. Make it smaller."
    assert files_in(media) == set()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\x00b.jpg", ".jpg", "x" * 300 + ".jpg", "🎉"]
)
def test_odd_names_break_nothing(client, author, media, name):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="upload"; filename="%s"\r\n'
        b"Content-Type: text/html\r\n\r\n%s\r\n--b--\r\n"
    )
    data = body % (name.encode(), picture_bytes())
    response = client.post(UPLOAD, data, content_type="multipart/form-data; boundary=b")
    assert response.status_code == 201
    (image,) = Image.objects.all()
    assert re.fullmatch(r"pictures/2026/[0-9a-f]{32}\.jpg", image.file.name)
    assert len(image.title) <= 200


def test_a_request_without_a_file_or_with_two_is_refused(client, author):
    two = [SimpleUploadedFile(f"{n}.jpg", picture_bytes()) for n in range(2)]
    for data in ({}, {"upload": "text"}, {"other": two[0]}, {"upload": two}):
        assert refusal(client.post(UPLOAD, data)) == "No picture arrived. Send one file at a time."
    response = client.post(UPLOAD, b"\xff\x00", content_type="application/json")
    assert refusal(response)
    assert not Image.objects.exists()


def test_only_post_is_answered(client, author):
    for method in (client.get, client.head, client.put, client.delete):
        assert method(UPLOAD).status_code == 405


def test_nobody_else_may_upload(client, media):
    assert "You are signed out" in refusal(send(client, picture_bytes()), 403)
    client.force_login(make_user("visitor", is_staff=False))
    assert "You are signed out" in refusal(send(client, picture_bytes()), 403)
    client.force_login(make_user("staff"))
    assert "You are not allowed" in refusal(send(client, picture_bytes()), 403)
    assert files_in(media) == set()


def test_the_token_of_the_form_is_needed(author, media):
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)
    asked = {"HTTP_ACCEPT": "application/json"}
    assert refusal(send(client, picture_bytes(), **asked), 403)
    assert files_in(media) == set()
    token = Form(client.get(ADD), "article_form").data["csrfmiddlewaretoken"]
    assert send(client, picture_bytes(), HTTP_X_CSRFTOKEN=token, **asked).status_code == 201


def test_a_script_is_refused_in_its_own_language(client, author):
    response = send(client, b"x", HTTP_ACCEPT_LANGUAGE="zh-hans", HTTP_ACCEPT="application/json")
    assert refusal(response)


# --- pictures inside a text


def embedded(size: tuple[int, int] = (64, 32)) -> str:
    return "data:image/png;base64," + b64encode(picture_bytes("PNG", size)).decode()


def in_text(*addresses: str, alt: str = "A mill") -> str:
    return "".join(f'<p>See <img src="{address}" alt="{alt}"></p>' for address in addresses)


def write(client, body: str, **typed: Any):
    category = str(make_category().pk)
    typed = {"title": "Mill 3", "category": category, "tags": [], "editor": "", "cover": ""} | typed
    return submit(client, ADD, "article_form", body=body, **typed)


def test_embedded_pictures_move_to_the_library_and_one_message_says_so(client, author):
    body = in_text(embedded(), embedded((70, 30)), "blob:https://x/1", "https://x.example/a.png")
    response = write(client, body)
    article = Article.objects.get()
    shown = [(each["data-picture"], each["src"]) for each in textrefs.pictures_in(article.body)]
    assert len(shown) == Image.objects.count() == 2
    for image in Image.objects.all():
        assert (str(image.pk), image.url) in shown
        assert image.uploaded_by == author
    assert not re.search("data:|blob:|https:", article.body)
    (told,) = [each for each in messages(response) if "picture" in each]
    assert told == (
        "2 pasted pictures moved to the library. Removed from the text, because readers' pages do "
        "not allow it: 2 pictures that are not from the library."
    )


def test_an_embedded_file_that_is_no_picture_is_removed_with_its_reason(client, author, media):
    response = write(client, in_text("data:image/png;base64,PHN2Zy8+"))
    assert "<img" not in Article.objects.get().body
    (told,) = [each for each in messages(response) if "Removed" in each]
    assert "1 picture that is not from the library. SVG drawings can carry programs" in told
    assert files_in(media) == set()


def test_a_picture_that_the_library_does_not_have_is_removed_and_told(client, author):
    response = write(client, in_text("/media/pictures/2026/nothing.jpg", make_image().url))
    assert Article.objects.get().body.count("<img") == 1
    assert any("1 picture that is not from the library" in each for each in messages(response))


def test_what_moved_stays_moved_in_a_form_that_is_refused(client, author):
    response = write(client, in_text(embedded()), title="")
    image = Image.objects.get()
    assert not Article.objects.exists()
    body = Form(response, "article_form").data["body"]
    assert image.url in body
    assert "data:" not in body
    assert "1 pasted picture moved to the library." in messages(response)


def test_pictures_without_words_are_counted(client, author):
    address = make_image().url
    response = write(
        client, in_text(address, alt="") + in_text(address) + in_text(address, alt=" ")
    )
    assert any(
        each.startswith("2 pictures in the text have no alternative text")
        for each in messages(response)
    )


def test_whoever_may_not_add_pictures_or_change_the_article_adds_none(client, author, media):
    article = make_article(status=Status.PUBLISHED)
    path = f"/admin/news/article/{article.pk}/change/"
    assert client.post(path, {"body": in_text(embedded())}).status_code == 403
    author.groups.clear()
    assert client.post(ADD, {"body": in_text(embedded())}).status_code == 403
    assert not Image.objects.exists()
    assert files_in(media) == set()


def test_the_form_shows_the_file_that_a_picture_has_now(client, author):
    article = make_article(body=in_text(make_image().url), created_by=author, status=Status.DRAFT)
    image = Image.objects.get()
    old = image.url
    image.file.name = make_image().file.name.replace("/2026/", "/2027/")
    image.save()
    page = client.get(f"/admin/news/article/{article.pk}/change/")
    body = Form(page, "article_form").data["body"]
    assert image.url in body
    assert old not in body


def test_the_editor_offers_uploads_to_whoever_may_add_pictures(client, author):
    assert f"&quot;url&quot;: &quot;{UPLOAD}&quot;" in client.get(ADD).content.decode()
    author.groups.first().permissions.remove(
        *author.groups.first().permissions.filter(codename="add_image")
    )
    author = type(author).objects.get(pk=author.pk)
    client.force_login(author)
    page = client.get(ADD).content.decode()
    assert UPLOAD not in page


def test_no_upload_waits_inside_a_transaction(client, author, monkeypatch):
    inside = []
    prepared = pictures.prepared

    def watched(*args, **kwargs):
        inside.append(len(connection.savepoint_ids))
        return prepared(*args, **kwargs)

    depth = len(connection.savepoint_ids)
    monkeypatch.setattr(pictures, "prepared", watched)
    send(client, picture_bytes())
    write(client, in_text(embedded()))
    submit(
        client,
        "/admin/news/image/add/",
        "image_form",
        file=SimpleUploadedFile("a.png", picture_bytes("PNG")),
    )
    assert inside == [depth] * 3
