"""Restriction (C8; S38, S59): asked with a tick, granted or refused by a person, in force, ended after being told."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import recipients, services
from requests_sar.casework import NotPossible, Stale
from requests_sar.models import Case, Draft, Letter, Outcome
from requests_sar.rights import Right
from requests_sar.services import pauses, weighing
from requests_sar.workflow import State
from subjects import datamap, restriction
from subjects.models import Disclosure, Restriction, Subject
from tests import customer, factories

pytestmark = pytest.mark.django_db
ANSWERS = {
    "why": {"ground": "accuracy"},
    "more": {"given": "My house number is 12, not 21."},
    "what": {"scope": "all"},
    "services": {"phone": "0117 496 0123", "agreed": "on"},
    "who": {"for_self": "yes"},
    "details": {"name": "Alice Okafor", "email": "alice@example.com"},
    "reply": {"reply_by": "download"},
}
SOME = {"what": {"scope": "some"}, "which": {"kinds": ["orders", "emails"]}}


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def alice() -> Subject:
    return factories.subject(account=factories.account())


@pytest.fixture
def dee():
    return factories.user(Role.DPO, name="Dee Marsh")


def begin(client: Client) -> Draft:
    assert client.post(reverse("start", args=["restriction"])).status_code == 302
    return Draft.objects.latest("created_at")


def send(client: Client, **changes: dict) -> Case:
    draft = begin(client)
    order = ["why", "more", "what", "which", "services", "who", "details", "reply"]
    given = {**ANSWERS, **changes}
    for slug in (slug for slug in order if slug in given):
        page = client.post(customer.question(draft, slug), given[slug])
        assert page.status_code == 302, (slug, customer.main(page))
    assert client.post(reverse("check", args=[draft.pk])).status_code == 302
    return Case.objects.get(submission=draft.pk)


def reviewed(client: Client, dee, **changes: dict) -> Case:
    case = send(client, **changes)
    client.post(reverse("check_email", args=[case.reference]), {"code": customer.code()})
    case.refresh_from_db()
    return services.take_up(case=case, by=dee)


def grant(case: Case, dee, **fields) -> Case:
    fields = {"decision": "granted", "ground": "accuracy", **fields}
    return weighing.decide_pause(case=case, by=dee, **fields)


def in_force(client: Client, dee) -> tuple[Case, Restriction]:
    case = services.answer(case=grant(reviewed(client, dee), dee), by=dee)
    return case, Restriction.objects.get()


# --- asking -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"phone": "0117 496 0123"}, "Tick the box to say that you understand that services stop"),
        ({"agreed": "on"}, "Enter a telephone number, like 0117 496 0123"),
        ({"agreed": "on", "phone": "call me"}, "Enter a telephone number"),
        ({}, "Tick the box"),
    ],
)
def test_ux_c8_3_it_cannot_be_sent_without_the_tick_and_a_number(
    client: Client, answers: dict, words: str
) -> None:
    """C8, check 3."""
    draft = begin(client)
    for slug in ("why", "more", "what"):
        client.post(customer.question(draft, slug), ANSWERS[slug])
    page = client.post(customer.question(draft, "services"), answers)
    assert page.status_code == 422
    assert words in customer.main(page)
    for slug in ("who", "details", "reply"):
        client.post(customer.question(draft, slug), ANSWERS[slug])
    sent = client.post(reverse("check", args=[draft.pk]))
    assert sent["Location"] == customer.question(draft, "services")
    assert not Case.objects.exists()


def test_the_answers_are_shown_back_and_become_the_request(client: Client, alice: Subject) -> None:
    draft = begin(client)
    for slug, answers in {**ANSWERS, **SOME}.items():
        client.post(customer.question(draft, slug), answers)
    page = customer.main(client.get(reverse("check", args=[draft.pk])))
    for words in ("Something in my data is wrong", "My house number is 12", "Orders Emails", "0117 496 0123"):
        assert words in page
    assert "You understand that they stop" in page
    assert "Nothing stops before a person has decided and told you." in page
    client.post(reverse("check", args=[draft.pk]))
    case = Case.objects.get()
    assert (case.right, case.kinds, case.requester_phone) == (
        Right.RESTRICTION,
        ["orders", "emails"],
        "0117 496 0123",
    )
    assert (case.pause.asked_ground, case.pause.given) == ("accuracy", "My house number is 12, not 21.")
    assert restriction.of(alice) == []


def test_a_mind_changed_to_everything_leaves_no_kinds_behind(client: Client) -> None:
    draft = begin(client)
    for slug, answers in {**ANSWERS, **SOME}.items():
        client.post(customer.question(draft, slug), answers)
    client.post(f"{customer.question(draft, 'what')}?change", {"scope": "all"})
    client.post(reverse("check", args=[draft.pk]))
    assert Case.objects.get().kinds == []


def test_the_number_is_asked_once(client: Client) -> None:
    draft = begin(client)
    assert "Telephone" not in customer.main(client.get(customer.question(draft, "details")))


# --- deciding -----------------------------------------------------------------------------------------------


def test_s59_granted_it_is_in_force_when_the_case_closes(client: Client, alice: Subject, dee) -> None:
    case = reviewed(client, dee)
    with pytest.raises(NotPossible, match="Decide whether to pause"):
        services.answer(case=case, by=dee)
    case = grant(case, dee)
    assert restriction.of(alice) == []  # nothing before the answer
    case = services.answer(case=case, by=dee, words="We phoned you on Monday.")
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.GRANTED)
    (pause,) = restriction.of(alice)
    assert (pause.scope, pause.ground, pause.reference) == ("everything", "accuracy", case.reference)
    alice.refresh_from_db()
    assert alice.restricted_at is not None
    letter = Letter.objects.get(kind="answer_restriction").text
    for words in ("We have paused the use of your data.", "suspended", "This portal stays open", "on Monday"):
        assert words in letter
    page = customer.main(client.get(reverse("request", args=[case.reference])))
    assert "we only store everything" in page


def test_s59_those_who_got_the_data_have_to_be_told(client: Client, alice: Subject, dee) -> None:
    """Article 19, and S54."""
    given = {"recipient": "Acme Couriers", "recipient_kind": "hardware-suppliers", "what": "Address"}
    Disclosure.objects.create(subject=alice, source_key="D1", at=timezone.now(), **given)
    case, _ = in_force(client, dee)
    notices = {each.recipient: each for each in case.recipient_notices.all()}
    assert "Acme Couriers" in notices
    assert "only store these data" in recipients.words(notices["Acme Couriers"])
    assert "those we gave your data to: Acme Couriers." in Letter.objects.get(kind="answer_restriction").text


def test_s59_only_some_kinds_is_in_part_when_they_asked_for_all(client: Client, alice: Subject, dee) -> None:
    case = reviewed(client, dee)
    because = "Only these hold the address that you say is wrong."
    case = services.answer(case=grant(case, dee, kinds=["orders"], because=because), by=dee)
    assert case.outcome == Outcome.PART
    letter = Letter.objects.get(kind="answer_restriction").text
    assert "some of your data: orders." in letter
    assert because in letter
    assert "suspended" not in letter
    alice.refresh_from_db()
    assert alice.restricted_at is None


def test_all_the_kinds_they_asked_for_is_in_full(client: Client, alice: Subject, dee) -> None:
    case = reviewed(client, dee, **SOME)
    case = services.answer(case=grant(case, dee, kinds=["emails", "orders"]), by=dee)
    assert case.outcome == Outcome.GRANTED


def test_refused_with_reasons_and_the_three_routes(client: Client, alice: Subject, dee) -> None:
    case = reviewed(client, dee)
    with pytest.raises(NotPossible, match="plain words"):
        weighing.decide_pause(case=case, by=dee, decision="refused", because=" ")
    case = weighing.decide_pause(case=case, by=dee, decision="refused", because="We checked: it is 21.")
    case = services.answer(case=case, by=dee)
    assert case.outcome == Outcome.REFUSED
    letter = Letter.objects.get(kind="answer_restriction").text
    for words in ("We checked: it is 21.", "dataprotection@", "Information Commissioner", "court"):
        assert words in letter
    assert restriction.of(alice) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"decision": "perhaps"}, "Choose whether"),
        ({"ground": ""}, "Choose the ground"),
        ({"ground": "mood"}, "Choose the ground"),
        ({"kinds": ["dreams"]}, "not known"),
        ({"kinds": ["requests"]}, "not known"),  # their own requests are never paused
    ],
)
def test_a_decision_that_makes_no_sense_is_told_so(
    client: Client, alice: Subject, dee, fields, words
) -> None:
    case = reviewed(client, dee)
    with pytest.raises(NotPossible, match=words):
        grant(case, dee, **fields)


def test_an_old_page_loses_politely_and_a_wrong_moment_too(client: Client, alice: Subject, dee) -> None:
    case = reviewed(client, dee)
    with pytest.raises(Stale):
        grant(case, dee, seen=case.version - 1)
    case = services.answer(case=grant(case, dee), by=dee)
    with pytest.raises(NotPossible, match="Take it up first"):
        grant(case, dee)


def test_read_as_another_right_and_back_it_keeps_its_words(alice: Subject, dee) -> None:
    case = services.log_request(
        by=dee, right=Right.ACCESS, channel="phone", received_on=timezone.localdate(), words="Stop using it"
    )
    for right in (Right.RESTRICTION, Right.ACCESS, Right.RESTRICTION):
        case = services.reclassify(case=case, right=right, reason="That is what she said.", by=dee)
    assert case.pause.decision == ""


# --- while it is in force -----------------------------------------------------------------------------------


def test_s38_a_paused_customer_asks_for_access_as_normal(client: Client, alice: Subject, dee) -> None:
    in_force(Client(), dee)
    case = customer.send(client)
    client.post(reverse("check_email", args=[case.reference]), {"code": customer.code()})
    case.refresh_from_db()
    assert (case.state, case.subject) == (State.TRIAGE, alice)
    case = services.accept(case=case, by=dee)
    assert case.state == State.COLLECTING
    assert client.get(reverse("requests")).status_code == 200


def test_the_pause_itself_is_in_the_copy_of_their_data(client: Client, alice: Subject, dee) -> None:
    case, _ = in_force(client, dee)
    for key in ("pauses", "pause-requests"):
        dataset = datamap.get(key)
        rows = list(dataset.wire_rows(dataset.of(alice.pk)))
        assert case.reference in rows[0], key


# --- ending it ----------------------------------------------------------------------------------------------


def open_pause(client: Client, pause: Restriction) -> str:
    page = client.get(reverse("admin:pause", args=[pause.pk]))
    assert page.status_code == 200
    return page.content.decode()


TELL = {"why": "checked", "how": "email", "words": "The number was 12 indeed."}


def test_it_ends_on_its_page_after_the_letter_was_shown_and_sent(client: Client, alice: Subject, dee) -> None:
    """Letter first: preview, sent, then the button."""
    case, pause = in_force(Client(), dee)
    client.force_login(dee)
    url = reverse("admin:pause", args=[pause.pk])
    assert url in client.get(reverse("admin:case", args=[case.reference])).content.decode()
    assert url in client.get(reverse("admin:person", args=[alice.reference])).content.decode()
    assert "Tell the person first" in open_pause(client, pause)
    preview = client.post(url, TELL).content.decode()
    assert "We are writing before we end the pause" in preview
    assert "The number was 12 indeed." in preview
    assert not Letter.objects.filter(kind="pause_ends").exists()
    assert (
        "The number was 12 indeed."
        in client.post(url, {**TELL, "confirmed": "1", "again": "1"}).content.decode()
    )
    client.post(url, {**TELL, "confirmed": "1"})
    letter = Letter.objects.get(kind="pause_ends")
    assert "we have checked that the data are right" in letter.text
    mail = Message.objects.get(pk=Restriction.objects.get().notice_id)
    assert "The pause in the use of your data will end." in mail.text
    assert "pause" not in mail.subject
    assert "has not left yet" in open_pause(client, pause)
    client.post(reverse("admin:pause_end", args=[pause.pk]))
    assert restriction.of(alice)
    Message.objects.filter(pk=mail.pk).update(state="sent", sent_at=timezone.now())
    assert "End the pause" in open_pause(client, pause)
    client.post(reverse("admin:pause_end", args=[pause.pk]))
    assert restriction.of(alice) == []
    assert "Ended" in open_pause(client, pause)
    again = client.post(reverse("admin:pause_end", args=[pause.pk]), follow=True)
    assert "ended already" in customer.words(again)
    alice.refresh_from_db()
    assert alice.restricted_at is None
    entries = Entry.objects.filter(verb__startswith="restriction.").order_by("number")
    verbs = list(entries.values_list("verb", flat=True))
    assert verbs == ["restriction.placed", "restriction.end-announced", "restriction.lifted"]


def test_told_twice_is_told_so(client: Client, alice: Subject, dee) -> None:
    _, pause = in_force(Client(), dee)
    client.force_login(dee)
    url = reverse("admin:pause", args=[pause.pk])
    by_phone = {**TELL, "how": "phone", "confirmed": "1"}
    client.post(url, by_phone)
    again = client.post(url, by_phone)
    assert again.status_code == 422
    assert "told already" in again.content.decode()
    assert Letter.objects.filter(kind="pause_ends").count() == 1


def test_by_post_it_counts_from_the_day_it_was_posted(alice: Subject, dee) -> None:
    _, pause = in_force(Client(), dee)
    today = timezone.localdate()
    for day, words in (
        (today + dt.timedelta(days=1), "future"),
        (today - dt.timedelta(days=9), "before the pause"),
    ):
        with pytest.raises(NotPossible, match=words):
            pauses.tell_end(pause=pause, by=dee, why="checked", how="post", told_on=day)
    pauses.tell_end(pause=pause, by=dee, why="checked", how="post", told_on=today)
    assert pauses.end(pause=pause, by=dee).lifted_at is not None


@pytest.mark.parametrize(
    "answers", [{}, {"why": "mood", "how": "email"}, {"why": "checked", "how": "pigeon"}]
)
def test_what_is_missing_for_the_letter_is_told(client: Client, alice: Subject, dee, answers: dict) -> None:
    _, pause = in_force(Client(), dee)
    client.force_login(dee)
    assert client.post(reverse("admin:pause", args=[pause.pk]), answers).status_code == 422
    with pytest.raises(NotPossible):
        pauses.tell_end(pause=pause, by=dee, **{"why": "", "how": "", **answers})


def test_a_no_after_a_reopened_yes_waits_for_the_pause_to_end(alice: Subject, dee) -> None:
    case, pause = in_force(Client(), dee)
    Case.objects.filter(pk=case.pk).update(state=State.REVIEW)
    case.refresh_from_db()
    case = weighing.decide_pause(case=case, by=dee, decision="refused", because="Checked.")
    with pytest.raises(NotPossible, match="is in force"):
        services.answer(case=case, by=dee)
    pauses.tell_end(pause=pause, by=dee, why="checked", how="phone")
    pauses.end(pause=pause, by=dee)
    assert services.answer(case=case, by=dee).outcome == Outcome.REFUSED


# --- the doors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.STAFF, Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_else_decides_or_ends(client: Client, alice: Subject, dee, role: str) -> None:
    case, pause = in_force(Client(), dee)
    client.force_login(factories.user(role))
    for method, url in (
        ("get", reverse("admin:pause", args=[pause.pk])),
        ("post", reverse("admin:pause", args=[pause.pk])),
        ("post", reverse("admin:pause_end", args=[pause.pk])),
        ("post", reverse("admin:case_act", args=[case.reference, "pause"])),
    ):
        assert getattr(client, method)(url, {**TELL, "confirmed": "1"}).status_code == 403
    assert Restriction.objects.get().announced_at is None


def test_strangers_sign_in_and_a_made_up_pause_is_not_found(client: Client, alice: Subject, dee) -> None:
    _, pause = in_force(Client(), dee)
    assert client.get(reverse("admin:pause", args=[pause.pk])).status_code == 302
    client.force_login(dee)
    url = reverse("admin:pause", args=["00000000-0000-4000-8000-000000000000"])
    assert client.get(url).status_code == 404
    assert client.get(reverse("admin:pause_end", args=[pause.pk])).status_code == 405


def test_the_officer_decides_on_a_page_that_starts_with_what_was_asked(
    client: Client, alice: Subject, dee
) -> None:
    case = reviewed(Client(), dee, **SOME)
    client.force_login(dee)
    url = reverse("admin:case_act", args=[case.reference, "pause"])
    form = client.get(url).context["form"]
    assert (form.initial["ground"], form.initial["kinds"]) == ("accuracy", ["orders", "emails"])
    seen = {"seen": case.version}
    for answers, words in (
        ({}, "Choose whether to pause"),
        ({"decision": "granted"}, "Choose the ground"),
        ({"decision": "refused"}, "Say why you do not pause"),
        (
            {"decision": "granted", "ground": "accuracy", "kinds": ["orders"]},
            "pause less than they asked for",
        ),
        ({"decision": "granted", "ground": "accuracy", "kinds": ["x"]}, "One of the kinds is not known"),
    ):
        page = client.post(url, {**seen, **answers})
        assert page.status_code == 422
        assert words in page.content.decode()
    client.post(url, {**seen, "decision": "granted", "ground": "accuracy", "kinds": ["orders", "emails"]})
    page = client.get(reverse("admin:case", args=[case.reference])).content.decode()
    assert "We pause: Emails, Orders, by Dee Marsh" in page
