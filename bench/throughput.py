"""A hundred queued access cases of thirty records each through a worker with two processes.

The limit is as many empty Celery tasks that each write one row, through the same worker.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.measure import Result
from portal.worker import command

CASES = int(os.environ.get("CASES", "100"))
RECORDS = 30


def _worker(log: Path) -> subprocess.Popen[bytes]:
    line = command("default", 2, "-l", "INFO", app="bench.worker")
    with log.open("wb") as sink:
        process = subprocess.Popen(line, stdout=sink, stderr=sink, start_new_session=True)
    while " ready." not in log.read_text(errors="replace"):
        if process.poll() is not None:
            raise RuntimeError(log.read_text(errors="replace")[-2000:])
        time.sleep(0.05)
    return process


def _prepare() -> list[str]:
    """Cases accepted and waiting, their tasks not sent yet; returns the packages' ids."""
    from django.utils import timezone

    from portal import queue
    from requests_sar import packages
    from requests_sar.models import Case
    from subjects.models import Subject, SupportCall

    sent, queue.enqueue = queue.enqueue, lambda *args, **kwargs: None
    now, ids = timezone.now(), []
    try:
        for number in range(CASES):
            key = f"bench-{uuid.uuid4()}"
            subject = Subject.objects.create(
                source_key=key, full_name=f"Person {number}", email=f"p{number}@example.com"
            )
            SupportCall.objects.bulk_create(
                SupportCall(
                    subject=subject,
                    source_key=f"{key}-{i}",
                    started_at=now - dt.timedelta(days=i),
                    issue="The printer shows an error",
                    resolution="Drivers installed again",
                    status="resolved",
                    duration_s=300,
                )
                for i in range(RECORDS - 1)  # the person's own record is one more
            )
            case = Case(right="access", received_on=timezone.localdate(), state="collecting", subject=subject)
            case.save()
            ids.append(str(packages.ask(subject=subject, by=None, purpose=case.reference, case=case).pk))
    finally:
        queue.enqueue = sent
    return ids


def _until(done: Callable[[], int], n: int) -> tuple[float, float]:
    """Seconds until the first and until the n-th, from now."""
    started = time.perf_counter()
    first = 0.0
    while True:
        count = done()
        if count and not first:
            first = time.perf_counter() - started
        if count >= n:
            return first, time.perf_counter() - started
        time.sleep(0.02)


def _memory(group: int) -> float:
    """The largest peak among the processes of a group, in MB."""
    peaks = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == group:
                text = status.read_text()
                peaks.append(int(text.split("VmHWM:")[1].split()[0]) / 1024)
        except (ProcessLookupError, FileNotFoundError, IndexError):
            continue
    return max(peaks)


def run() -> Iterable[Result]:
    """Cases a minute, seconds until the first is ready."""
    from bench.worker import one_row
    from portal.mail.models import Message
    from requests_sar.models import Package
    from requests_sar.tasks import collect

    ids = _prepare()
    with tempfile.TemporaryDirectory() as folder:
        worker = _worker(Path(folder) / "log")
        try:
            for number in range(4):  # both processes have imported everything
                one_row.delay(number)
            _until(lambda: Message.objects.filter(template="bench").count(), 4)
            Message.objects.filter(template="bench").delete()
            for number in range(CASES):
                one_row.delay(number)
            _, limit = _until(lambda: Message.objects.filter(template="bench").count(), CASES)
            Message.objects.filter(template="bench").delete()
            for package_id in ids:
                collect.delay(package_id)
            mine = Package.objects.filter(pk__in=ids, state="ready")
            first, seconds = _until(lambda: mine.count(), CASES)
            peak = _memory(os.getpgid(worker.pid))
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    yield Result(
        CASES,
        seconds,
        limit,
        peak,
        {"cases_a_minute": round(CASES / seconds * 60), "first_ready_s": round(first, 2)},
    )
