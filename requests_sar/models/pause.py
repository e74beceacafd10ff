"""What somebody asks to pause (Article 18), and what was decided: beside a case about restriction."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from requests_sar.models.case import TEXT_LIMIT, Case
from subjects.models import Restriction


class PauseRequest(models.Model):
    """The ground they gave and the decision. Which kinds they asked for stands on the case (none: everything)."""

    class Decision(models.TextChoices):
        GRANTED = "granted", "We pause"
        REFUSED = "refused", "We do not pause"

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="pause")
    asked_ground = models.CharField(
        "why they ask", max_length=10, choices=Restriction.Ground.choices, blank=True
    )
    given = models.TextField("why, in their words", max_length=TEXT_LIMIT, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    ground = models.CharField(
        "on which ground", max_length=10, choices=Restriction.Ground.choices, blank=True
    )
    kinds = models.JSONField("kinds of data", default=list, blank=True)  # dataset keys; empty: everything
    because = models.TextField("why, in words", max_length=TEXT_LIMIT, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(decision="refused") | ~models.Q(because=""), name="pause_no_needs_words"
            ),
            models.CheckConstraint(
                condition=~models.Q(decision="granted") | ~models.Q(ground=""), name="pause_needs_ground"
            ),
        ]

    def __str__(self) -> str:
        return f"pause request {self.pk}"
