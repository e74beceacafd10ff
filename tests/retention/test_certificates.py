"""Certificates: what went is proved from the record's key alone, and nothing about them changes unnoticed."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import io

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.models import Entry
from portal.audit.trail import Verb
from requests_sar.models import Case
from retention import certificates, merkle
from retention.models import Batch, Line
from subjects.models import CallRecording, Email, Invoice
from tests.retention import people

TODAY = people.S39_TODAY


@pytest.fixture
def erased(db) -> dict[str, str]:
    """An erasure that was carried out; the keys of some records that it took, by kind."""
    with time_machine.travel(TODAY, tick=False):
        alice = people.customer(dt.date(2023, 11, 20))
        keys = {
            "call-recordings": str(CallRecording.objects.order_by("pk")[1].pk),
            "emails": str(Email.objects.get().pk),
            "invoices": str(Invoice.objects.get().pk),
        }
        people.erased(people.taken_up(alice))
    return keys


def verify() -> str:
    said = io.StringIO()
    call_command("verify_disposals", stdout=said)
    return said.getvalue()


def faults() -> str:
    errors = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("verify_disposals", stderr=errors)
    assert refused.value.returncode == 1
    return errors.getvalue()


def tamper(sql: str) -> None:
    """What somebody with the owner's power over the database could do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # a table cannot be altered while rows wait to be checked
        cursor.execute("ALTER TABLE retention_batch DISABLE TRIGGER USER")
        cursor.execute(sql)
        cursor.execute("ALTER TABLE retention_batch ENABLE TRIGGER USER")


WORDS = st.text("abc-019:é", max_size=40)


@given(WORDS, st.lists(WORDS, max_size=5), st.binary(max_size=90))
def test_a_digest_is_that_of_the_standards(dataset: str, keys: list[str], secret: bytes) -> None:
    before = settings.DIGEST_KEY
    said = [f"disposed:{dataset}:{key}".encode() for key in keys]
    key = hashlib.sha256(secret).digest()
    try:
        settings.DIGEST_KEY = secret
        assert certificates.NEW.digests(dataset, keys) == [
            hashlib.blake2b(each, key=key, digest_size=16).digest() for each in said
        ]
        assert certificates.FORMS[1].digests(dataset, keys) == [
            hmac.new(secret, each, hashlib.sha256).digest() for each in said
        ]
    finally:
        settings.DIGEST_KEY = before


def test_every_batch_has_its_certificate_and_all_hold(erased) -> None:
    case = Case.objects.get()
    lines = {line.dataset: line for line in Line.objects.exclude(done=0)}
    assert {"call-recordings", "emails", "web-visits", "support-calls"} <= set(lines)
    for key, line in lines.items():
        batch = Batch.objects.get(line=line)
        assert (batch.run, batch.dataset, batch.action) == (case.reference, key, line.decision)
        assert batch.records == line.done == len(bytes(batch.digests)) // 16
        assert batch.register_version
        entry = Entry.objects.get(verb=Verb.DISPOSAL_BATCH, reason__endswith=f" {batch.seal}")
        assert entry.target == f"disposal:{case.reference}"
    assert Batch.objects.get(dataset="emails").rule == "3 years after the date of the record"
    total = sum(line.done for line in lines.values())
    assert verify() == f"Every certificate holds: {len(lines)} certificates for {total} records.\n"


def test_a_certificate_holds_no_key_in_clear(erased) -> None:
    for batch in Batch.objects.all():
        digests = bytes(batch.digests)
        assert hashlib.sha256(f"{batch.dataset}:1".encode()).digest() not in digests
        assert not any(key.encode() in digests for key in erased.values() if len(key) > 8)


