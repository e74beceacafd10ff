"""What can come of a request at first sight besides working on it: another right, another request's twin, not ours."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, clockwork, deadlines, emails, fulfilment, letters
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Ground, Need, Referral
from requests_sar.rights import WORDS, Right
from requests_sar.services.copies import stop_work
from requests_sar.workflow import OPEN, Event, State
from subjects.models import Controller

LETTERS = {Referral.Kind.WRONG_COMPANY: "wrong_company", Referral.Kind.DECEASED: "deceased"}
ASKED_FOR = (
    "They sent nothing that shows who they are, and we had to be sure before we gave anybody their data."
)


# --- another right -----------------------------------------------------------------------------------------------


def reclassify(*, case: Case, right: str, reason: str, by: Any, seen: int | None = None) -> Case:
    """Treat the request as one about another right. The day received stays; the clock follows from it (S05).

    Raises NotPossible without a reason, for the same right, or once work has begun.
    """
    if right not in {each.value for each in Right}:
        raise NotPossible("Choose what the request is about.")
    if right == case.right:
        raise NotPossible(f"The request is about “{WORDS[Right(right)].name}” already.")
    if Right.COMPLAINT in {case.right, right}:
        raise NotPossible(
            "A complaint has a clock and a reference of its own. Log it by itself and link the two; close the one that "
            "is too many with “Not a request for us”."
        )
    if case.state != State.TRIAGE:
        raise NotPossible("This can be changed in triage only. Move the request back first.")
    if not reason.strip():
        raise NotPossible("Say why. It stands in the history.")
    told = f"{case.right} to {right}"
    with transaction.atomic():
        case = casework.change(
            case,
            Verb.CASE_RECLASSIFIED,
            by=by,
            event="reclassified",
            reason=f"{WORDS[Right(case.right)].name} became {WORDS[Right(right)].name}. {reason.strip()}",
            told=told,
            seen=seen,
            right=right,
        )
        way = fulfilment.of(case)
        if way is not None:
            way.opened(case, {})
        case = clockwork.recompute(case=case, by=by, why="the request is about another right")
        letters.tell(case, "reclassified", by=by)
    return case


# --- not ours ----------------------------------------------------------------------------------------------------


def refer(*, case: Case, by: Any, controller: Controller | str, seen: int | None = None) -> Case:
    """We hold the data only for a client: the requester is told whom to ask, the client is told without delay.

    Our month has no part in it: the clock ends without a date (S09). `controller` is a client, or the name of a new
    one. The client's e-mail says that there is a request, not whose. Raises NotPossible without a name or for our
    own company.
    """
    client = _client(controller)
    with transaction.atomic():
        case = _ended(case, Referral.Kind.PROCESSOR, by=by, seen=seen, referred_to=client.name, client=client)
        letters.tell(case, "referred", by=by)
        if client.email:
            emails.client(case, client)
            case.referral.client_told_at = timezone.now()
            case.referral.save(update_fields=["client_told_at"])
    return case


def _client(controller: Controller | str) -> Controller:
    if isinstance(controller, str):
        name = " ".join(controller.split())[:200]
        if not name:
            raise NotPossible("Name the company that decides about these data.")
        found = Controller.objects.filter(name__iexact=name).first()
        controller = found or Controller.objects.create(name=name)
    if controller.ours:
        raise NotPossible("That is our own company, so the request is ours to answer.")
    return controller


def not_ours(
    *, case: Case, kind: str, by: Any, company: str = "", note: str = "", seen: int | None = None
) -> Case:
    """It is not a request for us: spam, another company's, or about somebody who has died (S14).

    Spam gets no letter. `company`: who it is meant for, as far as we know. `note` stands in the history.
    """
    if kind not in {Referral.Kind.SPAM, Referral.Kind.WRONG_COMPANY, Referral.Kind.DECEASED}:
        raise NotPossible("Choose why it is not a request for us.")
    company = " ".join(company.split())[:200]
    with transaction.atomic():
        case = _ended(case, kind, by=by, seen=seen, referred_to=company, note=note.strip())
        if kind != Referral.Kind.SPAM:
            letters.tell(case, LETTERS[kind], by=by)
    return case


def _ended(
    case: Case,
    kind: str,
    *,
    by: Any,
    seen: int | None,
    referred_to: str,
    client: Controller | None = None,
    note: str = "",
) -> Case:
    case = casework.move(
        case,
        Event.REFER,
        by=by,
        seen=seen,
        reason=" ".join(part for part in (Referral.Kind(kind).label + ".", note) if part),
        referred_to=referred_to,
        answered_at=timezone.now(),
        due_on=None,
        clock_start_on=None,
    )
    Referral.objects.update_or_create(
        case=case, defaults={"kind": kind, "controller": client, "by": by, "at": timezone.now()}
    )
    return case


def details_given(*, case: Case, by: Any, how: str) -> Case:
    """The client has got the details it needs, by a way that keeps them safe. Raises NotPossible without one."""
    referral = Referral.objects.filter(case=case, kind=Referral.Kind.PROCESSOR).first()
    if referral is None or case.state != State.REFERRED:
        raise NotPossible("This request was not passed on to a client.")
    if referral.details_given_at:
        raise NotPossible("That is written down already.")
    if not how.strip():
        raise NotPossible("Say how the client got the details.")
    with transaction.atomic():
        Referral.objects.filter(pk=referral.pk).update(details_given_at=timezone.now())
        casework.note(case, "client-details", by=by, reason=how.strip())
        trail.record(Verb.CLIENT_TOLD, by=by, target=f"case:{case.reference}")
    return case


# --- twins -------------------------------------------------------------------------------------------------------


def linked(case: Case) -> list[Case]:
    """The other requests of the same group, the oldest first."""
    if case.group is None:
        return []
    return list(
        Case.objects.filter(group=case.group).exclude(pk=case.pk).order_by("received_on", "reference")
    )


def link(*, case: Case, other: Case, by: Any, seen: int | None = None) -> Case:
    """Say that two requests belong together; the due date of each stays (S11a). Whole groups are joined."""
    if case.pk == other.pk:
        raise NotPossible("That is this request itself.")
    if case.group is not None and case.group == other.group:
        raise NotPossible("They are linked already.")
    if case.subject_id and other.subject_id and case.subject_id != other.subject_id:
        raise NotPossible("They are about two different people, so they cannot be linked.")
    group = case.group or other.group or uuid.uuid4()
    with transaction.atomic():
        old = {other.group} - {None}
        rest = Case.objects.filter(Q(pk=other.pk) | Q(group__in=old)).select_for_update()
        for each in rest.order_by("pk"):
            casework.change(each, Verb.CASE_LINKED, by=by, event="linked", reason=case.reference, group=group)
        return casework.change(
            case, Verb.CASE_LINKED, by=by, event="linked", reason=other.reference, seen=seen, group=group
        )


def unlink(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Take a request out of its group. Raises NotPossible when it is in none."""
    if case.group is None:
        raise NotPossible("This request is not linked to another one.")
    with transaction.atomic():
        others = linked(case)
        if len(others) == 1:  # nobody is linked to themselves
            casework.change(others[0], Verb.CASE_UNLINKED, by=by, event="unlinked", group=None)
        return casework.change(case, Verb.CASE_UNLINKED, by=by, event="unlinked", seen=seen, group=None)


