"""The page cache: stands between the server and Django and keeps finished public pages.

A page is true while its edition lasts, and every request asks the database whether it does. The
question also counts the view, so an article's page leaves only after its view is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.dispatch import Signal
from django.utils.http import parse_etags

from news import browsing, edition
from news.browsing import DatabaseAway
from news.models import Refusal
from news.models.addresses import page_at
from news.publicpages import MADE, Made
from news.shelf import Page, Shelf

Environ = dict[str, Any]

ASKED = "news.asked"  # Where in the environ a request for a public page is described.
page_kept = Signal()  # Sent with the `shelf`.

NO_NUMBER = "–"
LONGEST_PATH = 300  # Three times what any public page's address has.
RENDERS = 3  # When pages are out of date before they are finished, the last is sent all the same.


@dataclass
class Asked:
    """A request for a public page, and how it was answered, for whoever keeps figures."""

    environ: Environ
    key: Hashable
    keeps: bool  # Whether its page is for everybody, so that it may come from the shelf.
    view: str = ""  # Which made the page; none, if it is no public one.
    is_made: bool = False  # The page had to be, for this request.
    is_counted: bool = False  # As a reader's view of an article.


@dataclass
class _Render:
    """A page that is being made, and who waits for it."""

    done: threading.Event = field(default_factory=threading.Event)
    page: Page | None = None


class PageCache:
    """The WSGI application that is served: Django's, with its public pages kept."""

    def __init__(self, django: Callable[..., Iterable[bytes]]) -> None:
        self._django = django
        self._shelf: Shelf[Page] = Shelf(settings.PAGE_CACHE_BYTES)
        self._renders: dict[Hashable, _Render] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if (key := self._key(environ)) is None:
            return self._django(environ, start_response)
        asked = environ[ASKED] = Asked(environ, key, _is_for_everybody(environ))
        fault = None
        try:
            page, number = self._true_page(asked)
        except DatabaseAway:
            page, number = self._page_while_away(asked)
            fault = Refusal.AWAY
        refusal = None if page.article_id is None else _refusal(asked, page) or fault
        asked.view = page.view
        asked.is_counted = page.article_id is not None and refusal is None
        if refusal:
            browsing.turnstile.refuse(refusal)
            if refusal == Refusal.SPECULATIVE:
                page, number = ASK_AGAIN, ""
        return _send(page, number, environ, start_response)

    def _key(self, environ: Environ) -> Hashable | None:
        """What tells pages apart, beside their edition; None for what is no public page."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        key = (_scheme(environ), environ.get("HTTP_HOST"), environ["PATH_INFO"])
        query = environ.get("QUERY_STRING")
        if not query and self._shelf.get(key):
            return key
        path = get_path_info(environ)
        if len(path) > LONGEST_PATH or (declared := _declared_parameters(path)) is None:
            return None
        # What the page does not read is dropped for Django too. Of several, Django reads the last.
        known = {name: value for name, value in parse_qsl(query or "", True) if name in declared}
        environ["QUERY_STRING"] = urlencode(known)
        return (*key, *sorted(known.items()))

    def _true_page(self, asked: Asked) -> tuple[Page, str]:
        """A page that was true after the request came, and the number in it, counted by now."""
        page = self._shelf.get(asked.key) if asked.keeps else None
        if page is None:
            # What stood a moment ago will do to make a page: whether it still does is asked below.
            known = browsing.turnstile.known()
            page = self._made(asked, known or browsing.turnstile.ask().standing)
        answer = _ask(asked, page, page.edition)
        renders = 1
        while not answer.is_current:
            if renders < RENDERS:
                page, renders = self._made(asked, answer.standing), renders + 1
            answer = _ask(asked, page, answer.standing.number)
        return page, "" if answer.number is None else str(answer.number)

    def _made(self, asked: Asked, standing: edition.Standing) -> Page:
        """The page of an edition, made once however many ask for it at the same time."""
        if not asked.keeps:
            return self._render(asked, standing)
        with self._lock:
            page = self._shelf.get(asked.key)
            if page is not None and page.edition == standing.number:
                return page
            render = self._renders.get((asked.key, standing.number))
            if leads := render is None:
                render = self._renders[asked.key, standing.number] = _Render()
        if not leads:
            render.done.wait()
            return render.page or self._render(asked, standing)
        try:
            page = self._render(asked, standing)
            if not (page.sets_cookie or page.by_staff):
                render.page = page
                # Without a shelf its size, which is known when it is zipped, does not matter.
                if page.is_public and self._shelf.room:
                    self._shelf.put(asked.key, page, page.size)
                    page_kept.send(PageCache, shelf=self._shelf)
            return page
        finally:
            with self._lock:
                del self._renders[asked.key, standing.number]
            render.done.set()

    def _render(self, asked: Asked, standing: edition.Standing | None) -> Page:
        asked.is_made = True
        made, started = Made(), []
        environ = asked.environ | {"REQUEST_METHOD": "GET", MADE: made}
        with edition.making_for(standing):
            response = self._django(environ, lambda *args: started.append(args))
            try:
                body = b"".join(response)
            finally:
                response.close()  # type: ignore[attr-defined]
        status, headers = started[0][:2]
        return Page(
            status,
            [(name, value) for name, value in headers if name.lower() != "content-length"],
            body,
            mark=browsing.NUMBER_MARK.encode(),
            edition=standing.number if standing else 0,
            is_public=made.is_public,
            view=made.view,
            article_id=made.article_id,
            by_staff=made.by_staff,
        )

    def _page_while_away(self, asked: Asked) -> tuple[Page, str]:
        """For a minute nobody can have changed anything; then Django says what is the matter."""
        standing = browsing.turnstile.stands_still()
        page = self._shelf.get(asked.key) if asked.keeps else None
        if page is None or standing is None or page.edition != standing.number:
            page = self._render(asked, None)
        return page, "" if page.article_id is None else NO_NUMBER


# To a load in advance: the browser drops it, and asks when its reader comes.
ASK_AGAIN = Page(
    "503 Service Unavailable",
    [("Content-Type", "text/plain"), ("Cache-Control", "no-store")],
    b"",
)


def _ask(asked: Asked, page: Page, number: int) -> browsing.Answer:
    """Whether edition `number` stands; if so, a reader's view of the page is counted."""
    counts = page.article_id is not None and _refusal(asked, page) is None
    return browsing.turnstile.ask(number, page.article_id, counts)


