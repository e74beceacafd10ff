"""The consent ledger: every agreement and every "no", as it happened, with the words that were shown."""

from __future__ import annotations

from django.db import models

from subjects.append_only import append_only
from subjects.models import Subject


class ConsentEvent(models.Model):
    """One act of a data subject about one purpose and channel. Never changed, never removed by hand."""

    class Act(models.TextChoices):
        GIVEN = "given", "Agreed"
        WITHDRAWN = "withdrawn", "Withdrawn"
        OBJECTED = "objected", "Objected"

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Phone"
        TEXT = "text", "Text message"
        POST = "post", "Post"

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="consent_events")
    purpose = models.CharField(max_length=60)  # key of a business function in the register
    channel = models.CharField(max_length=10, choices=Channel.choices)
    act = models.CharField(max_length=10, choices=Act.choices)
    how = models.CharField("how we were told", max_length=40)
    wording = models.TextField("the words shown", blank=True)
    happened_at = models.DateTimeField("when")
    recorded_at = models.DateTimeField("written down at")

    class Meta:
        indexes = [models.Index(fields=["subject", "happened_at", "id"])]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"consent event {self.pk}"


class Suppression(models.Model):
    """An address that gets no marketing, as a keyed code: it outlives everything else we hold about the person."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"suppression {self.pk}"
