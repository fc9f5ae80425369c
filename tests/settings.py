"""Settings of the tests: the real ones, with a fixed environment and scratch files and database.

TEST_DATABASE chooses between `sqlite` (unless told) and `postgresql`; the latter starts a server of
its own, or uses the one that TEST_DATABASE_URL names.
"""

import os

from tests import scratch

os.environ |= {
    "ENV_FILE": os.devnull,  # Not the developer's own.
    "DEBUG": "false",
    "SECRET_KEY": "only-for-tests-" + "0" * 50,
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "CSRF_TRUSTED_ORIGINS": "",
    "HTTPS": "false",
    "BEHIND_PROXY": "false",
    "MEDIA_BY_PROXY": "false",
    "TIME_ZONE": "Asia/Shanghai",
    "LANGUAGES": "en,zh-hans",
    "DATABASE_URL": scratch.database_url(),
    "MIGRATE_DATABASE_URL": "",
    "STATIC_ROOT": str(scratch.folder("static")),
    "MEDIA_ROOT": str(scratch.folder("media")),
    "BACKUP_ROOT": str(scratch.folder("backups")),
    "BACKUP_NAME": "newsroom",
    "BACKUP_S3_BUCKET": "",
    "PG_BIN": scratch.client_programs(),
}

from haisum.settings import *  # noqa: F403
from haisum.settings import DATABASES, STORAGES

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file: threads do not share an in-memory database.
    DATABASES["default"]["TEST"] = {"NAME": str(scratch.folder() / "test.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Fast.
# The real storage refuses names that no collectstatic has seen.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
AXES_ENABLED = False  # Tests sign in without a request, which axes does not accept.
