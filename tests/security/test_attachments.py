"""Files with messages: sniffed, not believed; sealed; for the two sides of one request and nobody else."""

from __future__ import annotations

import io
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Role
from portal.audit.models import Entry
from requests_sar import attachments, casework, sealed, services, uploads
from requests_sar.models import Attachment, Case, Letter
from requests_sar.workflow import State
from subjects import datamap
from tests import customer, factories

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
JPG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"


def office(main: str, *more: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as parts:
        for name in ("[Content_Types].xml", main, *more):
            parts.writestr(zipfile.ZipInfo(name), "<x/>")
    return made.getvalue()


DOCX, XLSX = office("word/document.xml"), office("xl/workbook.xml")


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture(autouse=True)
def store(settings, tmp_path) -> Path:
    settings.STORAGE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def case() -> Case:
    return factories.case(State.TRIAGE, requester_email="alice@example.com", subject=factories.subject())


@pytest.fixture
def alice(client: Client) -> Client:
    customer.sign_in(client)
    return client


@pytest.fixture
def dee() -> Any:
    return factories.user(Role.DPO)


def send(client: Client, case: Case, *files: SimpleUploadedFile, **fields: Any) -> Any:
    given = {"text": "Here it is", "once": str(uuid.uuid4()), "files": list(files), **fields}
    return client.post(reverse("request_message", args=[case.reference]), given)


def address(case: Case, attachment: Attachment, *, staff: bool = False) -> str:
    name = "admin:case_attachment" if staff else "request_attachment"
    return reverse(name, args=[case.reference, attachment.pk])


# --- what is taken ---


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF),
        ("a.PDF", PDF),
        ("a.jpeg", JPG),
        ("a.png", PNG),
        ("a.docx", DOCX),
        ("a.xlsx", XLSX),
        ("a.txt", "Zoë wrote: £5 < £6".encode()),
        ("a.txt", "Zoë: old Windows".encode("cp1252")),
        ("a.csv", b"name,amount\r\nZo,5\r\n"),
    ],
)
def test_what_people_send_is_taken_and_comes_back_unchanged(alice, case, name: str, content: bytes) -> None:
    assert send(alice, case, upload(name, content)).status_code == 302
    attachment = Attachment.objects.get()
    response = alice.get(address(case, attachment))
    assert b"".join(response.streaming_content) == content
    assert response["Content-Disposition"].startswith(f'attachment; filename="{case.reference}-file-')
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", b"MZ\x90\0 a program", "“a.pdf” must be a file of type PDF, JPG"),
        ("a.pdf", b"<html><script>alert(1)</script></html>", "must be a file of type"),
        ("a.html", PDF, "must be a file of type"),
        ("a.exe", PDF, "must be a file of type"),
        ("a.pdf.exe", PDF, "must be a file of type"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "must be a file of type"),
        ("a.png", JPG, "must be a file of type"),
        ("a.txt", b"<!doctype html><title>x</title>", "must be a file of type"),
        ("a.csv", b"name\r\n<ScRiPt src=x>\r\n", "must be a file of type"),
        ("a.txt", b"a\0b", "must be a file of type"),
        ("a.txt", b"\x1b[2J", "must be a file of type"),
        ("a.pdf", PDF + DOCX, "must be a file of type"),  # two files in one
        ("a.jpg", JPG + office("META-INF/MANIFEST.MF"), "must be a file of type"),
        ("a.docx", office("xl/workbook.xml"), "must be a file of type"),
        ("a.xlsx", office("xl/workbook.xml", "xl/vbaProject.bin"), "must be a file of type"),
        ("a.xlsx", office("xl/workbook.xml", "../../etc/passwd"), "must be a file of type"),
        ("a.docx", DOCX[:40], "must be a file of type"),
        ("a.pdf", b"", "“a.pdf” is empty"),
        ("a.pdf", PDF + b" " * uploads.LIMIT, "“a.pdf” must be 5 MB or smaller"),
    ],
)
def test_what_could_do_harm_is_refused_with_what_to_do(
    alice, case, name: str, content: bytes, says: str
) -> None:
    response = send(alice, case, upload(name, content))
    assert response.status_code == 422
    assert says in customer.main(response)
    assert "Here it is" in response.content.decode()  # what was typed stays
    assert not Letter.objects.exists()
    assert not Attachment.objects.exists()


def test_the_bytes_decide_before_anything_is_stored(store: Path, case) -> None:
    """The verb itself refuses, whatever door calls it."""
    with pytest.raises(casework.NotPossible, match="must be a file of type"):
        services.write(
            case=case, by=factories.visit(), text="", once=uuid.uuid4(), files=[upload("a.pdf", b"MZ")]
        )
    assert not list(store.rglob("*.pdf"))


