"""Complaints (DPA 2018 s 164A; ux C7; S73): anybody can complain, it is confirmed in time, and the outcome is told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar import casework, reminders, services
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Complaint, Draft, Outcome
from requests_sar.rights import Right
from requests_sar.services import complaints
from requests_sar.workflow import State
from tests import customer, factories

pytestmark = pytest.mark.django_db
FRIDAY = dt.datetime(2026, 11, 27, 10, 0, tzinfo=dt.UTC)
ANSWERS: dict[str, dict[str, Any]] = {
    "about": {"about_what": "other"},
    "wrong": {"words": "You rang me at midnight.", "wants": "Do not do it again."},
    "reply": {"reply_how": "email"},
    "contact": {"name": "Alice Okafor", "email": "alice@example.com"},
}


def send(client: Client, *, carried: str = "", **changes: dict[str, Any]) -> Case:
    """From the page about complaining to a sent complaint."""
    response = client.post(reverse("complain"), {"about": carried} if carried else {})
    assert response.status_code == 302
    draft = Draft.objects.latest("created_at")
    for slug, answers in {**ANSWERS, **changes}.items():
        if carried and slug == "about":
            continue
        response = client.post(customer.question(draft, slug), answers)
        assert response.status_code == 302, (slug, customer.main(response))
    assert client.post(reverse("check", args=[draft.pk])).status_code == 302
    return Case.objects.get(submission=draft.pk)


def complaint(**fields: Any) -> Case:
    """A complaint as rows alone."""
    case = factories.case(State.TRIAGE, right=Right.COMPLAINT, words="You rang at midnight.", **fields)
    Complaint.objects.create(case=case, reply_how="email", acknowledge_by=case.due_on or timezone.localdate())
    return case


@time_machine.travel(FRIDAY, tick=True)
def test_s73_without_a_case_and_without_signing_in(client: Client) -> None:
    page = client.get(reverse("complain"))
    assert page.status_code == 200
    case = send(client)
    assert case.reference.startswith("DC-")
    assert (case.state, case.received_on) == (State.TRIAGE, dt.date(2026, 11, 27))
    assert case.due_on == case.complaint.acknowledge_by == dt.date(2026, 12, 29)
    receipt = client.get(reverse("sent", args=[case.reference]))
    assert "We have your complaint" in customer.main(receipt)
    assert "Tuesday 29 December 2026" in customer.main(receipt)
    mail = Message.objects.get(about=case.reference)
    assert mail.to == "alice@example.com"
    assert "midnight" not in mail.text + mail.subject


def test_nothing_is_said_that_is_true_of_requests_only(client: Client) -> None:
    case = send(client)
    letter = case.letters.get(kind="received").text
    assert "We got your complaint on" in letter
    assert "We will confirm by" in letter
    for words in ("reply by", "really you", "You asked"):
        assert words not in letter
    assert "We have your complaint." in Message.objects.get(about=case.reference).text
    client.force_login(factories.user(Role.DPO))
    page = customer.words(client.get(reverse("admin:case", args=[case.reference])))
    assert "nobody had to prove it" in page
    assert "The e-mail address was proved" not in page


def test_no_email_address_is_needed(client: Client) -> None:
    case = send(client, reply={"reply_how": "none"}, contact={"name": "Alice"})
    assert case.requester_email == ""
    assert "keep the reference" in customer.main(client.get(reverse("sent", args=[case.reference])))
    by_post = send(
        client, reply={"reply_how": "post"}, contact={"name": "A", "address": "1 Long Street, BS1 1AA"}
    )
    assert by_post.requester_address == "1 Long Street, BS1 1AA"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("how", "name", "said"),
    [("email", "email", "name@example.com"), ("phone", "phone", "0117"), ("post", "address", "postcode")],
)
def test_the_way_they_chose_asks_for_what_it_needs(client: Client, how: str, name: str, said: str) -> None:
    client.post(reverse("complain"))
    draft = Draft.objects.latest("created_at")
    for slug in ("about", "wrong"):
        client.post(customer.question(draft, slug), ANSWERS[slug])
    client.post(customer.question(draft, "reply"), {"reply_how": how})
    page = client.post(customer.question(draft, "contact"), {"name": "Alice"})
    assert page.status_code == 422
    assert said in customer.main(page)


def test_from_a_request_nothing_is_typed_again(client: Client) -> None:
    request = factories.case(
        State.REVIEW, requester_email="alice@example.com", owner=factories.user(Role.DPO)
    )
    customer.sign_in(client)
    page = client.get(reverse("request", args=[request.reference]))
    assert f"{reverse('complain')}?about={request.reference}" in page.content.decode()
    case = send(client, carried=request.reference)
    assert case.about == request
    assert case.complaint.complained_of == request.owner
    assert request.reference in customer.main(client.get(reverse("request", args=[case.reference])))


def test_a_reference_that_nobody_has_tells_nothing(client: Client) -> None:
    known = factories.case(State.REVIEW)
    one = send(client, about={"about_what": "request", "about": known.reference})
    other = send(Client(), about={"about_what": "request", "about": "DP-2222-2222"})
    assert (one.about, other.about) == (known, None)


def test_sent_twice_is_one_complaint(client: Client) -> None:
    case = send(client)
    assert client.post(reverse("check", args=[case.submission])).status_code == 302
    assert Case.objects.count() == 1


def test_a_stranger_does_not_see_it(client: Client) -> None:
    case = send(client)
    stranger = Client()
    customer.sign_in(stranger, "bob@example.com")
    made_up = stranger.get(reverse("request", args=["DC-2222-2222"]))
    theirs = stranger.get(reverse("request", args=[case.reference]))
    assert (theirs.status_code, customer.main(theirs)) == (made_up.status_code, customer.main(made_up))
    assert stranger.get(reverse("sent", args=[case.reference])).status_code == theirs.status_code
    assert Client().get(reverse("sent", args=[case.reference])).status_code == 302


def test_confirming_stops_its_clock_and_tells_them(client: Client) -> None:
    dee = factories.user(Role.DPO)
    case = complaint(requester_email="alice@example.com")
    assert case.due_on is not None
    case = complaints.acknowledge(case=case, by=dee)
    assert (case.due_on, case.state) == (None, State.TRIAGE)
    customer.sign_in(client)
    assert "We confirmed we have your complaint" in customer.main(
        client.get(reverse("request", args=[case.reference]))
    )
    assert case.letters.get().kind == "complaint_acknowledged"
    with pytest.raises(NotPossible, match="already"):
        complaints.acknowledge(case=case, by=dee)


def test_the_outcome_names_the_regulator_and_the_court() -> None:
    dee, sam = factories.user(Role.DPO), factories.user(Role.DPO)
    case = complaint(requester_email="alice@example.com")
    case = services.take_up(case=case, by=dee)
    with pytest.raises(NotPossible, match="what you found"):
        services.answer(case=case, by=dee)
    case = complaints.find(
        case=case, by=dee, finding="upheld", outcome="We apologise and changed the dialler."
    )
    case = services.answer(case=case, by=sam)
    case.refresh_from_db()
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.GRANTED)
    assert case.complaint.acknowledged_at is not None  # the outcome inside 30 days is the confirmation too
    letter = case.letters.get().text
    for words in ("changed the dialler", "ico.org.uk", "0303 123 1113", "court"):
        assert words in letter


def test_not_decided_by_the_person_complained_of_alone() -> None:
    dee, dan = factories.user(Role.DPO), factories.user(Role.DPO)
    case = services.take_up(case=complaint(), by=dee)
    case = complaints.name_complained_of(case=case, by=dan, person=dee)
    case = complaints.find(case=case, by=dee, finding="not-upheld", outcome="All was right.")
    with pytest.raises(NotPossible, match="Somebody else has to look"):
        services.answer(case=case, by=dan)
    with pytest.raises(NotPossible, match="person complained of"):
        complaints.second_look(case=case, by=dee)
    case = complaints.second_look(case=case, by=dan)
    assert case.complaint.second_by == dan
    case = services.answer(case=case, by=dan)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.REFUSED)


def test_where_there_is_nobody_else_the_reason_stands_on_the_record() -> None:
    dee = factories.user(Role.DPO)
    case = services.take_up(case=complaint(), by=dee)
    case = complaints.name_complained_of(case=case, by=dee, person=dee)
    case = complaints.find(case=case, by=dee, finding="partly", outcome="Half right.")
    case = complaints.second_look(case=case, by=dee, alone_because="I am the only employee.")
    assert services.answer(case=case, by=dee).state == State.CLOSED


def test_a_changed_outcome_is_looked_at_again() -> None:
    dee, dan = factories.user(Role.DPO), factories.user(Role.DPO)
    case = services.take_up(case=complaint(), by=dee)
    case = complaints.find(case=case, by=dee, finding="partly", outcome="Half right.")
    case = complaints.second_look(case=case, by=dan)
    case = complaints.find(case=case, by=dee, finding="upheld", outcome="Right.")
    assert case.complaint.second_by is None


def test_a_complaint_cannot_be_refused_or_paused_or_extended() -> None:
    from requests_sar import clockwork

    dee = factories.user(Role.DPO)
    case = complaint()
    with pytest.raises(NotPossible):
        services.refuse(case=case, by=dee, ground="unfounded", reason="No.")
    with pytest.raises(NotPossible):
        clockwork.ask_question(case=case, category="which", text="Which?", by=dee)
    with pytest.raises(NotPossible):
        clockwork.extend(case=case, ground="complex", reason="Much.", by=dee)


@time_machine.travel(FRIDAY, tick=True)
def test_a_corrected_day_moves_the_date_and_a_new_holiday_too() -> None:
    from requests_sar import clockwork

    dee = factories.user(Role.DPO)
    case = complaint(requester_email="")
    moved = clockwork.set_received(
        case=case, day=dt.date(2026, 11, 20), reason="The letter was dated.", by=dee
    )
    assert moved.due_on == dt.date(2026, 12, 21)  # day 30 is Sunday 20 December
    assert Complaint.objects.get(case=case).acknowledge_by == dt.date(2026, 12, 21)
    assert casework.clock_of(moved).unrolled_due == dt.date(2026, 12, 20)


def test_progress_is_told_and_answers_their_message() -> None:
    dee = factories.user(Role.DPO)
    case = complaint(requester_email="alice@example.com", customer_wrote_at=timezone.now())
    with pytest.raises(NotPossible, match="Write"):
        complaints.progress(case=case, by=dee, text="  ")
    case = complaints.progress(case=case, by=dee, text="We have heard the call.")
    case.refresh_from_db()
    assert case.customer_wrote_at is None
    assert "We have heard the call." in case.letters.get().text


def test_the_officer_is_reminded_of_complaints_to_confirm() -> None:
    dee = factories.user(Role.DPO)
    case = complaint(owner=dee)
    reminders.run(today=case.due_on - dt.timedelta(days=1))
    words = Message.objects.get(template="requests_sar/for_officer").text
    assert "must be confirmed by" in words
    assert "Complaints to confirm" in Message.objects.get(template="requests_sar/digest").text


def test_staff_write_a_complaint_down() -> None:
    sam = factories.user(Role.STAFF)
    case = services.log_request(
        by=sam,
        right=Right.COMPLAINT,
        channel="phone",
        received_on=timezone.localdate(),
        words="You rang at midnight.",
        requester_name="Alice",
        requester_email="",
    )
    assert case.reference.startswith("DC-")
    assert case.complaint.acknowledge_by == case.due_on


@pytest.mark.parametrize("slug", ["acknowledge", "progress", "complained-of", "finding", "second-look"])
def test_every_act_has_its_page(client: Client, slug: str) -> None:
    dee = factories.user(Role.DPO)
    client.force_login(dee)
    case = services.take_up(case=complaint(), by=dee)
    if slug == "second-look":
        case = complaints.find(case=case, by=dee, finding="partly", outcome="Half right.")
    page = client.get(reverse("admin:case_act", args=[case.reference, slug]))
    assert page.status_code == 200, customer.main(page)
    assert "Whom it is about" in customer.words(client.get(reverse("admin:case", args=[case.reference])))
    sam = Client()
    sam.force_login(factories.user(Role.STAFF))
    assert sam.post(reverse("admin:case_act", args=[case.reference, slug]), {}).status_code == 403


def test_documents_can_be_added_from_the_browser_it_was_sent_from(
    client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.STORAGE_DIR = tmp_path
    case = send(client, reply={"reply_how": "none"}, contact={"name": "Alice"})
    url, once = reverse("sent", args=[case.reference]), str(uuid.uuid4())

    def sent(by: Client, content: bytes = b"%PDF-1.4 what went wrong", name: str = "letter.pdf") -> Any:
        return by.post(url, {"once": once, "files": [SimpleUploadedFile(name, content)]})

    assert sent(client, b"<html></html>").status_code == 422
    assert client.post(url, {"once": once}).status_code == 422
    assert sent(client).status_code == 302
    assert sent(client).status_code == 302  # twice is once
    letter = case.letters.get(side="requester")
    assert letter.attachments.get().label == "letter.pdf"
    case.refresh_from_db()
    assert case.customer_wrote_at is not None  # staff see that something came
    assert "Add documents" in customer.main(client.get(url))
    assert sent(Client()).status_code == 405  # a stranger sends nothing here
    assert case.letters.filter(side="requester").count() == 1
