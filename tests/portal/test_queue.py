"""Many small acts wake a task once; what is not committed wakes none."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from portal import queue

pytestmark = pytest.mark.django_db(transaction=True)


class Task:
    """What a nudge needs of a task, and a note of each time it was sent."""

    name = "tests.of_nudges"

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.down = False

    def apply_async(self, **options: Any) -> None:
        if self.down:
            raise ConnectionError("nobody there")
        self.sent.append(options)


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(queue.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(queue, "_on_their_way", {})
    return now


def test_what_comes_within_a_second_is_found_by_the_one_that_is_on_its_way(clock: list[float]) -> None:
    task = Task()
    queue.nudge(task)
    clock[0] += 0.9
    queue.nudge(task)
    assert task.sent == [{"countdown": 1.0}]  # it begins after both
    clock[0] += 0.2
    queue.nudge(task)
    assert len(task.sent) == 2


def test_what_is_not_committed_wakes_nobody_and_does_not_count(clock: list[float]) -> None:
    task = Task()
    with transaction.atomic():
        queue.nudge(task)
        transaction.set_rollback(True)
    assert task.sent == []
    with transaction.atomic():
        queue.nudge(task)
        assert task.sent == []
    assert len(task.sent) == 1


def test_a_broker_that_is_down_stops_no_act(clock: list[float], caplog) -> None:
    task = Task()
    task.down = True
    queue.nudge(task)
    assert "did not take task tests.of_nudges" in caplog.text
