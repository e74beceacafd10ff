"""What stops a disposal."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from subjects.models import Account, Subject


class Hold(models.Model):
    """Nothing that a hold reaches is disposed of while it stands.

    It reaches one person, everybody of one account, or (with neither) everybody; of their data the kinds that it names,
    or all; of these the records dated from `since` to `until`, or all. Only a hold for a legal claim may be about more
    than one person; it has a reason, an owner and a day on which somebody asks whether it is still needed.
    """

    class Kind(models.TextChoices):
        REQUEST = "request", "Open request"
        COMPLAINT = "complaint", "Open complaint"
        LEGAL = "legal", "Legal claim"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="holds"
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="holds"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reference = models.CharField(max_length=40)  # the case or dispute it stands for
    datasets = models.JSONField(default=list, blank=True)  # keys of the data map, sorted; none: everything
    since = models.DateField(null=True, blank=True)  # UK days, both included; None: no end on this side
    until = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    review_on = models.DateField(null=True, blank=True)
    reminded_of = models.DateField(null=True, blank=True)  # the `review_on` that its owner was reminded of
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=60, blank=True)  # as in the trail: "staff:3", "system"
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=60, blank=True)
    why_released = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "account", "kind", "reference", "datasets", "since", "until"],
                condition=Q(released_at=None),
                nulls_distinct=False,
                name="hold_standing_once",
            ),
            models.CheckConstraint(
                condition=Q(subject=None) | Q(account=None), name="hold_of_person_or_account"
            ),
            models.CheckConstraint(
                condition=Q(subject__isnull=False) | Q(kind="legal"), name="hold_of_many_is_legal"
            ),
            models.CheckConstraint(
                condition=Q(subject__isnull=False) | Q(account__isnull=False) | ~Q(datasets=[]),
                name="hold_of_everybody_names_kinds",
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], condition=Q(released_at=None), name="hold_standing"),
            models.Index(fields=["review_on"], condition=Q(released_at=None), name="hold_to_review"),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"
