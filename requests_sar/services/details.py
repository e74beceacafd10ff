"""What people do with their own details: see whose they are, change them, undo, confirm a new address, disown one.

The changing itself is `subjects.services`; here is who may, what follows for requests, visits and recipients, and
whom we write to. `subjects.services.Refused` carries the sentence for the person.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.accounts import visits
from portal.accounts.models import Purpose, Visit
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import address_mails, casework, disowning, identity, packages, recipients
from requests_sar.models import Case, RecipientNotice
from requests_sar.rights import Right
from requests_sar.services.copies import released
from subjects import adding, datamap, items
from subjects import services as people
from subjects.formats import Shape
from subjects.identifiers import normalise_email
from subjects.models import AddressChange, DetailChange, Subject
from subjects.services import Refused

TAKE_BACK_DAYS = disowning.TAKE_BACK_DAYS
CHANGED_SINCE = "This address has changed since you asked. Start again from your details."


def person_of(visit: Visit | None) -> Subject | None:
    """The one person on file whose details this visitor may see and change; None when that is not certain.

    The address must belong to exactly one person, and either be theirs for long enough (`identity.proves`), or this
    very visit has proved the old one and the new one, or it is another address that was changed lately.
    """
    if visit is None:
        return None
    subject = identity.subject_at(visit.address)
    if subject is None:
        return None
    trusted = (
        identity.proves(subject) or _proved_both(subject, visit) or _other_changed(subject, visit.address)
    )
    return subject if trusted else None


def _proved_both(subject: Subject, visit: Visit) -> bool:
    return AddressChange.objects.filter(subject=subject, visit=visit.pk, taken_back_at=None).exists()


def _other_changed(subject: Subject, address: str) -> bool:
    """Whether the change that makes addresses doubtful was to another address, and this one is as old as ever."""
    fresh = DetailChange.objects.filter(subject=subject, at__gt=timezone.now() - identity.FRESH_ADDRESS)
    the_change = fresh.filter(at=subject.email_changed_at)
    return the_change.exists() and not fresh.filter(after=normalise_email(address)).exists()


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did, and whom we tell of it."""

    changes: list[DetailChange]
    notices: list[RecipientNotice]


def change_details(
    *,
    subject: Subject,
    visit: Visit,
    dataset: str,
    record: str,
    values: Mapping[str, str],
    everywhere: bool = False,
) -> Changed:
    """The person changes a detail at once. Raises Refused; an e-mail address goes by `ask_address` unless emptied."""
    kind = datamap.get(dataset)
    row = items.row_of(kind, subject, record)
    for path, value in values.items():
        is_address = any(c.path == path and c.shape is Shape.EMAIL for c in kind.columns)
        if is_address and row is not None and not value.strip() and _same(getattr(row, path), visit.address):
            raise Refused(
                "You are signed in with this address, so it cannot be taken away. Put a new one in its place.",
                column=path,
            )
    with transaction.atomic():
        changes = people.correct(
            subject=subject, dataset=dataset, record=record, values=values, by=visit, everywhere=everywhere
        )
        for change in changes:
            if change.before:
                disowning.tell_old(change, visit=visit.pk)
        return Changed(changes, _tell(subject, changes, by=visit))


def add_detail(*, subject: Subject, visit: Visit, dataset: str, values: Mapping[str, str]) -> Changed:
    """The person adds what we have none of: a postal address. Raises Refused."""
    with transaction.atomic():
        changes = adding.add_first(subject=subject, dataset=dataset, values=values, by=visit)
        return Changed(changes, _tell(subject, changes, by=visit))


def undo_change(*, subject: Subject, visit: Visit) -> Changed:
    """The person takes their last change back. Raises Refused when that is not safe."""
    with transaction.atomic():
        changes = people.undo(subject=subject, by=visit)
        return Changed(changes, _tell(subject, changes, by=visit))


def _tell(subject: Subject, changes: list[DetailChange], *, by: Any) -> list[RecipientNotice]:
    if not changes:
        return []
    categories = {datamap.get(change.dataset).category for change in changes}
    return recipients.note(subject=subject, categories=categories, right=Right.RECTIFICATION, by=by)


def _same(one: str, other: str) -> bool:
    return normalise_email(one) == normalise_email(other)


# --- a new e-mail address ----------------------------------------------------------------------------------


def ask_address(
    *, subject: Subject, visit: Visit, dataset: str, record: str, column: str, address: str
) -> AddressChange:
    """Send a code to a new address; nothing changes yet. The same happens for every address, known to us or not.

    Raises Refused for what is no address, or the one that is there already.
    """
    people.refuse_change(subject, dataset, record)
    row = items.row_of(datamap.get(dataset), subject, record)
    if row is None:
        raise Refused(CHANGED_SINCE)
    address = visits.normalise(address)
    people.check_value(dataset=dataset, row=row, column=column, value=address)
    if _same(getattr(row, column), address):
        raise Refused("That is the address we have already. Enter the new one.", column=column)
    with transaction.atomic():
        AddressChange.objects.filter(subject=subject, column=column, confirmed_at=None).delete()
        sent = visits.start(address=address, purpose=Purpose.SIGN_IN)
        made = AddressChange.objects.create(
            subject=subject,
            dataset=dataset,
            record=record,
            column=column,
            old=getattr(row, column),
            new=address,
            challenge=sent.challenge,
            asked_at=timezone.now(),
        )
        address_mails.new_address(sent)
        trail.record(Verb.PERSON_ADDRESS_ASKED, by=visit, target=f"person:{subject.reference}")
    return made


