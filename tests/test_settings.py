"""A newsroom that others can reach refuses to run with settings that are not safe."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User

from haisum import health, serve
from haisum.serve import NotReady
from news.demo.staff import keep_staff, with_known_passwords
from tests.test_project import DEPLOYED, start

once = pytest.mark.once
KEY = DEPLOYED["SECRET_KEY"]
ALONE = {"BEHIND_PROXY": None, "DATABASE_URL": None}  # On one machine.


def said(**variables: str | None) -> str:
    """The sentence that a process ends with; empty if it does not."""
    done = start("check", **variables)
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


@once
@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": KEY[:49]}, "SECRET_KEY must be 50 random .+: this one can be guessed."),
        ({"SECRET_KEY": "abcd" * 20}, "SECRET_KEY must be 50 random .+: this one can be guessed."),
        ({"SECRET_KEY": f"django-insecure-{KEY}"}, "SECRET_KEY must be .+: this one is published."),
        ({"SECRET_KEY": f"only-for-tests-{KEY}"}, "SECRET_KEY must be .+: this one is published."),
        ({"ALLOWED_HOSTS": "*"}, r"ALLOWED_HOSTS must be the site's own host names: \* lets .+\."),
        ({"ALLOWED_HOSTS": "news.example.com,*"}, "ALLOWED_HOSTS must be the site's own .+"),
        ({"ALLOWED_HOSTS": "https://a.example"}, "ALLOWED_HOSTS must be .+ without https://."),
        (
            {"ENV_FILE": "/nowhere/env"},
            "ENV_FILE must be a file .+, not /nowhere/env.",
        ),
        ({"ALLOWED_HOSTS": "."}, "ALLOWED_HOSTS must be the site's own .+"),
        ({"DATABASE_URL": None}, "DATABASE_URL must be a database address such as postgres://.+"),
        ({"DATABASE_URL": ""}, "DATABASE_URL must be a database address such as postgres://.+"),
        ({"DEBUG": "true", "HTTPS": "true"}, "DEBUG must be false where others can reach .+"),
        ({"DEBUG": "true", "BEHIND_PROXY": "true"}, "DEBUG must be false where others .+"),
        ({"HTTPS": "false", "SECRET_KEY": "short"}, "SECRET_KEY must be 50 random .+"),
        ({"HTTPS": "false", "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must be the site's own .+"),
        ({"HTTPS": "false", "DATABASE_URL": None}, "DATABASE_URL must be a database address .+"),
        ({"SENTRY_DSN": "sentry.example.com"}, "SENTRY_DSN must be an address as Sentry .+"),
    ],
)
def test_what_is_not_safe_is_named(variables, sentence):
    assert re.fullmatch(sentence, said(**variables))


@once
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"ALLOWED_HOSTS": ".example.com"},
        ALONE | {"HTTPS": "false", "SECRET_KEY": "short"},
        ALONE | {"DEBUG": "true", "SECRET_KEY": None, "ALLOWED_HOSTS": None},
        {"SENTRY_DSN": "https://key@sentry.example.com/1"},
    ],
)
def test_what_is_safe_goes_on(variables):
    assert said(**variables) == ""


@once
def test_sentry_is_not_asked_for_in_vain(tmp_path):
    (tmp_path / "sentry_sdk.py").write_text("raise ImportError")
    variables = {"SENTRY_DSN": "https://key@sentry.example.com/1", "PYTHONPATH": str(tmp_path)}
    assert said(**variables).endswith("requirements/full.txt.")


@once
@pytest.mark.parametrize("name", ["METRICS_TOKEN", "SENTRY_DSN", "DATABASE_URL"])
def test_the_new_secrets_can_stand_in_files(tmp_path, name):
    file = tmp_path / "secret"
    values = {"SENTRY_DSN": "https://key@sentry.example.com/1", "METRICS_TOKEN": "m" * 30}
    file.write_text(values.get(name, DEPLOYED["DATABASE_URL"]) + "\n")
    assert said(**{name: None, f"{name}_FILE": str(file)}) == ""


# --- What only the server looks at ---


def test_a_media_folder_that_cannot_be_written(monkeypatch, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    serve._require_media()
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file" / "media"  # Which nobody can make, not even root.
    with pytest.raises(NotReady, match=r"MEDIA_ROOT must be .+ written to: .+/file/media"):
        serve._require_media()
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(health, "has_media", lambda: False)
    with pytest.raises(NotReady, match=f"MEDIA_ROOT must be .+ written to: {tmp_path}/media"):
        serve._require_media()


def test_settings_that_contradict_each_other(settings):
    serve._require_settings_that_agree()
    settings.METRICS_TOKEN = "secret"
    with pytest.raises(NotReady, match=r"haisum\.E011: The token .+ METRICS_TOKEN"):
        serve._require_settings_that_agree()
    settings.SILENCED_SYSTEM_CHECKS = ["haisum.E011"]
    serve._require_settings_that_agree()


def test_settings_that_are_only_doubtful_are_logged(settings, caplog):
    settings.TIME_ZONE = "UTC"
    serve._require_settings_that_agree()
    (line,) = caplog.records
    assert (line.name, line.levelname) == ("haisum.serve", "WARNING")
    assert line.getMessage().startswith(
        "haisum.W008: The site's days end at midnight in Greenwich."
    )
    settings.SILENCED_SYSTEM_CHECKS = ["haisum.W008"]
    serve._require_settings_that_agree()
    assert len(caplog.records) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["long-words-open-doors", "demo"])
def test_a_demo_password_where_others_can_reach_the_site(settings, monkeypatch, password):
    monkeypatch.setattr(serve.connection, "close", lambda: None)
    keep_staff(password)
    serve._require_own_passwords()  # On one machine anybody may.
    settings.IS_REACHABLE = True
    with pytest.raises(NotReady, match="Anybody can sign in as admin, author, editor: the passwo"):
        serve._require_own_passwords()


@pytest.mark.django_db
def test_accounts_of_the_demo_are_looked_at_whatever_else_was_changed_of_them():
    keep_staff("long-words-open-doors")
    admin, author, editor = User.objects.order_by("username")
    admin.set_password("words of my own, not published")
    admin.save()
    author.is_active = False
    author.save()
    assert with_known_passwords() == ["editor"]
    editor.email = "mei.zhang@example.org"
    editor.save()
    assert with_known_passwords() == ["editor"]
    editor.is_staff = False
    editor.save()
    assert with_known_passwords() == []


@pytest.mark.django_db
def test_passwords_that_are_made_up_are_nobody_s_to_know():
    keep_staff()
    assert with_known_passwords() == []


@pytest.mark.django_db
def test_an_account_named_as_its_password():
    keep_staff()
    admin = User.objects.get(username="admin")
    admin.set_password("admin")
    admin.save()
    assert with_known_passwords() == ["admin"]
