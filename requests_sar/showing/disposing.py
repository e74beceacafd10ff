"""An erasure being carried out, as long work that people watch."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from requests_sar.showing.standing import plural
from requests_sar.showing.work import Job, Part, duration
from retention.models import Disposal, Line
from subjects import datamap


def job(
    plan: Disposal | None, poll: str, now: dt.datetime | None = None, *, answering: bool = False
) -> Job | None:
    """The work in progress; None when there is nothing to wait for.

    answering: the request is still to be closed when its plan is done, so that a page which looks in between goes on
    following and does not stay at "Being carried out".
    """
    if plan is None or not (
        plan.state == Disposal.State.RUNNING or (answering and plan.state == Disposal.State.DONE)
    ):
        return None
    now = now or timezone.now()
    lines = [line for line in plan.lines.all() if line.action.acts]
    done = sum(_dealt_with(line) for line in lines)
    total = max(done, sum(line.records for line in lines))
    seconds = max(0, int((now - plan.started_at).total_seconds())) if plan.started_at else 0
    present = next((line for line in reversed(lines) if _dealt_with(line) < line.records), None)
    at_work = plan.claimed_until is not None and plan.claimed_until > now
    return Job(
        poll=poll,
        step=present.dataset if present else f"end, {plan.state}",
        done=done,
        total=total,
        sentence=_sentence(plan, present, at_work),
        elapsed=f"{plural(done, 'record')} of {total:,}. {duration(seconds)} so far" if at_work else "",
        remaining="",
        steps=[_part(line, present) for line in reversed(lines)],
    )


def _dealt_with(line: Line) -> int:
    return int(line.done + line.missing + line.skipped)


def _sentence(plan: Disposal, present: Line | None, at_work: bool) -> str:
    if plan.state == Disposal.State.DONE:
        return "Everything is done. Writing the answer"
    if plan.waits_for:
        return f"Waits for the answer to {plan.waits_for}, which came in between. It goes on by itself"
    if not at_work:
        return "Waiting for a free place. It starts by itself"
    if plan.subject_id is not None and plan.traces_removed is None and plan.whole:
        return "Removing copies, search keys and working papers"
    return f"Working on: {datamap.get(present.dataset).title}" if present else "Nearly done"


def _part(line: Line, present: Line | None) -> Part:
    title = datamap.get(line.dataset).title
    if _dealt_with(line) >= line.records:
        kept = f", {line.skipped:,} kept" if line.skipped else ""
        return Part("done", title, plural(line.done, "record") + kept)
    return Part("now" if present and present.pk == line.pk else "next", title, plural(line.records, "record"))
