"""Under one roof: what they say is passed on, what ends comes back, what cannot run stops everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal import supervisor as module
from portal.supervisor import Child, GaveUp, Supervisor


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


class Said(list[str]):
    def has(self, part: str) -> bool:
        return any(part in line for line in self)


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def make(said: Said) -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def begin(*children: Child) -> Supervisor:
        supervisor = Supervisor(list(children), env=dict(os.environ), cwd="/", say=said.append)
        made.append(supervisor)
        supervisor.start()
        return supervisor

    yield begin
    for supervisor in made:
        supervisor.kill()


def tend_until(supervisor: Supervisor, holds: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        supervisor.tend(0.05)


def test_every_line_is_passed_on_under_its_name(make: Callable[..., Supervisor], said: Said) -> None:
    code = "import sys, time; print('one'); sys.stderr.write('two\\n'); sys.stdout.flush(); time.sleep(600)"
    supervisor = make(Child("web", python(code)))
    tend_until(supervisor, lambda: said.has("one") and said.has("two"))
    assert all(line.startswith("web ") for line in said)


def test_a_process_that_ends_is_started_again_and_the_last_words_are_kept(
    make: Callable[..., Supervisor], said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUICK_SECONDS", 0.0)  # each life counts as long
    child = Child("worker", python("print('good bye'); raise SystemExit(3)"))
    supervisor = make(child)
    first = child.process
    tend_until(supervisor, lambda: child.process is not None and child.process is not first)
    assert said.has("good bye")
    assert said.has("The worker process ended (exit code 3); starting it again in 1 s.")
    assert child.quick_deaths == 0


def test_a_process_that_was_killed_says_by_which_signal(make: Callable[..., Supervisor], said: Said) -> None:
    child = Child("worker", python("import time; time.sleep(600)"))
    supervisor = make(child)
    assert child.process is not None
    child.process.kill()
    tend_until(supervisor, lambda: said.has("SIGKILL"))


def test_five_quick_ends_stop_everything_with_the_reason(
    make: Callable[..., Supervisor], said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.01)
    child = Child("worker", python("raise SystemExit('the broker refuses us')"))
    supervisor = make(child)
    with pytest.raises(GaveUp, match=r"worker process ended 5 times.*the broker refuses us"):
        tend_until(supervisor, lambda: False)
    assert sum("starting it again" in line for line in said) == 4


def test_the_wait_grows(make: Callable[..., Supervisor], said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = [min(module.LONGEST_WAIT, 2.0 ** max(0, deaths - 1)) for deaths in range(1, 6)]
    assert waits == [1, 2, 4, 8, 8]
    child = Child("worker", python("raise SystemExit(1)"), quick_deaths=2)
    supervisor = make(child)
    tend_until(supervisor, lambda: said.has("starting it again in 4 s"))


def test_stop_lets_a_process_finish(make: Callable[..., Supervisor], said: Said) -> None:
    code = (
        "import os, signal, sys, time\n"
        # print() may be under way when the signal comes, and cannot be entered twice
        "def end(*_):\n    os.write(1, b'finished my work\\n'); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('ready', flush=True); time.sleep(600)"
    )
    supervisor = make(Child("worker", python(code)))
    tend_until(supervisor, lambda: said.has("ready"))
    supervisor.stop()
    assert said.has("finished my work")


def test_stop_makes_an_end_of_what_does_not_listen_and_of_its_children(
    make: Callable[..., Supervisor], said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.3)
    code = (
        "import signal, subprocess, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    )
    child = Child("worker", python(code))
    supervisor = make(child)
    tend_until(supervisor, lambda: bool(said))
    grandchild, process = int(said[0].split("|")[1]), child.process
    assert process is not None
    supervisor.stop()
    assert process.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while runs(grandchild):
        assert time.monotonic() < deadline, "a grandchild was left behind"
        time.sleep(0.02)


def test_a_line_without_end_is_cut(make: Callable[..., Supervisor], said: Said) -> None:
    length = 3 * module.LINE_LIMIT
    code = f"import sys, time; sys.stdout.write('x' * {length}); sys.stdout.flush(); time.sleep(600)"
    child = Child("web", python(code))
    supervisor = make(child)
    tend_until(supervisor, lambda: sum(line.count("x") for line in said) > module.LINE_LIMIT)
    assert len(child.partial) <= 2 * module.LINE_LIMIT


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent ended")
def test_kill_9_on_the_supervisor_leaves_no_process_behind() -> None:
    code = (
        "import os, sys; from portal.supervisor import *\n"
        "child = Child('x', [sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "s = Supervisor([child], env=dict(os.environ), cwd='/', say=print); s.start()\n"
        "print(child.process.pid, flush=True)\n"
        "while True: s.tend(1)"
    )
    parent = subprocess.Popen(python(code), stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert runs(child)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while runs(child):
        assert time.monotonic() < deadline, "the child outlived its supervisor"
        time.sleep(0.02)
