"""The WSGI application that granian serves."""

import gc
import os
from itertools import count

from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "haisum.settings")

django = get_wsgi_application()  # First: what follows needs Django set up.

from django.conf import settings  # noqa: E402

from haisum.observed import Observed  # noqa: E402
from news.pagecache import PageCache  # noqa: E402

application = Observed(PageCache(django))

_connections = count(1)


def _close_what_threads_left(**_):
    """The server ends idle threads; Django leaves their connections open until they are collected.

    Not by something that goes with its thread: closing SQLite there crashes Python 3.11.
    """
    if next(_connections) % settings.WEB_THREADS == 0:
        gc.collect()


connection_created.connect(_close_what_threads_left)
