"""The case, its history, and what is written about it."""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone

from portal.accounts.models import Challenge
from requests_sar import sealed
from requests_sar.models import indexes
from requests_sar.rights import WORDS, Right
from requests_sar.workflow import STAFF_WORDS, State
from subjects.append_only import append_only
from subjects.models import Subject
from subjects.models.subject import new_reference

TEXT_LIMIT = 5_000


def case_reference(right: str = "") -> str:
    """A fresh reference for a case: DC for complaints, DP for all others."""
    return new_reference("DC" if right == Right.COMPLAINT else "DP")


class Channel(models.TextChoices):
    """How a request reached us."""

    PORTAL = "portal", "Portal"
    PHONE = "phone", "Phone"
    LETTER = "letter", "Letter"
    EMAIL = "email", "E-mail"
    IN_PERSON = "in-person", "In person"


class ReplyBy(models.TextChoices):
    """How the person wants the answer."""

    DOWNLOAD = "download", "Download here"
    POST = "post", "By post"
    OTHER = "other", "Another way"


class Proof(models.TextChoices):
    """What proves who is asking."""

    NONE = "none", "Not checked"
    CODE = "code", "Code sent to the address on file"
    SIGNED_IN = "signed-in", "Signed in with the address on file"
    STAFF = "staff", "Checked by staff"


class ClockState(models.TextChoices):
    """How the statutory clock of an open case stands; derived from its rows by `casework.dates_of`."""

    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    WAITING = "waiting", "Not started"


class Ground(models.TextChoices):
    """Why a request, or a part of it, may be refused."""

    UNFOUNDED = "unfounded", "Manifestly unfounded (Article 12(5))"
    EXCESSIVE = "excessive", "Manifestly excessive (Article 12(5))"
    EXEMPTION = "exemption", "An exemption applies (Data Protection Act 2018, Schedule 2)"
    CANNOT_IDENTIFY = "cannot-identify", "We cannot tell who you are (Article 12(6))"
    NOT_OURS = "not-ours", "The data are not ours"
    NO_REPLY = "no-reply", "They did not answer for a month what we had to ask"


class Outcome(models.TextChoices):
    """What came of a request that was answered; a refusal, a referral and a cancelled one are states of their own."""

    GRANTED = "granted", "Done in full"
    PART = "part", "Done in part"
    REFUSED = "refused", "Refused"
    NOTHING = "nothing", "Nothing held"


class Draft(models.Model):
    """Answers of a request that is not sent yet. Removed a day after it was last touched, or when it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    right = models.CharField(max_length=20, choices=[(r.value, WORDS[r].name) for r in Right])
    answers = models.JSONField(default=dict)
    authority = models.FileField(storage=sealed.storage, upload_to="authority/", max_length=200, blank=True)
    evidence = models.FileField(storage=sealed.storage, upload_to="evidence/", max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now, db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"draft {self.pk}"


SEARCHED = ("reference", "requester_name", "requester_email", "customer_number", "on_behalf_of")
FOUND_BY = f"""
    SELECT concat_ws(' ', reference, full_name, source_key) INTO person
    FROM subjects_subject WHERE id = NEW.subject_id;
    NEW.found_by := lower(concat_ws(' ', {", ".join(f"NEW.{name}" for name in SEARCHED)}, person));
    RETURN NEW;
