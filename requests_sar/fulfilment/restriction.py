"""Restriction (Article 18): the answer puts the pause in force; it ends later, after the person was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from requests_sar import fulfilment, recipients
from requests_sar.casework import NotPossible
from requests_sar.fulfilment import Answers, Fulfilment
from requests_sar.models import Case, Outcome, PauseRequest
from requests_sar.rights import Right
from subjects import datamap, restriction
from subjects.models import Restriction

Decision = PauseRequest.Decision


def opened(case: Case, answers: Answers) -> None:
    """The ground and the words; none where staff wrote it down. Read as another right and back, it keeps them."""
    PauseRequest.objects.get_or_create(
        case=case, defaults={"asked_ground": answers.get("ground", ""), "given": answers.get("given", "")}
    )


def obstacles(case: Case) -> list[str]:
    """A decision has to be written; a no cannot stand beside a pause that is in force for this request."""
    pause = case.pause
    if not pause.decision:
        return ["Decide whether to pause, and how much."]
    if pause.decision == Decision.REFUSED and standing(case):
        return [
            "The pause for this request is in force. Tell the person that it ends, and end it, before you say no."
        ]
    return []


def standing(case: Case) -> list[Restriction]:
    """The pauses in force for this request, of whomever it is about."""
    return list(Restriction.objects.filter(reference=case.reference, lifted_at=None))


def apply(case: Case, by: Any) -> Outcome:
    """Put the pause in force. Raises NotPossible without a decision."""
    pause = PauseRequest.objects.select_for_update().get(case=case)
    if not pause.decision:
        raise NotPossible("Decide whether to pause, and how much.")
    if pause.decision == Decision.REFUSED:
        return Outcome.REFUSED
    restriction.restrict(
        subject=case.subject,
        ground=Restriction.Ground(pause.ground),
        reference=case.reference,
        by=by,
        kinds=pause.kinds,
    )
    recipients.note(
        subject=case.subject, categories=_categories(pause), right=Right.RESTRICTION, by=by, case=case
    )
    return Outcome.GRANTED if is_all(case, pause) else Outcome.PART


def _categories(pause: PauseRequest) -> set[str]:
    """The register's kinds of data that are paused, whose recipients have to be told (Article 19)."""
    return {each.category for each in datamap.datasets() if not pause.kinds or each.key in pause.kinds}


def is_all(case: Case, pause: PauseRequest) -> bool:
    """Whether everything that was asked for is paused."""
    if not pause.kinds:
        return True
    return bool(case.kinds) and set(case.kinds) <= set(pause.kinds)


def letter(case: Case) -> Mapping[str, Any]:
    """What the letter of the answer needs."""
    on_record = [each for each in recipients.of_case(case) if each.given_on is not None]
    return {
        "pause": case.pause,
        "kinds": titles(case.pause.kinds),
        "recipients": recipients.names(on_record),
    }


def titles(kinds: list[str]) -> list[str]:
    """The names of kinds of data."""
    named = {each.key: each.title for each in datamap.datasets()}
    return [named.get(key, key) for key in kinds]


fulfilment.register(Right.RESTRICTION, Fulfilment(apply, opened=opened, obstacles=obstacles, letter=letter))
