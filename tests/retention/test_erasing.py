"""Erasure by kind of data, scenario by scenario: what goes, what stays, until when, and what is told."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db.models import Sum

from consent import suppression
from consent.models import ConsentEvent, Suppression
from portal.accounts.models import Role
from requests_sar import services
from requests_sar.casework import NotPossible
from requests_sar.fulfilment import carrying
from requests_sar.models import Attachment, Case, Letter, Outcome, RecipientNotice
from requests_sar.services import erasure
from requests_sar.services.erasure import Choice
from requests_sar.workflow import State
from retention import disposal, legal, listing, planning, sentences, working
from retention.models import Action, Batch, Chunk, Disposal, Fate, Line, Reason
from subjects import datamap
from subjects.models import (
    Account,
    CallRecording,
    Email,
    Invoice,
    Payment,
    RemoteSession,
    SupportCall,
    TextMessage,
    WebVisit,
)
from tests import factories
from tests.retention import people

pytestmark = pytest.mark.django_db
GOES, STAYS = Fate.GOES.value, Fate.STAYS.value


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


def answer(case: Case) -> str:
    return Letter.objects.get(case=case, kind="answer_erasure").text


@time_machine.travel(people.S39_TODAY, tick=False)
def test_s39_last_invoice_three_years_old(django_capture_on_commit_callbacks) -> None:
    alice = people.customer(dt.date(2023, 11, 20))
    case = people.taken_up(alice)
    assert case.due_on == dt.date(2026, 12, 23)
    fates = people.fates(case)
    for kind in ("call-recordings", "emails", "web-visits", "remote-sessions"):
        assert fates[kind] == {GOES}
    for kind in ("invoices", "payments", "contact-details", "addresses", "account"):
        assert fates[kind] == {STAYS}
        assert people.lines(case)[kind, STAYS].last_until == dt.date(2030, 11, 20)
    assert people.lines(case)["invoices", STAYS].duty_until == dt.date(2030, 3, 31)
    with django_capture_on_commit_callbacks(execute=True):
        case = people.erased(case)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.PART)
    for model in (CallRecording, Email, WebVisit, RemoteSession):
        assert not model.objects.exists()
    assert default_storage.listdir("recordings")[1] == []
    alice.refresh_from_db()
    assert (alice.full_name, alice.email, alice.phone, alice.mobile, alice.staff_note) == (
        "Alice Okafor", "", "", "", "",
    )  # fmt: skip
    assert alice.locked_at is not None
    assert Invoice.objects.get().billed_name == "Alice Okafor"
    call = SupportCall.objects.get()
    assert (call.duration_s, call.charge, call.issue, call.resolution) == (600, 15, "", "")
    assert suppression.stands("ALICE@example.com")
    assert [event.act for event in ConsentEvent.objects.order_by("pk")] == ["given", "withdrawn"]
    told = {notice.recipient for notice in RecipientNotice.objects.filter(case=case)}
    assert "Swift Parcels" in told
    words = answer(case)
    for sentence in (
        "Emails: we delete it (1 record)",
        "Invoices: it stays (1 record). It must stay until 20 November 2030",
        "The duty under tax law ends on 31 March 2030; after that it stays in case of a legal claim.",
        "overwritten 35 days after",
        "ico.org.uk",
        "ask a court",
    ):
        assert sentence in words


@time_machine.travel("2026-11-24T10:00:00+00:00", tick=False)
def test_s42_everything_past_retention_goes(django_capture_on_commit_callbacks) -> None:
    alice = people.customer(dt.date(2019, 11, 22))
    case = people.taken_up(alice)
    assert [key for key, fates in people.fates(case).items() if STAYS in fates] == ["marketing-choices"]
    case = people.erased(case)
    for dataset in datamap.datasets():
        if dataset.category not in {"rights-requests", "marketing-choices"} and dataset.subject_path != "pk":
            assert not dataset.of(alice.pk).exists(), dataset.key
    alice.refresh_from_db()
    assert (alice.full_name, alice.email, alice.account) == ("", "", None)
    assert Invoice.objects.get().total == 120  # the books still add up, and point to nobody
    assert (Invoice.objects.get().subject, Invoice.objects.get().billed_name) == (None, "")
    assert Suppression.objects.values("digest").distinct().count() == 1


@time_machine.travel(people.S39_TODAY, tick=False)
def test_s41_running_contract_and_an_unpaid_invoice(django_capture_on_commit_callbacks) -> None:
    alice = people.customer(dt.date(2026, 10, 1), closed=False)
    Account.objects.update(balance="120.00")
    dee = factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    fates = people.fates(case)
    assert fates["web-visits"] == {GOES}
    assert fates["contact-details"] == {STAYS}
    assert people.lines(case)["contact-details", STAYS].cause == Reason.CONTRACT
    erasure.follow_up(case=case, by=dee, on=dt.date(2027, 3, 1))
    with pytest.raises(NotPossible, match="future"):
        erasure.follow_up(case=Case.objects.get(), by=dee, on=dt.date(2026, 11, 23))
    case = people.erased(Case.objects.get(), dee)
    assert case.outcome == Outcome.PART
    alice.refresh_from_db()
    assert (alice.email, alice.locked_at) == ("alice@example.com", None)
    assert not WebVisit.objects.exists()
    assert suppression.stands("alice@example.com")
    words = answer(case)
    assert "When that has ended, ask us again." in words
    assert "We look at it again on Monday 1 March 2027" in words


@time_machine.travel("2026-11-05T10:00:00+00:00", tick=False)
def test_s44_a_legal_hold_keeps_what_it_names_and_the_rest_goes() -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    given = {"subject": alice, "by": dee, "reference": "Claim 7", "datasets": ["emails"]}
    for lacking in (
        {"reason": ""},
        {"owner": None},
        {"review_on": None},
        {"review_on": dt.date(2026, 11, 5)},
    ):
        whole = {"reason": "Dispute", "owner": dee, "review_on": dt.date(2027, 2, 1), **lacking}
        with pytest.raises(legal.Incomplete):
            legal.place(**given, **whole)
    hold = legal.place(**given, reason="Dispute", owner=dee, review_on=dt.date(2027, 2, 1))
    case = people.taken_up(alice, dee)
    assert people.lines(case)["emails", STAYS].cause == Reason.HELD
    assert people.fates(case)["call-recordings"] == {GOES}
    case = people.erased(case, dee)
    assert Email.objects.count() == 1
    assert not CallRecording.objects.exists()
    assert "It is needed for a legal claim" in answer(case)
    assert legal.release(hold=hold, by=dee, why="Settled") == 1
    found = planning.shares(alice, as_of=dt.date(2026, 11, 6), kinds=["emails"])
    assert [(share.fate, share.reason) for share in found] == [(Fate.GOES, Reason.ASKED)]


@time_machine.travel(people.S39_TODAY, tick=False)
def test_s47_old_and_new_invoices_and_the_totals_of_the_books() -> None:
    alice = people.customer(dt.date(2025, 5, 5), closed=False)
    old = people.invoice(alice, dt.date(2018, 3, 1))
    before = Invoice.objects.aggregate(net=Sum("net"), vat=Sum("vat"), total=Sum("total"))
    case = people.taken_up(alice)
    assert people.fates(case)["invoices"] == {GOES, STAYS}
    people.erased(case)
    old.refresh_from_db()
    assert (old.subject, old.account, old.number, old.billed_name, old.billed_address) == (
        None,
        None,
        "",
        "",
        "",
    )
    assert (old.issued_on, old.total) == (dt.date(2018, 3, 1), 120)
    assert Invoice.objects.get(subject=alice).billed_name == "Alice Okafor"
    assert Invoice.objects.aggregate(net=Sum("net"), vat=Sum("vat"), total=Sum("total")) == before


@time_machine.travel(people.S39_TODAY, tick=False)
def test_an_invoice_counts_from_the_later_of_issued_and_paid() -> None:
    alice = people.customer(dt.date(2018, 1, 8))
    Invoice.objects.update(paid_on=dt.date(2020, 3, 1))
    assert {
        share.fate for share in planning.shares(alice, as_of=dt.date(2026, 11, 23), kinds=["invoices"])
    } == {Fate.STAYS}


@time_machine.travel(people.S39_TODAY, tick=False)
def test_somebody_who_never_bought_is_erased_whole() -> None:
    bea = factories.subject("Bea Enquirer", email="bea@example.com", phone="0117 496 0999")
    at = people.noon(dt.date(2026, 11, 2))
    Email.objects.create(subject=bea, source_key="X1", sent_at=at, body="What do you charge?")
    SupportCall.objects.create(subject=bea, source_key="X2", started_at=at, issue="Asked for a price")
    TextMessage.objects.create(subject=bea, source_key="X3", sent_at=at, type="text", body="Hello")
    case = people.erased(people.taken_up(bea))
    assert case.outcome == Outcome.GRANTED
    bea.refresh_from_db()
    assert (bea.full_name, bea.email, bea.phone) == ("", "", "")
    assert not Email.objects.exists()
    assert SupportCall.objects.get().issue == ""
    assert SupportCall.objects.get().subject is None
    assert "Nothing stays, except the file of this request" in answer(case)


@time_machine.travel("2026-11-02T10:00:00+00:00", tick=False)
def test_s08_the_copy_is_sent_before_anything_goes() -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    copy = services.accept(case=factories.case(State.TRIAGE, subject=alice), by=dee)
    case = people.taken_up(alice, dee)
    assert case.due_on == copy.due_on == dt.date(2026, 12, 2)
    line = people.lines(case)["emails", GOES]
    erasure.decide(case=case, by=dee, choices=[Choice(line.pk, "keep", "They are needed for a claim.")])
    erasure.dry_run(case=case, by=dee)
    with pytest.raises(NotPossible, match=copy.reference):
        services.approve(case=case, by=dee)
    services.withdraw(case=copy, by=dee)
    erasure.dry_run(case=case, by=dee)
    assert services.approve(case=case, by=dee).state == State.APPLYING


@time_machine.travel(people.S39_TODAY, tick=False)
def test_a_copy_asked_for_after_approval_makes_the_work_wait() -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    erasure.dry_run(case=case, by=dee)
    services.approve(case=case, by=dee)
    copy = services.accept(case=factories.case(State.TRIAGE, subject=alice), by=dee)
    carrying.carry_out(str(case.pk))
    assert Disposal.objects.get().waits_for == copy.reference
    assert Email.objects.exists()
    assert carrying.waiting() == [str(case.pk)]
    services.withdraw(case=copy, by=dee)
    carrying.carry_out(str(case.pk))
    assert Case.objects.get(pk=case.pk).state == State.CLOSED
    assert not Email.objects.exists()


@time_machine.travel("2026-11-02T10:00:00+00:00", tick=False)
def test_s16_a_question_about_an_erasure_does_not_stop_the_clock() -> None:
    from requests_sar import clockwork

    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    clockwork.ask_question(
        case=case, by=dee, category="other", text="Which firm?", asked_on=dt.date(2026, 11, 2)
    )
    case.refresh_from_db()
    assert (case.clock, case.due_on) == ("running", dt.date(2026, 12, 2))


# --- deciding -----------------------------------------------------------------------------------------------


@time_machine.travel(people.S39_TODAY, tick=False)
def test_d10_1_payments_under_seven_years_go_only_with_override_and_reason() -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    line = people.lines(case)["payments", STAYS]
    for choice, words in (
        (Choice(line.pk, "anonymise"), "Say why"),
        (Choice(line.pk, "anonymise", "They insist."), "override"),
        (Choice(line.pk, "delete", "They insist.", True), "decisions offered"),
    ):
        with pytest.raises(erasure.Undecided, match=words):
            erasure.decide(case=case, by=dee, choices=[choice])
    assert people.lines(case)["payments", STAYS].decision == Action.KEEP
    erasure.decide(case=case, by=dee, choices=[Choice(line.pk, "anonymise", "A court ordered it.", True)])
    case = people.erased(case, dee)
    assert Payment.objects.get().subject is None
    assert "A court ordered it." not in answer(case)


@time_machine.travel(people.S39_TODAY, tick=False)
def test_a_file_cannot_stay_when_its_message_goes() -> None:
    """The plan foresees it, so that the work does not stop half done; with both kept it is carried out."""
    alice, dee = people.customer(dt.date(2015, 11, 20)), factories.user(Role.DPO)
    old = factories.case(State.CLOSED, subject=alice, requester_email="alice@example.com")
    long_ago = dt.datetime(2016, 1, 5, 12, tzinfo=dt.UTC)
    Case.objects.filter(pk=old.pk).update(closed_at=long_ago, received_on=long_ago.date())
    message = Letter.objects.create(case=old, side=Letter.Side.REQUESTER, text="Here it is.", at=long_ago)
    Attachment.objects.create(letter=message, label="x.pdf", ending=".pdf", size=1, sha256="0")
    case = people.taken_up(alice, dee)
    files = people.lines(case)["request-attachments", GOES]
    assert people.lines(case)["request-messages", GOES].decision == Action.DELETE
    erasure.decide(case=case, by=dee, choices=[Choice(files.pk, "keep", "They are needed for a claim.")])
    erasure.dry_run(case=case, by=dee)
    with pytest.raises(NotPossible, match="“Files with messages” cannot stay when “Messages about requests”"):
        services.approve(case=case, by=dee)
    messages = people.lines(case)["request-messages", GOES]
    erasure.decide(case=case, by=dee, choices=[Choice(messages.pk, "keep", "They are needed for a claim.")])
    people.erased(case, dee)
    assert Attachment.objects.filter(letter=message).exists()


@time_machine.travel(people.S39_TODAY, tick=False)
def test_a_dry_run_is_needed_after_every_change_and_on_the_day() -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    with pytest.raises(NotPossible, match="no dry run"):
        services.approve(case=case, by=dee)
    erasure.dry_run(case=case, by=dee)
    line = people.lines(case)["emails", GOES]
    erasure.decide(case=case, by=dee, choices=[Choice(line.pk, "keep", "A claim is near.")])
    with pytest.raises(NotPossible, match="no dry run"):
        services.approve(case=case, by=dee)
    erasure.dry_run(case=case, by=dee)
    assert (
        people.lines(case)["emails", GOES].decision == Action.KEEP
    )  # decided once, kept in every later look
    with (
        time_machine.travel("2026-11-24T10:00:00+00:00", tick=False),
        pytest.raises(NotPossible, match="another day"),
    ):
        services.approve(case=case, by=dee)


@time_machine.travel(people.S39_TODAY, tick=False)
def test_d10_2_the_counts_of_the_dry_run_are_what_goes() -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    erasure.dry_run(case=case, by=dee)
    promised = {key: line.records for key, line in people.lines(case).items() if line.action.acts}
    assert (
        promised["call-recordings", GOES] == len(Chunk.objects.get(line__dataset="call-recordings").keys) == 3
    )
    services.approve(case=case, by=dee)
    Email.objects.create(  # comes in while the plan waits: it was not in the dry run, so it stays
        subject=alice, source_key="LATE", sent_at=people.noon(dt.date(2026, 11, 23)), body="One more"
    )
    carrying.carry_out(str(case.pk))
    assert {key: line.done for key, line in people.lines(case).items() if line.action.acts} == promised
    assert Email.objects.count() == 1
    assert not Chunk.objects.exists()
    assert sum(batch.records for batch in Batch.objects.all()) == sum(promised.values())


@time_machine.travel(people.S39_TODAY, tick=False)
def test_nobody_else_is_touched() -> None:
    alice, bob = (
        people.customer(dt.date(2023, 11, 20)),
        people.customer(dt.date(2023, 11, 20), name="Bob Marsh", email="bob@example.com"),
    )
    before = {dataset.key: sorted(map(str, dataset.of(bob.pk).values())) for dataset in datamap.datasets()}
    people.erased(people.taken_up(alice))
    assert {
        dataset.key: sorted(map(str, dataset.of(bob.pk).values())) for dataset in datamap.datasets()
    } == before


@time_machine.travel(people.S39_TODAY, tick=False)
def test_a_shared_account_stays_for_the_others() -> None:
    alice = people.customer(dt.date(2019, 5, 5))
    factories.subject("Carl Colleague", email="carl@example.com", account=alice.account)
    case = people.taken_up(alice)
    assert people.lines(case)["account", STAYS].cause == Reason.SHARED
    people.erased(case)
    assert Account.objects.get().name == "Alice Okafor"
    alice.refresh_from_db()
    assert alice.account is None


@time_machine.travel(people.S39_TODAY, tick=False)
def test_only_some_kinds() -> None:
    alice = people.customer(dt.date(2023, 11, 20))
    case = people.erased(people.taken_up(alice, kinds=["emails", "contact-details", "invoices"]))
    assert set(people.fates(case)) == {"emails", "contact-details", "invoices"}
    assert people.lines(case)["contact-details", STAYS].cause == Reason.PARTLY
    alice.refresh_from_db()
    assert (alice.email, alice.locked_at) == ("alice@example.com", None)
    assert CallRecording.objects.count() == 3
    assert not Email.objects.exists()
    assert not suppression.stands("alice@example.com")


# --- carrying out -------------------------------------------------------------------------------------------


@time_machine.travel(people.S39_TODAY, tick=False)
def test_a_hold_placed_after_approval_wins_and_is_told(monkeypatch) -> None:
    monkeypatch.setattr(listing, "SIZE", 1)
    monkeypatch.setattr(listing, "OF_DELETES", 1)
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    erasure.dry_run(case=case, by=dee)
    services.approve(case=case, by=dee)
    end, seen = working.ending.end, []

    def held_in_between(dataset, *rest, **more):
        done = end(dataset, *rest, **more)
        if dataset.key == "call-recordings" and not seen:
            seen.append(legal.place(
                subject=alice, by=dee, reference="Claim 9", reason="Dispute", owner=dee,
                review_on=dt.date(2027, 1, 4), datasets=["call-recordings"],
            ))  # fmt: skip
        return done

    monkeypatch.setattr(working.ending, "end", held_in_between)
    carrying.carry_out(str(case.pk))
    line = people.lines(case)["call-recordings", GOES]
    assert (line.records, line.done, line.skipped, line.skipped_because) == (3, 1, 2, Reason.HELD)
    assert CallRecording.objects.count() == 2
    assert not Email.objects.exists()
    assert "This changed while we worked. It is needed for a legal claim" in answer(
        Case.objects.get(pk=case.pk)
    )


@time_machine.travel(people.S39_TODAY, tick=False)
def test_a_worker_that_dies_anywhere_is_followed_by_one_that_finishes(monkeypatch) -> None:
    monkeypatch.setattr(listing, "SIZE", 1)
    monkeypatch.setattr(listing, "OF_DELETES", 1)
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    erasure.dry_run(case=case, by=dee)
    promised = {key: line.records for key, line in people.lines(case).items() if line.action.acts}
    services.approve(case=case, by=dee)
    renew, calls = working.Lease.renew, []

    class Dead(BaseException):
        pass

    def dying(self, **fields) -> None:
        calls.append(1)
        if len(calls) % 4 == 0:
            raise Dead
        renew(self, **fields)

    monkeypatch.setattr(working.Lease, "renew", dying)
    deaths = 0
    while Case.objects.get(pk=case.pk).state == State.APPLYING:
        try:
            carrying.carry_out(str(case.pk))
        except Dead:
            deaths += 1
            Disposal.objects.update(claimed_until=None, attempts=0)  # the lease has run out
    assert deaths > 3
    assert {key: line.done for key, line in people.lines(case).items() if line.action.acts} == promised
    assert Letter.objects.filter(case=case, kind="answer_erasure").count() == 1


@time_machine.travel(people.S39_TODAY, tick=False)
def test_one_kind_that_fails_does_not_stop_the_others_and_is_seen_and_tried_again(monkeypatch) -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    erasure.dry_run(case=case, by=dee)
    services.approve(case=case, by=dee)
    end = working.ending.end

    def broken(dataset, *rest, **more):
        if dataset.key == "emails":
            raise OSError("disk")
        return end(dataset, *rest, **more)

    monkeypatch.setattr(working.ending, "end", broken)
    carrying.carry_out(str(case.pk))
    plan = Disposal.objects.get()
    assert plan.state == Disposal.State.FAILED
    assert "Emails (OSError)" in plan.error
    assert not CallRecording.objects.exists()
    assert Case.objects.get(pk=case.pk).state == State.APPLYING
    monkeypatch.setattr(working.ending, "end", end)
    erasure.try_again(case=case, by=dee)
    with pytest.raises(NotPossible, match="nothing to try again"):
        erasure.try_again(case=case, by=dee)
    carrying.carry_out(str(case.pk))
    assert Case.objects.get(pk=case.pk).state == State.CLOSED
    assert not Email.objects.exists()


@time_machine.travel(people.S39_TODAY, tick=False)
def test_attempts_are_capped_and_a_second_worker_gets_nothing() -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    case = people.taken_up(alice, dee)
    erasure.dry_run(case=case, by=dee)
    services.approve(case=case, by=dee)
    lease = working.claim(Disposal.objects.get().pk)
    assert lease is not None
    assert working.claim(lease.disposal.pk) is None
    assert carrying.waiting() == []
    Disposal.objects.update(claimed_until=None, attempts=working.ATTEMPTS)
    assert working.claim(lease.disposal.pk) is None
    assert Disposal.objects.get().state == Disposal.State.FAILED
    working.run(lease)  # a worker that was thought dead finds that it has lost its claim
    assert Email.objects.exists()


def test_only_an_approved_erasure_under_way_may_touch_append_only_tables() -> None:
    from django.db import InternalError, connection, transaction

    from requests_sar import casework
    from requests_sar.models import Happening

    case = factories.case(State.CLOSED, subject=factories.subject())
    casework.note(case, "note", by=None, reason="typed words")
    plan = Disposal.objects.create(
        reference="DP-TEST-0001", as_of=dt.date(2026, 11, 23), state=Disposal.State.DRAFT
    )

    def try_to(**changes) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('portal.disposal', %s, true)", [str(plan.pk)])
            Happening.objects.update(**changes)

    with pytest.raises(InternalError):
        try_to(reason="")
    Disposal.objects.update(state=Disposal.State.RUNNING)
    with pytest.raises(InternalError):
        try_to(reason="other words")
    with pytest.raises(InternalError):
        try_to(actor="staff:1", reason="")
    try_to(reason="")
    assert Happening.objects.get().reason == ""


def test_every_fate_has_a_sentence() -> None:
    for reason in Reason:
        for action in Action:
            facts = sentences.Facts(datamap.get("invoices"), reason, action)
            assert sentences.because(facts).endswith(".")
            assert sentences.outcome(action)


def test_a_draft_of_somebody_else_forgets_what_was_decided() -> None:
    alice, bob = (
        people.customer(dt.date(2023, 11, 20)),
        people.customer(dt.date(2023, 11, 20), name="Bob Marsh", email="bob@example.com"),
    )
    plan = disposal.draft(subject=alice, reference="DP-AAAA-AAAA", by=None)
    line = plan.lines.get(dataset="emails")
    disposal.decide(line=line, by=None, decision="keep", reason="About Alice.")
    again = disposal.draft(subject=bob, reference="DP-AAAA-AAAA", by=None)
    assert again.pk == plan.pk
    assert not Line.objects.exclude(reason="").exists()
