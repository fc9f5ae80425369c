"""Stored pictures and files, answered before Django's own work begins."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseNotFound,
    HttpResponseNotModified,
)
from django.utils.http import content_disposition_header, parse_etags

from news.downloads import name_for_readers

GetResponse = Callable[[HttpRequest], HttpResponseBase]

logger = logging.getLogger(__name__)

# Names as `news/library.py` gives them; nothing else below the media folder is sent.
_RANDOM = "[0-9]{4}/[0-9a-f]{32}"
_PICTURE = re.compile(rf"pictures/{_RANDOM}(?:-[0-9]{{1,5}})?\.(avif|webp|jpg|png)")
_FILE = re.compile(rf"attachments/{_RANDOM}\.(pdf|docx|xlsx|pptx|mp4)")
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TYPES = {
    "avif": "image/avif",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "png": "image/png",
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "mp4": "video/mp4",
}
_SHOWN = ("pdf", "mp4")  # By browsers themselves.
_LOCKED = "default-src 'none'; sandbox"
# In a sandbox no browser opens its reader of PDF; a video's own page shows the video.
_POLICIES = {
    "pdf": "default-src 'none'; object-src 'self'; plugin-types application/pdf",
    "mp4": "default-src 'none'; media-src 'self'",
}
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


def media(get_response: GetResponse) -> GetResponse:
    """A name never stands for anything else, so browsers keep what they got for good."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(settings.MEDIA_URL):
            return get_response(request)
        name = request.path_info.removeprefix(settings.MEDIA_URL)
        if not (found := _PICTURE.fullmatch(name) or _FILE.fullmatch(name)):
            return HttpResponseNotFound()
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            response = _answer(request, name, found[1])
        except OSError as error:
            logger.warning("%s cannot be read: %s", name, error)
            response = HttpResponse(status=503, headers={"Retry-After": "30"})
            response._has_been_logged = True  # type: ignore[attr-defined]
            return response
        return _kept_for_good(response, name, found[1])

    return middleware


def _answer(request: HttpRequest, name: str, extension: str) -> HttpResponseBase:
    if _is_known(request, name):
        return HttpResponseNotModified()
    try:
        file = default_storage.open(name)
    except (FileNotFoundError, IsADirectoryError):
        return HttpResponseNotFound()
    begin, end = _asked_for(request, name, file.size)
    if begin >= end > 0:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    if _is_left_to_proxy():
        file.close()
        response = _left_to_proxy(name, begin, end, file.size)
    else:
        response = _sent(file, begin, end)
    is_file, is_shown = _FILE.fullmatch(name) is not None, extension in _SHOWN
    # A player asks for many parts, and saves none of them.
    is_named = is_file and not (is_shown and "Range" in request.headers)
    called = name_for_readers(name) if is_named else ""
    response["Content-Type"] = _TYPES[extension]
    if disposition := content_disposition_header(is_file and not is_shown, called):
        response["Content-Disposition"] = disposition
    return response


def _is_left_to_proxy() -> bool:
    """Only a folder can be read by the proxy too."""
    return settings.MEDIA_BY_PROXY and isinstance(default_storage, FileSystemStorage)


def _left_to_proxy(name: str, begin: int, end: int, size: int) -> HttpResponseBase:
    """Nothing but which file, and which part of it: a slow reader keeps no thread of ours.

    The second header is of our own making. A proxy that does not know it makes up its own mind
    about what the reader has asked for.
    """
    part = f"bytes={begin}-{end - 1}" if end - begin < size else ""
    # Of letters that need no encoding: see the names above.
    return HttpResponse(headers={"X-Accel-Redirect": f"/{name}", "X-Accel-Range": part})


def _sent(file: File, begin: int, end: int) -> HttpResponseBase:
    response = _Pieces(_Part(file, begin, end))
    response["Content-Length"] = end - begin
    if end - begin < file.size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {begin}-{end - 1}/{file.size}"
    return response


def _is_known(request: HttpRequest, name: str) -> bool:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if known == ["*"]:
        return default_storage.exists(name)
    return any(tag.removeprefix("W/") == f'"{name}"' for tag in known)


def _asked_for(request: HttpRequest, name: str, size: int) -> tuple[int, int]:
    """From which byte on, and up to which. All of them unless it is one part that is asked for, of
    this very file: several at once may be refused, and are nothing that browsers ask for."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "")) if request.method == "GET" else None
    if not asked or request.headers.get("If-Range", f'"{name}"') != f'"{name}"':
        return 0, size
    first, last = asked.groups()
    if first:
        end = min(int(last) + 1, size) if last else size
        return (int(first), end) if not last or int(first) <= int(last) else (0, size)
    return (max(0, size - int(last)), size) if last else (0, size)


class _Pieces(FileResponse):
    block_size = 128 * 1024


class _Part:
    """Some of a file, read while it is sent."""

    def __init__(self, file: File, begin: int, end: int) -> None:
        file.seek(begin)
        self._file, self._left = file, end - begin

    def read(self, size: int) -> bytes:
        piece = self._file.read(min(size, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


def _kept_for_good(response: HttpResponseBase, name: str, extension: str) -> HttpResponseBase:
    if response.status_code in (200, 206, 304):
        response["Cache-Control"] = "public, max-age=31536000, immutable"
        response["ETag"] = f'"{name}"'
        response["Accept-Ranges"] = "bytes"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = _POLICIES.get(extension, _LOCKED)
    return response
