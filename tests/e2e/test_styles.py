"""Style sheets and scripts as they are served, read by a browser."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page

from tests.server import ROOT, collected

SHEETS = sorted(path.name for path in (ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted(
    path.relative_to(ROOT / "static").as_posix() for path in (ROOT / "static/js").rglob("*.js")
)
RULES = """
(text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return [...sheet.cssRules].map((rule) => rule.cssText);
}
"""


# What it needs is not there: only whether it can be read is asked.
FAILS = """
async (text) => {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  return import(address).then(() => "", (error) => `${error}`);
}
"""


def understood(page: Page, text: str) -> list[str]:
    """Its rules; only in variables does a browser keep the white space as it was."""
    return [re.sub(r"\s*,\s*", ",", rule) for rule in page.evaluate(RULES, text)]


@pytest.mark.parametrize("name", SHEETS)
def test_a_smaller_style_sheet_says_what_its_source_says(page: Page, name: str):
    names = json.loads((collected() / "staticfiles.json").read_text())["paths"]
    source = understood(page, (ROOT / "static/css" / name).read_text())
    assert source
    assert understood(page, (collected() / names[f"css/{name}"]).read_text()) == source


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_smaller_script_can_be_read(page: Page, name: str):
    names = json.loads((collected() / "staticfiles.json").read_text())["paths"]
    assert "SyntaxError" not in page.evaluate(FAILS, (collected() / names[name]).read_text())
