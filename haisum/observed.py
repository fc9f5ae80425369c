"""Around everything that answers: measures each request, and logs it if that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from haisum import logs, metrics, requests
from haisum.requests import Environ
from news.pagecache import ASKED

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class Observed:
    """The WSGI application that is served. Its time ends when the answer begins to leave.

    One or two microseconds of a kept page's 30 are spent here: nothing is made in advance.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._measures = bool(settings.METRICS_TOKEN)
        self._notes = self._measures or settings.ACCESS_LOG
        if self._measures:
            metrics.listen()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        status = "500"  # What the server answers if nobody else does.

        def start(said: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = said
            return start_response(said, headers, *rest)

        token = requests.begin(environ)
        began = perf_counter()
        try:
            return self._application(environ, start)
        finally:
            if self._notes:
                self._note(environ, status, perf_counter() - began)
            # Both know the environ: what goes round in a ring has to be searched for to be freed.
            environ.pop(ASKED, None)
            environ.pop(requests.REQUEST, None)
            requests.end(token)

    def _note(self, environ: Environ, status: str, seconds: float) -> None:
        page = environ.get(ASKED)
        view = page.view if page and page.view else requests.view_of(environ)
        kind = requests.kind_of(view, environ["PATH_INFO"])
        if self._measures:
            metrics.note(kind, status[0], page, seconds)
        if settings.ACCESS_LOG and kind != "probe":  # The proxy's, every second.
            logs.note(requests.Asked(environ), kind, status, seconds)


def noted(get_response: GetResponse) -> GetResponse:
    """Remembers Django's request. Admin's pages, and pages for errors, say by which number theirs
    is found in the log; others may be kept, by us or by browsers."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        asked = requests.current()
        if asked is None:  # Asked by Django's own test client.
            return get_response(request)
        asked.environ[requests.REQUEST] = request
        response = get_response(request)
        is_admin = requests.kind_of("", request.path_info) == "admin"
        if is_admin or response.status_code >= 500:
            response["X-Request-ID"] = asked.id
        return response

    return middleware
