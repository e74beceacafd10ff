"""Somebody who wants to leave no trace, and traces that say more than they should."""

from __future__ import annotations

import importlib
import io
import logging
import logging.config

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, connection, transaction

from portal.audit import trail
from portal.audit.models import Entry
from portal.audit.trail import Verb
from subjects.models import Subject
from tests import factories

pytestmark = pytest.mark.django_db


def three() -> None:
    for number in range(3):
        trail.record(Verb.CASE_NOTED, by=None, target=f"case:DP-TEST-000{number}")


def test_the_trail_cannot_be_emptied() -> None:
    three()
    # Tests empty all tables between them, so the test database goes without this one trigger (tests/conftest.py).
    migration = importlib.import_module("portal.audit.migrations.0003_no_truncate")
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION IF EXISTS audit_no_truncate CASCADE")
        cursor.execute(migration.REFUSE)
    with pytest.raises(InternalError, match="emptied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_entry")
    assert Entry.objects.count() == 3


def test_an_end_that_was_cut_off_shows_when_one_knew_it() -> None:
    three()
    said = io.StringIO()
    call_command("verify_audit", stdout=said)
    known = said.getvalue().partition("The last is ")[2].partition(". ")[0]
    assert known.startswith("3:")
    call_command("verify_audit", known=known, stdout=said)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_entry WHERE number = 3")
    call_command("verify_audit", stdout=said)  # the chain alone cannot see it
    with pytest.raises(CommandError, match="does not hold entry 3"):
        call_command("verify_audit", known=known)


def test_a_refused_row_is_not_written_to_the_log() -> None:
    """PostgreSQL quotes the row it refuses, with everything in it, and a traceback quotes PostgreSQL."""
    alice = factories.subject()
    values = {
        "full_name": "Alice " + "Okafor",
        "email": "alice" + "@example.com",
    }  # a traceback shows our lines
    note = "two\nlines " + "of a note"
    handler = logging.StreamHandler(io.StringIO())
    made = logging.config.DictConfigurator(settings.LOGGING)
    handler.setFormatter(made.configure_formatter(settings.LOGGING["formatters"]["line"]))
    log = logging.getLogger("tests.security")
    log.addHandler(handler)
    try:
        with transaction.atomic():
            Subject.objects.create(source_key=alice.source_key, **values)
    except IntegrityError:
        log.exception("import stopped")
    try:
        with transaction.atomic():
            Subject.objects.filter(pk=alice.pk).update(full_name=None, staff_note=note)
    except IntegrityError:
        log.exception("import stopped")
    finally:
        log.removeHandler(handler)
    written = handler.stream.getvalue()
    assert "IntegrityError" in written
    assert "DETAIL: [row]" in written
    for secret in (alice.source_key, values["full_name"], values["email"], note.partition("\n")[2]):
        assert secret not in written
