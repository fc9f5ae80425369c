"""The library of files in the admin: uploads, the list, the picker, and files in texts."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.db import connection
from django.forms import ModelForm
from django.test import Client
from django.test.utils import CaptureQueriesContext

from news import attachments
from news.admin import upload
from news.models import Article, Attachment, Status
from news.moments import in_numbers
from tests.files import PDF, mp4, office, ole
from tests.forms import Form, change, errors, listed, messages, submit, words
from tests.helpers import NOW, link_to, make_article, make_attachment, make_category, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]

LIST = "/admin/news/attachment/"
UPLOAD = f"{LIST}upload/"
PICK = f"{LIST}pick/"
ADD = "/admin/news/article/add/"


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    """A media folder in which nothing lies yet."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files_in(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def send(client: Client, data: bytes = PDF, name: str = "Report.pdf", **more: Any):
    query = {"name": name} | more.pop("query", {})
    return client.post(UPLOAD, data, "application/octet-stream", query_params=query, **more)


def refusal(response, status: int = 400) -> str:
    assert response.status_code == status, response.content
    assert response.json()["uploaded"] == 0
    return response.json()["error"]["message"]


def form_of(attachment: Attachment) -> str:
    return f"{LIST}{attachment.pk}/change/"


# --- one upload


def test_it_works(client, author, media):
    response = send(client, name="年度 报告 2025.pdf")
    assert response.status_code == 201
    assert "no-store" in response["Cache-Control"]
    attachment = Attachment.objects.get()
    assert response.json() == {
        "uploaded": 1,
        "fileName": "年度 报告 2025",
        "url": attachment.file.url,
        "id": attachment.pk,
        "facts": f"PDF, {len(PDF)}\xa0bytes",
        "change": form_of(attachment),
        "known": False,
    }
    assert attachment.uploaded_by == author
    assert files_in(media) == {attachment.file.name}
    assert LogEntry.objects.get().object_id == str(attachment.pk)


def test_the_same_file_again_is_the_same(client, author):
    first = send(client).json()
    response = send(client, name="other.pdf")
    assert response.status_code == 200
    assert response.json() == first | {"known": True}
    assert LogEntry.objects.count() == 1


def test_a_name_has_no_invisible_characters(client, author):
    assert send(client, name="a\0b\x1b\u202e\n年.pdf").status_code == 201
    attachment = Attachment.objects.get()
    assert (attachment.title, attachment.name) == ("ab年", "ab年.pdf")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"<html><script>alert(1)</script>", "Only PDF, Word"),
        (PDF[:70], "is damaged"),
        (ole("WordDocument"), "Old Office files"),
        (office()[:-30], "is damaged"),
    ],
)
def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(
    client, author, media, data, sentence
):
    assert sentence in refusal(send(client, data))
    assert not Attachment.objects.exists()
    assert files_in(media) == set()


def test_a_file_that_does_not_arrive_whole_is_refused(client, author, media):
    cut_off = {"CONTENT_LENGTH": str(len(PDF) + 9), "wsgi.input": io.BytesIO(PDF)}
    response = send(client, **cut_off)
    assert refusal(response) == "The file did not arrive. Try again."
    assert files_in(media) == set()


def test_a_file_in_a_form_is_no_whole_request(client, author):
    response = client.post(UPLOAD, {"upload": ContentFile(PDF, name="a.pdf")})
    assert refusal(response)
    assert not Attachment.objects.exists()


def test_no_more_arrive_at_once_than_readers_can_spare(client, author):
    for _ in range(4):
        upload._places.acquire()
    try:
        assert refusal(send(client)).startswith("Many files are arriving just now.")
    finally:
        for _ in range(4):
            upload._places.release()
    assert send(client).status_code == 201


def test_only_post_is_answered(client, author):
    for method in (client.get, client.head, client.put, client.delete):
        assert method(UPLOAD).status_code == 405


def test_nobody_else_may_upload(client, media):
    assert "You are signed out" in refusal(send(client), 403)
    client.force_login(make_user("visitor", is_staff=False))
    assert "You are signed out" in refusal(send(client), 403)
    client.force_login(make_user("staff"))
    assert "You are not allowed" in refusal(send(client), 403)
    assert files_in(media) == set()


