"""The shapes of the facts in the register: frozen dataclasses and the short lists of words they may use.

Pure. Each class mirrors one table of `register.toml`; the field names are the keys of the file and the types
say what may stand there (`reading.py` goes by them). A field without a default must be in the file.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NewType

from .periods import DayOfYear, Floor, Period

Key = NewType("Key", str)  # small letters, digits and hyphens: "call-recordings"
Email = NewType("Email", str)
END_OF_MARCH = DayOfYear(3, 31)  # the usual accounting year end

Url = NewType("Url", str)  # https only
Clause = NewType("Clause", str)  # part of a sentence: starts small, ends without a full stop


class Basis(StrEnum):
    """Lawful bases of UK GDPR Article 6(1). `label`, `article` and `words` are for people."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal-obligation"
    VITAL_INTERESTS = "vital-interests"
    PUBLIC_TASK = "public-task"
    RECOGNISED_LEGITIMATE_INTERESTS = "recognised-legitimate-interests"
    LEGITIMATE_INTERESTS = "legitimate-interests"

    @property
    def label(self) -> str:
        """Its name in a sentence: "Legal obligation"."""
        return self.value.replace("-", " ").capitalize()

    @property
    def article(self) -> str:
        """Where it stands in the law: "UK GDPR Article 6(1)(c)"."""
        return f"UK GDPR Article 6(1)({_ARTICLE_6[self][0]})"

    @property
    def words(self) -> str:
        """What it means, as a clause after "because" in the second person."""
        return _ARTICLE_6[self][1]

    @property
    def needs_interest(self) -> bool:
        """Whether the interest pursued must be stated (Article 13(1)(d))."""
        return self is Basis.LEGITIMATE_INTERESTS


_ARTICLE_6 = {
    Basis.CONSENT: ("a", "you said yes to this particular use, and you can take that back at any time"),
    Basis.CONTRACT: ("b", "we need it to do what we agreed with you, or what you asked for before agreeing"),
    Basis.LEGAL_OBLIGATION: ("c", "the law requires it of us"),
    Basis.VITAL_INTERESTS: ("d", "it is needed to protect somebody's life"),
    Basis.PUBLIC_TASK: ("e", "it is needed for a task in the public interest that the law lays down"),
    Basis.RECOGNISED_LEGITIMATE_INTERESTS: (
        "ea",
        "it serves an interest the law itself recognises, such as preventing crime",
    ),
    Basis.LEGITIMATE_INTERESTS: (
        "f",
        "we, or somebody else, have a good reason for it that your own interests do not outweigh, "
        "and you can object",
    ),
}


class Trigger(StrEnum):
    """The event a retention period counts from. `words` completes "7 years after ..."."""

    RECORD_DATE = "record date"
    RELATIONSHIP_END = "relationship end"
    LAST_CONTACT = "last contact"
    CONTRACT_END = "contract end"
    CONSENT_END = "consent end"
    CASE_CLOSED = "case closed"

    @property
    def words(self) -> str:
        """A noun phrase for "after ..." and "starts with ..."."""
        return _TRIGGER_WORDS[self]

    @property
    def open_ended(self) -> bool:
        """True where a record can be kept for now without any date to count from."""
        return self is not Trigger.RECORD_DATE


_TRIGGER_WORDS = {
    Trigger.RECORD_DATE: "the date of the record",
    Trigger.RELATIONSHIP_END: "the end of your relationship with us",
    Trigger.LAST_CONTACT: "our last contact with you",
    Trigger.CONTRACT_END: "the end of the contract for it",
    Trigger.CONSENT_END: "the day you take your consent back",
    Trigger.CASE_CLOSED: "the day your request is closed",
}


class Action(StrEnum):
    """What happens to a record when its time is up."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    KEEP_DIGEST = "keep-digest"

    @property
    def words(self) -> str:
        """What we do, as a sentence."""
        return _ACTION_WORDS[self]


_ACTION_WORDS = {
    Action.DELETE: "Then we delete it.",
    Action.ANONYMISE: "Then we take out everything that points to you and keep only figures.",
    Action.KEEP_DIGEST: "Then we delete it and keep only a code that does not show your details.",
}


class WhenAsked(StrEnum):
    """What becomes of records whose time is not over when their person asks for erasure (Article 17)."""

    GOES = "goes"  # nothing speaks for keeping it
    GOES_AFTER_CONTRACT = "goes after contract"  # still needed only while we work for them (Article 17(1)(a))
    STAYS = "stays"  # a legal obligation or legal claims (Article 17(3)(b) and (e)): through its whole period
    FOLLOWS = "follows"  # stays only as long as records of the kinds in `not_before` do


class Standing(StrEnum):
    """Whom a retention rule is for."""

    EVERYONE = "everyone"
    CUSTOMER = "customer"
    ENQUIRER = "enquirer"  # wrote or phoned, but never bought


class Nation(StrEnum):
    """Whose bank holidays count for reply dates; the keys of the official list."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"

    @property
    def words(self) -> str:
        """ "England and Wales"."""
        return self.value.replace("-", " ").title().replace(" And ", " and ")


