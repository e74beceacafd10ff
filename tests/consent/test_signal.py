"""Global Privacy Control, and the cookies that the portal really sets."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from consent import ledger, signal
from consent.models import ConsentEvent
from subjects.models import Subject
from tests import customer, factories

GPC: Any = {"headers": {"Sec-GPC": "1"}}


@pytest.fixture
def alice(db: None) -> Subject:
    return factories.subject()


@pytest.mark.parametrize(
    ("value", "there"),
    [("1", True), (" 1 ", True), ("0,1", True), ("0", False), ("", False), ("11", False), ("true", False)],
)
def test_the_signal_is_exactly_one_in_one_of_its_fields(value: str, there: bool) -> None:
    assert signal.sent({"Sec-GPC": value}) is there


def test_nothing_said_is_no_signal() -> None:
    assert not signal.sent({})


def _signed_in(client: Client, **more: Any) -> None:
    """Sign in by a code, as a customer does."""
    sent = client.post("/sign-in/", {"email": "alice@example.com"}, **more)
    client.post(sent["Location"], {"code": customer.code()}, **more)


def test_it_is_an_objection_to_analytics_from_the_sign_in_on_and_only_once(
    client: Client, alice: Subject
) -> None:
    assert ledger.may_contact(alice, "website-analytics", "web").allowed
    _signed_in(client, **GPC)
    event = ConsentEvent.objects.get()
    assert (event.subject, event.purpose, event.channel) == (alice, "website-analytics", "web")
    assert (event.act, event.how) == ("objected", "browser")
    assert not ledger.may_contact(alice, "website-analytics", "web").allowed
    client.post("/stay-signed-in/", **GPC)
    assert ConsentEvent.objects.count() == 1
    page = client.get("/marketing/", **GPC)
    assert "Your browser sends Global Privacy Control." in customer.main(page)
    assert "Sec-GPC" in page["Vary"]
    assert "Website analytics, website Stop Your browser's signal" in customer.main(page)


def test_looking_says_nothing_and_a_visitor_is_not_written_down(client: Client, alice: Subject) -> None:
    client.post("/ask/access/", **GPC)
    customer.sign_in(client)
    client.get("/marketing/", **GPC)
    client.post("/stay-signed-in/")
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize("act", ["given", "withdrawn"])
def test_a_choice_of_their_own_is_more_specific(client: Client, alice: Subject, act: str) -> None:
    ledger.record(subject=alice, purpose="website-analytics", channel="web", act=act, how="phone", by=None)
    customer.sign_in(client)
    client.post("/stay-signed-in/", **GPC)
    assert ConsentEvent.objects.count() == 1


def test_what_cannot_be_written_down_does_not_stop_the_person(
    client: Client, alice: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(subject: Subject) -> None:
        raise RuntimeError

    monkeypatch.setattr(signal, "heard", broken)
    customer.sign_in(client)
    assert client.post("/stay-signed-in/", **GPC).status_code == 302


def test_the_support_resource(client: Client, db: None) -> None:
    response = client.get("/.well-known/gpc.json")
    assert response["Content-Type"] == "application/json"
    assert response.json()["gpc"] is True
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", response.json()["lastUpdate"])
    assert client.post("/.well-known/gpc.json").status_code == 405


def test_the_cookies_page_lists_exactly_the_cookies_that_are_set(client: Client, alice: Subject) -> None:
    seen: set[str] = set()

    def go(method: str, address: str, **posted: str) -> Any:
        response = getattr(client, method)(address, posted) if posted else getattr(client, method)(address)
        seen.update(response.cookies.keys())
        return response

    for address in ("/", "/privacy/", "/cookies/", "/sign-in/", "/ask/access/"):
        go("get", address)
    go("post", go("post", "/sign-in/", email="alice@example.com")["Location"], code=customer.code())
    for act in ("stop", "nonsense", "undo"):
        go("post", "/marketing/", act=act)
        go("get", "/marketing/?saved=1")
    go("post", "/ask/access/")
    page = go("get", "/cookies/").content.decode()
    go("post", "/sign-out/")
    go("get", "/")
    listed = re.findall(
        r'<span class="ref">(.*?)</span>', page[page.index('id="ours"') : page.index("</table>")]
    )
    assert seen == set(listed)
