"""The verbs that people perform on cases. Every door (web form, admin, mail, API) calls these and decides nothing.

Each verb is keyword-only, says who does it (`by`), and is atomic. `seen` is the version of the case that the
person's page showed. `casework.NotPossible` (and `Stale`) carry a sentence for the person.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts import visits
from portal.accounts.models import Challenge, Purpose, Visit
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, clockwork, emails, identity, packages
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Channel, Draft, Ground, Letter, Need, Note, Package, Proof
from requests_sar.rights import Right
from requests_sar.workflow import OPEN, Event, State
from retention import holds
from retention.models import Hold
from subjects.models import Subject

# --- the requester ---------------------------------------------------------------------------------------


def open_request(*, draft: Draft, visit: Visit | None) -> Case:
    """Turn a finished draft into a case, once however often it is sent.

    A visitor who proved the same address is not asked again; everybody else is sent a code, known to us or not.
    """
    try:
        with transaction.atomic():
            case = _case_from(draft)
            casework.set_dates(case)
            case.save(force_insert=True)
            Draft.objects.filter(pk=draft.pk).update(sent_at=timezone.now(), touched_at=timezone.now())
            casework.note(case, "received", by=visit or "customer", to_state=State.RECEIVED)
            if visit and visit.address == case.requester_email:
                fields = identity.fields_for(case, address=visit.address, proof=Proof.SIGNED_IN)
                _confirmed(case, by=visit, **fields)
            else:
                _ask_code(case)
            trail.record(Verb.CASE_RECEIVED, by=visit or "customer", target=f"case:{case.reference}")
    except IntegrityError:
        return Case.objects.get(submission=draft.pk)
    return case


def _case_from(draft: Draft) -> Case:
    answers: dict[str, Any] = draft.answers
    return Case(
        right=draft.right,
        submission=draft.pk,
        channel=Channel.PORTAL,
        received_on=timezone.localdate(),
        requester_name=answers.get("name", ""),
        requester_email=visits.normalise(answers.get("email", "")),
        requester_phone=answers.get("phone", ""),
        requester_address=answers.get("address", ""),
        customer_number=answers.get("customer_number", ""),
        words=answers.get("words", ""),
        kinds=answers.get("kinds", []),
        since=_date(answers.get("since")),
        until=_date(answers.get("until")),
        reply_by=answers.get("reply_by", "download"),
        reply_needs=answers.get("reply_needs", ""),
        on_behalf_of=answers.get("on_behalf_of", ""),
        relationship=answers.get("relationship", ""),
        authority=draft.authority,
    )


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _ask_code(case: Case) -> None:
    sent = visits.start(
        address=case.requester_email, purpose=Purpose.CONFIRM_REQUEST, replaces=case.challenge_id
    )
    if case.state == State.RECEIVED:
        casework.move(case, Event.ASK_CODE, by=None, challenge=sent.challenge)
    elif sent.deliver:  # else the code in the last mail goes on to count
        Case.objects.filter(pk=case.pk).update(challenge=sent.challenge)
        case.challenge = sent.challenge
    emails.code(sent, case=case)


def send_code_again(*, case: Case) -> None:
    """Send a fresh code for a request that waits for one; the old one stops counting."""
    with transaction.atomic():
        if case.state == State.VERIFYING:
            _ask_code(case)


def change_address(*, case: Case, address: str) -> None:
    """The requester mistyped the address: correct it while nothing is confirmed, and send a code there."""
    with transaction.atomic():
        if case.state != State.VERIFYING:
            raise NotPossible("This request is confirmed already, so its address cannot be changed here.")
        case = casework.change(
            case,
            Verb.CASE_EDITED,
            by="customer",
            event="address-corrected",
            requester_email=visits.normalise(address),
        )
        _ask_code(case)


def confirm(*, challenge: Challenge, visit: Visit) -> list[Case]:
    """An address was proved: move every request that waited for this challenge. Returns those requests."""
    confirmed = []
    for case in Case.objects.filter(
        challenge=challenge, state=State.VERIFYING, requester_email=visit.address
    ):
        with contextlib.suppress(casework.Stale), transaction.atomic():  # a second press at the same moment
            fields = identity.fields_for(case, address=visit.address, proof=Proof.CODE)
            confirmed.append(_confirmed(case, by=visit, **fields))
    return confirmed


def _confirmed(case: Case, *, by: Any, **fields: Any) -> Case:
    case = casework.move(case, Event.CONFIRM, by=by, **fields)
    emails.received(case)
    return case


def sign_in_code(*, address: str, replaces: uuid.UUID | None = None) -> Challenge:
    """Send a sign-in code: the same message to every address. `replaces`: see `visits.start`."""
    with transaction.atomic():
        sent = visits.start(address=address, purpose=Purpose.SIGN_IN, replaces=replaces)
        emails.code(sent)
    return sent.challenge


def cases_of(visit: Visit) -> Any:
    """The requests that this visitor may see: those made with the proved address."""
    return Case.objects.filter(requester_email=visit.address).order_by("-received_at")


def case_for(visit: Visit | None, reference: str) -> Case | None:
    """One request of this visitor. Somebody else's and a made-up reference are the same: None."""
    if visit is None:
        return None
    return cases_of(visit).filter(reference=reference.upper()).first()