class CookiePlace(Enum):
    """Which site sets a cookie."""

    PORTAL = "portal"
    MAIN_WEBSITE = "main-website"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """When the words of the register last changed, and the rights page's standing sentences."""

    updated: dt.date
    time_limit: str
    cost: str
    identity: str
    marketing: str
    cookies: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Who decides about the data (Article 13(1)(a)) and the facts that calculations need."""

    name: str
    role: str
    registration_number: str
    phone: str
    contact: str  # who to ask for: "Data Protection Officer"
    website: Url | None = None
    address: str = ""
    hours: str = ""  # when the phone is answered
    nation: Nation = Nation.ENGLAND_AND_WALES
    accounting_year_end: DayOfYear = END_OF_MARCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """Mailboxes by purpose."""

    rights: Email
    complaints: Email
    opt_out: Email
    opt_in: Email


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulator:
    """The supervisory authority."""

    name: str
    url: Url
    phone: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """How to complain: to us, to the regulator, to a court. Full sentences."""

    to_us: str
    to_regulator: str
    to_court: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A kind of data."""

    key: Key
    name: str
    what: str  # one sentence
    source: str  # Article 15(1)(g), one sentence
    examples: tuple[str, ...]
    people: tuple[str, ...]  # whose data it is, Article 30(1)(c)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A business function: something the company does with personal data, and by what right."""

    key: Key
    name: str
    why: Clause  # "to supply computers and accessories"
    basis: Basis
    categories: tuple[Key, ...]
    recipients: tuple[Key, ...] = ()
    interest: Clause = Clause("")  # the legitimate interest pursued, Article 13(1)(d)
    marketing: bool = (
        False  # direct marketing on another basis than consent: an objection to it is absolute too
    )

    @property
    def is_marketing(self) -> bool:
        """Whether a no to it takes effect at once and can never be refused (Articles 7(3) and 21(3))."""
        return self.marketing or self.basis is Basis.CONSENT

    @property
    def open_to_objection(self) -> bool:
        """Whether people may object to it: direct marketing, and what rests on interests (Article 21(1) and (2))."""
        weighed = (Basis.PUBLIC_TASK, Basis.LEGITIMATE_INTERESTS, Basis.RECOGNISED_LEGITIMATE_INTERESTS)
        return self.is_marketing or self.basis in weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A category of people or firms who may receive data (Article 15(1)(c))."""

    key: Key
    name: Clause  # as inside a sentence: "hardware suppliers"
    why: Clause
    receives: tuple[Key, ...] = ()  # kinds of data; empty only for those the law makes us answer
    by_law: bool = False  # law enforcement and regulators: may be given any kind of data on a lawful request
    where: str = ""


class Way(StrEnum):
    """How a recipient is told of a correction, an erasure or a pause without a person doing it."""

    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """One recipient that the portal tells by itself (Article 19). Whoever has no such entry is told by a person."""

    recipient: str  # by the name that stands in the record of disclosures: "Swift Parcels"
    way: Way
    address: str  # an e-mail address, or where the signed message is posted to
    secret: str = (
        ""  # of a webhook: NAME means the setting NOTIFY_SECRET_NAME; the secret itself never stands here
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long one kind of data is kept."""

    category: Key
    period: Period
    after: Trigger
    action: Action
    because: Clause
    floor: Floor | None = None
    not_before: tuple[Key, ...] = ()  # kinds of data whose last record this one must outlive
    applies_to: Standing = Standing.EVERYONE
    when_asked: WhenAsked = WhenAsked.STAYS  # the safe reading of a register that does not say
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLived:
    """Something the portal itself makes and destroys, such as the files of a reply."""

    key: Key
    what: str
    period: Period
    after: Clause
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A place where data lies."""

    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A place that the portal cannot reach: a person searches it when somebody uses a right."""

    key: Key
    name: str  # "Mailboxes of support staff"
    holds: str  # one sentence: what lies there
    ask: str  # what the colleague is asked to search, in full sentences
    days: int  # to answer, counted from the day they are asked
    categories: tuple[Key, ...]  # kinds of data that may lie there
    owner_email: Email = Email("")  # who searches it; empty: whoever works on the request
    rights: tuple[Key, ...] = (Key("access"),)  # which rights it is searched for by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """Article 15(2): data leaving the United Kingdom."""

    sentence: str
    safeguards: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomatedDecisions:
    """Article 15(1)(h): decisions by computer alone."""

    made: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """The company's other hat: data it handles for its clients."""

    acts: bool
    sentence: str
    requests: str  # what happens to a request about a client's data


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie, or one family of cookies. Portal cookies have the keys "session" and "csrf"."""

    key: Key
    name: str
    place: CookiePlace
    purpose: str
    lasts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One of the eight rights, in the company's words."""

    key: Key
    name: str  # "A copy of your data"
    legal_name: str
    line: str  # what it is
    how: str  # how to use it here


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """A general description of the measures (Article 30(1)(g))."""

    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accessibility:
    """What the company itself has to say about access to this portal."""

    reviewed: dt.date
    other_formats: str
    known_problems: tuple[str, ...] = ()
