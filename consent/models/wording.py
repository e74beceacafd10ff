"""The words that somebody saw when they said yes or no. Kept as they were, for as long as anything rests on them."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models


class Wording(models.Model):
    """One version of words. Never edited: to say something else, publish another version."""

    class Kind(models.TextChoices):
        OFFERED = "offered", "Shown beside the choice"
        SAID = "said", "Words used elsewhere"  # on a paper form, in an imported list, in an objection

    purpose = models.CharField(max_length=60)  # key of a business function in the register
    channel = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    version = models.PositiveIntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64)  # SHA-256 of the text
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "channel", "kind", "version"], name="wording_version_once"
            ),
            models.UniqueConstraint(
                fields=["purpose", "channel", "digest"],
                condition=models.Q(kind="said"),
                name="wording_said_once",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="never_edited", exclude=["published_by"]),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"wording {self.pk}"