def test_the_token_of_the_form_is_needed(author, media):
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)
    assert send(client, HTTP_ACCEPT="application/json").status_code == 403
    assert files_in(media) == set()
    token = Form(client.get(ADD), "article_form").data["csrfmiddlewaretoken"]
    assert send(client, HTTP_X_CSRFTOKEN=token).status_code == 201


@pytest.mark.parametrize(
    ("path", "content_type", "length", "status"),
    [
        (UPLOAD, "application/octet-stream", 200 * 1024**2, 403),
        (UPLOAD, "application/octet-stream", 200 * 1024**2 + 1, 413),
        (UPLOAD, "multipart/form-data; boundary=b", 30 * 1024**2, 413),
        ("/admin/news/image/upload/", "application/octet-stream", 30 * 1024**2, 413),
        (LIST, "application/octet-stream", 30 * 1024**2, 413),
        (f"{UPLOAD}more/", "application/octet-stream", 30 * 1024**2, 413),
    ],
)
def test_only_the_files_address_takes_large_requests(client, path, content_type, length, status):
    asked = {"CONTENT_LENGTH": str(length), "HTTP_ACCEPT": "application/json"}
    response = client.post(path, b"x", content_type, **asked)
    assert response.status_code == status
    if length > 200 * 1024**2:
        assert "More than 200 MB cannot be sent at once." in refusal(response, 413)


# --- the library


def test_the_list_has_a_place_to_send_files_to_and_no_form(client, author):
    page = client.get(LIST)
    html = page.content.decode()
    assert f'action="{UPLOAD}"' in html
    assert 'data-whole-request="true"' in html
    assert f'data-limit="{200 * 1024**2}"' in html
    assert 'accept=".pdf,.docx,.xlsx,.pptx,.mp4"' in html
    assert client.get(f"{LIST}add/")["Location"] == LIST
    client.force_login(make_user())
    assert client.get(f"{LIST}add/").status_code == 403


def test_the_list_searches_filters_and_counts(client, author):
    used, film = (
        make_attachment(title="Used"),
        make_attachment(title="Film", kind="mp4", width=1, height=1, name="IMG_1.mp4"),
    )
    make_attachment(title="Unused")
    for _ in range(2):
        make_article(body=link_to(used))
    counts = {"Unused": "0", "Film": "0", "Used": "2"}
    assert listed(client.get(LIST)) == counts
    assert listed(client.get(f"{LIST}?use=used")) == {"Used": "2"}
    assert listed(client.get(f"{LIST}?use=unused")) == {"Unused": "0", "Film": "0"}
    assert listed(client.get(f"{LIST}?kind__exact=mp4")) == {film.title: "0"}
    assert listed(client.get(f"{LIST}?q=img_1")) == {film.title: "0"}
    page = client.get(LIST).content.decode()
    assert "2.3\xa0MB" in page
    assert f'field-uploaded">{in_numbers(used.uploaded_at)}<' in page


def test_the_list_asks_as_much_for_many_as_for_few(client, author, django_assert_num_queries):
    def fill():
        for _ in range(5):
            make_article(body=link_to(make_attachment()))

    fill()
    client.get(LIST)
    with CaptureQueriesContext(connection) as before:
        client.get(LIST)
    fill()
    with django_assert_num_queries(len(before)):
        client.get(LIST)


def test_a_file_says_what_it_is_and_where_it_is_used(client, author):
    report, unused = make_attachment(name="report_final2.pdf"), make_attachment()
    make_article(title="Mill 3", body=link_to(report))
    make_article(title="Mill 4", body=link_to(report), status=Status.DRAFT)
    page = words(client.get(form_of(report)))
    assert "Mill 3 (text) Public" in page
    assert "Mill 4 (text) Draft" in page
    assert "PDF, 2.3 MB" in page.replace("\xa0", " ")
    assert "report_final2.pdf" in page
    assert "Not used anywhere" in words(client.get(form_of(unused)))


def test_the_title_is_changed_without_sending_the_file_again(client, author):
    attachment = attachments.take(ContentFile(PDF, name="a.pdf"), author)[0]
    assert errors(submit(client, form_of(attachment), "attachment_form", title="Report")) == []
    after = Attachment.objects.get()
    assert (after.title, after.file.name) == ("Report", attachment.file.name)
    (told,) = errors(submit(client, form_of(attachment), "attachment_form", title=""))
    assert told == "This field is required."


