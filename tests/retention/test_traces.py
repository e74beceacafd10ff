"""S53: after an erasure nothing of the person is anywhere but where the law wants it, searched column by column."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models

from consent import ledger
from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar import casework, leaving, services
from requests_sar.ladder import Way
from requests_sar.models import (
    Case,
    Draft,
    Extension,
    IdentityCheck,
    Letter,
    Need,
    Note,
    Package,
    Question,
    Redaction,
    Source,
    Task,
)
from requests_sar.workflow import State
from subjects import checks, datamap, traces
from subjects.models import (
    Address,
    CallRecording,
    DetailChange,
    Disclosure,
    Email,
    ImportBatch,
    ImportChange,
    Invoice,
    Order,
    Payment,
    RecordNote,
    RemoteSession,
    Subject,
    Subscription,
    SupportCall,
    TextMessage,
    WebVisit,
)
from subjects.models.changes import AddressChange
from tests import factories
from tests.retention import people

pytestmark = pytest.mark.django_db
NAME, EMAIL, PHONE = "Zenobia Quillfeather", "zenobia@quill.example", "07700900987"
PHRASE = "xylophone marmalade eclipse"
WORDS = f"{PHRASE} {NAME} {EMAIL} {PHONE}"
NEEDLES = (NAME.lower(), EMAIL, PHONE, PHRASE)
TODAY = "2026-11-23T10:00:00+00:00"
LAST = dt.date(2023, 11, 20)
RECORDS = (
    Order,
    Invoice,
    Payment,
    SupportCall,
    Email,
    TextMessage,
    RemoteSession,
    WebVisit,
    Subscription,
    Disclosure,
)


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


def where() -> dict[str, set[str]]:
    """Every text column of the database that holds one of the needles: "table.column" -> needles."""
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'USER-DEFINED')"
        )
        for table, column in cursor.fetchall():
            for needle in NEEDLES:
                cursor.execute(
                    f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s LIMIT 1', [f"%{needle}%"]
                )
                if cursor.fetchone():
                    found.setdefault(f"{table}.{column}", set()).add(needle)
    return found


def in_files(root: Path) -> list[str]:
    return [
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and any(needle.encode() in path.read_bytes().lower() for needle in NEEDLES)
    ]


def filled(model: type[models.Model], subject: Subject, day: dt.date, **given: object) -> None:
    """A record whose every column of free text holds the needles."""
    row = model(subject=subject, source_key=people.key(), **given)
    for field in model._meta.concrete_fields:
        if field.name in given or field.name in {"source_key", "subject"} or field.choices:
            continue
        if isinstance(field, models.TextField):
            setattr(row, field.name, WORDS)
        elif isinstance(field, models.CharField) and not isinstance(field, models.FileField):
            setattr(row, field.name, WORDS[: field.max_length])
        elif isinstance(field, models.DateTimeField):
            setattr(row, field.name, people.noon(day))
        elif isinstance(field, models.DateField) and not field.null:
            setattr(row, field.name, day)
        elif isinstance(field, models.DecimalField) and not field.null:
            setattr(row, field.name, "1.00")
    row.save()


def planted() -> Subject:
    """Zenobia, everywhere: records, corrections, imports, earlier requests with all that was typed, files, e-mails."""
    account = factories.account(name=NAME, number="Q-100", closed_on=LAST)
    zenobia = factories.subject(
        NAME, email=EMAIL, phone=PHONE, mobile=PHONE, account=account, staff_note=WORDS,
        job_title=PHRASE, portal_login=PHRASE,
    )  # fmt: skip
    Subject.objects.filter(pk=zenobia.pk).update(source_key="Q-SOURCE")
    for model in (
        Order,
        Invoice,
        Payment,
        SupportCall,
        Email,
        TextMessage,
        RemoteSession,
        WebVisit,
        Subscription,
        Disclosure,
    ):
        filled(model, zenobia, LAST, **({"ended_on": LAST} if model is Subscription else {}))
    Invoice.objects.update(billed_name=NAME, billed_address="1 Quill Street", description="Support")
    Invoice.objects.update(number="I-1", status="paid")
    Payment.objects.update(reference="R-1", method="DD", invoice_number="I-1")
    Order.objects.update(item="Router", number="O-1", status="delivered")
    Subscription.objects.update(service="Broadband", plan="Fast", status="ended")
    SupportCall.objects.update(channel="phone", status="resolved")
    TextMessage.objects.update(direction="inbound")
    Disclosure.objects.update(recipient="Swift Parcels", recipient_kind="", what="Address", why="Delivery")
    sound = default_storage.save("recordings/one.wav", ContentFile(WORDS.encode()))
    filled(CallRecording, zenobia, LAST, file=sound, media_type="audio/wav", size=9, direction="inbound")
    Address.objects.create(subject=zenobia, source_key=people.key(), lines="1 Quill Street", use="home")
    DetailChange.objects.create(
        subject=zenobia, act=uuid.uuid4(), at=people.noon(LAST), dataset="contact-details", record="x",
        label="Mobile", before=WORDS, after=WORDS, side="requester", by="customer",
    )  # fmt: skip
    RecordNote.objects.create(
        subject=zenobia,
        dataset="support-calls",
        record="1",
        label="Call",
        kind="statement",
        text=WORDS,
        by="customer",
    )
    AddressChange.objects.create(
        subject=zenobia, record="x", dataset="contact-details", column="email", old=EMAIL, new=EMAIL
    )
    batch = ImportBatch.objects.create(kind="customers")
    ImportChange.objects.create(
        batch=batch, model="subjects.Subject", key="Q-SOURCE", before={"full_name": WORDS}
    )
    for email in Email.objects.all():
        ImportChange.objects.create(
            batch=batch, model="subjects.Email", key=email.source_key, before={"body": WORDS}
        )
    ledger.record(
        subject=zenobia, purpose="marketing", channel="email", act="given", how="sign-up", by=None, wording="Yes",
        happened_at=people.noon(LAST),
    )  # fmt: skip
    _earlier_request(zenobia)
    return zenobia


def _earlier_request(zenobia: Subject) -> None:
    draft = factories.draft(EMAIL, name=NAME, words=WORDS)
    Draft.objects.create(right="access", answers={"email": EMAIL, "name": NAME})  # never sent
    old = factories.case(
        State.CLOSED, subject=zenobia, submission=draft.pk, requester_name=NAME, requester_email=EMAIL,
        requester_phone=PHONE, requester_address=WORDS, customer_number=PHRASE, words=WORDS, reply_needs=WORDS,
        verified_note=WORDS, received_on=dt.date(2025, 5, 5),
    )  # fmt: skip
    factories.evidence(old, "authority", b"%PDF-1.4 " + WORDS.encode())
    factories.representative(old, authority_note=WORDS, answer_why=WORDS, judgement=WORDS, answer_email=EMAIL)
    IdentityCheck.objects.create(case=old, way=Way.DOCUMENT, outcome="matched", reason=WORDS)
    Redaction.objects.create(
        case=old, number=1, reach="record", category="other", law="Schedule 2", why=WORDS
    )
    casework.note(old, "message", by=None, reason=WORDS)
    Letter.objects.create(case=old, side="requester", text=WORDS)
    Note.objects.create(case=old, text=WORDS)
    Need.objects.create(case=old, kind="identity", why=WORDS, asked_on=dt.date(2025, 5, 6))
    Question.objects.create(
        case=old, category="other", text=WORDS, asked_on=dt.date(2025, 5, 6), pauses=False
    )
    Extension.objects.create(case=old, ground="complex", reason=WORDS, told_on=dt.date(2025, 5, 7))
    Task.objects.create(
        case=old, subject=zenobia, title="Paper", ask=WORDS, because=WORDS, due_on=dt.date(2025, 6, 1)
    )
    made = factories.package(old)
    Source.objects.filter(package=made).update(error=WORDS, waived_because=WORDS)
    Package.objects.filter(pk=factories.package(subject=zenobia).pk).update(purpose=WORDS, error=WORDS)
    Message.objects.create(
        to=EMAIL, template="requests_sar/received", subject="Your request", text=WORDS, html=WORDS,
        about=old.reference, state=Message.State.SENT,
    )  # fmt: skip
    factories.visit(EMAIL)


# What may be left, and why.
LEFT = {
    # Kept for the law with the payment records, locked (tax law; the notice's seven years).
    "subjects_subject.full_name": {NAME.lower()},
    "subjects_account.name": {NAME.lower()},
    "subjects_invoice.billed_name": {NAME.lower()},
    "subjects_identifier.value": {NAME.lower()},  # made from the name: only those with the power find it
    # The file of the requests shows that we answered (six years): who asked, and our answer.
    "requests_sar_case.requester_name": {NAME.lower()},
    "requests_sar_case.requester_email": {EMAIL},
    "requests_sar_case.found_by": {
        NAME.lower(),
        EMAIL,
    },  # made by the database from these two and the reference
    # The e-mail that announces the answer left after the work.
    "mail_message.to": {EMAIL},
    # Whom we still have to tell (Article 19) must know about whom; emptied when they have been told.
    "requests_sar_recipientnotice.who": {NAME.lower()},
}


@time_machine.travel(TODAY, tick=False)
def test_s53_traces(tmp_path, django_capture_on_commit_callbacks) -> None:
    zenobia = planted()
    before = where()
    assert len(before) > 40  # the test plants what it searches for
    assert in_files(tmp_path)
    dee = factories.user(Role.DPO)
    case = people.asked(zenobia)
    case = services.take_up(case=case, by=dee)
    with django_capture_on_commit_callbacks(execute=True):
        case = people.erased(case, dee)
    assert case.state == State.CLOSED
    left = where()
    too_much = {place: found - LEFT.get(place, set()) for place, found in left.items()}
    assert {place: found for place, found in too_much.items() if found} == {}
    assert in_files(tmp_path) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []  # no sealed file of hers either
    assert Package.objects.exclude(key=None).count() == 0


@time_machine.travel(TODAY, tick=False)
def test_a_copy_that_was_handed_out_may_still_be_fetched() -> None:
    zenobia, dee = planted(), factories.user(Role.DPO)
    case = factories.case(State.RELEASED, subject=zenobia, requester_email=EMAIL)
    fetchable = factories.package(case, released_at=people.noon(dt.date(2026, 11, 20)))
    people.erased(services.take_up(case=people.asked(zenobia), by=dee), dee)
    fetchable.refresh_from_db()
    assert fetchable.state == Package.State.READY
    assert fetchable.key is not None


def test_every_table_with_words_is_reached_or_named_with_its_reason() -> None:
    """A new table is in the data map, a trace, or named: else an erasure would not find what stands in it."""
    reached = {dataset.model for dataset in datamap.datasets()}
    reached |= {model for trace in traces.traces() for model in trace.models}
    reached |= set(traces.without())
    holds_words = (models.CharField, models.TextField, models.JSONField, models.FileField)
    missing = [
        model._meta.label
        for model in checks._our_models()
        if model._meta.label not in reached
        and any(isinstance(field, holds_words) for field in model._meta.concrete_fields)
    ]
    assert missing == []


def test_the_papers_of_requests_are_known_as_such() -> None:
    for dataset in datamap.datasets():
        if dataset.subject_path.endswith("case__subject") or dataset.model == "requests_sar.Case":
            assert dataset.key in leaving.PAPERS, dataset.key
    assert django_settings.CELERY_RESULT_BACKEND is None  # no store of task results that could hold a word
    assert Case._meta.get_field("subject").null
