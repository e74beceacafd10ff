"""A search that a colleague makes for a case: what was asked of whom, the links to it, the answer and its files."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from requests_sar.models.case import TEXT_LIMIT, Case
from subjects.models import Subject


class Task(models.Model):
    """One place to search for one case, and who is asked: a member of staff, or an address without an account."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ANSWERED = "answered", "Answered"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="tasks")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+")  # as when it was asked
    system = models.CharField(max_length=60, blank=True)  # key in the register; empty: somewhere else
    title = models.CharField("where to search", max_length=120)
    holds = models.CharField(max_length=300, blank=True)
    ask = models.TextField("what to search", max_length=TEXT_LIMIT)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    email = models.EmailField("address", max_length=254, blank=True)  # of somebody without an account
    due_on = models.DateField("due on")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    version = models.PositiveIntegerField(default=0)
    because = models.CharField("why it is not searched", max_length=300, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)  # answered or cancelled
    reminded_for = models.DateField(null=True, blank=True)  # the due date that "due tomorrow" was said about
    chased = models.PositiveSmallIntegerField("times reminded", default=0)
    chased_on = models.DateField(null=True, blank=True)
    key = models.BinaryField(null=True, blank=True)  # the files' key, wrapped; made with the first file
    files_gone_at = models.DateTimeField(null=True, blank=True)  # key and files were destroyed

    class Meta:
        verbose_name = "search"
        verbose_name_plural = "searches"
        ordering = ["due_on", "title", "pk"]
        indexes = [
            models.Index(fields=["case"], condition=models.Q(state="waiting"), name="task_open"),
            models.Index(fields=["due_on"], condition=models.Q(state="waiting"), name="task_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(assignee=None) | models.Q(email=""), name="task_of_one_person"
            )
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"


class TaskLink(models.Model):
    """One e-mailed link to one task, for the address it was sent to. Only a digest of the token is kept."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    to = models.EmailField(max_length=254)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # used, or taken back

    def __str__(self) -> str:
        return f"task link {self.pk}"


class Answer(models.Model):
    """What a colleague says about one task. It belongs to the person's data and is in their copy."""

    class Outcome(models.TextChoices):
        FOUND = "something found", "Something found"
        NOTHING = "nothing found", "Nothing found"
        CANNOT = "could not be searched", "Could not be searched"

    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="answer")
    outcome = models.CharField(max_length=24, choices=Outcome.choices)
    words = models.TextField(blank=True, max_length=TEXT_LIMIT)
    places = models.TextField(blank=True)  # where its files lie in the ZIP, one a line
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    by_email = models.EmailField(max_length=254, blank=True)  # answered from the link sent to this address

    class Meta:
        indexes = [models.Index(fields=["at"], name="answer_due")]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class FoundFile(models.Model):
    """A file that a colleague found, sealed on disk. Taken out: no copy made later has it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)  # as the colleague called it; the copy uses a neutral one
    ending = models.CharField(max_length=5)  # what the bytes are, with the dot
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    @property
    def path(self) -> str:
        """Where it lies, sealed, in our store."""
        return f"tasks/{self.task_id}/{self.pk}.age"

    @property
    def place(self) -> str:
        """Where it lies in the ZIP; says nothing about anybody."""
        return f"files/from-colleagues/{self.pk}{self.ending}"

    def __str__(self) -> str:
        return f"found file {self.pk}"
