"""What an officer does with the plan of an erasure: decide each kind, see what would go, look again, try again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal import queue
from portal.audit.trail import Verb
from requests_sar import casework, leaving, tasks
from requests_sar.casework import NotPossible
from requests_sar.fulfilment.erasure import plan_of
from requests_sar.models import Case, Erasure
from requests_sar.rights import Right
from requests_sar.workflow import State
from retention import disposal, working
from retention.models import Disposal


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one line of the plan."""

    line: int
    decision: str
    reason: str = ""
    override: bool = False


def plan(case: Case) -> Disposal:
    """The plan. Raises NotPossible before the request is taken up."""
    found = plan_of(case)
    if found is None:
        raise NotPossible("There is no plan yet. Take the request up.")
    return found


def decide(*, case: Case, by: Any, choices: Sequence[Choice], seen: int | None = None) -> None:
    """Decide lines of the plan, all or none. Raises NotPossible with what is missing, kind by kind."""
    if seen is not None and seen != case.version:
        raise casework.Stale
    _decidable(case)
    lines = {line.pk: line for line in plan(case).lines.all()}
    with transaction.atomic():
        for choice in choices:
            if choice.line not in lines:
                raise NotPossible("The plan was made anew meanwhile. Look at it as it is now.")
            line = lines[choice.line]
            try:
                disposal.decide(
                    line=line,
                    by=by,
                    decision=choice.decision,
                    reason=choice.reason,
                    override=choice.override,
                )
            except disposal.Refused as sentence:
                raise Undecided(choice.line, str(sentence)) from sentence


class Undecided(NotPossible):
    """One line cannot be decided like this; `line` says which."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def dry_run(*, case: Case, by: Any) -> Disposal:
    """Look at the records as they are now, and list each one that would go. Nothing is changed by it."""
    _decidable(case)
    assert case.subject is not None
    try:
        return disposal.freeze(disposal=plan(case), by=by, spare=leaving.spared(case.subject))
    except disposal.Refused as sentence:
        raise NotPossible(str(sentence)) from sentence


def _decidable(case: Case) -> None:
    if case.state != State.REVIEW or case.subject_id is None:
        raise NotPossible("The request is not being decided: take it up first.")


def try_again(*, case: Case, by: Any) -> None:
    """What failed is tried again; what was done stays done. Raises NotPossible when nothing failed."""
    with transaction.atomic():
        if not working.retry(disposal=plan(case), by=by):
            raise NotPossible("It did not stop by a fault, so there is nothing to try again.")
        casework.note(case, "carry-on", by=by)
        queue.enqueue(tasks.carry_out, str(case.pk))


def follow_up(*, case: Case, by: Any, on: dt.date | None) -> None:
    """Say when somebody looks again at what had to stay; None: not any more. Raises NotPossible for a past day."""
    if case.right != Right.ERASURE or case.state not in {State.REVIEW, State.CLOSED}:
        raise NotPossible("Only an erasure that is being decided, or is carried out, is looked at again.")
    if on is not None and on <= timezone.localdate():
        raise NotPossible("Choose a day in the future.")
    with transaction.atomic():
        Erasure.objects.update_or_create(case=case, defaults={"follow_up_on": on})
        casework.change(
            case, Verb.CASE_EDITED, by=by, event="follow-up", told=on.isoformat() if on else "none"
        )
