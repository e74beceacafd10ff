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

from django.utils import timezone

from requests_sar import assembly, bundle, letter, packages, page, vault, workbook
from requests_sar.document import Document, Progress
from requests_sar.models import File, Source
from requests_sar.packages import Lease, Lost
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
    Output(File.Kind.BUNDLE, "zip", "application/zip", "Writing the files for computers", bundle.write_bundle),
    Output(File.Kind.PAGE, "html", "text/html; charset=utf-8", "Writing the web page", page.write_page),
    Output(
        File.Kind.LETTER,
        "letter.html",
        "text/html; charset=utf-8",
        "Writing the letter",
        lambda document, out, progress: letter.write_letter(document, out),
    ),
)


class SourceFailed(Exception):
    """One kind of data could not be collected; the text is a sentence for staff."""


def run(lease: Lease) -> None:
    """Do the whole work of a claimed package. Ends quietly when the claim is lost, visibly when a source fails."""
    spools: dict[str, Spool] = {}
    try:
        sources = list(lease.package.sources.all())
        for number, source in enumerate(sources, 1):
            if source.state == Source.State.WAIVED:
                continue
            dataset = datamap.get(source.dataset)
            lease.step(f"Collecting {dataset.title} ({number} of {len(sources)})")
            spools[source.dataset] = _collect(lease, source, dataset)
        document = assembly.document(lease.package, sources, spools)
        packages.finish(lease, [_make(lease, document, output) for output in OUTPUTS])
        _forget(spools)
    except Lost:
        _leave_nothing(lease)
    except SourceFailed as failure:
        packages.fail(lease, str(failure))
    except Exception as error:
        # Whatever went wrong while the files were made: staff must see it, and the log must not quote data.
        log.error("package %s failed at %r: %s", lease.package.pk, lease.package.step, type(error).__name__)
        packages.fail(lease, f"{lease.package.step} did not work ({type(error).__name__}).")
        raise
    finally:
        for spool in spools.values():
            spool.close()


def _collect(lease: Lease, source: Source, dataset: datamap.Dataset) -> Spool:
    package = lease.package
    spool = Spool(f"{packages.folder(package)}/{dataset.key}.rows.age", package.key)
    if source.state == Source.State.DONE:
        try:
            spool.open_again(source.rows)
            return spool
        except vault.Unreadable:
            log.info("package %s: %s is collected again", package.pk, dataset.key)
    try:
        # Outside a transaction the cursor is held: one snapshot of this kind, while the lease is renewed beside it.
        rows = dataset.of(package.subject_id, since=package.since, until=package.until)
        count = spool.fill(assembly.wire_rows(dataset, rows), lease.progress)
    except Lost:
        raise
    except Exception as error:
        reason = f"{dataset.title} ({dataset.system}) could not be collected: {_sentence(error)}"
        Source.objects.filter(pk=source.pk).update(state=Source.State.FAILED, error=reason[:300])
        raise SourceFailed(reason) from error
    source.state, source.rows, source.searched_at, source.error = Source.State.DONE, count, timezone.now(), ""
    source.first, source.last = assembly.extent(dataset, spool)
    source.save(update_fields=["state", "rows", "first", "last", "searched_at", "error"])
    return spool


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
