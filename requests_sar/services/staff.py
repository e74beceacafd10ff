"""What staff can do: write a request down, say who it is about, decide, review, release, end."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from portal.accounts import visits
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, clockwork, fulfilment, letters
from requests_sar.casework import NotPossible
from requests_sar.ladder import Way
from requests_sar.models import (
    Case,
    Ground,
    IdentityCheck,
    Need,
    Note,
    Outcome,
    Package,
    Proof,
    case_reference,
)
from requests_sar.rights import Right
from requests_sar.services import behalf, colleagues
from requests_sar.services.copies import collect, current_package, is_late, stop_work, withheld
from requests_sar.services.removals import put_everything_back
from requests_sar.services.review import redaction_obstacles
from requests_sar.workflow import Event, State
from retention import holds
from subjects.models import Subject


def log_request(
    *,
    by: Any,
    right: Right,
    channel: str,
    received_on: dt.date,
    words: str,
    also: Sequence[Right] = (),
    **details: Any,
) -> Case:
    """Write down a request that came by phone, letter, e-mail or in person, with the day it really came.

    A call or letter may use several rights: `also` names the others; each is a case of its own, linked to the first,
    because each has its own clock and answer. Raises NotPossible for a day in the future. Identity is "not checked"
    until somebody checks it.
    """
    if received_on > timezone.localdate():
        raise NotPossible("The day it was received cannot be in the future.")
    others = [each for each in dict.fromkeys(also) if each != right]
    came = {"channel": channel, "received_on": received_on, "words": words}
    with transaction.atomic():
        group = uuid.uuid4() if others else None
        case = _logged(by=by, right=right, group=group, **came, **details)
        for other in others:
            _logged(by=by, right=other, group=group, **came, **details | {"submission": None})
    return case


def _logged(*, by: Any, right: Right, channel: str, received_on: dt.date, words: str, **details: Any) -> Case:
    case = Case(
        right=right,
        reference=case_reference(right),
        channel=channel,
        received_on=received_on,
        words=words,
        logged_by=by,
        **details,
    )
    case.requester_email = visits.normalise(case.requester_email)
    casework.set_dates(case)
    case.save(force_insert=True)
    way = fulfilment.of(case)
    if way is not None:
        way.opened(case, {})
    casework.note(case, "logged", by=by, to_state=State.RECEIVED)
    case = casework.move(case, Event.CONFIRM, by=by)
    letters.tell(case, "received", by=by)
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
        letters.tell(case, "received", by=by)
    return case


def choose_subject(*, case: Case, subject: Subject, by: Any, seen: int | None = None) -> Case:
    """Say which person on file the request is about. A changed choice takes the identity check back."""
    if case.state not in {State.TRIAGE, State.VERIFYING}:
        raise NotPossible(
            "The person can only be chosen before collecting begins. Move the request back first."
        )
    if behalf.is_requester(case, subject.full_name):
        raise NotPossible(
            f"That is the person who asks. Choose the one they ask for: {case.on_behalf_of}. Their own data are not "
            "part of the answer."
        )
    fields: dict[str, Any] = {"subject": subject}
    if case.subject_id != subject.pk:
        fields |= {"verified_at": None, "proof": Proof.NONE, "verified_note": ""}
    with transaction.atomic():
        if case.subject_id not in {None, subject.pk}:
            put_everything_back(case=case, by=by)
        if case.subject_id != subject.pk:  # a link on its way went to somebody else's address
            IdentityCheck.objects.filter(
                case=case, way=Way.LINK_ON_FILE, outcome=IdentityCheck.Outcome.ASKED
            ).delete()
        case = casework.change(
            case,
            Verb.CASE_MATCHED,
            by=by,
            event="person-chosen",
            reason=subject.reference,
            seen=seen,
            **fields,
        )
        if case.right == Right.COMPLAINT:
            casework.hold(case, by=by)
    return case


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
        casework.hold(case, by=by)
        colleagues.ask_registered(case, by=by)
        collect(case, by=by)
    return case


def collect_again(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Throw the package away and collect afresh."""
    with transaction.atomic():
        case = casework.move(case, Event.COLLECT_AGAIN, by=by, seen=seen, reviewed_at=None, reviewed_by=None)
        collect(case, by=by)
    return case


