"""The staff pages of imports, as a browser uses them."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from portal.accounts.models import Role
from subjects.importing import engine, showing
from subjects.models import ImportBatch, Subject
from tests import factories

pytestmark = pytest.mark.django_db
State = ImportBatch.State
CSV = b"Customer number,Name,E-mail,Shoe size\nC-1,Alice Okafor,alice@example.com,38\nC-2,Bob Smith,nowhere,44\n"


@pytest.fixture
def sam(client: Client) -> Any:
    user = factories.user(Role.STAFF, name="Sam Field")
    client.force_login(user)
    return user


def address(name: str, batch: ImportBatch | None = None) -> str:
    return reverse(f"admin:subjects_importbatch_{name}", args=[batch.pk] if batch else [])


def show(client: Client, batch: ImportBatch, status: int = 200) -> str:
    response = client.get(address("change", batch))
    assert response.status_code == status
    return response.content.decode()


def send(client: Client, data: bytes = CSV, name: str = "people.csv", kind: str = "customers") -> Any:
    return client.post(address("add"), {"kind": kind, "file": SimpleUploadedFile(name, data)}, follow=True)


def uploaded(client: Client, **more: Any) -> ImportBatch:
    assert send(client, **more).status_code == 200
    return ImportBatch.objects.latest("created_at")


def columns_of(batch: ImportBatch, **changes: str) -> dict[str, str]:
    return {**batch.mapping, **changes}


def checked(client: Client) -> ImportBatch:
    batch = uploaded(client)
    client.post(address("columns", batch), columns_of(batch))
    engine.work(batch.pk)
    batch.refresh_from_db()
    assert batch.state == State.CHECKED
    return batch


def test_from_upload_to_undo(client: Client, sam: Any) -> None:
    assert "No file has been imported yet." in client.get(address("changelist")).content.decode()
    batch = uploaded(client)
    text = show(client, batch)
    assert "CSV, separated by commas, UTF-8" in text
    assert re.search(r'<option value="E-mail" selected>', text)
    assert "alice@example.com; nowhere" in text
    assert "Columns of the file that are left out: Shoe size." in text
    response = client.post(address("columns", batch), columns_of(batch), follow=True)
    text = response.content.decode()
    assert "Waiting for a free place" in text
    assert '<noscript><meta http-equiv="refresh"' in text
    assert client.get(address("progress", batch)).json()["working"] is True
    engine.work(batch.pk)
    assert client.get(address("progress", batch)).json() == {"working": False}
    text = show(client, batch)
    assert "Nothing has been imported yet." in text
    assert '<span class="card-number">1</span> new' in text
    assert "Write one e-mail address, like name@example.com" in text
    assert "Import the other rows" in text
    refused = client.get(address("refused", batch))
    assert refused["Content-Disposition"].startswith('attachment; filename="refused-customers-')
    assert b"C-2" in b"".join(refused.streaming_content)
    assert not Subject.objects.exists()
    client.post(address("apply", batch))
    engine.work(batch.pk)
    assert Subject.objects.get().full_name == "Alice Okafor"
    assert "Undo this import" in show(client, batch)
    listed = client.get(address("changelist")).content.decode()
    assert "1 new, 0 changed" in listed
    assert "Sam Field" in listed
    assert "Alice" not in listed
    assert "1 new record will be deleted" in client.get(address("undo", batch)).content.decode()
    assert Subject.objects.exists()
    client.post(address("undo", batch))
    engine.work(batch.pk)
    assert not Subject.objects.exists()
    assert "Everything this import did was undone." in show(client, batch)
    assert client.get(address("refused", batch)).status_code == 404


def test_what_is_kept_is_listed(client: Client, sam: Any) -> None:
    batch = checked(client)
    client.post(address("apply", batch))
    engine.work(batch.pk)
    Subject.objects.update(phone="07700 900123")
    client.post(address("undo", batch))
    engine.work(batch.pk)
    text = show(client, batch)
    assert "except for 1 record that something else has changed since" in text
    assert "It was changed after the import." in text
    lines = b"".join(client.get(address("kept", batch)).streaming_content).decode().splitlines()
    assert lines[1] == "Subject,C-1,It was changed after the import."


def test_a_double_press_starts_one_job_and_a_stale_page_loses_politely(client: Client, sam: Any) -> None:
    batch = checked(client)
    for _ in range(2):
        response = client.post(address("apply", batch), follow=True)
    assert "error" not in [message.level_tag for message in response.context["messages"]]
    engine.work(batch.pk)
    assert Subject.objects.count() == 1
    response = client.post(address("check", batch), follow=True)
    assert "Somebody has moved this import on" in response.content.decode()
    response = client.post(address("columns", batch), columns_of(batch), follow=True)
    assert "The columns cannot be changed any more." in response.content.decode()
    batch.refresh_from_db()
    assert batch.state == State.APPLIED


@pytest.mark.parametrize(
    ("data", "name", "kind", "words"),
    [
        (b"", "a.csv", "customers", "The file is empty."),
        (b"a,a\n1,2\n", "a.csv", "customers", "Two columns are called &#x27;a&#x27;."),
        (b"PK\x03\x04", "a.xlsx", "customers", "The Excel file is damaged"),
        (CSV, "a.csv", "", "Choose what is in the file."),
        (CSV, "a.csv", "cats", "Choose what is in the file."),
    ],
)
def test_files_that_cannot_be_taken(
    client: Client, sam: Any, data: bytes, name: str, kind: str, words: str
) -> None:
    response = send(client, data, name, kind)
    assert response.status_code == 422
    text = response.content.decode()
    assert "There is a problem" in text
    assert words in text
    assert not ImportBatch.objects.exists()


def test_no_file_and_a_file_that_is_too_large(client: Client, sam: Any, settings: Any) -> None:
    response = client.post(address("add"), {"kind": "customers"})
    assert "Choose a file." in response.content.decode()
    settings.IMPORT_MAX_BYTES = 50
    assert "Split it and import the parts." in send(client).content.decode()


def test_choices_of_columns_that_cannot_be(client: Client, sam: Any) -> None:
    batch = uploaded(client)
    for changes, words in [
        ({"source_key": ""}, "Choose the column that holds: Customer number."),
        ({"phone": "E-mail"}, "is chosen for"),
        ({"phone": "Nonsense"}, "Select a valid choice"),
    ]:
        response = client.post(address("columns", batch), columns_of(batch, **changes))
        assert response.status_code == 422
        assert words in response.content.decode()
    batch.refresh_from_db()
    assert batch.state == State.UPLOADED
    response = client.post(address("columns", batch), columns_of(batch, full_name="", email=""))
    assert "No column is chosen for" not in response.content.decode()
    batch = uploaded(client, data=b"Customer number,Tel\nC-1,1\n")
    assert "No column is chosen for: Name." in show(client, batch)


def test_another_sheet_of_a_workbook(client: Client, sam: Any) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["About this file"])
    people = book.create_sheet("People")
    people.append(["Customer number", "Name"])
    people.append(["C-1", "Alice"])
    out = io.BytesIO()
    book.save(out)
    batch = uploaded(client, data=out.getvalue(), name="a.xlsx")
    assert "Sheet of the workbook" in show(client, batch)
    client.post(address("sheet", batch), {"sheet": "People"})
    batch.refresh_from_db()
    assert batch.mapping == {"source_key": "Customer number", "full_name": "Name"}
    response = client.post(address("sheet", batch), {"sheet": "None"}, follow=True)
    assert "no sheet called" in response.content.decode()


def test_a_check_that_failed_can_be_repeated(client: Client, sam: Any) -> None:
    batch = uploaded(client, data=b'Customer number,Name\nC-1,"Alice\n')
    client.post(address("columns", batch), columns_of(batch))
    engine.work(batch.pk)
    text = show(client, batch)
    assert "The check stopped." in text
    assert "its quotation marks do not match" in text
    assert "Check again" in text


def test_progress_counts_up_and_guesses_the_rest(client: Client, sam: Any) -> None:
    batch = checked(client)
    client.post(address("apply", batch))
    batch.refresh_from_db()
    batch.rows_total, batch.rows_done = 4000, 1000
    assert batch.started_at is not None
    later = batch.started_at + engine.LEASE / 6
    job = showing.job(batch, "/x", later)
    assert job is not None
    assert (job.done, job.total) == (1000, 4000)
    assert job.elapsed == "1,000 of 4,000 rows. 10 seconds so far"
    assert job.remaining == "about 30 seconds left"
    soon = showing.job(batch, "/x", batch.started_at)
    assert soon is not None
    assert soon.remaining == ""


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR])
def test_other_roles_get_nowhere(client: Client, sam: Any, role: Role) -> None:
    batch = checked(client)
    client.force_login(factories.user(role))
    for name, target in [
        ("changelist", None),
        ("add", None),
        *((n, batch) for n in ("change", "columns", "undo")),
    ]:
        assert client.get(address(name, target)).status_code == 403, name
    for name in ("refused", "kept", "progress"):
        assert client.get(address(name, batch)).status_code == 403, name
    for name in ("columns", "sheet", "check", "apply", "undo"):
        assert client.post(address(name, batch)).status_code == 403, name
    assert not Subject.objects.exists()


@pytest.mark.parametrize("role", [Role.STAFF, Role.DPO, Role.ADMINISTRATOR])
def test_roles_that_import(client: Client, role: Role) -> None:
    client.force_login(factories.user(role))
    assert uploaded(client).state == State.UPLOADED


def test_strangers_sign_in_first_and_looking_changes_nothing(client: Client, sam: Any) -> None:
    batch = checked(client)
    for name in ("check", "apply", "sheet"):
        assert client.get(address(name, batch)).status_code == 405
    assert client.get(address("undo", batch)).status_code == 200
    batch.refresh_from_db()
    assert batch.state == State.CHECKED
    assert client.get(reverse("admin:subjects_importbatch_change", args=["nonsense"])).status_code == 404
    assert client.post(reverse("admin:subjects_importbatch_delete", args=[batch.pk])).status_code == 403
    client.logout()
    assert client.get(address("change", batch)).status_code == 302


def test_pages_keep_the_policy(client: Client, sam: Any) -> None:
    batch = checked(client)
    pages = [address("changelist"), address("add"), address("change", batch), address("columns", batch)]
    for page in [*pages, address("undo", batch)]:
        response = client.get(page)
        assert "unsafe" not in response["Content-Security-Policy"]
        text = response.content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", text), page
