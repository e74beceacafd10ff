"""A colleague without an account, and the officer who asks: in a real browser, at 320 px, without a script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar import services, task_links
from requests_sar.models import Answer, Case
from requests_sar.services import colleagues
from requests_sar.workflow import State
from tests import factories
from tests.browser.kit import check, check_in_both_themes, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAT = "pat@example.net"


@pytest.fixture
def case() -> Case:
    alice = factories.subject(account=factories.account(), phone="0117 496 0000", mobile="07700 900123")
    return factories.case(State.REVIEW, subject=alice, requester_email="alice@example.com")


def link() -> str:
    """The link in the latest mail to Pat."""
    found = re.search(r"https?://\S+/task/\S+", Message.objects.filter(to=PAT).latest("created_at").text)
    assert found
    return found.group(0)


def test_from_the_mail_to_the_thanks_and_a_correction(
    page: Page, site: str, console: list[str], case, tmp_path
) -> None:
    dee = factories.user(Role.DPO)
    search = colleagues.Search("Paper files", "Look in the folders of 2024.", to=PAT)
    colleagues.ask(case=case, by=dee, searches=[search], once=case.pk)
    first = link()
    page.goto(first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Please search: Paper files")
    expect(page.get_by_text("Alice Okafor")).to_be_visible()
    check(page)
    press(page, "Send my answer")
    expect(page.locator("#error-summary")).to_be_focused()
    check(page)
    page.locator("#error-summary a").first.click()
    expect(page.get_by_label("I found something")).to_be_focused()
    page.keyboard.press("Space")
    scan = Path(tmp_path) / "scan.pdf"
    scan.write_bytes(b"%PDF-1.7 a scan")
    page.get_by_label("Files that you found").set_input_files(scan)
    press(page, "Send my answer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    check(page)
    page.goto(first)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link has stopped working")
    check(page)
    press(page, "Send a fresh link")
    expect(page.get_by_role("status")).to_contain_text("we have sent a fresh link")
    check(page)
    page.goto(link())
    expect(page.get_by_label("scan.pdf")).to_be_visible()
    check(page)
    page.get_by_label("I searched and found nothing").check()
    press(page, "Send my answer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert Answer.objects.get().outcome == Answer.Outcome.NOTHING


def test_the_page_of_the_link_on_a_small_screen_without_a_script(
    browser: Browser, page: Page, site: str, case
) -> None:
    address = site + reverse("task_link", args=[task_links.make(factories.task(case, ask="Look. " * 60))])
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(address)
    check_in_both_themes(page)
    plain = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page = plain.new_page()
    page.goto(address)
    page.get_by_label("I cannot search there").check()
    page.get_by_label("What did you find").fill("The cellar is flooded.")
    press(page, "Send my answer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    plain.close()


def test_the_officer_asks_reminds_reads_and_does_without(
    page: Page, site: str, console: list[str], case
) -> None:
    dee = factories.user(Role.DPO, name="Dee Marsh")
    factories.package(case)
    sign_in(page.context, site, dee)
    page.goto(f"{site}{reverse('admin:case', args=[case.reference])}")
    page.get_by_role("link", name="Ask colleagues to search").click()
    check(page)
    press(page, "Ask them")
    expect(page.locator("#error-summary")).to_be_focused()
    check(page)
    page.get_by_label("Mailboxes of support staff").check()
    page.get_by_label("Paper files and notebooks").check()
    page.get_by_label("E-mail addresses of others").fill(PAT)
    press(page, "Ask them")
    said(page, "2 searches asked for.")
    check(page)
    page.get_by_label("Paper files and notebooks").check()
    press(page, "Do without the ticked ones")
    check(page)
    page.get_by_label("Why is this not searched?").fill("The paper burnt in 2024.")
    press(page, "Do without them")
    said(page, "1 search cancelled.")
    page.get_by_role("link", name="Open Mailboxes of support staff").click()
    check(page)
    page.get_by_label("I searched and found nothing").check()
    press(page, "Save the answer")
    said(page, "The answer is written down.")
    check(page)
    page.goto(f"{site}{reverse('admin:requests_sar_task_changelist')}?stand=all")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    check(page)
    page.set_viewport_size({"width": 320, "height": 640})
    check(page)
    page.goto(f"{site}{reverse('admin:case', args=[case.reference])}")
    expect(page.get_by_role("button", name="Collect again")).to_be_visible()
    check(page)
    assert not services.colleagues.open_tasks(case).exists()
