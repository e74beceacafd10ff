"""Reminding a customer of what we wait for, when somebody here wants it before the morning round does it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.audit.trail import Verb
from requests_sar import casework, clockwork, emails
from requests_sar.casework import NotPossible
from requests_sar.models import Case, ClockState


def remind(*, case: Case, by: Any, seen: int | None = None) -> Case:
    """Remind the customer of what we wait for, once a day at most.

    Raises NotPossible when we wait for nothing, have no address, or did it today.
    """
    if clockwork.silent_since(case) is None:
        raise NotPossible("We do not wait for this customer, so there is nothing to remind them of.")
    if not case.requester_email:
        raise NotPossible("We have no e-mail address of them. Phone or write instead.")
    if any(
        timezone.localtime(line.at).date() == timezone.localdate()
        for line in case.history.filter(event="reminded")
    ):
        raise NotPossible("They were reminded today already.")
    need = case.needs.filter(came_on=None).first() if case.clock == ClockState.WAITING else None
    with transaction.atomic():
        case = casework.change(case, Verb.CASE_REMINDED, by=by, event="reminded", seen=seen)
        emails.still_waiting(case, need.kind if need else "question")
    return case
