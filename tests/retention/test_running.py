"""The run over everybody: what is due, who approves it, what wins in between, and what a death leaves behind."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections import Counter

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.db.models import Sum

from portal.accounts.models import Role
from portal.audit.models import Act, Entry
from retention import batches, certificates, disposal, due, holds, legal, listing, running, working
from retention.models import Batch, Chunk, Disposal, Fate, Hold, Line, Reason
from subjects import datamap, restriction
from subjects.models import (
    Account,
    CallRecording,
    Email,
    Invoice,
    Restriction,
    Subject,
    SupportCall,
    WebVisit,
)
from tests import factories
from tests.retention import oracle, people

pytestmark = pytest.mark.django_db
TODAY = "2026-11-23T10:00:00+00:00"
DAY = dt.date(2026, 11, 23)


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


def carried_out(run: Disposal, dee=None) -> Disposal:
    """Approved and done at once."""
    running.approve(run=run, by=dee)
    lease = working.claim(run.pk)
    assert lease is not None
    working.run(lease)
    run.refresh_from_db()
    return run


def found(run: Disposal) -> dict[tuple[str, str], int]:
    """How many records by kind and reason."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in run.lines.all():  # an enquirer's and a customer's details have lines of their own
        counts[line.dataset, line.cause] += line.records
    return dict(counts)


def result(run: Disposal, dataset: str) -> Line:
    return run.lines.get(dataset=dataset, fate=Fate.GOES)


def legal_hold(subject: Subject, dee, **fields) -> Hold:
    given = {"reason": "Dispute", "owner": dee, "review_on": dt.date(2027, 2, 1), **fields}
    return legal.place(subject=subject, by=dee, reference="Claim 7", **given)


# --- scenarios ----------------------------------------------------------------------------------------------


@time_machine.travel(TODAY, tick=False)
def test_s47_old_and_new_invoices_on_one_customer() -> None:
    alice = people.customer(dt.date(2025, 5, 5), closed=False)
    old = people.invoice(alice, dt.date(2018, 3, 1))
    sums = {name: Sum(name) for name in ("net", "vat", "total")}
    before = Invoice.objects.aggregate(**sums)
    run = carried_out(running.plan(by=None, kinds=["invoices", "contact-details"]))
    assert (run.state, found(run)) == (Disposal.State.DONE, {("invoices", "over"): 1})
    old.refresh_from_db()
    assert (old.subject, old.billed_name, old.number, old.total) == (None, "", "", 120)
    assert Invoice.objects.get(subject=alice).billed_name == "Alice Okafor"
    alice.refresh_from_db()
    assert alice.full_name == "Alice Okafor"
    assert Invoice.objects.aggregate(**sums) == before


@pytest.mark.parametrize("kind", [Hold.Kind.REQUEST, Hold.Kind.COMPLAINT])
def test_s49_an_open_request_or_complaint_keeps_it_until_closed_and_the_next_run(kind) -> None:
    with time_machine.travel(TODAY, tick=False):
        alice = people.customer(dt.date(2025, 1, 1))
        holds.place(subject=alice, kind=kind, reference="DP-TEST-0001", by=None)
        run = carried_out(running.plan(by=None, kinds=["call-recordings"]))
        assert found(run) == {("call-recordings", kind.value): 3}
        holds.release(reference="DP-TEST-0001", by=None)
        assert CallRecording.objects.count() == 3
        run = carried_out(running.plan(by=None, kinds=["call-recordings"]))
        assert (found(run), CallRecording.objects.count()) == ({("call-recordings", "over"): 3}, 0)
        assert default_storage.listdir("recordings")[1] == []


@time_machine.travel(TODAY, tick=False)
@pytest.mark.parametrize("ground", [Restriction.Ground.CLAIMS, Restriction.Ground.ACCURACY])
def test_s50_what_is_paused_is_not_deleted_and_is_listed_for_review(ground) -> None:
    alice = people.customer(dt.date(2018, 3, 1))
    restriction.restrict(subject=alice, ground=ground, reference="DP-TEST-0002", by=None)
    run = carried_out(running.plan(by=None))
    assert {cause for _, cause in found(run)} == {Reason.PAUSED}
    assert found(run)["invoices", "paused"] == 1
    assert Invoice.objects.get().subject == alice


