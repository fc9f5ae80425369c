"""One media store for many machines: all that staff and readers do with files, in a bucket."""

from __future__ import annotations

import logging
import re
import tracemalloc
from threading import Thread
from typing import Any
from urllib.request import urlopen

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from news import pictures
from news.models import Article, Attachment, Image
from tests import store
from tests.files import PDF
from tests.forms import errors, submit
from tests.helpers import make_article, make_attachment, make_image, picture_bytes
from tests.legacy import ASSETS, MILL, moved_in
from tests.server import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.once]

UPLOAD = "/admin/news/image/upload/"
FOR_GOOD = "public, max-age=31536000, immutable"
MIB = 1024**2


def use(settings: Any, environment: dict[str, str]) -> None:
    options = {
        "bucket_name": environment["MEDIA_S3_BUCKET"],
        "endpoint_url": environment["MEDIA_S3_ENDPOINT"],
        "access_key": environment["MEDIA_S3_ACCESS_KEY"],
        "secret_key": environment["MEDIA_S3_SECRET_KEY"],
    }
    bucket = {"BACKEND": "haisum.bucket.Bucket", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"default": bucket}


@pytest.fixture(autouse=True)
def bucket(settings) -> str:
    """An empty bucket, where all media of the test are."""
    environment = store.new_bucket()
    use(settings, environment)
    return environment["MEDIA_S3_BUCKET"]


@pytest.fixture
def store_is_away(settings):
    """From here on."""
    away = store.KEYS | {
        "MEDIA_S3_BUCKET": "newsroom",
        "MEDIA_S3_ENDPOINT": f"http://127.0.0.1:{free_port()}",
    }
    return lambda: use(settings, away)


def send(client, data: bytes) -> Image:
    response = client.post(UPLOAD, {"upload": SimpleUploadedFile("mill.jpg", data)})
    assert response.status_code == 201, response.content
    return Image.objects.get(pk=response.json()["id"])


# --- pictures


def test_an_upload_is_stored_in_all_its_sizes_and_shown_to_readers(client, author, site, bucket):
    image = send(client, picture_bytes("JPEG", (900, 600)))
    assert store.names_in(bucket) == set(image.file_names())
    assert pictures.missing(image) == []
    article = make_article(cover=image, cover_alt="A mill", body=f'<p><img src="{image.url}"></p>')
    page = site.get(article.get_absolute_url()).text
    shown = set(re.findall(r"/media/pictures/[^\s\"]+", page))
    assert len(shown) > 4
    assert store.endpoint() not in page
    for address in shown:
        answer = site.get(address)
        assert answer.status == 200
        assert len(answer.body) == int(answer.headers["Content-Length"]) > 100
        assert answer.headers["Cache-Control"] == FOR_GOOD


def test_a_replaced_picture_s_old_files_go(
    client, editor, bucket, django_capture_on_commit_callbacks
):
    image = send(client, picture_bytes("JPEG", (900, 600)))
    before = store.names_in(bucket)
    new = SimpleUploadedFile("new.png", picture_bytes("PNG", (90, 60)))
    with django_capture_on_commit_callbacks(execute=True):
        path = f"/admin/news/image/{image.pk}/change/"
        assert errors(submit(client, path, "image_form", file=new)) == []
        assert store.names_in(bucket) > before
    image.refresh_from_db()
    assert store.names_in(bucket) == set(image.file_names())
    assert not store.names_in(bucket) & before


def test_a_picture_that_is_deleted_leaves_nothing(bucket, django_capture_on_commit_callbacks):
    image, _ = pictures.take(ContentFile(picture_bytes(), "mill.jpg"), None)
    with django_capture_on_commit_callbacks(execute=True):
        image.delete()
    assert store.names_in(bucket) == set()


def test_sizes_that_are_missing_are_made_again(bucket):
    image, _ = pictures.take(ContentFile(picture_bytes("JPEG", (900, 600)), "mill.jpg"), None)
    before = store.names_in(bucket)
    for name in image.rendition_names()[:2]:
        default_storage.delete(name)
    call_command("make_pictures", verbosity=0)
    assert store.names_in(bucket) == before


def test_the_import_brings_pictures_into_it(bucket, site):
    moved_in(MILL, "--assets", ASSETS)
    image = Image.objects.get()
    assert store.names_in(bucket) == set(image.file_names())
    assert image.url in Article.objects.get().body
    assert site.get(image.url).status == 200


# --- files


