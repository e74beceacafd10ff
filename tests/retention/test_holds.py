"""S44, S49, S50 and every scope of a hold: which records it reaches, in the database and in one person's plan."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from portal.accounts.models import Role
from portal.audit.models import Entry
from requests_sar import services
from requests_sar.fulfilment import carrying
from requests_sar.models import Case
from requests_sar.rights import Right
from requests_sar.services import erasure
from requests_sar.workflow import State
from retention import holds, legal, planning
from retention.models import Fate, Hold, Reason
from subjects import datamap, restriction
from subjects.models import Account, Email, Invoice, Restriction, Subject, SupportCall, WebVisit
from tests import factories
from tests.retention import people

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)
HELD, PAUSED, REQUEST, COMPLAINT, OWED = (
    Reason.HELD,
    Reason.PAUSED,
    Reason.REQUEST,
    Reason.COMPLAINT,
    Reason.OWED,
)


@pytest.fixture(autouse=True)
def _world(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path
    with time_machine.travel(people.S39_TODAY, tick=False):
        yield


@pytest.fixture
def alice() -> Subject:
    return people.customer(dt.date(2019, 6, 3))


@pytest.fixture
def bob() -> Subject:
    return people.customer(dt.date(2019, 6, 3), name="Bob Stone", email="bob@example.com")


def claim(**fields: Any) -> Hold:
    """A hold for a claim, complete unless told otherwise."""
    given: dict[str, Any] = {
        "by": factories.user(Role.DPO),
        "reference": "Claim 7",
        "reason": "Dispute about a bill",
        "review_on": dt.date(2027, 3, 1),
        **fields,
    }
    return legal.place(**{"owner": given["by"], **given})


def whys(key: str, **but: str) -> dict[Any, str]:
    """Each record of a kind and why it is held; and `free` has to leave exactly the others."""
    dataset = datamap.get(key)
    rows = dataset.model_class._default_manager.all()
    found = dict(rows.annotate(held=holds.why(dataset, **but)).values_list("pk", "held"))
    assert set(holds.free(rows, dataset, **but).values_list("pk", flat=True)) == {
        pk for pk, why in found.items() if not why
    }
    return found


def of(subject: Subject, key: str, **but: str) -> set[str]:
    """Why the records of one person are held."""
    found = whys(key, **but)
    return {found[pk] for pk in datamap.get(key).of(subject.pk).values_list("pk", flat=True)}


def test_every_kind_of_data_can_be_asked_and_nothing_is_held_by_itself(alice: Subject) -> None:
    for dataset in datamap.datasets():
        assert set(whys(dataset.key).values()) <= {""}, dataset.key


def test_a_claim_reaches_one_person_and_every_kind(alice: Subject, bob: Subject) -> None:
    claim(subject=alice)
    for dataset in datamap.datasets():
        assert of(alice, dataset.key) <= {HELD}, dataset.key
        assert of(bob, dataset.key) <= {""}, dataset.key
    assert of(alice, "contact-details") == of(alice, "account") == of(alice, "emails") == {HELD}


def test_a_claim_may_name_kinds(alice: Subject) -> None:
    claim(subject=alice, datasets=["emails"])
    assert of(alice, "emails") == {HELD}
    assert of(alice, "invoices") == of(alice, "contact-details") == {""}


def test_a_claim_on_an_account_reaches_everybody_of_it_and_what_names_it(
    alice: Subject, bob: Subject
) -> None:
    carol = factories.subject("Carol O'Neill", email="carol@example.com", account=alice.account)
    people.records(carol, dt.date(2019, 6, 3))
    moved = people.invoice(bob, dt.date(2019, 6, 3))
    Invoice.objects.filter(pk=moved.pk).update(account=alice.account)  # his, on her account
    claim(account=alice.account)
    for each in (alice, carol):
        assert of(each, "emails") == of(each, "contact-details") == of(each, "invoices") == {HELD}
    assert of(alice, "account") == {HELD}
    assert of(bob, "account") == of(bob, "emails") == {""}
    assert whys("invoices")[moved.pk] == HELD
    assert [hold.account for hold in holds.legal(alice)] == [alice.account]
    assert not holds.legal(bob).exists()


def test_a_claim_on_a_kind_reaches_everybodys_of_that_kind(alice: Subject, bob: Subject) -> None:
    with pytest.raises(legal.Incomplete, match="stop all deleting"):
        claim()
    claim(datasets=["emails"])
    assert of(alice, "emails") == of(bob, "emails") == {HELD}
    assert of(alice, "invoices") == {""}
    assert holds.legal(bob).count() == 1


@pytest.mark.parametrize(
    ("day", "paid", "held"),
    [
        (dt.date(2018, 3, 31), dt.date(2018, 3, 31), ""),
        (dt.date(2018, 4, 1), None, HELD),  # the first day counts
        (dt.date(2019, 3, 31), dt.date(2019, 9, 9), HELD),  # so does the last
        (dt.date(2018, 1, 2), dt.date(2018, 6, 1), HELD),  # either of its dates lies in it
        (dt.date(2019, 4, 1), None, ""),
        (dt.date(2018, 1, 2), None, ""),  # unpaid is no date
    ],
)
def test_a_claim_may_be_about_records_of_some_dates(
    alice: Subject, day: dt.date, paid: dt.date | None, held: str
) -> None:
    made = people.invoice(alice, day, paid_on=paid)
    claim(subject=alice, since=dt.date(2018, 4, 1), until=dt.date(2019, 3, 31))
    assert whys("invoices")[made.pk] == held
    assert of(alice, "contact-details") == {HELD}  # what has no date of its own belongs to all of them


def test_dates_of_a_claim_are_uk_days_and_one_side_may_be_open(alice: Subject) -> None:
    def call(at: str) -> Any:
        return SupportCall.objects.create(
            subject=alice, source_key=people.key(), started_at=dt.datetime.fromisoformat(at)
        ).pk

    # British Summer Time: 30 June 23:30 UTC is 1 July in London.
    june, july = call("2020-06-30T22:30:00+00:00"), call("2020-06-30T23:30:00+00:00")
    hold = claim(subject=alice, since=dt.date(2020, 7, 1))
    assert (whys("support-calls")[june], whys("support-calls")[july]) == ("", HELD)
    legal.release(hold=hold, by=None, why="Settled")
    claim(subject=alice, until=dt.date(2020, 6, 30))
    assert (whys("support-calls")[june], whys("support-calls")[july]) == (HELD, "")


def test_s50_a_pause_reaches_everything_some_kinds_or_one_record(alice: Subject, bob: Subject) -> None:
    calls = [
        SupportCall.objects.create(subject=alice, source_key=people.key(), started_at=people.noon(TODAY)).pk
        for _ in range(2)
    ]
    factories.pause(alice, kinds=["support-calls"], record=str(calls[0]))
    assert [whys("support-calls")[pk] for pk in calls] == [PAUSED, ""]
    factories.pause(alice, kinds=["emails"])
    assert of(alice, "emails") == {PAUSED}
    factories.pause(alice, purpose="marketing")  # a use, not the data
    assert of(alice, "web-visits") == {""}
    factories.pause(alice)
    assert of(alice, "web-visits") == of(alice, "account") == {PAUSED}
    assert of(bob, "emails") == {""}
    for use in restriction.of(alice):  # the same rule in Python, for one person
        reached = restriction.reaches(use, restriction.Use.DISPOSAL, kind="emails")
        assert reached is (use.scope in {Restriction.Scope.EVERYTHING, Restriction.Scope.KINDS})


def test_s49_requests_and_complaints_hold_until_they_end_and_not_against_themselves(alice: Subject) -> None:
    for kind, why in ((Hold.Kind.REQUEST, REQUEST), (Hold.Kind.COMPLAINT, COMPLAINT)):
        holds.place(subject=alice, kind=kind, reference="DP-7K4M-29QX", by=None)
        assert of(alice, "emails") == {why}
        assert of(alice, "emails", but="DP-7K4M-29QX") == {""}
        assert of(alice, "emails", but="DP-2222-2222") == {why}
        assert holds.release(reference="DP-7K4M-29QX", by=None) == 1
        assert of(alice, "emails") == {""}


def test_a_debt_holds_what_it_may_need(alice: Subject, bob: Subject) -> None:
    Account.objects.filter(pk=alice.account.pk).update(balance="0.01")
    assert of(alice, "invoices") == of(alice, "account") == of(alice, "emails") == {OWED}
    assert of(alice, "web-visits") == {""}
    assert of(bob, "invoices") == {""}
    Account.objects.update(balance="-5")  # we owe them
    assert of(alice, "invoices") == {""}


def test_the_weightiest_reason_is_told_and_a_record_of_nobody_is_free(alice: Subject) -> None:
    Account.objects.update(balance="10")
    holds.place(subject=alice, kind=Hold.Kind.REQUEST, reference="DP-7K4M-29QX", by=None)
    assert of(alice, "emails") == {REQUEST}
    factories.pause(alice)
    assert of(alice, "emails") == {PAUSED}
    claim(subject=alice)
    assert of(alice, "emails") == {HELD}
    nobodys = people.invoice(alice, dt.date(2015, 1, 5))
    Invoice.objects.filter(pk=nobodys.pk).update(subject=None, account=None)
    assert whys("invoices")[nobodys.pk] == ""


def test_a_hold_says_who_when_and_why_and_stands_once(alice: Subject) -> None:
    dee, owner = factories.user(Role.DPO), factories.user(Role.DPO)
    made = claim(by=dee, owner=owner, subject=alice, datasets=["emails", "account", "emails"])
    assert claim(subject=alice, datasets=["account", "emails"]).pk == made.pk
    assert claim(subject=alice, datasets=["emails"]).pk != made.pk
    assert (made.placed_by, made.owner, made.datasets) == (f"staff:{dee.pk}", owner, ["account", "emails"])
    for change in (
        {"reference": " "}, {"reason": " "}, {"owner": None}, {"review_on": None}, {"review_on": TODAY},
        {"account": alice.account}, {"since": TODAY, "until": TODAY - dt.timedelta(days=1)},
    ):  # fmt: skip
        with pytest.raises(legal.Incomplete):
            claim(subject=alice, **change)
    assert legal.look_again(hold=made, by=dee, review_on=dt.date(2028, 1, 3)).review_on.year == 2028
    with pytest.raises(legal.Incomplete, match="future"):
        legal.look_again(hold=made, by=dee, review_on=TODAY)
    with pytest.raises(legal.Incomplete, match="not needed"):
        legal.release(hold=made, by=dee, why=" ")
    assert legal.release(hold=made, by=owner, why="Settled") == 1
    assert legal.release(hold=made, by=dee, why="Settled again") == 0
    made.refresh_from_db()
    assert (made.released_by, made.why_released) == (f"staff:{owner.pk}", "Settled")
    with pytest.raises(legal.Incomplete, match="ended"):
        legal.look_again(hold=made, by=dee, review_on=dt.date(2028, 1, 3))
    told = Entry.objects.filter(target=f"hold:{made.pk}").order_by("pk").values_list("verb", "reason")
    assert list(told) == [
        ("hold.placed", "legal person"), ("hold.still-needed", "2028-01-03"), ("hold.released", "legal"),
    ]  # fmt: skip


def test_the_database_refuses_a_hold_on_everything_of_everybody(alice: Subject) -> None:
    now = {"placed_at": people.noon(TODAY), "reference": "X"}
    for wrong in (
        {"kind": Hold.Kind.LEGAL},
        {"kind": Hold.Kind.REQUEST, "account": alice.account},
        {"kind": Hold.Kind.LEGAL, "account": alice.account, "subject": alice},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Hold.objects.create(**now, **wrong)


def test_a_claim_named_like_a_request_outlives_it(alice: Subject) -> None:
    case = factories.case(State.REVIEW, subject=alice)
    claim(subject=alice, reference=case.reference)
    holds.place(subject=alice, kind=Hold.Kind.REQUEST, reference=case.reference, by=None)
    assert holds.release(reference=case.reference, by=None) == 1
    assert of(alice, "emails") == {HELD}


# --- one person's plan --------------------------------------------------------------------------------------


def fates(subject: Subject, key: str) -> dict[tuple[str, str], int]:
    """Fate and reason of the records of a kind -> how many."""
    found = planning.shares(subject, as_of=TODAY, kinds=[key])
    return {(str(share.fate), str(share.reason)): share.records for share in found}


def test_s44_a_claim_about_some_records_keeps_those_and_the_erasure_takes_the_others() -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    Email.objects.create(subject=alice, source_key=people.key(), sent_at=people.noon(dt.date(2025, 2, 3)))
    hold = claim(subject=alice, datasets=["emails"], since=dt.date(2025, 1, 1))
    assert fates(alice, "emails") == {("stays", HELD): 1, ("goes", Reason.ASKED): 1}
    case = people.taken_up(alice, dee)
    assert people.lines(case)["emails", Fate.STAYS].cause == HELD
    case = people.erased(case, dee)
    assert [email.sent_at.year for email in Email.objects.all()] == [2025]
    assert "It is needed for a legal claim" in case.letters.latest("at").text
    alice.refresh_from_db()
    assert alice.full_name  # who the claim is about is known as long as it stands
    legal.release(hold=hold, by=dee, why="Settled")
    assert fates(alice, "emails") == {("goes", Reason.ASKED): 1}


def test_s50_one_paused_record_stays_and_the_rest_of_its_kind_goes() -> None:
    alice = people.customer(dt.date(2026, 9, 1))
    other = WebVisit.objects.create(subject=alice, source_key=people.key(), at=people.noon(TODAY))
    factories.pause(alice, kinds=["web-visits"], record=str(other.pk))
    assert fates(alice, "web-visits") == {("stays", PAUSED): 1, ("goes", Reason.ASKED): 1}


def test_overdue_records_of_somebody_who_owes_stay_until_it_is_paid() -> None:
    alice = people.customer(dt.date(2025, 5, 5))
    people.invoice(alice, dt.date(2018, 3, 1))
    Account.objects.update(balance="120")
    assert fates(alice, "invoices") == {("stays", OWED): 1, ("stays", Reason.LAW): 1}
    Account.objects.update(balance="0")
    assert fates(alice, "invoices") == {("goes", Reason.OVER): 1, ("stays", Reason.LAW): 1}


def test_s51_what_is_held_after_the_approval_stays_and_the_rest_goes() -> None:
    alice, dee = people.customer(dt.date(2023, 11, 20)), factories.user(Role.DPO)
    newer = Email.objects.create(
        subject=alice, source_key=people.key(), sent_at=people.noon(dt.date(2025, 2, 3))
    )
    case = people.taken_up(alice, dee)
    erasure.dry_run(case=case, by=dee)
    case = services.approve(case=case, by=dee, seen=None)
    claim(subject=alice, datasets=["emails"], since=dt.date(2025, 1, 1))
    carrying.carry_out(str(case.pk))
    line = people.lines(case)["emails", Fate.GOES]
    assert (line.done, line.skipped, line.skipped_because) == (1, 1, HELD)
    assert list(Email.objects.values_list("pk", flat=True)) == [newer.pk]


@pytest.mark.django_db(transaction=True)
def test_nobody_places_a_hold_or_a_pause_between_a_look_and_a_deletion(alice: Subject) -> None:
    with transaction.atomic():
        holds.stand_still()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'ShareLock' AND relation IN "
                "('retention_hold'::regclass, 'subjects_restriction'::regclass)"
            )
            assert cursor.fetchone() == (2,)
        for writing in (lambda: claim(subject=alice), lambda: factories.pause(alice)):
            assert _refused_elsewhere(writing)
    claim(subject=alice)


def _refused_elsewhere(writing: Any) -> bool:
    """Whether another connection that does not want to wait is turned away."""
    import threading

    from django.db import OperationalError

    seen: list[bool] = []

    def work() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '50ms'")
                writing()
            seen.append(False)
        except OperationalError:
            seen.append(True)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return seen == [True]


# --- complaints ---------------------------------------------------------------------------------------------


def test_s49_a_complaint_about_a_request_holds_its_person_from_the_first_day(
    alice: Subject, bob: Subject
) -> None:
    dee = factories.user(Role.DPO)
    about = factories.case(State.CLOSED, subject=alice)
    case = services.log_request(
        by=dee, right=Right.COMPLAINT, channel="phone", received_on=TODAY, words="Nobody answers",
        about=about, requester_name="Alice Okafor",
    )  # fmt: skip
    assert of(alice, "emails") == {COMPLAINT}
    services.choose_subject(case=case, subject=bob, by=dee)
    assert of(bob, "emails") == {COMPLAINT}
    case = services.choose_subject(case=Case.objects.get(pk=case.pk), subject=alice, by=dee)
    assert of(bob, "emails") == {""}
    case = services.take_up(case=case, by=dee)
    case = services.move_back(case=case, by=dee, reason="Too early")
    assert of(alice, "emails") == {COMPLAINT}  # open in triage too
    services.withdraw(case=case, by=dee)
    assert of(alice, "emails") == {""}
    assert Hold.objects.filter(subject=alice).count() == 1
