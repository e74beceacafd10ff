"""Telling recipients by itself (Article 19): by e-mail or by a signed message, as the register says.

The notice is the row that waits; a worker claims it, sends, and settles it as told. What does not arrive is tried again
for about a day, longer and longer apart, and then waits for a person with “Try again”. The words are made when they are
sent and kept nowhere: once told, the notice does not say any more about whom it was.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from portal.mail import outbound, webhooks
from portal.mail.models import Message
from portal.register import store
from requests_sar import recipients
from requests_sar.casework import NotPossible
from requests_sar.models import RecipientNotice
from requests_sar.rights import Right
from requests_sar.workflow import State

ATTEMPTS = 10
LEASE = dt.timedelta(minutes=2)
FIRST_WAIT, LONGEST_WAIT = 30, 6 * 3600  # seconds between two attempts
Sending, Way = RecipientNotice.Sending, RecipientNotice.Way


def _due() -> QuerySet[RecipientNotice]:
    """Notices that can be sent now. Of an erasure not before it is carried out."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=timezone.now())
    done = ~Q(right=Right.ERASURE) | Q(case=None) | Q(case__state=State.CLOSED)
    return RecipientNotice.objects.filter(free, done, sending=Sending.WAITING, outcome="")


def waiting(limit: int = 200) -> list[int]:
    """The notices that can be sent now, the oldest first."""
    return list(_due().order_by("created_at").values_list("pk", flat=True)[:limit])


def send(notice_id: int) -> None:
    """Send one notice, unless somebody else does or it is settled. An e-mail that has left settles it too."""
    if not _due().filter(pk=notice_id).update(claimed_until=timezone.now() + LEASE):
        return
    notice = RecipientNotice.objects.select_related("case", "subject", "mail").get(pk=notice_id)
    way = store.current().way_to_tell(notice.recipient)
    if way is None or way.way.value != notice.way:
        _fail(notice, "register-changed")
    elif notice.way == Way.EMAIL:
        _by_mail(notice, way.address)
    else:
        _by_webhook(notice, way.address, settings.NOTIFY_SECRETS.get(way.secret, ""))


def _by_mail(notice: RecipientNotice, address: str) -> None:
    """Write the e-mail, or see what became of it. The outbox tries again by itself."""
    mail = notice.mail
    if mail is None and notice.attempts:
        _fail(notice, "mail-lost")
    elif mail is None:
        with transaction.atomic():
            mail = outbound.compose(
                "requests_sar/recipient",
                to=address,
                context={"words": recipients.words(notice)},
                secret=True,
            )
            RecipientNotice.objects.filter(pk=notice.pk).update(
                mail=mail, attempts=1, claimed_until=timezone.now() + dt.timedelta(seconds=FIRST_WAIT)
            )
    elif mail.state == Message.State.SENT:
        _told(notice)
    elif mail.state == Message.State.FAILED:
        _fail(notice, mail.error)


def _by_webhook(notice: RecipientNotice, address: str, secret: str) -> None:
    if not secret:
        _fail(notice, "no-secret")
        return
    if notice.attempts >= ATTEMPTS:  # the workers that tried did not live to say what happened
        _fail(notice, "timeout")
        return
    RecipientNotice.objects.filter(pk=notice.pk).update(attempts=F("attempts") + 1)
    seconds = int(timezone.now().timestamp())
    try:
        webhooks.post(address, body(notice), secret=secret, seconds=seconds, message_id=f"notice-{notice.pk}")
    except webhooks.Refused:
        _fail(notice, "address-refused")
    except webhooks.Undelivered as code:
        _later(notice, str(code))
    else:
        _told(notice)


def body(notice: RecipientNotice) -> bytes:
    """The message as JSON: what they need to find the person and to do the same, and nothing else."""
    register = store.current()
    message: dict[str, Any] = {
        "id": f"notice-{notice.pk}",
        "event": notice.right,
        "person": notice.who,
        "data": notice.what,
        "given_on": notice.given_on.isoformat() if notice.given_on else None,
        "law": "UK GDPR Article 19",
        "from": register.controller.name,
        "contact": register.contacts.rights,
    }
    if notice.right == Right.RECTIFICATION:
        message["changes"] = [
            {"detail": change.label, "wrong": change.before, "right": change.after}
            for change in recipients.changes(notice)
        ]
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _told(notice: RecipientNotice) -> None:
    with transaction.atomic():
        RecipientNotice.objects.filter(pk=notice.pk).update(
            sending=Sending.SENT, error="", claimed_until=None
        )
        recipients.settle(notice=notice, outcome=recipients.Outcome.DONE, reason="", by=None)


def _later(notice: RecipientNotice, code: str) -> None:
    attempts = notice.attempts + 1
    if attempts >= ATTEMPTS:
        _fail(notice, code)
        return
    wait = min(LONGEST_WAIT, FIRST_WAIT * 3 ** (attempts - 1))
    RecipientNotice.objects.filter(pk=notice.pk).update(
        error=code[:40], claimed_until=timezone.now() + dt.timedelta(seconds=wait)
    )


def _fail(notice: RecipientNotice, code: str) -> None:
    """No more by itself: a person sees it, and tries again or tells them otherwise."""
    with transaction.atomic():
        RecipientNotice.objects.filter(pk=notice.pk).update(
            sending=Sending.FAILED, error=code[:40], claimed_until=None
        )
        if notice.mail_id:  # its words are about somebody
            Message.objects.filter(pk=notice.mail_id).update(text="", html="")
        trail.record(Verb.RECIPIENT_FAILED, by=None, target=f"notice:{notice.pk}", reason=code)


def again(*, notice: RecipientNotice, by: Any) -> None:
    """Try once more what could not be sent, with the address that the register gives now. Raises NotPossible."""
    way = store.current().way_to_tell(notice.recipient)
    if way is None:
        raise NotPossible("The register does not say any more how to tell them. Tell them yourself.")
    with transaction.atomic():
        failed = RecipientNotice.objects.filter(pk=notice.pk, sending=Sending.FAILED, outcome="")
        if not failed.update(
            sending=Sending.WAITING, way=way.way.value, attempts=0, mail=None, error="", claimed_until=None
        ):
            raise NotPossible("It is being sent, or settled, already.")
        trail.record(Verb.RECIPIENT_AGAIN, by=by, target=f"notice:{notice.pk}")


WORDS = {
    "timeout": "They did not answer in time.",
    "tls": "Their certificate is not valid.",
    "no-connection": "Nobody answers at this address.",
    "no-such-host": "There is no such address.",
    "redirect": "They sent us to another address; we do not follow, because it could lead anywhere.",
    "address-refused": "The address is not on the public internet, so nothing is sent there.",
    "register-changed": "The register does not name this way for them any more.",
    "no-secret": "The secret that signs the message is not set.",
    "mail-lost": "The e-mail is gone, and we do not know whether it left.",
}


def why(notice: RecipientNotice) -> str:
    """What went wrong last, as a sentence; empty when nothing did."""
    code = notice.error
    if code.startswith("answer-"):
        return f"They answered with the fault {code.removeprefix('answer-')}."
    return WORDS.get(code, f"It did not work ({code}).") if code else ""
