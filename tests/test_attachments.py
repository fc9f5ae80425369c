"""How uploads become files of the library, and how texts that link to them know them."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from news import attachments, library, sanitize, versions
from news.models import Article, Attachment, AttachmentUse, Stage, Status
from tests.desk import begin_change
from tests.files import LOCKED_PDF, PDF, mp4, office, ole, types_of
from tests.helpers import NOW, link_to, make_article, make_attachment, make_user, picture_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

MACROS = types_of("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml")


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> Path:
    """The folder of stored files, which is empty."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


def files(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


def upload_of(data: bytes = PDF, name: str = "Report 2025.pdf") -> ContentFile:
    return ContentFile(data, name=name)


def taken(data: bytes = PDF, **fields) -> Attachment:
    return attachments.take(upload_of(data), None, **fields)[0]


def refusal(data: bytes) -> str:
    with pytest.raises(ValidationError) as refused:
        attachments.take(upload_of(data), None)
    (sentence,) = refused.value.messages
    return sentence


# --- Taken


def test_an_upload_becomes_a_file_of_the_library(media):
    user = make_user()
    attachment, is_new = attachments.take(upload_of(), user)
    attachment = Attachment.objects.get(pk=attachment.pk)
    assert is_new
    assert (attachment.title, attachment.name) == ("Report 2025", "Report 2025.pdf")
    assert (attachment.kind, attachment.size) == ("pdf", len(PDF))
    assert (attachment.width, attachment.uploaded_by) == (None, user)
    assert re.fullmatch(r"attachments/2026/[0-9a-f]{32}\.pdf", attachment.file.name)
    assert files(media) == {attachment.file.name}
    assert (media / attachment.file.name).read_bytes() == PDF


def test_a_video_brings_its_size():
    video = taken(mp4())
    assert (video.kind, video.width, video.height) == ("mp4", 640, 360)
    assert video.is_video


@pytest.mark.parametrize(
    ("name", "title", "kept"),
    [
        ("../../etc/passwd", "passwd", "../../etc/passwd"),
        ("年报.html", "年报", "年报.html"),
        ("", "PDF", ""),
        (" .pdf", "PDF", " .pdf"),
        ("x" * 300 + ".pdf", "x" * 200, "x" * 196 + ".pdf"),
    ],
)
def test_nothing_of_an_uploads_name_is_in_a_files_name(media, name, title, kept):
    upload = io.BytesIO(PDF)
    upload.name = name
    attachment, _ = attachments.take(upload, None)
    assert (attachment.title, attachment.name) == (title, kept)
    (stored,) = files(media)
    assert re.fullmatch(r"attachments/2026/[0-9a-f]{32}\.pdf", stored)


def test_the_same_file_again_is_the_one_that_is_there(media):
    first = taken(title="First")
    again, is_new = attachments.take(upload_of(name="another.docx"), make_user())
    assert (again, is_new, again.title) == (first, False, "First")
    assert files(media) == {first.file.name}


def test_the_same_file_from_two_at_once_is_one(media, monkeypatch):
    first = taken()
    monkeypatch.setattr(library, "known", lambda *_: None)
    assert attachments.take(upload_of(), None) == (first, False)
    assert files(media) == {first.file.name}


# --- Refused


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (PDF[:80], "is damaged"),
        (LOCKED_PDF, "Save it without a password"),
        (ole("EncryptedPackage"), "Save it without a password"),
        (office(**{"[Content_Types].xml": MACROS}), "has macros"),
        (ole("WordDocument"), "Save it as .docx"),
        (office(word__a_xml=bytes(300 * 1024**2)), "unpacks to far more"),
        (picture_bytes(), "Pictures have a library of their own"),
        (b"<html><script>alert(1)</script>", "Only PDF, Word"),
        (b"<svg onload='alert(1)'/>", "Only PDF, Word"),
        (b"MZ\x90", "Only PDF, Word"),
        (mp4(brands=b"qt  \0\0\0\0qt  "), "MP4 with H.264"),
    ],
)
def test_each_refusal_says_why_and_leaves_nothing(media, data, words):
    assert words in refusal(data)
    assert files(media) == set()
    assert not Attachment.objects.exists()


def test_every_reason_has_a_sentence_of_its_own():
    reasons = ["empty", "broken", "password", "macros", "bomb", "picture", "brand", "codec"]
    reasons += ["locked", "old office", "sound only", "large", "unknown"]
    sentences = {attachments._why(reason) for reason in reasons}
    assert len(sentences) == len(reasons)