def move_back(*, case: Case, by: Any, reason: str, seen: int | None = None) -> Case:
    """Back to triage, for instance because the wrong person was chosen. Work under way stops, files go."""
    if not reason.strip():
        raise NotPossible("Say why the request goes back.")
    with transaction.atomic():
        case = casework.move(
            case, Event.MOVE_BACK, by=by, reason=reason, seen=seen, reviewed_at=None, reviewed_by=None
        )
        stop_work(case, by=by)
        if case.right != Right.COMPLAINT:  # a complaint is open in triage too
            holds.release(reference=case.reference, by=by)
    return case


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
    obstacles += redaction_obstacles(case, package)
    if case.reviewed_at is None:
        obstacles.append("Nobody has reviewed the copy. Look through it and press “Reviewed”.")
    obstacles += behalf.obstacles(case)
    if is_late(case) and not late_reason.strip():
        obstacles.append("The answer is late. Say why.")
    return obstacles + colleagues.obstacles(case, package)


def release(*, case: Case, by: Any, seen: int | None = None, late_reason: str = "") -> Case:
    """Hand the copy to the customer: the clock stops, the files can be fetched, an e-mail says so."""
    casework.check_seen(case, seen)
    obstacles = release_obstacles(case, late_reason=late_reason)
    package = current_package(case)
    if obstacles or package is None:
        # Whoever decided meanwhile took the files away: then that is the reason, and not that they lack.
        if not Case.objects.filter(pk=case.pk, version=case.version).exists():
            raise casework.stale(case)
        raise NotPossible(" ".join(obstacles) or "The files are not ready.")
    now = timezone.now()
    left_out = withheld(package)
    # The case before its files, like every other verb: two at once cannot block each other.
    with transaction.atomic():
        case = casework.move(
            case,
            Event.RELEASE,
            by=by,
            seen=seen,
            answered_at=case.answered_at or now,
            outcome=Outcome.PART if left_out else Outcome.GRANTED,
            late_reason=late_reason.strip()[:400],
        )
        if changed := colleagues.obstacles(case, package):  # asked or answered at this very moment
            raise NotPossible(" ".join(changed))
        Package.objects.filter(pk=package.pk).update(
            released_at=now, expires_at=now + dt.timedelta(days=settings.PACKAGE_DAYS)
        )
        package.refresh_from_db()
        letters.tell(case, "released", by=by, package=package, withheld=left_out)
    return case


def take_back(*, case: Case, by: Any, reason: str, seen: int | None = None) -> Case:
    """Undo a release while nobody has downloaded anything."""
    package = current_package(case)
    if package is not None and package.files.filter(downloads__actor="customer").exists():
        raise NotPossible("The customer has downloaded a file already, so the release cannot be taken back.")
    with transaction.atomic():
        case = casework.move(
            case, Event.TAKE_BACK, by=by, reason=reason, seen=seen, answered_at=None, outcome=""
        )
        case.packages.filter(state=Package.State.READY).update(released_at=None)
        return clockwork.recompute(case=case, by=by, why="the release was taken back")


def close(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Finish a released case; the files stay until they expire."""
    with transaction.atomic():
        case = casework.move(case, Event.CLOSE, by=by, seen=seen)
        letters.tell(case, "closed", by=by)
    return case


def refuse(*, case: Case, by: Any, ground: str, reason: str, seen: int | None = None) -> Case:
    """Say no, with a ground and a reason in plain words; the letter names the three ways to complain (Art 12(4))."""
    if not ground or not reason.strip():
        raise NotPossible("Choose a ground and give the reason in plain words. The customer reads it.")
    if never := fulfilment.why_not_refused(case):
        raise NotPossible(never)
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
        stop_work(case, by=by)
        letters.tell(case, "refused", by=by)
    return case


def other_requests(case: Case) -> Sequence[Case]:
    """Other requests by the same person or address, newest first."""
    same = Case.objects.exclude(pk=case.pk)
    if case.subject_id:
        return list(same.filter(subject_id=case.subject_id).order_by("-received_on")[:20])
    if case.requester_email:
        return list(same.filter(requester_email=case.requester_email).order_by("-received_on")[:20])
    return []
