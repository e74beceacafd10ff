"""Collecting everything held about one person and making the files: one claimed package, start to end.

Each kind of data is read in one snapshot, written down sealed, and counted; a kind that fails stops
the package with its name, and nothing is made from the rest. Only when every kind is collected (or left out by a
recorded decision) are the files written, sealed and shown.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.db import connection
from django.utils import timezone

from requests_sar import (
    assembly,
    bundle,
    found,
    letter,
    packages,
    page,
    portability,
    redactions,
    vault,
    workbook,
)
from requests_sar.document import Document, Progress
from requests_sar.models import Case, File, Source
from requests_sar.packages import Lease, Lost
from requests_sar.redacting import Plan
from requests_sar.spool import Spool
from subjects import datamap

log = logging.getLogger(__name__)
Writer = Callable[[Document, BinaryIO, Progress], None]


@dataclass(frozen=True, slots=True)
class Output:
    """One file of a package."""

    kind: File.Kind
    ending: str
    media_type: str
    words: str  # for the progress line
    write: Writer


OUTPUTS = (
    Output(
        File.Kind.WORKBOOK,
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Writing the spreadsheet",
        workbook.write_workbook,
    ),
    Output(
        File.Kind.BUNDLE, "zip", "application/zip", "Writing the files for computers", bundle.write_bundle
    ),
    Output(File.Kind.PAGE, "html", "text/html; charset=utf-8", "Writing the web page", page.write_page),
    Output(
        File.Kind.LETTER,
        "letter.html",
        "text/html; charset=utf-8",
        "Writing the letter",
        lambda document, out, progress: letter.write_letter(document, out),
    ),
)


FEW = 500  # records in a whole copy, as counted when it was asked for: each kind is fetched in one go
WRITE_SOURCES = """
    UPDATE requests_sar_source SET state = 'done', error = '', rows = done.rows, first = done.first, last = done.last,
           searched_at = done.searched_at
    FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[], %s::timestamptz[])
         AS done (id, rows, first, last, searched_at)
    WHERE requests_sar_source.id = done.id
