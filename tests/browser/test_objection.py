"""An objection in a real browser: marketing off in four presses, no script needed; another use weighed and answered."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from consent import ledger
from portal.accounts.models import Role
from requests_sar.models import Case
from requests_sar.workflow import State
from tests import customer, factories
from tests.browser.kit import arrive, check, delivered, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_marketing_is_off_without_a_script_a_code_or_a_name(browser: Any, site: str) -> None:
    alice = factories.subject()
    ledger.record(subject=alice, purpose="marketing", channel="email", act="given", how="page", by=None)
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{site}/ask/objection/")
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Marketing").check()
    press(page, "Continue")
    page.get_by_label("Email address").fill("alice@example.com")
    press(page, "Continue")
    press(page, "Send request")
    expect(page.get_by_role("heading", level=1)).to_have_text("Done: no more marketing")
    assert not ledger.may_contact(alice, "marketing", "email").allowed
    context.close()


def test_from_the_customers_browser_to_closed(
    page: Page, site: str, console: list[str], start_worker: Any, settings: Any
) -> None:
    factories.subject()
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}/ask/automated-decisions/")
    check(page)
    page.goto(f"{site}/ask/objection/")
    check(page)
    page.get_by_role("button", name="Start").click()
    check(page)
    press(page, "Continue")
    expect(page.locator("#error-summary")).to_be_focused()
    page.get_by_label("Marketing").check()
    page.get_by_label("Website analytics").check()
    press(page, "Continue")
    page.get_by_label("Why do you object?").fill("I am followed around.")
    check(page)
    press(page, "Continue")
    page.get_by_label("For myself").or_(page.get_by_label("Yes, for myself")).first.check()
    press(page, "Continue")
    page.get_by_label("Your full name").fill("Alice Okafor")
    page.get_by_label("Email address").fill("alice@example.com")
    press(page, "Continue")
    page.get_by_label("On this site").check()
    check(page)
    press(page, "Continue")
    check(page)
    press(page, "Send request")
    expect(page.get_by_text("Marketing stopped the moment we got this.")).to_be_visible()
    check(page)
    page.get_by_label("Code").fill(customer.code())
    press(page, "Confirm my request")
    start_worker(STORAGE_DIR=str(settings.STORAGE_DIR), SITE_URL=site)  # a code that was sent is not kept
    expect(page.get_by_text("while a person looks at your objection")).to_be_visible()
    check(page)
    case = Case.objects.get()

    page.context.clear_cookies()
    page.set_viewport_size({"width": 1180, "height": 800})
    sign_in(page.context, site, factories.user(Role.DPO, name="Dee Marsh"))
    page.goto(site + reverse("admin:case", args=[case.reference]))
    press(page, "Take it up")
    said(page, "Taken up")
    check(page)
    expect(page.get_by_role("link", name="Refuse", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Weigh each use").click()
    page.get_by_label("We stop").check()
    check(page)
    press(page, "Weigh each use")
    said(page, "Nothing has been sent yet.")
    page.get_by_role("link", name="Answer", exact=True).click()
    press(page, "Continue: see what changes")
    check(page)
    press(page, "Answer")
    said(page, "answered")
    case.refresh_from_db()
    assert case.state == State.CLOSED
    delivered()

    page.context.clear_cookies()
    arrive(page.context, site)
    page.goto(site + reverse("request", args=[case.reference]))
    expect(page.get_by_text("Stopped at once")).to_be_visible()
    check(page)
