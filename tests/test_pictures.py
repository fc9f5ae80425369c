"""How uploads become pictures of the library, and which files that leaves behind."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import connections, transaction
from django.db.models import ProtectedError
from django.utils import translation
from PIL import Image as Picture

from news import library, pictures, renditions, sanitize, textrefs
from news.models import Article, Image, PictureUse, Status
from tests.helpers import make_article, make_category, make_image, make_user, picture_bytes

pytestmark = pytest.mark.django_db

UNREADABLE = "This file is not a picture that can be read. Use a JPEG, PNG, WebP, GIF or AVIF file."


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> Path:
    """The folder of stored files, which is empty."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


def files(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


def upload_of(data: bytes = b"", name: str = "mill.jpg") -> ContentFile:
    return ContentFile(data or picture_bytes(), name=name)


def other(colour: str = "red", **options: Any) -> bytes:
    """Another picture than `picture_bytes()`."""
    file = io.BytesIO()
    Picture.new("RGB", (64, 36), colour).save(file, "PNG", **options)
    return file.getvalue()


def taken(data: bytes = b"", **fields: Any) -> Image:
    return pictures.take(upload_of(data), None, **fields)[0]


def refusal(data: bytes) -> str:
    with pytest.raises(ValidationError) as refused:
        pictures.take(upload_of(data), None)
    (sentence,) = refused.value.messages
    return sentence


@pytest.fixture
def plays(monkeypatch):
    """Lets the process that reads pictures do something else: `plays("import time; …")`."""
    run = subprocess.run

    def play(code: str) -> None:
        def instead(command: list[str], **options: Any) -> Any:
            return run([sys.executable, "-c", code, *command[3:]], **options)

        monkeypatch.setattr(pictures.subprocess, "run", instead)

    return play


# --- Taken ---


def test_an_upload_becomes_a_picture_with_all_its_sizes(media):
    user = make_user()
    image, is_new = pictures.take(upload_of(name="The mill.jpeg"), user, alt="A mill")
    image = Image.objects.get(pk=image.pk)
    assert is_new
    assert (image.title, image.alt, image.uploaded_by) == ("The mill", "A mill", user)
    assert (image.width, image.height) == (320, 180)
    assert image.renditions == {"avif": [320], "webp": [320]}
    assert files(media) == set(image.file_names())
    assert pictures.missing(image) == []


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("../../etc/passwd", "passwd"),
        ("页.html", "页"),
        ("", "Picture"),
        (" .png", "Picture"),
        ("x" * 300 + ".jpg", "x" * 200),
        ("<script>.php.jpg", "<script>.php"),
    ],
)
def test_nothing_of_an_uploads_name_is_in_a_files_name(media, name, title):
    upload = io.BytesIO(picture_bytes())
    upload.name = name
    image, _ = pictures.take(upload, None)
    assert image.title == title
    for stored in files(media):
        folder, year, file = stored.split("/")
        assert folder == "pictures"
        assert year.isdecimal()
        assert set(file.partition("-")[0].partition(".")[0]) <= set("0123456789abcdef")


def test_names_cannot_be_guessed_and_never_repeat():
    stems = []
    for _ in range(3):
        image = taken()
        stems.append(Path(image.file.name).stem)
        image.delete()
    assert len(set(stems)) == 3
    assert {len(stem) for stem in stems} == {32}
    assert not any(stem in (image.digest or "") for stem in stems)


def test_the_same_file_twice_is_one_picture(media):
    first = taken(title="First")
    before = files(media)
    again, is_new = pictures.take(upload_of(name="another.png"), make_user(), title="Second")
    assert (again, is_new) == (first, False)
    assert again.title == "First"
    assert files(media) == before
    assert library.known(Image, library.digest_of(upload_of())) == first
    assert library.known(Image, library.digest_of(upload_of(other()))) is None


def at_once(act: Any, many: int) -> list[Any]:
    together = threading.Barrier(many)

    def take_part(number: int) -> Any:
        try:
            together.wait(timeout=30)
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(take_part, range(many)))


