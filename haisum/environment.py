"""Reads the process's environment: each variable checked, or a sentence that says what is wrong.

A secret may also stand in a file, as container managers hand them over: `SECRET_KEY_FILE` names
the file that holds what `SECRET_KEY` would, and is read where that one is not set.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, validate

SECRETS = (
    "SECRET_KEY",
    "DATABASE_URL",
    "DATABASE_PASSWORD",
    "MIGRATE_DATABASE_URL",
    "EMAIL_URL",
    "METRICS_TOKEN",
    "SENTRY_DSN",
    "MEDIA_S3_ACCESS_KEY",
    "MEDIA_S3_SECRET_KEY",
    "BACKUP_S3_ACCESS_KEY",
    "BACKUP_S3_SECRET_KEY",
)
# What follows the name of a store of S3's kind, as in MEDIA_S3_BUCKET.
BUCKET = ("BUCKET", "ENDPOINT", "REGION", "ADDRESSING", "ACCESS_KEY", "SECRET_KEY")

env = Env()


def load(default: Path) -> None:
    """Add what the file says. The process's own environment wins; `ENV_FILE` names another file."""
    if not os.access(file := env.str("ENV_FILE", str(default)), os.R_OK) and (
        "ENV_FILE" in os.environ or Path(file).exists()
    ):
        raise ImproperlyConfigured(f"ENV_FILE must be a file that can be read, not {file}.")
    env.read_env(file, recurse=False)
    for name in SECRETS:
        if not env.str(name, "") and (path := env.str(f"{name}_FILE", "")):
            os.environ[name] = _content(path, f"{name}_FILE")


def _content(path: str, name: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name} must be a file that can be read ({error}).") from None


def required(name: str, reader: Callable[[str], Any], what: str) -> Any:
    """The variable's value, or a sentence that says what it should look like."""
    try:
        value = reader(name)
    except EnvError as error:
        raise ImproperlyConfigured(f"{name} must be {what} ({error}).") from None
    if not value:
        raise ImproperlyConfigured(f"{name} must be {what}, and it is empty.")
    return value


def optional(name: str, reader: Callable[..., Any], default: Any, what: str) -> Any:
    try:
        return reader(name, default)
    except (EnvError, ValueError) as error:
        raise ImproperlyConfigured(f"{name} must be {what} ({error}).") from None


def number(name: str, default: int, least: int = 0) -> int:
    reader = partial(env.int, validate=validate.Range(min=least))
    return int(optional(name, reader, default, f"a number from {least}"))


def switch(name: str, default: bool) -> bool:
    return bool(optional(name, env.bool, default, "true or false"))


def choice(name: str, *words: str) -> str:
    """One of these words; the first, unless it is set."""
    reader = partial(env.str, validate=validate.OneOf(words))
    return str(optional(name, reader, words[0], f"one of {', '.join(words)}"))


def bucket(store: str) -> dict[str, Any] | None:
    """A store of S3's kind, as an entry of `STORAGES`; None unless its bucket is set."""
    name, endpoint, region, addressing, *keys = (f"{store}_{part}" for part in BUCKET)
    if not env.str(name, ""):
        return None
    if not find_spec("storages"):
        raise ImproperlyConfigured(
            f"{name} must have django-storages: pip install --requirement requirements/full.txt."
        )
    web_address = partial(env.str, validate=validate.Regexp(r"(https?://.+)?$"))
    options = {
        "bucket_name": env.str(name),
        "endpoint_url": optional(
            endpoint, web_address, "", "an address such as https://s3.example.com"
        ),
        "region_name": env.str(region, ""),
        "addressing_style": choice(addressing, "auto", "path", "virtual"),
        "access_key": env.str(keys[0], ""),
        "secret_key": env.str(keys[1], ""),
    }
    return {
        "BACKEND": "haisum.bucket.Bucket",
        "OPTIONS": {name: value or None for name, value in options.items()},
    }
