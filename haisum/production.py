"""What a site that others can reach refuses to run with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

# As `manage.py check --deploy` has them; but by then the site may be running.
KEY_LENGTH = 50
KEY_CHARACTERS = 5
# Anybody can read these in our source or in Django's.
KNOWN_KEYS = ("only-for-", "django-insecure-")


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    """Stop the process with a sentence that names the variable."""
    if not settings["IS_REACHABLE"]:
        return
    if settings["DEBUG"]:
        raise ImproperlyConfigured(
            "DEBUG must be false where others can reach the site, "
            "as HTTPS or BEHIND_PROXY says that they can."
        )
    _refuse_key(settings["SECRET_KEY"])
    if any("/" in host for host in settings["ALLOWED_HOSTS"]):
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must be host names such as news.example.com, without https://."
        )
    if any(host.strip(".") in ("", "*") for host in settings["ALLOWED_HOSTS"]):
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS must be the site's own host names: "
            "* lets anybody choose what its links and e-mails lead to."
        )


def _refuse_key(key: str) -> None:
    if key.startswith(KNOWN_KEYS):
        fault = "this one is published"
    elif len(key) < KEY_LENGTH or len(set(key)) < KEY_CHARACTERS:
        fault = "this one can be guessed"
    else:
        return
    raise ImproperlyConfigured(
        f"SECRET_KEY must be {KEY_LENGTH} random characters or more: {fault}."
    )