@pytest.mark.django_db(transaction=True)
def test_the_same_file_from_two_at_once_is_one_picture(media):
    found = at_once(lambda _: pictures.take(upload_of(), None), 2)
    image = Image.objects.get()
    assert {one.pk for one, _ in found} == {image.pk}
    assert sorted(is_new for _, is_new in found) == [False, True]
    assert files(media) == set(image.file_names())


@pytest.mark.parametrize("data", [b"", b"<html>", b"GIF89a<script>alert(1)</script>", b"\xff\xd8"])
def test_what_is_no_picture_is_refused_with_a_sentence_and_leaves_nothing(media, data):
    with pytest.raises(ValidationError) as refused:
        pictures.take(io.BytesIO(data), None)
    assert refused.value.messages == [UNREADABLE]
    assert not files(media)
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\0\0\0\x18ftypheic" + bytes(99), "HEIC"),
        (other(save_all=True, append_images=[Picture.new("RGB", (64, 36))]), "Animated"),
        (picture_bytes("PNG", (16_384, 1)), "16,000"),
    ],
)
def test_each_refusal_says_why(media, data, word):
    assert word in refusal(data)
    assert not files(media)


def test_a_refusal_is_read_in_the_editors_language():
    english = refusal(b"<svg>")
    with translation.override("zh-hans"):
        chinese = refusal(b"<svg>")
    assert "SVG" in chinese
    assert chinese != english


def test_the_limits_are_the_sites(settings, media):
    settings.PICTURE_MAX_PIXELS = 1_000_000
    assert refusal(picture_bytes("PNG", (1_001, 1_000))) == (
        "This picture has more than 1 million pixels. Make it smaller."
    )
    settings.PICTURE_MAX_BYTES = 2 * 1024 * 1024
    data = picture_bytes()
    assert refusal(data + bytes(2 * 1024 * 1024)) == (
        "This picture is larger than 2 MB. Make it smaller."
    )
    assert not files(media)
    settings.PICTURE_MAX_BYTES = len(data)
    assert taken(data)


# --- Prepared ---


def test_a_prepared_picture_that_nobody_saves_leaves_nothing(media):
    with pictures.prepared(upload_of()) as image:
        assert files(media) == set(image.file_names())
    assert not files(media)


def test_a_prepared_picture_that_is_saved_stays(media):
    with pictures.prepared(upload_of()) as image:
        image.save()
    assert files(media) == set(image.file_names())


def test_a_failure_in_between_leaves_nothing(media):
    with pytest.raises(ZeroDivisionError), pictures.prepared(upload_of()):
        1 / 0  # noqa: B018
    assert not files(media)


def test_a_picture_whose_saving_is_rolled_back_leaves_nothing(media):
    with (
        pytest.raises(ZeroDivisionError),
        pictures.prepared(upload_of()) as image,
        transaction.atomic(),
    ):
        image.save()
        raise ZeroDivisionError
    assert not files(media)
    assert not Image.objects.exists()


def test_a_full_disk_leaves_nothing(media, monkeypatch):
    save, stored = FileSystemStorage.save, []

    def fill(storage: Any, name: str, content: Any, **options: Any) -> str:
        if len(stored) == 2:
            raise OSError(28, "No space left on device")
        stored.append(name)
        return save(storage, name, content, **options)

    monkeypatch.setattr(FileSystemStorage, "save", fill)
    with pytest.raises(OSError, match="No space"):
        taken()
    assert len(stored) == 2
    assert not files(media)
    assert not Image.objects.exists()


def test_more_pictures_can_be_prepared_together_than_are_made_at_once(monkeypatch):
    """An import prepares all the pictures of a page before it saves any."""
    monkeypatch.setattr(pictures, "_WAIT_SECONDS", 0.1)
    uploads = [upload_of(other(colour)) for colour in ("red", "green", "blue")]
    assert len(uploads) > pictures.AT_ONCE
    with (
        pictures.prepared(uploads[0]) as one,
        pictures.prepared(uploads[1]) as two,
        pictures.prepared(uploads[2]) as three,
    ):
        assert len({one.file.name, two.file.name, three.file.name}) == 3


# --- A decoder that goes wrong ---

