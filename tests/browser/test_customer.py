"""The customer's journeys in a real browser: axe on every page, 320 px, keyboard only, no JavaScript, dark."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from requests_sar.models import Case, Letter, Package
from requests_sar.workflow import State
from tests import customer, factories
from tests.browser.kit import all_looks, arrive, check, check_in_both_themes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def cases() -> dict[str, Case]:
    """Alice's requests in telling states."""
    alice = factories.subject()
    mine = {"requester_email": "alice@example.com", "subject": alice}
    made = {
        "verifying": factories.case(State.VERIFYING, requester_email="alice@example.com"),
        "late": factories.case(State.TRIAGE, due_in=-4, words="The calls about the broken line", **mine),
        "collecting": factories.case(State.COLLECTING, kinds=["orders", "emails"], **mine),
        "released": factories.case(State.RELEASED, **mine),
        "locked": factories.case(State.RELEASED, **mine),
        "removed": factories.case(State.RELEASED, **mine),
        "refused": factories.case(State.REFUSED, refusal="We asked for this twice a week.", **mine),
        "withdrawn": factories.case(State.WITHDRAWN, **mine),
    }
    now = timezone.now()
    factories.package(
        made["collecting"],
        state=Package.State.RUNNING,
        rows_total=900,
        rows_done=300,
        started_at=now - dt.timedelta(seconds=20),
        step="Collecting Orders (5 of 18)",
        claimed_until=now + dt.timedelta(hours=1),
    )
    factories.package(made["released"], released_at=now)
    factories.package(made["locked"], released_at=now, locked_at=now)
    factories.package(made["removed"], released_at=now, expires_at=now - dt.timedelta(days=1))
    for side, text in (("company", "Which line do you mean?"), ("requester", "The shop line, please.")):
        Letter.objects.create(case=made["late"], side=side, text=text)
    return made


def public_paths() -> list[str]:
    names = ["home", "complain", "not_me", "sign_in", "look_up", "privacy", "cookies", "accessibility"]
    starts = [reverse("start", args=[key]) for key in ("access", "erasure", "objection")]
    return [reverse(name) for name in names] + starts + ["/link/made-up/", "/no/such/page/"]


def own_paths(made: dict[str, Case]) -> list[str]:
    paths = [reverse("requests"), reverse("request", args=["DP-2222-2222"])]
    paths += [reverse("request", args=[case.reference]) for case in made.values()]
    paths += [
        reverse("request_files", args=[made[k].reference])
        for k in ("collecting", "released", "locked", "removed")
    ]
    paths += [
        reverse("sent", args=[made["late"].reference]),
        reverse("check_email", args=[made["verifying"].reference]),
    ]
    paths += [reverse("request_cancel", args=[made["late"].reference])]
    return [*paths, reverse("request_file", args=[made["locked"].reference, "workbook"])]


@pytest.mark.parametrize("whose", ["everybody's", "Alice's"])
def test_every_page_is_accessible_and_never_scrolls_sideways(
    site: str, page: Page, console: list[str], whose: str
) -> None:
    made = cases()
    if whose == "Alice's":
        arrive(page.context, site)
    for path in public_paths() if whose == "everybody's" else own_paths(made):
        page.goto(site + path)
        assert all_looks(page, path) == {}
        assert page.locator("h1").count() == 1, path


def test_every_question_is_accessible_empty_and_wrong(site: str, page: Page, console: list[str]) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(site + "/ask/access/")
    page.get_by_role("button", name="Start").click()
    choices = {"what": "Only some of it", "who": "No, for someone else", "reply": "By post"}
    fields = {
        "for-whom": {"Their full name": "Carol Ng", "How you may act for them": "I am her solicitor"},
        "details": {"Your full name": "Alice Okafor", "Email address": "alice@example.com"},
        "address": {"Your postal address": "1 High Street, Bristol BS1 1AA"},
    }
    seen = []
    while "/check/" not in page.url:
        slug = page.url.rstrip("/").rsplit("/", 1)[-1]
        seen.append(slug)
        check_in_both_themes(page)
        page.get_by_role("button", name="Continue").click()
        expect(page).to_have_title(re.compile("^Error: "))
        check_in_both_themes(page)
        expect(page.locator("#error-summary")).to_be_focused()
        page.locator("#error-summary a").first.click()
        assert page.evaluate("['INPUT', 'TEXTAREA'].includes(document.activeElement.tagName)"), slug
        if slug in choices:
            page.get_by_label(choices[slug]).check()
        for label, words in fields.get(slug, {}).items():
            page.get_by_label(label, exact=False).first.fill(words)
        if slug == "which":
            page.get_by_label("Orders").check()
        page.get_by_role("button", name="Continue").click()
    assert seen == ["what", "which", "who", "for-whom", "details", "reply", "address"]
    check_in_both_themes(page)
    page.get_by_role("button", name="Send request").click()
    page.wait_for_url("**/confirm/")
    check_in_both_themes(page)
    page.get_by_role("button", name="Confirm my request").click()
    expect(page).to_have_title(re.compile("^Error: "))
    check_in_both_themes(page)


