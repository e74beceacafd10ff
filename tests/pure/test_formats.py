"""How people write telephone numbers and postcodes: every spelling of one is one, and letters get a right example."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects import formats
from subjects.formats import Misspelt, Shape, parse_phone, parse_postcode

GAPS = st.sampled_from(["", " ", "-", ".", "  ", " - "])


@st.composite
def british_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A number as ten digits, and one way of writing it."""
    digits = draw(st.sampled_from("1237")) + f"{draw(st.integers(100_000_000, 999_999_999))}"
    begin = draw(st.sampled_from(["0", "+44", "+44 ", "0044", "+44 (0)", "(0)", "+44 0"]))
    written = begin + "".join(draw(GAPS) + digit for digit in digits)
    return digits, written


@given(british_numbers())
def test_every_spelling_of_a_number_is_kept_in_one_form(number: tuple[str, str]) -> None:
    digits, written = number
    kept = parse_phone(written[:40]) if len(written) <= 40 else parse_phone("0" + digits)
    assert re.sub(r"\D", "", kept) == "0" + digits
    assert parse_phone(kept) == kept


@given(british_numbers(), st.sampled_from("aZéл"), st.integers(0, 10))
def test_a_letter_anywhere_is_refused_with_a_right_example(
    number: tuple[str, str], letter: str, at: int
) -> None:
    digits = "0" + number[0]
    with pytest.raises(Misspelt) as caught:
        parse_phone(digits[:at] + letter + digits[at:])
    example = re.search(r"like (.+) or (.+)$", str(caught.value))
    assert example
    assert parse_phone(example[1]) == parse_phone(example[2])


@given(st.text("0123456789+ ()-.aZél\x00\u0661", max_size=50))
def test_whatever_is_typed_is_kept_or_refused(text: str) -> None:
    for parse in (parse_phone, parse_postcode):
        try:
            kept = parse(text)
        except Misspelt:
            continue
        assert parse(kept) == kept


@pytest.mark.parametrize("typed", ["+353 1 234 5678", "00353 (1) 234 5678"])
def test_numbers_of_other_countries_keep_their_code(typed: str) -> None:
    assert parse_phone(typed) == "+353 1 234 5678"


@pytest.mark.parametrize(
    "typed", ["", " ", "999", "0117 496 01234567", "0800 FLOWERS", "0117 496 0123 x12", "+"]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(Misspelt, match="0117 496 0123"):
        parse_phone(typed)


POSTCODES = ["M1 1AA", "B33 8TH", "CR2 6XH", "DN55 1PT", "W1A 0AX", "EC1A 1BB", "GIR 0AA", "BS1 4DJ"]


@given(st.sampled_from(POSTCODES), st.lists(st.sampled_from(["", " ", "  "]), min_size=8, max_size=8))
def test_a_postcode_with_any_spaces_and_case_is_kept_in_one_form(postcode: str, gaps: list[str]) -> None:
    letters = postcode.replace(" ", "").lower()
    assert parse_postcode("".join(gap + one for gap, one in zip(gaps, letters, strict=False))) == postcode


@given(
    st.sampled_from("ABCDEFGHIJKLMNOPRSTUWYZ"),
    st.sampled_from("ABCDEFGHKLMNOPQRSTUVWXY"),
    st.integers(0, 99),
    st.integers(0, 9),
    st.text("ABDEFGHJLNPQRSTUWXYZ", min_size=2, max_size=2),
)
def test_every_postcode_of_the_usual_form_is_taken(
    area: str, second: str, district: int, sector: int, unit: str
) -> None:
    postcode = f"{area}{second}{district}{sector}{unit}"
    assert parse_postcode(postcode) == f"{postcode[:-3]} {postcode[-3:]}"


@pytest.mark.parametrize("typed", ["BRISTOL", "12345", "BS1", "BS1 4D1", "QS1 4DJ", "BS1 4DJ extra"])
def test_what_is_no_postcode_is_refused_with_a_right_example(typed: str) -> None:
    with pytest.raises(Misspelt, match="like BS1 4DJ") as caught:
        parse_postcode(typed)
    assert parse_postcode(str(caught.value).rpartition("like ")[2])


def test_postcodes_of_other_countries_stay_as_they_are_typed() -> None:
    assert parse_postcode(" 75008 ", "France") == "75008"
    assert parse_postcode("bs14dj", "united kingdom") == "BS1 4DJ"


def test_lines_of_an_address_become_one() -> None:
    assert formats.parse(Shape.LINES, "Flat 2,\r\n  12  High Street \n\n") == "Flat 2, 12 High Street"
    assert formats.parse(Shape.PHONE, "  ") == ""
