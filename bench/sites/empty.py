"""An empty Django view, behind the middleware of a project just made by `startproject`."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from bench.sites import startproject

PAGE = Path(os.environ["PAGE"]).read_bytes()

settings.configure(
    **startproject.SETTINGS,
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


urlpatterns = [path("", constant)]

application = get_wsgi_application()
