"""Static files as they are collected for a server."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.server import ROOT, collected

pytestmark = pytest.mark.once
OURS = [
    path.relative_to(ROOT / "static").as_posix()
    for suffix in ("css", "js")
    for path in sorted((ROOT / "static").rglob(f"*.{suffix}"))
]


@cache
def served(name: str) -> str:
    """What is served under the hashed name, which is what pages ask for."""
    folder = collected("--ignore=ckeditor")
    names = json.loads((folder / "staticfiles.json").read_text())["paths"]
    return (folder / names[name]).read_text()


@pytest.mark.parametrize("name", OURS)
def test_our_files_are_served_without_comments_and_white_space(name: str):
    source = (ROOT / "static" / name).read_text()
    assert len(served(name)) < 0.9 * len(source)
    assert not re.search(r"^ *(/\*|//)", served(name), re.MULTILINE)
    assert "\n " not in served(name)


def test_others_files_are_served_as_they_are():
    theirs = files("django.contrib.admin") / "static/admin/js/core.js"
    assert served("admin/js/core.js") == theirs.read_text()


def test_modules_import_each_other_by_hashed_names():
    imported = re.findall(r"""from\s*["'](\./[^"']+)""", served("js/admin/keep.js"))
    assert imported
    assert all(re.fullmatch(r"\./keeping/[a-z]+\.[0-9a-f]{12}\.js", name) for name in imported)


def test_collecting_again_changes_no_name(tmp_path: Path):
    storages = {"staticfiles": {"BACKEND": "haisum.staticfiles.HashedStaticFiles"}}
    manifest = tmp_path / "staticfiles.json"
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["ckeditor"])
        names = manifest.read_text()
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["ckeditor"])
    assert manifest.read_text() == names


# What templates and code call a class.
CODE = [
    path.read_text()
    for folder, kind in (("templates", "html"), ("static/js", "js"), ("news", "py"))
    for path in (ROOT / folder).rglob(f"*.{kind}")
]


def test_style_sheets_of_the_public_pages_have_no_class_that_nothing_bears():
    linked = re.findall(r'"(css/[^"]+)"', (ROOT / "templates/base.html").read_text())
    styles = "".join((ROOT / "static" / name).read_text() for name in linked)
    rules = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", styles, flags=re.DOTALL)
    classes = set(re.findall(r"\.([a-z][a-z0-9_-]*)", rules))
    words = {word for text in CODE for word in re.findall(r"[a-zA-Z0-9_-]+", text)}
    covers = {name for text in CODE for name in re.findall(r'{% cover \w+ "(\w+)"', text)}
    assert {"card", "article-body", "search-input"} <= classes
    assert sorted(classes - words - {f"{name}-picture" for name in covers}) == []
