"""The WSGI application that granian serves."""

import os
import threading
from contextlib import suppress

from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "haisum.settings")

django = get_wsgi_application()  # First: what follows needs Django set up.

from news.pagecache import PageCache  # noqa: E402

application = PageCache(django)

_thread = threading.local()


class _LastOne:
    """Goes with its thread, and closes the thread's connection to the database.

    The server ends threads that had nothing to do for a while; Django would leave their persistent
    connections open until Python happens to collect garbage.
    """

    def __init__(self, connection):
        self.connection = connection

    def __del__(self):
        with suppress(Exception):
            self.connection.close()


def _close_with_thread(connection, **_):
    if getattr(_thread, "last_one", None) is None:
        _thread.last_one = _LastOne(connection)


connection_created.connect(_close_with_thread)