WRONG = {
    "crashes": "import os; os.abort()",
    "is killed": "import os; os.kill(os.getpid(), 9)",
    "eats memory": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9)); bytes(2 * 10**9)"
    ),
    "fails": "raise SystemExit(3)",
}


@pytest.mark.parametrize("code", WRONG.values(), ids=WRONG.keys())
def test_a_decoder_that_breaks_is_a_refused_picture(media, plays, caplog, code):
    plays(code)
    assert refusal(picture_bytes()) == UNREADABLE
    assert "A picture ended its process" in caplog.text
    assert not files(media)
    assert all_turns_are_free()


def test_a_decoder_that_hangs_is_ended(media, plays, monkeypatch):
    monkeypatch.setattr(pictures, "_MOST_SECONDS", 0.5)
    plays("import sys, time; open(sys.argv[-2] + '/320.avif', 'wb'); time.sleep(60)")
    begun = time.monotonic()
    assert refusal(picture_bytes()).startswith("This picture takes too long to read.")
    assert time.monotonic() - begun < 20
    assert not files(media)
    assert all_turns_are_free()


def all_turns_are_free() -> bool:
    got = [pictures._turns.acquire(blocking=False) for _ in range(pictures.AT_ONCE + 1)]
    for _ in range(sum(got)):
        pictures._turns.release()
    return got == [True] * pictures.AT_ONCE + [False]


def test_the_process_limits_its_own_memory_and_time(tmp_path):
    upload = tmp_path / "upload"
    upload.write_bytes(picture_bytes())
    code = (
        "import resource, os, sys; from news import renditions; renditions.main();"
        "print(resource.getrlimit(resource.RLIMIT_AS)[1], resource.getrlimit("
        "resource.RLIMIT_CPU)[1], os.nice(0))"
    )
    command = [sys.executable, "-c", code, str(upload), str(tmp_path), "1000000"]
    done = subprocess.run(
        command, cwd=site_settings.BASE_DIR, env={}, capture_output=True, text=True, check=True
    )
    memory, seconds, nice = map(int, done.stdout.rpartition("}")[2].split())
    assert memory == renditions._MOST_MEMORY
    assert seconds == renditions._MOST_SECONDS
    assert nice == 10 + os.nice(0) or nice == 19


def test_the_process_knows_no_secret(media, plays, monkeypatch):
    monkeypatch.setenv("A_SECRET", "very secret")
    plays("import os, sys; sys.exit('Knows ' + ' '.join(map('='.join, os.environ.items())))")
    said = []
    monkeypatch.setattr(pictures.logger, "warning", lambda *args: said.append(args))
    refusal(picture_bytes())
    (args,) = said
    assert args[-1].startswith("Knows ")
    names = {known.partition("=")[0] for known in args[-1].split()[1:]}
    assert names <= {"LC_CTYPE"}  # Python's own.


def test_more_than_a_few_at_once_wait_for_their_turn(monkeypatch):
    monkeypatch.setattr(pictures, "_WAIT_SECONDS", 0.1)
    for _ in range(pictures.AT_ONCE):
        pictures._turns.acquire()
    try:
        assert refusal(picture_bytes()).startswith("Many pictures are arriving just now.")
    finally:
        for _ in range(pictures.AT_ONCE):
            pictures._turns.release()
    assert taken()
    assert all_turns_are_free()


@pytest.mark.django_db(transaction=True)
def test_no_more_than_a_few_are_made_at_once_and_all_arrive(media, monkeypatch):
    run, running, most = pictures._run, [], []

    def watched(folder: Path) -> Any:
        running.append(folder)
        most.append(len(running))
        try:
            return run(folder)
        finally:
            running.remove(folder)

    monkeypatch.setattr(pictures, "_run", watched)
    colours = ["red", "green", "blue", "white", "black"]
    at_once(lambda n: pictures.take(upload_of(other(colours[n])), None), len(colours))
    assert max(most) <= pictures.AT_ONCE
    assert Image.objects.count() == len(colours)
    names = {name for image in Image.objects.all() for name in image.file_names()}
    assert files(media) == names


# --- Deleted, replaced, made again ---