def test_a_file_is_replaced_and_keeps_its_uses(client, author, media):
    attachment = attachments.take(ContentFile(PDF, name="a.pdf"), author, title="Report")[0]
    article = make_article(body=link_to(attachment), status=Status.DRAFT, created_by=author)
    assert f"{UPLOAD}?replaces={attachment.pk}" in client.get(form_of(attachment)).content.decode()
    response = send(client, office(), "new.docx", query={"replaces": attachment.pk})
    assert response.status_code == 200
    after = Attachment.objects.get()
    assert response.json()["url"] == after.file.url != attachment.file.url
    assert (after.title, after.kind, after.name) == ("Report", "docx", "new.docx")
    assert list(after.uses.values_list("article", flat=True)) == [article.pk]
    assert after.file.url in Form(client.get(change(article)), "article_form").data["body"]
    assert LogEntry.objects.latest("pk").object_id == str(after.pk)


def test_whoever_may_not_change_a_file_does_not_replace_it(client, author, media):
    others, shown = make_attachment(), make_attachment(uploaded_by=author)
    make_article(body=link_to(shown))
    before = files_in(media)
    for attachment in (others, shown):
        sentence = refusal(send(client, query={"replaces": attachment.pk}), 403)
        assert sentence == "You are not allowed to replace this file."
        assert "upload-box" not in client.get(form_of(attachment)).content.decode()
        assert client.post(form_of(attachment), {"title": "Defaced"}).status_code == 403
    for number in ("0", "99999", "abc", "1' OR 1"):
        assert refusal(send(client, query={"replaces": number}), 403)
    assert files_in(media) == before


@pytest.fixture
def meanwhile(monkeypatch) -> Callable[[Callable[[], Any]], None]:
    """Has something done after all of a file has arrived and before anything is done with it."""

    def do(act: Callable[[], Any]) -> None:
        received = upload._received

        @contextmanager
        def slowly(request):
            with received(request) as file:
                act()
                yield file

        monkeypatch.setattr(upload, "_received", slowly)

    return do


def test_what_readers_see_by_the_time_a_file_has_arrived_is_not_replaced(
    client, author, media, meanwhile
):
    attachment = attachments.take(ContentFile(PDF, name="a.pdf"), author)[0]
    meanwhile(lambda: make_article(body=link_to(attachment)))
    sentence = refusal(send(client, office(), query={"replaces": attachment.pk}), 403)
    assert sentence == "You are not allowed to replace this file."
    assert Attachment.objects.get().kind == "pdf"
    assert files_in(media) == {attachment.file.name}


def test_a_title_that_somebody_gave_it_while_the_file_arrived_stays(client, editor, meanwhile):
    attachment = make_attachment(title="Old")
    meanwhile(lambda: Attachment.objects.update(title="New"))
    answer = send(client, query={"replaces": attachment.pk}).json()
    after = Attachment.objects.get()
    assert (after.title, answer["fileName"], after.size) == ("New", "New", len(PDF))


def test_a_file_that_was_deleted_while_the_new_one_arrived_stays_deleted(
    client, editor, media, meanwhile
):
    attachment = make_attachment()
    meanwhile(Attachment.objects.get().delete)
    sentence = refusal(send(client, query={"replaces": attachment.pk}))
    assert sentence == "This file was deleted while the new one arrived."
    assert not Attachment.objects.exists()
    assert len(files_in(media)) == 1  # Its own, which goes with the end of this transaction.


def test_a_title_is_saved_beside_a_file_that_was_replaced_meanwhile(client, editor, monkeypatch):
    attachment = make_attachment(title="Old")
    clean = ModelForm.clean

    def replaced_meanwhile(form):
        attachments.replace(attachment, ContentFile(PDF, name="new.pdf"))
        return clean(form)

    monkeypatch.setattr(ModelForm, "clean", replaced_meanwhile)
    assert errors(submit(client, form_of(attachment), "attachment_form", title="New")) == []
    after = Attachment.objects.get()
    assert (after.title, after.file.name, after.name) == ("New", attachment.file.name, "new.pdf")


