"""Several processes under one roof: started together, watched, restarted with patience, stopped together.

Each process lives in a session of its own, so that Ctrl-C in the terminal reaches only the supervisor, which
then stops them all; and each asks the kernel to be told when the supervisor ends, so that not even kill -9 on
the supervisor leaves one behind (Linux). Knows nothing of Django.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from portal.embedded import die_with_parent

QUICK_SECONDS = 20.0  # a process that ends sooner than this after its start counts as not able to start
QUICK_DEATHS = 5  # so many of them in a row and everything stops
LONGEST_WAIT = 8.0  # seconds between an end and the next start: 1, 2, 4, 8
STOP_SECONDS = 12.0  # for all together to finish what they do
LINE_LIMIT = 64 * 1024  # bytes; a process that never ends its line is cut here


class GaveUp(Exception):
    """A process cannot be kept running; the message is one sentence."""


@dataclass
class Child:
    """One process to keep running: its argument list, and the name that stands before its lines."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    quick_deaths: int = 0
    partial: bytes = b""
    recent: list[str] = field(default_factory=list)


class Supervisor:
    """Runs the children until `stop()` is asked for. `say` prints one line for the person at the terminal."""

    def __init__(
        self, children: list[Child], *, env: dict[str, str], cwd: str, say: Callable[[str], None]
    ) -> None:
        self.children = children
        self.env = env
        self.cwd = cwd
        self.say = say
        self._pipes = selectors.DefaultSelector()

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            self._spawn(child)

    def tend(self, seconds: float) -> None:
        """Pass on what the children say for so long, then start again those that ended.

        Raises GaveUp when one ended five times in a row soon after its start.
        """
        self._read(seconds)
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._note_end(child)
            if child.process is None and time.monotonic() >= child.start_at:
                self._spawn(child)

    def stop(self) -> None:
        """Ask all children to end, in order of the list, and make them after twelve seconds."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            self._signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and any(_runs(child) for child in running):
            self._read(0.1)
        self.kill()

    def kill(self) -> None:
        """End whatever is left of the children and of their own children, at once."""
        for child in self.children:
            if child.process is None:
                continue
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
            self._forget(child)

    def _spawn(self, child: Child) -> None:
        child.process = subprocess.Popen(  # noqa: S603  # the commands are our own
            child.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self.env,
            cwd=self.cwd,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        child.started = time.monotonic()
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._pipes.register(child.process.stdout, selectors.EVENT_READ, child)

    def _note_end(self, child: Child) -> None:
        assert child.process is not None
        code, lived = child.process.returncode, time.monotonic() - child.started
        self._drain(child)
        self._forget(child)
        child.quick_deaths = child.quick_deaths + 1 if lived < QUICK_SECONDS else 0
        if child.quick_deaths >= QUICK_DEATHS:
            word = child.recent[-1] if child.recent else "it said nothing"
            raise GaveUp(
                f"The {child.name} process ended {QUICK_DEATHS} times in a row soon after its start; "
                f"its last line was: {word}"
            )
        wait = min(LONGEST_WAIT, 2.0 ** max(0, child.quick_deaths - 1))
        child.start_at = time.monotonic() + wait
        self.say(f"The {child.name} process ended ({_ending(code)}); starting it again in {wait:.0f} s.")

    def _forget(self, child: Child) -> None:
        if child.process is not None and child.process.stdout is not None:
            with contextlib.suppress(KeyError, ValueError):
                self._pipes.unregister(child.process.stdout)
            child.process.stdout.close()
        child.process = None

    def _signal(self, child: Child, number: int) -> None:
        if child.process is not None:
            with contextlib.suppress(ProcessLookupError):
                child.process.send_signal(number)

    def _read(self, seconds: float) -> None:
        if not self._pipes.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._pipes.select(seconds):
            self._drain(key.data)

    def _drain(self, child: Child) -> None:
        pipe = child.process.stdout if child.process is not None else None
        if pipe is None:
            return
        while chunk := _some(pipe):
            *lines, child.partial = (child.partial + chunk).split(b"\n")
            if len(child.partial) > LINE_LIMIT:
                lines.append(child.partial)
                child.partial = b""
            for line in lines:
                self._pass_on(child, line.decode(errors="replace").rstrip())
        if chunk == b"":  # the other end is closed for good
            with contextlib.suppress(KeyError, ValueError):
                self._pipes.unregister(pipe)

    def _pass_on(self, child: Child, line: str) -> None:
        if line:
            child.recent = [*child.recent[-4:], line]
            self.say(f"{child.name:<11} | {line}")


def _some(pipe: IO[bytes]) -> bytes | None:
    """What there is to read now: bytes, b"" at the end, None when there is nothing at present."""
    try:
        return os.read(pipe.fileno(), 65536)
    except BlockingIOError:
        return None


def _runs(child: Child) -> bool:
    return child.process is not None and child.process.poll() is None


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
