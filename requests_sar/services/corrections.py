"""The officer's work on a request to correct: say which record an item is about, add an item, decide on each."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.audit.trail import Verb
from requests_sar import casework
from requests_sar.casework import NotPossible
from requests_sar.fulfilment import rectification
from requests_sar.models import TEXT_LIMIT, Case, Correction
from requests_sar.rights import Right
from requests_sar.workflow import State
from subjects import items
from subjects import services as people

Decision = Correction.Decision


def _open(case: Case) -> None:
    if case.right != Right.RECTIFICATION:
        raise NotPossible("This request is not about correcting data.")
    if case.state != State.REVIEW:
        raise NotPossible("The request is not being decided: take it up first.")


def _place(case: Case, dataset: str, record: str, column: str) -> tuple[Any, Any]:
    """The kind and the record of this person. Raises NotPossible."""
    kind = rectification.kind_of(dataset)
    row = items.row_of(kind, case.subject, record) if kind and case.subject else None
    if kind is None or row is None:
        raise NotPossible("That is no record of this person. Choose one from the list.")
    if column not in {each.path for each in kind.columns}:
        raise NotPossible("Choose the detail that is wrong.")
    return kind, row


def name_item(
    *, correction: Correction, dataset: str, record: str, column: str, by: Any, seen: int | None = None
) -> Correction:
    """Say which detail of which record an item is about. A decision that was made is taken back with it."""
    case = correction.case
    _open(case)
    if correction.applied_at is not None:
        raise NotPossible("This item has been carried out. Add a new one.")
    kind, row = _place(case, dataset, record, column)
    with transaction.atomic():
        label = items.name_of(kind, row, column)[:200]
        casework.change(
            case, Verb.CASE_EDITED, by=by, event="item-named", reason=label, told=dataset, seen=seen
        )
        correction.dataset, correction.record, correction.column = dataset, record, column
        correction.label, correction.decision = label, ""
        correction.save(update_fields=["dataset", "record", "column", "label", "decision"])
        rectification.pause(correction, by=by)
    return correction


def add_item(
    *,
    case: Case,
    dataset: str,
    record: str,
    column: str,
    wanted: str,
    by: Any,
    pause: bool = False,
    seen: int | None = None,
) -> Correction:
    """Write down a further detail that they say is wrong. Raises NotPossible without what is right."""
    _open(case)
    kind, row = _place(case, dataset, record, column)
    if not wanted.strip():
        raise NotPossible("Write what they say should stand there.")
    with transaction.atomic():
        label = items.name_of(kind, row, column)[:200]
        casework.change(
            case, Verb.CASE_EDITED, by=by, event="item-added", reason=label, told=dataset, seen=seen
        )
        correction = Correction.objects.create(
            case=case,
            dataset=dataset,
            record=record,
            column=column,
            label=label,
            present=items.text_of(kind.column(column), items.value_of(row, column))[:TEXT_LIMIT],
            wanted=wanted.strip(),
            pause=pause,
        )
        rectification.pause(correction, by=by)
    return correction


def decide(
    *,
    correction: Correction,
    decision: str,
    text: str = "",
    reason: str = "",
    by: Any,
    seen: int | None = None,
) -> Correction:
    """Decide on one item; nothing is written into the record before the answer goes.

    `text`: the value that is right, the words of the note, or the person's statement. `reason`: for them to read,
    compulsory where the record stays as it was (Article 12(4)) and where it was put right outside the portal. Raises
    NotPossible with what is missing or cannot be.
    """
    _open(correction.case)
    choice, text, reason = Decision(decision), text.strip(), reason.strip()
    if correction.applied_at is not None and correction.decision in {Decision.ACCEPT, Decision.NOTE}:
        raise NotPossible("This item has been carried out already. Add a new one for a further change.")
    problem = _missing(correction, choice, text, reason)
    if problem:
        raise NotPossible(problem)
    before = rectification.live(correction)
    if choice is Decision.ACCEPT and correction.record:
        text = _checked(correction, text)
    with transaction.atomic():
        casework.change(
            correction.case,
            Verb.ITEM_DECIDED,
            by=by,
            event="item-decided",
            reason=f"{correction.label}: {choice.label}",
            told=choice,
            seen=seen,
        )
        correction.decision, correction.text, correction.reason = (
            choice,
            text[:TEXT_LIMIT],
            reason[:TEXT_LIMIT],
        )
        correction.before, correction.applied_at = before[:TEXT_LIMIT], None
        correction.decided_by, correction.decided_at = by, timezone.now()
        fields = ("decision", "text", "reason", "before", "applied_at", "decided_by", "decided_at")
        correction.save(update_fields=fields)
    return correction


def _missing(correction: Correction, choice: Correction.Decision, text: str, reason: str) -> str:
    """What the decision lacks, as a sentence; "" when nothing."""
    if choice is Decision.REFUSE and not reason:
        return "Say why it stays as it is. The customer reads it."
    if choice is Decision.STATEMENT and not reason:
        return "Say why it stays as it is, beside their statement. The customer reads it."
    if choice in {Decision.NOTE, Decision.STATEMENT} and not correction.record:
        return "Say first which record it is, so that the words can stand beside it."
    if choice in {Decision.NOTE, Decision.STATEMENT} and not text:
        return "Write the words that are to stand beside the record."
    if choice is Decision.ACCEPT and not correction.record and not reason:
        return "No record is named. Name it, or say in which system you put it right by hand."
    return ""


def _checked(correction: Correction, text: str) -> str:
    """The value in the form it will be kept in."""
    row = rectification.row_of(correction)
    if row is None:
        raise NotPossible("That is no record of this person any more. Say which record it is.")
    try:
        return people.check_value(dataset=correction.dataset, row=row, column=correction.column, value=text)
    except people.Refused as sentence:
        raise NotPossible(str(sentence)) from None
