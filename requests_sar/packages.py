"""The life of a package: asked for, claimed by a worker, ready, handed out, locked, destroyed.

The row is the truth. A worker holds a lease (`claim`, `claimed_until`) that it renews as it progresses; when it
dies the lease runs out and `sweep` sends the package round again, at most ATTEMPTS times. Every write of the worker
is conditional on its own claim, so a worker that was thought dead cannot spoil what its successor makes.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from portal import queue
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, portability, vault
from requests_sar.models import Case, Download, File, Package, Source
from requests_sar.workflow import Event, State
from subjects import datamap
from subjects.models import Subject

log = logging.getLogger(__name__)
RENEW_EVERY = 1.0  # seconds between writes of progress
ATTEMPTS = 5
BULK_ROWS = 5_000  # larger copies go to the queue of their own, so that small ones never wait behind them


class Lost(Exception):
    """The claim is no longer ours: stopped by a person, or taken over."""


class Refused(Exception):
    """The act cannot be done; the text is a sentence for the person."""


def _lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.PACKAGE_LEASE_SECONDS)


# --- asking ----------------------------------------------------------------------------------------------


def ask(
    *,
    subject: Subject,
    by: Any,
    purpose: str,
    case: Case | None = None,
    kinds: Sequence[str] = (),
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> Package:
    """Ask for a copy of somebody's data. A second press while one is being made gives that one.

    Raises Refused without a purpose.
    """
    if not purpose.strip():
        raise Refused("Say what the copy is for: a request's reference, or “checking”.")
    chosen = [dataset for dataset in portability.datasets(case) if not kinds or dataset.key in kinds]
    at_work = Package.objects.filter(
        subject=subject,
        case=case,
        state__in=[Package.State.QUEUED, Package.State.RUNNING],
        purpose=purpose.strip()[:200],
    )
    if (
        case is None
    ):  # the same copy for the same person: somebody else's, or one of other kinds, is another one
        at_work = at_work.filter(by=by, kinds=[dataset.key for dataset in chosen], since=since, until=until)
    if again := at_work.first():
        return again
    total = count_rows(subject, chosen, since, until)
    try:
        with transaction.atomic():
            package = Package.objects.create(
                subject=subject,
                case=case,
                by=by if by is not None and getattr(by, "email", None) else None,
                purpose=purpose.strip()[:200],
                kinds=[dataset.key for dataset in chosen],
                since=since,
                until=until,
                rows_total=total,
                queue="bulk" if total > BULK_ROWS else "default",
                key=vault.new_key(),
                tasks_version=Case.objects.values_list("tasks_version", flat=True).get(pk=case.pk)
                if case
                else 0,
            )
            Source.objects.bulk_create(Source(package=package, dataset=d.key) for d in chosen)
            trail.record(
                Verb.PACKAGE_ASKED,
                by=by,
                target=f"package:{package.pk}",
                reason=case.reference if case else "",
            )
            enqueue(package)
    except IntegrityError:
        return Package.objects.get(case=case, state__in=[Package.State.QUEUED, Package.State.RUNNING])
    return package


def enqueue(package: Package) -> None:
    """Hand the package to a worker of its queue."""
    from requests_sar.tasks import collect  # the task imports this module

    queue.enqueue(collect, str(package.pk), queue=package.queue)


def count_rows(
    subject: Subject, chosen: Sequence[datamap.Dataset], since: dt.date | None, until: dt.date | None
) -> int:
    """How many records there are, in one query."""
    from django.db.models import Count, Value

    counts = [
        dataset.of(subject.pk, since=since, until=until)
        .order_by()
        .annotate(one=Value(1))
        .values("one")
        .annotate(n=Count("pk"))
        .values_list("n", flat=True)
        for dataset in chosen
    ]
    if not counts:
        return 0
    return sum(counts[0].union(*counts[1:], all=True))


# --- working ---------------------------------------------------------------------------------------------


class Lease:
    """A worker's hold on one package. Every write goes through it and fails with Lost once it is not ours."""

    def __init__(self, package: Package, claim: uuid.UUID) -> None:
        self.package, self.claim = package, claim
        self._rows, self._written = package.rows_done, time.monotonic()

    @property
    def mine(self) -> Any:
        """The package's row, as long as the claim stands."""
        return Package.objects.filter(pk=self.package.pk, claim=self.claim, state=Package.State.RUNNING)

    @property
    def due(self) -> bool:
        """Whether progress should be written now. Small packages are finished before it ever is."""
        return time.monotonic() - self._written >= RENEW_EVERY

    def write(self, **fields: Any) -> None:
        """Set fields and renew the lease. Raises Lost."""
        if not self.mine.update(claimed_until=timezone.now() + _lease(), **fields):
            raise Lost
        self._written = time.monotonic()

    def progress(self, rows: int = 0) -> None:
        """Count rows done since the last call (the count never goes down); writes at most once a second."""
        self._rows += rows
        if self.due:
            self.write(rows_done=self._rows, step=self.package.step)

    def step(self, words: str) -> None:
        """Begin a step; it is written with the next progress."""
        self.package.step = words[:80]
        self.progress()

    def alive(self, rows: int = 0) -> None:
        """Renew without counting: the rows of the files have been counted when they were collected."""
        self.progress()