def test_was_it_disposed_of_is_answered_from_the_key_alone(erased) -> None:
    said = io.StringIO()
    call_command("was_disposed", "call-recordings", erased["call-recordings"], stdout=said)
    assert "Delete now: 2026-11-23 10:00:00 UTC" in said.getvalue()
    assert "Rule: 12 months after the date of the record" in said.getvalue()
    for dataset, key in (
        ("invoices", erased["invoices"]),  # it stays for seven years
        ("emails", "999999999"),
        ("web-visits", erased["call-recordings"] + "0"),
        ("emails", "Alice Okafor"),
    ):
        said = io.StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("was_disposed", dataset, key, stdout=said)
        assert ended.value.code == 1
        assert "No certificate names this record" in said.getvalue()
    with pytest.raises(CommandError, match="There is no kind of data 'nonsense'"):
        call_command("was_disposed", "nonsense", "1")


def test_the_certificate_of_a_record_needs_our_key(erased, settings) -> None:
    assert certificates.find("emails", erased["emails"])
    settings.DIGEST_KEY = b"somebody else's" * 4
    assert not certificates.find("emails", erased["emails"])


def test_a_certificate_cannot_be_changed_or_deleted(erased) -> None:
    for act in (lambda rows: rows.update(records=1), lambda rows: rows.delete()):
        with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
            act(Batch.objects.filter(dataset="emails"))


CHANGES = (
    ("UPDATE retention_batch SET records = records + 1 WHERE dataset = 'emails'", "as many digests as records"),
    ("UPDATE retention_batch SET rule = '1 day' WHERE dataset = 'emails'", "changed after it was sealed"),
    ("UPDATE retention_batch SET at = at + interval '1 day' WHERE dataset = 'emails'", "changed after it was"),
    ("UPDATE retention_batch SET digests = decode(md5('x'), 'hex') WHERE dataset = 'emails'", "not lead to its root"),
    ("UPDATE retention_batch SET form = 3 WHERE dataset = 'emails'", "does not know its form"),
    ("DELETE FROM retention_batch WHERE dataset = 'emails'", "1 certificate that the audit trail names"),
    ("DELETE FROM retention_batch", "that the audit trail names can no longer be found"),
    ("UPDATE retention_line SET done = done + 1 WHERE dataset = 'emails'", "emails says 2 done"),
)  # fmt: skip


def test_whatever_is_changed_is_noticed(erased) -> None:
    for sql, fault in CHANGES:
        with transaction.atomic():
            tamper(sql)
            assert fault in faults(), sql
            transaction.set_rollback(True)
    assert verify()


def test_a_certificate_with_a_binary_tree_still_holds(erased) -> None:
    """As they were made until November 2026: whole digests, two nodes to one."""
    batch = Batch.objects.get(dataset="emails")
    leaves = sorted(
        hmac.digest(settings.DIGEST_KEY, f"disposed:emails:{key}".encode(), "sha256")
        for key in (4711, 4712, 4713)
    )
    batch.pk, batch.number, batch.records, batch.form = None, 2, 3, 1
    batch.digests, batch.root = b"".join(leaves), merkle.root(leaves, 2).hex()
    batch.seal = certificates.seal(batch)
    batch.save(force_insert=True)
    assert [found.batch.pk for found in certificates.find("emails", "4712")] == [batch.pk]
    assert certificates.find("emails", "4714") == []
    assert "Certificate 2 of emails in" in faults()
    assert "the audit trail does not know it" in faults()
    assert "do not lead" not in faults()


def test_a_certificate_made_up_whole_is_not_in_the_trail(erased) -> None:
    real = Batch.objects.get(dataset="emails")
    leaves = certificates.NEW.digests("emails", ["4711"])
    fake = Batch(
        line=real.line, number=2, run=real.run, dataset="emails", action=real.action, cause=real.cause, rule=real.rule,
        register_version=real.register_version, records=1, at=real.at,
        root=merkle.root(leaves).hex(), digests=leaves[0],
    )  # fmt: skip
    fake.seal = certificates.seal(fake)
    fake.save()
    assert "Certificate 2 of emails" in faults()
    found = certificates.find("emails", "4711")
    assert [each.sound for each in found] == [False]


def test_damage_to_the_trail_itself_is_named(erased) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE audit_entry SET reason = 'x' WHERE verb = 'disposal.batch' AND reason LIKE 'emails%'"
        )
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
    said = faults()
    assert "The audit trail is broken at entry" in said
    assert "Certificate 1 of emails" in said
