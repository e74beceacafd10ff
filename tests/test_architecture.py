"""The house holds: imports go down, every state has its words, nothing personal leaks into a name."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from django.apps import apps

from portal.audit.trail import Verb
from requests_sar import casework, letters, workflow
from requests_sar.letters import wording
from requests_sar.rights import Right
from requests_sar.workflow import Actor, Event, State
from subjects.checks import OURS

ROOT = Path(__file__).parent.parent


def test_imports_go_down_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_state_has_words_for_both_sides() -> None:
    assert set(workflow.CUSTOMER_WORDS) == set(workflow.STAFF_WORDS) == set(State)


def test_every_event_has_a_verb_and_leads_somewhere() -> None:
    assert set(casework.VERBS) == set(Event)
    assert {event for _, event in workflow.TRANSITIONS} == set(Event)


def test_every_state_can_be_reached_and_every_open_one_left() -> None:
    reached = {State.RECEIVED}
    while more := {m.to for (s, _), m in workflow.TRANSITIONS.items() if s in reached} - reached:
        reached |= more
    assert reached == set(State)
    for state in workflow.OPEN:
        assert any(workflow.events_from(state, actor, right) for actor in Actor for right in Right), state


def test_the_diagram_of_the_readme_is_the_table() -> None:
    assert textwrap.indent(workflow.diagram(), "    ") in (ROOT / "README.md").read_text()


PERSONAL = "Zaphod Beeblebrox zaphod@example.com 07700900999"


@pytest.mark.parametrize("model", [m for label in OURS for m in apps.get_app_config(label).get_models()])
def test_no_model_names_itself_by_personal_data(model) -> None:
    """The admin's own log keeps `str(obj)` for ever, where no erasure would look."""
    one = model()
    for field in model._meta.concrete_fields:
        words = field.get_internal_type() in {"CharField", "TextField", "EmailField"} and not field.choices
        if words and field.name != "reference":
            setattr(one, field.attname, PERSONAL)
    assert not any(word in str(one) for word in PERSONAL.split())


def test_verbs_are_things_and_acts() -> None:
    assert all(verb.value.count(".") == 1 and verb.value == verb.value.lower() for verb in Verb)


# They wait for processes and compare with the times of files; no rule of the product depends on them.
PROCESSES = {"embedded.py", "supervisor.py", "health.py", "up.py"}


def test_nobody_asks_the_wall_for_the_time() -> None:
    """One clock, `timezone.now()`, so that the whole process can run under a shifted one."""
    forbidden = (
        "datetime.now(",
        "date.today(",
        "utcnow(",
        "time.time(",
        "functions import Now",
        "CURRENT_TIMESTAMP",
    )
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for folder in ("portal", "subjects", "consent", "retention", "requests_sar")
        for path in (ROOT / folder).rglob("*.py")
        for word in forbidden
        if word in path.read_text() and path.name not in PROCESSES
    ]
    assert found == []


def test_every_letter_is_declared_and_every_declared_one_is_whole() -> None:
    """requests_sar/letters/__init__.py says how to add one. A wording is text: logic stands in a part."""
    folder = ROOT / "templates" / "letters" / "requests_sar"
    assert {path.stem for path in folder.glob("*.txt")} == set(letters.KINDS)
    for key, kind in letters.KINDS.items():
        assert {path.stem for path in folder.glob(f"{key}/*.txt")} == set(kind.parts), key
        text = letters.shipped(kind)
        assert "{%" not in text, key
        assert wording.problems(text, offered=letters.offered(kind), required=kind.required) == [], key
        assert (ROOT / "templates" / "emails" / "requests_sar" / f"{kind.mail}.body.txt").exists(), key
