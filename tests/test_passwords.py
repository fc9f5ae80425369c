"""Staff who forgot their password, or were invited, choose one by e-mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from news.models import Profile
from tests.forms import errors, words
from tests.helpers import make_user
from tests.mails import arrived, link_in

pytestmark = [pytest.mark.django_db, pytest.mark.once]

FORGOTTEN = "/admin/password_reset/"
LOGIN = "/admin/login/"
NEW = "three quiet rivers"


@pytest.fixture(autouse=True)
def _nobody_has_asked():
    cache.clear()


@pytest.fixture
def ask(client, django_capture_on_commit_callbacks):
    """Fill in the page for forgotten passwords; what it answers."""

    def ask(email: str) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(FORGOTTEN, {"email": email}, follow=True)
        assert answer.status_code == 200
        return words(answer)

    return ask


@pytest.fixture
def jane() -> User:
    return make_user("jane", "Author", email="Jane@example.com")


def choose(client: Client, link: str, password: str = NEW):
    """Follow the link and choose a password."""
    form = client.get(link, follow=True)
    typed = {"new_password1": password, "new_password2": password}
    return client.post(form.redirect_chain[-1][0], typed, follow=True)


def can_sign_in(password: str, username: str = "jane") -> bool:
    answer = Client().post(f"{LOGIN}?next=/admin/", {"username": username, "password": password})
    return answer.status_code == 302


def test_the_way_from_a_forgotten_password_to_a_new_one(client, ask, jane):
    assert f'href="{FORGOTTEN}"' in client.get(LOGIN).content.decode()
    assert "emailed you instructions" in ask("jane@EXAMPLE.com")
    [message] = arrived()
    assert message.to == ["Jane@example.com"]
    assert "“jane”" in message.body
    page = words(client.get(link_in(message), follow=True))
    assert "Your user name: jane" in page
    assert "at least 8 characters" in page
    assert "Your password has been set" in words(choose(client, link_in(message)))
    assert can_sign_in(NEW)
    assert not can_sign_in("a long pass phrase")


def test_a_poor_password_is_refused(client, ask, jane):
    ask("jane@example.com")
    answer = choose(client, link_in(arrived()[0]), "password")
    assert errors(answer) == ["This password is too common."]
    assert can_sign_in("a long pass phrase")


def test_a_link_works_once(client, ask, jane):
    ask("jane@example.com")
    link = link_in(arrived()[0])
    choose(client, link)
    again = client.get(link, follow=True)
    assert "invalid" in words(again)
    assert f'href="{FORGOTTEN}"' in again.content.decode()


@pytest.mark.parametrize(("days", "works"), [(2.5, True), (3.5, False)])
def test_a_link_works_for_three_days(client, ask, jane, time_machine, days, works):
    ask("jane@example.com")
    assert "for 3 days" in arrived()[0].body
    time_machine.move_to(timezone.now() + timedelta(days=days))
    assert ("Your user name" in words(client.get(link_in(arrived()[0]), follow=True))) is works


def test_an_old_link_ends_when_they_sign_in(client, ask, jane):
    ask("jane@example.com")
    client.force_login(jane)
    assert "invalid" in words(Client().get(link_in(arrived()[0]), follow=True))


def test_a_new_password_ends_the_sessions_on_other_machines(client, ask, jane):
    elsewhere = Client()
    elsewhere.force_login(jane)
    ask("jane@example.com")
    choose(client, link_in(arrived()[0]))
    assert elsewhere.get("/admin/").status_code == 302


def test_it_says_the_same_whether_or_not_there_is_such_an_account(ask, jane):
    make_user("gone", email="gone@example.com", is_active=False)
    make_user("reader", email="reader@example.com", is_staff=False)
    known = ask("jane@example.com")
    for email in ("nobody@example.com", "gone@example.com", "reader@example.com"):
        assert ask(email) == known
    assert len(arrived()) == 1


def test_whoever_never_had_a_password_gets_one_so(client, ask, jane):
    jane.set_unusable_password()
    jane.save()
    ask("jane@example.com")
    choose(client, link_in(arrived()[0]))
    assert can_sign_in(NEW)


def test_the_e_mail_is_in_the_readers_language(ask, jane):
    Profile.objects.create(user=jane, language="zh-hans")
    ask("jane@example.com")
    [message] = arrived()
    assert message.subject == "重设中国海诚新闻中心的密码"
    assert "3 天内有效" in message.body


def test_nobodys_letterbox_is_filled_by_asking_often(ask, jane):
    known = ask("jane@example.com")
    assert ask("jane@example.com") == known
    assert len(arrived()) == 1


def test_a_mail_server_that_is_down_is_not_the_readers_business(ask, jane, settings, caplog):
    settings.EMAIL_BACKEND = "tests.mails.Refusing"
    assert "emailed you instructions" in ask("jane@example.com")
    assert arrived() == []
    assert "was not sent" in caplog.text


def test_a_new_password_lifts_the_lock_after_too_many_attempts(client, ask, jane, settings):
    settings.AXES_ENABLED = True
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        assert not can_sign_in("guessed wrongly")
    assert not can_sign_in("a long pass phrase")
    ask("jane@example.com")
    choose(client, link_in(arrived()[0]))
    assert can_sign_in(NEW)


def test_the_links_of_an_account_that_was_closed_let_nobody_in(client, ask, jane):
    ask("jane@example.com")
    User.objects.filter(pk=jane.pk).update(is_active=False)
    choose(client, link_in(arrived()[0]))
    assert not can_sign_in(NEW)


def test_a_password_is_never_kept_by_anything_between(client, ask, jane):
    ask("jane@example.com")
    page = client.get(link_in(arrived()[0]), follow=True)
    assert "no-store" in page["Cache-Control"]
    assert "private" in page["Cache-Control"]
