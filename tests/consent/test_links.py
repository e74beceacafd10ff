"""The links of marketing messages: short, for ever, and of no use to anybody who makes one up."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import ledger, links
from consent.models import Addressee, Campaign
from subjects.models import Subject
from subjects.traces import Erased, traces
from tests import factories


@pytest.fixture
def news(db: None) -> Campaign:
    return links.campaign(key="autumn", purpose="marketing", channel="email", name="Autumn news")


@pytest.fixture
def alice(db: None) -> Subject:
    return factories.subject(email="alice@example.com")


def token_of(whom: Subject | str, campaign: Campaign) -> str:
    who = {"subject": whom} if isinstance(whom, Subject) else {"address": whom}
    return links.tokens([links.addressee(**who)], campaign)[0]  # type: ignore[arg-type]


def test_a_link_is_short_and_names_the_person_and_the_mailing(
    alice: Subject, news: Campaign, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.SITE_URL = "https://rights.dataproductions.uk"
    token = token_of(alice, news)
    assert len(token) == links.LENGTH
    assert len(links.url(token)) <= 75  # longer ones leave some mail libraries broken
    ledger.record(subject=alice, purpose="marketing", channel="email", act="given", how="page", by=None)
    with django_assert_num_queries(1):
        target = links.read(token)
    assert target is not None
    assert (target.subject_id, target.address, target.act) == (alice.pk, "alice@example.com", "given")
    assert (target.campaign.key, target.campaign.purpose, target.campaign.channel) == (
        "autumn",
        "marketing",
        "email",
    )


def test_an_address_alone_has_one_number_in_any_spelling(news: Campaign) -> None:
    one, other = links.addressee(address="Bob@Example.com"), links.addressee(address=" bob@example.com")
    assert one == other
    target = links.read(token_of("bob@example.com", news))
    assert target is not None
    assert (target.subject, target.address, target.act) == (None, "bob@example.com", "")
    ledger.record(
        address="bob@example.com", purpose="marketing", channel="email", act="withdrawn", how="link", by=None
    )
    assert links.read(token_of("bob@example.com", news)).act == "withdrawn"  # type: ignore[union-attr]


def test_s62_a_link_still_works_when_the_address_changed(alice: Subject, news: Campaign) -> None:
    token = token_of(alice, news)
    Subject.objects.filter(pk=alice.pk).update(email="alice.new@example.com")
    target = links.read(token)
    assert target is not None
    assert (target.subject_id, target.address) == (alice.pk, "alice.new@example.com")


def test_many_take_a_constant_number_of_queries(news: Campaign, django_assert_max_num_queries: Any) -> None:
    people = [factories.subject(email=f"p{number}@example.com") for number in range(5)]
    addresses = [f"a{number}@example.com" for number in range(20)]
    with django_assert_max_num_queries(8):  # two of them are the savepoints of adding
        found = links.many(subjects=people, addresses=addresses)
    assert set(found) == {each.pk for each in people} | set(addresses)
    with django_assert_max_num_queries(2):
        assert links.many(subjects=people, addresses=addresses) == found
    assert Addressee.objects.count() == 25
    made = links.tokens(list(found.values()), news)
    assert len(set(made)) == 25


@pytest.mark.parametrize("who", [{}, {"address": ""}, {"address": "+"}])
def test_a_link_for_nobody_is_not_made(db: None, who: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"nobody|whom"):
        links.addressee(**who)  # type: ignore[arg-type]


def test_a_campaign_never_changes_its_meaning(news: Campaign) -> None:
    again = links.campaign(key="autumn", purpose="marketing", channel="email", name="Another name")
    assert again == news
    with pytest.raises(ValueError, match="choose another key"):
        links.campaign(key="autumn", purpose="marketing", channel="text", name="Autumn news")


def test_a_token_of_another_key_or_cut_short_is_nobodys(
    alice: Subject, news: Campaign, settings: Any
) -> None:
    token = token_of(alice, news)
    for spoilt in (token[:-1], token[1:], token + "A", token.lower(), "", "é" * 35, f"{token[:34]}="):
        assert links.read(spoilt) is None
    settings.DIGEST_KEY = b"another key of 32 bytes ........"
    assert links.read(token) is None


@given(position=st.integers(0, links.LENGTH - 1), letter=st.characters(codec="ascii"))
def test_no_single_letter_can_be_changed(position: int, letter: str) -> None:
    """Not even the last one, of which only four bits count."""
    token = links.tokens([Addressee(pk=7)], Campaign(pk=3))[0]
    spoilt = token[:position] + letter + token[position + 1 :]
    assert links.opened(spoilt) == ((7, 3) if spoilt == token else None)


def test_a_mark_of_another_purpose_is_no_link(alice: Subject, news: Campaign, settings: Any) -> None:
    """The same key signs other things here; what it says about them opens nothing."""
    import hmac

    said = links.addressee(subject=alice).pk.to_bytes(6, "big") + int(news.pk).to_bytes(4, "big")
    mark = hmac.digest(settings.DIGEST_KEY, said, "sha256")[:16]
    assert links.read(base64.urlsafe_b64encode(said + mark).rstrip(b"=").decode()) is None


def test_an_erasure_takes_the_numbers_out(alice: Subject, news: Campaign) -> None:
    tokens = [token_of(alice, news), token_of("alice@example.com", news), token_of("bob@example.com", news)]
    trace = next(each for each in traces() if each.key == "links")
    assert trace.clear(Erased(alice, "DP-0000-0000"), lambda field, name: None) == 2
    assert [links.read(token) is None for token in tokens] == [True, True, False]
