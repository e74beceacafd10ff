"""Bank holidays: data in the layout of gov.uk, of one nation, from settings.BANK_HOLIDAYS_FILE."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from portal.register import store
from requests_sar.deadlines import IsWorkingDay


@functools.cache
def _read(path: Path) -> Mapping[str, Mapping[dt.date, str]]:
    divisions = json.loads(path.read_text(encoding="utf-8"))
    return {
        nation: {dt.date.fromisoformat(event["date"]): event["title"] for event in division["events"]}
        for nation, division in divisions.items()
    }


def holidays(nation: str) -> Mapping[dt.date, str]:
    """Date -> name for one nation. Raises KeyError for a nation that the data lack."""
    return _read(settings.BANK_HOLIDAYS_FILE)[nation]


def working_day(nation: str | None = None) -> IsWorkingDay:
    """A function that says whether a day is a working day in the nation (default: the register's)."""
    closed = holidays(nation or store.current().controller.nation)

    def is_working_day(day: dt.date) -> bool:
        return day.weekday() < 5 and day not in closed

    return is_working_day


def why_closed(day: dt.date, nation: str | None = None) -> str:
    """ "Saturday", "Sunday", the holiday's name, or "" for a working day: the words beside a moved date."""
    name = holidays(nation or store.current().controller.nation).get(day)
    return name or (day.strftime("%A") if day.weekday() >= 5 else "")
