"""Moving in: what cannot be read, and what is said about it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import DatabaseError
from hypothesis import example, given
from hypothesis import settings as fuzzing
from hypothesis import strategies as st

from news import sanitize
from news.legacy.page import PageError
from news.models import Article, BrowsingVolume, Category, Image, OldAddress
from tests.legacy import (
    ASSETS,
    DATA,
    HEADER,
    MILL,
    PLANT,
    TEXT,
    failed,
    html_page,
    moved_in,
    page,
    parsed,
    refused,
    write,
)


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        ("", "empty", 1),
        (" \r\n\ufeff", "empty", 1),
        ("Title\n\nText", "no header line", 3),
        ("Title\nBrowsing volume:8 Hits: Source:\n\nText", "has no date", 2),
        (page(header="Browsing volume:8 Hits: Source: Date:"), "bad date", 5),
        (page(header="Browsing volume:8 Hits: Date:2021-02-30"), "bad date: '2021-02-30'", 3),
        (page(header="Browsing volume:8 Hits:\nDate:soon"), "bad date: 'soon'", 4),
        (page(header="Browsing volume:8 Hits:\nDate:1949-10-01"), "bad date: '1949", 4),
        (page(header="Browsing volume:8 Hits:\nDate:2026-03-06"), "in the future", 4),
        (page(header="Browsing volume:-8 Hits: Date:2021-02-03"), "negative: '-8'", 3),
        (page(header="Browsing volume:2000000001 Hits: Date:2021-02-03"), "absurd", 3),
        (page(header="Browsing volume:many Hits: Date:2021-02-03"), "no number: 'many'", 3),
        (page(header="Browsing volume: Hits: Date:2021-02-03"), "no number: ''", 3),
        (f"{HEADER}\n\n{TEXT}", "no title", 1),
        (page(title="Title " * 50), "too long", 1),
        (page(header=HEADER.replace("Source:", f"Source:{'x' * 121}")), "too long", 1),
        (page(text="", end="Related news:"), "no text after the header", 3),
        (page(text="a\n\x00"), "this is no text", 1),
    ],
)
def test_a_broken_page_is_refused_with_its_line(source, reason, line):
    error = refused(source)
    assert reason in error.reason
    assert error.line == line


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        ((DATA / "broken" / "latin1.txt").read_bytes(), "byte 88 (0xe9) is not UTF-8", 5),
        ("\ufeffa\nb".encode("utf-16-le") + b"\xd8", "is not UTF-16", 2),
        (b'<meta charset="no-such">\ncaf\xe9 ', "is not UTF-8", 2),
        (b'<meta charset="windows-1252">\ncaf\x81', "is not UTF-8", 2),
        (html_page(f"\n<p>{TEXT}", header="\n\nBrowsing volume:x Date:2021-02-03"), "no number", 1),
        (html_page(f"<p>{TEXT}&#1;</p>"), "this is no text", 1),
        (html_page(""), "no text after the header", 1),
    ],
)
def test_broken_html_is_refused_with_its_line(source, reason, line):
    error = refused(source, is_html=True)
    assert reason in error.reason
    assert error.line == line


def test_a_page_nested_beyond_reason_is_refused():
    assert "cannot be read" in refused(html_page("<div>" * 3000 + TEXT), is_html=True).reason


PIECES = st.sampled_from(
    f"{HEADER}|Title\n{HEADER}\nText\n|"
    "Title|\n|\n\n|\t| |Browsing volume:|浏览量：|8|-|,|9999999999999| Hits:|Source:|Date:|日期：|"
    "2023-11-08|2023-02-31|Text.|Related news:|Next article:|1. |- |> |“|”|<p>|</p>|<table>|<td>|"
    "<li>|<ul>|<h1>|</h1>|<b>|<br>|<img src=a>|<a href='x'>|<title>|<div|&#1;|&#xD800;|&|<!--|]]>|"
    "<iframe>|<hr>|</table>|</ul>|</div>|<svg>|<plaintext>|\u3000|\xa0|\x00|<![CDATA[|<blockquote>|"
    "<link rel=canonical href=http://[/>|<a href=http://[/>".split("|")
)


@fuzzing(max_examples=300, deadline=None)
@given(st.binary() | st.lists(PIECES).map(lambda parts: "".join(parts).encode()), st.booleans())
@example(b"\xef\xbb\xbf\xff", False)
@example(b"<![x[" + HEADER.encode(), True)
def test_no_bytes_break_the_reader(data, is_html):
    try:
        one = parsed(data, is_html)
    except PageError:
        return
    assert one.title
    assert one.body
    sanitize.clean(one.body)


@pytest.mark.django_db
def test_broken_files_are_named_and_the_others_imported(tmp_path):
    folder = shutil.copytree(DATA / "broken", tmp_path / "pages")
    shutil.copy(PLANT, folder)
    out, err = failed(folder)
    assert "8 files: 1 created, 0 updated, 0 unchanged, 0 kept, 7 failed" in out
    for name, reason in {
        "absurd.txt": "line 3: the browsing volume is absurd or no number: '88888888888'",
        "bad-date.txt": "line 5: bad date: '2021-02-30'",
        "binary.html": "line 1: wrong encoding: byte 0 (0x89) is not UTF-8",
        "empty.html": "line 1: the file is empty",
        "latin1.txt": "line 5: wrong encoding: byte 88 (0xe9) is not UTF-8",
        "negative.txt": "line 3: the browsing volume is negative: '-3'",
        "no-header.txt": "line 3: no header line",
    }.items():
        assert f"{folder / name}: {reason}" in err
    assert Article.objects.get().source == "Central Java Daily"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_half_imported(monkeypatch):
    """The last step of a page fails: no article, address, category or picture of it stays."""

    def fail(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(BrowsingVolume.objects, "carry_over", fail)
    stored = set(stored_files())
    _, err = failed(MILL, "--assets", ASSETS)
    assert f"{MILL}: the disk is full" in err
    for model in (Article, OldAddress, Category, Image):
        assert not model.objects.exists()
    assert set(stored_files()) == stored


def stored_files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_a_path_that_is_not_there_stops_the_run(tmp_path):
    with pytest.raises(CommandError, match=r"Nothing was imported: .*missing is not there"):
        moved_in(PLANT, tmp_path / "missing")
    assert not Article.objects.exists()


@pytest.mark.django_db
def test_folders_give_text_and_html_and_nothing_else(tmp_path):
    for name in ("a.txt", "b.HTM", "deep/er/c.html"):
        write(tmp_path, name, page(name) if name.endswith("txt") else html_page(name))
    for name in (".hidden.txt", ".git/d.txt", "e.pdf"):
        write(tmp_path, name, "no page")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "again.txt").symlink_to(tmp_path / "a.txt")
    assert "3 files" in moved_in(tmp_path, tmp_path / "a.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "gone.txt")
    assert "loop.txt: the file cannot be read" in failed(tmp_path)[1]
    assert "1 file" in moved_in(write(tmp_path, ".named"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "option",
    [
        "--column-map=8945",
        "--column-map=8945=",
        "--column-map=x=projects",
        "--base-path=en/s",
        "--base-path=ftp://x/en/",
        "--assets=/no/such/folder",
        "--language=fr",
        "--map=/no/such/file.csv",
    ],
)
def test_a_wrong_option_stops_the_run_before_it_begins(option):
    with pytest.raises(CommandError):
        moved_in(PLANT, option)
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"a.txt", "line 2: two columns are needed"),
        (b"a.txt,/en/s/1.html,more", "line 2: two columns are needed"),
        (b",/en/s/1.html", "line 2: two columns are needed"),
        (b"a.txt,en/s/1.html", "line 2: 'en/s/1.html' is no address of the old site"),
        (b"a.txt,http://[/1.html", "line 2: .* is no address"),
        (b"a.txt,/" + b"x" * 600, "line 2: .* is no address"),
        (b'a.txt,"/en', "line 2: unexpected end"),
        (b"caf\xe9.txt,/en/", "cannot be read"),
    ],
)
def test_a_wrong_row_of_the_map_is_named(tmp_path, row, reason):
    (tmp_path / "map.csv").write_bytes(b"a.txt,/en/s/0.html\n" + row)
    with pytest.raises(CommandError, match=reason):
        moved_in(PLANT, "--map", tmp_path / "map.csv")
