"""The demo's staff: one account for each role, so that each can be tried."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.models import Group, User
from django.db import transaction

ACCOUNTS = {"author": "Author", "editor": "Editor", "admin": ""}  # Name -> group.
# Readers are told who is in charge by this name, and by nothing else.
NAMES = {"editor": {"first_name": "Mei", "last_name": "Zhang"}}

# Published, or the first that anybody would try.
KNOWN_PASSWORDS = ("long-words-open-doors", "password", "demo")

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclass(frozen=True)
class Account:
    """What happened to an account; the password is here only if it was made up now."""

    name: str
    role: str
    outcome: Literal["created", "reset", "kept"]
    password: str = ""


def keep_staff(password: str = "") -> list[Account]:
    """Create the missing accounts, with the given password or one each that is made up.

    Accounts that exist keep their password, unless one is given.
    """
    with transaction.atomic():
        return [_keep(name, group, password) for name, group in ACCOUNTS.items()]


def with_known_passwords() -> list[str]:
    """Names of these accounts that anybody can sign in to who read our documentation."""
    accounts = User.objects.filter(username__in=ACCOUNTS, is_active=True, is_staff=True)
    return [
        user.username
        for user in accounts.order_by("username")
        # Each look takes a third of a second, and there are three accounts at most.
        if any(user.check_password(known) for known in (*KNOWN_PASSWORDS, user.username))
    ]


def readable_password() -> str:
    """Four groups that can be read aloud, such as `rilu-taso-venu-mako`: 49 bits."""
    return "-".join("".join(_syllable() + _syllable()) for _ in range(4))


def _syllable() -> str:
    return secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS)


def _keep(name: str, group: str, password: str) -> Account:
    role = group or "Administrator"
    if user := User.objects.filter(username=name).first():
        if not password or user.check_password(password):
            return Account(name, role, "kept")
        user.set_password(password)
        user.save(update_fields=["password"])
        return Account(name, role, "reset")
    made_up = "" if password else readable_password()
    user = User.objects.create_user(
        name,
        _email(name),  # Who is told what waits for them.
        password or made_up,
        is_staff=True,
        is_superuser=not group,
        **NAMES.get(name, {}),
    )
    if group:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    return Account(name, role, "created", made_up)


def _email(name: str) -> str:
    return f"{name}@example.com"
