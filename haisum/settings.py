"""Every setting of the newsroom.

`.env.example` lists the variables, one line each. A missing or wrong one stops the process with a
sentence that names it; nothing unsafe is ever assumed.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import EnvError

import haisum
from haisum import databases, logs, production
from haisum.environment import bucket, choice, env, load, number, optional, required, switch

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

load(BASE_DIR / ".env")

# --- Process ---------------------------------------------------------------------------------

DEBUG = switch("DEBUG", False)
if DEBUG:
    SECRET_KEY = env.str("SECRET_KEY", "") or "only-for-development-" + "0" * 40
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
else:
    SECRET_KEY = required("SECRET_KEY", env.str, "a random text of 50 characters or more")
    ALLOWED_HOSTS = required(
        "ALLOWED_HOSTS", env.list, "the site's host names, such as news.example.com,www.example.com"
    )

# Read by haisum/serve.py. Threads mostly wait, for the database and for slow readers' requests.
WEB_WORKERS = number("WEB_WORKERS", 2, least=1)
WEB_THREADS = number("WEB_THREADS", 16, least=1)
DRAIN_SECONDS = number("DRAIN_SECONDS", 0)
# Of each worker: they share nothing but the database. While templates change, none is kept.
PAGE_CACHE_BYTES = 1024**2 * number("PAGE_CACHE_MIB", 0 if DEBUG else 64)

# --- HTTPS: on unless the site is only tried on one machine -----------------------------------

HTTPS = switch("HTTPS", not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # Probes speak plain HTTP.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
BEHIND_PROXY = switch("BEHIND_PROXY", False)
IS_REACHABLE = HTTPS or BEHIND_PROXY  # By others: then nothing unsafe is let pass.
if BEHIND_PROXY:
    # Only behind a proxy that sets this header itself: anybody else could claim HTTPS with it.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_FAILURE_VIEW = "news.errors.csrf_failure"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "media-src": [SELF],
        "img-src": [SELF, "data:"],  # Django admin's own style sheets carry data: icons.
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- Applications ----------------------------------------------------------------------------

INSTALLED_APPS = [
    "haisum.admin.HaisumAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "ckeditor",
    "news",  # After auth: its permissions must exist when news gives them to groups.
]

MIDDLEWARE = [
    "haisum.observed.noted",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "haisum.media.media",
    "haisum.middleware.request_size",
    "csp.middleware.CSPMiddleware",
    "haisum.middleware.probes",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "haisum.urls"
WSGI_APPLICATION = "haisum.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "news.context.frame",
            ],
        },
    },
]

# --- Database --------------------------------------------------------------------------------

_address = "a database address such as postgres://user:password@host:5432/name"
_database = (
    required("DATABASE_URL", env.dj_db_url, _address)
    if IS_REACHABLE  # SQLite too then, so that nobody starts with an empty one by mistake.
    else optional(
        "DATABASE_URL", env.dj_db_url, f"sqlite:///{VAR_DIR / 'newsroom.sqlite3'}", _address
    )
)
if password := env.str("DATABASE_PASSWORD", ""):  # Apart, so that it can be a file of its own.
    _database["PASSWORD"] = password
# The address leads to a pooler that lends a session for one transaction, as PgBouncer can.
DATABASE_POOLED = switch("DATABASE_POOLED", False)
SYNCHRONOUS_COMMIT = choice("SYNCHRONOUS_COMMIT", "on", "local", "off")
DATABASES = {
    "default": databases.configured(_database, is_pooled=DATABASE_POOLED, commit=SYNCHRONOUS_COMMIT)
}

# For `migrate` and `backup`: the way past a pooler, which would share a session's locks, limits
# and snapshots out.
MIGRATE_DATABASE = {}
if env.str("MIGRATE_DATABASE_URL", ""):
    MIGRATE_DATABASE = required("MIGRATE_DATABASE_URL", env.dj_db_url, "a database address")
MIGRATE_LOCK_MILLISECONDS = number("MIGRATE_LOCK_MILLISECONDS", 500, least=1)
MIGRATE_STATEMENT_SECONDS = number("MIGRATE_STATEMENT_SECONDS", 900)
MIGRATE_TRIES = number("MIGRATE_TRIES", 90, least=1)

# --- Signing in ------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "haisum.proxies.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LOGIN_URL = "admin:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- E-mail ----------------------------------------------------------------------------------


def _mail_server(name: str, default: str) -> dict:
    found = env.dj_email_url(name, default)
    if "EMAIL_BACKEND" not in found:
        raise EnvError("it begins with submission://, smtp:// or console://")
    return found


_mail = optional(
    "EMAIL_URL",
    _mail_server,
    "console://",
    "a mail server such as submission://user:password@mail.example.com",
)
# A server that does not answer holds whoever waits for it no longer than this.
globals().update(_mail | {"EMAIL_TIMEOUT": _mail["EMAIL_TIMEOUT"] or 10})
# Without a server e-mails are written to standard output: nothing is lost, nobody waits in vain.
HAS_MAIL_SERVER = "smtp" in _mail["EMAIL_BACKEND"]
DEFAULT_FROM_EMAIL = (
    required("DEFAULT_FROM_EMAIL", env.str, "the address that e-mails come from")
    if HAS_MAIL_SERVER
    else env.str("DEFAULT_FROM_EMAIL", "newsroom@localhost")
)
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # Of the links in e-mails, invitations too.

# --- Languages and time ----------------------------------------------------------------------

# The first is what readers get whose browser asks for none of them.
_codes = optional("LANGUAGES", env.list, ["en", "zh-hans"], "language codes such as en,zh-hans,fr")
if not _codes or any("name" not in LANG_INFO.get(code, {}) for code in _codes):
    raise ImproperlyConfigured(
        f"LANGUAGES must be codes that Django knows, such as en,zh-hans,fr, not {_codes}."
    )
LANGUAGE_CODE = _codes[0]
# As Django names them, but for our own two.
_names = {code: _(LANG_INFO[code]["name"]) for code in _codes}
_names |= {"en": _("English"), "zh-hans": _("Chinese")}
LANGUAGES = [(code, _names[code]) for code in _codes]
LOCALE_PATHS = [BASE_DIR / "haisum" / "locale"]
USE_I18N = True
USE_TZ = True
# The one time zone of the site: its days, its schedules, its imported dates.
TIME_ZONE = env.str("TIME_ZONE", "Asia/Shanghai")
try:
    ZoneInfo(TIME_ZONE)
except (KeyError, ValueError, OSError):
    raise ImproperlyConfigured(
        f"TIME_ZONE must be a name such as Asia/Shanghai, not {TIME_ZONE!r}."
    ) from None

# --- Static files, media, rich text ----------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", "") or VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", "") or VAR_DIR / "media")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "haisum.staticfiles.HashedStaticFiles"
    },
}
if media_bucket := bucket("MEDIA_S3"):  # Of all machines, instead of each one's folder.
    STORAGES["default"] = media_bucket
# The proxy in front sends what X-Accel-Redirect names.
MEDIA_BY_PROXY = switch("MEDIA_BY_PROXY", False)
FILE_UPLOAD_PERMISSIONS = 0o644  # The proxy runs as somebody else, and reads them.
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755
PICTURE_MAX_BYTES = 20 * 1024 * 1024
PICTURE_MAX_PIXELS = 50_000_000  # 8,660 x 5,774: larger than any camera the newsroom uses.
DOCUMENT_MAX_BYTES = 50 * 1024 * 1024
VIDEO_MAX_BYTES = 200 * 1024 * 1024
# Of one request: a picture, or an article with the pictures that were pasted into it. A proxy in
# front must let as much through, for its own refusal says nothing that staff understand.
REQUEST_MAX_BYTES = PICTURE_MAX_BYTES + 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = REQUEST_MAX_BYTES
# Only a file for the library may be larger, at the address that takes those.
FILE_MAX_BYTES = max(DOCUMENT_MAX_BYTES, VIDEO_MAX_BYTES)

SILENCED_SYSTEM_CHECKS = [
    # CKEditor 4 has known holes. It runs in the admin form alone, for signed-in staff, and what it
    # sends is cleaned on the server at every save (news/sanitize.py), whatever the browser did.
    "ckeditor.W001",
]

# --- Backup ----------------------------------------------------------------------------------

BACKUP_ROOT = Path(env.str("BACKUP_ROOT", "") or VAR_DIR / "backups")
# Of the site, among others whose archives lie in the same place.
_site = env.str("BACKUP_NAME", "") or next(iter(ALLOWED_HOSTS), "")
RELEASE = haisum.__version__  # As archives, /metrics and Sentry call it.
BACKUP_NAME = re.sub(r"[^a-zA-Z0-9.]+", "-", _site).strip(".-") or "newsroom"
PG_BIN = env.str("PG_BIN", "")
if backup_bucket := bucket("BACKUP_S3"):
    backup_bucket["OPTIONS"] |= {"read_timeout": 60, "attempts": 6}  # No reader waits.
    STORAGES["backups"] = backup_bucket

# --- What operators see -----------------------------------------------------------------------

ACCESS_LOG = switch("ACCESS_LOG", False)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
_admins: list[str] = env.list("ADMINS", [])
ADMINS = [("", address) for address in _admins]  # Are told of errors.
SERVER_EMAIL = DEFAULT_FROM_EMAIL
LOGGING = logs.configuration(as_json=switch("LOG_JSON", HTTPS), tells_admins=bool(ADMINS))
if SENTRY_DSN := env.str("SENTRY_DSN", ""):
    logs.start_sentry(SENTRY_DSN, RELEASE)

CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
if not all(urlsplit(origin).scheme in ("http", "https") for origin in CSRF_TRUSTED_ORIGINS):
    raise ImproperlyConfigured(
        "CSRF_TRUSTED_ORIGINS must be addresses such as https://desk.example.com, with commas."
    )

production.refuse_unsafe(globals())
