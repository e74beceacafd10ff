"""How long a record is kept: never a day less, never a day more, never under the floor of tax law."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.register.facts import Action, Clause, Key, Retention, Trigger
from portal.register.periods import DayOfYear, Floor, Period, Unit, parse_floor, parse_period
from retention.schedule import NOTHING_HELD, deletion_sentence, keep_until, last_due, may_go_from

MARCH = DayOfYear(3, 31)
days = st.dates(dt.date(1950, 1, 1), dt.date(2300, 12, 31))
year_ends = st.dates(dt.date(2000, 1, 1), dt.date(2000, 12, 31)).map(
    lambda day: DayOfYear(day.month, day.day)
)
periods = st.one_of(
    st.builds(Period, st.integers(1, 4000), st.just(Unit.DAY)),
    st.builds(Period, st.integers(1, 200), st.just(Unit.MONTH)),
    st.builds(Period, st.integers(1, 30), st.just(Unit.YEAR)),
)
floors = st.none() | st.builds(Floor, st.builds(Period, st.integers(1, 10), st.just(Unit.YEAR)))


def rule(
    period: str | Period = "7 years",
    floor: str | Floor | None = None,
    after: Trigger = Trigger.RECORD_DATE,
    action: Action = Action.DELETE,
) -> Retention:
    return Retention(
        category=Key("payment-history"),
        period=parse_period(period) if isinstance(period, str) else period,
        floor=parse_floor(floor) if isinstance(floor, str) else floor,
        after=after,
        action=action,
        because=Clause("tax law wants it"),
    )


SEVEN_YEARS = rule(floor="accounting year end + 6 years")


def end_of_accounting_year(day: dt.date, end: DayOfYear) -> dt.date:
    """By walking from day to day, unlike the code under test."""
    while True:
        tomorrow = day + dt.timedelta(1)
        last_of_month = tomorrow.month != day.month
        if day.month == end.month and (day.day == end.day or (last_of_month and end.day > day.day)):
            return day
        day = tomorrow


def years_later(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return dt.date(day.year + years, 2, 28)


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("2020-03-03", "2027-03-03"),
        ("2020-02-29", "2027-02-28"),
        ("2026-04-01", "2033-04-01"),  # first day of an accounting year: one day more than the floor
        ("2026-03-31", "2033-03-31"),
    ],
)
def test_seven_years_from_the_record(trigger: str, expected: str) -> None:
    until = keep_until(dt.date.fromisoformat(trigger), SEVEN_YEARS, accounting_year_end=MARCH)
    assert until == dt.date.fromisoformat(expected)
    assert may_go_from(until) == dt.date.fromisoformat(expected) + dt.timedelta(1)


def test_a_shorter_period_waits_for_the_floor() -> None:
    short = rule("2 years", "accounting year end + 6 years")
    assert keep_until(dt.date(2026, 4, 1), short, accounting_year_end=MARCH) == dt.date(2033, 3, 31)


@given(days, year_ends)
def test_seven_years_always_satisfy_the_tax_rule(trigger: dt.date, end: DayOfYear) -> None:
    floor = years_later(end_of_accounting_year(trigger, end), 6)
    plain = keep_until(trigger, rule("7 years"), accounting_year_end=end)
    assert plain is not None
    assert plain > floor


@given(days, periods, floors, year_ends)
def test_never_early_and_never_late(
    trigger: dt.date, period: Period, floor: Floor | None, end: DayOfYear
) -> None:
    until = keep_until(trigger, rule(period, floor), accounting_year_end=end)
    reasons = [period.after(trigger)]
    if floor:
        reasons.append(years_later(end_of_accounting_year(trigger, end), floor.period.count))
    assert until is not None
    assert all(until >= reason for reason in reasons), "gone before a reason to keep it had passed"
    assert any(until == reason for reason in reasons), "kept though no reason was left"
    assert may_go_from(until) == until + dt.timedelta(1)


@given(days, days, periods, floors, year_ends)
def test_a_newer_record_never_goes_first(
    one: dt.date, other: dt.date, period: Period, floor: Floor | None, end: DayOfYear
) -> None:
    first, second = sorted((one, other))
    kept = [keep_until(each, rule(period, floor), accounting_year_end=end) for each in (first, second)]
    assert kept[0] is not None
    assert kept[1] is not None
    assert kept[0] <= kept[1]


@given(days, days)
def test_what_must_outlive_something_does(trigger: dt.date, other: dt.date) -> None:
    until = keep_until(trigger, SEVEN_YEARS, accounting_year_end=MARCH, outlive=other)
    alone = keep_until(trigger, SEVEN_YEARS, accounting_year_end=MARCH)
    assert alone is not None
    assert until == max(alone, other)


def test_without_a_trigger_there_is_no_end() -> None:
    open_rule = rule(after=Trigger.RELATIONSHIP_END)
    assert keep_until(None, open_rule, accounting_year_end=MARCH, outlive=dt.date(2020, 1, 1)) is None
    assert may_go_from(None) is None


def test_the_end_of_the_calendar_never_comes() -> None:
    until = keep_until(dt.date.max, SEVEN_YEARS, accounting_year_end=MARCH)
    assert until == dt.date.max
    assert may_go_from(until) is None


# The sentence in "Why we hold it".

OLD, NEW = dt.date(2020, 3, 3), dt.date(2026, 11, 21)


def say(first: dt.date | None, last: dt.date | None, which: Retention = SEVEN_YEARS, **more: object) -> str:
    return deletion_sentence(first, last, which, accounting_year_end=MARCH, **more)  # type: ignore[arg-type]


def test_says_when_the_oldest_and_the_newest_go() -> None:
    expected = "Oldest goes after 3 March 2027, newest after 21 November 2033."
    assert say(OLD, NEW) == expected
    assert say(NEW, OLD) == expected, "the order of the two dates does not matter"


def test_says_one_date_for_one_day() -> None:
    assert say(NEW, NEW) == "It goes after 21 November 2033."


def test_says_that_names_go_where_figures_stay() -> None:
    assert say(NEW, NEW, rule(action=Action.ANONYMISE)) == "It stops pointing to you after 21 November 2033."


def test_says_what_an_open_end_waits_for() -> None:
    open_rule = rule(after=Trigger.RELATIONSHIP_END)
    assert (
        say(None, None, open_rule)
        == "No date yet: counting starts with the end of your relationship with us."
    )
    assert say(OLD, None, open_rule) == (
        "Oldest goes after 3 March 2027; others have no date yet, because counting starts with the end of "
        "your relationship with us."
    )
    assert say(None, OLD, open_rule) == say(OLD, None, open_rule)


def test_says_nothing_held() -> None:
    assert say(None, None, count=0) == NOTHING_HELD


def test_says_what_is_overdue() -> None:
    between = dt.date(2027, 3, 4)
    assert say(OLD, NEW, today=between) == (
        "Oldest was due to go after 3 March 2027; newest goes after 21 November 2033."
    )
    assert say(OLD, NEW, today=dt.date(2027, 3, 3)) == say(OLD, NEW), "kept through that day"
    assert say(OLD, NEW, today=dt.date(2040, 1, 1)) == (
        "Oldest was due to go after 3 March 2027, newest after 21 November 2033."
    )


@given(trigger=days, as_of=days, period=periods, floor=floors, end=year_ends)
def test_one_comparison_finds_exactly_what_is_due(
    trigger: dt.date, as_of: dt.date, period: Period, floor: Floor | None, end: DayOfYear
) -> None:
    given_rule = rule(period, floor)
    cutoff = last_due(as_of, given_rule, accounting_year_end=end)
    kept = keep_until(trigger, given_rule, accounting_year_end=end)
    assert kept is not None
    assert (kept < as_of) == (cutoff is not None and trigger <= cutoff)


def test_seven_years_to_the_day() -> None:
    assert last_due(dt.date(2026, 11, 24), SEVEN_YEARS, accounting_year_end=MARCH) == dt.date(2019, 11, 23)