def test_everything_by_keyboard_alone(site: str, page: Page, console: list[str]) -> None:
    """C1, check 1: Tab, Space and typing reach the end; focus can always be seen."""
    factories.subject()

    def to(name: str, *, kind: str = "") -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            told = page.evaluate(
                """() => { const it = document.activeElement, look = getComputedStyle(it);
                const row = it.closest('.choice'), outer = row && getComputedStyle(row);
                return { words: (it.labels && it.labels[0] || it).innerText || '', type: it.type || '',
                  seen: look.outlineStyle !== 'none' || (outer && outer.outlineStyle !== 'none')
                    || !!it.closest('li.has-link'), below: it.getBoundingClientRect().height }; }"""
            )
            assert told["seen"], told
            assert told["below"] >= 20, told
            if name in told["words"] and (not kind or told["type"] == kind):
                return
        raise AssertionError(f"Tab never reached {name!r}")

    page.goto(site + "/")
    to("A copy of your data")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask/access/")
    to("Start")
    page.keyboard.press("Enter")
    page.wait_for_url("**/what/")
    to("Everything", kind="radio")
    page.keyboard.press("Space")
    to("Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/who/")
    to("Yes, for myself", kind="radio")
    page.keyboard.press("Space")
    to("Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/details/")
    to("Your full name")
    page.keyboard.type("Alice Okafor")
    to("Email address")
    page.keyboard.type("alice@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reply/")
    to("Download here", kind="radio")
    page.keyboard.press("Space")
    to("Continue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/check/")
    to("Send request")
    page.keyboard.press("Space")
    page.wait_for_url("**/confirm/")
    to("Code")
    page.keyboard.type(customer.code())
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent/")
    assert "We have your request" in page.locator("h1").inner_text()
    case = Case.objects.get()
    assert case.reference in page.locator("main").inner_text()
    assert re.search(r"\d{1,2} [A-Z][a-z]+ 20\d\d", page.locator(".receipt").inner_text())


def test_the_whole_journey_without_javascript(site: str, browser: Any) -> None:
    """C1, check 5; then tracking and downloading as well."""
    alice = factories.subject()
    context = browser.new_context(java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    page.goto(site + "/ask/access/")
    page.get_by_role("button", name="Start").click()
    for label in ("Everything", "Yes, for myself"):
        page.get_by_label(label).check()
        page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your full name").fill("Alice Okafor")
    page.get_by_label("Email address").fill("alice@example.com")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Download here").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send request").click()
    page.goto(site + customer.link())
    page.get_by_role("button", name="Continue").click()
    assert "We have your request" in page.locator("h1").inner_text()
    case = Case.objects.get()
    assert case.subject == alice
    page.get_by_role("link", name="Follow your request here").click()
    page.get_by_label("Your message").fill("Thank you")
    page.get_by_role("button", name="Send message").click()
    assert "Thank you" in page.locator("main").inner_text()
    Case.objects.filter(pk=case.pk).update(state=State.RELEASED, answered_at=timezone.now())
    case.refresh_from_db()
    factories.package(case, released_at=timezone.now())
    page.goto(site + reverse("request_files", args=[case.reference]))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download spreadsheet").click()
    with open(download.value.path(), "rb") as file:
        assert file.read() == b"the file's bytes"
    page.reload()
    assert "Somebody signed in with your email" in page.locator("main").inner_text()
    page.get_by_role("button", name="Lock these files").click()
    assert "These files are locked" in page.locator("main").inner_text()
    context.close()


