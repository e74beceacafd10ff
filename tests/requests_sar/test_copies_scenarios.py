"""The scenarios about copies, told from end to end with the real collecting and the real files."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import openpyxl
import orjson
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role, Visit
from portal.mail.models import Message
from requests_sar import packages, services, tasks, vault
from requests_sar.casework import NotPossible
from requests_sar.models import Case, File, Outcome, Package
from requests_sar.rights import Right
from requests_sar.workflow import State
from subjects import datamap
from subjects.models import Account, Email, Subject, SupportCall
from tests import customer, factories

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Any) -> None:
    settings.STORAGE_DIR = tmp_path


def collected(subject: Subject) -> Package:
    package = packages.ask(subject=subject, by=None, purpose="checking")
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.state == Package.State.READY, package.error
    return package


def read(package: Package, kind: str) -> io.BytesIO:
    file = package.files.get(kind=kind)
    return io.BytesIO(b"".join(vault.stream(file.path, package.key)))


def book_of(package: Package) -> Any:
    return openpyxl.load_workbook(read(package, File.Kind.WORKBOOK))


def words(book: Any, sheet: str) -> str:
    return "\n".join(
        str(cell.value) for row in book[sheet].iter_rows() for cell in row if cell.value is not None
    )


@time_machine.travel(dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC), tick=True)
def test_s01_signed_in_no_identity_is_asked_for_and_the_date_is_told(client: Client) -> None:
    factories.subject()
    customer.sign_in(client)
    case = customer.send(client, details={"name": "Alice Okafor"})
    assert (case.state, case.received_on, case.due_on) == (
        State.TRIAGE,
        dt.date(2026, 11, 23),
        dt.date(2026, 12, 23),
    )
    assert case.verified_at is not None
    assert not case.needs.exists()
    page = customer.main(client.get(reverse("request", args=[case.reference])))
    assert "Wednesday 23 December 2026" in page
    assert "Wednesday 23 December 2026" in Message.objects.get(template="requests_sar/received").text


def test_s12_an_altered_reference_is_like_a_made_up_one(client: Client) -> None:
    bobs = factories.case(State.RELEASED, requester_email="bob@example.com", subject=factories.subject("Bob"))
    factories.package(bobs, released_at=timezone.now())
    customer.sign_in(client)
    for name in ("request", "request_files", "request_cancel", "sent"):
        theirs = client.get(reverse(name, args=[bobs.reference]))
        made_up = client.get(reverse(name, args=["DP-2222-2222"]))
        assert (theirs.status_code, customer.main(theirs)) == (made_up.status_code, customer.main(made_up)), (
            name
        )


def test_s27_the_copy_has_a_cover_the_article_15_facts_and_a_sheet_for_every_kind() -> None:
    alice = factories.subject(account=factories.account())
    SupportCall.objects.create(
        subject=alice, source_key="S1", started_at=NOON, issue="No dial tone", status="resolved"
    )
    book = book_of(collected(alice))
    cover, why = words(book, "Start here"), words(book, "Why we hold it")
    for title in (dataset.title for dataset in datamap.datasets()):
        assert title in cover, title
        assert title in why, title
    assert alice.reference in cover
    for said in ("contract", "consent", "legitimate interest", "7 years", "Google Analytics"):
        assert said.lower() in why.lower(), said
    assert "found nothing" in words(book, "Orders")
    assert "No dial tone" in words(book, "Support calls")
    assert "ico.org.uk" in cover.lower() + words(book, "Your rights").lower()


def test_s31_nothing_held_is_answered_and_closed_not_dropped(client: Client) -> None:
    dee = factories.user(Role.DPO)
    case = factories.case(State.TRIAGE, requester_email="nobody@example.com")
    with pytest.raises(NotPossible, match="where you looked"):
        services.nothing_held(case=case, by=dee, searched=" ")
    client.force_login(dee)
    url = reverse("admin:case_act", args=[case.reference, "nothing"])
    preview = client.post(url, {"searched": "In every system, for your name."})
    assert "In every system, for your name." in customer.words(preview)
    assert Case.objects.get().state == State.TRIAGE  # nothing is saved before the letter was read
    client.post(url, {"searched": "In every system, for your name.", "confirmed": "1"})
    case = Case.objects.get()
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.NOTHING)
    assert case.answered_at is not None
    letter = case.letters.get().text
    assert "found none" in letter
    assert "court" in letter
    with pytest.raises(NotPossible):
        services.nothing_held(case=case, by=dee, searched="Again.")


def test_s31_not_for_somebody_who_is_on_file_nor_late_without_a_word() -> None:
    dee = factories.user(Role.DPO)
    with pytest.raises(NotPossible, match="has been chosen"):
        services.nothing_held(
            case=factories.case(subject=factories.subject()), by=dee, searched="Everywhere."
        )
    late = factories.case(due_in=-3)
    with pytest.raises(NotPossible, match="late"):
        services.nothing_held(case=late, by=dee, searched="Everywhere.")


def test_s34_awkward_values_stay_what_they_are() -> None:
    alice = factories.subject(
        '=HYPERLINK("http://x","y")', phone="0012", staff_note="+44 rings back \x07 🙂 مرحبا"
    )
    long = "word " * 8_000
    Email.objects.create(subject=alice, source_key="E1", sent_at=NOON, subject_line="-1+1", body=long)
    Account.objects.create(number="007", name="@SUM(1)", opened_on=dt.date(1899, 12, 31)).subjects.add(alice)
    package = collected(alice)
    book = book_of(package)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f"]
    values = {str(cell.value) for cell in cells}
    assert {'=HYPERLINK("http://x","y")', "0012", "007", "@SUM(1)", "-1+1"} <= values
    assert any("🙂 مرحبا" in value for value in values)
    bundle = zipfile.ZipFile(read(package, File.Kind.BUNDLE))
    assert long.strip() in orjson.dumps(orjson.loads(bundle.read("data.json"))).decode()
    assert not any(long in str(cell.value) for cell in cells)
    assert any(
        name.startswith("files/") and long.strip() in bundle.read(name).decode() for name in bundle.namelist()
    )


def test_s35_only_the_person_and_staff_fetch_it_and_after_its_days_it_is_gone(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    case = factories.case(State.RELEASED, requester_email="alice@example.com", subject=factories.subject())
    package = factories.package(case, released_at=timezone.now())
    url = reverse("request_file", args=[case.reference, "workbook"])
    assert client.get(url).status_code == 302  # asked for a code
    bob = Client()
    customer.sign_in(bob, "bob@example.com")
    assert bob.get(url).status_code == 404
    customer.sign_in(client)
    assert client.get(url).getvalue() == b"the file's bytes"
    assert package.files.get(kind="workbook").downloads.count() == 1
    Package.objects.filter(pk=package.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert client.get(url).status_code != 200
    path = vault.full_path(package.files.get(kind="workbook").path)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        packages.expire()
    package.refresh_from_db()
    assert (package.key, package.state) == (None, Package.State.DESTROYED)
    assert not path.exists()
    visit = Visit.objects.latest("proved_at")
    assert services.renew(case=case, by=visit).state == State.COLLECTING  # one press, no new request


def test_s80_requests_that_arrive_while_the_broker_is_away_are_all_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **options: Any) -> None:
        raise ConnectionError("the broker is away")

    monkeypatch.setattr("celery.app.task.Task.apply_async", away)
    sent = []
    for number in range(5):
        caller = Client()
        address = f"person{number}@example.com"
        customer.sign_in(caller, address)
        sent.append(customer.send(caller, details={"name": f"Person {number}", "email": address}))
    assert Case.objects.count() == 5
    assert {case.received_on for case in sent} == {timezone.localdate()}
    monkeypatch.undo()
    waiting = Message.objects.filter(template="requests_sar/received", state=Message.State.WAITING)
    assert waiting.count() == 5  # the rows wait; the beat finds them when the broker is back


@pytest.mark.parametrize("right", [right for right in Right if right != Right.COMPLAINT])
def test_nothing_held_is_an_answer_for_every_right(right: Right) -> None:
    case = factories.case(State.TRIAGE, right=right)
    assert (
        services.nothing_held(case=case, by=factories.user(Role.DPO), searched="Everywhere.").state
        == State.CLOSED
    )
