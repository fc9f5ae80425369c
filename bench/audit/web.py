"""Asking a site as a reader's browser does."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message

from django.utils.encoding import iri_to_uri

from bench.load import READER

HEADERS = {"User-Agent": READER, "Accept-Language": "en"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get_content_type()

    @property
    def text(self) -> str:
        return self.body.decode()


class _KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_KeepRedirects)


def get(address: str, **headers: str) -> Answer:
    """What is answered, refusals and redirects too."""
    request = urllib.request.Request(iri_to_uri(address), headers=HEADERS | headers)
    try:
        answer = _opener.open(request, timeout=60)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        return Answer(answer.status, answer.headers, answer.read())