def _refusal(asked: Asked, page: Page) -> Refusal | None:
    return browsing.refusal(asked.environ, page.by_staff)


def _is_for_everybody(environ: Environ) -> bool:
    """Whether this visitor gets what all others get: nobody signed in, the site's own host name.

    Pages hold absolute addresses. Under made-up ports and what a wildcard lets in there would be
    any number of them, so those hosts' pages are made each time.
    """
    if settings.SESSION_COOKIE_NAME in environ.get("HTTP_COOKIE", ""):
        return False
    host = environ.get("HTTP_HOST", "").removesuffix(f":{environ['SERVER_PORT']}")
    return host in settings.ALLOWED_HOSTS


def _scheme(environ: Environ) -> str:
    """As Django sees it: behind a proxy by its header, if the settings trust one."""
    if settings.SECURE_PROXY_SSL_HEADER:
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        if header in environ:
            return "https" if environ[header].split(",")[0].strip() == secure else "http"
    return environ["wsgi.url_scheme"]


@lru_cache(maxsize=4096)  # A third of a millisecond, twice with Django's own look.
def _declared_parameters(path: str) -> frozenset[str] | None:
    """The query parameters that the public page at an address reads; None if there is none."""
    page = page_at(path)
    return getattr(page.func, "parameters", None) if page else None


@lru_cache(maxsize=256)
def _accepts_gzip(accept_encoding: str) -> bool:
    offers = dict(
        offer.replace(" ", "").partition(";q=")[::2] for offer in accept_encoding.lower().split(",")
    )
    quality = offers.get("gzip", offers.get("*", "0"))
    return not quality or quality.strip("0.") != ""


def _send(
    page: Page, number: str, environ: Environ, start_response: Callable[..., Any]
) -> Iterable[bytes]:
    headers = list(page.headers)
    if page.is_public and (etag := page.etag):
        headers.append(("ETag", etag))
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known and any(tag in ("*", etag, etag.removeprefix("W/")) for tag in parse_etags(known)):
            kept = [header for header in headers if header[0] != "Content-Type"]
            start_response("304 Not Modified", kept)
            return []
    if page.is_public and _accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
        headers.append(("Content-Encoding", "gzip"))
        body = page.zipped(number)
    else:
        body = page.body(number)
    headers.append(("Content-Length", str(len(body))))
    start_response(page.status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
