"""What `manage.py check` looks at that Django does not: settings that only make sense together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.files.storage import FileSystemStorage, default_storage

TAG = "newsroom"  # `manage.py check --tag newsroom`; the server looks at these before it serves.
CSP_MIDDLEWARE = "csp.middleware.CSPMiddleware"
TOKEN_LENGTH = 20
MEMORY_SHARE = 0.5  # Of the machine's: the rest is for the processes themselves.


@register(TAG, Tags.security)
def proxy(**_: Any) -> Iterator[CheckMessage]:
    if settings.SECURE_PROXY_SSL_HEADER and not settings.HTTPS:
        yield Warning(
            "A proxy's X-Forwarded-Proto is believed, but HTTPS is not asked for.",
            hint="Set HTTPS=true, or BEHIND_PROXY=false if no proxy sets that header.",
            id="haisum.W001",
        )


@register(TAG, Tags.security, deploy=True)
def https(**_: Any) -> Iterator[CheckMessage]:
    """Of the server alone: commands may know nothing of the proxy, and need not."""
    if settings.HTTPS and not settings.SECURE_PROXY_SSL_HEADER:
        yield Error(
            "Readers are redirected for ever: to HTTPS, which no proxy is believed to speak.",
            hint="Set BEHIND_PROXY=true, or HTTPS=false to try the site on one machine.",
            id="haisum.E013",
        )


@register(TAG, Tags.security)
def trusted_origins(**_: Any) -> Iterator[CheckMessage]:
    plain = [o for o in settings.CSRF_TRUSTED_ORIGINS if urlsplit(o).scheme != "https"]
    if settings.HTTPS and plain:
        yield Error(
            f"Forms are accepted from pages that were not sent by HTTPS: {', '.join(plain)}.",
            hint="Let every address in CSRF_TRUSTED_ORIGINS begin with https://.",
            id="haisum.E002",
        )


@register(TAG, Tags.security)
def content_security_policy(**_: Any) -> Iterator[CheckMessage]:
    """Public pages need neither inline scripts nor another host."""
    directives = (getattr(settings, "CONTENT_SECURITY_POLICY", None) or {}).get("DIRECTIVES", {})
    scripts = directives.get("script-src", directives.get("default-src"))
    if CSP_MIDDLEWARE not in settings.MIDDLEWARE or not scripts:
        yield Error(
            "Pages are sent without a content security policy for scripts.",
            hint=f"Keep {CSP_MIDDLEWARE} in MIDDLEWARE and default-src in CONTENT_SECURITY_POLICY.",
            id="haisum.E003",
        )
        return
    foreign = [source for source in scripts if source not in ("'self'", "'none'")]
    if foreign:
        yield Error(
            f"The content security policy lets scripts in by {', '.join(map(str, foreign))}.",
            hint="Give what one page needs to that page alone, with csp_update or csp_replace.",
            id="haisum.E004",
        )


@register(TAG, Tags.files)
def folders(**_: Any) -> Iterator[CheckMessage]:
    if not isinstance(default_storage, FileSystemStorage):
        return
    media, static = Path(settings.MEDIA_ROOT).resolve(), Path(settings.STATIC_ROOT).resolve()
    if media == static or media in static.parents or static in media.parents:
        yield Error(
            "Uploaded files and static files lie in one folder.",
            hint="Let neither MEDIA_ROOT nor STATIC_ROOT lie inside the other.",
            id="haisum.E005",
        )


@register(TAG, Tags.files)
def media_by_proxy(**_: Any) -> Iterator[CheckMessage]:
    if settings.MEDIA_BY_PROXY and not settings.BEHIND_PROXY:
        yield Error(
            "Pictures and files are left to a proxy, and there is none: readers get empty ones.",
            hint="Set BEHIND_PROXY=true if there is one after all, or MEDIA_BY_PROXY=false.",
            id="haisum.E014",
        )
    if settings.MEDIA_BY_PROXY and not isinstance(default_storage, FileSystemStorage):
        yield Warning(
            "A proxy cannot send what lies in a bucket: the servers do, whatever is set.",
            hint="Set MEDIA_BY_PROXY=false, and WEB_THREADS for as many slow readers as may come.",
            id="haisum.W015",
        )


@register(TAG, Tags.files)
def upload_limits(**_: Any) -> Iterator[CheckMessage]:
    too_small = [
        f"{name} is less than {part}"
        for name, part in (
            ("REQUEST_MAX_BYTES", "PICTURE_MAX_BYTES"),
            ("DATA_UPLOAD_MAX_MEMORY_SIZE", "REQUEST_MAX_BYTES"),
            ("FILE_MAX_BYTES", "DOCUMENT_MAX_BYTES"),
            ("FILE_MAX_BYTES", "VIDEO_MAX_BYTES"),
        )
        if getattr(settings, name) < getattr(settings, part)
    ]
    if too_small:
        yield Error(
            f"Uploads that are allowed would be refused: {'; '.join(too_small)}.",
            hint="What holds another must be as large.",
            id="haisum.E006",
        )


@register(TAG)
def time_zone(**_: Any) -> Iterator[CheckMessage]:
    if not settings.USE_TZ:
        yield Error(
            "Moments are stored without a time zone.",
            hint="Set USE_TZ: schedules and the days of views depend on it.",
            id="haisum.E007",
        )
    if ZoneInfo(settings.TIME_ZONE).key in ("UTC", "Etc/UTC", "GMT", "Factory"):
        yield Warning(
            "The site's days end at midnight in Greenwich.",
            hint="Set TIME_ZONE to where its readers are, such as Asia/Shanghai.",
            id="haisum.W008",
        )


@register(TAG)
def page_cache(**_: Any) -> Iterator[CheckMessage]:
    kept = settings.WEB_WORKERS * settings.PAGE_CACHE_BYTES
    if not kept and not settings.DEBUG:
        yield Warning(
            "No finished page is kept: every reader has one made.",
            hint="Set PAGE_CACHE_MIB to 64 or so.",
            id="haisum.W009",
        )
    if kept > MEMORY_SHARE * (memory := memory_bytes()):
        yield Warning(
            f"Kept pages may take {kept // 1024**2} MiB of this machine's {memory // 1024**2} MiB.",
            hint="Lower PAGE_CACHE_MIB, which each of WEB_WORKERS takes, or WEB_WORKERS.",
            id="haisum.W010",
        )


@register(TAG, Tags.security)
def metrics_token(**_: Any) -> Iterator[CheckMessage]:
    if 0 < len(settings.METRICS_TOKEN) < TOKEN_LENGTH:
        yield Error(
            "The token that opens /metrics can be guessed.",
            hint=f"Let METRICS_TOKEN have {TOKEN_LENGTH} random characters or more.",
            id="haisum.E011",
        )


@register(TAG)
def error_mail(**_: Any) -> Iterator[CheckMessage]:
    if settings.ADMINS and not settings.HAS_MAIL_SERVER:
        yield Warning(
            "Nobody is told of errors: there are ADMINS, but no mail server.",
            hint="Set EMAIL_URL.",
            id="haisum.W012",
        )


def memory_bytes() -> int:
    """What this machine has, or what its container may take of it."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdecimal() else machine
