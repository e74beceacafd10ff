"""Deleting and moving data in a real browser with a real worker: from the customer's first question to closed."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.models import Role
from requests_sar.models import Case
from requests_sar.rights import Right
from requests_sar.workflow import State
from subjects.models import Email, Invoice, Subject
from tests import factories
from tests.browser.kit import arrive, check, press, said, sign_in
from tests.retention import people

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def details(page: Page) -> None:
    """The questions that every right asks, as a visitor who is signed in."""
    page.get_by_label("Yes, for myself").check()
    press(page, "Continue")
    page.get_by_label("Your full name").fill("Alice Okafor")
    press(page, "Continue")


@pytest.mark.timeout(240)
def test_delete_my_data_from_the_first_question_to_the_answer(
    page: Page, site: str, console: list[str], start_worker: Any, settings: Any
) -> None:
    last = dt.date.today() - dt.timedelta(days=3 * 365)
    alice = people.customer(last)
    dee = factories.user(Role.DPO, name="Dee Marsh")
    page.set_viewport_size({"width": 320, "height": 800})
    arrive(page.context, site)
    page.goto(f"{site}/ask/erasure/")
    check(page)
    page.get_by_role("button", name=re.compile("^Start")).click()
    press(page, "Continue")
    expect(page.locator("#error-summary")).to_be_focused()
    page.get_by_label("Everything").check()
    press(page, "Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("What will happen to your data")
    must_stay = page.locator("dl.summary div").filter(has=page.get_by_text("Invoices", exact=True)).first
    expect(must_stay).to_contain_text(f"It must stay until {people.seven_years(last)}")
    check(page)
    page.get_by_label("No, I do not need a copy").check()
    press(page, "Continue")
    check(page)
    page.get_by_label("I take back my permission").check()
    press(page, "Continue")
    details(page)
    check(page)
    press(page, "Send request")
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
    case = Case.objects.get()
    assert (case.right, case.subject) == (Right.ERASURE, alice)

    _decide(page, site, case, dee, start_worker, settings)
    page.context.clear_cookies()
    arrive(page.context, site)
    page.goto(f"{site}/requests/{case.reference}/")
    expect(page.get_by_role("heading", name="What we did")).to_be_visible()
    check(page)
    assert not Email.objects.exists()
    assert Invoice.objects.get().billed_name == "Alice Okafor"
    assert Subject.objects.get(pk=alice.pk).email == ""


def _decide(page: Page, site: str, case: Case, dee: Any, start_worker: Any, settings: Any) -> None:
    page.context.clear_cookies()
    page.set_viewport_size({"width": 1180, "height": 800})
    sign_in(page.context, site, dee)
    page.goto(f"{site}/admin/requests/{case.reference}/")
    press(page, "Take it up")
    said(page, "Taken up")
    check(page)
    page.get_by_role("link", name="Decide, kind by kind").click()
    check(page)
    page.get_by_label(re.compile("^Decision: Payments")).select_option("anonymise")
    press(page, "Save the decisions")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    check(page)
    page.get_by_label(re.compile("^Decision: Payments")).select_option("keep")
    press(page, "Save the decisions")
    said(page, "Saved.")
    press(page, "Do the dry run")
    said(page, "The dry run is done")
    page.get_by_role("link", name="Approve the plan").click()
    page.get_by_label("Type the reference of the request to approve").fill("DP-AAAA-AAAA")
    press(page, "Approve the plan")
    expect(page.locator("#error-summary")).to_be_visible()
    check(page)
    page.get_by_label("Type the reference of the request to approve").fill(case.reference.lower())
    press(page, "Approve the plan")
    said(page, "Approved.")
    check(page)  # the work waits: its progress is on the page
    start_worker(STORAGE_DIR=str(settings.STORAGE_DIR), SITE_URL=site)
    expect(page.locator(".case-facts")).to_contain_text("Closed", timeout=60_000)  # follows by itself
    check(page)
    case.refresh_from_db()
    assert case.state == State.CLOSED


@pytest.mark.timeout(240)
def test_move_my_data_from_the_first_question_to_the_files(
    page: Page, site: str, console: list[str], start_worker: Any, settings: Any, tmp_path: Any
) -> None:
    people.calls_only(factories.subject(staff_note="awkward"))
    dee = factories.user(Role.DPO, name="Dee Marsh")
    page.set_viewport_size({"width": 320, "height": 800})
    arrive(page.context, site)
    page.goto(f"{site}/ask/portability/")
    check(page)
    page.get_by_role("button", name=re.compile("^Start")).click()
    page.get_by_label("All of it").check()
    press(page, "Continue")
    page.get_by_label("Straight to another company").check()
    check(page)
    press(page, "Continue")
    page.get_by_label("Which company, and how do they take such files?").fill(
        "Acme Broadband, in@acme.example"
    )
    check(page)
    press(page, "Continue")
    details(page)
    check(page)
    press(page, "Send request")
    case = Case.objects.get()

    page.context.clear_cookies()
    page.set_viewport_size({"width": 1180, "height": 800})
    sign_in(page.context, site, dee)
    start_worker(STORAGE_DIR=str(settings.STORAGE_DIR), SITE_URL=site)
    page.goto(f"{site}/admin/requests/{case.reference}/")
    press(page, "Accept and collect")
    expect(page.locator(".case-facts")).to_contain_text("To review", timeout=60_000)
    check(page)
    people.released(case, factories.user(Role.DPO))  # a second person looks

    page.context.clear_cookies()
    page.set_viewport_size({"width": 320, "height": 800})
    arrive(page.context, site)
    page.goto(f"{site}/requests/{case.reference}/files/")
    check(page)
    with page.expect_download() as waiting:
        page.locator("ul.files a[href$='/bundle/']").click()
    archive = zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes()))
    everything = " ".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    assert "No light on the router" in everything
    assert "awkward" not in everything
    assert "Acme Broadband" in everything
