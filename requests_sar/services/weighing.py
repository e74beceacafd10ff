"""What an officer decides about a pause (Article 18) and about each use that somebody objects to (Article 21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.audit.trail import Verb
from requests_sar import casework
from requests_sar.casework import NotPossible
from requests_sar.fulfilment import objection
from requests_sar.models import TEXT_LIMIT, Case, Objection, PauseRequest
from requests_sar.rights import Right
from requests_sar.workflow import State
from subjects import restriction
from subjects.models import Restriction

NOT_NOW = "It is decided while the request is in review. Take it up first."


def _locked(case: Case, right: Right, seen: int | None, *states: State) -> Case:
    """The case, locked. Raises NotPossible for another right or state, Stale for an old page."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    if seen is not None and seen != case.version:
        raise casework.Stale
    if case.right != right or case.state not in states:
        raise NotPossible(NOT_NOW)
    return case


def decide_pause(
    *,
    case: Case,
    by: Any,
    decision: str,
    ground: str = "",
    kinds: Sequence[str] = (),
    because: str = "",
    seen: int | None = None,
) -> Case:
    """Write down whether, on which ground and how much is paused. Nothing happens before the answer.

    `kinds`: dataset keys, none for everything. Raises NotPossible for a pause without its ground, and for a no
    without its reasons in words (Article 12(4)).
    """
    because = because.strip()[:TEXT_LIMIT]
    if decision not in PauseRequest.Decision.values:
        raise NotPossible("Choose whether to pause.")
    granted = decision == PauseRequest.Decision.GRANTED
    if granted and ground not in Restriction.Ground.values:
        raise NotPossible("Choose the ground on which it is paused.")
    if not granted and not because:
        raise NotPossible("Say in plain words why you do not pause. The customer reads it.")
    known = {each.key for each in restriction.pausable()}
    if set(kinds) - known:
        raise NotPossible("One of the kinds of data is not known. Tick them again.")
    with transaction.atomic():
        case = _locked(case, Right.RESTRICTION, seen, State.REVIEW)
        PauseRequest.objects.filter(case=case).update(
            decision=decision,
            ground=ground if granted else "",
            kinds=sorted(kinds) if granted else [],
            because=because,
            decided_at=timezone.now(),
            decided_by=by,
        )
        return casework.change(case, Verb.CASE_EDITED, by=by, event="pause-decided", told=decision)


def name_uses(*, case: Case, by: Any, uses: Sequence[str], seen: int | None = None) -> Case:
    """Say which uses they object to, when they asked by phone or letter, or meant more. Marketing stops at once.

    Uses can be added, not taken away. Raises NotPossible when none is new.
    """
    with transaction.atomic():
        case = _locked(case, Right.OBJECTION, seen, State.TRIAGE, State.REVIEW)
        made = objection.add(case, uses, by=by)
        if not made:
            raise NotPossible("Choose a use that does not stand there yet.")
        if case.state == State.REVIEW:
            objection.known(case, by)
        told = " ".join(each.purpose for each in made)
        return casework.change(case, Verb.CASE_EDITED, by=by, event="uses-named", told=told)


def weigh(*, case: Case, by: Any, decisions: Mapping[str, tuple[str, str]], seen: int | None = None) -> Case:
    """Write down what was decided about each use: purpose -> (decision, reasons in words).

    Raises NotPossible for a no to an objection to marketing (Article 21(3): there is none), and for any other no
    without its compelling grounds in words (Article 21(1)).
    """
    for purpose, (decision, because) in decisions.items():
        _allowed(purpose, decision, because)
    with transaction.atomic():
        case = _locked(case, Right.OBJECTION, seen, State.REVIEW)
        rows = {each.purpose: each for each in case.objections.select_for_update()}
        if set(decisions) - set(rows):
            raise NotPossible("They did not object to that. Load the page again.")
        for purpose, (decision, because) in decisions.items():
            Objection.objects.filter(pk=rows[purpose].pk).update(
                decision=decision,
                because=because.strip()[:TEXT_LIMIT],
                decided_at=timezone.now(),
                decided_by=by,
            )
        told = " ".join(f"{purpose}:{decision}" for purpose, (decision, _) in sorted(decisions.items()))
        return casework.change(case, Verb.CASE_EDITED, by=by, event="weighed", told=told)


def _allowed(purpose: str, decision: str, because: str) -> None:
    name = objection.name_of(purpose)
    if decision not in Objection.Decision.values:
        raise NotPossible(f"Decide about “{name}”.")
    if decision == Objection.Decision.UPHELD:
        return
    if objection.is_marketing(purpose):
        raise NotPossible(objection.NEVER)
    if not because.strip():
        raise NotPossible(
            f"Write the compelling grounds on which you go on with “{name}”. The customer reads them word for word."
        )
