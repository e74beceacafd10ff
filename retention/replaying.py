"""After a restore: doing again what was disposed of since the backup, from the journal.

The database knows the last line of the journal that it contains (`JournalHead`); everything behind it happened after
the backup was taken. Each line is one transaction that does the act and moves that mark, so a replay that is cut off
goes on where it was, and a second one finds nothing to do.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from consent import agreements
from consent.models import Suppression
from portal.audit import trail
from portal.audit.trail import Verb
from retention import ending, journal
from retention.journal import Kind, Line, Problem
from retention.models import Action, Disposal, JournalEntry, JournalHead
from subjects import datamap, traces
from subjects.indexing import reindex
from subjects.models import Subject
from subjects.traces import Erased

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Report:
    """What a replay did."""

    lines: int = 0
    records: int = 0  # disposed of once more
    absent: int = 0  # not in the backup, or gone already
    people: int = 0  # whose traces were cleared and whose rest was locked
    suppressed: int = 0
    by_dataset: dict[str, int] = field(default_factory=dict)


def folder(root: Path | None = None) -> tuple[JournalHead, Path]:
    """The mark of this database and the folder of its journal. Raises Problem when there is none."""
    head, _ = JournalHead.objects.get_or_create(pk=1)
    root = root or settings.DISPOSAL_JOURNAL
    for place in (root / str(head.folder), root):
        if journal.segments(place):
            return head, place
    raise Problem(
        f"There is no journal of this database in {root}. Name the folder that was DISPOSAL_JOURNAL with --journal."
    )


def waiting() -> int:
    """How many lines the journal is ahead of this database: more than none after a restore. 0 without a journal.

    Only reading, and cheap while they agree. Lines that an export is writing just now are no sign of a restore.
    """
    head = JournalHead.objects.filter(pk=1).first()
    if head is None:
        return 0
    place = journal.folder_of(head)
    try:
        end = journal.last(place)
        if end is None or end["n"] <= head.number:
            return 0
        marks = [line["mark"] for line in journal.lines(place, after=head.number)]
    except (Problem, OSError):
        return 0  # the export says in the log what is wrong with it
    known = JournalEntry.objects.filter(mark__in=marks).count()
    moved_on = not JournalHead.objects.filter(pk=1, number=head.number).exists()
    return 0 if moved_on else len(marks) - known


def replay(root: Path | None = None, *, by: Any, say: Callable[[str], None] = lambda words: None) -> Report:
    """Do again what the journal has and the database has not. Raises Problem, with nothing done, if it is damaged."""
    head, place = folder(root)
    _known(head, place)
    if place.name != str(head.folder):  # named by hand: from now on the journal goes on there
        JournalHead.objects.filter(pk=head.pk).update(folder=_name(place))
    count = sum(1 for _ in journal.lines(place, after=head.number))  # all of it is sound, or nothing is done
    report = Report()
    if not count:
        return report
    disposal = _disposal(head.number + 1)
    for line in journal.lines(place, after=head.number):
        _again(disposal, line, report)
        if report.lines % 500 == 0:
            say(f"{report.lines:,} of {count:,} lines")
    ending.sweep_files(disposal)
    with transaction.atomic():
        Disposal.objects.filter(pk=disposal.pk).update(
            state=Disposal.State.DONE, finished_at=timezone.now(), claim=None, claimed_until=None
        )
        counts = f"{report.lines} lines, {report.records} records, {report.absent} absent"
        trail.record(Verb.DISPOSAL_REPLAYED, by=by, target=f"disposal:{disposal.reference}", reason=counts)
    return report


def _known(head: JournalHead, place: Path) -> None:
    """The line that the database ends with has to be in this journal, as it is."""
    if not head.number:
        return
    here = next(journal.lines(place, after=head.number - 1), None)
    if here is None:
        raise Problem(
            f"The journal ends before line {head.number}, which this database knows. Put its files back."
        )
    if here["digest"] != head.digest:
        raise Problem(
            "This is the journal of another database: its lines are not the ones this database knows."
        )


def _name(place: Path) -> uuid.UUID:
    try:
        return uuid.UUID(place.name)
    except ValueError:
        raise Problem(
            f"{place} is not the folder of one journal. Name one of the folders in it with --journal."
        ) from None


def _disposal(first: int) -> Disposal:
    """What the files and the append-only tables ask for: a plan under way, claimed by this replay."""
    disposal, _ = Disposal.objects.update_or_create(
        reference=f"REPLAY-{first}",
        defaults={
            "as_of": timezone.localdate(),
            "state": Disposal.State.RUNNING,
            "claim": uuid.uuid4(),
            "claimed_until": timezone.now() + dt.timedelta(days=1),
            "started_at": timezone.now(),
        },
    )
    return disposal


def _again(disposal: Disposal, line: Line, report: Report) -> None:
    """One line: its act, the mark of the database, in one transaction."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('portal.disposal', %s, true)", [str(disposal.pk)])
            cursor.execute("SELECT set_config('portal.replay', 'on', true)")
        _ACTS[Kind(line["kind"])](disposal, line, report)
        JournalEntry.objects.filter(mark=line["mark"]).delete()  # it waited when the backup was taken
        JournalHead.objects.filter(pk=1).update(number=line["n"], digest=line["digest"])
    report.lines += 1


