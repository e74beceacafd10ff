"""The identity ladder in a real browser: asked for a document, sent, looked at, decided, gone; and on behalf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from portal.accounts.models import Role
from requests_sar import proofs
from requests_sar.models import Case, Evidence, IdentityCheck
from tests import factories
from tests.browser.kit import arrive, check, press, said, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# A picture of one white dot.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe"
    "0def46b80000000049454e44ae426082"
)


def test_from_asking_for_a_document_to_its_deletion(
    page: Page, site: str, console: list[str], settings: Any, tmp_path: Path
) -> None:
    alice = factories.subject(phone="0117 496 0123")
    case = factories.case(subject=alice, requester_email="other@example.net")
    sign_in(page.context, site, factories.user(Role.DPO, name="Dee Marsh"))
    admin = f"{site}{reverse('admin:case', args=[case.reference])}"
    page.goto(admin)
    check(page)
    page.get_by_role("link", name="Record a call back").click()
    expect(page.get_by_text("On file: 0117 496 0123.")).to_be_visible()
    check(page)
    page.get_by_label("No, or it was not the person").check()
    press(page, "Record a call back")
    said(page, "it did not match")
    page.get_by_role("link", name="Ask for a document").click()
    press(page, "Continue: see what changes")
    expect(page.locator("#error-summary")).to_be_focused()
    check(page)
    page.get_by_label("Why will nothing less than a document do?").fill("The number we hold is dead.")
    press(page, "Continue: see what changes")
    expect(page.locator("article.letter")).to_contain_text("The number we hold is dead.")
    expect(page.locator("dl.summary")).to_contain_text("Not started")
    check(page)
    press(page, "Ask for a document")
    said(page, "The month begins on the day it comes.")

    arrive(page.context, site, "other@example.net")
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(f"{site}{reverse('request', args=[case.reference])}")
    check(page)
    page.get_by_role("link", name="Send a document that shows who you are").click()
    check(page)
    press(page, "Send the document")
    expect(page.get_by_role("link", name="Choose the file with your document")).to_be_visible()
    page.get_by_label("Your document").set_input_files(
        {"name": "passport.png", "mimeType": "image/png", "buffer": PNG}
    )
    press(page, "Send the document")
    expect(page.locator("main")).to_contain_text("We have your document.")
    store = Path(settings.STORAGE_DIR) / proofs.FOLDER
    assert len(list(store.iterdir())) == 2  # the sealed file and its key
    assert PNG not in b"".join(path.read_bytes() for path in store.iterdir())

    sign_in(page.context, site, factories.user(Role.DPO, name="Dan Reid"))
    page.goto(admin)
    expect(page.get_by_role("heading", name="Documents that wait for you")).to_be_visible()
    check(page)
    seen = page.request.get(
        f"{site}{reverse('admin:case_proof', args=[case.reference, Evidence.objects.get().pk])}"
    )
    assert seen.body() == PNG
    page.get_by_role("link", name="Decide about the document").click()
    check(page)
    page.get_by_label("Yes, it matched").check()
    press(page, "Decide about the document")
    said(page, "identity checked")
    expect(page.get_by_text("Documents that wait for you")).to_have_count(0)
    check(page)
    assert list(store.iterdir()) == []
    assert not Evidence.objects.exists()
    assert IdentityCheck.objects.filter(way="document", outcome="matched").count() == 1
    assert Case.objects.get().verified_at is not None


def test_a_parent_asks_for_a_child_and_the_child_is_answered(
    page: Page, site: str, console: list[str]
) -> None:
    factories.subject("Carol Ng", email="carol@example.com")
    case = factories.case(
        requester_name="Pat Ng",
        requester_email="pat@example.com",
        on_behalf_of="Carol Ng",
        relationship="I am her mother",
    )
    sign_in(page.context, site, factories.user(Role.DPO))
    page.goto(f"{site}{reverse('admin:case', args=[case.reference])}")
    page.get_by_role("button", name="This is the person").click()
    page.get_by_role("link", name="Record who asks for whom").click()
    expect(page.get_by_label("Parent or guardian")).to_be_checked()  # their own words suggest it
    check(page)
    page.get_by_label("Scotland").check()
    for label, value in (("Day", "1"), ("Month", "5"), ("Year", "2012")):
        page.get_by_label(label).fill(value)
    press(page, "Record who asks for whom")
    expect(page.get_by_text("presumed to understand")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Decide about the authority").click()
    page.get_by_label("Yes, they may ask for this").check()
    page.get_by_label("What did you see?").fill("Birth certificate")
    press(page, "Decide about the authority")
    page.get_by_role("link", name="Can the child decide?").click()
    check(page)
    page.get_by_label("Yes, they understand what is asked and what follows").check()
    page.get_by_label("How did you judge it, and what does the child want?").fill("She wants it herself.")
    press(page, "Can the child decide?")
    page.get_by_role("link", name="Choose who gets the answer").click()
    page.get_by_label("The person it is about").check()
    press(page, "Choose who gets the answer")
    said(page, "Only they can download the answer.")
    check(page)
    assert Case.objects.get().answer_email == "carol@example.com"
