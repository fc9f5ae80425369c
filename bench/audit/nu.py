"""The Nu HTML checker, which browsers' makers and the W3C use, on a page of every kind."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bench.audit import tools
from bench.audit.findings import Finding
from bench.audit.stand import Stand

# The HTML standard lets links that expect an element block rendering; the checker does not know.
BEHIND = "A “link” element with a “blocking” attribute must have a “rel” attribute whose value is"
EXPECTS = '<link rel="expect"'


def audit(stand: Stand) -> Iterator[Finding]:
    pages = stand.every_kind()
    errors, warnings = check(pages)
    yield Finding(
        "Nu HTML checker",
        "0 errors",
        f"{len(errors)} on {len(pages)} pages, {len(warnings)} warnings",
        faults=errors,
        notes=warnings,
    )
    if not stand.is_quick:  # Much of it is Django's own, and nobody's to mend here.
        pages = stand.desk()
        errors, _ = check(pages)
        yield Finding(
            "Nu HTML checker, admin", "", f"{len(errors)} on {len(pages)} pages", notes=errors
        )


def check(pages: dict[str, str]) -> tuple[list[str], list[str]]:
    """Errors and warnings in them, each once for all pages that have it."""
    java, jar = tools.program("java"), tools.package("vnu-jar") / "build" / "dist" / "vnu.jar"
    with tempfile.TemporaryDirectory() as folder:
        for name, html in pages.items():
            (Path(folder) / f"{name}.html").write_text(html)
        done = subprocess.run(
            [java, "-Xss4m", "-jar", jar, "--format", "json", "--exit-zero-always", folder],
            capture_output=True,
            text=True,
            check=True,
        )
    return read(json.loads(done.stderr)["messages"])


def read(messages: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """Each said once, with one of the pages; the checker calls warnings and remarks `info`."""
    errors: dict[str, list[dict[str, Any]]] = {}
    warnings: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        if message["message"].startswith(BEHIND) and EXPECTS in message["extract"]:
            continue
        if message["type"] != "info":
            errors.setdefault(message["message"], []).append(message)
        elif message.get("subType") == "warning":
            warnings.setdefault(message["message"], []).append(message)
    return [*map(_said, errors.values())], [*map(_said, warnings.values())]


def _said(messages: list[dict[str, Any]]) -> str:
    first, *others = sorted({unquote(Path(message.get("url", "")).stem) for message in messages})
    extract = " ".join(messages[0].get("extract", "").split())
    return " ".join(
        [messages[0]["message"], extract, f"({first}{f' and {len(others)} more' * bool(others)})"]
    )
