"""The evidence pack (ux D11): everything on record about a case, in one ZIP that reads without the system."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
import zipfile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.models import Role
from portal.audit import trail
from portal.audit.models import Entry
from portal.templatetags.house import moment
from requests_sar import clockwork, evidence, services
from requests_sar.admin.case_page import EVENTS
from requests_sar.models import Case, Download, File
from requests_sar.workflow import State
from tests import factories


def made(client: Client, case: Case) -> zipfile.ZipFile:
    response = client.post(reverse("admin:case_evidence", args=[case.reference]))
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="evidence-{case.reference}.zip"'
    assert "no-store" in response["Cache-Control"]
    return zipfile.ZipFile(io.BytesIO(response.getvalue()))


def rows(pack: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(pack.read(name).decode("utf-8-sig"))))[1:]


@pytest.fixture
def story(db: None) -> Case:
    """A request with a question, a note, a refusal and a copy that was handed out."""
    dee = factories.user(Role.DPO, name="Dee Marsh")
    case = factories.case(State.TRIAGE, subject=factories.subject(), requester_email="alice@example.com")
    question = clockwork.ask_question(case=case, category="which", text="Which calls do you mean?", by=dee)
    clockwork.answered(question=question, by=dee)
    package = factories.package(case, released_at=timezone.now())
    Download.objects.create(
        file=package.files.get(kind=File.Kind.WORKBOOK), actor="customer", at=timezone.now()
    )
    case.refresh_from_db()
    return services.refuse(case=case, by=dee, ground="excessive", reason="=HYPERLINK() was asked for daily.")


@pytest.fixture
def dee(client: Client, story: Case) -> Client:
    client.force_login(factories.user(Role.DPO))
    return client


def test_every_event_on_screen_is_in_the_pack_with_the_same_time(dee: Client, story: Case) -> None:
    pack = made(dee, story)
    expected = [(moment(h.at), EVENTS.get(h.event, h.event)) for h in story.history.all()]
    assert [(row[0], row[1]) for row in rows(pack, "timeline.csv")] == expected
    assert expected[-1][1] == "Evidence pack made"  # that it was made is on record, and in the pack itself
    assert Entry.objects.filter(verb="case.evidence-made", target=f"case:{story.reference}").exists()


def test_the_hash_is_that_of_the_file_handed_out(dee: Client, story: Case) -> None:
    pack = made(dee, story)
    workbook = next(row for row in rows(pack, "files.csv") if row[0].endswith(".workbook"))
    assert workbook[2] == hashlib.sha256(b"the file's bytes").hexdigest()
    assert "The customer" in workbook[4]


def test_the_page_asks_nobody_for_anything(dee: Client, story: Case) -> None:
    page = made(dee, story).read("index.html").decode()
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert [link for link in re.findall(r'(?:src|href)="([^"]*)"', page) if not link.startswith("#")] == []
    assert "url(" not in page


def test_letters_and_messages_stand_word_for_word(dee: Client, story: Case) -> None:
    pack = made(dee, story)
    letters = [name for name in pack.namelist() if name.startswith("letters/")]
    assert any(name.endswith("-refused.txt") for name in letters)
    refused = next(name for name in letters if name.endswith("-refused.txt"))
    assert "=HYPERLINK() was asked for daily." in pack.read(refused).decode()
    assert len(rows(pack, "messages.csv")) == story.letters.count()
    assert len(rows(pack, "emails.csv")) >= 1


def test_the_manifest_names_every_file_with_its_digest(dee: Client, story: Case) -> None:
    pack = made(dee, story)
    manifest = json.loads(pack.read("manifest.json"))
    assert {f["name"] for f in manifest["files"]} | {"manifest.json"} == set(pack.namelist())
    for file in manifest["files"]:
        data = pack.read(file["name"])
        assert (file["size"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_slice_of_the_trail_is_verified(dee: Client, story: Case) -> None:
    entries = rows(made(dee, story), "trail.csv")
    package = story.packages.get()
    about = [f"case:{story.reference}", f"package:{package.pk}"]
    assert len(entries) == Entry.objects.filter(target__in=about).count()
    assert {row[-1] for row in entries} == {"Yes"}
    forged = Entry.objects.filter(target=f"case:{story.reference}").first()
    forged.reason = "something else"
    assert trail.unsound([forged]) == {forged.number: "its content was changed"}
    moved = Entry.objects.filter(target=f"case:{story.reference}").last()
    moved.previous = "f" * 64
    moved.digest = trail._digest(moved)
    assert trail.unsound([moved]) == {moved.number: "it does not continue the entry before it"}


def test_doors(client: Client, story: Case) -> None:
    url = reverse("admin:case_evidence", args=[story.reference])
    assert client.post(url).status_code == 302  # anonymous: to the sign-in
    for role, status in (
        (Role.AUDITOR, 200),
        (Role.STAFF, 403),
        (Role.SUPPORT, 403),
        (Role.ADMINISTRATOR, 403),
    ):
        client.force_login(factories.user(role))
        assert client.post(url).status_code == status, role
    client.force_login(factories.user(Role.DPO))
    assert client.get(url).status_code == 405
    assert client.post(reverse("admin:case_evidence", args=["DP-2222-2222"])).status_code == 404
    assert (
        client.post(url).status_code == client.post(url).status_code == 200
    )  # twice is two packs, both on record


def table(cells: list[str]) -> evidence.Table:
    return evidence.Table("t", "T", "What.", ("A", "B"), [cells])


@given(st.text(), st.text())
def test_whatever_somebody_typed_stays_text(a: str, b: str) -> None:
    out = evidence.table_csv(table([a, b])).decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(out, newline="")))[1]
    assert len(cells) == 2
    assert not any(cell.lstrip()[:1] in tuple("=+@") for cell in cells if cell)
    page = evidence.index(
        evidence.Pack("DP-1", "Us", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "Dee", (), (table([a, b]),), ())
    )
    assert page.count("<td>") == 2
    assert page.count("<script") == 0


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="3 cells, not 2"):
        evidence.table_csv(table(["1", "2", "3"]))


def test_the_same_pack_gives_the_same_bytes() -> None:
    pack = evidence.Pack("DP-1", "Us", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "Dee", (("A", "B"),), (), ())
    one, two = io.BytesIO(), io.BytesIO()
    evidence.write(pack, one)
    evidence.write(pack, two)
    assert one.getvalue() == two.getvalue()


def test_what_each_right_decided_has_its_table(client: Client, db: None) -> None:
    from requests_sar.models import Complaint, Correction, RecipientNotice
    from requests_sar.rights import Right

    client.force_login(factories.user(Role.DPO))
    wrong = factories.case(State.REVIEW, right=Right.RECTIFICATION, subject=factories.subject())
    Correction.objects.create(case=wrong, label="Town", present="Bath", wanted="Bristol", decision="accept")
    RecipientNotice.objects.create(case=wrong, right=Right.RECTIFICATION, recipient="Fast Parcels")
    pack = made(client, wrong)
    assert rows(pack, "corrections.csv")[0][:4] == ["Town", "Bath", "Bristol", "Put right"]
    assert rows(pack, "recipients.csv")[0][0] == "Fast Parcels"
    said = factories.case(State.REVIEW, right=Right.COMPLAINT)
    Complaint.objects.create(
        case=said, reply_how="email", acknowledge_by=said.received_on, finding="partly", outcome="Half."
    )
    assert rows(made(client, said), "complaint.csv")[0][3:5] == ["They are right in part", "Half."]
