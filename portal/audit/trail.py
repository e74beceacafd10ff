"""The only door to the audit trail.

`record` belongs at the end of a transaction: it takes one lock for the whole trail (so that the chain has
one order) and keeps it until the commit. Whoever takes row locks takes them before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from portal.audit.models import Entry

LOCK = 0x61756469  # "audi"
GENESIS = "0" * 64


class Verb(StrEnum):
    """The closed vocabulary of the trail: thing.act."""

    CASE_RECEIVED = "case.received"
    CASE_LOGGED = "case.logged"
    CASE_VERIFYING = "case.verifying"
    CASE_TO_TRIAGE = "case.to-triage"
    CASE_VERIFIED = "case.identity-verified"
    CASE_MATCHED = "case.subject-chosen"
    CASE_ACCEPTED = "case.accepted"
    CASE_TO_REVIEW = "case.to-review"
    CASE_MOVED_BACK = "case.moved-back"
    CASE_REVIEWED = "case.reviewed"
    CASE_RELEASED = "case.released"
    CASE_WITHDRAWN_RELEASE = "case.release-taken-back"
    CASE_CLOSED = "case.closed"
    CASE_REFUSED = "case.refused"
    CASE_REFERRED = "case.referred"
    CASE_CANCELLED = "case.cancelled-by-requester"
    CASE_ASSIGNED = "case.assigned"
    CASE_NOTED = "case.note-added"
    CASE_MESSAGE = "case.message"
    CASE_DUE_MOVED = "case.due-date-moved"
    CASE_EDITED = "case.edited"
    PACKAGE_ASKED = "package.asked"
    PACKAGE_READY = "package.ready"
    PACKAGE_FAILED = "package.failed"
    PACKAGE_STOPPED = "package.stopped"
    PACKAGE_WAIVED = "package.source-waived"
    PACKAGE_DOWNLOADED = "package.downloaded"
    PACKAGE_LOCKED = "package.locked"
    PACKAGE_DESTROYED = "package.destroyed"
    PACKAGE_RENEWED = "package.renewal-asked"
    HOLD_PLACED = "hold.placed"
    HOLD_RELEASED = "hold.released"
    PERSON_SEARCHED = "person.searched"
    PERSON_VIEWED = "person.viewed"
    IMPORT_CHECKED = "import.checked"
    IMPORT_APPLIED = "import.applied"
    IMPORT_UNDONE = "import.undone"
    VISIT_OPENED = "visit.opened"
    VISIT_LOCKED = "visit.locked"
    STAFF_SIGNED_IN = "staff.signed-in"
    STAFF_CHANGED = "staff.changed"
    CONSENT_RECORDED = "consent.recorded"
    HOLIDAYS_LOADED = "holidays.loaded"
    EXAMPLE_LOADED = "example.loaded"


def actor(by: Any) -> str:
    """How an actor is named in the trail: staff by number, customers and the system by kind."""
    if by is None:
        return "system"
    if isinstance(by, str):
        return by
    if by._meta.label == "accounts.User":
        return f"staff:{by.pk}"
    return "customer"


def _digest(entry: Entry) -> str:
    parts = [
        entry.number,
        entry.at.isoformat(),
        entry.verb,
        entry.actor,
        entry.target,
        entry.reason,
        entry.previous,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def record(verb: Verb, *, by: Any, target: str, reason: str = "") -> Entry:
    """Append one entry. `by` is a User, a Visit, None for the system, or a word such as "import".

    `target` is a reference ("case:DP-7K4M-29QX"), `reason` a short word or code: never a name, an address
    or anything a person wrote.
    """
    return record_many([(verb, target, reason)], by=by)[-1]


def record_many(acts: Iterable[tuple[Verb, str, str]], *, by: Any) -> list[Entry]:
    """Append entries in order, under one lock."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = Entry.objects.order_by("-number").values_list("number", "digest").first() or (0, GENESIS)
        number, previous = last
        entries = []
        for verb, target, reason in acts:
            number += 1
            entry = Entry(
                number=number,
                at=timezone.now(),
                verb=Verb(verb).value,
                actor=actor(by),
                target=target[:80],
                reason=reason[:200],
                previous=previous,
            )
            entry.digest = previous = _digest(entry)
            entries.append(entry)
        return Entry.objects.bulk_create(entries)


def first_broken() -> tuple[int, str] | None:
    """The number of the first entry that does not fit the chain and what is wrong, or None when all fit."""
    previous, expected = GENESIS, 1
    for entry in Entry.objects.order_by("number").iterator(chunk_size=5_000):
        if entry.number != expected:
            return expected, f"entry {expected} is missing"
        if entry.previous != previous:
            return entry.number, "it does not continue the entry before it"
        if entry.digest != _digest(entry):
            return entry.number, "its content was changed"
        previous, expected = entry.digest, expected + 1
    return None
