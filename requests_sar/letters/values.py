"""What may stand in the places of a letter: facts that every letter offers, and the parts of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.template import Context
from django.template.loader import get_template
from django.utils import timezone

from portal.register import store
from portal.register.model import Register
from portal.templatetags.house import day
from requests_sar.letters.kinds import Kind
from requests_sar.models import Case

Value = Callable[[Case, Register], str]

COMMON: dict[str, tuple[str, Value]] = {
    "reference": ("The reference of the request", lambda case, register: case.reference),
    "name": ("Who asked", lambda case, register: case.requester_name),
    "right": ("What they asked for, in a few words", lambda case, register: case.get_right_display().lower()),
    "received_on": ("The day the request reached us", lambda case, register: day(case.received_on)),
    "due": (
        "The last day for our reply",
        lambda case, register: day(case.due_on) if case.due_on else "a date that we will give you",
    ),
    "today": ("The day the letter is sent", lambda case, register: day(timezone.localdate())),
    "organisation": ("Our name", lambda case, register: register.controller.name),
    "officer": ("Whom to ask for", lambda case, register: register.controller.contact),
    "phone": ("Our telephone number", lambda case, register: register.controller.phone),
    "rights_email": ("Our address for requests", lambda case, register: register.contacts.rights),
    "complain_to_us": ("How to complain to us", lambda case, register: register.complaints.to_us),
    "complain_to_regulator": (
        "How to complain to the regulator",
        lambda case, register: register.complaints.to_regulator,
    ),
    "complain_to_court": (
        "That a court can be asked",
        lambda case, register: register.complaints.to_court,
    ),
}


def offered(kind: Kind) -> dict[str, str]:
    """Every place that a wording of this letter may use, with its meaning; its own parts first."""
    return {**kind.parts, **{name: meaning for name, (meaning, _) in COMMON.items()}}


def values(kind: Kind, case: Case, context: Mapping[str, Any]) -> dict[str, str]:
    """What stands in each place of this letter about this case."""
    register = store.current()
    common = {name: value(case, register) for name, (_, value) in COMMON.items()}
    given = {"case": case, "organisation": register.controller, "register": register, **context}
    return {**common, **{part: _part(kind, part, given) for part in kind.parts}}


def _part(kind: Kind, part: str, given: Mapping[str, Any]) -> str:
    found = get_template(f"letters/requests_sar/{kind.key}/{part}.txt")
    return str(found.template.render(Context(dict(given), autoescape=False))).strip()  # type: ignore[attr-defined]
