"""One act on many requests: each with an outcome of its own, two people at once, and nothing done by looking."""

from __future__ import annotations

import re
import threading
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import casework, services
from requests_sar.admin import bulk
from requests_sar.models import Case, ClockState, Ground, Happening, Letter, Package, Proof
from requests_sar.workflow import State
from tests import factories

pytestmark = pytest.mark.django_db
QUEUE = "/admin/requests_sar/case/?tab=all"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee")
    client.force_login(user)
    return user


def ticked(slug: str, cases: list[Case]) -> dict[str, Any]:
    return {"action": slug, "_selected_action": [str(case.pk) for case in cases]}


def rows(cases: list[Case]) -> list[str]:
    return [f"{case.pk}:{case.version}" for case in cases]


def press(client, slug: str, cases: list[Case], **answers: Any) -> Any:
    return client.post(reverse("admin:bulk", args=[slug]), {"row": rows(cases), **answers})


def ready(**fields: Any) -> Case:
    """A copy that waits for its release."""
    fields = {"subject": factories.subject(), "reviewed_at": timezone.now(), "due_in": 9, **fields}
    fields.setdefault("requester_email", "alice@example.com")
    case = factories.case(State.REVIEW, **fields)
    factories.package(case)
    return case


def paused(**fields: Any) -> Case:
    case = factories.case(State.TRIAGE, **{"requester_email": "alice@example.com", **fields})
    Case.objects.filter(pk=case.pk).update(
        clock=ClockState.PAUSED, due_on=None, stopped_on=timezone.localdate(), days_used=0
    )
    case.refresh_from_db()
    return case


# --- S76 ------------------------------------------------------------------------------------------------------


def test_s76_one_blocked_item_is_named_and_the_others_succeed(client, dee) -> None:
    good = [ready(), ready()]
    unproved = ready(proof=Proof.NONE, verified_at=None)
    late = ready(due_in=-1)
    page = client.post(QUEUE, ticked("release", [*good, unproved, late])).content.decode()
    assert "Not possible for 2 of them" in page
    assert "Nobody has made sure who is asking." in page
    assert "The answer is late. Say why." in page
    assert f'value="{good[0].pk}:' in page
    assert f'value="{unproved.pk}:' not in page
    # Pressed all the same, from a page that did not know yet:
    response = press(client, "release", [good[0], unproved, good[1], late])
    page = response.content.decode()
    assert "2 requests released, 2 not" in page
    assert unproved.reference in page.partition("Not done for 2")[2].partition("Done for 2")[0]
    assert [Case.objects.get(pk=case.pk).state for case in (*good, unproved, late)] == [
        State.RELEASED,
        State.RELEASED,
        State.REVIEW,
        State.REVIEW,
    ]
    assert Entry.objects.filter(verb="case.released").count() == 2


def test_looking_does_nothing(client, dee) -> None:
    case = ready(owner=factories.user(Role.DPO))
    before = (
        Happening.objects.count(),
        Entry.objects.count(),
        Message.objects.count(),
        Letter.objects.count(),
    )
    for slug in bulk.BULK:
        assert client.post(QUEUE, ticked(slug, [case])).status_code == 200
    after = Case.objects.get(pk=case.pk)
    assert (after.version, after.state, after.owner) == (case.version, case.state, case.owner)
    assert before == (
        Happening.objects.count(),
        Entry.objects.count(),
        Message.objects.count(),
        Letter.objects.count(),
    )
    assert Package.objects.get(case=case).state == Package.State.READY


ANSWERS: dict[str, dict[str, str]] = {"move-back": {"reason": "The wrong person."}}


