"""What a person says is wrong, item by item, and what was decided about each (Article 16)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from requests_sar import sealed
from requests_sar.models.case import TEXT_LIMIT, Case


class Correction(models.Model):
    """One detail that somebody says is wrong. Without a `record` it is said in their own words alone.

    The words of who asked (`present`, `wanted`) stay as they are; the officer's decision stands beside them.
    """

    class Decision(models.TextChoices):
        ACCEPT = "accept", "Put right"
        NOTE = "note", "Corrected by a note"
        STATEMENT = "statement", "Not changed; their statement stands beside it"
        REFUSE = "refuse", "Not changed"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="corrections")
    dataset = models.CharField("kind of data", max_length=40, blank=True)  # key in the data map
    record = models.CharField("key of the row", max_length=40, blank=True)
    column = models.CharField(max_length=60, blank=True)
    label = models.CharField("what it is", max_length=200, blank=True)
    present = models.TextField("what stands there, as they say", max_length=TEXT_LIMIT, blank=True)
    wanted = models.TextField("what should stand there", max_length=TEXT_LIMIT, blank=True)
    evidence = models.FileField(storage=sealed.storage, upload_to="evidence/", max_length=200, blank=True)
    evidence_label = models.CharField("name of the file", max_length=100, blank=True)
    pause = models.BooleanField("pause its use meanwhile", default=False)

    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    before = models.TextField("what stood there when it was decided", max_length=TEXT_LIMIT, blank=True)
    text = models.TextField("what is written: value, note or statement", max_length=TEXT_LIMIT, blank=True)
    reason = models.TextField("reason, for them to read", max_length=TEXT_LIMIT, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField("carried out", null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"correction {self.pk}"

    @property
    def is_no(self) -> bool:
        """Whether the record stays as it was although they asked for a change."""
        return self.decision in {self.Decision.REFUSE, self.Decision.STATEMENT}
