"""O3.3: whoever is held is skipped and named: to officers by name, with the hold; in what is printed by reference."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Role
from requests_sar.rights import Right
from retention import held, holds, legal, running, working
from retention.models import Hold
from subjects import datamap, restriction
from subjects.models import Account, CallRecording, Restriction, Subject
from tests import customer, factories
from tests.retention import people

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)
OLD = dt.date(2018, 1, 8)


@pytest.fixture(autouse=True)
def _world(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path
    with time_machine.travel(people.S39_TODAY, tick=False):
        yield


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(factories.user(role))
    return client


def claim(dee: Any, reference: str, **scope: Any) -> Hold:
    given = {"reason": "They say so", "owner": dee, "review_on": dt.date(2027, 2, 1), **scope}
    return legal.place(by=dee, reference=reference, **given)


def somebody(name: str) -> Subject:
    return people.customer(OLD, name=name, email=f"{name.split()[0].lower()}@example.com")


def test_each_way_of_being_held_is_told_with_what_holds_it() -> None:
    dee = factories.user(Role.DPO)
    found = {
        name: somebody(f"{name} Marsh")
        for name in ("Own", "Account", "Young", "Pause", "Asked", "Owes", "Free")
    }
    own = claim(dee, "Claim 1", subject=found["Own"], datasets=["invoices"], since=OLD, until=OLD)
    account = claim(dee, "Claim 2", account=found["Account"].account)
    later = claim(dee, "Claim 3", subject=found["Young"], since=dt.date(2024, 1, 1))  # about later days
    pause = restriction.restrict(
        subject=found["Pause"],
        ground=Restriction.Ground.CLAIMS,
        reference="DP-PAUSED",
        by=None,
        kinds=["invoices"],
    )
    holds.place(subject=found["Asked"], kind=Hold.Kind.COMPLAINT, reference="DC-ASKED", by=None)
    Account.objects.filter(pk=found["Owes"].account_id).update(balance="5")
    invoices = datamap.get("invoices")
    said = {each.people[0].full_name: each for each in held.named(invoices, held.rows(invoices, TODAY)[:50])}
    assert {name.split()[0]: (each.hold, each.pause, each.case) for name, each in said.items()} == {
        "Own": (own, None, ""),
        "Account": (account, None, ""),
        "Pause": (None, pause, ""),
        "Asked": (None, None, "DC-ASKED"),
        "Owes": (None, None, ""),
    }
    accounts = datamap.get("account")
    (kept,) = held.named(accounts, held.rows(accounts, TODAY).filter(pk=found["Young"].account_id)[:5])
    assert (kept.people, kept.hold) == ((found["Young"],), later)  # an account has no date


def test_a_claim_on_everybody_is_the_one_that_is_shown(django_assert_max_num_queries) -> None:
    dee = factories.user(Role.DPO)
    alice, bob = somebody("Alice Okafor"), somebody("Bob Marsh")
    everybody = claim(
        dee, "Claim 9", datasets=["call-recordings"], since=OLD - dt.timedelta(days=60), until=OLD
    )
    calls = datamap.get("call-recordings")
    with django_assert_max_num_queries(12):
        said = held.named(calls, held.rows(calls, TODAY)[:50])
    assert {each.hold for each in said} == {everybody}
    assert {person for each in said for person in each.people} == {alice, bob}


def test_o3_3_the_run_skips_and_names_whoever_is_held() -> None:
    dee, client = factories.user(Role.DPO), signed_in(Role.DPO)
    alice = somebody("Alice Okafor")
    somebody("Bob Marsh")
    hold = claim(dee, "Okafor and we", subject=alice)
    run = running.plan(by=dee, kinds=["call-recordings"])
    page = customer.words(client.get(reverse("admin:run", args=[run.reference])))
    assert "Due and held" in page
    assert f"Alice Okafor {alice.reference}" in page
    assert "Okafor and we" in page
    running.approve(run=run, by=dee)
    working.run(working.claim(run.pk))
    assert {each.subject for each in CallRecording.objects.all()} == {alice}
    whole = client.get(reverse("admin:run_held", args=[run.reference]), {"kind": "call-recordings"})
    assert reverse("admin:hold", args=[hold.pk]) in whole.content.decode()
    assert "Bob" not in customer.words(whole)
    assert "3 records" in customer.words(whole)
    legal.release(hold=hold, by=dee, why="Settled")
    assert "Nothing is held any more" in customer.words(
        client.get(reverse("admin:run_held", args=[run.reference]))
    )


def test_auditors_see_references_and_strangers_nothing() -> None:
    dee = factories.user(Role.DPO)
    alice = somebody("Alice Okafor")
    claim(dee, "Okafor and we", subject=alice)
    run = running.plan(by=dee, kinds=["call-recordings"])
    for name in ("run", "run_held"):
        address = reverse(f"admin:{name}", args=[run.reference])
        page = customer.words(signed_in(Role.AUDITOR).get(address))
        assert alice.reference in page
        assert "Okafor" not in page
        refused = signed_in(Role.STAFF).get(address)
        assert refused.status_code == 403
        assert "Go back to Today" in customer.words(refused)
        assert Client().get(address).status_code == 302
        assert signed_in(Role.DPO).post(address).status_code == 405
    assert signed_in(Role.DPO).get(reverse("admin:run_held", args=["RUN-NONE"])).status_code == 404
    odd = signed_in(Role.DPO).get(address, {"kind": "nonsense", "page": "x" * 40})
    assert alice.reference in customer.words(odd)


def test_what_the_command_prints_has_references_and_no_names() -> None:
    dee = factories.user(Role.DPO)
    alice = somebody("Alice Okafor")
    case = factories.case(right=Right.ACCESS, subject=alice)
    hold = claim(dee, "Okafor and we", subject=alice)
    said = io.StringIO()
    call_command("dispose", "--dry-run", "--dataset", "call-recordings", stdout=said)
    recording = CallRecording.objects.order_by("pk").first()
    line = f"Held: {alice.reference}: Call recordings {recording.pk}: held for a legal claim ({hold.pk})"
    assert line in said.getvalue()
    assert "Okafor" not in said.getvalue()
    assert list(held.lines(TODAY, ["call-recordings"], most=1))[1:] == [
        "More is held; the page of a run lists all of it."
    ]
    legal.release(hold=hold, by=dee, why="Settled")
    holds.place(subject=alice, kind=Hold.Kind.REQUEST, reference=case.reference, by=None)
    assert f"a request is open ({case.reference})" in next(held.lines(TODAY, ["call-recordings"], most=5))
