"""How log lines are written, and who is told of errors.

No line says who a visitor is: addresses, e-mails, queries and secret parts of addresses are left
out of whatever anybody logs, tracebacks included.
"""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import mail_admins

from haisum import requests
from haisum.requests import Asked, without_personal_data

_MAIL_SECONDS = 300.0  # A night of errors is not a night of e-mails.

logger = logging.getLogger(__name__)
_access = logging.getLogger("haisum.access")


def configuration(as_json: bool, tells_admins: bool) -> dict[str, Any]:
    """To standard output, for whoever runs the process."""
    handlers: dict[str, Any] = {
        "stdout": {"class": "logging.StreamHandler", "formatter": "json" if as_json else "line"}
    }
    if tells_admins:
        handlers["mail"] = {"class": "haisum.logs.ErrorMail", "level": "ERROR", "formatter": "line"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "haisum.logs.Line",
                "format": "{asctime} {levelname} {name} {message}",
                "style": "{",
            },
            "json": {"()": "haisum.logs.Json"},
        },
        "handlers": handlers,
        "root": {"handlers": [*handlers], "level": "WARNING"},
        "loggers": {
            "haisum": {"level": "INFO"},
            "news": {"level": "INFO"},
            "django": {"handlers": []},  # Its own would tell administrators more than ours.
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # Whoever scans makes them up.
            "django.request": {"level": "ERROR"},  # A line for each 404 would drown the others.
            "axes": {"level": "ERROR"},  # It names who and from where; we say only that.
        },
    }


def note(asked: Asked, kind: str, status: str, seconds: float) -> None:
    """A line for a request that was answered."""
    method, number = asked.environ["REQUEST_METHOD"], int(status[:3])
    facts = {"kind": kind, "status": number, "seconds": round(seconds, 6)}
    _access.info("%s %s %d %.1f ms", method, asked.path, number, 1000 * seconds, extra=facts)


def on_locked_out(**_: Any) -> None:
    logger.warning("Signing in is locked for somebody who failed too often")


class Line(logging.Formatter):
    """For people."""

    def format(self, record: logging.LogRecord) -> str:
        return without_personal_data(super().format(record))


class Json(logging.Formatter):
    """For programs: one object a line."""

    FACTS = ("kind", "status", "seconds")

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        said: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_personal_data(record.getMessage()),
        }
        if asked := requests.current():
            said |= {"request": asked.id, "path": asked.path}
            if asked.user is not None:
                said["user"] = asked.user
        said |= {name: getattr(record, name) for name in self.FACTS if hasattr(record, name)}
        if record.exc_info:
            said["error"] = without_personal_data(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False, default=str)


class ErrorMail(logging.Handler):
    """Tells the site's ADMINS, at most once in five minutes; nobody waits for the mail server."""

    _next = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _MAIL_SECONDS
        subject = without_personal_data(record.getMessage()).replace("\n", " ")[:100]
        text = self.format(record)
        if asked := requests.current():
            text += f"\n\nRequest {asked.id}\nPath {asked.path}\nUser {asked.user or '-'}\n"
        Thread(target=_mail, args=(subject, text), name="error mail").start()


def _mail(subject: str, text: str) -> None:
    try:
        mail_admins(subject, text)
    except Exception as error:  # The line itself is in the log.
        logger.warning("The administrators could not be told by e-mail: %r", error)


def start_sentry(dsn: str, release: str) -> None:
    """Errors alone, without anything about who met them."""
    try:
        import sentry_sdk
    except ImportError:
        raise ImproperlyConfigured(
            "SENTRY_DSN must have sentry-sdk: pip install --requirement requirements/full.txt."
        ) from None
    try:
        sentry_sdk.init(
            dsn=dsn,
            release=release,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            before_send=_for_sentry,
        )
    except (ValueError, sentry_sdk.utils.BadDsn) as error:
        raise ImproperlyConfigured(
            f"SENTRY_DSN must be an address as Sentry gives it ({error})."
        ) from None


def _for_sentry(event: Any, _hint: Any) -> Any:
    """Of the request its method and path; of the texts what a log line may say."""
    asked = requests.current()
    for part in ("user", "request", "extra"):  # The last may be a whole request, or our arguments.
        event.pop(part, None)
    if path := event.get("transaction"):  # Where no view was found for it.
        event["transaction"] = without_personal_data(path)
    if asked:
        event["request"] = {"method": asked.environ["REQUEST_METHOD"], "url": asked.path}
        event["tags"] = {"request": asked.id}
    for error in event.get("exception", {}).get("values", []):
        error["value"] = without_personal_data(str(error.get("value") or ""))
    if "logentry" in event:
        said = event["logentry"]
        event["logentry"] = {
            "message": without_personal_data(said.get("formatted") or said["message"])
        }
    return event
