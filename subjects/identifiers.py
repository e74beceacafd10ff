"""The keys a person can be found by, and how like each other two of them are. Pure: no database, no Django.

What is stored in `subjects.models.Identifier` and what somebody types into a search box go through the same
functions, so "07700 900123" meets "+44 7700 900123" and "Zoe Muller" meets "Zoë Müller".
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import phonenumbers
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

NAME: Final = "name"
EMAIL: Final = "email"
PHONE: Final = "phone"
ACCOUNT: Final = "account"
NUMBER: Final = "number"

REGION: Final = "GB"
LONGEST: Final = 254  # characters, as the column is wide

# Accents and vowel points that people leave out. Marks of other scripts (Devanagari, Thai, Japanese) are
# letters in their own right and stay.
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
# Letters that Unicode does not take apart although people type them without their stroke.
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
# Ten digits behind the country's code or the trunk zero: what the parser would say, thirty times sooner.
_BRITISH: Final = re.compile(r"(?:\+44|0044|0)([1-9][0-9]{9})")
_SPACING: Final = re.compile(r"[ \u00a0()-]")
_APOSTROPHES: Final = re.compile("['`´‘’ʻʼ＇]")
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "rev"})


def normalise_name(name: str) -> str:
    """Without accents, case, punctuation and double spaces: " O’Brien-MÜLLER, Zoë" -> "obrien muller zoe"."""
    text = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name))
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold())).translate(_PLAIN)
    text = unicodedata.normalize("NFC", text)
    words = "".join(letter if _of_a_word(letter) else " " for letter in text).split()
    return " ".join(words)[:LONGEST].strip()


def _of_a_word(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter)[0] == "M"


def normalise_email(address: str) -> str:
    """Lower case, without spaces around it, the domain in its ASCII form.

    Tags ("+shop") and dots stay: two addresses that differ in them may belong to two people.
    """
    local, at, domain = address.strip().casefold().rpartition("@")
    if not at:
        return domain[:LONGEST]
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):  # not a domain name: compared as it was written
            domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}"[:LONGEST]


def normalise_phone(number: str) -> str:
    """E.164 ("+447700900123") for anything that could be a telephone number, read as a British one unless it
    says otherwise; the bare digits for everything else."""
    usual = _BRITISH.fullmatch(_SPACING.sub("", number))
    if usual:
        return f"+44{usual[1]}"
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return _digits(number)
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return _digits(number)  # too short, too long, or only good for dialling within a town
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _digits(text: str) -> str:
    digits = (unicodedata.digit(letter, None) for letter in text)
    return "".join(str(digit) for digit in digits if digit is not None)[:LONGEST]


def normalise_number(number: str) -> str:
    """An account or customer number, letters and digits only: "ac-00123" -> "AC00123". Leading zeros stay."""
    text = unicodedata.normalize("NFKC", number).upper()
    return "".join(letter for letter in text if letter.isalnum())[:LONGEST]


_NORMALISERS: Final = {
    NAME: normalise_name,
    EMAIL: normalise_email,
    PHONE: normalise_phone,
    ACCOUNT: normalise_number,
    NUMBER: normalise_number,
}


def normalise(kind: str, value: str) -> str:
    """The normal form of a value of one kind (NAME, EMAIL, PHONE, ACCOUNT, NUMBER). Raises KeyError."""
    return _NORMALISERS[kind](value)


def digest(value: str, key: bytes) -> str:
    """A keyed one-way mark of a normalised value, 64 hexadecimal digits.

    Without the key nobody can try out addresses against it. `key` is 16 to 64 bytes; ValueError otherwise.
    """
    if not 16 <= len(key) <= 64:
        raise ValueError("The key of a digest has 16 to 64 bytes.")
    return hashlib.blake2b(value.encode(), key=key, digest_size=32).hexdigest()


def keys_of(
    *, full_name: str, emails: Iterable[str], phones: Iterable[str], account_number: str, source_key: str
) -> set[tuple[str, str]]:
    """Every (kind, value) a person can be found by: the name and each of its words, addresses, numbers."""
    name = normalise_name(full_name)
    keys = {(NAME, name)} | {(NAME, word) for word in name.split() if len(word) > 1 and word not in _TITLES}
    keys |= {(EMAIL, normalise_email(email)) for email in emails}
    keys |= {(PHONE, normalise_phone(phone)) for phone in phones}
    keys |= {(ACCOUNT, normalise_number(account_number)), (NUMBER, normalise_number(source_key))}
    return {(kind, value) for kind, value in keys if value}


def readings(text: str) -> list[tuple[str, str]]:
    """What a search text may mean, as (kind, normalised value), the surest first. Empty for an empty text."""
    text = text.strip()[:LONGEST]
    if not text:
        return []
    if "@" in text:
        return [(EMAIL, normalise_email(text))]
    found: list[tuple[str, str]] = []
    number, digits = normalise_number(text), _digits(text)
    if digits:
        found += [(NUMBER, number), (ACCOUNT, number)]
    if len(digits) >= 6 and not re.search(r"[^\W\d_]", text):
        found.append((PHONE, normalise_phone(text)))
    name = normalise_name(text)
    if name and not digits:
        found.append((NAME, name))
    return [(kind, value) for kind, value in found if value]


def match_score(kind: str, asked: str, held: str) -> float:
    """How like each other two normalised values of one kind are: 0.0 (nothing alike) to 1.0 (the same).

    Names: word order and missing words matter little, a typo a little. Addresses: every wrong letter costs.
    Numbers: the same, or the end of it (the last six digits of a telephone number), or nothing.
    """
    if not asked or not held:
        return 0.0
    if asked == held:
        return 1.0
    if kind == NAME:
        return _names(asked, held)
    if kind == EMAIL:
        return max(0.0, 1.0 - 0.15 * OSA.distance(asked, held))
    short, long = sorted((asked, held), key=len)
    return 0.8 if len(short) >= 6 and long.endswith(short) else 0.0


def _names(asked: str, held: str) -> float:
    whole: float = fuzz.token_sort_ratio(asked, held) / 100
    words, others = asked.split(), held.split()
    if len(words) > len(others):
        words, others = others, words
    each: list[float] = [max(fuzz.ratio(word, other) for other in others) / 100 for word in words]
    # Words that all have a partner in the longer name, less a little for those left over.
    partners = sum(each) / len(each) - 0.05 * min(3, len(others) - len(words))
    return max(0.0, min(0.99, max(whole, partners)))
