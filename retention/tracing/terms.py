"""What is looked for: the ways in which a person's name, addresses and numbers may be written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import phonenumbers

from subjects.identifiers import REGION, normalise_name
from subjects.models import Subject

SHORTEST = 4  # letters; anything shorter stands in half of all texts
LONGEST = 200
MOST = 20  # terms of one search
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_PHONE = re.compile(r"\+?[\d\s().-]{7,20}")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for. It is found where every group has one of its spellings; all are in lower case."""

    label: str  # what it is, for the report: "name", "e-mail address", "term 2"; never the text itself
    groups: tuple[tuple[str, ...], ...]

    @property
    def spellings(self) -> tuple[str, ...]:
        """All texts that may be met, of every group."""
        return tuple(spelling for group in self.groups for spelling in group)

    def stands_in(self, text: str) -> bool:
        """Whether a text in lower case holds it."""
        return all(any(spelling in text for spelling in group) for group in self.groups)


def typed(lines: Iterable[str]) -> list[Term]:
    """Terms as somebody typed them, one a line. Raises ValueError, with a sentence, for what cannot be searched."""
    found: dict[tuple[str, ...], Term] = {}
    for number, line in enumerate((line for line in lines if line.strip()), start=1):
        text = _clean(line)
        if len(text) < SHORTEST:
            raise ValueError(
                f"Term {number} is too short: use {SHORTEST} characters or more, or it is found everywhere."
            )
        if len(text) > LONGEST:
            raise ValueError(f"Term {number} is too long: use {LONGEST} characters or fewer.")
        spellings = _phones(text) if _PHONE.fullmatch(text) else _words(text)
        found.setdefault(spellings, Term(f"term {number}", (spellings,)))
    if len(found) > MOST:
        raise ValueError(f"Search for {MOST} terms or fewer at once.")
    return list(found.values())


def of_person(subject: Subject) -> list[Term]:
    """Everything a person is known by; empty for somebody of whom no name, address or number is left."""
    name = _clean(subject.full_name)
    terms = [("name", _names(name))]
    terms += [("e-mail address", _words(_clean(each))) for each in (subject.email, subject.second_email)]
    terms += [("telephone number", _phones(_clean(each))) for each in (subject.phone, subject.mobile)]
    if not subject.source_key.startswith("x-"):  # that is what an erased number becomes
        terms.append(("customer number", _words(subject.source_key)))
    terms.append(("user name", _words(_clean(subject.portal_login))))
    found = [Term(label, (spellings,)) for label, spellings in terms if spellings]
    for address in subject.addresses.all():
        groups = (_words(_clean(address.lines.splitlines()[0].split(",")[0])), _postcodes(address.postcode))
        if all(groups):
            found.append(Term("postal address", groups))
    return list({term.groups: term for term in reversed(found)}.values())[::-1]


Source = Callable[[str], Mapping[str, str] | None]  # a reference -> label and text of what is known by it
_SOURCES: list[Source] = []


def register_source(source: Source) -> None:
    """Let an upper floor look for what it knows by a reference of its own (a request's)."""
    _SOURCES.append(source)


class Unknown(Exception):
    """There is nothing to look for; the text is a sentence that says what to do."""


def by_reference(reference: str) -> tuple[list[Term], str]:
    """What a reference leads to, of a person or a request, and what the trail calls it. Raises Unknown."""
    reference = reference.strip().upper()[:20]
    subject = Subject.objects.filter(reference=reference).first()
    if subject is not None:
        terms, target = of_person(subject), f"person:{subject.reference}"
    else:
        given = next((found for source in _SOURCES if (found := source(reference)) is not None), None)
        if given is None:
            raise Unknown("There is no person and no request with this reference.")
        terms, target = _of_texts(given), f"case:{reference}"
    if not terms:
        raise Unknown(
            "No name, address or number is left here to search by. Type the name, email address or telephone "
            "number to look for."
        )
    return terms, target


def _of_texts(given: Mapping[str, str]) -> list[Term]:
    ways = {"name": _names, "telephone number": _phones}
    found = {label: ways.get(label, _words)(_clean(text)) for label, text in given.items() if text.strip()}
    return [Term(label, (spellings,)) for label, spellings in found.items() if spellings]


def _clean(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", unicodedata.normalize("NFC", text)).split())


def _spellings(*texts: str) -> tuple[str, ...]:
    lower = (text.lower() for text in texts)
    return tuple(dict.fromkeys(text for text in lower if len(text) >= SHORTEST))


def _words(text: str) -> tuple[str, ...]:
    """As it is, in the form of the search keys, and as JSON and HTML write it."""
    plain = normalise_name(text) if not any(c.isdigit() or c == "@" for c in text) else text
    html = text.replace("&", "&amp;").replace("'", "&#x27;")
    return _spellings(text, plain, html, text.encode("ascii", "backslashreplace").decode())


def _names(name: str) -> tuple[str, ...]:
    """Also surname first."""
    first, _, last = name.rpartition(" ")
    return _spellings(*_words(name), *([f"{last}, {first}", f"{last} {first}"] if first else []))


def _postcodes(postcode: str) -> tuple[str, ...]:
    joined = "".join(postcode.split())
    return _spellings(postcode.strip(), joined, f"{joined[:-3]} {joined[-3:]}") if len(joined) > 4 else ()


def _phones(number: str) -> tuple[str, ...]:
    """The number as people, systems and search keys write it."""
    if not number:
        return ()
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return _spellings(number, re.sub(r"\D", "", number))
    form = phonenumbers.PhoneNumberFormat
    ways = [
        phonenumbers.format_number(parsed, way)
        for way in (form.E164, form.INTERNATIONAL, form.NATIONAL, form.RFC3966)
    ]
    digits = re.sub(r"\D", "", ways[2])
    ways += [digits, f"{digits[:5]} {digits[5:]}", f"{digits[:5]} {digits[5:8]} {digits[8:]}"]
    ways += [f"{digits[:4]} {digits[4:7]} {digits[7:]}", ways[0].removeprefix("+"), ways[2].replace(" ", "-")]
    return _spellings(number, *ways)
