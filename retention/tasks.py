"""Retention, by the workers."""

from __future__ import annotations

import logging

from celery import shared_task

from retention import journal

log = logging.getLogger(__name__)


@shared_task(name="retention.export_journal")
def export_journal() -> None:
    """Move what waits into the journal outside the database. What cannot be moved now waits on."""
    try:
        journal.export()
    except journal.Problem as sentence:
        log.error("%s", sentence)
