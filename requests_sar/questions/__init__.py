"""The questions of each right and their order: which apply, which comes next, what is missing, the answers shown back.

A right that can be used here from start to end brings its pages along (a module here) and stands in JOURNEYS. No page
decides the order; each asks here. A change made from "Check your answers" returns there unless it opens a question that
has no answer yet.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from requests_sar.questions import (
    complaint,
    erasure,
    objection,
    portability,
    rectification,
    restriction,
)
from requests_sar.questions.common import COPY, REPLY, WHO
from requests_sar.questions.step import Answers, Row, Step, period
from requests_sar.rights import Right
from subjects import datamap

__all__ = [
    "JOURNEYS",
    "Row",
    "Step",
    "after",
    "before",
    "counted",
    "find",
    "initial",
    "needs_code",
    "period",
    "rows",
    "sendable",
    "steps",
    "stops_at_once",
    "unanswered",
]

JOURNEYS: dict[Right, tuple[Step, ...]] = {
    Right.ACCESS: (*COPY, *WHO, *REPLY),
    Right.ERASURE: (*erasure.STEPS, *WHO),
    Right.PORTABILITY: (*portability.STEPS, *WHO),
    Right.RESTRICTION: restriction.STEPS,
    Right.OBJECTION: objection.STEPS,
    Right.COMPLAINT: complaint.STEPS,
    Right.RECTIFICATION: (*rectification.STEPS, *WHO, *REPLY),
}


def needs_code(right: Right, answers: Answers) -> bool:
    """Whether the address has to be proved by a code: not for a complaint (s 164A), nor for a no to marketing alone."""
    if right is Right.OBJECTION:
        return not objection.only_marketing(answers)
    return right is not Right.COMPLAINT


def stops_at_once(right: Right, answers: Answers) -> bool:
    """Whether sending these answers stops marketing in the same moment."""
    return right is Right.OBJECTION and objection.has_marketing(answers)


def steps(right: Right, answers: Answers) -> list[Step]:
    """The pages that apply to these answers, in order. Without kinds of data there is no choice."""
    return [
        step
        for step in JOURNEYS[right]
        if step.applies(answers) and (step.slug != "what" or datamap.datasets())
    ]


def find(right: Right, slug: str, answers: Answers) -> Step | None:
    """The page of this name, if it applies."""
    return next((step for step in steps(right, answers) if step.slug == slug), None)


def unanswered(right: Right, answers: Answers) -> Step | None:
    """The first page that is not done; None when the request can be sent."""
    missing = (s for s in steps(right, answers) if any(not answers.get(name) for name in s.needed))
    return next(missing, None)


def after(right: Right, step: Step, answers: Answers) -> Step | None:
    """The page after this one; None when it is the last."""
    following = steps(right, answers)
    place = following.index(step) + 1
    return following[place] if place < len(following) else None


def before(right: Right, step: Step, answers: Answers) -> Step | None:
    """The page before this one; None when it is the first."""
    preceding = steps(right, answers)
    place = preceding.index(step) - 1
    return preceding[place] if place >= 0 else None


def counted(right: Right, step: Step, answers: Answers) -> str:
    """ "Question 2 of 6"."""
    present = steps(right, answers)
    return f"Question {present.index(step) + 1} of {len(present)}"


def sendable(right: Right, answers: Answers) -> dict[str, Any]:
    """The answers without those of pages that no longer apply: a changed mind leaves nothing behind."""
    kept = {name for step in steps(right, answers) for name in (*step.form.base_fields, *step.keeps)}
    return {name: value for name, value in answers.items() if name in kept}


def initial(step: Step, answers: Answers) -> dict[str, Any]:
    """What to show in the page's fields."""
    found = {name: answers[name] for name in step.form.base_fields if name in answers}
    for name in ("since", "until"):
        if found.get(name):
            found[name] = dt.date.fromisoformat(found[name])
    return found


def rows(right: Right, answers: Answers, *, file: bool) -> list[Row]:
    """The answers as shown back before sending. `file`: whether a document was attached."""
    return [row for step in steps(right, answers) for row in step.shown(answers, file)]