def claim(package_id: uuid.UUID | str) -> Lease | None:
    """Take a package that nobody is working on; None when somebody is, or there is nothing left to do."""
    now = timezone.now()
    free = Q(state=Package.State.QUEUED) | Q(state=Package.State.RUNNING, claimed_until__lt=now)
    mine = uuid.uuid4()
    waiting = Package.objects.filter(free, pk=package_id)
    if waiting.filter(attempts__gte=ATTEMPTS).exists():
        _give_up(package_id, "it was tried several times and did not come to an end")
        return None
    taken = waiting.update(
        state=Package.State.RUNNING,
        claim=mine,
        claimed_until=now + _lease(),
        attempts=F("attempts") + 1,
        started_at=now,
        error="",
    )
    return Lease(Package.objects.get(pk=package_id), mine) if taken else None


def _give_up(package_id: uuid.UUID | str, reason: str) -> None:
    with transaction.atomic():
        if (
            Package.objects.filter(pk=package_id)
            .exclude(state__in=[Package.State.READY, Package.State.STOPPED, Package.State.DESTROYED])
            .update(state=Package.State.FAILED, error=reason[:300], claim=None, claimed_until=None)
        ):
            trail.record(Verb.PACKAGE_FAILED, by=None, target=f"package:{package_id}")


def fail(lease: Lease, reason: str) -> None:
    """A source could not be collected, or the files could not be made: staff see it and decide."""
    if lease.mine.exists():
        _give_up(lease.package.pk, reason)
    log.warning("package %s stopped: %s", lease.package.pk, reason)


def sweep() -> int:
    """Take up what a dead worker left and what the broker lost; returns how many."""
    now = timezone.now()
    lost = Q(state=Package.State.RUNNING, claimed_until__lt=now) | Q(
        state=Package.State.QUEUED, created_at__lt=now - dt.timedelta(seconds=20)
    )
    packages = list(Package.objects.filter(lost).order_by("created_at")[:100])
    for package in packages:
        enqueue(package)
    return len(packages)


def finish(
    lease: Lease, files: list[File], *, rows: int, redactions: dict[str, list[int]] | None = None
) -> None:
    """The files are on disk: make the package ready, all at once. Raises Lost.

    `redactions` is what they were made with (`requests_sar.redactions.outcome`).
    """
    package = lease.package
    now = timezone.now()
    with transaction.atomic():
        if package.case_id:  # every act on a case and its package locks the case first
            Case.objects.select_for_update().get(pk=package.case_id)
        lease.write(
            state=Package.State.READY,
            step="",
            rows_done=rows,
            redactions=redactions or {},
            ready_at=now,
            expires_at=now + dt.timedelta(days=settings.PACKAGE_DAYS),
            claim=None,
        )
        File.objects.filter(package=package).delete()
        File.objects.bulk_create(files)
        if package.case_id:
            _tell_case(package.case_id)
        trail.record(Verb.PACKAGE_READY, by=None, target=f"package:{package.pk}")
        transaction.on_commit(lambda: vault.sweep(folder(package)))


def _tell_case(case_id: uuid.UUID) -> None:
    case = Case.objects.get(pk=case_id)
    if case.state == State.COLLECTING:
        casework.move(case, Event.COLLECTED, by=None)


def stop(package: Package, *, by: Any) -> None:
    """Stop the work; the worker notices within seconds and leaves nothing behind. Raises Refused when it is done."""
    with transaction.atomic():
        stopped = Package.objects.filter(
            pk=package.pk, state__in=[Package.State.QUEUED, Package.State.RUNNING, Package.State.FAILED]
        ).update(state=Package.State.STOPPED, claim=None, claimed_until=None)
        if not stopped:
            raise Refused("It is already finished, so there is nothing to stop.")
        trail.record(Verb.PACKAGE_STOPPED, by=by, target=f"package:{package.pk}")
        _remove_files(package)


