"""Imports of customer records: the batch, what it changed (so that it can be undone), and remembered mappings."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class ImportBatch(models.Model):
    """One uploaded file on its way in: checked first, then applied, then possibly undone."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Checked: ready to import"
        APPLYING = "applying", "Being imported"
        APPLIED = "applied", "Imported"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)  # key of the importable kind of record
    file = models.FileField(max_length=200, blank=True)
    file_format = models.CharField(max_length=10, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict, blank=True)  # our field -> column of the file
    options = models.JSONField(
        default=dict, blank=True
    )  # columns, note, sheets, sheet: how the file was read
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    verb = models.CharField(max_length=10, blank=True)  # what is being or was last done: check, apply, undo
    acted_by = models.CharField(
        max_length=60, blank=True
    )  # who asked for that, as the audit trail names them
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)  # changes that could not be undone
    refused_file = models.FileField(max_length=200, blank=True)
    error = models.CharField(max_length=400, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)  # of the present or last work
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "import"

    def __str__(self) -> str:
        return f"import {self.pk}"


class ImportChange(models.Model):
    """What one batch did to one row: nothing before (new) or the values it replaced (changed)."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes")
    model = models.CharField(max_length=60)
    key = models.CharField(max_length=80)  # source key of the row
    before = models.JSONField(null=True, blank=True)  # None: the row was new
    after = models.CharField(
        max_length=32, default=""
    )  # keyed mark of what the import wrote: is it still so?
    kept = models.CharField(max_length=200, blank=True)  # why this change was not undone

    class Meta:
        indexes = [models.Index(fields=["batch", "id"], name="import_change_latest")]

    def __str__(self) -> str:
        return f"change {self.pk}"


class ImportMapping(models.Model):
    """The columns last used for a kind of file, offered again next time."""

    kind = models.CharField(max_length=40)
    columns_digest = models.CharField(max_length=64)  # of the header row
    mapping = models.JSONField(default=dict)
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "columns_digest"], name="mapping_once")]

    def __str__(self) -> str:
        return f"mapping {self.pk}"
