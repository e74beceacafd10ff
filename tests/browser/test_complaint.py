"""A complaint in a real browser: from the customer who does not sign in to the outcome."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.models import Role
from requests_sar.models import Case
from requests_sar.workflow import State
from tests import factories
from tests.browser.kit import arrive, check, delivered, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_from_the_form_to_the_outcome(
    page: Page, site: str, console: list[str], start_worker: Any, settings: Any
) -> None:
    start_worker(STORAGE_DIR=str(settings.STORAGE_DIR), SITE_URL=site)
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}/complain/")
    check(page)
    page.get_by_role("button", name="Start your complaint").click()
    press(page, "Continue")
    expect(page.locator("#error-summary")).to_be_focused()
    check(page)
    page.get_by_label("No, about something else").check()
    press(page, "Continue")
    page.get_by_label("What went wrong?").fill("You rang me at midnight.")
    check(page)
    press(page, "Continue")
    page.get_by_label("By email").check()
    press(page, "Continue")
    page.get_by_label("Your name").fill("Alice Okafor")
    page.get_by_label("Email address").fill("alice@example.com")
    check(page)
    press(page, "Continue")
    check(page)
    press(page, "Send complaint")
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your complaint")
    check(page)
    case = Case.objects.get()

    page.context.clear_cookies()
    page.set_viewport_size({"width": 1180, "height": 800})
    sign_in(page.context, site, factories.user(Role.DPO, name="Dee Marsh"))
    page.goto(f"{site}/admin/requests/{case.reference}/")
    check(page)
    page.get_by_role("link", name="Confirm that we have it").click()
    press(page, "Continue: see what changes")
    check(page)
    press(page, "Confirm that we have it")
    said(page, "Confirmed.")
    press(page, "Take it up")
    said(page, "Taken up")
    page.get_by_role("link", name="Write the outcome").click()
    page.get_by_label("They are right", exact=True).check()
    page.get_by_label("What happened, and what do you do about it?").fill(
        "The dialler was set to another country."
    )
    check(page)
    press(page, "Write the outcome")
    said(page, "Written down")
    page.get_by_role("link", name="Answer", exact=True).click()
    press(page, "Continue: see what changes")
    expect(page.locator("main, #content").first).to_contain_text("The dialler was set to another country.")
    check(page)
    press(page, "Answer")
    said(page, "answered")
    assert Case.objects.get().state == State.CLOSED
    delivered()

    page.context.clear_cookies()
    arrive(page.context, site)
    page.goto(f"{site}/requests/{case.reference}/")
    expect(page.get_by_text("You are right.", exact=True)).to_be_visible()
    check(page)
