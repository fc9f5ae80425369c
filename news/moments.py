"""How moments are written in the site's time zone, in all languages the same: to the minute for
staff, to the second for machines."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def in_numbers(moment: datetime) -> str:
    return f"{timezone.localtime(moment, timezone.get_default_timezone()):%Y-%m-%d %H:%M}"


def with_zone(moment: datetime) -> str:
    """For readers of it who may be anywhere."""
    return f"{in_numbers(moment)}, {timezone.get_default_timezone_name()}"


def for_machines(moment: datetime) -> str:
    """No finer: HTML takes thousandths at most."""
    return timezone.localtime(moment, timezone.get_default_timezone()).isoformat("T", "seconds")
