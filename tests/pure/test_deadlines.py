"""The statutory clock: every worked row, and what must hold for all dates."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_sar import deadlines, holidays
from requests_sar.deadlines import Pause

ROWS = list(csv.DictReader((Path(__file__).parent.parent / "requests_sar/data/deadlines.csv").open()))
DATES = st.dates(dt.date(2020, 1, 1), dt.date(2027, 6, 30))


def _day(text: str) -> dt.date:
    if "T" in text:
        return deadlines.local_date(dt.datetime.fromisoformat(text))
    return dt.date.fromisoformat(text)


def _optional(text: str) -> dt.date | None:
    return _day(text) if text else None


def _pauses(text: str) -> list[Pause]:
    parts = [part.split("/") for part in text.split(";") if part]
    return [Pause(_day(asked), _optional(answered)) for asked, answered in parts]


@pytest.mark.parametrize("row", ROWS, ids=[row["case_id"] for row in ROWS])
def test_worked_rows(row: dict[str, str]) -> None:
    working_day = holidays.working_day(row["nation"], among=holidays.shipped())
    received = _day(row["received"])
    if row["right"] == "complaint-ack":
        assert deadlines.acknowledge_by(received, working_day) == _day(row["due"])
        return
    clock = deadlines.clock(
        received,
        is_working_day=working_day,
        start_events=[_day(event.split(":", 1)[1]) for event in row["start_events"].split(";") if event],
        pauses=_pauses(row["clarification_pauses"]),
        extended=row["extended"] == "yes",
        pausable=row["right"] == "access",
    )
    assert clock.start == _day(row["clock_start"])
    assert clock.due_if_not_extended == _optional(row["due_if_not_extended"])
    assert clock.unrolled_due == _optional(row["unrolled_due"])
    assert clock.due == _optional(row["due"])


@given(DATES)
def test_never_before_the_corresponding_date_and_always_a_working_day(received: dt.date) -> None:
    working_day = holidays.working_day("england-and-wales", among=holidays.shipped())
    clock = deadlines.clock(received, is_working_day=working_day)
    assert clock.due is not None
    assert clock.due >= deadlines.months_later(received, 1)
    assert working_day(clock.due)
    assert all(
        not working_day(clock.unrolled_due + dt.timedelta(days=n))
        for n in range((clock.due - clock.unrolled_due).days)
    )


@given(DATES, st.integers(1, 60))
def test_a_later_receipt_is_never_due_earlier(received: dt.date, days: int) -> None:
    working_day = holidays.working_day("scotland", among=holidays.shipped())
    first = deadlines.clock(received, is_working_day=working_day).due
    later = deadlines.clock(received + dt.timedelta(days=days), is_working_day=working_day).due
    assert later >= first


@given(DATES, st.integers(1, 40), st.integers(0, 30))
def test_a_pause_adds_exactly_its_days_before_rolling(received: dt.date, after: int, length: int) -> None:
    working_day = holidays.working_day("england-and-wales", among=holidays.shipped())
    asked = received + dt.timedelta(days=after)
    pause = Pause(asked, asked + dt.timedelta(days=length))
    plain = deadlines.clock(received, is_working_day=working_day)
    paused = deadlines.clock(received, is_working_day=working_day, pauses=[pause, pause])
    assert paused.unrolled_due - plain.unrolled_due == dt.timedelta(days=length + 1)
    unpausable = deadlines.clock(received, is_working_day=working_day, pauses=[pause], pausable=False)
    assert unpausable == plain


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        deadlines.local_date(dt.datetime(2026, 6, 30, 23, 30))
