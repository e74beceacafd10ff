"""Retention, by the workers."""

from __future__ import annotations

import logging

from celery import shared_task

from retention import journal, running, working
from retention.models import Disposal
from retention.tracing import kept

log = logging.getLogger(__name__)


@shared_task(name="retention.export_journal")
def export_journal() -> None:
    """Move what waits into the journal outside the database. What cannot be moved now waits on."""
    try:
        journal.export()
    except journal.Problem as sentence:
        log.error("%s", sentence)


@shared_task(name="retention.dispose")
def dispose() -> None:
    """The run of the night."""
    running.nightly()


@shared_task(name="retention.carry_out_run")
def carry_out_run(disposal_id: str) -> None:
    """Carry an approved run out, unless somebody is at it."""
    run = Disposal.objects.filter(pk=disposal_id, subject=None).first()
    lease = working.claim(run.pk) if run else None
    if lease is not None:
        working.run(lease)


@shared_task(name="retention.carry_on_runs")
def carry_on_runs() -> None:
    """Take up the runs that a dead worker or a lost message left."""
    for run in working.waiting():
        if run.subject_id is None:
            carry_out_run.delay(str(run.pk))


@shared_task(name="retention.long_search")
def long_search(search_id: str) -> None:
    """Search on for an officer whose page could not wait."""
    kept.carry_on(search_id)


@shared_task(name="retention.long_searches")
def long_searches() -> None:
    """Take up the searches that a dead worker or a lost message left, and forget what has expired."""
    kept.expire()
    for pk in kept.waiting():
        long_search.delay(str(pk))
