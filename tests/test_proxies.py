"""Whose address counts, with a proxy in front and without one."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from haisum.proxies import client_address


def address(told: str | None) -> str:
    headers = {} if told is None else {"X-Forwarded-For": told}
    return client_address(RequestFactory().get("/", REMOTE_ADDR="10.0.0.7", headers=headers))


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),  # The first is what the visitor claims.
        (None, "10.0.0.7"),
        ("", "10.0.0.7"),
        ("unknown", "10.0.0.7"),
        ("203.0.113.9, ", "10.0.0.7"),
        ("203.0.113.9:4711", "10.0.0.7"),
    ],
)
def test_the_proxy_is_believed_about_the_address_it_saw_and_no_other(settings, told, seen):
    settings.BEHIND_PROXY = True
    assert address(told) == seen


def test_without_a_proxy_nobody_is_believed(settings):
    settings.BEHIND_PROXY = False
    assert address("203.0.113.9") == "10.0.0.7"
