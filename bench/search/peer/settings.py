"""The peer's settings: those of the Wagtail site of `make bench`, with other articles."""

from __future__ import annotations

import os

from bench.sites.peer import settings as site

globals().update({name: value for name, value in vars(site).items() if name.isupper()})

INSTALLED_APPS = ["bench.search.peer", *site.INSTALLED_APPS[1:]]
WAGTAILSEARCH_BACKENDS = {
    "default": {
        "BACKEND": "wagtail.search.backends.database",
        "SEARCH_CONFIG": os.environ["SEARCH_CONFIG"],
    }
}
