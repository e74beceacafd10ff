"""Requests for somebody else: who asks and by what right, who decides for a child, and to whom the answer goes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.accounts import visits
from portal.audit.trail import Verb
from requests_sar import casework, clockwork, proofs
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Evidence, Need, Proof, Representative
from requests_sar.rights import COPIES
from requests_sar.services.identity import tell_checked
from requests_sar.services.removals import put_everything_back
from requests_sar.workflow import ENDED, State

OVER = ENDED | {State.RELEASED, State.APPLYING}
Kind, Authority, To = Representative.Kind, Representative.Authority, Representative.To

# Words of a requester that say what they are to the person; a suggestion for the officer, who decides.
HINTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (Kind.EXECUTOR, ("executor", "executrix", "estate", "probate", "died", "deceased")),
    (Kind.SOLICITOR, ("solicitor", "lawyer", "law firm", "legal representative", "barrister")),
    (Kind.ATTORNEY, ("attorney", "deputy", "court of protection", "lpa")),
    (Kind.PARENT, ("parent", "mother", "father", "mum", "dad", "guardian", "son", "daughter", "child")),
)


def of(case: Case) -> Representative | None:
    """What is recorded about the person who asks for another one; None when nothing is."""
    return Representative.objects.filter(case=case).first()


def suggested(relationship: str) -> str:
    """The kind of representative that the requester's own words suggest; "" when they say nothing clear."""
    words = f" {relationship.lower()} "
    return next((kind for kind, hints in HINTS if any(hint in words for hint in hints)), "")


def record(
    *,
    case: Case,
    on_behalf_of: str,
    kind: str,
    by: Any,
    relationship: str = "",
    born_on: dt.date | None = None,
    nation: str = "",
    seen: int | None = None,
) -> Case:
    """Write down who asks for whom. The person it is about is the data subject, whoever asks.

    Raises NotPossible without a name or kind, and once an answer is out. A request that was thought to be the
    requester's own loses its person and identity check: they were the wrong ones.
    """
    _open(case)
    if not on_behalf_of.strip():
        raise NotPossible("Write the name of the person whose data are asked for.")
    if kind not in Kind.values:
        raise NotPossible("Choose what the person who asks is to the other one.")
    if born_on is not None and born_on > timezone.localdate():
        raise NotPossible("The day of birth cannot be in the future.")
    fields: dict[str, Any] = {"on_behalf_of": on_behalf_of.strip()[:200]}
    fields["relationship"] = relationship.strip()[:120] or case.relationship or Kind(kind).label
    if not case.on_behalf_of:
        if case.state not in {State.TRIAGE, State.VERIFYING}:
            raise NotPossible("Collecting has begun for the person who asks. Move the request back first.")
        fields |= {"subject": None, "verified_at": None, "proof": Proof.NONE, "verified_note": ""}
    with transaction.atomic():
        if "subject" in fields and case.subject_id is not None:
            put_everything_back(case=case, by=by)
        Representative.objects.update_or_create(
            case=case, defaults={"kind": kind, "born_on": born_on, "nation": nation}
        )
        return casework.change(
            case, Verb.BEHALF_RECORDED, by=by, event="representative", told=kind, seen=seen, **fields
        )


def check_authority(
    *,
    case: Case,
    matched: bool,
    how: str,
    by: Any,
    came_on: dt.date | None = None,
    seen: int | None = None,
) -> Case:
    """The authority was looked at: the document is destroyed in this step, the fact and the day stay.

    An authority that covers the request proves who may ask. The month begins on the day it came, when we had asked.
    """
    _open(case)
    representative = _must(case)
    if not how.strip():
        raise NotPossible("Say what you saw, for instance “letter signed by the client on 15 October”.")
    if case.subject_id is None:
        raise NotPossible("Choose the person on file first: the authority is checked against their record.")
    waiting = list(case.evidence.filter(kind=Evidence.Kind.AUTHORITY))
    came_on = came_on or min((row.came_on for row in waiting), default=None)
    now = timezone.now()
    fields: dict[str, Any] = {}
    if matched:
        note = f"Authority seen: {how.strip()}"
        fields = {"proof": Proof.STAFF, "verified_at": now, "verified_note": note[:400]}
    with transaction.atomic():
        Representative.objects.filter(pk=representative.pk).update(
            authority=Authority.MATCHED if matched else Authority.NOT_MATCHED,
            authority_at=now,
            authority_by=by,
            authority_note=how.strip()[:400],
        )
        event = "authority-seen" if matched else "authority-not-enough"
        case = casework.change(
            case, Verb.BEHALF_CHECKED, by=by, event=event, reason=how.strip(), told=event, seen=seen, **fields
        )
        proofs.destroy(case, Evidence.Kind.AUTHORITY, by=by, why="decided")
        need = case.needs.filter(kind=Need.Kind.AUTHORITY, came_on=None).first()
        if matched and need and clockwork.is_live(case):
            case = clockwork.need_came(need=need, by=by, on=came_on)
        if waiting:
            case = tell_checked(case, Evidence.Kind.AUTHORITY, matched, by=by)
    return case


