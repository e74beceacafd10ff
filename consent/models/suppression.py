"""The do-not-contact list."""

from __future__ import annotations

from django.db import models


class Suppression(models.Model):
    """An address or number that gets no marketing, as a keyed code: it outlives all else we hold about the person.

    A row that was lifted stays as history; a new "no" adds a new one.
    """

    digest = models.CharField(max_length=64)
    channel = models.CharField(max_length=10, default="email")
    purpose = models.CharField(max_length=60, blank=True)  # "": all marketing
    created_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)  # by the person's own opt-in

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["digest", "channel", "purpose"],
                condition=models.Q(lifted_at=None),
                name="suppressed_once",
            )
        ]

    def __str__(self) -> str:
        return f"suppression {self.pk}"
