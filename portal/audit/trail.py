"""The only door to the audit trail.

`record` writes the act down inside the caller's transaction; the database numbers and chains it when that
transaction commits (a deferred constraint trigger under one lock). So the trail has the order in which things
became true, an act that was rolled back leaves no trace, and taking the lock last can never deadlock.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.utils import timezone

from portal.audit.models import Act, Entry

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
    CASE_TAKEN_UP = "case.taken-up"
    CASE_TO_REVIEW = "case.to-review"
    CASE_MOVED_BACK = "case.moved-back"
    CASE_REVIEWED = "case.reviewed"
    CASE_REMOVED = "case.removal-marked"
    CASE_REMOVAL_UNDONE = "case.removal-undone"
    CASE_RELEASED = "case.released"
    CASE_WITHDRAWN_RELEASE = "case.release-taken-back"
    CASE_ANSWERED = "case.answered"
    CASE_APPROVED = "case.approved"
    CASE_APPLIED = "case.carried-out"
    CASE_CLOSED = "case.closed"
    CASE_REFUSED = "case.refused"
    CASE_REFERRED = "case.referred"
    CASE_CANCELLED = "case.cancelled-by-requester"
    CASE_REOPENED = "case.reopened"
    CASE_ASSIGNED = "case.assigned"
    CASE_REMINDED = "case.customer-reminded"
    CASE_NOTED = "case.note-added"
    CASE_MESSAGE = "case.message"
    CASE_ACKNOWLEDGED = "case.acknowledged"
    CASE_EVIDENCE = "case.evidence-made"
    ATTACHMENT_DOWNLOADED = "attachment.downloaded"
    ATTACHMENT_REMOVED = "attachment.removed"
    LETTER_WORDED = "letter.worded"
    LETTER_POSTED = "letter.posted"
    CASE_CLOCK = "case.clock"
    CASE_DUE_MOVED = "case.due-date-moved"
    CASE_EDITED = "case.edited"
    CASE_RECLASSIFIED = "case.reclassified"
    CASE_LINKED = "case.linked"
    CASE_UNLINKED = "case.unlinked"
    CASE_JOINED = "case.answered-with-another"
    IDENTITY_ASKED = "identity.asked"
    IDENTITY_NOT_MATCHED = "identity.not-matched"
    IDENTITY_QUESTIONS = "identity.questions-shown"
    EVIDENCE_KEPT = "evidence.kept"
    EVIDENCE_VIEWED = "evidence.viewed"
    EVIDENCE_DESTROYED = "evidence.destroyed"
    BEHALF_RECORDED = "behalf.recorded"
    BEHALF_CHECKED = "behalf.authority-checked"
    BEHALF_JUDGED = "behalf.understanding-judged"
    BEHALF_RECIPIENT = "behalf.recipient-chosen"
    CLIENT_DETAILS = "client.details-shown"
    CLIENT_TOLD = "client.details-given"
    CONTROLLER_CHANGED = "controller.changed"
    PACKAGE_ASKED = "package.asked"
    PACKAGE_READY = "package.ready"
    PACKAGE_FAILED = "package.failed"
    PACKAGE_STOPPED = "package.stopped"
    PACKAGE_WAIVED = "package.source-waived"
    PACKAGE_DOWNLOADED = "package.downloaded"
    PACKAGE_LOCKED = "package.locked"
    PACKAGE_DESTROYED = "package.destroyed"
    PACKAGE_RENEWED = "package.renewal-asked"
    TASK_ASKED = "task.asked"
    TASK_GIVEN = "task.given-to-another"
    TASK_REMINDED = "task.reminded"
    TASK_LINK = "task.link-sent"
    TASK_ANSWERED = "task.answered"
    TASK_CANCELLED = "task.cancelled"
    TASK_REOPENED = "task.asked-again"
    TASK_FILE_READ = "task.file-downloaded"
    TASK_FILES_DESTROYED = "task.files-destroyed"
    HOLD_PLACED = "hold.placed"
    HOLD_REVIEWED = "hold.still-needed"
    HOLD_RELEASED = "hold.released"
    RESTRICTION_PLACED = "restriction.placed"
    RESTRICTION_ANNOUNCED = "restriction.end-announced"
    RESTRICTION_LIFTED = "restriction.lifted"
    RESTRICTION_USED = "restriction.data-used"
    RESTRICTION_CHECKED = "restriction.checked"
    ACCESS_GIVEN = "access.given"
    ACCESS_TAKEN = "access.taken"
    PERSON_SEARCHED = "person.searched"
    TRACES_SEARCHED = "traces.searched"
    PERSON_VIEWED = "person.viewed"
    PERSON_CORRECTED = "person.corrected"
    PERSON_NOTED = "person.note-added"
    PERSON_ADDRESS_ASKED = "person.address-change-asked"
    PERSON_ADDRESS_TAKEN_BACK = "person.address-change-taken-back"
    ITEM_DECIDED = "case.item-decided"
    RECIPIENT_SETTLED = "recipient.settled"
    RECIPIENT_FAILED = "recipient.not-reached"
    RECIPIENT_AGAIN = "recipient.tried-again"
    IMPORT_CHECKED = "import.checked"
    IMPORT_APPLIED = "import.applied"
    IMPORT_UNDONE = "import.undone"
    VISIT_OPENED = "visit.opened"
    VISIT_LOCKED = "visit.locked"
    STAFF_SIGNED_IN = "staff.signed-in"
    STAFF_CHANGED = "staff.changed"
    CONSENT_RECORDED = "consent.recorded"
    SUPPRESSED = "consent.suppressed"
    SUPPRESSION_LIFTED = "consent.suppression-lifted"
    WORDING_PUBLISHED = "consent.wording-published"
    CONTACT_ASKED = "consent.asked"
    CHANGES_READ = "consent.changes-read"
    LIST_EXPORTED = "consent.list-exported"
    CONSENT_REBUILT = "consent.rebuilt"
    DISPOSAL_PLANNED = "disposal.planned"
    DISPOSAL_DECIDED = "disposal.decided"
    DISPOSAL_FROZEN = "disposal.dry-run"
    DISPOSAL_APPROVED = "disposal.approved"
    DISPOSAL_DROPPED = "disposal.dropped"
    DISPOSAL_AUTOMATIC = "disposal.automatic-runs"
    DISPOSAL_BATCH = "disposal.batch"
    DISPOSAL_DONE = "disposal.done"
    DISPOSAL_FAILED = "disposal.failed"
    DISPOSAL_REPLAYED = "disposal.replayed"
    JOURNAL_BEGUN = "journal.begun-again"
    REGISTER_DRAFTED = "register.draft-begun"
    REGISTER_EDITED = "register.draft-changed"
    REGISTER_DISCARDED = "register.draft-discarded"
    REGISTER_ACTIVATED = "register.activated"
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
    """The same text as the database hashes in migration 0002; no part can hold a line break."""
    at = entry.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    parts = [entry.number, at, entry.verb, entry.actor, entry.target, entry.reason, entry.previous]
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def _one_line(text: str, length: int) -> str:
    return " ".join(text.split())[:length]


def record(verb: Verb, *, by: Any, target: str, reason: str = "") -> None:
    """Append one act. `by` is a User, a Visit, None for the system, or a word such as "import".

    `target` is a reference ("case:DP-7K4M-29QX"), `reason` a short word or code: never a name, an address
    or anything a person wrote. The act stands in the trail from the moment its transaction commits.
    """
    record_many([(verb, target, reason)], by=by)


def record_many(acts: Iterable[tuple[Verb, str, str]], *, by: Any) -> None:
    """Append acts in order."""
    now, who = timezone.now(), actor(by)
    Act.objects.bulk_create(
        Act(
            at=now,
            verb=Verb(verb).value,
            actor=_one_line(who, 60),
            target=_one_line(target, 80),
            reason=_one_line(reason, 200),
        )
        for verb, target, reason in acts
    )


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


def unsound(entries: Iterable[Entry]) -> dict[int, str]:
    """What is wrong with some entries of the trail, by number; sound ones are left out. Two queries, however many."""
    entries = list(entries)
    before = [entry.number - 1 for entry in entries]
    digests = dict(Entry.objects.filter(number__in=before).values_list("number", "digest"))
    wrong = {}
    for entry in entries:
        if entry.digest != _digest(entry):
            wrong[entry.number] = "its content was changed"
        elif entry.previous != digests.get(entry.number - 1, GENESIS if entry.number == 1 else ""):
            wrong[entry.number] = "it does not continue the entry before it"
    return wrong


def holds(number: str, digest: str) -> bool:
    """Whether the trail has an entry of this number with this digest. A chain cannot tell that its end is missing."""
    return number.isdecimal() and Entry.objects.filter(number=int(number[:18]), digest=digest).exists()
