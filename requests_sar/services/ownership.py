"""Who works on a case: giving it to somebody, and telling both people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from portal.audit.trail import Verb
from requests_sar import casework, emails
from requests_sar.casework import NotPossible
from requests_sar.models import Case
from requests_sar.workflow import ENDED


def assign(*, case: Case, owner: Any, by: Any, seen: int | None = None, tell: bool = True) -> Case:
    """Give the case to a member of staff, or to nobody. Both who have it now and who had it are told, unless they did
    it themselves. Raises NotPossible when it has ended, or is theirs already.

    `tell=False`: the caller tells them, about several at once (`tell_of_assignment`).
    """
    if case.state in ENDED:
        raise NotPossible("It has ended, so nobody has to work on it.")
    if case.owner_id == (owner.pk if owner else None):
        raise NotPossible(f"{owner.get_short_name()} has it already." if owner else "Nobody has it already.")
    before = case.owner
    with transaction.atomic():
        case = casework.change(
            case,
            Verb.CASE_ASSIGNED,
            by=by,
            event="assigned",
            reason=f"staff:{owner.pk}" if owner else "",
            seen=seen,
            owner=owner,
        )
        if tell:
            tell_of_assignment([(case, before)], owner=owner, by=by)
    return case


def tell_of_assignment(given: Sequence[tuple[Case, Any]], *, owner: Any, by: Any) -> None:
    """One e-mail to whoever has these cases now, and one to each who had some (`given`: case and owner before)."""
    lost: dict[Any, list[Case]] = {}
    for case, before in given:
        if before is not None:
            lost.setdefault(before, []).append(case)
    if owner is not None and given and owner != by:
        emails.assigned([case for case, _ in given], to=owner, owner=owner, by=by)
    for before, cases in lost.items():
        if before.is_active and before != by:
            emails.assigned(cases, to=before, owner=owner, by=by)
