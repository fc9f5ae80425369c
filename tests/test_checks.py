"""Our own system checks: silent about what is right, and with a hint about what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from csp.constants import SELF, UNSAFE_INLINE
from django.conf import settings as real
from django.core.checks import CheckMessage, run_checks

from haisum import checks

WITHOUT_CSP = [name for name in real.MIDDLEWARE if name != checks.CSP_MIDDLEWARE]
IN_A_BUCKET = real.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
PROXY = ("HTTP_X_FORWARDED_PROTO", "https")

# What is found with these settings, and settings beside them with which nothing is.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("haisum.W001", {"SECURE_PROXY_SSL_HEADER": PROXY}, {"HTTPS": True}),
    (
        "haisum.E002",
        {
            "HTTPS": True,
            "SECURE_PROXY_SSL_HEADER": PROXY,
            "CSRF_TRUSTED_ORIGINS": ["https://a.example", "http://b.example"],
        },
        {"CSRF_TRUSTED_ORIGINS": ["https://a.example"]},
    ),
    ("haisum.E003", {"MIDDLEWARE": WITHOUT_CSP}, {"MIDDLEWARE": real.MIDDLEWARE}),
    (
        "haisum.E003",
        {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {"img-src": [SELF]}}},
        {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {"script-src": [SELF]}}},
    ),
    (
        "haisum.E004",
        {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {"default-src": [SELF, UNSAFE_INLINE]}}},
        {
            "CONTENT_SECURITY_POLICY": {
                "DIRECTIVES": {"default-src": [SELF, UNSAFE_INLINE], "script-src": [SELF]}
            }
        },
    ),
    (
        "haisum.E004",
        {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {"script-src": ["cdn.example.com"]}}},
        {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {"script-src": [SELF]}}},
    ),
    (
        "haisum.E005",
        {"STATIC_ROOT": Path("/srv/files"), "MEDIA_ROOT": Path("/srv/files/media")},
        {"MEDIA_ROOT": Path("/srv/files-of-staff")},
    ),
    (
        "haisum.E005",
        {"STATIC_ROOT": Path("/srv/a/../files"), "MEDIA_ROOT": Path("/srv/files")},
        {"STATIC_ROOT": Path("/srv/static")},
    ),
    ("haisum.E006", {"REQUEST_MAX_BYTES": 1000}, {"PICTURE_MAX_BYTES": 1000}),
    ("haisum.E006", {"FILE_MAX_BYTES": 60 * 1024**2}, {"VIDEO_MAX_BYTES": 60 * 1024**2}),
    ("haisum.E007", {"USE_TZ": False}, {"USE_TZ": True}),
    ("haisum.W008", {"TIME_ZONE": "UTC"}, {"TIME_ZONE": "Europe/London"}),
    ("haisum.W009", {"PAGE_CACHE_BYTES": 0}, {"DEBUG": True}),
    ("haisum.W010", {"WEB_WORKERS": 100_000}, {"PAGE_CACHE_BYTES": 1000}),
    ("haisum.E011", {"METRICS_TOKEN": "m" * 19}, {"METRICS_TOKEN": "m" * 20}),
    ("haisum.E014", {"MEDIA_BY_PROXY": True}, {"BEHIND_PROXY": True}),
    (
        "haisum.W015",
        {"MEDIA_BY_PROXY": True, "BEHIND_PROXY": True, "STORAGES": IN_A_BUCKET},
        {"MEDIA_BY_PROXY": False},
    ),
    ("haisum.E013", {"HTTPS": True}, {"SECURE_PROXY_SSL_HEADER": PROXY}),
    ("haisum.W012", {"ADMINS": [("", "a@example.com")]}, {"HAS_MAIL_SERVER": True}),
]


def found() -> list[str]:
    return [fault.id for fault in faults()]


def faults() -> list[CheckMessage]:
    return run_checks(tags=[checks.TAG], include_deployment_checks=True)


def test_the_settings_that_we_ship_agree():
    assert found() == []


@pytest.mark.parametrize(("fault", "wrong", "mended"), CASES)
def test_each_fault_is_found_and_can_be_mended(settings, fault, wrong, mended):
    for name, value in wrong.items():
        setattr(settings, name, value)
    (message,) = faults()
    assert message.id == fault
    assert message.hint.endswith(".")
    for name, value in mended.items():
        setattr(settings, name, value)
    assert found() == []


def test_every_check_is_seen_to_find_something():
    tested = {fault for fault, _, _ in CASES}
    text = Path(checks.__file__).read_text()
    assert len(tested) == text.count('id="haisum.')


def test_commands_need_not_know_of_the_proxy(settings):
    settings.HTTPS = True
    assert found() == ["haisum.E013"]
    assert run_checks(tags=[checks.TAG]) == []


def test_a_container_has_the_memory_that_it_may_take(monkeypatch):
    machine = checks.memory_bytes()
    monkeypatch.setattr(Path, "read_text", lambda _path: "1048576\n")
    assert checks.memory_bytes() == 1048576
    monkeypatch.setattr(Path, "read_text", lambda _path: "max\n")
    assert checks.memory_bytes() >= machine
