"""Is it alive, is it ready? For load balancers, containers and the person on call.

GET /healthz answers "ok" and touches nothing: the process serves requests.
GET /readyz looks at what a request needs: the database, the broker, the migrations, for each queue a worker that
gave a sign of life in the last 45 seconds, and that no restore has brought back somebody who was erased. It says true
or false and nothing else; the kind of fault is in the log.

`python -m portal.health web|beat|<queue>` is the same question for a container's own health check.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from celery import bootsteps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

log = logging.getLogger(__name__)

QUEUES = ("default", "bulk")
BEAT_SECONDS = 10.0
BEAT_EXPIRES = 45  # seconds: four missed beats and the worker counts as lost
TIMEOUT = 2.0  # seconds; a health check that hangs is worse than one that says no
BEAT_FILE_SECONDS = 600  # the clock process writes its notes every three minutes

_migrated = False


def broker() -> redis.Redis:
    """A connection to the broker that gives up after two seconds. REDIS_URL names the server."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)


def alive_key(queue: str) -> str:
    """The name under which a worker of this queue leaves its sign of life."""
    return f"{settings.CACHES['default']['KEY_PREFIX']}:worker-alive:{queue}"


# --- the worker's side ------------------------------------------------------------------------------------


class SignOfLife(bootsteps.StartStopStep):
    """A Celery worker step: every ten seconds a key that expires, one for each queue the worker takes from.

    It runs in the worker's own event loop, so a worker that hangs falls silent. In portal/celery.py:
    `app.steps["worker"].add(SignOfLife)`.
    """

    requires = {"celery.worker.components:Timer"}

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.entry: Any = None

    def start(self, worker: Any) -> None:
        """Give the first sign at once, so that a start is seen as soon as it happened."""
        connection = broker()
        queues = sorted(worker.app.amqp.queues.consume_from)
        give_sign(connection, queues)
        self.entry = worker.timer.call_repeatedly(BEAT_SECONDS, give_sign, (connection, queues))

    def stop(self, worker: Any) -> None:
        """Fall silent."""
        if self.entry is not None:
            self.entry.cancel()


def give_sign(connection: redis.Redis, queues: list[str]) -> None:
    """Write the keys. A broker that is away is no reason for the worker to end; the keys simply expire."""
    try:
        for queue in queues:
            connection.set(alive_key(queue), "1", ex=BEAT_EXPIRES)
    except redis.RedisError as error:
        log.warning("no sign of life could be left at the broker: %s", type(error).__name__)


# --- the web side -----------------------------------------------------------------------------------------


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive."""
    return HttpResponse(
        "ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Everything a request needs is there: 200, else 503."""
    checks: dict[str, Callable[[], bool]] = {
        "database": _database_answers,
        "broker": _broker_answers,
        "migrations": _migrations_applied,
        "worker": _workers_alive,
        "erasures": _erased_stay_erased,
    }
    answers = {name: _holds(name, check) for name, check in checks.items()}
    status = 200 if all(answers.values()) else 503
    return JsonResponse(answers, status=status, headers={"Cache-Control": "no-store"})


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:
        # Whatever the fault, the answer is "no"; its text may hold addresses, so only its kind is kept.
        log.warning("readiness: %s failed (%s)", name, type(error).__name__)
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def _broker_answers() -> bool:
    with broker() as server:
        return bool(server.ping())


def _migrations_applied() -> bool:
    """Whether nothing is left to migrate. A yes is remembered: new migrations bring a new process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _workers_alive() -> bool:
    with broker() as server:
        return server.exists(*map(alive_key, QUEUES)) == len(QUEUES)


def _erased_stay_erased() -> bool:
    """Whether this database has all that the journal has. A restored one brings people back until it is replayed."""
    from retention import replaying  # needs loaded apps; the workers import this module before

    ahead = replaying.waiting()
    if ahead:
        log.error("the database was restored: run dispose --replay, the journal is %s lines ahead", ahead)
    return not ahead


# --- the container's side ---------------------------------------------------------------------------------


def container_is_healthy(role: str) -> bool:
    """One container's check: `web` answers, `beat` keeps its notes, a queue's worker gave a sign of life."""
    if role == "web":
        return _web_answers()
    if role == "beat":
        oldest = time.time() - BEAT_FILE_SECONDS  # the file system's clock, which nobody shifts
        return any(
            path.stat().st_mtime > oldest for path in Path(settings.RUN_DIR).glob("celerybeat-schedule*")
        )
    with broker() as server:
        return bool(server.exists(alive_key(role)))


def _web_answers() -> bool:
    request = urllib.request.Request(  # a fixed http address on this machine
        f"http://127.0.0.1:{settings.PORT}/healthz", headers={"Host": urlsplit(settings.SITE_URL).netloc}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    sys.exit(0 if container_is_healthy(sys.argv[1]) else 1)
