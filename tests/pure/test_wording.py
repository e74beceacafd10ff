"""A wording has named places and no logic: whatever is typed or stands in a value, nothing runs and nothing leaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_sar.letters import wording

OFFERED = ("reference", "due", "reason")


def problems(text: str, *required: str) -> list[str]:
    return wording.problems(text, offered=OFFERED, required=required)


def test_a_plain_wording_with_places_is_fine() -> None:
    assert problems("Your request {reference}.\r\n\r\nWhy: {reason} £5 & <b>", "reason") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write the wording"),
        (" \n ", "Write the wording"),
        ("x" * 5_001, "at most 5,000 characters"),
        ("{secret_key}", "There is no place {secret_key}"),
        ("{reference.owner.password}", "A brace near"),
        ("{{ case.requester_email }}", "A brace near"),
        ("{% load x %}", "A brace near"),
        ("{reference!r:>9}", "A brace near"),
        ("{Reference}", "A brace near"),
        ("a } b", "A brace near"),
        ("a\0b", "cannot be printed"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(text: str, says: str) -> None:
    assert says in problems(text)[0]


def test_what_must_stay_cannot_be_taken_out() -> None:
    assert problems("No.", "reason") == ["{reason} must stay in this letter. Put it back where it belongs."]


def test_an_empty_place_leaves_no_hole() -> None:
    assert wording.fill("A\n\n{due}\n\nB", {"due": ""}) == "A\n\nB"


@given(st.text(), st.text())
def test_what_stands_in_a_value_is_never_a_place(first: str, second: str) -> None:
    filled = wording.fill("[{reason}][{due}]", {"reason": f"{{due}}{first}x", "due": f"y{second}{{reason}}"})
    assert filled.startswith("[{due}")
    assert filled.endswith("{reason}]")


@given(st.text(max_size=200))
def test_a_wording_without_problems_can_always_be_filled(text: str) -> None:
    if not problems(text):
        wording.fill(text, dict.fromkeys(OFFERED, "value"))
