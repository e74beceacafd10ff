"""What says who other records are about, a name and an account: kept with them and for them, and no longer."""

from __future__ import annotations

import functools
import operator
from typing import Any

from django.db.models import OuterRef, Q, QuerySet

from retention import holds
from retention.models import Action, Fate, Line, Reason
from subjects import datamap, relationship
from subjects.datamap import Dataset
from subjects.models import Account, Subject


def only_for_the_law(model: Any, person: str = "") -> Q:
    """The condition that records are kept for other records of their person alone, and go with the last of these.

    So it is after an erasure, whose exceptions cover only what they need (UK GDPR Article 17(3)); unless an officer
    decided to keep them for another reason. `person`: lookup from the model to the Subject; empty for Subject.
    """
    kinds = [each.key for each in datamap.datasets() if each.model_class is model]
    kept = Line.objects.filter(
        disposal__subject=OuterRef(person or "pk"), dataset__in=kinds, fate=Fate.GOES, decision=Action.KEEP
    )
    locked = f"{person}__locked_at" if person else "locked_at"
    return Q(**{f"{locked}__isnull": False}) & relationship.none(kept)


def account_is_free() -> list[Q]:
    """Conditions for people that nothing stands against disposing of their account. None: nothing stands anywhere.

    A name that goes takes the link to the account along; nobody would know any more whose account it is that a claim
    holds, and it would never go.
    """
    held = [
        _held(Account.objects.filter(pk=OuterRef("account")), dataset, tuple(Reason))
        for dataset in _accounts()
    ]
    return [relationship.none(rows) for rows in held if rows is not None]


def account_is_held(subject: Subject, reasons: tuple[Reason, ...]) -> bool:
    """Whether the account of one person has to stay for one of these reasons."""
    rows = [_held(dataset.of(subject.pk), dataset, reasons) for dataset in _accounts()]
    return any(found.exists() for found in rows if found is not None)


def _accounts() -> list[Dataset]:
    return [each for each in datamap.datasets() if each.model_class is Account]


def _held(rows: QuerySet[Account], dataset: Dataset, reasons: tuple[Reason, ...]) -> QuerySet[Account] | None:
    """Those of the accounts that are held; None where nothing stands that could hold one."""
    ways = [each.rows for each in holds.standing(dataset) if each.reason in reasons]
    return rows.filter(functools.reduce(operator.or_, ways)) if ways else None
