"""What nobody said is in the stream too: pauses, erasures, addresses that went onto the do-not-contact list."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from consent import changes, ledger, standing, suppression
from consent.models import ConsentEvent, StandingChange
from portal.accounts import tokens
from portal.accounts.models import ApiToken, Role
from portal.register import store
from subjects import restriction
from subjects.models import Restriction, Subject
from tests import factories

Kind = StandingChange.Kind


@pytest.fixture
def alice() -> Subject:
    return factories.subject(source_key="C-001001")


def say(whom: Subject, act: str) -> ConsentEvent:
    return ledger.record(subject=whom, purpose="marketing", channel="email", act=act, how="page", by=None)


def pause(whom: Subject, **scope: Any) -> Restriction:
    return restriction.restrict(
        subject=whom, ground=Restriction.Ground.CLAIMS, reference="DP-1", by=None, **scope
    )


def lift(standing_one: Restriction) -> None:
    now = timezone.now()
    told = {"announced_at": now, "announced_how": "phone", "told_lifting_at": now}
    Restriction.objects.filter(pk=standing_one.pk).update(lifted_at=now, lifted_by="system", **told)


def kinds() -> list[tuple[str, Any]]:
    return list(StandingChange.objects.order_by("pk").values_list("kind", "person"))


def told(*, of: str = "") -> list[standing.Told]:
    return standing.told(list(StandingChange.objects.filter(kind__contains=of).order_by("pk")))


# --- noted, however it came about ---


@pytest.mark.django_db
def test_a_pause_is_noted_when_it_begins_and_when_it_ends(alice: Subject) -> None:
    one = pause(alice)
    (begun,) = told()
    assert (begun.number, begun.allowed) == ("C-001001", False)
    assert begun.because.endswith("No marketing is sent.")
    lift(one)
    assert kinds() == [("paused", alice.pk), ("resumed", alice.pk)]
    for each in told():  # whatever came later: nothing stands against it now
        assert each.allowed is None
        assert "Ask “may-contact”" in each.because
    pause(alice, kinds=["invoices"])
    assert [each.allowed for each in told(of="paused")] == [None, None]  # not of the details we write to


@pytest.mark.django_db
def test_whoever_is_erased_or_kept_for_the_law_alone_is_told_by_their_number(alice: Subject) -> None:
    pause(alice)
    bob = factories.subject("Bob Stone", email="bob@example.com", source_key="C-2")
    Subject.objects.filter(pk=bob.pk).update(locked_at=timezone.now())
    Subject.objects.filter(pk=bob.pk).update(source_key="x-1")
    Subject.objects.filter(pk=alice.pk).update(full_name="Alice", phone="1")  # no erasure
    Subject.objects.filter(pk=alice.pk).update(source_key="C-1001")  # and this neither
    carol = factories.subject("Carol Reid", email="carol@example.com", source_key="C-3")
    carol.delete()
    erased = told(of="erased")
    assert [(each.number, each.allowed) for each in erased] == [
        ("C-2", False),
        ("C-2", False),
        ("C-3", False),
    ]
    assert all("Delete them too" in each.because for each in erased)
    Subject.objects.filter(pk=alice.pk).update(source_key="x-2")
    assert {each.allowed for each in told(of="paused")} == {False}  # of somebody who is gone meanwhile
    assert {each.number for each in told(of="paused")} == {""}


@pytest.mark.django_db
def test_an_address_on_the_list_without_a_word_of_theirs_is_told_and_with_one_is_not(alice: Subject) -> None:
    say(alice, "withdrawn")
    assert not StandingChange.objects.exists()  # the event says it
    bob = factories.subject("Bob Stone", email="bob@example.com", source_key="C-2")
    assert suppression.add(["Bob@example.com"], by=None) == 1
    assert suppression.add(["bob@example.com"], by=None) == 0
    assert suppression.add(["nobody@example.com"], by=None) == 1
    assert kinds() == [("suppressed", bob.pk), ("suppressed", None)]
    known, unknown = told()
    assert (known.number, known.allowed) == ("C-2", False)
    assert (unknown.number, unknown.allowed) == ("", None)
    assert "nobody on file" in unknown.because
    say(bob, "given")  # their own yes takes them off again
    assert told()[0].allowed is None


@pytest.mark.django_db
def test_numbers_of_the_erased_are_forgotten_when_the_register_says(alice: Subject) -> None:
    period = store.current().short_lived_thing(standing.NUMBERS).period
    assert str(period) == "30 days"
    with time_machine.travel("2026-11-01T12:00:00+00:00", tick=False):
        StandingChange.objects.create(kind=Kind.ERASED, number="C-9", at=timezone.now())
    for day, number in ((dt.date(2026, 12, 1), "C-9"), (dt.date(2026, 12, 2), "")):
        with time_machine.travel(f"{day}T12:00:00+00:00", tick=False):
            standing.forget_numbers()
        assert StandingChange.objects.get().number == number


@pytest.mark.django_db
def test_many_changes_cost_as_many_queries_as_few(django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        person = factories.subject(f"P {number}", email=f"p{number}@example.com", source_key=f"C-{number}")
        pause(person)
        suppression.add([person.email], by=None)
    rows = list(StandingChange.objects.all())
    with django_assert_max_num_queries(12):
        assert len(standing.told(rows)) == 24


# --- in the stream ---


def settled() -> None:
    """Wait until every transaction that began before the last change has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot())"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise AssertionError("transactions go on and on")


