"""What comes of a request at first sight: matches, another right, not ours, twins, opened again (ux.md D1)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import clockwork, services
from requests_sar.admin import tabs
from requests_sar.casework import NotPossible, Stale
from requests_sar.models import Case, ClockState, Ground, Need, Question, Referral
from requests_sar.rights import Right
from requests_sar.workflow import ENDED, State
from retention.models import Hold
from subjects.models import Controller, Order
from tests import customer, factories

pytestmark = pytest.mark.django_db
D = dt.date
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"a passport" * 9


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee Marsh")
    client.force_login(user)
    return user


@pytest.fixture
def alice():
    return factories.subject(phone="0117 496 0123")


@pytest.fixture
def harbourside():
    return Controller.objects.create(
        name="Harbourside Dental",
        reference="K-7",
        email="privacy@dental.example",
        tell_people="dental.example",
    )


def on(day: str):
    return time_machine.travel(f"{day}T12:00:00+00:00", tick=False)


def visitor(address: str = "alice@example.com") -> Client:
    """A browser of its own, whose owner has just proved an address."""
    browser = Client()
    customer.sign_in(browser, address)
    return browser


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def press(browser, case: Case, slug: str, **data):
    data.setdefault("seen", fresh(case).version)
    return browser.post(reverse("admin:case_act", args=[case.reference, slug]), data, follow=True)


def show(client, case: Case) -> str:
    return customer.words(client.get(reverse("admin:case", args=[case.reference])))


# --- matches -----------------------------------------------------------------------------------------------------


def test_d1_2_a_match_has_two_reasons_and_a_link_to_the_record(client, dee, alice) -> None:
    case = factories.case(requester_email="alice@example.com", requester_phone="0117 496 0123")
    page = client.get(reverse("admin:case", args=[case.reference])).content.decode()
    assert "same e-mail address" in page
    assert "same telephone number" in page
    assert f'href="{reverse("admin:person", args=[alice.reference])}"' in page


# --- S05 ---------------------------------------------------------------------------------------------------------


def test_s05_an_unlabelled_request_becomes_one_for_a_copy(client, dee) -> None:
    with on("2026-11-24"):
        case = services.log_request(
            by=dee,
            right=Right.RECTIFICATION,
            channel="email",
            received_on=D(2026, 11, 20),
            words="Please send me everything",
            requester_email="alice@example.com",
        )
        Message.objects.all().delete()
        preview = press(client, case, "reclassify", right="access", reason="They ask for everything")
        assert "We work on it as: a copy of your data." in customer.words(preview)
        assert fresh(case).right == Right.RECTIFICATION
        press(client, case, "reclassify", right="access", reason="They ask for everything", confirmed="1")
    case = fresh(case)
    assert (case.right, case.received_on, case.due_on) == (Right.ACCESS, D(2026, 11, 20), D(2026, 12, 21))
    assert "They ask for everything" in case.history.get(event="reclassified").reason
    assert Entry.objects.get(verb="case.reclassified").reason == "rectification to access"
    assert "Monday 21 December 2026" in case.letters.last().text
    assert Message.objects.get().template == "requests_sar/message"


def test_a_pause_counts_only_after_it_is_about_a_copy(dee) -> None:
    with on("2026-11-02"):
        case = factories.case()
    with on("2026-11-09"):
        clockwork.ask_question(case=case, category="which", text="Which?", by=dee)
    assert fresh(case).clock == ClockState.PAUSED
    with on("2026-11-10"):
        case = services.reclassify(case=fresh(case), right="erasure", reason="They want it gone", by=dee)
        assert (case.clock, case.due_on) == (ClockState.RUNNING, D(2026, 12, 2))


@pytest.mark.parametrize(
    ("right", "reason", "words"),
    [("access", "x", "already"), ("erasure", " ", "Say why"), ("gossip", "x", "Choose what")],
)
def test_reclassifying_is_refused_with_a_sentence(dee, right: str, reason: str, words: str) -> None:
    with pytest.raises(NotPossible, match=words):
        services.reclassify(case=factories.case(), right=right, reason=reason, by=dee)
    with pytest.raises(NotPossible, match="in triage only"):
        services.reclassify(case=factories.case(State.REVIEW), right="erasure", reason="x", by=dee)


# --- S09 ---------------------------------------------------------------------------------------------------------


def test_s09_data_that_we_hold_for_a_client(client, dee, alice, harbourside) -> None:
    with on("2026-11-02"):
        case = factories.case(requester_email="alice@example.com", words="Delete my tooth chart")
    with on("2026-11-23"):
        client.force_login(dee)
        response = press(client, case, "refer", client=harbourside.pk, confirmed="1")
    case = fresh(case)
    assert "the client has an e-mail" in customer.words(response)
    assert (case.state, case.due_on, case.referred_to) == (State.REFERRED, None, "Harbourside Dental")
    assert "We hold the data only for a client." in case.history.get(event="refer").reason
    to_client = Message.objects.get(template="requests_sar/client")
    assert (to_client.to, to_client.about) == ("privacy@dental.example", case.reference)
    assert case.reference in to_client.subject
    for secret in ("Okafor", "alice", "tooth", "Delete", "erasure"):
        assert secret not in to_client.subject + to_client.text + to_client.html
    to_customer = Message.objects.get(template="requests_sar/referred")
    assert "Please ask Harbourside Dental" in to_customer.text
    assert "dental.example" in to_customer.text
    with on("2027-03-01"):
        assert not services.is_late(case)
        late = tabs.with_work(Case.objects.all()).filter(tabs.late(timezone.localdate()))
        assert not late.exists()
        page = customer.main(visitor().get(reverse("request", args=[case.reference])))
        assert "Please ask them." in page
        assert "Late" not in page


def test_s09_the_client_gets_the_details_on_paper_or_by_phone(client, dee, harbourside) -> None:
    case = factories.case(requester_email="alice@example.com", words="Delete my tooth chart")
    case = services.refer(case=case, by=dee, controller=harbourside)
    page = customer.words(client.get(reverse("admin:case_client", args=[case.reference])))
    assert "Delete my tooth chart" in page
    assert "alice@example.com" in page
    assert Entry.objects.filter(verb="client.details-shown", actor=f"staff:{dee.pk}").exists()
    press(client, case, "client-details", how="Read out to their practice manager")
    assert case.history.get(event="client-details").reason == "Read out to their practice manager"
    assert "They have the details since" in show(client, case)
    with pytest.raises(NotPossible, match="already"):
        services.details_given(case=fresh(case), by=dee, how="again")
    assert client.get(reverse("admin:case_client", args=[factories.case().reference])).status_code == 404


def test_s09_a_new_client_is_put_on_the_list_and_ours_is_refused(client, dee) -> None:
    case = factories.case(requester_email="alice@example.com")
    response = press(client, case, "refer", controller="  New   Client Ltd ", confirmed="1")
    assert "We have no e-mail address of the client" in customer.words(response)
    assert Controller.objects.get().name == "New Client Ltd"
    assert fresh(case).referral.client_told_at is None
    ours = Controller.objects.create(name="Data Productions", ours=True)
    with pytest.raises(NotPossible, match="our own company"):
        services.refer(case=factories.case(), by=dee, controller=ours)
    with pytest.raises(NotPossible, match="Name the company"):
        services.refer(case=factories.case(), by=dee, controller=" ")
    assert press(client, factories.case(), "refer").status_code == 422


def test_the_officer_keeps_the_list_of_clients_and_nobody_else(client, dee, harbourside) -> None:
    listed = reverse("admin:subjects_controller_changelist")
    assert "Harbourside Dental" in client.get(listed).content.decode()
    change = reverse("admin:subjects_controller_change", args=[harbourside.pk])
    data = {"name": "Harbourside Dental", "email": "new@dental.example", "active": "on"}
    client.post(change, data)
    harbourside.refresh_from_db()
    assert harbourside.email == "new@dental.example"
    entry = Entry.objects.get(verb="controller.changed")
    assert "dental" not in entry.reason + entry.target
    response = client.post(reverse("admin:subjects_controller_add"), {"name": "harbourside  dental"})
    assert "on the list already" in response.content.decode()
    for role in (Role.STAFF, Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR):
        client.force_login(factories.user(role))
        assert client.get(listed).status_code == 403
        assert client.get(change).status_code in {302, 403}


# --- not a request for us ----------------------------------------------------------------------------------------


def test_spam_is_closed_without_a_word(client, dee) -> None:
    case = factories.case(requester_email="win@spam.example")
    assert "No letter goes out." in customer.words(press(client, case, "not-ours", kind="spam"))
    press(client, case, "not-ours", kind="spam", confirmed="1", note="Lottery")
    case = fresh(case)
    assert (case.state, case.due_on, case.letters.count()) == (State.REFERRED, None, 0)
    assert not Message.objects.exists()
    assert case.history.get(event="refer").reason.endswith("Lottery")


def test_a_person_who_meant_another_company_is_told(client, dee) -> None:
    case = factories.case(requester_email="alice@example.com")
    case = services.not_ours(case=case, kind=Referral.Kind.WRONG_COMPANY, company="Data Products Ltd", by=dee)
    assert "another company: Data Products Ltd. Please write to them." in case.letters.get().text
    customer.sign_in(client)
    page = customer.main(client.get(reverse("request", args=[case.reference])))
    assert "Closed: it is meant for another company" in page


# --- S10 ---------------------------------------------------------------------------------------------------------


def test_s10_a_retried_post_and_the_back_button_make_one_request_and_one_acknowledgement(
    client, alice
) -> None:
    customer.sign_in(client)
    draft = customer.start(client)
    customer.answer(client, draft, details={"name": "Alice Okafor"})
    address = reverse("check", args=[draft.pk])
    first = client.post(address)
    assert client.post(address)["Location"] == first["Location"]  # a double click, a retried POST
    back = client.get(address)  # the back button, then Send again
    assert back.status_code == 302
    assert client.post(address)["Location"] == first["Location"]
    assert client.post(customer.question(draft, "reply"), {"reply_by": "post"}).status_code == 302
    assert Case.objects.count() == 1
    assert Message.objects.filter(template="requests_sar/received").count() == 1
    # two workers at the same moment: the second finds the first one's case
    assert services.open_request(draft=draft, visit=factories.visit()).submission == draft.pk
    assert (Case.objects.count(), Message.objects.filter(template="requests_sar/received").count()) == (1, 1)


# --- S11 ---------------------------------------------------------------------------------------------------------


def two(subject, dee, **fields) -> tuple[Case, Case]:
    with on("2026-11-02"):
        first = factories.case(subject=subject, requester_email="alice@example.com", **fields)
    with on("2026-11-16"):
        second = factories.case(subject=subject, requester_email="alice@example.com", **fields)
        services.link(case=second, other=first, by=dee)
    return fresh(first), fresh(second)


def test_s11a_two_open_requests_are_linked_and_each_keeps_its_date(client, dee, alice) -> None:
    with on("2026-11-02"):
        first = factories.case(subject=alice, requester_email="alice@example.com")
    with on("2026-11-16"):
        second = factories.case(subject=alice, requester_email="alice@example.com")
        response = press(client, second, "link", other=first.reference)
        assert "Linked. The due date of each stays." in customer.words(response)
        first, second = fresh(first), fresh(second)
        assert first.group == second.group is not None
        assert (first.due_on, second.due_on) == (D(2026, 12, 2), D(2026, 12, 16))
        assert first.state == second.state == State.TRIAGE  # nothing is refused by itself
        for one, other in ((first, second), (second, first)):
            assert other.reference in show(client, one).split("Linked requests")[1].split("Other requests")[0]
        customer.sign_in(client)
        page = customer.main(client.get(reverse("request", args=[second.reference])))
    assert "Requests that belong to this one" in page
    assert first.reference in page
    assert "We reply by 2 December 2026" in page


def test_s11a_one_response_answers_both(client, dee, alice) -> None:
    first, second = two(alice, dee)
    with pytest.raises(NotPossible, match="There is none"):
        services.answered_together(case=second, other=first, by=dee)
    with on("2026-11-30"):
        Case.objects.filter(pk=first.pk).update(state=State.RELEASED, answered_at=timezone.now())
        client.force_login(dee)
        preview = press(client, second, "together", other=first.reference)
        assert "answers this request too" in customer.words(preview)
        press(client, second, "together", other=first.reference, confirmed="1")
    second = fresh(second)
    assert (second.state, second.due_on) == (State.CLOSED, D(2026, 12, 16))
    assert second.answered_at == fresh(first).answered_at
    assert first.reference in second.letters.get().text


def test_s11a_an_answer_that_was_late_for_the_twin_needs_its_reason(dee, alice) -> None:
    first, second = two(alice, dee)
    with on("2026-12-20"):
        Case.objects.filter(pk=first.pk).update(state=State.RELEASED, answered_at=timezone.now())
        with pytest.raises(NotPossible, match="came late for this request"):
            services.answered_together(case=second, other=fresh(first), by=dee)
        second = services.answered_together(case=second, other=fresh(first), by=dee, late_reason="Ill")
    assert (second.state, second.late_reason) == (State.CLOSED, "Ill")


def test_an_answer_given_before_the_request_came_cannot_answer_it(dee, alice) -> None:
    with on("2026-11-02"):
        first = factories.case(State.RELEASED, subject=alice)
    with on("2026-11-23"):
        second = factories.case(subject=alice)
        second = services.link(case=second, other=first, by=dee)
        with pytest.raises(NotPossible, match="There is none"):
            services.answered_together(case=second, other=fresh(first), by=dee)


def test_linking_is_refused_with_a_sentence_and_joins_whole_groups(client, dee, alice) -> None:
    first, second = two(alice, dee)
    third, fourth = two(alice, dee)
    for case, other, words in (
        (first, first, "this request itself"),
        (first, second, "linked already"),
        (
            first,
            factories.case(subject=factories.subject("Bob", email="b@example.com")),
            "two different people",
        ),
    ):
        with pytest.raises(NotPossible, match=words):
            services.link(case=case, other=other, by=dee)
    services.link(case=first, other=third, by=dee)
    assert {case.pk for case in services.linked(fresh(first))} == {second.pk, third.pk, fourth.pk}
    services.unlink(case=fresh(first), by=dee)
    assert fresh(first).group is None
    assert len(services.linked(fresh(second))) == 2
    with pytest.raises(NotPossible, match="not linked"):
        services.unlink(case=fresh(first), by=dee)
    response = press(client, first, "link", reference="dp 2222 2222")
    assert response.status_code == 422
    assert "type the reference of one" in customer.words(response)
    press(client, first, "link", reference=second.reference.lower().replace("-", " "))
    assert fresh(first).group == fresh(second).group


def test_the_last_pair_unlinked_leaves_nobody_linked_to_themselves(dee, alice) -> None:
    first, second = two(alice, dee)
    services.unlink(case=first, by=dee)
    assert fresh(second).group is None


def test_a_customer_sees_no_linked_request_of_another_address(client, dee, alice) -> None:
    first, second = two(alice, dee)
    Case.objects.filter(pk=first.pk).update(requester_email="solicitor@firm.example")
    customer.sign_in(client)
    page = customer.main(client.get(reverse("request", args=[second.reference])))
    assert first.reference not in page


def test_s11b_a_second_request_after_the_answer_shows_what_is_new(client, dee, alice) -> None:
    def order(number: int, day: D) -> None:
        Order.objects.create(
            subject=alice, source_key=f"O-{number}", number=str(number), type="hardware", ordered_on=day,
            item="Router", total=9,
        )  # fmt: skip

    with on("2026-11-02"):
        first = factories.case(State.RELEASED, subject=alice)
        package = factories.package(first, released_at=timezone.now())
        package.sources.filter(dataset="orders").update(rows=1)
        order(1, D(2026, 10, 1))
    with on("2026-11-23"):
        order(2, D(2026, 11, 10))
        order(3, D(2026, 11, 20))
        second = factories.case(subject=alice)
        client.force_login(dee)
        page = show(client, second)
        assert "This person had a copy not long ago" in page
        assert first.reference in page
        since = customer.words(client.get(reverse("admin:case_since", args=[second.reference])))
        assert "Orders 1 2 " in since
        assert "judged on this case" in since
        assert fresh(second).state == State.TRIAGE  # nothing automatic
        refused = services.refuse(
            case=second, by=dee, ground=Ground.EXCESSIVE, reason="Nothing new but two orders"
        )
        assert refused.state == State.REFUSED  # the officer may, with reasons
    with on("2028-01-10"):
        third = factories.case(subject=alice)
        client.force_login(dee)
        assert "had a copy not long ago" not in show(client, third)
        assert client.get(reverse("admin:case_since", args=[third.reference])).status_code == 404


# --- S12 and S38 -------------------------------------------------------------------------------------------------


def test_s12_somebody_elses_reference_is_a_made_up_one(client, alice) -> None:
    theirs = factories.case(requester_email="bob@example.com")
    customer.sign_in(client)
    for name, more in (
        ("request", []),
        ("request_files", []),
        ("request_proof", ["identity"]),
        ("request_file", ["workbook"]),
    ):
        answers = [
            client.get(reverse(name, args=[reference, *more]))
            for reference in (theirs.reference, "DP-2222-2222")
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({customer.main(answer) for answer in answers}) == 1


def test_s38_a_restricted_customer_asks_for_a_copy(client, dee) -> None:
    alice = factories.subject(restricted_at=timezone.now())
    customer.sign_in(client)
    draft = customer.start(client)
    customer.answer(client, draft, details={"name": "Alice Okafor"})
    client.post(reverse("check", args=[draft.pk]))
    case = Case.objects.get()
    assert (case.subject, case.verified_at is not None, case.due_on is not None) == (alice, True, True)
    case = services.accept(case=case, by=dee)
    assert (case.state, case.packages.count()) == (State.COLLECTING, 1)


# --- S04 and opening again ---------------------------------------------------------------------------------------


def unproved(dee, alice, **fields) -> Case:
    with on("2026-11-23"):
        case = factories.case(subject=alice, requester_email="unknown@example.net", **fields)
    with on("2026-11-24"):
        return services.ask_document(case=case, why="An unknown address", by=dee)


def test_s04_the_officer_may_close_after_a_month_and_not_before(client, dee, alice) -> None:
    case = unproved(dee, alice)
    with on("2026-12-23"):
        client.force_login(dee)
        assert "Close: identity not confirmed" not in show(client, case)
        with pytest.raises(NotPossible, match="only when a month has passed"):
            services.close_unproved(case=case, reason="No proof came.", by=dee)
    with on("2027-02-01"):
        assert fresh(case).state == State.TRIAGE  # never by itself
    with on("2026-12-24"):
        client.force_login(dee)
        page = customer.words(client.get(reverse("admin:case_act", args=[case.reference, "close-unproved"])))
        assert "They sent nothing that shows who they are" in page
        reason = "Nothing came that shows who you are."
        preview = customer.words(press(client, case, "close-unproved", reason=reason))
        assert "ask a court to enforce your rights" in preview
        press(client, case, "close-unproved", reason=reason, confirmed="1")
    case = fresh(case)
    assert (case.state, case.ground) == (State.REFUSED, Ground.CANNOT_IDENTIFY)
    letter = case.letters.last().text
    for words in (
        reason,
        "ico.org.uk",
        "dataprotection@",
        "ask a court",
        "open this same",
    ):
        assert words in letter
    mail = Message.objects.filter(template="requests_sar/refused").get()
    assert "ask a court" in mail.text
    page = customer.main(visitor("unknown@example.net").get(reverse("request", args=[case.reference])))
    assert "Send a document" in page


def closed_unproved(dee, alice) -> Case:
    case = unproved(dee, alice)
    with on("2026-12-24"):
        return services.close_unproved(case=case, reason="Nothing came.", by=dee)


def test_s04_a_later_document_opens_the_same_request_with_a_new_start(client, dee, alice) -> None:
    case = closed_unproved(dee, alice)
    with on("2027-01-11"):
        address = reverse("request_proof", args=[case.reference, "identity"])
        visitor("unknown@example.net").post(address, {"file": SimpleUploadedFile("p.png", PNG)})
    case = fresh(case)
    assert Case.objects.count() == 1
    assert (case.state, case.answered_at, case.ground) == (State.TRIAGE, None, "")
    assert (case.clock_start_on, case.due_on) == (D(2027, 1, 11), D(2027, 2, 11))
    line = case.history.get(event="reopen")
    assert (line.actor, "Nothing came." in line.reason) == ("customer", True)
    assert case.customer_wrote_at is not None
    assert Hold.objects.filter(reference=case.reference, released_at=None).count() == 1


def test_s04_a_later_message_opens_it_too_and_the_month_still_waits_for_the_proof(client, dee, alice) -> None:
    case = closed_unproved(dee, alice)
    with on("2027-01-11"):
        visit = factories.visit("unknown@example.net")
        services.write(case=case, by=visit, text="I was ill. What do you need?", once=uuid.uuid4())
        case = fresh(case)
        assert (case.state, case.clock, case.due_on) == (State.TRIAGE, ClockState.WAITING, None)
    with on("2027-01-15"):
        case = services.called_back(case=case, matched=True, by=dee)
    assert (case.clock_start_on, case.due_on) == (D(2027, 1, 15), D(2027, 2, 15))


def test_s18_a_later_answer_to_a_question_opens_the_request_again(dee, alice) -> None:
    with on("2026-11-02"):
        case = factories.case(subject=alice, requester_email="alice@example.com")
    with on("2026-11-09"):
        clockwork.ask_question(case=case, category="which", text="Which calls?", by=dee)
    with on("2026-12-10"):
        case = services.refuse(case=fresh(case), by=dee, ground=Ground.NO_REPLY, reason="You did not answer.")
    with on("2026-12-18"):
        services.write(case=case, by=factories.visit(), text="All of them", once=uuid.uuid4())
    case = fresh(case)
    assert (case.state, case.clock) == (State.TRIAGE, ClockState.RUNNING)
    assert case.due_on == D(2027, 1, 11)  # 2 December and 40 days of the question
    assert Question.objects.get().answered_on == D(2026, 12, 18)


def test_s71_a_fee_that_is_not_paid_within_a_month_lets_the_officer_close(dee, alice) -> None:
    with on("2026-11-09"):
        case = factories.case(subject=alice, requester_email="alice@example.com")
    with on("2026-11-11"):
        clockwork.ask_need(case=case, kind=Need.Kind.FEE, why="A third copy", amount=Decimal("12.50"), by=dee)
    with on("2026-12-10"), pytest.raises(NotPossible, match="waited 30 days"):
        services.refuse(case=fresh(case), by=dee, ground=Ground.NO_REPLY, reason="The fee was not paid.")
    with on("2026-12-11"):
        case = fresh(case)
        assert case.state == State.TRIAGE  # never by itself
        case = services.refuse(case=case, by=dee, ground=Ground.NO_REPLY, reason="The fee was not paid.")
    with on("2026-12-15"):
        services.write(case=case, by=factories.visit(), text="I pay now", once=uuid.uuid4())
        case = clockwork.need_came(need=Need.objects.get(), by=dee)
    assert (case.state, case.due_on) == (State.TRIAGE, D(2027, 1, 15))


@pytest.mark.parametrize("state", sorted(ENDED))
def test_staff_open_any_ended_request_again_with_a_preview_of_the_date(client, dee, alice, state) -> None:
    with on("2026-11-02"):
        case = factories.case(state, subject=alice, requester_email="alice@example.com")
        if state == State.REFERRED:
            Referral.objects.create(case=case, kind=Referral.Kind.SPAM)
    with on("2026-11-20"):
        preview = customer.words(press(client, case, "reopen", reason="They rang: it was a mistake"))
        assert "due Wednesday 2 December 2026" in preview
        assert fresh(case).state == state
        press(client, case, "reopen", reason="They rang: it was a mistake", confirmed="1")
    case = fresh(case)
    assert (case.state, case.due_on, case.closed_at) == (State.TRIAGE, D(2026, 12, 2), None)
    assert case.history.get(event="reopen").reason.startswith("They rang: it was a mistake It had ended as:")
    assert Entry.objects.filter(verb="case.reopened").count() == 1
    assert Hold.objects.filter(reference=case.reference, released_at=None).count() == 1
    assert "Wednesday 2 December 2026" in case.letters.get().text
    assert not Referral.objects.exists()
    with pytest.raises(NotPossible):
        services.reopen(case=case, by=dee, reason="again")


def test_opening_again_needs_a_reason_and_loses_politely(client, dee, alice) -> None:
    case = factories.case(State.REFUSED, subject=alice)
    with pytest.raises(NotPossible, match="Say why"):
        services.reopen(case=case, by=dee, reason=" ")
    assert press(client, case, "reopen", reason="", confirmed="1").status_code == 422
    with pytest.raises(Stale):
        services.reopen(case=case, by=dee, reason="x", seen=case.version + 1)
    assert fresh(case).state == State.REFUSED


def test_a_message_on_a_request_that_was_decided_opens_nothing(dee, alice) -> None:
    case = factories.case(
        State.REFUSED, subject=alice, requester_email="alice@example.com", ground=Ground.EXCESSIVE
    )
    services.write(case=case, by=factories.visit(), text="But why?", once=uuid.uuid4())
    case = fresh(case)
    assert (case.state, case.customer_wrote_at is not None) == (State.REFUSED, True)
