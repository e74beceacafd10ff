"""What a request to delete data holds beside the case. The plan itself is a disposal, named by the case's reference."""

from __future__ import annotations

from django.db import models

from requests_sar.models.case import Case


class Erasure(models.Model):
    """Why the person asked, if they said so, and when somebody looks at it again."""

    class Ground(models.TextChoices):
        """Article 17(1), as people put it."""

        NOT_NEEDED = "not-needed", "You no longer need it"
        CONSENT = "consent", "I take back my permission"
        OBJECTION = "objection", "I object to how you use it"
        UNLAWFUL = "unlawful", "I think you should never have had it"
        DUTY = "duty", "A law says that you must delete it"
        CHILD = "child", "I was a child when I gave it to you"

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="erasure")
    ground = models.CharField(max_length=12, choices=Ground.choices, blank=True)
    follow_up_on = models.DateField(null=True, blank=True)  # a contract ends then, a claim may be settled

    def __str__(self) -> str:
        return f"erasure {self.pk}"
