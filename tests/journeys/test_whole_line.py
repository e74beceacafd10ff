"""The product's main job, end to end, in a real browser with a real worker.

Records come in by import; Alice asks for a copy, proves her address, Dee works the case to its release, the worker
makes the files, Alice downloads the workbook and it says what is true.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect

from portal.accounts.models import Role, User
from portal.audit import trail
from portal.mail.models import Message
from requests_sar.models import Case
from requests_sar.workflow import State

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct horse battery staple"
CUSTOMERS = """source_key;account_number;account_name;full_name;email;phone;signed_up_on
C1;A-0001;Alice Okafor;Alice Okafor;alice@example.com;07700 900123;2020-02-01
C2;A-0002;Bob Lindqvist;Bob Lindqvist;bob@example.com;07700 900456;2021-02-01
"""
CALLS = """source_key,customer,started_at,issue,duration_s,resolution,status
S1,C1,2026-03-29 00:30,"=HYPERLINK(""http://evil.example"",""Printer"")",605,Drivers installed again,resolved
S2,C1,2026-06-30 23:30,The broadband is slow,60,Line tested,open
S3,C2,2026-06-30 23:30,Bob's own secret,60,None of Alice's business,open
"""


@pytest.fixture
def site(live_server: Any, settings: Any, tmp_path: Path) -> str:
    settings.STORAGE_DIR = tmp_path / "store"
    settings.SITE_URL = live_server.url
    return str(live_server.url)


def _import(tmp_path: Path) -> None:
    for kind, text in (("customers", CUSTOMERS), ("support-calls", CALLS)):
        file = tmp_path / f"{kind}.csv"
        file.write_text(text, encoding="utf-8")
        call_command("import_records", kind, str(file), verbosity=0)


def _ask(page: Page, site: str) -> str:
    page.goto(site)
    page.get_by_role("link", name="A copy of your data").click()
    page.get_by_role("button", name=re.compile("Start")).click()
    page.get_by_label("Everything").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label(re.compile("myself", re.I)).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your full name").fill("Alice Okafor")
    page.get_by_label("Email address").fill("Alice@Example.com")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label(re.compile("Download")).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    code = re.search(r"\b\d{6}\b", Message.objects.get(template="requests_sar/code").text)
    assert code
    page.get_by_label("Code").fill(code.group())
    page.get_by_role("button", name="Confirm my request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")
    reference = re.search(r"DP-\w{4}-\w{4}", page.inner_text("main"))
    assert reference
    return reference.group()


def _work(page: Page, site: str, reference: str) -> None:
    page.goto(f"{site}/admin/")
    page.get_by_label(re.compile("mail", re.I)).fill("dee@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{site}/admin/requests/{reference}/")
    page.get_by_role("button", name=re.compile("Accept")).click()
    for place in ("Mailboxes of support staff", "Paper files and notebooks"):
        _search(page, f"{site}/admin/requests/{reference}/", place)
    page.goto(f"{site}/admin/requests/{reference}/")
    again = page.get_by_role("button", name="Collect again")
    expect(again).to_be_visible(timeout=60_000)  # the first copy was begun before they had answered
    again.click()
    reviewed = page.get_by_role("link", name=re.compile("Reviewed"))
    expect(reviewed).to_be_visible(timeout=60_000)  # the page follows the work by itself
    reviewed.click()
    page.get_by_label(re.compile("nobody else")).fill("I am the only officer here.")
    page.get_by_role("button", name=re.compile("Reviewed")).click()
    page.get_by_role("link", name=re.compile("Release")).click()
    page.get_by_role("button", name=re.compile("Release")).click()
    expect(page.get_by_text("Released").first).to_be_visible()


def _search(page: Page, case: str, place: str) -> None:
    """What the portal cannot reach is searched by a colleague."""
    page.goto(case)
    page.get_by_role("link", name=re.compile(f"^Open {place}")).click()
    page.get_by_label("I searched and found nothing").check()
    page.get_by_role("button", name="Save the answer").click()
    expect(page.get_by_text("Thank you. The answer is written down.")).to_be_visible()


def _download(page: Page, site: str, reference: str, folder: Path) -> dict[str, Path]:
    page.goto(f"{site}/requests/{reference}/files/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your files")
    got = {}
    for kind, ending in (("workbook", "xlsx"), ("bundle", "zip")):
        name = f"your-data-{reference}.{ending}"
        with page.expect_download() as waiting:
            page.locator(f"ul.files a[href$='/{kind}/']").click()
        assert waiting.value.suggested_filename == name
        got[name.rsplit(".", 1)[1]] = folder / name
        waiting.value.save_as(folder / name)
    return got


@pytest.mark.timeout(240)
def test_from_import_to_the_opened_workbook(
    page: Page, browser: Browser, site: str, start_worker: Any, settings: Any, tmp_path: Path
) -> None:
    User.objects.create_user("dee@example.org", PASSWORD, role=Role.DPO)
    _import(tmp_path)
    reference = _ask(page, site)
    start_worker(STORAGE_DIR=str(settings.STORAGE_DIR), SITE_URL=site)
    staff = browser.new_context(locale="en-GB")
    _work(staff.new_page(), site, reference)
    staff.close()
    got = _download(page, site, reference, tmp_path)
    case = Case.objects.get()
    assert (case.state, case.subject.full_name) == (State.RELEASED, "Alice Okafor")

    book = openpyxl.load_workbook(got["xlsx"])
    calls = list(book["Support calls"].iter_rows(min_row=5, values_only=True))
    assert [row[2] for row in calls] == [
        '=HYPERLINK("http://evil.example","Printer")',
        "The broadband is slow",
    ]
    assert str(calls[1][0]) == "2026-06-30 23:30:00"  # UK time, as it was written
    everything = " ".join(
        zipfile.ZipFile(path).read(name).decode("utf-8", "replace")
        for path in got.values()
        for name in zipfile.ZipFile(path).namelist()
    )
    assert "Bob" not in everything
    page.reload()
    assert page.locator("ol.ledger li").count() == 2  # both downloads are told
    assert Message.objects.filter(template="requests_sar/ready", to="alice@example.com").count() == 1
    assert trail.first_broken() is None
