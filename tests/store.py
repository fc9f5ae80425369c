"""A media store of S3's kind, played by moto in a process of its own: gone when the tests end."""

from __future__ import annotations

import atexit
import subprocess
import sys
import time
from functools import cache
from itertools import count
from pathlib import Path

import boto3

from tests import scratch
from tests.server import free_port, is_free

KEYS = {"MEDIA_S3_ACCESS_KEY": "a-key", "MEDIA_S3_SECRET_KEY": "its-secret"}
_numbers = count(1)


def new_bucket() -> dict[str, str]:
    """An empty bucket, as a server's environment names it."""
    name = f"newsroom-{next(_numbers)}"
    client().create_bucket(Bucket=name)
    return {"MEDIA_S3_BUCKET": name, "MEDIA_S3_ENDPOINT": endpoint(), **KEYS}


def names_in(bucket: str) -> set[str]:
    found = client().list_objects_v2(Bucket=bucket)
    return {each["Key"] for each in found.get("Contents", ())}


@cache
def client():
    return boto3.client(
        "s3",
        endpoint_url=endpoint(),
        region_name="us-east-1",
        aws_access_key_id=KEYS["MEDIA_S3_ACCESS_KEY"],
        aws_secret_access_key=KEYS["MEDIA_S3_SECRET_KEY"],
    )


@cache
def endpoint() -> str:
    port = free_port()
    with Path(scratch.folder("moto"), "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "--host=127.0.0.1", f"--port={port}"],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    atexit.register(process.kill)
    deadline = time.monotonic() + 60
    while is_free(port):
        assert process.poll() is None, Path(log.name).read_text()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return f"http://127.0.0.1:{port}"
