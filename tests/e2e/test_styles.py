"""Style sheets as they are served, read by a browser."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page

from tests.server import ROOT, collected

SHEETS = sorted(path.name for path in (ROOT / "static/css").glob("*.css"))
RULES = """
(text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return [...sheet.cssRules].map((rule) => rule.cssText);
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
