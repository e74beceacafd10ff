"""The certificate of a batch: what went, by which rule, when and in which run; without anything about anybody."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils import timezone

from retention.models.disposal import Action, Line, Reason


class Batch(models.Model):
    """One transaction of a disposal, and its certificate. Written by `retention.certificates`, never changed.

    It stands by itself: what it says about line and run is repeated here, so that it can be read alone.
    """

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="batches")
    number = models.PositiveIntegerField()  # within its line, from 1
    run = models.CharField(max_length=40, db_index=True)  # reference of the disposal
    dataset = models.CharField(max_length=60, db_index=True)  # key in the data map
    action = models.CharField(max_length=10, choices=Action.choices)
    cause = models.CharField(max_length=12, choices=Reason.choices)
    rule = models.CharField(max_length=200)  # the period in the words of the register
    register_version = models.CharField(max_length=40)
    records = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    root = models.CharField(max_length=64)  # Merkle root over the digests, hexadecimal
    form = models.PositiveSmallIntegerField(default=2)  # how digests and tree are made: certificates.FORMS
    seal = models.CharField(max_length=64)  # SHA-256 of what it says; stands in the audit trail as well
    digests = (
        models.BinaryField()
    )  # the keyed digests of the records' keys, in ascending order; their size: by the form

    class Meta:
        ordering = ["line", "number"]
        constraints = [models.UniqueConstraint(fields=["line", "number"], name="batch_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"batch {self.pk}"
