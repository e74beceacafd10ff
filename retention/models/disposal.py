"""A disposal: the plan, decided line by line; the frozen list of what goes; and the record of what went.

The same rows serve the erasure of one person and a run over everybody. They hold keys of records, never their
content, and a key leaves the list in the same transaction in which its record goes.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from subjects.models import Subject


class Fate(models.TextChoices):
    """What the rules say about records."""

    GOES = "goes", "Can go now"
    STAYS = "stays", "Must stay"


class Reason(models.TextChoices):
    """Why they say so; the sentences are in `retention.sentences`."""

    OVER = "over", "Its time is over"
    ASKED = "asked", "Nothing makes us keep it"
    ALONE = "alone", "Needed only with records that are not there"
    LAW = "law", "The law, or legal claims"
    WITH_OTHERS = "with-others", "Needed with records that stay"
    CONTRACT = "contract", "A contract is running, or something is owed"
    HELD = "held", "Held for a legal claim"
    PAUSED = "paused", "Its use is paused"
    REQUEST = "request", "A request is open"
    COMPLAINT = "complaint", "A complaint is open"
    OWED = "owed", "Something is still to be paid"
    SHARED = "shared", "Other people's record too"
    PARTLY = "partly", "Other kinds were not asked for"
    PROOF = "proof", "Proof of choices, without a name"
    OPEN = "open", "Not finished yet"
    NOT_DUE = "not-due", "Not due any more"


class Action(models.TextChoices):
    """What is done with records."""

    DELETE = "delete", "Delete now"
    ANONYMISE = "anonymise", "Anonymise now"
    REDUCE = "reduce", "Keep what is needed"
    KEEP = "keep", "Keep"
    DIGEST = "digest", "Suppress"

    @property
    def ends(self) -> bool:
        """Whether the records no longer point to anybody afterwards."""
        return self in {Action.DELETE, Action.ANONYMISE}

    @property
    def acts(self) -> bool:
        """Whether there is anything to do to the records."""
        return self.ends or self is Action.REDUCE


class Disposal(models.Model):
    """One plan and its carrying out."""

    class State(models.TextChoices):
        DRAFT = "draft", "Being decided"
        FROZEN = "frozen", "Dry run done"
        RUNNING = "running", "Being carried out"
        DONE = "done", "Carried out"
        FAILED = "failed", "Stopped by a fault"
        DROPPED = "dropped", "Not carried out"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="disposals")
    reference = models.CharField(max_length=40)  # what it is done for: a case
    kinds = models.JSONField(default=list, blank=True)  # keys of the data map; none: everything
    as_of = models.DateField()
    register_version = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)

    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    waits_for = models.CharField(max_length=40, blank=True)  # the request whose answer has to come first
    error = models.CharField(max_length=300, blank=True)
    traces_removed = models.BigIntegerField(null=True, blank=True)  # None: not begun

    created_at = models.DateTimeField(default=timezone.now)
    frozen_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reference"], name="disposal_once")]
        indexes = [
            models.Index(
                fields=["claimed_until"], condition=models.Q(state="running"), name="disposal_at_work"
            )
        ]

    def __str__(self) -> str:
        return f"disposal {self.pk}"

    @property
    def whole(self) -> bool:
        """Whether it is about everything held about the person."""
        return not self.kinds


class Line(models.Model):
    """Records of one kind with one fate: what is suggested, what was decided and why, what was done."""

    disposal = models.ForeignKey(Disposal, on_delete=models.CASCADE, related_name="lines")
    dataset = models.CharField(max_length=60)
    standing = models.CharField(max_length=12, blank=True)  # whom the rule is for, where a run has several
    rule = models.CharField(max_length=200, blank=True)  # the register's period in words
    fate = models.CharField(max_length=10, choices=Fate.choices)
    cause = models.CharField(max_length=12, choices=Reason.choices)
    records = models.BigIntegerField()
    first_until = models.DateField(null=True, blank=True)  # kept through this day: the oldest and the newest
    last_until = models.DateField(null=True, blank=True)
    duty_until = models.DateField(null=True, blank=True)  # the legal obligation for the newest; then claims
    suggestion = models.CharField(max_length=10, choices=Action.choices)
    ending = models.CharField(max_length=10, choices=Action.choices)  # how these records end when they go
    decision = models.CharField(max_length=10, choices=Action.choices)
    override = models.BooleanField(default=False)  # decided against the law's word, knowingly
    reason = models.CharField(max_length=1_000, blank=True)  # why another decision than suggested
    done = models.BigIntegerField(default=0)
    missing = models.BigIntegerField(default=0)  # had gone by other ways before their turn came
    skipped = models.BigIntegerField(default=0)
    skipped_because = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    skips = models.JSONField(default=dict, blank=True)  # reason -> how many, where there were several
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["disposal", "dataset", "standing", "fate", "cause"], name="line_once"
            )
        ]

    def __str__(self) -> str:
        return f"line {self.pk}"

    @property
    def action(self) -> Action:
        """What was decided."""
        return Action(self.decision)


class Chunk(models.Model):
    """A part of the frozen list: keys of records still to be dealt with. It goes in one transaction with all of them.

    One row for thousands of keys: making the list and taking it off costs next to nothing beside the records.
    """

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    keys = ArrayField(models.TextField())  # primary keys as text, in the order of the keys

    class Meta:
        ordering = ["line", "number"]
        constraints = [models.UniqueConstraint(fields=["line", "number"], name="chunk_once")]

    def __str__(self) -> str:
        return f"chunk {self.pk}"


class Scrap(models.Model):
    """A file whose record is gone: written down with that, deleted after it, so that a crash leaves no file behind."""

    disposal = models.ForeignKey(Disposal, on_delete=models.CASCADE, related_name="scraps")
    field = models.CharField(max_length=120)  # "subjects.CallRecording.file": whose store it lies in
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"scrap {self.pk}"
