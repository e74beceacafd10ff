"""Periods, days of the year and floors: reading them and counting with them."""

from __future__ import annotations

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.register.periods import (
    LONGEST,
    BadPeriod,
    DayOfYear,
    Floor,
    Period,
    Unit,
    add_months,
    parse_day_of_year,
    parse_floor,
    parse_period,
)

days = st.dates(dt.date(1850, 1, 1), dt.date(9990, 12, 31))
periods = st.sampled_from(Unit).flatmap(
    lambda unit: st.builds(Period, st.integers(1, LONGEST[unit]), st.just(unit))
)
year_days = st.dates(dt.date(2000, 1, 1), dt.date(2000, 12, 31)).map(
    lambda day: DayOfYear(day.month, day.day)
)


@pytest.mark.parametrize(
    ("day", "period", "expected"),
    [
        ("2020-02-29", "7 years", "2027-02-28"),
        ("2020-02-29", "4 years", "2024-02-29"),
        ("2019-02-28", "1 year", "2020-02-28"),
        ("2026-01-31", "1 month", "2026-02-28"),
        ("2024-01-31", "1 month", "2024-02-29"),
        ("2026-01-31", "3 months", "2026-04-30"),
        ("2026-11-30", "3 months", "2027-02-28"),
        ("2026-12-31", "12 months", "2027-12-31"),
        ("2026-11-23", "30 days", "2026-12-23"),
        ("2026-11-23", "2 weeks", "2026-12-07"),
        ("9999-06-01", "7 years", "9999-12-31"),
        ("9999-06-01", "36500 days", "9999-12-31"),
        ("9999-12-01", "1 month", "9999-12-31"),
    ],
)
def test_counts_as_the_calendar_does(day: str, period: str, expected: str) -> None:
    assert parse_period(period).after(dt.date.fromisoformat(day)) == dt.date.fromisoformat(expected)


@given(periods)
def test_a_period_reads_back_as_it_is_written(period: Period) -> None:
    assert parse_period(str(period)) == period
    assert parse_period(f"  {str(period).upper()} ") == period


@given(days, st.integers(0, 1200))
def test_months_keep_the_day_or_stop_at_the_months_end(day: dt.date, months: int) -> None:
    later = add_months(day, months)
    if later == dt.date.max:
        assert day.year * 12 + day.month - 1 + months >= 9999 * 12 + 11
        return
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    last = calendar.monthrange(later.year, later.month)[1]
    assert later.day == day.day or (later.day == last and day.day > last)


@given(days, days, periods)
def test_a_later_day_never_ends_earlier(one: dt.date, other: dt.date, period: Period) -> None:
    first, second = sorted((one, other))
    assert first < period.after(first) <= period.after(second)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "seven years",
        "7",
        "years",
        "7years",
        "-7 years",
        "7.5 years",
        "7 years or so",
        "7 decades",
        "٧ years",
    ],
)
def test_what_is_no_period_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadPeriod, match='like "7 years"'):
        parse_period(text)


@pytest.mark.parametrize(
    ("text", "what"), [("0 years", "nothing at all"), ("101 years", "longer than a century")]
)
def test_no_time_and_too_much_time_are_refused(text: str, what: str) -> None:
    with pytest.raises(BadPeriod, match=what):
        parse_period(text)


@given(year_days)
def test_a_day_of_the_year_reads_back_as_it_is_written(day: DayOfYear) -> None:
    assert parse_day_of_year(str(day)) == day


@given(days, year_days)
def test_the_accounting_year_end_is_the_next_such_day(day: dt.date, end: DayOfYear) -> None:
    found = end.on_or_after(day)
    wanted = {dt.date(found.year, end.month, min(end.day, calendar.monthrange(found.year, end.month)[1]))}
    walk = (day + dt.timedelta(n) for n in range(367))
    assert found == next(each for each in walk if each in wanted)


def test_the_end_of_february_is_its_last_day() -> None:
    end = parse_day_of_year("29 February")
    assert end.on_or_after(dt.date(2026, 2, 1)) == dt.date(2026, 2, 28)
    assert end.on_or_after(dt.date(2027, 3, 1)) == dt.date(2028, 2, 29)


@pytest.mark.parametrize("text", ["31 June", "30 February", "0 March"])
def test_a_day_that_no_year_has_is_refused(text: str) -> None:
    with pytest.raises(BadPeriod, match="does not exist"):
        parse_day_of_year(text)


@pytest.mark.parametrize("text", ["", "March", "31/03", "31 Mars", "31 March 2026"])
def test_what_is_no_day_of_the_year_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadPeriod, match='like "31 March"'):
        parse_day_of_year(text)


def test_a_floor_counts_from_the_end_of_the_accounting_year() -> None:
    floor = parse_floor("accounting year end + 6 years")
    march = DayOfYear(3, 31)
    assert floor == Floor(Period(6, Unit.YEAR))
    assert parse_floor(str(floor)) == floor
    assert floor.until(dt.date(2026, 3, 31), march) == dt.date(2032, 3, 31)
    assert floor.until(dt.date(2026, 4, 1), march) == dt.date(2033, 3, 31)


@pytest.mark.parametrize(
    "text", ["", "6 years", "year end + 6 years", "accounting year end", "accounting year end + soon"]
)
def test_what_is_no_floor_is_refused(text: str) -> None:
    with pytest.raises(BadPeriod):
        parse_floor(text)
