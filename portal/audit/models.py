"""Who did what to which thing, when and why: references only, append-only, chained."""

from __future__ import annotations

import pgtrigger
from django.db import models


class Entry(models.Model):
    """One act. Holds no foreign keys, so it never blocks and never vanishes with the live data."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    verb = models.CharField(max_length=40)
    actor = models.CharField(max_length=60)
    target = models.CharField(max_length=80)
    reason = models.CharField(max_length=200, blank=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-number"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit trail"
        # No more than these: every act pays for each of them while it holds the lock of the chain.
        indexes = [
            models.Index(fields=["at"], name="entry_at"),
            models.Index(fields=["verb", "number"], name="entry_verb"),
            models.Index(fields=["target"], name="entry_target"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"entry {self.number}"


class Act(models.Model):
    """An act on its way into the trail. The database moves it there when its transaction commits (migration 0002),
    so that acts are chained in the order in which they became true and nobody waits for the chain before that."""

    at = models.DateTimeField()
    verb = models.CharField(max_length=40)
    actor = models.CharField(max_length=60)
    target = models.CharField(max_length=80)
    reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"act {self.pk}"