@time_machine.travel(TODAY, tick=False)
def test_s51_a_hold_between_approval_and_execution_wins_and_the_others_go() -> None:
    dee = factories.user(Role.DPO)
    alice = people.customer(dt.date(2025, 1, 1))
    people.customer(dt.date(2025, 1, 1), name="Bob Marsh", email="bob@example.com")
    run = running.plan(by=dee, kinds=["call-recordings", "web-visits"])
    assert found(run) == {("call-recordings", "over"): 6, ("web-visits", "over"): 2}
    running.approve(run=run, by=dee)
    legal_hold(alice, dee, datasets=["call-recordings"])
    working.run(working.claim(run.pk))
    line = result(run, "call-recordings")
    assert (line.records, line.done, line.skipped, line.missing) == (6, 3, 3, 0)
    assert (line.skips, line.skipped_because) == ({"held": 3}, Reason.HELD)
    assert {each.subject_id for each in CallRecording.objects.all()} == {alice.pk}
    assert not WebVisit.objects.exists()


# --- planning -----------------------------------------------------------------------------------------------


@time_machine.travel(TODAY, tick=False)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_plan_is_what_the_rules_say_record_by_record(seed: int) -> None:
    chance = random.Random(seed)
    dee = factories.user(Role.DPO)
    for number in range(7):
        last = DAY - dt.timedelta(days=chance.choice([100, 400, 800, 1200, 2556, 2557, 2558, 2900, 3600]))
        name = f"Person {number}"
        bought = number % 3 > 0
        subject = (
            people.customer(last, name=name, email=f"p{number}@example.com", closed=chance.random() < 0.8)
            if bought
            else factories.subject(name, email=f"p{number}@example.com")
        )
        if not bought:
            people.calls_only(subject)
            SupportCall.objects.filter(subject=subject).update(started_at=people.noon(last))
        if bought and chance.random() < 0.3:
            Account.objects.filter(pk=subject.account_id).update(balance="5.00")
        stop = chance.randrange(6)
        if stop == 0:
            legal_hold(subject, dee, datasets=chance.choice([[], ["emails", "invoices"]]))
        if stop == 1:
            kinds = chance.choice([(), ["web-visits"]])
            restriction.restrict(
                subject=subject, ground=Restriction.Ground.CLAIMS, reference="DP-1", by=None, kinds=kinds
            )
        if stop == 2:
            holds.place(subject=subject, kind=Hold.Kind.REQUEST, reference=f"DP-{number}", by=None)
    run = running.plan(by=dee)
    planned = {
        (chunk.line.dataset, key): chunk.line.cause
        for chunk in Chunk.objects.filter(line__disposal=run).select_related("line")
        for key in chunk.keys
    }
    expected = oracle.expected(DAY)
    assert planned == expected
    assert len(expected) > 15
    counts = Counter((key, reason) for (key, _), reason in expected.items())
    assert Counter(found(run)) == counts
    previewed: Counter = Counter()
    for each in running.preview(DAY):
        previewed[each.dataset.key, each.reason.value] += each.records
    assert previewed == counts
    carried_out(run, dee)
    for line in run.lines.filter(fate=Fate.GOES):
        came = (line.done, line.missing, line.skips, line.error)
        assert came == (line.records, 0, {}, ""), (line.dataset, line.standing)
    left = oracle.expected(DAY)
    assert left == {key: why for key, why in expected.items() if why != "over"}
    assert not certificates.check().faults


@time_machine.travel(TODAY, tick=False)
def test_an_enquirer_goes_whole_two_years_after_the_last_contact() -> None:
    bea = factories.subject("Bea Enquirer", email="bea@example.com")
    people.calls_only(bea)
    SupportCall.objects.update(started_at=people.noon(dt.date(2024, 11, 22)))
    assert bea.identifiers.exists()
    carried_out(running.plan(by=None))
    bea.refresh_from_db()
    assert (bea.full_name, bea.email) == ("", "")
    assert not bea.identifiers.filter(kind__in=["name", "email"]).exists()
    assert SupportCall.objects.get().subject == bea  # seven years, and nobody's name is needed for it
    assert not found(running.plan(by=None))  # an empty row is not due once more


