"""A further language is a setting and a translation file."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from tests import scratch
from tests.server import Server, collected, run

CONTENT = """
from django.contrib.auth.models import User
from django.test import Client
from news.models import Article, Category
from tests.helpers import make_article, make_category

french = make_category("Projets", "fr")
english = make_article(title="Mill", category=make_category("Projects", "en"))
article = make_article(
    title="Usine à papier", language="fr", category=french, translation_key=english.translation_key
)
root = User.objects.create_superuser("root", "", "a long pass phrase")
browser = Client(headers={"accept-language": "fr"})
browser.force_login(root)
print(english.pk, article.pk, browser.cookies["sessionid"].value)
"""


@pytest.fixture(scope="module")
def catalogues() -> Path:
    folder = scratch.folder("french")
    path = folder / "fr" / "LC_MESSAGES"
    path.mkdir(parents=True, exist_ok=True)
    texts = {"All news": "Toutes les actualités", "Source": "Source", "title": "titre"}
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    catalogue.extend(polib.POEntry(msgid=text, msgstr=french) for text, french in texts.items())
    catalogue.save_as_mofile(str(path / "django.mo"))
    return folder


@pytest.fixture(scope="module")
def french(catalogues) -> Iterator[Server]:
    variables = {"LANGUAGES": "en,zh-hans,fr", "CATALOGUES": str(catalogues)}
    variables["STATIC_ROOT"] = str(collected())
    with Server(DJANGO_SETTINGS_MODULE="tests.thirdlanguage", **variables) as server:
        yield server


@pytest.fixture(scope="module")
def content(french) -> list[str]:
    """The English article, the French one, and the session of an administrator."""
    return french.python(CONTENT).split()


def get(server: Server, path: str, **headers: str) -> str:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(server.url + path, headers=names)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


def switch(page: str) -> list[tuple[str, str]]:
    nav = page.partition('<nav class="languages"')[2].partition("</nav>")[0]
    return re.findall(r'href="([^"]+)".*?<span lang="[^"]+">([^<]+)</span>', nav, re.S)


def test_its_pages_are_in_it(french, content):
    _english, article, _session = content
    for path, said in {
        "/fr/": "Usine à papier",
        "/fr/news/": "Toutes les actualités",
        "/fr/news/category/projets/": "Usine à papier",
        "/fr/news/archive/2025/06/": "juin 2025",
        f"/fr/news/{article}/usine-a-papier/": "Usine à papier",
        "/fr/news/search/?q=usine": "Toutes les actualités",
    }.items():
        page = get(french, path)
        assert '<html lang="fr">' in page, path
        assert said in page, path
        assert "Mill" not in page.partition("<main")[2], path
    assert "<language>fr</language>" in get(french, "/fr/news/feed/")


def test_the_switch_has_every_other_language(french, content):
    english, article, _session = content
    assert switch(get(french, "/fr/")) == [("/en/", "English"), ("/zh-hans/", "简体中文")]
    assert switch(get(french, f"/en/news/{english}/mill/")) == [
        ("/zh-hans/", "简体中文"),
        (f"/fr/news/{article}/usine-a-papier/", "français"),
    ]
    page = get(french, f"/fr/news/{article}/usine-a-papier/")
    assert set(re.findall(r'<link rel="alternate"\s+hreflang="([^"]+)"', page)) == {
        *("en", "fr", "x-default")
    }
    home = set(re.findall(r'hreflang="([^"]+)"\s+href="http', get(french, "/en/")))
    assert home == {"en", "zh-Hans", "fr", "x-default"}


def test_the_browser_can_ask_for_it(french):
    assert '<html lang="fr">' in get(french, "/", accept_language="fr-CA,fr;q=0.9,en;q=0.5")
    assert '<html lang="en">' in get(french, "/", accept_language="de")


def test_the_desk_is_in_it_and_makes_versions_of_it(french, content):
    _english, article, session = content
    headers = {"accept_language": "fr", "cookie": f"sessionid={session}"}
    form = get(french, f"/admin/news/article/{article}/change/", **headers)
    assert "Enregistrer" in form
    assert "Titre" in form
    assert f"/admin/news/article/{article}/in/zh-hans/" in form
    assert f"/admin/news/article/{article}/in/en/" not in form
    report = get(french, "/admin/news/article/languages/?language=zh-hans", **headers)
    assert report.count('<th scope="row" class="lacking-article">') == 1  # For both, the older.
    add = get(french, "/admin/news/article/add/", **headers)
    languages = re.findall(r'<option value="([a-z-]+)"', add.partition('name="language"')[2])
    assert languages[:3] == ["en", "zh-hans", "fr"]


def test_the_database_knows_nothing_of_it(french):
    variables = french.environment
    assert "No changes" in run("manage.py", "makemigrations", "--check", environment=variables)


def test_the_first_is_for_whoever_asks_for_none():
    said = run(
        "-c",
        "from haisum import settings; print(settings.LANGUAGE_CODE)",
        environment={"LANGUAGES": "zh-hans,en"},
    )
    assert said.strip() == "zh-hans"