@pytest.mark.parametrize("slug", list(bulk.BULK))
def test_the_page_before_says_what_then_happens(client, dee, slug: str) -> None:
    dan = factories.user(Role.DPO, name="Dan")
    crowd = [
        ready(),
        ready(reviewed_at=None),
        factories.case(State.TRIAGE, due_in=4, owner=dee),
        paused(),
        paused(requester_email=""),
        factories.case(State.CLOSED, due_in=-9),
        factories.case(State.VERIFYING, due_in=20, owner=dan),
    ]
    response = client.post(QUEUE, ticked(slug, crowd))
    possible = {each.case.pk for each in response.context["outcomes"].done}
    offered = re.findall(r'name="row" value="([^"]+)"', response.content.decode())
    assert set(offered) == {row for row in rows(crowd) if UUID(row.partition(":")[0]) in possible}
    answers = {"owner": str(dan.pk)} if slug == "assign" else ANSWERS.get(slug, {})
    response = press(client, slug, crowd, **answers)
    done = {each.case.pk for each in response.context["outcomes"].done}
    if slug == "assign":  # before, nobody knew to whom: the one that Dan has could have gone to another
        possible.discard(crowd[-1].pk)
    assert done == possible
    assert bool(done) is (slug != "approve")  # no plan among these
    assert len(response.context["outcomes"].refused) == len(crowd) - len(done)


# --- who has it -------------------------------------------------------------------------------------------------


def test_ticked_requests_are_given_to_somebody_and_both_are_told_once(client, dee) -> None:
    dan, kim = factories.user(Role.DPO, name="Dan"), factories.user(Role.DPO, name="Kim")
    cases = [
        factories.case(owner=kim),
        factories.case(owner=kim),
        factories.case(),
        factories.case(owner=dan),
    ]
    page = client.post(QUEUE, ticked("assign", cases)).content.decode()
    assert "Dan</option>" in page
    assert "Who has how much" in page
    response = press(client, "assign", cases, owner=str(dan.pk))
    page = response.content.decode()
    assert "3 requests given, 1 not" in page
    assert "Dan has it already." in page
    assert {Case.objects.get(pk=case.pk).owner for case in cases} == {dan}
    told = {message.to: message for message in Message.objects.filter(template="requests_sar/assigned")}
    assert set(told) == {dan.email, kim.email}
    assert told[dan.email].subject == "3 requests: now with you"
    assert told[kim.email].subject == "2 requests: now with a colleague"
    for message in told.values():
        assert "Okafor" not in message.text
        assert message.text.count("DP-") >= 2


def test_taking_over_tells_who_had_it_and_not_oneself(client, dee) -> None:
    kim = factories.user(Role.DPO, name="Kim")
    case = factories.case(owner=kim)
    page = press(client, "assign_to_me", [case]).content.decode()
    assert "1 request taken over by you" in page
    assert Case.objects.get(pk=case.pk).owner == dee
    assert [message.to for message in Message.objects.all()] == [kim.email]
    assert Message.objects.get().subject == f"{case.reference}: now with a colleague"


def test_only_those_who_may_decide_can_be_given_a_request(client, dee) -> None:
    case, sam = factories.case(), factories.user(Role.STAFF)
    response = press(client, "assign", [case], owner=str(sam.pk))
    assert response.status_code == 422
    assert "Select a valid choice" in response.content.decode()
    case.refresh_from_db()
    assert case.owner is None


def test_the_one_request_page_tells_both_too() -> None:
    dee, dan, kim = (factories.user(Role.DPO, name=name) for name in ("Dee", "Dan", "Kim"))
    case = factories.case(owner=kim)
    services.assign(case=case, owner=dan, by=dee)
    assert {message.to for message in Message.objects.all()} == {dan.email, kim.email}
    with pytest.raises(casework.NotPossible, match="Dan has it already"):
        services.assign(case=Case.objects.get(pk=case.pk), owner=dan, by=dee)


# --- reminding ----------------------------------------------------------------------------------------------------


def test_customers_are_reminded_once_a_day_and_only_when_we_wait(client, dee) -> None:
    waiting, running, unreachable = paused(), factories.case(), paused(requester_email="")
    page = press(client, "remind", [waiting, running, unreachable]).content.decode()
    assert "We do not wait for this customer" in page
    assert "We have no e-mail address of them." in page
    assert Message.objects.get(template="requests_sar/still_waiting").to == "alice@example.com"
    waiting.refresh_from_db()
    assert "They were reminded today already." in press(client, "remind", [waiting]).content.decode()
    assert Message.objects.count() == 1
    assert Entry.objects.filter(verb="case.customer-reminded").count() == 1