def test_progress_is_live_and_ends_with_the_present_state(site: str, page: Page, console: list[str]) -> None:
    case = factories.case(State.COLLECTING, requester_email="alice@example.com", subject=factories.subject())
    package = factories.package(
        case,
        state=Package.State.RUNNING,
        rows_total=900,
        rows_done=300,
        started_at=timezone.now(),
        step="Collecting Orders (5 of 18)",
    )
    arrive(page.context, site)
    page.goto(site + reverse("request", args=[case.reference]))
    assert page.locator("progress").evaluate("bar => bar.value") == 300
    Package.objects.filter(pk=package.pk).update(rows_done=700, step="Collecting Emails (10 of 18)")
    expect(page.locator("progress")).to_have_js_property("value", 700)
    assert page.locator(".progress-now").inner_text().startswith("Collecting Emails")
    assert page.locator(".progress [role=status]").inner_text().startswith("Collecting Emails")
    Package.objects.filter(pk=package.pk).update(rows_done=10)  # a number never goes down
    page.wait_for_timeout(2500)
    assert page.locator("progress").evaluate("bar => bar.value") == 700
    Package.objects.filter(pk=package.pk).update(state=Package.State.READY, rows_done=900)
    Case.objects.filter(pk=case.pk).update(state=State.REVIEW)
    page.wait_for_selector("text=We are checking it", timeout=15_000)
    assert page.locator("progress").count() == 0


def test_finishing_work_does_not_wipe_what_is_being_typed(site: str, page: Page, console: list[str]) -> None:
    case = factories.case(State.COLLECTING, requester_email="alice@example.com", subject=factories.subject())
    package = factories.package(case, state=Package.State.RUNNING, rows_total=9, started_at=timezone.now())
    arrive(page.context, site)
    page.goto(site + reverse("request", args=[case.reference]))
    page.get_by_label("Your message").fill("Half a sentence")
    Package.objects.filter(pk=package.pk).update(state=Package.State.READY)
    expect(page.locator(".progress-now")).to_contain_text("This part is finished", timeout=15_000)
    assert page.get_by_label("Your message").input_value() == "Half a sentence"


def test_a_second_press_sends_nothing(site: str, page: Page, console: list[str]) -> None:
    arrive(page.context, site)
    case = factories.case(State.TRIAGE, requester_email="alice@example.com")
    page.goto(site + reverse("request", args=[case.reference]))
    page.get_by_label("Your message").fill("Hello")
    button = page.get_by_role("button", name="Send message")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate("document.querySelector('#write').addEventListener('submit', () => { window.pressed = 1 })")
    button.dblclick()
    page.wait_for_selector("text=We have your message")
    assert len(sent) == 1
    assert Letter.objects.count() == 1


def test_the_warning_before_the_visit_ends(site: str, page: Page, console: list[str], settings: Any) -> None:
    arrive(page.context, site)
    page.clock.install()
    page.goto(site + "/requests/")
    assert not page.locator("#session-warning").is_visible()
    page.clock.fast_forward("28:30")
    page.locator("#session-warning").wait_for(state="visible")
    check(page)
    page.get_by_role("button", name="Stay signed in").click()
    page.locator("#session-warning").wait_for(state="hidden")


def test_back_to_a_page_with_problems_does_not_ask_to_send_again(
    site: str, page: Page, console: list[str]
) -> None:
    page.goto(site + "/ask/access/")
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_title(re.compile("^Error: "))
    page.get_by_label("Everything").check()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/who/")
    page.go_back()  # the browser would answer "Confirm form resubmission"
    expect(page.get_by_label("Everything")).to_be_checked()
    expect(page).to_have_title(re.compile(r"^What do you want a copy of\?"))


def test_characters_left_are_told(site: str, page: Page, console: list[str]) -> None:
    arrive(page.context, site)
    case = factories.case(State.TRIAGE, requester_email="alice@example.com")
    page.goto(site + reverse("request", args=[case.reference]))
    page.get_by_label("Your message").fill("x" * 4999)
    assert page.locator(".count").inner_text() == "You have 1 character left"
    page.get_by_label("Your message").fill("x" * 5002)
    assert page.locator(".count").inner_text() == "You have 2 characters too many"


def test_a_receipt_prints_on_one_page(site: str, page: Page) -> None:
    arrive(page.context, site)
    case = factories.case(State.TRIAGE, requester_email="alice@example.com")
    page.goto(site + reverse("sent", args=[case.reference]))
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
