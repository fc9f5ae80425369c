"""How moments are written for staff: to the minute, in the site's time zone, in both languages the
same."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def in_numbers(moment: datetime) -> str:
    return f"{timezone.localtime(moment, timezone.get_default_timezone()):%Y-%m-%d %H:%M}"


def with_zone(moment: datetime) -> str:
    """For readers of it who may be anywhere."""
    return f"{in_numbers(moment)}, {timezone.get_default_timezone_name()}"
