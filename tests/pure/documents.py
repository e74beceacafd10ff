"""Documents for the writers' tests: one like a real customer's, one of any size, and pieces to build odd
ones.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any

from requests_sar.document import (
    Attachment,
    Column,
    Document,
    Kind,
    Removed,
    Right,
    Row,
    Searched,
    Sheet,
    Why,
)

MADE_AT = dt.datetime(2026, 11, 22, 14, 5, 30, tzinfo=dt.UTC)


def sheet(
    key: str,
    title: str,
    what: str,
    columns: Sequence[tuple[str, str, Kind]],
    rows: Sequence[Row],
    **more: Any,
) -> Sheet:
    """A kind of data held in a list."""
    made = tuple(Column(k, label, f"{label}, as we recorded it.", kind) for k, label, kind in columns)
    return Sheet(key, title, what, made, more.pop("count", len(rows)), lambda: iter(rows), **more)


def texts(values: Sequence[str | None], key: str = "notes", title: str = "Notes") -> Sheet:
    """A kind with one text column."""
    columns = [("text", "Text", Kind.TEXT)]
    return sheet(key, title, "Notes about you.", columns, [(value,) for value in values])


def why(title: str) -> Why:
    """The Article 15 facts of one kind."""
    return Why(
        title=title,
        purpose="To give you technical support by phone, e-mail or remote session.",
        legal_reason="Contract: we need it to do what you have paid us for.",
        source="From you, when you call us or write to us.",
        shared_with="IT service providers; broadband and telephony providers.",
        kept_for="7 years after the date of the record, because tax law and the limit for claims ask for it.",
        deleted_on="From 4 March 2027 (oldest) to 21 November 2033 (newest)",
        leaves_uk="Stays in the UK and the EU.",
        computer_decisions="None. People decide.",
    )


RIGHTS = (
    ("A copy of your data", "Ask for everything we hold about you, as you have done here.", "copy"),
    ("Correct your details", "Ask us to put right what is wrong or add what is missing.", "correct"),
    ("Delete your data", "Ask us to delete what we no longer need to keep.", "delete"),
    ("Pause how we use your data", "Ask us to keep it but not use it while a question is settled.", "pause"),
    ("Move your data", "Get files that another company can read.", "move"),
    ("Object to how we use your data", "Ask us to stop. For marketing we always stop.", "object"),
    ("Decisions made by computer", "Ask for a person to look at it. We make no such decisions.", "decisions"),
    ("How we use your data", "Read the privacy notice.", "notice"),
)
WORDS = {
    "RES": "Resolved: we fixed it and you agreed.",
    "ESC": "Passed to a senior engineer.",
    "VAT": "Value added tax, a tax on what is sold.",
    "DD": "Direct Debit, a payment your bank makes on a fixed day.",
    "ICO": "The Information Commissioner, who watches over data protection in the UK.",
    "paid": "We have the money.",
    "void": "Cancelled: nothing is owed.",
}
CALLS = (
    ("call", "Call", Kind.TEXT),
    ("began", "When it began", Kind.MOMENT),
    ("length", "How long", Kind.DURATION),
    ("phone", "Phone number", Kind.TEXT),
    ("issue", "What you told us", Kind.TEXT),
    ("outcome", "What we did", Kind.TEXT),
    ("status", "How it ended", Kind.TEXT),
    ("charged", "Charged for", Kind.BOOLEAN),
)
ISSUES = (
    (
        "Outlook asks for the password again and again since the update.",
        "Cleared the saved password and signed in.",
    ),
    ("Printer on the first floor prints blank pages.", "Replaced the toner.\nTest page was fine."),
    ('Cannot open the shared folder "Accounts & VAT" from home.', "Set up the VPN client <v5> again."),
    ('=HYPERLINK("http://example.com") appeared in my sheet, is it a virus?', None),
    (
        "Very slow computer. It takes more than ten minutes to start, the fan is loud all the time, and the "
        "screen goes black when I move the lid. I have tried to restart it several times.",
        "[Removed R1: another person's name] visited and changed the disk. All data was copied.",
    ),
    ("New starter needs a laptop: [Removed R2: another customer's details].", "Ordered a laptop."),
)


def call_rows(count: int) -> list[Row]:
    """Support calls, oldest first."""
    rows: list[Row] = []
    for n in range(count):
        issue, outcome = ISSUES[n % len(ISSUES)]
        began = dt.datetime(2019, 3, 4, 8, 55, tzinfo=dt.UTC) + dt.timedelta(days=61 * n, minutes=37 * n)
        phone = "0117 496 0342" if n % 3 else "+44 7700 900342"
        status = ("RES", "ESC", "RES", None)[n % 4]
        length = 45 + 173 * n % 4000
        rows.append((f"C-{n + 1:05d}", began.isoformat(), length, phone, issue, outcome, status, n % 5 == 0))
    return rows


def invoice_rows(count: int) -> list[Row]:
    """Invoices, oldest first."""
    rows: list[Row] = []
    for n in range(count):
        day = (dt.date(2019, 4, 1) + dt.timedelta(days=30 * n)).isoformat()
        paid = None if n == count - 1 else day
        rows.append((f"00{n + 411}", day, f"{19 + 37 * n % 900}.{n % 100:02d}", "DD", "paid", paid))
    return rows


EMAILS: list[Row] = [
    (
        "2024-07-01T08:12:00+00:00",
        "You",
        "Renewal",
        "Dear all,\n\nplease renew both licences.\n\nThanks\nSiân",
    ),
    (
        "2024-07-01T09:30:00+00:00",
        "Us",
        "Re: Renewal",
        "Dear Siân,\n\ndone. An invoice follows.\n\nKind regards",
    ),
    ("2025-01-14T16:44:10+00:00", "You", "مرحبا", "كيف حالك؟ 👋 Emoji and Arabic must survive."),
    ("2025-02-02T11:00:00+00:00", "You", "Log file", "Line of the log that was sent to us. " * 1_200),
]


def realistic() -> Document:
    """A customer with support calls, invoices, e-mails and recordings, two reasons for removal, and an empty
    kind.
    """
    calls, invoices = call_rows(42), invoice_rows(14)
    account = [
        ("Name", "Siân Ó Brádaigh", "2019-03-01"),
        ("E-mail address", "sian@example.com", "2021-06-09"),
        ("Phone number", "0117 496 0342", "2019-03-01"),
        ("Account number", "0004417", "2019-03-01"),
    ]
    kinds = [
        sheet(
            "account",
            "Account",
            "Who you are to us and how we reach you",
            [
                ("field", "Detail", Kind.TEXT),
                ("value", "What we hold", Kind.TEXT),
                ("since", "Held since", Kind.DATE),
            ],
            account,
            first=dt.date(2019, 3, 1),
            last=dt.date(2021, 6, 9),
        ),
        sheet(
            "invoices",
            "Invoices and payments",
            "What we charged you and how you paid",
            [
                ("number", "Invoice number", Kind.TEXT),
                ("date", "Date", Kind.DATE),
                ("total", "Total with VAT", Kind.MONEY),
                ("method", "How paid", Kind.TEXT),
                ("status", "State", Kind.TEXT),
                ("paid", "Paid on", Kind.DATE),
            ],
            invoices,
            first=dt.date(2019, 4, 1),
            last=dt.date(2020, 4, 25),
        ),
        sheet(
            "support-calls",
            "Support calls",
            "Times you called us for help, what you asked and what we did",
            CALLS,
            calls,
            first=dt.date(2019, 3, 4),
            last=dt.date(2026, 1, 10),
        ),
        sheet(
            "recordings",
            "Call recordings",
            "Recordings of calls, as sound files in the ZIP",
            [
                ("call", "Call", Kind.TEXT),
                ("file", "File in the ZIP", Kind.FILE),
                ("length", "How long", Kind.DURATION),
            ],
            [("C-00001", "files/recordings/0001.wav", 218)],
            first=dt.date(2019, 3, 4),
            last=dt.date(2019, 3, 4),
        ),
        sheet(
            "emails",
            "Emails",
            "E-mails between you and us",
            [
                ("sent", "Sent", Kind.MOMENT),
                ("who", "Written by", Kind.TEXT),
                ("subject", "Subject", Kind.TEXT),
                ("body", "Text", Kind.TEXT),
            ],
            EMAILS,
            first=dt.date(2024, 7, 1),
            last=dt.date(2025, 2, 2),
        ),
        sheet(
            "texts-and-faxes", "Texts and faxes", "Text messages and faxes", [("text", "Text", Kind.TEXT)], []
        ),
    ]
    return document(
        kinds,
        removed=(
            Removed(
                1,
                "Support calls",
                "The name of an engineer",
                "It is about another person.",
                "DPA 2018, Schedule 2, paragraph 16",
            ),
            Removed(
                2,
                "Support calls",
                "Details of another customer",
                "They have not agreed.",
                "DPA 2018, Schedule 2, paragraph 16",
            ),
        ),
        attachments=(recording(),),
    )


def recording(path: str = "files/recordings/0001.wav", content: bytes = b"RIFF0000WAVE" * 400) -> Attachment:
    """A small sound file."""
    return Attachment(path, lambda: io.BytesIO(content), len(content), "audio/wav")


def document(sheets: Sequence[Sheet] = (), **more: Any) -> Document:
    """A document around `sheets`, complete in everything else."""
    facts: dict[str, Any] = {
        "reference": "DP-7K4M-29QX",
        "organisation": "Data Productions",
        "made_for": "Siân Ó Brádaigh",
        "asked_for": "Please send me everything you hold about me, including call recordings.",
        "asked_on": dt.date(2026, 11, 3),
        "made_at": MADE_AT,
        "why": tuple(why(kind.title) for kind in sheets),
        "rights": tuple(
            Right(name, line, f"https://data.example.org/rights/{p}/") for name, line, p in RIGHTS
        ),
        "words": WORDS,
        "searched": tuple(
            Searched(
                f"{kind.title} system",
                f"{kind.title} of all customers",
                "Your account number, e-mail address and phone number",
                MADE_AT,
                f"{kind.count} records" if kind.count else "Nothing found",
            )
            for kind in sheets
        ),
        "contact": "Data Protection Officer, gdpr@example.org, 0330 223 2624",
        "complain_to_us": "https://data.example.org/complain/ or gdpr@example.org. We answer within 30 days.",
        "complain_to_regulator": "Information Commissioner (ICO), https://ico.org.uk/, 0303 123 1113",
        "complain_to_court": "You can also ask a court to enforce your rights.",
        "portal_url": "https://data.example.org/",
        "transfers": "Some back-up services store data in the EU, which UK law accepts as safe.",
    }
    return Document(sheets=tuple(sheets), **{**facts, **more})


def large(count: int) -> Document:
    """`count` support calls of ten mixed columns, made while they are read."""

    def rows() -> Iterator[Row]:
        start = dt.datetime(2017, 1, 1, tzinfo=dt.UTC)
        for n in range(count):
            began = start + dt.timedelta(minutes=47 * n % 5_000_000)
            yield (
                f"C-{n:07d}",
                began.isoformat(),
                began.date().isoformat(),
                n % 4000,
                f"{n % 9000}.{n % 100:02d}",
                f"0117 49{n % 100_000:05d}",
                f"Printer {n % 977} on floor {n % 9} prints blank pages & makes a loud noise",
                "RES" if n % 3 else "ESC",
                n % 7 == 0,
                n if n % 2 else None,
            )

    kinds = (Kind.TEXT, Kind.MOMENT, Kind.DATE, Kind.DURATION, Kind.MONEY, Kind.TEXT, Kind.TEXT, Kind.TEXT)
    columns = tuple(
        Column(f"c{n}", f"Column {n}", "A column.", kind)
        for n, kind in enumerate((*kinds, Kind.BOOLEAN, Kind.INTEGER))
    )
    return document([Sheet("calls", "Support calls", "Calls you made", columns, count, rows)])
