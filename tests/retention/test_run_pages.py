"""D10 and O3 for the run over everybody: what the officer sees, approves and proves; each door from every side."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Role
from retention import legal, running, working
from retention.models import Disposal, Hold
from subjects.models import CallRecording, WebVisit
from tests import customer, factories
from tests.retention import people

pytestmark = pytest.mark.django_db
TODAY = time_machine.travel(people.S39_TODAY, tick=False)


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(factories.user(role))
    return client


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def dee() -> Client:
    return signed_in(Role.DPO)


@TODAY
def test_from_the_plan_to_the_proof(dee) -> None:
    people.customer(dt.date(2025, 1, 1))
    visit = WebVisit.objects.get().pk
    empty = dee.get(reverse("admin:runs")).content.decode()
    assert "There was no run yet." in empty
    assert "before you approve it" in empty
    made = dee.post(reverse("admin:run_plan"), follow=True)
    run = Disposal.objects.get()
    page = made.content.decode()
    for words in ("Call recordings", "12 months after the date of the record", "Its time is over", "Approve"):
        assert words in page
    listed = dee.get(reverse("admin:run_list", args=[run.reference]), {"order": "-key"}).content.decode()
    assert "IP addresses: Its time is over" in listed
    assert "Alice" not in listed + page
    table = b"".join(dee.get(reverse("admin:run_csv", args=[run.reference])).streaming_content).decode()
    assert f"web-visits,over,delete,{visit}\r\n" in table
    assert table.count("call-recordings,over,delete,") == 3
    approve = reverse("admin:run_approve", args=[run.reference])
    slip = dee.post(approve, {"reference": "RUN"})
    assert slip.status_code == 422
    assert f"Type {run.reference} to approve this run." in slip.content.decode()
    assert dee.post(approve, {"reference": run.reference.lower()}).status_code == 302
    assert dee.post(approve, {"reference": run.reference}).status_code == 422  # twice
    going = dee.get(reverse("admin:run_progress", args=[run.reference])).json()
    assert going["done"] == 0
    working.run(working.claim(run.pk))
    assert not CallRecording.objects.exists()
    done = dee.get(reverse("admin:run", args=[run.reference])).content.decode()
    assert "3 done" in done
    assert "Carried out." in done
    assert "records are deleted or made anonymous.</strong>" in done
    assert "can go." in page
    assert "can go." not in done
    proof = dee.get(reverse("admin:runs"), {"dataset": "web-visits", "key": visit}).content.decode()
    assert "The certificate holds." in proof
    assert run.reference in proof
    never = dee.get(reverse("admin:runs"), {"dataset": "web-visits", "key": "77"}).content.decode()
    assert "No certificate names this record." in never


@TODAY
def test_a_plan_is_dropped_and_runs_turned_on_and_off(dee) -> None:
    people.customer(dt.date(2025, 1, 1))
    run = running.plan(by=None)
    assert (
        "is dropped"
        in dee.post(reverse("admin:run_drop", args=[run.reference]), follow=True).content.decode()
    )
    run.refresh_from_db()
    assert run.state == Disposal.State.DROPPED
    refused = dee.post(reverse("admin:run_approve", args=[run.reference]), {"reference": run.reference})
    assert "replaced by a newer one" in refused.content.decode()
    assert (
        "nothing to try again"
        in dee.post(reverse("admin:run_again", args=[run.reference]), follow=True).content.decode()
    )
    for on in (True, False):
        dee.post(reverse("admin:run_automatic"), {"on": "yes" if on else "no"})
        assert running.automatic() is on


@TODAY
def test_a_stopped_run_says_why_and_is_tried_again(dee) -> None:
    people.customer(dt.date(2025, 1, 1))
    run = running.plan(by=None)
    run.lines.filter(dataset="web-visits").update(error="IntegrityError")
    Disposal.objects.update(state=Disposal.State.FAILED, error="It did not work for: IP addresses.")
    page = dee.get(reverse("admin:run", args=[run.reference])).content.decode()
    assert "Stopped by a fault." in page
    assert "Try again" in page
    dee.post(reverse("admin:run_again", args=[run.reference]))
    run.refresh_from_db()
    assert run.state == Disposal.State.RUNNING


@TODAY
def test_the_doors(dee) -> None:
    run = running.plan(by=None)
    shows = [reverse("admin:runs"), *(
        reverse(f"admin:{name}", args=[run.reference]) for name in ("run", "run_list", "run_csv", "run_progress")
    )]  # fmt: skip
    acts = [reverse("admin:run_plan"), reverse("admin:run_automatic"), *(
        reverse(f"admin:{name}", args=[run.reference]) for name in ("run_approve", "run_again", "run_drop")
    )]  # fmt: skip
    auditor, support = signed_in(Role.AUDITOR), signed_in(Role.SUPPORT)
    for address in shows:
        assert dee.get(address).status_code == 200, address
        assert auditor.get(address).status_code == 200, address
        assert support.get(address).status_code == 403, address
        assert Client().get(address).status_code == 302, address
        assert dee.post(address).status_code == 405, address
    for address in acts:
        assert dee.get(address).status_code == 405, address
        assert auditor.post(address).status_code == 403, address
        assert Client().post(address).status_code == 302, address
    assert dee.get(reverse("admin:run", args=["RUN-1"])).status_code == 404
    odd = {"line": "x", "order": "'", "page": "9999999999"}
    assert dee.get(reverse("admin:run_list", args=[run.reference]), odd).status_code == 200
    run.refresh_from_db()
    assert run.state == Disposal.State.FROZEN


@TODAY
def test_today_names_the_plan_to_approve_the_run_that_stopped_and_the_claim_to_ask_about(dee) -> None:
    alice = people.customer(dt.date(2025, 1, 1))
    run = running.plan(by=None)
    today = customer.words(dee.get("/admin/"))
    assert f"{run.reference}: 5 records due and free to go. Approve the run, or drop it." in today
    officer = factories.user(Role.DPO)
    hold = legal.place(
        by=officer,
        reference="Claim 7",
        reason="Dispute",
        owner=officer,
        review_on=dt.date(2027, 1, 1),
        subject=alice,
    )
    Hold.objects.update(review_on=dt.date(2026, 11, 20))
    Disposal.objects.update(state=Disposal.State.FAILED, error="It did not work for: Emails.")
    page = dee.get("/admin/")
    words = customer.words(page)
    assert "The hold “Claim 7”: ask whether it is still needed, since 20 November 2026." in words
    assert reverse("admin:hold", args=[hold.pk]) in page.content.decode()
    assert f"{run.reference} stopped by a fault. It did not work for: Emails." in words
    assert "free to go" not in words
    for role in (Role.AUDITOR, Role.STAFF, Role.SUPPORT, Role.ADMINISTRATOR):
        assert run.reference not in customer.words(signed_in(role).get("/admin/"))
