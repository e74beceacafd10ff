"""Correcting data in a real browser: by the person at once, and on request from the first question to closed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar.models import Case
from requests_sar.workflow import State
from subjects.models import Address, Disclosure, Invoice, Restriction, Subject, SupportCall
from tests import factories
from tests.browser.kit import arrive, check, check_in_both_themes, delivered, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]
OLD, NEW = "1 Old Lane", "2 New Road"


def alice() -> Subject:
    """Alice with an address, an invoice, a call, and a firm that had her address."""
    made = factories.subject(phone="0117 496 0123", signed_up_on=dt.date(2020, 1, 6))
    own = {"subject": made}
    Address.objects.create(
        source_key="a", use="home", lines=OLD, town="Bristol", postcode="BS1 1AA", country="UK", **own
    )
    Invoice.objects.create(
        source_key="i",
        number="INV-1",
        issued_on=dt.date(2026, 5, 1),
        net=100,
        total=120,
        billed_name="Alice Okafor",
        billed_address=f"{OLD}, Bristol",
        **own,
    )
    at = dt.datetime(2026, 5, 3, 9, tzinfo=dt.UTC)
    for key in "cd":
        SupportCall.objects.create(source_key=key, started_at=at, staff_note="Rude on the phone.", **own)
    Disclosure.objects.create(
        source_key="d",
        at=at,
        recipient="Acme Deliveries Ltd",
        recipient_kind="hardware-suppliers",
        what="name and address",
        **own,
    )
    return made


def code(to: str) -> str:
    message = Message.objects.filter(to=to, template="requests_sar/new_address").latest("created_at")
    found = re.search(r"\b(\d{6})\b", message.text)
    assert found
    return found[1]


def test_a_person_changes_their_details(page: Page, site: str, console: list[str]) -> None:
    alice()
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}/your-details/")
    arrive(page.context, site)
    page.goto(f"{site}/your-details/")
    check_in_both_themes(page)
    page.get_by_role("link", name="Change telephone").click()
    page.get_by_label("Telephone").fill("ring the shop")
    press(page, "Save")
    expect(page.locator("#error-summary")).to_be_focused()
    check_in_both_themes(page)
    page.get_by_label("Telephone").fill("+44 (0)117 496-0999")
    press(page, "Save")
    expect(page.get_by_text("We will also tell: Acme Deliveries Ltd.")).to_be_visible()
    expect(page.locator("dl.summary").first).to_contain_text("0117 496 0999")
    check_in_both_themes(page)
    page.get_by_role("button", name="Undo it").click()
    expect(page.locator("dl.summary").first).to_contain_text("0117 496 0123")
    page.get_by_role("link", name="Change address (home)").click()
    check_in_both_themes(page)
    page.get_by_label("Postcode").fill("bs14dj")
    press(page, "Save")
    expect(page.locator("dl.summary").first).to_contain_text("BS1 4DJ")
    page.get_by_role("link", name="Change email address", exact=True).click()
    page.get_by_label("Email address").fill("alice@new.example.com")
    check_in_both_themes(page)
    press(page, "Continue")
    check_in_both_themes(page)
    page.get_by_label("Code").fill(code("alice@new.example.com"))
    press(page, "Change my email address")
    expect(page.locator("dl.summary").first).to_contain_text("alice@new.example.com")
    check_in_both_themes(page)
    notice = Message.objects.get(to="alice@example.com")
    found = re.search(r"https?://[^/\s]+(/not-me/\S+)", notice.text)
    assert found
    page.context.clear_cookies()
    page.goto(site + found[1])
    check_in_both_themes(page)
    press(page, "Put my address back")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your address is back")
    check_in_both_themes(page)
    assert Subject.objects.get().email == "alice@example.com"


def ask(page: Page, kind: str, detail: str, wanted: str, *, pause: bool) -> Case:
    """The person picks what is wrong and sends the request, without JavaScript's help."""
    page.goto(page.url.partition("/your-details")[0] + "/your-details/wrong/")
    check(page)
    page.get_by_role("link", name=kind).click()
    if page.get_by_role("link", name=f"{kind}, 3 May 2026").count():
        check(page)
        page.get_by_role("link", name=f"{kind}, 3 May 2026").first.click()
    check(page)
    page.get_by_label(detail).check()
    press(page, "Continue")
    check(page)
    page.get_by_role("textbox").fill(wanted)
    press(page, "Continue")
    check(page)
    press(page, "Continue")
    check(page)
    page.get_by_label("Yes, pause it" if pause else "No, go on as usual").check()
    press(page, "Continue")
    page.get_by_label("Yes, for myself").check()
    press(page, "Continue")
    page.get_by_label("Your full name").fill("Alice Okafor")
    press(page, "Continue")
    page.get_by_label("Download here").check()
    press(page, "Continue")
    check(page)
    press(page, "Send request")
    expect(page.get_by_role("heading", level=1)).to_contain_text("We have your request")
    return Case.objects.latest("received_at")


