"""Reading one row of the table of worked dates, and working it: what `manage.py due_dates` and the tests use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from requests_sar import deadlines
from requests_sar.deadlines import Clock, IsWorkingDay, Pause

NEEDED = ("right", "nation", "received", "start_events", "clarification_pauses", "extended")
ANSWERS = ("clock_start", "due_if_not_extended", "unrolled_due", "due")
RIGHTS = (
    "access",
    "rectification",
    "erasure",
    "restriction",
    "portability",
    "objection",
    "complaint-ack",
)
EVENTS = ("id", "authority", "fee")


class BadRow(ValueError):
    """The row cannot be worked; the text says why."""


def day(text: str) -> dt.date:
    """A date, or the London date of a timestamp with an offset. Raises BadRow."""
    try:
        if len(text) > 10:
            return deadlines.local_date(dt.datetime.fromisoformat(text))
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadRow(f"{text!r} is no date like 2026-11-23 and no timestamp with an offset") from None


def events(text: str) -> list[dt.date]:
    """The days of "id:2026-11-23;fee:2026-11-24". Raises BadRow."""
    found = []
    for part in filter(None, text.split(";")):
        kind, _, when = part.partition(":")
        if kind.strip() not in EVENTS:
            raise BadRow(f"start event {part!r} is not id:, authority: or fee: and a date")
        found.append(day(when.strip()))
    return found


def pauses(text: str) -> list[Pause]:
    """The periods of "2026-11-09/2026-11-13;2026-11-20/". Raises BadRow."""
    found = []
    for part in filter(None, text.split(";")):
        asked, slash, came = part.strip().partition("/")
        if not slash:
            raise BadRow(f"pause {part!r} is not asked/answered")
        pause = Pause(day(asked), day(came) if came else None)
        if pause.answered and pause.answered < pause.asked:
            raise BadRow(f"pause {part!r} is answered before it was asked")
        found.append(pause)
    return found


def work(row: Mapping[str, str], working_day: Callable[[str], IsWorkingDay]) -> dict[str, str]:
    """The four answers of a row, as texts; empty where there is none. Raises BadRow."""
    given = {name: (row.get(name) or "").strip() for name in NEEDED}
    if given["right"] not in RIGHTS:
        raise BadRow(f"right {given['right']!r} is not one of {', '.join(RIGHTS)}")
    if given["extended"] not in {"", "yes", "no"}:
        raise BadRow(f"extended {given['extended']!r} is not yes or no")
    try:
        is_working_day = working_day(given["nation"])
    except KeyError:
        raise BadRow(f"nation {given['nation']!r} has no bank holidays in the data") from None
    received = day(given["received"])
    try:
        clock = _clock(given, received, is_working_day)
    except OverflowError:
        raise BadRow("a date lies outside the calendar") from None
    texts = (clock.start, clock.due_if_not_extended, clock.unrolled_due, clock.due)
    return {name: str(value) if value else "" for name, value in zip(ANSWERS, texts, strict=True)}


def _clock(given: Mapping[str, str], received: dt.date, is_working_day: IsWorkingDay) -> Clock:
    if given["right"] == "complaint-ack":
        due = deadlines.acknowledge_by(received, is_working_day)
        return Clock(received, due, received + dt.timedelta(days=deadlines.ACKNOWLEDGE_DAYS), due)
    try:
        return deadlines.clock(
            received,
            is_working_day=is_working_day,
            start_events=events(given["start_events"]),
            pauses=pauses(given["clarification_pauses"]),
            extended=given["extended"] == "yes",
            pausable=given["right"] == "access",
        )
    except BadRow:
        raise
    except ValueError as problem:
        raise BadRow(str(problem)) from None
