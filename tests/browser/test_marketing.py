"""The marketing choices in a real browser: off, undone, all stopped, at 320 px and in the dark, without a fault."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from consent import choices, ledger, wordings
from portal.accounts.models import Role
from tests import factories
from tests.browser.kit import arrive, check, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_off_undone_and_all_stopped(page: Page, site: str, console: list[str]) -> None:
    alice = factories.subject(mobile="07700 900123")
    words = wordings.current("marketing", "email")
    ledger.record(
        subject=alice,
        purpose="marketing",
        channel="email",
        act="given",
        how="sign-up",
        by=None,
        wording=words,
    )
    page.goto(f"{site}/marketing/by-email/")
    check(page)
    press(page, "Send me the link")
    expect(page.locator("#error-summary")).to_be_focused()
    check(page)
    arrive(page.context, site)
    page.goto(f"{site}/marketing/")
    check(page)
    page.get_by_text("See the words you agreed to").click()
    expect(page.get_by_role("blockquote")).to_have_text(words.text)
    press(page, "Turn off marketing emails")
    expect(page.get_by_role("status").first).to_contain_text(
        "Saved. You will not get marketing emails from us."
    )
    check(page)
    press(page, "Undo what you changed last")
    assert ledger.may_contact(alice, "marketing", "email").allowed
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 320, "height": 800})
    press(page, "Stop all marketing")
    expect(page.get_by_text("We do not send you any marketing.")).to_be_visible()
    check(page)


def test_staff_read_the_ledger_and_change_the_words(page: Page, site: str, console: list[str]) -> None:
    alice = factories.subject(mobile="07700 900123")
    choices.stop_all(whom=choices.Whom(alice, "alice@example.com"), by="customer")
    sign_in(page.context, site, factories.user(Role.DPO, name="Dee Marsh"))
    page.goto(f"{site}/admin/consent/consentevent/")
    check(page)
    page.goto(f"{site}/admin/marketing-words/")
    check(page)
    page.get_by_role("link", name="Marketing by e-mail").click()
    page.get_by_label("The words").fill("Send me news by email. I can stop it at any time.")
    press(page, "See how it reads")
    check(page)
    press(page, "Publish these words")
    said(page, "Version 2 is shown from now on.")
    page.goto(site + reverse("admin:person", args=[alice.reference]))
    expect(page.get_by_text("alice@example.com: on the do-not-contact list")).to_be_visible()
    check(page)