"""  # noqa: S608 - our own column names


class Case(models.Model):
    """One request of one data subject about one right."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=12, unique=True, default=case_reference, editable=False)
    right = models.CharField(max_length=20, choices=[(r.value, WORDS[r].name) for r in Right])
    state = models.CharField(
        max_length=12, choices=[(s.value, STAFF_WORDS[s]) for s in State], default=State.RECEIVED
    )
    version = models.PositiveIntegerField(default=0)
    register_version = models.CharField(
        max_length=40, blank=True
    )  # in use when it last moved: for its answer
    submission = models.UUIDField("draft it came from", null=True, blank=True, unique=True, editable=False)
    group = models.UUIDField("linked requests", null=True, blank=True, db_index=True, editable=False)
    about = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="complaints", editable=False
    )

    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.PORTAL)
    received_on = models.DateField("received on")
    received_at = models.DateTimeField("written down at", default=timezone.now)
    clock_start_on = models.DateField("clock started on", null=True, blank=True)
    due_on = models.DateField("answer due on", null=True, blank=True)
    clock = models.CharField(max_length=10, choices=ClockState.choices, default=ClockState.RUNNING)
    stopped_on = models.DateField("asked on", null=True, blank=True)  # since when it is paused or not started
    days_used = models.PositiveSmallIntegerField("days used", null=True, blank=True)  # while paused

    requester_name = models.CharField("name", max_length=200, blank=True)
    requester_email = models.CharField("e-mail address", max_length=254, blank=True, db_index=True)
    requester_phone = models.CharField("telephone", max_length=40, blank=True)
    requester_address = models.CharField("postal address", max_length=500, blank=True)
    customer_number = models.CharField("customer number", max_length=80, blank=True)
    words = models.TextField("request in their words", blank=True, max_length=TEXT_LIMIT)
    kinds = models.JSONField(
        "kinds of data asked for", default=list, blank=True
    )  # dataset keys; empty: everything
    since = models.DateField("from", null=True, blank=True)
    until = models.DateField("to", null=True, blank=True)
    reply_by = models.CharField(max_length=10, choices=ReplyBy.choices, default=ReplyBy.DOWNLOAD)
    reply_needs = models.CharField("what they need", max_length=500, blank=True)

    on_behalf_of = models.CharField("asks for", max_length=200, blank=True)
    relationship = models.CharField(max_length=120, blank=True)

    challenge = models.ForeignKey(Challenge, on_delete=models.SET_NULL, null=True, blank=True, editable=False)
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="cases"
    )
    proof = models.CharField("identity", max_length=10, choices=Proof.choices, default=Proof.NONE)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_note = models.CharField("how it was checked", max_length=400, blank=True)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    ground = models.CharField(max_length=20, choices=Ground.choices, blank=True)
    refusal = models.TextField("reason given", blank=True, max_length=TEXT_LIMIT)
    referred_to = models.CharField("passed on to", max_length=200, blank=True)
    late_reason = models.CharField("why late", max_length=400, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField("what came of it", max_length=10, choices=Outcome.choices, blank=True)
    answered_at = models.DateTimeField("answered", null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    tasks_version = models.PositiveIntegerField(
        default=0
    )  # grows whenever what colleagues found changes, see Package
    customer_wrote_at = models.DateTimeField(null=True, blank=True)  # set by their message, cleared by ours
    # What the queue's search looks in: the fields above and those of the person on file, kept by triggers.
    found_by = models.TextField(blank=True, default="", editable=False)

    class Meta:
        verbose_name = "request"
        indexes = indexes.CASE
        triggers = [
            pgtrigger.Trigger(
                name="found_by",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf(*SEARCHED, "subject_id", "found_by"),
                declare=[("person", "text")],
                func=FOUND_BY,
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def answer_email(self) -> str:
        """The address that the answer goes to: the requester's, unless the officer chose the person it is about.

        "": by post or in another way.
        """
        representative = getattr(self, "representative", None)
        chosen = representative is not None and representative.answer_to == "subject"
        return representative.answer_email if representative and chosen else self.requester_email


class Happening(models.Model):
    """One line of a case's history: what moved, who did it, why and when. Append-only."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=30)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, blank=True)
    actor = models.CharField(max_length=60)  # as in the trail: "staff:3", "customer", "system"
    reason = models.TextField(blank=True, max_length=TEXT_LIMIT)

    class Meta:
        ordering = ["at", "pk"]
        triggers = [append_only("reason")]  # what somebody typed goes with an erasure

    def __str__(self) -> str:
        return f"happening {self.pk}"


class Note(models.Model):
    """What staff write down for each other about a case. It is the person's data too and is in their copy."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField(max_length=TEXT_LIMIT)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"note {self.pk}"
