"""The limit: an application that answers every request with the same bytes."""

from __future__ import annotations

import os
from pathlib import Path

PAGE = Path(os.environ["PAGE"]).read_bytes()
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(PAGE)))]


def application(environ: dict, start_response) -> list[bytes]:
    start_response("200 OK", HEADERS)
    return [PAGE]
