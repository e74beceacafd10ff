"""News by e-mail without signing in: a yes counts only from the mailbox (double opt-in), the answer is one for all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from consent import ledger, wordings
from consent.models import ConsentEvent
from portal.mail.models import Message
from tests import customer, factories

URL = "/marketing/by-email/"


@pytest.fixture(autouse=True)
def _db(db: None) -> None:
    """Every test has rows."""


def ask(client: Client, address: str = "new@example.org", **more: str) -> Any:
    words = wordings.current("marketing", "email")
    return client.post(URL, {"email": address, "yes": "on", "wording": str(words.pk), **more})


def link() -> str:
    found = re.search(r"https?://[^/\s]+(/marketing/confirm/\S+)", Message.objects.latest("created_at").text)
    assert found
    return found.group(1)


def test_a_yes_counts_when_the_link_was_pressed_and_once(client: Client) -> None:
    assert "checked" not in client.get(URL).content.decode()
    ask(client)
    assert not ConsentEvent.objects.exists()
    there = link()
    assert "example" not in there
    assert "Yes, send me news" in customer.main(client.get(there))
    assert not ConsentEvent.objects.exists()  # scanners open links
    assert "You will get our news by email." in customer.main(client.post(there))
    client.post(there)
    event = ConsentEvent.objects.get()
    assert (event.address, event.act, event.how) == ("new@example.org", "given", "confirmed")
    assert event.wording == wordings.current("marketing", "email")
    assert ledger.may_contact("new@example.org", "marketing", "email").allowed


def test_known_unknown_and_suppressed_get_one_answer_and_the_suppressed_no_mail(client: Client) -> None:
    alice = factories.subject()
    ledger.record(
        address="gone@example.org", purpose="marketing", channel="email", act="objected", how="link", by=None
    )
    pages = [
        customer.main(ask(client, to)) for to in ("alice@example.com", "new@example.org", "gone@example.org")
    ]
    assert len(set(pages)) == 1
    assert set(Message.objects.values_list("to", flat=True)) == {"alice@example.com", "new@example.org"}
    factories.pause(alice)
    ask(client, "alice@example.com")
    assert Message.objects.filter(to="alice@example.com").count() == 1


def test_a_known_person_finds_it_in_their_choices(client: Client) -> None:
    alice = factories.subject()
    ask(client, "Alice@Example.com")
    client.post(link())
    assert ledger.may_contact(alice, "marketing", "email").allowed
    assert ConsentEvent.objects.get().subject == alice


def test_who_said_no_after_the_mail_is_not_turned_on_by_it(client: Client) -> None:
    ask(client)
    ledger.record(
        address="new@example.org", purpose="marketing", channel="email", act="objected", how="phone", by=None
    )
    assert client.post(link()).status_code == 410
    assert not ledger.may_contact("new@example.org", "marketing", "email").allowed


def test_one_mailbox_gets_few_mails(client: Client) -> None:
    for _ in range(5):
        assert ask(client).status_code == 200
    assert Message.objects.count() == 3


def test_doors(client: Client) -> None:
    for posted in ({}, {"email": "x"}, {"email": "a@example.org", "wording": "1"}):
        assert client.post(URL, posted).status_code == 422
    assert ask(client, wording="999999").status_code == 422
    assert not Message.objects.exists()
    assert client.put(URL).status_code == 405
    ask(client)
    there = link()
    damaged = there[:-9] + ("AAAAAAAA/" if not there.endswith("AAAAAAAA/") else "BBBBBBBB/")
    for address in (
        "/marketing/confirm/short/",
        damaged,
        there[:-30] + "/",
        "/marketing/confirm/" + "A" * 900 + "/",
    ):
        assert client.post(address).status_code == 410
        assert client.get(address).status_code == 410
    assert not ConsentEvent.objects.exists()
    assert Client(enforce_csrf_checks=True).post(there).status_code == 403
