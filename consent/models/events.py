"""The consent ledger: every agreement and every "no" as it happened; and the state that follows from it.

An event is about a data subject or, where we know nothing but an address, about that address alone. Events are only
added (a trigger sees to it); an approved disposal may take whole rows out at the end of their period.
"""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from consent.models.wording import Wording
from subjects.append_only import append_only
from subjects.models import Subject


class Act(models.TextChoices):
    """What somebody said."""

    GIVEN = "given", "Agreed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    OBJECTED = "objected", "Objected"


class Channel(models.TextChoices):
    """The way that a purpose uses to reach somebody."""

    EMAIL = "email", "E-mail"
    PHONE = "phone", "Phone"
    TEXT = "text", "Text message"
    POST = "post", "Post"
    WEB = "web", "Website"  # for purposes that reach nobody, such as figures about visits


REACHES = (Channel.EMAIL, Channel.PHONE, Channel.TEXT, Channel.POST)  # the channels of marketing


class How(models.TextChoices):
    """How we were told."""

    PAGE = "page", "On the page of marketing choices"
    SIGN_UP = "sign-up", "On a sign-up form"
    CONFIRMED = "confirmed", "By the link in an email that asked to confirm"
    LINK = "link", "By the link in an email"
    ONE_CLICK = "one-click", "By the unsubscribe button of their email program (one-click header)"
    EMAIL = "email", "By email"
    PHONE = "phone", "By phone"
    LETTER = "letter", "By letter"
    BROWSER = "browser", "By a signal of their browser (Global Privacy Control)"
    OBJECTION = "objection", "By an objection on this portal"
    ERASURE = "erasure", "By asking us to delete their data"
    SYSTEM = "system", "By another system of ours"
    IMPORT = "import", "From an imported list"


# Only these show an act of the person themselves, so only a yes of these takes somebody off the do-not-contact list.
OWN = frozenset({How.PAGE, How.SIGN_UP, How.CONFIRMED, How.EMAIL, How.PHONE, How.LETTER})

_WHO = Q(subject__isnull=False, address="") | Q(subject__isnull=True) & ~Q(address="")
# Once a statement, not once a row: appending many costs little, and two writers take the flags in one order.
# Two arbiters and not one over both columns: looking for a conflict with a null would read the whole index.
_KEEP = """
INSERT INTO consent_consentflag (subject_id, address, purpose, channel, act, how, happened_at, event_id)
SELECT DISTINCT ON ({who}, purpose, channel)
       subject_id, address, purpose, channel, act, how, happened_at, id
FROM added WHERE subject_id IS {null}
ORDER BY {who}, purpose, channel, happened_at DESC, id DESC
ON CONFLICT ({who}, purpose, channel) WHERE subject_id IS {null} DO UPDATE
SET act = EXCLUDED.act, how = EXCLUDED.how, happened_at = EXCLUDED.happened_at, event_id = EXCLUDED.event_id
WHERE (EXCLUDED.happened_at, EXCLUDED.event_id) > (consent_consentflag.happened_at, consent_consentflag.event_id);
"""
_LATEST = f"""
{_KEEP.format(who="subject_id", null="NOT NULL")}
{_KEEP.format(who="address", null="NULL")}
RETURN NULL;
"""
_GONE = "DELETE FROM consent_consentflag WHERE event_id = OLD.id; RETURN NULL;"


class ConsentEvent(models.Model):
    """One act about one purpose and channel. Never changed, never removed by hand."""

    Act = Act
    Channel = Channel
    How = How

    subject = models.ForeignKey(
        Subject,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="consent_events",
        db_index=False,
    )
    address = models.CharField("address alone", max_length=254, blank=True)  # normalised; without a subject
    purpose = models.CharField(max_length=60)  # key of a business function in the register
    channel = models.CharField(max_length=10, choices=Channel.choices)
    act = models.CharField(max_length=10, choices=Act.choices)
    how = models.CharField("how we were told", max_length=40, choices=How.choices)
    wording = models.ForeignKey(
        Wording,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        db_index=False,
    )  # the words they were shown, or used
    evidence = models.CharField(
        max_length=80, blank=True
    )  # a reference: "case:DP-…", "campaign:…", never words
    key = models.CharField(max_length=120, null=True, blank=True)  # so that a repeat adds nothing
    happened_at = models.DateTimeField("when")
    recorded_at = models.DateTimeField("written down at")
    # The number of the transaction that wrote it, given by the database: `changes` reads in this order.
    transaction = models.BigIntegerField(
        editable=False,
        db_default=models.Func(
            template="pg_current_xact_id()::text::bigint", output_field=models.BigIntegerField()
        ),
    )

    class Meta:
        indexes = [
            models.Index(fields=["subject", "happened_at", "id"]),
            models.Index(fields=["wording"], condition=Q(wording__isnull=False), name="consent_by_wording"),
            models.Index(fields=["transaction", "id"], name="consent_by_transaction"),
            models.Index(
                fields=["address", "happened_at"], condition=~Q(address=""), name="consent_by_address"
            ),
            # For the nightly run. Events come nearly in the order of their days, and this kind costs a click nothing.
            BrinIndex(fields=["happened_at"], autosummarize=True, name="consent_event_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=_WHO, name="consent_of_somebody"),
            # Not `unique=True`, which adds a second index for patterns.
            models.UniqueConstraint(fields=["key"], name="consent_key_once"),
        ]
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="latest_word",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="added"),
                func=_LATEST,
            ),
            pgtrigger.Trigger(name="word_gone", operation=pgtrigger.Delete, when=pgtrigger.After, func=_GONE),
        ]

    def __str__(self) -> str:
        return f"consent event {self.pk}"


class ConsentFlag(models.Model):
    """The last word of somebody about a purpose and channel: follows from the ledger, written by its trigger alone.

    `manage.py rebuild_consent` makes it anew from the events and says whether anything differed.
    """

    # The event that it follows from has the constraint.
    subject = models.ForeignKey(
        Subject,
        on_delete=models.CASCADE,
        null=True,
        related_name="consent_flags",
        db_constraint=False,
        db_index=False,
    )
    address = models.CharField(max_length=254, blank=True)
    purpose = models.CharField(max_length=60)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    act = models.CharField(max_length=10, choices=Act.choices)
    how = models.CharField(max_length=40, choices=How.choices)
    happened_at = models.DateTimeField()
    event_id = models.BigIntegerField()  # no key of the database, so that ending an event needs no order

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "purpose", "channel"],
                condition=Q(subject__isnull=False),
                name="one_last_word",
            ),
            models.UniqueConstraint(
                fields=["address", "purpose", "channel"],
                condition=Q(subject__isnull=True),
                name="one_last_word_alone",
            ),
        ]
        indexes = [
            models.Index(fields=["event_id"], name="flag_by_event"),
        ]

    def __str__(self) -> str:
        return f"consent flag {self.pk}"
