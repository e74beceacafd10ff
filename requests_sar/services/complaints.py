"""What staff do with a complaint: confirm it, tell how it goes, write the outcome, look at it as a second person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import attachments, casework, letters
from requests_sar.casework import NotPossible
from requests_sar.models import TEXT_LIMIT, Case, Complaint, Letter
from requests_sar.rights import Right
from requests_sar.workflow import OPEN, State


def _open(case: Case, seen: int | None) -> tuple[Case, Complaint]:
    """The case and its complaint, locked. Raises NotPossible when it is none or has ended, Stale for an old page."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    if seen is not None and seen != case.version:
        raise casework.Stale
    if case.right != Right.COMPLAINT or case.state not in OPEN:
        raise NotPossible("This is not an open complaint.")
    return case, Complaint.objects.select_for_update().get(case=case)


def add_documents(*, case: Case, files: Sequence[UploadedFile], once: uuid.UUID) -> Letter:
    """Documents for a complaint just sent, as a message in its thread: no proved address is needed (s 164A).

    The door sees to it that only the browser it was sent from can do this. The same `once` twice is one message.
    Raises NotPossible without a file, for files we do not take, and for an ended complaint.
    """
    if not files:
        raise NotPossible("Choose a file to send.")
    before = Letter.objects.filter(once=once).first()
    if before:
        return before
    with transaction.atomic():
        case, _ = _open(case, None)
        letter = Letter.objects.create(
            case=case,
            at=timezone.now(),
            side=Letter.Side.REQUESTER,
            text="Documents for my complaint.",
            once=once,
        )
        attachments.keep(letter, files)
        Case.objects.filter(pk=case.pk).update(customer_wrote_at=timezone.now())
        casework.note(case, "message", by="customer")
        trail.record(Verb.CASE_MESSAGE, by="customer", target=f"case:{case.reference}", reason="documents")
    return letter


def acknowledge(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Tell them that we have the complaint, within 30 days (s 164A): its clock stops. Raises NotPossible twice."""
    with transaction.atomic():
        case, complaint = _open(case, seen)
        if complaint.acknowledged_at is not None:
            raise NotPossible("We confirmed already that we have this complaint.")
        Complaint.objects.filter(pk=complaint.pk).update(acknowledged_at=timezone.now())
        case = casework.change(
            case, Verb.CASE_ACKNOWLEDGED, by=by, event="acknowledged", **casework.dates_of(case)
        )
        letters.tell(case, "complaint_acknowledged", by=by)
    return case


def progress(*, case: Case, by: Any, text: str, seen: int | None = None) -> Case:
    """Tell them how far we are (s 164A(4): keep them informed). Raises NotPossible without words."""
    text = text.strip()
    if not text:
        raise NotPossible("Write what you can tell them.")
    with transaction.atomic():
        case, _ = _open(case, seen)
        casework.note(case, "progress-told", by=by)
        trail.record(Verb.CASE_MESSAGE, by=by, target=f"case:{case.reference}", reason="progress")
        letters.tell(case, "complaint_progress", by=by, text=text[:TEXT_LIMIT])
        Case.objects.filter(pk=case.pk).update(customer_wrote_at=None)
    return case


def name_complained_of(*, case: Case, by: Any, person: Any, seen: int | None = None) -> Case:
    """Say which member of staff the complaint is about, or nobody: that person may not decide it alone."""
    with transaction.atomic():
        case, complaint = _open(case, seen)
        Complaint.objects.filter(pk=complaint.pk).update(
            complained_of=person, second_by=None, alone_because=""
        )
        told = f"staff:{person.pk}" if person else ""
        return casework.change(case, Verb.CASE_EDITED, by=by, event="complained-of", reason=told, told=told)


def find(*, case: Case, by: Any, finding: str, outcome: str, seen: int | None = None) -> Case:
    """Write what we found and do about it; it is not sent yet. A changed outcome takes a second look back."""
    outcome = outcome.strip()
    if finding not in Complaint.Finding.values or not outcome:
        raise NotPossible("Choose what you found, and say in plain words what you do about it. They read it.")
    with transaction.atomic():
        case, complaint = _open(case, seen)
        if case.state != State.REVIEW:
            raise NotPossible("Take the complaint up first.")
        Complaint.objects.filter(pk=complaint.pk).update(
            finding=finding, outcome=outcome, found_by=by, second_by=None, alone_because=""
        )
        return casework.change(case, Verb.CASE_EDITED, by=by, event="outcome-written", told=finding)


def second_look(*, case: Case, by: Any, alone_because: str = "", seen: int | None = None) -> Case:
    """Somebody else has looked at the outcome; or there is nobody else, and this is why.

    Raises NotPossible for the person complained of and for whoever wrote the outcome, unless they give the reason.
    """
    alone_because = alone_because.strip()
    with transaction.atomic():
        case, complaint = _open(case, seen)
        if not complaint.finding:
            raise NotPossible("There is no outcome to look at yet.")
        other = by.pk not in {complaint.complained_of_id, complaint.found_by_id}
        if not other and not alone_because:
            raise NotPossible(
                "You are the person complained of, or you wrote the outcome yourself. Ask a colleague to look at it; "
                "if there is nobody else, write down why."
            )
        fields = {"second_by": by} if other else {"alone_because": alone_because[:400]}
        Complaint.objects.filter(pk=complaint.pk).update(**fields)
        return casework.change(
            case, Verb.CASE_REVIEWED, by=by, event="second-look", reason="" if other else alone_because
        )