def answers(case: Case) -> list[Case]:
    """Linked requests about the same right whose answer went out after this one came: it may answer both."""
    return [
        other
        for other in linked(case)
        if other.answered_at is not None
        and other.state in {State.RELEASED, State.CLOSED}
        and other.right == case.right
        and timezone.localtime(other.answered_at).date() >= case.received_on
    ]


def answered_together(
    *, case: Case, other: Case, by: Any, late_reason: str = "", seen: int | None = None
) -> Case:
    """One answer for two requests: this one is finished by the answer to the other. Each keeps its own due date.

    It counts as answered on the day of that answer. Raises NotPossible unless that answer came after this request,
    or when it was late and no reason is given.
    """
    if other.pk not in {each.pk for each in answers(case)}:
        raise NotPossible(
            "An answer to a linked request about the same right, given after this one came, may answer both. "
            "There is none, so answer this one itself."
        )
    assert other.answered_at is not None
    late = case.due_on is not None and timezone.localtime(other.answered_at).date() > case.due_on
    if late and not late_reason.strip():
        raise NotPossible("The answer came late for this request. Say why.")
    with transaction.atomic():
        case = casework.move(
            case,
            Event.JOIN,
            by=by,
            seen=seen,
            reason=other.reference,
            answered_at=other.answered_at,
            late_reason=late_reason.strip()[:400],
        )
        stop_work(case, by=by)
        letters.tell(case, "together", by=by, other=other)
    return case


# --- silence -----------------------------------------------------------------------------------------------------


def unproved_since(case: Case) -> Need | None:
    """The proof of identity that we have awaited for a month; None when there is none."""
    need = case.needs.filter(kind=Need.Kind.IDENTITY, came_on=None).first()
    if need is None or case.state not in OPEN:
        return None
    return need if deadlines.months_later(need.asked_on, 1) <= timezone.localdate() else None


def close_unproved(*, case: Case, reason: str, by: Any, seen: int | None = None) -> Case:
    """Close for want of proof of identity, after a month; never by itself (S04). Their later answer opens it again.

    The letter says why and names the three ways to complain. Raises NotPossible before the month is over.
    """
    if unproved_since(case) is None:
        raise NotPossible(
            "A request may be closed for want of proof only when a month has passed since we asked for it."
        )
    if not reason.strip():
        raise NotPossible("Give the reason in plain words. The customer reads it.")
    with transaction.atomic():
        case = casework.move(
            case,
            Event.REFUSE,
            by=by,
            seen=seen,
            ground=Ground.CANNOT_IDENTIFY,
            refusal=reason.strip(),
            answered_at=timezone.now(),
        )
        stop_work(case, by=by)
        letters.tell(case, "unproved", by=by)
    return case
