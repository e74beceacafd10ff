"""Whether a copy is right: who may say so, and what stands in the way."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.powers import POWERS, Power
from portal.audit.trail import Verb
from requests_sar import casework, redactions
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Package, Redaction
from requests_sar.services.copies import current_package
from requests_sar.workflow import State


def preparers(case: Case) -> set[int]:
    """Staff who prepared the copy: who accepted the request, and who removed something or put it back."""
    accepted = case.history.filter(event="accept").values_list("actor", flat=True)
    found = {int(actor.removeprefix("staff:")) for actor in accepted if actor.startswith("staff:")}
    for by, undone_by in Redaction.objects.filter(case=case).values_list("by", "undone_by"):
        found |= {pk for pk in (by, undone_by) if pk}
    return found


def reviewers(case: Case) -> list[User]:
    """Colleagues who may review this copy: they may work on cases, and did not prepare it."""
    roles = [role for role, powers in POWERS.items() if Power.WORK_CASES in powers]
    return list(User.objects.filter(role__in=roles, is_active=True).exclude(pk__in=preparers(case)))


def reviews_alone(case: Case, by: Any) -> bool:
    """Whether this person would review their own work, which needs a reason on the record."""
    return by is not None and by.pk in preparers(case)


def why_not_reviewed_by(case: Case, by: Any) -> str:
    """Why this person may not review the copy, as a sentence; empty when they may (or, alone, with a reason)."""
    if not settings.REVIEW_BY_TWO or not reviews_alone(case, by):
        return ""
    others = [user.get_short_name() for user in reviewers(case)]
    if not others:  # a firm of one: the reason on the record stands in for the second person
        return ""
    return f"You prepared this copy, so somebody else has to review it: {', '.join(others[:5])}."


def redaction_obstacles(case: Case, package: Package | None) -> list[str]:
    """What is wrong between the finished files and what was removed, as sentences."""
    if package is None or package.state != Package.State.READY:
        return []
    standing = redactions.standing(case, package)
    found = [
        f"R{row.number} met nothing to remove in {_where(row)}: the data have changed. Look at it, and undo it or "
        "remove what stands there now."
        for row in standing.lost[:5]
    ]
    if standing.changed:
        found.append(
            "What is removed has changed since the files were made. Collect again to make them anew."
        )
    return found


def _where(row: Redaction) -> str:
    return f"“{redactions.title(row)}”, {redactions.handle(row)}" if row.dataset else "any record"


def mark_reviewed(*, case: Case, by: Any, alone: str = "", seen: int | None = None) -> Case:
    """The copy was looked through. `alone`: why the one who prepared it reviews it too.

    Raises NotPossible unless the files are there and hold what they should, and for a preparer when somebody else
    could do it or no reason is given.
    """
    package = current_package(case)
    if case.state != State.REVIEW or package is None or package.state != Package.State.READY:
        raise NotPossible("There is no finished copy to review.")
    obstacles = redaction_obstacles(case, package)
    if refused := why_not_reviewed_by(case, by):
        obstacles.append(refused)
    on_ones_own = reviews_alone(case, by)
    if on_ones_own and not alone.strip():
        obstacles.append("You prepared this copy yourself. Say why nobody else reviews it.")
    if obstacles:
        raise NotPossible(" ".join(obstacles))
    return casework.change(
        case,
        Verb.CASE_REVIEWED,
        by=by,
        event="reviewed-alone" if on_ones_own else "reviewed",
        reason=alone.strip()[:400] if on_ones_own else "",
        told="alone" if on_ones_own else "",
        seen=seen,
        reviewed_at=timezone.now(),
        reviewed_by=by,
    )


def reviewed_alone(case: Case) -> str:
    """Why the review that counts was not done by a second person; empty when it was."""
    last = case.history.filter(event__in=("reviewed", "reviewed-alone")).last()
    return last.reason if case.reviewed_at and last and last.event == "reviewed-alone" else ""
