"""`make run`: the whole portal on one machine, for development and for trying it out.

Starts PostgreSQL and Valkey from wheels unless DATABASE_URL and REDIS_URL name others, migrates, loads the
example company the first time, then runs web, workers and the clock under one supervisor until Ctrl-C.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO, Any

import redis
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from examples import people
from portal import embedded, health, worker
from portal.accounts.models import User
from portal.audit.models import Entry
from portal.audit.trail import Verb
from portal.supervisor import Child, GaveUp, Supervisor
from subjects.management.commands import load_example
from subjects.models import Subject

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ADDRESS = "127.0.0.1"
CHECK_SECONDS = 5.0  # between two looks at the database and the broker
READY_SECONDS = 60.0  # for the web process to answer the first time


class Stop(BaseException):
    """Ctrl-C, or a polite request to end (SIGTERM, SIGHUP). Not an error: nothing may swallow it."""


class CannotRun(Exception):
    """Why the portal cannot run, in one sentence that says what to do."""


class Command(BaseCommand):
    """Run everything in the foreground; Ctrl-C stops everything."""

    help = "Run the whole portal here: database, broker, web, workers and clock. Ctrl-C stops it."
    requires_system_checks: list[str] = []  # some look into the database, which does not run yet

    def handle(self, *args: Any, **options: Any) -> None:
        for number in SIGNALS:
            signal.signal(number, _raise_stop)
        if settings.PRODUCTION:
            _fail("`up` is for development. In production run the processes of docker-compose.yml.")
        if os.environ.pop("UP_WITH_PARENT", ""):
            embedded.end_with_parent()
        try:
            self._run()
        except Stop:
            self._say("Stopped.")
        except (CannotRun, GaveUp, embedded.ServiceError) as problem:
            _fail(str(problem))

    def _run(self) -> None:
        with _only_one_here():
            _check_port()
            with _services(self._say) as services:
                _check_servers()
                self._prepare()
                self._serve(services)

    def _say(self, line: str) -> None:
        try:
            self.stdout.write(line)
            self.stdout.flush()
        except BrokenPipeError:  # whoever read our words is gone, and with them the reason to run
            raise Stop from None

    def _prepare(self) -> None:
        # Broken code is better told once and in short here than by every process at length.
        with _or_say("The portal does not pass its own checks", "`python manage.py check` shows all of it."):
            call_command("check", stdout=io.StringIO())
        self._say("Bringing the database up to date ...")
        with _or_say(
            "The database could not be brought up to date",
            "`python manage.py migrate` shows all of it; `make demo-reset` starts afresh.",
        ):
            call_command("migrate", verbosity=0, interactive=False)
        if _example_is_wanted():
            self._say("Loading the example company (only this first time) ...")
            with _or_say(
                "The example company could not be loaded",
                "`make demo-reset` tries again from an empty database.",
            ):
                call_command("load_example")
                call_command("load_example_choices")
        connections.close_all()

    def _serve(self, services: embedded.Services | None) -> None:
        supervisor = Supervisor(_children(), env=_environment(), cwd=str(settings.BASE_DIR), say=self._say)
        watch = _Watch(services, self._say)
        try:
            supervisor.start()
            self._wait_for_web(supervisor)
            self._say(_welcome())
            while True:
                supervisor.tend(0.5)
                watch.look()
        finally:
            self._stop(supervisor)

    def _stop(self, supervisor: Supervisor) -> None:
        """Politely, or at once when asked a second time; what follows is short and must not be torn."""
        try:
            with contextlib.suppress(OSError, ValueError):
                self.stdout.write("Stopping; press Ctrl-C again to stop at once ...")
            supervisor.stop()
        except Stop:
            supervisor.kill()
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def _wait_for_web(self, supervisor: Supervisor) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not _web_answers():
            supervisor.tend(0.2)
            if time.monotonic() > deadline:
                raise CannotRun(
                    f"The web process did not answer within {READY_SECONDS:.0f} seconds; see its lines."
                )


def _raise_stop(number: int, frame: FrameType | None) -> None:
    raise Stop


def _fail(sentence: str) -> None:
    sys.stderr.write(f"\n{sentence}\n")
    raise SystemExit(1)


@contextlib.contextmanager
def _or_say(what: str, remedy: str) -> Iterator[None]:
    """Turn any fault of a step into one sentence: what failed, the first telling line, the remedy."""
    try:
        yield
    except Exception as error:
        # Migrations, checks and data may fail in any way at all; the person must learn which step it was.
        raise CannotRun(f"{what}: {_first_line(error)} {remedy}") from error


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.endswith(":")]
    line = (telling or lines or [type(error).__name__])[0]
    return line if line.endswith((".", "!", "?")) else f"{line}."


# --- before the start -------------------------------------------------------------------------------------


@contextlib.contextmanager
def _only_one_here() -> Iterator[IO[str]]:
    """Hold this checkout's lock; a second `make run` beside the first is told where the first one is."""
    settings.RUN_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.RUN_DIR / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            where = lock.read().strip() or "this checkout"
            raise CannotRun(
                f"The portal already runs here: {where}. Stop that one first (Ctrl-C in its terminal)."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {settings.SITE_URL}/")
        lock.flush()
        yield lock


def _check_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, settings.PORT))
        except OSError as error:
            raise CannotRun(
                f"Port {settings.PORT} cannot be used ({error.strerror}). "
                f"Stop the program that has it, or choose another port: PORT={_another_port()} make run"
            ) from error


