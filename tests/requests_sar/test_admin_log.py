"""Writing down a request that did not come through the portal (S3): little is needed, and the true day counts."""

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
from requests_sar.models import Case, Channel, Proof, ReplyBy
from requests_sar.rights import Right
from requests_sar.workflow import State
from tests import factories

pytestmark = pytest.mark.django_db
LOG = "/admin/requests/log/"


@pytest.fixture
def sue(client):
    user = factories.user(Role.SUPPORT, name="Sue")
    client.force_login(user)
    return user


def day(value: dt.date) -> dict[str, str]:
    return {"received_on_day": value.day, "received_on_month": value.month, "received_on_year": value.year}


def send(client, **data):
    filled = {"once": str(uuid.uuid4()), "requester_name": "Carol Stone", "words": "What have you got on me?"}
    return client.post(LOG, filled | data)


def test_name_and_words_are_enough(client, sue) -> None:
    response = send(client)
    case = Case.objects.get()
    assert response["Location"] == reverse("admin:logged", args=[case.reference])
    assert (case.requester_name, case.words) == ("Carol Stone", "What have you got on me?")
    assert (case.right, case.channel, case.reply_by) == (Right.ACCESS, Channel.PHONE, ReplyBy.POST)
    assert (case.state, case.proof, case.verified_at) == (State.TRIAGE, Proof.NONE, None)
    assert (case.received_on, case.logged_by) == (timezone.localdate(), sue)
    assert Entry.objects.get(verb="case.logged").target == f"case:{case.reference}"


@pytest.mark.parametrize(
    ("missing", "words"), [("requester_name", "Enter the name"), ("words", "Write down what they")]
)
def test_less_is_not_enough_and_nothing_typed_is_lost(client, sue, missing: str, words: str) -> None:
    response = send(client, customer_number="C-42", **{missing: "  "})
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert 'value="C-42"' in page
    assert not Case.objects.exists()


@time_machine.travel("2026-11-24T10:00:00+00:00", tick=False)
def test_s02_the_month_counts_from_the_day_of_the_call(client) -> None:
    client.force_login(factories.user(Role.SUPPORT, name="Sue"))
    response = send(client, **day(dt.date(2026, 11, 20)))
    case = Case.objects.get()
    assert (case.received_on, case.due_on) == (dt.date(2026, 11, 20), dt.date(2026, 12, 21))
    page = client.get(response["Location"]).content.decode()
    assert "Monday 21 December 2026" in page
    assert case.reference in page


def test_tomorrow_is_refused(client, sue) -> None:
    response = send(client, **day(timezone.localdate() + dt.timedelta(days=1)))
    assert response.status_code == 422
    assert "The day it reached us cannot be in the future" in response.content.decode()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("31", "2", "2026"), "is not a day in the calendar"),
        (("x", "2", "2026"), "in numbers"),
        (("3", "", "2026"), "needs a month"),
        (("3", "2", "0026"), "1900 or later"),
    ],
)
def test_a_day_that_is_none_says_how_to_write_one(client, sue, parts, words: str) -> None:
    names = ("received_on_day", "received_on_month", "received_on_year")
    response = send(client, **dict(zip(names, parts, strict=True)))
    assert response.status_code == 422
    assert words in response.content.decode()


def test_the_day_is_not_filled_in_beforehand(client, sue) -> None:
    page = client.get(LOG).content.decode()
    for box in re.findall(r'<input[^>]*name="received_on_[^>]*>', page):
        assert "value=" not in box
    assert page.count('name="received_on_') == 3


