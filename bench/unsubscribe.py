"""POSTs of a mail program's unsubscribe button against posts to an empty view, under the same gunicorn workers.

Each post is of another person, so each writes its event, its entry on the do-not-contact list and its lines of the
trail, and the database has them on disk (`synchronous_commit = on`) before the answer.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from bench.measure import Result

POSTS = int(os.environ.get("POSTS", "1500"))
WORKERS, CLIENTS = 2, 16
BODY = b"List-Unsubscribe=One-Click"
HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


def _serve(port: int) -> subprocess.Popen[bytes]:
    command = (
        f"-m gunicorn bench.emptyview:application --bind 127.0.0.1:{port} --workers {WORKERS} --threads 8"
    )
    process = subprocess.Popen(
        [sys.executable, *command.split(), "--log-level", "error", "--keep-alive", "30"],
        start_new_session=True,
    )
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("gunicorn did not start")
        try:
            if _post(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/bench/empty") == 200:
                return process
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("gunicorn does not answer")


def _post(line: http.client.HTTPConnection, path: str) -> int:
    line.request("POST", path, BODY, HEADERS)
    answer = line.getresponse()
    answer.read()
    return answer.status


def _all(port: int, paths: Sequence[str]) -> float:
    """Seconds until every path was posted to, by `CLIENTS` lines at once."""
    wrong: list[Any] = []

    def client(mine: Sequence[str]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            wrong.extend(status for path in mine if (status := _post(line, path)) != 200)
        except (OSError, http.client.HTTPException) as fault:
            wrong.append(fault)
        finally:
            line.close()

    threads = [threading.Thread(target=client, args=(paths[i::CLIENTS],)) for i in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"{len(wrong)} posts were not answered with 200: {wrong[0]!r}")
    return time.perf_counter() - started


def _prepare(n: int) -> list[str]:
    """People who agreed, and the paths of their links."""
    import uuid

    from django.utils import timezone

    from consent import links
    from consent.models import ConsentEvent
    from subjects.models import Subject

    mark, now = uuid.uuid4().hex[:8], timezone.now()
    people = Subject.objects.bulk_create(
        Subject(source_key=f"{mark}-{i}", full_name=f"Person {i}", email=f"{mark}{i}@example.com")
        for i in range(n)
    )
    ConsentEvent.objects.bulk_create(
        ConsentEvent(
            subject=each,
            purpose="marketing",
            channel="email",
            act="given",
            how="sign-up",
            happened_at=now,
            recorded_at=now,
        )
        for each in people
    )
    campaign = links.campaign(key=f"bench-{mark}", purpose="marketing", channel="email", name="Bench")
    found = links.many(subjects=people)
    return [urlsplit(links.url(token)).path for token in links.tokens(list(found.values()), campaign)]


def run() -> Iterable[Result]:
    """Posts a second, with the state checked afterwards."""
    from django.db import connection

    from consent.models import ConsentFlag

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {connection.ops.quote_name(connection.settings_dict['NAME'])} "
                       "SET synchronous_commit = on")  # fmt: skip
    warm, paths = _prepare(100), _prepare(POSTS)
    before = ConsentFlag.objects.filter(act="withdrawn", how="one-click").count()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = _serve(port)
    try:
        _all(port, ["/bench/empty"] * 200)
        _all(port, warm)
        # a tenth of each in turn, so that what else the machine does falls on both
        limit = seconds = 0.0
        for part in (paths[at::10] for at in range(10)):
            limit += _all(port, ["/bench/empty"] * len(part))
            seconds += _all(port, part)
        again = _all(port, paths)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
    stopped = ConsentFlag.objects.filter(act="withdrawn", how="one-click").count() - before
    if stopped != POSTS + len(warm):
        raise RuntimeError(f"{stopped} of {POSTS + len(warm)} people are unsubscribed")
    yield Result(
        POSTS,
        seconds,
        limit,
        0.0,
        {
            "posts_a_second": round(POSTS / seconds),
            "empty_a_second": round(POSTS / limit),
            "repeats_a_second": round(POSTS / again),
        },
    )
