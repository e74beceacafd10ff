"""Imports, by the workers."""

from __future__ import annotations

from celery import shared_task

from subjects import statistics
from subjects.importing import engine


@shared_task(name="imports.work")
def work(batch_id: str) -> None:
    """Check, apply or undo one import: whatever it waits for."""
    engine.work(batch_id)


@shared_task(name="imports.sweep")
def sweep_imports() -> None:
    """Take up imports that nobody works on, and delete the copies that are past their time."""
    for batch_id in engine.waiting():
        work.delay(str(batch_id))
    engine.clear_old()


@shared_task(name="subjects.renew_statistics")
def renew_statistics() -> None:
    """Have the database forget its samples of what was erased."""
    statistics.renew()
