"""The report, the first page, saved filters and acts on many, in a real browser: sound at any width, in the dark, and
without a script."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from portal.accounts.models import Role
from requests_sar import services
from requests_sar.models import Case
from requests_sar.workflow import State
from tests import factories
from tests.browser.kit import all_looks, press, said, sign_in
from tests.requests_sar.crowd import crowd

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUEUE = "/admin/requests_sar/case/"


def test_figures_lead_to_their_requests_and_ticked_ones_are_acted_on(
    page: Page, site: str, console: Any
) -> None:
    dee, dan = factories.user(Role.DPO, name="Dee Marsh"), factories.user(Role.DPO, name="Dan Reed")
    mine = factories.case(due_in=3, owner=dee)
    factories.case(State.CLOSED, due_in=-1, owner=dan)
    given = factories.case(due_in=4)
    sign_in(page.context, site, dee)
    page.goto(site + reverse("admin:report"))
    page.get_by_label("Period", exact=True).select_option("This month")
    press(page, "Show")
    page.get_by_role("row", name="Open, in time").get_by_role("link").first.click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    expect(page.get_by_text("Received from")).to_have_count(2)  # the range, and the box to change it
    page.get_by_text("Save this filter").click()
    page.get_by_label("Name, without anybody's name in it").fill("Open this month")
    page.get_by_label("Colleagues see it too").check()
    page.locator("form[action='/admin/requests/filters/save/']").get_by_role("button").click()
    said(page, "Saved as “Open this month”.")
    expect(page.get_by_role("link", name="Open this month")).to_have_attribute("aria-current", "true")
    for box in page.locator("input.action-select").all():
        box.check()
    page.locator("select[name=action]").select_option("assign_to_me")
    page.get_by_role("button", name="Go", exact=False).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Take over: 2 requests")
    expect(page.get_by_text("Dee Marsh has it already.")).to_be_visible()
    press(page, "Take over (1)")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 request taken over by you")
    assert {case.owner for case in Case.objects.filter(pk__in=[mine.pk, given.pk])} == {dee}
    page.get_by_role("link", name="Back to the queue").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)


def pages(page: Page, site: str) -> dict[str, str]:
    """The addresses; pages that come after a POST are left open in the browser by `show`."""
    return {
        "today": "/admin/",
        "report": reverse("admin:report"),
        "no period": reverse("admin:report") + "?period=dates",
        "queue": QUEUE + "?tab=all&received_from=2020-01-01&due_to=x&figure=in-time",
        "filters": reverse("admin:filters"),
    }


def test_every_page_of_figures_is_sound(page: Page, site: str, console: list[str]) -> None:
    dee = factories.user(Role.DPO, name="Dee Marsh")
    crowd(60, seed=4, today=timezone.localdate(), owners=[dee])
    services.save_filter(by=dee, name="Late", address="tab=late", shared=True)
    factories.case(State.TRIAGE, due_in=-1, received_on=timezone.localdate() - dt.timedelta(days=31))
    sign_in(page.context, site, dee)
    found: dict[str, Any] = {}
    for name, address in pages(page, site).items():
        page.goto(site + address)
        found |= all_looks(page, name)
    page.goto(f"{site}{QUEUE}?tab=all")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("assign")
    page.get_by_role("button", name="Go", exact=False).first.click()
    found |= all_looks(page, "before the act")
    page.get_by_label("Who works on it").select_option(label="Dee Marsh")
    page.locator("form[action='/admin/requests/bulk/assign/'] button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("given")
    found |= all_looks(page, "after the act")
    assert found == {}


def test_the_report_prints_without_its_form(page: Page, site: str) -> None:
    crowd(30, seed=6, today=timezone.localdate())
    sign_in(page.context, site, factories.user(Role.AUDITOR))
    page.goto(site + reverse("admin:report"))
    page.emulate_media(media="print")
    for hidden in ("#header", ".menu", ".report-form"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".bars svg").first).to_be_visible()
