"""How a value that people may correct is written: what is accepted, the form it is kept in, what to say otherwise.

Pure: no database, no Django. Generous in what it reads (spaces, dashes, brackets, +44 and 0), strict in what it
keeps: one form for every spelling, so that the same correction twice is one correction.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

REGION: Final = "GB"
PHONE_HELP: Final = "Enter a telephone number, like 0117 496 0123 or +44 117 496 0123"
POSTCODE_HELP: Final = "Enter a postcode, like BS1 4DJ"

_PHONE: Final = re.compile(r"\+?[0-9 ()./\u00a0\u2010-\u2015-]+")
# Royal Mail's forms: A9 9AA, A99 9AA, AA9 9AA, AA99 9AA, A9A 9AA, AA9A 9AA, and the one exception GIR 0AA.
_POSTCODE: Final = re.compile(
    r"(GIR|[A-PR-UWYZ](?:[0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9]{1,2}|[A-HK-Y][0-9][ABEHMNPRVWXY]))"
    r"([0-9][ABD-HJLNP-UW-Z]{2})"
)
_BRITISH: Final = frozenset(
    {"", "uk", "gb", "united kingdom", "great britain", "england", "scotland", "wales", "northern ireland"}
)


class Shape(StrEnum):
    """What kind of value a column holds, where its spelling matters."""

    TEXT = "text"
    LINES = "lines"  # typed on several lines, kept on one
    PHONE = "phone"
    EMAIL = "email"  # changed only after a code sent to the new address came back
    POSTCODE = "postcode"
    COUNTRY = "country"


class Misspelt(ValueError):
    """The value cannot be read; the text says how to write it, with a right example."""


def parse_phone(text: str) -> str:
    """A telephone number as it is kept: "07700 900123" for a British one, "+353 1 234 5678" for others.

    Spaces, dashes, dots, brackets, +44, 0044 and +44 (0) are all read. Raises Misspelt for letters and for too
    many or too few figures.
    """
    text = text.strip()
    if not _PHONE.fullmatch(text) or len(text) > 40:
        raise Misspelt(PHONE_HELP)
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        raise Misspelt(PHONE_HELP) from None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise Misspelt(PHONE_HELP)
    form = PhoneNumberFormat.NATIONAL if number.country_code == 44 else PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


def parse_postcode(text: str, country: str = "") -> str:
    """A postcode as it is kept: "bs14dj" becomes "BS1 4DJ". Postcodes of other countries stay as they are typed.

    Raises Misspelt for what is no British postcode when the country is the United Kingdom or not given.
    """
    if country.strip().casefold() not in _BRITISH:
        return " ".join(text.split())
    found = _POSTCODE.fullmatch(re.sub(r"[\s\u00a0\u2010-\u2015-]+", "", text).upper())
    if found is None:
        raise Misspelt(POSTCODE_HELP)
    return f"{found[1]} {found[2]}"


def parse(shape: Shape, text: str, *, country: str = "") -> str:
    """A value in the form it is kept in; an empty one stays empty. Raises Misspelt."""
    if not text.strip():
        return ""
    if shape is Shape.PHONE:
        return parse_phone(text)
    if shape is Shape.POSTCODE:
        return parse_postcode(text, country)
    if shape is Shape.LINES:
        lines = (" ".join(line.split()).strip(" ,") for line in text.splitlines())
        return ", ".join(line for line in lines if line)
    if shape is Shape.EMAIL:
        return text.strip().lower()
    return " ".join(text.split())
