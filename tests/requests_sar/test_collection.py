"""From a subject's rows to four sealed files, through every fault on the way."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import orjson
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from requests_sar import collection, packages, tasks, vault
from requests_sar.models import File, Package, Source
from requests_sar.packages import Lost, Refused
from subjects.models import Account, CallRecording, Subject, SupportCall

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


@pytest.fixture
def alice() -> Subject:
    account = Account.objects.create(number="A-1", name="Alice", opened_on=dt.date(2020, 1, 1))
    subject = Subject.objects.create(
        source_key="C1", full_name="Alice =1+1", email="alice@example.com", account=account
    )
    for number in range(3):
        SupportCall.objects.create(
            subject=subject,
            source_key=f"S{number}",
            started_at=NOON,
            issue=f"Printer {number}",
            status="resolved",
        )
    return subject


def _ask(subject: Subject, **more) -> Package:
    return packages.ask(subject=subject, by=None, purpose="checking", **more)


def _read(file: File) -> bytes:
    return b"".join(vault.stream(file.path, file.package.key))


def test_a_whole_package(alice: Subject) -> None:
    package = _ask(alice)
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.state == Package.State.READY, package.error
    assert {file.kind for file in package.files.all()} == {"workbook", "bundle", "page", "letter"}
    assert package.rows_done == package.rows_total == 5  # the person, the account, three calls
    book = openpyxl.load_workbook(io.BytesIO(_read(package.files.get(kind="workbook"))))
    assert book.sheetnames[0] == "Start here"
    assert book["Support calls"].max_row == 4 + 3
    data = orjson.loads(
        zipfile.ZipFile(io.BytesIO(_read(package.files.get(kind="bundle")))).read("data.json")
    )
    assert data


def test_files_at_rest_are_sealed(alice: Subject, settings) -> None:
    package = _ask(alice)
    tasks.collect(str(package.pk))
    lying = [path for path in settings.STORAGE_DIR.rglob("*") if path.is_file()]
    assert len(lying) == 4
    assert all(path.read_bytes().startswith(b"age-encryption.org/v1") for path in lying)
    assert all(b"Printer" not in path.read_bytes() for path in lying)


def test_a_damaged_file_is_refused_not_served(alice: Subject, settings) -> None:
    package = _ask(alice)
    tasks.collect(str(package.pk))
    file = package.files.get(kind="page")
    path = settings.STORAGE_DIR / file.path
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(vault.Unreadable):
        _read(File.objects.get(pk=file.pk))


def test_twice_is_once(alice: Subject) -> None:
    package = _ask(alice)
    assert _ask(alice).pk == package.pk
    tasks.collect(str(package.pk))
    digests = set(package.files.values_list("sha256", flat=True))
    tasks.collect(str(package.pk))
    assert set(package.files.values_list("sha256", flat=True)) == digests
    assert Package.objects.get(pk=package.pk).attempts == 1


def test_a_purpose_is_needed(alice: Subject) -> None:
    with pytest.raises(Refused, match="what the copy is for"):
        packages.ask(subject=alice, by=None, purpose=" ")


def test_a_missing_recording_stops_the_package_and_keeps_the_rest(alice: Subject) -> None:
    recording = CallRecording.objects.create(
        subject=alice, source_key="R1", recorded_at=NOON, file="recordings/gone.wav"
    )
    package = _ask(alice)
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.state == Package.State.FAILED
    assert "Call recordings" in package.error
    assert not package.files.exists()
    assert package.sources.get(dataset="call-recordings").state == Source.State.FAILED
    assert package.sources.get(dataset="support-calls").state == Source.State.DONE
    default_storage.save(recording.file.name, ContentFile(b"RIFF"))
    searched = package.sources.get(dataset="support-calls").searched_at
    packages.retry(package, by=None)
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.state == Package.State.READY, package.error
    assert package.sources.get(dataset="support-calls").searched_at == searched  # kept, not collected again
    names = zipfile.ZipFile(io.BytesIO(_read(package.files.get(kind="bundle")))).namelist()
    assert "files/call-recordings/gone.wav" in names


def test_a_waived_source_is_said_on_the_first_sheet(alice: Subject) -> None:
    CallRecording.objects.create(subject=alice, source_key="R1", recorded_at=NOON, file="recordings/gone.wav")
    package = _ask(alice)
    tasks.collect(str(package.pk))
    failed = package.sources.get(state=Source.State.FAILED)
    with pytest.raises(Refused):
        packages.waive(failed, by=None, reason="")
    packages.waive(failed, by=None, reason="The archive of 2026 was lost in a fire.")
    packages.retry(package, by=None)
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.state == Package.State.READY, package.error
    book = openpyxl.load_workbook(io.BytesIO(_read(package.files.get(kind="workbook"))))
    words = " ".join(str(cell.value) for row in book["Start here"] for cell in row if cell.value)
    assert "lost in a fire" in words


def test_a_dead_worker_is_replaced_and_its_work_kept(alice: Subject, monkeypatch) -> None:
    package = _ask(alice)

    class Killed(BaseException):
        pass

    def die(*args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(collection, "_make", die)
        with pytest.raises(Killed):
            tasks.collect(str(package.pk))
    assert packages.claim(package.pk) is None  # the lease still stands
    Package.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert packages.sweep() == 1
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert (package.state, package.attempts) == (Package.State.READY, 2)


def test_attempts_are_capped(alice: Subject) -> None:
    package = _ask(alice)
    Package.objects.update(attempts=packages.ATTEMPTS)
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.state == Package.State.FAILED
    assert package.error


def test_a_worker_that_lost_its_claim_writes_nothing(alice: Subject) -> None:
    package = _ask(alice)
    lease = packages.claim(package.pk)
    assert lease is not None
    Package.objects.update(claimed_until=timezone.now() - dt.timedelta(seconds=1))
    assert packages.claim(package.pk) is not None
    with pytest.raises(Lost):
        lease.write(step="anything")
    with pytest.raises(Lost):
        packages.finish(lease, [], rows=0)
    collection.run(lease)
    package.refresh_from_db()
    assert package.state == Package.State.RUNNING


def test_stopping_leaves_nothing(
    alice: Subject, settings, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    package = _ask(alice)
    make = collection._make

    def stopped_while_writing(lease, document, output):
        if output.kind == File.Kind.BUNDLE:
            packages.stop(package, by=None)
        return make(lease, document, output)

    monkeypatch.setattr(collection, "_make", stopped_while_writing)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.state == Package.State.STOPPED
    assert not [path for path in settings.STORAGE_DIR.rglob("*") if path.is_file()]
    with pytest.raises(Refused):
        packages.stop(package, by=None)


def test_expiry_destroys_key_and_files(alice: Subject, settings, django_capture_on_commit_callbacks) -> None:
    package = _ask(alice)
    tasks.collect(str(package.pk))
    file = File.objects.filter(package=package).first()
    assert b"".join(packages.hand_out(file, by=None))
    Package.objects.update(expires_at=timezone.now())
    with pytest.raises(Refused, match="removed"):
        packages.hand_out(File.objects.get(pk=file.pk), by=None)
    with django_capture_on_commit_callbacks(execute=True):
        assert packages.expire() == 1
    package.refresh_from_db()
    assert (package.state, package.key) == (Package.State.DESTROYED, None)
    assert not [path for path in settings.STORAGE_DIR.rglob("*") if path.is_file()]


def test_locked_files_are_not_handed_out(alice: Subject) -> None:
    package = _ask(alice)
    tasks.collect(str(package.pk))
    packages.lock(package, by="customer")
    file = File.objects.filter(package=package).first()
    with pytest.raises(Refused, match="locked"):
        packages.hand_out(file, by=None)
    packages.unlock(package, by=None)
    file = File.objects.filter(package=package).first()
    assert b"".join(packages.hand_out(file, by=None))


def test_large_copies_go_to_their_own_queue(alice: Subject, monkeypatch) -> None:
    monkeypatch.setattr(packages, "BULK_ROWS", 4)
    assert _ask(alice).queue == "bulk"


def test_only_the_asked_kinds_and_dates(alice: Subject) -> None:
    SupportCall.objects.create(subject=alice, source_key="S9", started_at=NOON - dt.timedelta(days=400))
    package = _ask(alice, kinds=["support-calls"], since=dt.date(2026, 3, 2), until=dt.date(2026, 3, 2))
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.rows_done == 3
    assert package.sources.count() == 1