"""


class SourceFailed(Exception):
    """One kind of data could not be collected; the text is a sentence for staff."""


@dataclass(slots=True)
class Work:
    """What one worker has collected of one package, and how much of it is written down."""

    lease: Lease
    sources: list[Source]
    spools: dict[str, Spool]
    unwritten: list[Source]
    plan: Plan | None = None  # what is to be removed

    def removes_from(self, key: str) -> bool:
        """Whether anything could be removed from this kind. Then its rows are never kept for another worker: what
        is to be removed may be something else by then."""
        return self.plan is not None and self.plan.touches(key)

    def write_down(self) -> None:
        """Keep what is collected, so that nobody has to collect it again."""
        for source in self.unwritten:
            if not self.removes_from(source.dataset):
                self.spools[source.dataset].keep()
        self.write_rows()

    def write_rows(self) -> None:
        """Only the facts: the files are made, so the rows themselves are not needed again."""
        columns = zip(*((s.pk, s.rows, s.first, s.last, s.searched_at) for s in self.unwritten), strict=True)
        if self.unwritten:
            with (
                connection.cursor() as cursor
            ):  # one statement; the ORM's bulk update takes longer than the collecting
                cursor.execute(WRITE_SOURCES, [list(column) for column in columns])
        self.unwritten.clear()


def run(lease: Lease) -> None:
    """Do the whole work of a claimed package. Ends quietly when the claim is lost, visibly when a source fails."""
    work = Work(lease, list(lease.package.sources.all()), {}, [])
    try:
        _note_searches(work)
        lease.step("Reading what is to be removed")
        work.plan = redactions.plan_of(lease.package.case)
        for number, source in enumerate(work.sources, 1):
            if source.state != Source.State.WAIVED:
                dataset = portability.dataset(lease.package, source.dataset)
                due = lease.due
                lease.step(f"Collecting {dataset.title} ({number} of {len(work.sources)})")
                if due:
                    work.write_down()
                _collect(work, source, dataset)
        document = assembly.document(lease.package, work.sources, work.spools, work.plan)
        if document.count > packages.BULK_ROWS:
            work.write_down()
        files = [_make(lease, document, output) for output in OUTPUTS]
        work.write_rows()
        removed = redactions.outcome(work.plan, work.spools)
        packages.finish(lease, files, rows=document.count, redactions=removed)
        _forget(work.spools)
    except Lost:
        _leave_nothing(lease)
    except SourceFailed as failure:
        work.write_down()
        packages.fail(lease, str(failure))
    except Exception as error:
        # Whatever went wrong while the files were made: staff must see it, and the log must not quote data.
        log.error("package %s failed at %r: %s", lease.package.pk, lease.package.step, type(error).__name__)
        packages.fail(lease, f"{lease.package.step} did not work ({type(error).__name__}).")
        raise
    finally:
        for spool in work.spools.values():
            spool.close()


def _note_searches(work: Work) -> None:
    """What colleagues have answered until now will be in this copy, unless a dead worker has begun it already."""
    package, begun = work.lease.package, any(source.state == Source.State.DONE for source in work.sources)
    if package.case_id is None or begun or found.DATASET not in {source.dataset for source in work.sources}:
        return
    now = Case.objects.values_list("tasks_version", flat=True).get(pk=package.case_id)
    if now != package.tasks_version:
        work.lease.write(tasks_version=now)


def _collect(work: Work, source: Source, dataset: datamap.Dataset) -> None:
    package = work.lease.package
    spool = work.spools[dataset.key] = Spool(
        f"{packages.folder(package)}/{dataset.key}.rows.age", package.key
    )
    cleaner = None
    if work.plan is not None and work.plan.touches(dataset.key):
        cleaner = redactions.cleaner(work.plan, dataset, package.subject_id)
        vault.full_path(spool.path).unlink(missing_ok=True)  # kept when other things were to be removed
    if source.state == Source.State.DONE and cleaner is None:
        try:
            spool.open_again(source.rows)
            return
        except vault.Unreadable:
            log.info("package %s: %s is collected again", package.pk, dataset.key)
    try:
        # Outside a transaction the cursor is held: one snapshot of this kind, while the lease is renewed beside it.
        rows = dataset.of(package.subject_id, since=package.since, until=package.until)
        few = package.rows_total <= FEW
        wired = assembly.wire_rows(dataset, rows, few=few, cleaner=cleaner)
        count = spool.fill(wired, work.lease.progress)
    except Lost:
        raise
    except Exception as error:
        reason = f"{dataset.title} ({dataset.system}) could not be collected: {_sentence(error)}"
        Source.objects.filter(pk=source.pk).update(state=Source.State.FAILED, error=reason[:300])
        raise SourceFailed(reason) from error
    source.state, source.rows, source.searched_at, source.error = Source.State.DONE, count, timezone.now(), ""
    source.first, source.last = assembly.extent(dataset, spool)
    work.unwritten.append(source)


def _sentence(error: Exception) -> str:
    if isinstance(error, assembly.MissingFile):
        return str(error)
    return f"the system did not answer as expected ({type(error).__name__})."


def _make(lease: Lease, document: Document, output: Output) -> File:
    lease.step(output.words)
    package = lease.package
    path = f"{packages.folder(package)}/{output.kind}.age"
    with vault.anonymous() as plain:
        output.write(document, plain, lease.alive)
        size = plain.seek(0, os.SEEK_END)
        plain.seek(0)
        digest = hashlib.file_digest(plain, "sha256").hexdigest()
        lease.alive()
        vault.seal(plain, path, package.key)
    return File(
        package=package,
        kind=output.kind,
        name=f"{_stem(output, document.reference)}.{output.ending.split('.')[-1]}",
        media_type=output.media_type,
        path=path,
        size=size,
        sha256=digest,
    )


def _stem(output: Output, reference: str) -> str:
    return f"our-letter-{reference}" if output.kind == File.Kind.LETTER else f"your-data-{reference}"


def _forget(spools: dict[str, Spool]) -> None:
    """The sealed rows have done their work: fewer copies are better."""
    for spool in spools.values():
        vault.full_path(spool.path).unlink(missing_ok=True)


def _leave_nothing(lease: Lease) -> None:
    """Stopped by a person: remove what lies there. Taken over by another worker: leave it to that one."""
    package = lease.package
    package.refresh_from_db(fields=["state"])
    if package.state in {package.State.STOPPED, package.State.DESTROYED}:
        vault.destroy(packages.folder(package))
