"""The engines side by side: each in a process and with a database of its own."""

from __future__ import annotations

import json
from pathlib import Path

from bench.preparation import PROGRAMS, WAGTAIL, install_wagtail, newsroom_settings
from bench.rows import POSTGRESQL, SQLITE
from bench.search.scores import Engine
from bench.stage import Stage, run

# What PostgreSQL itself knows about words; "simple" is what Wagtail takes unless told otherwise.
SEARCH_CONFIGS = ("simple", "english")


def newsroom(stage: Stage) -> list[Engine]:
    """The newsroom on both databases, and `icontains`, which needs only one of them."""
    engines, plain = [], []
    for database, name in ((POSTGRESQL, "PostgreSQL"), (SQLITE, "SQLite")):
        settings = newsroom_settings(stage.folder)
        settings["DATABASE_URL"] = stage.database(database, "found")
        answers = _ask("bench.search.newsroom", settings, PROGRAMS)
        engines.append(Engine(f"newsroom, {name}", answers["newsroom"]))
        plain.append(Engine("icontains, newest first", answers["icontains"]))
    return [*engines, plain[0]]


def wagtail(stage: Stage) -> list[Engine]:
    install_wagtail()
    address = stage.database(POSTGRESQL, "wagtail")
    rows = [(address, config, f"PostgreSQL ({config})") for config in SEARCH_CONFIGS]
    rows.append((stage.database(SQLITE, "wagtail"), "", "SQLite"))
    engines = []
    for its_address, config, name in rows:
        settings = {
            "DJANGO_SETTINGS_MODULE": "bench.search.peer.settings",
            "DATABASE_URL": its_address,
            "SEARCH_CONFIG": config,
        }
        answers = _ask("bench.search.peer.answers", settings, WAGTAIL / "bin")
        engines += [Engine(f"Wagtail, {name}, {op}", found) for op, found in answers.items()]
    return engines


def _ask(module: str, settings: dict[str, str], programs: Path) -> dict[str, list[list[str]]]:
    return json.loads(run([programs / "python", "-m", module], settings))
