"""What we hold about a data subject: one table for each kind of data that the notice names."""

from __future__ import annotations

from django.db import models

from subjects.models.subject import Account, Subject


def due(field: str, name: str) -> models.Index:
    """What the nightly run looks for: records by the date that their period counts from."""
    return models.Index(fields=[field], name=name)


def due_while_named(field: str, name: str) -> models.Index:
    """The same, without those that point to nobody any more: they are never due again, however many there are."""
    return models.Index(fields=[field], condition=models.Q(subject__isnull=False), name=name)


class Record(models.Model):
    """What every record has: whose it is, and its key in the system it came from (a second import changes nothing)."""

    # Nobody's: a record that stopped pointing to anybody, kept for its figures.
    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, null=True, related_name="%(class)ss")
    source_key = models.CharField("number in the source system", max_length=80, unique=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class Order(Record):
    """Hardware or software bought."""

    class Type(models.TextChoices):
        HARDWARE = "hardware", "Hardware"
        SOFTWARE = "software", "Software"

    number = models.CharField("order number", max_length=40)
    type = models.CharField(max_length=10, choices=Type.choices)
    ordered_on = models.DateField("ordered on")
    item = models.CharField("what was ordered", max_length=400)
    quantity = models.PositiveIntegerField(default=1)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    status = models.CharField(max_length=20, blank=True)
    delivered_on = models.DateField("delivered on", null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "ordered_on", "id"]),
            due_while_named("ordered_on", "order_due"),
        ]


class Invoice(Record):
    """An invoice: the supporting document of an accounting year."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices"
    )
    number = models.CharField("invoice number", max_length=40)
    issued_on = models.DateField("issued on")
    due_on = models.DateField("due on", null=True, blank=True)
    paid_on = models.DateField("paid on", null=True, blank=True)
    description = models.CharField("what for", max_length=400, blank=True)
    net = models.DecimalField(max_digits=12, decimal_places=2)
    vat = models.DecimalField("VAT", max_digits=12, decimal_places=2, default=0)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    status = models.CharField(max_length=20, blank=True)
    billed_name = models.CharField("name on the invoice", max_length=200, blank=True)
    billed_address = models.CharField("address on the invoice", max_length=400, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "issued_on", "id"]),
            due_while_named("issued_on", "invoice_due"),
        ]


class Payment(Record):
    """A payment received or refunded."""

    invoice_number = models.CharField("for invoice", max_length=40, blank=True)
    paid_on = models.DateField("paid on")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    method = models.CharField("how it was paid", max_length=40, blank=True)
    reference = models.CharField("payment reference", max_length=80, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "paid_on", "id"]),
            due_while_named("paid_on", "payment_due"),
        ]


class SupportCall(Record):
    """One line of the itemised history: time, issue, duration, resolution."""

    started_at = models.DateTimeField("time of call")
    channel = models.CharField("how", max_length=20, blank=True)
    issue = models.TextField("what it was about", blank=True)
    duration_s = models.PositiveIntegerField("how long", default=0)
    resolution = models.TextField("what we did", blank=True)
    status = models.CharField(max_length=20, blank=True)
    agent = models.CharField("who helped", max_length=120, blank=True)
    staff_note = models.TextField("our note", blank=True)
    charge = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "started_at", "id"]),
            due_while_named("started_at", "support_call_due"),
        ]


class CallRecording(Record):
    """A recorded call: the facts about it and the sound file."""

    recorded_at = models.DateTimeField("recorded at")
    duration_s = models.PositiveIntegerField("how long", default=0)
    direction = models.CharField(max_length=10, blank=True)
    number = models.CharField("telephone number", max_length=40, blank=True)
    agent = models.CharField("who you spoke with", max_length=120, blank=True)
    file = models.FileField("sound file", max_length=200, blank=True)
    media_type = models.CharField(max_length=80, blank=True)
    size = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "recorded_at", "id"]),
            due("recorded_at", "call_recording_due"),
        ]


class Email(Record):
    """An e-mail between us and the person."""

    sent_at = models.DateTimeField("sent at")
    direction = models.CharField(max_length=10, blank=True)
    sender = models.CharField("from", max_length=254, blank=True)
    recipients = models.CharField("to", max_length=1000, blank=True)
    subject_line = models.CharField("subject", max_length=1000, blank=True)
    body = models.TextField("text", blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "sent_at", "id"]), due("sent_at", "email_due")]


class TextMessage(Record):
    """A text message or a fax."""

    class Type(models.TextChoices):
        TEXT = "text", "Text message"
        FAX = "fax", "Fax"

    sent_at = models.DateTimeField("sent at")
    type = models.CharField(max_length=10, choices=Type.choices)
    direction = models.CharField(max_length=10, blank=True)
    number = models.CharField("telephone number", max_length=40, blank=True)
    body = models.TextField("text", blank=True)
    pages = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "sent_at", "id"]),
            due_while_named("sent_at", "text_message_due"),
        ]


class RemoteSession(Record):
    """A remote support session on the person's computer."""

    started_at = models.DateTimeField("started at")
    duration_s = models.PositiveIntegerField("how long", default=0)
    ip = models.CharField("IP address", max_length=45, blank=True)
    computer = models.CharField("computer name", max_length=120, blank=True)
    agent = models.CharField("who connected", max_length=120, blank=True)
    purpose = models.CharField("why", max_length=400, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "started_at", "id"]),
            due("started_at", "remote_session_due"),
        ]


class WebVisit(Record):
    """Use of one of our web applications or services, with the IP address it came from."""

    at = models.DateTimeField("when")
    ip = models.CharField("IP address", max_length=45, blank=True)
    service = models.CharField("which service", max_length=120, blank=True)
    action = models.CharField("what was done", max_length=200, blank=True)
    browser = models.CharField("browser", max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "at", "id"]), due("at", "web_visit_due")]


class Subscription(Record):
    """A service the person or their company subscribes to."""

    service = models.CharField(max_length=200)
    plan = models.CharField(max_length=120, blank=True)
    started_on = models.DateField("started on")
    ended_on = models.DateField("ended on", null=True, blank=True)
    price = models.DecimalField("price a month", max_digits=10, decimal_places=2, null=True, blank=True)
    licences = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "started_on", "id"]),
            due_while_named("ended_on", "subscription_due"),
        ]


class Disclosure(Record):
    """That somebody's data were given to a recipient: which, when and why."""

    at = models.DateTimeField("when")
    recipient = models.CharField("given to", max_length=200)
    recipient_kind = models.CharField("kind of recipient", max_length=60, blank=True)  # key in the register
    what = models.CharField("what was given", max_length=400, blank=True)
    why = models.CharField("why", max_length=400, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject", "at", "id"]), due("at", "disclosure_due")]
