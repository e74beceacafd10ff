"""A copy of one person's data in the making, and the files made."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from requests_sar.models.case import Case
from subjects.models import Subject


class Package(models.Model):
    """A copy of one person's data in the making, and then its files. The durable record of the work."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Working"
        READY = "ready", "Ready"
        FAILED = "failed", "Stopped by a fault"
        STOPPED = "stopped", "Stopped"
        DESTROYED = "destroyed", "Removed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, blank=True, related_name="packages")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="packages")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    purpose = models.CharField(max_length=200)  # a case reference or why staff made it
    kinds = models.JSONField(default=list, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    queue = models.CharField(max_length=10, default="default")
    step = models.CharField(max_length=80, blank=True)
    rows_total = models.BigIntegerField(default=0)
    rows_done = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    key = models.BinaryField(
        null=True, blank=True
    )  # the files' key, wrapped by the master key; gone when destroyed
    tasks_version = models.PositiveIntegerField(
        default=0
    )  # of the case when it was asked for: older is out of date
    # Redactions that the files were made with: {"applied": [ids], "missed": [ids that met nothing to remove]}.
    redactions = models.JSONField(default=dict, blank=True)
    register_version = models.CharField(max_length=40, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "claimed_until"]),
            models.Index(fields=["expires_at"], condition=models.Q(state="ready"), name="package_expiry"),
            models.Index(
                fields=["case"],
                include=["expires_at", "tasks_version"],
                condition=models.Q(state="ready"),
                name="package_ready",
            ),
            models.Index(fields=["case"], condition=models.Q(locked_at__isnull=False), name="package_locked"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_package_at_work",
            )
        ]

    def __str__(self) -> str:
        return f"package {self.pk}"


class Source(models.Model):
    """One kind of data in a package: collected, not yet, failed, or left out by a recorded decision."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        WAIVED = "waived", "Left out"

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="sources")
    dataset = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rows = models.BigIntegerField(default=0)
    first = models.DateField(null=True, blank=True)
    last = models.DateField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    waived_because = models.CharField(max_length=300, blank=True)
    searched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["package", "dataset"], name="source_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"source {self.pk}"


class File(models.Model):
    """One finished file of a package, encrypted on disk."""

    class Kind(models.TextChoices):
        WORKBOOK = "workbook", "Spreadsheet"
        BUNDLE = "bundle", "Files for computers (ZIP)"
        PAGE = "page", "Web page"
        LETTER = "letter", "Our letter"

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=80)
    media_type = models.CharField(max_length=100)
    path = models.CharField(max_length=200)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["package", "kind"], name="file_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"file {self.pk}"


class Download(models.Model):
    """That a file was handed out: which, when, to whom (the customer or a member of staff)."""

    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="downloads")
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=60)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"download {self.pk}"
