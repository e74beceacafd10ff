"""The code and the link that prove an address: right, wrong, late, twice, by a scanner, by a stranger."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Challenge, Visit
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar.models import Case
from requests_sar.workflow import State
from tests import customer, factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(client: Client) -> Case:
    """Alice's request, sent from this client and not confirmed yet."""
    factories.subject()
    return customer.send(client)


def confirm(case: Case) -> str:
    return reverse("check_email", args=[case.reference])


# --- the code ---


def test_the_right_code_opens_a_visit_and_is_in_the_trail(client: Client, waiting: Case) -> None:
    client.post(confirm(waiting), {"code": customer.code()})
    waiting.refresh_from_db()
    assert waiting.state == State.TRIAGE
    assert Visit.objects.get().address == "alice@example.com"
    assert Entry.objects.filter(verb="visit.opened", actor="customer").exists()


def test_a_code_may_be_pasted_with_spaces(client: Client, waiting: Case) -> None:
    code = customer.code()
    response = client.post(confirm(waiting), {"code": f" {code[:3]} {code[3:]} "})
    assert response["Location"] == reverse("sent", args=[waiting.reference])


def test_a_wrong_code_counts_down_and_then_locks(client: Client, waiting: Case) -> None:
    right = customer.code()
    for left in (4, 3, 2):
        page = client.post(confirm(waiting), {"code": customer.wrong(right)})
        assert page.status_code == 422
        assert f"Check the latest email from us. You have {left} tries left" in customer.main(page)
    assert "You have 1 try left" in customer.main(
        client.post(confirm(waiting), {"code": customer.wrong(right)})
    )
    for code in (customer.wrong(right), right):  # locked: even the right one has to wait
        page = client.post(confirm(waiting), {"code": code})
        assert "We have locked this for 15 minutes to protect your data. You can phone 0330 223 2624" in (
            customer.main(page)
        )
    assert Entry.objects.filter(verb="visit.locked").exists()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16), tick=False):
        assert client.post(confirm(waiting), {"code": right}).status_code == 302


def test_an_old_code_says_how_to_get_a_new_one(client: Client, waiting: Case) -> None:
    code = customer.code()
    Challenge.objects.update(expires_at=timezone.now())
    assert "That code has stopped working" in customer.main(client.post(confirm(waiting), {"code": code}))
    page = client.post(confirm(waiting), {"act": "again"}, follow=True)
    assert "We sent a new code" in customer.main(page)
    assert client.post(confirm(waiting), {"code": customer.code()}).status_code == 302


def test_only_the_newest_code_confirms(client: Client, waiting: Case) -> None:
    old = customer.code()
    client.post(confirm(waiting), {"act": "again"})
    new = customer.code()
    if old != new:
        assert client.post(confirm(waiting), {"code": old}).status_code == 422
    assert client.post(confirm(waiting), {"code": new}).status_code == 302


def test_the_code_of_a_swept_challenge_has_stopped_working(client: Client, waiting: Case) -> None:
    code = customer.code()
    Challenge.objects.all().delete()
    assert "That code has stopped working" in customer.main(client.post(confirm(waiting), {"code": code}))


@pytest.mark.parametrize("code", ["", "abc", "1" * 200, "12345\0"])
def test_a_malformed_code_is_a_sentence(client: Client, waiting: Case, code: str) -> None:
    page = client.post(confirm(waiting), {"code": code})
    assert page.status_code == 422
    assert customer.title(page).startswith("Error: ")


def test_a_mistyped_address_can_be_put_right(client: Client) -> None:
    case = customer.send(client, details={"name": "Alice", "email": "alcie@example.com"})
    page = client.post(confirm(case), {"act": "address", "email": "alice@"})
    assert page.status_code == 422
    assert "<details open>" in page.content.decode()
    page = client.post(confirm(case), {"act": "address", "email": "alice@example.com"}, follow=True)
    assert "alice@example.com" in customer.main(page)
    assert client.post(confirm(case), {"code": customer.code("alcie@example.com")}).status_code == 422
    assert client.post(confirm(case), {"code": customer.code("alice@example.com")}).status_code == 302


def test_confirmed_twice_shows_the_receipt_again(client: Client, waiting: Case) -> None:
    code = customer.code()
    client.post(confirm(waiting), {"code": code})
    assert client.post(confirm(waiting), {"code": code})["Location"] == reverse(
        "sent", args=[waiting.reference]
    )
    assert Message.objects.filter(template="requests_sar/received").count() == 1


def test_a_stranger_does_not_see_the_address(waiting: Case) -> None:
    stranger = Client()
    page = stranger.get(confirm(waiting))
    assert page["Location"].startswith("/sign-in/")
    customer.sign_in(stranger, "mallory@example.com")
    page = stranger.get(confirm(waiting))
    assert (page.status_code, "alice" in page.content.decode()) == (404, False)


def test_signed_in_with_the_same_address_one_press_confirms(waiting: Case) -> None:
    elsewhere = Client()
    customer.sign_in(elsewhere)
    assert "Confirm my request now" in customer.main(elsewhere.get(confirm(waiting)))
    page = elsewhere.post(confirm(waiting), {"act": "confirm"}, follow=True)
    assert "We have your request" in customer.main(page)


def test_one_press_confirms_nothing_for_anybody_else(client: Client, waiting: Case) -> None:
    client.post(confirm(waiting), {"act": "confirm"})
    waiting.refresh_from_db()
    assert waiting.state == State.VERIFYING


# --- the link ---


