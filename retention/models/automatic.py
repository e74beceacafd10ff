"""Whether runs are carried out by themselves: off until the officer turns it on."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Automatic(models.Model):
    """One row. Without it, or while `on` is false, each plan waits for an officer's approval."""

    on = models.BooleanField(default=False)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=60, blank=True)  # as in the trail: "staff:3"

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="automatic_one_row")]

    def __str__(self) -> str:
        return "automatic runs"
