"""One click, and no marketing any more (C4, S62): for a mail program, for a person, and for nobody else."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from consent import contacting, ledger, links, suppression, unsubscribing, wordings
from consent import unsubscribe_views as door
from consent.models import ConsentEvent, ConsentFlag, How, Suppression
from portal.audit.models import Entry
from subjects.models import Subject
from tests import factories

pytestmark = pytest.mark.django_db
LITTLE = dt.timedelta(seconds=1)
URLENCODED = ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click")
MULTIPART = (
    "multipart/form-data; boundary=----KitBoundary7MA4YWxk",
    b'------KitBoundary7MA4YWxk\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
    b"------KitBoundary7MA4YWxk--\r\n",
)
# RFC 8058 8.3: as printed its delimiter has one hyphen too few for its boundary; with the errata it fits
_SAMPLE = (
    b'---FormBoundaryjWmhtjORrn\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n'
    b"---FormBoundaryjWmhtjORrn--\r\n"
)
PRINTED = ("multipart/form-data; boundary=---FormBoundaryjWmhtjORrn", _SAMPLE)
CORRECTED = ("multipart/form-data; boundary=-FormBoundaryjWmhtjORrn", _SAMPLE)


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    cache.clear()


@pytest.fixture
def alice() -> Subject:
    made = factories.subject(email="alice@example.com", mobile="07700 900123")
    ledger.record(
        subject=made,
        purpose="marketing",
        channel="email",
        act="given",
        how="sign-up",
        wording=wordings.current("marketing", "email"),
        by=None,
    )
    return made


def path(**who: Any) -> str:
    news = links.campaign(key="autumn", purpose="marketing", channel="email", name="Autumn news")
    return f"/u/{links.tokens([links.addressee(**who)], news)[0]}"


def post(url: str, body: bytes = b"", kind: str = URLENCODED[0], **extra: Any) -> HttpResponse:
    """As a mailbox provider does it: no cookie, no token of a form, no page before."""
    return Client(enforce_csrf_checks=True).generic("POST", url, body, content_type=kind, **extra)  # type: ignore[return-value]


def press(url: str, **fields: str) -> HttpResponse:
    return post(url, "&".join(f"{name}={value}" for name, value in fields.items()).encode())


def may(subject: Subject, channel: str = "email") -> bool:
    return ledger.may_contact(Subject.objects.get(pk=subject.pk), "marketing", channel).allowed


def said() -> list[tuple[str, str, str]]:
    return list(ConsentEvent.objects.order_by("pk").values_list("channel", "act", "how"))[1:]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        URLENCODED,
        MULTIPART,
        PRINTED,
        CORRECTED,
        ("text/plain", URLENCODED[1]),
        ("", URLENCODED[1]),
        ("multipart/form-data", URLENCODED[1]),
        (URLENCODED[0], b"List-Unsubscribe=One-Click&more=\xff%00"),
    ],
)
def test_c4_1_one_click_of_a_mail_program_acts_at_once(alice: Subject, kind: str, body: bytes) -> None:
    answer = post(path(subject=alice), body, kind)
    assert (answer.status_code, len(answer.cookies), answer.has_header("Location")) == (200, 0, False)
    assert not may(alice)
    assert suppression.stands("alice@example.com")
    assert said() == [("email", "withdrawn", "one-click")]
    assert "one-click header" in ConsentEvent.objects.latest("pk").get_how_display()
    assert ConsentEvent.objects.latest("pk").evidence == "campaign:autumn"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (URLENCODED[0], b""),
        ("application/json", b'{"a":'),
        ("multipart/form-data; boundary=x", b"no part"),
        (URLENCODED[0], b"&" * 5000),
        (URLENCODED[0], b"act=nonsense"),
        ("text/html; charset=none", b"\x00\xff"),
    ],
)
def test_a_body_that_says_nothing_still_stops(alice: Subject, kind: str, body: bytes) -> None:
    assert post(path(subject=alice), body, kind).status_code == 200
    assert said() == [("email", "withdrawn", "link")]


def test_c4_2_reading_changes_nothing(alice: Subject, client: Client) -> None:
    url = path(subject=alice)
    for ask in (client.get, client.get, client.get, client.head):
        answer = ask(url, headers={"user-agent": "scanner"})
        assert (answer.status_code, len(answer.cookies)) == (200, 0)
    assert (said(), Suppression.objects.count(), may(alice)) == ([], 0, True)
    page = client.get(url).content.decode()
    assert "a***@example.com" in page
    for secret in ("alice", "Okafor", alice.reference):
        assert secret not in page.replace("a***@example.com", "")
    assert re.findall(r'<form method="(\w+)"', page) == ["post"]
    assert url not in re.findall(r'href="([^"]*)"', page)  # nothing that acts by following it
    assert client.put(url).status_code == client.delete(url).status_code == 405


def test_c4_3_the_button_is_one_press(alice: Subject, client: Client) -> None:
    url = path(subject=alice)
    page = client.get(url).content.decode()
    assert "required" not in page
    assert "csrf" not in page
    done = press(url)
    assert b"Done" in done.content
    assert b"You will still get service messages" in done.content
    assert (done.status_code, len(done.cookies)) == (200, 0)
    assert not may(alice)


def test_s62_again_is_harmless_and_writes_nothing_down(alice: Subject) -> None:
    url = path(subject=alice)
    for _ in range(3):
        assert post(url, URLENCODED[1]).status_code == 200
        assert press(url).status_code == 200
    assert len(said()) == 1
    assert Suppression.objects.count() == 1


def test_s62_it_still_works_after_another_yes_and_after_another_address(alice: Subject) -> None:
    url = path(subject=alice)
    press(url)
    ledger.record(subject=alice, purpose="marketing", channel="email", act="given", how="page", by=None)
    Subject.objects.filter(pk=alice.pk).update(email="alice.new@example.com")
    assert may(alice)
    press(url)
    assert not may(alice)
    assert suppression.stands("alice.new@example.com")
    assert [act for _, act, _ in said()] == ["withdrawn", "given", "withdrawn"]


def test_an_address_alone_is_stopped_too() -> None:
    url = path(address="bob@example.com")
    assert b"Stop phone and post too" not in press(url).content
    contact = ledger.may_contact("bob@example.com", "marketing", "email")
    assert (contact.allowed, suppression.stands("bob+shop@example.com")) == (False, True)
    assert ConsentEvent.objects.get().act == "objected"


def test_undo_brings_back_what_was_agreed_to_and_nothing_else(alice: Subject) -> None:
    url = path(subject=alice)
    done = press(url).content.decode()
    undo = re.search(r'name="undo" value="([^"]+)"', done)[1]  # type: ignore[index]
    assert b"Undone" in press(url, act="undo", undo=undo).content
    assert may(alice)
    last = ConsentEvent.objects.latest("pk")
    assert (last.how, last.wording) == ("page", wordings.current("marketing", "email"))
    assert b"too late" in press(url, act="undo", undo=undo).content  # it was for that press alone
    press(url)
    assert b"too late" in press(url, act="undo", undo=undo).content
    assert not may(alice)


@pytest.mark.parametrize("undo", ["", "made:up", "x" * 5000])
def test_undo_needs_the_page_that_was_shown(alice: Subject, undo: str) -> None:
    url = path(subject=alice)
    press(url)
    assert b"too late" in press(url, act="undo", undo=undo).content
    assert not may(alice)


def test_undo_is_not_for_an_old_message(alice: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    url = path(subject=alice)
    press(url)
    token = unsubscribing.undo_token(ConsentEvent.objects.latest("pk").pk)
    monkeypatch.setattr(unsubscribing, "UNDO_SECONDS", -1)
    assert b"too late" in press(url, act="undo", undo=token).content


def test_who_never_agreed_has_nothing_to_undo(alice: Subject) -> None:
    bob = factories.subject(email="bob@example.com")
    assert b"undo" not in press(path(subject=bob)).content


def test_stop_phone_and_post_too(alice: Subject) -> None:
    url = path(subject=alice)
    press(url)
    for _ in range(2):
        assert b"You will not get any marketing from us" in press(url, act="rest").content
    assert sorted(channel for channel, _, _ in said()) == ["email", "phone", "post", "text"]
    assert suppression.stands("07700 900123", "phone")


@pytest.mark.parametrize("token", ["x", "A" * 35, "é" * 35, "A" * 4000, "%00"])
def test_a_damaged_link_shows_a_way_through_by_address(token: str, client: Client) -> None:
    answer = client.get(f"/u/{token}")
    if token == "%00":
        assert answer.status_code == 400
        return
    assert answer.status_code == 200
    assert b"Type the address" in answer.content
    assert post(f"/u/{token}", URLENCODED[1]).status_code == 404  # a mail program must not believe it is done
    assert ConsentEvent.objects.count() == 0


def test_by_address_the_answer_is_the_same_for_known_and_unknown(alice: Subject) -> None:
    known = press("/u/damaged", address="Alice%40Example.com")
    unknown = press("/u/damaged", address="nobody%40example.com")
    assert known.content == unknown.content
    assert b"If we hold that address, it will not get marketing from now" in known.content
    assert suppression.stands("alice@example.com")
    assert suppression.stands("nobody@example.com")
    assert not may(alice)
    press("/u/damaged", address="nobody%40example.com")
    assert len(said()) == 2
    assert b"Enter an email address, like" in press("/u/damaged", address="nobody").content
    assert b"Enter the email address" in press("/u/damaged", address="").content


def test_a_link_of_somebody_who_was_erased_is_no_fault_for_a_mail_program(alice: Subject) -> None:
    url = path(subject=alice)
    links.addressee(subject=alice).delete()
    assert post(url, URLENCODED[1]).status_code == 200
    assert b"Type the address" in Client().get(url).content
    assert b"If we hold" in press(url, address="alice%40example.com").content


def test_a_flood_is_slowed_but_nobodys_own_link(alice: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BY_ADDRESS", 1)
    monkeypatch.setattr(door, "BROKEN", 1)
    for body in ({"address": "a%40example.com"}, {"act": "x"}):
        assert press("/u/damaged", **body).status_code in {200, 404}
        refused = press("/u/damaged", **body)
        assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
    assert post(path(subject=alice), URLENCODED[1]).status_code == 200
    assert not may(alice)


def test_what_is_too_large_is_not_read(alice: Subject) -> None:
    assert post(path(subject=alice), b"x" * (door.MOST + 1)).status_code == 413
    assert post(path(subject=alice), b"x" * door.MOST).status_code == 200


def test_signed_in_or_not_the_page_is_the_same_and_sets_no_cookie(alice: Subject) -> None:
    from tests import customer

    client = Client()
    customer.sign_in(client, "bob@example.com")
    answer = client.post(path(subject=alice))
    assert (answer.status_code, len(answer.cookies)) == (200, 0)
    assert ConsentEvent.objects.latest("pk").subject == alice


def test_one_click_asks_little(alice: Subject, django_assert_max_num_queries: Callable[..., Any]) -> None:
    url = path(subject=alice)
    with django_assert_max_num_queries(2):
        post(url, URLENCODED[1])
    with django_assert_max_num_queries(1):
        post(url, URLENCODED[1])


def test_a_mail_program_is_answered_before_anything_is_asked_about_who_it_is(
    alice: Subject, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    from tests import customer

    client = Client()
    customer.sign_in(client, "bob@example.com")
    url = path(subject=alice)
    with django_assert_max_num_queries(2):  # the link and the no; neither session nor visit nor staff
        answer = client.post(url, URLENCODED[1], content_type=URLENCODED[0])
    assert (answer.status_code, len(answer.cookies)) == (200, 0)
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Content-Length"] == str(len(answer.content))
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert not may(alice)


def test_a_mail_program_must_have_the_right_host_and_say_how_long_it_is(alice: Subject) -> None:
    url = path(subject=alice)
    assert post(url, URLENCODED[1], headers={"host": "elsewhere.example"}).status_code == 400
    assert post(url, URLENCODED[1], CONTENT_LENGTH="many").status_code == 413
    assert may(alice)


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_that_has_died_is_noticed_by_the_link_itself(alice: Subject) -> None:
    url = path(subject=alice)
    connection.ensure_connection()
    connection.connection.close()
    assert post(url, URLENCODED[1]).status_code == 200
    assert not may(alice)


def test_c4_4_an_import_that_says_yes_changes_nothing(alice: Subject) -> None:
    press(path(subject=alice))
    ledger.record(subject=alice, purpose="marketing", channel="email", act="given", how="import", by="import")
    assert not may(alice)
    assert contacting.of_addresses(["alice@example.com"], "marketing", "email")[0].because == (
        "Their address is on the do-not-contact list."
    )


@pytest.mark.parametrize("alone", [False, True])
def test_the_quick_way_writes_what_the_ledger_writes(alone: bool) -> None:
    """Event, list and trail: column by column the same, but for numbers and moments."""
    written = []
    for number, quick in enumerate([True, False]):
        subject = (
            None if alone else factories.subject(email="a@example.com", second_email=f"b{number}@example.com")
        )
        who: dict[str, Any] = {"address": f"c{number}@example.com"} if alone else {"subject": subject}
        url = path(**who)
        Suppression.objects.all().delete()
        acts = Entry.objects.count()
        target = links.read(url.removeprefix("/u/"))
        assert target is not None
        if quick:
            unsubscribing.stop(target, how=How.LINK)
        else:
            words = {"purpose": "marketing", "channel": "email", "act": "objected", "how": "link"}
            key = f"link:{target.addressee_id}:marketing:email:0"
            ledger.record(**who, **words, evidence="campaign:autumn", key=key, by="link")
        event = ConsentEvent.objects.latest("pk")
        flag = ConsentFlag.objects.get(event_id=event.pk)
        mask = {
            f"consent:{event.pk}": "consent:N",
            f"subject:{subject.reference if subject else '-'}": "subject:S",
        }

        def plain(value: Any, mask: dict[str, str] = mask) -> str:
            text = str(value)
            for was, now in mask.items():
                text = text.replace(was, now)
            return text

        wanted = [f"c{number}@example.com"] if alone else ["a@example.com", f"b{number}@example.com"]
        codes = [suppression.digest(each) for each in wanted]
        rows = Suppression.objects.order_by("pk")
        assert {row.created_at for row in rows} == {event.happened_at}
        written.append(
            {
                "event": [event.address and "A", event.purpose, event.channel, event.act, event.how],
                "more": [event.evidence, event.wording, event.happened_at - event.recorded_at < LITTLE],
                "key": event.key and event.key.count(":"),
                "flag": [flag.act, flag.how, flag.happened_at == event.happened_at],
                "list": sorted((codes.index(row.digest), row.channel, row.purpose) for row in rows),
                "codes": {row.digest for row in rows} == set(codes),
                "acts": [
                    [plain(each) for each in act]
                    for act in Entry.objects.filter(number__gt=acts)
                    .order_by("number")
                    .values_list("verb", "actor", "target", "reason")
                ],
            }
        )
    assert written[0] == written[1]
    assert [act[0] for act in written[0]["acts"]] == ["consent.recorded", "consent.suppressed"]


def test_many_say_no_in_one_transaction_and_each_as_if_alone(
    alice: Subject, django_assert_num_queries: Any
) -> None:
    """Alice twice, Bob who has said it before, an address alone, and two who share an address."""
    bob = factories.subject(email="bob@example.com")
    dan, eve = (factories.subject(email="shared@example.com") for _ in range(2))
    whose = [{"subject": alice}, {"subject": alice}, {"subject": bob}, {"address": "x@example.com"}]
    paths = [path(**who) for who in [*whose, {"subject": dan}, {"subject": eve}]]
    press(paths[2])
    numbers = [links.opened(each.removeprefix("/u/")) for each in paths]
    assert all(numbers)
    acts = Entry.objects.count()
    Suppression.objects.exclude(digest=suppression.digest("bob@example.com")).delete()
    before = ConsentEvent.objects.count()
    with django_assert_num_queries(1):
        targets = links.behind([each for each in numbers if each] + [(2**40, 1)])
    assert targets.pop() is None
    found = [each for each in targets if each]
    with django_assert_num_queries(1):
        written = unsubscribing.stop_all(found, how=How.ONE_CLICK)
    assert ConsentEvent.objects.count() == before + 4
    assert written[0] == written[1] != written[3]
    assert written[2] is None
    events = ConsentEvent.objects.in_bulk([each for each in written if each])
    assert {(each.subject_id, each.address) for each in events.values()} == {
        (alice.pk, ""), (None, "x@example.com"), (dan.pk, ""), (eve.pk, "")
    }  # fmt: skip
    assert set(ConsentFlag.objects.values_list("act", flat=True)) == {"withdrawn", "objected"}
    assert not may(alice)
    lines = Entry.objects.filter(number__gt=acts).values_list("verb", "target", "reason")
    assert Counter(verb for verb, _, _ in lines) == {"consent.recorded": 4, "consent.suppressed": 3}
    listed = {reason for verb, target, reason in lines if verb == "consent.suppressed"}
    # of two who share an address, the first one put it there
    first = min(event for event in written[4:] if event)
    assert listed == {f"consent:{event}" for event in (written[0], written[3], first)}
    assert {target for verb, target, _ in lines if verb == "consent.suppressed"} == {"suppression:1"}


@pytest.mark.parametrize("tail", ["/", ".", ").", ">"])
def test_what_a_program_took_along_with_the_link_does_not_damage_it(alice: Subject, tail: str) -> None:
    address = path(subject=alice) + tail
    assert b"***@example.com" in Client().get(address).content
    assert may(alice)
    assert post(address, URLENCODED[1]).status_code == 200
    assert not may(alice)


@pytest.mark.parametrize("damaged", ["/u/", "/u/damaged/", "/u/a/b/c", "/u/%3Cp%3E"])
def test_however_damaged_a_link_is_it_leads_to_the_way_through(damaged: str) -> None:
    answer = Client().get(damaged)
    assert answer.status_code == 200
    assert b'name="address"' in answer.content
