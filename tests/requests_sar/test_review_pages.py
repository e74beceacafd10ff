"""The pages of the review: what they show and point out, what a button removes, who gets in."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.accounts.models import Role, User
from portal.audit.models import Entry
from requests_sar import redactions, reviewing, services
from requests_sar.admin import pieces
from requests_sar.models import Case, Redaction
from requests_sar.redacting import Reach, Removal, cut, occurs
from requests_sar.reviewing import Wanted
from requests_sar.suggesting import Hint, Known, spots
from requests_sar.workflow import State
from subjects.models import CallRecording, Email, Subject, SupportCall
from tests import customer, factories
from tests.requests_sar.test_redaction import NOON, again, call, collected, mail

pytestmark = pytest.mark.django_db
BODY = "Ask mallory@elsewhere.example or 0117 496 0999.\nOur solicitor agrees. Bert Sands knows; alice@example.com too."


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Any) -> None:
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def dee(client: Client) -> User:
    user = factories.user(Role.DPO, name="Dee Marsh")
    client.force_login(user)
    return user


@pytest.fixture
def alice() -> Subject:
    account = factories.account()
    factories.subject("Bert Sands", email="bert@example.com", account=account)
    return factories.subject(account=account, phone="07700 900123")


@pytest.fixture
def case(alice: Subject) -> Case:
    return factories.case(State.REVIEW, subject=alice)


def at(case: Case, name: str = "review", *args: Any, **query: str) -> str:
    tail = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(f"admin:{name}", args=[case.reference, *args]) + (f"?{tail}" if tail else "")


def show(client: Client, case: Case, name: str = "review", *args: Any, **query: str) -> str:
    response = client.get(at(case, name, *args, **query))
    assert response.status_code == 200
    return response.content.decode()


def shown(page: str) -> list[str]:
    """The names of the records that a list shows."""
    return [html.unescape(name) for name in re.findall(r'<h3 id="r\d+"><a [^>]*>([^<]*)</a>', page)]


def press(client: Client, case: Case, record: Any, what: str, kind: str = "emails", **answers: str) -> Any:
    answers = {"category": "another-person", "reach": "phrase", "what": what, **answers}
    return client.post(at(case, "review_record", kind, str(record.pk)), answers, follow=True)


# --- what is pointed out ------------------------------------------------------------------------------------


def test_others_are_pointed_out_and_the_person_is_not(case: Case, alice: Subject) -> None:
    known = reviewing.known(case)
    call(alice, agent="Quentin Roe")
    known = reviewing.known(case)
    text = f"{BODY} Quentin Roe rang 07700 900123 and wrote to help@dataproductions.co.uk about £1,234.50."
    found = {spot.of(text): spot.hint for spot in spots(text, known)}
    assert found.pop("help@dataproductions.co.uk", Hint.STAFF) is Hint.STAFF
    assert found == {
        "mallory@elsewhere.example": Hint.EMAIL,
        "0117 496 0999": Hint.PHONE,
        "solicitor": Hint.LEGAL,
        "Bert Sands": Hint.PERSON,
        "Quentin Roe": Hint.STAFF,
    }


def test_suggestions_are_never_applied_by_themselves(
    client: Client, case: Case, alice: Subject, dee: User
) -> None:
    email = mail(alice, body=BODY)
    page = show(client, case, "review_record", "emails", email.pk)
    assert page.count('class="mark-hint"') >= 4
    assert not Redaction.objects.exists()
    assert "Remove “<bdi>mallory@elsewhere.example</bdi>”" in page


@settings(deadline=None)
@given(
    text=st.text(alphabet="ab @.x0179-+\n", max_size=80),
    names=st.frozensets(st.sampled_from(["abba ab", "xaxa"]), max_size=2),
)
def test_places_pointed_out_lie_in_the_text_and_apart(text: str, names: frozenset[str]) -> None:
    found = spots(text, Known(people=names))
    assert all(0 <= a.start < a.end <= b.start for a, b in itertools.pairwise(found))
    made = pieces.before(text, found, None)
    assert "".join(piece.text for piece in made) == text


@settings(deadline=None)
@given(
    text=st.text(alphabet="ab ß\néé", max_size=60),
    phrases=st.lists(st.text(alphabet="abSé ", min_size=1, max_size=5).filter(str.strip), max_size=3),
)
def test_what_is_cut_is_gone_and_the_rest_stays(text: str, phrases: list[str]) -> None:
    removals = [
        Removal(n, n, "x", "why", "law", Reach.PHRASE, phrase=phrase) for n, phrase in enumerate(phrases, 1)
    ]
    clean, met = cut(text, removals)
    rest = re.sub(r"\[Removed R\d: x\]", "\0", clean)
    assert not any(occurs(phrase, part) for phrase in phrases for part in rest.split("\0"))
    assert {each.id for each in met} == {int(n) for n in re.findall(r"\[Removed R(\d)", clean)}
    assert {each.id for each in met} == {each.id for each in removals if occurs(each.phrase, text)}


# --- the list -----------------------------------------------------------------------------------------------


def test_the_list_is_filtered_on_the_server(client: Client, case: Case, alice: Subject, dee: User) -> None:
    mail(alice, "M1", BODY, sent_at=NOON)
    mail(alice, "M2", "Thank you.", sent_at=NOON + dt.timedelta(days=1))
    mail(alice, "M3", "", sent_at=NOON + dt.timedelta(days=2), sender="dee@dataproductions.co.uk")
    three = ["2 March 2026", "3 March 2026", "4 March 2026"]
    assert shown(show(client, case, kind="emails")) == three
    assert shown(show(client, case, kind="emails", email="1")) == three[:1]
    assert shown(show(client, case, kind="emails", person="1")) == three[:1]
    assert shown(show(client, case, kind="emails", text="1")) == three[:2]
    assert "No record fits" in show(client, case, kind="emails", removed="1")
    press(client, case, Email.objects.get(source_key="M2"), "cell:body")
    assert shown(show(client, case, kind="emails", removed="1")) == three[1:2]


def test_the_filter_leaves_out_their_own_address_and_ours(case: Case, alice: Subject) -> None:
    ours = next(iter(reviewing.known(case).our_domains))
    mail(alice, "M1", f"From alice@example.com to rights@{ours}")
    mail(alice, "M2", f"Cc: alice@example.com.au, rights@{ours}.attacker.example")
    dataset = reviewing.dataset_of(case, "emails")
    assert dataset
    found = reviewing.matching(case, dataset, Wanted(email=True), reviewing.known(case))
    assert [email.source_key for email in found] == ["M2"]


def test_every_filter_works_on_every_kind(client: Client, case: Case, dee: User) -> None:
    for dataset in reviewing.kinds(case):
        wanted = Wanted(person=True, email=True, text=True, removed=True, term="a b")
        assert list(reviewing.matching(case, dataset, wanted, reviewing.known(case))) == []
        show(client, case, kind=dataset.key, view="given")


def test_a_list_is_long_and_a_text_longer(client: Client, case: Case, alice: Subject, dee: User) -> None:
    Email.objects.bulk_create(
        Email(subject=alice, source_key=f"B{n}", sent_at=NOON + dt.timedelta(days=n), body="x")
        for n in range(45)
    )
    long = f"{'word ' * 4_000} mallory@elsewhere.example {'word ' * 4_000}"
    email = mail(alice, "LONG", long, sent_at=NOON - dt.timedelta(days=1))
    first = show(client, case, kind="emails")
    assert len(shown(first)) == 20
    assert "page=3" in first
    assert len(shown(show(client, case, kind="emails", page="3"))) == 6
    assert len(first) < 90_000  # parts of the long one only, with the place that matters
    assert "mallory@elsewhere.example" in first
    assert "40,027 characters in all" in first
    whole = show(client, case, "review_record", "emails", email.pk)
    assert whole.count("word ") >= 8_000


def test_as_the_customer_will_see_it(client: Client, case: Case, alice: Subject, dee: User) -> None:
    email = mail(alice, body=BODY)
    press(client, case, email, "say:mallory@elsewhere.example")
    page = show(client, case, kind="emails", view="given")
    assert '<em class="gone">[Removed R1: another person&#x27;s details]</em>' in page
    assert "mallory" not in page
    assert "mallory" in show(client, case, kind="emails")
    record = show(client, case, "review_record", "emails", email.pk)
    assert "mallory@elsewhere.example" in record
    assert '<em class="gone">' in record


# --- removing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "answers", "reach"),
    [
        ("words", {"phrase": "Bert Sands"}, Reach.PHRASE),
        ("words", {"phrase": "Bert Sands", "reach": "everywhere"}, Reach.EVERYWHERE),
        ("say:Bert Sands", {}, Reach.PHRASE),
        ("cell:body", {}, Reach.CELL),
        ("record", {}, Reach.RECORD),
        ("hidden", {"category": "other", "law": "Section 1", "why": "It would warn."}, Reach.HIDDEN),
    ],
)
def test_each_button_removes_what_it_says(
    client: Client, case: Case, alice: Subject, dee: User, what: str, answers: dict[str, str], reach: Reach
) -> None:
    email = mail(alice, body=BODY)
    before = show(client, case, "review_record", "emails", email.pk)
    assert (f'value="{what}"' in before) or what.startswith("say")
    response = press(client, case, email, what, **answers)
    assert "R1: removed." in response.content.decode()
    assert Redaction.objects.get().reach == reach
    page = show(client, case, "review_record", "emails", email.pk)
    if reach != Reach.EVERYWHERE:
        assert "Removed from this record" in page
    client.post(at(case, "review_undo", Redaction.objects.get().pk), {"from": "record"})
    assert not redactions.live(case).exists()
    assert "Removed from this record" not in show(client, case, "review_record", "emails", email.pk)


def test_a_refusal_is_a_sentence_and_keeps_what_was_typed(
    client: Client, case: Case, alice: Subject, dee: User
) -> None:
    email = mail(alice, body=BODY)
    response = press(client, case, email, "words", phrase="nobody here", why="A good reason.")
    assert response.status_code == 422
    page = response.content.decode()
    assert "These words do not stand in this record." in page
    assert "nobody here" in page
    assert "A good reason." in page
    for what in ("", "cell:", "cell:nonsense", "nonsense", "say:", "cell:" + "x" * 5_000):
        assert press(client, case, email, what).status_code == 422, what
    assert press(client, case, email, "record", category="nonsense").status_code == 422
    assert press(client, case, email, "words", phrase="x" * 501).status_code == 422
    assert not Redaction.objects.exists()


def test_the_list_of_removals_and_the_undo(client: Client, case: Case, alice: Subject, dee: User) -> None:
    assert "Nothing is removed." in show(client, case, "review_removed")
    press(client, case, mail(alice, body=BODY), "cell:body")
    page = show(client, case, "review_removed")
    assert "One cell (Text)" in page
    assert "Schedule 2, paragraph 16" in page
    response = client.post(at(case, "review_undo", Redaction.objects.get().pk), follow=True)
    assert "Put back by" in response.content.decode()
    twice = client.post(at(case, "review_undo", Redaction.objects.get().pk), follow=True)
    assert twice.status_code == 200
    assert client.post(at(case, "review_undo", 999_999)).status_code == 404


def test_the_file_can_be_heard_before_it_is_given(
    client: Client, case: Case, alice: Subject, dee: User
) -> None:
    name = default_storage.save("recordings/one.wav", ContentFile(b"RIFFsound"))
    recording = CallRecording.objects.create(subject=alice, source_key="one", recorded_at=NOON, file=name)
    page = show(client, case, "review_record", "call-recordings", recording.pk)
    assert "Withhold the file" in page
    response = client.get(at(case, "review_file", "call-recordings", str(recording.pk)))
    assert b"".join(response.streaming_content) == b"RIFFsound"
    assert response["Content-Disposition"].startswith("attachment")
    assert client.get(at(case, "review_file", "emails", "1")).status_code == 404
    default_storage.delete(name)
    assert client.get(at(case, "review_file", "call-recordings", str(recording.pk))).status_code == 404


# --- searching ----------------------------------------------------------------------------------------------


def test_a_search_by_post_then_zero_left(client: Client, alice: Subject, dee: User) -> None:
    mail(alice, body=BODY)
    case = collected(alice, dee)
    response = client.post(at(case, "review_search"), {"term": "  MALLORY@elsewhere.example "}, follow=True)
    address = response.wsgi_request.get_full_path()
    assert "allory" not in address.lower()
    page = customer.main(response)
    assert "1 record before, 1 after what is removed" in page
    assert "0 places left" not in page
    removed = client.post(address, {"category": "another-person"}, follow=True)
    assert "1 record before, 0 after what is removed" in customer.main(removed)
    assert "These files were made before the last change." in customer.main(removed)
    case = again(case, dee)
    page = customer.main(client.get(address))
    assert "1 record before, 0 after what is removed" in page
    assert "0 places left" in page
    reasons = " ".join(Entry.objects.values_list("reason", flat=True)).lower()
    assert "allory" not in reasons
    listed = show(client, case, kind="emails", find=address.partition("find=")[2])
    assert "mark-find" in listed


def test_a_search_that_cannot_be(client: Client, case: Case, dee: User) -> None:
    empty = client.post(at(case, "review_search"), {"term": " \0"}, follow=True)
    assert "Type what to look for." in empty.content.decode()
    forgotten = client.get(at(case, "review_found", find="nonsense"), follow=True)
    assert "That search is forgotten." in forgotten.content.decode()
    assert "That search is forgotten." in show(client, case, find="nonsense")
    for term in ("100%", "a\\", "(", "'; drop table", "x" * 200):
        response = client.post(at(case, "review_search"), {"term": term}, follow=True)
        assert "It stands in no record." in response.content.decode(), term
    long = client.post(at(case, "review_search"), {"term": "x" * 201}, follow=True)
    assert "at most 200 characters" in long.content.decode()


# --- the doors ----------------------------------------------------------------------------------------------

PAGES = ("review", "review_removed", "review_found")


def doors(case: Case, email: Email) -> list[tuple[str, str]]:
    record = ("emails", str(email.pk))
    return [
        *(("get", at(case, name)) for name in PAGES),
        ("get", at(case, "review_record", *record)),
        ("get", at(case, "review_file", *record)),
        ("post", at(case, "review_record", *record)),
        ("post", at(case, "review_search")),
        ("post", at(case, "review_found")),
        ("post", at(case, "review_undo", 1)),
    ]


def test_strangers_and_other_roles_see_nothing(client: Client, case: Case, alice: Subject) -> None:
    email = mail(alice, body=BODY)
    for method, address in doors(case, email):
        response = getattr(client, method)(address)
        assert response.status_code == 302, address
        assert "/login/" in response["Location"]
    for role in (Role.STAFF, Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR):
        client.force_login(factories.user(role))
        for method, address in doors(case, email):
            assert getattr(client, method)(address).status_code == 403, (role, address)


def test_wrong_methods_and_malformed_addresses(client: Client, case: Case, alice: Subject, dee: User) -> None:
    email = mail(alice, body=BODY)
    for name in ("review_search",):
        assert client.get(at(case, name)).status_code == 405
    assert client.get(at(case, "review_undo", 1)).status_code == 405
    assert client.post(at(case)).status_code == 405
    assert client.get(at(case, kind="nonsense")).status_code == 404
    assert client.get(at(case, kind="emails", page="x")).status_code == 200
    assert client.get(at(case, "review_record", "emails", "999999999999999999999")).status_code == 404
    assert client.get(at(case, "review_record", "emails", "abc")).status_code == 404
    assert client.get(at(case, "review_record", "requests", "abc")).status_code == 404
    assert client.get(at(case, "review_record", "nonsense", "1")).status_code == 404
    bobs = mail(factories.subject("Bob", email="bob@example.com"), "BOB")
    assert client.get(at(case, "review_record", "emails", str(bobs.pk))).status_code == 404
    other = factories.case(State.REVIEW, subject=bobs.subject)
    press(client, case, email, "cell:body")
    assert client.post(at(other, "review_undo", Redaction.objects.get().pk)).status_code == 404


def test_what_is_not_in_review_is_not_looked_through_or_is_only_read(
    client: Client, case: Case, alice: Subject, dee: User
) -> None:
    for state in (State.TRIAGE, State.CLOSED, State.REFUSED):
        assert client.get(at(factories.case(state, subject=alice))).status_code == 404
    email = mail(alice, body=BODY)
    released = factories.case(State.RELEASED, subject=alice)
    page = show(client, released, "review_record", "emails", email.pk)
    assert "Remove these words" not in page
    refused = press(client, released, email, "cell:body")
    assert "Take the release back first." in refused.content.decode()


def test_hostile_texts_are_text(client: Client, case: Case, alice: Subject, dee: User) -> None:
    email = mail(alice, body='<script>alert(1)</script> "><img src=x> mallory@"evil".example a@b.example')
    for page in (show(client, case, kind="emails"), show(client, case, "review_record", "emails", email.pk)):
        assert "<script>" not in page
        assert "<img src=x" not in page


def test_the_request_leads_to_the_review(client: Client, case: Case, alice: Subject, dee: User) -> None:
    factories.package(case)
    page = client.get(reverse("admin:case", args=[case.reference])).content.decode()
    assert at(case) in page
    removal = services.remove(
        case=case,
        by=dee,
        reach=Reach.RECORD,
        dataset="support-calls",
        record=str(call(alice).pk),
        category=Redaction.Category.PERSON,
    )
    page = client.get(reverse("admin:case", args=[case.reference])).content.decode()
    assert "What is removed has changed since the files were made." in page
    assert SupportCall.objects.count() == removal.number
    assert "Collect again" in show(client, case)
