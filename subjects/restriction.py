"""Whether a person's data may be changed: not while they are only stored (Article 18(2)), and not what is disputed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from subjects.models import Dispute, Subject


class Refused(Exception):
    """The change cannot be made; the text is a sentence for the person who tried, `column` the field at fault."""

    def __init__(self, sentence: str, *, column: str = "") -> None:
        super().__init__(sentence)
        self.column = column


def refuse_change(subject: Subject) -> None:
    """Raise Refused while the person's data are restricted."""
    if subject.restricted_at is not None:
        raise Refused(
            "We only store these details at the moment, because their use is paused. They cannot be changed until "
            "the pause ends."
        )


def disputed(subject: Subject, *, dataset: str = "", record: str = "") -> QuerySet[Dispute]:
    """The items of a person that are stored and not used while their accuracy is checked."""
    found = Dispute.objects.filter(subject=subject, lifted_at=None)
    if dataset:
        found = found.filter(dataset=dataset)
    return found.filter(record=record) if record else found


def pause_item(
    *, subject: Subject, dataset: str, record: str, column: str, label: str, reference: str, by: Any
) -> Dispute:
    """Restrict one item while it is checked (Article 18(1)(a)); pausing it twice for one request is pausing it once."""
    with transaction.atomic():
        dispute, new = Dispute.objects.get_or_create(
            subject=subject,
            dataset=dataset,
            record=record,
            column=column,
            reference=reference,
            lifted_at=None,
            defaults={"label": label, "since": timezone.now()},
        )
        if new:
            trail.record(
                Verb.PERSON_ITEM_PAUSED,
                by=by,
                target=f"person:{subject.reference}",
                reason=f"{dataset} {reference}",
            )
    return dispute


def resume_items(*, reference: str, by: Any) -> int:
    """End every restriction that stands for a request; returns how many stood. The caller has told the person first."""
    with transaction.atomic():
        standing = list(
            Dispute.objects.select_for_update()
            .filter(reference=reference, lifted_at=None)
            .select_related("subject")
        )
        for dispute in standing:
            dispute.lifted_at = timezone.now()
            dispute.save(update_fields=["lifted_at"])
        trail.record_many(
            [
                (Verb.PERSON_ITEM_RESUMED, f"person:{d.subject.reference}", f"{d.dataset} {reference}")
                for d in standing
            ],
            by=by,
        )
    return len(standing)