def test_too_many_files_are_refused_by_number(alice, case) -> None:
    response = send(alice, case, *(upload(f"{n}.pdf", PDF) for n in range(6)))
    assert response.status_code == 422
    assert "Choose at most 5 files; you chose 6" in customer.main(response)
    assert send(alice, case, *(upload(f"{n}.pdf", PDF) for n in range(5))).status_code == 302


def test_a_case_holds_only_so_much(alice, case, monkeypatch) -> None:
    monkeypatch.setattr(uploads, "CASE_LIMIT", 2 * len(PDF))
    assert send(alice, case, upload("a.pdf", PDF), upload("b.pdf", PDF)).status_code == 302
    response = send(alice, case, upload("c.pdf", PDF))
    assert response.status_code == 422
    assert "All files of one request together" in customer.main(response)
    assert Attachment.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\alice\\proof.pdf", "proof.pdf"),
        ("a\0b\r\nSet-Cookie: x.pdf", "a b Set-Cookie x.pdf"),
        ("invoice\u202efdp.exe.pdf", "invoice fdp.exe.pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "img src=x onerror=alert(1).pdf"),
        ("x" * 300 + ".pdf", "x" * 76 + ".pdf"),
        (".pdf", "pdf"),
        ("", "file"),
    ],
)
def test_a_name_is_only_a_harmless_label(name: str, label: str) -> None:
    assert uploads.label_of(name) == label


def test_a_name_with_a_nul_does_no_harm(alice, case) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nHi\r\n--b\r\nContent-Disposition: form-data; '
        b'name="once"\r\n\r\n' + str(uuid.uuid4()).encode() + b"\r\n--b\r\nContent-Disposition: form-data; "
        b'name="files"; filename="a\0.pdf"\r\n\r\n' + PDF + b"\r\n--b--\r\n"
    )
    path = reverse("request_message", args=[case.reference])
    assert alice.post(path, body, content_type="multipart/form-data; boundary=b").status_code in {302, 422}
    assert all("\0" not in attachment.label for attachment in Attachment.objects.all())


def test_words_or_a_file_one_is_enough(alice, case) -> None:
    response = send(alice, case, text=" ")
    assert response.status_code == 422
    assert "Write your message, or choose a file to send" in customer.main(response)
    assert send(alice, case, upload("a.pdf", PDF), text="").status_code == 302
    page = customer.main(alice.get(reverse("request", args=[case.reference])))
    assert "a.pdf PDF, 48 bytes" in page.replace(f"{len(PDF)} bytes", "48 bytes")


def test_sent_twice_is_one_message_with_one_file(alice, case, store: Path) -> None:
    once = str(uuid.uuid4())
    for _ in range(2):
        assert send(alice, case, upload("a.pdf", PDF), once=once).status_code == 302
    assert Letter.objects.count() == Attachment.objects.count() == 1
    assert len(list((store / "attachments").glob("*.pdf"))) == 1


# --- at rest ---


def test_it_lies_sealed_under_a_random_name(alice, case, store: Path) -> None:
    send(alice, case, upload("alice okafor.pdf", PDF))
    attachment = Attachment.objects.get()
    assert "alice" not in attachment.file.name
    for path in (store / "attachments").iterdir():
        assert b"PDF-1.7" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    sealed.storage().delete(attachment.file.name)
    assert list((store / "attachments").iterdir()) == []
    assert alice.get(address(case, attachment)).status_code == 410


def test_the_bytes_go_with_the_row(alice, case, store: Path, django_capture_on_commit_callbacks) -> None:
    send(alice, case, upload("a.pdf", PDF))
    with django_capture_on_commit_callbacks(execute=True):
        Letter.objects.get().delete()  # however the case ends, its messages take their files along
    assert list((store / "attachments").iterdir()) == []


def test_what_no_message_names_is_swept_and_what_is_new_is_left(
    alice, case, store: Path, monkeypatch
) -> None:
    send(alice, case, upload("a.pdf", PDF))
    lost = sealed.storage().save("attachments/b.pdf", upload("b.pdf", PDF))
    assert attachments.sweep() == 0
    monkeypatch.setattr(attachments, "ORPHANED", attachments.ORPHANED * -1)
    assert attachments.sweep() == 1
    assert not sealed.storage().exists(lost)
    assert sealed.storage().exists(Attachment.objects.get().file.name)


def test_files_are_part_of_the_copy_of_the_data(alice, case) -> None:
    send(alice, case, upload("a.pdf", PDF))
    dataset = datamap.get("request-attachments")
    assert [row[3] for rows in [dataset.wire_rows(dataset.of(case.subject_id))] for row in rows] == ["a.pdf"]


