"""What the page of a case shows for a request that ends in a decision: one panel a right, declared beside its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from requests_sar import recipients, services
from requests_sar.fulfilment import objection, rectification, restriction
from requests_sar.models import Case
from requests_sar.rights import DECISIONS, Right
from requests_sar.workflow import State
from subjects.models import Restriction


@dataclass(frozen=True, slots=True)
class Panel:
    """A fragment of the case page: its template (given `case`, `works`, `obstacles`) and what more it needs."""

    template: str
    context: Callable[[Case], dict[str, Any]]


def _pause(case: Case) -> dict[str, Any]:
    return {
        "asked": restriction.titles(case.kinds),
        "kinds": restriction.titles(case.pause.kinds),
        "pauses": Restriction.objects.filter(reference=case.reference),
    }


def _objection(case: Case) -> dict[str, Any]:
    rows = [
        (row, objection.name_of(row.purpose), objection.is_marketing(row.purpose))
        for row in case.objections.all()
    ]
    return {"rows": rows, "pauses": Restriction.objects.filter(reference=case.reference)}


def _corrections(case: Case) -> dict[str, Any]:
    shown = rectification.shown(case)
    return {
        "corrections": [(item, rectification.live(item.correction)) for item in shown],
        "notices": recipients.of_case(case),
        "pauses": Restriction.objects.filter(reference=case.reference),
    }


PANELS: dict[Right, Panel] = {
    Right.RECTIFICATION: Panel("admin/requests_sar/case/decide/rectification.html", _corrections),
    Right.RESTRICTION: Panel("admin/requests_sar/case/decide/restriction.html", _pause),
    Right.OBJECTION: Panel("admin/requests_sar/case/decide/objection.html", _objection),
    Right.COMPLAINT: Panel("admin/requests_sar/case/decide/complaint.html", lambda case: {}),
}


def panel(case: Case) -> dict[str, Any] | None:
    """The panel of this case; None for a copy, or a right that has none."""
    found = PANELS.get(Right(case.right))
    if found is None or case.right not in DECISIONS:
        return None
    obstacles = services.answer_obstacles(case, late_reason="asked for on the page")
    return {
        "template": found.template,
        "obstacles": obstacles if case.state == State.REVIEW else [],
        **found.context(case),
    }
