"""Keys in other systems of people who were erased: so that an old file does not bring them back."""

from __future__ import annotations

from django.db import models


class Gone(models.Model):
    """One key as a keyed code. It shows nothing; only whoever has the key (and ours) can ask whether it is here."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "keys of erased people"

    def __str__(self) -> str:
        return f"gone {self.pk}"
