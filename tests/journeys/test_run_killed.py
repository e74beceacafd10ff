"""A run over everybody whose real workers are killed with -9 at random points: finished by others, once, adding up."""

from __future__ import annotations

import datetime as dt
import random
import time

import pytest
from django.utils import timezone

from retention import certificates, listing, running, tasks
from retention.models import Batch, Chunk, Disposal
from subjects.models import Subject, SupportCall, WebVisit

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
ROWS = 3_000  # of each kind; a third of them is due


def _records() -> None:
    subject = Subject.objects.create(source_key="K1", full_name="Alice", email="alice@example.com")
    now = timezone.now()
    old, new = now - dt.timedelta(days=3_700), now - dt.timedelta(days=30)
    for model, field in ((SupportCall, "started_at"), (WebVisit, "at")):
        model.objects.bulk_create(
            model(subject=subject, source_key=f"{field}-{i}", **{field: old if i % 3 == 0 else new})
            for i in range(ROWS)
        )


def _killed(run: Disposal, start_worker, chance: random.Random, most: int) -> int:
    """Workers killed one after the other until the run is over; returns how many died at it."""
    killed, end = 0, time.monotonic() + 60 + 10 * most
    while _state(run).state == Disposal.State.RUNNING:
        assert time.monotonic() < end, "the run does not come to an end"
        worker = start_worker(PACKAGE_LEASE_SECONDS="2")
        tasks.carry_on_runs()  # what beat does every fifteen seconds
        if killed < most:
            _until_at_work(run)
            time.sleep(chance.uniform(0, 0.4))
            worker.kill()
            killed += 1
            Disposal.objects.filter(pk=run.pk).update(claimed_until=None, attempts=0)  # as after the lease
        else:
            _until_over(run)
            worker.kill()
    return killed


def _state(run: Disposal) -> Disposal:
    return Disposal.objects.get(pk=run.pk)


def _until_at_work(run: Disposal) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        now = _state(run)
        if now.state != Disposal.State.RUNNING or now.claim is not None:
            return
        time.sleep(0.05)


def _until_over(run: Disposal) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and _state(run).state == Disposal.State.RUNNING:
        tasks.carry_on_runs()
        time.sleep(0.5)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kills", [1, pytest.param(30, marks=pytest.mark.soak)])
def test_killed_workers_leave_a_run_that_others_finish(kills: int, start_worker, monkeypatch) -> None:
    chance, died = random.Random(2026), 0
    while died < kills:
        SupportCall.objects.all().delete()
        WebVisit.objects.all().delete()
        Subject.objects.all().delete()
        monkeypatch.setattr(listing, "SIZE", 20)
        monkeypatch.setattr(listing, "OF_DELETES", 20)
        _records()
        run = running.plan(by=None, kinds=["support-calls", "web-visits"])
        running.approve(run=run, by=None)
        died += _killed(run, start_worker, chance, min(kills - died, 6))
        run.refresh_from_db()
        assert run.state == Disposal.State.DONE, run.error
        due = len(range(0, ROWS, 3))
        for line in run.lines.all():
            assert (line.records, line.done, line.missing, line.skipped) == (due, due, 0, 0), line.dataset
            assert sum(batch.records for batch in Batch.objects.filter(line=line)) == due
        assert SupportCall.objects.filter(subject=None).count() == due
        assert WebVisit.objects.count() == ROWS - due
        assert not Chunk.objects.exists()
    assert not certificates.check().faults
