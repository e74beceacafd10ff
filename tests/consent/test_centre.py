"""The page of marketing choices (ux C5): one press either way, the words kept, every line in the history."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from consent import choices, ledger, suppression, wordings
from consent.choices import Whom
from consent.models import ConsentEvent, Suppression
from requests_sar.models import Case
from subjects.models import Subject
from tests import customer, factories

URL = "/marketing/"
CHANNELS = ("email", "phone", "text", "post")
START = dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def alice(db: None) -> Subject:
    return factories.subject(email="alice@example.com", mobile="07700 900123")


@pytest.fixture
def signed_in(client: Client, alice: Subject) -> Client:
    customer.sign_in(client)
    return client


def arrived() -> Client:
    """Alice's browser with a visit of this moment."""
    client = Client()
    customer.sign_in(client)
    return client


def agreed(subject: Subject, channel: str = "email", **more: Any) -> ConsentEvent:
    given = {"how": "sign-up", "by": None, "wording": wordings.current("marketing", channel), **more}
    return ledger.record(subject=subject, purpose="marketing", channel=channel, act="given", **given)


def press(client: Client, act: str, channel: str = "email", **more: Any) -> Any:
    """Press a button of the page, with what the page's form would send."""
    posted = {"act": act, "purpose": "marketing", "channel": channel}
    if act == "on":
        posted["wording"] = str(wordings.current("marketing", channel).pk)
    return client.post(URL, {**posted, **more}, follow=True)


def may(subject: Subject, channel: str = "email") -> bool:
    return ledger.may_contact(subject, "marketing", channel).allowed


def events() -> list[tuple[str, str, str]]:
    return list(ConsentEvent.objects.order_by("pk").values_list("channel", "act", "how"))


def test_c5_1_turned_off_in_one_press_with_the_day_and_a_line(alice: Subject) -> None:
    agreed(alice)
    with time_machine.travel(dt.datetime(2026, 12, 1, 10, 42, tzinfo=dt.UTC), tick=False):
        page = customer.main(press(arrived(), "off"))
    assert (
        "Saved. You will not get marketing emails from us. We recorded this at 10:42am on 1 December 2026. Undo"
    ) in page
    assert "Marketing emails Off You said no at 10:42am on 1 December 2026. How: This page." in page
    assert "10:42am on 1 December 2026 Marketing, email No more This page" in page
    assert not may(alice)
    assert events()[1:] == [("email", "withdrawn", "page")]


def test_c5_2_s63_on_again_keeps_the_words_word_for_word(alice: Subject) -> None:
    agreed(alice, happened_at=dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC))
    with time_machine.travel(dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC), tick=False):
        press(arrived(), "off")
    words = wordings.publish(purpose="marketing", channel="email", text="Yes, <b>news</b> & offers.", by=None)
    with time_machine.travel(dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC), tick=False):
        page = press(arrived(), "on")
    last = ConsentEvent.objects.latest("pk")
    assert (last.act, last.wording, last.happened_at.day) == ("given", words, 20)
    assert "See the words you agreed to for marketing emails Yes, <b>news</b> & offers." in customer.main(
        page
    )
    assert b"<b>news" not in page.content
    assert [act for _, act, _ in events()] == ["given", "withdrawn", "given"]
    assert may(alice)
    assert Suppression.objects.get().lifted_at is not None  # lifted, and kept as history


def test_c5_3_stop_all_turns_every_channel_off_and_fills_the_list(signed_in: Client, alice: Subject) -> None:
    agreed(alice)
    page = customer.main(press(signed_in, "stop"))
    assert "Saved. You will not get any marketing from us." in page
    assert "We do not send you any marketing." in page
    assert len(re.findall(r" Off You said no at ", page)) == 4
    assert suppression.stands("alice@example.com")
    assert suppression.stands("07700 900123", "text")
    assert [act for _, act, _ in events()[1:]] == [ConsentEvent.Act.OBJECTED] * 4
    press(signed_in, "stop")
    assert len(events()) == 5  # once more is once


def test_c5_4_each_button_names_its_channel(signed_in: Client, alice: Subject) -> None:
    agreed(alice)
    body = signed_in.get(URL).content.decode()
    names = re.findall(r'<button class="button button-2"[^>]*>(.*?)</button>', body)
    assert names == [
        "Turn off marketing emails",
        "Turn on marketing phone calls",
        "Turn on marketing text messages",
        "Turn on marketing post",
    ]


def test_s67_service_messages_go_on_and_an_objection_to_them_is_one_link_away(
    signed_in: Client, alice: Subject
) -> None:
    agreed(alice)
    page = press(signed_in, "stop")
    assert ledger.may_contact(alice, "service-notifications", "email").allowed
    assert f'<a href="{reverse("start", args=["objection"])}">Object to service notifications</a>' in (
        page.content.decode()
    )
    assert not Case.objects.exists()  # opting out opens no case


def test_s68_nothing_is_ticked_and_yes_takes_what_no_takes(signed_in: Client, alice: Subject) -> None:
    body = signed_in.get(URL).content.decode()
    assert "checked" not in body
    assert 'type="checkbox"' not in body
    assert customer.main(signed_in.get(URL)).count("If you turn it on, you agree to this: “") == 4
    assert not ConsentEvent.objects.exists()  # looking says nothing
    assert press(signed_in, "on").redirect_chain == press(signed_in, "off").redirect_chain
    assert [act for _, act, _ in events()] == ["given", "withdrawn"]


@pytest.mark.parametrize(("first", "acts"), [("off", ["given", "withdrawn"]), ("on", ["given", "given"])])
def test_twice_is_once(signed_in: Client, alice: Subject, first: str, acts: list[str]) -> None:
    agreed(alice, "email" if first == "off" else "post")
    press(signed_in, first)
    assert "Saved." in customer.main(press(signed_in, first))
    assert [act for _, act, _ in events()] == acts


