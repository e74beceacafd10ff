"""Where a request stands, in the words its requester reads, and whose turn it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from portal.templatetags.house import short_day
from requests_sar import clockwork
from requests_sar.models import (
    Case,
    ClockState,
    Need,
    Package,
    Referral,
    ReplyBy,
)
from requests_sar.rights import Right
from requests_sar.workflow import CUSTOMER_WORDS, ENDED, OPEN, State

TONES: dict[State, str] = {
    State.RECEIVED: "info",
    State.VERIFYING: "act",
    State.TRIAGE: "info",
    State.COLLECTING: "info",
    State.REVIEW: "info",
    State.APPLYING: "info",
    State.RELEASED: "ok",
    State.CLOSED: "done",
    State.REFUSED: "done",
    State.REFERRED: "done",
    State.WITHDRAWN: "done",
}


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 record", "1,204 records"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@dataclass(frozen=True, slots=True)
class Status:
    """The status in words, with the tone that colours it."""

    words: str
    tone: str


def status(case: Case, package: Package | None = None) -> Status:
    """What the customer reads as status; `package` is the copy that counts now, if there is one."""
    if is_paused(case):
        return Status("We asked you a question: the clock is paused", "pause")
    if clockwork.is_live(case) and case.clock == ClockState.WAITING:
        need = case.needs.filter(came_on=None).first()
        return Status(WAITING_FOR[Need.Kind(need.kind)] if need else "We wait for you", "act")
    state = State(case.state)
    if state is State.REFERRED:
        return Status(REFERRED_AS[referred_as(case)], TONES[state])
    if state is State.RELEASED and not _there(package):
        return Status(CUSTOMER_WORDS[State.CLOSED], TONES[State.CLOSED])
    if state is State.RELEASED and package is not None and package.locked_at:
        return Status("Files locked", "late")
    return Status(CUSTOMER_WORDS[state], TONES[state])


REFERRED_AS: dict[str, str] = {
    Referral.Kind.PROCESSOR: CUSTOMER_WORDS[State.REFERRED],
    Referral.Kind.WRONG_COMPANY: "Closed: it is meant for another company",
    Referral.Kind.DECEASED: "Closed: these are not personal data any more",
    Referral.Kind.SPAM: "Closed",
}


def referred_as(case: Case) -> str:
    """Why a request ended without an answer from us; older ones were all passed on to a client."""
    referral = Referral.objects.filter(case=case).only("kind").first()
    return referral.kind if referral else Referral.Kind.PROCESSOR


def _there(package: Package | None) -> bool:
    """Whether there are files that have not had their day."""
    return package is not None and package.expires_at is not None and package.expires_at > timezone.now()


WAITING_FOR = {
    Need.Kind.IDENTITY: "Waiting for you to prove who you are",
    Need.Kind.AUTHORITY: "Waiting for proof that you may ask for somebody else",
    Need.Kind.FEE: "Waiting for your fee",
}


def is_paused(case: Case) -> bool:
    """Whether an open question of ours stops the clock."""
    return case.clock == ClockState.PAUSED and clockwork.is_live(case)


def is_late(case: Case, today: dt.date | None = None) -> bool:
    """Whether the reply is overdue."""
    today = today or timezone.localdate()
    return case.state in OPEN and case.due_on is not None and today > case.due_on


def next_action(case: Case, package: Package | None) -> str:
    """What comes next, for the list of requests."""
    state = State(case.state)
    if state is State.VERIFYING:
        return "Confirm your email so that we can start"
    if is_paused(case):
        return "Answer our question. The clock is paused until you do"
    if clockwork.is_live(case) and case.clock == ClockState.WAITING:
        return "Send us what we asked you for. Then we can start"
    if state is State.RELEASED:
        return _fetch(case, package)
    if state in ENDED:
        return "Nothing more to do"
    return "We are working on it. You do not have to do anything"


def _fetch(case: Case, package: Package | None) -> str:
    if package is None or package.expires_at is None or not _there(package):
        return "Your files have been removed. You can ask for them again"
    if package.locked_at:
        return "Your files are locked. Talk to us to open them again"
    if case.reply_by != ReplyBy.DOWNLOAD and case.right != Right.PORTABILITY:
        return "We send our reply in the way you asked for"
    return f"Download your files by {short_day(package.expires_at)}"