@time_machine.travel(TODAY, tick=False)
def test_kept_through_the_anniversary() -> None:
    alice = people.customer(dt.date(2025, 1, 1))
    SupportCall.objects.update(started_at=dt.datetime(2019, 11, 23, 23, 30, tzinfo=dt.UTC))
    for day, count in ((dt.date(2026, 11, 23), 0), (dt.date(2026, 11, 24), 1)):
        rows = [each.rows.count() for each in due.of(datamap.get("support-calls"), day)]
        assert rows == [count], day
    assert alice.supportcalls.exists()


# --- approving ----------------------------------------------------------------------------------------------


def test_a_plan_is_approved_on_its_day_once_and_a_newer_one_replaces_it() -> None:
    with time_machine.travel(TODAY, tick=False):
        people.customer(dt.date(2025, 1, 1))
        first, second = running.plan(by=None), running.plan(by=None)
        assert (first.reference, second.reference) == ("RUN-20261123-1", "RUN-20261123-2")
        with pytest.raises(disposal.Refused, match="replaced"):
            running.approve(run=first, by=None)
        assert not Chunk.objects.filter(line__disposal=first).exists()
    with time_machine.travel("2026-11-24T10:00:00+00:00", tick=False):
        with pytest.raises(disposal.Refused, match="another day"):
            running.approve(run=second, by=None)
        with pytest.raises(disposal.Refused, match="has not come"):
            running.plan(by=None, as_of=dt.date(2026, 11, 25))
        third = carried_out(running.plan(by=None))
        with pytest.raises(disposal.Refused, match="already"):
            running.approve(run=third, by=None)


@time_machine.travel(TODAY, tick=False)
def test_nothing_goes_by_night_until_the_officer_turns_it_on() -> None:
    dee = factories.user(Role.DPO)
    people.customer(dt.date(2025, 1, 1))
    run = running.nightly()
    assert (run.state, running.nightly()) == (Disposal.State.FROZEN, run)
    running.set_automatic(on=True, by=dee)
    running.set_automatic(on=True, by=dee)
    assert running.nightly().state == Disposal.State.RUNNING
    noted = [*Act.objects.values_list("verb", "reason"), *Entry.objects.values_list("verb", "reason")]
    assert noted.count(("disposal.automatic-runs", "on")) == 1
    assert ("disposal.approved", "") in noted


@time_machine.travel(TODAY, tick=False)
def test_the_command_says_what_would_go_and_touches_nothing() -> None:
    people.customer(dt.date(2025, 1, 1))
    said = io.StringIO()
    call_command("dispose", "--dry-run", "--dataset", "call-recordings", stdout=said)
    assert "Call recordings: 3 its time is over" in said.getvalue()
    assert "3 would go, 0 are due and would stay" in said.getvalue()
    assert not Disposal.objects.exists()
    call_command("dispose", "--dry-run", "--as-at", "2040-01-01", stdout=said)
    assert "Invoices: 1 its time is over" in said.getvalue()
    for wrong in (["--as-at", "2040-01-01"], ["--dataset", "nonsense"]):
        with pytest.raises(CommandError) as refused:
            call_command("dispose", *wrong)
        assert refused.value.returncode == 2
    call_command("dispose", stdout=said)
    assert "waits for an officer's approval" in said.getvalue()
    running.set_automatic(on=True, by=None)
    call_command("dispose", stdout=said)
    assert " 0 skipped, 0 were gone." in said.getvalue()
    assert not CallRecording.objects.exists()


# --- carrying out -------------------------------------------------------------------------------------------


