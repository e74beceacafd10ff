"""Corrections of what we hold: the history of changes, and what is said beside a record."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.utils import timezone

from portal.accounts.models import Challenge
from subjects.models.subject import Subject

TEXT = 5_000


class OfARecord(models.Model):
    """One field (or, with an empty column, one whole record) of one person, as the data map names it."""

    dataset = models.CharField(max_length=40)
    record = models.CharField("key of the row", max_length=40)
    column = models.CharField(max_length=60, blank=True)
    label = models.CharField(
        "which detail", max_length=200
    )  # "Mobile"; "Support calls, 3 May 2026: Our note"

    class Meta:
        abstract = True


class DetailChange(OfARecord):
    """One detail that was changed: what stood there and what stands there now. Its words never change."""

    class Side(models.TextChoices):
        REQUESTER = "requester", "You"
        COMPANY = "company", "Us"

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="changes")
    act = models.UUIDField()  # details changed together, as the lines of an address
    at = models.DateTimeField()
    before = models.TextField(max_length=TEXT, blank=True)
    after = models.TextField(max_length=TEXT, blank=True)
    side = models.CharField("who changed it", max_length=10, choices=Side.choices)
    by = models.CharField("by whom", max_length=60)  # as in the trail: "customer", "staff:3"
    reference = models.CharField("request it came from", max_length=12, blank=True)
    undoes = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="undone_by"
    )

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["subject", "at", "id"])]
        triggers = [
            pgtrigger.Protect(
                name="words_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("dataset", "record", "column", "at", "before", "after", "by"),
            )
        ]

    def __str__(self) -> str:
        return f"change {self.pk}"


class RecordNote(OfARecord):
    """What stands beside a record that stays as it was: the person's statement, or our note that corrects it.

    Article 16 (incomplete data are completed "by means of providing a supplementary statement"). What was issued,
    such as an invoice, is evidence and is corrected by a note.
    """

    class Kind(models.TextChoices):
        STATEMENT = "statement", "Your statement"
        NOTE = "note", "Correction note"

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="record_notes")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(max_length=TEXT)
    by = models.CharField("who added it", max_length=60)
    reference = models.CharField("request it came from", max_length=12, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["subject", "dataset"])]
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "dataset", "record", "column", "kind"],
                condition=~models.Q(reference=""),
                name="note_once",
            )
        ]

    def __str__(self) -> str:
        return f"record note {self.pk}"


class AddressChange(models.Model):
    """A new e-mail address on its way in: nothing changes until the code that was sent to it comes back.

    Kept for as long as the old address may take the change back; removed a day after an unused code expired.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="address_changes")
    record = models.CharField(max_length=40)
    dataset = models.CharField(max_length=40)
    column = models.CharField(max_length=60)
    old = models.CharField(max_length=254, blank=True)
    new = models.CharField(max_length=254)
    challenge = models.ForeignKey(Challenge, on_delete=models.SET_NULL, null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    visit = models.UUIDField(null=True, blank=True)  # the visit that proved both addresses
    take_back_digest = models.CharField(max_length=64, blank=True, db_index=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["asked_at"])]

    def __str__(self) -> str:
        return f"address change {self.pk}"
