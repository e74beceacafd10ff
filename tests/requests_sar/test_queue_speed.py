"""The queue asks the same few questions however many requests there are, and reads its first page off an index."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Q
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from requests_sar import conditions, figures, urgency
from requests_sar.admin import capped, searching, tabs
from requests_sar.admin.listing import Queue
from requests_sar.models import Case
from requests_sar.workflow import ENDED, OPEN, State
from subjects.models import Subject
from tests import factories
from tests.requests_sar.crowd import crowd

pytestmark = pytest.mark.django_db
QUEUE = "/admin/requests_sar/case/"
MOST_QUERIES = 30
ADDRESSES = (
    "",
    "tab=open",
    "tab=ready",
    "tab=closed",
    "tab=all",
    "tab=all&figure=late&received_from=2025-01-01",
    "tab=all&owner=me&right__exact=access",
)


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee")
    client.force_login(user)
    return user


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_ten_times_the_requests_ask_as_many_questions(client, dee) -> None:
    crowd(200, seed=1, today=timezone.localdate(), owners=[dee])
    found = client.post(reverse("admin:case_search"), {"text": "okafor"})["Location"]
    addresses = [f"{QUEUE}?{each}" for each in ADDRESSES] + [found]
    few = [queries(client, address) for address in addresses]
    crowd(1_800, seed=2, today=timezone.localdate(), owners=[dee])
    many = [queries(client, address) for address in addresses]
    assert all(later <= first for first, later in zip(few, many, strict=True)), (few, many)
    assert max(many) <= MOST_QUERIES


def plan(rows: Any) -> str:
    """How PostgreSQL would fetch these rows."""
    return str(rows.explain())


def analysed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT gin_clean_pending_list('case_trigram')")
        cursor.execute("ANALYZE requests_sar_case")


def test_a_page_is_read_off_the_index_in_its_order(dee) -> None:
    crowd(2_000, seed=3, today=timezone.localdate())
    analysed()
    request = RequestFactory().get(QUEUE, {"tab": "all"})
    request.user, request.session = dee, {}
    model_admin = admin.site.get_model_admin(Case)
    queue = model_admin.get_changelist_instance(request)
    assert isinstance(queue, Queue)
    first = queue.queryset.values("pk")[:50]
    assert "using case_queue" in plan(first)
    assert "Sort" not in plan(first)
    assert len(queue.result_list) == 50


def test_live_ones_are_counted_from_an_index_of_their_own() -> None:
    crowd(2_000, seed=4, today=timezone.localdate())
    analysed()
    near = Case.objects.filter(
        Q(state__in=OPEN, answered_at=None, due_on__lt=timezone.localdate() - dt.timedelta(days=600))
    )
    assert "case_live" in plan(near.values("pk"))


@pytest.mark.parametrize(
    ("tab", "index"),
    [
        ("late", "case_live"),
        ("waiting", "case_waits"),
        ("ready", "case_reviewed"),
        ("complaints", "case_complaint"),
        ("closed", "case_queue"),
    ],
)
def test_the_condition_of_a_tab_implies_that_of_its_index(tab: str, index: str) -> None:
    """If it did not, the database could not use the index, whatever else were forbidden."""
    condition = tabs.BY_KEY[tab].condition(timezone.localdate())
    rows = tabs.askable(Case.objects.all()).filter(condition)
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        for other in Case._meta.indexes:
            if other.name != index:
                cursor.execute(f"DROP INDEX {other.name}")
    assert index in plan(
        rows.values("pk") if tab != "closed" else rows.order_by(*urgency.ORDER).values("pk")[:50]
    )


def test_a_figure_without_an_answer_has_an_index() -> None:
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    rows = Case.objects.filter(figures.BY_KEY["ended"].condition(timezone.localdate()))
    assert "case_no_answer" in plan(rows.filter(received_on__gte=timezone.localdate()).values("pk"))


def test_a_page_of_ended_ones_begins_where_they_begin() -> None:
    """Not with all open ones, which come first in the order of the queue."""
    crowd(2_000, seed=6, today=timezone.localdate())
    analysed()
    rows = Case.objects.filter(conditions.ended()).order_by(*urgency.ORDER).values("pk")[:50]
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    shown = plan(rows)
    assert "using case_queue" in shown
    assert re.search(r"Index Cond: \(CASE", shown), shown


def test_a_list_that_is_found_first_is_in_the_order_of_the_queue(client, dee) -> None:
    """Short lists are put in order after they are found, long ones read in their order: the same rows either way."""
    crowd(300, seed=7, today=timezone.localdate(), owners=[dee])
    today = timezone.localdate()
    for tab in tabs.TABS:
        for address in (f"tab={tab.key}", f"tab={tab.key}&owner=me", f"tab={tab.key}&due=30"):
            shown = [case.pk for case in client.get(f"{QUEUE}?{address}").context["cl"].result_list]
            rows = tabs.askable(Case.objects.all()).filter(tab.condition(today))
            if "owner" in address:
                rows = rows.filter(owner=dee)
            if "due" in address:
                last = today + dt.timedelta(days=30)
                rows = rows.filter(conditions.running(), due_on__gte=today, due_on__lte=last)
            expected = list(rows.order_by(*urgency.ORDER).values_list("pk", flat=True)[:50])
            assert shown == expected, address


def test_a_search_uses_the_trigrams() -> None:
    crowd(2_000, seed=5, today=timezone.localdate())
    analysed()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # two thousand rows are soon read in full
        cursor.execute("SET LOCAL enable_indexscan = off")
    assert "case_trigram" in plan(searching.matching(Case.objects.all(), "zyxwvut").values("pk"))


def test_the_order_of_the_queue_knows_every_state() -> None:
    assert set(State) == OPEN | ENDED | {State.RELEASED}
    assert set(urgency.OVER) == {str(state) for state in ENDED}


# --- counting that ends --------------------------------------------------------------------------------------------


def test_a_long_list_is_counted_to_a_limit_and_says_so(client, dee, monkeypatch) -> None:
    monkeypatch.setattr(capped, "COUNTED", 3)
    monkeypatch.setattr(capped.numbers, "__defaults__", (3,))
    monkeypatch.setattr(capped.said, "__defaults__", (3,))
    for number in range(5):
        factories.case(due_in=number)
    response = client.get(QUEUE, {"tab": "open"})
    page = response.content.decode()
    assert 'Open <span class="num">(3+)</span>' in page
    assert 'Closed <span class="num">(0)</span>' in page
    assert "There are more than 3." in page
    assert response.context["cl"].result_count == 3
    everything = client.get(QUEUE, {"tab": "open", "count": "all"})
    assert re.search(r"\b5 requests\b", everything.content.decode())
    assert everything.context["cl"].result_count == 5


def test_a_long_narrowed_list_has_numbers_for_this_tab_and_all_of_them_only(client, dee, monkeypatch) -> None:
    for number in range(3):
        factories.case(due_in=number, owner=dee)
    factories.case(due_in=1)
    page = client.get(QUEUE, {"tab": "open", "owner": "me"})
    assert [tab["count"] for tab in page.context["cl"].tabs] == [3, 3, 3, 0, 0, 0, 0, 0, 0, 3]
    monkeypatch.setattr(capped, "COUNTED", 2)
    monkeypatch.setattr(capped.numbers, "__defaults__", (2,))
    monkeypatch.setattr(capped.first, "__defaults__", (2,))
    page = client.get(QUEUE, {"tab": "open", "owner": "me"})
    shown = {tab["title"]: tab["words"] for tab in page.context["cl"].tabs if tab["words"]}
    assert shown.keys() == {"Open", "All"}
    assert {case.owner for case in page.context["cl"].result_list} == {dee}


def test_what_nothing_can_meet_counts_nothing() -> None:
    factories.case()
    rows = {"none": Case.objects.none(), "all": Case.objects.all(), "empty": Case.objects.filter(pk__in=[])}
    assert capped.numbers(rows) == {"none": 0, "all": 1, "empty": 0}
    assert capped.numbers({"none": Case.objects.none()}) == {"none": 0}
    assert [capped.said(number) for number in (0, 1_000, 1_001)] == ["0", "1,000", "1,000+"]


# --- what is searched ------------------------------------------------------------------------------------------------


def found(text: str) -> set[str]:
    return {case.reference for case in searching.matching(Case.objects.all(), text)}


def test_every_word_may_stand_in_another_place() -> None:
    alice = factories.subject("Zoë Ångström", source_key="C-998877")
    case = factories.case(
        requester_name="Mrs A. Smith",
        requester_email="a.smith@example.com",
        customer_number="77-X",
        on_behalf_of="Ελένη Παπαδάκη",
        subject=alice,
    )
    factories.case(requester_name="Bob Stone")
    for text in (
        "smith",
        "SMITH 998877",
        "zoë 77-x",
        "ångström",
        "ΕΛΈΝΗ",
        "a.smith@EXAMPLE",
        case.reference.lower(),
        alice.reference,
    ):
        assert found(text) == {case.reference}, text
    for text in ("smith stone", "100%", "_", "\\"):
        assert found(text) == set(), text


def test_what_is_searched_follows_every_change() -> None:
    alice, bob = factories.subject("Alice Okafor"), factories.subject("Bob Stone", email="bob@example.com")
    case = factories.case(subject=alice, requester_name="")
    assert found("okafor") == {case.reference}
    Subject.objects.filter(pk=alice.pk).update(full_name="Alice Married")
    assert (found("okafor"), found("married")) == (set(), {case.reference})
    Case.objects.filter(pk=case.pk).update(subject=bob)
    assert (found("married"), found("stone")) == (set(), {case.reference})
    Case.objects.filter(pk=case.pk).update(requester_name="Robert")
    assert found("robert stone") == {case.reference}
    case.refresh_from_db()
    case.found_by = "nonsense"
    case.save()
    assert (found("nonsense"), found("robert")) == (set(), {case.reference})
    Subject.objects.filter(pk=bob.pk).update(full_name="Removed", source_key="gone", reference="P-GONE")
    Case.objects.filter(pk=case.pk).update(requester_name="", requester_email="", customer_number="")
    case.refresh_from_db()
    assert case.found_by.split() == [case.reference.lower(), "p-gone", "removed", "gone"]
