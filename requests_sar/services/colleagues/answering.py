"""Answering a search, correcting the answer, and asking again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import casework, task_files, task_links, task_rules
from requests_sar.casework import NotPossible
from requests_sar.models import TEXT_LIMIT, Answer, Case, FoundFile, Task, TaskLink
from requests_sar.services.colleagues.shared import BY_LINK, changed, ended, locked
from requests_sar.task_files import Upload
from requests_sar.task_mail import tell
from requests_sar.workflow import OPEN

USUAL_DAYS = 7  # to answer once more


def answer(
    *,
    task: Task,
    by: User | TaskLink,
    outcome: str,
    words: str = "",
    uploads: Sequence[Upload] = (),
    take_out: Iterable[uuid.UUID] = (),
    seen: int | None = None,
) -> Task:
    """Say what was found, or correct what was said. A correction is possible until the copy is reviewed.

    Raises NotPossible with a sentence, Stale when somebody else was first; `by` a link that has ended: NotPossible.
    """
    words = words.strip()
    with transaction.atomic():
        task = locked(task, seen=seen)
        if isinstance(by, TaskLink):
            by = TaskLink.objects.get(pk=by.pk)
            by.task = task
        _must_take_answer(task, by)
        kept = _kept_files(task, outcome, take_out)
        _must_say_enough(outcome, words, kept + len(uploads))
        task_files.seal(task, uploads)
        _write_answer(task, by, outcome, words)
        task_links.end(task)
        who = BY_LINK if isinstance(by, TaskLink) else by
        casework.note(task.case, "task-answered", by=who, reason=task.title)
        code = Answer.Outcome(outcome).name.lower()
        trail.record(
            Verb.TASK_ANSWERED, by=who, target=f"task:{task.pk}", reason=f"{task.case.reference} {code}"
        )
    return task


def _must_take_answer(task: Task, by: User | TaskLink) -> None:
    if isinstance(by, TaskLink) and not task_links.is_live(by):
        raise NotPossible("This link has stopped working.")
    if task_links.may_answer(task):
        return
    if task.state == Task.State.ANSWERED and task.case.state in OPEN:
        raise NotPossible("The copy has been reviewed, so the answer cannot be changed. Ask again instead.")
    raise NotPossible("This search is not needed any more, so it takes no answer.")


def _kept_files(task: Task, outcome: str, take_out: Iterable[uuid.UUID]) -> int:
    """Take files out: the ones named, or all when nothing was found. Returns how many are left."""
    there = task.files.filter(removed_at=None)
    going = there.filter(pk__in=list(take_out)) if outcome == Answer.Outcome.FOUND else there
    going.update(removed_at=timezone.now())
    return FoundFile.objects.filter(task=task, removed_at=None).count()


def _must_say_enough(outcome: str, words: str, files: int) -> None:
    if outcome not in Answer.Outcome.values:
        raise NotPossible("Say whether you found something.")
    if outcome == Answer.Outcome.FOUND and not words and not files:
        raise NotPossible("Say what you found, or add the files.")
    if outcome == Answer.Outcome.CANNOT and not words:
        raise NotPossible("Say why you cannot search there. The person reads it.")
    if files > task_files.MOST_FILES:
        raise NotPossible(
            f"There can be {task_files.MOST_FILES} files. Take some out, or put several in one PDF."
        )


def _write_answer(task: Task, by: User | TaskLink, outcome: str, words: str) -> None:
    now = timezone.now()
    places = "\n".join(each.place for each in task.files.filter(removed_at=None))
    link = isinstance(by, TaskLink)
    Answer.objects.update_or_create(
        task=task,
        defaults={
            "outcome": outcome,
            "words": words,
            "places": places,
            "at": now,
            "by": None if link else by,
            "by_email": by.to if isinstance(by, TaskLink) else "",
        },
    )
    ended(task, Task.State.ANSWERED)


def ask_again(
    *, task: Task, by: Any, why: str, due_on: dt.date | None = None, seen: int | None = None
) -> Task:
    """The answer is not enough: open the search again. What was answered stands below what is asked now."""
    if not why.strip():
        raise NotPossible("Say what is missing.")
    with transaction.atomic():
        task = locked(task, seen=seen)
        if task.state != Task.State.ANSWERED or task.case.state not in task_links.SEARCHED_IN:
            raise NotPossible(
                "Only an answered search of a request in collection or review can be asked for again."
            )
        _open_again(task, by=by, why=why.strip(), due_on=due_on)
    return task


def _open_again(task: Task, *, by: Any, why: str, due_on: dt.date | None = None) -> None:
    today, legal = timezone.localdate(), task.case.due_on
    if due_on and not task_rules.fits(due_on, today, legal):
        raise NotPossible("The search must be due before the answer itself is, and not in the past.")
    before = task.answer
    said = f"Answered before: {before.get_outcome_display()}. {before.words}".strip()
    task.ask = f"{why}\n\n{task.ask}\n\n{said}"[:TEXT_LIMIT]
    task.due_on = due_on or task_rules.due(today, USUAL_DAYS, legal)
    task.state, task.ended_at = Task.State.WAITING, None
    task.reminded_for, task.chased, task.chased_on = None, 0, None
    task.version += 1
    task.save()
    before.delete()
    changed(task.case)
    casework.note(task.case, "task-asked-again", by=by, reason=task.title)
    trail.record(Verb.TASK_REOPENED, by=by, target=f"task:{task.pk}", reason=task.case.reference)
    tell(task, "again")


def ask_for_lost(case: Case, *, by: Any) -> None:
    """A copy is made again after the files that were found were destroyed: those searches are asked for again."""
    lost = case.tasks.filter(
        state=Task.State.ANSWERED, files_gone_at__isnull=False, answer__outcome=Answer.Outcome.FOUND
    )
    for task in lost.select_related("case", "answer", "assignee"):
        _open_again(task, by=by, why="The files that you found have been destroyed. We need them again.")
