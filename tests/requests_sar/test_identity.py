"""Who is asking: the ladder (ux.md D2), the documents that delete themselves, the link to the address on file."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import proofs, records_asked, services, tasks
from requests_sar.casework import NotPossible, Stale
from requests_sar.ladder import Way
from requests_sar.models import Case, ClockState, Evidence, IdentityCheck, Need, Proof
from requests_sar.workflow import State
from subjects.models import Invoice, Order, SupportCall
from tests import customer, factories

pytestmark = pytest.mark.django_db
D = dt.date
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"a passport that nobody may keep" * 9
WHY = "The number on file is dead and the two questions went wrong."


@pytest.fixture(autouse=True)
def store(settings, tmp_path) -> Path:
    settings.STORAGE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee Marsh")
    client.force_login(user)
    return user


@pytest.fixture
def alice():
    made = factories.subject(phone="0117 496 0123")
    Invoice.objects.create(
        subject=made,
        source_key="I-1",
        number="1042",
        issued_on=D(2026, 10, 1),
        net="100.00",
        vat="20.00",
        total="120.00",
    )
    SupportCall.objects.create(
        subject=made, source_key="S-1", started_at=dt.datetime(2026, 9, 14, 10, tzinfo=dt.UTC)
    )
    return made


def on(day: str):
    return time_machine.travel(f"{day}T12:00:00+00:00", tick=False)


def visitor(address: str = "alice@example.com") -> Client:
    """A browser of its own, whose owner has just proved an address."""
    browser = Client()
    customer.sign_in(browser, address)
    return browser


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def stored(store: Path) -> list[Path]:
    folder = store / proofs.FOLDER
    return sorted(path for path in folder.iterdir() if path.suffix != ".key") if folder.is_dir() else []


def everything_in(store: Path) -> bytes:
    return b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())


def ask_document(case: Case, dee) -> Case:
    return services.ask_document(case=case, why=WHY, by=dee)


def events(case: Case) -> list[str]:
    return list(case.history.values_list("event", flat=True))


# --- the five checks of ux.md D2 ---------------------------------------------------------------------------------


def test_d2_1_asking_for_id_stops_the_clock_from_starting_and_says_who_when_why(client, dee, alice) -> None:
    with on("2026-11-14"):
        case = factories.case(subject=alice, received_on=D(2026, 11, 13))
        case = ask_document(case, dee)
    assert (case.clock, case.due_on) == (ClockState.WAITING, None)
    line = case.history.get(event="asked-identity")
    assert (line.actor, line.reason, timezone.localtime(line.at).date()) == (
        f"staff:{dee.pk}",
        WHY,
        D(2026, 11, 14),
    )
    page = customer.words(client.get(reverse("admin:case", args=[case.reference])))
    assert "Not started: proof of who they are was asked for on Saturday 14 November 2026." in page


def test_d2_2_marking_verified_starts_the_clock_from_that_date(dee, alice) -> None:
    with on("2026-11-23"):
        case = factories.case(subject=alice)
    with on("2026-11-24"):
        case = ask_document(case, dee)
    with on("2026-12-07"):
        case = services.called_back(case=case, matched=True, by=dee)
    assert (case.clock_start_on, case.due_on, case.clock) == (
        D(2026, 12, 7),
        D(2027, 1, 7),
        ClockState.RUNNING,
    )


def test_d2_3_a_document_is_gone_after_the_decision(
    client, dee, alice, store, django_capture_on_commit_callbacks
) -> None:
    case = ask_document(factories.case(subject=alice), dee)
    case = services.receive(case=case, kind="identity", file=SimpleUploadedFile("p.png", PNG), by=dee)
    assert len(stored(store)) == 1
    assert b"a passport" not in everything_in(store)  # sealed at rest
    with django_capture_on_commit_callbacks(execute=True):
        case = services.decide_document(case=fresh(case), matched=True, by=dee)
    assert list((store / proofs.FOLDER).iterdir()) == []  # neither the file nor its key
    assert not Evidence.objects.exists()
    check = IdentityCheck.objects.get()
    assert (check.way, check.outcome, check.by) == (Way.DOCUMENT, "matched", dee)
    assert case.verified_note == "A document was seen and matched. It is not kept."
    page = customer.words(client.get(reverse("admin:case", args=[case.reference])))
    assert "Matched" in page
    assert "Dee Marsh" in page


def test_d2_4_release_is_blocked_until_verified(dee, alice) -> None:
    case = factories.case(State.REVIEW, subject=alice, verified_at=None, reviewed_at=timezone.now())
    factories.package(case)
    with pytest.raises(NotPossible, match="Nobody has made sure who is asking"):
        services.release(case=case, by=dee)
    case = services.called_back(case=case, matched=False, by=dee)
    with pytest.raises(NotPossible, match="Nobody has made sure who is asking"):
        services.release(case=case, by=dee)
    case = services.called_back(case=case, matched=True, by=dee)
    assert services.release(case=case, by=dee).state == State.RELEASED


@pytest.mark.parametrize("why", ["", "  \n"])
def test_d2_5_a_document_without_a_reason_is_refused(client, dee, alice, why: str) -> None:
    case = factories.case(subject=alice)
    with pytest.raises(NotPossible, match="Say why nothing less"):
        services.ask_document(case=case, why=why, by=dee)
    address = reverse("admin:case_act", args=[case.reference, "ask-document"])
    response = client.post(address, {"why": why, "seen": case.version, "confirmed": "1"})
    assert response.status_code == 422
    assert "Say why nothing less than a document will do" in customer.words(response)
    assert not IdentityCheck.objects.exists()
    assert not Need.objects.exists()


# --- S03, and that nothing is asked without need -----------------------------------------------------------------


def test_s03_an_unknown_address_proves_itself_by_a_document(
    client, dee, alice, store, django_capture_on_commit_callbacks
) -> None:
    with on("2026-11-23"):
        case = factories.case(requester_email="unknown@example.net", subject=alice)
    with on("2026-11-24"):
        case = ask_document(case, dee)
        page = customer.main(visitor("unknown@example.net").get(reverse("request", args=[case.reference])))
        assert "Waiting for you to prove who you are" in page
        assert "no reply date yet" in page
        assert "0117" not in page  # nothing that we hold, not even that we hold something
    with on("2026-12-07"):
        address = reverse("request_proof", args=[case.reference, "identity"])
        sent = visitor("unknown@example.net").post(
            address, {"file": SimpleUploadedFile("id.png", PNG)}, follow=True
        )
        assert "We have your document" in customer.main(sent)
    assert (fresh(case).clock_start_on, fresh(case).due_on) == (D(2026, 12, 7), D(2027, 1, 7))
    with on("2026-12-09"), django_capture_on_commit_callbacks(execute=True):
        services.decide_document(case=fresh(case), matched=True, by=dee)
    assert fresh(case).due_on == D(2027, 1, 7)
    assert stored(store) == []


def test_the_month_begins_when_the_paper_came_not_when_it_was_scanned(dee, alice) -> None:
    with on("2026-11-23"):
        case = ask_document(factories.case(subject=alice), dee)
    with on("2026-12-09"):
        services.receive(
            case=case,
            kind="identity",
            file=SimpleUploadedFile("p.png", PNG),
            by=dee,
            came_on=D(2026, 12, 7),
        )
    assert fresh(case).due_on == D(2027, 1, 7)


def test_who_is_proved_is_never_asked_for_a_document(dee, alice) -> None:
    case = factories.case(subject=alice, verified_at=timezone.now(), proof=Proof.CODE)
    with pytest.raises(NotPossible, match="proved already"):
        ask_document(case, dee)


def test_a_check_needs_a_person_on_file_and_an_open_request(dee, alice) -> None:
    with pytest.raises(NotPossible, match="Choose the person on file"):
        services.called_back(case=factories.case(), matched=True, by=dee)
    with pytest.raises(NotPossible, match="answered or ended"):
        services.called_back(case=factories.case(State.CLOSED, subject=alice), matched=True, by=dee)


def test_a_second_press_with_an_old_page_loses(dee, alice) -> None:
    case = factories.case(subject=alice)
    seen = case.version
    services.called_back(case=case, matched=False, by=dee, seen=seen)
    with pytest.raises(Stale):
        services.called_back(case=fresh(case), matched=True, by=dee, seen=seen)
    assert IdentityCheck.objects.count() == 1


def test_a_mismatch_proves_nothing_and_stands_in_history_and_trail(dee, alice) -> None:
    case = services.called_back(case=factories.case(subject=alice), matched=False, by=dee)
    assert (case.verified_at, case.proof) == (None, Proof.NONE)
    assert "identity-not-matched" in events(case)
    assert Entry.objects.filter(verb="identity.not-matched", reason="call-back").exists()


# --- by phone ----------------------------------------------------------------------------------------------------


def test_only_the_number_on_file_is_rung(client, dee, alice) -> None:
    case = factories.case(subject=alice, requester_phone="07700 900999")
    page = customer.words(client.get(reverse("admin:case_act", args=[case.reference, "call-back"])))
    assert "On file: 0117 496 0123." in page
    assert "Do not ring that one." in page
    bob = factories.subject("Bob Ng", email="bob@example.com")
    with pytest.raises(NotPossible, match="no telephone number"):
        services.called_back(case=factories.case(subject=bob), matched=True, by=dee)


def test_two_questions_show_their_answers_to_staff_and_keep_none(client, dee, alice) -> None:
    case = factories.case(subject=alice, requester_email="alice@example.com")
    address = reverse("admin:case_questions", args=[case.reference])
    page = customer.words(client.get(address))
    assert "How much was your last invoice?" in page
    assert "£120.00" in page
    assert "September 2026" in page
    shown = Entry.objects.get(verb="identity.questions-shown")
    assert shown.reason == "last-invoice,last-call"
    response = client.post(
        address, {"seen": case.version, "last-invoice": "yes", "last-call": "yes"}, follow=True
    )
    assert "both answers were right" in customer.words(response)
    case = fresh(case)
    assert (case.proof, case.verified_at is not None) == (Proof.STAFF, True)
    check = IdentityCheck.objects.get()
    assert check.facts == {"last-invoice": True, "last-call": True}
    kept = " ".join(str(value) for row in IdentityCheck.objects.values() for value in row.values())
    kept += " ".join(case.history.values_list("reason", flat=True)) + case.verified_note
    kept += " ".join(f"{entry.reason} {entry.target}" for entry in Entry.objects.all())
    assert "120" not in kept
    assert "September" not in kept


def test_one_wrong_answer_is_a_mismatch_and_the_next_questions_are_others(client, dee, alice) -> None:
    for number, (model, fields) in enumerate(
        [
            (
                Order,
                {
                    "number": "1",
                    "type": "hardware",
                    "ordered_on": D(2026, 8, 1),
                    "item": "Router",
                    "total": 9,
                },
            ),
        ]
    ):
        model.objects.create(subject=alice, source_key=f"X-{number}", **fields)
    case = factories.case(subject=alice)
    case = services.answered_questions(case=case, right={"last-invoice": True, "last-call": False}, by=dee)
    assert case.verified_at is None
    assert [fact.key for fact in records_asked.pick(case)] == ["last-order"]
    response = client.get(reverse("admin:case_questions", args=[case.reference]), follow=True)
    assert "No two questions can be asked now" in customer.words(response)
    with pytest.raises(NotPossible, match="do not give two more questions"):
        services.answered_questions(case=case, right={"last-order": True}, by=dee)


def test_answers_to_questions_that_were_not_picked_are_refused(client, dee, alice) -> None:
    case = factories.case(subject=alice)
    with pytest.raises(NotPossible, match="not the two questions"):
        services.answered_questions(case=case, right={"last-invoice": True, "services": True}, by=dee)
    response = client.post(
        reverse("admin:case_questions", args=[case.reference]), {"seen": case.version, "last-invoice": "yes"}
    )
    assert response.status_code == 422
    assert fresh(case).verified_at is None


# --- the link to the address on file -----------------------------------------------------------------------------


def link_in(message: Message) -> str:
    found = re.search(r"https?://[^/\s]+(/link/\S+)", message.text)
    assert found
    return found.group(1)


def test_the_link_on_file_proves_the_person_and_the_answer_goes_there(client, dee, alice) -> None:
    case = factories.case(subject=alice, requester_email="mallory@example.net", channel="email")
    case = services.send_link(case=case, by=dee)
    mail = Message.objects.get(template="requests_sar/prove")
    assert (mail.to, mail.secret) == ("alice@example.com", True)
    assert "mallory" not in mail.text + mail.subject
    page = client.get(link_in(mail))
    assert "Press the button only if you asked" in customer.main(page)
    assert fresh(case).verified_at is None  # a scanner's GET does nothing
    client.post(link_in(mail))
    case = fresh(case)
    assert (case.proof, case.requester_email) == (Proof.CODE, "alice@example.com")
    assert IdentityCheck.objects.get().outcome == "matched"
    assert client.get(reverse("request", args=[case.reference])).status_code == 200
    customer.sign_in(client, "mallory@example.net")
    assert client.get(reverse("request", args=[case.reference])).status_code == 404


def test_a_link_to_somebody_elses_address_proves_nothing_after_another_person_is_chosen(
    client, dee, alice
) -> None:
    case = services.send_link(case=factories.case(subject=alice), by=dee)
    bob = factories.subject("Bob Ng", email="bob@example.com")
    services.choose_subject(case=case, subject=bob, by=dee)
    client.post(link_in(Message.objects.get(template="requests_sar/prove")))
    assert fresh(case).verified_at is None


def test_no_link_to_a_fresh_or_missing_address(dee) -> None:
    new = factories.subject(email_changed_at=timezone.now())
    with pytest.raises(NotPossible, match="changed in the last 30 days"):
        services.send_link(case=factories.case(subject=new), by=dee)
    none = factories.subject("Bob Ng", email="")
    with pytest.raises(NotPossible, match="no e-mail address"):
        services.send_link(case=factories.case(subject=none), by=dee)


# --- documents ---------------------------------------------------------------------------------------------------


def test_the_customers_page_takes_a_document_only_when_asked(client, dee, alice) -> None:
    case = factories.case(subject=alice, requester_email="alice@example.com")
    customer.sign_in(client)
    address = reverse("request_proof", args=[case.reference, "identity"])
    response = client.post(address, {"file": SimpleUploadedFile("p.png", PNG)}, follow=True)
    assert "We do not need a document" in customer.main(response)
    ask_document(case, dee)
    assert "Send a document that shows who you are" in customer.main(
        client.get(reverse("request", args=[case.reference]))
    )
    assert client.get(address).status_code == 200
    assert client.get(reverse("request_proof", args=[case.reference, "gossip"])).status_code == 404
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("p.png", b"MZ\x90\x00 a program", "must be a PDF, JPG or PNG"),
        ("p.exe", PNG, "must be a PDF, JPG or PNG"),
        ("p.png", b"", "The file is empty"),
        ("p.png", PNG + b"0" * (5 * 1024 * 1024), "must be 5 MB or smaller"),
    ],
)
def test_documents_are_sniffed_and_limited(client, dee, alice, name: str, content: bytes, words: str) -> None:
    case = ask_document(factories.case(subject=alice, requester_email="alice@example.com"), dee)
    customer.sign_in(client)
    address = reverse("request_proof", args=[case.reference, "identity"])
    response = client.post(address, {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 422
    assert words in customer.main(response)
    response = client.post(address, {})
    assert "Choose the file with your document" in customer.main(response)
    assert not Evidence.objects.exists()


def test_strangers_do_not_reach_a_document(client, alice) -> None:
    dee = factories.user(Role.DPO)
    case = ask_document(factories.case(subject=alice, requester_email="alice@example.com"), dee)
    kept = factories.evidence(case, content=PNG, ending=".png")
    page = reverse("request_proof", args=[case.reference, "identity"])
    assert client.get(page).status_code == 302  # sign in first
    customer.sign_in(client, "bob@example.com")
    assert client.get(page).status_code == 404
    shown = reverse("admin:case_proof", args=[case.reference, kept.pk])
    assert client.get(shown).status_code == 302
    for role in (Role.SUPPORT, Role.STAFF, Role.AUDITOR, Role.ADMINISTRATOR):
        client.force_login(factories.user(role))
        assert client.get(shown).status_code == 403, role
        assert client.get(reverse("admin:case_questions", args=[case.reference])).status_code == 403
        assert client.post(reverse("admin:case_proof_add", args=[case.reference])).status_code == 403


def test_looking_at_a_document_stands_in_the_trail_and_runs_nothing(client, dee, alice) -> None:
    case = factories.case(subject=alice)
    kept = factories.evidence(case, content=PNG, ending=".png")
    response = client.get(reverse("admin:case_proof", args=[case.reference, kept.pk]))
    assert b"".join(response.streaming_content) == PNG
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("inline")
    entry = Entry.objects.get(verb="evidence.viewed")
    assert (entry.actor, entry.target) == (f"staff:{dee.pk}", f"case:{case.reference}")
    pdf = factories.evidence(case)
    response = client.get(reverse("admin:case_proof", args=[case.reference, pdf.pk]))
    assert response["Content-Disposition"].startswith("attachment")
    other = factories.case()
    assert client.get(reverse("admin:case_proof", args=[other.reference, kept.pk])).status_code == 404


def test_staff_add_a_document_that_came_by_post(client, dee, alice) -> None:
    case = factories.case(subject=alice)
    address = reverse("admin:case_proof_add", args=[case.reference])
    assert client.post(address, {"kind": "identity"}).status_code == 422
    response = client.post(
        address, {"kind": "identity", "file": SimpleUploadedFile("p.png", PNG)}, follow=True
    )
    assert "Kept, sealed." in customer.words(response)
    assert "Documents that wait for you" in customer.words(response)
    assert not Evidence.objects.get().by_customer


def test_three_documents_are_enough(dee, alice) -> None:
    case = factories.case(subject=alice)
    for _ in range(proofs.MOST):
        factories.evidence(case)
    with pytest.raises(NotPossible, match="3 documents wait"):
        services.receive(case=case, kind="identity", file=SimpleUploadedFile("p.png", PNG), by=dee)


def test_a_mismatch_destroys_the_document_too(dee, alice, store, django_capture_on_commit_callbacks) -> None:
    case = ask_document(factories.case(subject=alice), dee)
    factories.evidence(case)
    with django_capture_on_commit_callbacks(execute=True):
        case = services.decide_document(case=case, matched=False, by=dee)
    assert (stored(store), Evidence.objects.count(), case.verified_at) == ([], 0, None)
    assert services.awaited(case) == []  # another one only when it is asked for again


def test_any_other_proof_destroys_a_document_that_is_not_needed_any_more(
    dee, alice, store, django_capture_on_commit_callbacks
) -> None:
    case = ask_document(factories.case(subject=alice), dee)
    factories.evidence(case)
    with django_capture_on_commit_callbacks(execute=True):
        services.called_back(case=case, matched=True, by=dee)
    assert stored(store) == []
    assert not Evidence.objects.exists()


def test_a_rolled_back_decision_leaves_document_and_key_together(dee, alice, store) -> None:
    case = factories.case(subject=alice)
    kept = factories.evidence(case, content=PNG, ending=".png")
    with transaction.atomic():
        services.decide_document(case=case, matched=True, by=dee)
        transaction.set_rollback(True)
    kept.refresh_from_db()
    assert b"".join(proofs.open_for(kept, by=dee)) == PNG


def test_the_sweep_removes_what_nobody_decided_on(
    dee, alice, store, django_capture_on_commit_callbacks
) -> None:
    with on("2026-11-01"):
        old = factories.case(subject=alice)
        factories.evidence(old)
    with on("2026-11-20"):
        young = factories.case(subject=alice)
        factories.evidence(young)
    with on("2026-11-30"), django_capture_on_commit_callbacks(execute=True):
        tasks.expire()
        assert Evidence.objects.count() == 2
    with on("2026-12-01"), django_capture_on_commit_callbacks(execute=True):
        tasks.expire()
        tasks.expire()
    assert list(Evidence.objects.values_list("case", flat=True)) == [young.pk]
    assert len(stored(store)) == 1
    assert events(old).count("proof-destroyed") == 1


def test_the_sweep_removes_documents_of_ended_requests_and_files_without_a_row(
    dee, alice, store, django_capture_on_commit_callbacks
) -> None:
    case = factories.case(subject=alice)
    factories.evidence(case)
    Case.objects.filter(pk=case.pk).update(state=State.WITHDRAWN)
    lost = store / proofs.FOLDER / "left-by-a-dead-process.age"
    lost.write_bytes(b"sealed")
    with django_capture_on_commit_callbacks(execute=True):
        proofs.sweep()
    assert stored(store) == [lost]  # it may belong to a transaction that is not over
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2)):
        proofs.sweep()
    assert stored(store) == []


# --- the panel ---------------------------------------------------------------------------------------------------


def test_the_panel_says_what_is_proved_and_offers_the_ladder_in_order(client, dee, alice) -> None:
    case = factories.case(subject=alice, requester_email="other@example.net")
    page = customer.words(client.get(reverse("admin:case", args=[case.reference])))
    names = [
        "E-mail address on file",
        "Link to the address on file",
        "Two questions from our records",
        "Call back on the number on file",
        "Another way",
        "A document, as the last resort",
    ]
    places = [page.index(name) for name in names]
    assert places == sorted(places)
    assert "One of the ways below is enough." in page
    assert "120.00" not in page  # the right answers are on their own page only


def test_an_address_on_file_is_proof_enough_and_is_kept_as_a_check(client, alice) -> None:
    draft = factories.draft()
    case = services.open_request(draft=draft, visit=factories.visit())
    assert (case.state, case.proof) == (State.TRIAGE, Proof.SIGNED_IN)
    assert IdentityCheck.objects.get().way == Way.EMAIL
    assert services.awaited(case) == []


def test_readers_see_the_panel_without_documents_or_buttons(client, alice) -> None:
    case = factories.case(subject=alice)
    factories.evidence(case)
    client.force_login(factories.user(Role.AUDITOR))
    page = client.get(reverse("admin:case", args=[case.reference])).content.decode()
    assert "Documents that wait" not in page
    assert "/questions/" not in page


# --- the evidence pack -------------------------------------------------------------------------------------------


def test_the_evidence_pack_holds_every_check_and_no_document(client, dee, alice) -> None:
    case = ask_document(factories.case(subject=alice), dee)
    factories.evidence(case, content=PNG, ending=".png")
    case = services.answered_questions(case=case, right={"last-invoice": True, "last-call": False}, by=dee)
    case = services.decide_document(case=case, matched=True, by=dee)
    response = client.post(reverse("admin:case_evidence", args=[case.reference]))
    pack = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    table = pack.read("identity-checks.csv").decode()
    assert "Two questions from our records" in table
    assert "How much was your last invoice? right" in table
    assert "A document, as the last resort" in table
    assert "Dee Marsh" in table
    everything = b"".join(pack.read(name) for name in pack.namelist())
    assert b"a passport that nobody" not in everything
    assert b"120.00" not in everything  # the answers were never kept


@pytest.mark.parametrize(
    ("matched", "words"), [(True, "shows that it is you"), (False, "does not show that it")]
)
def test_whoever_sent_a_document_is_told_what_came_of_it(
    client, dee, alice, matched: bool, words: str
) -> None:
    case = ask_document(factories.case(subject=alice, requester_email="alice@example.com"), dee)
    address = reverse("request_proof", args=[case.reference, "identity"])
    visitor().post(address, {"file": SimpleUploadedFile("p.png", PNG)})
    page = customer.words(client.get(reverse("admin:case", args=[case.reference])))
    assert "Next: Look at the document, then decide" in page
    case = services.decide_document(case=fresh(case), matched=matched, by=dee)
    letter = case.letters.last().text
    assert words in letter
    assert "we deleted it" in letter
    assert case.customer_wrote_at is None  # what they sent is answered
