"""Web processes of one site, as far as one test process can play several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import haisum.wsgi
from news import browsing, pagecache, publicpages
from tests.conftest import Answer, Site


class Process(Site):
    """The site as one of its web processes serves it: what it keeps, no other one has.

    Must be ended, as it has a connection of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.after_render: Callable[[], Any] = lambda: None
        self._turnstile = browsing.Turnstile()
        self._cache = pagecache.PageCache(self._django)
        self._parts: publicpages.Shelf = publicpages.Shelf(publicpages.PART_BYTES)

    def request(self, *args: Any, **headers: Any) -> Answer:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(haisum.wsgi, "application", self._cache)
            patch.setattr(browsing, "turnstile", self._turnstile)
            patch.setattr(publicpages, "_parts", self._parts)
            return super().request(*args, **headers)

    def end(self) -> None:
        self._turnstile.close()

    def _django(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        answer = haisum.wsgi.django(environ, start_response)
        self.after_render()
        return answer