@pytest.mark.django_db(transaction=True)
def test_files_are_deleted_when_the_deletion_is_committed_and_not_before(media):
    image = taken()
    before = files(media)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Image.objects.get(pk=image.pk).delete()
        raise ZeroDivisionError
    assert files(media) == before
    with transaction.atomic():
        Image.objects.get(pk=image.pk).delete()
        assert files(media) == before
    assert not files(media)


@pytest.mark.django_db(transaction=True)
def test_many_deleted_at_once_leave_nothing(media):
    taken()
    taken(other())
    Image.objects.all().delete()
    assert not files(media)


@pytest.mark.django_db(transaction=True)
def test_a_replaced_picture_keeps_everything_but_its_files(media):
    image = taken(title="The mill", alt="A mill")
    before = files(media)
    with (
        pytest.raises(ZeroDivisionError),
        pictures.prepared(upload_of(other())) as new,
        transaction.atomic(),
    ):
        library.replace(Image.objects.get(pk=image.pk), new)
        raise ZeroDivisionError
    assert files(media) == before
    with pictures.prepared(upload_of(other())) as new, transaction.atomic():
        replaced = Image.objects.get(pk=image.pk)
        library.replace(replaced, new)
        replaced.save()
        assert files(media) == before | set(new.file_names())
    after = Image.objects.get()
    assert (after.pk, after.title, after.alt) == (image.pk, "The mill", "A mill")
    assert (after.width, after.height) == (64, 36)
    assert files(media) == set(after.file_names())
    assert not before & files(media)
    assert library.known(Image, library.digest_of(upload_of(other()))) == after
    assert library.known(Image, library.digest_of(upload_of())) is None


def test_missing_sizes_are_found_and_made_again(media):
    image = taken(picture_bytes("JPEG", (700, 400)))
    before = {name: (media / name).read_bytes() for name in files(media)}
    lost = image.rendition_name(320, "avif")
    (media / lost).unlink()
    assert pictures.missing(image) == [lost]
    pictures.remake(image)
    assert pictures.missing(Image.objects.get()) == []
    assert {name: (media / name).read_bytes() for name in files(media)} == before


@pytest.mark.django_db(transaction=True)
def test_two_who_make_the_same_sizes_leave_one_file_of_each(media, monkeypatch):
    image = taken(picture_bytes("JPEG", (700, 400)))
    before = files(media)
    (media / image.rendition_name(320, "avif")).unlink()
    store, both_know = pictures._store, threading.Barrier(2)

    def together(*args: Any) -> None:
        both_know.wait(timeout=30)
        store(*args)

    monkeypatch.setattr(pictures, "_store", together)
    at_once(lambda _: pictures.remake(Image.objects.get()), 2)
    assert files(media) == before
    assert pictures.missing(Image.objects.get()) == []


@pytest.mark.django_db(transaction=True)
def test_sizes_made_while_the_picture_is_replaced_or_deleted_are_not_kept(media):
    image = taken(picture_bytes("JPEG", (700, 400)))
    stale = Image.objects.get()
    run = pictures._run

    def replace_meanwhile(folder: Path) -> Any:
        found = run(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pictures, "_run", run)
            with pictures.prepared(upload_of(other())) as new, transaction.atomic():
                replaced = Image.objects.get(pk=image.pk)
                library.replace(replaced, new)
                replaced.save()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_run", replace_meanwhile)
        pictures.remake(stale)
    after = Image.objects.get()
    assert after.renditions == {"avif": [64], "webp": [64]}
    assert files(media) == set(after.file_names())

    def delete_meanwhile(folder: Path) -> Any:
        found = run(folder)
        Image.objects.all().delete()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_run", delete_meanwhile)
        pictures.remake(after)
    assert not files(media)


# --- Pictures inside pasted text ---


def embedded(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode()}"


def test_embedded_pictures_move_into_the_library(media):
    user = make_user()
    html = f'<p>Before<img alt="A &amp; B" src="{embedded(other())}">after</p>'
    text, moved, refused = pictures.adopt_embedded(html, user)
    image = Image.objects.get()
    assert (moved, refused) == (1, [])
    assert text == f'<p>Before<img alt="A &amp; B" src="{image.url}">after</p>'
    assert (image.uploaded_by, image.title) == (user, "Pasted picture")
    assert files(media) == set(image.file_names())
    assert f'data-picture="{image.pk}"' in make_article(body=text).body