def open_like(visit: Visit, draft: Draft) -> Case | None:
    """An open request of the same kind by the same visitor: to add to instead of sending again."""
    return cases_of(visit).filter(right=draft.right, state__in=OPEN).exclude(submission=draft.pk).first()


def write(*, case: Case, by: Any, text: str, once: uuid.UUID) -> Letter:
    """Post a message on a case. The same `once` twice is one message. Staff messages are announced by e-mail."""
    from_requester = isinstance(by, Visit)
    try:
        with transaction.atomic():
            letter = Letter.objects.create(
                case=case,
                at=timezone.now(),
                side=Letter.Side.REQUESTER if from_requester else Letter.Side.COMPANY,
                by=None if from_requester else by,
                text=text.strip(),
                once=once,
            )
            Case.objects.filter(pk=case.pk).update(
                customer_wrote_at=timezone.now() if from_requester else None
            )
            casework.note(case, "message", by=by)
            if not from_requester:
                emails.message(case)
            trail.record(Verb.CASE_MESSAGE, by=by, target=f"case:{case.reference}")
            if from_requester:
                clockwork.customer_wrote(case=case, by=by)
    except IntegrityError:
        return Letter.objects.get(once=once)
    return letter


def withdraw(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """The requester does not want it any more."""
    with transaction.atomic():
        case = casework.move(case, Event.WITHDRAW, by=by, seen=seen)
        _stop_work(case, by=by)
        emails.cancelled(case)
    return case


def renew(*, case: Case, by: Any) -> Case:
    """Files that were removed are made again on one press, without a new request; the DPO releases them as before."""
    if _released(case) is not None:
        raise NotPossible("Your files are still there, so they need not be made again.")
    with transaction.atomic():
        case = casework.move(case, Event.RENEW, by=by, reviewed_at=None, reviewed_by=None, closed_at=None)
        _collect(case, by=by)
    return case


# --- staff -----------------------------------------------------------------------------------------------


def log_request(
    *, by: Any, right: Right, channel: str, received_on: dt.date, words: str, **details: Any
) -> Case:
    """Write down a request that came by phone, letter, e-mail or in person, with the day it really came.

    Raises NotPossible for a day in the future. Identity is "not checked" until somebody checks it.
    """
    if received_on > timezone.localdate():
        raise NotPossible("The day it was received cannot be in the future.")
    case = Case(right=right, channel=channel, received_on=received_on, words=words, logged_by=by, **details)
    case.requester_email = visits.normalise(case.requester_email)
    casework.set_dates(case)
    with transaction.atomic():
        case.save(force_insert=True)
        casework.note(case, "logged", by=by, to_state=State.RECEIVED)
        case = casework.move(case, Event.CONFIRM, by=by)
        emails.received(case)
        trail.record(Verb.CASE_LOGGED, by=by, target=f"case:{case.reference}", reason=channel)
    return case


def confirm_for_customer(*, case: Case, by: Any, how: str, seen: int | None = None) -> Case:
    """The customer told staff that the request is theirs, without the code. Identity is not proved by it."""
    if not how.strip():
        raise NotPossible("Say how they confirmed it.")
    if case.state != State.VERIFYING:
        raise NotPossible("This request does not wait for a confirmation.")
    with transaction.atomic():
        case = casework.move(case, Event.CONFIRM, by=by, reason=how.strip(), seen=seen)
        emails.received(case)
    return case


def choose_subject(*, case: Case, subject: Subject, by: Any, seen: int | None = None) -> Case:
    """Say which person on file the request is about. A changed choice takes the identity check back."""
    if case.state not in {State.TRIAGE, State.VERIFYING}:
        raise NotPossible(
            "The person can only be chosen before collecting begins. Move the request back first."
        )
    fields: dict[str, Any] = {"subject": subject}
    if case.subject_id != subject.pk:
        fields |= {"verified_at": None, "proof": Proof.NONE, "verified_note": ""}
    return casework.change(
        case, Verb.CASE_MATCHED, by=by, event="person-chosen", reason=subject.reference, seen=seen, **fields
    )


def verify_by_hand(
    *, case: Case, by: Any, how: str, came_on: dt.date | None = None, seen: int | None = None
) -> Case:
    """Staff made sure who is asking; `how` says in which way. Raises NotPossible without it or without a person.

    When proof was asked for, the month begins on the day it came: `came_on`, or today.
    """
    if not how.strip():
        raise NotPossible("Say how you checked who is asking.")
    if case.subject_id is None:
        raise NotPossible("Choose the person on file first: identity is checked against their record.")
    with transaction.atomic():
        case = casework.change(
            case,
            Verb.CASE_VERIFIED,
            by=by,
            event="identity-checked",
            reason=how.strip(),
            seen=seen,
            proof=Proof.STAFF,
            verified_at=timezone.now(),
            verified_note=how.strip()[:400],
        )
        need = case.needs.filter(kind=Need.Kind.IDENTITY, came_on=None).first()
        if need and clockwork.is_live(case):
            case = clockwork.need_came(need=need, by=by, on=came_on)
    return case


def assign(*, case: Case, owner: Any, by: Any) -> Case:
    """Give the case to a member of staff, or to nobody."""
    return casework.change(
        case,
        Verb.CASE_ASSIGNED,
        by=by,
        event="assigned",
        reason=f"staff:{owner.pk}" if owner else "",
        owner=owner,
    )


def add_note(*, case: Case, by: Any, text: str) -> Note:
    """Write an internal note. Raises NotPossible for an empty one."""
    if not text.strip():
        raise NotPossible("Write the note first.")
    with transaction.atomic():
        note = Note.objects.create(case=case, at=timezone.now(), by=by, text=text.strip())
        casework.note(case, "note", by=by)
        trail.record(Verb.CASE_NOTED, by=by, target=f"case:{case.reference}")
    return note


def accept(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Accept the request and begin collecting; from now on nothing of the person is disposed of (s 173)."""
    if case.subject_id is None:
        raise NotPossible("Choose the person on file first, so that we know whose data to collect.")
    with transaction.atomic():
        case = casework.move(case, Event.ACCEPT, by=by, seen=seen)
        holds.place(subject=case.subject, kind=Hold.Kind.REQUEST, reference=case.reference, by=by)
        _collect(case, by=by)
    return case


def collect_again(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Throw the package away and collect afresh."""
    with transaction.atomic():
        case = casework.move(case, Event.COLLECT_AGAIN, by=by, seen=seen, reviewed_at=None, reviewed_by=None)
        _collect(case, by=by)
    return case


def _collect(case: Case, *, by: Any) -> Package:
    for old in case.packages.filter(state__in=[Package.State.READY, Package.State.FAILED]):
        packages.destroy(old, by=by)
    return packages.ask(
        subject=case.subject,
        case=case,
        by=by,
        purpose=case.reference,
        kinds=case.kinds,
        since=case.since,
        until=case.until,
    )


def _stop_work(case: Case, *, by: Any) -> None:
    for package in case.packages.exclude(state__in=[Package.State.STOPPED, Package.State.DESTROYED]):
        if package.state == Package.State.READY:
            packages.destroy(package, by=by)
        else:
            packages.stop(package, by=by)


def move_back(*, case: Case, by: Any, reason: str, seen: int | None = None) -> Case:
    """Back to triage, for instance because the wrong person was chosen. Work under way stops, files go."""
    if not reason.strip():
        raise NotPossible("Say why the request goes back.")
    with transaction.atomic():
        case = casework.move(
            case, Event.MOVE_BACK, by=by, reason=reason, seen=seen, reviewed_at=None, reviewed_by=None
        )
        _stop_work(case, by=by)
        holds.release(reference=case.reference, by=by)
    return case


def current_package(case: Case) -> Package | None:
    """The package of the case that counts now."""
    return case.packages.exclude(state__in=[Package.State.STOPPED, Package.State.DESTROYED]).first()


def _released(case: Case) -> Package | None:
    package = current_package(case)
    if package is None or package.released_at is None:
        return None
    over = (
        package.expires_at is not None and package.expires_at <= timezone.now()
    )  # the sweep may be yet to come
    return None if over else package


def mark_reviewed(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """The copy was looked through. Raises NotPossible unless it is there to be looked at."""
    package = current_package(case)
    if case.state != State.REVIEW or package is None or package.state != Package.State.READY:
        raise NotPossible("There is no finished copy to review.")
    return casework.change(
        case,
        Verb.CASE_REVIEWED,
        by=by,
        event="reviewed",
        seen=seen,
        reviewed_at=timezone.now(),
        reviewed_by=by,
    )


def release_obstacles(case: Case, *, late_reason: str = "") -> list[str]:
    """What stands in the way of a release, as sentences; empty when nothing does."""
    package = current_package(case)
    obstacles = []
    if case.state != State.REVIEW:
        obstacles.append("The request is not in review.")
    if case.verified_at is None:
        obstacles.append("Nobody has made sure who is asking. Check the identity first.")
    if case.needs.filter(came_on=None).exclude(kind=Need.Kind.IDENTITY).exists():
        obstacles.append("We still wait for something we asked for. Record its arrival first.")
    if package is None or package.state != Package.State.READY:
        obstacles.append("The files are not ready.")
    elif package.expires_at and package.expires_at <= timezone.now():
        obstacles.append("The files are too old. Collect again.")
    if case.reviewed_at is None:
        obstacles.append("Nobody has reviewed the copy. Look through it and press “Reviewed”.")
    if is_late(case) and not late_reason.strip():
        obstacles.append("The answer is late. Say why.")
    return obstacles


def is_late(case: Case) -> bool:
    """Whether the due date is over: late from the day after (rule R7)."""
    return case.due_on is not None and case.answered_at is None and timezone.localdate() > case.due_on


def release(*, case: Case, by: Any, seen: int | None = None, late_reason: str = "") -> Case:
    """Hand the copy to the customer: the clock stops, the files can be fetched, an e-mail says so."""
    obstacles = release_obstacles(case, late_reason=late_reason)
    if obstacles:
        raise NotPossible(" ".join(obstacles))
    package = current_package(case)
    assert package is not None
    now = timezone.now()
    with transaction.atomic():
        Package.objects.filter(pk=package.pk).update(
            released_at=now, expires_at=now + dt.timedelta(days=settings.PACKAGE_DAYS)
        )
        package.refresh_from_db()
        case = casework.move(
            case,
            Event.RELEASE,
            by=by,
            seen=seen,
            answered_at=case.answered_at or now,
            late_reason=late_reason.strip()[:400],
        )
        emails.ready(case, package)
    return case


def take_back(*, case: Case, by: Any, reason: str, seen: int | None = None) -> Case:
    """Undo a release while nobody has downloaded anything."""
    package = current_package(case)
    if package is not None and package.files.filter(downloads__actor="customer").exists():
        raise NotPossible("The customer has downloaded a file already, so the release cannot be taken back.")
    with transaction.atomic():
        case = casework.move(case, Event.TAKE_BACK, by=by, reason=reason, seen=seen, answered_at=None)
        case.packages.filter(state=Package.State.READY).update(released_at=None)
        return clockwork.recompute(case=case, by=by, why="the release was taken back")


def close(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Finish a released case; the files stay until they expire."""
    with transaction.atomic():
        case = casework.move(case, Event.CLOSE, by=by, seen=seen)
        emails.closed(case)
    return case


def refuse(*, case: Case, by: Any, ground: str, reason: str, seen: int | None = None) -> Case:
    """Say no, with a ground and a reason in plain words; the letter names the three ways to complain (Art 12(4))."""
    if not ground or not reason.strip():
        raise NotPossible("Choose a ground and give the reason in plain words. The customer reads it.")
    if ground == Ground.NO_REPLY and clockwork.silent_for(case, timezone.localdate()) < clockwork.CHASE_DAYS:
        raise NotPossible(
            f"A request may be closed for want of an answer only when we have waited {clockwork.CHASE_DAYS} days."
        )
    with transaction.atomic():
        case = casework.move(
            case,
            Event.REFUSE,
            by=by,
            seen=seen,
            ground=ground,
            refusal=reason.strip(),
            answered_at=timezone.now(),
        )
        _stop_work(case, by=by)
        emails.refused(case)
    return case


def refer(*, case: Case, by: Any, controller: str, seen: int | None = None) -> Case:
    """We hold the data only for a client: tell the requester who decides. Raises NotPossible without a name."""
    if not controller.strip():
        raise NotPossible("Name the company that decides about these data.")
    with transaction.atomic():
        case = casework.move(
            case,
            Event.REFER,
            by=by,
            seen=seen,
            referred_to=controller.strip()[:200],
            answered_at=timezone.now(),
            due_on=None,
        )
        emails.referred(case)
    return case


def lock_files(*, case: Case, by: Any) -> None:
    """ "Not you? Lock these files"."""
    package = _released(case)
    if package:
        packages.lock(package, by=by)


def other_requests(case: Case) -> Sequence[Case]:
    """Other requests by the same person or address, newest first."""
    same = Case.objects.exclude(pk=case.pk)
    if case.subject_id:
        return list(same.filter(subject_id=case.subject_id).order_by("-received_on")[:20])
    if case.requester_email:
        return list(same.filter(requester_email=case.requester_email).order_by("-received_on")[:20])
    return []
