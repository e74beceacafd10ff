"""The register in memory: facts, look-ups and the sentences every page, letter and workbook takes from them.

Pure: no Django, no clock. `load` reads one TOML file; a register that loads is consistent. Sentences speak to
the person the data is about ("you") in the company's voice ("we").
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from . import checking
from .facts import (
    Accessibility,
    AutomatedDecisions,
    Basis,
    Category,
    Complaints,
    Contacts,
    Controller,
    Cookie,
    CookiePlace,
    Function,
    Notice,
    Notify,
    Processor,
    Recipient,
    Regulator,
    Retention,
    Right,
    Security,
    ShortLived,
    Standing,
    Storage,
    System,
    Transfers,
)
from .reading import Problem, Reader, did_you_mean, required

DEFAULT_FILE = Path(__file__).with_name("register.toml")
LARGEST_FILE = 1_000_000  # bytes


class RegisterError(Exception):
    """The register cannot be used. `problems` lists all that is wrong; the text shows one problem a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(each) for each in self.problems))


class UnknownKey(KeyError):
    """Code asked for something the register does not have."""

    def __str__(self) -> str:
        """The sentence itself, not its repr as KeyError would show it."""
        return str(self.args[0])


_SINGLE: dict[str, type] = {
    "notice": Notice,
    "controller": Controller,
    "contacts": Contacts,
    "regulator": Regulator,
    "complaints": Complaints,
    "transfers": Transfers,
    "automated_decisions": AutomatedDecisions,
    "processor": Processor,
    "security": Security,
    "accessibility": Accessibility,
}
_MANY: dict[str, tuple[str, type]] = {  # table -> attribute of Register, shape
    "function": ("functions", Function),
    "category": ("categories", Category),
    "recipient": ("recipients", Recipient),
    "retention": ("retention", Retention),
    "short_lived": ("short_lived", ShortLived),
    "storage": ("storage", Storage),
    "system": ("systems", System),
    "notify": ("notify", Notify),
    "cookie": ("cookies", Cookie),
    "right": ("rights", Right),
}

# A company whose systems the portal reaches all has nothing to search by hand, and a person can tell every recipient.
_MAY_BE_NONE = {"system", "notify"}

Keyed = TypeVar("Keyed", Category, Function, Recipient, Right, ShortLived, System)