# --- who ---


def test_another_customer_s_file_is_not_found_like_one_that_never_was(alice, case) -> None:
    send(alice, case, upload("a.pdf", PDF))
    attachment = Attachment.objects.get()
    bob = Client()
    customer.sign_in(bob, "bob@example.com")
    mine = factories.case(State.TRIAGE, requester_email="bob@example.com")
    made_up = reverse("request_attachment", args=[mine.reference, uuid.uuid4()])
    pages = [bob.get(path) for path in (address(case, attachment), address(mine, attachment), made_up)]
    assert {page.status_code for page in pages} == {404}
    assert len({customer.main(page) for page in pages}) == 1


def test_a_stranger_is_asked_for_a_code_and_sends_nothing(case, store: Path) -> None:
    attachment_path = reverse("request_attachment", args=[case.reference, uuid.uuid4()])
    response = Client().get(attachment_path)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("sign_in"))
    assert send(Client(), case, upload("a.pdf", PDF)).status_code == 302
    assert not Letter.objects.exists()


def test_a_large_body_is_read_only_from_those_we_know(alice, case) -> None:
    def large() -> list[SimpleUploadedFile]:
        return [upload(f"{n}.pdf", PDF + b" " * (2 * 1024 * 1024)) for n in range(4)]

    assert send(Client(), case, *large()).status_code == 413
    assert send(alice, case, *large()).status_code == 302


def test_only_get_takes_a_file_and_head_takes_none(alice, case) -> None:
    send(alice, case, upload("a.pdf", PDF))
    path = address(case, Attachment.objects.get())
    assert alice.post(path).status_code == 405
    head = alice.head(path)
    assert (head.status_code, head["Content-Length"]) == (200, str(len(PDF)))


# --- staff ---


def test_staff_send_and_take_files_and_taking_stands_in_the_trail(client: Client, alice, case, dee) -> None:
    staff = Client()
    staff.force_login(dee)
    path = reverse("admin:case_act", args=[case.reference, "message"])
    given = {"message-text": "", "message-once": str(uuid.uuid4()), "message-files": upload("form.pdf", PDF)}
    assert staff.post(path, given).status_code == 302
    assert "form.pdf" in customer.main(alice.get(reverse("request", args=[case.reference])))
    attachment = Attachment.objects.get()
    assert b"".join(staff.get(address(case, attachment, staff=True)).streaming_content) == PDF
    entry = Entry.objects.get(verb="attachment.downloaded")
    assert (entry.actor, entry.target) == (f"staff:{dee.pk}", f"case:{case.reference}")
    bad = staff.post(
        path, {**given, "message-once": str(uuid.uuid4()), "message-files": upload("a.exe", PDF)}
    )
    assert bad.status_code == 422
    assert "must be a file of type" in bad.content.decode()


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 200), (Role.STAFF, 403), (Role.SUPPORT, 403)])
def test_only_who_reads_requests_takes_files(alice, case, role: Role, status: int) -> None:
    send(alice, case, upload("a.pdf", PDF))
    staff = Client()
    staff.force_login(factories.user(role))
    attachment = Attachment.objects.get()
    assert staff.get(address(case, attachment, staff=True)).status_code == status
    other = factories.case()
    assert staff.get(address(other, attachment, staff=True)).status_code in {403, 404}
    remove = reverse("admin:case_attachment_remove", args=[case.reference, attachment.pk])
    assert staff.post(remove, {"why": "checked"}).status_code == 403
    assert Attachment.objects.get().removed_at is None


def test_s03_proof_is_removed_after_it_was_checked(
    alice, case, dee, store: Path, django_capture_on_commit_callbacks
) -> None:
    send(alice, case, upload("passport.jpg", JPG))
    staff = Client()
    staff.force_login(dee)
    attachment = Attachment.objects.get()
    remove = reverse("admin:case_attachment_remove", args=[case.reference, attachment.pk])
    assert "passport.jpg" in staff.get(remove).content.decode()
    assert staff.post(remove, {}).status_code == 422
    assert Attachment.objects.get().removed_at is None
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert staff.post(remove, {"why": "checked"}).status_code == 302
    assert list((store / "attachments").iterdir()) == []
    assert case.history.filter(event="file-removed", reason="checked").count() == 1
    assert staff.get(address(case, attachment, staff=True)).status_code == 404
    page = customer.main(alice.get(reverse("request", args=[case.reference])))
    assert "passport.jpg removed, we do not keep it" in page
    assert alice.get(address(case, attachment)).status_code == 410
