"""An import as its page shows it: status, progress, samples of the file. Reads only; decides nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from django.utils import timezone

from subjects.importing.engine import BUSY
from subjects.importing.problems import Unreadable, shortened
from subjects.importing.readers import open_table
from subjects.models import ImportBatch, ImportChange

State = ImportBatch.State
TONES = {
    State.UPLOADED: "act",
    State.CHECKING: "info",
    State.CHECKED: "act",
    State.APPLYING: "info",
    State.APPLIED: "ok",
    State.UNDOING: "info",
    State.UNDONE: "done",
    State.FAILED: "late",
}
_SENTENCES = {
    State.CHECKING: "Checking the file. Nothing is imported yet",
    State.APPLYING: "Importing",
    State.UNDOING: "Undoing the import",
}
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One line under the progress bar."""

    state: str  # done, now, next
    said: str  # the same for a screen reader
    name: str
    count: str


@dataclass(frozen=True, slots=True)
class Job:
    """Long work, as `components/_progress.html` shows it."""

    poll: str
    step: str
    done: int
    total: int
    sentence: str
    elapsed: str
    remaining: str
    steps: list[Step]
    working: bool = True

    def as_json(self) -> dict[str, Any]:
        """For the script that asks again."""
        return asdict(self)


def job(batch: ImportBatch, poll: str, now: dt.datetime | None = None) -> Job | None:
    """The work in progress; None when there is nothing to wait for."""
    if batch.state not in BUSY:
        return None
    now = now or timezone.now()
    seconds = max(0, int((now - batch.started_at).total_seconds())) if batch.started_at else 0
    begun = bool(batch.claimed_until or batch.rows_done)
    total = _total(batch)
    return Job(
        poll=poll,
        step=batch.state if begun else "waiting",
        done=batch.rows_done,
        total=total,
        sentence=_SENTENCES[State(batch.state)] if begun else "Waiting for a free place. It starts by itself",
        elapsed=_elapsed(batch, total, seconds) if begun else "",
        remaining=_remaining(batch.rows_done, total, seconds),
        steps=_steps(batch),
    )


def _total(batch: ImportBatch) -> int:
    """How many there will be; 0 while a first check has not yet counted them."""
    if batch.state == State.UNDOING:
        return batch.rows_done + ImportChange.objects.filter(batch=batch, kept="").count()
    return batch.rows_total if batch.state == State.APPLYING else 0


def _elapsed(batch: ImportBatch, total: int, seconds: int) -> str:
    what = "changes" if batch.state == State.UNDOING else "rows"
    of = f" of {total:,}" if total else ""
    return f"{batch.rows_done:,}{of} {what}. {_length(seconds)} so far"


def _remaining(done: int, total: int, seconds: int) -> str:
    """A guess, but only after five seconds: earlier ones are wild."""
    if seconds < 5 or not done or done >= total:
        return ""
    return f"about {_length(max(1, round(seconds * (total - done) / done)))} left"


def _length(seconds: int) -> str:
    count, word = (seconds, "second") if seconds < 90 else (round(seconds / 60), "minute")
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _steps(batch: ImportBatch) -> list[Step]:
    """What has become of the rows so far."""
    if batch.state == State.UNDOING:
        return []
    names = {"new": "New", "changed": "Changed", "same": "The same", "refused": "Refused"}
    return [Step("now", "", words, f"{getattr(batch, name):,}") for name, words in names.items()]


def samples(batch: ImportBatch) -> dict[str, str]:
    """The first values of each column of the file, for the one who says what they are."""
    found: dict[str, list[str]] = {name: [] for name in batch.options.get("columns", [])}
    try:
        with batch.file.open("rb") as file:
            table = open_table(file, sheet=batch.options.get("sheet", ""))
            for _, cells in islice(table.rows(), _SAMPLES):
                if len(cells) == len(table.columns):
                    for name, cell in zip(table.columns, cells, strict=True):
                        found[name].append("" if cell is None else shortened(cell, longest=30))
    except (Unreadable, OSError):
        pass  # what is wrong with the file is said by the check
    return {name: "; ".join(value for value in values if value) for name, values in found.items()}


def kept(batch: ImportBatch, *, most: int | None = None) -> list[dict[str, str]]:
    """What an undo left as it was: number of the row, kind, reason."""
    rows = ImportChange.objects.filter(batch=batch).exclude(kept="").order_by("pk")
    found = rows.values_list("model", "key", "kept")
    return [
        {"kind": model.split(".")[1], "key": key, "reason": reason}
        for model, key, reason in (found[:most] if most else found.iterator())
    ]
