"""What other systems ask: whether use of people's data is paused. Without telling them who is known here."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts import api, tokens
from portal.accounts.models import ApiToken, Role
from portal.audit.models import Entry
from subjects import restriction
from subjects.models import Restriction, Subject
from tests import factories

pytestmark = pytest.mark.django_db
CHECK, SCHEMA = "/api/v1/restrictions/check", "/api/schema/"


@pytest.fixture
def token() -> str:
    return tokens.make(name="Newsletter", scope=ApiToken.Scope.RESTRICTIONS, by=factories.user(Role.DPO))[1]


@pytest.fixture
def alice() -> Subject:
    return factories.subject(source_key="C-001001")


def ask(client: Client, token: str, question: Any, **headers: str) -> Any:
    body = question if isinstance(question, str | bytes) else json.dumps(question)
    given = {"authorization": f"Bearer {token}", **headers} if token else headers
    return client.post(CHECK, body, content_type="application/json", headers=given)


def one(client: Client, token: str, **person: str) -> dict[str, Any]:
    answer = ask(client, token, person)
    assert answer.status_code == 200, answer.content
    (found,) = answer.json()["people"]
    return dict(found)


def told(answer: Any, status: int) -> dict[str, Any]:
    """A refusal, in the form of RFC 9457."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    found = answer.json()
    assert found["status"] == status
    assert found["title"]
    assert found["detail"].endswith((".", ")"))
    return dict(found)


# --- the answer ---


@pytest.mark.parametrize(
    "person",
    [{"customer_number": "C-001001"}, {"customer_number": "c001001"}, {"email": "Alice@Example.com"}],
)
def test_s59_a_paused_person_by_number_or_address(
    client: Client, token: str, alice: Subject, person: dict[str, str]
) -> None:
    standing = factories.pause(alice)
    found = one(client, token, **person)
    assert found["restricted"] is True
    assert found["since"].startswith(standing.placed_at.isoformat()[:19])
    assert found["scope"] == "everything"
    assert set(found["allowed_uses"]) == {"storage", "rights", "consent", "claims"}


def test_unknown_and_unrestricted_look_the_same(client: Client, token: str, alice: Subject) -> None:
    known = ask(client, token, {"email": "alice@example.com"})
    unknown = ask(client, token, {"email": "nobody@example.com"})
    assert known.content == unknown.content
    assert known.json()["people"][0]["restricted"] is False
    assert "marketing" in known.json()["people"][0]["allowed_uses"]


def test_a_part_and_a_use_are_named(client: Client, token: str, alice: Subject) -> None:
    factories.pause(alice, kinds=["orders"])
    factories.pause(alice, purpose="website-analytics")
    found = one(client, token, customer_number="C-001001")
    assert (found["scope"], found["kinds"], found["purposes"]) == ("part", ["orders"], ["website-analytics"])
    assert "service" in found["allowed_uses"]


def test_a_shared_address_means_all_who_have_it(client: Client, token: str, alice: Subject) -> None:
    bob = factories.subject("Bob Okafor")
    factories.pause(bob)
    assert one(client, token, email="alice@example.com")["restricted"] is True
    assert one(client, token, customer_number="C-001001")["restricted"] is False


def test_a_lifted_pause_is_over(client: Client, token: str, alice: Subject) -> None:
    standing = factories.pause(alice)
    restriction.announce_lifting(
        restriction=standing, by=None, why=Restriction.Why.ASKED, how=Restriction.How.PHONE
    )
    restriction.lift(restriction=standing, by=None)
    assert one(client, token, customer_number="C-001001")["restricted"] is False


def test_a_thousand_in_order_with_as_many_queries_as_one(client: Client, token: str, alice: Subject) -> None:
    factories.pause(alice)
    many: list[dict[str, str]] = [{"email": f"person{number}@example.com"} for number in range(999)]

    def queries(question: Any) -> tuple[int, list[bool]]:
        with CaptureQueriesContext(connection) as captured:
            answer = ask(client, token, question)
        return len(captured), [each["restricted"] for each in answer.json()["people"]]

    queries({"email": "alice@example.com"})
    few, _ = queries({"email": "alice@example.com"})
    count, restricted = queries({"people": [*many, {"customer_number": "C-001001"}]})
    assert restricted == [False] * 999 + [True]
    assert count == few


def test_get_says_what_can_be_asked_and_asks_about_nobody(client: Client, token: str) -> None:
    answer = client.get(CHECK, headers={"authorization": f"Bearer {token}"})
    assert answer.json()["most_people"] == 1000


# --- who may ask ---


