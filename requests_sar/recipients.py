"""Telling recipients (Article 19), the same for rectification, erasure and restriction.

`note` writes down who has to hear of it: everybody named in the record of disclosures, and for a request also the
kinds of recipients that the register names for these data, so that the officer says of each what was done. For an
erasure call it before anything is erased. `settle` closes one; it is told to the person on the request's page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from portal.mail.models import Message
from portal.register import store
from requests_sar.casework import NotPossible
from requests_sar.models import Case, RecipientNotice
from requests_sar.rights import Right
from subjects.models import DetailChange, Disclosure, RecordNote, Subject

Outcome = RecipientNotice.Outcome


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who has, or may have, these data of a person; `given_on` is the last time on record."""

    name: str
    what: str
    given_on: dt.date | None


def of(subject: Subject, categories: Collection[str], *, named_only: bool = False) -> list[Recipient]:
    """The recipients of these kinds of data (keys of the register) of one person, those on record first.

    A disclosure counts when the register says that its kind of recipient gets one of these categories, when that
    recipient may get anything (by law), or when its kind is not known. `named_only` leaves out kinds of recipients
    that are in the register but not in the record of disclosures.
    """
    register = store.current()
    known = {each.key: each for each in register.recipients}
    found: dict[str, Recipient] = {}
    on_record: set[str] = set()
    for given in Disclosure.objects.filter(subject=subject).order_by("-at"):
        kind = known.get(given.recipient_kind)
        if kind and not kind.by_law and not set(kind.receives) & set(categories):
            continue
        on_record.add(given.recipient_kind)
        day = timezone.localtime(given.at).date()
        found.setdefault(given.recipient.casefold(), Recipient(given.recipient, given.what, day))
    if not named_only:
        for kind in register.recipients:
            shared = [key for key in kind.receives if key in categories]
            if shared and not kind.by_law and kind.key not in on_record:
                what = ", ".join(register.category(key).name.lower() for key in shared)
                found.setdefault(kind.name.casefold(), Recipient(kind.name, what, None))
    return list(found.values())


def note(
    *, subject: Subject, categories: Collection[str], right: Right, by: Any, case: Case | None = None
) -> list[RecipientNotice]:
    """Write down who has to be told, once for each recipient of a case however often it is called.

    Without a case (the person corrected it here) only recipients on record are noted, and what is still open for one
    of them covers the new change too. Belongs inside the transaction of the change.
    """
    who = f"{subject.full_name}, customer number {subject.source_key}"[:300]
    notices = []
    for recipient in of(subject, categories, named_only=case is None):
        key: dict[str, Any] = {"case": case, "recipient": recipient.name[:200]}
        if case is None:
            key |= {"subject": subject, "right": right, "outcome": ""}
        made, _ = RecipientNotice.objects.get_or_create(
            **key,
            defaults={
                "subject": subject,
                "right": right,
                "what": recipient.what[:400],
                "given_on": recipient.given_on,
                "who": who,
                "created_at": timezone.now(),
                **_by_itself(recipient),
            },
        )
        notices.append(made)
    return notices


def _by_itself(recipient: Recipient) -> dict[str, str]:
    """How the portal tells them. Only whoever had the data on record: to others the notice would be news."""
    way = store.current().way_to_tell(recipient.name) if recipient.given_on else None
    return {"way": way.way.value, "sending": RecipientNotice.Sending.WAITING} if way else {}


def settle(*, notice: RecipientNotice, outcome: str, reason: str, by: Any) -> RecipientNotice:
    """Say what came of telling one recipient. Raises NotPossible without a reason where the law wants one.

    Article 19 lets us leave it only when it is impossible or a disproportionate effort; both need their reason.
    """
    outcome, reason = Outcome(outcome), " ".join(reason.split())
    if outcome is not Outcome.DONE and not reason:
        raise NotPossible("Say why, in a sentence. The customer reads it.")
    with transaction.atomic():
        found = RecipientNotice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
        if found.outcome == outcome and found.reason == reason[:400]:
            return found
        found.outcome, found.reason, found.who = outcome, reason[:400], ""
        if found.right == Right.ERASURE:
            found.what = ""  # the words of a disclosure that is erased
        found.settled_at, found.settled_by = timezone.now(), by
        found.save(update_fields=["outcome", "reason", "who", "what", "settled_at", "settled_by"])
        # An e-mail that has not left yet need not leave any more.
        Message.objects.filter(pk=found.mail_id, state=Message.State.WAITING, claimed_until=None).delete()
        target = f"case:{found.case.reference}" if found.case else f"notice:{found.pk}"
        trail.record(Verb.RECIPIENT_SETTLED, by=by, target=target, reason=outcome)
    return found


def waiting() -> QuerySet[RecipientNotice]:
    """Notices that nobody has settled, the oldest first."""
    return RecipientNotice.objects.filter(outcome="").select_related("case", "subject")


def of_case(case: Case) -> list[RecipientNotice]:
    """The notices of one request, those on record first."""
    return sorted(case.recipient_notices.all(), key=lambda n: (n.given_on is None, n.pk))


def names(notices: Iterable[RecipientNotice]) -> list[str]:
    """Their names, for the sentence that says whom we tell."""
    return [notice.recipient for notice in notices]


def words(notice: RecipientNotice) -> str:
    """The text of an e-mail or letter to the recipient, for the officer to send in the way agreed with them."""
    context = {
        "notice": notice,
        "organisation": store.current().controller,
        "register": store.current(),
        "changes": changes(notice),
        "notes": RecordNote.objects.filter(reference=notice.case.reference) if notice.case else [],
    }
    return render_to_string(f"requests_sar/recipients/{notice.right}.txt", context).strip()


def changes(notice: RecipientNotice) -> list[DetailChange]:
    """What was changed: by the request, or by the person since the notice was written down."""
    if notice.case:
        return list(DetailChange.objects.filter(reference=notice.case.reference))
    if notice.subject is None:
        return []
    since = notice.created_at - dt.timedelta(seconds=5)
    mine = DetailChange.Side.REQUESTER
    return list(DetailChange.objects.filter(subject=notice.subject, at__gte=since, side=mine))
