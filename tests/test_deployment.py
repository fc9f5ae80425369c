"""What operators start the newsroom with: files that must agree with it and with each other."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import resolve, reverse
from ruamel.yaml import YAML

from tests.test_project import ROOT, start

pytestmark = pytest.mark.once
COMPOSE = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
CADDYFILE = (ROOT / "docs/deploy/Caddyfile").read_text()
UNITS = ROOT / "docs/deploy"


# --- make env ---


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    shutil.copy(ROOT / "Makefile", folder)
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_env_writes_fresh_secrets_that_others_cannot_read(tmp_path):
    assert make(tmp_path, "env", "HOST=news.example.com").returncode == 0
    path = tmp_path / ".env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = variables(path)
    assert first["ALLOWED_HOSTS"] == first["SITE_HOST"] == "news.example.com"
    assert len(first["SECRET_KEY"]) == len(first["DATABASE_PASSWORD"]) == 64
    path.unlink()
    make(tmp_path, "env")
    second = variables(path)
    assert second["SITE_HOST"] == "localhost"
    secrets = {
        each[name] for each in (first, second) for name in ("SECRET_KEY", "DATABASE_PASSWORD")
    }
    assert len(secrets) == 4


def variables(path: Path) -> dict[str, str]:
    lines = (line for line in path.read_text().splitlines() if not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def test_make_env_overwrites_nothing(tmp_path):
    (tmp_path / ".env").write_text("SECRET_KEY=kept\n")
    done = make(tmp_path, "env")
    assert done.returncode != 0
    assert "There is an .env already" in done.stderr
    assert (tmp_path / ".env").read_text() == "SECRET_KEY=kept\n"


def test_a_server_has_nothing_to_be_warned_of_with_that_file(tmp_path):
    make(tmp_path, "env", "HOST=news.example.com")
    composed = {
        name: re.sub(r"\$\{\w+:-(\w+)\}", r"\1", str(value))
        for name, value in SERVICES["web"]["environment"].items()
    }
    done = start(
        "check",
        "--deploy",
        "--fail-level=WARNING",
        ENV_FILE=str(tmp_path / ".env"),
        SECRET_KEY=None,
        ALLOWED_HOSTS=None,
        MEDIA_ROOT=str(tmp_path),
        **composed,
    )
    assert done.returncode == 0, done.stderr


def test_the_demo_s_file_is_for_this_machine_alone(tmp_path):
    assert make(tmp_path, ".env").returncode == 0
    found = variables(tmp_path / ".env")
    assert found["ALLOWED_HOSTS"] == "127.0.0.1,localhost"
    assert found["HTTPS"] == "false"
    assert "DATABASE_PASSWORD" not in found


# --- The compose file ---


def test_no_secret_stands_in_the_compose_file():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "KEY" in name:
                assert re.fullmatch(r"\$\{\w+:\?.+\}", value), name


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_the_site_waits_for_its_migration_and_that_for_the_database():
    for name in ("web", "web-2"):
        waits = SERVICES[name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert waits["static"]["condition"] == "service_completed_successfully"
    assert SERVICES["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"


def test_both_servers_are_alike_and_known_to_the_proxy():
    assert SERVICES["web"] == SERVICES["web-2"]
    assert SERVICES["proxy"]["environment"]["UPSTREAMS"] == "web:8000 web-2:8000"


def test_whatever_runs_may_do_no_more_than_it_must():
    for name, service in SERVICES.items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if name != "db":
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name
    added = {name: service["cap_add"] for name, service in SERVICES.items() if "cap_add" in service}
    assert added == {"proxy": ["NET_BIND_SERVICE"]}


def test_a_server_has_time_to_stop_in_order():
    from haisum.serve import STOP_SECONDS

    grace = int(SERVICES["web"]["stop_grace_period"].removesuffix("s"))
    assert grace > SERVICES["web"]["environment"]["DRAIN_SECONDS"] + STOP_SECONDS
    unit = (UNITS / "newsroom-web@.service").read_text()
    drains = int(re.search(r"DRAIN_SECONDS=(\d+)", unit)[1])
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > drains + STOP_SECONDS


# --- The image ---


def test_the_image_is_of_pinned_parts():
    assert re.search(r"^ARG BASE=python:3\.\d+\.\d+-\w+-\w+$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE
    of_server = re.search(r"^ARG POSTGRESQL=(postgres:\d+)", DOCKERFILE, re.MULTILINE)
    assert of_server
    assert SERVICES["db"]["image"] == of_server[1]


def test_the_image_runs_as_somebody_who_owns_only_what_is_written():
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["newsroom"]
    volumes = re.search(r"^VOLUME \[(.+)\]$", DOCKERFILE, re.MULTILINE)[1]
    mounted = {
        volume.split(":")[1] for name in ("web", "static") for volume in SERVICES[name]["volumes"]
    }
    assert {path.strip(' "') for path in volumes.split(",")} == mounted


def test_signals_reach_the_server_itself():
    for instruction in ("CMD", "HEALTHCHECK"):
        assert re.search(rf"^{instruction}\b.*?\[\"python\"", DOCKERFILE, re.MULTILINE | re.DOTALL)


def test_only_what_the_image_needs_is_sent_to_its_build():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    dockerfiles = "".join(DOCKERFILE.replace("${REQUIREMENTS}", name) for name in ("base", "full"))
    copied = set(re.findall(r"^COPY (?!--from)(\S+) ", dockerfiles, re.MULTILINE))
    assert let_in == copied


# --- The proxy ---


def test_the_proxy_lets_as_much_through_as_the_newsroom_takes():
    blocks = dict(re.findall(r"handle ?(\S*) \{\s+request_body \{\s+max_size (\d+)MiB", CADDYFILE))
    upload = reverse("admin:news_attachment_upload")
    assert {path: int(size) * 1024**2 for path, size in blocks.items()} == {
        upload: settings.FILE_MAX_BYTES,
        "": settings.REQUEST_MAX_BYTES,
    }


def test_the_proxy_reads_the_files_that_are_left_to_it():
    for name in ("web", "web-2"):
        assert SERVICES[name]["environment"]["MEDIA_BY_PROXY"] == "${MEDIA_BY_PROXY:-true}"
        assert "media:/srv/newsroom/media" in SERVICES[name]["volumes"]
    read_only = re.search(r"MEDIA_ROOT:(\S+)\}", CADDYFILE)[1] + ":ro"
    assert f"media:{read_only}" in SERVICES["proxy"]["volumes"]


def test_the_proxy_asks_for_what_there_is():
    path = re.search(r"health_uri (\S+)", CADDYFILE)[1]
    assert resolve(path)
    assert f"handle_path /{settings.STATIC_URL.strip('/')}/*" in CADDYFILE


# --- Without containers ---


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
@pytest.mark.parametrize(
    "unit",
    [
        "newsroom-web@8001.service",
        "newsroom-migrate.service",
        "newsroom-backup.service",
        "newsroom-backup.timer",
    ],
)
def test_systemd_understands_the_units(unit, tmp_path):
    folder = tmp_path / "system"
    shutil.copytree(UNITS, folder)
    for path in folder.glob("*.service"):  # What they start is not installed here.
        path.write_text(re.sub(r"=/srv\S+", "=/bin/true", path.read_text()))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
