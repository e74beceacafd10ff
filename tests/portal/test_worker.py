"""How a worker is started, and that it speaks to nobody who could keep it from ending."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from portal import worker
from portal.health import broker


def heard(seconds: float, begin: Callable[[], Any]) -> list[str]:
    """Where something was published on the broker since `begin()` was called, and for so long after it."""
    with broker() as server, server.pubsub(ignore_subscribe_messages=True) as ear:
        ear.psubscribe("*celeryev*")
        ear.get_message(timeout=1)
        begin()
        until, places = time.monotonic() + seconds, []
        while (left := until - time.monotonic()) > 0:
            word = ear.get_message(timeout=left)
            places += [word["channel"].decode()] if word else []
    return places


@pytest.mark.parametrize("silent", [worker.SILENT, ("--without-gossip", "--without-mingle")])
def test_a_worker_tells_the_others_nothing(
    start_worker: Callable[..., Any], silent: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Celery's heartbeats go out every two seconds, and one that finds no broker is tried for ever, even by a worker
    that ends: `make run`, killed at such a moment, left a worker behind. The second case shows that we would hear one.
    """
    monkeypatch.setattr(worker, "SILENT", silent)
    places = heard(2.5, lambda: start_worker(queues="bulk", processes=1))
    assert bool(places) is (silent != ("--without-heartbeat", "--without-gossip", "--without-mingle"))


def test_the_containers_way_to_start_one(
    start_worker: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m portal.worker`: the fixture waits until it takes tasks."""

    def by_module(queues: str, processes: int, *more: str) -> list[str]:
        return [sys.executable, "-m", "portal.worker", queues, str(processes), *more]

    monkeypatch.setitem(start_worker.__globals__, "worker_command", by_module)
    started = start_worker(queues="bulk", processes=1)
    started.process.terminate()
    assert started.process.wait(30) == 0


def test_the_name_says_which_queues() -> None:
    assert worker.options("default,bulk", 3)[-2:] == ["-n", "default-bulk@%h"]
    assert worker.options("bulk", 1, "-n", "mine@%h").count("-n") == 1


@pytest.mark.parametrize("wrong", [[], ["default"], ["default", "many"]])
def test_wrong_arguments_are_told_the_right_ones(wrong: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal.worker", *wrong], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "QUEUE[,QUEUE] PROCESSES" in done.stderr