def test_undo_adds_lines_and_brings_back_what_was(signed_in: Client, alice: Subject) -> None:
    given = agreed(alice)
    press(signed_in, "stop")
    page = press(signed_in, "undo")
    assert "Undone." in customer.main(page)
    assert may(alice)
    assert not may(alice, "post")
    assert ConsentEvent.objects.count() == 6
    assert ConsentEvent.objects.latest("pk").wording == given.wording
    press(signed_in, "undo")
    assert ConsentEvent.objects.count() == 6
    press(signed_in, "on", "post")
    press(signed_in, "undo")
    assert not may(alice, "post")


def test_undo_touches_nothing_that_was_said_since(alice: Subject) -> None:
    agreed(alice)
    me = Whom(alice, "alice@example.com")
    off = choices.turn(whom=me, purpose="marketing", channel="email", on=False, by="customer")
    said = ledger.record(
        subject=alice, purpose="marketing", channel="email", act="objected", how="phone", by=None
    )
    assert choices.undo(whom=me, events=off, by="customer") == []
    assert ConsentEvent.objects.latest("pk") == said


def test_bob_cannot_undo_what_alice_chose(signed_in: Client, alice: Subject) -> None:
    agreed(alice)
    press(signed_in, "off")
    factories.subject("Bob Stone", email="bob@example.com")
    session = signed_in.session
    session["visit"] = str(factories.visit("bob@example.com").pk)
    session.save()
    page = customer.main(signed_in.get(URL + "?saved=1"))
    assert "Saved." not in page
    press(signed_in, "undo")
    assert not may(alice)


def test_a_yes_is_to_the_words_that_were_shown(signed_in: Client, alice: Subject) -> None:
    old = wordings.current("marketing", "email")
    wordings.publish(purpose="marketing", channel="email", text="Quite other words.", by=None)
    page = customer.main(press(signed_in, "on", wording=str(old.pk)))
    assert choices.OTHER_WORDS in page
    assert not ConsentEvent.objects.exists()


def test_a_paused_person_is_told_why_it_stays_off(signed_in: Client, alice: Subject) -> None:
    agreed(alice)
    factories.pause(alice)
    page = customer.main(signed_in.get(URL))
    assert page.count("Off, paused") == 4
    assert "Turn on" not in page
    assert choices.PAUSED in customer.main(press(signed_in, "on", "post"))
    assert "You will not get any marketing" in customer.main(press(signed_in, "stop"))  # a no always counts


def test_an_address_that_nobody_has_chooses_for_itself(client: Client, db: None) -> None:
    customer.sign_in(client, "new@example.org")
    page = customer.main(client.get(URL))
    assert "Marketing emails Off You never said yes to it." in page
    assert "post" not in page.partition("What we always send")[0].lower()
    assert "You will get marketing emails from us." in customer.main(press(client, "on"))
    assert ledger.may_contact("new@example.org", "marketing", "email").allowed
    press(client, "stop")
    assert not ledger.may_contact("new@example.org", "marketing", "email").allowed
    assert ConsentEvent.objects.filter(subject=None, address="new@example.org").count() == 2


def test_an_import_does_not_turn_a_no_on_and_the_page_says_why(signed_in: Client, alice: Subject) -> None:
    press(signed_in, "stop")
    agreed(alice, how="import")
    assert "It stays off, because the address or number is on our do-not-contact list." in (
        customer.main(signed_in.get(URL))
    )
    press(signed_in, "on")
    assert may(alice)


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"act": "explode"},
        {"act": "on", "purpose": "it-support", "channel": "email"},
        {"act": "off", "purpose": "marketing", "channel": "web"},
        {"act": "off", "purpose": "x" * 5_000, "channel": "email\x00"},
        {"act": "on", "purpose": "marketing", "channel": "email", "wording": "9" * 40},
        {"act": "undo"},
    ],
)
def test_malformed_posts_change_nothing(signed_in: Client, posted: dict[str, str]) -> None:
    response = signed_in.post(URL, posted, follow=True)
    assert response.status_code == 200
    assert not ConsentEvent.objects.exists()


def test_doors(client: Client, alice: Subject) -> None:
    assert client.get(URL)["Location"].startswith("/sign-in/?next=")
    assert client.post(URL, {"act": "stop"})["Location"].startswith("/sign-in/")
    assert client.put(URL).status_code == 405
    assert not ConsentEvent.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    customer.sign_in(strict)
    assert strict.post(URL, {"act": "stop"}).status_code == 403
    customer.sign_in(client)
    for page in ("abc", "-1", "99999"):
        assert client.get(URL, {"page": page}).status_code == 200


def test_a_long_history_is_paged(signed_in: Client, alice: Subject) -> None:
    for number in range(23):
        ledger.record(
            subject=alice,
            purpose="marketing",
            channel="email",
            act="given" if number % 2 else "withdrawn",
            how="phone",
            by=None,
            happened_at=START + dt.timedelta(minutes=number),
        )
    assert "Page 1 of 2. Older" in customer.main(signed_in.get(URL))
    assert "9:00am on 1 December 2026" in customer.main(signed_in.get(URL, {"page": 2}))


@pytest.mark.parametrize("address", ["/", "/privacy/"])
def test_the_page_is_found_from_the_public_pages(client: Client, db: None, address: str) -> None:
    body = client.get(address).content.decode()
    assert body[body.index("<main") : body.index("</main>")].count(f'href="{URL}"') == 1


def test_your_details_lead_there(signed_in: Client) -> None:
    assert f'href="{URL}"' in signed_in.get("/your-details/").content.decode().partition("</main>")[0]
