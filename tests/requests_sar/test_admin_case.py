"""The page of one case and every act on it: works, is refused with a sentence, loses politely, leaves its trace."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import packages, services, tasks
from requests_sar.admin.acts import ACTS
from requests_sar.admin.clock_acts import CLOCK_ACTS
from requests_sar.admin.identity_acts import IDENTITY_ACTS
from requests_sar.admin.triage_acts import TRIAGE_ACTS
from requests_sar.models import Case, Channel, Download, File, Package, Proof, Source
from requests_sar.workflow import State
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee Marsh")
    client.force_login(user)
    return user


@pytest.fixture
def alice():
    return factories.subject(phone="07700 900123", account=factories.account())


def show(client, case: Case) -> str:
    """The page of a case."""
    response = client.get(reverse("admin:case", args=[case.reference]))
    assert response.status_code == 200
    return response.content.decode()


def press(client, case: Case, slug: str, follow: bool = True, **data):
    """Press the button of an act, on a page that showed the case as it is now."""
    data.setdefault("seen", Case.objects.get(pk=case.pk).version)
    return client.post(reverse("admin:case_act", args=[case.reference, slug]), data, follow=follow)


def said(response) -> list[str]:
    """The messages on top of the page."""
    return [str(message) for message in response.context["messages"]]


def reviewed(alice, dee, **fields) -> Case:
    """A case with a real copy, reviewed."""
    fields = {
        "requester_email": "alice@example.com",
        "proof": Proof.CODE,
        "verified_at": timezone.now(),
        **fields,
    }
    case = services.accept(case=factories.case(State.TRIAGE, subject=alice, **fields), by=dee)
    factories.answer_searches(case, dee)
    tasks.collect(str(case.packages.get().pk))
    case.refresh_from_db()
    return services.mark_reviewed(case=case, by=dee, alone="There is nobody else.")


# --- the page ---


@time_machine.travel("2026-11-24T10:00:00+00:00", tick=False)
def test_s02_the_clock_is_worked_in_sentences(client) -> None:
    client.force_login(factories.user(Role.DPO))
    case = factories.case(received_on=dt.date(2026, 11, 20), channel=Channel.PHONE)
    page = show(client, case)
    assert "Received Friday 20 November 2026." in page
    assert "One month (Article 12(3)) leads to Sunday 20 December 2026, the corresponding day" in page
    assert "Sunday 20 December 2026: no working day." in page
    assert "So the answer is due on the next working day, Monday 21 December 2026." in page
    assert "27 days left" in page


@time_machine.travel("2026-11-25T10:00:00+00:00", tick=False)
def test_the_holiday_that_moved_the_date_is_named(client) -> None:
    client.force_login(factories.user(Role.DPO))
    page = show(client, factories.case(received_on=dt.date(2026, 11, 25)))
    assert "Friday 25 December 2026: bank holiday (Christmas Day)." in page
    assert (
        "Saturday 26 December 2026: no working day." in page
        or "Saturday 26 December 2026: bank holiday" in page
    )
    assert "Monday 28 December 2026: bank holiday" in page
    assert "next working day, Tuesday 29 December 2026." in page


def test_what_they_asked_stands_in_their_words_and_is_escaped(client, dee) -> None:
    case = factories.case(
        words="Everything <script>alert(1)</script>", reply_needs="Large print", kinds=["orders"]
    )
    page = show(client, case)
    assert "Everything &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "Large print" in page
    assert "Orders" in page


def test_a_match_has_its_reasons_and_a_button_and_is_in_the_trail(client, dee, alice) -> None:
    case = factories.case(requester_email="Alice@Example.com", requester_phone="+44 7700 900123")
    page = show(client, case)
    assert "same e-mail address" in page
    assert "same telephone number" in page
    assert f'value="{alice.reference}"' in page
    entry = Entry.objects.get(verb="person.searched")
    assert entry.actor == f"staff:{dee.pk}"
    assert "okafor" not in (entry.target + entry.reason).lower()


def test_with_nobody_on_file_it_says_so(client, dee) -> None:
    assert "Nobody on file fits the details given." in show(client, factories.case())


def test_history_notes_messages_and_emails_are_on_the_page(client, dee, alice) -> None:
    case = reviewed(alice, dee)
    services.add_note(case=case, by=dee, text="Called back.")
    services.write(case=case, by=factories.visit(), text="And the recordings?", once=uuid.uuid4())
    page = show(client, case)
    for words in ("Accepted: collecting began", "Everything collected", "Copy reviewed", "Called back."):
        assert words in page
    assert "And the recordings?" in page
    assert "Next: Answer the customer&#x27;s message" in page
    services.write(case=case, by=dee, text="They are in it.", once=uuid.uuid4())
    page = show(client, case)
    message = Message.objects.exclude(template="requests_sar/task").get(about=case.reference)
    assert message.subject.replace("'", "&#x27;") in page
    assert "Next: Release" in page


def test_the_words_of_a_message_with_a_code_are_never_shown(client, dee) -> None:
    case = factories.case(State.VERIFYING, requester_email="alice@example.com")
    services.send_code_again(case=case)
    message = Message.objects.get(secret=True)
    code = re.search(r"\b\d{6}\b|\b\d{3} \d{3}\b", message.text)[0]
    assert code not in show(client, case)
    page = client.get(reverse("admin:case_mail", args=[case.reference, message.pk])).content.decode()
    assert "It held a code, so its words are not shown" in page
    assert code not in page
    assert "alice@example.com" in page


def test_other_requests_of_the_same_person_are_named(client, dee, alice) -> None:
    other = factories.case(State.CLOSED, subject=alice)
    assert other.reference in show(client, factories.case(State.TRIAGE, subject=alice))


def test_only_what_is_possible_has_a_button(client, dee, alice) -> None:
    def offered(case: Case) -> set[str]:
        pattern = rf"/admin/requests/{case.reference}/act/([a-z-]+)/"
        clock = {
            act.slug for act in (*CLOCK_ACTS, *IDENTITY_ACTS, *TRIAGE_ACTS)
        }  # told in tests of their own
        clock -= {"verify", "refer"}
        return set(re.findall(pattern, show(client, case))) - {"note", "message", "assign"} - clock

    assert offered(factories.case(State.VERIFYING)) == {"confirmed", "refer", "withdraw", "refuse"}
    assert offered(factories.case(State.TRIAGE)) == {"refer", "withdraw", "refuse", "nothing"}
    assert offered(factories.case(State.TRIAGE, subject=alice)) == {
        "accept",
        "verify",
        "refer",
        "withdraw",
        "refuse",
    }
    review = factories.case(State.REVIEW, subject=alice)
    factories.package(review)
    ordinary = {"collect-again", "move-back", "withdraw", "refuse", "verify"}
    assert offered(review) == ordinary | {"reviewed"}
    Case.objects.filter(pk=review.pk).update(reviewed_at=timezone.now(), reviewed_by=dee)
    assert offered(review) == ordinary | {"release"}
    released = factories.case(State.RELEASED, subject=alice)
    assert offered(released) == {"close", "renew"}
    factories.package(released, released_at=timezone.now())
    assert offered(released) == {"close", "take-back"}
    for state in (State.REFUSED, State.REFERRED, State.WITHDRAWN):
        assert offered(factories.case(state)) == set()


def test_a_made_up_reference_says_so(client, dee) -> None:
    response = client.get("/admin/requests/DP-2222-2222/")
    assert response.status_code == 404
    assert client.get(f"/admin/requests/{factories.case().reference.lower()}/").status_code == 200


# --- the whole line ---


def test_from_triage_to_release_by_pressing_what_is_offered(client, dee, alice) -> None:
    case = factories.case(requester_email="alice@example.com")
    person = reverse("admin:case_person", args=[case.reference])
    client.post(person, {"subject": alice.reference, "seen": case.version})
    press(client, case, "verify", how="Called back on the number on file.")
    assert said(press(client, case, "accept")) == [ACTS["accept"].done]
    factories.answer_searches(case, dee)
    tasks.collect(str(Package.objects.get().pk))
    assert "To do:" in show(client, case)
    assert press(client, case, "reviewed").status_code == 422  # Dee prepared it, and gives no reason
    press(client, case, "reviewed", alone="There is nobody else.")
    assert "who also prepared it: There is nobody else." in show(client, case)
    page = client.get(reverse("admin:case_act", args=[case.reference, "release"])).content.decode()
    assert "alice@example.com" in page
    response = press(client, case, "release")
    assert said(response) == [ACTS["release"].done]
    case.refresh_from_db()
    assert (case.state, case.answered_at is not None) == (State.RELEASED, True)
    (mail,) = Message.objects.filter(template="requests_sar/ready")
    assert "Okafor" not in mail.subject + mail.text
    assert "The customer can download until" in response.content.decode()
    verbs = list(Entry.objects.order_by("number").values_list("verb", flat=True))
    wanted = [
        "case.subject-chosen",
        "case.identity-verified",
        "case.accepted",
        "case.reviewed",
        "case.released",
    ]
    assert [verb for verb in verbs if verb in wanted] == wanted


def test_the_other_person_found_by_a_posted_search(client, dee, alice) -> None:
    case = factories.case(requester_name="A. Nother")
    person = reverse("admin:case_person", args=[case.reference])
    response = client.post(person, {"text": "okafor"})
    assert "?" not in response.wsgi_request.get_full_path()
    assert alice.reference in response.content.decode()
    assert "No one matches “zzzz”" in client.post(person, {"text": "zzzz"}).content.decode()
    empty = client.post(person, {"text": " "})
    assert empty.status_code == 422
    assert "There is a problem" in empty.content.decode()
    response = client.post(person, {"subject": "P-2222-2222"}, follow=True)
    assert said(response) == ["That person is not on file any more. Search again."]


def test_a_released_request_can_be_taken_back_until_somebody_downloaded(client, dee, alice) -> None:
    case = services.release(case=reviewed(alice, dee), by=dee)
    response = press(client, case, "take-back", reason=" ")
    assert response.status_code == 422
    press(client, case, "take-back", reason="Wrong letter")
    case.refresh_from_db()
    assert case.state == State.REVIEW
    case = services.release(case=case, by=dee)
    list(packages.hand_out(File.objects.filter(kind="workbook").get(), by=factories.visit()))
    assert "take-back" not in show(client, case)
    response = press(client, case, "take-back", reason="Wrong letter")
    assert "has downloaded a file already" in response.content.decode()
    case.refresh_from_db()
    assert case.state == State.RELEASED


# --- refused on the server, each with a sentence ---

DATA = {
    "verify": {"how": "x"},
    "confirmed": {"reason": "x"},
    "take-back": {"reason": "x"},
    "move-back": {"reason": "x"},
    "refer": {"controller": "Client Ltd", "confirmed": "1"},
    "call-back": {"matched": "yes"},
    "decide-document": {"matched": "yes"},
    "representative": {"on_behalf_of": "Carol Ng", "kind": "solicitor"},
    "authority": {"matched": "yes", "how": "x"},
    "understanding": {"understands": "yes", "how": "x"},
    "recipient": {"to": "subject"},
    "client-details": {"how": "x"},
    "refuse": {"ground": "unfounded", "reason": "x", "confirmed": "on"},
    "finding": {"finding": "upheld", "outcome": "x"},
    "progress": {"text": "x", "confirmed": "on"},
    "pause": {"decision": "granted", "ground": "accuracy"},
    "uses": {"uses": ["marketing"]},
    "nothing": {"searched": "x", "confirmed": "on"},
}


SLUGS = sorted(set(ACTS) - {"note", "message", "assign", "verify", "link"})


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_not_offered_is_refused_with_a_sentence_and_changes_nothing(client, dee, slug: str) -> None:
    states, turn = list(State), SLUGS.index(slug)  # three states each; all states, over all acts
    cases = [factories.case(states[(turn + step) % len(states)]) for step in range(len(states))]
    impossible = [case for case in cases if not ACTS[slug].offered(case, None)][:3]
    assert impossible
    for case in impossible:
        before = Case.objects.values().get(pk=case.pk)
        typed = {"typed": case.reference} if slug == "approve" else {}
        response = press(client, case, slug, **DATA.get(slug, {}), **typed)
        assert response.status_code in {200, 422}
        sentences = said(response) + [
            str(e) for e in getattr(response.context.get("form"), "non_field_errors", list)()
        ]
        assert any(sentence.endswith((".", "”.")) for sentence in sentences), (slug, case.state)
        assert Case.objects.values().get(pk=case.pk) == before
    assert not Message.objects.exists()


@pytest.mark.parametrize("slug", ["take-back", "release", "refuse"])
def test_the_page_of_an_impossible_act_leads_back_with_a_sentence(client, dee, slug: str) -> None:
    case = factories.case(State.WITHDRAWN)
    response = client.get(reverse("admin:case_act", args=[case.reference, slug]), follow=True)
    assert "is not possible now" in said(response)[0]


def test_release_names_everything_that_is_missing(client, dee, alice) -> None:
    case = factories.case(State.REVIEW, subject=alice, verified_at=None, proof=Proof.NONE)
    page = press(client, case, "release").content.decode()
    for sentence in (
        "Nobody has made sure who is asking.",
        "The files are not ready.",
        "Nobody has reviewed the copy.",
    ):
        assert sentence in page


def test_a_late_release_says_why(client, dee, alice) -> None:
    case = reviewed(alice, dee)
    Case.objects.filter(pk=case.pk).update(due_on=timezone.localdate() - dt.timedelta(days=2))
    response = press(client, case, "release")
    assert response.status_code == 422
    assert "The answer is late. Say why" in response.content.decode()
    press(client, case, "release", late_reason="The archive was down")
    case.refresh_from_db()
    assert (case.state, case.late_reason) == (State.RELEASED, "The archive was down")


def test_an_unknown_act_is_not_found(client, dee) -> None:
    case = factories.case()
    assert press(client, case, "delete").status_code == 404
    assert Case.objects.get(pk=case.pk).state == State.TRIAGE


# --- two at once (S77) ---


def test_s77_the_second_of_two_loses_politely_and_keeps_the_words(client, dee, alice) -> None:
    case = factories.case(State.TRIAGE, subject=alice, requester_email="alice@example.com")
    seen = case.version
    services.accept(case=case, by=factories.user(Role.DPO))
    response = press(
        client, case, "refuse", seen=seen, ground="unfounded", reason="My long reason", confirmed="on"
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "Somebody else has just changed this request." in page
    assert "My long reason" in page
    assert Case.objects.get(pk=case.pk).state == State.COLLECTING
    assert not Message.objects.filter(template="requests_sar/refused").exists()
    assert said(press(client, case, "accept", seen=seen))[0].startswith("Somebody else has just changed")
    assert Package.objects.count() == 1


def test_pressing_twice_accepts_once(client, dee, alice) -> None:
    case = factories.case(State.TRIAGE, subject=alice)
    for _ in range(2):
        press(client, case, "accept", seen=case.version)
    assert Package.objects.count() == 1


# --- refusing ---


def test_a_refusal_is_read_before_it_goes(client, dee, alice) -> None:
    case = factories.case(State.TRIAGE, requester_email="alice@example.com")
    empty = press(client, case, "refuse")
    assert empty.status_code == 422
    page = empty.content.decode()
    assert "Choose a ground" in page
    assert "Give the reason in plain words" in page
    preview = press(client, case, "refuse", ground="excessive", reason="You asked yesterday <i>too</i>.")
    page = preview.content.decode().partition('class="panel letter-preview"')[2].partition("<form")[0]
    assert "You asked yesterday &lt;i&gt;too&lt;/i&gt;." in page
    assert "ico.org.uk" in page
    assert "court" in page
    assert Case.objects.get(pk=case.pk).state == State.TRIAGE
    again = press(client, case, "refuse", ground="excessive", reason="You asked yesterday.", again="yes")
    assert "You asked yesterday." in again.content.decode()
    press(client, case, "refuse", ground="excessive", reason="You asked yesterday.", confirmed="on")
    case.refresh_from_db()
    assert (case.state, case.ground, case.refusal) == (State.REFUSED, "excessive", "You asked yesterday.")
    assert Message.objects.filter(template="requests_sar/refused").count() == 1
    letter = client.get(reverse("admin:case_letter", args=[case.reference, "refused"])).content.decode()
    for words in ("You asked yesterday.", "manifestly excessive", "ico.org.uk", "court", "30 days"):
        assert words in letter


def test_an_unknown_ground_is_refused(client, dee) -> None:
    case = factories.case()
    response = press(client, case, "refuse", ground="because", reason="x", confirmed="on")
    assert response.status_code == 422
    assert Case.objects.get(pk=case.pk).state == State.TRIAGE


def test_s09_referring_asks_for_the_client_and_stops_the_clock(client, dee) -> None:
    case = factories.case(requester_email="alice@example.com")
    assert press(client, case, "refer", controller=" ").status_code == 422
    press(client, case, "refer", controller="Client Ltd", confirmed="1")
    case.refresh_from_db()
    assert (case.state, case.referred_to, case.due_on) == (State.REFERRED, "Client Ltd", None)
    assert Message.objects.filter(template="requests_sar/referred").count() == 1
    assert "no reply date" in show(client, case).lower()


# --- the copy ---


def test_a_part_that_failed_is_tried_again_or_left_out(client, dee, alice) -> None:
    case = factories.case(State.COLLECTING, subject=alice)
    package = factories.package(case, state=Package.State.FAILED, error="Orders could not be collected.")
    source = package.sources.first()
    Source.objects.filter(pk=source.pk).update(state=Source.State.FAILED, error="Disk full")
    address = reverse("admin:case_leave_out", args=[case.reference, source.pk])
    page = show(client, case)
    assert address in page
    assert "Try again" in page
    empty = client.post(address, {"reason": ""})
    assert empty.status_code == 422
    assert "Say why this part is left out" in empty.content.decode()
    client.post(address, {"reason": "The disk is broken."})
    source.refresh_from_db()
    package.refresh_from_db()
    assert (source.state, source.waived_because) == (Source.State.WAIVED, "The disk is broken.")
    assert package.state == Package.State.QUEUED
    again = client.post(address, {"reason": "Twice."})
    assert "Only a part that failed can be left out." in again.content.decode()


def test_a_part_of_another_request_cannot_be_left_out_through_this_one(client, dee, alice) -> None:
    case, other = (
        factories.case(State.COLLECTING, subject=alice),
        factories.case(State.COLLECTING, subject=alice),
    )
    source = factories.package(other, state=Package.State.FAILED).sources.first()
    factories.package(case, state=Package.State.FAILED)
    assert (
        client.post(
            reverse("admin:case_leave_out", args=[case.reference, source.pk]), {"reason": "x"}
        ).status_code
        == 404
    )


def test_stop_and_move_back(client, dee, alice) -> None:
    case = services.accept(case=factories.case(State.TRIAGE, subject=alice), by=dee)
    press(client, case, "stop")
    assert Package.objects.get().state == Package.State.STOPPED
    assert "Collecting was stopped: move back to triage" in show(client, case)
    press(client, case, "move-back", reason="Wrong person")
    case.refresh_from_db()
    assert case.state == State.TRIAGE
    assert "Wrong person" in show(client, case)


def test_locked_files_are_an_alert_until_the_dpo_unlocks_them(client, dee, alice) -> None:
    case = services.release(case=reviewed(alice, dee), by=dee)
    services.lock_files(case=case, by=factories.visit())
    page = show(client, case)
    assert "Next: Files locked by the customer" in page
    press(client, case, "unlock")
    assert Package.objects.get().locked_at is None


def test_the_dpo_downloads_a_file_in_review_and_it_is_written_down(client, dee, alice) -> None:
    case = reviewed(alice, dee)
    file = File.objects.get(kind=File.Kind.WORKBOOK)
    address = reverse("admin:package_file", args=[file.package_id, file.kind])
    head = client.head(address)
    assert head["Content-Length"] == str(file.size)
    assert not Download.objects.exists()
    response = client.get(address)
    content = b"".join(response.streaming_content)
    assert content[:2] == b"PK"
    assert len(content) == file.size
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment; filename=")
    assert "alice" not in response["Content-Disposition"].lower()
    assert Download.objects.get().actor == f"staff:{dee.pk}"
    assert "Dee Marsh, " in show(client, case)


def test_a_copy_that_is_gone_is_a_sentence_not_a_fault(client, dee, alice) -> None:
    case = reviewed(alice, dee)
    package = Package.objects.get()
    Package.objects.update(expires_at=timezone.now())
    response = client.get(reverse("admin:package_file", args=[package.pk, "workbook"]), follow=True)
    assert said(response) == ["These files have been removed to protect your data."]
    assert "too old" in show(client, case)


# --- notes, messages, assignment ---


def test_notes_and_messages_once(client, dee, alice) -> None:
    case = factories.case(requester_email="alice@example.com")
    press(client, case, "note", **{"note-text": "Looks fine."})
    once = str(uuid.uuid4())
    for _ in range(2):
        press(client, case, "message", **{"message-text": "We are on it.", "message-once": once})
    assert [note.text for note in case.notes.all()] == ["Looks fine."]
    assert [letter.text for letter in case.letters.all()] == ["We are on it."]
    assert Message.objects.filter(template="requests_sar/message").count() == 1


def test_too_long_a_message_is_kept_and_refused(client, dee) -> None:
    case = factories.case()
    response = press(
        client, case, "message", **{"message-text": "x" * 5001, "message-once": str(uuid.uuid4())}
    )
    assert response.status_code == 422
    assert "x" * 5001 in response.content.decode()
    assert not case.letters.exists()


def test_assigning(client, dee) -> None:
    case, dan = factories.case(), factories.user(Role.DPO, name="Dan")
    press(client, case, "assign", owner=str(dan.pk))
    assert Case.objects.get().owner == dan
    assert "With Dan" in show(client, case)
    press(client, case, "assign", owner="")
    assert Case.objects.get().owner is None


# --- who ---


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.STAFF, Role.ADMINISTRATOR])
def test_others_neither_see_nor_act(client, alice, role: Role) -> None:
    case = factories.case(State.REVIEW, subject=alice)
    package = factories.package(case)
    client.force_login(factories.user(role))
    assert client.get(reverse("admin:case", args=[case.reference])).status_code == 403
    for slug in ACTS:
        assert press(client, case, slug, **DATA.get(slug, {})).status_code == 403
    assert client.get(reverse("admin:case_person", args=[case.reference])).status_code == 403
    for page in ("case_questions", "case_proof_add", "case_since", "case_client"):
        assert client.get(reverse(f"admin:{page}", args=[case.reference])).status_code == 403
    assert client.get(reverse("admin:package_file", args=[package.pk, "workbook"])).status_code in {403, 404}
    assert client.get(reverse("admin:package_progress", args=[package.pk])).status_code in {403, 404}
    assert Case.objects.values("state", "version").get() == {"state": State.REVIEW, "version": 0}
    assert not Download.objects.exists()


def test_the_auditor_reads_the_page_without_buttons_and_is_refused_every_act(client, alice) -> None:
    case = factories.case(State.REVIEW, subject=alice)
    package = factories.package(case)
    client.force_login(factories.user(Role.AUDITOR))
    page = show(client, case)
    assert "/act/" not in page
    assert "Your role reads requests; it does not decide them." in page
    for slug in ACTS:
        response = press(client, case, slug, **DATA.get(slug, {}))
        assert response.status_code == 403
        assert "Your role does not allow you to decide and release requests." in response.content.decode()
    assert client.get(reverse("admin:package_file", args=[package.pk, "workbook"])).status_code in {403, 404}


def test_strangers_are_sent_to_sign_in(client) -> None:
    case = factories.case()
    for response in (
        client.get(reverse("admin:case", args=[case.reference])),
        press(client, case, "accept", follow=False),
    ):
        assert response["Location"].startswith("/admin/login/")


def test_acts_want_a_post(client, dee, alice) -> None:
    case = factories.case(State.TRIAGE, subject=alice)
    for slug in ACTS:
        client.get(reverse("admin:case_act", args=[case.reference, slug]))
    case.refresh_from_db()
    assert (case.state, case.version) == (State.TRIAGE, 0)
    assert client.put(reverse("admin:case_act", args=[case.reference, "accept"])).status_code == 405
