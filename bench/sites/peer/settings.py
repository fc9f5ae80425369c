"""The Wagtail site's settings."""

from __future__ import annotations

import os

from bench.sites import startproject

globals().update(startproject.SETTINGS)

INSTALLED_APPS = [
    "bench.sites.peer",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "django_filters",
    "modelcluster",
    "taggit",
    *startproject.SETTINGS["INSTALLED_APPS"],
]
MIDDLEWARE = [
    *startproject.SETTINGS["MIDDLEWARE"],
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]
if os.environ.get("CACHED"):
    MIDDLEWARE = startproject.cached(MIDDLEWARE)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ROOT_URLCONF = "bench.sites.peer.urls"
DATABASES = {"default": startproject.database(os.environ["DATABASE_URL"])}
WAGTAIL_SITE_NAME = "News"
WAGTAILADMIN_BASE_URL = "http://127.0.0.1"
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
