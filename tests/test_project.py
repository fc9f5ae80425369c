"""The project's own promises: settings, migrations, files that must agree with each other."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from haisum.environment import BUCKET, SECRETS

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
DEPLOYED = {
    "SECRET_KEY": "k9" * 30 + "?!xyzw",
    "ALLOWED_HOSTS": "news.example.com",
    "DATABASE_URL": "sqlite://:memory:",
    "BEHIND_PROXY": "true",
}


def start(*arguments: str, **variables: str | None) -> subprocess.CompletedProcess:
    """`manage.py` in a process of its own, set up like a server; None leaves a variable out."""
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull} | DEPLOYED | variables
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
    )


# --- Settings ---


@pytest.mark.once
def test_a_deployed_newsroom_has_nothing_to_be_warned_of():
    done = start("check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "no issues" in done.stdout


@pytest.mark.once
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", ""),
        ("ALLOWED_HOSTS", None),
        ("ALLOWED_HOSTS", ""),
        ("DEBUG", "flase"),
        ("HTTPS", "perhaps"),
        ("BEHIND_PROXY", "nginx"),
        ("MEDIA_BY_PROXY", "caddy"),
        ("DATABASE_URL", "newsroom.sqlite3"),
        ("DATABASE_URL", "oracel://host/name"),
        ("TIME_ZONE", "Shanghai"),
        ("TIME_ZONE", ""),
        ("CSRF_TRUSTED_ORIGINS", "desk.example.com"),
        ("DATABASE_POOLED", "pgbouncer"),
        ("SYNCHRONOUS_COMMIT", "never"),
        ("MEDIA_S3_ENDPOINT", "s3.example.com"),
        ("MEDIA_S3_ADDRESSING", "host"),
        ("LANGUAGES", ""),
        ("LANGUAGES", "en,klingon"),
        ("LANGUAGES", "en;fr"),
    ],
)
def test_a_wrong_variable_stops_the_newsroom_and_is_named(variable, value):
    done = start("check", **{"MEDIA_S3_BUCKET": "newsroom", variable: value})
    assert done.returncode != 0
    sentence = done.stderr.strip().splitlines()[-1]
    assert re.search(rf"^{variable} must be .+\.$", sentence), done.stderr


@pytest.mark.once
def test_a_developer_needs_no_variable():
    done = start("check", DEBUG="true", SECRET_KEY=None, ALLOWED_HOSTS=None, BEHIND_PROXY=None)
    assert done.returncode == 0, done.stderr


@pytest.mark.once
def test_a_pooler_s_sessions_are_told_nothing():
    pooled = {"DATABASE_URL": "postgres://newsroom@db/newsroom", "DATABASE_POOLED": "true"}
    done = start("shell", "-c", SAY_DATABASE, **pooled)
    assert done.stdout.splitlines()[-1] == "True None None", done.stderr
    done = start("check", SYNCHRONOUS_COMMIT="off", **pooled)
    assert done.returncode != 0
    assert "ALTER ROLE newsroom SET synchronous_commit = off." in done.stderr


SAY_DATABASE = """
from django.conf import settings
database = settings.DATABASES["default"]
print(database["DISABLE_SERVER_SIDE_CURSORS"], database["OPTIONS"].get("prepare_threshold"),
      database["OPTIONS"].get("options"))
"""
SAY_KEY = "from django.conf import settings; print(settings.SECRET_KEY)"


READERS = ("env.", "required", "optional", "number", "switch", "choice")


def names_read(*functions: str) -> set[str]:
    """The first arguments of calls in the settings."""
    settings = ast.parse((ROOT / "haisum/settings.py").read_text())
    return {
        argument.value
        for call in ast.walk(settings)
        if isinstance(call, ast.Call)
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and ast.unparse(call.func).startswith(functions)
    }


def test_the_example_names_every_variable():
    read = names_read(*READERS)
    read |= {f"{store}_{part}" for store in names_read("bucket") for part in BUCKET}
    assert {"SECRET_KEY", "DATABASE_URL", "TIME_ZONE"} <= read  # It does find them.
    composed = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    example = (ROOT / ".env.example").read_text()
    named = re.findall(r"^(?:# )?([A-Z0-9_]+)=.*  # .+", example, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == read | composed
    for secret in SECRETS:
        assert re.search(rf"^# .*\b{secret}\b.*of their own", example, re.MULTILINE)


@pytest.mark.once
def test_a_secret_can_stand_in_a_file(tmp_path):
    key = tmp_path / "key"
    key.write_text("unknown" * 8 + "\n")
    done = start("shell", "-c", SAY_KEY, SECRET_KEY=None, SECRET_KEY_FILE=str(key))
    assert done.stdout.endswith("unknown" * 8 + "\n"), done.stderr


@pytest.mark.once
def test_a_secret_s_file_that_cannot_be_read_is_named():
    done = start("check", SECRET_KEY=None, SECRET_KEY_FILE="/nowhere/key")
    assert done.returncode != 0
    assert "SECRET_KEY_FILE must be a file that can be read" in done.stderr


# --- Migrations ---


@pytest.mark.django_db
def test_every_change_of_the_models_has_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_migrations_go_backwards_and_forwards_again():
    try:
        call_command("migrate", "news", "zero", verbosity=0)
        assert not [name for name in connection.introspection.table_names() if name[:5] == "news_"]
    finally:
        call_command("migrate", "news", verbosity=0)
    tables = set(connection.introspection.table_names())
    assert {model._meta.db_table for model in apps.get_app_config("news").get_models()} <= tables
    apps.get_model("news", "Edition").objects.get()


def test_migrations_are_named_and_never_import_the_application():
    for path in (ROOT / "news/migrations").glob("0*.py"):
        assert "_auto_" not in path.name
        assert not re.search(r"^\s*(from|import) (news|haisum)\b", path.read_text(), re.MULTILINE)


# --- Files ---


def test_requirements_are_pinned_and_say_nothing_of_where_they_come_from():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "://" not in text
        assert "--index-url" not in text
        pinned = re.findall(r"^[a-z0-9][^ ]*==", text, re.MULTILINE)
        assert len(pinned) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 10


def test_development_uses_the_versions_that_are_deployed():
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / name).read_text()
        return set(re.findall(r"^[a-z0-9][^ ;]*==[^ ;]+", text, re.MULTILINE))

    assert pins("base.txt") <= pins("full.txt") <= pins("dev.txt")


def test_templates_carry_no_inline_style_or_script():
    assert TEMPLATES
    for path in TEMPLATES:
        text = path.read_text()
        assert not re.search(r"\sstyle=|<style\b|\son[a-z]+=|href=.javascript:", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/ld\+json)", text), path


def test_templates_write_times_as_html_has_them():
    for path in TEMPLATES:
        assert not re.search(r"datetime=\"\{\{[^}]*date:\"c\"", path.read_text()), path


def test_what_passed_the_door_alone_is_marked_safe():
    marked = [path.name for path in TEMPLATES for _ in re.findall(r"\|\s*safe\b", path.read_text())]
    assert marked == ["article.html", "page.html"]
    assert not [path for path in TEMPLATES if "autoescape off" in path.read_text()]


def test_every_picture_in_a_template_has_its_size_and_its_text():
    for path in TEMPLATES:
        for picture in re.findall(r"<img\b.*?/?>", path.read_text(), re.DOTALL):
            missing = [name for name in ("alt", "width", "height") if f"{name}=" not in picture]
            assert not missing, f"{path}: {picture}"
