"""A pause in a real browser: asked with a tick, decided, in force, told that it ends, ended."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from portal.accounts.models import Role
from requests_sar.models import Case
from requests_sar.workflow import State
from subjects.models import Restriction
from tests import customer, factories
from tests.browser.kit import arrive, check, delivered, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def go_on(page: Page) -> None:
    check(page)
    press(page, "Continue")


def test_from_the_customers_browser_to_closed_and_ended(
    page: Page, site: str, console: list[str], start_worker: Any, settings: Any
) -> None:
    alice = factories.subject(account=factories.account())
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}/ask/restriction/")
    check(page)
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Something in my data is wrong").check()
    go_on(page)
    page.get_by_label("Tell us more").fill("My house number is 12, not 21.")
    go_on(page)
    page.get_by_label("Everything").check()
    go_on(page)
    page.get_by_label("Telephone number").fill("0117 496 0123")
    go_on(page)
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary")).to_contain_text("Tick the box to say that you understand")
    page.get_by_label("I understand that my account and the services").check()
    go_on(page)
    page.get_by_label("For myself").or_(page.get_by_label("Yes, for myself")).first.check()
    go_on(page)
    page.get_by_label("Your full name").fill("Alice Okafor")
    page.get_by_label("Email address").fill("alice@example.com")
    go_on(page)
    page.get_by_label("On this site").check()
    go_on(page)
    check(page)
    press(page, "Send request")
    page.get_by_label("Code").fill(customer.code())
    press(page, "Confirm my request")
    start_worker(STORAGE_DIR=str(settings.STORAGE_DIR), SITE_URL=site)  # a code that was sent is not kept
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
    check(page)
    case = Case.objects.get()
    assert case.subject == alice

    page.context.clear_cookies()
    page.set_viewport_size({"width": 1180, "height": 800})
    sign_in(page.context, site, factories.user(Role.DPO, name="Dee Marsh"))
    page.goto(site + reverse("admin:case", args=[case.reference]))
    press(page, "Take it up")
    said(page, "Taken up")
    check(page)
    page.get_by_role("link", name="Decide about the pause").click()
    page.get_by_label("We pause", exact=True).check()
    check(page)
    press(page, "Decide about the pause")
    said(page, "Nothing is paused yet")
    page.get_by_role("link", name="Answer", exact=True).click()
    press(page, "Continue: see what changes")
    expect(page.locator("article.letter")).to_contain_text("We have paused the use of your data.")
    check(page)
    press(page, "Answer")
    said(page, "answered")
    case.refresh_from_db()
    assert case.state == State.CLOSED
    check(page)
    page.goto(site + reverse("admin:person", args=[alice.reference]))
    expect(page.get_by_text("Paused: do not use.")).to_be_visible()
    check(page)
    page.goto(site + reverse("admin:person_workbook", args=[alice.reference]))
    check(page)
    page.goto(site + reverse("admin:pause", args=[Restriction.objects.get().pk]))
    check(page)
    page.get_by_label("We have checked that the data are accurate").check()
    page.get_by_label("By e-mail").check()
    press(page, "Continue to the letter")
    expect(page.locator("article.letter")).to_contain_text("before we end the pause")
    check(page)
    press(page, "Tell them")
    delivered()
    page.reload()
    press(page, "End the pause")
    said(page, "The pause has ended.")
    check(page)

    page.context.clear_cookies()
    arrive(page.context, site)
    page.goto(site + reverse("request", args=[case.reference]))
    expect(page.get_by_role("heading", name="The pause")).to_have_count(0)
    expect(page.get_by_text("we only stored everything.", exact=False)).to_be_visible()
    check(page)
