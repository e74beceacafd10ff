"""Make the import files of the example company: `python -m examples.make [FOLDER] [--today 2026-11-23]`.

The same day gives the same bytes. Nothing here is a real person: see words.py. Each file is in another of the
formats that the import reads, with headings as a small firm's systems would name them.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from examples.formats import british, write_csv, write_jsonl, write_wav, write_xlsx
from examples.people import Person, everybody
from examples.records import Book, records_of

RECORDINGS = "recordings"
PITCHES = (220, 262, 294, 330)


class File(NamedTuple):
    """One import file: the kind of record, its name, how it is written, its columns (field -> heading)."""

    kind: str
    name: str
    write: Callable[[Path, Sequence[Mapping[str, Any]], Mapping[str, str]], int]
    headings: dict[str, str]


def _csv(**how: Any) -> Callable[[Path, Sequence[Mapping[str, Any]], Mapping[str, str]], int]:
    return lambda path, rows, headings: write_csv(path, rows, headings, **how)


def _as_they_are(fields: str) -> dict[str, str]:
    return {field: field for field in fields.split()}


# In the order in which they are imported: people before their records.
FILES: tuple[File, ...] = (
    File(
        "customers",
        "customers.csv",
        _csv(delimiter=";", encoding="utf-8-sig", cell=british),
        {
            "source_key": "Customer number",
            "full_name": "Name",
            "email": "E-mail",
            "second_email": "Second e-mail",
            "phone": "Telephone",
            "mobile": "Mobile",
            "job_title": "Job title",
            "portal_login": "User name",
            "signed_up_on": "Signed up on",
            "staff_note": "Staff note",
            "account_number": "Account number",
            "account_name": "Account name",
            "account_type": "Account type",
            "account_opened_on": "Account opened on",
            "account_closed_on": "Account closed on",
            "account_balance": "Account balance",
        },
    ),
    File(
        "addresses",
        "addresses.csv",
        _csv(encoding="cp1252", cell=british),
        {
            "source_key": "Address number",
            "customer": "Customer number",
            "use": "Used for",
            "lines": "Address",
            "town": "Town",
            "postcode": "Postcode",
            "country": "Country",
            "since": "Since",
        },
    ),
    File(
        "subscriptions",
        "subscriptions.csv",
        _csv(delimiter=";", encoding="cp1252", cell=british),
        _as_they_are("source_key customer service plan started_on ended_on price licences status"),
    ),
    File(
        "orders",
        "orders.xlsx",
        write_xlsx,
        _as_they_are("source_key customer number type ordered_on item quantity total status delivered_on"),
    ),
    File(
        "invoices",
        "invoices.tsv",
        _csv(delimiter="\t", cell=british),
        _as_they_are(
            "source_key customer account_number number issued_on due_on paid_on description net vat total "
            "status billed_name billed_address"
        ),
    ),
    File(
        "payments",
        "payments.csv",
        _csv(),
        _as_they_are("source_key customer invoice_number paid_on amount method reference"),
    ),
    File(
        "support-calls",
        "support-calls.csv",
        _csv(encoding="utf-8-sig", cell=british),
        _as_they_are(
            "source_key customer started_at channel issue duration_s resolution status agent "
            "staff_note charge"
        ),
    ),
    File(
        "call-recordings",
        "call-recordings.csv",
        _csv(delimiter=";"),
        _as_they_are("source_key customer recorded_at duration_s direction number agent file media_type"),
    ),
    File(
        "emails",
        "emails.jsonl",
        write_jsonl,
        _as_they_are("source_key customer sent_at direction sender recipients subject_line body"),
    ),
    File(
        "texts-and-faxes",
        "texts-and-faxes.jsonl",
        write_jsonl,
        _as_they_are("source_key customer sent_at type direction number body pages"),
    ),
    File(
        "remote-sessions",
        "remote-sessions.tsv",
        _csv(delimiter="\t", encoding="utf-16"),
        _as_they_are("source_key customer started_at duration_s ip computer agent purpose"),
    ),
    File(
        "web-visits",
        "web-visits.csv",
        _csv(),
        _as_they_are("source_key customer at ip service action browser"),
    ),
    File(
        "disclosures",
        "disclosures.xlsx",
        write_xlsx,
        _as_they_are("source_key customer at recipient recipient_kind what why"),
    ),
)


def make(folder: Path, today: dt.date) -> dict[str, int]:
    """Write all files into `folder` (made when missing). Returns the number of rows by kind."""
    (folder / RECORDINGS).mkdir(parents=True, exist_ok=True)
    people = everybody(today)
    everything: Book = defaultdict(list)
    for person in people:
        for kind, rows in records_of(person, today).items():
            everything[kind] += rows
    everything["customers"] = _customers(people, everything)
    for number, row in enumerate(everything["call-recordings"]):
        write_wav(folder / RECORDINGS / row["file"], row["duration_s"], PITCHES[number % len(PITCHES)])
    return {file.kind: file.write(folder / file.name, everything[file.kind], file.headings) for file in FILES}


def _customers(people: list[Person], book: Book) -> list[dict[str, Any]]:
    """The rows of the customer file; contacts of one account agree about it."""
    owed: dict[str, Any] = defaultdict(int)
    for invoice in book["invoices"]:
        owed[invoice["account_number"]] += invoice["total"] if invoice["status"] == "unpaid" else 0
    opened: dict[str, dt.date] = {}
    for person in people:
        opened[person.account] = min(person.signed_up, opened.get(person.account, person.signed_up))
    return [
        {
            "source_key": person.key,
            "full_name": person.name,
            "email": person.email,
            "second_email": person.second_email,
            "phone": person.phone,
            "mobile": person.mobile,
            "job_title": person.job,
            "portal_login": person.login,
            "signed_up_on": person.signed_up,
            "staff_note": person.note,
            **(_account(person, opened, owed) if person.account else {}),
        }
        for person in people
    ]


def _account(person: Person, opened: dict[str, dt.date], owed: dict[str, Any]) -> dict[str, Any]:
    return {
        "account_number": person.account,
        "account_name": person.account_name,
        "account_type": "business" if person.business else "personal",
        "account_opened_on": opened[person.account],
        "account_closed_on": person.left,
        "account_balance": f"{owed[person.account]:.2f}",
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the import files of the example company.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent / ".run" / "example"
    )
    parser.add_argument(
        "--today", type=dt.date.fromisoformat, default=None, help="the last day, such as 2026-11-23"
    )
    given = parser.parse_args()
    today = given.today or dt.datetime.now(ZoneInfo("Europe/London")).date()
    counts = make(given.folder, today)
    for kind, rows in counts.items():
        print(f"{rows:>7,}  {kind}")
    print(f"{sum(counts.values()):>7,}  rows in {given.folder}")


if __name__ == "__main__":
    main()
