"""C3: downloading, again and again; locked; removed; asked for once more."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import Entry
from requests_sar import packages
from requests_sar.models import Case, Download, Package
from requests_sar.workflow import State
from tests import customer, factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def released() -> Package:
    mine = factories.case(State.RELEASED, requester_email="alice@example.com", subject=factories.subject())
    return factories.package(mine, released_at=timezone.now())


@pytest.fixture
def signed_in(client: Client) -> Client:
    customer.sign_in(client)
    return client


def page_of(case: Case) -> str:
    return reverse("request_files", args=[case.reference])


def file_of(case: Case, kind: str = "workbook") -> str:
    return reverse("request_file", args=[case.reference, kind])


def test_the_page_names_the_files_and_their_end(signed_in: Client, released: Package) -> None:
    page = customer.main(signed_in.get(page_of(released.case)))
    assert "as often as you like until" in page
    for words in ("Spreadsheet", "Web page", "Our letter", "Files for computers", "Nobody has downloaded"):
        assert words in page


def test_downloading_twice_works_and_is_listed_twice(signed_in: Client, released: Package) -> None:
    for _ in range(2):
        answer = signed_in.get(file_of(released.case))
        assert b"".join(answer.streaming_content) == b"the file's bytes"
    assert answer["Content-Disposition"] == f'attachment; filename="your-data-{released.purpose}.workbook"'
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Length"] == "16"
    assert "unsafe" not in answer["Content-Security-Policy"]
    page = signed_in.get(page_of(released.case))
    assert customer.main(page).count("Somebody signed in with your email") == 2
    assert Entry.objects.filter(verb="package.downloaded", actor="customer").count() == 2


@pytest.mark.parametrize("kind", ["workbook", "bundle", "page", "letter"])
def test_every_kind_can_be_had(signed_in: Client, released: Package, kind: str) -> None:
    assert signed_in.get(file_of(released.case, kind)).status_code == 200


def test_head_tells_about_a_file_without_counting(signed_in: Client, released: Package) -> None:
    answer = signed_in.head(file_of(released.case))
    assert (answer.status_code, answer["Content-Length"]) == (200, "16")
    assert Download.objects.count() == 0


def test_signed_out_asks_for_a_code_and_gives_nothing(signed_in: Client, released: Package) -> None:
    signed_in.post("/sign-out/")
    for method in (signed_in.get, signed_in.head):
        answer = method(file_of(released.case))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/?next=")
    assert Download.objects.count() == 0


def test_a_scanner_does_no_harm(signed_in: Client, released: Package) -> None:
    scanner = Client()
    for method in (scanner.head, scanner.get):
        method(page_of(released.case))
        method(file_of(released.case))
    assert signed_in.get(file_of(released.case)).status_code == 200


def test_bob_cannot_have_alices_file(client: Client, released: Package) -> None:
    customer.sign_in(client, "bob@example.com")
    for path in (page_of(released.case), file_of(released.case)):
        assert client.get(path).status_code == 404
    for name in ("request_lock", "request_renew"):
        assert client.post(reverse(name, args=[released.case.reference])).status_code == 404
    released.refresh_from_db()
    assert released.locked_at is None


def test_locking_shuts_the_files_for_everybody(signed_in: Client, released: Package) -> None:
    page = signed_in.post(reverse("request_lock", args=[released.case.reference]), follow=True)
    assert "The files are locked" in customer.main(page)
    assert "0330 223 2624" in customer.main(page)
    answer = signed_in.get(file_of(released.case))
    assert answer.status_code == 403
    assert "These files are locked" in customer.main(answer)
    assert Download.objects.count() == 0
    assert Entry.objects.filter(verb="package.locked").count() == 1
    signed_in.post(reverse("request_lock", args=[released.case.reference]))
    assert Entry.objects.filter(verb="package.locked").count() == 1


@pytest.mark.parametrize("swept", [False, True])
def test_after_the_last_day_one_press_asks_again(signed_in: Client, released: Package, swept: bool) -> None:
    over = timezone.now() - dt.timedelta(days=2)
    Package.objects.update(expires_at=over)
    if swept:
        packages.expire()
    page = customer.main(signed_in.get(page_of(released.case)))
    assert "These files have been removed to protect your data, on" in page
    answer = signed_in.get(file_of(released.case))
    assert answer.status_code == 410
    assert "removed" in customer.main(answer)
    renew = reverse("request_renew", args=[released.case.reference])
    assert "We are making your files again" in customer.main(signed_in.post(renew, follow=True))
    released.case.refresh_from_db()
    assert released.case.state == State.COLLECTING
    signed_in.post(renew)
    assert Package.objects.exclude(state=Package.State.DESTROYED).count() == 1


def test_files_that_are_there_are_not_made_again(signed_in: Client, released: Package) -> None:
    page = signed_in.post(reverse("request_renew", args=[released.case.reference]), follow=True)
    assert "Your files are still there" in customer.main(page)


def test_files_not_released_yet_do_not_exist_for_the_customer(signed_in: Client) -> None:
    mine = factories.case(State.REVIEW, requester_email="alice@example.com", subject=factories.subject())
    factories.package(mine)
    assert "There are no files yet" in customer.main(signed_in.get(page_of(mine)))
    assert signed_in.get(file_of(mine)).status_code == 410
    assert Download.objects.count() == 0


def test_a_kind_that_does_not_exist(signed_in: Client, released: Package) -> None:
    assert signed_in.get(file_of(released.case, "secrets")).status_code == 404


def test_wrong_methods(signed_in: Client, released: Package) -> None:
    for name in ("request_lock", "request_renew"):
        assert signed_in.get(reverse(name, args=[released.case.reference])).status_code == 405
    assert signed_in.post(file_of(released.case)).status_code == 405
    assert signed_in.post(page_of(released.case)).status_code == 405


def test_a_damaged_file_is_a_sentence(signed_in: Client, released: Package, tmp_path) -> None:
    for path in tmp_path.rglob("workbook.age"):
        path.write_bytes(b"rubbish")
    answer = signed_in.get(file_of(released.case))
    assert answer.status_code == 403
    assert "This file cannot be opened. Ask us to make it again" in customer.main(answer)
