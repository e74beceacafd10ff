"""Moving data to another company (Article 20): what is in, what is out and why, asked and released like a copy."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import openpyxl
import orjson
import pytest
import time_machine
from django.urls import reverse

from consent import ledger
from portal.accounts.models import Role
from requests_sar import collection, packages, portability, services, vault
from requests_sar.casework import NotPossible
from requests_sar.models import Case, Channel, File
from requests_sar.rights import Right
from requests_sar.workflow import State
from subjects import datamap
from subjects.models import CallRecording, Email, Order, Subject, SupportCall, WebVisit
from tests import customer, factories

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
OURS = ("awkward customer", "SOLVED BY US", "203.0.113.9", "Agent Smith", "OUR REPLY", "the note of a call")


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def alice() -> Subject:
    alice = factories.subject(staff_note="awkward customer", phone="0117 496 0123")
    Order.objects.create(
        subject=alice, source_key="O1", number="2001", type="hardware", ordered_on=dt.date(2026, 1, 5),
        item="Router", total="99.50", delivered_on=dt.date(2026, 1, 9),
    )  # fmt: skip
    SupportCall.objects.create(
        subject=alice, source_key="S1", started_at=NOON, issue="No light on the router", duration_s=600,
        resolution="SOLVED BY US", agent="Agent Smith", staff_note="the note of a call",
    )  # fmt: skip
    CallRecording.objects.create(subject=alice, source_key="R1", recorded_at=NOON, duration_s=60)
    for number, way in enumerate(("inbound", "outbound")):
        body = "MY QUESTION" if way == "inbound" else "OUR REPLY"
        Email.objects.create(
            subject=alice,
            source_key=f"E{number}",
            sent_at=NOON,
            direction=way,
            subject_line="Router",
            body=body,
        )
    WebVisit.objects.create(subject=alice, source_key="W1", at=NOON, ip="203.0.113.9", service="Portal")
    ledger.record(
        subject=alice, purpose="marketing", channel="email", act="given", how="sign-up", by=None,
        wording="Yes, write to me", happened_at=NOON,
    )  # fmt: skip
    return alice


def answered(case: Case) -> dict[str, bytes]:
    """The files of a case, made at once."""
    case = services.accept(case=case, by=factories.user(Role.DPO))
    lease = packages.claim(case.packages.get().pk)
    assert lease
    collection.run(lease)
    case.refresh_from_db()
    assert case.state == State.REVIEW
    files = File.objects.filter(package__case=case)
    return {file.kind: b"".join(vault.stream(file.path, file.package.key)) for file in files}


def asked(subject: Subject, **fields) -> Case:
    return factories.case(State.TRIAGE, right=Right.PORTABILITY, subject=subject, **fields)


def everything(files: dict[str, bytes]) -> str:
    texts = []
    for content in files.values():
        if content[:2] == b"PK":
            archive = zipfile.ZipFile(io.BytesIO(content))
            texts += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
        else:
            texts.append(content.decode())
    return re.sub(r"\s+", " ", " ".join(texts))


def test_s37_what_was_provided_and_observed_and_nothing_of_ours(alice: Subject) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 16, 10, tzinfo=dt.UTC), tick=False):
        case = asked(alice)
        files = answered(case)
    assert case.due_on == dt.date(2026, 12, 16)
    words = everything(files)
    for held in ("Router", "No light on the router", "MY QUESTION", "0117 496 0123", "Yes, write to me"):
        assert held in words
    for ours in OURS:
        assert ours not in words
    archive = zipfile.ZipFile(io.BytesIO(files[File.Kind.BUNDLE]))
    data = orjson.loads(archive.read("data.json"))
    calls = data["data"]["support-calls"]["records"]
    assert [sorted(call) for call in calls] == [["channel", "charge", "duration_s", "issue", "started_at"]]
    assert calls[0]["started_at"] == "2026-03-02T12:00:00+00:00"
    orders = data["data"]["orders"]["records"]
    assert (orders[0]["ordered_on"], orders[0]["delivered_on"]) == ("2026-01-05", "2026-01-09")
    assert any(name.startswith("csv/") for name in archive.namelist())
    book = openpyxl.load_workbook(io.BytesIO(files[File.Kind.WORKBOOK]))
    assert "Support calls" in book.sheetnames
    assert "IP addresses" not in book.sheetnames


def test_readme_first_sheet_and_letter_say_what_is_left_out_and_why(alice: Subject) -> None:
    files = answered(asked(alice))
    archive = zipfile.ZipFile(io.BytesIO(files[File.Kind.BUNDLE]))
    readme = " ".join(archive.read("README.txt").decode().split())
    book = openpyxl.load_workbook(io.BytesIO(files[File.Kind.WORKBOOK]))
    start = " ".join(
        str(cell) for row in book["Start here"].iter_rows(values_only=True) for cell in row if cell
    )
    letter = re.sub(r"\s+", " ", files[File.Kind.LETTER].decode())
    for where in (readme, start, letter):
        assert "“IP addresses” is not here" in where
        assert "“Support calls” is without “What we did”, “Status”, “Who helped” and “Our note”" in where
        assert "“Emails” holds what you sent to us" in where
        assert "“Requests and complaints” is not here: our reason for holding it is legal obligation" in where
    assert "everything we found about you" not in readme + start + letter
    assert "Your request to move your data" in letter
    assert "Article 20" in letter
    assert "subject access request" not in letter


def test_every_kind_is_in_scope_or_named_with_its_reason() -> None:
    case = Case(right=Right.PORTABILITY)
    keys = [dataset.key for dataset in portability.datasets(case)]
    said = " ".join(portability.notes(case, keys))
    for dataset in datamap.datasets():
        assert (dataset.key in keys) != (f"“{dataset.title}” is not here" in said)
        if dataset.key in keys:
            narrowed = next(d for d in portability.datasets(case) if d.key == dataset.key)
            assert all(column.provided or column.path == dataset.order for column in narrowed.columns)
    assert {"web-visits", "disclosures", "requests", "request-notes"}.isdisjoint(keys)
    assert list(portability.notes(Case(right=Right.ACCESS), keys)) == []


def test_a_copy_of_the_data_is_as_whole_as_before(alice: Subject) -> None:
    words = everything(answered(factories.case(State.TRIAGE, subject=alice)))
    for ours in OURS:
        assert ours in words


def test_asked_by_a_customer_with_another_company_named(client, alice: Subject) -> None:
    customer.sign_in(client)
    assert client.get(reverse("start", args=["portability"])).status_code == 200
    client.post(reverse("start", args=["portability"]))
    draft = customer.Draft.objects.latest("created_at")
    page = client.get(customer.question(draft, "which"))
    assert page.status_code == 302  # only when "some" was chosen
    client.post(customer.question(draft, "what"), {"scope": "some"})
    page = client.get(customer.question(draft, "which"))
    assert "Orders" in customer.main(page)
    assert "IP addresses" not in customer.main(page)
    bad = client.post(customer.question(draft, "which"), {"kinds": ["web-visits"]})
    assert bad.status_code == 422
    client.post(customer.question(draft, "which"), {"kinds": ["orders", "emails"]})
    assert "no direct connection" in customer.main(client.get(customer.question(draft, "to")))
    client.post(customer.question(draft, "to"), {"reply_by": "other"})
    assert client.post(customer.question(draft, "company"), {"reply_needs": ""}).status_code == 422
    client.post(customer.question(draft, "company"), {"reply_needs": "Acme Broadband, in@acme.example"})
    client.post(customer.question(draft, "who"), {"for_self": "yes"})
    client.post(customer.question(draft, "details"), {"name": "Alice Okafor"})
    assert "Acme Broadband" in customer.main(client.get(reverse("check", args=[draft.pk])))
    for _ in range(2):
        client.post(reverse("check", args=[draft.pk]))
    case = Case.objects.get()
    assert (case.right, case.subject, case.kinds) == (Right.PORTABILITY, alice, ["orders", "emails"])
    words = everything(answered(case))
    assert "You asked us to send the files to: Acme Broadband, in@acme.example" in words
    assert "You asked for some kinds of data only: Orders, Emails" in words
    assert "No light on the router" not in words
    assert "Acme Broadband" in customer.main(client.get(reverse("request", args=[case.reference])))


def test_reviewed_and_released_like_a_copy(alice: Subject) -> None:
    dee = factories.user(Role.DPO)
    case = asked(alice, channel=Channel.PHONE)
    answered(case)
    case.refresh_from_db()
    case = services.mark_reviewed(case=case, by=dee, alone="There is nobody else.")
    with pytest.raises(NotPossible, match="who is asking"):
        services.release(case=case, by=dee)
    case = services.verify_by_hand(case=case, by=dee, how="called back")
    case = services.release(case=case, by=dee)
    assert case.state == State.RELEASED
    told = case.letters.get(kind="released").text
    assert "“IP addresses” is not here" in told
    assert "We left nothing out" not in told
