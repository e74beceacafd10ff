"""Pauses and objections, as their requester reads them: what was asked, what has stopped, what was decided."""

from __future__ import annotations

from typing import Any

from portal.templatetags.house import short_day
from requests_sar.fulfilment import objection, restriction
from requests_sar.models import Case, Objection
from requests_sar.rights import Right
from requests_sar.workflow import State
from subjects.models import Restriction

Scope = Restriction.Scope
GROUNDS = {
    "accuracy": "Something in my data is wrong",
    "unlawful": "You should not use my data, but I do not want it deleted",
    "claims": "I need my data for a legal claim",
    "objection": "I have objected to how you use it",
}
MARKETING_OFF = "Marketing stopped the moment we got this. That address gets none from us any more."


def pause_asked(case: Case) -> list[tuple[str, str, tuple[str, ...]]]:
    """A request to pause, as rows: label, value, values."""
    kinds = tuple(restriction.titles(case.kinds))
    rows: list[tuple[str, str, tuple[str, ...]]] = [("Why", GROUNDS.get(case.pause.asked_ground, ""), ())]
    rows.append(("In your words", case.pause.given, ()))
    rows.append(("What we pause", "", kinds) if kinds else ("What we pause", "Everything", ()))
    return [row for row in rows if row[1] or row[2]]


def objection_asked(case: Case) -> list[tuple[str, str, tuple[str, ...]]]:
    """An objection, as rows."""
    rows = list(case.objections.all())
    given = next((row.given for row in rows if row.given), "")
    asked: list[tuple[str, str, tuple[str, ...]]] = [
        ("What we stop", "", tuple(objection.name_of(row.purpose) for row in rows)),
        ("Why", given, ()),
    ]
    return [row for row in asked if row[1] or row[2]]


def at_once(case: Case) -> list[str]:
    """What an objection has stopped already, as sentences; nothing for other rights."""
    if case.right != Right.OBJECTION:
        return []
    rows = list(case.objections.all())
    lines = [MARKETING_OFF] if any(objection.is_marketing(row.purpose) for row in rows) else []
    if case.verified_at is not None:
        lines += [
            f"We have stopped {each.words} for you while a person looks at your objection."
            for each in restriction.standing(case)
        ]
    return lines


def pause_answer(case: Case) -> dict[str, Any]:
    """What came of a request to pause."""
    pauses = Restriction.objects.filter(reference=case.reference)
    return {
        "pause": case.pause if case.state == State.CLOSED else None,
        "kinds": restriction.titles(case.pause.kinds),
        "lines": [line for each in pauses for line in _story(each)],
    }


def _story(pause: Restriction) -> list[str]:
    """Since when, and how it ended."""
    what = "everything" if pause.scope == Scope.EVERYTHING else pause.words
    lines = [f"Since {short_day(pause.placed_at)} we only store {what}."]
    if pause.lifted_at:
        lines = [f"From {short_day(pause.placed_at)} to {short_day(pause.lifted_at)} we only stored {what}."]
    elif pause.announced_at:
        lines.append(f"On {short_day(pause.announced_at)} we wrote to you that this will end.")
    return lines


def objection_answer(case: Case) -> dict[str, Any]:
    """What came of each use that they objected to."""
    answered = case.state == State.CLOSED
    return {
        "rows": [
            (objection.name_of(row.purpose), _came_of(row, answered), row.because if answered else "")
            for row in case.objections.all()
        ],
        "refused": answered
        and any(row.decision == Objection.Decision.REFUSED for row in case.objections.all()),
        "now": [] if answered else at_once(case),
    }


def _came_of(row: Objection, answered: bool) -> str:
    if objection.is_marketing(row.purpose):
        return "Stopped at once"
    if not answered:
        return "A person is looking at it"
    return "Stopped" if row.decision == Objection.Decision.UPHELD else "We go on"
