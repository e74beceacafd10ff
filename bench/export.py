"""A whole package for one person with many records, beside COPY of the same rows to CSV, deflated.

The records are support calls: ten columns, the widest kind there is. "Whole package" is what the worker does from
the start of its task: collect, write the spreadsheet, the bundle, the web page and the letter, seal all of them.
"""

from __future__ import annotations

import os
import time
import uuid
import zlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from bench import measure
from bench.measure import Result

SIZES = tuple(int(n) for n in os.environ.get("SIZES", "1000,10000,100000,1000000").split(","))
COLUMNS = "started_at, channel, issue, duration_s, resolution, status, agent, charge, staff_note, source_key"


def _fill(n: int) -> str:
    """A subject with n support calls; returns its id."""
    from django.db import connection

    from subjects.models import Subject

    subject = Subject.objects.create(source_key=f"bench-{uuid.uuid4()}", full_name="Bench Person")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO subjects_supportcall
                (subject_id, source_key, started_at, channel, issue, duration_s, resolution, status, agent, staff_note,
                 charge)
            SELECT %s, 'bench-' || %s || '-' || i, timestamptz '2019-01-01' + i * interval '4 minutes', 'phone',
                   'The printer on floor ' || i %% 9 || ' shows error ' || i || ' after the update', i %% 3600,
                   'Drivers installed again, test page printed, customer content', 'resolved',
                   'Agent ' || i %% 40, 'Called back on the second try, see ticket ' || i, (i %% 200) + 0.5
            FROM generate_series(1, %s) AS i
            """,
            [subject.pk, str(subject.pk)[:8], n],
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE subjects_supportcall")
    return str(subject.pk)


def _limit(subject_id: str) -> dict[str, Any]:
    """COPY the same rows to CSV and deflate them: about the least anybody could do."""
    from django.db import connection

    packer, size = zlib.compressobj(6), 0

    class Sink:
        def write(self, data: bytes) -> None:
            nonlocal size
            size += len(packer.compress(data))

    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY (SELECT {COLUMNS} FROM subjects_supportcall WHERE subject_id = '{uuid.UUID(subject_id)}'"
            " ORDER BY started_at, id) TO STDOUT WITH (FORMAT csv, HEADER)",
            Sink(),
        )
    return {"bytes": size + len(packer.flush())}


def _package(package_id: str) -> dict[str, Any]:
    """What the worker does, step by step timed."""
    from requests_sar import collection, packages

    steps: list[tuple[str, float]] = []
    lease = packages.claim(package_id)
    assert lease is not None
    plain = lease.step
    lease.step = lambda words, **more: (steps.append((words, time.perf_counter())), plain(words, **more))[1]  # type: ignore[method-assign]
    collection.run(lease)
    steps.append(("end", time.perf_counter()))
    names = (
        "Collecting",
        "Writing the spreadsheet",
        "Writing the files",
        "Writing the web",
        "Writing the letter",
    )
    spent = dict.fromkeys(names, 0.0)
    for (words, began), (_, ended) in pairwise(steps):
        spent[next(name for name in names if words.startswith(name))] += ended - began
    return {"where": {name.replace("Writing the ", "").lower(): round(s, 2) for name, s in spent.items()}}


def run() -> Iterable[Result]:
    """Each size: seconds of a whole package and of the limit, peak memory, rows a second, where the time went."""
    from requests_sar import packages, vault
    from requests_sar.models import File, Package, Source
    from subjects.models import Subject, SupportCall

    for n in SIZES:
        subject_id = _fill(n)
        subject = Subject.objects.get(pk=subject_id)
        limit = min(measure.in_child(_limit, subject_id)["seconds"] for _ in range(2))
        package = packages.ask(subject=subject, by=None, purpose="bench")
        made = measure.in_child(_package, str(package.pk))
        package.refresh_from_db()
        assert package.state == Package.State.READY, package.error
        sizes = {file.kind: round(file.size / 1e6, 1) for file in File.objects.filter(package=package)}
        yield Result(
            n,
            made["seconds"],
            limit,
            made["peak_mb"],
            {"rows_a_second": round(n / made["seconds"]), **made["where"], "workbook_mb": sizes["workbook"]},
        )
        vault.destroy(packages.folder(package))
        Source.objects.filter(package=package).delete()
        Package.objects.filter(pk=package.pk).delete()
        SupportCall.objects.filter(subject_id=subject_id)._raw_delete("default")
        Subject.objects.filter(pk=subject_id).delete()
