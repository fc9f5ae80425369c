"""The naive site: `startproject`, one application, persistent connections."""

from __future__ import annotations

import os

from bench.sites import startproject

globals().update(startproject.SETTINGS)

INSTALLED_APPS = [*startproject.SETTINGS["INSTALLED_APPS"], "bench.sites.naive"]
if os.environ.get("CACHED"):
    MIDDLEWARE = startproject.cached(startproject.SETTINGS["MIDDLEWARE"])
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ROOT_URLCONF = "bench.sites.naive.urls"
DATABASES = {"default": startproject.database(os.environ["DATABASE_URL"])}
