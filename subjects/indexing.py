"""Keeps the keys people are found by (`Identifier`) in step with their contact details, set by set."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection, transaction

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
        _insert(wanted)


def _insert(wanted: set[tuple[UUID, str, str]]) -> None:
    """Somebody else may index the same person at the same time: what is there already is as good."""
    if not wanted:
        return
    people, kinds, values = zip(*sorted(wanted), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO subjects_identifier (subject_id, kind, value)"
            " SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
            [[str(pk) for pk in people], list(kinds), list(values)],
        )


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
