"""A crowd of cases in every situation, from a seed: rows alone, for figures and for speed."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from django.utils import timezone

from portal.accounts.models import User
from requests_sar.models import Case, Channel, ClockState, Complaint, Extension, Question
from requests_sar.rights import Right
from requests_sar.workflow import ENDED, OPEN, State
from tests import factories


def crowd(number: int, *, seed: int, today: dt.date, owners: list[User] | None = None) -> list[Case]:
    """So many cases, received in the two years up to today, each as it could really stand."""
    dice = random.Random(seed)
    cases = [_case(dice, today, owners or []) for _ in range(number)]
    Case.objects.bulk_create(cases)
    Question.objects.bulk_create(row for case in cases for row in _questions(dice, case, today))
    Extension.objects.bulk_create(
        Extension(case=case, ground="complex", reason="Many records.", told_on=case.received_on)
        for case in cases
        if dice.random() < 0.15
    )
    Complaint.objects.bulk_create(
        _complaint(dice, case) for case in cases if case.right == Right.COMPLAINT and dice.random() < 0.95
    )
    return cases


def _case(dice: random.Random, today: dt.date, owners: list[User]) -> Case:
    state = dice.choice(list(State))
    received = today - dt.timedelta(days=dice.choice([dice.randrange(45), dice.randrange(730)]))
    case = Case(
        right=dice.choice(list(Right)),
        state=state,
        channel=dice.choice(Channel.values),
        received_on=received,
        clock_start_on=received,
        due_on=dice.choice([received + dt.timedelta(days=dice.choice([30, 92])), today]),
        requester_name=factories.NAMES[dice.randrange(len(factories.NAMES))],
        owner=dice.choice([None, *owners]),
    )
    if state in OPEN:
        _open(dice, case, received)
    elif dice.random() < (0.2 if state == State.WITHDRAWN else 0.9):
        _answered(dice, case, today)
    if state in ENDED:
        case.closed_at = case.answered_at or timezone.now()
    return case


def _open(dice: random.Random, case: Case, received: dt.date) -> None:
    if dice.random() < 0.3:
        case.clock = dice.choice([ClockState.PAUSED, ClockState.WAITING])
        case.due_on, case.stopped_on, case.days_used = None, received, 0
    elif dice.random() < 0.1:  # the files of an answered one are made again
        case.answered_at = timezone.now()
    if dice.random() < 0.1:
        case.customer_wrote_at = timezone.now()


def _answered(dice: random.Random, case: Case, today: dt.date) -> None:
    """At any minute of a day between receipt and today, also around midnight here and in Greenwich."""
    day = case.received_on + dt.timedelta(days=dice.randrange((today - case.received_on).days + 1))
    if dice.random() < 0.3 and case.due_on is not None:
        day = min(today, case.due_on + dt.timedelta(days=dice.choice([0, 1])))
    at = dt.time(dice.choice([0, 23, 12]), dice.choice([0, 30, 59]))
    case.answered_at = timezone.make_aware(dt.datetime.combine(day, at))
    if dice.random() < 0.1:
        case.due_on = None  # referred, or answered while it was paused
    elif case.due_on is not None and day > case.due_on:
        case.late_reason = "We waited for a supplier."


def _complaint(dice: random.Random, case: Case) -> Complaint:
    """Confirmed around its last day, at any minute, or not at all."""
    last = case.received_on + dt.timedelta(days=30)
    day = last + dt.timedelta(days=dice.choice([-20, -1, 0, 1]))
    at = timezone.make_aware(dt.datetime.combine(day, dt.time(dice.choice([0, 12, 23]), 30)))
    when = dice.choice([None, at, at])
    return Complaint(case=case, reply_how="email", acknowledge_by=last, acknowledged_at=when)


def _questions(dice: random.Random, case: Case, today: dt.date) -> list[Any]:
    if dice.random() > 0.4:
        return []
    asked = case.received_on + dt.timedelta(days=dice.randrange(10))
    rows = []
    for pauses in dice.choice([[True], [False], [True, False]]):
        until = dice.choice([None, asked + dt.timedelta(days=dice.randrange(9))])
        rows.append(
            Question(
                case=case, category="which", text="Which?", asked_on=asked, answered_on=until, pauses=pauses
            )
        )
    return rows
