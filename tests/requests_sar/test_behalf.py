"""Requests for somebody else: solicitor, parent, executor; who decides for a child and who gets the answer."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar import clockwork, proofs, services
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Evidence, Need, Referral, Representative
from requests_sar.rights import Right
from requests_sar.services import behalf
from requests_sar.workflow import State
from subjects import datamap
from tests import customer, factories

pytestmark = pytest.mark.django_db
D = dt.date
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"a letter of authority" * 9
FIRM = "solicitor@firm.example"


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


def on(day: str):
    return time_machine.travel(f"{day}T12:00:00+00:00", tick=False)


def visitor(address: str = "alice@example.com") -> Client:
    """A browser of its own, whose owner has just proved an address."""
    browser = Client()
    customer.sign_in(browser, address)
    return browser


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def asked_for(subject=None, state=State.TRIAGE, **fields) -> Case:
    return factories.case(
        state,
        **{
            "subject": subject,
            "requester_name": "Saul Good",
            "requester_email": FIRM,
            "on_behalf_of": "Alice Okafor",
            "relationship": "I am her solicitor",
            **fields,
        },
    )


def ready(subject, dee, to: str = "representative", why: str = "") -> Case:
    """A reviewed case of a solicitor with a copy, and with the recipient chosen."""
    case = asked_for(subject, State.REVIEW, reviewed_at=timezone.now(), reviewed_by=dee)
    factories.representative(case, authority="matched", authority_at=timezone.now())
    factories.package(case)
    return behalf.choose_recipient(case=case, to=to, why=why, by=dee)


def press(browser, case: Case, slug: str, **data):
    data.setdefault("seen", fresh(case).version)
    return browser.post(reverse("admin:case_act", args=[case.reference, slug]), data, follow=True)


# --- S06 ---------------------------------------------------------------------------------------------------------


def test_s06_a_solicitor_writes_for_a_client(
    client, dee, alice, store, django_capture_on_commit_callbacks
) -> None:
    with on("2026-10-12"):
        case = services.log_request(
            by=dee,
            right=Right.ACCESS,
            channel="letter",
            received_on=D(2026, 10, 12),
            words="My client asks for everything.",
            requester_name="Saul Good",
            requester_email=FIRM,
            on_behalf_of="Alice Okafor",
            relationship="solicitor",
        )
    with on("2026-10-13"):
        client.force_login(dee)
        press(client, case, "representative", on_behalf_of="Alice Okafor", kind="solicitor")
        services.choose_subject(case=fresh(case), subject=alice, by=dee)
        clockwork.ask_need(case=fresh(case), kind=Need.Kind.AUTHORITY, why="No authority came.", by=dee)
        assert fresh(case).due_on is None
    with on("2026-10-19"):
        address = reverse("request_proof", args=[case.reference, "authority"])
        visitor(FIRM).post(address, {"file": SimpleUploadedFile("authority.png", PNG)})
    case = fresh(case)
    assert (case.clock_start_on, case.due_on) == (D(2026, 10, 19), D(2026, 11, 19))
    assert timezone.datetime(2026, 11, 19).weekday() == 3
    with on("2026-10-20"), django_capture_on_commit_callbacks(execute=True):
        client.force_login(dee)
        press(client, case, "authority", matched="yes", how="Letter signed by the client on 15 October")
    case = fresh(case)
    assert case.due_on == D(2026, 11, 19)
    known = behalf.of(case)
    assert (known.kind, known.authority, known.authority_by) == ("solicitor", "matched", dee)
    assert case.verified_note == "Authority seen: Letter signed by the client on 15 October"
    assert not Evidence.objects.exists()
    assert list((store / proofs.FOLDER).iterdir()) == []
    behalf.choose_recipient(case=case, to="subject", by=dee, why="We worry about passing it on")
    line = case.history.get(event="answer-to-subject")
    assert (line.reason, line.actor) == ("We worry about passing it on", f"staff:{dee.pk}")


def test_an_authority_that_came_by_post_begins_the_month_on_its_day(client, dee, alice) -> None:
    with on("2026-10-12"):
        case = asked_for(alice)
        factories.representative(case)
        clockwork.ask_need(case=case, kind=Need.Kind.AUTHORITY, why="None came.", by=dee)
    with on("2026-10-21"):
        behalf.check_authority(
            case=fresh(case), matched=True, how="Signed letter", came_on=D(2026, 10, 19), by=dee
        )
    assert fresh(case).due_on == D(2026, 11, 19)


def test_an_authority_that_does_not_cover_it_starts_nothing(client, dee, alice) -> None:
    case = asked_for(alice)
    factories.representative(case)
    need = clockwork.ask_need(case=case, kind=Need.Kind.AUTHORITY, why="None came.", by=dee)
    behalf.check_authority(case=fresh(case), matched=False, how="It is about a house sale", by=dee)
    need.refresh_from_db()
    assert (need.came_on, fresh(case).verified_at) == (None, None)
    assert "Nobody has seen an authority that covers this request." in behalf.obstacles(fresh(case))
    assert services.awaited(fresh(case)) == ["authority"]


# --- who gets the answer -----------------------------------------------------------------------------------------


def test_release_waits_for_the_record_the_authority_and_the_recipient(dee, alice) -> None:
    case = asked_for(alice, State.REVIEW, reviewed_at=timezone.now(), reviewed_by=dee)
    factories.package(case)
    with pytest.raises(NotPossible, match="Record who they are"):
        services.release(case=case, by=dee)
    case = behalf.record(case=case, on_behalf_of="Alice Okafor", kind="solicitor", by=dee)
    with pytest.raises(NotPossible, match=r"Nobody has seen an authority.*Choose to whom the answer goes"):
        services.release(case=case, by=dee)
    case = behalf.check_authority(case=case, matched=True, how="Signed letter", by=dee)
    case = behalf.choose_recipient(case=case, to="representative", why="", by=dee)
    assert services.release(case=case, by=dee).state == State.RELEASED


def test_s35_only_the_representative_downloads_when_the_answer_goes_to_them(client, dee, alice) -> None:
    case = services.release(case=ready(alice, dee), by=dee)
    file = reverse("request_file", args=[case.reference, "workbook"])
    assert Message.objects.get(template="requests_sar/ready").to == FIRM
    customer.sign_in(client, FIRM)
    assert client.get(file).status_code == 200
    customer.sign_in(client, "alice@example.com")
    assert client.get(file).status_code == 404


def test_s35_only_the_client_downloads_when_the_answer_goes_to_them(client, dee, alice) -> None:
    case = services.release(case=ready(alice, dee, "subject"), by=dee)
    file = reverse("request_file", args=[case.reference, "workbook"])
    assert Message.objects.get(template="requests_sar/ready").to == "alice@example.com"
    customer.sign_in(client, FIRM)
    assert client.get(file).status_code == 403
    page = customer.main(client.get(reverse("request_files", args=[case.reference])))
    assert "We give our reply to the person you asked for" in page
    assert "your-data" not in page
    request = customer.main(client.get(reverse("request", args=[case.reference])))
    assert "Only they can download it" in request
    customer.sign_in(client, "alice@example.com")
    assert client.get(file).status_code == 200
    assert client.get(reverse("request", args=[case.reference])).status_code == 200


def test_an_address_that_changed_after_the_choice_is_chosen_again(dee, alice) -> None:
    case = ready(alice, dee, "subject")
    alice.email = "new@example.com"
    alice.save()
    with pytest.raises(NotPossible, match=r"has changed\. Choose again"):
        services.release(case=fresh(case), by=dee)


def test_a_client_without_an_address_gets_it_by_post_and_nobody_downloads(client, dee) -> None:
    bob = factories.subject("Bob Ng", email="")
    case = services.release(case=ready(bob, dee, "subject"), by=dee)
    assert not Message.objects.filter(template="requests_sar/ready").exists()
    customer.sign_in(client, FIRM)
    assert client.get(reverse("request_file", args=[case.reference, "workbook"])).status_code == 403


def test_the_one_who_asks_is_never_the_one_it_is_about(dee) -> None:
    saul = factories.subject("Saul  GOOD", email=FIRM)
    with pytest.raises(NotPossible, match="That is the person who asks"):
        services.choose_subject(case=asked_for(), subject=saul, by=dee)


def test_a_request_thought_to_be_their_own_loses_its_person(dee, alice) -> None:
    case = factories.case(subject=alice, verified_at=timezone.now(), proof="code")
    case = behalf.record(case=case, on_behalf_of="Bob Ng", kind="other", by=dee)
    assert (case.subject, case.verified_at, case.proof) == (None, None, "none")


def test_the_kind_is_suggested_by_their_own_words() -> None:
    assert behalf.suggested("I am his mother") == Representative.Kind.PARENT
    assert behalf.suggested("I am her solicitor") == Representative.Kind.SOLICITOR
    assert behalf.suggested("I hold a power of attorney") == Representative.Kind.ATTORNEY
    assert behalf.suggested("executor of his estate") == Representative.Kind.EXECUTOR
    assert behalf.suggested("a neighbour") == ""


# --- children ----------------------------------------------------------------------------------------------------


def for_child(dee, *, born_on: D | None, nation: str) -> Case:
    child = factories.subject("Carol Ng", email="carol@example.com")
    case = factories.case(
        State.REVIEW,
        subject=child,
        requester_name="Pat Ng",
        requester_email="pat@example.com",
        on_behalf_of="Carol Ng",
        relationship="I am her mother",
        reviewed_at=timezone.now(),
        reviewed_by=dee,
    )
    factories.package(case)
    case = behalf.record(
        case=case, on_behalf_of="Carol Ng", kind="parent", born_on=born_on, nation=nation, by=dee
    )
    return behalf.check_authority(case=case, matched=True, how="Birth certificate", by=dee)


def page_of(client, case: Case) -> str:
    return customer.words(client.get(reverse("admin:case", args=[case.reference])))


def test_s07a_a_parent_for_a_child_of_eight(client, dee) -> None:
    pat = factories.subject("Pat Ng", email="pat@example.com")
    with on("2026-11-23"):
        case = for_child(dee, born_on=D(2018, 5, 1), nation="england")
        page = page_of(client, case)
        assert "Keep the parent's own data out of the answer." in page
        assert "Write down whether the child can decide about this themselves." in page
        with pytest.raises(NotPossible, match="whether the child can decide"):
            services.release(case=case, by=dee)
        case = behalf.judge(case=case, understands=False, how="Too young to follow it.", by=dee)
        case = behalf.choose_recipient(case=case, to="representative", why="", by=dee)
        case = services.release(case=case, by=dee)
    assert case.subject.full_name == "Carol Ng"
    assert case.packages.get().subject != pat  # the parent's own data are not mixed in


def test_s07b_a_parent_for_a_child_of_fourteen_in_scotland(client, dee) -> None:
    with on("2026-11-23"):
        case = for_child(dee, born_on=D(2012, 5, 1), nation="scotland")
        page = page_of(client, case)
        assert "The child is 14 and lives in Scotland: at 12 or over they are presumed to understand" in page
        assert "you may answer the child instead" in page
        case = behalf.judge(case=case, understands=True, how="She wants it for herself.", by=dee)
        with pytest.raises(NotPossible, match="Say why the parent gets the answer"):
            behalf.choose_recipient(case=case, to="representative", why=" ", by=dee)
        case = behalf.choose_recipient(case=case, to="subject", why="", by=dee)
        case = services.release(case=case, by=dee)
    assert Message.objects.get(template="requests_sar/ready").to == "carol@example.com"
    customer.sign_in(client, "pat@example.com")
    assert client.get(reverse("request_file", args=[case.reference, "workbook"])).status_code == 403


def test_s07b_the_child_who_agrees_lets_the_parent_have_it(dee) -> None:
    with on("2026-11-23"):
        case = for_child(dee, born_on=D(2012, 5, 1), nation="scotland")
        case = behalf.judge(case=case, understands=True, how="She wants her mother to have it.", by=dee)
        case = behalf.choose_recipient(
            case=case, to="representative", why="The child asked for that.", by=dee
        )
        assert services.release(case=case, by=dee).state == State.RELEASED


def test_s07b_a_judgement_made_later_asks_for_the_reason_again(dee) -> None:
    with on("2026-11-23"):
        case = for_child(dee, born_on=D(2012, 5, 1), nation="scotland")
        case = behalf.choose_recipient(case=case, to="representative", why="", by=dee)
        case = behalf.judge(case=case, understands=True, how="She understands.", by=dee)
        with pytest.raises(NotPossible, match="Say why the parent gets the answer"):
            services.release(case=case, by=dee)


def test_s07c_in_england_no_age_is_shown_as_automatic(client, dee) -> None:
    with on("2026-11-23"):
        case = for_child(dee, born_on=D(2012, 5, 1), nation="england")
        page = page_of(client, case)
        assert "There is no fixed age here." in page
        assert "presumed" not in page
        with pytest.raises(NotPossible, match="whether the child can decide"):
            services.release(case=case, by=dee)
        press(client, case, "understanding", understands="yes", how="She explained it in her own words.")
    known = behalf.of(case)
    assert (known.understands, known.judged_by) == (True, dee)


def test_a_judgement_is_for_children_and_is_in_their_own_copy(dee, alice) -> None:
    case = asked_for(alice)
    factories.representative(case)
    with pytest.raises(NotPossible, match="for a child's data"):
        behalf.judge(case=case, understands=True, how="x", by=dee)
    child = for_child(dee, born_on=None, nation="")
    behalf.judge(case=child, understands=True, how="She explained it.", by=dee)
    rows = list(datamap.get("request-representatives").of(child.subject_id))
    assert [row.judgement for row in rows] == ["She explained it."]


# --- S14 ---------------------------------------------------------------------------------------------------------


def test_s14_an_executor_asks(client, dee, alice) -> None:
    case = asked_for(alice, relationship="executor of her estate")
    factories.representative(case, "executor")
    assert any("not personal data any more" in line for line in behalf.obstacles(case))
    preview = press(client, case, "not-ours", kind="deceased")
    assert "We are sorry for your loss." in customer.words(preview)
    assert fresh(case).state == State.TRIAGE
    press(client, case, "not-ours", kind="deceased", confirmed="1")
    case = fresh(case)
    assert (case.state, case.due_on, case.referral.kind) == (State.REFERRED, None, Referral.Kind.DECEASED)
    letter = case.letters.get().text
    assert "rights to people who are alive" in letter
    assert "for the estate" in letter
    assert Message.objects.get(template="requests_sar/message").to == FIRM
    customer.sign_in(client, FIRM)
    page = customer.main(client.get(reverse("request", args=[case.reference])))
    assert "these are not personal data any more" in page
    assert "another company" not in page.lower()


# --- doors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "data", "words"),
    [
        ("representative", {"kind": "solicitor"}, "Write the name of the person"),
        ("representative", {"on_behalf_of": "Bob"}, "Choose what the person who asks is"),
        ("authority", {"matched": "yes"}, "Say what you saw"),
        ("authority", {"how": "x"}, "Choose whether it matched"),
        ("recipient", {"to": "everybody"}, "Select a valid choice"),
        ("understanding", {"understands": "yes"}, "Say how you judged it"),
    ],
)
def test_what_is_missing_is_said(client, dee, alice, slug: str, data: dict, words: str) -> None:
    case = asked_for(alice)
    factories.representative(case, "parent")
    response = press(client, case, slug, **data)
    assert response.status_code == 422
    assert words in customer.words(response)


def test_nothing_is_changed_once_the_answer_is_out(dee, alice) -> None:
    case = asked_for(alice, State.RELEASED)
    factories.representative(case, ready=True)
    for call in (
        lambda: behalf.record(case=case, on_behalf_of="Bob", kind="other", by=dee),
        lambda: behalf.check_authority(case=case, matched=True, how="x", by=dee),
        lambda: behalf.choose_recipient(case=case, to="subject", why="", by=dee),
        lambda: behalf.judge(case=case, understands=True, how="x", by=dee),
    ):
        with pytest.raises(NotPossible, match="answered or ended"):
            call()
