"""The kinds of record on this floor that can be imported, in the order in which they should be."""

from __future__ import annotations

import datetime as dt
import hashlib
import mimetypes
import re
from typing import Any

from django.core.files.storage import default_storage

from subjects.identifiers import normalise_email
from subjects.importing import values
from subjects.importing.forms import Extra, Form, Link, Part, register
from subjects.importing.problems import Bad

RECORDINGS = "recordings"  # folder of the storage
FILE_NAME = re.compile(r"[\w][\w .()+-]{0,150}")

_CUSTOMER = Link(
    column="customer",
    attr="subject",
    to="subjects.Subject",
    label="Customer number",
    needed=True,
    remedy="There is no customer with this number. Import the customers first, or correct the number.",
)
_ACCOUNT = Link(
    column="account_number",
    attr="account",
    to="subjects.Account",
    key="number",
    label="Account number",
    remedy="There is no account with this number. Import the customers first, or correct the number.",
)


def _whole_name(row: dict[str, Any]) -> None:
    """First and last name make the name when there is no column for the whole of it."""
    pieces = [row.pop("first_name", None), row.pop("last_name", None)]
    if values.is_empty(row.get("full_name")):
        written = [str(piece).strip() for piece in pieces if not values.is_empty(piece)]
        if written:
            row["full_name"] = " ".join(written)


def _new_address(before: dict[str, Any], changes: dict[str, Any], now: dt.datetime) -> dict[str, Any]:
    """An e-mail address that a person on file did not have before is not trusted for proving who they are until it
    is old enough: neither a changed one, nor a second one, nor the first one of somebody who had none."""
    held = {normalise_email(before["email"]), normalise_email(before["second_email"])}
    given = {normalise_email(changes[name]) for name in ("email", "second_email") if changes.get(name)}
    return {"email_changed_at": now} if given - held else {}


def _address_key(customer: str) -> str:
    """The key of the address in a customer's row, within the width of its column."""
    if len(customer) > 70:
        customer = hashlib.sha256(customer.encode()).hexdigest()
    return f"{customer}/address"


def recording_name(raw: Any) -> str:
    """The stored name of a sound file. Only a plain file name of a file that lies in the folder is taken."""
    name = values.text(raw, longest=200, lines=False)
    if not FILE_NAME.fullmatch(name):
        raise Bad("Write only the name of the sound file, like call-0017.wav, without folders.")
    stored = f"{RECORDINGS}/{name}"
    if not default_storage.exists(stored):
        raise Bad(f"The storage folder {RECORDINGS}/ has no such file. Put it there first, then check again.")
    return stored


def _facts_of_file(row: dict[str, Any]) -> dict[str, Any]:
    """Size and type follow from the file."""
    name = row.get("file")
    if not name:
        return {**row, "size": 0} if "file" in row else row
    kind = row.get("media_type") or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {**row, "size": default_storage.size(name), "media_type": kind}


def _records(key: str, title: str, model: str, about: str, **more: Any) -> Form:
    links = (_CUSTOMER, *more.pop("links", ()))
    return Form(
        key=key,
        title=title,
        about=about,
        parts=(Part(model=model, key_label="Number of the row in its system", links=links, **more),),
    )


_ACCOUNT_PART = Part(
    model="subjects.Account",
    key="number",
    key_column="account_number",
    key_label="Account number",
    prefix="account_",
    labels={"name": "account name", "type": "kind of account", "opened_on": "account opened on"}
    | {"closed_on": "account closed on", "balance": "balance owed"},
    stand_ins={"name": "full_name"},  # a personal account bears the person's name
    shared=True,
)
_PERSON_PART = Part(
    model="subjects.Subject",
    key_label="Customer number",
    links=(
        Link(
            "account_number", "account", "subjects.Account", key="number", label="Account number", inside=True
        ),
    ),
    leave=frozenset({"email_changed_at", "restricted_at", "created_at"}),
    touch=_new_address,
)
_ADDRESS_PART = Part(
    model="subjects.Address",
    key_column="source_key",
    prefix="address_",
    links=(
        Link("source_key", "subject", "subjects.Subject", label="Customer number", needed=True, inside=True),
    ),
    labels={"use": "address used for", "lines": "address (house and street)", "since": "address since"},
    key_of=_address_key,
)

register(
    Form(
        key="customers",
        title="Customers",
        about="People with their contact details, account and address.",
        parts=(_ACCOUNT_PART, _PERSON_PART, _ADDRESS_PART),
        main=1,
        extras=(Extra("first_name", "First name", "full_name"), Extra("last_name", "Last name", "full_name")),
        prepare=_whole_name,
    ),
    _records("addresses", "Further addresses", "subjects.Address", "Postal addresses besides the first."),
    _records(
        "subscriptions", "Subscriptions", "subjects.Subscription", "Services that customers subscribe to."
    ),
    _records("orders", "Orders", "subjects.Order", "Hardware and software ordered."),
    _records("invoices", "Invoices", "subjects.Invoice", "Invoices sent.", links=(_ACCOUNT,)),
    _records("payments", "Payments", "subjects.Payment", "Payments received and refunded."),
    _records("support-calls", "Support calls", "subjects.SupportCall", "The itemised support history."),
    _records(
        "call-recordings",
        "Call recordings",
        "subjects.CallRecording",
        "Recorded calls with their sound files.",
        leave=frozenset({"size"}),
        parsers={"file": recording_name},
        complete=_facts_of_file,
    ),
    _records("emails", "Emails", "subjects.Email", "E-mails from and to customers."),
    _records("texts-and-faxes", "Texts and faxes", "subjects.TextMessage", "Text messages and faxes."),
    _records("remote-sessions", "Remote sessions", "subjects.RemoteSession", "Remote support sessions."),
    _records("web-visits", "Web visits", "subjects.WebVisit", "Use of web applications, with IP addresses."),
    _records("disclosures", "Disclosures", "subjects.Disclosure", "Data given to somebody else."),
)
