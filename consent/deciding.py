"""Whether somebody may be contacted, from what is known of them. Pure: no Django, no clock, no database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.register.facts import Basis, Function

NOT_A_CHOICE = frozenset({Basis.LEGAL_OBLIGATION, Basis.VITAL_INTERESTS})  # the law, or a life, makes us
GIVEN, OBJECTED = "given", "objected"


@dataclass(frozen=True, slots=True)
class Contact:
    """Whether somebody may be contacted, and why, in a sentence."""

    allowed: bool
    because: str


@dataclass(frozen=True, slots=True)
class Voice:
    """What stands for one of those who are reached at an address: a pause in a sentence, and their last word."""

    paused: str = ""
    act: str = ""  # given, withdrawn, objected; "": they never said anything
    at: dt.datetime | None = None


def decide(
    function: Function, voices: Sequence[Voice], *, suppressed: bool, day: Callable[[dt.datetime], str]
) -> Contact:
    """The answer for one address or person, in this order: the law; what is paused (Article 18); the do-not-contact
    list; any no; any yes; and without a word consent is needed for marketing (Article 7, PECR regulation 22), while
    for everything else the absence of a no is enough (Article 21).

    Of several people at one address one no is enough, because they all would get it. `day` writes a moment as a day.
    """
    if function.basis in NOT_A_CHOICE:
        return Contact(True, "The law makes us tell them.")
    for voice in voices:
        if voice.paused:
            return Contact(False, voice.paused)
    if function.is_marketing and suppressed:
        return Contact(False, "Their address is on the do-not-contact list.")
    said = [(voice.at, voice.act) for voice in voices if voice.act and voice.at]
    nos = [(at, act) for at, act in said if act != GIVEN]
    if said:
        at, act = max(nos or said)
        return Contact(not nos, f"{_said(act)} on {day(at)}.")
    if function.is_marketing:
        return Contact(False, "They have not agreed to it.")
    return Contact(True, f"It rests on {function.basis.label.lower()}, and they have not objected.")


def _said(act: str) -> str:
    if act == GIVEN:
        return "They agreed"
    return "They told us to stop" if act == OBJECTED else "They took their agreement back"
