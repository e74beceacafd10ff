"""Somebody's own marketing choices: what stands, in which words, and changing it in one press (Articles 7 and 21).

A choice is one kind of marketing by one channel. Saying yes and saying no take the same one act (Article 7(3)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from consent import contacting, ledger, purposes, suppression, wordings
from consent.models import Act, Channel, ConsentEvent, How, Wording
from consent.models.events import REACHES
from portal.register import store
from portal.register.facts import Function
from portal.templatetags.house import moment
from subjects import restriction
from subjects.identifiers import normalise_email
from subjects.models import Subject
from subjects.restriction import Use

WHAT = {
    Channel.EMAIL: "marketing emails",
    Channel.PHONE: "marketing phone calls",
    Channel.TEXT: "marketing text messages",
    Channel.POST: "marketing post",
}
STOP_ALL = "Stop all marketing"
OTHER_WORDS = "The words have changed since you opened this page. Read them, then choose again."
UNCLEAR = "We could not see which choice you meant. Choose again below."
PAUSED = "Your data is paused at the moment, so marketing stays off. You can turn it on when the pause ends."


class NotPossible(Exception):
    """It cannot be done; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Who chooses: a person on file, or whoever proved an address that nobody (or more than one) has."""

    subject: Subject | None
    address: str  # the one they proved

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels they can choose about: an address alone is only an e-mail address."""
        return REACHES if self.subject else (Channel.EMAIL,)

    @property
    def alone(self) -> str:
        """The address as the ledger keeps it where there is no person."""
        return "" if self.subject else normalise_email(self.address)

    def named(self) -> dict[str, Any]:
        """What `ledger.record` wants to know."""
        return {"subject": self.subject} if self.subject else {"address": self.address}

    def code(self) -> str:
        """Without personal data: the reference, or the keyed code of the address."""
        return self.subject.reference if self.subject else suppression.digest(self.address)[:32]


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind of marketing by one channel, as it stands."""

    purpose: str
    channel: Channel
    what: str  # "marketing emails"
    on: bool
    last: ConsentEvent | None  # what they said last, with the words
    offer: Wording  # what turning it on agrees to
    paused: bool

    @property
    def refused_by_list(self) -> bool:
        """They once said yes, and a no of the same address stands against it."""
        return not self.on and not self.paused and self.last is not None and self.last.act == Act.GIVEN


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of marketing, with the choice for each channel."""

    function: Function
    choices: tuple[Choice, ...]


def topics(whom: Whom) -> list[Topic]:
    """Everything they can choose, as it stands now."""
    several = len(purposes.marketing()) > 1
    return [
        Topic(each, tuple(_choice(whom, each, channel, several) for channel in whom.channels))
        for each in purposes.marketing()
    ]


def _choice(whom: Whom, function: Function, channel: Channel, several: bool) -> Choice:
    flag = ledger.last_word(whom.subject, whom.alone, function.key, channel)
    last = ConsentEvent.objects.select_related("wording").filter(pk=flag.event_id).first() if flag else None
    return Choice(
        purpose=function.key,
        channel=channel,
        what=what(function.key, channel, several=several),
        on=ledger.may_contact(whom.subject or whom.address, function.key, channel).allowed,
        last=last,
        offer=wordings.current(function.key, channel),
        paused=_paused(whom, function),
    )


def _paused(whom: Whom, function: Function) -> bool:
    if whom.subject is None:
        return False
    pause = restriction.blocks(whom.subject, Use.MARKETING, kind=contacting.CONTACT, purpose=function.key)
    return bool(pause)


def what(purpose: str, channel: str, *, several: bool | None = None) -> str:
    """What somebody gets or does not get: "marketing emails", with the kind where there are several."""
    many = len(purposes.marketing()) > 1 if several is None else several
    words = WHAT[Channel(channel)]
    return f"{words} ({store.current().function(purpose).name})" if many else words


def history(whom: Whom) -> QuerySet[ConsentEvent]:
    """All they ever told us, the newest first: as a person, and by the address that they proved."""
    alone = Q(subject=None, address=normalise_email(whom.address))
    mine = Q(subject=whom.subject) | alone if whom.subject else alone
    return ConsentEvent.objects.filter(mine).select_related("wording").order_by("-happened_at", "-pk")