def test_a_file_that_is_refused_replaces_nothing(client, editor, media):
    attachment = make_attachment()
    before = files_in(media)
    assert "is damaged" in refusal(send(client, PDF[:70], query={"replaces": attachment.pk}))
    assert files_in(media) == before


def test_a_used_file_is_not_deleted_and_its_articles_are_named(client, editor):
    used, unused = make_attachment(), make_attachment()
    make_article(title="Mill 3", body=link_to(used))
    path = f"{LIST}{used.pk}/delete/"
    asked = words(client.get(path))
    assert "Take it out of them first. Or replace its file" in asked
    assert "Mill 3 (text) Public" in asked
    client.post(path, {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [used.pk], "post": "yes"}
    assert "Mill 3 (text) Public" in words(client.post(LIST, chosen))
    client.post(f"{LIST}{unused.pk}/delete/", {"post": "yes"})
    assert list(Attachment.objects.all()) == [used]


def test_authors_do_not_delete_files(client, author):
    attachment = make_attachment(uploaded_by=author)
    assert client.post(f"{LIST}{attachment.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Attachment.objects.contains(attachment)


# --- the picker


def shown(response) -> list[str]:
    assert response.status_code == 200
    buttons = re.findall(r"<button type=\"button\".*?</button>", response.content.decode(), re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", each).split()) for each in buttons]


def test_the_picker_shows_the_newest_first_with_all_that_the_editor_needs(client, author):
    make_attachment(title="Older")
    newer = make_attachment(title='The "new" one')
    response = client.get(PICK, {"CKEditorFuncNum": "7"})
    assert shown(response) == ["The &quot;new&quot; one PDF, 2.3 MB", "Older PDF, 2.3 MB"]
    html = " ".join(response.content.decode().split())
    assert f'data-url="{newer.file.url}" data-id="{newer.pk}" data-title="The &quot;new' in html
    assert 'data-dialog="7"' in html
    assert "<script>" not in html


def test_the_picker_searches_and_says_if_nothing_is_there(client, author):
    assert "The library is empty. Upload the first file." in words(client.get(PICK))
    make_attachment(title="Annual report")
    make_attachment(name="annual_2024.pdf", title="Old")
    assert len(shown(client.get(PICK, {"q": "annual"}))) == 2
    assert "No file matches these words." in words(client.get(PICK, {"q": "steel"}))


# --- in a text


def write(client, body: str, **typed: Any):
    typed = {"category": str(make_category().pk), "tags": [], "editor": "", "cover": ""} | typed
    return submit(client, ADD, "article_form", title="Mill 3", body=body, **typed)


def test_a_link_in_a_form_is_known_when_it_is_saved(client, author):
    attachment = make_attachment()
    write(client, link_to(attachment))
    article = Article.objects.get()
    assert f'data-attachment="{attachment.pk}"' in article.body
    assert list(article.attachment_uses.values_list("attachment", flat=True)) == [attachment.pk]


def test_a_link_to_what_is_not_in_the_library_is_taken_out_and_told(client, author):
    response = write(
        client, link_to(make_attachment()) + '<p><a href="/media/attachments/2026/a.pdf">x</a></p>'
    )
    assert Article.objects.get().body.count("<a ") == 1
    assert any("1 link to a file that is not in the library" in each for each in messages(response))


def test_the_editor_offers_the_library_and_uploads_to_whoever_may(client, author):
    page = client.get(ADD).content.decode()
    assert f"&quot;url&quot;: &quot;{UPLOAD}&quot;" in page
    assert f"&quot;pick&quot;: &quot;{PICK}&quot;" in page
    assert "newsfiles.js" in page
    group = author.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="add_attachment"))
    client.force_login(type(author).objects.get(pk=author.pk))
    page = client.get(ADD).content.decode()
    assert UPLOAD not in page
    assert f"&quot;pick&quot;: &quot;{PICK}&quot;" in page


def test_no_upload_waits_inside_a_transaction(client, author, monkeypatch):
    inside = []
    recognised = attachments.recognised

    def watched(upload):
        inside.append(len(connection.savepoint_ids))
        return recognised(upload)

    depth = len(connection.savepoint_ids)
    monkeypatch.setattr(attachments, "recognised", watched)
    send(client, mp4(), "film.mp4")
    assert inside == [depth]