def test_s10_sent_twice_is_one_request(client, sue) -> None:
    once = str(uuid.uuid4())
    first, second = (send(client, once=once, requester_email="carol@example.com") for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Case.objects.count() == 1
    assert Message.objects.filter(template="requests_sar/received").count() == 1


def test_everything_that_was_said_is_kept(client, sue) -> None:
    send(
        client,
        channel="letter",
        right="erasure",
        requester_email=" Carol@Example.com ",
        requester_phone="0117 496 0000",
        customer_number="C-42",
        requester_address="1 High Street\nBristol",
        reply_by="other",
        reply_needs="Large print",
        on_behalf_of="Her son",
        relationship="Parent",
        identity="Read out the last invoice amount",
    )
    case = Case.objects.get()
    assert (case.channel, case.right, case.requester_email) == ("letter", "erasure", "carol@example.com")
    assert (case.requester_phone, case.customer_number) == ("0117 496 0000", "C-42")
    assert (case.reply_by, case.reply_needs) == ("other", "Large print")
    assert (case.on_behalf_of, case.relationship) == ("Her son", "Parent")
    assert "last invoice amount" in case.notes.get().text
    assert case.verified_at is None


@pytest.mark.parametrize(
    "bad",
    [
        {"channel": "portal"},
        {"right": "x"},
        {"requester_email": "carol"},
        {"words": "x" * 5001},
        {"once": "x"},
    ],
)
def test_nonsense_is_refused(client, sue, bad) -> None:
    assert send(client, **bad).status_code == 422
    assert not Case.objects.exists()


def test_it_appears_in_the_queue_marked_by_how_it_came(client, sue) -> None:
    send(client)
    client.force_login(factories.user(Role.DPO))
    page = client.get("/admin/requests_sar/case/").content.decode()
    assert "<span>Phone</span>" in page
    assert "Carol Stone" in page


# --- the letter ---


def test_the_letter_has_reference_date_and_how_to_complain(client, sue) -> None:
    send(client, requester_address="1 High Street\nBristol", **day(dt.date(2026, 11, 20)))
    case = Case.objects.get()
    page = client.get(reverse("admin:case_letter", args=[case.reference, "received"])).content.decode()
    letter = page.partition('<article class="letter">')[2]
    for words in (
        case.reference,
        "Monday 21 December 2026",
        "Friday 20 November 2026",
        "1 High Street<br>Bristol",
    ):
        assert words in letter
    for words in ("dataprotection@dataproductions.co.uk", "ico.org.uk", "0303 123 1113", "court"):
        assert words in letter


@pytest.mark.parametrize("kind", ["refused", "referred", "ready", "x"])
def test_there_is_no_letter_about_what_did_not_happen(client, sue, kind: str) -> None:
    send(client)
    assert (
        client.get(reverse("admin:case_letter", args=[Case.objects.get().reference, kind])).status_code == 404
    )


# --- who ---


def test_support_see_their_own_confirmation_and_nothing_else(client, sue) -> None:
    mine, other = reverse("admin:logged", args=[_of(client, sue)]), factories.case()
    assert client.get(mine).status_code == 200
    assert "Open the request" not in client.get(mine).content.decode()
    for name in ("logged", "case_letter"):
        args = [other.reference] + (["received"] if name == "case_letter" else [])
        assert client.get(reverse(f"admin:{name}", args=args)).status_code == 404
    assert client.get("/admin/requests_sar/case/").status_code == 403


def _of(client, sue) -> str:
    send(client)
    return Case.objects.get(logged_by=sue).reference


@pytest.mark.parametrize(
    ("role", "status"), [(Role.STAFF, 200), (Role.DPO, 200), (Role.AUDITOR, 403), (Role.ADMINISTRATOR, 403)]
)
def test_who_may_log(client, role: Role, status: int) -> None:
    client.force_login(factories.user(role))
    assert client.get(LOG).status_code == status
    assert send(client).status_code == (302 if status == 200 else 403)


def test_strangers_are_sent_to_sign_in(client) -> None:
    assert send(client)["Location"].startswith("/admin/login/")
    assert not Case.objects.exists()


def test_one_call_with_two_rights_is_two_linked_requests(client, sue) -> None:
    once = str(uuid.uuid4())
    sent = {
        "once": once,
        "requester_name": "Alice",
        "words": "Send me all you have, then delete it.",
        "right": "access",
        "also": ["erasure", "access"],
    }
    page = client.post(reverse("admin:log_request"), sent, follow=True)
    first, second = Case.objects.order_by("received_at", "pk")
    assert {first.right, second.right} == {"access", "erasure"}
    assert first.group == second.group is not None
    assert (first.due_on, first.words) == (second.due_on, second.words)
    for case in (first, second):
        assert case.reference in page.content.decode()
    client.post(reverse("admin:log_request"), sent)
    assert Case.objects.count() == 2