@time_machine.travel(TODAY, tick=False)
def test_killed_anywhere_it_is_finished_once_and_adds_up(monkeypatch) -> None:
    monkeypatch.setattr(listing, "SIZE", 2)
    monkeypatch.setattr(listing, "OF_DELETES", 2)
    for number in range(3):
        people.customer(dt.date(2018, 1, 8), name=f"Person {number}", email=f"p{number}@example.com")
    run = running.plan(by=None)
    promised = found(run)
    running.approve(run=run, by=None)
    chance, deaths = random.Random(51), 0

    class Dead(BaseException):
        pass

    def dying(function):
        def may_die(*args, **kwargs):
            if chance.random() < 0.05:
                raise Dead
            return function(*args, **kwargs)

        return may_die

    for module, name in (
        (working.Lease, "renew"), (batches, "take"), (certificates, "issue"), (working.journal, "batch"),
        (working.ending, "end"), (working.ending, "sweep_files"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, dying(getattr(module, name)))
    while Disposal.objects.get(pk=run.pk).state == Disposal.State.RUNNING:
        try:
            lease = working.claim(run.pk)
            if lease:
                working.run(lease)
        except Dead:
            deaths += 1
            Disposal.objects.update(claimed_until=None, attempts=0)  # the lease has run out
    assert deaths >= 3
    assert {(line.dataset, line.cause): line.done for line in run.lines.all()} == promised
    assert sum(batch.records for batch in Batch.objects.all()) == sum(promised.values())
    assert not Chunk.objects.exists()
    assert default_storage.listdir("recordings")[1] == []
    assert not certificates.check().faults


@time_machine.travel(TODAY, tick=False)
def test_a_failure_in_one_kind_stops_no_other_and_is_tried_again(monkeypatch) -> None:
    people.customer(dt.date(2025, 1, 1))
    run = running.plan(by=None, kinds=["call-recordings", "web-visits"])
    end = batches.ending.end

    def failing(dataset, *rest, **more):
        if dataset.key == "web-visits":
            raise IntegrityError("something points at it")
        return end(dataset, *rest, **more)

    monkeypatch.setattr(batches.ending, "end", failing)
    run = carried_out(run)
    assert run.state == Disposal.State.FAILED
    assert "IP addresses (IntegrityError)" in run.error
    assert (CallRecording.objects.count(), WebVisit.objects.count()) == (0, 1)
    monkeypatch.setattr(batches.ending, "end", end)
    assert working.retry(disposal=run, by=None)
    working.run(working.claim(run.pk))
    run.refresh_from_db()
    assert (run.state, WebVisit.objects.count()) == (Disposal.State.DONE, 0)


@time_machine.travel(TODAY, tick=False)
def test_what_is_not_due_any_more_and_what_is_gone_are_told_apart() -> None:
    alice = people.customer(dt.date(2025, 1, 1))
    run = running.plan(by=None, kinds=["call-recordings", "emails", "support-calls", "contact-details"])
    running.approve(run=run, by=None)
    one, two, _ = CallRecording.objects.order_by("pk")
    CallRecording.objects.filter(pk=one.pk).update(recorded_at=people.noon(DAY))
    CallRecording.objects.filter(pk=two.pk).delete()
    working.run(working.claim(run.pk))
    line = result(run, "call-recordings")
    assert (line.done, line.missing, line.skips) == (1, 1, {"not-due": 1})
    assert alice.emails.exists()


@time_machine.travel(TODAY, tick=False)
def test_two_plans_of_the_same_records_do_each_once() -> None:
    people.customer(dt.date(2018, 1, 8))
    kinds = ["invoices", "payments", "web-visits"]
    first = running.plan(by=None, kinds=kinds)
    running.approve(run=first, by=None)
    second = running.plan(by=None, kinds=kinds)
    carried_out(second)
    working.run(working.claim(first.pk))
    for kind in kinds:
        assert (result(first, kind).done, result(first, kind).missing) == (0, 1)
        assert result(second, kind).done == 1


def test_emails_are_kept_three_years_by_the_run_too() -> None:
    with time_machine.travel(TODAY, tick=False):
        people.customer(dt.date(2023, 12, 5))
        Email.objects.update(sent_at=people.noon(dt.date(2023, 11, 22)))
        run = carried_out(running.plan(by=None, kinds=["emails"]))
        assert found(run) == {("emails", "over"): 1}
