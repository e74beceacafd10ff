"""A first record of what a person has none of: a postal address that was never given to us."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from subjects import datamap, services
from subjects.models import DetailChange, Subject
from subjects.services import Refused


def may_add(dataset: datamap.Dataset) -> bool:
    """Whether a person may add a record of this kind to none: an item of their own with fields they may change."""
    return (
        bool(dataset.item)
        and dataset.subject_path == "subject"
        and any(c.correctable for c in dataset.columns)
    )


def add_first(*, subject: Subject, dataset: str, values: Mapping[str, str], by: Any) -> list[DetailChange]:
    """Make the record and write the values as a change of it, with its history and its way back.

    `values` are column -> value as typed. Raises Refused for what cannot be kept, while the use of the kind is paused,
    and when there is a record already (so that pressing twice adds one).
    """
    kind = datamap.get(dataset)
    with transaction.atomic():
        person = Subject.objects.select_for_update().get(pk=subject.pk)
        services.refuse_change(person, dataset, "")
        if not may_add(kind) or kind.of(person.pk).exists():
            raise Refused("We have one already. Load the page again and change it.")
        row = kind.model_class.objects.create(subject=person, source_key=f"portal-{uuid.uuid4().hex}")
        return services.correct(subject=person, dataset=dataset, record=str(row.pk), values=values, by=by)
