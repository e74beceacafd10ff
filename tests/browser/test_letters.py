"""Letters and files in a real browser: on one sheet of A4, under axe, at 320 px, in the dark, without a script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import Page, expect

from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar import letters, services
from requests_sar.models import Attachment, Case, Ground, Letter
from tests import factories
from tests.browser.kit import all_looks, arrive, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n%%EOF"
REASON = (
    "You had the same copy from us three weeks ago, and the week before. We have compared both with what we hold now, "
    "and nothing has been added or changed since. Making it again would take a colleague most of a day. If you tell "
    "us which part you would like to see again, or what you think has changed, we will gladly send you that.\n\n"
) * 3


def refused(dee: Any) -> Letter:
    case = factories.case(
        requester_email="alice@example.com",
        reply_by="post",
        requester_address="Flat 12, Very Long House Name\n123 Long Street\nSomewhere\nBristol\nBS1 1AA",
        subject=factories.subject(),
    )
    given = SimpleUploadedFile("proof of address.pdf", PDF)
    by = factories.visit()
    services.write(case=case, by=by, text="Here is the proof.", once=case.pk, files=[given])
    case = Case.objects.get(pk=case.pk)
    return services.refuse(case=case, by=dee, ground=Ground.EXCESSIVE, reason=REASON).letters.last()


def sheets(page: Page) -> int:
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    return len(re.findall(rb"/Type /Page[\s/]", printed))


def test_a_refusal_prints_on_one_sheet_for_both_sides(page: Page, site: str, console: list[str]) -> None:
    dee = factories.user(Role.DPO)
    letter = refused(dee)
    arrive(page.context, site)
    page.goto(site + reverse("request_letter", args=[letter.case.reference, letter.pk]))
    assert sheets(page) == 1
    page.emulate_media(media="print")
    for hidden in (".top", ".foot", ".no-print"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".letter")).to_contain_text("court")
    sign_in(page.context, site, dee)
    page.goto(site + reverse("admin:case_letter", args=[letter.case.reference, letter.pk]))
    assert sheets(page) == 1


@pytest.mark.parametrize("side", ["customer", "staff"])
def test_the_pages_are_sound(page: Page, site: str, console: list[str], side: str) -> None:
    dee = factories.user(Role.DPO, name="Dee Marsh")
    letter = refused(dee)
    case, kind = letter.case, letters.KINDS["refused"]
    if side == "customer":
        arrive(page.context, site)
        paths = [
            reverse("request", args=[case.reference]),
            reverse("request_letter", args=[case.reference, letter.pk]),
        ]
    else:
        services.reword(kind=kind, text=f"Hello.\n\n{letters.shipped(kind)}", reason="Kinder", by=dee, seen=0)
        sign_in(page.context, site, dee)
        attachment = Attachment.objects.get()
        paths = [
            reverse("admin:case", args=[case.reference]),
            reverse("admin:case_letter", args=[case.reference, letter.pk]),
            reverse("admin:case_mail", args=[case.reference, Message.objects.latest("created_at").pk]),
            reverse("admin:case_attachment_remove", args=[case.reference, attachment.pk]),
            reverse("admin:letters"),
            reverse("admin:letter_wording", args=["refused"]),
            reverse("admin:letter_version", args=["refused", 1]),
            reverse("admin:letter_restore", args=["refused"]),
        ]
    for path in paths:
        assert page.goto(site + path).status == 200, path
        assert all_looks(page, path) == {}


def test_without_a_script_a_file_goes_and_a_wording_is_changed(browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    context.set_default_timeout(10_000)
    page = context.new_page()
    case = factories.case(requester_email="alice@example.com")
    arrive(context, site)
    page.goto(site + reverse("request", args=[case.reference]))
    page.get_by_label("Files").set_input_files(
        [
            {"name": "proof.pdf", "mimeType": "application/pdf", "buffer": PDF},
            {"name": "note.txt", "mimeType": "text/plain", "buffer": b"Flat 12"},
        ]
    )
    press(page, "Send message")
    with page.expect_download() as download:
        page.get_by_role("link", name="proof.pdf").click()
    assert download.value.suggested_filename.startswith(f"{case.reference}-file-")
    assert Attachment.objects.count() == 2
    sign_in(context, site, factories.user(Role.DPO))
    page.goto(f"{site}/admin/letters/")
    page.get_by_role("link", name="Our answer to your request").click()
    box = page.get_by_label("Wording")
    box.fill(f"We are sorry, {{name}}.\n\n{box.input_value()}")
    press(page, "See how it reads")
    expect(page.locator(".letter")).to_contain_text("We are sorry, Alex Example.")
    page.get_by_label("Why is it changed?").fill("Kinder")
    press(page, "Save the wording")
    said(page, "Saved as version 1.")
    context.close()
