"""Every text of the interface is translated, and what is compiled is what was translated."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.utils.translation import gettext, override

from news import djangowords
from tests.helpers import make_user

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted(
    path for app in ("haisum", "news") for path in (ROOT / app).glob("locale/*/*/*.po")
)


def test_there_are_catalogues():
    assert CATALOGUES


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_missing_or_doubtful(path):
    catalogue = polib.pofile(str(path))
    doubtful = catalogue.untranslated_entries() + catalogue.fuzzy_entries()
    assert not [entry.msgid for entry in doubtful]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_compiled_is_what_was_translated(path):
    def texts(catalogue):
        return {(e.msgctxt, e.msgid, str(e.msgstr_plural or e.msgstr)) for e in catalogue}

    compiled = polib.mofile(str(path.with_suffix(".mo")))
    translated = polib.pofile(str(path)).translated_entries()
    assert not texts(compiled) ^ texts(translated), "make messages"


@pytest.mark.django_db
def test_djangos_own_words_are_chinese_as_ours_are(client):
    """No spaces around names, full-width punctuation, and everybody is addressed politely."""
    with override("zh-hans"):
        said = [gettext(each) for each in djangowords.WORDS]
    assert not set(said) & set(djangowords.WORDS)
    odd = re.compile(r"你|[\u3400-\u9fff] ?[.,?!](?!\w)|[\u3400-\u9fff] [%{]|[)}s] [\u3400-\u9fff]")
    assert not [each for each in said if odd.search(each)]
    client.force_login(make_user(is_superuser=True))
    chinese = {"accept-language": "zh-CN"}
    page = client.get("/admin/news/article/", headers=chinese).content.decode()
    assert "选择要修改的文章" in page
    script = client.get("/admin/jsi18n/", headers=chinese).content.decode()
    assert json.dumps("选择全部%s") in script


@pytest.mark.skipif(not shutil.which("xgettext"), reason="needs gettext (apt install gettext)")
def test_every_text_of_the_code_is_in_the_catalogues(tmp_path):
    for name in ("manage.py", "haisum", "news", "templates", "static"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--all", "--no-location", "--no-obsolete"],
        cwd=tmp_path,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "haisum.settings"},
        check=True,
        capture_output=True,
    )
    for path in CATALOGUES:
        found = _keys(tmp_path / path.relative_to(ROOT))
        kept = _keys(path)
        assert (found - kept, kept - found) == (set(), set()), "missing, left over: make messages"


def _keys(path: Path) -> set[tuple[str | None, str]]:
    return {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(path))}