def test_a_file_is_offered_as_it_is_from_a_folder(client, author, site, bucket):
    response = client.post(
        "/admin/news/attachment/upload/?name=report.pdf", PDF, "application/octet-stream"
    )
    assert response.status_code == 201, response.content
    attachment = Attachment.objects.get()
    assert store.names_in(bucket) == {attachment.file.name}
    answer = site.get(attachment.file.url)
    assert (answer.status, answer.body) == (200, PDF)
    assert "report" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=2-5", 206, slice(2, 6)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=5000-", 416, slice(0, 0)),
    ],
)
def test_a_part_of_a_file_is_all_that_is_sent(site, asked, status, part):
    attachment = make_attachment()
    whole = site.get(attachment.file.url).body
    answer = site.get(attachment.file.url, range=asked)
    assert (answer.status, answer.body) == (status, whole[part])


def test_what_is_not_there_is_not_found(site):
    missing = f"/media/pictures/2026/{'0' * 32}.jpg"
    assert site.get(missing).status == 404
    assert site.get(missing, if_none_match="*").status == 404
    assert not default_storage.exists("nothing.jpg")
    with pytest.raises(FileNotFoundError):
        default_storage.open("nothing.jpg")
    with pytest.raises(FileNotFoundError):
        default_storage.size("nothing.jpg")


# --- the store as code finds it


def test_it_can_be_read_from_anywhere_in_pieces_as_files_can(bucket):
    content = bytes(range(256)) * 40
    name = default_storage.save("pieces.bin", ContentFile(content))
    with default_storage.open(name) as file:
        assert file.size == len(content)
        assert file.read(10) == content[:10]
        assert file.tell() == 10
        assert file.seek(-3, 2) == len(content) - 3
        assert file.read() == content[-3:]
        assert file.read(1) == b""
        file.seek(100)
        file.seek(5, 1)
        assert file.read(4) == content[105:109]
        assert b"".join(file.chunks(1000)) == content
    with pytest.raises(ValueError, match="not as 'w'"):
        default_storage.open(name, "w")


def test_nothing_is_overwritten(bucket):
    name = default_storage.save("a.txt", ContentFile(b"first"))
    other = default_storage.save("a.txt", ContentFile(b"second"))
    assert name != other
    assert default_storage.open(name).read() == b"first"
    assert store.names_in(bucket) == {name, other}


def test_a_large_file_passes_through_in_little_memory(site):
    name = default_storage.save(f"attachments/2026/{'a' * 32}.mp4", ContentFile(bytes(40 * MIB)))
    assert len(site.get(f"/media/{name}", range="bytes=7-8").body) == 2  # What is loaded once, is.
    tracemalloc.start()
    try:
        assert len(site.get(f"/media/{name}", range=f"bytes={39 * MIB}-").body) == MIB
        with default_storage.open(name) as file:
            assert sum(map(len, file.chunks(128 * 1024))) == 40 * MIB
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def test_threads_share_a_client_and_nothing_else():
    uses = [(default_storage.connection, default_storage.bucket)]
    thread = Thread(
        target=lambda: uses.append((default_storage.connection, default_storage.bucket))
    )
    thread.start()
    thread.join()
    (mine, my_bucket), (other, other_bucket) = uses
    assert mine is not other
    assert my_bucket is not other_bucket
    clients = {each.meta.client for use in uses for each in use}
    assert len(clients) == 1


# --- a store that does not answer


def test_pages_do_not_need_it_and_files_are_asked_for_again_later(site, store_is_away, caplog):
    image = make_image()
    path = make_article(cover=image, cover_alt="A mill").get_absolute_url()
    store_is_away()
    assert site.get(path).status == 200
    with caplog.at_level(logging.WARNING, "haisum.media"):
        answer = site.get(image.url)
    assert answer.status == 503
    assert "Retry-After" in answer.headers
    assert "Cache-Control" not in answer.headers
    assert image.file.name in caplog.text
    assert not [line for line in caplog.records if line.levelno > logging.WARNING]


def test_what_is_deleted_is_deleted_although_its_file_cannot_be(
    store_is_away, caplog, django_capture_on_commit_callbacks
):
    image = make_image()
    store_is_away()
    with django_capture_on_commit_callbacks(execute=True):
        image.delete()
    assert not Image.objects.exists()
    assert "The media store" in caplog.text


# --- a server, as operators set it up


def test_a_server_finds_its_bucket_and_keys_in_its_environment(server, tmp_path, settings):
    secret = tmp_path / "secret"
    secret.write_text("its-secret\n")
    environment = store.new_bucket()
    del environment["MEDIA_S3_SECRET_KEY"]
    served = server(MEDIA_S3_SECRET_KEY_FILE=str(secret), **environment)
    name = served.python(
        "from django.core.files.base import ContentFile\n"
        "from django.core.files.storage import default_storage\n"
        f"print(default_storage.save('pictures/2026/{'a' * 32}.jpg', ContentFile(b'a picture')))"
    ).strip()
    assert store.names_in(environment["MEDIA_S3_BUCKET"]) == {name}
    with urlopen(f"{served.url}/media/{name}") as answer:
        assert answer.read() == b"a picture"
        assert answer.headers["Cache-Control"] == FOR_GOOD
