"""Staff sign-in and the second step in a real browser, under the strict policy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.models import Role
from tests import factories
from tests.browser.kit import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_signing_in_and_setting_up_the_second_step(live_server: Any, page: Page) -> None:
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_viewport_size({"width": 320, "height": 700})
    dee = factories.user(Role.DPO, email="dee@example.org", name="Dee", password=factories.PASSWORD)
    page.goto(live_server.url + "/admin/")
    check(page)
    assert "sign up" not in page.locator("main").inner_text().lower()
    page.get_by_label("Email").fill(dee.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_title(re.compile("^Error: "))
    check(page)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/admin/")
    page.goto(live_server.url + "/accounts/2fa/")
    check(page)
    page.goto(live_server.url + "/accounts/2fa/totp/activate/")
    if "reauthenticate" in page.url:
        check(page)
        page.get_by_label("Password").fill(factories.PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_url("**/totp/activate/")
    drawing = page.locator(".qr svg path")
    assert drawing.count() == 1
    assert drawing.bounding_box()["width"] > 100
    check(page)
    assert faults == []
