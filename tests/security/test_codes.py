"""Somebody who wants a customer's code: guessing it from many places, at once, and over many challenges."""

from __future__ import annotations

import threading

import pytest
from django.conf import settings
from django.db import connections
from django.test import RequestFactory

from portal.accounts import client as origin
from portal.accounts import visits
from portal.accounts.models import Challenge, Purpose
from tests import customer

ALICE = "alice@example.com"


def ask() -> visits.Sent:
    return visits.start(address=ALICE, purpose=Purpose.SIGN_IN)


def guess(sent: visits.Sent, code: str) -> type[Exception] | None:
    try:
        visits.answer_code(challenge_id=sent.challenge.pk, code=code)
    except (visits.Expired, visits.Locked, visits.WrongCode) as refusal:
        return type(refusal)
    return None


@pytest.mark.django_db
def test_a_code_that_was_never_mailed_opens_nothing() -> None:
    """Otherwise each sign-in page asked for after the fifth is five more guesses that Alice never hears of."""
    asked = [ask() for _ in range(visits.CODES_PER_HOUR + 1)]
    assert not asked[-1].deliver
    assert guess(asked[-1], asked[-1].code) is visits.WrongCode
    assert guess(asked[0], asked[0].code) is None


@pytest.mark.django_db
def test_wrong_codes_are_counted_for_the_address_not_only_for_the_challenge() -> None:
    """A lock that ends after 15 minutes, on each of many challenges, would let a patient crowd go on all day."""
    mailed = [ask() for _ in range(visits.CODES_PER_HOUR)]
    tried = 0
    while tried < visits.WRONG_A_DAY:
        sent = mailed[tried % len(mailed)]
        tried += guess(sent, customer.wrong(sent.code)) is not None
        Challenge.objects.update(locked_until=None)  # the quarter of an hour is over
    assert guess(mailed[1], mailed[1].code) is visits.LockedToday
    assert visits.answer_link(token=mailed[1].token)[1].address == ALICE  # the link is too long to guess


@pytest.mark.django_db
def test_guesses_on_codes_that_were_never_mailed_lock_nobody_out() -> None:
    mailed = [ask() for _ in range(visits.CODES_PER_HOUR)]
    for _ in range(visits.WRONG_A_DAY // settings.CODE_TRIES + 1):
        unmailed = ask()
        for _ in range(settings.CODE_TRIES):
            guess(unmailed, "000000")
    assert guess(mailed[0], mailed[0].code) is None


@pytest.mark.django_db
def test_the_page_sends_a_locked_address_to_its_link(client) -> None:
    client.post("/sign-in/", {"email": ALICE})
    code = customer.code(ALICE)
    Challenge.objects.update(tries=visits.WRONG_A_DAY)
    page = client.post(f"/sign-in/{Challenge.objects.get().pk}/", {"code": code})
    assert page.status_code == 422
    assert "Press the button in our latest email instead" in customer.main(page)


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_are_counted_one_by_one() -> None:
    sent = ask()
    answers: list[type[Exception] | None] = []
    together = threading.Barrier(12)

    def one() -> None:
        together.wait()
        answers.append(guess(sent, customer.wrong(sent.code)))
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(visits.WrongCode) == settings.CODE_TRIES - 1
    assert answers.count(visits.Locked) == 12 - (settings.CODE_TRIES - 1)
    assert Challenge.objects.get().tries == settings.CODE_TRIES


def test_people_behind_a_mapped_address_do_not_share_one_counter() -> None:
    """A server that listens on IPv6 reports IPv4 clients as ::ffff:a.b.c.d: one /64 would hold them all."""
    one, two = (RequestFactory().get("/", REMOTE_ADDR=f"::ffff:192.0.2.{last}") for last in (1, 2))
    assert origin.address(one) == "192.0.2.1"
    assert origin.address(one) != origin.address(two)


@pytest.mark.django_db
def test_only_the_newest_code_counts_once_another_was_sent(client) -> None:
    """The mail says so; a code that somebody read over Alice's shoulder ends with the next one."""
    case = customer.send(client)
    old, old_link = customer.code(), customer.link()
    page = f"/requests/{case.reference}/confirm/"
    client.post(page, {"act": "again"})
    assert customer.code() != old
    assert client.post(page, {"code": old}).status_code == 422
    assert client.post(old_link).status_code == 200
    case.refresh_from_db()
    assert case.state == "verifying"
    assert client.post(page, {"code": customer.code()}).status_code == 302


@pytest.mark.django_db
def test_asking_too_often_does_not_spoil_the_code_that_was_sent(client) -> None:
    case = customer.send(client)
    page = f"/requests/{case.reference}/confirm/"
    for _ in range(visits.CODES_PER_HOUR + 2):
        client.post(page, {"act": "again"})
    assert client.post(page, {"code": customer.code()}).status_code == 302
    case.refresh_from_db()
    assert case.state == "triage"
