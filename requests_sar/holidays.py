"""Bank holidays are data in the layout of gov.uk: the file loaded last, else the shipped one.

`manage.py load_bank_holidays FILE` stores a file. Every request and piece of work asks the database once for the newest
row's number, so all processes use a new file from the moment it is stored.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from portal.register import store
from requests_sar.deadlines import IsWorkingDay
from requests_sar.models import HolidayFile

NATIONS = ("england-and-wales", "scotland", "northern-ireland")
MOST_BYTES = 1_000_000
Days = Mapping[str, Mapping[dt.date, str]]


class BadFile(ValueError):
    """The file cannot be used; the text says what is wrong with it and where."""


def parse(data: bytes) -> tuple[Days, Any]:
    """The holidays by nation, and the payload to keep. Raises BadFile with a sentence."""
    if len(data) > MOST_BYTES:
        raise BadFile(f"The file is larger than {MOST_BYTES:,} bytes, so it is no list of bank holidays.")
    try:
        payload = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as problem:
        raise BadFile("The file is not JSON in UTF-8. Fetch it again from gov.uk.") from problem
    if not isinstance(payload, dict):
        raise BadFile("The file must hold one object with the three nations, as on gov.uk.")
    missing = [nation for nation in NATIONS if nation not in payload]
    if missing:
        raise BadFile(f"The file lacks {', '.join(missing)}. It must hold all three: {', '.join(NATIONS)}.")
    return {nation: _events(nation, payload[nation]) for nation in NATIONS}, payload


def _events(nation: str, division: Any) -> dict[dt.date, str]:
    events = division.get("events") if isinstance(division, dict) else None
    if not isinstance(events, list) or not events:
        raise BadFile(f"{nation}: there is no list of events.")
    days: dict[dt.date, str] = {}
    for number, event in enumerate(events, start=1):
        title = event.get("title") if isinstance(event, dict) else None
        if not isinstance(title, str) or not title.strip() or len(title) > 200:
            raise BadFile(f"{nation}, event {number}: it has no title.")
        try:
            date = dt.date.fromisoformat(event.get("date"))
        except (TypeError, ValueError):
            raise BadFile(f"{nation}, event {number}: the date must be like 2026-12-25.") from None
        days[date] = title.strip()
    return days


@functools.cache
def _read(path: Path) -> Days:
    return parse(path.read_bytes())[0]


@functools.lru_cache(maxsize=4)
def _loaded(number: int, sha256: str) -> Days:
    payload = HolidayFile.objects.values_list("payload", flat=True).get(pk=number)
    return parse(json.dumps(payload).encode())[0]


def shipped() -> Days:
    """The holidays of settings.BANK_HOLIDAYS_FILE, without asking the database."""
    return _read(settings.BANK_HOLIDAYS_FILE)


def current() -> Days:
    """The holidays that count now, or counted when the request or the work at hand began."""
    newest = store.once("bank holidays", HolidayFile.objects.values_list("pk", "sha256").first)
    return _loaded(*newest) if newest else shipped()


def keep(data: bytes) -> bool:
    """Store a file as the one that counts; False when it says what the newest says already. Raises BadFile."""
    days, payload = parse(data)
    if days == current():
        return False
    HolidayFile.objects.create(payload=payload, sha256=hashlib.sha256(data).hexdigest())
    return True


def working_day(nation: str | None = None, *, among: Days | None = None) -> IsWorkingDay:
    """A function that says whether a day is a working day in the nation (default: the register's).

    Raises KeyError for a nation that the data lack.
    """
    closed = (among or current())[nation or store.current().controller.nation]

    def is_working_day(day: dt.date) -> bool:
        return day.weekday() < 5 and day not in closed

    return is_working_day


def why_closed(day: dt.date, nation: str | None = None) -> str:
    """ "Saturday", "Sunday", the holiday's name, or "" for a working day: the words beside a moved date."""
    name = current()[nation or store.current().controller.nation].get(day)
    return name or (day.strftime("%A") if day.weekday() >= 5 else "")
