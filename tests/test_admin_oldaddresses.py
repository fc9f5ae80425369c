"""Old addresses in the admin: one at a time, and whole lists."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news import addresslists
from news.models import OldAddress, Status
from tests.forms import Form, errors, messages, submit, words
from tests.helpers import NOW, hidden_articles, make_article

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.time_machine(NOW),
    pytest.mark.usefixtures("editor"),
]

LIST = "/admin/news/oldaddress/"
ADD = f"{LIST}add/"
IMPORT = f"{LIST}import/"
EXPORT = f"{LIST}export/"


def add(client, **typed):
    return submit(client, ADD, "oldaddress_form", **typed)


def ends() -> dict[str, str | int]:
    rows = OldAddress.objects.values_list("path", "article", "target")
    return {path: article or target for path, article, target in rows}


def rows(response) -> list[str]:
    body = re.search(r"<tbody>(.*?)</tbody>", response.content.decode(), re.S)
    found = re.findall(r"<tr>(.*?)</tr>", body[1] if body else "", re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in found]


# --- one


def test_an_old_address_leads_to_an_article_or_to_another_address(client):
    article = make_article()
    assert errors(add(client, path="/en/s/1.html", article=article.pk)) == []
    assert errors(add(client, path="/en/s/2.html", target="/en/news/")) == []
    assert errors(add(client, path="/en/s/3.html", target="https://example.com/")) == []
    assert client.get("/en/s/1.html")["Location"] == article.get_absolute_url()
    assert client.get("/en/s/2.html")["Location"] == "/en/news/"
    found = words(client.get("/admin/news/oldaddress/?q=s/1"))
    assert "/en/s/1.html" in found
    assert "/en/s/2.html" not in found


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"path": "en/1.html", "target": "/en/"}, "An old address begins with a slash."),
        ({"path": "/1.html"}, "Name either an article or another address."),
        (
            {"path": "/1.html", "target": "javascript:alert(1)"},
            "The other address begins with a slash, or with http:// or https://.",
        ),
        (
            {"path": "/0.html", "target": "/en/"},
            "Old address with this Old address already exists.",
        ),
    ],
)
def test_an_old_address_that_leads_nowhere_is_refused(client, typed, sentence):
    OldAddress.objects.create(path="/0.html", target="/en/")
    assert errors(add(client, **typed)) == [sentence]
    assert OldAddress.objects.count() == 1


def test_an_old_address_with_two_answers_is_refused(client):
    typed = {"path": "/1.html", "target": "/en/", "article": make_article().pk}
    assert errors(add(client, **typed)) == ["Name either an article or another address."]


@pytest.mark.parametrize("typed", ["/b", "http://testserver/b", "/%62"])
def test_a_circle_is_refused_and_named(client, typed):
    OldAddress.objects.create(path="/b", target="/a")
    found = errors(add(client, path="/a", target=typed))
    assert found == ["These lead in a circle: /a → /b → /a"]
    assert ends() == {"/b": "/a"}


def test_an_address_that_leads_to_itself_by_another_spelling_is_refused(client):
    found = errors(add(client, path="/a.html", target="http://testserver/%61.html"))
    assert found == ["An old address cannot lead to itself."]


def test_the_page_of_an_article_that_there_is_not_is_refused(client):
    assert errors(add(client, path="/a", target="/en/news/999/x/")) == ["There is no article 999."]


def test_whoever_saves_is_told_where_it_leads_in_the_end(client):
    article = make_article(title="The article")
    OldAddress.objects.create(path="/b", article=article)
    assert "It leads straight to The article." in messages(add(client, path="/a", target="/b"))
    assert ends() == {"/a": article.pk, "/b": article.pk}


@pytest.mark.parametrize(
    ("path", "target", "warning"),
    [
        ("/en/news/", "/zh-hans/", "This site has pages at such addresses"),
        ("/en/news", "/zh-hans/", "This site has pages at such addresses"),
        ("/admin/x", "/zh-hans/", "This site has pages at such addresses"),
        ("/a.html", "/b.html", "This site has no page at /b.html."),
    ],
)
def test_what_is_hardly_meant_is_saved_with_a_warning(client, path, target, warning):
    said = messages(add(client, path=path, target=target))
    assert any(warning in sentence for sentence in said)
    assert OldAddress.objects.count() == 1


def test_whoever_leads_it_to_what_readers_do_not_see_is_told(client):
    draft = make_article(status=Status.DRAFT)
    said = messages(add(client, path="/a.html", article=draft.pk))
    assert f"Readers do not see article {draft.pk} now: Draft." in said


@pytest.mark.parametrize("target", ["/en/", "/media/a.pdf", "https://example.com/x", "/en/#a"])
def test_what_is_meant_is_saved_without_one(client, target):
    (said,) = messages(add(client, path="/a.html", target=target))
    assert "added successfully" in said


def test_both_can_be_read_in_chinese(client):
    client.cookies["django_language"] = "zh-hans"
    assert client.get(LIST).status_code == client.get(IMPORT).status_code == 200


# --- the list


@pytest.fixture
def some():
    hidden = hidden_articles(NOW)
    shown = make_article(title="A bridge opens")
    for path, article in {
        "/open.html": shown,
        "/gone.html": hidden["withdrawn"],
        "/draft.html": hidden["draft"],
    }.items():
        OldAddress.objects.create(path=path, article=article)
    OldAddress.objects.create(path="/about.html", target="/en/")
    OldAddress.objects.create(path="/dead.html", target="/nothing/")


def test_the_list_says_what_each_answers(client, some):
    found = {row.split()[0]: row for row in rows(client.get(LIST))}
    assert {path: " ".join(row.split()[1:]) for path, row in found.items()} == {
        "/about.html": "301 /en/",
        "/dead.html": "301 /nothing/ no page",
        "/draft.html": "404 not public yet Unspeakable draft",
        "/gone.html": "410 gone Unspeakable withdrawn",
        "/open.html": "301 A bridge opens",
    }


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("leads=article", "draft gone open"),
        ("leads=address", "about dead"),
        ("leads=nowhere", "draft gone"),
        ("leads=anything", "about dead draft gone open"),
        ("q=bridge", "open"),
        ("q=/about", "about"),
        ("q=https://www.old.example/gone.html", "gone"),
        ("q=%2Fen%2F", "about"),
        ("q=bridge&leads=nowhere", ""),
        ("q=%00", "about dead draft gone open"),  # No search at all.
    ],
)
def test_the_list_is_filtered_and_searched(client, some, query, shown):
    page = client.get(f"{LIST}?{query}")
    assert page.status_code in (200, 302)
    found = re.findall(r">/(\w+)\.html<", page.content.decode())
    assert sorted(found) == shown.split()


# --- a list comes in


def look(client, text: str = "", data: bytes | None = None):
    """Send a list, as a file or as lines, and see what it would do."""
    sent = {"text": text}
    if data is not None:
        sent["file"] = SimpleUploadedFile("list.csv", data)
    return client.post(IMPORT, sent)


def agree(client, page, button: str = "_agreed"):
    forms = Form(page, "address-form")
    return client.post(IMPORT, forms.data | {button: "1"}, follow=True)


def parts(page) -> dict[str, list[str]]:
    """The lines of each outcome, as words."""
    html = page.content.decode()
    found = re.findall(
        r'<h2 class="address-part-title" id="(\w+)">.*?(<tbody>.*?</tbody>)', html, re.S
    )
    return {
        name: [
            " ".join(re.sub(r"<[^>]*>", " ", row).split())
            for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)
        ]
        for name, body in found
    }


def test_it_works(client, some):
    article = make_article(title="A mill")
    text = (
        "Old address;New address\n"
        f"https://www.old.example/mill.html;{article.pk}\n"
        "\n"
        "/news.html;/en/news/\n"
        "/about.html;/zh-hans/\n"
        "/dead.html;/nothing/\n"
        "/x.html;/about.html\n"
        "nowhere;/en/\n"
    )
    before = ends()
    page = look(client, text)
    assert parts(page) == {
        "refused": ["8 An old address begins with a slash. nowhere /en/"],
        "updated": ["5 /about.html /en/ /zh-hans/"],
        "created": [
            "2 /mill.html A mill",
            "4 /news.html /en/news/",
            "7 /x.html /zh-hans/ By way of /about.html",
        ],
        "unchanged": ["6 /dead.html /nothing/ This site has no page at /nothing/."],
    }
    assert ends() == before
    done = agree(client, page)
    assert messages(done) == [
        "The list was taken over. Refused: 1, changed: 1, new: 3, unchanged: 1"
    ]
    assert ends() == before | {
        "/mill.html": article.pk,
        "/news.html": "/en/news/",
        "/about.html": "/zh-hans/",
        "/x.html": "/zh-hans/",
    }
    entry = LogEntry.objects.latest("pk")
    assert "new: 3" in entry.change_message
    assert "a list of old addresses" in words(client.get("/admin/"))


def test_a_line_that_leads_to_what_readers_do_not_see_says_so(client):
    draft, public = make_article(status=Status.DRAFT), make_article()
    page = look(client, f"/a,{draft.pk}\n/b,{public.pk}\n/c,{draft.get_absolute_url()}\n")
    remark = f"Readers do not see article {draft.pk} now: Draft."
    assert [line.endswith(remark) for line in parts(page)["created"]] == [True, False, True]
    assert agree(client, page, "_report").getvalue().decode().count(remark) == 2


def test_the_same_list_again_changes_nothing(client):
    text = "/a,/b\n/b,/c\n/c,/en/\n"
    agree(client, look(client, text))
    assert set(ends().values()) == {"/en/"}
    page = look(client, text)
    assert [*parts(page)] == ["unchanged"]
    assert "_agreed" not in page.content.decode()


def test_others_that_led_there_lead_straight_on(client):
    OldAddress.objects.create(path="/a", target="/b")
    page = look(client, "/b,/en/")
    assert "1 other address led to one of these, and will lead straight on." in words(page)
    agree(client, page)
    assert ends() == {"/a": "/en/", "/b": "/en/"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/a,/b\n/b,/a", "These lead in a circle: /a → /b → /a"),
        ("/a,/a", "An old address cannot lead to itself."),
        ("/a,https://testserver/%61", "An old address cannot lead to itself."),
        ("/a,999", "There is no article 999."),
        ("/a,/en/news/999/x/", "There is no article 999."),
        ("/a,javascript:alert(1)", "The other address begins with a slash, or with http://"),
        ("/a", "Two columns are needed"),
        ("/a,", "Two columns are needed"),
        ("/a,/en/,more", "Two columns are needed"),
        ('/a,"/en/', "The quotation marks do not match."),
        (f"/{'a' * 500},/en/", "An address has at most 500 characters."),
        ("/a\u200e,/en/", "An address has no line breaks or invisible characters."),
        ("/a,/en/\n/a,/zh-hans/", "Line 1 leads the same address elsewhere."),
        ("/a,99999999999", "The other address begins with a slash"),
    ],
)
def test_what_makes_no_sense_is_refused_with_line_and_reason(client, text, why):
    page = look(client, f"/good,/en/\n{text}".replace("Line 1", "Line 2"))
    why = why.replace("Line 1", "Line 2")
    refused = parts(page)["refused"]
    assert any(why in line for line in refused), refused
    assert re.match(r"[23] ", refused[0])
    agree(client, page)
    assert "/good" in ends()
    assert ends().keys() <= {"/good", "/a"}


@pytest.mark.parametrize(
    "data",
    [
        "/新闻.html,/en/\r\n/b,/zh-hans/\r\n".encode(),
        "\ufeff旧地址,新地址\n/新闻.html,/en/\n/b,/zh-hans/".encode(),
        "旧地址;新地址\n/新闻.html;/en/\n/b;/zh-hans/\n这是中文的注释行\n".encode("gb18030"),
        "/新闻.html\t/en/\n/b\t/zh-hans/\n".encode("utf-16"),
        b'"/%E6%96%B0%E9%97%BB.html", "/en/"\n\n\n"/b","/zh-hans/",,\n',
    ],
)
def test_files_of_every_table_program_are_read(client, data):
    agree(client, look(client, data=data))
    assert ends() == {"/新闻.html": "/en/", "/b": "/zh-hans/"}


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({}, "Choose a file, or put its lines in: one of the two."),
        (
            {"text": "/a,/b", "data": b"/a,/b"},
            "Choose a file, or put its lines in: one of the two.",
        ),
        ({"data": b""}, "The submitted file is empty."),
        (
            {"data": b"\xff\xd8\xff\xe0\x00\x10JFIF"},
            "The file is empty, or no text in UTF-8 or GB 18030.",
        ),
        ({"data": b"old,new\n"}, "There is no address in it."),
        ({"text": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_what_is_no_list_is_refused(client, sent, why):
    page = look(client, **sent)
    assert page.status_code == 200
    assert why in errors(page)


def test_too_long_a_list_is_refused(client, monkeypatch):
    monkeypatch.setattr(addresslists, "MOST_LINES", 3)
    assert errors(look(client, "/a,/b\n" * 4)) == ["More than 3 lines: part the list."]


def test_nothing_is_written_that_nobody_looked_at(client):
    page = look(client, "/a,/b")
    OldAddress.objects.create(path="/b", target="/en/")
    again = agree(client, page)
    assert "Somebody changed old addresses meanwhile." in " ".join(messages(again))
    assert "/a" not in ends()
    assert parts(again) == {"created": ["1 /a /en/ By way of /b"]}
    agree(client, again)
    assert ends() == {"/a": "/en/", "/b": "/en/"}


def test_a_list_that_was_tampered_with_is_not_taken(client):
    form = Form(look(client, "/a,/b"), "address-form").data
    form["packed"] = "x" + form["packed"]
    done = client.post(IMPORT, form | {"_agreed": "1"}, follow=True)
    assert messages(done) == ["The list did not arrive as it was shown. Send it again."]
    assert ends() == {}


def test_the_report_has_every_line(client):
    page = look(client, "/a,/en/\n=1+1,/en/\n" + "".join(f"/{n},/en/\n" for n in range(150)))
    assert "and 51 more lines; the report has them." in words(page)
    report = agree(client, page, "_report")
    assert report["Content-Disposition"] == 'attachment; filename="old-addresses-report.csv"'
    found = list(csv.reader(io.StringIO(report.getvalue().decode("utf-8-sig"))))
    assert found[0] == ["Line", "Old address", "New address or article", "Result", "Remark"]
    assert found[2] == ["2", "'=1+1", "/en/", "refused", "An old address begins with a slash."]
    assert len(found) == 153
    assert ends() == {}


def test_nothing_that_is_typed_becomes_html(client):
    page = look(client, "/<script>alert(1)</script>,/en/\n<b>,<i>\n")
    assert b"<script>alert" not in page.content
    assert b"<b>" not in page.content


def test_twice_as_long_a_list_takes_hardly_more_queries(client):
    def queries(first: int, number: int) -> int:
        article = make_article()
        lines = [f"/{n},{article.pk}" for n in range(first, first + number)]
        lines += [f"/to/{n},/{n}" for n in range(first, first + number)]
        page = look(client, "\n".join(lines))
        with CaptureQueriesContext(connection) as captured:
            agree(client, page)
        return len(captured)

    assert queries(1000, 300) - queries(0, 100) <= 4


# --- and goes out


def test_what_goes_out_can_come_in_again(client, some):
    before = ends()
    answer = client.get(EXPORT)
    assert answer.streaming
    assert answer["Content-Disposition"] == 'attachment; filename="old-addresses.csv"'
    data = answer.getvalue()
    assert data.decode("utf-8-sig").splitlines()[0] == "old_address,new_address"
    OldAddress.objects.all().delete()
    agree(client, look(client, data=data))
    assert ends() == before


def test_only_who_may_add_and_change_is_shown_the_way_in(client, editor, author):
    assert client.get(LIST).status_code == 403
    client.force_login(editor)
    assert IMPORT in client.get(LIST).content.decode()
    editor.groups.clear()
    editor.user_permissions.add(Permission.objects.get(codename="view_oldaddress"))
    page = client.get(LIST).content.decode()
    assert IMPORT not in page
    assert EXPORT in page
    assert (
        client.get(IMPORT).status_code == client.post(IMPORT, {"text": "/a,/b"}).status_code == 403
    )
