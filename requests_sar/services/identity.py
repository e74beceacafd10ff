"""Making sure who is asking: each rung of the ladder is a verb. What was shown or answered is never kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from portal.accounts import visits
from portal.accounts.models import Challenge, Purpose, Visit
from portal.audit.trail import Verb
from requests_sar import casework, clockwork, emails, identity, letters, proofs, records_asked
from requests_sar.casework import NotPossible
from requests_sar.ladder import RUNGS, Way
from requests_sar.models import Case, Evidence, IdentityCheck, Need, Proof
from requests_sar.services import reopening
from requests_sar.workflow import ENDED, Actor, Event, State

Outcome = IdentityCheck.Outcome
OVER = ENDED | {State.RELEASED, State.APPLYING}  # whoever asked has the answer, or gets none
WORDS = {
    Way.LINK_ON_FILE: "A link sent to the address on file was used.",
    Way.QUESTIONS: "Two questions from our records were answered rightly.",
    Way.CALL_BACK: "Called back on the number on file.",
    Way.DOCUMENT: "A document was seen and matched. It is not kept.",
}


# --- what all ways share -----------------------------------------------------------------------------------------


def check(
    *,
    case: Case,
    way: Way,
    matched: bool,
    by: Any,
    how: str = "",
    facts: Mapping[str, bool] | None = None,
    came_on: dt.date | None = None,
    seen: int | None = None,
) -> Case:
    """Record one check of who is asking. Matched: the identity is proved, and what was asked for has come.

    `facts`: which records were asked about and whether the answer matched. `came_on`: the day the proof reached us,
    which begins the month; today when it is not given. Raises NotPossible without a person on file.
    """
    _may_check(case)
    with transaction.atomic():
        _write(case, way, matched, by=by, facts=facts)
        if not matched:
            return casework.change(
                case,
                Verb.IDENTITY_NOT_MATCHED,
                by=by,
                event="identity-not-matched",
                reason=how or RUNGS[way].name,
                told=way.value,
                seen=seen,
            )
        return _proved(case, way, by=by, how=how or WORDS[way], came_on=came_on, seen=seen)


def _may_check(case: Case) -> None:
    if case.subject_id is None:
        raise NotPossible("Choose the person on file first: identity is checked against their record.")
    if case.state in OVER:
        raise NotPossible("This request is answered or ended, so there is nobody to check any more.")


def _write(case: Case, way: Way, matched: bool, *, by: Any, facts: Mapping[str, bool] | None = None) -> None:
    """The check as a row: the one that was asked for, or a new one."""
    outcome = Outcome.MATCHED if matched else Outcome.NOT_MATCHED
    staff = by if casework.actor_of(by) == Actor.STAFF else None
    known = {"outcome": outcome, "at": timezone.now(), "by": staff, "facts": dict(facts or {})}
    if not IdentityCheck.objects.filter(case=case, way=way, outcome=Outcome.ASKED).update(**known):
        IdentityCheck.objects.create(case=case, way=way, **known)


def _proved(
    case: Case,
    way: Way,
    *,
    by: Any,
    how: str,
    came_on: dt.date | None = None,
    seen: int | None = None,
    **fields: Any,
) -> Case:
    """Identity is proved: the clock starts if it waited for that, and no document is needed any longer."""
    fields = {"proof": Proof.STAFF, "verified_at": timezone.now(), "verified_note": how[:400], **fields}
    case = casework.change(
        case,
        Verb.CASE_VERIFIED,
        by=by,
        event="identity-checked",
        reason=how,
        told=way.value,
        seen=seen,
        **fields,
    )
    IdentityCheck.objects.filter(case=case, outcome=Outcome.ASKED).delete()
    proofs.destroy(case, Evidence.Kind.IDENTITY, by=by, why="decided")
    return _came(case, Need.Kind.IDENTITY, by=by, on=came_on)


def _came(case: Case, kind: str, *, by: Any, on: dt.date | None) -> Case:
    """What we asked for has come, if we wait for it."""
    need = case.needs.filter(kind=kind, came_on=None).first()
    if need and clockwork.is_live(case):
        return clockwork.need_came(need=need, by=by, on=on)
    return case


def verify_by_hand(
    *, case: Case, by: Any, how: str, came_on: dt.date | None = None, seen: int | None = None
) -> Case:
    """Staff made sure who is asking; `how` says in which way. Raises NotPossible without it or without a person.

    When proof was asked for, the month begins on the day it came: `came_on`, or today.
    """
    if not how.strip():
        raise NotPossible("Say how you checked who is asking.")
    return check(case=case, way=Way.OTHER, matched=True, by=by, how=how.strip(), came_on=came_on, seen=seen)


# --- by phone ----------------------------------------------------------------------------------------------------


def numbers_on_file(case: Case) -> list[str]:
    """The telephone numbers that we had before the request came: those of the person chosen."""
    if case.subject is None:
        return []
    return [number for number in (case.subject.phone, case.subject.mobile) if number]


def called_back(*, case: Case, matched: bool, by: Any, seen: int | None = None) -> Case:
    """We rang the number on file. Raises NotPossible when there is none: a number from the request proves nothing."""
    _may_check(case)
    if not numbers_on_file(case):
        raise NotPossible(
            "We have no telephone number of this person on file, so a call back proves nothing."
        )
    return check(case=case, way=Way.CALL_BACK, matched=matched, by=by, seen=seen)


def answered_questions(*, case: Case, right: Mapping[str, bool], by: Any, seen: int | None = None) -> Case:
    """They answered the two questions; `right` says of each record whether the answer matched. Both must.

    Raises NotPossible for other questions than those that the portal picked.
    """
    _may_check(case)
    picked = [fact.key for fact in records_asked.pick(case)]
    if len(picked) < records_asked.ASKED:
        raise NotPossible("Our records do not give two more questions about this person. Use another way.")
    if sorted(right) != sorted(picked):
        raise NotPossible("Those are not the two questions that stand here now. Ask the two that you see.")
    return check(
        case=case, way=Way.QUESTIONS, matched=all(right.values()), by=by, facts=dict(right), seen=seen
    )


# --- a link to the address on file -------------------------------------------------------------------------------


def why_no_link(case: Case) -> str:
    """Why no link can go to the address on file; empty when it can."""
    if case.subject is None:
        return "Choose the person on file first."
    if not case.subject.email:
        return "We have no e-mail address of this person on file."
    if not identity.proves(case.subject):
        return "The address on file was changed in the last 30 days, so it proves nothing."
    if case.on_behalf_of:
        return "Somebody else asks for them. Check the authority instead."
    return ""


def send_link(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Send a link to the address on file; when it is used, that proves the person, and the answer goes there."""
    _may_check(case)
    sentence = why_no_link(case)
    if sentence:
        raise NotPossible(sentence)
    assert case.subject is not None
    with transaction.atomic():
        before = IdentityCheck.objects.filter(case=case, way=Way.LINK_ON_FILE, outcome=Outcome.ASKED).first()
        sent = visits.start(
            address=case.subject.email,
            purpose=Purpose.SIGN_IN,
            replaces=before.challenge_id if before else None,
        )
        if not sent.deliver:
            raise NotPossible("That address got its share of our e-mails this hour. Try again later.")
        IdentityCheck.objects.update_or_create(
            case=case,
            way=Way.LINK_ON_FILE,
            outcome=Outcome.ASKED,
            defaults={"challenge": sent.challenge, "at": timezone.now(), "by": by},
        )
        emails.prove(sent, case)
        return casework.change(
            case, Verb.IDENTITY_ASKED, by=by, event="link-on-file", told=Way.LINK_ON_FILE, seen=seen
        )


