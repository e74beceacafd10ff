"""The DPO in a real browser: from the queue to the release, every staff page under axe, at 320 px, without a script."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from portal.accounts.models import Role, User
from portal.mail.models import Message
from requests_sar import tasks
from requests_sar.models import Case, Package, Source
from requests_sar.workflow import State
from tests import factories
from tests.browser.kit import all_looks, check, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_the_queue_to_the_release(page: Page, site: str, console: list[str]) -> None:
    factories.user(Role.DPO, name="Dee Marsh", email="dee@example.org", password=factories.PASSWORD)
    alice = factories.subject(phone="07700 900123", account=factories.account())
    factories.subject("Alicia Okafor", email="alicia@example.org")
    case = factories.case(
        requester_email="alice@example.com", requester_phone="07700900123", words="Everything, please."
    )
    page.goto(f"{site}/admin/")
    page.get_by_label("Email").fill("dee@example.org")
    page.get_by_label("Password").fill(factories.PASSWORD)
    press(page, "Sign in")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    page.get_by_role("link", name="Needs action (1)").click()
    page.get_by_role("link", name="Alice Okafor").click()
    expect(page.locator("blockquote.words")).to_have_text("Everything, please.")
    check(page)
    page.get_by_role("button", name=f"This is the person (Alice Okafor, {alice.reference})").click()
    said(page, f"The request is about {alice.reference}.")
    page.get_by_role("link", name="Record an identity check").click()
    press(page, "Record an identity check")
    expect(page.locator("#error-summary")).to_be_focused()
    check(page)
    page.get_by_label("How did you make sure who is asking?").fill("Called back on the number on file.")
    press(page, "Record an identity check")
    said(page, "identity checked")
    press(page, "Accept and collect")
    expect(page.locator("[data-poll]")).to_be_visible()
    check(page)
    factories.answer_searches(case, User.objects.get())
    tasks.collect(str(Package.objects.get().pk))
    press_later = page.get_by_role("link", name="Reviewed: the copy is right")
    expect(press_later).to_be_visible(timeout=15_000)  # the page noticed by itself
    with page.expect_download() as download:
        page.get_by_role("link", name="Spreadsheet", exact=True).click()
    assert download.value.suggested_filename == f"your-data-{case.reference}.xlsx"
    press_later.click()
    check(page)
    page.get_by_label("Why does nobody else review it?").fill("There is nobody else.")
    press(page, "Reviewed: the copy is right")
    said(page, "the copy is reviewed")
    page.get_by_role("link", name="Release to the customer").click()
    check(page)
    press(page, "Release to the customer")
    said(page, "Released.")
    check(page)
    case.refresh_from_db()
    assert (case.state, case.answered_at is not None) == (State.RELEASED, True)
    assert Message.objects.filter(template="requests_sar/ready", to="alice@example.com").count() == 1
    page.get_by_role("link", name="Requests", exact=True).first.click()
    expect(page.get_by_text("Nothing needs you today.")).to_be_visible()


def test_a_search_by_name_leaves_no_name_in_the_address(page: Page, site: str, console: list[str]) -> None:
    factories.case(State.CLOSED)
    sign_in(page.context, site, factories.user(Role.DPO))
    page.goto(f"{site}{reverse('admin:requests_sar_case_changelist')}")
    page.get_by_role("searchbox").fill("okafor")
    press(page, "Search")
    expect(page.get_by_role("link", name="Alice Okafor")).to_be_visible()
    assert "okafor" not in page.url
    page.go_back()
    page.go_forward()
    expect(page.get_by_role("link", name="Alice Okafor")).to_be_visible()


def test_giving_ticked_requests_to_somebody(page: Page, site: str, console: list[str]) -> None:
    cases = [factories.case(due_in=number) for number in (3, 4, 5)]
    factories.user(Role.DPO, name="Dan Reed")
    sign_in(page.context, site, factories.user(Role.DPO, name="Dee Marsh"))
    page.goto(f"{site}{reverse('admin:requests_sar_case_changelist')}")
    boxes = page.locator("input.action-select")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.locator("select[name=action]").select_option("assign")
    page.get_by_role("button", name="Go", exact=False).first.click()
    check(page)
    page.get_by_label("Who works on it").select_option(label="Dan Reed")
    press(page, "Give to somebody (2)")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 requests given")
    owners = [Case.objects.get(pk=case.pk).owner for case in cases]
    assert [owner.name if owner else None for owner in owners] == ["Dan Reed", "Dan Reed", None]


def everything() -> dict[str, str]:
    """One address of each kind of staff page, with something on it."""
    alice = factories.subject(account=factories.account())
    now = timezone.now()
    triage = factories.case(requester_email="alice@example.com", due_in=-2, words="All of it")
    working = factories.case(State.COLLECTING, subject=alice)
    factories.package(
        working,
        state=Package.State.RUNNING,
        rows_done=40,
        rows_total=900,
        started_at=now - dt.timedelta(seconds=9),
        claimed_until=now + dt.timedelta(hours=1),
        step="Collecting Orders (5 of 18)",
    )
    stuck = factories.case(State.COLLECTING, subject=alice)
    failed = factories.package(stuck, state=Package.State.FAILED, error="Orders did not answer.")
    source = failed.sources.first()
    Source.objects.filter(pk=source.pk).update(state=Source.State.FAILED, error="Orders did not answer.")
    review = factories.case(State.REVIEW, subject=alice, reviewed_at=now, due_in=-1)
    copy = factories.package(review)
    released = factories.case(State.RELEASED, subject=alice)
    factories.package(released, released_at=now, locked_at=now)

    def case(name: str, of: Case, *more: Any) -> str:
        return reverse(f"admin:{name}", args=[of.reference, *more])

    return {
        "today": "/admin/",
        "queue": "/admin/requests_sar/case/?tab=all",
        "empty": "/admin/requests_sar/case/?tab=closed",
        "triage": case("case", triage),
        "working": case("case", working),
        "stuck": case("case", stuck),
        "review": case("case", review),
        "released": case("case", released),
        "refuse": case("case_act", triage, "refuse"),
        "release": case("case_act", review, "release"),
        "unlock": case("case_act", released, "unlock"),
        "leave out": case("case_leave_out", stuck, source.pk),
        "person": case("case_person", triage),
        "log": "/admin/requests/log/",
        "logged": case("logged", triage),
        "letter": case("case_letter", triage, factories.letter(triage).pk),
        "workbook": reverse("admin:person_workbook", args=[alice.reference]),
        "copy": reverse("admin:package", args=[copy.pk]),
        "trail": "/admin/audit/entry/",
    }


def test_every_staff_page_is_sound(page: Page, site: str, console: list[str]) -> None:
    sign_in(page.context, site, factories.user(Role.DPO, name="Dee Marsh"))
    found: dict[str, Any] = {}
    for name, address in everything().items():
        assert page.goto(site + address).status == 200, address
        found |= all_looks(page, name)
    assert found == {}


def test_the_pages_of_an_administrator_are_sound(page: Page, site: str, console: list[str]) -> None:
    sign_in(page.context, site, factories.user(Role.ADMINISTRATOR, name="Ada Byrne"))
    for address in ("/admin/accounts/user/", "/admin/accounts/user/add/"):
        page.goto(site + address)
        assert all_looks(page, address) == {}


def test_the_acknowledgement_prints_on_one_page_of_a4(page: Page, site: str, console: list[str]) -> None:
    case = factories.case(
        requester_address="Flat 12, Very Long House Name\n123 Long Street\nSomewhere\nBristol\nBS1 1AA"
    )
    factories.letter(case)
    sign_in(page.context, site, factories.user(Role.SUPPORT))
    Case.objects.update(logged_by=User.objects.get())
    page.goto(site + reverse("admin:case_letter", args=[case.reference, "received"]))
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert (
        printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") + printed.count(b"/Type /Page/") == 1
    )
    page.emulate_media(media="print")
    for hidden in ("#header", ".breadcrumbs", ".menu"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".letter")).to_contain_text(case.reference)


def test_without_a_script_a_request_is_logged_and_worked(browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    context.set_default_timeout(10_000)
    sign_in(context, site, factories.user(Role.DPO, name="Dee Marsh"))
    page = context.new_page()
    page.goto(f"{site}/admin/requests/log/")
    page.get_by_label("Who is asking?", exact=True).fill("Carol Stone")
    page.get_by_label("What did they say, in their words?").fill("What have you got on me?")
    press(page, "Save the request")
    expect(page.get_by_role("heading", name="Written down")).to_be_visible()
    page.get_by_role("link", name="Open the request").click()
    page.get_by_label("Note for colleagues").fill("She will send a letter too.")
    press(page, "Add note")
    said(page, "Note added.")
    page.get_by_role("link", name="Refuse").click()
    page.get_by_label("The data are not ours").check()
    page.get_by_label("What is the reason, in plain words?").fill("We never had you as a customer.")
    press(page, "Continue to the letter")
    expect(page.locator(".letter-preview")).to_contain_text("We never had you as a customer.")
    press(page, "Refuse and send the letter")
    said(page, "Refused.")
    assert Case.objects.get().state == State.REFUSED
    context.close()
