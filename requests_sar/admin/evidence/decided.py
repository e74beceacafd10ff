"""The evidence pack on what was decided: searches by colleagues, and the decisions of each right."""

from __future__ import annotations

import datetime as dt

from portal.templatetags.house import day, moment
from requests_sar.admin.case_page import Names
from requests_sar.evidence import Table
from requests_sar.models import Case, Complaint, Correction, RecipientNotice, Task
from retention.models import Disposal
from subjects import datamap


def _when(value: dt.datetime | None) -> str:
    return moment(value) if value else ""


def _titles() -> dict[str, str]:
    return {dataset.key: dataset.title for dataset in datamap.datasets()}


def colleagues(case: Case, names: Names) -> Table:
    """Who was asked to search where, and what they said."""
    rows = []
    for task in Task.objects.filter(case=case).select_related("answer").order_by("made_at", "pk"):
        answer = getattr(task, "answer", None)
        rows.append(
            (
                task.title,
                names.of_user(task.assignee_id) if task.assignee_id else task.email,
                moment(task.made_at),
                day(task.due_on),
                answer.get_outcome_display() if answer else task.get_state_display(),
                (answer.words if answer else task.because),
                _when(task.ended_at),
            )
        )
    columns = ("Where", "Whom we asked", "Asked", "Due", "Outcome", "Words", "Answered or ended")
    return Table(
        "colleagues", "Searches by colleagues", "Places that a person searched by hand.", columns, rows
    )


def corrections(case: Case, names: Names) -> Table:
    """Field by field: what they say, what was decided."""
    rows = [
        (
            row.label or _titles().get(row.dataset, row.dataset),
            row.present,
            row.wanted,
            row.get_decision_display() if row.decision else "Not decided",
            row.reason,
            names.of_user(row.decided_by_id) if row.decided_by_id else "",
            _when(row.decided_at),
            _when(row.applied_at),
        )
        for row in Correction.objects.filter(case=case)
    ]
    columns = (
        "What",
        "They say it says",
        "It should say",
        "Decision",
        "Reason",
        "By",
        "Decided",
        "Carried out",
    )
    return Table(
        "corrections", "Corrections", "What was said to be wrong, and what was decided.", columns, rows
    )


def erasure(case: Case, names: Names) -> Table:
    """Kind by kind: what goes, what stays, why and until when."""
    rows = []
    titles = _titles()
    for disposal in Disposal.objects.filter(reference=case.reference):
        for line in disposal.lines.order_by("pk"):
            rows.append(
                (
                    titles.get(line.dataset, line.dataset),
                    f"{line.records:,}",
                    line.get_suggestion_display(),
                    line.get_decision_display(),
                    line.reason or line.get_cause_display(),
                    day(line.last_until) if line.last_until else "",
                    _when(disposal.finished_at),
                )
            )
    columns = ("Kind of data", "Records", "Suggested", "Decided", "Why", "Stays until", "Carried out")
    return Table("erasure", "Erasure", "What was deleted and what stayed, kind by kind.", columns, rows)


def complaint(case: Case, names: Names) -> Table:
    """How a complaint was handled."""
    rows = [
        (
            day(row.acknowledge_by),
            _when(row.acknowledged_at),
            names.of_user(row.complained_of_id) if row.complained_of_id else "Nobody in particular",
            row.get_finding_display() if row.finding else "Not written",
            row.outcome,
            names.of_user(row.found_by_id) if row.found_by_id else "",
            names.of_user(row.second_by_id) if row.second_by_id else row.alone_because,
        )
        for row in Complaint.objects.filter(case=case)
    ]
    columns = (
        "Confirm by",
        "Confirmed",
        "About",
        "Found",
        "In our words",
        "Written by",
        "Second pair of eyes",
    )
    return Table("complaint", "Complaint", "How the complaint was handled.", columns, rows)


def recipients(case: Case, names: Names) -> Table:
    """Whom we told of the change (Article 19)."""
    rows = [
        (
            row.recipient,
            row.what,
            day(row.given_on) if row.given_on else "Named in the register",
            row.get_outcome_display() if row.outcome else "Not settled",
            row.reason,
            _when(row.settled_at),
        )
        for row in RecipientNotice.objects.filter(case=case)
    ]
    columns = ("Recipient", "Data", "Last given on", "Outcome", "Why", "Settled")
    return Table(
        "recipients", "Recipients told", "Who had the data and was told of the change.", columns, rows
    )


TABLES = (colleagues, corrections, erasure, complaint, recipients)
