"""The frame of every right that ends in a decision: taken up, obstacles said, answered once, told."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from portal.accounts.models import Role
from requests_sar import fulfilment, services
from requests_sar.casework import NotPossible
from requests_sar.models import Letter, Outcome, Proof
from requests_sar.rights import Right
from requests_sar.workflow import State
from retention.models import Hold
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A stand-in for a right's own part: what it was asked to carry out."""
    carried: list[str] = []

    def apply(case, by) -> Outcome:
        carried.append(case.reference)
        return Outcome.GRANTED

    way = fulfilment.Fulfilment(apply=apply)
    monkeypatch.setattr(fulfilment, "of", lambda case: way if case.right == Right.RESTRICTION else None)
    monkeypatch.setattr("requests_sar.letters.tell", lambda case, kind, **context: Letter(case=case))
    return carried


def test_taken_up_holds_the_persons_data_and_answered_lets_go(done: list[str]) -> None:
    dee = factories.user(Role.DPO)
    case = factories.case(
        State.TRIAGE, right=Right.RESTRICTION, subject=factories.subject(), proof=Proof.STAFF
    )
    case = services.take_up(case=case, by=dee)
    assert case.state == State.REVIEW
    assert Hold.objects.get(reference=case.reference).released_at is None
    with pytest.raises(NotPossible, match="who is asking"):
        services.answer(case=case, by=dee)
    assert done == []
    case = services.verify_by_hand(case=case, by=dee, how="called back")
    case = services.answer(case=case, by=dee)
    assert (case.state, case.outcome, done) == (State.CLOSED, Outcome.GRANTED, [case.reference])
    assert case.answered_at is not None
    assert Hold.objects.get(reference=case.reference).released_at is not None


def test_without_a_person_nothing_is_taken_up(done: list[str]) -> None:
    case = factories.case(State.TRIAGE, right=Right.RESTRICTION)
    with pytest.raises(NotPossible, match="Choose the person"):
        services.take_up(case=case, by=factories.user(Role.DPO))


def test_a_copy_is_not_decided_here(done: list[str]) -> None:
    case = factories.case(State.TRIAGE, subject=factories.subject())
    with pytest.raises(NotPossible, match="answered with a copy"):
        services.take_up(case=case, by=factories.user(Role.DPO))


def test_a_late_answer_says_why(done: list[str]) -> None:
    case = factories.case(State.REVIEW, right=Right.RESTRICTION, subject=factories.subject(), due_in=-2)
    with pytest.raises(NotPossible, match="late"):
        services.answer(case=case, by=factories.user(Role.DPO))
    services.answer(case=case, by=factories.user(Role.DPO), late_reason="The archive was flooded.")
    assert done == [case.reference]


@pytest.mark.django_db(transaction=True)
def test_two_officers_answer_at_once_and_one_answer_counts(done: list[str]) -> None:
    dee, dan = factories.user(Role.DPO), factories.user(Role.DPO)
    case = factories.case(State.REVIEW, right=Right.RESTRICTION, subject=factories.subject())
    outcomes: list[str] = []

    def press(by) -> None:
        try:
            services.answer(case=type(case).objects.get(pk=case.pk), by=by, seen=case.version)
            outcomes.append("done")
        except NotPossible:
            outcomes.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(by,)) for by in (dee, dan)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "stale"]
    assert len(done) == 1