def test_a_picture_embedded_twice_is_one(media):
    address = embedded(other())
    html = f'<p><img src="{address}"><img src="{address}"></p>'
    text, _, refused = pictures.adopt_embedded(html, None)
    assert not refused
    assert text.count(Image.objects.get().url) == 2
    assert "data:" not in text


def test_a_text_without_embedded_pictures_stays_as_it_is():
    html = '<p>data:image/png;base64,AAAA <a href="data:text/html,x">x</a></p>'
    assert pictures.adopt_embedded(html, None) == (html, 0, [])


@pytest.mark.parametrize(
    "address",
    [
        "data:image/svg+xml;base64," + b64encode(b"<svg onload='alert(1)'/>").decode(),
        "data:image/svg+xml;utf8,%3Csvg/%3E",
        "data:image/png;base64,!!!!",
        "data:image/png;base64,A",
        "data:image/png;base64,",
        "data:image/png,plain",
        "data:text/html;base64," + b64encode(b"<script>alert(1)</script>").decode(),
        "data:,",
        embedded(other()[:60]),
    ],
)
def test_embedded_things_that_are_no_pictures_are_refused(media, address):
    html = f'<p>Text<img src="{address}"></p>'
    text, moved, refused = pictures.adopt_embedded(html, None)
    assert (text, moved) == (html, 0)
    assert len(refused) == 1
    assert not files(media)
    assert sanitize.clean(text).html == "<p>Text</p>"


def test_an_embedded_picture_that_is_too_large_is_refused(media, settings):
    settings.PICTURE_MAX_BYTES = 1024 * 1024
    html = f'<img src="{embedded(other() + bytes(1024 * 1024))}">'
    assert pictures.adopt_embedded(html, None) == (
        html,
        0,
        ["This picture is larger than 1 MB. Make it smaller."],
    )
    assert not files(media)


def test_good_ones_move_when_others_are_refused():
    html = f'<p><img src="{embedded(b"x")}"><img src="{embedded(other())}"></p>'
    text, moved, refused = pictures.adopt_embedded(html, None)
    assert (moved, refused) == (1, [UNREADABLE])
    assert Image.objects.get().url in text


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "&#10;"])
def test_an_embedded_picture_in_lines_as_mail_has_it_moves_too(line_end):
    data = b64encode(other()).decode()
    lines = line_end.join(data[i : i + 60] for i in range(0, len(data), 60))
    html = f'<p><img src="data:image/png;base64,{lines}"></p>'
    text, moved, _ = pictures.adopt_embedded(html, None)
    assert moved == 1
    assert Image.objects.get().url in text


@pytest.mark.parametrize(
    "written", ['src="{}"', "src='{}'", "src={}", 'SRC = "{}"', "alt=x\nsrc={}"]
)
def test_an_embedded_picture_moves_however_its_address_is_written(written):
    html = f"<p><img {written.format(embedded(other()))}></p>"
    text, moved, refused = pictures.adopt_embedded(html, None)
    assert (moved, refused) == (1, [])
    assert [ref["src"] for ref in textrefs.pictures_in(sanitize.clean(text).html)] == [
        Image.objects.get().url
    ]


def test_one_embedded_picture_that_begins_like_another_does_not_spoil_it():
    short = embedded(other() + b"ab")  # No filling at its end: 3 bytes are 4 letters.
    while short.endswith("="):
        short = embedded(other() + bytes(len(short) % 7 + 1))
    html = f'<p><img src="{short}"><img src="{short}AAAA"></p>'
    text, moved, refused = pictures.adopt_embedded(html, None)
    assert (moved, refused) == (2, [])
    assert {image.url for image in Image.objects.all()} == {
        ref["src"] for ref in textrefs.pictures_in(text)
    }


# --- What a text may show ---


def used() -> set[tuple[int, int]]:
    return set(PictureUse.objects.values_list("article", "image"))


