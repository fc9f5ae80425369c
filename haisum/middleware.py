"""What is answered before Django's own work begins: stored pictures, and requests too large."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseNotFound,
    HttpResponseNotModified,
)

from news import errors

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Names as `news/pictures.py` gives them; nothing else below the media folder is sent.
_PICTURE = re.compile(r"pictures/[0-9]{4}/[0-9a-f]{32}(?:-[0-9]{1,5})?\.(avif|webp|jpg|png)")
_TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}


def media(get_response: GetResponse) -> GetResponse:
    """Stored pictures. A name never stands for another picture, so browsers keep them for good."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(settings.MEDIA_URL):
            return get_response(request)
        name = request.path_info.removeprefix(settings.MEDIA_URL)
        if not (found := _PICTURE.fullmatch(name)):
            return HttpResponseNotFound()
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return _kept_for_good(_picture(request, name, _TYPES[found[1]]), name)

    return middleware


def request_size(get_response: GetResponse) -> GetResponse:
    """Refuses what is too large by its declared length, before any of it is read."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        # Python turns no more than 4,300 digits into a number.
        if declared.isdecimal() and int(declared[:99]) > settings.REQUEST_MAX_BYTES:
            return errors.too_large(request)
        return get_response(request)

    return middleware


def _picture(request: HttpRequest, name: str, content_type: str) -> HttpResponseBase:
    if request.headers.get("If-None-Match") == f'"{name}"':
        return HttpResponseNotModified()
    try:
        return FileResponse(default_storage.open(name), content_type=content_type)
    except (FileNotFoundError, IsADirectoryError):
        return HttpResponseNotFound()


def _kept_for_good(response: HttpResponseBase, name: str) -> HttpResponseBase:
    if response.status_code in (200, 304):
        response["Cache-Control"] = "public, max-age=31536000, immutable"
        response["ETag"] = f'"{name}"'
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