def test_opening_the_link_does_nothing_and_pressing_does(waiting: Case) -> None:
    scanner, elsewhere = Client(), Client()
    for _ in range(3):
        assert scanner.get(customer.link()).status_code == 200
        assert scanner.head(customer.link()).status_code == 200
    waiting.refresh_from_db()
    assert waiting.state == State.VERIFYING
    page = elsewhere.post(customer.link(), follow=True)
    assert "We have your request" in customer.main(page)


def test_a_used_link_is_no_error_while_signed_in(client: Client, waiting: Case) -> None:
    path = customer.link()
    client.post(path)
    page = client.get(path)
    assert page["Location"] == reverse("request", args=[waiting.reference])
    assert client.post(path)["Location"] == page["Location"]
    stranger = Client().get(path)
    assert stranger.status_code == 410
    assert "This link has stopped working" in customer.main(stranger)


def test_an_old_link_sends_a_new_one(waiting: Case) -> None:
    path = customer.link()
    Challenge.objects.update(expires_at=timezone.now())
    client = Client()
    assert "Links last 24 hours" in customer.main(client.get(path))
    before = Message.objects.count()
    page = client.post(path, {"act": "again"}, follow=True)
    assert "Check your email" in customer.main(page)
    assert "alice@example.com" not in page.content.decode()
    assert Message.objects.count() == before + 1


def test_a_made_up_link_looks_like_an_old_one(client: Client) -> None:
    page = client.get("/link/no-such-token/")
    assert page.status_code == 410
    assert "Send me a new link" in customer.main(page)
    assert client.post("/link/no-such-token/", {"act": "again"})["Location"] == "/sign-in/"
    assert "stopped working" in customer.main(client.post("/link/no-such-token/"))


# --- signing in ---


def test_sign_in_and_out(client: Client) -> None:
    assert client.get("/requests/")["Location"] == "/sign-in/?next=%2Frequests%2F"
    page = client.post("/sign-in/?next=/requests/", {"email": "Alice@Example.com "}, follow=True)
    where = page.redirect_chain[-1][0]
    page = client.post(where, {"code": customer.code()}, follow=True)
    assert "Your requests" in customer.main(page)
    assert client.get("/sign-in/")["Location"] == "/requests/"
    assert "You are signed out" in customer.main(client.post("/sign-out/", follow=True))
    assert client.get("/requests/").status_code == 302
    assert Visit.objects.get().ended_at is not None


def test_signing_in_ends_where_it_began(client: Client) -> None:
    path = "/requests/DP-7K4M-29QX/files/"
    where = client.post(f"/sign-in/?next={path}", {"email": "alice@example.com"})["Location"]
    assert client.post(where, {"code": customer.code()})["Location"] == path


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:x", "/" + "a" * 400, "\\\\evil"]
)
def test_signing_in_never_leads_away(client: Client, target: str) -> None:
    where = client.post("/sign-in/?" + f"next={target}", {"email": "alice@example.com"})["Location"]
    assert "evil" not in where
    assert client.post(where, {"code": customer.code()})["Location"] == "/requests/"


def test_known_and_unknown_addresses_sign_in_alike(client: Client) -> None:
    factories.subject()
    pages = []
    for address in ("alice@example.com", "nobody@example.net"):
        page = Client().post("/sign-in/", {"email": address}, follow=True)
        assert page.status_code == 200
        pages.append(customer.main(page).replace(address, "ADDRESS"))
    assert pages[0] == pages[1]


def test_a_code_page_shows_the_address_only_to_who_typed_it(client: Client) -> None:
    where = client.post("/sign-in/", {"email": "alice@example.com"})["Location"]
    assert "alice@example.com" in customer.main(client.get(where))
    assert "alice@example.com" not in Client().get(where).content.decode()


def test_a_made_up_challenge_is_an_old_code(client: Client) -> None:
    page = client.post(f"/sign-in/{uuid.uuid4()}/", {"code": "123456"})
    assert page.status_code == 422
    assert "stopped working" in customer.main(page)


def test_after_five_codes_an_hour_no_more_are_sent_and_nothing_looks_different(client: Client) -> None:
    pages = {
        customer.main(client.post("/sign-in/", {"email": "a@example.com"}, follow=True)) for _ in range(7)
    }
    assert len(pages) == 1
    assert Message.objects.count() == 5


def test_looking_up_a_request_never_shows_its_status(client: Client, waiting: Case) -> None:
    pages = []
    for reference in (waiting.reference.lower().replace("-", " "), "DP-2222-2222"):
        page = Client().post(
            "/requests/look-up/", {"reference": reference, "email": "alice@example.com"}, follow=True
        )
        pages.append(customer.main(page))
    assert pages[0] == pages[1]
    assert "Check your email" in pages[0]
    page = client.post("/requests/look-up/", {"reference": "7K4M", "email": "a@b.example"})
    assert "Enter the reference, like DP-7K4M-29QX" in customer.main(page)


def test_staying_signed_in(client: Client) -> None:
    assert client.post("/stay-signed-in/", headers={"accept": "application/json"}).status_code == 401
    customer.sign_in(client)
    answer = client.post("/stay-signed-in/", headers={"accept": "application/json"})
    assert 1700 < answer.json()["seconds_left"] <= 1800
    assert client.post("/stay-signed-in/")["Location"] == "/requests/"
    assert client.get("/stay-signed-in/").status_code == 405
    assert client.get("/sign-out/").status_code == 405


def test_the_page_knows_when_the_visit_ends(client: Client) -> None:
    assert "session-warning" not in client.get("/").content.decode()
    customer.sign_in(client)
    assert 'data-ends="' in client.get("/").content.decode()
