"""A workbook of a person's data that a member of staff asks for, without a request (S2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from requests_sar import packages
from requests_sar.models import Package
from subjects import datamap, restriction
from subjects.models import RestrictedUse, Subject
from subjects.restriction import Use


def make_workbook(
    *,
    subject: Subject,
    by: Any,
    purpose: str,
    kinds: Sequence[str],
    since: dt.date | None = None,
    until: dt.date | None = None,
    use: Use | None = None,
) -> Package:
    """Ask for a workbook; pressed twice it is one. `use`: what for, asked when the person's data are paused.

    Raises packages.Refused without a purpose; without a use, or for one that the pause forbids (Article 18(2)).
    A use for a claim or with consent is written down with the purpose as its reason.
    """
    with transaction.atomic():
        Subject.objects.select_for_update().get(pk=subject.pk)
        reason_kind = _allowed(subject, use, kinds)
        package = packages.ask(
            subject=subject, by=by, purpose=purpose.strip(), kinds=kinds, since=since, until=until
        )
        if reason_kind:
            restriction.use_for(subject=subject, reason_kind=reason_kind, reason=purpose, by=by)
    return package


def _allowed(subject: Subject, use: Use | None, kinds: Sequence[str]) -> RestrictedUse.For | None:
    """Under which heading the use has to be written down, if it has to. Raises packages.Refused."""
    paused = restriction.of(subject)
    if not paused:
        return None
    if use is None:
        raise packages.Refused("Use of this person's data is paused. Say what the workbook is for.")
    touched = kinds or [dataset.key for dataset in datamap.datasets()]
    if any(problem := restriction.first_no(paused, use, kind=kind) for kind in touched):
        raise packages.Refused(problem)
    return {Use.CLAIMS: RestrictedUse.For.CLAIMS, Use.CONSENT: RestrictedUse.For.CONSENT}.get(use)
