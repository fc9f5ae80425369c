"""Moving in: the pages' pictures."""

from __future__ import annotations

import io
import shutil

import pytest
from django.core.exceptions import ValidationError

from news import library, pictures
from news.models import Article, Image
from tests.desk import do, save
from tests.helpers import make_user, picture_bytes
from tests.legacy import ASSETS, MILL, TEXT, html_page, moved_in, write

pytestmark = pytest.mark.django_db


def test_pictures_of_a_page_enter_the_library(site):
    said = moved_in(MILL, "--assets", ASSETS)
    article, image = Article.objects.get(), Image.objects.get()
    assert image.title == "upload/2021/mill.jpg"
    assert (image.alt, image.width, image.height) == ("The machine hall", 64, 36)
    shown = f'alt="The machine hall" data-picture="{image.pk}" height="36" src="{image.url}"'
    assert f'<p><img {shown} width="64"></p>' in article.body
    assert site.get(image.url).status == 200
    assert article.body.count("<img") == 1
    assert "picture missing: /upload/2021/lost.jpg" in said
    assert "left out: 1 embedded video or frame" in said
    assert "<p></p>" not in article.body


def test_a_picture_that_the_old_page_did_not_describe_is_to_be_described_at_the_next_change(
    tmp_path,
):
    """What readers knew stays theirs; what staff publish of it says what its pictures show."""
    (tmp_path / "a.png").write_bytes(picture_bytes("PNG", (40, 30)))
    page = write(tmp_path, "1.html", html_page(f'<p>{TEXT}<img src="a.png"></p>'))
    moved_in(page, "--assets", tmp_path)
    article, editor = Article.objects.get(), make_user(group="Editor")
    assert article.is_public
    assert 'alt=""' in article.body
    save(article, editor, title="Put right")
    with pytest.raises(ValidationError, match="1 picture in the text has no alternative text"):
        do("publish", article, editor)
    assert Article.objects.get().is_public
    save(article, editor, body=article.body.replace('alt=""', 'alt="A mill"'))
    do("publish", article, editor)
    assert Article.objects.get().title == "Put right"


def test_links_of_a_page_are_made_whole():
    moved_in(MILL)
    assert 'href="/en/s/3224-8945-39001.html"' in Article.objects.get().body
    assert "javascript" not in Article.objects.get().body


def test_a_picture_that_comes_later_is_added(tmp_path):
    assets = shutil.copytree(ASSETS, tmp_path / "assets")
    moved_in(MILL, "--assets", assets)
    (assets / "upload/2021/lost.jpg").write_bytes(picture_bytes("PNG", (40, 30)))
    assert "1 updated" in moved_in(MILL, "--assets", assets)
    assert Article.objects.get().body.count("<img") == 2
    assert Image.objects.count() == 2


def test_pictures_stay_when_their_folder_is_not_given_again():
    moved_in(MILL, "--assets", ASSETS)
    assert "1 unchanged" in moved_in(MILL)
    assert Article.objects.get().body.count("<img") == 1


def test_one_picture_under_several_names_is_one_in_the_library(tmp_path):
    inside = '<p>a<img src="a.png"><img src="b/a.png?v=2"><img src="http://x/c/a%20b.png"></p>'
    for name in ("a.png", "b/a.png", "a b.png"):
        write(tmp_path, f"assets/{name}").write_bytes(picture_bytes("PNG"))
    moved_in(write(tmp_path, "a.html", html_page(inside)), "--assets", tmp_path / "assets")
    moved_in(write(tmp_path, "b.html", html_page(inside)), "--assets", tmp_path / "assets")
    assert Image.objects.count() == 1
    assert Article.objects.get().body.count("<img") == 3


def test_a_page_may_have_more_pictures_than_are_made_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "_WAIT_SECONDS", 0.1)
    for number in range(pictures.AT_ONCE + 1):
        file = write(tmp_path, f"assets/{number}.png")
        file.write_bytes(picture_bytes("PNG", (9, 9 + number)))
    inside = "".join(f'<p>{TEXT}<img src="{n}.png"></p>' for n in range(pictures.AT_ONCE + 1))
    file = write(tmp_path, "a.html", html_page(inside))
    assert "1 created" in moved_in(file, "--assets", tmp_path / "assets")
    assert Article.objects.get().body.count("<img") == pictures.AT_ONCE + 1


def test_a_picture_that_staff_have_uploaded_already_is_that_one():
    with (ASSETS / "upload/2021/mill.jpg").open("rb") as upload:
        image, _ = pictures.take(upload, None, title="Our mill")
    moved_in(MILL, "--assets", ASSETS)
    assert Image.objects.get().title == "Our mill"
    assert f'data-picture="{image.pk}"' in Article.objects.get().body


def test_pictures_of_a_page_that_fails_leave_no_files(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr("news.legacy.save._apply", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        moved_in(MILL, "--assets", ASSETS)
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert not Image.objects.exists()


def test_a_dry_run_leaves_no_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    moved_in(MILL, "--assets", ASSETS, "--dry-run")
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_two_sites_may_use_one_path_for_two_pictures(tmp_path):
    for site, colour in (("en", "JPEG"), ("zh", "PNG")):
        write(tmp_path, f"{site}/up/a.jpg").write_bytes(picture_bytes(colour))
        file = write(tmp_path, f"{site}/a.html", html_page(f'<p>{site}<img src="/up/a.jpg"></p>'))
        moved_in(file.rename(file.with_name(f"3224-1-{len(colour)}.html")), "--assets", file.parent)
    assert Image.objects.count() == 2


@pytest.mark.parametrize(
    ("src", "said"),
    [
        ("broken.jpg", "picture left out (This file is not a picture"),
        ("../outside.png", "picture missing: ../outside.png"),
        ("/etc/passwd", "picture missing: /etc/passwd"),
        ("link.png", "picture missing: link.png"),
        ("data:image/png;base64,iVBORw0KGgo=", "picture missing: data:image/png"),
        ("http://[/a.png", "1 created"),
        ("x" * 300 + ".png", "picture left out ([Errno 36]"),
        ("", "1 created"),
    ],
)
def test_a_picture_that_cannot_be_had_is_left_out(tmp_path, src, said):
    write(tmp_path, "outside.png").write_bytes(picture_bytes("PNG"))
    write(tmp_path, "assets/broken.jpg", "no picture")
    (tmp_path / "assets" / "link.png").symlink_to(tmp_path / "outside.png")
    file = write(tmp_path, "a.html", html_page(f'<p>{TEXT}<img src="{src}"></p>'))
    assert said in moved_in(file, "--assets", tmp_path / "assets")
    assert Article.objects.get().body == f"<p>{TEXT}</p>"
    assert not Image.objects.exists()


def test_a_picture_too_large_is_left_out(settings):
    settings.PICTURE_MAX_BYTES = 10
    assert "picture left out (This picture is larger" in moved_in(MILL, "--assets", ASSETS)


def test_a_file_that_staff_put_in_place_of_an_imported_one_stays():
    moved_in(MILL, "--assets", ASSETS)
    image = Image.objects.get()
    with pictures.prepared(io.BytesIO(picture_bytes("PNG", (40, 30)))) as other:
        library.replace(image, other)
    moved_in(MILL, "--assets", ASSETS)
    assert Image.objects.get().width == 40
    assert f'data-picture="{image.pk}"' in Article.objects.get().body
    assert "1 unchanged" in moved_in(MILL, "--assets", ASSETS)
