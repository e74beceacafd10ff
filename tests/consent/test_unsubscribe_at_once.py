"""Two hundred posts at once for fifty people: each is written down once, and the state is right."""

from __future__ import annotations

import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from consent import contacting, links, suppression
from consent.models import ConsentEvent, ConsentFlag, Suppression
from portal.audit.models import Entry
from tests import factories

PEOPLE, EACH = 50, 4


@pytest.mark.django_db(transaction=True)
def test_two_hundred_at_once_for_fifty_people_leave_exactly_the_right_state(live_server: Any) -> None:
    people = [factories.subject(email=f"p{number}@example.com") for number in range(PEOPLE)]
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            subject=each,
            purpose="marketing",
            channel="email",
            act="given",
            how="sign-up",
            happened_at=each.created_at,
            recorded_at=each.created_at,
        )
        for each in people
    )
    news = links.campaign(key="autumn", purpose="marketing", channel="email", name="Autumn news")
    tokens = links.tokens(list(links.many(subjects=people).values()), news)

    def post(token: str) -> int:
        request = urllib.request.Request(
            f"{live_server.url}/u/{token}", data=b"List-Unsubscribe=One-Click", method="POST"
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(post, tokens * EACH)) == {200}
    noes = ConsentEvent.objects.filter(act="withdrawn", how="one-click")
    assert Counter(noes.values_list("subject_id", flat=True)) == {each.pk: 1 for each in people}
    assert set(ConsentFlag.objects.values_list("act", flat=True)) == {"withdrawn"}
    assert Suppression.objects.filter(lifted_at=None).count() == PEOPLE
    assert len(suppression.standing([each.email for each in people], "email")) == PEOPLE
    assert not any(
        each.allowed
        for each in contacting.of_addresses([each.email for each in people], "marketing", "email")
    )
    assert Entry.objects.filter(verb="consent.recorded").count() == PEOPLE
