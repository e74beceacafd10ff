"""Somebody on the staff who wants a customer's copy sent elsewhere, or another person's files in it."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from requests_sar import identity, tasks
from requests_sar.models import Case, Package, Proof
from requests_sar.workflow import State
from subjects.importing import kinds
from subjects.models import CallRecording, Subject
from tests import factories
from tests.subjects.test_importing import bring_in, people, refused, table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.mark.parametrize(
    ("column", "held"), [("email", "alice@example.com"), ("email", ""), ("second_email", "alice@example.com")]
)
def test_an_address_that_an_import_has_just_put_in_proves_nobody(column: str, held: str) -> None:
    alice = factories.subject(email=held)
    sam = factories.user("staff", name="Sam")
    row = table(
        [alice.source_key, "Alice Okafor", "mallory@example.net"], columns=f"source_key full_name {column}"
    )
    bring_in(row, by=sam)
    assert identity.subject_at("mallory@example.net") == alice
    case = factories.case(State.VERIFYING, requester_email="mallory@example.net")
    assert identity.fields_for(case, address="mallory@example.net", proof=Proof.CODE) == {}


def test_a_person_who_is_imported_for_the_first_time_can_prove_themselves() -> None:
    bring_in(people(["C-7", "Bob Stone", "bob@example.com"]))
    bob = Subject.objects.get(source_key="C-7")
    assert identity.fields_for(Case(), address="bob@example.com", proof=Proof.CODE)["subject"] == bob


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "packages/x/workbook.age", "..", "a/../b", "\x00"]
)
def test_a_recording_is_a_plain_name_in_its_own_folder(name: str) -> None:
    alice = factories.subject()
    batch = bring_in(
        table(
            ["R-1", alice.source_key, "2025-01-06 10:00", "60", name],
            columns="source_key customer recorded_at duration_s file",
        ),
        "call-recordings",
    )
    assert [line["Import column"] for line in refused(batch)] == ["file"]
    assert not CallRecording.objects.exists()


def test_two_rows_may_name_one_sound_file_and_the_copy_is_made_all_the_same() -> None:
    alice = factories.subject(account=factories.account())
    default_storage.save(f"{kinds.RECORDINGS}/call.wav", ContentFile(b"RIFF" + b"\0" * 60))
    batch = bring_in(
        table(
            ["R-1", alice.source_key, "2025-01-06 10:00", "60", "call.wav"],
            ["R-2", alice.source_key, "2025-01-07 10:00", "60", "call.wav"],
            columns="source_key customer recorded_at duration_s file",
        ),
        "call-recordings",
    )
    assert batch.new == 2, refused(batch)
    made = factories.package(subject=alice, state=Package.State.QUEUED)
    tasks.collect(str(made.pk))
    made.refresh_from_db()
    assert made.state == Package.State.READY, made.error
