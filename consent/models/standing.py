"""What changes whether somebody may be contacted without anybody having said anything: pauses, erasures, the list."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from consent.models.events import Channel


class StandingChange(models.Model):
    """One such change, for the systems that follow the stream. Written by triggers (pauses and erasures, whichever way
    they come about) and by `consent.suppression`; read by `consent.standing`.
    """

    class Kind(models.TextChoices):
        PAUSED = "paused", "The use of their data is paused"
        RESUMED = "resumed", "A pause has ended"
        SUPPRESSED = "suppressed", "An address gets no marketing"
        ERASED = "erased", "They are deleted"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField(default=timezone.now)
    person = models.UUIDField(null=True)  # key of the Subject, who may be gone; None: nobody on file
    # Of somebody erased alone, and emptied after a while: how else would other systems know whom to delete?
    number = models.CharField(max_length=80, blank=True, db_default="")
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True, db_default="")  # "": each
    purpose = models.CharField(max_length=60, blank=True, db_default="")  # "": each
    transaction = models.BigIntegerField(
        editable=False,
        db_default=models.Func(
            template="pg_current_xact_id()::text::bigint", output_field=models.BigIntegerField()
        ),
    )

    class Meta:
        indexes = [
            models.Index(fields=["transaction", "id"], name="standing_by_transaction"),
            models.Index(fields=["person"], name="standing_by_person"),
            models.Index(fields=["at"], condition=~models.Q(number=""), name="standing_numbered"),
        ]

    def __str__(self) -> str:
        return f"standing change {self.pk}"
