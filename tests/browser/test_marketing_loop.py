"""The whole loop of marketing in a real browser: a message in the mailbox, off by its header and by its link, the
choices with the words agreed to, on again; and the list for a mailing is right at each step."""

from __future__ import annotations

import csv
import io
import urllib.request

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from consent import ledger, wordings
from consent.models import ConsentEvent
from portal.accounts.models import Role
from portal.mail.models import Message
from tests import factories
from tests.browser.kit import arrive, check, press, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ALICE = "alice@example.com"


def listed(page: Page, site: str) -> list[str]:
    """Who is on the list that staff download now."""
    page.goto(f"{site}/admin/mailing-list/")
    page.get_by_role("radio", name="Marketing").check()
    page.get_by_role("radio", name="E-mail").check()
    page.get_by_label("Name of the mailing").fill("Spring offers")
    page.locator("[name=reason]").first.check()
    with page.expect_download() as download:
        press(page, "Download the list")
    text = download.value.path().read_text(encoding="utf-8-sig")
    return [cell for line in csv.reader(io.StringIO(text)) for cell in line if cell == ALICE]


def mailed(page: Page, site: str) -> str:
    """A message of a campaign in the developer mailbox; returns its link for people, as it stands there."""
    call_command("send_test_campaign", ALICE)
    page.goto(f"{site}/dev/mailbox/")
    page.get_by_role("link", name="News from us (a test)").first.click()
    expect(page.get_by_text("List-Unsubscribe=One-Click")).to_be_visible()
    link = page.locator(".mail-text a[href*='/u/']").first.get_attribute("href")
    assert link
    newest = Message.objects.order_by("-created_at").first()
    assert newest is not None
    assert f"<{link}>" in newest.headers["List-Unsubscribe"]
    return link


def test_a_message_stopped_by_header_and_by_link_and_turned_on_again(
    page: Page, site: str, console: list[str]
) -> None:
    words = wordings.current("marketing", "email")
    ledger.record(
        subject=factories.subject(), purpose="marketing", channel="email", act="given", how="sign-up",
        by=None, wording=words,
    )  # fmt: skip
    staff = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    sign_in(staff.context, site, factories.user(Role.STAFF, name="Sam Hill"))
    assert listed(staff, site) == [ALICE]

    asked = urllib.request.Request(mailed(page, site), data=b"List-Unsubscribe=One-Click")
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert (answer.status, answer.headers["Set-Cookie"]) == (200, None)
    assert ConsentEvent.objects.order_by("pk").last().how == "one-click"  # type: ignore[union-attr]
    assert listed(staff, site) == []

    arrive(page.context, site)
    page.goto(f"{site}/marketing/")
    press(page, "Turn on marketing emails")
    page.get_by_text("See the words you agreed to").first.click()
    expect(page.get_by_role("blockquote").first).to_have_text(words.text)
    check(page)
    assert listed(staff, site) == [ALICE]

    page.goto(mailed(page, site))
    assert listed(staff, site) == [ALICE]  # reading the page changes nothing
    page.get_by_role("button", name="Stop").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Done")
    assert listed(staff, site) == []
    page.goto(f"{site}/marketing/")
    press(page, "Turn on marketing emails")
    assert listed(staff, site) == [ALICE]
    assert [event.act for event in ConsentEvent.objects.order_by("pk")] == [
        "given", "withdrawn", "given", "withdrawn", "given",
    ]  # fmt: skip
    staff.context.close()
