"""What was asked, and what came of it, in the words its requester reads: one declaration a right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.templatetags.house import short_day
from requests_sar import recipients
from requests_sar.fulfilment import erasure as erasing
from requests_sar.fulfilment import rectification
from requests_sar.models import Case, Erasure, ReplyBy
from requests_sar.rights import Right
from requests_sar.showing import weighing
from requests_sar.workflow import State
from subjects import datamap
from subjects.models import Restriction


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a summary: one value, or several."""

    label: str
    value: str = ""
    values: tuple[str, ...] = ()


def _kinds(case: Case) -> list[Row]:
    titles = tuple(datamap.get(key).title for key in case.kinds)
    rows = [Row("How much", values=titles) if titles else Row("How much", "Everything")]
    if case.since or case.until:
        first = f"From {short_day(case.since)}" if case.since else "From the beginning"
        rows.append(Row("From and to", f"{first} to {short_day(case.until) if case.until else 'now'}"))
    return rows


def _portable(case: Case) -> list[Row]:
    rows = _kinds(case)
    if not case.kinds:
        rows[0] = Row("How much", "All that this right covers")
    if case.reply_by == ReplyBy.OTHER:
        rows.append(Row("The other company", case.reply_needs))
    return rows


def _erasure(case: Case) -> list[Row]:
    titles = tuple(datamap.get(key).title for key in case.kinds)
    rows = [
        Row("What to delete", values=titles) if titles else Row("What to delete", "Everything that can go")
    ]
    erasure = Erasure.objects.filter(case=case).first()
    if erasure and erasure.ground:
        rows.append(Row("Why", erasure.get_ground_display()))
    if case.group:
        linked = Case.objects.filter(group=case.group).exclude(pk=case.pk)
        rows += [
            Row("Sent together with", f"{each.reference}: {each.get_right_display()}") for each in linked
        ]
    return rows


def _erased(case: Case) -> dict[str, Any]:
    plan = erasing.plan_of(case)
    lines = erasing.told(plan) if plan else []
    return {"lines": lines, "stays": any(line.stays for line in lines)}


def _complaint(case: Case) -> list[Row]:
    complaint = case.complaint
    rows = [
        Row("About", f"Your request {complaint.about_given}" if complaint.about_given else "Something else")
    ]
    if complaint.wants:
        rows.append(Row("What would put it right", complaint.wants))
    return [*rows, Row("Our reply", complaint.get_reply_how_display())]


def _rows(of: Callable[[Case], list[tuple[str, str, tuple[str, ...]]]]) -> Callable[[Case], list[Row]]:
    return lambda case: [Row(*row) for row in of(case)]


def _corrections(case: Case) -> list[Row]:
    rows = []
    for item in rectification.shown(case):
        rows.append(Row("What is wrong", item.label))
        if item.present:
            rows.append(Row("What stands there", item.present))
        rows.append(Row("What is right", item.wanted))
        if item.correction.evidence_label:
            rows.append(Row("Proof", item.correction.evidence_label))
        if item.correction.pause:
            rows.append(Row("Pause it", "Yes, while it is checked"))
    return rows


def _corrected(case: Case) -> dict[str, Any]:
    return {
        "corrections": rectification.shown(case) if case.state == State.CLOSED else [],
        "pauses": Restriction.objects.filter(reference=case.reference, lifted_at=None),
    }


ASKED: dict[Right, Callable[[Case], list[Row]]] = {
    Right.ACCESS: _kinds,
    Right.PORTABILITY: _portable,
    Right.RESTRICTION: _rows(weighing.pause_asked),
    Right.OBJECTION: _rows(weighing.objection_asked),
    Right.COMPLAINT: _complaint,
    Right.RECTIFICATION: _corrections,
    Right.ERASURE: _erasure,
}


def asked(case: Case) -> list[Row]:
    """The request in rows, for the person who made it and for staff."""
    rows = ASKED.get(Right(case.right))
    return rows(case) if rows else []


@dataclass(frozen=True, slots=True)
class Answer:
    """A fragment of the request's page: what was decided, with the context its template needs."""

    template: str
    context: Callable[[Case], dict[str, Any]]


FOUND = {
    "upheld": "You are right.",
    "partly": "You are right in part.",
    "not-upheld": "We found that we did nothing wrong.",
}
ANSWERS: dict[Right, Answer] = {
    Right.RESTRICTION: Answer("requests_sar/answer/restriction.html", weighing.pause_answer),
    Right.OBJECTION: Answer("requests_sar/answer/objection.html", weighing.objection_answer),
    Right.ERASURE: Answer("requests_sar/answer/erasure.html", _erased),
    Right.COMPLAINT: Answer(
        "requests_sar/answer/complaint.html",
        lambda case: {"complaint": case.complaint, "found": FOUND.get(case.complaint.finding, "")},
    ),
    Right.RECTIFICATION: Answer("requests_sar/answer/rectification.html", _corrected),
}


def answer(case: Case) -> dict[str, Any] | None:
    """What the requester reads of the decision; None where there is none to show."""
    found = ANSWERS.get(Right(case.right))
    if found is None:
        return None
    return {"template": found.template, "notices": recipients.of_case(case), **found.context(case)}