# --- doors ----------------------------------------------------------------------------------------------------------


def test_at_most_two_hundred_at_once(client, dee, monkeypatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 2)
    cases = [factories.case() for _ in range(3)]
    response = client.post(QUEUE, ticked("assign_to_me", cases), follow=True)
    assert "At most 2 requests at once. Nothing was done." in response.content.decode()
    response = client.post(reverse("admin:bulk", args=["assign_to_me"]), {"row": rows(cases)}, follow=True)
    assert "Tick the requests in the queue first" in response.content.decode()
    assert not Case.objects.exclude(owner=None).exists()


@pytest.mark.parametrize("row", ["x", "", "0" * 36 + ":1", "'; --:1", "9" * 40])
def test_rows_that_are_none_do_nothing(client, dee, row: str) -> None:
    response = client.post(reverse("admin:bulk", args=["assign_to_me"]), {"row": [row]}, follow=True)
    assert response.status_code == 200
    assert not Happening.objects.exists()


def test_only_by_post_and_only_those_who_decide(client, dee) -> None:
    case = factories.case()
    address = reverse("admin:bulk", args=["assign_to_me"])
    assert client.get(address).status_code == 405
    assert client.post(reverse("admin:bulk", args=["nothing"])).status_code == 404
    client.logout()
    assert press(client, "assign_to_me", [case])["Location"].startswith("/")
    for role in (Role.SUPPORT, Role.STAFF, Role.AUDITOR, Role.ADMINISTRATOR):
        client.force_login(factories.user(role))
        assert press(client, "assign_to_me", [case]).status_code == 403
        client.post(QUEUE, ticked("assign_to_me", [case]))
    assert Case.objects.get(pk=case.pk).owner is None


def test_a_stale_page_loses_politely_for_that_one_only(client, dee) -> None:
    first, second = factories.case(), factories.case()
    stale = rows([first, second])
    services.assign(case=first, owner=factories.user(Role.DPO), by=dee)
    response = client.post(reverse("admin:bulk", args=["assign_to_me"]), {"row": stale})
    assert "Somebody else has just changed this request." in response.content.decode()
    assert Case.objects.get(pk=second.pk).owner == dee


def test_pressing_twice_does_it_once(client, dee) -> None:
    case = ready()
    press(client, "release", [case])
    page = press(client, "release", [case]).content.decode()
    assert "already decided (“Released”)" in page
    assert Letter.objects.filter(case=case, side=Letter.Side.COMPANY).count() == 1


# --- S77 --------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_s77_two_dpos_at_once_one_letter_and_the_second_is_told(round_: int) -> None:
    dee, dan = factories.user(Role.DPO, name="Dee"), factories.user(Role.DPO, name="Dan")
    pk = ready().pk
    seen = Case.objects.get(pk=pk).version
    together, said = threading.Barrier(2), {}

    def decide(name: str, verb: Any, **answers: Any) -> None:
        try:
            case = Case.objects.get(pk=pk)  # both have read it before either acts
            together.wait(10)
            verb(case=case, seen=seen, **answers)
            said[name] = "done"
        except casework.NotPossible as sentence:
            said[name] = str(sentence)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=("release", services.release), kwargs={"by": dee}),
        threading.Thread(
            target=decide,
            args=("refuse", services.refuse),
            kwargs={"by": dan, "ground": Ground.EXCESSIVE, "reason": "The same as last week."},
        ),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(words == "done" for words in said.values()) == [False, True], said
    lost = next(words for words in said.values() if words != "done")
    assert "already decided" in lost
    assert Letter.objects.filter(case=pk, side=Letter.Side.COMPANY).count() == 1
    assert Message.objects.filter(to="alice@example.com").count() == 1
    assert Happening.objects.filter(case=pk, event__in=["release", "refuse"]).count() == 1


def test_s77_the_second_page_says_that_it_is_decided(client, dee) -> None:
    case = ready()
    services.refuse(case=case, by=dee, ground=Ground.EXCESSIVE, reason="The same as last week.")
    response = client.post(reverse("admin:case_act", args=[case.reference, "release"]), {"seen": "0"})
    assert "already decided (“Refused”)" in response.content.decode()
