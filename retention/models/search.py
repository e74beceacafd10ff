"""A search for what is left of a person that takes longer than a page may: what is found so far, until it expires."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class LongSearch(models.Model):
    """One search by one officer. What for is sealed and goes with the last place; the answer has counts and references.

    Written by `retention.tracing.kept`. The whole row goes when it expires.
    """

    class State(models.TextChoices):
        WORKING = "working", "Being searched"
        DONE = "done", "Searched"
        FAILED = "failed", "Stopped by a fault"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    target = models.CharField(max_length=60)  # as in the trail: "person:P-…", "terms:2"
    sealed = models.BinaryField()  # what is looked for; empty when the search is over
    places = models.PositiveIntegerField()  # how many there are in all
    found = models.JSONField(default=list)  # the places that were searched, and what is there
    state = models.CharField(max_length=10, choices=State.choices, default=State.WORKING)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "long searches"

    def __str__(self) -> str:
        return f"long search {self.pk}"
