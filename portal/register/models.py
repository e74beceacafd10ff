"""The register's versions and the draft of the next one. Each is a whole register as TOML, read by the one reader."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

FILE = 0  # the number that stands for the shipped file


class Version(models.Model):
    """One state of the register, from its activation until the next. Never changed, never deleted."""

    number = models.PositiveIntegerField(primary_key=True)
    name = models.CharField(max_length=40, db_index=True)  # as on cases and disposals: "2026-11-23.1a2b3c4d"
    text = models.TextField()
    reason = models.CharField(max_length=400)
    made_from = models.PositiveIntegerField(default=FILE)  # the version that its draft began with
    shipped = models.CharField(max_length=64)  # digest of the shipped file then: a later upgrade shows
    activated_at = models.DateTimeField()
    activated_by = models.CharField(max_length=60)  # as in the trail: "staff:3", "system"

    class Meta:
        ordering = ["-number"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"register version {self.number}"


class Draft(models.Model):
    """The next version while it is being written; there is at most one."""

    only = models.BooleanField(primary_key=True, default=True)
    text = models.TextField()
    made_from = models.PositiveIntegerField(default=FILE)
    changes = models.PositiveIntegerField(
        default=0
    )  # how often it was saved: a page shows one of these states
    begun_at = models.DateTimeField()
    begun_by = models.CharField(max_length=60)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=60)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="register_one_draft")]

    def __str__(self) -> str:
        return f"register draft {self.changes}"
