"""Killed with -9 anywhere, a package completes by itself, once, and nothing plain or half is left lying about."""

from __future__ import annotations

import datetime as dt
import random
import time

import pytest
from django.utils import timezone

from portal.audit.models import Entry
from requests_sar import packages
from requests_sar.models import Package
from subjects.models import Subject, SupportCall

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
ROWS = 12_000


@pytest.fixture
def store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path / "store"
    return settings.STORAGE_DIR


def _subject(key: str, rows: int) -> Subject:
    subject = Subject.objects.create(source_key=key, full_name="Alice", email="alice@example.com")
    now = timezone.now()
    SupportCall.objects.bulk_create(
        SupportCall(
            subject=subject,
            source_key=f"{key}-{i}",
            started_at=now - dt.timedelta(minutes=i),
            issue=f"The printer shows error {i}",
            resolution="Drivers installed again",
        )
        for i in range(rows)
    )
    return subject


def _wait(package: Package, seconds: float, *, sweep: bool = True) -> Package:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        package.refresh_from_db()
        if package.state not in {Package.State.QUEUED, Package.State.RUNNING}:
            return package
        if sweep:
            packages.sweep()  # what beat does every ten seconds
        time.sleep(0.1)
    pytest.fail(f"the package is {package.state} at {package.step!r} after {seconds} seconds")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=pytest.mark.soak)])
def test_killed_workers_are_replaced(kills: int, start_worker, store) -> None:
    subject = _subject("K1", ROWS)
    chance = random.Random(2026)
    env = {"STORAGE_DIR": str(store), "PACKAGE_LEASE_SECONDS": "2"}
    worker = start_worker(**env)
    for _ in range(kills):
        package = packages.ask(subject=subject, by=None, purpose="kill")
        time.sleep(chance.uniform(0.05, 1.5))
        worker.kill()
        worker = start_worker(**env)
        package = _wait(package, 60)
        assert package.state == Package.State.READY, package.error
        assert package.rows_done == ROWS + 1
        assert package.attempts <= 2
        assert Entry.objects.filter(verb="package.ready", target=f"package:{package.pk}").count() == 1
        lying = sorted(
            path.name for path in store.rglob("*") if path.is_file() and str(package.pk) in str(path)
        )
        assert lying == ["bundle.age", "letter.age", "page.age", "workbook.age"]
        packages.destroy(package)
    assert not [path for path in store.rglob("*") if path.is_file()]


@pytest.mark.timeout(300)
def test_small_cases_do_not_wait_for_a_huge_one(start_worker, store, monkeypatch) -> None:
    monkeypatch.setattr(packages, "BULK_ROWS", 1_000)
    huge = packages.ask(subject=_subject("HUGE", 1_500), by=None, purpose="huge")
    small = [packages.ask(subject=_subject(f"S{n}", 5), by=None, purpose="small") for n in range(10)]
    assert (huge.queue, {package.queue for package in small}) == ("bulk", {"default"})
    env = {"STORAGE_DIR": str(store)}
    start_worker(queues="default", processes=1, **env)  # nobody serves the bulk queue yet
    for package in small:
        assert _wait(package, 60, sweep=False).state == Package.State.READY
    huge.refresh_from_db()
    assert huge.state == Package.State.QUEUED
    start_worker(queues="bulk", processes=1, **env)
    assert _wait(huge, 60, sweep=False).state == Package.State.READY