def _batch(disposal: Disposal, line: Line, report: Report) -> None:
    try:
        dataset = datamap.get(line["dataset"])
    except KeyError:
        raise Problem(
            f"Line {line['n']} is about {line['dataset']!r}, a kind of data that this version does not know. Run the "
            "replay with the version that wrote it, then update."
        ) from None
    everything = dataset.model_class._default_manager.all()
    done = len(ending.end(dataset, Action(line["action"]), everything, line["keys"], disposal))
    report.records += done
    report.absent += len(line["keys"]) - done
    report.by_dataset[dataset.title] = report.by_dataset.get(dataset.title, 0) + done
    if line["top"]:
        _never_again(dataset.model_class, line["top"])


def _never_again(model: Any, top: int) -> None:
    """Numbers given out before the loss are not given out again: a later replay would meet others' records."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(seq::regclass, greatest(%s, coalesce(pg_sequence_last_value(seq::regclass), 1))) "
            "FROM pg_get_serial_sequence(%s, %s) AS seq WHERE seq IS NOT NULL",
            [top, connection.ops.quote_name(model._meta.db_table), model._meta.pk.column],
        )


def _marketing(disposal: Disposal, line: Line, report: Report) -> None:
    for subject in Subject.objects.filter(pk__in=line["keys"]):
        at = dt.datetime.fromisoformat(line["at"])  # the proof of the choice is kept from then, not from now
        agreements.withdraw_all(subject=subject, how="erasure", by=None, at=at)


def _traces(disposal: Disposal, line: Line, report: Report) -> None:
    for subject in Subject.objects.filter(pk__in=line["keys"]):
        erased = Erased(subject, line["run"])
        for trace in traces.traces():
            trace.clear(erased, lambda name, value: ending.write_down(disposal, name, [value]))
        report.people += 1


def _finished(disposal: Disposal, line: Line, report: Report) -> None:
    if line["action"] == "lock":
        at = dt.datetime.fromisoformat(line["at"])
        Subject.objects.filter(pk__in=line["keys"], locked_at=None).update(locked_at=at)
    reindex(list(Subject.objects.filter(pk__in=line["keys"]).values_list("pk", flat=True)))


def _suppressed(disposal: Disposal, line: Line, report: Report) -> None:
    at = dt.datetime.fromisoformat(line["at"])
    for code in line["keys"]:
        row = {"digest": code, "lifted_at": None, **_list(line)}
        report.suppressed += Suppression.objects.get_or_create(**row, defaults={"created_at": at})[1]


def _unsuppressed(disposal: Disposal, line: Line, report: Report) -> None:
    at = dt.datetime.fromisoformat(line["at"])
    standing = Suppression.objects.filter(digest__in=line["keys"], lifted_at=None, **_list(line))
    standing.update(lifted_at=at)


def _list(line: Line) -> dict[str, str]:
    """Which do-not-contact list; lines from before there were several mean that of e-mail, for all marketing."""
    return {"purpose": line["dataset"], "channel": line["action"] or "email"}


_ACTS: dict[Kind, Callable[[Disposal, Line, Report], None]] = {
    Kind.BATCH: _batch,
    Kind.MARKETING: _marketing,
    Kind.TRACES: _traces,
    Kind.FINISHED: _finished,
    Kind.SUPPRESSED: _suppressed,
    Kind.UNSUPPRESSED: _unsuppressed,
}
