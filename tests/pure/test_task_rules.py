"""When a search by a colleague is due, and when it is asked for again."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from requests_sar import task_rules

TODAY = dt.date(2026, 11, 23)
days = st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31))


@given(days, st.integers(1, 21), st.integers(-40, 90) | st.none())
def test_a_search_is_due_before_the_answer_and_never_in_the_past(today, length, left) -> None:
    legal = None if left is None else today + dt.timedelta(days=left)
    due = task_rules.due(today, length, legal)
    assert today <= due <= today + dt.timedelta(days=length)
    assert legal is None or due < legal or due == today
    assert task_rules.fits(due, today, legal)
    assert not task_rules.fits(today - dt.timedelta(days=1), today, legal)


def test_the_review_gets_some_days_where_there_are_any() -> None:
    assert task_rules.due(TODAY, 7, dt.date(2026, 12, 23)) == dt.date(2026, 11, 30)
    assert task_rules.due(TODAY, 20, dt.date(2026, 12, 11)) == dt.date(2026, 12, 6)
    assert not task_rules.fits(dt.date(2026, 12, 11), TODAY, dt.date(2026, 12, 11))


@given(days, st.integers(1, 60))
def test_at_most_three_chasers_and_each_four_days_after_the_last(due, rounds) -> None:
    chased, last, told = 0, None, []
    for offset in range(-3, rounds):
        today = due + dt.timedelta(days=offset)
        if task_rules.chase(due, today, chased, last):
            chased, last = chased + 1, today
            told.append(offset)
    assert told == [1, 5, 9][: len(told)]
    assert len(told) == min(3, sum(offset < rounds for offset in (1, 5, 9)))
    assert task_rules.given_up(due, due + dt.timedelta(days=rounds), chased) == (chased == 3)


def test_due_tomorrow_is_said_once_for_each_date() -> None:
    due = TODAY + dt.timedelta(days=1)
    assert task_rules.remind_tomorrow(due, TODAY, None)
    assert not task_rules.remind_tomorrow(due, TODAY, due)
    assert not task_rules.remind_tomorrow(due, due, None)
