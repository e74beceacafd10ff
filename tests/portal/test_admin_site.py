"""The staff side as a whole: Today, the menu of each role, the trail, and a policy that no page breaks."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit import trail
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar.models import Package
from requests_sar.workflow import State
from subjects.models import ImportBatch
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


def today(client, role: Role) -> str:
    client.force_login(factories.user(role))
    response = client.get("/admin/")
    assert response.status_code == 200
    return response.content.decode()


def cards(page: str) -> dict[str, int]:
    found = re.findall(r'<span class="card-number">(\d+)</span> ([^<]+)</a>', page)
    return {title: int(number) for number, title in found}


# --- Today ---


def test_numbers_each_leading_to_as_many_rows(client) -> None:
    factories.case(State.TRIAGE, due_in=20)
    factories.case(State.TRIAGE, due_in=5)
    factories.case(State.REVIEW, due_in=-1)
    factories.case(State.VERIFYING, due_in=30)
    factories.case(State.CLOSED, due_in=-9)
    page = today(client, Role.DPO)
    assert cards(page) == {
        "Open": 4,
        "Due in 7 days": 1,
        "Late": 1,
        "Waiting for customer": 1,
        "Complaints to acknowledge": 0,
        "days to the answer this quarter (median)": 0,  # the closed one was answered on the day it came
    }
    links = re.findall(r'<li[^>]*><a href="(/admin/requests_sar[^"]+)"><span class="card-number">(\d+)', page)
    assert len(links) == 5
    for href, number in links:
        assert len(client.get(href).context["cl"].result_list) == int(number)


def test_what_is_due_next_stands_late_first(client) -> None:
    soon, late = factories.case(due_in=3), factories.case(due_in=-1)
    page = today(client, Role.DPO)
    assert page.index(late.reference) < page.index(soon.reference)
    assert "late by 1 day" in page


def test_an_empty_day_says_so(client) -> None:
    page = today(client, Role.DPO)
    assert "No answer is due." in page
    assert "failed" not in page


def test_whatever_failed_is_named_and_leads_to_where_it_is_mended(client) -> None:
    case = factories.case(State.COLLECTING, subject=factories.subject())
    factories.package(case, state=Package.State.FAILED, error="Orders did not answer.")
    mailed = factories.case()
    Message.objects.create(
        about=mailed.reference,
        template="x",
        to="a@example.com",
        subject="s",
        text="t",
        state="failed",
        error="SMTPError",
    )
    ImportBatch.objects.create(
        kind="people", state=ImportBatch.State.FAILED, error="The file ends in the middle."
    )
    page = today(client, Role.DPO)
    for words in ("Orders did not answer.", mailed.reference, "SMTPError", "The file ends in the middle."):
        assert words in page
    assert "3 things went wrong" in page
    assert reverse("admin:case", args=[case.reference]) in page
    assert "a@example.com" not in page


def test_staff_see_their_own_failed_workbooks_only(client) -> None:
    sam = factories.user(Role.STAFF)
    mine = factories.package(state=Package.State.FAILED, by=sam, error="Mine failed.")
    factories.package(
        subject=mine.subject, state=Package.State.FAILED, by=factories.user(Role.STAFF), error="Not mine."
    )
    case = factories.case(State.COLLECTING, subject=mine.subject)
    factories.package(case, state=Package.State.FAILED, error="A request's.")
    client.force_login(sam)
    page = client.get("/admin/").content.decode()
    assert "Mine failed." in page
    assert "Not mine." not in page
    assert "A request" not in page


def test_today_needs_few_queries_however_many_cases(client, django_assert_max_num_queries) -> None:
    for number in range(12):
        factories.case(due_in=number, owner=factories.user(Role.DPO))
    client.force_login(factories.user(Role.DPO))
    with django_assert_max_num_queries(27):
        client.get("/admin/")


# --- the menu ---

MENU = {
    Role.SUPPORT: {"Today", "Searches", "Log a request", "Record a choice"},
    Role.STAFF: {
        "Today",
        "Searches",
        "Log a request",
        "Record a choice",
        "People",
        "Consent ledger",
        "Imports",
        "Mailing list",
        "Retention schedule",
        "Record of processing",
    },
    Role.DPO: {
        "Today",
        "Requests",
        "Report",
        "Searches",
        "Recipients to tell",
        "Legal holds",
        "Log a request",
        "Record a choice",
        "People",
        "Clients",
        "Traces",
        "Imports",
        "Mailing list",
        "Letters",
        "Marketing words",
        "Consent ledger",
        "Retention",
        "Retention schedule",
        "Record of processing",
        "Audit trail",
        "Other systems",
    },
    Role.AUDITOR: {
        "Today",
        "Requests",
        "Report",
        "Retention",
        "Retention schedule",
        "Record of processing",
        "Audit trail",
    },
    Role.ADMINISTRATOR: {
        "Today",
        "Imports",
        "Retention",
        "Retention schedule",
        "Record of processing",
        "Audit trail",
        "Staff",
    },
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_what_it_may_do_and_every_place_opens(client, role: Role) -> None:
    page = today(client, role)
    menu = page.partition('<nav class="menu"')[2].partition("</nav>")[0]
    places = dict(re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', menu))
    assert set(places.values()) == MENU[role]
    for href, title in places.items():
        assert client.get(href).status_code == 200, title


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.STAFF, Role.ADMINISTRATOR])
def test_today_shows_nothing_about_requests_to_those_who_may_not_read_them(client, role: Role) -> None:
    case = factories.case(State.TRIAGE, due_in=-1)
    page = today(client, role)
    assert case.reference not in page
    assert "card-number" not in page


def test_the_present_place_is_marked_once(client) -> None:
    client.force_login(factories.user(Role.DPO))
    case = factories.case()
    for address, title in (
        ("/admin/requests_sar/case/", "Requests"),
        (reverse("admin:case", args=[case.reference]), "Requests"),
        ("/admin/requests/log/", "Log a request"),
        ("/admin/people/", "People"),
    ):
        menu = client.get(address).content.decode().partition('<nav class="menu"')[2].partition("</nav>")[0]
        assert re.findall(r'aria-current="[a-z]+">([^<]+)<', menu) == [title]


def test_strangers_see_nothing(client) -> None:
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


# --- the policy ---


def pages(case, package) -> list[str]:
    """Every staff page that shows something."""
    act = [
        reverse("admin:case_act", args=[case.reference, slug]) for slug in ("refuse", "move-back", "assign")
    ]
    return [
        "/admin/",
        "/admin/requests_sar/case/?tab=all",
        reverse("admin:case", args=[case.reference]),
        *act,
        reverse("admin:case_person", args=[case.reference]),
        "/admin/requests/log/",
        reverse("admin:logged", args=[case.reference]),
        reverse("admin:case_letter", args=[case.reference, factories.letter(case).pk]),
        "/admin/letters/",
        "/admin/letters/refused/",
        "/admin/letters/refused/0/",
        "/admin/letters/refused/restore/",
        reverse("admin:person_workbook", args=[package.subject.reference]),
        reverse("admin:package", args=[package.pk]),
        "/admin/audit/entry/",
    ]


def test_no_page_has_anything_inline_or_from_outside(client) -> None:
    client.force_login(factories.user(Role.DPO))
    case = factories.case(State.REVIEW, subject=factories.subject())
    package = factories.package(case, locked_at=timezone.now())
    for address in pages(case, package):
        response = client.get(address)
        assert response.status_code == 200, address
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy
        page = response.content.decode()
        assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']", page), address
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", page), address
        assert not re.search(r"(?:src|href)=[\"']https?://", page.partition("<body")[0]), address
        assert "no-store" in response["Cache-Control"]


def test_no_name_is_in_an_address_a_title_or_a_header(client) -> None:
    client.force_login(factories.user(Role.DPO))
    case = factories.case(State.REVIEW, subject=factories.subject(), requester_email="alice@example.com")
    package = factories.package(case)
    for address in pages(case, package):
        page = client.get(address).content.decode()
        for link in re.findall(r'(?:href|action|src)="([^"]*)"', page):
            assert "okafor" not in link.lower()
            assert "alice" not in link.lower()


# --- the trail ---


def test_the_trail_is_read_newest_first_and_found_by_reference(client) -> None:
    client.force_login(factories.user(Role.AUDITOR))
    for number in range(3):
        trail.record(trail.Verb.CASE_NOTED, by=None, target=f"case:DP-2222-222{number + 2}")
    page = client.get("/admin/audit/entry/").content.decode()
    assert page.index("DP-2222-2224") < page.index("DP-2222-2222")
    found = client.get("/admin/audit/entry/", {"q": "DP-2222-2223"}).content.decode()
    assert "case:DP-2222-2223" in found
    assert "case:DP-2222-2224" not in found
    assert (
        "case:DP-2222-2222" not in client.get("/admin/audit/entry/", {"act": "case.closed"}).content.decode()
    )


def test_nobody_changes_the_trail(client) -> None:
    trail.record(trail.Verb.CASE_NOTED, by=None, target="case:DP-2222-2222")
    entry = Entry.objects.get()
    client.force_login(factories.user(Role.DPO))
    for address in ("add/", f"{entry.pk}/delete/"):
        assert client.post(f"/admin/audit/entry/{address}", {"post": "yes"}).status_code == 403
    client.post(f"/admin/audit/entry/{entry.pk}/change/", {"reason": "x"})
    client.post(
        "/admin/audit/entry/", {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
    )
    assert list(Entry.objects.values_list("pk", "reason")) == [(entry.pk, "")]


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.STAFF])
def test_others_do_not_read_the_trail(client, role: Role) -> None:
    client.force_login(factories.user(role))
    response = client.get("/admin/audit/entry/")
    assert response.status_code == 403
    assert "read the audit trail" in response.content.decode()


def test_files_that_a_customer_locked_stand_on_the_first_page(client) -> None:
    case = factories.case(State.RELEASED, subject=factories.subject())
    factories.package(case, released_at=timezone.now(), locked_at=timezone.now())
    client.force_login(factories.user(Role.DPO))
    page = client.get(reverse("admin:index")).content.decode()
    assert f"locked the files of {case.reference}" in page