def link_came(*, challenge: Challenge, visit: Visit) -> list[Case]:
    """The link that we sent to an address on file was used there. Returns the requests that it proves."""
    rows = IdentityCheck.objects.filter(
        challenge=challenge, way=Way.LINK_ON_FILE, outcome=Outcome.ASKED
    ).select_related("case__subject")
    return [case for row in rows if (case := _link_proves(row, visit)) is not None]


def asks_for_proof(challenge: Challenge | None) -> bool:
    """Whether using this challenge says “yes, that request is mine”, so that its page must ask first."""
    rows = IdentityCheck.objects.filter(challenge=challenge, outcome=Outcome.ASKED)
    return challenge is not None and rows.exists()


def _link_proves(row: IdentityCheck, visit: Visit) -> Case | None:
    case = row.case
    subject = case.subject
    if case.state in OVER or subject is None or visits.normalise(subject.email) != visit.address:
        return None
    with transaction.atomic():
        _write(case, Way.LINK_ON_FILE, True, by=visit)
        if case.state == State.VERIFYING:
            case = casework.move(case, Event.CONFIRM, by=visit)
        return _proved(
            case,
            Way.LINK_ON_FILE,
            by=visit,
            how=WORDS[Way.LINK_ON_FILE],
            proof=Proof.CODE,
            requester_email=visit.address,
        )


# --- documents ---------------------------------------------------------------------------------------------------


