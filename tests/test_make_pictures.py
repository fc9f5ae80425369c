"""The command that makes sizes again, as an operator runs it."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command

from news import pictures, renditions
from news.models import Image
from tests.helpers import make_article, picture_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> Path:
    """The folder of stored files, which is empty."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


def library(*sizes: tuple[int, int]) -> list[Image]:
    """One picture of each size."""
    return [
        pictures.take(ContentFile(picture_bytes("JPEG", size), name=f"{size[0]}.jpg"), None)[0]
        for size in sizes
    ]


def make_pictures(*arguments: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    call_command("make_pictures", *arguments, stdout=out, stderr=err)
    assert not err.getvalue()
    return out.getvalue()


def failed(*arguments: str) -> tuple[str, str]:
    """What the command ends with, and what it complained of before."""
    err = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("make_pictures", *arguments, stdout=io.StringIO(), stderr=err)
    assert error.value.returncode == 1
    return str(error.value), err.getvalue()


def written(media: Path) -> dict[str, tuple[bytes, int]]:
    """Every stored file, and when it was written."""
    return {
        str(path.relative_to(media)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in media.rglob("*")
        if path.is_file()
    }


def lose(media: Path, image: Image, *names: tuple[int, str]) -> None:
    for width, extension in names:
        (media / image.rendition_name(width, extension)).unlink()


def test_an_empty_library_is_complete():
    assert make_pictures() == "Sizes of 0 pictures: all there\n"
    assert make_pictures("--check") == "Sizes of 0 pictures: all there\n"


def test_only_what_is_missing_is_made(media):
    whole, damaged = library((400, 100), (700, 100))
    before = written(media)
    lose(media, damaged, (320, "avif"), (700, "webp"))
    assert make_pictures() == "Sizes of 2 pictures: made for 1 picture\n"
    after = written(media)
    lost = {damaged.rendition_name(320, "avif"), damaged.rendition_name(700, "webp")}
    assert {name for name in after if after[name] != before[name]} == lost
    assert {name: data for name, (data, _) in after.items()} == {
        name: data for name, (data, _) in before.items()
    }
    assert pictures.missing(whole) == []


def test_a_second_run_does_nothing(media, monkeypatch):
    one, _ = library((400, 100), (500, 100))
    lose(media, one, (320, "avif"))
    make_pictures()
    before = written(media)
    monkeypatch.setattr(pictures, "remake", pytest.fail)
    assert make_pictures() == "Sizes of 2 pictures: all there\n"
    assert written(media) == before


def test_check_says_what_is_missing_and_makes_nothing(media):
    one, two = library((400, 100), (500, 100))
    assert make_pictures("--check") == "Sizes of 2 pictures: all there\n"
    lose(media, one, (400, "avif"))
    lose(media, two, (500, "avif"))
    before = written(media)
    said, _ = failed("--check")
    first, second = sorted((one.pk, two.pk), reverse=True)
    assert said == f"Sizes are missing of 2 pictures: {first}, {second}."
    assert written(media) == before


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"<html>no picture", "is not a picture"), (None, "No such file"), (b"", "is not a picture")],
)
def test_an_original_that_cannot_be_read_is_named_and_the_others_are_made(media, content, word):
    broken, other = library((400, 100), (500, 100))
    for image in (broken, other):
        lose(media, image, (image.width, "avif"))
    original = media / broken.file.name
    if content is None:
        original.unlink()
    else:
        original.write_bytes(content)
    before = written(media)
    said, complained = failed()
    assert said == f"Not possible for 1 picture: {broken.pk}."
    assert f"Picture {broken.pk} (400): " in complained
    assert word in complained
    assert "Traceback" not in complained
    assert pictures.missing(other) == []
    new = written(media).keys() - before.keys()
    assert new == {other.rendition_name(500, "avif")}


def test_a_release_with_other_sizes_gets_them_and_old_ones_go(media, site, monkeypatch):
    (image,) = library((700, 350))
    article = make_article(cover=image, cover_alt="A mill")
    old = set(image.rendition_names())
    assert "-320.avif" in site.get(article.get_absolute_url()).text
    monkeypatch.setattr(renditions, "WIDTHS", (200, 480, 960))
    monkeypatch.setattr(pictures, "_run", in_this_process)
    assert failed("--check")[0] == f"Sizes are missing of 1 picture: {image.pk}."
    assert make_pictures() == "Sizes of 1 pictures: made for 1 picture\n"
    image.refresh_from_db()
    assert image.renditions == {"avif": [200, 480, 700], "webp": [200, 480, 700]}
    assert written(media).keys() == set(image.file_names())
    assert not [name for name in old & written(media).keys() if "-320." in name]
    page = site.get(article.get_absolute_url()).text
    assert "-480.avif 480w" in page
    assert "-320.avif" not in page


def in_this_process(folder: Path) -> dict:
    return dict(renditions.develop(folder / "upload", folder, 50_000_000))


@pytest.mark.django_db(transaction=True)
def test_readers_find_every_size_while_others_are_made(media):
    images = library((400, 100), (500, 100), (700, 100))
    for image in images:
        lose(media, image, (image.width, "webp"))
    kept = {name for image in images for name in image.file_names() if (media / name).exists()}
    over, lost = threading.Event(), set()

    def read() -> None:
        while not over.is_set():
            lost.update(name for name in kept if not (media / name).exists())
            over.wait(0.005)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        make_pictures()
    finally:
        over.set()
        reader.join()
    assert not lost
    assert make_pictures("--check") == "Sizes of 3 pictures: all there\n"
