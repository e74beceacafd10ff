"""The example company: the same bytes each time, nobody real, every hard case, loaded once through the import."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import wave
import zipfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from examples import make, people, records
from portal.accounts.models import Role, User
from portal.audit.models import Entry
from portal.settings import BASE_DIR
from subjects import datamap
from subjects.finding import find
from subjects.management.commands import load_example
from subjects.models import CallRecording, Identifier, ImportBatch, Subject

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole example, made once."""
    path: Path = tmp_path_factory.mktemp("example")
    make.make(path, TODAY)
    return path


def rows(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The rows of one file under the import's own names."""
    file = next(file for file in make.FILES if file.kind == kind)
    path = folder / file.name
    if path.suffix == ".jsonl":
        found = [json.loads(line) for line in path.read_text().splitlines()]
    elif path.suffix == ".xlsx":
        head, *body = load_workbook(path, read_only=True).active.iter_rows(values_only=True)
        found = [dict(zip(head, row, strict=True)) for row in body]
    else:
        data = path.read_bytes()
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        latin = file.name in ("addresses.csv", "subscriptions.csv")
        decoded = data.decode("utf-16" if wide else "cp1252" if latin else "utf-8-sig")
        delimiter = Counter(c for c in decoded.splitlines()[0] if c in ",;\t").most_common(1)[0][0]
        found = list(csv.DictReader(io.StringIO(decoded, newline=""), delimiter=delimiter))
    names = {heading: field for field, heading in file.headings.items()}
    return [{names[heading]: value for heading, value in row.items()} for row in found]


def everything(folder: Path) -> str:
    """All that the files say, as one text."""
    texts = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".xlsx":
            texts.append(zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode())
        elif path.is_file():
            data = path.read_bytes()
            texts.append(data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"))
    return "\n".join(texts)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_day_gives_the_same_bytes_in_another_process(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "examples.make", str(tmp_path), "--today", TODAY.isoformat()]
    said = subprocess.run(
        command,
        cwd=BASE_DIR,
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert digests(tmp_path) == digests(folder)
    assert len(digests(folder)) > 60
    assert "rows in" in said


def test_another_day_moves_the_history_along(folder: Path, tmp_path: Path) -> None:
    make.make(tmp_path, TODAY + dt.timedelta(days=1))
    other = digests(tmp_path)
    assert all(other[name] != digest for name, digest in digests(folder).items() if not name.endswith(".wav"))


def test_as_many_people_and_records_as_promised(folder: Path) -> None:
    customers = rows(folder, "customers")
    assert 280 <= len(customers) <= 330
    assert len({row["source_key"] for row in customers}) == len(customers)
    per_person = Counter(
        row["customer"] for file in make.FILES if file.kind != "customers" for row in rows(folder, file.kind)
    )
    assert per_person["0001003"] == records.HUGE == 30_000
    assert 18_000 <= sum(per_person.values()) - records.HUGE <= 26_000
    assert 60 <= per_person["0001001"] <= 110
    assert "0001004" not in per_person
    shared = Counter(row["account_number"] for row in customers if row["account_type"] == "business")
    assert sum(1 for number in shared.values() if number > 1) >= 15


def test_alice_has_every_kind_of_data(folder: Path) -> None:
    for file in make.FILES:
        key = "source_key" if file.kind == "customers" else "customer"
        assert any(row[key] == "0001001" for row in rows(folder, file.kind)), file.kind
    calls = [row for row in rows(folder, "support-calls") if row["customer"] == "0001001"]
    assert any("Priya" in row["issue"] for row in calls)
    assert sum(1 for row in rows(folder, "call-recordings") if row["customer"] == "0001001") == 3


def test_history_of_nine_years_that_ends_by_today(folder: Path) -> None:
    visits = [dt.datetime.fromisoformat(row["at"]).date() for row in rows(folder, "web-visits")]
    paid = [dt.date.fromisoformat(row["paid_on"]) for row in rows(folder, "payments")]
    assert max(visits) <= TODAY
    assert max(paid) <= TODAY
    issued = [dt.datetime.strptime(row["issued_on"], "%d/%m/%Y").date() for row in rows(folder, "invoices")]
    ordered = [row["ordered_on"].date() for row in rows(folder, "orders")]
    assert max(ordered) <= TODAY
    assert max(issued) <= TODAY
    assert min(issued) < TODAY - dt.timedelta(days=8 * 365)


def test_money_adds_up(folder: Path) -> None:
    for row in rows(folder, "invoices"):
        net, vat, total = (
            Decimal(row[name].replace("£", "").replace(",", "")) for name in ("net", "vat", "total")
        )
        assert net + vat == total
    numbers = [row["number"] for row in rows(folder, "invoices")]
    assert len(numbers) == len(set(numbers))
    known = set(numbers)
    assert all(row["invoice_number"] in known for row in rows(folder, "payments"))


def test_nobody_in_it_can_be_real(folder: Path) -> None:
    text = everything(folder)
    hosts = set(re.findall(r"@([\w.-]+\.[a-z]{2,})", text, re.IGNORECASE))
    assert hosts
    reserved = re.compile(r"(?:.+\.)?example(?:\.(?:com|org|net))?", re.IGNORECASE)
    assert [host for host in hosts if not reserved.fullmatch(host)] == []
    addresses = set(re.findall(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", text))
    assert [ip for ip in addresses if not ip.startswith(("192.0.2.", "198.51.100.", "203.0.113."))] == []
    numbers = set(re.findall(r"(?:\+44 ?|\b0)\(?\d[\d )]{8,12}\d\b", text))
    drama = re.compile(r"(?:7700900|207946|117496)\d{3,4}|3302232624")  # the last is the company's own
    national = {re.sub(r"\D", "", number).removeprefix("44").lstrip("0") for number in numbers}
    phones = {number for number in national if len(number) == 10}
    assert len(phones) > 100
    assert [number for number in phones if not drama.fullmatch(number)] == []
    codes = {row["postcode"].split()[1] for row in rows(folder, "addresses")}
    assert all(re.fullmatch(r"\d[CIKMOV]{2}", code) for code in codes)


def test_the_hard_cases_are_there(folder: Path) -> None:
    customers = {row["source_key"]: row for row in rows(folder, "customers")}
    awkward = customers["0000012"]
    assert awkward["full_name"].startswith("=HYPERLINK(")
    assert awkward["phone"] == "0012"
    assert awkward["job_title"] == "@SUM(A1:A9)"
    assert awkward["staff_note"].startswith("+44")
    assert "<script>" in awkward["staff_note"]
    scripts = "".join(row["full_name"] for row in customers.values())
    assert all(letter in scripts for letter in "王ف김יΠप田Ш") and "Żółkiewski" in scripts  # noqa: PT018
    emails = rows(folder, "emails")
    assert max(len(row["body"]) for row in emails) == 40_000
    assert any("\x1b" in row["issue"] for row in rows(folder, "support-calls"))
    addresses = Counter(row["email"].lower() for row in customers.values())
    assert [address for address, number in addresses.items() if number > 1] == ["hollis.family@example.com"]
    assert customers["0001009"]["email"] == "Zoe.OConnell@Example.COM"
    assert customers["0001007"]["phone"] != customers["0001008"]["phone"]  # one number, written in two ways
    assert any(row["since"] == "31/12/1899" for row in rows(folder, "addresses"))


def test_the_files_use_every_format_the_import_reads(folder: Path) -> None:
    starts = {path.name: path.read_bytes()[:4] for path in folder.iterdir() if path.is_file()}
    assert starts["customers.csv"].startswith(b"\xef\xbb\xbf")
    assert starts["remote-sessions.tsv"][:2] in (b"\xff\xfe", b"\xfe\xff")
    assert "£".encode("cp1252") in (folder / "subscriptions.csv").read_bytes()
    assert {path.suffix for path in folder.iterdir() if path.is_file()} == {".csv", ".tsv", ".xlsx", ".jsonl"}


def test_recordings_are_sound_files_as_long_as_their_rows_say(folder: Path) -> None:
    for row in rows(folder, "call-recordings"):
        with wave.open(str(folder / make.RECORDINGS / row["file"])) as sound:
            assert sound.getnframes() / sound.getframerate() == int(row["duration_s"])


# --- loading it ---------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cast and a dozen others, and not quite so many web visits."""
    monkeypatch.setattr(people, "OTHERS", 12)
    monkeypatch.setattr(records, "HUGE", 700)


def counts() -> dict[str, int]:
    return {dataset.key: dataset.model_class._default_manager.count() for dataset in datamap.datasets()}


@pytest.mark.django_db
def test_it_loads_through_the_import_and_only_once(small: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_example", today=TODAY)
    assert "is loaded" in capsys.readouterr().out
    loaded = counts()
    kinds = [file.kind for file in make.FILES]
    assert sorted(ImportBatch.objects.values_list("kind", flat=True)) == sorted(kinds)
    assert all(loaded[kind] for kind in kinds if kind in loaded)
    assert Subject.objects.count() == len(people.everybody(TODAY))
    assert Identifier.objects.filter(value="+447700900123").count() == 1
    assert Entry.objects.filter(verb="example.loaded").count() == 1

    call_command("load_example", today=TODAY)
    assert "already loaded" in capsys.readouterr().out
    assert counts() == loaded
    assert Entry.objects.filter(verb="example.loaded").count() == 1
    assert User.objects.count() == len(load_example.STAFF)


@pytest.mark.django_db
def test_an_interrupted_load_is_finished_by_the_next(small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(make, "FILES", make.FILES[:3])
        patch.setattr(load_example, "record", _stopped)
        with pytest.raises(KeyboardInterrupt):
            call_command("load_example", today=TODAY)
    people_before = Subject.objects.count()
    call_command("load_example", today=TODAY)
    assert Subject.objects.count() == people_before
    assert CallRecording.objects.exists()


def _stopped(*args: object, **kwargs: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.django_db
def test_what_is_loaded_can_be_found_and_signed_in_with(small: None) -> None:
    call_command("load_example", today=TODAY)
    (alice,) = find("+44 7700 900 123", by=None)
    assert alice.subject.full_name == "Alice Okafor"
    assert {match.subject.full_name for match in find("02079460321", by=None)} == {
        "Siân Pryce-Jones",
        "Gethin Pryce-Jones",
    }
    roles = dict(User.objects.values_list("name", "role"))
    assert roles == {
        "Dee": Role.DPO,
        "Sam": Role.STAFF,
        "Sue": Role.SUPPORT,
        "Ada": Role.ADMINISTRATOR,
        "Olu": Role.AUDITOR,
    }
    assert all(user.check_password(load_example.EXAMPLE_PASSWORD) for user in User.objects.all())
    recording = CallRecording.objects.filter(subject=alice.subject).first()
    assert recording is not None
    with recording.file.open("rb") as sound:
        assert sound.read(4) == b"RIFF"


@pytest.mark.django_db
def test_it_is_never_loaded_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="never loaded in production"):
        call_command("load_example")
    assert not User.objects.exists()
    assert not Subject.objects.exists()