def ask_document(
    *, case: Case, why: str, by: Any, asked_on: dt.date | None = None, seen: int | None = None
) -> Case:
    """Ask for a document, as the last resort: the month has not begun until it comes (Article 12A).

    Raises NotPossible without the reason why nothing less will do; the customer reads it.
    """
    if not why.strip():
        raise NotPossible("Say why nothing less than a document will do. The customer reads it.")
    if case.verified_at is not None:
        raise NotPossible("Who is asking is proved already, so no document may be asked for (Article 12(6)).")
    with transaction.atomic():
        if seen is not None and seen != case.version:
            raise casework.Stale
        IdentityCheck.objects.update_or_create(
            case=case,
            way=Way.DOCUMENT,
            outcome=Outcome.ASKED,
            defaults={"reason": why.strip(), "at": timezone.now(), "by": by},
        )
        if case.needs.filter(kind=Need.Kind.IDENTITY, came_on=None).exists():
            casework.note(case, "asked-document", by=by, reason=why.strip())
            letters.tell(case, "document", by=by, why=why.strip())
        else:
            clockwork.ask_need(case=case, kind=Need.Kind.IDENTITY, why=why, by=by, asked_on=asked_on)
        return casework.change(
            Case.objects.get(pk=case.pk),
            Verb.IDENTITY_ASKED,
            by=by,
            event="asked-document",
            told=Way.DOCUMENT,
        )


def awaited(case: Case) -> list[str]:
    """Which kinds of document the requester may send us now, here on the request's page."""
    kinds = []
    live = clockwork.is_live(case) or reopening.by_answer(case)
    if live and case.identity_checks.filter(way=Way.DOCUMENT, outcome=Outcome.ASKED).exists():
        kinds.append(Evidence.Kind.IDENTITY.value)
    representative = getattr(case, "representative", None)
    checked = representative is not None and representative.authority == representative.Authority.MATCHED
    if live and case.on_behalf_of and not checked:
        kinds.append(Evidence.Kind.AUTHORITY.value)
    return kinds


def receive(*, case: Case, kind: str, file: UploadedFile, by: Any, came_on: dt.date | None = None) -> Case:
    """A document came, from the requester on their page or through staff: it waits, sealed, for a decision.

    The file's name must end as its bytes deserve. Its day is the new start when we had asked for it, and it opens a
    request again that was closed for want of it.
    Raises NotPossible when we did not ask, for a day that cannot be, or when enough documents wait already.
    """
    from_requester = casework.actor_of(by) == Actor.REQUESTER
    if kind not in Evidence.Kind.values or (from_requester and kind not in awaited(case)):
        raise NotPossible("We do not need a document for this request now, so nothing was kept.")
    today = timezone.localdate()
    came_on = came_on or today
    if not case.received_on <= came_on <= today:
        raise NotPossible("The day it came must be between the day of the request and today.")
    with transaction.atomic():
        if from_requester and reopening.by_answer(case):
            case = reopening.reopen(case=case, by=by, reason="")
        elif case.state in OVER:
            raise NotPossible("This request is answered or ended. Open it again first.")
        try:
            proofs.keep(
                case=case,
                kind=kind,
                file=file,
                by=by,
                came_on=came_on,
                by_customer=from_requester,
            )
        except proofs.TooMany:
            raise NotPossible(
                f"{proofs.MOST} documents wait for us already. We look at them first; write to us if one is wrong."
            ) from None
        if from_requester:
            Case.objects.filter(pk=case.pk).update(customer_wrote_at=timezone.now())
        return _came(case, kind, by=by, on=came_on)


def decide_document(
    *, case: Case, matched: bool, by: Any, came_on: dt.date | None = None, seen: int | None = None
) -> Case:
    """The document was looked at. Matched or not, it is destroyed in this very step; only the fact stays.

    The month begins on the day that it came. Raises NotPossible when there is none and none was asked for.
    """
    _may_check(case)
    waiting = list(case.evidence.filter(kind=Evidence.Kind.IDENTITY))
    asked = case.identity_checks.filter(way=Way.DOCUMENT, outcome=Outcome.ASKED).exists()
    if not waiting and not asked:
        raise NotPossible("No document came and none was asked for. Say why one is needed, and ask first.")
    came_on = came_on or min((row.came_on for row in waiting), default=None)
    with transaction.atomic():
        case = check(case=case, way=Way.DOCUMENT, matched=matched, by=by, came_on=came_on, seen=seen)
        proofs.destroy(case, Evidence.Kind.IDENTITY, by=by, why="decided")
        return tell_checked(case, Evidence.Kind.IDENTITY, matched, by=by)


def tell_checked(case: Case, kind: str, matched: bool, *, by: Any) -> Case:
    """Tell the requester what came of a document, and that it is deleted; that answers their having sent it."""
    letters.tell(case, "document_checked", by=by, proof=kind, matched=matched)
    Case.objects.filter(pk=case.pk).update(customer_wrote_at=None)
    case.customer_wrote_at = None
    return case
