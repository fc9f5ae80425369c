"""What the proxy in front says of whoever it answers."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str:
    """Behind a proxy the last address of X-Forwarded-For, which it wrote itself; those before it
    are what the client claims. Nobody else can reach the server then."""
    peer = str(environ.get("REMOTE_ADDR", ""))
    if not settings.BEHIND_PROXY:
        return peer
    told = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    try:
        return str(ip_address(told))
    except ValueError:
        return peer