def test_the_limits_are_the_sites_by_kind(settings, media):
    settings.DOCUMENT_MAX_BYTES = settings.VIDEO_MAX_BYTES = 2 * 1024**2
    long = PDF[:9] + bytes(2 * 1024**2) + PDF[9:]
    film = mp4(data=bytes(2 * 1024**2))
    assert refusal(long) == "This file is larger than 2 MB. Make it smaller."
    assert refusal(film) == "This video is larger than 2 MB. Make it smaller."
    assert files(media) == set()
    settings.VIDEO_MAX_BYTES = len(film)
    assert taken(film)
    assert refusal(long)


def test_what_is_prepared_and_not_saved_leaves_nothing(media):
    with attachments.prepared(upload_of()) as attachment:
        assert files(media) == {attachment.file.name}
    assert files(media) == set()
    with pytest.raises(ZeroDivisionError), attachments.prepared(upload_of()) as attachment:
        1 / 0  # noqa: B018
    assert files(media) == set()


@pytest.mark.parametrize(
    "values",
    [{"kind": "exe"}, {"size": 0}, {"title": ""}, {"kind": "mp4"}, {"kind": "mp4", "width": 0}],
)
def test_the_database_takes_no_row_that_says_nothing(values):
    attachment = make_attachment()
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.filter(pk=attachment.pk).update(**values)


# --- Deleted, replaced


@pytest.mark.django_db(transaction=True)
def test_a_file_goes_when_its_deletion_is_committed(media):
    attachment = taken()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Attachment.objects.get(pk=attachment.pk).delete()
        raise ZeroDivisionError
    assert files(media) == {attachment.file.name}
    attachment.delete()
    assert files(media) == set()


@pytest.mark.django_db(transaction=True)
def test_a_replaced_file_keeps_its_title_and_its_uses(media):
    attachment = taken(title="Annual report")
    article = make_article(body=link_to(attachment))
    attachments.replace(Attachment.objects.get(), upload_of(office(), "new.docx"))
    after = Attachment.objects.get()
    assert (after.pk, after.title) == (attachment.pk, "Annual report")
    assert (after.kind, after.name) == ("docx", "new.docx")
    assert files(media) == {after.file.name}
    assert AttachmentUse.objects.get().article == article
    article.save()
    assert f'href="{after.file.url}"' in Article.objects.get().body


def test_a_file_is_not_replaced_by_one_that_the_library_has(media):
    one, other = taken(title="One"), taken(office(), title="Other")
    with pytest.raises(ValidationError, match="already in the library: Other"):
        attachments.replace(one, upload_of(office()))
    assert files(media) == {one.file.name, other.file.name}


def test_two_who_replace_files_with_the_same_one_at_once_are_told(media, monkeypatch):
    one, other = taken(title="One"), taken(office(), title="Other")
    film, known = mp4(), library.known

    def just_before(*asked):
        monkeypatch.setattr(library, "known", known)
        attachments.replace(one, upload_of(film))

    monkeypatch.setattr(library, "known", just_before)
    with pytest.raises(ValidationError, match="already in the library: One"):
        attachments.replace(other, upload_of(film))
    after = Attachment.objects.get(pk=other.pk)
    assert (after.kind, (media / after.file.name).read_bytes()) == ("docx", office())


def test_a_file_is_hashed_once(monkeypatch):
    hashed = []
    digest_of = library.digest_of
    monkeypatch.setattr(library, "digest_of", lambda file: hashed.append(1) or digest_of(file))
    attachment = taken()
    attachments.replace(attachment, upload_of(office()))
    assert len(hashed) == 2
    assert taken(office()) == attachment


def test_a_used_file_is_kept_and_so_is_one_that_a_change_is_to_use():
    used, coming = make_attachment(), make_attachment()
    article = make_article(body=link_to(used))
    begin_change(article, make_user(), "Title")
    change = article.versions.pending().get()
    change.content["body"] = link_to(coming).replace("<a ", f'<a data-attachment="{coming.pk}" ')
    change.save()
    assert versions.pending_uses(coming) == {article.pk}
    for attachment in (used, coming):
        with pytest.raises(ProtectedError):
            attachment.delete()
    article.versions.update(stage=Stage.HISTORY)
    coming.delete()


# --- The door, and what texts know


def test_the_door_keeps_the_number_on_links_alone():
    kept = (
        '<p data-attachment="1"><a data-attachment="{}" href="/media/attachments/a.pdf">x</a></p>'
    )
    assert 'data-attachment="12"' in sanitize.clean(kept.format(12)).html
    for other in ("0", "-1", "1e3", "abc", "", "1" * 30, "１"):
        assert "data-attachment" not in sanitize.clean(kept.format(other)).html
    assert "data-attachment" not in sanitize.clean('<p><b data-attachment="1">x</b></p>').html


