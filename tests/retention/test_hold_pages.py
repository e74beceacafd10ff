"""S44 in pages: the officer places a hold, is asked again, and lets go. Each door from every side."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Role
from retention.models import Hold
from subjects.models import Subject
from tests import customer, factories

pytestmark = pytest.mark.django_db
NEW = "/admin/holds/new/"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False):
        yield


@pytest.fixture
def alice() -> Subject:
    return factories.subject(account=factories.account(number="A-77"))


@pytest.fixture
def dee() -> Client:
    return signed_in(Role.DPO)


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(factories.user(role))
    return client


def day(name: str, year: int) -> dict[str, str]:
    return {f"{name}_day": "1", f"{name}_month": "2", f"{name}_year": str(year)}


def given(subject: Subject, **changes: object) -> dict[str, object]:
    owner = factories.user(Role.DPO)
    return {
        "reference": "Claim 7", "reason": "Dispute about a bill", "owner": owner.pk, "whose": "person",
        "number": subject.reference.lower(), "datasets": ["emails"], **day("review_on", 2027), **changes,
    }  # fmt: skip


def test_s44_the_officer_places_a_hold(dee: Client, alice: Subject) -> None:
    whole = given(alice)
    for lacking in ("reference", "reason", "owner", "whose", "number"):
        assert dee.post(NEW, {**whole, lacking: ""}).status_code == 422, lacking
    for wrong in (
        {"number": "P-AAAA-AAAA"}, {"whose": "account"}, {"whose": "everybody", "datasets": []}, {"whose": "x"},
        day("review_on", 2020), {"datasets": ["no-such"]}, {"reason": "x" * 401}, {"since_day": "1"},
        {**day("since", 2020), **day("until", 2019)},
    ):  # fmt: skip
        assert dee.post(NEW, {**whole, **wrong}).status_code == 422, wrong
    assert not Hold.objects.exists()
    for _ in range(2):  # pressed twice, it stands once
        assert dee.post(NEW, whole).status_code == 302
    hold = Hold.objects.get()
    assert (hold.subject, hold.datasets, hold.review_on) == (alice, ["emails"], dt.date(2027, 2, 1))
    assert hold.owner_id == whole["owner"]


def test_a_hold_on_an_account_and_on_everybodys_records_of_some_dates(dee: Client, alice: Subject) -> None:
    assert dee.post(NEW, given(alice, whose="account", number="a-77", datasets=[])).status_code == 302
    dates = {**day("since", 2020), **day("until", 2021)}
    assert dee.post(NEW, given(alice, whose="everybody", number="", **dates)).status_code == 302
    of_account, of_all = Hold.objects.order_by("account_id")
    assert (of_account.account, of_account.subject, of_account.datasets) == (alice.account, None, [])
    assert (of_all.account, of_all.since, of_all.until) == (None, dt.date(2020, 2, 1), dt.date(2021, 2, 1))
    words = customer.words(dee.get("/admin/holds/"))
    assert "Account A-77" in words
    assert "“Emails”, from 1 February 2020 up to 1 February 2021" in words
    person = customer.words(dee.get(reverse("admin:person", args=[alice.reference])))
    assert "Account A-77: Everything" in person
    assert "Everybody: “Emails”" in person


def test_it_is_asked_again_and_ended_with_a_reason(dee: Client, alice: Subject) -> None:
    assert "Nothing is held for a legal claim" in customer.words(dee.get("/admin/holds/"))
    dee.post(NEW, given(alice))
    hold = Hold.objects.get()
    address = f"/admin/holds/{hold.pk}/"
    with time_machine.travel("2027-02-01T09:00:00+00:00", tick=False):
        then, dee = dee, signed_in(Role.DPO)
        assert "Ask now" in customer.words(dee.get("/admin/holds/"))
        assert dee.post(f"{address}keep/", day("review_on", 2026)).status_code == 422
        assert dee.post(f"{address}keep/", {}).status_code == 422
        assert dee.post(f"{address}keep/", day("review_on", 2028)).status_code == 302
        assert "Tuesday 1 February 2028" in customer.words(dee.get(address))
    dee = then
    assert dee.post(f"{address}end/", {"why": " "}).status_code == 422
    assert Hold.objects.get().released_at is None
    assert "next run" in customer.words(dee.post(f"{address}end/", {"why": "Settled"}, follow=True))
    assert "ended already" in customer.words(dee.post(f"{address}end/", {"why": "Settled"}, follow=True))
    late = dee.post(f"{address}keep/", day("review_on", 2028), follow=True)
    assert "ended already" in customer.words(late)
    assert "End the hold" not in customer.words(dee.get(address))
    assert "No hold" not in customer.words(dee.get("/admin/holds/?show=ended"))
    assert "Settled" in customer.words(dee.get(address))


def test_only_those_who_decide_may_see_or_touch_a_hold(dee: Client, alice: Subject) -> None:
    dee.post(NEW, given(alice))
    hold = Hold.objects.get()
    address = f"/admin/holds/{hold.pk}/"
    for path in (f"{address}end/", f"{address}keep/"):
        assert dee.get(path).status_code == 405
    for client in (signed_in(Role.STAFF), signed_in(Role.AUDITOR), signed_in(Role.SUPPORT)):
        assert client.get("/admin/holds/").status_code == 403
        assert client.post(NEW, given(alice, reference="Mine")).status_code == 403
        assert client.post(f"{address}end/", {"why": "x"}).status_code == 403
        assert "Legal holds" not in customer.words(client.get("/admin/"))
    assert Client().post(f"{address}end/", {"why": "x"}).status_code == 302
    assert Hold.objects.get().released_at is None
    assert dee.get(f"/admin/holds/{uuid.uuid4()}/").status_code == 404
    assert dee.get(f"{NEW}?person=P-AAAA-AAAA").status_code == 404
    assert alice.reference in customer.words(dee.get(f"{NEW}?person={alice.reference}"))
