"""One batch of a run over everybody: the statement that does the work looks once more at what is due and held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from consent import suppression
from retention import due, ending, holds, journal
from retention.certificates import Ahead
from retention.models import Disposal, Line, Reason
from subjects import datamap, traces
from subjects.datamap import Dataset
from subjects.indexing import reindex
from subjects.models import Subject
from subjects.traces import Erased

LEDGER = "consent.ConsentEvent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a batch: the keys that something was done to, how many stayed and why, how many were gone."""

    done: list[str]
    skipped: Counter[str] = field(default_factory=Counter)
    missing: int = 0


def take(disposal: Disposal, line: Line, keys: Sequence[str], ahead: Ahead) -> Outcome:
    """Do to these records what the line says, as far as they are still due and nothing stands against it.

    In the caller's transaction, which holds `holds.stand_still`. Rows that somebody else is changing are waited for.
    ahead: of the same keys; begun here.
    """
    dataset = datamap.get(line.dataset)
    rows = _now(disposal, line, dataset)
    if rows is None:
        return _rest(disposal, line, dataset, keys, [])
    ready = holds.free(rows, dataset)
    people = _with_them(disposal, dataset, ending.between(ready, keys))
    done = ending.end(dataset, line.action, ready, keys, disposal, ascending=True, meanwhile=ahead.begin)
    if people:
        reindex(people)
    return _rest(disposal, line, dataset, keys, done)


def _now(disposal: Disposal, line: Line, dataset: Dataset) -> QuerySet | None:
    """What is due now, by the rule of the line."""
    for each in due.of(dataset, disposal.as_of):
        if each.standing == line.standing:
            return each.rows
    return None


def _with_them(disposal: Disposal, dataset: Dataset, ready: QuerySet) -> list:
    """What goes along: with a person their copies and search keys; with the ledger the addresses, as codes."""
    if dataset.model_class is Subject:
        people = list(ready.select_for_update(of=("self",)))
        for person in people:
            erased = Erased(person, disposal.reference)
            for trace in traces.traces():
                trace.clear(erased, lambda name, value: ending.write_down(disposal, name, [value]))
        keys = [str(person.pk) for person in people]
        journal.note(disposal, journal.Kind.TRACES, keys=keys)
        journal.note(disposal, journal.Kind.FINISHED, keys=keys)
        return [person.pk for person in people]
    if dataset.model_class._meta.label == LEDGER:
        known = ready.order_by().values_list("subject__email", "subject__second_email", "address").distinct()
        for addresses in known:
            suppression.add([each for each in addresses if each], by=None, reference=disposal.reference)
    return []


def _rest(disposal: Disposal, line: Line, dataset: Dataset, keys: Sequence[str], done: list[str]) -> Outcome:
    """What became of the keys that nothing was done to."""
    if len(done) == len(keys):
        return Outcome(done)
    left = sorted(set(keys) - set(done))
    there = ending.among(due.present(dataset, line.action), left)
    held = dict(there.annotate(held=holds.why(dataset)).values_list("pk", "held"))
    skipped = Counter(why or str(Reason.NOT_DUE) for why in held.values())
    return Outcome(done, skipped, len(left) - len(held))
