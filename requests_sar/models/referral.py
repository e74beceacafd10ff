"""Requests that are not ours to answer: why, and which client was told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from requests_sar.models.case import Case
from subjects.models import Controller


class Referral(models.Model):
    """Why a request ended without an answer from us. It stands beside a case that is `REFERRED`."""

    class Kind(models.TextChoices):
        PROCESSOR = "processor", "We hold the data only for a client"
        WRONG_COMPANY = "wrong-company", "It is meant for another company"
        SPAM = "spam", "It is not a request: advertising or a mistake"
        DECEASED = "deceased", "The person has died: these are not personal data any more"

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="referral")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    controller = models.ForeignKey(
        Controller, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    client_told_at = models.DateTimeField("client told by e-mail", null=True, blank=True)
    details_given_at = models.DateTimeField("details given to the client", null=True, blank=True)

    def __str__(self) -> str:
        return f"referral {self.pk}"
