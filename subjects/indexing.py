"""Keeps the keys people are found by (`Identifier`) in step with their contact details, set by set."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from subjects.identifiers import keys_of
from subjects.models import Identifier, Subject

_FIELDS = (
    "pk",
    "full_name",
    "email",
    "second_email",
    "phone",
    "mobile",
    "account__number",
    "source_key",
)


def reindex(subject_ids: Iterable[UUID]) -> None:
    """Make the stored keys of these people exactly those that follow from their details now.

    Call it in the transaction that changes the details. A few thousand people at a time.
    """
    ids = list(subject_ids)
    if not ids:
        return
    with transaction.atomic():
        wanted = _wanted(ids)
        stale = []
        held = Identifier.objects.filter(subject_id__in=ids).values_list("pk", "subject_id", "kind", "value")
        for pk, *row in held:
            if tuple(row) in wanted:
                wanted.discard(tuple(row))  # stays as it is
            else:
                stale.append(pk)
        Identifier.objects.filter(pk__in=stale).delete()
        rows = [
            Identifier(subject_id=pk, kind=kind, value=value) for pk, kind, value in sorted(wanted, key=str)
        ]
        Identifier.objects.bulk_create(rows, ignore_conflicts=True)


def _wanted(ids: list[UUID]) -> set[tuple[UUID, str, str]]:
    wanted: set[tuple[UUID, str, str]] = set()
    people = Subject.objects.filter(pk__in=ids).values_list(*_FIELDS)
    for pk, name, email, second, phone, mobile, account, number in people:
        keys = keys_of(
            full_name=name,
            emails=(email, second),
            phones=(phone, mobile),
            account_number=account or "",
            source_key=number,
        )
        wanted |= {(pk, kind, value) for kind, value in keys}
    return wanted
