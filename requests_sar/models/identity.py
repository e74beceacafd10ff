"""How it was made sure who is asking: the checks, and the proofs that wait for a decision."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from portal.accounts.models import Challenge
from requests_sar import sealed
from requests_sar.ladder import RUNGS, Way
from requests_sar.models.case import TEXT_LIMIT, Case


class IdentityCheck(models.Model):
    """One check of who is asking: in which way, with what result, when, by whom. Never what was answered or shown."""

    class Outcome(models.TextChoices):
        ASKED = "asked", "Asked, no answer yet"
        MATCHED = "matched", "Matched"
        NOT_MATCHED = "not-matched", "Did not match"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="identity_checks")
    way = models.CharField(max_length=20, choices=[(way.value, RUNGS[way].name) for way in Way])
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.TextField("why a document", blank=True, max_length=TEXT_LIMIT)
    facts = models.JSONField("which records were asked about", default=dict, blank=True)  # key -> matched
    challenge = models.ForeignKey(
        Challenge, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "way"], condition=models.Q(outcome="asked"), name="identity_asked_once"
            )
        ]

    def __str__(self) -> str:
        return f"identity check {self.pk}"


class Evidence(models.Model):
    """A document that waits for a decision, sealed. Row and file go with the decision, after 30 days at the latest."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", "Proof of who they are"
        AUTHORITY = "authority", "Proof that they may ask for somebody else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    file = models.FileField(storage=sealed.storage, upload_to="evidence/", max_length=200)
    at = models.DateTimeField("kept since", default=timezone.now)
    came_on = models.DateField("reached us on")
    by_customer = models.BooleanField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"evidence {self.pk}"

    @property
    def ending(self) -> str:
        """What the bytes were found to be: ".pdf", ".jpg" or ".png"."""
        return f".{self.file.name.rpartition('.')[2]}"
