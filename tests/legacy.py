"""Pages of the old site for the tests of the import, and the command as an operator runs it."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from news import sanitize
from news.legacy.page import Page, PageError
from news.legacy.run import parse_page
from news.models import Article
from tests.helpers import make_user

DATA = Path(__file__).parent / "data" / "legacy"
MILL = DATA / "good" / "3224-8945-40112.html"
PLANT = DATA / "good" / "water-plant.txt"
CHINESE = DATA / "good" / "3210-7001-30007.html"
ASSETS = DATA / "assets"
TODAY = date(2026, 3, 4)

HEADER = "Browsing volume:88 Hits: Source: Date:2023-11-08"
TEXT = "The works in Skive were handed over."


def page(
    title: str = "Works Handed Over", header: str = HEADER, text: str = TEXT, end: str = ""
) -> str:
    return f"{title}\n\n{header}\n\n{text}\n\n{end}"


def html_page(inside: str, head: str = "", header: str = HEADER) -> str:
    return (
        f"<html><head>{head}</head><body><div><h1>Works Handed Over</h1>"
        f"<p>{header}</p>{inside}</div></body></html>"
    )


def parsed(source: str | bytes, is_html: bool = False) -> Page:
    data = source if isinstance(source, bytes) else source.encode()
    return parse_page(data, is_html=is_html, today=TODAY)


def body_of(inside: str) -> str:
    """What readers get to see of a text in HTML."""
    return sanitize.clean(parsed(html_page(inside), is_html=True).body).html


def refused(source: str | bytes, is_html: bool = False) -> PageError:
    with pytest.raises(PageError) as error:
        parsed(source, is_html)
    return error.value


def write(folder: Path, name: str, source: str = "") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source or page())
    return file


def moved_in(*arguments: Any) -> str:
    """What the command says when all went well."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_legacy", *map(str, arguments), stdout=out, stderr=err)
    assert not err.getvalue()
    return out.getvalue()


def failed(*arguments: Any) -> tuple[str, str]:
    """What the command says, and complains of, when some files could not be imported."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("import_legacy", *map(str, arguments), stdout=out, stderr=err)
    assert error.value.returncode == 1
    return out.getvalue(), err.getvalue()


def edit(article: Article, **fields: Any) -> None:
    """As a member of staff does in admin."""
    for name, value in {"modified_by": make_user(), **fields}.items():
        setattr(article, name, value)
    article.save()
