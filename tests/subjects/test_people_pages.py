"""The staff pages about people: the box, a person, the records of one kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from portal.accounts.models import Role, User
from portal.audit.models import Entry
from subjects import admin_people, datamap, restriction
from subjects.admin_people import Panel, PanelRow, register_panel, shown
from subjects.datamap import Kind
from subjects.models import (
    CallRecording,
    Email,
    Invoice,
    Order,
    Restriction,
    Subject,
    SupportCall,
    WebVisit,
)
from tests import factories

pytestmark = pytest.mark.django_db
BOX = "/admin/people/"
SCRIPT = "<script>alert('x')</script>"


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(factories.user(role))
    return client


@pytest.fixture
def sam() -> Client:
    return signed_in(Role.STAFF)


@pytest.fixture
def alice() -> Subject:
    account = factories.account(number="A-001001", name="Okafor household")
    return factories.subject(
        "Alice Okafor", mobile="07700 900123", account=account, source_key="0001001", staff_note=SCRIPT
    )


def verbs() -> list[tuple[str, str, str]]:
    entries = Entry.objects.filter(verb__startswith="person.").order_by("number")
    return [(entry.verb, entry.target, entry.reason) for entry in entries]


def search(client: Client, text: str) -> Any:
    return client.post(BOX, {"q": text}, follow=True)


# --- the box ------------------------------------------------------------------------------------------


def test_a_search_shows_who_matches_and_why(sam: Client, alice: Subject) -> None:
    answer = search(sam, "okafor")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "1 person matches" in page
    assert f"/admin/people/{alice.reference}/" in page
    assert "name has this word" in page
    assert alice.reference in page


def test_the_text_is_never_in_an_address_nor_in_the_title(sam: Client, alice: Subject) -> None:
    answer = search(sam, "okafor")
    (address, _), *more = answer.redirect_chain
    assert not more
    assert "okafor" not in address.lower()
    assert "okafor" not in answer.content.decode().partition("</title>")[0].lower()


def test_going_back_to_the_results_shows_them_again_and_notes_it(sam: Client, alice: Subject) -> None:
    address = search(sam, "okafor").redirect_chain[0][0]
    again = sam.get(address)
    assert "1 person matches" in again.content.decode()
    assert [verb for verb, _, _ in verbs()] == ["person.searched", "person.searched"]


def test_nobody_is_listed_before_a_search(sam: Client, alice: Subject) -> None:
    page = sam.get(BOX).content.decode()
    assert "Okafor" not in page
    assert verbs() == []


def test_no_match_says_what_else_to_try(sam: Client, alice: Subject) -> None:
    page = search(sam, "smyth").content.decode()
    assert "No one matches" in page
    assert "Try an e-mail, phone or customer number." in page


@pytest.mark.parametrize(
    ("text", "words"), [("", "Type a name"), ("   ", "Type a name"), ("x" * 201, "200 characters or fewer")]
)
def test_a_text_that_cannot_be_searched_is_answered_with_a_remedy(
    sam: Client, alice: Subject, text: str, words: str
) -> None:
    answer = search(sam, text)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert answer.content.decode().count('href="#id_q"') == 1
    assert verbs() == []


def test_markup_in_the_text_stays_text(sam: Client) -> None:
    page = search(sam, SCRIPT).content.decode()
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


def test_two_people_with_one_address_are_both_shown(sam: Client) -> None:
    for name in ("Tom Hollis", "Margaret Hollis"):
        factories.subject(name, email="hollis.family@example.com")
    page = search(sam, "hollis.family@example.com").content.decode()
    assert "2 people match" in page
    assert "Tom Hollis" in page
    assert "Margaret Hollis" in page
    assert "checked" not in page


def test_a_search_of_somebody_else_or_long_ago_is_over(sam: Client, alice: Subject) -> None:
    address = search(sam, "okafor").redirect_chain[0][0]
    other = signed_in(Role.DPO).get(address).content.decode()
    assert "That search has ended" in other
    assert "Okafor" not in other
    cache.clear()
    assert "That search has ended" in sam.get(address).content.decode()


@pytest.mark.parametrize("word", ["nonsense", "x" * 16, "../../etc", "%00", "a" * 5000])
def test_a_made_up_search_word_is_only_over(sam: Client, word: str) -> None:
    answer = sam.get(BOX, {"search": word})
    assert answer.status_code == 200
    assert "That search has ended" in answer.content.decode()


def test_without_the_cache_the_answer_comes_at_once(
    sam: Client, alice: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RedisConnectionError("down")

    monkeypatch.setattr(admin_people.cache, "set", broken)
    answer = sam.post(BOX, {"q": "okafor"})
    assert answer.status_code == 200
    assert "1 person matches" in answer.content.decode()


# --- who may ------------------------------------------------------------------------------------------


def pages(subject: Subject) -> list[str]:
    return [BOX, f"{BOX}{subject.reference}/", f"{BOX}{subject.reference}/emails/"]


def test_anonymous_visitors_are_asked_to_sign_in(alice: Subject) -> None:
    for page in pages(alice):
        answer = Client().get(page)
        assert answer.status_code == 302
        assert "login" in answer["Location"]
    assert Client().post(BOX, {"q": "okafor"}).status_code == 302
    assert verbs() == []


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR])
def test_staff_without_the_power_get_the_reason_and_no_person(alice: Subject, role: Role) -> None:
    client = signed_in(role)
    answers = [client.get(page) for page in pages(alice)] + [client.post(BOX, {"q": "okafor"})]
    for answer in answers:
        assert answer.status_code == 403
        assert "Your role does not allow you to find a person" in answer.content.decode()
        assert "Okafor" not in answer.content.decode()
    assert verbs() == []


def test_the_dpo_may(alice: Subject) -> None:
    client = signed_in(Role.DPO)
    assert [client.get(page).status_code for page in pages(alice)] == [200, 200, 200]


def test_wrong_methods_are_refused(sam: Client, alice: Subject) -> None:
    box, person, records = pages(alice)
    assert sam.put(box).status_code == 405
    assert sam.delete(box).status_code == 405
    assert sam.post(person, {"q": "x"}).status_code == 405
    assert sam.post(records).status_code == 405


def test_a_search_needs_the_form_it_came_from(alice: Subject) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.user(Role.STAFF))
    assert client.post(BOX, {"q": "okafor"}).status_code == 403
    assert verbs() == []


# --- a person -----------------------------------------------------------------------------------------


def test_a_person_page_counts_each_kind(sam: Client, alice: Subject) -> None:
    for number in range(3):
        SupportCall.objects.create(
            subject=alice,
            source_key=f"S{number}",
            started_at=dt.datetime(2020 + number, 6, 30, 23, 30, tzinfo=dt.UTC),
        )
    answer = sam.get(f"{BOX}{alice.reference}/")
    held = {kind.dataset.key: kind for kind in answer.context["held"]}
    assert {key: kind.count for key, kind in held.items()} == {
        "contact-details": 1,
        "account": 1,
        "support-calls": 3,
    }
    calls = held["support-calls"]
    assert (calls.first, calls.last) == (dt.date(2020, 7, 1), dt.date(2022, 7, 1))  # UK days: after midnight
    page = answer.content.decode()
    assert "1 July 2020" in page
    assert f"/admin/people/{alice.reference}/support-calls/" in page
    assert "Nothing held:" in page
    assert answer.context["total"] == 5
    assert verbs() == [("person.viewed", f"person:{alice.reference}", "")]


def test_every_dataset_of_the_map_is_counted_or_named_as_empty(sam: Client, alice: Subject) -> None:
    context = sam.get(f"{BOX}{alice.reference}/").context
    named = {kind.dataset.title for kind in context["held"]} | set(context["nothing_held"])
    assert named == {dataset.title for dataset in datamap.datasets()}


def test_as_many_queries_for_many_records_as_for_few(sam: Client, alice: Subject) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert sam.get(f"{BOX}{alice.reference}/").status_code == 200
        return len(captured)

    queries()
    before = queries()
    for number in range(60):
        WebVisit.objects.create(subject=alice, source_key=f"W{number}", at=timezone.now())
    assert queries() == before


def test_a_paused_person_carries_a_banner_everywhere(sam: Client, alice: Subject) -> None:
    ground = Restriction.Ground.ACCURACY
    restriction.restrict(subject=alice, ground=ground, reference="DP-7K4M-29QX", by=None)
    for page in pages(alice)[1:]:
        assert "Paused: do not use" in sam.get(page).content.decode()
    assert "Paused: do not use" in search(sam, "okafor").content.decode()


def test_somebody_with_the_same_number_is_pointed_out(sam: Client, alice: Subject) -> None:
    other = factories.subject("Priya Nair", email="priya@example.com", phone="+44 7700 900123")
    page = sam.get(f"{BOX}{alice.reference}/").content.decode()
    assert f"/admin/people/{other.reference}/" in page
    assert "the same telephone number" in page


def test_a_person_with_nothing_but_contact_details(sam: Client) -> None:
    edwin = factories.subject("Edwin Moss", email="edwin@example.com")
    answer = sam.get(f"{BOX}{edwin.reference}/")
    assert [kind.dataset.key for kind in answer.context["held"]] == ["contact-details"]


@pytest.mark.parametrize("reference", ["P-2222-2222", "nobody", "P-2222-2222-2222", "..", "%27--"])
def test_an_unknown_reference_is_not_found(sam: Client, reference: str) -> None:
    assert sam.get(f"{BOX}{reference}/").status_code == 404
    assert verbs() == []


def test_the_reference_may_be_typed_in_small_letters(sam: Client, alice: Subject) -> None:
    assert sam.get(f"{BOX}{alice.reference.lower()}/").status_code == 200


@pytest.fixture
def panel() -> Iterator[None]:
    def maker(request: HttpRequest, subject: Subject) -> Panel | None:
        assert isinstance(request.user, User)
        if request.user.role == Role.DPO:
            return Panel("Requests", (), "No requests so far.")
        return Panel("Requests", (PanelRow("DP-7K4M-29QX", "/admin/x/", "due 4 January"),), "")

    register_panel(maker)
    yield
    admin_people._PANELS.remove(maker)


def test_upper_floors_add_panels(sam: Client, alice: Subject, panel: None) -> None:
    page = sam.get(f"{BOX}{alice.reference}/").content.decode()
    assert "DP-7K4M-29QX" in page
    assert "due 4 January" in page
    assert "No requests so far." in signed_in(Role.DPO).get(f"{BOX}{alice.reference}/").content.decode()


def test_what_requests_add_is_for_those_who_may_read_requests(sam: Client, alice: Subject) -> None:
    case = factories.case(subject=alice, words="my very own words")
    dee = signed_in(Role.DPO)
    address, records = f"{BOX}{alice.reference}/", f"{BOX}{alice.reference}/requests/"
    assert case.reference in dee.get(address).content.decode()
    assert "my very own words" in dee.get(records).content.decode()
    page = sam.get(address).content.decode()
    assert "Requests and complaints" in page  # that there are some
    assert case.reference not in page
    assert records not in page
    refused = sam.get(records)
    assert refused.status_code == 403
    assert "my very own words" not in refused.content.decode()


def test_a_request_reference_finds_its_person(sam: Client, alice: Subject) -> None:
    case = factories.case(subject=alice)
    page = search(sam, case.reference.lower()).content.decode()
    assert "1 person matches" in page
    assert f"request {case.reference}" in page


def test_the_workbooks_made_for_somebody_are_listed(sam: Client, alice: Subject) -> None:
    made = factories.package(subject=alice)
    page = sam.get(f"{BOX}{alice.reference}/").content.decode()
    assert f"/admin/copies/{made.pk}/" in page
    assert f"/admin/people/{alice.reference}/workbook/" in page


# --- the records of one kind ----------------------------------------------------------------------------


def test_records_are_shown_newest_first_a_page_at_a_time(sam: Client, alice: Subject) -> None:
    start = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
    WebVisit.objects.bulk_create(
        WebVisit(subject=alice, source_key=f"W{n}", at=start + dt.timedelta(days=n), action=f"act-{n:03}")
        for n in range(120)
    )
    address = f"{BOX}{alice.reference}/web-visits/"
    first, last = sam.get(address).content.decode(), sam.get(address, {"page": 3}).content.decode()
    assert "120 records" in first
    assert "act-119" in first
    assert "act-069" not in first
    assert "act-000" in last
    assert "act-020" not in last
    assert [reason for _, _, reason in verbs()] == ["web-visits", "web-visits"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", ""])
def test_a_page_that_does_not_exist_shows_one_that_does(sam: Client, alice: Subject, page: str) -> None:
    assert sam.get(f"{BOX}{alice.reference}/contact-details/", {"page": page}).status_code == 200


def test_what_people_wrote_stays_text(sam: Client, alice: Subject) -> None:
    Email.objects.create(
        subject=alice,
        source_key="E1",
        sent_at=timezone.now(),
        subject_line=SCRIPT,
        body="=1+1\x07" + "word " * 8000,
    )
    page = sam.get(f"{BOX}{alice.reference}/emails/").content.decode()
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page
    assert "\x07" not in page
    assert "<details>" in page
    assert page.count("word") >= 8000  # all of it is there to be opened
    contact = sam.get(f"{BOX}{alice.reference}/contact-details/").content.decode()
    assert SCRIPT not in contact


def test_every_kind_of_the_map_has_a_page(alice: Subject) -> None:
    dee = signed_in(Role.DPO)
    now = timezone.now()
    today = now.date()
    Order.objects.create(
        subject=alice,
        source_key="O1",
        number="1",
        type="hardware",
        ordered_on=today,
        item="x",
        total="1204.5",
    )
    Invoice.objects.create(
        subject=alice, account=alice.account, source_key="I1", number="0012", issued_on=today, net=1, total=1
    )
    CallRecording.objects.create(
        subject=alice, source_key="R1", recorded_at=now, duration_s=3725, file="recordings/call-1.wav"
    )
    for dataset in datamap.datasets():
        answer = dee.get(f"{BOX}{alice.reference}/{dataset.key}/")
        assert answer.status_code == 200, dataset.key
        for column in dataset.columns if answer.context["rows"] else ():
            assert column.label in answer.content.decode()
    assert "£1,204.50" in dee.get(f"{BOX}{alice.reference}/orders/").content.decode()
    recordings = dee.get(f"{BOX}{alice.reference}/call-recordings/").content.decode()
    assert "1 h 2 min 5 s" in recordings
    assert "call-1.wav" in recordings
    assert "recordings/call-1.wav" not in recordings


def test_an_empty_kind_says_so(sam: Client, alice: Subject) -> None:
    assert "We hold no emails" in sam.get(f"{BOX}{alice.reference}/emails/").content.decode()


@pytest.mark.parametrize("key", ["nonsense", "staff", "support_calls"])
def test_an_unknown_kind_is_not_found(sam: Client, alice: Subject, key: str) -> None:
    assert sam.get(f"{BOX}{alice.reference}/{key}/").status_code == 404


def test_records_of_others_are_not_shown(sam: Client, alice: Subject) -> None:
    bob = factories.subject("Bob Lindqvist", email="bob@example.com")
    Email.objects.create(subject=bob, source_key="E2", sent_at=timezone.now(), body="bob's own words")
    assert "bob&#x27;s own words" not in sam.get(f"{BOX}{alice.reference}/emails/").content.decode()
    assert "bob&#x27;s own words" in sam.get(f"{BOX}{bob.reference}/emails/").content.decode()


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (Kind.MONEY, Decimal("-1204.5"), "-£1,204.50"),
        (Kind.DATE, dt.date(1899, 12, 31), "31 Dec 1899"),
        (Kind.MOMENT, dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC), "2 Jul 2026, 00:30"),
        (Kind.DURATION, 0, "0 s"),
        (Kind.INTEGER, 30000, "30,000"),
        (Kind.BOOLEAN, False, "No"),
        (Kind.TEXT, "0012", "0012"),
        (Kind.TEXT, None, ""),
        (Kind.MONEY, None, ""),
    ],
)
def test_values_in_words(kind: Kind, value: object, words: str) -> None:
    assert shown(kind, value).text == words