def img(src: str, **attributes: Any) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<img src="{src}"{written}>'


def test_a_picture_is_known_by_any_of_its_addresses():
    image = make_image()
    sources = [image.url, image.file.url, image.thumbnail_url]
    sources += [image.file.storage.url(name) for name in image.rendition_names()]
    for src in sources:
        article = make_article(body=f"<p>{img(src, alt='A mill')}</p>")
        assert article.body == (
            f'<p><img alt="A mill" data-picture="{image.pk}" height="180"'
            f' src="{image.url}" width="320"></p>'
        )
        assert (article.pk, image.pk) in used()


def test_a_picture_is_known_by_its_number_when_its_file_is_another():
    image = make_image()
    body = f'<p><img data-picture="{image.pk}" src="/media/pictures/2020/old.jpg" alt=""></p>'
    assert image.url in make_article(body=body).body


def test_the_address_counts_more_than_the_number():
    image, another = make_image(), make_image()
    body = f'<p><img data-picture="{another.pk}" src="{image.url}"></p>'
    article = make_article(body=body)
    assert used() == {(article.pk, image.pk)}


@pytest.mark.parametrize(
    "src",
    [
        "/media/pictures/2026/nothing.jpg",
        "https://example.com/a.jpg",
        "//example.com/a.jpg",
        "data:image/png;base64,AAAA",
        "blob:https://example.com/1",
        "file:///etc/passwd",
        "/static/a.png",
        "/media/../secret.jpg",
    ],
)
def test_what_is_not_in_the_library_is_left_out(src):
    body = f"<p>Text {img(src)}</p><p>{img(src)}</p>"
    article = make_article(body=body)
    assert article.body == "<p>Text </p>"
    assert not used()


@pytest.mark.parametrize(
    "number", ["0", "-1", "1.5", "9" * 18, "9" * 40, "1; DROP TABLE news_image", "²", "", "007"]
)
def test_a_number_that_nobody_has_is_harmless(number):
    body = f'<p>Text</p><p><img data-picture="{number}" src="/media/pictures/2026/a.jpg"></p>'
    assert make_article(body=body).body == "<p>Text</p>"


@pytest.mark.parametrize(
    "alt",
    [
        "A &quot;mill&quot; &amp; a &lt;kiln&gt;",
        "&amp;lt;script&amp;gt;",
        "1 > 0",
        "tab\tand\nline",
        "&nbsp;&#x2028;&#39;",
        "磨机",
        "",
    ],
)
def test_what_is_stored_is_stored_the_same_again(alt):
    image = make_image()
    body = (
        f'<figure class="image align-left">{img(image.url, alt=alt, width=200)}'
        f"<figcaption>A mill</figcaption></figure><p>{img(image.url, alt=alt)}</p>"
    )
    article = make_article(body=body)
    stored = article.body
    assert stored.count("<img") == 2
    assert sanitize.clean(stored).html == stored
    assert Image.objects.all().claim(stored) == (stored, [image])
    article.save()
    assert Article.objects.get().body == stored


def test_a_text_of_which_only_an_unknown_picture_was_left_is_stored_the_same_again():
    body = f'<figure class="image">{img("/media/pictures/2026/a.jpg")}</figure>'
    article = make_article(body=body)
    stored = article.body
    article.save()
    assert article.body == stored


def test_every_way_of_saving_knows_the_pictures():
    one, two = make_image(), make_image()
    article = make_article(body=f"<p>{img(one.url)}{img(one.url)}</p>")
    assert used() == {(article.pk, one.pk)}
    article.body = f"<p>{img(one.url)}{img(two.url)}</p>"
    article.save(update_fields=["body"])
    assert used() == {(article.pk, one.pk), (article.pk, two.pk)}
    Article.objects.filter(pk=article.pk).update(body=f"<p>{img(two.url)}</p>")
    assert used() == {(article.pk, two.pk)}
    Article.objects.filter(pk=article.pk).update(title="Another")
    assert used() == {(article.pk, two.pk)}
    article.refresh_from_db()
    article.body = f"<p>{img(one.url)}</p>"
    Article.objects.bulk_update([article], ["body"])
    assert used() == {(article.pk, one.pk)}
    article.title = "A third"
    article.save(update_fields=["title"])
    assert used() == {(article.pk, one.pk)}
    article.body = "<p>None</p>"
    article.save()
    assert not used()
    category = make_category()
    new = Article(title="New", category=category, body=f"<p>{img(two.url)}</p>")
    Article.objects.bulk_create([new])
    assert used() == {(new.pk, two.pk)}
    assert f'data-picture="{two.pk}"' in Article.objects.get(pk=new.pk).body