def _another_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _services(say: Any) -> Iterator[embedded.Services | None]:
    """The embedded servers, if one of them is what the settings name."""
    own = {embedded.database_url(settings.RUN_DIR), embedded.redis_url(settings.RUN_DIR)}
    if not own & {settings.DATABASE_URL, settings.REDIS_URL}:
        yield None
        return
    say("Starting PostgreSQL and Valkey ...")
    with embedded.start(settings.RUN_DIR) as services:
        yield services


def _check_servers() -> None:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise CannotRun(
            f"The database does not answer ({_first_line(error)}) Check DATABASE_URL, or unset it."
        ) from error
    try:
        with health.broker() as server:
            server.ping()
    except redis.RedisError as error:
        raise CannotRun(
            f"The broker does not answer ({_first_line(error)}) Check REDIS_URL, or unset it."
        ) from error


# --- while it runs ----------------------------------------------------------------------------------------


class _Watch:
    """Looks at the embedded servers now and then and starts them again when they are gone."""

    def __init__(self, services: embedded.Services | None, say: Any) -> None:
        self.services = services
        self.say = say
        self.next_look = time.monotonic() + CHECK_SECONDS

    def look(self) -> None:
        """Raises ServiceError when a server that is gone cannot be started again."""
        if self.services is None or time.monotonic() < self.next_look:
            return
        trouble = self.services.trouble()
        if trouble:
            self.say(f"{trouble} Starting it again ...")
            self.services.revive()
        self.next_look = time.monotonic() + CHECK_SECONDS


def _children() -> list[Child]:
    """In the order in which they are stopped: no new requests, no new work, then the workers finish."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--quiet", "-A", "portal"]
    web = [*python, "gunicorn", "portal.wsgi:application", "--bind", f"{ADDRESS}:{settings.PORT}"]
    web += ["--workers", "2", "--threads", "4", "--graceful-timeout", "5", "--no-control-socket"]
    notes = Path(settings.RUN_DIR) / "celerybeat-schedule"
    return [
        Child("web", [*web, "--log-level", "warning"]),
        Child("clock", [*celery, "beat", "--schedule", str(notes), "--pidfile", "", "--loglevel", "WARNING"]),
        Child("worker", worker.command("default", 2, "--loglevel", "WARNING")),
        Child("bulk worker", worker.command("bulk", 1, "--loglevel", "WARNING")),
    ]


def _environment() -> dict[str, str]:
    ours = {"PORTAL_MODE": settings.PORTAL_MODE, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    ours |= {"RUN_DIR": str(settings.RUN_DIR), "PORT": str(settings.PORT), "PYTHONUNBUFFERED": "1"}
    # The address and the sign-ins must stay in sight: only what is wrong is said. LOG_LEVEL=INFO says all.
    # Said otherwise at every start: no collected static files (found where they lie), workers run by root.
    known = "ignore:No directory at:UserWarning,ignore::UserWarning:celery.platforms"
    quiet = {"LOG_LEVEL": "WARNING", "PYTHONWARNINGS": known}
    return quiet | os.environ | ours


def _web_answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}:{settings.PORT}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _example_is_wanted() -> bool:
    """Yes for an empty database, and for one in which loading was cut off (staff, but no last mark)."""
    if Subject.objects.exists():
        begun = User.objects.filter(email__in=[email for email, _, _ in load_example.STAFF]).exists()
        return begun and not _example_is_loaded()
    return True


def _example_is_loaded() -> bool:
    return Entry.objects.filter(verb=Verb.EXAMPLE_LOADED).exists()


def _welcome() -> str:
    """Where to go and as whom; the sign-ins only if the example company is there."""
    site = settings.SITE_URL
    lines = ["", "  The portal runs. Ctrl-C stops all of it.", "", f"  Customers   {site}/"]
    if _example_is_loaded():
        cast = [person.email for person in people.cast(timezone.localdate())[:3]]
        lines += [f"              ask for your data as {cast[0]}, {cast[1]} or {cast[2]} (30,000 records)"]
    lines += [
        f"  E-mails     {site}/dev/mailbox/",
        "              every message the portal sends, with the codes",
    ]
    lines += [f"  Staff       {site}/admin/"]
    if _example_is_loaded():
        lines += [f"              password {load_example.EXAMPLE_PASSWORD}, as"]
        lines += [f"              {email:<30} {role.label}" for email, _, role in load_example.STAFF]
    else:
        lines += ["              make the first account with: .venv/bin/python manage.py createsuperuser"]
    connections.close_all()
    return "\n".join([*lines, ""])
