"""What is removed from a person's copy, why, by whom, and whether that was taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from requests_sar.models.case import Case
from requests_sar.redacting import Reach

WHY_LIMIT = 500


class Redaction(models.Model):
    """One decision to remove something from the copy of a case. It outlives each making of the files.

    The record is named by dataset and primary key, so it is the same one however often it is collected. Words to be
    removed are about somebody else: they are kept sealed, and only because the next making needs them.
    """

    class Category(models.TextChoices):
        PERSON = "another-person", "Another person"
        LEGAL = "legal-advice", "Legal advice"
        OTHER = "other", "Other exemption"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="redactions")
    number = models.PositiveIntegerField()  # the R number: one for each reason of the case
    reach = models.CharField(
        max_length=10,
        choices=[
            (Reach.HIDDEN, "The whole record, and that there is one"),
            (Reach.RECORD, "The whole record"),
            (Reach.CELL, "One cell"),
            (Reach.PHRASE, "Words in this record"),
            (Reach.EVERYWHERE, "Words wherever they occur"),
        ],
    )
    dataset = models.CharField(max_length=60, blank=True)
    record = models.CharField("key of the record", max_length=64, blank=True)
    record_on = models.DateField("date of the record", null=True, blank=True)
    column = models.CharField(max_length=60, blank=True)
    phrase = models.BinaryField(null=True, blank=True)  # sealed by the master key

    category = models.CharField(max_length=20, choices=Category.choices)
    law = models.CharField(max_length=200)
    why = models.CharField("reason in plain words", max_length=WHY_LIMIT)  # printed in the person's copy

    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["number", "pk"]
        indexes = [models.Index(fields=["case", "undone_at"])]

    def __str__(self) -> str:
        return f"redaction {self.pk}"
