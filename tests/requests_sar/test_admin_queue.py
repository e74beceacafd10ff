"""The queue: which rows stand where, what they say, who sees them, and that no name gets into an address."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from requests_sar.admin import tabs
from requests_sar.models import Case, Channel, Complaint, Package, Proof
from requests_sar.rights import Right
from requests_sar.workflow import State
from tests import factories

pytestmark = pytest.mark.django_db
QUEUE = "/admin/requests_sar/case/"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee")
    client.force_login(user)
    return user


def references(response) -> list[str]:
    """The references in the list, from top to bottom."""
    return [case.reference for case in response.context["cl"].result_list]


def one_of_each() -> dict[str, Case]:
    """A case in every situation that has a tab, and some that have two."""
    alice = factories.subject()
    made = {
        "unmatched": factories.case(State.TRIAGE, due_in=20),
        "checked": factories.case(State.TRIAGE, due_in=6, subject=alice, proof=Proof.CODE),
        "unconfirmed": factories.case(State.VERIFYING, due_in=25),
        "collecting": factories.case(State.COLLECTING, due_in=7, subject=alice),
        "stuck": factories.case(State.COLLECTING, due_in=15, subject=alice),
        "unread": factories.case(State.REVIEW, due_in=-2, subject=alice),
        "reviewed": factories.case(State.REVIEW, due_in=9, subject=alice, reviewed_at=timezone.now()),
        "released": factories.case(State.RELEASED, due_in=-1, subject=alice),
        "locked": factories.case(State.RELEASED, due_in=12, subject=alice),
        "closed": factories.case(State.CLOSED, due_in=-40, subject=alice),
        "cancelled": factories.case(State.WITHDRAWN, due_in=-40),
        "complained": factories.case(State.VERIFYING, due_in=28, right=Right.COMPLAINT),
        "wrote": factories.case(State.CLOSED, due_in=-60, customer_wrote_at=timezone.now()),
    }
    Complaint.objects.create(
        case=made["complained"], reply_how="email", acknowledge_by=made["complained"].due_on
    )
    factories.package(made["collecting"], state=Package.State.RUNNING, rows_done=40, rows_total=900)
    factories.package(made["stuck"], state=Package.State.FAILED, error="Call recordings could not be read.")
    for name in ("unread", "reviewed", "released"):
        factories.package(made[name])
    factories.package(made["locked"], locked_at=timezone.now(), released_at=timezone.now())
    return made


EXPECTED = {
    "action": {"unmatched", "checked", "stuck", "unread", "reviewed", "locked", "wrote"},
    "open": {
        "unmatched",
        "checked",
        "unconfirmed",
        "collecting",
        "stuck",
        "unread",
        "reviewed",
        "complained",
    },
    "soon": {"checked", "collecting"},
    "waiting": {"unconfirmed", "complained"},
    "replied": {"wrote"},
    "ready": {"reviewed"},
    "late": {"unread"},
    "complaints": {"complained"},
    "closed": {"closed", "cancelled", "wrote"},
}


def test_every_tab_lists_what_it_counts(client, dee) -> None:
    made = one_of_each()
    for key, names in (EXPECTED | {"all": set(made)}).items():
        response = client.get(QUEUE, {"tab": key})
        assert set(references(response)) == {made[name].reference for name in names}, key
        for tab in response.context["cl"].tabs:
            name = next(each.key for each in tabs.TABS if each.title == tab["title"])
            assert tab["count"] == len(EXPECTED.get(name, made)), (key, name)


def test_without_a_tab_the_queue_shows_what_needs_action(client, dee) -> None:
    made = one_of_each()
    assert set(references(client.get(QUEUE))) == {made[name].reference for name in EXPECTED["action"]}


def test_late_first_then_due_soonest_then_answered_then_ended(client, dee) -> None:
    made = one_of_each()
    order = references(client.get(QUEUE, {"tab": "all"}))
    names = [next(name for name, case in made.items() if case.reference == ref) for ref in order]
    by_due = [
        "unread",
        "checked",
        "collecting",
        "reviewed",
        "stuck",
        "unmatched",
        "unconfirmed",
        "complained",
    ]
    assert names[:8] == by_due
    assert set(names[8:10]) == {"released", "locked"}
    assert set(names[10:]) == {"closed", "cancelled", "wrote"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("unmatched", "Choose the person on file"),
        ("checked", "Accept"),
        ("unconfirmed", "Customer: confirm the e-mail address"),
        ("collecting", "Collecting: 40 of 900 records"),
        ("stuck", "Collecting stopped by a fault: try again or leave the part out"),
        ("unread", "Review the copy"),
        ("reviewed", "Release"),
        ("locked", "Files locked by the customer: find out why, then unlock"),
        ("closed", "Nothing"),
        ("wrote", "Answer the customer's message"),
    ],
)
def test_each_row_says_what_comes_next(client, dee, name: str, words: str) -> None:
    made = one_of_each()
    response = client.get(QUEUE, {"tab": "all"})
    row = next(r for r in rows(response) if made[name].reference in r)
    assert f'<td class="field-next_step">{words.replace(chr(39), "&#x27;")}</td>' in row


def rows(response) -> list[str]:
    """The rows as markup."""
    return re.findall(r"<tr>.*?</tr>", response.content.decode(), re.S)


@pytest.mark.parametrize(
    ("due_in", "words", "tone"),
    [
        (-2, "late by 2 days", "late"),
        (-1, "late by 1 day", "late"),
        (0, "due today", "soon"),
        (1, "1 day left", "soon"),
        (6, "6 days left", "soon"),
        (20, "20 days left", ""),
    ],
)
def test_the_due_date_says_how_long_there_is(client, dee, due_in: int, words: str, tone: str) -> None:
    factories.case(State.TRIAGE, due_in=due_in)
    page = client.get(QUEUE).content.decode()
    assert f">{words}</span>" in page
    assert (f"due-{tone}" in page) is bool(tone)


def test_an_answered_request_is_not_late(client, dee) -> None:
    factories.case(State.RELEASED, due_in=-3)
    response = client.get(QUEUE, {"tab": "all"})
    assert "answered 3 days late" in response.content.decode()
    assert not references(client.get(QUEUE, {"tab": "late"}))


def test_s02_a_telephone_request_is_marked_phone(client, dee) -> None:
    factories.case(channel=Channel.PHONE)
    assert "<span>Phone</span>" in client.get(QUEUE).content.decode()


@pytest.mark.parametrize("count", [1, 12])
def test_queries_do_not_grow_with_the_rows(client, dee, django_assert_max_num_queries, count: int) -> None:
    for number in range(count):
        owner = factories.user(Role.DPO)
        case = factories.case(
            State.REVIEW, due_in=number, subject=factories.subject(f"Person {number}"), owner=owner
        )
        factories.package(case)
    with django_assert_max_num_queries(10):
        assert len(references(client.get(QUEUE, {"tab": "all"}))) == count


# --- filters, search ---


def test_filters_and_tabs_narrow_together(client, dee) -> None:
    mine = factories.case(due_in=3, owner=dee, channel=Channel.PHONE)
    nobodys = factories.case(due_in=3)
    factories.case(due_in=20, owner=dee)
    response = client.get(QUEUE, {"tab": "soon", "owner": "me"})
    assert references(response) == [mine.reference]
    assert {tab["title"]: tab["count"] for tab in response.context["cl"].tabs}["Needs action"] == 2
    assert references(client.get(QUEUE, {"owner": "nobody"})) == [nobodys.reference]
    assert references(client.get(QUEUE, {"owner": str(dee.pk), "channel__exact": "phone"})) == [
        mine.reference
    ]
    assert references(client.get(QUEUE, {"due": "3", "tab": "all"})) == [
        mine.reference,
        nobodys.reference,
    ] or (
        set(references(client.get(QUEUE, {"due": "3", "tab": "all"}))) == {mine.reference, nobodys.reference}
    )


@pytest.mark.parametrize(
    "query", ["owner=x", "owner=99999", "due=xx", "tab=%27", "find=zzz", "p=999", "state__exact=no"]
)
def test_nonsense_in_the_address_is_no_fault(client, dee, query: str) -> None:
    factories.case()
    assert client.get(f"{QUEUE}?{query}").status_code in {200, 302}


@pytest.mark.parametrize("text", ["alice okafor", "OKAFOR", "alice@example.com", "C-77", "  Okafor   alice "])
def test_a_search_finds_by_name_address_or_number_and_keeps_it_out_of_the_address(
    client, dee, text: str
) -> None:
    case = factories.case(State.CLOSED, requester_email="alice@example.com", customer_number="C-77")
    factories.case(requester_name="Bob Stone", requester_email="bob@example.com")
    sent = client.post(reverse("admin:case_search"), {"text": text})
    assert re.fullmatch(re.escape(QUEUE) + r"\?find=[\w-]{8}", sent["Location"])
    response = client.get(sent["Location"])
    assert references(response) == [case.reference]
    for tab in response.context["cl"].tabs:
        assert "okafor" not in tab["href"].lower()
    assert Entry.objects.get(verb="person.searched").target == "cases"


@pytest.mark.parametrize("form", ["{}", " {} ", "dp{}"])
def test_a_reference_leads_straight_to_its_case(client, dee, form: str) -> None:
    case = factories.case()
    typed = form.format(case.reference.lower() if form != "dp{}" else case.reference[2:].replace("-", " "))
    response = client.post(reverse("admin:case_search"), {"text": typed})
    assert response["Location"] == reverse("admin:case", args=[case.reference])


def test_nothing_found_says_what_to_do(client, dee) -> None:
    factories.case()
    response = client.post(reverse("admin:case_search"), {"text": "<b>nobody</b>"}, follow=True)
    page = response.content.decode()
    assert "No request matches “&lt;b&gt;nobody&lt;/b&gt;”" in page
    assert client.post(reverse("admin:case_search"), {"text": "  "})["Location"] == QUEUE
    assert client.get(reverse("admin:case_search")).status_code == 405


def test_a_search_of_another_session_is_over(client, dee) -> None:
    factories.case()
    token = client.post(reverse("admin:case_search"), {"text": "alice"})["Location"].partition("=")[2]
    client.logout()
    client.force_login(dee)
    response = client.get(QUEUE, {"find": token})
    assert references(response) == []
    assert "That search has ended" in response.content.decode()


# --- empty ---


@time_machine.travel("2026-11-23T10:00:00+00:00", tick=False)
def test_an_empty_queue_says_what_is_next(client) -> None:
    client.force_login(factories.user(Role.DPO))
    case = factories.case(State.VERIFYING, received_on=dt.date(2026, 11, 23))
    page = client.get(QUEUE).content.decode()
    assert "Nothing needs you today." in page
    assert case.reference in page
    assert "Wednesday 23 December 2026" in page


def test_with_no_cases_at_all_it_says_so(client, dee) -> None:
    page = client.get(QUEUE, {"tab": "all"}).content.decode()
    assert "There are no requests yet" in page
    assert "No answer is due at the moment" in page


# --- who ---


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.STAFF, Role.ADMINISTRATOR])
def test_others_are_refused_with_a_sentence(client, role: Role) -> None:
    factories.case()
    client.force_login(factories.user(role))
    for response in (client.get(QUEUE), client.post(reverse("admin:case_search"), {"text": "alice"})):
        assert response.status_code == 403
        assert "Your role does not allow you to read requests." in response.content.decode()


def test_strangers_are_sent_to_sign_in(client) -> None:
    assert client.get(QUEUE)["Location"].startswith("/admin/login/")


def test_the_auditor_reads_and_changes_nothing(client) -> None:
    case = factories.case()
    client.force_login(factories.user(Role.AUDITOR))
    response = client.get(QUEUE)
    assert references(response) == [case.reference]
    assert 'name="action"' not in response.content.decode()
    client.post(QUEUE, {"action": "assign_to_me", "_selected_action": [str(case.pk)]})
    case.refresh_from_db()
    assert case.owner is None


@pytest.mark.parametrize("address", ["add/", "{pk}/delete/"])
def test_cases_are_neither_added_nor_deleted_by_hand(client, dee, address: str) -> None:
    case = factories.case()
    assert client.post(QUEUE + address.format(pk=case.pk), {"post": "yes"}).status_code in {403, 302}
    assert Case.objects.count() == 1


def test_the_stock_address_of_a_case_leads_to_its_page(client, dee) -> None:
    case = factories.case()
    response = client.get(f"{QUEUE}{case.pk}/change/")
    assert response["Location"] == reverse("admin:case", args=[case.reference])
