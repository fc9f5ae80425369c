"""What staff are told by e-mail, in which language, and that no mail server keeps them waiting."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import pytest
from django.contrib.auth.models import Permission
from django.core.mail import EmailMessage
from django.db import transaction

from news import notices
from news.models import Article, Profile, Status
from tests.helpers import make_article, make_user
from tests.mails import Hanging, arrived

pytestmark = pytest.mark.django_db

ADDRESS = "http://testserver/admin/news/article/7/change/"


@pytest.fixture
def writer():
    return make_user("wang", "Author", first_name="芳", last_name="王", email="wang@example.com")


@pytest.fixture
def sent(django_capture_on_commit_callbacks) -> Callable[..., list[EmailMessage]]:
    """What a notice sends once the transaction is committed."""

    def send(notice: Callable, *arguments) -> list[EmailMessage]:
        before = len(arrived())
        with django_capture_on_commit_callbacks(execute=True):
            notice(*arguments)
        return arrived()[before:]

    return send


def make_editor(name: str, **fields):
    return make_user(name, "Editor", **{"email": f"{name}@example.com"} | fields)


def readers(messages: list[EmailMessage]) -> list[str]:
    return [message.to[0].partition("@")[0] for message in messages]


# --- who is told


def test_every_editor_is_told_what_waits_for_review(sent, writer):
    for name in ("first", "second"):
        make_editor(name)
    make_editor("silent", email="")
    make_editor("gone", is_active=False)
    make_editor("outside", is_staff=False)
    make_user("other", "Author", email="other@example.com")
    allowed = make_user("allowed", "Author", email="allowed@example.com")
    allowed.user_permissions.add(Permission.objects.get(codename="publish_article"))
    messages = sent(notices.submitted, make_article(), writer, "", ADDRESS)
    assert readers(messages) == ["first", "second", "allowed"]
    assert all(len(message.recipients()) == 1 for message in messages)  # Nobody sees the others.


def test_whoever_submits_is_not_told(sent):
    editor, _colleague = make_editor("editor"), make_editor("colleague")
    assert readers(sent(notices.submitted, make_article(), editor, "", ADDRESS)) == ["colleague"]


def test_the_editor_in_charge_alone_is_told(sent, writer):
    charge, _other = make_editor("charge"), make_editor("other")
    article = make_article(editor=charge)
    assert readers(sent(notices.submitted, article, writer, "", ADDRESS)) == ["charge"]


@pytest.mark.parametrize("fields", [{"email": ""}, {"is_active": False}, {"is_staff": False}])
def test_all_are_told_if_the_editor_in_charge_cannot_be(sent, writer, fields):
    charge, _other = make_editor("charge", **fields), make_editor("other")
    article = make_article(editor=charge)
    assert readers(sent(notices.submitted, article, writer, "", ADDRESS)) == ["other"]


def test_all_are_told_if_who_is_in_charge_does_not_publish_or_submits_it(sent, writer):
    editor = make_editor("editor")
    colleague = make_editor("colleague")
    for charge, by, told in [(writer, writer, 2), (editor, editor, 1)]:
        article = make_article(editor=charge)
        assert len(sent(notices.submitted, article, by, "", ADDRESS)) == told
    colleague.delete()
    assert sent(notices.submitted, make_article(editor=editor), editor, "", ADDRESS) == []


def test_the_author_is_told_what_came_back(sent, writer):
    editor = make_editor("editor")
    [message] = sent(notices.sent_back, make_article(), writer, editor, "Too long.", ADDRESS)
    assert message.to == ["wang@example.com"]
    assert "Too long." in message.body


def test_nobody_is_told_what_they_did_themselves_or_cannot_read(sent):
    editor, article = make_editor("editor"), make_article()
    gone, silent = make_editor("gone", is_active=False), make_editor("silent", email="")
    for to in (None, editor, gone, silent):
        assert sent(notices.sent_back, article, to, editor, "Too long.", ADDRESS) == []


# --- what it says


def test_it_says_who_what_why_and_where(sent, writer):
    make_editor("editor")
    article = make_article(title="Pulp & <paper> “mill”", status=Status.DRAFT)
    [message] = sent(notices.submitted, article, writer, "Numbers & names checked.\n", ADDRESS)
    assert message.subject == "For review: Pulp & <paper> “mill”"
    assert message.body == (
        "王芳 submitted “Pulp & <paper> “mill”” for review.\n\n"
        "Comment:\nNumbers & names checked.\n\n"
        f"Open it on the desk:\n{ADDRESS}\n"
    )
    [message] = sent(notices.submitted, article, writer, "", ADDRESS)
    assert "Comment" not in message.body
    assert "\n\n\n" not in message.body


def test_each_reader_has_it_in_their_own_language(sent, writer):
    Profile.objects.create(user=make_editor("li"), language="zh-hans")
    make_editor("smith")
    article = make_article(title="三号造纸机投产")
    chinese, english = sent(notices.submitted, article, writer, "请看图片。", ADDRESS)
    assert (chinese.subject, english.subject) == (
        "待审：三号造纸机投产",
        "For review: 三号造纸机投产",
    )
    assert "王芳提交了《三号造纸机投产》，请审核。" in chinese.body


def test_a_title_writes_no_header(sent, writer):
    make_editor("editor")
    article = Article(title="News\r\nBcc: everybody@example.com\n\nText")
    [message] = sent(notices.submitted, article, writer, "", ADDRESS)
    assert message.subject == "For review: News Bcc: everybody@example.com Text"
    assert "Bcc" not in message.message()


# --- when it is sent


@pytest.mark.django_db(transaction=True)
def test_it_is_sent_after_the_commit_and_not_at_all_without_one(writer):
    make_editor("editor")
    article = make_article()
    with suppress(ZeroDivisionError), transaction.atomic():
        notices.submitted(article, writer, "", ADDRESS)
        _ = 1 / 0
    assert arrived() == []
    with transaction.atomic():
        notices.submitted(article, writer, "", ADDRESS)
        assert arrived() == []
    assert readers(arrived()) == ["editor"]


def test_a_mail_server_that_is_down_is_one_line_in_the_log(sent, writer, settings, caplog):
    editors = [make_editor("first"), make_editor("second")]
    settings.EMAIL_BACKEND = "tests.mails.Refusing"
    with caplog.at_level(logging.INFO):
        assert sent(notices.submitted, make_article(title="Mill 3"), writer, "", ADDRESS) == []
    assert [record.getMessage() for record in caplog.records] == [
        f"e-mail to account {editor.pk} was not sent (For review: Mill 3): "
        "ConnectionRefusedError(111, 'Connection refused')"
        for editor in editors
    ]
    assert not any(record.exc_info for record in caplog.records)


def test_an_address_that_is_none_keeps_no_other_from_its_e_mail(sent, writer, caplog):
    make_editor("bad", email="bad@example.com\nBcc: everybody@example.com")
    make_editor("good")
    assert readers(sent(notices.submitted, make_article(), writer, "", ADDRESS)) == ["good"]
    assert len(caplog.records) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_hangs_keeps_nobody_from_saving(writer, settings):
    make_editor("editor")
    article = make_article()
    settings.EMAIL_BACKEND = "tests.mails.Hanging"
    Hanging.reached.clear()
    Hanging.released.clear()
    try:
        began = monotonic()
        with transaction.atomic():
            article.save()
            notices.submitted(article, writer, "", ADDRESS)
        assert monotonic() - began < 5  # It would hang for thirty.
        assert Hanging.reached.wait(10)
    finally:
        Hanging.released.set()
    assert readers(arrived()) == ["editor"]


def test_whoever_invites_waits_no_longer_than_set_and_hears_that_it_failed(
    writer, settings, caplog
):
    assert 0 < settings.EMAIL_TIMEOUT <= 10
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.2
        began = monotonic()
        assert not notices.invited(writer, make_editor("editor"), ADDRESS)
    assert monotonic() - began < 5
    assert "timed out" in caplog.text
