"""What the person who asks can do: ask, prove an address, see, add, cancel, ask for the files again, lock them."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts import visits
from portal.accounts.models import Challenge, Purpose, Visit
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, emails, fulfilment, identity, letters, packages, proofs
from requests_sar.casework import NotPossible
from requests_sar.ladder import Way
from requests_sar.models import (
    Case,
    Channel,
    Draft,
    Evidence,
    IdentityCheck,
    Proof,
    Representative,
    case_reference,
)
from requests_sar.rights import Right
from requests_sar.services import colleagues
from requests_sar.services.copies import collect, released, stop_work
from requests_sar.workflow import OPEN, Event, State


def open_request(*, draft: Draft, visit: Visit | None) -> Case:
    """Turn a finished draft into a case, once however often it is sent.

    A visitor who proved the same address is not asked again; everybody else is sent a code, known to us or not.
    """
    try:
        with transaction.atomic():
            case = _case_from(draft)
            way = fulfilment.of(case)
            also = way.also(draft.answers) if way is not None else ()
            case.group = uuid.uuid4() if also else None
            casework.set_dates(case)
            case.save(force_insert=True)
            Draft.objects.filter(pk=draft.pk).update(sent_at=timezone.now(), touched_at=timezone.now())
            if way is not None:
                way.opened(case, draft.answers)
            casework.note(case, "received", by=visit or "customer", to_state=State.RECEIVED)
            _keep_authority(case, draft, by=visit)
            # A complaint (s 164A) and a no to marketing need no proved address.
            if not fulfilment.needs_proof(case):
                fields = _if_proved(case, visit)
                _confirmed(case, by=visit or "customer", **fields)
            elif visit and visit.address == case.requester_email:
                fields = identity.fields_for(case, address=visit.address, proof=Proof.SIGNED_IN)
                _confirmed(case, by=visit, **fields)
            else:
                _ask_code(case)
            trail.record(Verb.CASE_RECEIVED, by=visit or "customer", target=f"case:{case.reference}")
            for right in also:
                _linked(case, draft, right, visit)
    except IntegrityError:
        return Case.objects.get(submission=draft.pk)
    return case


def _linked(first: Case, draft: Draft, right: Right, visit: Visit | None) -> None:
    """A second right asked for in the same answers: a case of its own, confirmed by the same code."""
    case = _case_from(draft)
    case.right, case.reference, case.group = right, case_reference(right), first.group
    case.submission, case.authority = uuid.uuid5(draft.pk, right), ""
    casework.set_dates(case)
    case.save(force_insert=True)
    casework.note(case, "received", by=visit or "customer", to_state=State.RECEIVED)
    if first.state == State.VERIFYING:
        casework.move(case, Event.ASK_CODE, by=None, challenge=first.challenge)
    else:
        _confirmed(case, by=visit or "customer", **_if_proved(case, visit))
    trail.record(Verb.CASE_RECEIVED, by=visit or "customer", target=f"case:{case.reference}")


def _if_proved(case: Case, visit: Visit | None) -> dict[str, Any]:
    """Who it is, when the address was proved in this visit; nothing otherwise."""
    if visit is None or visit.address != case.requester_email:
        return {}
    return identity.fields_for(case, address=visit.address, proof=Proof.SIGNED_IN)


def _case_from(draft: Draft) -> Case:
    answers: dict[str, Any] = draft.answers
    return Case(
        right=draft.right,
        reference=case_reference(draft.right),
        about=Case.objects.filter(reference=answers["about"]).first() if answers.get("about") else None,
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
    )


def _keep_authority(case: Case, draft: Draft, *, by: Any) -> None:
    """The document that came with the request waits beside it for the officer's decision."""
    if draft.authority:
        name = draft.authority.name
        Draft.objects.filter(pk=draft.pk).update(authority="")
        proofs.keep(
            case=case,
            kind=Evidence.Kind.AUTHORITY,
            stored=name,
            by=by or "customer",
            came_on=case.received_on,
            by_customer=True,
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
    if case.group is not None:  # one code confirms all that was sent together
        together = Case.objects.filter(group=case.group, state=State.VERIFYING).exclude(pk=case.pk)
        together.update(challenge=case.challenge, requester_email=case.requester_email)
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
    if case.verified_at is not None:
        IdentityCheck.objects.create(
            case=case, way=Way.EMAIL, outcome=IdentityCheck.Outcome.MATCHED, at=case.verified_at
        )
    way = fulfilment.of(case)
    if way is not None and case.subject_id is not None and case.verified_at is not None:
        way.known(case, by)
    letters.tell(case, way.receipt(case) if way is not None else "received", by=by)
    return case


def sign_in_code(*, address: str, replaces: uuid.UUID | None = None) -> Challenge:
    """Send a sign-in code: the same message to every address. `replaces`: see `visits.start`."""
    with transaction.atomic():
        sent = visits.start(address=address, purpose=Purpose.SIGN_IN, replaces=replaces)
        emails.code(sent)
    return sent.challenge


def cases_of(visit: Visit) -> Any:
    """The requests that this visitor may see: made with the proved address, or answered to it though somebody else
    asked."""
    answered = Representative.objects.filter(
        answer_to=Representative.To.SUBJECT, answer_email=visit.address
    ).values("case")
    return Case.objects.filter(Q(requester_email=visit.address) | Q(pk__in=answered)).order_by("-received_at")


def may_fetch(case: Case, visit: Visit) -> bool:
    """Whether the answer to this request is for this visitor: the officer names one recipient, and no other may."""
    return bool(visit.address) and case.answer_email == visit.address


def case_for(visit: Visit | None, reference: str) -> Case | None:
    """One request of this visitor. Somebody else's and a made-up reference are the same: None."""
    if visit is None:
        return None
    return cases_of(visit).filter(reference=reference.upper()).first()


def open_like(visit: Visit, draft: Draft) -> Case | None:
    """An open request of the same kind by the same visitor: to add to instead of sending again.

    An objection is never added to another one: what stops at once stops by being a request.
    """
    if draft.right == Right.OBJECTION:
        return None
    return cases_of(visit).filter(right=draft.right, state__in=OPEN).exclude(submission=draft.pk).first()


def withdraw(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """The requester does not want it any more."""
    with transaction.atomic():
        case = casework.move(case, Event.WITHDRAW, by=by, seen=seen)
        stop_work(case, by=by)
        letters.tell(case, "withdrawn", by=by)
    return case


def renew(*, case: Case, by: Any) -> Case:
    """Files that were removed are made again on one press, without a new request; the DPO releases them as before."""
    if released(case) is not None:
        raise NotPossible("Your files are still there, so they need not be made again.")
    with transaction.atomic():
        case = casework.move(case, Event.RENEW, by=by, reviewed_at=None, reviewed_by=None, closed_at=None)
        colleagues.ask_for_lost(case, by=by)
        collect(case, by=by)
    return case


def lock_files(*, case: Case, by: Any) -> None:
    """ "Not you? Lock these files"."""
    package = released(case)
    if package:
        packages.lock(package, by=by)