@transaction.atomic
def turn(
    *, whom: Whom, purpose: str, channel: str, on: bool, offered: int | None = None, by: Any
) -> list[ConsentEvent]:
    """Turn one choice on or off; returns the event written down, none when it stood like that already.

    `offered`: the key of the words that stood beside the button; a yes is a yes to those and no others.
    Raises NotPossible.
    """
    choice = _find(whom, purpose, channel)
    said = choice.last.act if choice.last else ""
    if not on:
        if not choice.on and said in {Act.WITHDRAWN, Act.OBJECTED}:
            return []
        act = Act.WITHDRAWN if said == Act.GIVEN else Act.OBJECTED
        return [_append(whom, choice, act, f"Turn off {choice.what}", by)]
    if choice.on and said == Act.GIVEN:
        return []
    if choice.paused:
        raise NotPossible(PAUSED)
    if choice.offer.pk != offered:
        raise NotPossible(OTHER_WORDS)
    return [_append(whom, choice, Act.GIVEN, choice.offer, by)]


def _find(whom: Whom, purpose: str, channel: str) -> Choice:
    """Raises NotPossible for what cannot be chosen."""
    function = next((each for each in purposes.marketing() if each.key == purpose), None)
    if function is None or channel not in whom.channels:
        raise NotPossible(UNCLEAR)
    return _choice(whom, function, Channel(channel), len(purposes.marketing()) > 1)


def _append(whom: Whom, choice: Choice, act: Act, words: Wording | str, by: Any) -> ConsentEvent:
    """One more line. The key names what it answers to, so that a second press of the same button adds nothing."""
    before = choice.last.pk if choice.last else 0
    return ledger.record(
        **whom.named(),
        purpose=choice.purpose,
        channel=choice.channel,
        act=act,
        how=How.PAGE,
        wording=words,
        key=f"page:{whom.code()}:{choice.purpose}:{choice.channel}:{before}:{act}",
        by=by,
    )


@transaction.atomic
def stop_all(*, whom: Whom, by: Any) -> list[ConsentEvent]:
    """Object to every kind of marketing by every channel (Article 21(2)). Again, it changes nothing."""
    every = [choice for topic in topics(whom) for choice in topic.choices]
    return [
        _append(whom, choice, Act.OBJECTED, STOP_ALL, by)
        for choice in every
        if choice.on or choice.last is None or choice.last.act != Act.OBJECTED
    ]


@transaction.atomic
def undo(*, whom: Whom, events: Sequence[ConsentEvent], by: Any) -> list[ConsentEvent]:
    """Say again what was said before each of these, where nothing was said since. The rows stay; new ones are added.

    What was on is on again, in the words that had been agreed to; what was never agreed to is off.
    """
    made = []
    for event in events:
        choice = _find(whom, event.purpose, event.channel)
        if choice.last is None or choice.last.pk != event.pk:
            continue
        before = _before(whom, event)
        if before is not None and before.act == Act.GIVEN:
            if choice.paused:
                raise NotPossible(PAUSED)
            made.append(_append(whom, choice, Act.GIVEN, before.wording or choice.offer, by))
        elif event.act == Act.GIVEN:
            made.append(_append(whom, choice, Act.WITHDRAWN, f"Undo: {choice.what}", by))
    return made


def _before(whom: Whom, event: ConsentEvent) -> ConsentEvent | None:
    same = ConsentEvent.objects.select_related("wording").filter(
        subject=whom.subject, address=whom.alone, purpose=event.purpose, channel=event.channel
    )
    return (
        same.filter(happened_at__lte=event.happened_at, pk__lt=event.pk)
        .order_by("-happened_at", "-pk")
        .first()
    )


def saved(whom: Whom, events: Sequence[ConsentEvent]) -> str:
    """The sentence after a press: what follows, and when we wrote it down."""
    if not events:
        return ""
    when = moment(max(event.recorded_at for event in events))
    if len(events) > 1 and all(event.act != Act.GIVEN for event in events):
        result = "You will not get any marketing from us."
    else:
        result = " ".join(_result(whom, event) for event in events)
    return f"Saved. {result} We recorded this at {when}."


def _result(whom: Whom, event: ConsentEvent) -> str:
    name = what(event.purpose, event.channel)
    if event.act != Act.GIVEN:
        return f"You will not get {name} from us."
    if not ledger.may_contact(whom.subject or whom.address, event.purpose, event.channel).allowed:
        return f"We still send no {name} there, because somebody else who uses it told us to stop."
    return f"You will get {name} from us."
