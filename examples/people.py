"""The customers of the example company: a named cast with the hard cases, and a few hundred others."""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from examples import words

SEED = 2026
OTHERS = 286  # besides the cast
_PLAIN = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "đ": "d", "Đ": "D", "ı": "i", "'": "", "’": ""}
)


@dataclass(slots=True)
class Person:
    """One customer, or one contact of a business customer."""

    key: str  # customer number: seven digits with leading zeros
    name: str
    email: str
    signed_up: dt.date
    account: str = ""  # account number
    account_name: str = ""
    business: bool = False
    pays: bool = True  # gets the account's invoices
    left: dt.date | None = None
    second_email: str = ""
    phone: str = ""
    mobile: str = ""
    job: str = ""
    login: str = ""
    note: str = ""
    town: tuple[str, str, str] = words.TOWNS[0]
    activity: float = 1.0
    recordings: int = 0
    traits: frozenset[str] = field(default_factory=frozenset)  # hard cases, see records.py


def plain(text: str) -> str:
    """Latin letters without accents, in lower case: for e-mail addresses and user names."""
    bare = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(c for c in bare.lower() if c.isascii() and (c.isalnum() or c in " -"))


def drama_mobile(number: int) -> str:
    """One of the thousand mobile numbers that Ofcom keeps free: 07700 900000 to 900999."""
    return f"07700 900{number % 1000:03}"


def written(number: str, rng: random.Random) -> str:
    """The number as one of the ways in which people write it."""
    digits = number.replace(" ", "")
    form = rng.randrange(6)
    if form == 0:
        return f"+44 {number[1:]}"
    if form == 1:
        return digits
    if form == 2 and not digits.startswith("07"):
        area, rest = number.split(" ", 1)
        return f"({area}) {rest}"
    if form == 3:
        return f"+44{digits[1:]}"
    return number


def everybody(today: dt.date) -> list[Person]:
    """All customers as of `today`, the cast first. The same day gives the same people."""
    rng = random.Random(SEED)
    people = cast(today)
    accounts = _accounts(rng, today)
    for number in range(OTHERS):
        people.append(_somebody(number, rng, next(accounts)))
    return people


def cast(today: dt.date) -> list[Person]:
    """Those whom the documentation and the tests know by name."""

    def ago(years: float) -> dt.date:
        return today - dt.timedelta(days=round(years * 365.25))

    alice = Person(
        "0001001",
        "Alice Okafor",
        "alice@example.com",
        ago(3.1),
        "A-001001",
        "Alice Okafor",
        login="alice.okafor",
        second_email="alice.okafor@example.org",
        phone="0117 496 0142",
        mobile="07700 900123",
        job="Runs a bookkeeping business from home",
        note="Works from home with her partner Priya. Prefers e-mail.",
        activity=1.2,
        recordings=3,
        traits=frozenset({"every-kind", "markup", "alice"}),
    )
    bob = Person(
        "0001002",
        "Bob Lindqvist",
        "bob@example.com",
        ago(5.2),
        "A-001002",
        "Bob Lindqvist",
        login="bob.lindqvist",
        phone="0117 496 0177",
        mobile="+44 7700 900456",
        activity=0.8,
        recordings=1,
        traits=frozenset({"every-kind"}),
    )
    grace = Person(
        "0001003",
        "Grace Adeyemi-Thornton",
        "grace@example.com",
        ago(8.9),
        "A-001003",
        "Harbour Freight Forwarding Ltd",
        business=True,
        login="grace.thornton",
        phone="020 7946 0303",
        mobile="07700 900303",
        job="Head of operations",
        town=words.TOWNS[1],
        activity=3.0,
        recordings=2,
        traits=frozenset({"every-kind", "huge"}),
    )
    edwin = Person("0001004", "Edwin Moss", "edwin@example.com", ago(0.1), traits=frozenset({"empty"}))
    tom = Person(
        "0001005",
        "Tom Hollis",
        "hollis.family@example.com",
        ago(6.1),
        "A-001005",
        "Hollis household",
        phone="0117 496 0155",
        mobile="07700 900505",
        traits=frozenset({"markup"}),
    )
    margaret = Person(
        "0001006",
        "Margaret Hollis",
        "hollis.family@example.com",
        ago(6.0),
        "A-001005",
        "Hollis household",
        mobile="07700 900506",
        pays=False,
        activity=0.5,
    )
    sian = Person(
        "0001007",
        "Siân Pryce-Jones",
        "sian@example.org",
        ago(4.4),
        "A-001007",
        "Pryce-Jones & Daughter",
        business=True,
        phone="020 7946 0321",
        mobile="07700 900507",
        job="Business owner",
        town=words.TOWNS[1],
    )
    gethin = Person(
        "0001008",
        "Gethin Pryce-Jones",
        "gethin@example.org",
        ago(3.8),
        "A-001007",
        "Pryce-Jones & Daughter",
        business=True,
        pays=False,
        phone="+44 20 7946 0321",
        job="Bookkeeper",
        town=words.TOWNS[1],
        activity=0.6,
    )
    zoe = Person(
        "0001009",
        "Zoë O'Connell",
        "Zoe.OConnell@Example.COM",
        ago(2.5),
        "A-001009",
        "Zoë O'Connell",
        mobile="00447700900509",
        login="ZoeOC",
    )
    awkward = Person(
        "0000012",
        '=HYPERLINK("http://example.org/x";"Nadia")',
        "nadia@example.net",
        ago(7.3),
        "A-000012",
        "-2+3 Consulting",
        business=True,
        phone="0012",
        mobile="07700 900510",
        job="@SUM(A1:A9)",
        note='+44 is the country code, not a plus sum.\n<script>alert("staff note")</script>',
        traits=frozenset({"markup", "long-email", "control", "old-date"}),
    )
    people = [alice, bob, grace, edwin, tom, margaret, sian, gethin, zoe, awkward]
    for number, (name, email) in enumerate(SCRIPTS, start=11):
        people.append(
            Person(
                f"{1000 + number:07}",
                name,
                email,
                ago(1 + number % 7),
                f"A-00{1000 + number}",
                name,
                mobile=drama_mobile(500 + number),
                activity=0.7,
            )
        )
    return people


