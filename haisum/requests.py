"""What the newsroom's operators may know of a request: which, of what kind, for whom, how long.

No more than that: no address, no name, no search words.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path

from haisum.proxies import address_in

# What metrics and logs call them, and the views that answer them. A view is called by its name, or
# by where it is defined.
KINDS = {
    "article": ("news:article",),
    "list": (
        *("news:home", "news:list", "news:category", "news:tag", "news:archive", "news:related"),
    ),
    "page": ("news:page",),
    "search": ("news:search", "news:titles"),
    "feed": ("news:feed", "news:atom", "news:category_feed", "news:category_atom"),
    "sitemap": ("sitemap", "sitemap_part", "news_sitemap", "news.views.robots"),
    "preview": ("news:preview", "news:preview_link", "news:page_preview"),
    "probe": ("healthz", "readyz", "metrics"),
    "icon": ("news.views.icon", "news:qr"),
    "admin": (),  # These three by their folders.
    "media": (),
    "static": (),
    "other": ("news.views.root",),  # Above all what there is not, and addresses of the old site.
}
_OF_VIEWS = {view: kind for kind, views in KINDS.items() for view in views}
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")

# Each looks at a character once or twice, however long a text is that somebody made up.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.+@-]+")
_QUERY = re.compile(r"(?<=[\w/])\?[\w%.+-]+=[^\s\"'<>)]*")
# Whoever has the rest of such an address gets in with it, be it spelled wrongly here.
_DOORS = re.compile(r"(/admin/reset|/news/preview/link)/(?!done/)[^\s\"'<>]+")
_LONGEST = 16 * 1024  # Of a text in the log, a long traceback's both ends.

Environ = dict[str, Any]

REQUEST = "haisum.request"  # Where in the environ Django's request is found, if it came so far,
ID = "haisum.id"  # and its number, once somebody asked for it.


def kind_of(view: str, path: str) -> str:
    if kind := _OF_VIEWS.get(view):
        return kind
    folders = {"/admin/": "admin", settings.MEDIA_URL: "media", settings.STATIC_URL: "static"}
    return next((kind for folder, kind in folders.items() if path.startswith(folder)), "other")


def view_of(environ: Environ) -> str:
    """The name of the view that answered, if one did."""
    match = REQUEST in environ and environ[REQUEST].resolver_match
    return match.view_name if match else ""


class Asked:
    """A request that is being answered, by what its server said of it."""

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.request: HttpRequest | None = environ.get(REQUEST)

    @property
    def id(self) -> str:
        """By it the lines of a request are found: the proxy's, or made up when it is wanted."""
        if ID not in self.environ:
            is_trusted = settings.SECURE_PROXY_SSL_HEADER is not None
            given = self.environ.get("HTTP_X_REQUEST_ID", "") if is_trusted else ""
            self.environ[ID] = given if _SANE.fullmatch(given) else uuid4().hex
        return self.environ[ID]

    @property
    def user(self) -> int | None:
        """The number of who is signed in, if that was looked up anyway."""
        return getattr(getattr(self.request, "_cached_user", None), "pk", None)

    @property
    def path(self) -> str:
        """Without its query, and without what opens doors."""
        return without_personal_data(escape_uri_path(get_path_info(self.environ)))


_current: ContextVar[Environ | None] = ContextVar("environ", default=None)
begin = _current.set
end = _current.reset


def current() -> Asked | None:
    """The request that this thread answers."""
    environ = _current.get()
    return None if environ is None else Asked(environ)


def without_personal_data(text: str) -> str:
    """Without where the visitor is, what only they should know, and e-mails."""
    if environ := _current.get():
        for address in {str(environ.get("REMOTE_ADDR", "")), address_in(environ)} - {""}:
            text = text.replace(address, "***")
    text = _QUERY.sub("", _EMAIL.sub("***", _DOORS.sub(r"\1/***", text)))
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"
    return text
