"""People with records of every kind, and erasures of them, for the tests of this room."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from consent import ledger
from portal.accounts.models import Role
from requests_sar import services
from requests_sar.fulfilment import carrying
from requests_sar.fulfilment.erasure import plan_of
from requests_sar.models import Case, Proof
from requests_sar.rights import Right
from requests_sar.services import erasure
from requests_sar.workflow import State
from retention import due
from retention.models import Disposal, Fate, Line
from subjects import datamap
from subjects.datamap import LONDON
from subjects.models import (
    Address,
    CallRecording,
    Disclosure,
    Email,
    Invoice,
    Order,
    Payment,
    RemoteSession,
    Subject,
    Subscription,
    SupportCall,
    TextMessage,
    WebVisit,
)
from tests import factories

_number = itertools.count(1)
S39_TODAY = "2026-11-23T10:00:00+00:00"


def key() -> str:
    return f"T-{next(_number):06}"


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), LONDON)


def over(kind: str, day: dt.date) -> set[Any]:
    """The keys of all records of a kind whose time is over on that day, held or not."""
    return {pk for each in due.of(datamap.get(kind), day) for pk in each.rows.values_list("pk", flat=True)}


def invoice(subject: Subject, day: dt.date, **fields: Any) -> Invoice:
    fields = {"net": "100.00", "vat": "20.00", "total": "120.00", "paid_on": day, "status": "paid", **fields}
    return Invoice.objects.create(
        subject=subject,
        source_key=key(),
        account=subject.account,
        number=key(),
        issued_on=day,
        description="Support",
        billed_name=subject.full_name,
        billed_address="1 Harbour Road, Bristol",
        **fields,
    )


def payment(subject: Subject, day: dt.date) -> Payment:
    return Payment.objects.create(
        subject=subject,
        source_key=key(),
        paid_on=day,
        amount="120.00",
        method="DD",
        reference=subject.full_name,
    )


def customer(last: dt.date, *, closed: bool = True, name: str = "Alice Okafor", **fields: Any) -> Subject:
    """Somebody who bought: last invoice and payment on `last`, and a record of each kind shortly before."""
    account = factories.account(name=name, opened_on=dt.date(2018, 1, 8), closed_on=last if closed else None)
    subject = factories.subject(
        name, account=account, phone="0117 496 0123", mobile="07700 900123", staff_note="awkward", **fields
    )
    records(subject, last)
    return subject


def records(subject: Subject, last: dt.date) -> None:
    """One record of each kind, or a few."""
    at = noon(last - dt.timedelta(days=10))
    own: dict[str, Any] = {"subject": subject}
    Address.objects.create(**own, source_key=key(), use="home", lines="1 Harbour Road", postcode="BS1 4XX")
    invoice(subject, last)
    payment(subject, last)
    Order.objects.create(
        **own,
        source_key=key(),
        number="7001",
        type="hardware",
        ordered_on=at.date(),
        item="Router",
        total="99",
    )
    Subscription.objects.create(
        **own, source_key=key(), service="Broadband", started_on=dt.date(2019, 1, 7), ended_on=last
    )
    SupportCall.objects.create(
        **own,
        source_key=key(),
        started_at=at,
        issue="No light",
        resolution="Restarted",
        duration_s=600,
        charge="15",
    )
    for _ in range(3):
        name = default_storage.save("recordings/call.wav", ContentFile(b"RIFF sound"))
        CallRecording.objects.create(**own, source_key=key(), recorded_at=at, duration_s=60, file=name)
    Email.objects.create(
        **own, source_key=key(), sent_at=at, direction="inbound", sender=subject.email, body="Hello"
    )
    TextMessage.objects.create(
        **own, source_key=key(), sent_at=at, type="text", number="07700 900123", body="Hi"
    )
    RemoteSession.objects.create(
        **own, source_key=key(), started_at=at, ip="203.0.113.9", computer="ALICE-PC"
    )
    WebVisit.objects.create(**own, source_key=key(), at=at, ip="203.0.113.9", service="Office 365")
    Disclosure.objects.create(
        **own, source_key=key(), at=at, recipient="Swift Parcels", what="Address", why="Delivery"
    )
    ledger.record(
        subject=subject, purpose="marketing", channel="email", act="given", how="sign-up", by=None,
        wording="Yes, write to me", happened_at=at,
    )  # fmt: skip


def asked(subject: Subject, **fields: Any) -> Case:
    """A request to delete, of somebody who is known to be who they are."""
    from requests_sar import fulfilment

    case = factories.case(
        State.TRIAGE,
        right=Right.ERASURE,
        subject=subject,
        proof=Proof.CODE,
        verified_at=dt.datetime.now(dt.UTC),
        requester_email=subject.email,
        requester_name=subject.full_name,
        **fields,
    )
    fulfilment.by_right(Right.ERASURE).opened(case, {})
    return case


def taken_up(subject: Subject, dee: Any = None, **fields: Any) -> Case:
    return services.take_up(case=asked(subject, **fields), by=dee or factories.user(Role.DPO))


def erased(case: Case, dee: Any = None) -> Case:
    """Dry run, approved, carried out at once."""
    dee = dee or factories.user(Role.DPO)
    erasure.dry_run(case=case, by=dee)
    case = services.approve(case=case, by=dee, seen=None)
    carrying.carry_out(str(case.pk))
    case.refresh_from_db()
    return case


def lines(case: Case) -> dict[tuple[str, str], Line]:
    """The lines of a case's plan, by kind and fate."""
    plan = plan_of(case)
    assert isinstance(plan, Disposal)
    return {(line.dataset, line.fate): line for line in plan.lines.all()}


def fates(case: Case) -> dict[str, set[str]]:
    """The fates of each kind."""
    found: dict[str, set[str]] = {}
    for dataset, fate in lines(case):
        found.setdefault(dataset, set()).add(Fate(fate).value)
    return found


def seven_years(day: dt.date) -> str:
    """ "20 November 2030": through which day a payment record of `day` is kept."""
    from portal.register import store
    from retention.schedule import keep_until, long_date

    register = store.current()
    rule = register.retention_for("payment-history")
    until = keep_until(day, rule, accounting_year_end=register.controller.accounting_year_end)
    assert until is not None
    return long_date(until)


def calls_only(subject: Subject) -> None:
    """One support call, with what the person said and what we wrote down."""
    SupportCall.objects.create(
        subject=subject,
        source_key=key(),
        started_at=noon(dt.date(2026, 3, 2)),
        issue="No light on the router",
        resolution="Restarted",
        duration_s=600,
        staff_note="awkward",
    )


def released(case: Case, dee: Any) -> Case:
    """Looked through and handed out by somebody else."""
    case.refresh_from_db()
    services.mark_reviewed(case=case, by=dee)
    case.refresh_from_db()
    return services.release(case=case, by=dee)
