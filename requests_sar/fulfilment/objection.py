"""Objection (Article 21): marketing stops the moment it comes; other uses stop while a person weighs them.

A no to marketing needs no proof beyond the address it came from, cannot do harm, and is never refused (Article 21(3)).
Any other objection pauses that use as soon as we know who asks (Article 18(1)(d)), until it is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from consent import ledger, suppression
from consent.models import ConsentEvent
from consent.models.events import REACHES
from portal.mail.models import Message
from portal.register import store
from portal.register.facts import Function
from requests_sar import fulfilment
from requests_sar.casework import NotPossible
from requests_sar.fulfilment import Answers, Fulfilment
from requests_sar.models import Case, Objection, Outcome
from requests_sar.rights import Right
from subjects import restriction
from subjects.identifiers import EMAIL, normalise
from subjects.models import Restriction, Subject

Decision = Objection.Decision
WORDS = "Stop using my data for this: "
NEVER = "An objection to marketing can never be refused (Article 21(3)). It took effect the moment it came."


# --- which uses ---------------------------------------------------------------------------------------------


def uses() -> tuple[Function, ...]:
    """The business functions that people may object to, as the register has them today."""
    return tuple(each for each in store.current().functions if each.open_to_objection)


def is_marketing(purpose: str) -> bool:
    """Whether a no to this use is absolute. False for a use that the register does not have any more."""
    return any(each.is_marketing for each in uses() if each.key == purpose)


def name_of(purpose: str) -> str:
    """The use in words."""
    return next((each.name for each in store.current().functions if each.key == purpose), purpose)


def only_marketing(purposes: Iterable[str]) -> bool:
    """Whether all of these, and at least one, are marketing."""
    known = list(purposes)
    return bool(known) and all(is_marketing(each) for each in known)


def harmless(case: Case) -> bool:
    """Whether the case is about marketing alone: then nobody has to prove anything, and nobody has to be found."""
    return only_marketing(case.objections.values_list("purpose", flat=True))


def receipt(case: Case) -> str:
    """The letter that answers at once: about marketing alone there is nothing to wait for."""
    return "marketing_stopped" if harmless(case) else "received"


def never_refused(case: Case) -> str:
    """Why the case as a whole cannot be refused; "" when it can."""
    return NEVER if any(is_marketing(each.purpose) for each in case.objections.all()) else ""


# --- what happens at each station ---------------------------------------------------------------------------


def opened(case: Case, answers: Answers) -> None:
    """One row a use; marketing stops in this very transaction."""
    add(case, answers.get("uses", []), given=answers.get("given", ""))


def add(case: Case, purposes: Iterable[str], *, given: str = "", by: Any = "customer") -> list[Objection]:
    """Uses that the person objects to; those that stand there already, or may not be objected to, change nothing."""
    there = set(case.objections.values_list("purpose", flat=True))
    possible = {each.key for each in uses()} - there
    made = [
        Objection.objects.create(
            case=case,
            purpose=purpose,
            absolute=is_marketing(purpose),
            given="" if is_marketing(purpose) else given,
        )
        for purpose in dict.fromkeys(purposes)
        if purpose in possible
    ]
    _stop_marketing(case, by)
    return made


def known(case: Case, by: Any) -> None:
    """We know who asks: marketing stops on all their channels, and the other uses while they are weighed."""
    _stop_marketing(case, by)
    if case.subject is None:
        return
    for each in case.objections.exclude(decision=Decision.REFUSED):
        if not is_marketing(each.purpose):
            _pause(case, each, by)


def _pause(case: Case, objection: Objection, by: Any) -> None:
    restriction.restrict(
        subject=case.subject,
        ground=Restriction.Ground.OBJECTION,
        reference=case.reference,
        by=by,
        purpose=objection.purpose,
    )


def _stop_marketing(case: Case, by: Any) -> None:
    """Write the no into the ledger for whom it is about: the person chosen, or whoever has the address it came from.

    An address that several people have is taken off for all of them; their other channels are their own. The address
    goes on the do-not-contact list, so that the no also counts for somebody who comes on file only later.
    """
    rows = [each for each in case.objections.all() if is_marketing(each.purpose)]
    if not rows:
        return
    if case.requester_email and not case.on_behalf_of:
        suppression.add([case.requester_email], by=by, reference=case.reference)
    people = _people(case)
    channels = REACHES if len(people) == 1 else [ConsentEvent.Channel.EMAIL]
    for each in rows:
        for subject in people:
            for channel in channels:
                _say_no(subject, each.purpose, channel, case.reference, by)
    undecided = [each.pk for each in rows if not each.decision]
    Objection.objects.filter(pk__in=undecided).update(decision=Decision.UPHELD, decided_at=timezone.now())


def _people(case: Case) -> list[Subject]:
    if case.subject is not None:
        return [case.subject]
    if case.on_behalf_of or not case.requester_email:
        return []  # the address is that of somebody else, or there is none: the officer chooses the person
    key = {"identifiers__kind": EMAIL, "identifiers__value": normalise(EMAIL, case.requester_email)}
    return list(Subject.objects.filter(**key).order_by("pk"))


def _say_no(subject: Subject, purpose: str, channel: str, reference: str, by: Any) -> None:
    last = ledger.last_event(subject, purpose, channel)
    if last is not None and last.act == ConsentEvent.Act.OBJECTED:
        return
    ledger.record(
        subject=subject,
        purpose=purpose,
        channel=channel,
        act=ConsentEvent.Act.OBJECTED,
        how=ConsentEvent.How.OBJECTION,
        evidence=f"case:{reference}",
        wording=f"{WORDS}{name_of(purpose)}",
        by=by,
    )


def obstacles(case: Case) -> list[str]:
    """Each use has to be decided; one that is to go on needs its compelling grounds in words."""
    rows = list(case.objections.all())
    if not rows:
        return ["Say which uses they object to."]
    return [f"Decide about “{name_of(each.purpose)}”." for each in rows if not each.decision]


def apply(case: Case, by: Any) -> Outcome:
    """What was upheld stays stopped for good; what was refused goes on when its pause has ended. Raises NotPossible."""
    rows = list(Objection.objects.select_for_update().filter(case=case))
    if not rows or any(not each.decision for each in rows):
        raise NotPossible("Decide about each use first.")
    known(case, by)
    upheld = [each for each in rows if each.decision == Decision.UPHELD]
    if not upheld:
        return Outcome.REFUSED
    return Outcome.GRANTED if len(upheld) == len(rows) else Outcome.PART


def told(case: Case, by: Any, message: Message | None) -> None:
    """The answer says that we go on with a use: that is the notice without which its pause cannot end (Art 18(3)).

    Without an e-mail address somebody has to print and post it first, and writes down when.
    """
    if message is None:
        return
    for each in to_end(case):
        if each.announced_at is None:
            restriction.announce_lifting(
                restriction=each,
                by=by,
                why=Restriction.Why.WEIGHED,
                how=Restriction.How.EMAIL,
                notice=message,
            )


def to_end(case: Case) -> list[Restriction]:
    """The pauses of this request whose use we decided to go on with."""
    refused = case.objections.filter(decision=Decision.REFUSED).values("purpose")
    return list(Restriction.objects.filter(reference=case.reference, lifted_at=None, purpose__in=refused))


def letter(case: Case) -> Mapping[str, Any]:
    """What the letter of the answer needs: each use with what was decided."""
    rows = list(case.objections.all())
    return {
        "stopped": [name_of(each.purpose) for each in rows if each.decision == Decision.UPHELD],
        "refused": [
            (name_of(each.purpose), each.because) for each in rows if each.decision == Decision.REFUSED
        ],
    }


fulfilment.register(
    Right.OBJECTION,
    Fulfilment(
        apply,
        opened=opened,
        known=known,
        taken_up=known,
        obstacles=obstacles,
        told=told,
        letter=letter,
        harmless=harmless,
        receipt=receipt,
        never_refused=never_refused,
    ),
)