def test_without_a_token_nothing_is_said(client: Client, alice: Subject) -> None:
    for answer in (client.get(CHECK), client.get(SCHEMA), ask(client, "", {"email": "alice@example.com"})):
        told(answer, 401)
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("given", ["Bearer drp_wrong", "Bearer", "Bearer a b", "Bearer \xff", "bearer drp_"])
def test_a_wrong_token_is_told_so(client: Client, given: str) -> None:
    told(client.get(CHECK, headers={"authorization": given}), 401)


def test_staff_who_are_signed_in_are_not_a_system(client: Client) -> None:
    client.force_login(factories.user(Role.DPO))
    told(ask(client, "", {"email": "alice@example.com"}), 401)


def test_a_revoked_token_opens_nothing(client: Client, token: str) -> None:
    tokens.revoke(token=ApiToken.objects.get(), by=None)
    told(ask(client, token, {"email": "alice@example.com"}), 401)


def test_a_token_for_something_else_does_not_reach_this_far(client: Client, token: str) -> None:
    ApiToken.objects.update(scope="other")
    told(ask(client, token, {"email": "alice@example.com"}), 403)


# --- what cannot be asked ---


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"email": "alice@example.com", "customer_number": "C-1"},
        {"email": "not an address"},
        {"email": None},
        {"email": "a@example.com\0"},
        {"customer_number": ""},
        {"customer_number": "x" * 81},
        {"customer_number": "\ud800"},
        {"people": []},
        {"people": [{}]},
        {"people": [{"email": "a@example.com"}], "email": "b@example.com"},
        {"people": [{"email": "a@example.com"}] * 1001},
        {"people": "alice@example.com"},
        [],
        "null",
        "{",
        b"\xff\xfe",
    ],
)
def test_a_question_that_cannot_be_read_is_told_how_to_mend_it(
    client: Client, token: str, question: Any
) -> None:
    found = told(ask(client, token, question), 400)
    assert "alice" not in json.dumps(found)


def test_a_question_is_not_larger_than_it_needs_to_be(client: Client, token: str) -> None:
    for times in (4, 8):
        told(ask(client, token, {"people": [{"email": "a" * 200_000}] * times}), 413)


def test_json_only_and_no_other_methods(client: Client, token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    told(client.post(CHECK, {"email": "alice@example.com"}, headers=headers), 415)
    for method in ("put", "patch", "delete"):
        told(getattr(client, method)(CHECK, headers=headers), 405)
    assert client.get(f"{CHECK}/C-001001", headers=headers).status_code == 404


# --- how often, and what is written down ---


def test_too_many_questions_are_told_when_to_come_back(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "ASKED_A_MINUTE", 2)
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False) as clock:
        ApiToken.objects.update(expires_at="2027-11-23T10:00:00+00:00")
        assert [ask(client, token, {"email": "a@example.com"}).status_code for _ in range(2)] == [200, 200]
        clock.shift(20)
        answer = ask(client, token, {"email": "a@example.com"})
        told(answer, 429)
        assert answer["Retry-After"] == "40"


def test_a_cache_that_is_down_stops_nobody(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.incr", lambda *a, **k: 1 / 0)
    assert ask(client, token, {"email": "a@example.com"}).status_code == 200


def test_guessing_tokens_ends(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "WRONG_AN_HOUR", 3)
    answers = [ask(client, f"drp_{number}", {"email": "a@example.com"}) for number in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[-1]["Retry-After"] == "3600"


def test_what_is_written_down_names_nobody(
    client: Client, token: str, alice: Subject, caplog: pytest.LogCaptureFixture
) -> None:
    factories.pause(alice)
    with caplog.at_level(logging.DEBUG):
        ask(client, token, {"people": [{"email": "alice@example.com"}, {"customer_number": "C-999"}]})
        ask(client, token, {"email": "alice@"})
    entry = Entry.objects.get(verb="restriction.checked")
    assert entry.reason == "2 asked, 1 restricted"
    assert entry.actor == entry.target == f"token:{ApiToken.objects.get().pk}"
    requests = [line for line in caplog.messages if "SELECT" not in line and "INSERT" not in line]
    assert not any("alice" in line or "C-999" in line for line in requests)


def test_a_fault_of_ours_is_told_without_a_word_of_the_question(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> None:
        raise RuntimeError("alice@example.com")

    monkeypatch.setattr("subjects.api.restriction.standing", broken)
    found = told(ask(client, token, {"email": "alice@example.com"}), 500)
    assert "alice" not in json.dumps(found)


# --- the description ---


def test_the_description_is_for_holders_of_a_token_and_names_the_door(client: Client, token: str) -> None:
    headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
    answer = client.get(SCHEMA, headers=headers)
    assert answer.status_code == 200
    described = json.loads(answer.content)
    assert CHECK in described["paths"]
    assert described["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    post = described["paths"][CHECK]["post"]
    assert post["security"] == [{"token": []}]
    assert "Several" in json.dumps(post["requestBody"])