def judge(*, case: Case, understands: bool, how: str, by: Any, seen: int | None = None) -> Case:
    """Write down whether the child can decide about this themselves, how that was judged, and what they want."""
    _open(case)
    representative = _must(case)
    if representative.kind != Kind.PARENT:
        raise NotPossible(
            "A judgement of understanding is for a child's data, asked for by a parent or guardian."
        )
    if not how.strip():
        raise NotPossible("Say how you judged it, and what the child wants.")
    with transaction.atomic():
        Representative.objects.filter(pk=representative.pk).update(
            understands=understands, judgement=how.strip()[:1_000], judged_at=timezone.now(), judged_by=by
        )
        told = "understands" if understands else "does not understand yet"
        return casework.change(
            case, Verb.BEHALF_JUDGED, by=by, event="judged", reason=how.strip(), told=told, seen=seen
        )


def choose_recipient(*, case: Case, to: str, why: str, by: Any, seen: int | None = None) -> Case:
    """Say to whom the answer goes; only they can download it. The choice and its reason are logged.

    The person it is about gets it at the address on file, or by post when there is none. Raises NotPossible when a
    child who can decide is passed over without a reason.
    """
    _open(case)
    representative = _must(case)
    if to not in To.values:
        raise NotPossible("Choose to whom the answer goes.")
    passed_over = representative.understands and to == To.REPRESENTATIVE
    if passed_over and not why.strip():
        raise NotPossible(
            "The child can decide about this themselves. Say why the parent gets the answer: the child agreed, or it "
            "is plainly in the child's best interests."
        )
    if to == To.SUBJECT and case.subject is None:
        raise NotPossible("Choose the person on file first, so that we know where the answer goes.")
    address = visits.normalise(case.subject.email) if to == To.SUBJECT and case.subject else ""
    with transaction.atomic():
        Representative.objects.filter(pk=representative.pk).update(
            answer_to=to, answer_why=why.strip()[:400], answer_email=address
        )
        return casework.change(
            case,
            Verb.BEHALF_RECIPIENT,
            by=by,
            event=f"answer-to-{to}",
            reason=why.strip(),
            told=to,
            seen=seen,
        )


def obstacles(case: Case) -> list[str]:
    """What stands in the way of answering a request for somebody else, as sentences; empty when nothing does."""
    if not case.on_behalf_of:
        return []
    representative = of(case)
    if representative is None:
        return ["Somebody asks for another person. Record who they are to them."]
    lines = []
    if representative.kind == Kind.EXECUTOR:
        lines.append(
            "The person has died, so these are not personal data any more. Close it with “They have died”."
        )
    if representative.authority != Authority.MATCHED:
        lines.append("Nobody has seen an authority that covers this request.")
    if representative.kind == Kind.PARENT and representative.understands is None:
        lines.append("Write down whether the child can decide about this themselves.")
    return lines + (_recipient(case, representative) if case.right in COPIES else [])


def _recipient(case: Case, representative: Representative) -> list[str]:
    """What is missing about who gets the copy; the answer to a decision is a letter that both can read."""
    if not representative.answer_to:
        return ["Choose to whom the answer goes: the person who asks, or the person it is about."]
    if _passed_over(representative):
        return ["The child can decide about this themselves. Say why the parent gets the answer."]
    if _moved(case, representative):
        return [
            "The address on file of the person it is about has changed. Choose again who gets the answer."
        ]
    return []


def _passed_over(representative: Representative) -> bool:
    to_parent = representative.answer_to == To.REPRESENTATIVE
    return bool(representative.understands) and to_parent and not representative.answer_why


def _moved(case: Case, representative: Representative) -> bool:
    if representative.answer_to != To.SUBJECT or case.subject is None:
        return False
    return representative.answer_email != visits.normalise(case.subject.email)


def is_requester(case: Case, full_name: str) -> bool:
    """Whether a person on file has the name of the one who asks, and not of the one they ask for."""

    def plain(name: str) -> str:
        return " ".join(name.lower().split())

    name = plain(full_name)
    return bool(case.on_behalf_of) and name == plain(case.requester_name) and name != plain(case.on_behalf_of)


def _open(case: Case) -> None:
    if case.state in OVER:
        raise NotPossible("This request is answered or ended, so this cannot be changed any more.")


def _must(case: Case) -> Representative:
    representative = of(case)
    if representative is None:
        raise NotPossible("Record first who asks for whom.")
    return representative
