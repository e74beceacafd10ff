"""What moves the clock of a case: rows beside its state, from which the dates can always be computed again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from requests_sar.models.case import TEXT_LIMIT, Case


class Need(models.Model):
    """Something asked for before the month begins (Articles 12(5), 12(6), 12A). Its arrival is a new start."""

    class Kind(models.TextChoices):
        IDENTITY = "identity", "Proof of who they are"
        AUTHORITY = "authority", "Proof that they may ask for somebody else"
        FEE = "fee", "A fee"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="needs")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    asked_on = models.DateField()
    came_on = models.DateField(null=True, blank=True)
    why = models.TextField("why we ask", max_length=TEXT_LIMIT)
    amount = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["asked_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=models.Q(came_on=None), name="need_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"need {self.pk}"


class Question(models.Model):
    """A question about which information is wanted. On access requests the clock is paused while it is open."""

    class Category(models.TextChoices):
        WHICH = "which", "Which information they want"
        WHERE = "where", "Where to look for it"
        FORM = "form", "In which form they want the answer"
        OTHER = "other", "Something else"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="questions")
    category = models.CharField(max_length=10, choices=Category.choices)
    text = models.TextField(max_length=TEXT_LIMIT)
    asked_on = models.DateField()
    answered_on = models.DateField(null=True, blank=True)
    pauses = (
        models.BooleanField()
    )  # access requests, and only for questions about which information is wanted
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["asked_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(answered_on=None, pauses=True), name="paused_once"
            )
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class Extension(models.Model):
    """Two further months (Article 12(3)), once, told with reasons inside the first month."""

    class Ground(models.TextChoices):
        COMPLEX = "complex", "The request is complex"
        NUMBER = "number", "They made a number of requests"

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="extension")
    ground = models.CharField(max_length=10, choices=Ground.choices)
    reason = models.TextField(max_length=TEXT_LIMIT)
    told_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"extension {self.pk}"


class Reminder(models.Model):
    """That one reminder was sent: what makes the daily round idempotent, however often it runs."""

    class Kind(models.TextChoices):
        SOON = "soon", "Due in 7 days"
        TOMORROW = "tomorrow", "Due tomorrow"
        OVERDUE = "overdue", "Overdue"
        SILENT = "silent", "No answer for 14 days"
        AGAIN = "again", "Look again at what stayed"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    about_on = models.DateField()  # the due date, or the day we asked: another date is another reminder
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "kind", "about_on"], name="reminder_once")]

    def __str__(self) -> str:
        return f"reminder {self.pk}"


class Digest(models.Model):
    """That the officers had their list of one day."""

    on = models.DateField(unique=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"digest {self.pk}"


class HolidayFile(models.Model):
    """Bank holidays as they were loaded; the newest counts, the shipped file when there is none."""

    payload = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"holidays {self.pk}"