def decide(page: Page, site: str, case: Case, choice: str, text: str, reason: str) -> None:
    """The officer takes the request up, decides on its only item and answers."""
    page.goto(f"{site}/admin/requests/{case.reference}/")
    press(page, "Take it up")
    said(page, "Taken up")
    for task in case.tasks.all():  # colleagues' searches have a test of their own
        task.delete()
    page.reload()
    check(page)
    page.get_by_role("link", name=re.compile("^Decide *:")).click()
    check(page)
    page.get_by_label(choice).check()
    page.get_by_label("What is written").fill(text)
    page.get_by_label("Why?").fill(reason)
    press(page, "Save decision")
    said(page, "Decided")
    page.get_by_role("link", name="Answer", exact=True).click()
    press(page, "Continue: see what changes")
    check(page)
    press(page, "Answer")
    said(page, "answered")
    case.refresh_from_db()
    assert case.state == State.CLOSED
    check(page)


def test_from_a_wrong_name_to_the_recipient_who_is_told(
    page: Page, site: str, console: list[str], start_worker: Any, settings: Any
) -> None:
    start_worker(STORAGE_DIR=str(settings.STORAGE_DIR), SITE_URL=site)
    alice()
    page.set_viewport_size({"width": 320, "height": 800})
    arrive(page.context, site)
    page.goto(f"{site}/your-details/")
    case = ask(page, "Contact details", "Your name", "Alice Obi", pause=False)
    page.goto(f"{site}/requests/{case.reference}/")
    expect(page.locator("dl.summary").last).to_contain_text("Alice Obi")
    check(page)

    page.context.clear_cookies()
    page.set_viewport_size({"width": 1180, "height": 900})
    sign_in(page.context, site, factories.user(Role.DPO, name="Dee Marsh"))
    decide(page, site, case, "Put it right", "Alice Obi", "")
    page.goto(f"{site}/admin/recipients/")
    check(page)
    page.get_by_role("link", name="Acme Deliveries Ltd").click()
    check(page)
    expect(page.get_by_label("Words of the notice")).to_have_value(re.compile("right: Alice Obi"))
    page.get_by_label("They were told").check()
    press(page, "Save")
    said(page, "Noted")

    page.context.clear_cookies()
    page.set_viewport_size({"width": 320, "height": 800})
    arrive(page.context, site)
    page.goto(f"{site}/requests/{case.reference}/")
    expect(page.get_by_text("Acme Deliveries Ltd: told on")).to_be_visible()
    check(page)
    assert Subject.objects.get().full_name == "Alice Obi"
    delivered()


def test_s57_s58_a_disputed_note_is_paused_kept_with_a_statement_and_used_again_after_telling(
    page: Page, site: str, console: list[str]
) -> None:
    alice()
    arrive(page.context, site)
    page.goto(f"{site}/your-details/")
    case = ask(page, "Support calls", "Our note", "I was polite.", pause=True)

    page.context.clear_cookies()
    sign_in(page.context, site, factories.user(Role.DPO, name="Dee Marsh"))
    reason = "It is what the technician thought at the time."
    decide(page, site, case, "Keep it, with their statement beside it", "I was polite.", reason)
    page.get_by_role("link", name="Tell them that it ends, then end it").click()
    check(page)
    assert Restriction.objects.get(reference=case.reference).lifted_at is None
    page.goto(f"{site}/admin/people/{Subject.objects.get().reference}/support-calls/")
    expect(page.get_by_text("I was polite.")).to_be_visible()
    check(page)

    page.context.clear_cookies()
    arrive(page.context, site)
    page.goto(f"{site}/requests/{case.reference}/")
    expect(page.get_by_text("We tell you before we use it again.")).to_be_visible()
    expect(page.get_by_text(reason).first).to_be_visible()
    check(page)
