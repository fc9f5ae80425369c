"""An earlier release at work, as far as the database sees it: its models, read and written.

`python -m tests.ops.oldrelease 0003_desk` has them from the migrations, as they were then. It says
"working" when every thread has been round once, goes on until its standard input ends, and then
prints how many rounds there were, which failed, and the longest that a statement took.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import django
from django.apps.registry import Apps
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models.fields import NOT_PROVIDED
from django.utils import timezone

THREADS = 4
ROWS = 100
ONE_ROW = {"edition", "profile", "site"}  # With key 1, as has the one user.
# What a column's kind does not say: how the newsroom's constraints have it.
MEANT: dict[str, Any] = {
    "oldaddress.path": "/old/{}",
    "previewlink.expires_at": timedelta(days=1),
    "browsingvolume.total": 1,
    "dailyviews.day": timedelta(days=1),
}
_numbers = count(1)


def of_release(name: str) -> Apps:
    return MigrationLoader(connection).project_state([("news", name)]).apps


def in_order(apps: Apps) -> list[type[models.Model]]:
    """The newsroom's models, each after those that its rows name."""
    found = {model: None for model in apps.get_models() if model._meta.app_label == "news"}
    placed: list[type[models.Model]] = []
    while found:
        for model in list(found):
            if not any(field.related_model in found for field in _keys(model)):
                placed.append(model)
                del found[model]
    return placed


def _keys(model: type[models.Model]) -> Iterator[models.ForeignKey]:
    return (
        field
        for field in model._meta.concrete_fields
        if field.remote_field and field.related_model is not model
    )


class Work:
    """What one thread does to all tables, round after round."""

    def __init__(self, apps: Apps) -> None:
        self.user = apps.get_model("auth", "User").objects.get()
        self.first = apps.get_model("news", "Article").objects.order_by("pk").first()
        self.models = in_order(apps)
        self.newest: dict[type[models.Model], models.Model] = {}

    def round(self) -> None:
        number = next(_numbers)
        with transaction.atomic():
            rows = self.write(number)
        for model in self.models:
            list(model.objects.order_by("-pk")[:5])
        for row in rows:
            row.save()
        if number % 3:
            with transaction.atomic():  # Nothing is ever without what belongs to it.
                for row in reversed(rows):
                    row.delete()

    def write(self, number: int) -> list[models.Model]:
        """A row in every table that may have many, and one of each that may not."""
        rows = [row for model in self.models if (row := self.row(model, number))]
        for row in rows:
            for field in row._meta.local_many_to_many:
                if field.remote_field.through._meta.auto_created:
                    getattr(row, field.name).add(self.newest[field.related_model])
        return rows

    def row(self, model: type[models.Model], number: int) -> models.Model | None:
        name = model._meta.model_name
        if name in ONE_ROW:
            self.newest[model] = model.objects.get_or_create(pk=1)[0]
            self.newest[model].save()
            return None
        if name == "relatedpick" and not self.first:
            return None
        values = {
            field.attname: self.value(field, number)
            for field in model._meta.concrete_fields
            if not isinstance(field, models.AutoField)
        }
        if name == "relatedpick":
            values["related_id"] = self.first.pk
        self.newest[model] = model.objects.create(**values)
        return self.newest[model]

    def value(self, field: models.Field, number: int) -> Any:
        if field.remote_field:
            related = field.related_model
            return self.newest[related].pk if related in self.newest else self.user.pk
        meant = MEANT.get(f"{field.model._meta.model_name}.{field.name}")
        if isinstance(meant, timedelta):
            start = date(2030, 1, 1) if type(field) is models.DateField else timezone.now()
            return start + meant * number
        if meant is not None:
            return meant.format(number) if isinstance(meant, str) else meant
        if field.default is not NOT_PROVIDED:
            return field.get_default()
        return None if field.null else self.of_kind(field, number)

    def of_kind(self, field: models.Field, number: int) -> Any:
        match field:
            case _ if field.choices:
                return field.choices[0][0]
            case models.DateTimeField():
                return timezone.now()
            case models.DateField():
                return date(2030, 1, 1) + timedelta(days=number)
            case models.JSONField():
                return {}
            case models.UUIDField():
                return uuid4()
            case models.BooleanField():
                return False
            case models.IntegerField():
                return number
            case models.SlugField():
                return f"slug-{number}"
            case _ if field.blank:
                return ""
        return f"x{number}"


class Traffic:
    def __init__(self, apps: Apps) -> None:
        self.apps = apps
        self.rounds = 0
        self.slowest = 0.0
        self.failed: list[str] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(THREADS)]

    def work(self) -> None:
        work = Work(self.apps)
        with connection.execute_wrapper(self._timed):
            while not self.over.is_set():
                try:
                    work.round()
                except Exception as error:
                    self.failed.append(f"{type(error).__name__}: {error}")
                self.rounds += 1
        connection.close()

    def _timed(self, execute: Any, *arguments: Any) -> Any:
        began = time.monotonic()
        try:
            return execute(*arguments)
        finally:
            self.slowest = max(self.slowest, time.monotonic() - began)


def main(release: str) -> None:
    django.setup()
    apps = of_release(release)
    apps.get_model("auth", "User").objects.create(username="old")
    seed = Work(apps)
    for _ in range(ROWS):
        seed.write(next(_numbers))
    traffic = Traffic(apps)
    for thread in traffic.threads:
        thread.start()
    while traffic.rounds < THREADS:
        time.sleep(0.05)
    sys.stdout.write("working\n")
    sys.stdout.flush()
    sys.stdin.read()
    traffic.over.set()
    for thread in traffic.threads:
        thread.join()
    json.dump([traffic.rounds, traffic.failed, traffic.slowest], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
