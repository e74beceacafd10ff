"""Staff write down what somebody told us outside the portal, and it counts at once (S66)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent import ledger, links, suppression
from consent.models import ConsentEvent
from portal.accounts.models import Role
from subjects.models import Subject
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/admin/record-choice/"


@pytest.fixture
def sam(client: Client) -> Client:
    client.force_login(factories.user(Role.STAFF))
    return client


@pytest.fixture
def alice() -> Subject:
    made = factories.subject(email="alice@example.com")
    past = timezone.now() - dt.timedelta(days=90)
    ledger.record(
        subject=made, purpose="marketing", channel="email", act="given", how="page", by=None, happened_at=past
    )
    return made


def answers(day: dt.date, **changes: str) -> dict[str, str]:
    given = {"purpose": "marketing", "channel": "email", "said": "no", "how": "email", "evidence": "MAIL-17"}
    return {
        **given,
        "who": "alice@example.com",
        "day_day": str(day.day),
        "day_month": str(day.month),
        "day_year": str(day.year),
        **changes,
    }


def test_s66_an_opt_out_by_email_counts_at_once_with_the_date_of_the_message(
    sam: Client, alice: Subject
) -> None:
    day = timezone.localdate() - dt.timedelta(days=2)
    answer = sam.post(URL, answers(day, who=" ALICE@example.com"), follow=True)
    assert "it counts from now" in answer.content.decode()
    event = ConsentEvent.objects.latest("pk")
    assert (event.subject, event.act, event.how, event.evidence) == (alice, "withdrawn", "email", "MAIL-17")
    assert timezone.localdate(event.happened_at) == day
    assert not ledger.may_contact(alice, "marketing", "email").allowed
    assert suppression.stands("alice@example.com")


def test_a_message_of_the_mailto_link_and_an_unknown_address(sam: Client, alice: Subject) -> None:
    news = links.campaign(key="autumn", purpose="marketing", channel="email", name="Autumn news")
    token = links.tokens([links.addressee(subject=alice)], news)[0]
    sam.post(URL, answers(timezone.localdate(), who=f"u-{token}"))
    assert ConsentEvent.objects.latest("pk").subject == alice
    sam.post(URL, answers(timezone.localdate(), who="nobody@example.com"))
    assert ConsentEvent.objects.latest("pk").address == "nobody@example.com"


def test_an_older_no_is_written_down_but_a_later_yes_stands(sam: Client, alice: Subject) -> None:
    page = sam.post(URL, answers(timezone.localdate() - dt.timedelta(days=200)), follow=True).content.decode()
    assert "something else later" in page
    assert ledger.may_contact(alice, "marketing", "email").allowed


def test_a_yes_needs_its_words_and_takes_off_the_list(sam: Client, alice: Subject) -> None:
    sam.post(URL, answers(timezone.localdate()))
    yes = answers(timezone.localdate(), said="yes", how="phone")
    assert "Write down what they agreed to" in sam.post(URL, yes).content.decode()
    sam.post(URL, {**yes, "words": "May we email you our offers?"})
    assert ConsentEvent.objects.latest("pk").wording.text == "May we email you our offers?"  # type: ignore[union-attr]
    assert ledger.may_contact(alice, "marketing", "email").allowed


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"who": ""}, "Answer: Who told us?"),
        ({"who": "DS-0000-0000"}, "Nobody has this reference"),
        ({"who": "u-made-up"}, "no subject of ours"),
        ({"who": "a@b"}, "valid email"),
        ({"who": "x@example.com", "channel": "post"}, "Choose E-mail"),
        ({"evidence": "Alice said so"}, "Use a code"),
        ({"day_year": "2099"}, "still to come"),
        ({"how": "link"}, "valid choice"),
    ],
)
def test_what_is_wrong_is_said(sam: Client, alice: Subject, changes: dict[str, str], sentence: str) -> None:
    answer = sam.post(URL, answers(timezone.localdate(), **changes))
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert ConsentEvent.objects.count() == 1


def test_who_may_come_in(client: Client, alice: Subject) -> None:
    assert client.get(URL).status_code == 302
    client.force_login(factories.user(Role.AUDITOR))
    assert client.post(URL, answers(timezone.localdate())).status_code == 403
    client.force_login(factories.user(Role.DPO))
    page: Any = client.get(f"{URL}?person={alice.reference}")
    assert alice.reference in page.content.decode()
    assert URL in client.get(f"/admin/people/{alice.reference}/").content.decode()
    assert ConsentEvent.objects.count() == 1
