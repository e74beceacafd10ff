"""The ledger: only added to, the last word kept by the database, and who comes on and off the do-not-contact list."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from consent import contacting, ledger, rebuilding, suppression, wordings
from consent.models import ConsentEvent, ConsentFlag, Suppression, Wording
from portal.accounts.models import Role
from subjects.models import Subject
from tests import factories

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def said(whom: Subject | str, act: str, *, how: str = "page", **more: Any) -> ConsentEvent:
    who = {"subject": whom} if isinstance(whom, Subject) else {"address": whom}
    given = {"purpose": "marketing", "channel": "email", "by": None, **more}
    return ledger.record(**who, act=act, how=how, **given)


def may(whom: Subject | str, channel: str = "email") -> bool:
    return ledger.may_contact(whom, "marketing", channel).allowed


@pytest.fixture
def alice(db: None) -> Subject:
    return factories.subject(email="alice@example.com", mobile="07700 900123")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_consentevent SET act = 'given'",
        "DELETE FROM consent_consentevent",
        "UPDATE consent_wording SET text = 'other words'",
        "DELETE FROM consent_wording",
    ],
)
def test_the_application_can_neither_change_nor_remove_what_was_said(alice: Subject, statement: str) -> None:
    said(alice, "withdrawn", wording="No more, please")
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert ConsentEvent.objects.get().act == "withdrawn"
    assert Wording.objects.get().text == "No more, please"


def test_s63_out_and_in_again_are_two_rows_and_the_list_keeps_its_history(alice: Subject) -> None:
    words = wordings.current("marketing", "email")
    said(alice, "given", wording=words, happened_at=NOW - dt.timedelta(days=90))
    said(alice, "withdrawn", how="link", happened_at=NOW - dt.timedelta(days=19))
    assert not may(alice)
    assert suppression.stands("alice@example.com")
    said(alice, "given", wording=words, happened_at=NOW)
    assert may(alice)
    assert [event.act for event in ConsentEvent.objects.order_by("pk")] == ["given", "withdrawn", "given"]
    lifted = Suppression.objects.get()
    assert (lifted.created_at, lifted.lifted_at is None) == (NOW - dt.timedelta(days=19), False)
    assert ConsentEvent.objects.order_by("pk").last().wording.text == words.text  # type: ignore[union-attr]


def test_c4_no_import_turns_a_no_into_a_yes(alice: Subject) -> None:
    said(alice, "objected")
    said(alice, "given", how="import", happened_at=timezone.now() + dt.timedelta(seconds=1))
    assert ledger.may_contact(alice, "marketing", "email").because == (
        "Their address is on the do-not-contact list."
    )


@pytest.mark.parametrize("spelling", ["ALICE@Example.com", "alice+shop@example.com", " alice@example.com "])
def test_the_list_knows_an_address_in_every_spelling(alice: Subject, spelling: str) -> None:
    said(alice, "withdrawn")
    said(spelling, "given", how="import")
    assert not may(spelling)


def test_a_number_is_suppressed_for_calls_and_not_for_texts(alice: Subject) -> None:
    said(alice, "objected", channel="phone")
    assert suppression.stands("+44 7700 900123", "phone")
    assert not suppression.stands("+44 7700 900123", "text")


def test_erased_for_all_marketing_one_yes_opens_one_purpose_only(alice: Subject) -> None:
    suppression.add(["alice@example.com"], by=None)
    said(alice, "given")
    assert may(alice)
    assert not suppression.stands("alice@example.com", purpose="marketing")


def test_an_address_alone_can_say_yes_and_no(db: None) -> None:
    said("Reader@Example.com", "given", how="confirmed")
    assert may("reader@example.com")
    assert ConsentEvent.objects.get().address == "reader@example.com"
    said("reader@example.com", "withdrawn", how="one-click")
    assert not may("reader@example.com")


def test_one_no_at_a_shared_address_is_enough(alice: Subject) -> None:
    bob = factories.subject("Bob", email="alice@example.com")
    said(alice, "given")
    assert may("alice@example.com")
    ConsentEvent.objects.create(
        subject=bob, purpose="marketing", channel="email", act="withdrawn", how="import",
        happened_at=NOW, recorded_at=NOW,
    )  # fmt: skip
    assert may(alice)
    assert not may("alice@example.com")


def test_many_addresses_cost_as_many_queries_as_one_and_get_the_same_answers(
    alice: Subject, django_assert_max_num_queries: Any
) -> None:
    people = [factories.subject(email=f"p{number}@example.com") for number in range(8)]
    for number, person in enumerate(people):
        if number % 4:
            said(person, ["given", "given", "withdrawn", "objected"][number % 4])
    factories.pause(people[1])
    addresses = [person.email for person in people] + ["nobody@example.com", "", "P1@EXAMPLE.com"]
    with django_assert_max_num_queries(5):
        answers = contacting.of_addresses(addresses, "marketing", "email")
    assert [answer.allowed for answer in answers] == [
        False, False, False, False, False, True, False, False, False, False, False,
    ]  # fmt: skip
    assert answers == [ledger.may_contact(each, "marketing", "email") for each in addresses]


def test_a_repeat_with_its_key_adds_nothing(alice: Subject) -> None:
    first = said(alice, "given", key="token:1:abc")
    assert said(alice, "given", key="token:1:abc") == first
    assert ConsentEvent.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"act": "maybe"},
        {"how": "telepathy"},
        {"channel": "fax"},
        {"address": "x@example.com"},
        {"subject": None},
        {"subject": None, "address": "12", "channel": "post"},
    ],
)
def test_what_makes_no_sense_is_not_written_down(alice: Subject, wrong: dict[str, Any]) -> None:
    given = {"subject": alice, "purpose": "marketing", "channel": "email", "act": "given", "how": "page"}
    with pytest.raises(ValueError, match=r"unknown|whom|reached"):
        ledger.record(**{**given, "by": None, **wrong})  # type: ignore[arg-type]
    assert not ConsentEvent.objects.exists()


# --- the words ----------------------------------------------------------------------------------------------


def test_words_are_published_in_versions_and_old_ones_stay_readable(db: None) -> None:
    dee = factories.user(Role.DPO)
    first = wordings.current("marketing", "email")
    assert "may email you to tell you about new products" in first.text
    second = wordings.publish(purpose="marketing", channel="email", text="  Email me \n the news. ", by=dee)
    assert (second.version, second.text, second.published_by) == (2, "Email me the news.", dee)
    assert wordings.publish(purpose="marketing", channel="email", text="Email me the news.", by=dee) == second
    assert wordings.versions("marketing", "email") == [second, first]
    assert wordings.current("marketing", "phone").version == 1


@pytest.mark.parametrize("text", ["", "  \n", "x" * (wordings.LONGEST + 1)])
def test_words_nobody_can_read_are_not_published(db: None, text: str) -> None:
    with pytest.raises(wordings.Refused):
        wordings.publish(purpose="marketing", channel="email", text=text, by=None)


def test_words_used_elsewhere_are_kept_once(alice: Subject) -> None:
    said(alice, "given", wording="I ticked a box on paper.")
    said(alice, "given", wording="I ticked a box on paper.")
    assert Wording.objects.filter(kind="said").count() == 1


# --- the flags ----------------------------------------------------------------------------------------------

ACTS = st.tuples(
    st.integers(0, 2), st.sampled_from(["given", "withdrawn", "objected"]), st.integers(-3, 3), st.booleans()
)


class TestFlags(TestCase):
    """Whatever comes in whatever order, the flags are what the ledger says."""

    @given(st.lists(ACTS, max_size=12))
    @settings(max_examples=25, deadline=None)
    def test_the_flags_are_the_last_words(self, acts: list[tuple[int, str, int, bool]]) -> None:
        people: list[Subject | str] = [factories.subject(), factories.subject(), "reader@example.com"]
        last: dict[int, tuple[int, int, str]] = {}
        for turn, (who, act, day, imported) in enumerate(acts):
            how = "import" if imported else "page"
            said(people[who], act, how=how, happened_at=NOW + dt.timedelta(days=day))
            last[who] = max(last.get(who, (-9, -1, "")), (day, turn, act))
        flags = {flag.subject_id or flag.address: flag.act for flag in ConsentFlag.objects.all()}
        keys = [person.pk if isinstance(person, Subject) else person for person in people]
        assert flags == {keys[who]: act for who, (_, _, act) in last.items()}
        assert rebuilding.compare().agrees


def test_a_flag_that_was_tampered_with_is_found_and_made_anew(alice: Subject) -> None:
    said(alice, "objected")
    ConsentFlag.objects.update(act="given")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("rebuild_consent", check=True, stdout=out)
    assert "1 live flags do not follow" in out.getvalue()
    assert ConsentFlag.objects.get().act == "given"
    with pytest.raises(SystemExit):
        call_command("rebuild_consent", stdout=out)
    assert ConsentFlag.objects.get().act == "objected"
    call_command("rebuild_consent", stdout=out)
    assert "agree with the ledger" in out.getvalue()


@pytest.mark.soak
def test_a_million_events_give_the_live_table(alice: Subject) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO consent_consentevent
                (address, purpose, channel, act, how, evidence, happened_at, recorded_at)
            SELECT 'p' || (n::bigint * 7919 %% 250000) || '@example.com', 'marketing',
                   (ARRAY['email', 'phone', 'text'])[n %% 3 + 1],
                   (ARRAY['given', 'withdrawn', 'objected'])[n::bigint * 31 %% 3 + 1],
                   'import', '', %s::timestamptz + (n::bigint * 104729 %% 900) * interval '1 day', %s
            FROM generate_series(1, 1000000) AS n
            """,
            [NOW, NOW],
        )
    found = rebuilding.compare()
    assert found.events == 1_000_000
    assert found.agrees
