"""Objection (C8; S61, S67): marketing stops at once and is never refused; the rest stops while a person weighs it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consent import ledger
from consent.models import ConsentEvent
from consent.models.events import REACHES
from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import services
from requests_sar.casework import NotPossible, Stale
from requests_sar.fulfilment import objection
from requests_sar.models import Case, Draft, Letter, Objection, Outcome
from requests_sar.rights import Right
from requests_sar.services import pauses, weighing
from requests_sar.workflow import State
from subjects import datamap, restriction
from subjects.models import Restriction, Subject
from tests import customer, factories

pytestmark = pytest.mark.django_db
CHANNELS = [channel.value for channel in REACHES]
ANALYTICS, NOTICES = "website-analytics", "service-notifications"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def alice() -> Subject:
    found = factories.subject()
    for channel in CHANNELS:
        ledger.record(subject=found, purpose="marketing", channel=channel, act="given", how="page", by=None)
    return found


@pytest.fixture
def dee():
    return factories.user(Role.DPO, name="Dee Marsh")


def begin(client: Client, *uses: str) -> Draft:
    assert client.post(reverse("start", args=["objection"])).status_code == 302
    draft = Draft.objects.latest("created_at")
    assert client.post(customer.question(draft, "uses"), {"uses": uses}).status_code == 302
    return draft


def send(client: Client, *uses: str, email: str = "alice@example.com") -> Case:
    """From Start to sent, by somebody who is not signed in."""
    draft = begin(client, *uses)
    pages = {"address-only": {"email": email}}
    if not objection.only_marketing(uses):
        pages = {
            "reasons": {"given": "I am followed around."},
            "who": {"for_self": "yes"},
            "details": {"name": "Alice Okafor", "email": email},
            "reply": {"reply_by": "download"},
        }
    for slug, answers in pages.items():
        page = client.post(customer.question(draft, slug), answers)
        assert page.status_code == 302, customer.main(page)
    assert client.post(reverse("check", args=[draft.pk])).status_code == 302
    return Case.objects.get(submission=draft.pk)


def confirmed(client: Client, *uses: str) -> Case:
    """Sent by Alice, who then proved her address."""
    case = send(client, *uses)
    client.post(reverse("check_email", args=[case.reference]), {"code": customer.code()})
    case.refresh_from_db()
    return case


def reviewed(client: Client, dee, *uses: str) -> Case:
    return services.take_up(case=confirmed(client, *uses), by=dee)


def gets_marketing(subject: Subject) -> list[str]:
    return [channel for channel in CHANNELS if ledger.may_contact(subject, "marketing", channel).allowed]


def weigh(case: Case, by, decision: str, because: str = "", purpose: str = ANALYTICS) -> Case:
    return weighing.weigh(case=case, by=by, decisions={purpose: (decision, because)})


# --- marketing, at once -------------------------------------------------------------------------------------


def test_ux_c8_2_marketing_is_off_immediately_and_not_queued(client: Client, alice: Subject) -> None:
    """C8, check 2: no code, no worker, no person: off when the button was pressed."""
    assert gets_marketing(alice) == CHANNELS
    draft = begin(client, "marketing")
    client.post(customer.question(draft, "address-only"), {"email": "alice@example.com"})
    check = client.get(reverse("check", args=[draft.pk]))
    assert "Marketing to alice@example.com stops the moment you press the button." in customer.main(check)
    assert gets_marketing(alice) == CHANNELS
    page = client.post(reverse("check", args=[draft.pk]), follow=True)
    assert gets_marketing(alice) == []
    assert "Done: no more marketing" in customer.title(page)
    case = Case.objects.get()
    assert (case.state, case.verified_at) == (State.TRIAGE, None)
    event = ConsentEvent.objects.filter(act="objected").first()
    assert event is not None
    assert event.wording.text == "Stop using my data for this: Marketing"
    assert not Message.objects.filter(template="requests_sar/code").exists()
    mail = Message.objects.get(about=case.reference)
    assert mail.text.startswith("We have stopped marketing, as you told us.")
    assert mail.subject.endswith(": it is done")
    assert "You do not have to do anything else." in Letter.objects.get(kind="marketing_stopped").text


def test_known_and_unknown_addresses_get_the_same_page(alice: Subject) -> None:
    def done(email: str) -> str:
        browser = Client()
        case = send(browser, "marketing", email=email)
        text = customer.main(browser.get(reverse("sent", args=[case.reference])))
        return text.replace(case.reference, "REF").replace(email, "ADDRESS")

    known, unknown = done("alice@example.com"), done("nobody@example.com")
    assert known == unknown
    assert "If we hold that address" in known
    letters = [letter.text for letter in Letter.objects.order_by("at")]
    first, second = (
        text.replace(c.reference, "REF")
        for text, c in zip(letters, Case.objects.order_by("received_at"), strict=True)
    )
    assert first == second


def test_the_no_of_an_unknown_address_counts_when_it_comes_on_file_later(client: Client) -> None:
    send(client, "marketing", email="later@example.com")
    late = factories.subject("Late Comer", email="Later@Example.com")
    old = {
        "subject": late,
        "purpose": "marketing",
        "channel": "email",
        "act": "given",
        "how": "page",
        "by": None,
    }
    ledger.record(**old, happened_at=timezone.now() - dt.timedelta(days=90))
    answer = ledger.may_contact(late, "marketing", "email")
    assert answer == ledger.Contact(False, "Their address is on the do-not-contact list.")
    ledger.record(**old, happened_at=timezone.now() + dt.timedelta(minutes=1))  # they agreed again
    assert ledger.may_contact(late, "marketing", "email").allowed


def test_pressed_twice_it_is_one_case_and_one_no(client: Client, alice: Subject) -> None:
    case = send(client, "marketing")
    again = client.post(reverse("check", args=[case.submission]))
    assert again["Location"] == reverse("sent", args=[case.reference])
    assert Case.objects.count() == 1
    assert ConsentEvent.objects.filter(act="objected").count() == len(CHANNELS)


def test_a_shared_address_is_taken_off_for_both_and_their_phones_are_their_own(
    client: Client, alice: Subject
) -> None:
    bob = factories.subject("Bob Okafor")
    ledger.record(subject=bob, purpose="marketing", channel="phone", act="given", how="page", by=None)
    case = send(client, "marketing")
    assert gets_marketing(alice) == ["phone", "text", "post"]
    assert gets_marketing(bob) == ["phone"]
    dee = factories.user(Role.DPO)
    services.take_up(case=services.choose_subject(case=case, subject=alice, by=dee), by=dee)
    assert gets_marketing(alice) == []
    assert gets_marketing(bob) == ["phone"]


def test_signed_in_the_address_is_not_asked_again(client: Client, alice: Subject) -> None:
    customer.sign_in(client)
    draft = begin(client, "marketing")
    page = client.get(customer.question(draft, "address-only"))
    assert "You are signed in as alice@example.com" in customer.main(page)
    client.post(customer.question(draft, "address-only"), {})
    client.post(reverse("check", args=[draft.pk]))
    assert gets_marketing(alice) == []
    assert Case.objects.get().subject == alice


def test_for_somebody_else_the_address_is_not_theirs(client: Client, alice: Subject, dee) -> None:
    """The representative goes on getting what they asked for; the person is found by the officer."""
    carol = factories.subject("Carol Ng", email="carol@example.com")
    draft = Draft.objects.create(
        right=Right.OBJECTION,
        answers={"uses": ["marketing", ANALYTICS], "email": "carol@example.com", "name": "Carol Ng"}
        | {"for_self": "no", "on_behalf_of": "Alice Okafor", "relationship": "solicitor"},
    )
    ledger.record(subject=carol, purpose="marketing", channel="email", act="given", how="page", by=None)
    case = services.open_request(draft=draft, visit=None)
    assert gets_marketing(carol) == ["email"]
    services.confirm(challenge=case.challenge, visit=factories.visit("carol@example.com"))
    case.refresh_from_db()
    services.take_up(case=services.choose_subject(case=case, subject=alice, by=dee), by=dee)
    assert gets_marketing(alice) == []
    assert gets_marketing(carol) == ["email"]


def test_another_objection_is_never_only_added_to_an_open_one(client: Client, alice: Subject) -> None:
    customer.sign_in(client)
    factories.case(State.TRIAGE, right=Right.OBJECTION, requester_email="alice@example.com")
    send_signed_in = begin(client, "marketing")
    client.post(customer.question(send_signed_in, "address-only"), {})
    client.post(reverse("check", args=[send_signed_in.pk]), {"add": "yes"})
    assert gets_marketing(alice) == []
    assert Case.objects.count() == 2


def test_mixed_marketing_stops_and_the_rest_waits_for_the_code(client: Client, alice: Subject) -> None:
    case = send(client, "marketing", ANALYTICS)
    assert case.state == State.VERIFYING
    assert gets_marketing(alice) == []
    assert restriction.of(alice) == []
    page = customer.main(client.get(reverse("check_email", args=[case.reference])))
    assert "Marketing stopped the moment we got this." in page
    assert "For the rest, please confirm." in page


# --- it is never refused ------------------------------------------------------------------------------------


def test_ux_d9_3_an_objection_to_marketing_has_no_refuse_action(client: Client, alice: Subject, dee) -> None:
    """D9, check 3: on no page, in no verb, in no database row."""
    for uses in (["marketing"], ["marketing", ANALYTICS]):
        case = (
            reviewed(Client(), dee, *uses)
            if len(uses) > 1
            else services.take_up(case=send(Client(), *uses), by=dee)
        )
        client.force_login(dee)
        page = client.get(reverse("admin:case", args=[case.reference])).content.decode()
        refuse = reverse("admin:case_act", args=[case.reference, "refuse"])
        assert refuse not in page
        assert client.get(refuse).status_code == 302
        client.post(refuse, {"ground": "unfounded", "reason": "No.", "confirmed": "1"})
        case.refresh_from_db()
        assert case.state == State.REVIEW
        with pytest.raises(NotPossible, match="never be refused"):
            services.refuse(case=case, by=dee, ground="unfounded", reason="No.")
        with pytest.raises(NotPossible, match="never be refused"):
            weigh(case, dee, "refused", "We would rather not.", purpose="marketing")
        form = client.get(reverse("admin:case_act", args=[case.reference, "weigh"]), follow=True)
        assert "decision_marketing" not in form.content.decode()
        assert gets_marketing(alice) == []


def test_not_even_the_database_lets_an_objection_to_marketing_be_refused(
    client: Client, alice: Subject
) -> None:
    """Article 21(3): with a raw UPDATE past every verb, at once or by way of taking its mark off first."""
    case = send(client, "marketing", NOTICES)
    refuse = "UPDATE requests_sar_objection SET decision = 'refused', because = 'No.' WHERE purpose = %s"
    unmark = "UPDATE requests_sar_objection SET absolute = false WHERE purpose = %s"
    rename = f"UPDATE requests_sar_objection SET purpose = '{ANALYTICS}' WHERE purpose = %s"
    for sql, why in ((refuse, "marketing_no_is_final"), (unmark, "absolute"), (rename, "absolute")):
        with pytest.raises(DatabaseError, match=why), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, ["marketing"])
    with connection.cursor() as cursor:
        cursor.execute(refuse, [NOTICES])  # what is weighed may be refused
        assert cursor.rowcount == 1
    assert case.objections.get(purpose="marketing").absolute


def test_marketing_alone_needs_nobody_found_and_nobody_proved(client: Client, dee) -> None:
    case = send(client, "marketing", email="nobody@example.com")
    client.force_login(dee)
    queue = client.get("/admin/requests_sar/case/?tab=all").content.decode()
    assert "Take it up" in queue
    case = services.take_up(case=case, by=dee)
    case = services.answer(case=case, by=dee)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.GRANTED)
    letter = Letter.objects.get(kind="answer_objection")
    assert "We have stopped, for good: marketing." in letter.text


def test_other_objections_can_be_refused_as_a_whole(client: Client, alice: Subject, dee) -> None:
    case = reviewed(client, dee, ANALYTICS)
    case = services.refuse(case=case, by=dee, ground="unfounded", reason="Sent to us 400 times by a script.")
    assert case.state == State.REFUSED


# --- the other uses -----------------------------------------------------------------------------------------


def test_s61_analytics_stops_at_once_while_weighed(client: Client, alice: Subject) -> None:
    case = confirmed(client, ANALYTICS)
    (pause,) = restriction.of(alice)
    assert (pause.scope, pause.purpose, pause.ground) == ("purpose", ANALYTICS, "objection")
    assert restriction.blocks(alice, restriction.Use.ANALYTICS, purpose=ANALYTICS)
    page = customer.main(client.get(reverse("sent", args=[case.reference])))
    assert (
        "We have stopped the use “Website analytics” for you while a person looks at your objection." in page
    )
    assert gets_marketing(alice) == CHANNELS


def test_s67_objecting_to_service_notices_opens_a_case_and_stops_them_meanwhile(
    client: Client, alice: Subject
) -> None:
    assert ledger.may_contact(alice, NOTICES, "email").allowed
    case = confirmed(client, NOTICES)
    assert (case.state, case.right) == (State.TRIAGE, Right.OBJECTION)
    assert case.due_on is not None
    answer = ledger.may_contact(alice, NOTICES, "email")
    assert not answer.allowed
    assert case.reference in answer.because


def test_nobody_stops_somebody_elses_notices_without_proof(client: Client, alice: Subject) -> None:
    send(client, NOTICES)
    assert restriction.of(alice) == []
    assert ledger.may_contact(alice, NOTICES, "email").allowed


def test_upheld_it_stays_stopped_for_good(client: Client, alice: Subject, dee) -> None:
    case = reviewed(client, dee, ANALYTICS)
    with pytest.raises(NotPossible, match="Decide about “Website analytics”"):
        services.answer(case=case, by=dee)
    case = services.answer(case=weigh(case, dee, "upheld"), by=dee, words="Thank you for telling us.")
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.GRANTED)
    (pause,) = restriction.of(alice)
    assert pause.announced_at is None
    page = customer.main(client.get(reverse("request", args=[case.reference])))
    assert "Website analytics Stopped" in page
    assert "Thank you for telling us." in Letter.objects.get(kind="answer_objection").text


def test_refused_needs_compelling_grounds_in_words(client: Client, alice: Subject, dee) -> None:
    case = reviewed(client, dee, ANALYTICS)
    with pytest.raises(NotPossible, match="compelling grounds"):
        weigh(case, dee, "refused", "  ")
    with pytest.raises(NotPossible, match="They did not object to that"):
        weigh(case, dee, "upheld", purpose=NOTICES)
    with pytest.raises(Stale):
        weighing.weigh(case=case, by=dee, decisions={ANALYTICS: ("upheld", "")}, seen=case.version - 1)


def test_refused_the_answer_tells_it_first_and_the_pause_ends_after(
    client: Client, alice: Subject, dee
) -> None:
    """Article 18(3): the answer is the notice; before it has left nothing starts again."""
    case = weigh(reviewed(client, dee, ANALYTICS), dee, "refused", "We find attacks by it.")
    case = services.answer(case=case, by=dee)
    assert case.outcome == Outcome.REFUSED
    letter = Letter.objects.get(kind="answer_objection")
    assert "We find attacks by it." in letter.text
    assert "This letter tells you that the stop will end." in letter.text
    for route in ("dataprotection@", "Information Commissioner", "court"):
        assert route in letter.text
    (pause,) = restriction.of(alice)
    with pytest.raises(NotPossible, match="has not left yet"):
        pauses.end(pause=pause, by=dee)
    assert "will start again" in Message.objects.get(pk=pause.notice_id).text
    Message.objects.filter(pk=pause.notice_id).update(state="sent", sent_at=pause.announced_at)
    pauses.end(pause=pause, by=dee)
    assert restriction.of(alice) == []
    page = customer.main(client.get(reverse("request", args=[case.reference])))
    assert "We go on We find attacks by it." in page


def test_some_upheld_and_some_refused_is_in_part(client: Client, alice: Subject, dee) -> None:
    case = reviewed(client, dee, "marketing", ANALYTICS, NOTICES)
    case = weighing.weigh(
        case=case, by=dee, decisions={ANALYTICS: ("upheld", ""), NOTICES: ("refused", "Your line is moved.")}
    )
    case = services.answer(case=case, by=dee)
    assert case.outcome == Outcome.PART
    announced = {pause.purpose: bool(pause.announced_at) for pause in restriction.of(alice)}
    assert announced == {ANALYTICS: False, NOTICES: True}


def test_without_an_email_address_the_letter_has_to_be_posted_first(alice: Subject, dee) -> None:
    case = services.log_request(
        by=dee,
        right=Right.OBJECTION,
        channel="letter",
        received_on=timezone.localdate(),
        words="Stop it",
    )
    case = services.choose_subject(case=case, subject=alice, by=dee)
    case = services.verify_by_hand(case=case, by=dee, how="Signature compared.")
    case = services.take_up(case=case, by=dee)
    with pytest.raises(NotPossible, match="Say which uses"):
        services.answer(case=case, by=dee)
    case = weighing.name_uses(case=case, by=dee, uses=[ANALYTICS, "marketing"])
    assert gets_marketing(alice) == []
    (pause,) = restriction.of(alice)
    with pytest.raises(NotPossible, match="does not stand there yet"):
        weighing.name_uses(case=case, by=dee, uses=[ANALYTICS, "it-support"])
    case = services.answer(case=weigh(case, dee, "refused", "We find attacks by it."), by=dee)
    pause.refresh_from_db()
    assert pause.announced_at is None
    with pytest.raises(NotPossible, match="no e-mail address"):
        pauses.tell_end(pause=pause, by=dee, why="weighed", how="email")
    pauses.tell_end(pause=pause, by=dee, why="weighed", how="post")
    pauses.end(pause=pause, by=dee)
    assert restriction.of(alice) == []


def test_the_trail_has_codes_and_no_words(client: Client, alice: Subject, dee) -> None:
    case = weigh(reviewed(client, dee, ANALYTICS), dee, "refused", "Secret words")
    services.answer(case=case, by=dee)
    reasons = " ".join(Entry.objects.values_list("reason", flat=True))
    assert "website-analytics:refused" in reasons
    assert "Secret" not in reasons


# --- the doors ----------------------------------------------------------------------------------------------


def test_nothing_ticked_and_what_is_no_use_are_told_how_to_mend(client: Client) -> None:
    client.post(reverse("start", args=["objection"]))
    draft = Draft.objects.latest("created_at")
    for answers, words in (
        ({}, "Tick at least one use of your data"),
        ({"uses": ["it-support"]}, "Tick the uses from the list"),
    ):
        page = client.post(customer.question(draft, "uses"), answers)
        assert page.status_code == 422
        assert words in customer.main(page)


def test_a_contract_cannot_be_objected_to(client: Client, alice: Subject) -> None:
    assert {use.key for use in objection.uses()} == {"marketing", ANALYTICS, NOTICES}
    draft = Draft.objects.create(
        right=Right.OBJECTION, answers={"uses": ["it-support"], "email": "a@example.com"}
    )
    assert not services.open_request(draft=draft, visit=None).objections.exists()


def test_the_officer_weighs_on_a_page(client: Client, alice: Subject, dee) -> None:
    case = reviewed(Client(), dee, ANALYTICS)
    client.force_login(dee)
    url = reverse("admin:case_act", args=[case.reference, "weigh"])
    assert "Website analytics" in client.get(url).content.decode()
    seen = {"seen": case.version}
    page = client.post(url, seen)
    assert page.status_code == 422
    page = client.post(url, {**seen, f"decision_{ANALYTICS}": "refused"})
    assert "Write the compelling grounds on which you go on" in page.content.decode()
    client.post(url, {**seen, f"decision_{ANALYTICS}": "upheld"})
    assert Objection.objects.get().decision == "upheld"
    answer = reverse("admin:case_act", args=[case.reference, "answer"])
    letter = client.post(answer, {"seen": case.version + 1, "words": ""})
    assert "We have stopped, for good: website analytics." in letter.content.decode()
    assert Case.objects.get(pk=case.pk).state == State.REVIEW


def test_the_officer_names_the_uses_of_a_logged_request(client: Client, alice: Subject, dee) -> None:
    client.force_login(dee)
    case = services.log_request(
        by=dee, right=Right.OBJECTION, channel="phone", received_on=timezone.localdate(), words="No ads"
    )
    assert "Say which uses they object to" in client.get("/admin/requests_sar/case/?tab=all").content.decode()
    url = reverse("admin:case_act", args=[case.reference, "uses"])
    assert client.post(url, {"seen": case.version}).status_code == 422
    client.post(url, {"seen": case.version, "uses": ["marketing"]})
    assert list(case.objections.values_list("purpose", "decision")) == [("marketing", "upheld")]
    assert gets_marketing(alice) == CHANNELS  # nobody is chosen, and no address was given
    case.refresh_from_db()
    with pytest.raises(NotPossible, match="Choose the person"):
        services.take_up(case=case, by=dee)
    case = services.take_up(case=services.choose_subject(case=case, subject=alice, by=dee), by=dee)
    assert gets_marketing(alice) == []
    assert services.answer(case=case, by=dee).outcome == Outcome.GRANTED  # nobody has to prove anything


@pytest.mark.parametrize("role", [Role.STAFF, Role.SUPPORT, Role.AUDITOR])
def test_nobody_else_weighs(client: Client, dee, alice: Subject, role: str) -> None:
    case = reviewed(Client(), dee, ANALYTICS)
    client.force_login(factories.user(role))
    for slug in ("weigh", "uses"):
        url = reverse("admin:case_act", args=[case.reference, slug])
        assert client.post(url, {"seen": case.version, f"decision_{ANALYTICS}": "upheld"}).status_code == 403
    assert Objection.objects.get().decision == ""


def test_what_was_objected_to_is_in_the_copy(client: Client, alice: Subject, dee) -> None:
    confirmed(client, ANALYTICS)
    dataset = datamap.get("objections")
    rows = list(dataset.wire_rows(dataset.of(alice.pk)))
    assert rows[0][2:4] == [ANALYTICS, "I am followed around."]
    assert Restriction.objects.get().words == "the use “Website analytics”"