def body_of(html: str) -> str:
    return make_article(body=html).body


def test_a_link_to_a_file_learns_its_number_and_stays_as_it_is_then():
    attachment = make_attachment()
    stored = body_of(
        f'<p>See <a title="A" href="{attachment.file.url}#page=3">the <b>report</b></a>.</p>'
    )
    assert stored == (
        f'<p>See <a data-attachment="{attachment.pk}" href="{attachment.file.url}" title="A" '
        'rel="noopener noreferrer">the <b>report</b></a>.</p>'
    )
    assert sanitize.clean(stored).html == stored
    assert body_of(stored) == stored
    assert set(AttachmentUse.objects.values_list("attachment", flat=True)) == {attachment.pk}


@pytest.mark.parametrize("host", ["https://testserver", "http://TESTSERVER:8000", "//testserver"])
def test_a_link_with_our_own_host_is_ours(host):
    attachment = make_attachment()
    stored = body_of(f'<p><a href="{host}{attachment.file.url}#page=3">the report</a></p>')
    assert f'data-attachment="{attachment.pk}" href="{attachment.file.url}"' in stored
    assert AttachmentUse.objects.get().attachment == attachment


def test_a_link_to_a_file_of_another_host_is_not_ours():
    address = f"https://example.com{make_attachment().file.url}"
    assert f'<a href="{address}" rel=' in body_of(f'<p><a href="{address}">the report</a></p>')
    assert not AttachmentUse.objects.exists()


def test_a_link_to_what_the_library_does_not_have_leaves_its_words():
    address = "/media/attachments/2026/nothing.pdf"
    for number in ("", 'data-attachment="99" '):
        assert body_of(f'<p><a {number}href="{address}">the <b>report</b></a></p>') == (
            "<p>the <b>report</b></p>"
        )
    assert not AttachmentUse.objects.exists()


def test_a_number_does_not_change_where_a_link_leads():
    attachment = make_attachment()
    for address in ("https://example.com/", "/en/news/", "#top", "mailto:a@example.com"):
        marked = f'<p><a data-attachment="{attachment.pk}" href="{address}">x</a></p>'
        assert f'<a href="{address}" rel=' in body_of(marked)
    assert not AttachmentUse.objects.exists()


def test_other_links_and_pictures_stay_as_they_are():
    attachment = make_attachment()
    other = (
        '<a href="https://example.com/?a=1&amp;b=2" title="&quot;" rel="noopener noreferrer">x</a>'
    )
    assert other in body_of(f"<p>{other}</p>{link_to(attachment)}")


def test_uses_follow_the_text_however_it_is_written():
    one, two = make_attachment(), make_attachment()
    article = make_article(body=link_to(one) + link_to(one))

    def uses() -> list[int]:
        rows = AttachmentUse.objects.order_by("attachment")
        return list(rows.values_list("attachment", flat=True))

    assert uses() == [one.pk]
    article.body = link_to(two) + link_to(one)
    article.save()
    assert uses() == [one.pk, two.pk]
    Article.objects.update(body=link_to(two))
    assert uses() == [two.pk]
    article.body = "<p>None</p>"
    Article.objects.bulk_update([article], ["body"])
    assert not uses()
    Article.objects.bulk_create(
        [Article(title="A", slug="a", body=link_to(one), category=article.category, language="en")]
    )
    assert uses() == [one.pk]
    assert list(Attachment.objects.unused()) == [two]
    assert list(Attachment.objects.used()) == [one]


def test_a_text_without_files_asks_for_none(django_assert_num_queries):
    html = '<p><a href="https://example.com/">x</a></p>'
    with django_assert_num_queries(0):
        assert Attachment.objects.all().claim(html) == (html, [])


# --- What the public sees


def test_only_files_that_readers_see_make_a_new_edition():
    from news.models import Edition

    def number() -> int:
        return Edition.objects.get().number

    shown, hidden, alone = (make_attachment() for _ in range(3))
    make_article(body=link_to(shown))
    make_article(body=link_to(hidden), status=Status.DRAFT)
    make_article(body=link_to(shown), status=Status.DRAFT, published_at=NOW + timedelta(1))
    for attachment, is_new in ((hidden, False), (alone, False), (shown, True)):
        before = number()
        attachment.title = "Another title"
        attachment.save()
        assert (number() > before) == is_new
