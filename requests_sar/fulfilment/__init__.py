"""How each right that ends in a decision is fulfilled: what the answers open, what is decided on, what is carried out.

One declaration a right. The state machine, the queue, the clock and the letters are the same for all; what differs
stands here. Rights answered with a copy of the data (`rights.COPIES`) are fulfilled by `collection`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

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
    taken_up: Callable[[Case, Any], None] = _nothing  # (case, by): prepare what the officer decides on
    obstacles: Callable[[Case], list[str]] = _no_obstacle  # why it cannot be answered yet, as sentences
    approved: Callable[[Case, Any], None] = _nothing  # (case, by): long work may begin
    waiting: Callable[[], list[str]] = _nobody  # ids of cases whose long work nobody is doing
    letter: Callable[[Case], Mapping[str, Any]] = (
        lambda case: {}
    )  # more for the parts of the letter answer_<right>, see `requests_sar.letters`
    needs_person: bool = True  # a person on file has to be chosen before it is taken up
    needs_proof: bool = True  # nothing is carried out before somebody made sure who is asking


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


def declared() -> frozenset[Right]:
    """The rights that can be decided here from start to end."""
    return frozenset(_FULFILMENTS)
