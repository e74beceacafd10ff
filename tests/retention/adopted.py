"""The oracle's world of a company that is there already: read once from its tables, before the first run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from consent import suppression
from consent.models import ConsentEvent
from subjects import models as rows
from subjects.datamap import LONDON
from tests.retention.independent import House, Person, Row
from tests.retention.members import Member
from tests.retention.simulated import Company

# kind -> model, the dates its period counts from, and those of them (and more) that a relationship lasts by
DATED: dict[str, tuple[Any, tuple[str, ...], tuple[str, ...]]] = {
    "invoices": (rows.Invoice, ("issued_on", "paid_on"), ("issued_on", "paid_on")),
    "payments": (rows.Payment, ("paid_on",), ("paid_on",)),
    "orders": (rows.Order, ("ordered_on",), ("ordered_on", "delivered_on")),
    "subscriptions": (rows.Subscription, ("ended_on",), ("ended_on",)),
    "support-calls": (rows.SupportCall, ("started_at",), ("started_at",)),
    "texts-and-faxes": (rows.TextMessage, ("sent_at",), ("sent_at",)),
    "emails": (rows.Email, ("sent_at",), ("sent_at",)),
    "remote-sessions": (rows.RemoteSession, ("started_at",), ("started_at",)),
    "call-recordings": (rows.CallRecording, ("recorded_at",), ()),
    "web-visits": (rows.WebVisit, ("at",), ()),
    "disclosures": (rows.Disclosure, ("at",), ()),
    "pauses": (rows.Restriction, ("lifted_at",), ()),
}
PURCHASES = {"invoices", "payments", "orders", "subscriptions"}


def adopt(company: Company, today: dt.date) -> None:
    """Everybody of the database, with all that is known of them, as members of the company."""
    houses = {
        each.pk: (each, House(closed=each.closed_on, owes=each.balance > 0))
        for each in rows.Account.objects.all()
    }
    members = {
        each.pk: _member(company, each, houses) for each in rows.Subject.objects.order_by("source_key", "pk")
    }
    for key, (account, house) in houses.items():
        if house.people:
            books = company.world.add(Row("account", str(key), house.people))
            for member in members.values():
                if member.account == account:
                    member.books = books
    for address in rows.Address.objects.filter(subject__isnull=False):
        _row(company, members[address.subject_id], "addresses", address)
    for kind in DATED:
        _records(company, members, kind)
    for event in ConsentEvent.objects.filter(subject__isnull=False).order_by("happened_at", "pk"):
        person = members[event.subject_id].person
        way = event.channel if event.purpose == "marketing" else f"{event.purpose} {event.channel}"
        person.consent[way] = (_day(event.happened_at), event.act == "given")
        _row(company, members[event.subject_id], "marketing-choices", event).days.append(
            _day(event.happened_at)
        )
    addresses = [each.address for each in company.members]
    company.world.unwanted = dict.fromkeys(suppression.standing(addresses, "email", "marketing"), today)


def _member(company: Company, subject: rows.Subject, houses: dict[Any, tuple[rows.Account, House]]) -> Member:
    account, house = houses[subject.account_id] if subject.account_id else (None, None)
    person = Person(
        str(subject.pk), subject.email, house, known=subject.signed_up_on or _day(subject.created_at)
    )
    if house:
        house.people.append(person)
    member = Member.__new__(Member)
    member.company, member.subject, member.person, member.account = company, subject, person, account
    member.address, member.quiet, member.pauses, member.books = subject.email, False, {}, None
    company.members.append(member)
    member.home = _row(company, member, "contact-details", subject)
    return member


def _records(company: Company, members: dict[Any, Member], kind: str) -> None:
    model, own, lasting = DATED[kind]
    for each in model.objects.filter(subject__isnull=False):
        member = members[each.subject_id]
        row = _row(company, member, kind, each)
        row.days += _days(each, own)
        if getattr(each, "direction", "") != "outbound":  # what we write to people is no contact of theirs
            member.person.history += _days(each, lasting)
        member.person.bought = member.person.bought or kind in PURCHASES
        if kind == "subscriptions":
            member.person.contracts.append(row)


def _row(company: Company, member: Member, kind: str, made: Any) -> Row:
    return company.world.add(Row(kind, str(made.pk), [member.person]))


def _days(made: Any, fields: tuple[str, ...]) -> Iterator[dt.date]:
    found = (getattr(made, field) for field in fields)
    return (_day(each) for each in found if each is not None)


def _day(at: dt.date | dt.datetime) -> dt.date:
    return at.astimezone(LONDON).date() if isinstance(at, dt.datetime) else at
