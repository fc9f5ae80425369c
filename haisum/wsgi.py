"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "haisum.settings")

django = get_wsgi_application()  # First: what follows needs Django set up.

from news.pagecache import PageCache  # noqa: E402

application = PageCache(django)
