"""The web server: `python -m haisum.serve`, for the demo, for production and for the container."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from tempfile import TemporaryDirectory

import django
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from haisum import draining, health
from haisum.checks import TAG

# What a container's manager leaves between asking and killing is ten seconds.
STOP_SECONDS = 8

logger = logging.getLogger("haisum.serve")  # Started with -m, the module has another name.


def main() -> None:
    arguments = _arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "haisum.settings")
    # Workers share what was loaded, and the flag of haisum/draining.py. Python 3.14 would not fork.
    multiprocessing.set_start_method("fork", force=True)
    try:
        django.setup()
        address = _free_address(arguments.host, arguments.port)
        _require_settings_that_agree()
        _require_static_files()
        _require_media()
        _require_migrations()
        _require_own_passwords()
    except (ImproperlyConfigured, NotReady) as error:
        sys.exit(str(error))
    load_application()
    if not settings.METRICS_TOKEN:
        return _serve(address, arguments.port, None)
    with TemporaryDirectory(prefix="newsroom-metrics-") as folder:
        return _serve(address, arguments.port, Path(folder))


def _serve(address: str, port: int, books: Path | None) -> None:
    logger.info(
        "Serving http://%s:%s with %s x %s threads",
        f"[{address}]" if ":" in address else address,
        port,
        settings.WEB_WORKERS,
        settings.WEB_THREADS,
    )
    _server(address, port).serve(target_loader=partial(worker, books), wrap_loader=False)


class NotReady(Exception):
    """Why the newsroom cannot be served, in a sentence for the operator."""


def worker(books: Path | None) -> Callable:
    """What each worker process calls first, and then serves.

    Ctrl-C in a terminal reaches the workers too, before the server asks them to stop, and granian
    2.8 can hang when it is asked twice. So they leave it to the server.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    from haisum import metrics
    from news import browsing

    if books:
        metrics.share(books)
    # The tally of refusals: a forked process ends without calling what `atexit` knows.
    Finalize(None, lambda: browsing.turnstile.close(), exitpriority=10)
    return load_application()


def load_application() -> Callable:
    """Loaded before workers are forked, it is shared by them, and a new one starts at once."""
    from haisum.wsgi import application

    return application


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m haisum.serve", description="Serve the site.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (%(default)s)")
    parser.add_argument("--port", default=8000, type=_port, help="(%(default)s)")
    return parser.parse_args()


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"port must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _free_address(host: str, port: int) -> str:
    """The host's address, if nobody listens there: granian itself would share the port."""
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except UnicodeError:
        raise NotReady(f"Cannot listen at {host}: that is no host name.") from None
    except OSError as error:
        raise NotReady(f"Cannot listen at {host}, port {port}: {error.strerror}.") from None
    return str(address[0])


def _require_settings_that_agree() -> None:
    for fault in run_checks(tags=[TAG], include_deployment_checks=True):
        said = f"{fault.id}: {fault.msg} {fault.hint}"
        if fault.is_silenced():
            continue
        if fault.is_serious():
            raise NotReady(said)
        logger.warning(said)


def _require_static_files() -> None:
    if not settings.DEBUG and not (settings.STATIC_ROOT / "staticfiles.json").exists():
        raise NotReady("The static files are missing; run: python manage.py collectstatic")


def _require_media() -> None:
    """Of another store than a folder `/readyz` says it: workers would share its connections."""
    if isinstance(default_storage, FileSystemStorage) and not health.has_media():
        raise NotReady(
            f"MEDIA_ROOT must be a folder that can be written to: {settings.MEDIA_ROOT}."
        )


def _require_migrations() -> None:
    """A database that is behind is not served. One that is ahead is: by the release before, while
    the next one takes over, or again if that one disappoints."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        # The site answers with its page for this, and recovers by itself.
        logger.warning("The database cannot be reached: %s", " ".join(str(error).split()))
        return
    finally:
        connection.close()  # Workers are forked from this process and must not share it.
    if missing:
        raise NotReady("The database is not up to date; run: python manage.py migrate")


def _require_own_passwords() -> None:
    """Where others can reach the site, nobody gets in with a password of our own source."""
    if not settings.IS_REACHABLE:
        return
    from news.demo import staff

    try:
        open_to_all = staff.with_known_passwords()
    except DatabaseError:  # Away, which was said already.
        return
    finally:
        connection.close()
    if open_to_all:
        raise NotReady(
            f"Anybody can sign in as {', '.join(open_to_all)}: the password is published. "
            f"Set another one of each; run: python manage.py changepassword {open_to_all[0]}"
        )


class _Server(MPServer):
    def shutdown(self, exit_code: int = 0) -> None:
        """Goes on answering until the proxy, which asks `/healthz`, knows that it is to ask others.
        Before, it gets to know those that were started just now."""
        if self.interrupt_signal:
            time.sleep(settings.DRAIN_SECONDS / 2)
            draining.begin()
            time.sleep(settings.DRAIN_SECONDS / 2)
        super().shutdown(exit_code)


def _server(address: str, port: int) -> MPServer:
    return _Server(
        target="haisum.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.WEB_WORKERS,
        blocking_threads=settings.WEB_THREADS,
        blocking_threads_idle_timeout=600,  # The longest: a new thread needs a new connection.
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        # Below, it warns of thread counts that suit programs which never wait for a database.
        log_level=LogLevels.error,
        log_dictconfig={"loggers": {"_granian": {}}, "handlers": {}},  # Through ours.
    )


if __name__ == "__main__":
    main()
