"""Stopping marketing from a link: at once, without signing in, and as often as somebody presses (Article 21(2) and (3),
regulation 22 of PECR, RFC 8058).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.core import signing
from django.db import transaction

from consent import ledger, links, purposes, quick
from consent.links import Target
from consent.models import Act, Channel, ConsentEvent, ConsentFlag, How
from consent.models.events import REACHES
from portal.together import Together
from subjects.identifiers import EMAIL, normalise_email
from subjects.models import Identifier, Subject

NOES: Final = frozenset({Act.WITHDRAWN, Act.OBJECTED})
UNDO_SECONDS: Final = 3600  # who holds an old message cannot turn marketing on again with it
_SALT = "unsubscribe undo"


class TooLate(Exception):
    """It cannot be undone from here any more; the text is a sentence for the person."""


def stop(target: Target, *, how: How) -> int | None:
    """Say no to what the message was about; the number of the event, None when that was their last word already."""
    return stop_all([target], how=how)[0]


def stop_all(targets: Sequence[Target], *, how: How) -> list[int | None]:
    """The same for many, in one transaction."""
    keys = [_key(each) for each in targets]
    noes = [
        quick.No(
            each,
            act=Act.WITHDRAWN if each.act == Act.GIVEN else Act.OBJECTED,
            evidence=f"campaign:{each.campaign.key}",
            key=key,
        )
        for each, key in zip(targets, keys, strict=True)
        if each.act not in NOES
    ]
    written = quick.say(noes, how=how, actor="link") if noes else {}
    return [written.get(key) for key in keys]


def _key(target: Target) -> str:
    return f"link:{target.addressee_id}:{target.campaign.purpose}:{target.campaign.channel}:{target.event_id}"


def _press(numbers: Sequence[tuple[int, int]]) -> list[bool]:
    targets = links.behind(numbers)
    stop_all([each for each in targets if each], how=How.ONE_CLICK)
    return [each is not None for each in targets]


# The button of a mail program, by the numbers of the link: done once this answers. False when nobody stands behind it.
press = Together(_press, most=50)


@transaction.atomic
def stop_the_rest(target: Target) -> int:
    """Say no to every other way, and to every kind of marketing; returns how many were not a no before."""
    who = _who(target)
    flags = ConsentFlag.objects.filter(
        subject=who.get("subject"), address="" if "subject" in who else target.address
    )
    said = {(flag.purpose, flag.channel): flag for flag in flags}
    written = 0
    for purpose in _keys():
        for channel in REACHES if "subject" in who else (Channel.EMAIL,):
            flag = said.get((purpose, channel))
            if flag and flag.act in NOES:
                continue
            ledger.record(
                **who,
                purpose=purpose,
                channel=channel,
                act=Act.WITHDRAWN if flag else Act.OBJECTED,
                how=How.LINK,
                evidence=f"campaign:{target.campaign.key}",
                key=f"link:{target.addressee_id}:{purpose}:{channel}:{flag.event_id if flag else 0}",
                by="link",
            )
            written += 1
    return written


@transaction.atomic
def stop_address(address: str) -> None:
    """Say no for an address that somebody typed: in the name of those who have it, or else of the address alone.

    The caller must not say which it was. Raises ValueError for something that is no address.
    """
    form = normalise_email(address)
    people = list(
        Subject.objects.filter(
            pk__in=Identifier.objects.filter(kind=EMAIL, value=form).values("subject_id")
        ).order_by("pk")
    )
    whom: list[tuple[Subject | None, str]] = [(each, "") for each in people] or [(None, form)]
    for subject, alone in whom:
        for purpose in _keys():
            flag = ledger.last_word(subject, alone, purpose, Channel.EMAIL)
            if flag and flag.act in NOES:
                continue
            ledger.record(
                subject=subject,
                address=alone,
                purpose=purpose,
                channel=Channel.EMAIL,
                act=Act.OBJECTED,
                how=How.LINK,
                evidence="unsubscribe-page",
                by="link",
            )


def undo_token(event_id: int | None) -> str:
    """What the page after a stop holds, so that only who has just pressed can take it back.

    "" where there is no agreement to go back to.
    """
    event = ConsentEvent.objects.filter(pk=event_id).first() if event_id else None
    return signing.dumps(event.pk, salt=_SALT) if event and _before(event) else ""


def undo(target: Target, token: str) -> ConsentEvent:
    """Agree again, in the words that had been agreed to. Raises TooLate."""
    sentence = "It is too late to undo this here. Sign in to turn marketing emails on again."
    try:
        number: Any = signing.loads(token, salt=_SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature as error:
        raise TooLate(sentence) from error
    event = ConsentEvent.objects.filter(pk=number, pk__in=[target.event_id]).first()
    before = _before(event) if event else None
    if event is None or before is None:
        raise TooLate(sentence)
    return ledger.record(
        **_who(target),
        purpose=event.purpose,
        channel=event.channel,
        act=Act.GIVEN,
        how=How.PAGE,
        wording=before.wording,
        evidence=f"campaign:{target.campaign.key}",
        key=f"undo:{event.pk}",
        by="link",
    )


def _before(event: ConsentEvent) -> ConsentEvent | None:
    """The agreement that a no ended."""
    same = ConsentEvent.objects.filter(
        subject=event.subject_id, address=event.address, purpose=event.purpose, channel=event.channel
    )
    last = (
        same.filter(happened_at__lte=event.happened_at, pk__lt=event.pk)
        .select_related("wording")
        .order_by("-happened_at", "-pk")
        .first()
    )
    return last if last and last.act == Act.GIVEN else None


def _who(target: Target) -> dict[str, Any]:
    """A person by their number; an address alone as it is."""
    if target.subject_id:
        return {"subject": target.subject}
    return {"address": target.address}


def _keys() -> list[str]:
    return [each.key for each in purposes.marketing()]
