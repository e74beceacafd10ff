"""The audit trail: chained at the commit, never changed, and honest about what was broken."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction

from portal.audit import trail
from portal.audit.models import Act, Entry
from portal.audit.trail import Verb


def _three() -> None:
    for number in range(3):
        trail.record(Verb.CASE_NOTED, by=None, target=f"case:DP-TEST-000{number}")


@pytest.mark.django_db
def test_acts_are_numbered_and_chained() -> None:
    _three()
    entries = list(Entry.objects.order_by("number"))
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert entries[0].previous == trail.GENESIS
    assert entries[2].previous == entries[1].digest
    assert not Act.objects.exists()
    assert trail.first_broken() is None


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry"])
def test_entries_cannot_be_changed_or_removed(statement: str) -> None:
    _three()
    with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "number", "words"),
    [
        ("UPDATE audit_entry SET reason = 'x' WHERE number = 2", 2, "changed"),
        ("DELETE FROM audit_entry WHERE number = 2", 2, "missing"),
        ("UPDATE audit_entry SET previous = repeat('1', 64) WHERE number = 3", 3, "continue"),
    ],
)
def test_verify_names_the_first_broken_entry(statement: str, number: int, words: str) -> None:
    _three()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute(statement)
    with pytest.raises(CommandError, match=f"entry {number}: .*{words}"):
        call_command("verify_audit")


@pytest.mark.django_db(transaction=True)
def test_an_act_that_was_rolled_back_leaves_no_trace() -> None:
    with transaction.atomic():
        trail.record(Verb.CASE_NOTED, by=None, target="case:DP-TEST-0001")
        transaction.set_rollback(True)
    assert not Entry.objects.exists()
    trail.record(Verb.CASE_NOTED, by=None, target="case:DP-TEST-0002", reason="two\nlines")
    assert Entry.objects.get().reason == "two lines"
    assert trail.first_broken() is None
