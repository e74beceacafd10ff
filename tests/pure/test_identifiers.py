"""Keys that people are found by."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects import identifiers as ids


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Zoë  MÜLLER", "zoe muller"),
        ("O’Brien-Smith, Anne", "obrien smith anne"),
        ("O'Brien", "obrien"),
        ("Strauß", "strauss"),
        ("Søren Ørsted", "soren orsted"),
        ("Łukasz Wałęsa", "lukasz walesa"),
        ("İpek Yılmaz", "ipek yilmaz"),
        ("Нина Королёва", "нина королева"),
        ("محمّد", "محمد"),
        ("José", "jose"),
        ("ﬁona", "fiona"),
        ("山田 太郎", "山田 太郎"),
        ("がぎぐ", "がぎぐ"),
        ("한글", "한글"),
        ("प्रिया शर्मा", "प्रिया शर्मा"),
        ("<b>Bob</b> =1+1", "b bob b 1 1"),
        ("---", ""),
    ],
)
def test_names(written: str, normal: str) -> None:
    assert ids.normalise_name(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        "07700 900123",
        "+447700900123",
        "0044 7700 900123",
        "07700900123",
        "+44 (0)7700 900123",
        "(07700) 900-123",
        "tel: 07700.900.123",
        "\u00a007700\u00a0900123 ",
        "+44 7700 900123 ext. 12",
    ],
)
def test_one_telephone_number_in_many_dresses(written: str) -> None:
    assert ids.normalise_phone(written) == "+447700900123"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("+1 212 555 0100", "+12125550100"),
        ("01 23", "0123"),  # too short to be a telephone number: its digits
        ("ask for Joan", ""),
        ("", ""),
        ("00 49 30 901820", "+4930901820"),
        ("٠٧٧٠٠ ٩٠٠١٢٣", "+447700900123"),  # Arabic digits
    ],
)
def test_other_numbers(written: str, normal: str) -> None:
    assert ids.normalise_phone(written) == normal


@given(
    st.sampled_from(["0", "+44", "0044", "+44 (0)"]),
    st.text(st.sampled_from("0123456789"), min_size=9, max_size=9),
    st.integers(1, 9),
)
def test_the_short_way_says_what_the_parser_says(prefix: str, rest: str, first: int) -> None:
    number = f"{prefix}{first}{rest}"
    parsed = phonenumbers.parse(number.replace("(0)", ""), "GB")
    expected = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    assert ids.normalise_phone(number) == expected


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" Alice@Example.COM ", "alice@example.com"),
        ("a.b+shop@example.com", "a.b+shop@example.com"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ("nobody", "nobody"),
        ("x@..é", "x@..é"),
    ],
)
def test_addresses(written: str, normal: str) -> None:
    assert ids.normalise_email(written) == normal


def test_numbers_keep_their_leading_zeros() -> None:
    assert ids.normalise_number(" ac-00 123/7") == "AC001237"
    assert ids.normalise_number("００１２") == "0012"


@given(st.text(max_size=400), st.sampled_from([ids.NAME, ids.EMAIL, ids.PHONE, ids.ACCOUNT, ids.NUMBER]))
def test_normal_forms_are_steady_and_fit_the_column(text: str, kind: str) -> None:
    once = ids.normalise(kind, text)
    assert len(once) <= ids.LONGEST
    if kind in {ids.PHONE, ids.ACCOUNT, ids.NUMBER}:
        assert ids.normalise(kind, once) == once
    assert not once or not once.isspace()


def test_keys_of_a_person() -> None:
    keys = ids.keys_of(
        full_name="Dr Zoë O'Brien",
        emails=["Z@Example.com", ""],
        phones=["07700 900123", "+44 7700 900123", ""],
        account_number="AC-7",
        source_key="C-0001",
    )
    assert keys == {
        ("name", "dr zoe obrien"),
        ("name", "zoe"),
        ("name", "obrien"),
        ("email", "z@example.com"),
        ("phone", "+447700900123"),
        ("account", "AC7"),
        ("number", "C0001"),
    }
    assert ids.keys_of(full_name="", emails=[], phones=[], account_number="", source_key="") == set()


def test_a_digest_needs_its_key() -> None:
    one, other = b"k" * 32, b"j" * 32
    assert ids.digest("alice@example.com", one) == ids.digest("alice@example.com", one)
    assert ids.digest("alice@example.com", one) != ids.digest("alice@example.com", other)
    assert len(ids.digest("x", one)) == 64
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        ids.digest("x", b"short")


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("Alice@Example.com", [("email", "alice@example.com")]),
        ("zoë müller", [("name", "zoe muller")]),
        ("C-0001", [("number", "C0001"), ("account", "C0001")]),
        (
            "07700 900123",
            [("number", "07700900123"), ("account", "07700900123"), ("phone", "+447700900123")],
        ),
        ("   ", []),
    ],
)
def test_what_a_search_may_mean(text: str, readings: list[tuple[str, str]]) -> None:
    assert ids.readings(text) == readings


def test_scores_order_the_likeness_of_names() -> None:
    def score(asked: str, held: str) -> float:
        return ids.match_score(ids.NAME, ids.normalise_name(asked), ids.normalise_name(held))

    assert score("Zoë Müller", "zoe muller") == 1.0
    assert score("muller zoe", "Zoë Müller") > 0.9
    assert score("Smyth", "John Smith") > 0.7
    assert score("Jon Smith", "John Smith") > 0.9
    assert score("John Smith", "John Smith") > score("Jon Smith", "John Smith")
    assert score("Jon Smith", "John Smith") > score("Jane Smith", "John Smith")
    assert score("Patel", "Nowak") < 0.4
    assert score("", "Nowak") == 0.0


def test_scores_of_addresses_and_numbers() -> None:
    assert ids.match_score(ids.EMAIL, "a@example.com", "a@exmaple.com") == pytest.approx(0.85)
    assert ids.match_score(ids.EMAIL, "a@example.com", "zz@elsewhere.org") == 0.0
    assert ids.match_score(ids.PHONE, "900123", "+447700900123") == 0.8
    assert ids.match_score(ids.PHONE, "123", "+447700900123") == 0.0
    assert ids.match_score(ids.NUMBER, "C0001", "C0002") == 0.0


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from([ids.NAME, ids.EMAIL, ids.PHONE]))
def test_scores_lie_between_nothing_and_the_same(asked: str, held: str, kind: str) -> None:
    asked, held = ids.normalise(kind, asked), ids.normalise(kind, held)
    score = ids.match_score(kind, asked, held)
    assert 0.0 <= score <= 1.0
    assert (score == 1.0) == (asked == held and bool(asked))
