"""What a copy says of the searches that colleagues made for its case: places searched, waivers, the files."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from django.utils import timezone

from requests_sar import task_files, vault
from requests_sar.cells import REMOVED_SIGN
from requests_sar.document import Attachment, Row, Searched
from requests_sar.models import Answer, Case, FoundFile, Task
from subjects import datamap

DATASET = "found-by-colleagues"


def kinds_of(case: Case) -> list[str]:
    """The kinds of data a copy for the case is made of; empty: all. What was searched for it is always among them."""
    if not case.kinds or not case.tasks.exists():
        return list(case.kinds)
    return [*(key for key in case.kinds if key != DATASET), DATASET]


def searched(case: Case, looked_for: str) -> Iterator[Searched]:
    """One line of "How we searched" for each place: what was found, or why it was not searched."""
    for task in _told(case):
        yield Searched(
            system=task.title,
            holds=task.holds,
            looked_for=looked_for,
            when=task.ended_at or timezone.now(),
            found=_outcome(task),
        )


def notes(case: Case) -> Iterator[str]:
    """Sentences for the first sheet: the places that were not searched, each with its reason."""
    for task in _told(case):
        if task.state == Task.State.CANCELLED or _cannot(task):
            yield f"“{task.title}”: {_outcome(task)[:1].lower()}{_outcome(task)[1:]}"


def attachments(rows: Iterator[Row], subject_id: Any) -> Iterator[Attachment]:
    """The files that the collected answers name, for the ZIP; where the names were removed, none.

    Raises vault.Unreadable when one is not there.
    """
    at = next(i for i, column in enumerate(datamap.get(DATASET).columns) if column.path == "places")
    lines = [line for row in rows for line in str(row[at] or "").splitlines()]
    places = [line for line in lines if not line.startswith(REMOVED_SIGN)]
    found = FoundFile.objects.filter(pk__in=[_key(place) for place in places], task__subject=subject_id)
    by_place = {each.place: each for each in found.select_related("task")}
    for place in places:
        if place not in by_place:
            raise vault.Unreadable("a file that a colleague found is not there any more")
        each = by_place[place]
        yield Attachment(place, partial(task_files.opened, each), each.size, each.media_type)


def _key(place: str) -> uuid.UUID:
    return uuid.UUID(PurePosixPath(place).stem)


def _told(case: Case) -> Sequence[Task]:
    """Tasks that the person is told of: not those that ended without a decision (a case moved back, another person)."""
    tasks = case.tasks.select_related("answer").order_by("made_at", "title", "pk")
    return [task for task in tasks if task.state != Task.State.CANCELLED or task.because]


def _answer(task: Task) -> Answer | None:
    return getattr(task, "answer", None)


def _cannot(task: Task) -> bool:
    answer = _answer(task)
    return answer is not None and answer.outcome == Answer.Outcome.CANNOT


def _outcome(task: Task) -> str:
    answer = _answer(task)
    if task.state == Task.State.CANCELLED:
        return f"Not searched: {task.because}"
    if answer is None:
        return "Not searched yet: we wait for a colleague"
    if answer.outcome == Answer.Outcome.CANNOT:
        return f"Could not be searched: {answer.words}"
    if answer.outcome == Answer.Outcome.NOTHING:
        return "Nothing found"
    files = len(answer.places.split())
    more = f", with {files} file{'s' if files > 1 else ''}" if files else ""
    return f"Something found{more}: see “{datamap.get(DATASET).title}”"