def test_a_text_given_to_many_is_known_for_each():
    image, articles = make_image(), [make_article(), make_article()]
    Article.objects.all().update(body=f"<p>{img(image.url)}</p>")
    assert used() == {(article.pk, image.pk) for article in articles}


def test_a_deleted_draft_no_longer_uses_its_pictures():
    image = make_image()
    draft = make_article(body=f"<p>{img(image.url)}</p>", status=Status.DRAFT)
    draft.delete()
    assert not used()
    assert Image.objects.unused().contains(image)


@pytest.mark.parametrize("place", ["cover", "text"])
def test_a_picture_in_use_cannot_be_deleted(place):
    image = make_image()
    if place == "cover":
        make_article(cover=image, cover_alt="A mill")
    else:
        make_article(body=f"<p>{img(image.url)}</p>")
    assert not Image.objects.unused().exists()
    for delete in (image.delete, Image.objects.all().delete):
        with pytest.raises(ProtectedError):
            delete()
    assert image.file.storage.exists(image.file.name)


def test_after_a_replacement_pages_show_the_new_file_and_the_article_is_untouched(site):
    image = taken(picture_bytes("JPEG", (640, 360)))
    body = f"<p>{img(image.url, alt='A mill', width=320)}</p>"
    article = make_article(body=body, cover=image, cover_alt="The mill")
    row = Article.objects.filter(pk=article.pk).values().get()
    old = image.stem
    assert old in site.get(article.get_absolute_url()).text
    with pictures.prepared(upload_of(picture_bytes("PNG", (500, 500)))) as new:
        library.replace(image, new)
        image.save()
    page = site.get(article.get_absolute_url()).text
    assert Article.objects.filter(pk=article.pk).values().get() == row
    assert old not in page
    assert image.url in page
    assert 'width="500" height="500"' in page  # The cover.
    assert 'width="320" height="320"' in page
    article.save()
    assert image.url in Article.objects.get().body
    assert used() == {(article.pk, image.pk)}


def test_a_text_with_too_many_pictures_brings_the_first_ones(media, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_EMBEDDED", 1)
    first, second = (
        "data:image/png;base64," + b64encode(picture_bytes("PNG", (n, 9))).decode() for n in (9, 8)
    )
    html, moved, refused = pictures.adopt_embedded(f'<img src="{first}"><img src="{second}">', None)
    assert (moved, second in html, first in html) == (1, True, False)
    assert refused == ["More than 1 pictures cannot be pasted at once; the others were left out."]


def test_who_finds_too_many_waiting_is_told_at_once(monkeypatch, media):
    monkeypatch.setattr(pictures, "_places", threading.BoundedSemaphore(1))
    with pictures._turn(), pytest.raises(ValidationError, match="Many pictures are arriving"):
        pictures.take(upload_of(), None)
    assert pictures.take(upload_of(), None)[1]
    assert files(media)


def test_a_picture_without_an_address_is_found_by_its_number_or_left_out():
    image = make_image()
    body = (
        f'<p>x<img data-picture="{image.pk}"></p><p><img data-picture="1" src="//evil/a.png"></p>'
    )
    assert make_article(body=body).body == "<p>x</p>"


def test_an_empty_file_is_missing(media):
    image, _ = pictures.take(upload_of(), None)
    name = image.rendition_names()[0]
    (media / name).write_bytes(b"")
    assert pictures.missing(image) == [name]
    pictures.remake(image)
    assert pictures.missing(image) == []
    (media / image.file.name).unlink()
    assert pictures.missing(image) == [image.file.name]
