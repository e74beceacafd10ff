"""A colleague's name is removed in a real browser, and a second officer reviews; with axe, and at 320 px."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.models import Role
from requests_sar import services, tasks
from requests_sar.models import Case, Redaction
from requests_sar.workflow import State
from subjects.models import Email
from tests import factories
from tests.browser.kit import check, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BODY = (
    "Dear Alice,\n\nyour colleague Mallory Quist (mallory@elsewhere.example) broke the printer. "
    "Our solicitor has been told.\n\nSam"
)


def in_review(dee: Any) -> Case:
    alice = factories.subject(phone="07700 900123", account=factories.account())
    sent = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
    Email.objects.create(
        subject=alice,
        source_key="M1",
        sent_at=sent,
        sender="sam@example.org",
        subject_line="Printer",
        body=BODY,
    )
    case = services.accept(case=factories.case(subject=alice, requester_email="alice@example.com"), by=dee)
    factories.answer_searches(case, dee)
    return made(case)


def made(case: Case) -> Case:
    package = services.current_package(case)
    assert package
    tasks.collect(str(package.pk))
    return Case.objects.get(pk=case.pk)


def test_s29_a_phrase_is_removed_and_a_second_officer_reviews(
    page: Page, site: str, console: list[str]
) -> None:
    dee, dan = (factories.user(Role.DPO, name=name) for name in ("Dee Marsh", "Dan Holt"))
    case = in_review(dee)
    sign_in(page.context, site, dee)
    page.goto(f"{site}/admin/requests/{case.reference}/")
    page.get_by_role("link", name="Look through the records").click()
    page.get_by_role("link", name="Emails").first.click()
    check(page)
    page.get_by_role("link", name="2 March 2026").click()
    expect(page.locator("mark").filter(has_text="mallory@elsewhere.example").first).to_be_visible()
    check(page)
    page.get_by_role("button", name="Remove “mallory@elsewhere.example”").click()
    said(page, "R1: removed.")
    page.get_by_label("Words to remove").fill("Mallory Quist")
    page.get_by_label("Words to remove").press("Enter")
    said(page, "R1: removed.")
    expect(page.locator("td em.gone")).to_have_count(2)
    page.set_viewport_size({"width": 320, "height": 640})
    check(page)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_label("The reason in your own words").fill("x")  # typed, and thrown away by the undo
    page.get_by_role("button", name="Undo R1, Words in this record").first.click()
    said(page, "R1: put back.")
    press(page, "Remove “mallory@elsewhere.example”")
    press(page, "Collect again")
    said(page, "collecting has begun again")
    made(case)
    page.goto(f"{site}/admin/requests/{case.reference}/review/?kind=emails")
    page.get_by_label("Search the records for words").fill("mallory")
    press(page, "Search")
    assert "mallory" not in page.url
    expect(page.get_by_text("1 record before, 0 after what is removed")).to_be_visible()
    expect(page.get_by_text("0 places left.")).to_be_visible()
    check(page)
    page.get_by_role("link", name="What is removed").click()
    check(page)
    page.goto(f"{site}/admin/requests/{case.reference}/act/reviewed/")
    press(page, "Reviewed: the copy is right")
    expect(page.locator("#error-summary")).to_contain_text("somebody else has to review it: Dan Holt")
    page.context.clear_cookies()
    sign_in(page.context, site, dan)
    page.goto(f"{site}/admin/requests/{case.reference}/act/reviewed/")
    press(page, "Reviewed: the copy is right")
    said(page, "the copy is reviewed")
    assert Redaction.objects.filter(undone_at=None).count() == 2
    assert Case.objects.get().state == State.REVIEW
