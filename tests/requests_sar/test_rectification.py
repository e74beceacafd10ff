"""Requests to correct data (Article 16) and telling recipients (Article 19): from the questions to the answer."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Act, Entry
from portal.mail.models import Message
from portal.register import store
from portal.templatetags.house import short_day
from requests_sar import assembly, drafts, recipients, services
from requests_sar.casework import NotPossible, Stale
from requests_sar.models import Case, Correction, Draft, Letter, Outcome, RecipientNotice
from requests_sar.questions.rectification import LIMIT
from requests_sar.rights import Right
from requests_sar.services import corrections
from requests_sar.workflow import State
from subjects import datamap, restriction
from subjects import services as people
from subjects.models import (
    Address,
    DetailChange,
    Disclosure,
    Invoice,
    RecordNote,
    Restriction,
    Subject,
    Subscription,
    SupportCall,
)
from subjects.restriction import Use
from tests import customer, factories

pytestmark = pytest.mark.django_db
Decision = Correction.Decision
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
OLD, NEW = "1 Old Lane", "2 New Road"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def alice() -> Subject:
    return factories.subject()


@pytest.fixture
def dee() -> Any:
    return factories.user(Role.DPO)


@pytest.fixture
def desk(client: Client, dee: Any) -> Client:
    client.force_login(dee)
    return client


def home_of(of: Subject) -> Address:
    return Address.objects.create(
        subject=of, source_key=f"{of.pk}/home", use="home", lines=OLD, town="Bristol", postcode="BS1 1AA"
    )


def invoice_of(of: Subject) -> Invoice:
    return Invoice.objects.create(
        subject=of,
        source_key=f"INV-{of.pk}",
        number="INV-1",
        issued_on=dt.date(2026, 5, 1),
        net=100,
        total=120,
        billed_name=of.full_name,
        billed_address=f"{OLD}, Bristol",
    )


def call_of(of: Subject, note: str = "Rude on the phone.") -> SupportCall:
    at = dt.datetime(2026, 5, 3, 9, tzinfo=dt.UTC)
    key = f"CALL-{of.pk}-{SupportCall.objects.count()}"
    return SupportCall.objects.create(subject=of, source_key=key, started_at=at, staff_note=note)


def gave(of: Subject, who: str, kind: str) -> None:
    Disclosure.objects.create(
        subject=of,
        source_key=who,
        at=timezone.now(),
        recipient=who,
        recipient_kind=kind,
        what="name and address",
    )


def asked(of: Subject, *items: tuple[Any, str, str, str], state: State = State.REVIEW, **fields: Any) -> Case:
    """A request with items: (row, dataset, column, what is right)."""
    case = factories.case(
        state, right=Right.RECTIFICATION, subject=of, requester_email="alice@example.com", **fields
    )
    for row, dataset, column, wanted in items:
        Correction.objects.create(
            case=case,
            dataset=dataset,
            record=str(row.pk),
            column=column,
            label=f"{datamap.get(dataset).title}: {column}",
            present=str(getattr(row, column)),
            wanted=wanted,
        )
    return case


def item(case: Case, number: int = 0) -> Correction:
    return list(case.corrections.all())[number]


def decide(case: Case, decision: str, by: Any, number: int = 0, **words: str) -> Correction:
    return corrections.decide(correction=item(case, number), decision=decision, by=by, **words)


def answer(case: Case, by: Any) -> Case:
    return services.answer(case=Case.objects.get(pk=case.pk), by=by)


def letter(case: Case) -> str:
    return str(Letter.objects.filter(case=case, kind="answer_rectification").latest("at").text)


# --- S56 ---------------------------------------------------------------------------------------------------


def test_s56_a_wrong_address_is_put_right_everywhere_invoices_stay_and_recipients_are_told(
    alice: Subject, dee: Any
) -> None:
    home, issued = home_of(alice), invoice_of(alice)
    billing = Address.objects.create(
        subject=alice, source_key="b", use="billing", lines=OLD, town="Bristol", postcode="BS1 1AA"
    )
    gave(alice, "Acme Deliveries Ltd", "hardware-suppliers")
    gave(alice, "Fibre Broadband plc", "it-and-telecoms-providers")
    with time_machine.travel("2026-11-16T10:00:00+00:00", tick=False):
        case = asked(
            alice,
            (home, "addresses", "lines", NEW),
            (issued, "invoices", "billed_address", f"{NEW}, Bristol"),
        )
        assert case.due_on == dt.date(2026, 12, 16)
        decide(case, Decision.ACCEPT, dee, text=NEW)
        with pytest.raises(NotPossible, match="by a note"):
            decide(case, Decision.ACCEPT, dee, 1, text=NEW)
        decide(case, Decision.NOTE, dee, 1, text=f"The address was {NEW} when this was issued.")
        home.refresh_from_db()
        assert home.lines == OLD  # nothing is written before the answer
        case = answer(case, dee)
    home.refresh_from_db()
    billing.refresh_from_db()
    issued.refresh_from_db()
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.GRANTED)
    assert (home.lines, billing.lines) == (NEW, NEW)
    assert issued.billed_address == f"{OLD}, Bristol"
    assert {change.before for change in DetailChange.objects.all()} == {OLD}
    assert people.notes_on(alice, "invoices").get().text.startswith("The address was")
    told = {notice.recipient: notice.given_on for notice in recipients.of_case(case)}
    assert {"Acme Deliveries Ltd", "Fibre Broadband plc"} <= set(told)
    assert told["Acme Deliveries Ltd"] == timezone.localdate()
    words = letter(case)
    assert "Acme Deliveries Ltd" in words
    assert f"It says now: {NEW}" in words
    for row in (*Act.objects.values_list("reason", "target"), *Entry.objects.values_list("reason", "target")):
        assert "Road" not in " ".join(row)


def test_a_new_address_that_an_officer_accepts_can_be_taken_back_from_the_old_mailbox(
    client: Client, alice: Subject, dee: Any
) -> None:
    """Whoever wrote to us may not be whose address it is: the old one gets the notice that self-service sends."""
    case = asked(alice, (alice, "contact-details", "email", "alice@new.example"))
    decide(case, Decision.ACCEPT, dee, text="alice@new.example")
    answer(case, dee)
    alice.refresh_from_db()
    assert alice.email == "alice@new.example"
    (notice,) = Message.objects.filter(template="requests_sar/address_changed")
    assert notice.to == "alice@example.com"
    link = re.search(r"https?://\S+", notice.text)
    assert link
    client.post(urlsplit(link[0]).path)
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_a_corrected_telephone_number_sends_no_notice(alice: Subject, dee: Any) -> None:
    case = asked(alice, (alice, "contact-details", "phone", "+442079460001"))
    decide(case, Decision.ACCEPT, dee, text="+442079460001")
    answer(case, dee)
    assert not Message.objects.filter(template="requests_sar/address_changed").exists()


def test_answered_twice_is_answered_once(alice: Subject, dee: Any) -> None:
    case = asked(alice, (home_of(alice), "addresses", "lines", NEW))
    decide(case, Decision.ACCEPT, dee, text=NEW)
    seen = Case.objects.get(pk=case.pk)
    answer(case, dee)
    with pytest.raises(NotPossible):
        services.answer(case=seen, by=dee, seen=seen.version)
    assert DetailChange.objects.count() == 1
    assert Letter.objects.filter(case=case).count() == 1


# --- S57 ---------------------------------------------------------------------------------------------------


def test_s57_a_disputed_note_is_paused_while_checked_and_kept_with_the_statement(
    alice: Subject, dee: Any
) -> None:
    disputed, other = call_of(alice), call_of(alice, "Friendly.")
    case = asked(
        alice,
        (disputed, "support-calls", "staff_note", "I was polite."),
        state=State.TRIAGE,
        verified_at=timezone.now(),
    )
    Correction.objects.update(pause=True)
    case = services.take_up(case=case, by=dee)
    place = {"kind": "support-calls", "record": str(disputed.pk)}
    assert restriction.blocks(alice, Use.EDIT, **place)
    assert not restriction.blocks(alice, Use.EDIT, kind="support-calls", record=str(other.pk))
    assert not restriction.blocks(alice, Use.RIGHTS, **place)
    statement = "I was polite, and the line was bad."
    decide(
        case, Decision.STATEMENT, dee, text=statement, reason="It is the technician's opinion at the time."
    )
    for task in case.tasks.all():  # colleagues' searches are another story
        task.delete()
    case = answer(case, dee)
    assert case.outcome == Outcome.PART
    note = people.notes_on(alice, "support-calls").get()
    assert (note.kind, note.text, note.record) == (RecordNote.Kind.STATEMENT, statement, str(disputed.pk))
    exported = list(assembly.wire_rows(datamap.get("record-notes"), datamap.get("record-notes").of(alice.pk)))
    assert statement in exported[0]
    words = letter(case)
    assert statement in words
    assert "we only stored it" in words
    # S58: it is still paused now, and cannot be used again before the person was told that the pause ends
    pause = Restriction.objects.get(reference=case.reference, lifted_at=None)
    with pytest.raises(restriction.Refused, match="Tell the person first"):
        restriction.lift(restriction=pause, by=dee)


def test_taken_up_again_it_is_paused_once(alice: Subject, dee: Any) -> None:
    case = asked(alice, (call_of(alice), "support-calls", "staff_note", "No."), state=State.TRIAGE)
    Correction.objects.update(pause=True)
    case = services.take_up(case=case, by=dee)
    case = services.take_up(case=services.move_back(case=case, by=dee, reason="The wrong person"), by=dee)
    assert Restriction.objects.filter(reference=case.reference).count() == 1


# --- S58 ---------------------------------------------------------------------------------------------------


def test_s58_a_refusal_has_its_reason_and_the_three_routes(alice: Subject, dee: Any) -> None:
    case = asked(alice, (call_of(alice), "support-calls", "staff_note", "Delete this."))
    with pytest.raises(NotPossible, match="Say why"):
        decide(case, Decision.REFUSE, dee)
    decide(case, Decision.REFUSE, dee, reason="The recording of the call shows it.")
    case = answer(case, dee)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.REFUSED)
    assert case.answered_at is not None
    assert timezone.localdate(case.answered_at) <= case.due_on
    words = letter(case)
    assert "The recording of the call shows it." in words
    routes = store.current().complaints
    for route in (routes.to_us, routes.to_regulator, routes.to_court):
        assert route in words
    assert not RecipientNotice.objects.exists()


# --- S54, recipients ------------------------------------------------------------------------------------------


def test_s54_each_recipient_is_settled_with_an_outcome_and_a_reason(
    alice: Subject, dee: Any, desk: Client
) -> None:
    gave(alice, "Acme Deliveries Ltd", "hardware-suppliers")
    gave(alice, "Fibre Broadband plc", "it-and-telecoms-providers")
    gave(alice, "Web Figures Inc", "website-analytics")  # never gets contact details
    case = asked(alice, (home_of(alice), "addresses", "lines", NEW))
    decide(case, Decision.ACCEPT, dee, text=NEW)
    case = answer(case, dee)
    notices = {notice.recipient: notice for notice in recipients.of_case(case)}
    assert {"Acme Deliveries Ltd", "Fibre Broadband plc", "software suppliers"} == set(notices)
    acme, fibre, register = (
        notices[name] for name in ("Acme Deliveries Ltd", "Fibre Broadband plc", "software suppliers")
    )
    listed = customer.words(desk.get(reverse("admin:recipients")))
    assert "Acme Deliveries Ltd" in listed
    page = reverse("admin:recipient", args=[acme.pk])
    shown = desk.get(page).content.decode()
    assert f"wrong: {OLD}" in shown
    assert f"right: {NEW}" in shown
    assert alice.full_name in shown
    assert desk.post(page, {"outcome": "done"}).status_code == 302
    path = reverse("admin:recipient", args=[fibre.pk])
    refused = desk.post(path, {"outcome": "impossible", "reason": " "})
    assert refused.status_code == 422
    assert "Say why" in customer.words(refused)
    assert desk.post(path, {"outcome": "impossible", "reason": "The firm was wound up."}).status_code == 302
    desk.post(
        reverse("admin:recipient", args=[register.pk]),
        {"outcome": "not-given", "reason": "No order of this kind."},
    )
    acme.refresh_from_db()
    assert (acme.outcome, acme.who, acme.settled_by) == ("done", "", dee)
    assert "Nobody has to be told" in customer.words(desk.get(reverse("admin:recipients")))
    mine = Client()
    customer.sign_in(mine)
    told = customer.main(mine.get(reverse("request", args=[case.reference])))
    assert f"Acme Deliveries Ltd: told on {short_day(timezone.now())}" in told
    assert "Fibre Broadband plc: impossible. The firm was wound up." in told


def test_recipients_serve_erasure_and_restriction_alike(alice: Subject, dee: Any) -> None:
    gave(alice, "Acme Deliveries Ltd", "hardware-suppliers")
    for right in (Right.ERASURE, Right.RESTRICTION):
        case = factories.case(State.REVIEW, right=right, subject=alice)
        for _ in range(2):
            made = recipients.note(subject=alice, categories={"orders"}, right=right, by=dee, case=case)
        assert len(made) == RecipientNotice.objects.filter(case=case).count()
        words = recipients.words(made[0])
        assert words.startswith("To Acme Deliveries Ltd")
        assert alice.source_key in words
    assert [each.name for each in recipients.of(alice, {"orders"}, named_only=True)] == [
        "Acme Deliveries Ltd"
    ]


@pytest.mark.parametrize("path", ["recipients", "recipient"])
def test_only_caseworkers_see_recipients(client: Client, alice: Subject, path: str) -> None:
    notice = RecipientNotice.objects.create(right=Right.RECTIFICATION, subject=alice, recipient="Acme")
    url = reverse(f"admin:{path}", args=[notice.pk] if path == "recipient" else [])
    assert client.get(url).status_code == 302
    client.force_login(factories.user(Role.STAFF))
    assert client.get(url).status_code == 403
    client.force_login(factories.user(Role.DPO))
    assert client.get(url).status_code == 200
    assert client.get(reverse("admin:recipient", args=[notice.pk + 1])).status_code == 404
    assert client.put(url).status_code == 405


# --- deciding ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("postcode", "BRISTOL", "like BS1 4DJ"),
        ("town", "x" * 121, "120 characters"),
        ("since", "yesterday", "like 2026-03-27"),
        ("use", "x" * 41, "40 characters"),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_when_it_is_decided(
    alice: Subject, dee: Any, column: str, value: str, sentence: str
) -> None:
    case = asked(alice, (home_of(alice), "addresses", column, value))
    with pytest.raises(NotPossible, match=sentence):
        decide(case, Decision.ACCEPT, dee, text=value)


def test_a_day_is_written_as_a_day_and_told_in_words(alice: Subject, dee: Any) -> None:
    home = home_of(alice)
    case = asked(alice, (home, "addresses", "since", "March 2024"))
    decide(case, Decision.ACCEPT, dee, text="2024-03-27")
    answer(case, dee)
    home.refresh_from_db()
    assert home.since == dt.date(2024, 3, 27)
    assert "It says now: 27 March 2024" in letter(case)


def test_an_amount_of_a_live_record_is_put_right_and_told_as_an_amount(alice: Subject, dee: Any) -> None:
    running = Subscription.objects.create(
        subject=alice, source_key="s", service="Broadband", started_on=dt.date(2024, 1, 1), price="30.00"
    )
    case = asked(alice, (running, "subscriptions", "price", "£25"))
    with pytest.raises(NotPossible, match=r"like 120\.50"):
        decide(case, Decision.ACCEPT, dee, text="£25")
    decide(case, Decision.ACCEPT, dee, text="25")
    answer(case, dee)
    running.refresh_from_db()
    assert str(running.price) == "25.00"
    assert "It says now: £25.00" in letter(case)


def test_it_is_not_answered_before_each_item_is_decided(alice: Subject, dee: Any) -> None:
    home = home_of(alice)
    case = asked(alice, (home, "addresses", "lines", NEW), (home, "addresses", "town", "Bath"))
    decide(case, Decision.ACCEPT, dee, text=NEW)
    with pytest.raises(NotPossible, match="Decide on “Addresses: town”"):
        answer(case, dee)
    decide(case, Decision.ACCEPT, dee, 1, text="Bath")
    people.correct(  # the customer changes it meanwhile
        subject=alice, dataset="addresses", record=str(home.pk), values={"town": "Wells"}, by="customer"
    )
    with pytest.raises(NotPossible, match="changed after you decided"):
        answer(case, dee)


def test_a_record_of_somebody_else_is_never_touched(alice: Subject, dee: Any) -> None:
    bob = factories.subject("Bob Marsh", email="bob@example.com")
    his = home_of(bob)
    case = asked(alice, (his, "addresses", "lines", NEW))
    with pytest.raises(NotPossible, match="no record of this person"):
        decide(case, Decision.ACCEPT, dee, text=NEW)
    with pytest.raises(NotPossible, match="no record of this person"):
        corrections.name_item(
            correction=item(case), dataset="addresses", record=str(his.pk), column="lines", by=dee
        )
    his.refresh_from_db()
    assert his.lines == OLD


def test_without_a_record_words_can_be_put_right_elsewhere_or_refused_only(alice: Subject, dee: Any) -> None:
    case = asked(alice)
    Correction.objects.create(case=case, label="Something", present="My name on the van", wanted="Alice")
    for decision in (Decision.NOTE, Decision.STATEMENT):
        with pytest.raises(NotPossible, match="which record"):
            decide(case, decision, dee, text="words", reason="why")
    with pytest.raises(NotPossible, match="in which system"):
        decide(case, Decision.ACCEPT, dee)
    decide(case, Decision.ACCEPT, dee, reason="The sign-writer changed it.")
    case = answer(case, dee)
    assert case.outcome == Outcome.GRANTED
    assert "The sign-writer changed it." in letter(case)


def test_a_stale_page_decides_nothing(alice: Subject, dee: Any) -> None:
    case = asked(alice, (home_of(alice), "addresses", "lines", NEW))
    seen = case.version
    decide(case, Decision.ACCEPT, dee, text=NEW)
    with pytest.raises(Stale):
        corrections.decide(correction=item(case), decision=Decision.REFUSE, reason="No.", by=dee, seen=seen)
    assert item(case).decision == Decision.ACCEPT


def test_opened_again_after_a_complaint_a_no_can_become_a_yes(alice: Subject, dee: Any) -> None:
    home = home_of(alice)
    case = asked(alice, (home, "addresses", "lines", NEW))
    decide(case, Decision.REFUSE, dee, reason="We could not see it.")
    answer(case, dee)
    Case.objects.filter(pk=case.pk).update(state=State.REVIEW, closed_at=None)
    case.refresh_from_db()
    decide(case, Decision.ACCEPT, dee, text=NEW)
    case = answer(case, dee)
    home.refresh_from_db()
    assert (home.lines, case.outcome) == (NEW, Outcome.GRANTED)
    Case.objects.filter(pk=case.pk).update(state=State.REVIEW, closed_at=None)
    case.refresh_from_db()
    with pytest.raises(NotPossible, match="carried out already"):
        decide(case, Decision.REFUSE, dee, reason="Changed our mind.")


def test_it_is_decided_only_while_it_is_in_review(alice: Subject, dee: Any) -> None:
    case = asked(alice, (home_of(alice), "addresses", "lines", NEW), state=State.TRIAGE)
    with pytest.raises(NotPossible, match="take it up first"):
        decide(case, Decision.ACCEPT, dee, text=NEW)


# --- the officer's pages ---------------------------------------------------------------------------------------


def test_the_officer_names_the_record_adds_an_item_decides_and_answers(desk: Client, alice: Subject) -> None:
    home = home_of(alice)
    case = asked(alice)
    Correction.objects.create(case=case, label="Their words", present="My street", wanted=NEW, pause=True)
    url = reverse("admin:correction_place", args=[case.reference, item(case).pk])
    assert "Addresses" in customer.words(desk.get(url))
    assert "Address (home)" in customer.words(desk.get(url, {"dataset": "addresses"}))
    where = f"{url}?dataset=addresses&record={home.pk}"
    assert desk.post(where, {"column": "nonsense"}).status_code == 422
    assert desk.post(where, {"column": "lines"}).status_code == 302
    assert item(case).label == "Address (home)"
    assert restriction.blocks(alice, Use.EDIT, kind="addresses", record=str(home.pk))
    new = reverse("admin:correction_place", args=[case.reference, 0]) + f"?dataset=addresses&record={home.pk}"
    assert desk.post(new, {"column": "town"}).status_code == 422
    assert desk.post(new, {"column": "town", "wanted": "Bath"}).status_code == 302
    decide_url = reverse("admin:correction_decide", args=[case.reference, item(case).pk])
    page = customer.words(desk.get(decide_url))
    assert OLD in page
    assert desk.post(decide_url, {"decision": "accept", "text": "", "reason": ""}).status_code == 422
    assert desk.post(decide_url, {"decision": "accept", "text": NEW, "reason": ""}).status_code == 302
    second = reverse("admin:correction_decide", args=[case.reference, item(case, 1).pk])
    desk.post(second, {"decision": "refuse", "text": "", "reason": "It is in Bristol."})
    shown = customer.words(desk.get(reverse("admin:case", args=[case.reference])))
    assert f"Put right {NEW}" in shown
    act = reverse("admin:case_act", args=[case.reference, "answer"])
    rehearsal = customer.words(desk.post(act, {"words": "Thank you.", "seen": Case.objects.get().version}))
    assert "Why: It is in Bristol." in rehearsal
    assert Case.objects.get().state == State.REVIEW
    done = desk.post(act, {"words": "Thank you.", "seen": Case.objects.get().version, "confirmed": "yes"})
    assert done.status_code == 302
    home.refresh_from_db()
    case.refresh_from_db()
    assert (home.lines, home.town, case.outcome) == (NEW, "Bristol", Outcome.PART)


def test_an_invoice_is_not_offered_to_be_overwritten(desk: Client, alice: Subject) -> None:
    case = asked(alice, (invoice_of(alice), "invoices", "billed_name", "Alice Obi"))
    url = reverse("admin:correction_decide", args=[case.reference, item(case).pk])
    page = customer.words(desk.get(url))
    assert "Correct it by a note" in page
    assert "Put it right" not in page
    assert desk.post(url, {"decision": "accept", "text": "Alice Obi", "reason": ""}).status_code == 422


@pytest.mark.parametrize("door", ["correction_decide", "correction_place", "correction_proof"])
def test_doors_of_an_item(client: Client, alice: Subject, door: str) -> None:
    case = asked(alice, (home_of(alice), "addresses", "lines", NEW))
    other = asked(alice)
    url = reverse(f"admin:{door}", args=[case.reference, item(case).pk])
    assert client.get(url).status_code == 302
    client.force_login(factories.user(Role.AUDITOR))
    assert client.get(url).status_code == 403
    client.force_login(factories.user(Role.DPO))
    assert client.get(reverse(f"admin:{door}", args=[other.reference, item(case).pk])).status_code == 404
    assert client.get(url).status_code == (404 if door == "correction_proof" else 200)
    assert client.delete(url).status_code == 405


# --- the customer's journey -------------------------------------------------------------------------------------

ANSWERS = {
    "right": {"wanted": "Called once."},
    "evidence": {},
    "pause": {"pause": "yes"},
    "who": {"for_self": "yes"},
    "details": {"name": "Alice Okafor", "email": "alice@example.com"},
    "reply": {"reply_by": "download"},
}


def journey(client: Client, draft: Draft, pages: dict[str, dict[str, Any]]) -> Case:
    for slug, answers in pages.items():
        response = client.post(customer.question(draft, slug), answers)
        assert response.status_code == 302, (slug, customer.main(response))
    assert client.post(reverse("check", args=[draft.pk])).status_code == 302
    return Case.objects.get(submission=draft.pk)


def begin(client: Client) -> Draft:
    assert client.post(reverse("start", args=["rectification"])).status_code == 302
    return Draft.objects.latest("created_at")


def test_c6_3_a_picked_field_becomes_a_request_with_both_values_and_a_reply_date(
    client: Client, alice: Subject
) -> None:
    customer.sign_in(client)
    pick = reverse("wrong_record", args=["contact-details", alice.pk])
    assert client.post(pick, {"column": "full_name"}).status_code == 302
    draft = Draft.objects.latest("created_at")
    assert "We hold: “Alice Okafor”" in customer.main(client.get(customer.question(draft, "right")))
    file = SimpleUploadedFile("my passport.pdf", PDF, "text/html")
    pages = {**ANSWERS, "right": {"wanted": "Alice Obi"}, "evidence": {"evidence": file}}
    pages["details"] = {"name": "Alice Okafor"}
    case = journey(client, draft, pages)
    assert (case.state, case.subject) == (State.TRIAGE, alice)
    made = item(case)
    assert (made.dataset, made.record, made.column, made.label) == (
        "contact-details",
        str(alice.pk),
        "full_name",
        "Your name",
    )
    assert (made.present, made.wanted, made.pause) == ("Alice Okafor", "Alice Obi", True)
    assert made.evidence_label == "my passport.pdf"
    with made.evidence.open("rb") as kept:
        assert kept.read() == PDF
    page = customer.main(client.get(reverse("request", args=[case.reference])))
    assert "What stands there Alice Okafor What is right Alice Obi" in page
    assert short_day(case.due_on) in customer.main(client.get(reverse("requests")))
    assert short_day(case.due_on) in page


def test_without_signing_in_it_is_said_in_own_words(client: Client, alice: Subject) -> None:
    draft = begin(client)
    bad = client.post(customer.question(draft, "wrong"), {"kind": "nonsense", "present": ""})
    assert bad.status_code == 422
    case = journey(
        client, draft, {"wrong": {"kind": "support-calls", "present": "You wrote “twice”."}, **ANSWERS}
    )
    assert case.state == State.VERIFYING
    made = item(case)
    assert (made.dataset, made.record, made.label) == ("support-calls", "", "Support calls")
    assert (made.present, made.wanted) == ("You wrote “twice”.", "Called once.")
    assert not Restriction.objects.exists()  # nobody is proved yet


def test_the_answers_are_shown_back_and_can_be_changed(client: Client, alice: Subject) -> None:
    draft = begin(client)
    for slug, answers in {"wrong": {"kind": "other", "present": "My street"}, **ANSWERS}.items():
        client.post(customer.question(draft, slug), answers)
    page = customer.main(client.get(reverse("check", args=[draft.pk])))
    for words in (
        "Something else, or I am not sure",
        "My street",
        "Called once.",
        "None. You can send it later",
    ):
        assert words in page
    client.post(customer.question(draft, "right") + "?change", {"wanted": "Called never."})
    assert "Called never." in customer.main(client.get(reverse("check", args=[draft.pk])))


@pytest.mark.parametrize(
    ("name", "content"),
    [("proof.pdf", b"MZ\x90not a pdf"), ("proof.exe", PDF), ("proof.pdf", b""), ("a.png", b"<svg onload=x>")],
)
def test_a_file_that_is_not_what_it_says_is_refused(client: Client, name: str, content: bytes) -> None:
    draft = begin(client)
    client.post(customer.question(draft, "wrong"), {"kind": "other", "present": "x"})
    response = client.post(
        customer.question(draft, "evidence"), {"evidence": SimpleUploadedFile(name, content)}
    )
    assert response.status_code == 422
    draft.refresh_from_db()
    assert not draft.evidence


def test_too_long_answers_come_back_for_shortening(client: Client) -> None:
    draft = begin(client)
    answers = {"kind": "other", "present": "x" * (LIMIT + 1)}
    assert client.post(customer.question(draft, "wrong"), answers).status_code == 422


def test_forgotten_drafts_take_their_proof_along(client: Client) -> None:
    draft = begin(client)
    client.post(customer.question(draft, "evidence"), {"evidence": SimpleUploadedFile("a.pdf", PDF)})
    draft.refresh_from_db()
    stored = draft.evidence
    assert stored.storage.exists(stored.name)
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        assert drafts.remove_forgotten() == 1
    assert not stored.storage.exists(stored.name)


def test_own_records_are_listed_and_what_nobody_reviewed_is_not_shown(client: Client, alice: Subject) -> None:
    call, issued = call_of(alice), invoice_of(alice)
    call_of(alice, "Again rude.")
    customer.sign_in(client)
    kinds = customer.main(client.get(reverse("wrong")))
    assert "Support calls 2 records" in kinds
    listed = customer.main(client.get(reverse("wrong_records", args=["support-calls"])))
    assert "Support calls, 3 May 2026" in listed
    fields = customer.main(client.get(reverse("wrong_record", args=["support-calls", call.pk])))
    assert "Our note We do not show this here" in fields
    assert "Rude" not in fields
    assert client.get(reverse("wrong_records", args=["invoices"])).status_code == 302  # the only one
    shown = customer.main(client.get(reverse("wrong_record", args=["invoices", issued.pk])))
    assert f"{OLD}, Bristol" in shown
    assert "Total £120.00" in shown
    back = client.get(reverse("wrong_record", args=["invoices", issued.pk])).content.decode()
    assert f'href="{reverse("wrong")}"' in back  # the list of one would only lead here again


def test_bob_cannot_pick_from_alices_records(client: Client, alice: Subject) -> None:
    hers = invoice_of(alice)
    factories.subject("Bob Marsh", email="bob@example.com")
    customer.sign_in(client, "bob@example.com")
    for path in (["invoices", hers.pk], ["invoices", "nonsense"], ["nonsense", hers.pk]):
        for act in (client.get, client.post):
            assert act(reverse("wrong_record", args=path)).status_code == 404
    assert "Invoices" not in customer.main(client.get(reverse("wrong")))
    assert not Draft.objects.exists()
    nobody = Client()
    assert nobody.get(reverse("wrong")).status_code == 302


def test_bob_cannot_see_alices_request(client: Client, alice: Subject) -> None:
    case = asked(alice, (home_of(alice), "addresses", "lines", NEW))
    customer.sign_in(client, "bob@example.com")
    assert client.get(reverse("request", args=[case.reference])).status_code == 404


def test_the_proof_is_handed_to_the_officer_as_a_download_only(
    client: Client, desk: Client, alice: Subject
) -> None:
    mine = Client()
    customer.sign_in(mine)
    mine.post(reverse("wrong_record", args=["contact-details", alice.pk]), {"column": "full_name"})
    pages = {**ANSWERS, "evidence": {"evidence": SimpleUploadedFile("proof.pdf", PDF)}}
    pages["details"] = {"name": "Alice Okafor"}
    case = journey(mine, Draft.objects.latest("created_at"), pages)
    response = desk.get(reverse("admin:correction_proof", args=[case.reference, item(case).pk]))
    assert b"".join(response.streaming_content) == PDF
    assert "attachment" in response["Content-Disposition"]
    assert response["Content-Type"] == "application/octet-stream"


def test_a_request_that_staff_wrote_down_has_its_words_as_an_item(dee: Any) -> None:
    case = services.log_request(
        by=dee,
        right=Right.RECTIFICATION,
        channel="phone",
        received_on=timezone.localdate(),
        words="Her street is wrong.",
        requester_name="Alice Okafor",
    )
    assert item(case).wanted == "Her street is wrong."


def test_what_was_asked_and_decided_is_in_the_copy(alice: Subject, dee: Any) -> None:
    case = asked(alice, (home_of(alice), "addresses", "lines", NEW))
    decide(case, Decision.REFUSE, dee, reason="It is right.")
    dataset = datamap.get("correction-requests")
    (row,) = assembly.wire_rows(dataset, dataset.of(alice.pk))
    assert {OLD, NEW, "It is right."} <= set(row)
