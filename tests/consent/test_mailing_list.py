"""The list for a mailing is right at the moment it is made, and what an address said finds its owner."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from consent import adopting, ledger, links, mailing_list, sheets
from consent.models import ConsentEvent
from portal.accounts.models import Role
from portal.audit.models import Entry
from subjects.models import Address, Subject
from tests import factories

pytestmark = pytest.mark.django_db
ABOUT = {
    "purpose": "marketing",
    "channel": "email",
    "name": "Spring offers 2026",
    "reason": "offers",
    "kind": "csv",
}


@pytest.fixture
def alice() -> Subject:
    return factories.subject(source_key="C-001001", mobile="07700 900123")


def say(whom: Subject | str, act: str = "given", **more: Any) -> ConsentEvent:
    who = {"subject": whom} if isinstance(whom, Subject) else {"address": whom}
    given = {"purpose": "marketing", "channel": "email", "how": "page", "by": None, **more}
    return ledger.record(**who, act=act, **given)


def lines(channel: str = "email") -> list[list[str]]:
    about = {"purpose": "marketing", "channel": channel, "key": f"spring-{channel}", "name": "Spring"}
    campaign = mailing_list.prepare(**about, reason="offers", by=None)
    return list(mailing_list.lines(campaign, reason="offers", by=None))[1:]


def whom(channel: str = "email") -> list[str]:
    return [line[2] for line in lines(channel)]


def test_the_list_follows_out_and_in_again_at_once(alice: Subject) -> None:
    say(alice)
    say("new@example.com")
    assert whom() == ["alice@example.com", "new@example.com"]
    say(alice, "withdrawn", how="one-click")
    assert whom() == ["new@example.com"]
    say(alice)
    assert whom() == ["alice@example.com", "new@example.com"]
    pause = factories.pause(alice)
    assert whom() == ["new@example.com"]
    assert pause.lifted_at is None


def test_a_no_while_the_list_is_written_leaves_them_out(
    alice: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing_list, "AT_ONCE", 1)
    bob = factories.subject("Bob Stone", email="bob@example.com")
    say(alice)
    say(bob)
    campaign = links.campaign(key="spring", purpose="marketing", channel="email", name="Spring")
    writing: Iterator[list[str]] = mailing_list.lines(campaign, reason="offers", by=None)
    assert [next(writing)[2], next(writing)[2]] == ["Address", "alice@example.com"]
    say(bob, "withdrawn")
    assert list(writing) == []
    assert (
        Entry.objects.filter(verb="consent.list-exported").last().reason == "marketing email offers: 1 people"
    )  # type: ignore[union-attr]


def test_each_line_has_the_link_of_that_person(alice: Subject) -> None:
    say(alice)
    ((number, name, address, agreed, link),) = lines()
    assert (number, name, address) == ("C-001001", "Alice Okafor", "alice@example.com")
    assert agreed
    target = links.read(link.rpartition("/")[2])
    assert target is not None
    assert (target.subject, target.campaign.key) == (alice, "spring-email")


def test_an_address_stands_there_once_and_one_no_of_those_who_share_it_is_enough(alice: Subject) -> None:
    bob = factories.subject("Bob Stone", email="alice@example.com")
    for each in (alice, bob, "alice@example.com"):
        say(each)
    assert [line[1] for line in lines()] == ["Alice Okafor"]
    factories.pause(bob)
    assert lines() == []


def test_post_and_phone_reach_where_people_are(alice: Subject) -> None:
    for channel in ("post", "text"):
        say(alice, channel=channel)
    assert whom("post") == []
    Address.objects.create(
        subject=alice, source_key="A", lines="1 High Street", town="Leeds", postcode="LS1 1AA"
    )
    assert whom("post") == ["1 High Street, Leeds, LS1 1AA"]
    assert whom("text") == ["07700 900123"]


def test_many_cost_as_many_queries_as_few() -> None:
    def queries(count: int) -> int:
        for number in range(count):
            say(f"{count}-{number}@example.com")
        with CaptureQueriesContext(connection) as captured:
            lines()
        return len(captured)

    queries(1)
    assert queries(3) == queries(40)


def test_no_cell_is_a_formula() -> None:
    nasty = [["Name"], ["=1+1"], ["@SUM(A1)"], ["+44770090\x00"], ["+447700900123"]]
    text = "".join(sheets.csv_lines(nasty)).splitlines()
    assert text == ["\ufeffName", "'=1+1", "'@SUM(A1)", "'+44770090\x00", "+447700900123"]
    cells = [row[0] for row in load_workbook(sheets.workbook(nasty, title="List")).active.iter_rows()]  # type: ignore[union-attr]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells] == ["Name", "=1+1", "@SUM(A1)", "+44770090", "+447700900123"]


# --- the page ---


def post(client: Client, **changed: str) -> Any:
    return client.post(reverse("admin:mailing_list"), {**ABOUT, **changed})


def test_staff_download_it_as_csv_and_workbook_and_the_trail_knows_why(
    client: Client, alice: Subject
) -> None:
    say(alice)
    sam = factories.user(Role.STAFF)
    client.force_login(sam)
    assert b"Download the list" in client.get(reverse("admin:mailing_list")).content
    answer = post(client)
    assert "spring-offers-2026-email-" in answer["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [rows[0][0], rows[1][2]] == ["Customer number", "alice@example.com"]
    book = load_workbook(io.BytesIO(b"".join(post(client, kind="xlsx").streaming_content)))
    assert [cell.value for cell in book.active[2]][:3] == rows[1][:3]  # type: ignore[index]
    noted = list(
        Entry.objects.filter(verb="consent.list-exported").order_by("number").values_list("actor", "reason")
    )
    assert noted[:2] == [
        (f"staff:{sam.pk}", "marketing email offers: begun"),
        (f"staff:{sam.pk}", "marketing email offers: 1 people"),
    ]


def test_what_is_missing_or_taken_is_told(client: Client) -> None:
    client.force_login(factories.user(Role.DPO))
    for changed in (
        {"reason": ""},
        {"name": ""},
        {"name": "!!"},
        {"purpose": "service-notifications"},
        {"kind": "exe"},
    ):
        assert post(client, **changed).status_code == 422
    assert not Entry.objects.filter(verb="consent.list-exported").exists()
    assert post(client).status_code == 200
    taken = post(client, channel="post")
    assert taken.status_code == 422
    assert b"Choose another name" in taken.content


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_do_not(client: Client, role: Role) -> None:
    client.force_login(factories.user(role))
    assert client.get(reverse("admin:mailing_list")).status_code == 403
    assert post(client).status_code == 403
    client.logout()
    assert post(client).status_code == 302


# --- what an address said finds its owner ---


def test_the_word_of_an_address_becomes_that_of_its_one_owner_once() -> None:
    day = timezone.now() - dt.timedelta(days=3)
    first = say("alice@example.com", happened_at=day, how="sign-up", wording="Email me offers.")
    assert adopting.adopt() == 0
    alice = factories.subject()
    assert not ledger.may_contact(alice, "marketing", "email").allowed
    assert (adopting.adopt(), adopting.adopt()) == (1, 0)
    mine = ConsentEvent.objects.get(subject=alice)
    assert (mine.happened_at, mine.how, mine.wording, mine.evidence) == (
        day,
        "sign-up",
        first.wording,
        f"event:{first.pk}",
    )
    assert ledger.may_contact(alice, "marketing", "email").allowed
    say(alice, "withdrawn")
    say("shared@example.com")
    for name in ("Bob Stone", "Carol Stone"):
        factories.subject(name, email="shared@example.com")
    assert adopting.adopt() == 0
    assert not ledger.may_contact(alice, "marketing", "email").allowed
