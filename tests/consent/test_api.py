"""What a mailing tool asks and tells: may we contact them, this is what they chose, what has changed."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent import changes, ledger, links, suppression
from consent.models import Addressee, ConsentEvent, Suppression
from portal.accounts import tokens
from portal.accounts.models import ApiToken, Role
from portal.audit.models import Entry
from subjects.models import Subject
from tests import factories

pytestmark = pytest.mark.django_db
MAY, EVENTS, CHANGES, HEADERS = (
    f"/api/v1/consent/{door}" for door in ("may-contact", "events", "changes", "headers")
)
Scope = ApiToken.Scope


def _token(scope: str) -> str:
    return tokens.make(name="Newsletter", scope=scope, by=factories.user(Role.DPO))[1]


@pytest.fixture
def reads() -> str:
    return _token(Scope.CONSENT_READ)


@pytest.fixture
def writes() -> str:
    return _token(Scope.CONSENT_WRITE)


@pytest.fixture
def alice() -> Subject:
    return factories.subject(source_key="C-001001", mobile="07700 900123")


def post(client: Client, door: str, token: str, body: Any, **headers: str) -> Any:
    given = {"authorization": f"Bearer {token}", **headers} if token else headers
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(door, text, content_type="application/json", headers=given)


def may(client: Client, token: str, **question: Any) -> list[dict[str, Any]]:
    found = post(client, MAY, token, {"purpose": "marketing", "channel": "email", **question})
    assert found.status_code == 200, found.content
    return list(found.json()["answers"])


def told(client: Client, token: str, key: str = "one", **event: Any) -> Any:
    body = {
        "purpose": "marketing",
        "channel": "email",
        "act": "given",
        "how": "sign-up",
        "happened_at": (timezone.now() - dt.timedelta(hours=1)).isoformat(),
        **event,
    }
    return post(client, EVENTS, token, body, **{"Idempotency-Key": key})


def refused(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), (
        answer.content
    )
    return dict(answer.json())


def say(whom: Subject | str, act: str, **more: Any) -> ConsentEvent:
    who = {"subject": whom} if isinstance(whom, Subject) else {"address": whom}
    return ledger.record(
        **who, **{"purpose": "marketing", "channel": "email", "how": "page", "by": None, **more}, act=act
    )


# --- may we contact them ---


def test_yes_no_and_why_in_order_by_address_and_by_number(client: Client, reads: str, alice: Subject) -> None:
    say(alice, "given")
    bob = factories.subject("Bob Stone", email="bob@example.com", source_key="C-2")
    say(bob, "withdrawn")
    expected = [True, False, False]
    for found in (
        may(client, reads, addresses=["Alice@example.com", "bob@example.com", "nobody@example.com"]),
        may(client, reads, customer_numbers=["c001001", "C-2", "C-3"]),
    ):
        assert [each["may_contact"] for each in found] == expected
        assert found[0]["reason"].startswith("They agreed on ")
        assert found[1]["reason"] == "Their address is on the do-not-contact list."


def test_unknown_and_never_asked_read_the_same(client: Client, reads: str, alice: Subject) -> None:
    for purpose in ("marketing", "service-notifications"):
        known, unknown = may(client, reads, purpose=purpose, addresses=[alice.email, "nobody@example.com"])
        assert known == unknown
        known, unknown = may(
            client, reads, purpose=purpose, channel="post", customer_numbers=["C-001001", "C-9"]
        )
        assert known == unknown


def test_numbers_answer_as_people_do(client: Client, reads: str, alice: Subject) -> None:
    for channel, act in (("email", "given"), ("phone", "objected"), ("text", "given"), ("post", "given")):
        say(alice, act, channel=channel)
    factories.pause(alice, purpose="service-notifications")
    for purpose in ("marketing", "service-notifications", "rights-requests"):
        for channel in ("email", "phone", "text", "post", "web"):
            (found,) = may(client, reads, purpose=purpose, channel=channel, customer_numbers=["C-001001"])
            alone = ledger.may_contact(alice, purpose, channel)
            assert (found["may_contact"], found["reason"]) == (alone.allowed, alone.because)


def test_ten_thousand_cost_as_many_queries_as_one(client: Client, reads: str, alice: Subject) -> None:
    say(alice, "given")

    def queries(**question: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert may(client, reads, **question)[-1]["may_contact"] is True
        return len(captured)

    queries(addresses=[alice.email])
    many = [f"person{number}@example.com" for number in range(9_999)]
    assert queries(addresses=[*many, alice.email]) == queries(addresses=[alice.email])
    numbers = [f"C-9{number}" for number in range(999)]
    assert queries(customer_numbers=[*numbers, "C-001001"]) == queries(customer_numbers=["C-001001"])
    too_many = post(
        client, MAY, reads, {"purpose": "marketing", "channel": "email", "addresses": ["a"] * 10_001}
    )
    refused(too_many, 400)


@pytest.mark.parametrize(
    "question",
    [
        {},
        [],
        "{",
        {"addresses": ["a@example.com"], "channel": "email"},
        {"addresses": ["a@example.com"], "channel": "fax", "purpose": "marketing"},
        {"addresses": ["a@example.com"], "channel": "email", "purpose": "telepathy"},
        {"addresses": ["1 High Street"], "channel": "post", "purpose": "marketing"},
        {"addresses": [], "channel": "email", "purpose": "marketing"},
        {"addresses": ["alice@example.com\0"], "channel": "email", "purpose": "marketing"},
        {"addresses": [{"a": 1}], "channel": "email", "purpose": "marketing"},
        {
            "addresses": ["a@example.com"],
            "customer_numbers": ["1"],
            "channel": "email",
            "purpose": "marketing",
        },
    ],
)
def test_a_question_that_cannot_be_read_is_told_how_to_mend_it(
    client: Client, reads: str, question: Any
) -> None:
    found = refused(post(client, MAY, reads, question), 400)
    assert "alice" not in json.dumps(found)


def test_too_large_wrong_method_wrong_token_no_token(client: Client, reads: str, writes: str) -> None:
    refused(post(client, MAY, reads, b'{"addresses": ["' + b"a" * 5_000_000 + b'"]}'), 413)
    large = b'{"address": "' + b"a" * 600_000 + b'"}'
    refused(post(client, EVENTS, writes, large, **{"Idempotency-Key": "a"}), 413)
    for door, method, right, wrong in (
        (MAY, "get", reads, writes),
        (EVENTS, "get", writes, reads),
        (CHANGES, "post", reads, writes),
        (HEADERS, "get", reads, writes),
    ):
        headers = {"authorization": f"Bearer {right}"}
        refused(getattr(client, method)(door, headers=headers), 405)
        allowed = "get" if door == CHANGES else "post"
        refused(getattr(client, allowed)(door, headers={"authorization": f"Bearer {wrong}"}), 403)
        refused(getattr(client, allowed)(door), 401)
    assert not ConsentEvent.objects.exists()


def test_nothing_written_down_names_anybody(
    client: Client, reads: str, alice: Subject, caplog: pytest.LogCaptureFixture
) -> None:
    say(alice, "given")
    with caplog.at_level(logging.DEBUG):
        may(client, reads, addresses=["alice@example.com", "bob@example.com"])
        client.get(CHANGES, headers={"authorization": f"Bearer {reads}"})
    assert Entry.objects.get(verb="consent.asked").reason == "marketing email: 2 asked, 1 yes"
    lines = [line for line in caplog.messages if "SELECT" not in line and "INSERT" not in line]
    assert not any("alice" in line or "C-001001" in line for line in lines)


# --- this is what they chose ---


def test_an_event_is_written_once_however_often_it_is_sent(
    client: Client, writes: str, alice: Subject
) -> None:
    event = {"customer_number": "C-001001", "wording": "Email me offers.", "evidence": "form:spring-2026"}
    event["happened_at"] = "2026-11-01T09:30:00Z"
    first, again = told(client, writes, **event), told(client, writes, **event)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.status_code == 201
    written = ConsentEvent.objects.get(pk=first.json()["event"])
    assert (written.subject, written.how, written.evidence) == (alice, "sign-up", "form:spring-2026")
    assert written.wording is not None
    assert written.wording.text == "Email me offers."
    assert ConsentEvent.objects.count() == 1
    refused(told(client, writes, **{**event, "act": "withdrawn"}), 409)
    assert told(client, writes, "another", **event).status_code == 201
    assert "another" not in str(ConsentEvent.objects.values_list("key", flat=True))


def test_an_address_alone_and_the_words_by_their_version(client: Client, writes: str, reads: str) -> None:
    from consent import wordings

    version = wordings.current("marketing", "email")
    assert told(client, writes, address="New@Example.com", wording_version=version.version).status_code == 201
    event = ConsentEvent.objects.get()
    assert (event.address, event.wording) == ("new@example.com", version)
    assert may(client, reads, addresses=["new@example.com"])[0]["may_contact"] is True
    assert (
        "wording_version"
        in refused(told(client, writes, "b", address="a@example.com", wording_version=99), 400)["errors"]
    )


def test_s64_a_yes_that_no_person_gave_lifts_nothing_and_their_own_does(
    client: Client, writes: str, reads: str, alice: Subject
) -> None:
    say(alice, "objected", happened_at=timezone.now() - dt.timedelta(days=2))
    assert told(client, writes, "a", customer_number="C-001001", how="system").status_code == 201
    assert may(client, reads, addresses=[alice.email])[0]["may_contact"] is False
    assert told(client, writes, "b", customer_number="C-001001", how="phone").status_code == 201
    assert may(client, reads, addresses=[alice.email])[0]["may_contact"] is True


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "non_field_errors"),
        ({"address": "a@example.com", "customer_number": "C-001001"}, "non_field_errors"),
        ({"address": "not an address"}, "address"),
        ({"address": "07700 900123"}, "address"),
        ({"address": "1 High Street", "channel": "post"}, "address"),
        ({"customer_number": "C-999"}, "customer_number"),
        ({"address": "a@example.com", "how": "import"}, "how"),
        ({"address": "a@example.com", "act": "maybe"}, "act"),
        ({"address": "a@example.com", "purpose": "telepathy"}, "purpose"),
        ({"address": "a@example.com", "happened_at": "2099-01-01T00:00:00Z"}, "happened_at"),
        ({"address": "a@example.com", "happened_at": "1901-01-01T00:00:00Z"}, "happened_at"),
        ({"address": "a@example.com", "happened_at": "yesterday"}, "happened_at"),
        ({"address": "a@example.com", "evidence": "alice@example.com"}, "evidence"),
        ({"address": "a@example.com", "evidence": "of alice@example.com form:1"}, "evidence"),
        ({"address": "a@example.com", "wording": "x" * 2_001}, "wording"),
        ({"address": "a@example.com", "wording": "x", "wording_version": 1}, "non_field_errors"),
    ],
)
def test_what_cannot_be_written_down_is_told_how_to_mend_it(
    client: Client, writes: str, alice: Subject, wrong: dict[str, Any], field: str
) -> None:
    assert set(refused(told(client, writes, **wrong), 400)["errors"]) == {field}
    assert not ConsentEvent.objects.exists()


def test_without_a_key_nothing_is_written_down(client: Client, writes: str) -> None:
    for key in ("", "x" * 121, "ä"):
        assert "Idempotency-Key" in refused(told(client, writes, key, address="a@example.com"), 400)["errors"]


# --- the headers of a mailing ---


def headers_of(client: Client, token: str, *addresses: str, **more: Any) -> Any:
    body = {"campaign": "spring-2026", "purpose": "marketing", "addresses": addresses, **more}
    return post(client, HEADERS, token, body)


def test_each_message_gets_the_headers_of_its_reader_and_who_said_no_gets_none(
    client: Client, reads: str, alice: Subject
) -> None:
    say(alice, "given")
    say("new@example.com", "given")
    asked = ("nobody@example.com", "new@example.com", "Alice@example.com")
    messages = headers_of(client, reads, *asked).json()["messages"]
    assert [each["may_contact"] for each in messages] == [False, True, True]
    assert messages[0]["headers"] == {}
    found = messages[2]["headers"]
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = found["List-Unsubscribe"].rpartition("/u/")[2].rstrip(">")
    target = links.read(token)
    assert target is not None
    assert (target.subject, target.campaign.key) == (alice, "spring-2026")
    assert headers_of(client, reads, *asked).json()["messages"] == messages
    assert Addressee.objects.count() == 2  # nothing is kept of an address that nobody said yes for
    assert client.post(f"/u/{token}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    after = headers_of(client, reads, *asked).json()["messages"]
    assert [bool(each["headers"]) for each in after] == [False, True, False]


def test_a_campaign_keeps_its_purpose_and_a_question_its_size(client: Client, reads: str) -> None:
    assert headers_of(client, reads, "a@example.com").status_code == 200
    refused(headers_of(client, reads, "a@example.com", purpose="service-notifications"), 409)
    for wrong in (
        {"campaign": "Spring 2026!"},
        {"addresses": ["no address"]},
        {"addresses": ["a@b.uk"] * 1001},
    ):
        assert set(refused(headers_of(client, reads, "a@example.com", **wrong), 400)["errors"]) == set(wrong)


# --- what has changed ---


def stream(client: Client, token: str, cursor: str = "", **more: Any) -> dict[str, Any]:
    found = client.get(CHANGES, {"since": cursor, **more}, headers={"authorization": f"Bearer {token}"})
    assert found.status_code == 200, found.content
    return dict(found.json())


def settled() -> None:
    """Wait until every transaction that began before the last event has ended: those of the tests that run beside
    this one, in another database of the same server, count too."""
    deadline = time.monotonic() + 60
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(max(transaction), 0) < pg_snapshot_xmin(pg_current_snapshot())::text::bigint "
                "FROM consent_consentevent"
            )
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.django_db(transaction=True)
def test_a_reader_of_the_stream_misses_nothing_that_commits_late(client: Client) -> None:
    """The event with the lower number commits after the one with the higher: it still comes, and only once."""
    reads, alice = _token(Scope.CONSENT_READ), factories.subject(source_key="C-001001")
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            say("late@example.com", "given")
            written.set()
            assert go_on.wait(20)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(20)
    quick = say(alice, "given")
    during = stream(client, reads)
    go_on.set()
    thread.join()
    settled()
    after = stream(client, reads, during["cursor"])
    late = ConsentEvent.objects.get(address="late@example.com")
    assert late.pk < quick.pk
    assert during["changes"] == []  # the quick one waits for the slow one
    assert [each["event"] for each in after["changes"]] == [late.pk, quick.pk]
    assert [each["address"] for each in after["changes"]] == ["late@example.com", ""]
    assert [each["customer_number"] for each in after["changes"]] == ["", "C-001001"]
    assert stream(client, reads, after["cursor"]) == {"changes": [], "cursor": after["cursor"], "more": False}

    # In parts, each with what follows now: a later no shows at the earlier yes too.
    say(alice, "withdrawn")
    settled()
    first = stream(client, reads, limit=2)
    rest = stream(client, reads, first["cursor"], limit=2)
    assert (first["more"], rest["more"]) == (True, False)
    found = [(each["event"], each["act"], each["may_contact"]) for each in first["changes"] + rest["changes"]]
    assert found[:2] == [(late.pk, "given", True), (quick.pk, "given", False)]
    assert found[2][1:] == ("withdrawn", False)
    assert changes.since("", limit=1).more

    # From a copy of another database come numbers that this one has not given yet: nobody reads on by mistake.
    ConsentEvent.objects.bulk_create([_copied(alice)])
    told = refused(client.get(CHANGES, headers={"authorization": f"Bearer {reads}"}), 503)
    assert "renumber_changes" in told["detail"]
    call_command("renumber_changes", stdout=StringIO())
    say(alice, "given")
    settled()
    again = stream(client, reads)["changes"]
    assert [each["event"] for each in again] == list(
        ConsentEvent.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert len(again) == 5


def _copied(subject: Subject) -> ConsentEvent:
    now = timezone.now()
    fields = {
        "purpose": "marketing",
        "channel": "post",
        "act": "given",
        "how": "letter",
        "transaction": 2**60,
    }
    return ConsentEvent(subject=subject, happened_at=now, recorded_at=now, **fields)


@pytest.mark.parametrize("cursor", ["x", "MS4xLjE", "ä", "a" * 201, "MS4xLjEuMS4x"])
def test_a_cursor_of_somebody_else_is_told_so(client: Client, reads: str, cursor: str) -> None:
    found = client.get(CHANGES, {"since": cursor}, headers={"authorization": f"Bearer {reads}"})
    assert "since" in refused(found, 400)["errors"]
    limited = client.get(CHANGES, {"limit": "0"}, headers={"authorization": f"Bearer {reads}"})
    assert "limit" in refused(limited, 400)["errors"]


def test_the_description_names_the_doors(client: Client, reads: str) -> None:
    answer = client.get(
        "/api/schema/", headers={"authorization": f"Bearer {reads}", "accept": "application/json"}
    )
    described = json.loads(answer.content)["paths"]
    assert {MAY, EVENTS, CHANGES, HEADERS} <= set(described)
    assert described[EVENTS]["post"]["parameters"][0]["name"] == "Idempotency-Key"
    assert {each["name"] for each in described[CHANGES]["get"]["parameters"]} == {"since", "limit"}


# --- many at once ---


def test_many_at_once_end_as_one_by_one(alice: Subject) -> None:
    bob = factories.subject("Bob Stone", email="bob@example.com")
    now = timezone.now()
    day = dt.timedelta(days=1)

    def one(act: str, at: dt.datetime, how: str = "letter", **who: Any) -> ledger.Said:
        return ledger.Said("marketing", "email", act, how, at, wording="On paper.", key=f"k{at}{who}", **who)

    lot = [
        one("objected", now - 3 * day, subject=alice),
        one("given", now - 2 * day, subject=alice),  # later, and their own: not on the list in the end
        one("given", now - 3 * day, subject=bob),
        one("withdrawn", now - 2 * day, subject=bob),
        one("withdrawn", now, address="Carol+x@Example.com"),
    ]
    assert ledger.record_many(lot, by=None, reference="import:1") == 5
    assert ledger.record_many(lot, by=None, reference="import:1") == 0
    assert ledger.may_contact(alice, "marketing", "email").allowed
    assert not ledger.may_contact(bob, "marketing", "email").allowed
    assert suppression.stands("carol@example.com", "email", "marketing")
    assert Suppression.objects.filter(lifted_at=None).count() == 2
    assert ConsentEvent.objects.exclude(wording__text="On paper.").count() == 0
    assert Entry.objects.filter(verb="consent.recorded").count() == 1


def test_the_word_of_an_address_alone_is_that_of_its_one_owner_and_the_later_counts(alice: Subject) -> None:
    now = timezone.now()
    say(alice.email, "withdrawn", happened_at=now - dt.timedelta(days=2))
    say(alice, "given", happened_at=now - dt.timedelta(days=1))
    assert ledger.may_contact(alice.email, "marketing", "email").allowed
    factories.subject("Bob Stone", email=alice.email)  # now nobody knows whose word it was
    assert not ledger.may_contact(alice.email, "marketing", "email").allowed
