"""How each right that ends in a decision is fulfilled: what the answers open, what is decided on, what is carried out.

One declaration a right. The state machine, the queue, the clock and the letters are the same for all; what differs
stands here. Rights answered with a copy of the data (`rights.COPIES`) are fulfilled by `collection`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.mail.models import Message
from requests_sar.models import Case, Outcome
from requests_sar.rights import Right

Answers = Mapping[str, Any]


def _nothing(*args: Any) -> None:
    """Nothing to do at this point."""


def _no_obstacle(case: Case) -> list[str]:
    return []


def _nothing_else(answers: Answers) -> tuple[Right, ...]:
    return ()


def _nobody() -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """What one right does at each station of a case. Everything runs inside the caller's transaction."""

    # (case, by): carry the decision out; again, it changes nothing. None: not finished (long work that a worker does)
    apply: Callable[[Case, Any], Outcome | None]
    opened: Callable[[Case, Answers], None] = _nothing  # the requester's answers become rows beside the case
    also: Callable[[Answers], tuple[Right, ...]] = _nothing_else  # what else these answers ask for
    # (case, by): it is proved who asks, and it is a person on file
    known: Callable[[Case, Any], None] = _nothing
    taken_up: Callable[[Case, Any], None] = _nothing  # (case, by): prepare what the officer decides on
    obstacles: Callable[[Case], list[str]] = _no_obstacle  # why it cannot be answered yet, as sentences
    approved: Callable[[Case, Any], None] = _nothing  # (case, by): long work may begin
    waiting: Callable[[], list[str]] = _nobody  # ids of cases whose long work nobody is doing
    # (case, by, the e-mail that leads to the answer): after the answer was told
    told: Callable[[Case, Any, Message | None], None] = _nothing
    letter: Callable[[Case], Mapping[str, Any]] = (
        lambda case: {}
    )  # more for the parts of the letter answer_<right>, see `requests_sar.letters`
    needs_person: bool = True  # a person on file has to be chosen before it is taken up
    needs_proof: bool = True  # nothing is carried out before somebody made sure who is asking
    # This one case can do no harm to anybody: it needs no proof, and no person on file when it names an address.
    harmless: Callable[[Case], bool] = lambda case: False
    receipt: Callable[[Case], str] = lambda case: "received"  # the letter that says we have it
    never_refused: Callable[[Case], str] = lambda case: ""  # why a refusal is not possible, as a sentence


_FULFILMENTS: dict[Right, Fulfilment] = {}


def register(right: Right, fulfilment: Fulfilment) -> None:
    """Declare how a right is fulfilled. Raises ValueError for a right declared twice."""
    if right in _FULFILMENTS:
        raise ValueError(f"The fulfilment of {right!r} is declared twice.")
    _FULFILMENTS[right] = fulfilment


def of(case: Case) -> Fulfilment | None:
    """How this case is fulfilled; None when it is answered with a copy."""
    return _FULFILMENTS.get(Right(case.right))


def by_right(right: Right) -> Fulfilment:
    """How a right is fulfilled. Raises KeyError for one that is not declared."""
    return _FULFILMENTS[right]


def needs_person(case: Case) -> bool:
    """Whether a person on file has to be chosen before this case is taken up.

    A harmless case is about the address that it came from; without one it is about somebody who has to be found.
    """
    way = of(case)
    if way is None:
        return True
    about_the_address = way.harmless(case) and bool(case.requester_email) and not case.on_behalf_of
    return way.needs_person and not about_the_address


def needs_proof(case: Case) -> bool:
    """Whether somebody has to make sure who is asking before anything of this case is carried out."""
    way = of(case)
    return way is None or (way.needs_proof and not way.harmless(case))


def why_not_refused(case: Case) -> str:
    """Why this case can never be refused as a whole, as a sentence; "" when it can."""
    way = of(case)
    return way.never_refused(case) if way else ""


def declared() -> frozenset[Right]:
    """The rights that can be decided here from start to end."""
    return frozenset(_FULFILMENTS)
