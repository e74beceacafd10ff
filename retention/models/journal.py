"""What has to be done again after a restore: written down with each act, until it stands in the journal outside."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class JournalEntry(models.Model):
    """One act on its way into the journal; it goes when the journal has it. See `retention.journal`.

    Numbers of rows, digests and references only. A suppression is written here by a trigger of the database: its
    purpose stands in `dataset`, its channel in `action`.
    """

    class Kind(models.TextChoices):
        BATCH = "batch", "Records were disposed of"
        MARKETING = "marketing", "Marketing was stopped"
        TRACES = "traces", "Traces were cleared"
        FINISHED = "finished", "A person was erased"
        SUPPRESSED = "suppressed", "An address gets no marketing"
        UNSUPPRESSED = "unsuppressed", "An address may get marketing again"

    mark = models.UUIDField(default=uuid.uuid4, unique=True)  # the same act twice in the journal is one act
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    run = models.CharField(max_length=40, blank=True)  # reference of the disposal
    dataset = models.CharField(max_length=60, blank=True)  # key in the data map
    action = models.CharField(max_length=10, blank=True)
    register_version = models.CharField(max_length=40, blank=True)
    keys = ArrayField(models.TextField(), default=list)  # primary keys as text; of a suppression its digest
    top = models.BigIntegerField(null=True)  # the last number that the table had given out

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "journal entries"

    def __str__(self) -> str:
        return f"journal entry {self.pk}"


class JournalHead(models.Model):
    """How far the journal goes that belongs to this database: one row. After a restore it is behind the journal."""

    folder = models.UUIDField(default=uuid.uuid4)
    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"journal head {self.number}"