@pytest.mark.django_db(transaction=True)
def test_a_reader_gets_everything_once_in_order_in_parts_of_any_size() -> None:
    alice = factories.subject(source_key="C-001001")
    token = tokens.make(name="Newsletter", scope=ApiToken.Scope.CONSENT_READ, by=factories.user(Role.DPO))[1]

    def read(cursor: str, limit: int) -> dict[str, Any]:
        given = {"since": cursor, "limit": limit}
        found = Client().get("/api/v1/consent/changes", given, headers={"authorization": f"Bearer {token}"})
        assert found.status_code == 200, found.content
        return dict(found.json())

    given = say(alice, "given")
    one = pause(alice)
    lift(one)
    suppression.add([alice.email], by=None)
    last = say(alice, "withdrawn")
    Subject.objects.filter(pk=alice.pk).update(source_key="x-1")
    settled()
    expected = ["choice", "paused", "resumed", "suppressed", "choice", "erased"]
    for limit in (1, 2, 4, 500):
        cursor, found, more = "", [], True
        while more:
            page = read(cursor, limit)
            found, cursor, more = [*found, *page["changes"]], page["cursor"], page["more"]
        assert [each["kind"] for each in found] == expected, limit
        assert read(cursor, limit) == {"changes": [], "cursor": cursor, "more": False}
    assert [each["event"] for each in found] == [given.pk, None, None, None, last.pk, None]
    assert found[-1] == {
        "kind": "erased", "event": None, "customer_number": "C-001001", "address": "", "purpose": "",
        "channel": "", "act": "", "happened_at": found[-1]["happened_at"], "may_contact": False,
        "reason": "We have deleted them, or keep them for the law alone. Delete them too.",
    }  # fmt: skip
    old = changes._write(changes._database(), given.transaction, 0, given.pk).encode()
    assert [each.kind for each in changes.since(old.decode(), limit=500).changes] == expected[1:]
    before = changes.base64.urlsafe_b64encode(  # a cursor from before there was a second table
        f"{changes._database()}.{given.transaction}.{given.pk}".encode()
    )
    assert [each.kind for each in changes.since(before.decode().rstrip("="), limit=500).changes] == expected[
        1:
    ]
    StandingChange.objects.filter(kind="erased").update(transaction=2**60)  # from a copy of another database
    with pytest.raises(changes.Restored):
        changes.since("", limit=5)
    changes.renumber()
    assert not StandingChange.objects.exclude(transaction=0).exists()
