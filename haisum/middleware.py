"""What is answered before Django's own work begins: requests that are too large, and probes."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve, reverse

from haisum.requests import KINDS
from news import errors

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def request_size(get_response: GetResponse) -> GetResponse:
    """Refuses what is too large by its declared length, before any of it is read."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        # Python turns no more than 4,300 digits into a number.
        if declared.isdecimal() and int(declared[:99]) > (most := _most(request)):
            return errors.too_large(request, most)
        return get_response(request)

    return middleware


def _most(request: HttpRequest) -> int:
    """A file for the library may be large. It is the whole request, which nothing reads before the
    view has seen who sends it; what forms send is read to look for their token."""
    is_file = request.content_type == "application/octet-stream"
    if is_file and request.path_info == reverse("admin:news_attachment_upload"):
        return settings.FILE_MAX_BYTES
    return settings.REQUEST_MAX_BYTES


def probes(get_response: GetResponse) -> GetResponse:
    """Whoever asks whether a machine is well need not know by which names the site is called."""
    paths = {reverse(name) for name in KINDS["probe"]}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in paths:
            return get_response(request)
        request.resolver_match = resolve(request.path_info)
        return request.resolver_match.func(request)

    return middleware
