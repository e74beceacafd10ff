"""C8 and D10 in pages: what a customer sees before sending, what the officer decides, each door from every side."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Role
from portal.mail.models import Message
from requests_sar import services
from requests_sar.fulfilment import carrying
from requests_sar.fulfilment import erasure as way
from requests_sar.models import Case, Draft, Erasure
from requests_sar.rights import Right
from requests_sar.services import erasure
from requests_sar.workflow import State
from retention import working
from retention.models import Disposal, Fate, Line
from subjects import finding
from subjects.models import Email, Payment, Subject
from tests import customer, factories
from tests.retention import people

pytestmark = pytest.mark.django_db
TODAY = time_machine.travel(people.S39_TODAY, tick=False)


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def alice() -> Subject:
    with TODAY:
        return people.customer(dt.date(2023, 11, 20))


@pytest.fixture
def dee() -> Client:
    return signed_in(Role.DPO)


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(factories.user(role))
    return client


def begun(client: Client) -> Draft:
    assert client.post(reverse("start", args=["erasure"])).status_code == 302
    return Draft.objects.latest("created_at")


def answered(client: Client, draft: Draft, **changes: dict) -> None:
    """Every question after the first, as a visitor who is signed in."""
    answers = {
        "what": {"scope": "all"},
        "outlook": {"copy_first": "no"},
        "why": {"ground": ""},
        "who": {"for_self": "yes"},
        "details": {"name": "Alice Okafor"},
    }
    for slug, given in {**answers, **changes}.items():
        assert client.post(customer.question(draft, slug), given).status_code == 302, slug


# --- the customer -------------------------------------------------------------------------------------------


@TODAY
def test_c8_1_before_sending_the_page_says_what_must_stay_and_the_day(client: Client, alice: Subject) -> None:
    customer.sign_in(client)
    draft = begun(client)
    client.post(customer.question(draft, "what"), {"scope": "some"})
    page = client.get(customer.question(draft, "which"))
    assert "Requests and complaints" not in customer.main(page)  # the file of one's requests is not offered
    assert client.post(customer.question(draft, "which"), {"kinds": ["requests"]}).status_code == 422
    client.post(customer.question(draft, "which"), {"kinds": ["invoices", "payments", "emails"]})
    words = customer.main(client.get(customer.question(draft, "outlook")))
    assert "What must stay, why, and until when" in words
    assert "Invoices 1 record. It must stay until 20 November 2030, because tax law" in words
    assert "Emails 1 record. Nothing makes us keep it." in words
    assert "Do you want a copy of your data first?" in words


@TODAY
def test_strangers_read_the_registers_general_words(client: Client, alice: Subject) -> None:
    draft = begun(client)
    client.post(customer.question(draft, "what"), {"scope": "all"})
    general = customer.main(client.get(customer.question(draft, "outlook")))
    assert "In general this is what becomes of it." in general
    assert "7 years after the date of the record" in general
    assert "20 November 2030" not in general
    assert "sign in with a code" in general
    customer.sign_in(client, "nobody@example.com")  # proved, and unknown: the same general words
    unknown = customer.main(client.get(customer.question(draft, "outlook")))
    assert "20 November 2030" not in unknown
    assert "In general this is what becomes of it." in unknown


@TODAY
def test_s08_one_submission_with_a_copy_is_two_linked_cases_however_often_it_is_pressed(
    client: Client, alice: Subject
) -> None:
    customer.sign_in(client)
    draft = begun(client)
    answered(client, draft, outlook={"copy_first": "yes"}, why={"ground": "consent"})
    page = client.get(reverse("check", args=[draft.pk]))
    assert "We delete nothing before you have it" in customer.main(page)
    for _ in range(3):
        assert client.post(reverse("check", args=[draft.pk])).status_code == 302
    delete, copy = Case.objects.get(right=Right.ERASURE), Case.objects.get(right=Right.ACCESS)
    assert delete.group is not None
    assert delete.group == copy.group
    assert {case.state for case in (delete, copy)} == {State.TRIAGE}
    assert delete.due_on == copy.due_on
    assert delete.subject == copy.subject == alice
    assert Erasure.objects.get().ground == "consent"
    words = customer.main(client.get(reverse("request", args=[delete.reference])))
    assert f"{copy.reference}: A copy of your data" in words
    assert "I take back my permission" in words


@TODAY
def test_one_code_confirms_both(client: Client, alice: Subject) -> None:
    draft = begun(client)
    answered(
        client, draft, outlook={"copy_first": "yes"}, details={"name": "Alice", "email": "typo@example.com"}
    )
    client.post(reverse("check", args=[draft.pk]))
    first = Case.objects.get(submission=draft.pk)
    assert set(Case.objects.values_list("state", flat=True)) == {State.VERIFYING}
    assert Message.objects.filter(template="requests_sar/code").count() == 1
    confirm = reverse("check_email", args=[first.reference])
    client.post(confirm, {"act": "address", "email": "alice@example.com"})
    client.post(confirm, {"code": customer.code()})
    assert set(Case.objects.values_list("state", flat=True)) == {State.TRIAGE}
    assert set(Case.objects.values_list("requester_email", flat=True)) == {"alice@example.com"}


@TODAY
def test_each_answer_is_asked_for_in_words_that_mend(client: Client, alice: Subject) -> None:
    customer.sign_in(client)
    draft = begun(client)
    for slug, given, words in (
        ("what", {}, "Choose whether we should delete everything"),
        ("outlook", {}, "Choose whether you want a copy first"),
        ("why", {"ground": "spite"}, "Choose a reason from the list"),
    ):
        page = client.post(customer.question(draft, slug), given)
        assert page.status_code == 422
        assert words in customer.main(page)
        assert customer.title(page).startswith("Error:")
    assert client.get(customer.question(draft, "which")).status_code == 302


# --- the officer --------------------------------------------------------------------------------------------


@TODAY
def test_d10_the_grid_is_decided_rehearsed_approved_and_answered(dee: Client, alice: Subject) -> None:
    case = people.taken_up(alice)
    grid = reverse("admin:case_erasure", args=[case.reference])
    words = customer.words(dee.get(grid))
    for part in (
        "Lawful basis",
        "7 years after the date of the record",
        "Keep until 20 November 2030",
        "Swift Parcels",
    ):
        assert part in words
    assert "overwritten 35 days after" in words
    given = form_of(dee, grid)
    payments = Line.objects.get(dataset="payments", fate=Fate.STAYS)
    bad = {**given, f"line-{payments.pk}-decision": "anonymise"}
    refused = dee.post(grid, bad)
    assert refused.status_code == 422
    assert "Say why you decide otherwise" in customer.words(refused)
    refused = dee.post(grid, {**bad, f"line-{payments.pk}-reason": "They insist."})
    assert refused.status_code == 422
    assert "tick the override" in customer.words(refused)
    assert Line.objects.get(pk=payments.pk).decision == "keep"
    emails = Line.objects.get(dataset="emails")
    good = {**given, f"line-{emails.pk}-decision": "keep", f"line-{emails.pk}-reason": "A claim is near."}
    assert dee.post(grid, good).status_code == 302
    assert Line.objects.get(pk=emails.pk).reason == "A claim is near."
    page = customer.words(dee.get(reverse("admin:case", args=[case.reference])))
    assert "There was no dry run since the last decision." in page
    dee.post(reverse("admin:case_erasure_dry_run", args=[case.reference]))
    approve = reverse("admin:case_act", args=[case.reference, "approve"])
    assert "Goes:" in customer.words(dee.get(approve))
    seen = Case.objects.get().version
    assert dee.post(approve, {"seen": seen, "typed": "DP-AAAA-AAAA"}).status_code == 422
    typed = case.reference.lower().replace("-", " ")
    assert dee.post(approve, {"seen": seen, "typed": typed}).status_code == 302
    watched = dee.get(reverse("admin:case", args=[case.reference])).content.decode()
    assert 'class="progress"' in watched
    progress = reverse("admin:case_erasure_progress", args=[case.reference])
    assert dee.get(progress).json()["working"] is True
    way.apply(
        Case.objects.get(pk=case.pk), None
    )  # a page that looks now, before the answer, goes on following
    assert dee.get(progress).json()["sentence"] == "Everything is done. Writing the answer"
    assert 'class="progress"' in dee.get(reverse("admin:case", args=[case.reference])).content.decode()
    carrying.carry_out(str(case.pk))
    assert dee.get(progress).json() == {"working": False}
    assert "1 done" in customer.words(dee.get(reverse("admin:case", args=[case.reference])))
    assert Email.objects.exists()  # kept by decision
    assert dee.get(grid).status_code == 302  # nothing to decide any more


def form_of(client: Client, address: str) -> dict[str, str]:
    """The fields of a grid as they stand in the page."""
    html = client.get(address).content.decode()
    given = dict(re.findall(r'name="(line-[^"]+-reason)" value="([^"]*)"', html))
    for name, options in re.findall(r'<select name="(line-[^"]+)".*?>(.*?)</select>', html, re.S):
        given[name] = re.search(r'value="([^"]+)" selected', options).group(1)  # type: ignore[union-attr]
    seen = re.search(r'name="seen" value="(\d+)"', html)
    assert seen
    return {**given, "seen": seen.group(1)}


@TODAY
def test_a_stale_grid_loses_politely(dee: Client, alice: Subject) -> None:
    case = people.taken_up(alice)
    grid = reverse("admin:case_erasure", args=[case.reference])
    given = form_of(dee, grid)
    services.assign(case=Case.objects.get(), owner=factories.user(Role.DPO), by=factories.user(Role.DPO))
    line = Line.objects.get(dataset="emails")
    late = {**given, f"line-{line.pk}-decision": "keep", f"line-{line.pk}-reason": "Late."}
    assert "Somebody else has just changed" in customer.words(dee.post(grid, late, follow=True))
    assert Line.objects.get(pk=line.pk).decision == "delete"


@TODAY
@pytest.mark.parametrize("name", ["case_erasure", "case_erasure_dry_run", "case_erasure_again"])
def test_doors_of_the_plan(name: str, alice: Subject, dee: Client) -> None:
    case = people.taken_up(alice)
    address = reverse(f"admin:{name}", args=[case.reference])
    assert Client().post(address).status_code == 302  # to sign in
    for role in (Role.STAFF, Role.AUDITOR, Role.SUPPORT):
        assert signed_in(role).post(address).status_code == 403
    assert dee.post(reverse(f"admin:{name}", args=["DP-AAAA-AAAA"])).status_code == 404
    if name != "case_erasure":
        assert dee.get(address).status_code == 405
    assert Disposal.objects.get().state in {Disposal.State.DRAFT, Disposal.State.FROZEN}
    assert Email.objects.exists()


@TODAY
def test_a_plan_that_failed_is_on_the_first_page_and_in_the_queue_and_tried_again(
    dee: Client, alice: Subject
) -> None:
    case = people.taken_up(alice)
    erasure.dry_run(case=case, by=factories.user(Role.DPO))
    services.approve(case=case, by=factories.user(Role.DPO))
    Disposal.objects.update(attempts=working.ATTEMPTS)
    carrying.carry_out(str(case.pk))
    assert f"The erasure {case.reference} stopped by a fault" in customer.words(
        dee.get(reverse("admin:index"))
    )
    queue = customer.words(dee.get(reverse("admin:requests_sar_case_changelist"), {"tab": "action"}))
    assert "Deleting stopped by a fault" in queue
    page = dee.get(reverse("admin:case", args=[case.reference]))
    assert "Stopped by a fault." in customer.words(page)
    dee.post(reverse("admin:case_erasure_again", args=[case.reference]))
    carrying.carry_out(str(case.pk))
    assert Case.objects.get().state == State.CLOSED


@TODAY
def test_the_queue_shows_that_an_erasure_waits_for_the_copy(dee: Client, alice: Subject) -> None:
    people.taken_up(alice)
    services.accept(case=factories.case(State.TRIAGE, subject=alice), by=factories.user(Role.DPO))
    queue = customer.words(dee.get(reverse("admin:requests_sar_case_changelist"), {"tab": "action"}))
    assert "It waits for the copy they asked for: send that first" in queue


@TODAY
def test_look_again_on_a_day(dee: Client, alice: Subject) -> None:
    case = people.taken_up(alice)
    address = reverse("admin:case_act", args=[case.reference, "follow-up"])
    assert dee.get(address).status_code == 200
    past = {"seen": case.version, "on_day": "1", "on_month": "1", "on_year": "2026"}
    assert dee.post(address, past).status_code == 422
    assert dee.post(address, {**past, "on_year": "2027"}).status_code == 302
    assert Erasure.objects.get().follow_up_on == dt.date(2027, 1, 1)
    assert "We look at it again on Friday 1 January 2027" in customer.words(
        dee.get(reverse("admin:case", args=[case.reference]))
    )


# --- afterwards ---------------------------------------------------------------------------------------------


@TODAY
def test_d10_3_what_is_kept_is_out_of_ordinary_sight(dee: Client, alice: Subject) -> None:
    case = people.erased(people.taken_up(alice))
    sam, officer = factories.user(Role.STAFF), factories.user(Role.DPO)
    assert list(finding.find("Alice Okafor", by=sam)) == []
    assert [match.subject for match in finding.find("Alice Okafor", by=officer)] == [alice]
    for who in (sam, officer):
        assert list(finding.find("alice@example.com", by=who)) == []
    staff = signed_in(Role.STAFF)
    for name in ("person", "person_workbook"):
        address = reverse(f"admin:{name}", args=[alice.reference])
        assert staff.get(address).status_code == 404
        assert dee.get(address).status_code == 200
    assert staff.get(reverse("admin:person_records", args=[alice.reference, "invoices"])).status_code == 404
    page = customer.words(dee.get(reverse("admin:person", args=[alice.reference])))
    assert "Locked. Erased on Monday 23 November 2026." in page
    assert Payment.objects.get().subject == alice
    mine = Client()
    customer.sign_in(mine)
    told = customer.main(mine.get(reverse("request", args=[case.reference])))
    assert "What we did" in told
    assert "Invoices It stays (1 record). It must stay until 20 November 2030" in told


@TODAY
def test_a_returning_customer_is_somebody_new(alice: Subject) -> None:
    from requests_sar import identity

    number = alice.source_key
    people.erased(people.taken_up(alice))
    assert identity.subject_at("alice@example.com") is None
    again = factories.subject(source_key=number)
    assert again.pk != alice.pk
    assert identity.subject_at("alice@example.com") == again
