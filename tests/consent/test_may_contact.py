"""Whether somebody may be contacted: what they said last, what is paused, what the law makes us say."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from consent import ledger
from consent.models import ConsentEvent
from portal.register.model import UnknownKey
from subjects.models import Subject
from tests import factories

pytestmark = pytest.mark.django_db
Act, Channel = ConsentEvent.Act, ConsentEvent.Channel


@pytest.fixture
def alice() -> Subject:
    return factories.subject()


def said(
    subject: Subject, act: str, *, days_ago: int = 0, purpose: str = "marketing", channel: str = "email"
) -> None:
    ledger.record(
        subject=subject,
        purpose=purpose,
        channel=channel,
        act=act,
        how="page",
        by=None,
        happened_at=timezone.now() - dt.timedelta(days=days_ago),
    )


def test_marketing_needs_a_yes_and_each_channel_its_own(alice: Subject) -> None:
    assert ledger.may_contact(alice, "marketing", "email") == ledger.Contact(
        False, "They have not agreed to it."
    )
    said(alice, Act.GIVEN)
    assert ledger.may_contact(alice, "marketing", "email").allowed
    assert not ledger.may_contact(alice, "marketing", "phone").allowed


@pytest.mark.parametrize("no", [Act.WITHDRAWN, Act.OBJECTED])
def test_s63_the_last_word_counts(alice: Subject, no: str) -> None:
    said(alice, Act.GIVEN, days_ago=30)
    said(alice, no, days_ago=20)
    answer = ledger.may_contact(alice, "marketing", "email")
    assert not answer.allowed
    assert " on " in answer.because
    said(alice, Act.GIVEN, days_ago=10)
    assert ledger.may_contact(alice, "marketing", "email").allowed


def test_what_is_written_down_late_does_not_overtake_a_later_no(alice: Subject) -> None:
    said(alice, Act.OBJECTED, days_ago=1)
    said(alice, Act.GIVEN, days_ago=9)
    assert not ledger.may_contact(alice, "marketing", "email").allowed


def test_s67_service_notices_go_on_until_they_object(alice: Subject) -> None:
    said(alice, Act.OBJECTED)  # to marketing
    assert ledger.may_contact(alice, "service-notifications", "email").allowed
    said(alice, Act.OBJECTED, purpose="service-notifications")
    assert not ledger.may_contact(alice, "service-notifications", "email").allowed


def test_s59_paused_means_no_but_for_what_the_law_makes_us_say(alice: Subject) -> None:
    said(alice, Act.GIVEN)
    factories.pause(alice)
    answer = ledger.may_contact(alice, "marketing", "email")
    assert not answer.allowed
    assert answer.because.endswith("No marketing is sent.")
    assert not ledger.may_contact(alice, "service-notifications", "email").allowed
    assert ledger.may_contact(alice, "rights-requests", "email").allowed


def test_s61_one_use_that_is_weighed_stops_and_the_others_go_on(alice: Subject) -> None:
    said(alice, Act.GIVEN)
    factories.pause(alice, purpose="service-notifications")
    assert not ledger.may_contact(alice, "service-notifications", "email").allowed
    assert ledger.may_contact(alice, "marketing", "email").allowed


def test_a_paused_address_is_not_written_to_and_paused_orders_do_not_matter(alice: Subject) -> None:
    said(alice, Act.GIVEN)
    factories.pause(alice, kinds=["orders"])
    assert ledger.may_contact(alice, "marketing", "email").allowed
    factories.pause(alice, kinds=["contact-details"])
    assert not ledger.may_contact(alice, "marketing", "email").allowed


def test_unknown_words_are_mistakes(alice: Subject) -> None:
    with pytest.raises(UnknownKey):
        ledger.may_contact(alice, "telepathy", "email")
    with pytest.raises(ValueError, match="fax"):
        ledger.may_contact(alice, "marketing", "fax")
