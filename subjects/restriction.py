"""Restriction of processing (Article 18): what may be done with a person's data while it is paused, and what may not.

Every use of data asks here first: `blocks(subject, Use.MARKETING)` gives the reason in a sentence, or "" when the use
is free. Storage, the person's own rights, use with their consent and legal claims are never blocked (Article 18(2)).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from portal.mail.models import Message
from portal.templatetags.house import short_day
from subjects import datamap
from subjects.datamap import Dataset
from subjects.models import RestrictedUse, Restriction, Subject

Scope, How = Restriction.Scope, Restriction.How
REASON_LIMIT = 400


class Refused(Exception):
    """It cannot be done now; the text is a sentence for the person who tried."""


class Use(StrEnum):
    """What somebody wants to do with a person's data."""

    STORAGE = "storage"
    RIGHTS = "rights"  # the person's own requests, and answering them
    CONSENT = "consent"  # with the person's consent to this use
    CLAIMS = "claims"  # to establish, exercise or defend a legal claim; see `use_for`
    EDIT = "edit"
    CONTACT = "contact"
    MARKETING = "marketing"
    ANALYTICS = "analytics"
    SERVICE = "service"
    THIRD_PARTIES = "third-parties"
    DISPOSAL = "disposal"


ALWAYS = frozenset({Use.STORAGE, Use.RIGHTS, Use.CONSENT, Use.CLAIMS})  # Article 18(2); law.md 2.8

_NO: dict[Use, str] = {
    Use.EDIT: "It cannot be changed.",
    Use.CONTACT: "We do not write to them or phone them about it.",
    Use.MARKETING: "No marketing is sent.",
    Use.ANALYTICS: "It is left out of figures and profiles.",
    Use.SERVICE: "Their services are suspended. This portal stays open to them.",
    Use.THIRD_PARTIES: "Nothing of it is given to anybody else.",
    Use.DISPOSAL: "It is not deleted: the data protection officer looks at it instead.",
}


# --- what a restriction reaches (pure) ----------------------------------------------------------------------


def reaches(
    restriction: Restriction, use: Use, *, kind: str = "", record: str = "", purpose: str = ""
) -> bool:
    """Whether a standing restriction forbids this use.

    `kind`: key of the dataset that is used; "" means all of the person's data, which a restriction of any part
    reaches. `record`: the row of that kind, "" for all of them. `purpose`: the business function it is for.
    Services are suspended only with everything: they do not rest on one kind of data.
    """
    if use in ALWAYS:
        return False
    if restriction.scope == Scope.PURPOSE:
        return bool(purpose) and purpose == restriction.purpose
    if restriction.scope == Scope.EVERYTHING:
        return True
    if use is Use.SERVICE:
        return False
    if kind and kind not in restriction.kinds:
        return False
    return restriction.scope == Scope.KINDS or not record or record == restriction.record


def sentence(restriction: Restriction, use: Use) -> str:
    """Why the use is not possible, with the day and the request."""
    return f"Paused since {short_day(restriction.placed_at)} ({restriction.reference}). {_NO[use]}"


def first_no(standing: Iterable[Restriction], use: Use, **what: str) -> str:
    """The reason of the first standing restriction that reaches this use; "" when none does."""
    return next((sentence(each, use) for each in standing if reaches(each, use, **what)), "")


def allowed(standing: Collection[Restriction]) -> list[Use]:
    """The uses of everything about the person that no restriction reaches."""
    return [use for use in Use if not any(reaches(each, use) for each in standing)]


OWN_REQUESTS = "rights-requests"  # category in the register: the person's own requests are never paused


def pausable() -> tuple[Dataset, ...]:
    """The kinds of data that can be paused by themselves."""
    return tuple(each for each in datamap.datasets() if each.category != OWN_REQUESTS)


# --- asking -------------------------------------------------------------------------------------------------


def of(subject: Subject) -> list[Restriction]:
    """The restrictions that stand, oldest first."""
    return list(Restriction.objects.filter(subject=subject, lifted_at=None))


def blocks(subject: Subject, use: Use, *, kind: str = "", record: str = "", purpose: str = "") -> str:
    """Why this use of the person's data is not possible now, as a sentence; "" when it is. See `reaches`."""
    if use in ALWAYS:
        return ""
    return first_no(of(subject), use, kind=kind, record=record, purpose=purpose)


def standing(subject_ids: Collection[UUID]) -> Mapping[UUID, list[Restriction]]:
    """The standing restrictions of many people in one query; people without any are not in it."""
    found: dict[UUID, list[Restriction]] = {}
    if subject_ids:
        for each in Restriction.objects.filter(subject_id__in=subject_ids, lifted_at=None):
            found.setdefault(each.subject_id, []).append(each)
    return found


def mark(restrictions: Sequence[Restriction]) -> str:
    """The words of the mark that staff see beside a name; "" for nobody's restrictions."""
    if not restrictions:
        return ""
    if any(each.scope == Scope.EVERYTHING for each in restrictions):
        return "Paused: do not use"
    return "Partly paused: see the person's page"


# --- doing --------------------------------------------------------------------------------------------------


