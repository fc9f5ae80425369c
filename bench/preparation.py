"""Every site of the table: its database filled, its servers ready to start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from bench.rows import PEER_THREADS, POSTGRESQL, THREADS
from bench.servers import ROOT
from bench.stage import Site, Stage, Store, run

PROGRAMS = Path(sys.prefix) / "bin"
PAGE_CACHE_MIB = "256"  # Room for all articles, as in the prototypes.
NEWSROOM_SUMS = (
    "SELECT coalesce(sum(total - carried_over), 0) FROM news_browsingvolume",
    "SELECT coalesce(sum(views), 0) FROM news_dailyviews",
)

WAGTAIL = ROOT / "var" / "bench" / "wagtail"
WAGTAIL_ARTICLES = 2000  # It makes them one by one; fewer articles only favour it.
SHARED_WITH_WAGTAIL = ("django", "granian", "psycopg[binary]")


def limits(stage: Stage, page: Path) -> dict[str, Site]:
    """Constant answers, of the bytes in `page`."""
    servers = {"raw": ("raw", THREADS), "empty": ("empty", THREADS), "empty-1": ("empty", 1)}
    return {
        name: Site(
            stage.server(
                name, f"bench.sites.{module}:application", threads, {"PAGE": str(page)}, PROGRAMS
            )
        )
        for name, (module, threads) in servers.items()
    }


def newsroom(stage: Stage, database: str) -> dict[str, Site]:
    """The newsroom with its page cache, without it, and with an editor at work."""
    address = stage.database(database, "newsroom")
    settings = newsroom_settings(stage.folder)
    paths = stage.seed(
        "bench.sites.newsroom", stage.articles, settings | {"DATABASE_URL": address}, PROGRAMS
    )
    # Publishing makes every page anew: what stands beside it needs a database of its own.
    addresses = {
        "": address,
        "-uncached": address,
        "-publishing": stage.copy(address, "newsroom_publishing"),
    }
    sites = {}
    for kind, its_address in addresses.items():
        name = f"newsroom-{database}{kind}"
        room = "0" if kind == "-uncached" else PAGE_CACHE_MIB
        environment = settings | {"DATABASE_URL": its_address, "PAGE_CACHE_MIB": room}
        server = stage.server(name, "haisum.wsgi:application", THREADS, environment, PROGRAMS)
        sites[name] = Site(server, _store(its_address, NEWSROOM_SUMS, paths))
    return sites


def newsroom_settings(folder: Path) -> dict[str, str]:
    """A server's, whatever the developer's own .env says."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "haisum.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "false",
        "HTTPS": "false",
        "SECRET_KEY": "only for measuring: nothing of worth is signed with this",
        "ALLOWED_HOSTS": "127.0.0.1",
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
    }
    if not (folder / "static").exists():
        run([PROGRAMS / "python", "manage.py", "collectstatic", "--noinput", "-v0"], settings)
    return settings


def naive(stage: Stage, database: str) -> dict[str, Site]:
    environment = {"DATABASE_URL": stage.database(database, "naive")}
    paths = stage.seed("bench.sites.naive.seed", stage.articles, environment, PROGRAMS)
    store = _store(environment["DATABASE_URL"], _views("naive_article"), paths)
    return _with_and_without_cache(stage, f"naive-{database}", "naive", environment, store)


def wagtail(stage: Stage) -> dict[str, Site]:
    install_wagtail()
    environment = {"DATABASE_URL": stage.database(POSTGRESQL, "wagtail")}
    articles = min(stage.articles, WAGTAIL_ARTICLES)
    paths = stage.seed("bench.sites.peer.seed", articles, environment, WAGTAIL / "bin")
    store = _store(environment["DATABASE_URL"], _views("peer_articlepage"), paths)
    return _with_and_without_cache(stage, "wagtail", "peer", environment, store)


def install_wagtail() -> None:
    """The newest Wagtail, in an environment of its own, on the same versions of all the rest."""
    stamp = WAGTAIL / "installed"
    if stamp.exists():
        return
    shared = [f"{name}=={version(name.partition('[')[0])}" for name in SHARED_WITH_WAGTAIL]
    subprocess.run([sys.executable, "-m", "venv", WAGTAIL], check=True)
    pip = [WAGTAIL / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "wagtail", *shared], check=True)
    stamp.touch()


def _with_and_without_cache(
    stage: Stage, name: str, package: str, environment: Mapping[str, str], store: Store
) -> dict[str, Site]:
    programs = WAGTAIL / "bin" if package == "peer" else PROGRAMS
    application = f"bench.sites.{package}.wsgi:application"
    kinds = {name: environment, f"{name}-cached": {**environment, "CACHED": "yes"}}
    return {
        kind: Site(stage.server(kind, application, PEER_THREADS, settings, programs), store)
        for kind, settings in kinds.items()
    }


def _store(address: str, sums: tuple[str, ...], paths: Path) -> Store:
    every = paths.read_text().split()
    return Store(address, sums, paths, hot=every[len(every) // 2])


def _views(table: str) -> tuple[str]:
    return (f"SELECT sum(views) FROM {table}",)