def send_address_code_again(*, change: AddressChange) -> None:
    """A fresh code for the new address; the old code stops counting."""
    with transaction.atomic():
        sent = visits.start(address=change.new, purpose=Purpose.SIGN_IN, replaces=change.challenge_id)
        if sent.deliver:
            AddressChange.objects.filter(pk=change.pk).update(challenge=sent.challenge)
        address_mails.new_address(sent)


def confirm_address(*, change: AddressChange, visit: Visit, code: str) -> Visit:
    """The code came back: the address changes, and the visit goes on under the new one when it was the old one's.

    Raises visits.WrongCode, Locked, LockedToday or Expired, and Refused (the person must ask us) when the address
    cannot tell people apart or something has changed since. A wrong code is counted even then.
    """
    if change.challenge_id is None or change.confirmed_at is not None:
        raise visits.Expired
    proved = visits.answer_code(challenge_id=change.challenge_id, code=code)
    with transaction.atomic():
        subject = Subject.objects.select_for_update().get(pk=change.subject_id)
        row = items.row_of(datamap.get(change.dataset), subject, change.record)
        if row is None or getattr(row, change.column) != change.old:
            raise Refused(CHANGED_SINCE)
        _refuse_shared(subject, change.new)
        made = people.correct(
            subject=subject,
            dataset=change.dataset,
            record=change.record,
            values={change.column: change.new},
            by=visit,
            proved=proved.address,
        )
        _tell(subject, made, by=visit)
        goes_on, ends = (proved, visit) if _same(change.old, visit.address) else (visit, proved)
        token = secrets.token_urlsafe(24)
        AddressChange.objects.filter(pk=change.pk).update(
            confirmed_at=timezone.now(), visit=goes_on.pk, take_back_digest=disowning.digest(token)
        )
        for address in [change.old] if change.old else disowning.others(subject, change.new):
            address_mails.address_changed(to=address, token=token, days=TAKE_BACK_DAYS)
        if change.old:
            _move_requests(change.old, change.new, by=visit)
        Visit.objects.filter(pk=ends.pk).update(ended_at=timezone.now())
        return goes_on


def _refuse_shared(subject: Subject, address: str) -> None:
    """Two people with one address could not be told apart by it; who reads that mailbox need not hear of the other."""
    other = identity.subject_at(address)
    if (other and other.pk != subject.pk) or (other is None and identity.is_on_file(address)):
        raise Refused(
            "We have to look at this change ourselves. Nothing has changed. Use “Ask us to correct it” on the page of "
            "your details, and we do the rest."
        )


def _move_requests(old: str, new: str, *, by: Any) -> None:
    """Requests made with the old address go on under the new one, or nobody could follow them."""
    for case in Case.objects.filter(requester_email=visits.normalise(old)):
        casework.change(
            case, Verb.CASE_EDITED, by=by, event="address-moved", requester_email=visits.normalise(new)
        )


# --- "this was not me" ------------------------------------------------------------------------------------


def disowned(token: str) -> AddressChange | None:
    """The change that a notice's link can take back; None when it is too late or done. It only reads."""
    since = timezone.now() - identity.FRESH_ADDRESS
    return (
        AddressChange.objects.filter(
            take_back_digest=disowning.digest(token), confirmed_at__gt=since, taken_back_at=None
        )
        .select_related("subject")
        .first()
    )


def take_back_address(*, token: str) -> bool:
    """The owner of the old address did not change it: put it back, end the other's visits, lock files, tell officers.

    Returns whether something was taken back; a second press finds nothing.
    """
    with transaction.atomic():
        change = disowned(token)
        if change is None:
            return False
        subject = Subject.objects.select_for_update().get(pk=change.subject_id)
        won = AddressChange.objects.filter(pk=change.pk, taken_back_at=None).update(
            taken_back_at=timezone.now()
        )
        if not won:
            return False
        people.correct(
            subject=subject,
            dataset=change.dataset,
            record=change.record,
            values={change.column: change.old},
            by="customer",
            decided=True,
        )
        if change.new:
            Visit.objects.filter(address=visits.normalise(change.new), ended_at=None).update(
                ended_at=timezone.now()
            )
            _move_requests(change.new, change.old, by="customer")
        for case in Case.objects.filter(subject=subject):
            package = released(case)
            if package:
                packages.lock(package, by="customer")
        address_mails.address_contested(subject)
        trail.record(Verb.PERSON_ADDRESS_TAKEN_BACK, by="customer", target=f"person:{subject.reference}")
    return True


def change_of(visit: Visit, change_id: uuid.UUID) -> AddressChange | None:
    """A change of address that this visitor asked for and that waits for its code."""
    subject = person_of(visit)
    found = (
        AddressChange.objects.filter(pk=change_id, subject=subject, confirmed_at=None) if subject else None
    )
    return found.select_related("challenge").first() if found is not None else None
