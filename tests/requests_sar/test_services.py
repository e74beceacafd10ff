"""The verbs: who may do what when, what it leaves behind, and what happens when two press at once."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine
from django.utils import timezone

from portal.accounts import visits
from portal.accounts.models import Role, User, Visit
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import casework, services, tasks
from requests_sar.casework import NotPossible, Stale
from requests_sar.models import Case, Draft, Happening, Package, Proof
from requests_sar.rights import Right
from requests_sar.workflow import Event, State
from retention.models import Hold
from subjects.identifiers import keys_of
from subjects.models import Identifier, Subject
from tests import factories

pytestmark = pytest.mark.django_db
ALONE = "There is nobody else."


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


def person(key: str, name: str, email: str) -> Subject:
    subject = Subject.objects.create(source_key=key, full_name=name, email=email)
    found = keys_of(full_name=name, emails=[email], phones=[], account_number="", source_key=key)
    Identifier.objects.bulk_create(
        Identifier(subject=subject, kind=kind, value=value) for kind, value in found
    )
    return subject


@pytest.fixture
def alice() -> Subject:
    return person("C1", "Alice Okafor", "alice@example.com")


@pytest.fixture
def dee() -> User:
    return User.objects.create_user("dee@example.org", role=Role.DPO)


@pytest.fixture
def sam() -> User:
    return User.objects.create_user("sam@example.org", role=Role.STAFF)


def draft(email: str = "alice@example.com", **answers) -> Draft:
    return Draft.objects.create(right=Right.ACCESS, answers={"name": "Alice", "email": email, **answers})


def visit(address: str = "alice@example.com") -> Visit:
    now = timezone.now()
    return Visit.objects.create(address=address, proved_at=now, expires_at=now + dt.timedelta(minutes=30))


def triaged(alice: Subject) -> Case:
    return services.open_request(draft=draft(), visit=visit())


def reviewed(alice: Subject, dee: User) -> Case:
    case = services.accept(case=triaged(alice), by=dee)
    factories.answer_searches(case, dee)
    tasks.collect(str(case.packages.get().pk))
    case.refresh_from_db()
    return services.mark_reviewed(case=case, by=dee, alone=ALONE)


# --- the requester ---


@time_machine.travel("2026-11-23T10:00:00+00:00", tick=False)
def test_s01_a_signed_in_customer_is_not_asked_again(alice: Subject) -> None:
    case = services.open_request(draft=draft(), visit=visit())
    assert (case.state, case.subject, case.proof) == (State.TRIAGE, alice, Proof.SIGNED_IN)
    assert (case.received_on, case.due_on) == (dt.date(2026, 11, 23), dt.date(2026, 12, 23))
    assert [message.template for message in Message.objects.all()] == ["requests_sar/received"]


@pytest.mark.parametrize("address", ["alice@example.com", "nobody@example.com"])
def test_known_and_unknown_addresses_get_the_same_code(alice: Subject, address: str) -> None:
    case = services.open_request(draft=draft(address), visit=None)
    assert (case.state, case.subject) == (State.VERIFYING, None)
    message = Message.objects.get()
    assert message.to == address
    assert "Alice Okafor" not in message.text + message.subject + message.html


def _confirm(case: Case) -> Case:
    now = visit(case.requester_email)
    (confirmed,) = services.confirm(challenge=case.challenge, visit=now)
    return confirmed


def test_the_code_of_the_address_on_file_proves_the_person(alice: Subject) -> None:
    case = _confirm(services.open_request(draft=draft(" Alice@Example.com"), visit=None))
    assert (case.subject, case.proof, case.state) == (alice, Proof.CODE, State.TRIAGE)


def test_s03_an_unknown_address_goes_to_the_dpo_unverified(alice: Subject) -> None:
    case = _confirm(services.open_request(draft=draft("nobody@example.com"), visit=None))
    assert (case.subject, case.proof, case.verified_at) == (None, Proof.NONE, None)


def test_two_people_with_one_address_are_not_guessed_between(alice: Subject) -> None:
    person("C2", "Alan Okafor", "alice@example.com")
    assert triaged(alice).subject is None


def test_an_address_changed_last_week_proves_nobody(alice: Subject) -> None:
    Subject.objects.update(email_changed_at=timezone.now() - dt.timedelta(days=7))
    assert triaged(alice).subject is None


def test_asking_for_somebody_else_goes_to_the_dpo(alice: Subject) -> None:
    case = services.open_request(draft=draft(on_behalf_of="Bob"), visit=visit())
    assert (case.subject, case.on_behalf_of) == (None, "Bob")


def test_s10_a_draft_sent_twice_is_one_case(alice: Subject) -> None:
    one = draft()
    first = services.open_request(draft=one, visit=visit())
    assert services.open_request(draft=one, visit=visit()) == first
    assert Message.objects.count() == 1


def test_somebody_else_finds_nothing(alice: Subject) -> None:
    case = triaged(alice)
    assert services.case_for(visit("bob@example.com"), case.reference) is None
    assert services.case_for(None, case.reference) is None
    assert services.case_for(visit(), case.reference.lower()) == case


def test_a_mistyped_address_can_be_corrected_once_and_the_old_code_is_worthless(alice: Subject) -> None:
    case = services.open_request(draft=draft("alcie@example.com"), visit=None)
    old = case.challenge
    services.change_address(case=case, address="alice@example.com")
    case.refresh_from_db()
    assert case.requester_email == "alice@example.com"
    assert services.confirm(challenge=old, visit=visit("alcie@example.com")) == []
    case = _confirm(case)
    with pytest.raises(NotPossible):
        services.change_address(case=case, address="eve@example.com")


def test_a_message_sent_twice_is_one_message(alice: Subject) -> None:
    case, once = triaged(alice), uuid.uuid4()
    for _ in range(2):
        services.write(case=case, by=visit(), text="And the recordings, please.", once=once)
    assert case.letters.filter(kind="").count() == 1
    assert Case.objects.get().customer_wrote_at


def test_withdrawing_releases_the_hold_and_stops_the_work(alice: Subject, dee: User) -> None:
    case = services.accept(case=triaged(alice), by=dee)
    assert Hold.objects.filter(released_at=None).count() == 1
    case = services.withdraw(case=case, by=visit())
    assert case.state == State.WITHDRAWN
    assert case.packages.get().state == Package.State.STOPPED
    assert not Hold.objects.filter(released_at=None).exists()
    with pytest.raises(NotPossible):
        services.withdraw(case=case, by=visit())


# --- codes ---


def test_five_wrong_codes_lock_for_fifteen_minutes() -> None:
    sent = visits.start(address="alice@example.com", purpose="sign-in")
    wrong = "000000" if sent.code != "000000" else "111111"
    for left in (4, 3, 2, 1):
        with pytest.raises(visits.WrongCode) as error:
            visits.answer_code(challenge_id=sent.challenge.pk, code=wrong)
        assert error.value.left == left
    for code in (wrong, sent.code):
        with pytest.raises(visits.Locked):
            visits.answer_code(challenge_id=sent.challenge.pk, code=code)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        assert visits.answer_code(challenge_id=sent.challenge.pk, code=f" {sent.code[:3]} {sent.code[3:]}")


def test_a_code_works_once_and_for_a_day() -> None:
    sent = visits.start(address="alice@example.com", purpose="sign-in")
    visits.answer_code(challenge_id=sent.challenge.pk, code=sent.code)
    with pytest.raises(visits.Expired):
        visits.answer_link(token=sent.token)
    late = visits.start(address="alice@example.com", purpose="sign-in")
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)), pytest.raises(visits.Expired):
        visits.answer_code(challenge_id=late.challenge.pk, code=late.code)


def test_no_more_than_five_messages_an_hour_to_one_address() -> None:
    sent = [visits.start(address="alice@example.com", purpose="sign-in") for _ in range(6)]
    assert [one.deliver for one in sent] == [True] * 5 + [False]


# --- staff ---


@time_machine.travel("2026-11-24T09:00:00+00:00", tick=False)
def test_s02_a_call_written_down_later_counts_from_its_day(dee: User) -> None:
    case = services.log_request(
        by=dee,
        right=Right.ACCESS,
        channel="phone",
        received_on=dt.date(2026, 11, 20),
        words="What have you got on me?",
    )
    assert (case.state, case.due_on, case.proof) == (State.TRIAGE, dt.date(2026, 12, 21), Proof.NONE)
    assert case.history.first().actor == f"staff:{dee.pk}"
    with pytest.raises(NotPossible, match="future"):
        services.log_request(
            by=dee, right=Right.ACCESS, channel="phone", received_on=dt.date(2026, 11, 25), words="x"
        )


def test_the_whole_line(alice: Subject, dee: User) -> None:
    case = reviewed(alice, dee)
    case = services.release(case=case, by=dee)
    assert case.state == State.RELEASED
    assert case.answered_at
    assert services.current_package(case).released_at
    case = services.close(case=case, by=dee)
    assert case.state == State.CLOSED
    moves = list(Happening.objects.exclude(to_state="").values_list("to_state", flat=True))
    assert moves == ["received", "triage", "collecting", "review", "released", "closed"]
    assert {"case.accepted", "package.ready", "case.released", "case.closed"} <= set(
        Entry.objects.values_list("verb", flat=True)
    )
    words = " ".join(Entry.objects.values_list("reason", flat=True)) + " ".join(
        Entry.objects.values_list("target", flat=True)
    )
    assert "alice" not in words.lower()


def test_release_waits_for_identity_review_and_files(alice: Subject, dee: User) -> None:
    case = _confirm(services.open_request(draft=draft("nobody@example.com"), visit=None))
    with pytest.raises(NotPossible, match="Choose the person"):
        services.accept(case=case, by=dee)
    case = services.choose_subject(case=case, subject=alice, by=dee)
    case = services.accept(case=case, by=dee)
    obstacles = services.release_obstacles(case)
    assert len(obstacles) == 5
    factories.answer_searches(case, dee)
    tasks.collect(str(case.packages.get().pk))
    case.refresh_from_db()
    case = services.mark_reviewed(case=case, by=dee, alone=ALONE)
    with pytest.raises(NotPossible, match="who is asking"):
        services.release(case=case, by=dee)
    with pytest.raises(NotPossible, match="how you checked"):
        services.verify_by_hand(case=case, by=dee, how=" ")
    case = services.verify_by_hand(case=case, by=dee, how="Called back on the number on file")
    assert services.release(case=case, by=dee).state == State.RELEASED


def test_choosing_another_person_takes_the_proof_back(alice: Subject, dee: User) -> None:
    case = triaged(alice)
    bob = person("C2", "Bob", "bob@example.com")
    case = services.choose_subject(case=case, subject=bob, by=dee)
    assert (case.subject, case.verified_at) == (bob, None)


def test_s26_a_late_answer_says_why(alice: Subject, dee: User) -> None:
    case = reviewed(alice, dee)
    Case.objects.update(due_on=timezone.localdate() - dt.timedelta(days=1))
    case.refresh_from_db()
    with pytest.raises(NotPossible, match="late"):
        services.release(case=case, by=dee)
    assert services.release(case=case, by=dee, late_reason="Many requests at once").late_reason


def test_s77_two_press_at_once_and_the_second_is_told(alice: Subject, dee: User) -> None:
    case = triaged(alice)
    same = Case.objects.get(pk=case.pk)
    services.accept(case=case, by=dee, seen=case.version)
    with pytest.raises(Stale):
        services.refuse(case=same, by=dee, ground="unfounded", reason="x", seen=same.version)
    assert not Message.objects.filter(template="requests_sar/refused").exists()
    assert Case.objects.get().packages.get().state == Package.State.QUEUED


def test_refusing_needs_ground_and_reason_and_removes_the_files(alice: Subject, dee: User) -> None:
    case = reviewed(alice, dee)
    with pytest.raises(NotPossible):
        services.refuse(case=case, by=dee, ground="excessive", reason="")
    case = services.refuse(case=case, by=dee, ground="excessive", reason="You had the same copy last week.")
    assert case.state == State.REFUSED
    assert case.packages.get().state == Package.State.DESTROYED


def test_s09_referring_stops_the_clock(alice: Subject, dee: User) -> None:
    case = services.refer(case=triaged(alice), by=dee, controller="Acme Ltd")
    assert (case.state, case.due_on, case.referred_to) == (State.REFERRED, None, "Acme Ltd")


def test_moving_back_needs_a_reason_and_undoes_accepting(alice: Subject, dee: User) -> None:
    case = reviewed(alice, dee)
    with pytest.raises(NotPossible):
        services.move_back(case=case, by=dee, reason="")
    case = services.move_back(case=case, by=dee, reason="Wrong person")
    assert (case.state, case.reviewed_at) == (State.TRIAGE, None)
    assert not Hold.objects.filter(released_at=None).exists()


def test_a_release_can_be_taken_back_until_the_first_download(alice: Subject, dee: User) -> None:
    case = services.release(case=reviewed(alice, dee), by=dee)
    case = services.take_back(case=case, by=dee, reason="Too early")
    assert (case.state, case.answered_at) == (State.REVIEW, None)
    case = services.release(case=case, by=dee)
    file = services.current_package(case).files.first()
    file.downloads.create(actor="customer")
    with pytest.raises(NotPossible, match="downloaded"):
        services.take_back(case=case, by=dee, reason="Too late")


def test_removed_files_are_made_again_on_one_press(alice: Subject, dee: User) -> None:
    case = services.release(case=reviewed(alice, dee), by=dee)
    with pytest.raises(NotPossible):
        services.renew(case=case, by=visit())
    from requests_sar import packages

    Package.objects.update(expires_at=timezone.now())
    packages.expire()
    answered = case.answered_at
    case = services.renew(case=case, by=visit())
    assert case.state == State.COLLECTING
    tasks.collect(str(services.current_package(case).pk))
    case.refresh_from_db()
    case = services.release(case=services.mark_reviewed(case=case, by=dee, alone=ALONE), by=dee)
    assert (
        case.answered_at == answered
    )  # the answer was in time once; making files again does not change that


@pytest.mark.parametrize("event", list(Event))
def test_a_customer_cannot_do_what_staff_do(alice: Subject, event: Event) -> None:
    case = triaged(alice)
    if event == Event.WITHDRAW:
        return
    with pytest.raises(NotPossible):
        casework.move(case, event, by=visit())


def test_a_request_confirmed_by_phone_goes_to_triage_unproved(alice: Subject, dee: User) -> None:
    case = services.open_request(draft=draft("alice@example.com"), visit=None)
    with pytest.raises(NotPossible, match="how they confirmed"):
        services.confirm_for_customer(case=case, by=dee, how=" ")
    case = services.confirm_for_customer(case=case, by=dee, how="She phoned")
    assert (case.state, case.verified_at) == (State.TRIAGE, None)
    with pytest.raises(NotPossible):
        services.confirm_for_customer(case=case, by=dee, how="Again")
