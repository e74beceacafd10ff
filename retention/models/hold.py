"""What stops a disposal."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from subjects.models import Subject


class Hold(models.Model):
    """Nothing of this data subject is disposed of while a hold stands, or nothing of the kinds that it names.

    A hold for a legal claim has a reason, an owner and a day on which somebody asks whether it is still needed.
    """

    class Kind(models.TextChoices):
        REQUEST = "request", "Open request"
        LEGAL = "legal", "Legal claim"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reference = models.CharField(max_length=40)  # the case or dispute it stands for
    datasets = models.JSONField(default=list, blank=True)  # keys of the data map; none: everything
    reason = models.CharField(max_length=400, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    review_on = models.DateField(null=True, blank=True)
    placed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind", "reference"],
                condition=models.Q(released_at=None),
                name="hold_once",
            )
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"