def retry(package: Package, *, by: Any) -> None:
    """Try the failed parts again; what was collected is kept. Raises Refused when it did not fail."""
    with transaction.atomic():
        if not Package.objects.filter(pk=package.pk, state=Package.State.FAILED).update(
            state=Package.State.QUEUED, attempts=0, error=""
        ):
            raise Refused("It did not stop by a fault, so there is nothing to try again.")
        package.sources.filter(state=Source.State.FAILED).update(state=Source.State.WAITING, error="")
        trail.record(Verb.PACKAGE_ASKED, by=by, target=f"package:{package.pk}", reason="again")
        enqueue(package)


def waive(source: Source, *, by: Any, reason: str) -> None:
    """Leave a failed source out, for a reason that is printed on the first sheet. Raises Refused."""
    if not reason.strip():
        raise Refused("Say why this part is left out. The reason is printed on the first sheet.")
    with transaction.atomic():
        if not Source.objects.filter(pk=source.pk, state=Source.State.FAILED).update(
            state=Source.State.WAIVED, waived_because=reason.strip()[:300]
        ):
            raise Refused("Only a part that failed can be left out.")
        trail.record(Verb.PACKAGE_WAIVED, by=by, target=f"package:{source.package_id}", reason=source.dataset)


# --- handing out -----------------------------------------------------------------------------------------


def folder(package: Package) -> str:
    """Where the package's files lie in the store."""
    return f"packages/{package.pk}"


def hand_out(file: File, *, by: Any) -> Iterator[bytes]:
    """The bytes of a file for somebody who may have them; the download is written down first.

    Raises Refused when the files are locked, expired or not readable.
    """
    package = file.package
    if package.state != Package.State.READY or (package.expires_at and package.expires_at <= timezone.now()):
        raise Refused("These files have been removed to protect your data.")
    if package.locked_at:
        raise Refused("These files are locked because somebody pressed “Lock these files”.")
    try:
        chunks = vault.stream(file.path, package.key)
        first = next(chunks, b"")  # a file whose beginning cannot be read was not handed out
    except vault.Unreadable as error:
        log.error("file %s of package %s cannot be read: %s", file.pk, package.pk, error)
        raise Refused("This file cannot be opened. Ask us to make it again.") from error
    with transaction.atomic():
        Download.objects.create(file=file, at=timezone.now(), actor=trail.actor(by))
        trail.record(Verb.PACKAGE_DOWNLOADED, by=by, target=f"package:{package.pk}", reason=file.kind)
    return chain([first], chunks)


def lock(package: Package, *, by: Any) -> None:
    """ "Not you? Lock these files": nobody gets them until staff look at it."""
    with transaction.atomic():
        if Package.objects.filter(pk=package.pk, locked_at=None).update(locked_at=timezone.now()):
            trail.record(Verb.PACKAGE_LOCKED, by=by, target=f"package:{package.pk}")


def unlock(package: Package, *, by: Any) -> None:
    """Staff have looked at it: hand the files out again."""
    with transaction.atomic():
        if Package.objects.filter(pk=package.pk).exclude(locked_at=None).update(locked_at=None):
            trail.record(Verb.PACKAGE_LOCKED, by=by, target=f"package:{package.pk}", reason="unlocked")


def destroy(package: Package, *, by: Any = None) -> None:
    """Destroy key and files. The key first: without it the files are noise even if a disk keeps them."""
    with transaction.atomic():
        if (
            Package.objects.filter(pk=package.pk)
            .exclude(state=Package.State.DESTROYED)
            .update(key=None, state=Package.State.DESTROYED, destroyed_at=timezone.now(), claim=None)
        ):
            trail.record(Verb.PACKAGE_DESTROYED, by=by, target=f"package:{package.pk}")
        _remove_files(package)


def _remove_files(package: Package) -> None:
    """Once the row says so for good; a crash in between leaves files that no key opens, and `expire` removes them."""
    transaction.on_commit(lambda: vault.destroy(folder(package)))


def expire() -> int:
    """Destroy every package whose days are over; returns how many."""
    over = Package.objects.filter(state=Package.State.READY, expires_at__lte=timezone.now())
    for package in over:
        destroy(package)
    _remove_leftovers()
    return len(over)


def _remove_leftovers() -> None:
    """Folders in the store that belong to no living package: what a crash between the row and the disk leaves."""
    store = vault.full_path("packages")
    lying = (
        [entry.name for entry in store.iterdir()] if store.is_dir() else []
    )  # read before the rows: none is younger
    gone = [Package.State.STOPPED, Package.State.DESTROYED]
    alive = {str(pk) for pk in Package.objects.exclude(state__in=gone).values_list("pk", flat=True)}
    for name in lying:
        if name not in alive:
            vault.destroy(f"packages/{name}")
