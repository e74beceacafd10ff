"""The plan of an erasure as the officer sees it: the grid of kinds, its totals, the way it goes. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from portal.register import store
from portal.register.facts import Basis
from portal.templatetags.house import short_day
from requests_sar import recipients
from requests_sar.admin.decisions import PANELS, Panel
from requests_sar.fulfilment.erasure import plan_of
from requests_sar.models import Case, Erasure
from requests_sar.rights import Right
from requests_sar.showing import disposing
from requests_sar.workflow import State
from retention import sentences
from retention.models import Action, Disposal, Line
from subjects import datamap
from subjects.models import Subject


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the grid, in words."""

    line: Line
    title: str
    basis: str
    rule: str
    until: str
    why: str
    suggestion: str
    decision: str
    differs: bool
    recipients: str
    result: str
    form: Any = None


def rows(plan: Disposal, forms: dict[int, Any] | None = None) -> list[Row]:
    """The grid. `forms`: by line, where it can be decided."""
    given = forms or {}
    return [_row(line, plan.subject, given.get(line.pk)) for line in plan.lines.all()]


def _row(line: Line, subject: Subject | None, form: Any) -> Row:
    dataset, register = datamap.get(line.dataset), store.current()
    used_by = {each.basis for each in register.functions_for(dataset.category)}
    rule = register.retention_for(dataset.category)
    told = recipients.of(subject, [dataset.category]) if subject else []
    return Row(
        line=line,
        title=dataset.title,
        basis=", ".join(basis.label for basis in Basis if basis in used_by),
        rule=f"{rule.period} after {rule.after.words}",
        until=f"until {short_day(line.last_until)}" if line.last_until else "",
        why=sentences.because(sentences.of_line(line)),
        suggestion=_action(line, Action(line.suggestion)),
        decision=_action(line, line.action),
        differs=line.decision != line.suggestion,
        recipients=", ".join(dict.fromkeys(each.name for each in told)) or "Nobody",
        result=_result(line),
        form=form,
    )


def _action(line: Line, action: Action) -> str:
    keeps = action in {Action.KEEP, Action.REDUCE}
    return (
        f"{action.label} until {short_day(line.last_until)}"
        if keeps and line.last_until
        else str(action.label)
    )


def _result(line: Line) -> str:
    parts = []
    if line.done:
        parts.append(f"{line.done:,} done")
    if line.missing:
        parts.append(f"{line.missing:,} were gone already")
    if line.skipped:
        parts.append(f"{line.skipped:,} kept: {line.get_skipped_because_display().lower()}")
    return ", ".join([*parts, line.error] if line.error else parts)


def totals(plan: Disposal) -> list[str]:
    """What goes and what stays, in sentences."""
    lines = list(plan.lines.all())
    goes = [line for line in lines if line.action.ends]
    stays = [line for line in lines if not line.action.ends]
    return [
        f"Goes: {_count(goes)}.",
        f"Stays: {_count(stays)}.",
    ]


def _count(lines: list[Line]) -> str:
    records, kinds = sum(line.records for line in lines), len({line.dataset for line in lines})
    return f"{records:,} record{'' if records == 1 else 's'} of {kinds} kind{'' if kinds == 1 else 's'}"


def facts(case: Case) -> list[str]:
    """For the page on which the plan is approved: what it does."""
    plan = plan_of(case)
    if plan is None:
        return []
    against = plan.lines.filter(override=True).count()
    extra = [f"{against} decided against the law's word, with a reason."] if against else []
    return [*totals(plan), *extra, sentences.backups()]


def context(case: Case) -> dict[str, Any]:
    """What the panel on the case's page needs."""
    plan = plan_of(case)
    poll = reverse("admin:case_erasure_progress", args=[case.reference])
    erasure = Erasure.objects.filter(case=case).first()
    return {
        "plan": plan,
        "rows": rows(plan) if plan else [],
        "totals": totals(plan) if plan else [],
        "backups": sentences.backups(),
        "job": disposing.job(plan, poll, answering=case.state == State.APPLYING),
        "follow_up_on": erasure.follow_up_on if erasure else None,
        "frozen": plan is not None and plan.state == Disposal.State.FROZEN,
        "failed": plan is not None and plan.state == Disposal.State.FAILED,
    }


PANELS[Right.ERASURE] = Panel("admin/requests_sar/case/decide/erasure.html", context)


def failed() -> QuerySet[Disposal]:
    """Erasures that stopped by a fault, the oldest first."""
    return Disposal.objects.filter(state=Disposal.State.FAILED, subject__isnull=False).order_by("created_at")
