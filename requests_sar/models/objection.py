"""What somebody objects to (Article 21): one row a use of their data, beside the case."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from requests_sar.models.case import TEXT_LIMIT, Case


class Objection(models.Model):
    """One use that the person objects to, and what was decided. A no to marketing is upheld the moment it comes."""

    class Decision(models.TextChoices):
        UPHELD = "upheld", "We stop"
        REFUSED = "refused", "We go on"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="objections")
    purpose = models.CharField("use", max_length=60)  # key of a business function in the register
    # Direct marketing when they objected: then the no is absolute (Article 21(3)), whatever the register says later.
    absolute = models.BooleanField(default=False, editable=False)
    given = models.TextField("why they object", max_length=TEXT_LIMIT, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    because = models.TextField("why, in words", max_length=TEXT_LIMIT, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "purpose"], name="objection_once"),
            models.CheckConstraint(
                condition=~models.Q(decision="refused") | ~models.Q(because=""),
                name="objection_no_needs_words",
            ),
            models.CheckConstraint(
                condition=~models.Q(decision="refused") | models.Q(absolute=False),
                name="marketing_no_is_final",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="absolute_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__absolute=True)
                & (
                    pgtrigger.Q(new__absolute=False)
                    | pgtrigger.Q(old__purpose__df=pgtrigger.F("new__purpose"))
                ),
            )
        ]

    def __str__(self) -> str:
        return f"objection {self.pk}"
