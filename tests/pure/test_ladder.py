"""How sure we must be, and who decides for a child: pure rules."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_sar import competence, ladder
from requests_sar.ladder import Level, Way
from requests_sar.rights import Right

D = dt.date
TODAY = D(2026, 11, 23)


def test_every_way_and_every_level_has_words() -> None:
    assert set(ladder.RUNGS) == set(Way)
    assert set(ladder.NEEDED) == set(Level)


def test_a_document_is_the_last_rung() -> None:
    assert list(Way)[-1] is Way.DOCUMENT


def test_only_a_complaint_needs_nobody_proved() -> None:
    assert {right for right in Right if ladder.level(right) is Level.NOTHING} == {Right.COMPLAINT}
    assert ladder.level("something new") is Level.PERSON


@pytest.mark.parametrize(
    ("born_on", "years"), [(D(2012, 11, 23), 14), (D(2012, 11, 24), 13), (D(2016, 2, 29), 10), (TODAY, 0)]
)
def test_age_counts_birthdays(born_on: D, years: int) -> None:
    assert competence.age(born_on, TODAY) == years


@given(st.dates(D(1990, 1, 1), TODAY), st.sampled_from(["", "england"]))
def test_s07c_outside_scotland_no_age_is_ever_named(born_on: D, nation: str) -> None:
    words = " ".join(competence.prompts(born_on=born_on, nation=nation, today=TODAY))
    assert "no fixed age" in words
    assert not any(digit in words for digit in "0123456789")


@given(st.dates(D(2000, 1, 1), TODAY))
def test_s07b_in_scotland_twelve_is_presumed_to_understand(born_on: D) -> None:
    words = " ".join(competence.prompts(born_on=born_on, nation="scotland", today=TODAY))
    assert ("presumed to understand (Data" in words) == (competence.age(born_on, TODAY) >= 12)
