"""How members of staff like to see the queue."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class SavedFilter(models.Model):
    """A way to narrow the queue, by a name: the owner's own, or everybody's when it is shared."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_filters"
    )
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=500, blank=True)  # what stands behind the "?"; never a search text
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return f"saved filter {self.pk}"