@dataclass(frozen=True, kw_only=True)
class Register:
    """Everything the company says about personal data. Tuples keep the order of the file."""

    digest: str  # SHA-256 of the file, hex
    notice: Notice
    controller: Controller
    contacts: Contacts
    regulator: Regulator
    complaints: Complaints
    transfers: Transfers
    automated_decisions: AutomatedDecisions
    processor: Processor
    security: Security
    accessibility: Accessibility
    functions: tuple[Function, ...]
    categories: tuple[Category, ...]
    recipients: tuple[Recipient, ...]
    retention: tuple[Retention, ...]
    short_lived: tuple[ShortLived, ...]
    storage: tuple[Storage, ...]
    systems: tuple[System, ...]
    notify: tuple[Notify, ...]
    cookies: tuple[Cookie, ...]
    rights: tuple[Right, ...]

    @property
    def version(self) -> str:
        """Short name of this state of the file, for records: its date and the start of its digest."""
        return f"{self.notice.updated.isoformat()}.{self.digest[:8]}"

    # Looking things up. Each raises UnknownKey for a key the register does not have.

    def way_to_tell(self, recipient: str) -> Notify | None:
        """How a recipient is told, by its name in the record of disclosures; None: by a person."""
        name = recipient.strip().casefold()
        return next((each for each in self.notify if each.recipient.strip().casefold() == name), None)

    def category(self, key: str) -> Category:
        """The kind of data `key`."""
        return _find(self.categories, key, "category")

    def function(self, key: str) -> Function:
        """The business function `key`."""
        return _find(self.functions, key, "function")

    def recipient(self, key: str) -> Recipient:
        """The category of recipients `key`."""
        return _find(self.recipients, key, "recipient")

    def right(self, key: str) -> Right:
        """The right `key`."""
        return _find(self.rights, key, "right")

    def short_lived_thing(self, key: str) -> ShortLived:
        """The thing the portal makes and destroys `key`, such as "package"."""
        return _find(self.short_lived, key, "short_lived")

    def system(self, key: str) -> System:
        """The place searched by a person `key`."""
        return _find(self.systems, key, "system")

    def systems_for(self, right_key: str) -> tuple[System, ...]:
        """The places that a person searches when somebody uses this right; none for a right without any."""
        return tuple(each for each in self.systems if right_key in each.rights)

    def functions_for(self, category_key: str) -> tuple[Function, ...]:
        """The business functions that use this kind of data; never empty."""
        key = self.category(category_key).key
        return tuple(each for each in self.functions if key in each.categories)

    def recipients_for(self, category_key: str) -> tuple[Recipient, ...]:
        """Who may receive this kind of data: those it is given to, then those the law lets ask for any."""
        key = self.category(category_key).key
        given = [each for each in self.recipients if key in each.receives and not each.by_law]
        return (*given, *self.recipients_by_law)

    @property
    def recipients_by_law(self) -> tuple[Recipient, ...]:
        """Law enforcement, regulators: only on a lawful request."""
        return tuple(each for each in self.recipients if each.by_law)

    def retention_for(self, category_key: str, *, standing: Standing = Standing.CUSTOMER) -> Retention:
        """The retention rule for this kind of data of a customer (or of somebody who never bought)."""
        rules = self.retention_rules_for(category_key)
        return next(rule for rule in rules if rule.applies_to in (Standing.EVERYONE, standing))

    def retention_rules_for(self, category_key: str) -> tuple[Retention, ...]:
        """All rules for this kind of data: one for everyone, or one for customers and one for enquirers."""
        key = self.category(category_key).key
        return tuple(rule for rule in self.retention if rule.category == key)

    def cookies_of(self, place: CookiePlace) -> tuple[Cookie, ...]:
        """The cookies one site sets."""
        return tuple(each for each in self.cookies if each.place is place)

    @property
    def bases_used(self) -> tuple[Basis, ...]:
        """The lawful bases some function rests on, in the order of Article 6."""
        used = {each.basis for each in self.functions}
        return tuple(basis for basis in Basis if basis in used)

    # Sentences.

    def purpose_sentence(self, category_key: str) -> str:
        """Why this kind of data is used (Article 15(1)(a))."""
        return _sentence("; ".join(each.why for each in self.functions_for(category_key)))

    def legal_reason_sentence(self, category_key: str) -> str:
        """The lawful bases, each with its meaning, the functions it carries and the article."""
        functions = self.functions_for(category_key)
        bases = [basis for basis in Basis if basis in {each.basis for each in functions}]
        return " ".join(
            _basis_sentence(basis, [one for one in functions if one.basis is basis]) for basis in bases
        )

    def source_sentence(self, category_key: str) -> str:
        """Where the data came from (Article 15(1)(g))."""
        return self.category(category_key).source

    def recipients_sentence(self, category_key: str) -> str:
        """Who may receive this kind of data (Article 15(1)(c))."""
        given = [each for each in self.recipients_for(category_key) if not each.by_law]
        sentences = ["We do not share it with other firms."]
        if given:
            who = "; ".join(f"{each.name}, {each.why}" for each in given)
            sentences = [f"We may share it with {who}."]
        if self.recipients_by_law:
            names = listed(each.name for each in self.recipients_by_law)
            sentences.append(f"The law can also make us share it with {names}.")
        return " ".join(sentences)

    def kept_for_sentence(self, category_key: str) -> str:
        """How long this kind of data is kept, from when, why, and what happens then (Article 15(1)(d))."""
        return " ".join(self.rule_sentence(rule) for rule in self.retention_rules_for(category_key))

    def rule_sentence(self, rule: Retention) -> str:
        """One retention rule in words."""
        kept = f"{rule.period} after {rule.after.words}"
        if rule.applies_to is Standing.ENQUIRER:
            kept = f"If you never bought from us: {kept}"
        if rule.floor:
            kept += (
                f", and at least until {rule.floor.period} after the end of our accounting year it belongs to"
            )
        if rule.not_before:
            others = listed(f"“{self.category(key).name}”" for key in rule.not_before)
            kept += f", and as long as we keep anything of yours under {others}"
        return " ".join(filter(None, (f"{kept}, because {rule.because}.", rule.action.words, rule.note)))

    def transfers_sentence(self, category_key: str | None = None) -> str:
        """Whether data leaves the United Kingdom (Article 15(2)); the same for every kind of data."""
        if category_key is not None:
            self.category(category_key)
        return f"{self.transfers.sentence} {self.transfers.safeguards}"

    def automated_decisions_sentence(self, category_key: str | None = None) -> str:
        """Whether computers alone decide anything (Article 15(1)(h)); the same for every kind of data."""
        if category_key is not None:
            self.category(category_key)
        return self.automated_decisions.sentence

    def contact_sentence(self) -> str:
        """Whom to ask about personal data, and how."""
        controller = self.controller
        return f"{controller.contact}, {controller.name}: {self.contacts.rights}, {controller.phone}"


