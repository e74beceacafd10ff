"""One act on many cases: each in a transaction of its own, with an outcome of its own.

What will work is asked of the very verb, in a transaction that is taken back; so the page before and the act itself
cannot disagree about the rules. A further act is one more line in BULK.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction

from requests_sar import casework, packages, services
from requests_sar.admin.act import Answers
from requests_sar.casework import NotPossible
from requests_sar.models import Case
from requests_sar.staff_forms import AssignForm, ReasonForm

log = logging.getLogger(__name__)
MOST = 200  # cases at once
FAULT = "Something went wrong on our side, and nothing was done about this one. Try it again by itself."


@dataclass(frozen=True, slots=True)
class BulkAct:
    """An act on many. `run` calls the verb of `services` for one case; `trial` are answers to try it with."""

    slug: str
    button: str
    done: str  # "released": what happened to those for which it worked
    run: Callable[[Case, Any, Answers], Case]
    lead: str = ""
    form: type[Any] | None = None
    trial: Callable[[Case, Any], Answers] = lambda case, by: {}
    after: Callable[[list[tuple[Case, Any]], Any, Answers], None] | None = None  # once, for all that worked


@dataclass(slots=True)
class Outcome:
    """What came, or would come, of one case: `why` it did not work, or nothing."""

    case: Case
    why: str = ""
    owner_before: Any = None


@dataclass(slots=True)
class Outcomes:
    """Those for which it works, and the others with the reason for each."""

    done: list[Outcome] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)


def _assign(owner: Callable[[Any, Answers], Any]) -> Callable[[Case, Any, Answers], Case]:
    return lambda case, by, a: services.assign(
        case=case, owner=owner(by, a), by=by, seen=a.get("seen"), tell=False
    )


def _tell(owner: Callable[[Any, Answers], Any]) -> Callable[[list[tuple[Case, Any]], Any, Answers], None]:
    return lambda given, by, a: services.tell_of_assignment(given, owner=owner(by, a), by=by)


BULK: dict[str, BulkAct] = {
    act.slug: act
    for act in (
        BulkAct(
            "assign",
            "Give to somebody",
            "given",
            _assign(lambda by, a: a["owner"]),
            "They get one e-mail about all of them, and so do those who had them.",
            AssignForm,
            lambda case, by: {"owner": None if case.owner else by},
            _tell(lambda by, a: a["owner"]),
        ),
        BulkAct(
            "assign_to_me",
            "Take over",
            "taken over by you",
            _assign(lambda by, a: by),
            after=_tell(lambda by, a: by),
        ),
        BulkAct(
            "reviewed",
            "Mark as reviewed",
            "marked as reviewed",
            lambda case, by, a: services.mark_reviewed(case=case, by=by, seen=a.get("seen")),
            "You say that you have looked through each of these copies, and that they are right.",
        ),
        BulkAct(
            "release",
            "Release to the customers",
            "released",
            lambda case, by, a: services.release(case=case, by=by, seen=a.get("seen")),
            "Each customer is told that the copy is ready. Late ones need a reason: release those on their own page.",
        ),
        BulkAct(
            "approve",
            "Approve the plans",
            "approved",
            lambda case, by, a: services.approve(case=case, by=by, seen=a.get("seen")),
            "The portal carries out what each plan says. You say that you have read each of them.",
        ),
        BulkAct(
            "collect-again",
            "Collect again",
            "being collected again",
            lambda case, by, a: services.collect_again(case=case, by=by, seen=a.get("seen")),
            "The old copies are destroyed, and have to be reviewed again.",
        ),
        BulkAct(
            "remind",
            "Remind the customers",
            "reminded",
            lambda case, by, a: services.remind(case=case, by=by, seen=a.get("seen")),
            "Each gets an e-mail about what we still wait for, once a day at most.",
        ),
        BulkAct(
            "move-back",
            "Move back to triage",
            "moved back to triage",
            lambda case, by, a: services.move_back(case=case, by=by, reason=a["reason"], seen=a.get("seen")),
            "Work under way stops and files are destroyed.",
            ReasonForm,
            lambda case, by: {"reason": "to see whether it would work"},
        ),
    )
}


class _Undo(Exception):
    """Ends a rehearsal."""


def rehearse(act: BulkAct, cases: Iterable[Case], by: Any) -> Outcomes:
    """What would happen to each case. Nothing stays: rows, history, trail and e-mails are taken back."""
    found = Outcomes()
    for case in cases:
        tried = copy.copy(case)  # a verb brings its case up to date, here with what is then taken back
        why = _one(act, tried, by, act.trial(case, by), keep=False)[1]
        (found.refused if why else found.done).append(Outcome(case, why))
    return found


def perform(act: BulkAct, chosen: Iterable[tuple[UUID, int]], by: Any, answers: Answers) -> Outcomes:
    """Do it to each case (its key and the version that the page showed), whatever becomes of the others."""
    chosen = list(chosen)
    rows = Case.objects.select_related("owner", "subject").in_bulk([key for key, _ in chosen])
    found = Outcomes()
    for key, seen in chosen:
        case = rows.get(key)
        if case is None:  # disposed of in between
            continue
        before = case.owner
        after, why = _one(act, case, by, {**answers, "seen": seen}, keep=True)
        (found.refused if why else found.done).append(Outcome(after, why, before))
    if act.after and found.done:
        with transaction.atomic():
            act.after([(each.case, each.owner_before) for each in found.done], by, answers)
    return found


def _one(act: BulkAct, case: Case, by: Any, answers: Answers, *, keep: bool) -> tuple[Case, str]:
    """Try one: the case as it is then, and why it did not work."""
    try:
        with transaction.atomic():
            casework.check_seen(case, answers.get("seen"))
            after = act.run(case, by, answers)
            if not keep:
                raise _Undo
    except _Undo:
        return case, ""
    except (NotPossible, packages.Refused) as sentence:
        return case, str(sentence)
    except DatabaseError:
        log.exception("a bulk act (%s) failed for one case", act.slug)
        return case, FAULT
    return after, ""
