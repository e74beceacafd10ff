"""Every e-mail the portal sends is a row first, so that none is lost and each can be shown on its case."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class Message(models.Model):
    """One outgoing e-mail."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be sent"
        STOPPED = "stopped", "Not sent, because they said no meanwhile"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    about = models.CharField(max_length=40, blank=True, db_index=True)  # the case's reference
    template = models.CharField(max_length=80)
    to = models.EmailField(max_length=254, db_index=True)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    secret = models.BooleanField(default=False)  # holds a code: the words are blanked once sent
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(state="waiting"), name="mail_waiting"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