def load(path: str | Path) -> Register:
    """Read, check and return the register in the TOML file at `path`.

    Raises RegisterError with every problem found: unreadable file, wrong or missing values, contradictions.
    """
    raw = _bytes(Path(path))
    return build(_document(Path(path).name, raw), name=Path(path).name, digest=digest_of(raw))


def document_of(path: str | Path) -> dict[str, Any]:
    """The tables of the TOML file at `path`, unchecked. Raises RegisterError where it is no TOML."""
    return _document(Path(path).name, _bytes(Path(path)))


def parse(text: str, *, name: str) -> dict[str, Any]:
    """The tables of a register given as TOML text, unchecked. `name` tells problems apart. Raises RegisterError."""
    return _document(name, text.encode("utf-8", "surrogatepass"))


def digest_of(raw: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(raw).hexdigest()


def build(document: dict[str, Any], *, name: str, digest: str) -> Register:
    """The register of these tables: the one way from TOML to facts, for the file and for every version of it.

    Raises RegisterError with every problem found: wrong or missing values, contradictions.
    """
    reader = Reader(name)
    for name in document:
        if name not in _SINGLE and name not in _MANY:
            reader.fault(name, "There is no such table.", did_you_mean(name, [*_SINGLE, *_MANY]))
    single: dict[str, Any] = {name: reader.one(document, name, shape) for name, shape in _SINGLE.items()}
    many: dict[str, Any] = {
        attribute: reader.many(document, name, shape, needed=name not in _MAY_BE_NONE)
        for name, (attribute, shape) in _MANY.items()
    }
    checking.check(reader, **{name: many[name] for name in many if name != "storage"})
    if reader.problems:
        raise RegisterError(reader.problems)
    return Register(digest=digest, **single, **many)


def required_lines() -> dict[str, list[str]]:
    """For each table of a register the lines that it cannot do without."""
    shapes = {**_SINGLE, **{name: shape for name, (_, shape) in _MANY.items()}}
    return {name: required(shape) for name, shape in shapes.items()}


def shape_of(table: str) -> type:
    """The shape of the facts of a table, such as "retention". Raises KeyError."""
    return _SINGLE[table] if table in _SINGLE else _MANY[table][1]


def listed(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _unusable(path.name, f"It cannot be read: {error.strerror}.") from error
    if len(raw) > LARGEST_FILE:
        raise _unusable(path.name, "It is larger than a megabyte.")
    return raw


def _document(name: str, raw: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _unusable(name, f"Byte {error.start + 1} is not UTF-8.", "Save the file as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unusable(name, f"It is not TOML: {error}.", "Mend the place named and try again.") from error


def _unusable(
    name: str, what: str, remedy: str = "Set REGISTER_FILE to a register file that this program may read."
) -> RegisterError:
    return RegisterError([Problem(name, "(file)", what, remedy)])


def _find(entries: Sequence[Keyed], key: str, what: str) -> Keyed:
    for each in entries:
        if each.key == key:
            return each
    remedy = did_you_mean(key, [each.key for each in entries])
    raise UnknownKey(f'The register has no {what} "{key}". {remedy}')


def _basis_sentence(basis: Basis, functions: Sequence[Function]) -> str:
    names = listed(each.name for each in functions)
    interests = listed(each.interest for each in functions if each.interest) if basis.needs_interest else ""
    reason = f" Our reason is {interests}." if interests else ""
    return f"{basis.label} ({names}): {basis.words} ({basis.article}).{reason}"


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."
