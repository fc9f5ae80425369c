"""The real proxy with its real configuration, at free ports, and a visitor who comes through it."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener

import pytest

from tests import scratch
from tests.conftest import READER
from tests.server import ROOT, came_true, collected, free_port, is_free
from tests.test_project import DEPLOYED

HOST = "localhost"
CADDY = os.environ.get("CADDY") or shutil.which("caddy")
# Of a server behind it.
BEHIND = {
    "SECRET_KEY": DEPLOYED["SECRET_KEY"],
    "ALLOWED_HOSTS": HOST,
    "HTTPS": "true",
    "BEHIND_PROXY": "true",
    "MEDIA_BY_PROXY": "true",
    "DRAIN_SECONDS": "6",
}


class Proxy:
    """docs/deploy/Caddyfile in front of servers; only its ports and its certificate are ours."""

    def __init__(self, *ports: int, media: Path, static: Path | None = None) -> None:
        if not CADDY:
            pytest.skip("The proxy needs Caddy: apt install caddy")
        self.http, self.port = free_port(), free_port()
        self.files = scratch.folder(f"proxy{self.port}")
        self.log = self.files / "log"
        self.certificate = _certificate(self.files)
        self.environment = os.environ | {
            "HOME": str(self.files),
            "SITE_HOST": HOST,
            "UPSTREAMS": " ".join(f"127.0.0.1:{port}" for port in ports),
            "TLS": f"tls {self.certificate} {self.files / 'key.pem'}",
            "STATIC_ROOT": str(static or collected("--ignore=ckeditor")),
            "MEDIA_ROOT": str(media),
        }
        if _is_old():
            self.environment["REQUEST_BUFFERS"] = "buffer_requests\nmax_buffer_size 4MiB"

    def __enter__(self) -> Proxy:
        config = self.files / "caddy.json"
        config.write_text(json.dumps(self._config()))
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [CADDY, "run", "--config", config],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        came_true(lambda: not is_free(self.port) or self.process.poll() is not None)
        if self.process.poll() is not None:
            pytest.fail(f"The proxy ended:\n{self.log.read_text()}", pytrace=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def _config(self) -> dict:
        """What Caddy makes of the file, at ports that are free."""
        adapted = subprocess.run(
            [CADDY, "adapt", "--adapter", "caddyfile", "--config", ROOT / "docs/deploy/Caddyfile"],
            env=self.environment,
            capture_output=True,
            check=True,
        )
        config = json.loads(adapted.stdout)
        http = config["apps"]["http"] | {"http_port": self.http, "https_port": self.port}
        for server in http["servers"].values():
            server["listen"] = [f":{self.port}"]
        return config | {"admin": {"disabled": True}, "apps": config["apps"] | {"http": http}}

    def connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(HOST, self.port, timeout=30, context=self.trust())

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


def _certificate(folder: Path) -> Path:
    path = folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-addext"]
    command += [f"subjectAltName=DNS:{HOST}", "-keyout", folder / "key.pem", "-out", path]
    subprocess.run(command, check=True, capture_output=True)
    return path


def _is_old() -> bool:
    """Before 2.6.3, as Debian has it, where one of the file's options has another name."""
    said = subprocess.run([CADDY, "version"], capture_output=True, text=True, check=True).stdout
    numbers = said.strip().removeprefix("v").split()[0].split("-")[0].split(".")
    return tuple(int(number) for number in numbers) < (2, 6, 3)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def text(self) -> str:
        packed = self.headers["Content-Encoding"] == "gzip"
        return (gzip.decompress(self.content) if packed else self.content).decode()


class Visitor:
    """Somebody with a browser of their own, cookies included."""

    def __init__(self, proxy: Proxy) -> None:
        self.url = f"https://{HOST}:{proxy.port}"
        self.cookies = CookieJar()
        self.claims: dict[str, str] = {}  # Headers as they are spelt, of each request.
        handlers = HTTPSHandler(context=proxy.trust()), HTTPCookieProcessor(self.cookies)
        self._opener = build_opener(*handlers)

    def get(self, path: str, **headers: str) -> Answer:
        return self._send(path, None, headers)

    def ask(self, method: str, path: str, **headers: str) -> Answer:
        return self._send(path, None, headers, method)

    def post(self, path: str, data: dict | bytes, follow: bool = True, **headers: str) -> Answer:
        """As Django's own client has it, but that whatever leads elsewhere is always followed."""
        body = data if isinstance(data, bytes) else urlencode(data, doseq=True).encode()
        return self._send(path, body, headers)

    def _send(
        self, path: str, body: bytes | None, headers: dict[str, str], method: str | None = None
    ) -> Answer:
        sent = {"Host": HOST, "User-Agent": READER, "Referer": f"https://{HOST}/"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()} | self.claims
        try:
            request = Request(self.url + path, body, sent, method=method)
            answer = self._opener.open(request, timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            return Answer(answer.status, answer.headers, answer.read())
