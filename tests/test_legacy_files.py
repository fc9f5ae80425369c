"""Moving in: files that old pages link to."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from news import attachments, library
from news.models import Article, Attachment
from tests.files import PDF, mp4, office, ole
from tests.helpers import picture_bytes
from tests.legacy import TEXT, html_page, moved_in, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def assets(tmp_path) -> Path:
    folder = tmp_path / "assets"
    write(folder, "upload/2021/report.pdf").write_bytes(PDF)
    write(folder, "upload/2021/film.mp4").write_bytes(mp4())
    write(folder, "upload/2021/old.doc").write_bytes(ole("WordDocument"))
    return folder


def page_with(tmp_path: Path, *links: str) -> Path:
    return write(tmp_path, "a.html", html_page("".join(f"<p>{TEXT} {link}</p>" for link in links)))


REPORT = '<a href="/upload/2021/report.pdf" target="_blank">The <b>annual</b> report</a>'


def test_files_that_a_page_links_to_enter_the_library(site, tmp_path, assets):
    said = moved_in(page_with(tmp_path, REPORT), "--assets", assets)
    article, report = Article.objects.get(), Attachment.objects.get()
    assert (report.title, report.name) == ("The annual report", "upload/2021/report.pdf")
    assert f'<a data-attachment="{report.pk}" href="{report.file.url}" rel=' in article.body
    assert "<strong>annual</strong> report</a>" in article.body
    assert list(article.attachment_uses.values_list("attachment", flat=True)) == [report.pk]
    assert "file" not in said.replace("1 file: 1 created", "")
    assert site.get(report.file.url).body == PDF


def test_a_second_run_changes_nothing_with_the_folder_and_without(tmp_path, assets):
    page = page_with(tmp_path, REPORT)
    moved_in(page, "--assets", assets)
    assert "1 unchanged" in moved_in(page, "--assets", assets)
    assert "1 unchanged" in moved_in(page)
    assert Attachment.objects.count() == 1


def test_a_film_alone_in_its_paragraph_is_played(site, tmp_path, assets):
    inside = f'<p>{TEXT}</p><p><a href="/upload/2021/film.mp4">The film</a></p>'
    moved_in(write(tmp_path, "a.html", html_page(inside)), "--assets", assets)
    assert "<video " in site.get(Article.objects.get().get_absolute_url()).text


def test_what_is_refused_is_said_and_its_link_stays(tmp_path, assets):
    said = moved_in(
        page_with(tmp_path, '<a href="/upload/2021/old.doc">Old</a>'), "--assets", assets
    )
    assert "file left out (Old Office files can hide programs." in said
    assert '<a href="/upload/2021/old.doc" rel=' in Article.objects.get().body
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("href", "said"),
    [
        ("/upload/2021/lost.pdf", "file missing: /upload/2021/lost.pdf"),
        ("../../outside.pdf", "file missing: ../../outside.pdf"),
        ("http://testserver/other.pdf", "file missing: http://testserver/other.pdf"),
        ("x" * 300 + ".pdf", "file left out ([Errno 36]"),
        ("http://[/a.pdf", "1 created"),
        ("/upload/2021/report.html", "1 created"),
        ("mailto:report.pdf", "1 created"),
    ],
)
def test_a_link_that_leads_to_no_file_of_the_folder_is_no_attachment(tmp_path, assets, href, said):
    write(tmp_path, "outside.pdf").write_bytes(PDF)
    assert said in moved_in(page_with(tmp_path, f'<a href="{href}">x</a>'), "--assets", assets)
    assert not Attachment.objects.exists()


LAW = "https://www.gov.example/upload/2021/report.pdf"


def test_a_link_to_another_site_stays_whatever_the_folder_has(tmp_path, assets):
    said = moved_in(page_with(tmp_path, f'<a href="{LAW}">The law</a>'), "--assets", assets)
    assert "missing" not in said
    assert f'<a href="{LAW}" rel=' in Article.objects.get().body
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("canonical", "options"),
    [
        ("http://WWW.gov.example/en/s/1-2-3.html", ()),
        ("", ("--host", "old.example", "--host", "WWW.gov.example")),
    ],
)
def test_a_link_to_the_old_sites_own_host_is_a_file_of_the_folder(
    tmp_path, assets, canonical, options
):
    head = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    inside = f'<p>{TEXT} <a href="{LAW}">Report</a></p>'
    moved_in(write(tmp_path, "a.html", html_page(inside, head)), "--assets", assets, *options)
    assert f'data-attachment="{Attachment.objects.get().pk}"' in Article.objects.get().body


def test_without_a_folder_nothing_is_said_of_links(tmp_path):
    said = moved_in(page_with(tmp_path, REPORT))
    assert "missing" not in said
    assert 'href="/upload/2021/report.pdf"' in Article.objects.get().body


def test_a_file_that_comes_later_is_added(tmp_path, assets):
    page = page_with(tmp_path, '<a href="/upload/2021/late.docx">Late</a>')
    moved_in(page, "--assets", assets)
    (assets / "upload/2021/late.docx").write_bytes(office())
    assert "1 updated" in moved_in(page, "--assets", assets)
    assert Attachment.objects.get().title == "Late"


def test_one_file_under_several_names_is_one_in_the_library(tmp_path, assets):
    (assets / "copy.pdf").write_bytes(PDF)
    moved_in(page_with(tmp_path, REPORT, '<a href="copy.pdf">Copy</a>'), "--assets", assets)
    assert Attachment.objects.count() == 1
    assert Article.objects.get().body.count("data-attachment=") == 2


def test_a_file_that_staff_have_uploaded_or_replaced_already_is_that_one(tmp_path, assets):
    ours, _ = attachments.take(ContentFile(PDF, name="a.pdf"), None, title="Ours")
    page = page_with(tmp_path, REPORT)
    moved_in(page, "--assets", assets)
    assert Attachment.objects.get().title == "Ours"
    Attachment.objects.update(imported_digest=ours.digest)
    with attachments.prepared(ContentFile(office(), name="new.docx")) as new:
        library.replace(Attachment.objects.get(), new)
    moved_in(page, "--assets", assets)
    assert Attachment.objects.get().kind == "docx"
    assert "1 unchanged" in moved_in(page, "--assets", assets)


def test_a_linked_picture_of_a_linked_file_is_both(tmp_path, assets):
    (assets / "a.png").write_bytes(picture_bytes("PNG"))
    link = '<a href="/upload/2021/report.pdf"><img src="a.png" alt="Cover"></a>'
    moved_in(page_with(tmp_path, link), "--assets", assets)
    body = Article.objects.get().body
    assert body.count("data-attachment=") == body.count("data-picture=") == 1


@pytest.mark.parametrize("dry", [True, False])
def test_what_is_not_saved_leaves_no_files(settings, tmp_path, assets, monkeypatch, dry):
    settings.MEDIA_ROOT = tmp_path / "media"
    page = page_with(tmp_path, REPORT)
    if dry:
        moved_in(page, "--assets", assets, "--dry-run")
    else:
        monkeypatch.setattr("news.legacy.save._apply", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            moved_in(page, "--assets", assets)
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert not Attachment.objects.exists()
