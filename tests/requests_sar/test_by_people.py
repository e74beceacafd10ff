"""S75: what computers decide here (nothing), and the pages that say so."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from portal.audit.models import Entry
from portal.register import store
from requests_sar import casework, services
from requests_sar.casework import NotPossible
from requests_sar.rights import Right
from requests_sar.workflow import ENDED, TRANSITIONS, Actor, Event, State
from tests import customer, factories

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("requests_sar", "portal", "subjects", "consent", "retention")

# What the portal does by itself: nothing here weighs anything. `applied` ends what a person approved.
BY_ITSELF = {Event.ASK_CODE, Event.COLLECTED, Event.APPLIED}


def test_s75_the_table_lets_no_computer_decide_refuse_or_close() -> None:
    by_system = {event for (_, event), move in TRANSITIONS.items() if Actor.SYSTEM in move.by}
    assert by_system == BY_ITSELF
    for (state, event), move in TRANSITIONS.items():
        if move.to in ENDED and Actor.SYSTEM in move.by:
            assert (state, event, move.to) == (State.APPLYING, Event.APPLIED, State.CLOSED)
    leads_to_applying = [
        (event, move.by) for (_, event), move in TRANSITIONS.items() if move.to is State.APPLYING
    ]
    assert leads_to_applying == [(Event.APPROVE, frozenset({Actor.STAFF}))]
    for (_, event), move in TRANSITIONS.items():
        if event in {Event.ANSWER, Event.APPROVE, Event.REFUSE, Event.REFER, Event.RELEASE, Event.CLOSE}:
            assert move.by == frozenset({Actor.STAFF}), event


def moves_without_a_person() -> set[str]:
    """The events of every call of `move` in our code whose actor is None, by reading the code."""
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "move":
                    nobody = any(
                        word.arg == "by" and isinstance(word.value, ast.Constant) and word.value.value is None
                        for word in node.keywords
                    )
                    if nobody:
                        found.add(ast.unparse(node.args[1]))
    return found


def test_s75_no_line_of_code_moves_a_case_by_itself_but_for_these() -> None:
    assert moves_without_a_person() == {"Event.ASK_CODE", "Event.COLLECTED", "Event.APPLIED"}


def test_s75_tasks_and_reminders_call_none_of_the_verbs_that_decide() -> None:
    deciding = {
        "answer",
        "approve",
        "refuse",
        "refer",
        "release",
        "close",
        "weigh",
        "decide_pause",
        "take_up",
    }
    for path in [*ROOT.glob("*/tasks.py"), ROOT / "requests_sar" / "reminders.py"]:
        called = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
        }
        assert not called & deciding, path


@pytest.mark.django_db
@pytest.mark.parametrize("right", [Right.RESTRICTION, Right.OBJECTION, Right.ACCESS, Right.COMPLAINT])
def test_s75_asked_to_decide_by_itself_the_system_is_refused(right: Right) -> None:
    case = factories.case(State.REVIEW, right=right, subject=factories.subject())
    for event in (Event.ANSWER, Event.REFUSE, Event.CLOSE, Event.RELEASE, Event.WITHDRAW):
        with pytest.raises(NotPossible):
            casework.move(case, event, by=None)
    with pytest.raises(NotPossible):
        services.refuse(case=case, by=None, ground="unfounded", reason="The computer says no.")
    case.refresh_from_db()
    assert case.state == State.REVIEW


# --- the pages that say so ---


@pytest.mark.django_db
def test_s75_the_page_about_decisions_by_computer_tells_the_truth_and_writes_nothing_down(
    client: Client,
) -> None:
    page = client.get(reverse("start", args=["automated-decisions"]))
    words = customer.main(page)
    register = store.current()
    assert register.automated_decisions.made is False
    assert register.automated_decisions.sentence in words
    assert "a person decides it and answers you" in words
    for way in (register.contacts.rights, register.controller.phone, "complain", "object"):
        assert way in words
    assert "online yet" not in words
    assert not Entry.objects.exists()
    assert client.post(reverse("start", args=["automated-decisions"])).status_code == 200


@pytest.mark.django_db
def test_how_we_use_your_data_says_which_notice_it_is_and_what_it_cannot_say(client: Client) -> None:
    page = client.get(reverse("start", args=["informed"]), follow=True)
    words = customer.main(page)
    register = store.current()
    assert register.version in words
    assert "This portal shows the present notice only." in words
    assert "what has changed since" in words
