"""The programs that the audit is made with: found, or installed from npm into var/audit."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from bench.audit.findings import Missing
from tests.browser import CHROMIUM

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "audit"
NPM = {"lighthouse": "12.8.2", "vnu-jar": "26.9.27"}  # 13 of Lighthouse wants a newer Node.
DEBIAN = {"node": "nodejs npm", "npm": "npm", "java": "default-jre-headless"}


def program(name: str) -> str:
    """Where it is."""
    if path := shutil.which(name):
        return path
    raise Missing(f"it needs {name} (apt install {DEBIAN[name]})")


def chromium() -> str:
    if CHROMIUM:
        return CHROMIUM
    raise Missing("it needs Chromium (apt install chromium)")


def package(name: str) -> Path:
    """Where this version of a package of npm is, which is installed if it is not there."""
    path = FOLDER / "node_modules" / name
    if _version(path) != NPM[name]:
        _install(name)
    return path


def _version(package: Path) -> str:
    about = package / "package.json"
    return json.loads(about.read_text())["version"] if about.exists() else ""


def _install(name: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [program("npm"), "install", "--prefix", str(FOLDER), "--no-package-lock"]
    command += ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--save-exact"]
    done = subprocess.run(
        [*command, f"{name}@{NPM[name]}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["npm said nothing"])[-1]
        raise Missing(f"npm could not install {name}: {last}")