SCRIPTS = (
    ("فاطمة الزهراء بن يوسف", "fatima.zahra@example.com"),
    ("王小明", "xiaoming.wang@example.com"),
    ("Ελένη Παπαδοπούλου", "eleni.p@example.org"),
    ("Наталія Шевченко", "natalia.s@example.org"),
    ("田中 さくら", "sakura.tanaka@example.com"),
    ("יעל כהן", "yael.cohen@example.net"),
    ("प्रिया शर्मा", "priya.sharma.in@example.net"),
    ("김민준", "minjun.kim@example.com"),
    ("Nguyễn Thị Ánh Nguyệt", "nguyet@example.org"),
    ("Łukasz Żółkiewski", "lukasz.z@example.com"),
)


def _accounts(rng: random.Random, today: dt.date) -> Iterator[Person]:
    """An endless row of blank contacts: personal accounts, and businesses with several contacts each."""
    companies = [f"{name} {rng.choice(words.ENDINGS)}" for name in words.COMPANIES]
    rng.shuffle(companies)
    number = 2000
    while True:
        number += rng.randint(1, 7)
        opened = today - dt.timedelta(days=rng.randint(20, 9 * 365))
        left = opened + dt.timedelta(days=rng.randint(200, 2500)) if rng.random() < 0.18 else None
        if left and left > today:
            left = None
        business = bool(companies) and rng.random() < 0.24
        name, town = (companies.pop(), rng.choice(words.TOWNS)) if business else ("", rng.choice(words.TOWNS))
        for contact in range(rng.randint(2, 6) if business else 1):
            joined = min(opened + dt.timedelta(days=contact * rng.randint(0, 500)), left or today)
            yield Person(
                "",
                "",
                "",
                joined,
                f"A-{number:06}",
                name,
                business,
                contact == 0,
                left,
                town=town,
                activity=rng.choice((0.4, 0.7, 1.0, 1.0, 1.4, 2.0)) * (1.3 if contact == 0 else 0.6),
            )


def _somebody(number: int, rng: random.Random, person: Person) -> Person:
    givens, families = rng.choice(words.NAMES)
    family = _one(families, rng)
    person.name = f"{_one(givens, rng)} {family}"
    person.key = f"{2000 + number * 3:07}"
    user = ".".join(plain(person.name).split())
    if person.business:
        host = "".join(plain(person.account_name).split()[:2]).replace("-", "")
        person.email = f"{user}@{host}.example.com"
        person.job, person.login = rng.choice(words.JOBS), user
    else:
        person.account_name = person.name
        # The number keeps namesakes apart: an address is one person's unless the cast says otherwise.
        person.email = f"{user}{number}@example.{rng.choice(('com', 'org', 'net'))}"
        person.second_email = f"{user.split('.')[0]}.{number}@example.org" if rng.random() < 0.1 else ""
        person.login = user if rng.random() < 0.4 else ""
    # 500-599 belong to the cast; everybody's number is their own.
    mobile = drama_mobile(number if number < 100 else number + 500)
    person.mobile = written(mobile, rng) if rng.random() < 0.85 else ""
    phone = f"{person.town[2]}{400 + number}"
    person.phone = written(phone, rng) if rng.random() < 0.6 or not person.mobile else ""
    person.note = rng.choice(_NOTES) if rng.random() < 0.15 else ""
    person.recordings = rng.choice((0, 0, 0, 0, 1))
    return person


_NOTES = (
    "Pays late but always pays.",
    "Hard of hearing: speak slowly, or write.",
    "Speaks to us through her daughter; authority on file.",
    "Does not want to be rung before 10.",
    "Key contact for the whole company.",
)


def _one(names: str, rng: random.Random) -> str:
    """One of the names in a line; names of two words are kept together."""
    paired = [name for name in words.PAIRED if name in names]
    for name in paired:
        names = names.replace(name, name.replace(" ", "_"))
    return rng.choice(names.split()).replace("_", " ")
