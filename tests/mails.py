"""E-mails that were sent, and mail servers that do not take them."""

from __future__ import annotations

import re
import threading
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


def arrived() -> list[EmailMessage]:
    """What reached the mail server, once the threads that send are done."""
    for thread in threading.enumerate():
        if thread.name == "mail":
            thread.join(10)
            assert not thread.is_alive()
    return mail.outbox


def link_in(message: EmailMessage) -> str:
    """The path of the first address in it."""
    found = re.search(r"http://testserver(/\S+)", str(message.body))
    assert found
    return found[1]


class Refusing(BaseEmailBackend):
    """Nobody listens."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError(111, "Connection refused")


class Hanging(BaseEmailBackend):
    """Takes the connection and says nothing, until it is released."""

    reached = threading.Event()
    released = threading.Event()

    def send_messages(self, email_messages: Any) -> int:
        self.reached.set()
        assert self.released.wait(30)
        return mail.get_connection("django.core.mail.backends.locmem.EmailBackend").send_messages(
            email_messages
        )