def restrict(
    *,
    subject: Subject,
    ground: Restriction.Ground,
    reference: str,
    by: Any,
    kinds: Sequence[str] = (),
    record: str = "",
    purpose: str = "",
) -> Restriction:
    """Pause the use of a person's data: everything, or some kinds, one record of one kind, or one use.

    Again with the same reference it gives the restriction that stands. Raises ValueError for a record without its
    one kind, or a use together with kinds.
    """
    scope = _scope(kinds, record, purpose)
    with transaction.atomic():
        Subject.objects.select_for_update().get(pk=subject.pk)
        made, new = Restriction.objects.get_or_create(
            subject=subject,
            reference=reference,
            scope=scope,
            kinds=sorted(kinds),
            record=record,
            purpose=purpose,
            lifted_at=None,
            defaults={"ground": ground, "placed_at": timezone.now(), "placed_by": trail.actor(by)},
        )
        if new:
            _keep_in_step(subject)
            reason = f"{reference} {ground} {scope}"
            trail.record(Verb.RESTRICTION_PLACED, by=by, target=f"subject:{subject.reference}", reason=reason)
    return made


def _scope(kinds: Sequence[str], record: str, purpose: str) -> Restriction.Scope:
    if purpose and (kinds or record):
        raise ValueError("a use is restricted as a whole, not for some kinds of data")
    if record and len(kinds) != 1:
        raise ValueError("one record belongs to one kind of data: name it")
    if purpose:
        return Scope.PURPOSE
    if record:
        return Scope.RECORD
    return Scope.KINDS if kinds else Scope.EVERYTHING


def announce_lifting(
    *,
    restriction: Restriction,
    by: Any,
    why: Restriction.Why,
    how: Restriction.How,
    notice: Message | None = None,
    told_on: dt.datetime | None = None,
) -> Restriction:
    """Note that the person is being told that the pause will end (Article 18(3)); the telling itself is the caller's.

    By e-mail `notice` is the message, and they are told when it has left. By post or phone `told_on` says when that
    was (default: now). Raises Refused when it does not stand, or when it is known that they were told already.
    """
    if how == How.EMAIL and notice is None:
        raise ValueError("an e-mail is told by its message")
    with transaction.atomic():
        found = _locked(restriction)
        if found.told_lifting_at is not None or _left(found) is not None:
            raise Refused("They have been told already that the pause ends. You can end it.")
        found.announced_at, found.announced_how, found.why_lifted = timezone.now(), how, why
        found.notice = notice
        if how != How.EMAIL:
            found.told_lifting_at = told_on or found.announced_at
        found.save(update_fields=["announced_at", "announced_how", "why_lifted", "notice", "told_lifting_at"])
        target = f"subject:{found.subject.reference}"
        trail.record(
            Verb.RESTRICTION_ANNOUNCED, by=by, target=target, reason=f"{found.reference} {how} {why}"
        )
    return found


def told(restriction: Restriction) -> dt.datetime | None:
    """When the person was told that the pause ends; None while they were not."""
    return restriction.told_lifting_at or _left(restriction)


def _left(restriction: Restriction) -> dt.datetime | None:
    """When the e-mail of the notice left; None while it waits or could not be sent."""
    notice = restriction.notice
    return notice.sent_at if notice and notice.state == Message.State.SENT else None


def why_not_lifted(restriction: Restriction) -> str:
    """What stands in the way of lifting, as a sentence; "" when nothing does."""
    if restriction.lifted_at is not None:
        return "This pause has ended already."
    if restriction.announced_at is None:
        return "Tell the person first that the pause will end (Article 18(3))."
    if told(restriction) is not None:
        return ""
    if restriction.notice is None or restriction.notice.state == Message.State.FAILED:
        return "The e-mail that tells the person could not be sent. Tell them by post or phone first."
    return "The e-mail that tells the person has not left yet. Try again in a minute."


def lift(*, restriction: Restriction, by: Any) -> Restriction:
    """End a restriction. Raises Refused before the person was told (Article 18(3)); the database refuses it too."""
    with transaction.atomic():
        found = _locked(restriction)
        if problem := why_not_lifted(found):
            raise Refused(problem)
        found.told_lifting_at = told(found)
        found.lifted_at, found.lifted_by = timezone.now(), trail.actor(by)
        found.save(update_fields=["told_lifting_at", "lifted_at", "lifted_by"])
        _keep_in_step(found.subject)
        target = f"subject:{found.subject.reference}"
        trail.record(
            Verb.RESTRICTION_LIFTED, by=by, target=target, reason=f"{found.reference} {found.why_lifted}"
        )
    return found


def _locked(restriction: Restriction) -> Restriction:
    Subject.objects.select_for_update().get(pk=restriction.subject_id)
    found = Restriction.objects.select_related("subject", "notice").get(pk=restriction.pk)
    if found.lifted_at is not None:
        raise Refused("This pause has ended already.")
    return found


def _keep_in_step(subject: Subject) -> None:
    """`Subject.restricted_at`: since when everything is paused. Shown in lists, without a query of its own."""
    whole = Restriction.objects.filter(subject=subject, lifted_at=None, scope=Scope.EVERYTHING)
    since = whole.order_by("placed_at").values_list("placed_at", flat=True).first()
    Subject.objects.filter(pk=subject.pk).update(restricted_at=since)
    subject.restricted_at = since


def use_for(*, subject: Subject, reason_kind: RestrictedUse.For, reason: str, by: Any) -> RestrictedUse:
    """Write down that restricted data are used for a claim or with consent. Raises Refused without a reason."""
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say what the data are used for. It stands on the record.")
    with transaction.atomic():
        made = RestrictedUse.objects.create(
            subject=subject,
            at=timezone.now(),
            by=trail.actor(by),
            reason_kind=reason_kind,
            reason=reason[:REASON_LIMIT],
        )
        target = f"subject:{subject.reference}"
        trail.record(Verb.RESTRICTION_USED, by=by, target=target, reason=str(reason_kind))
    return made
