"""Alive and ready: what the two addresses say, and that they say nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from portal import health

READY = {"database": True, "broker": True, "migrations": True, "worker": True, "erasures": True}


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)


@pytest.fixture
def _workers_seen() -> None:
    with health.broker() as server:
        health.give_sign(server, list(health.QUEUES))


def test_alive_says_ok_and_never_asks_the_database(client: Client) -> None:
    # No database mark on this test: any query would fail it.
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_they_only_show(path: str) -> None:
    client = Client(enforce_csrf_checks=False)
    assert client.post(path).status_code == 405
    assert client.delete(path).status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("_workers_seen")
class TestReady:
    def test_everything_is_there(self, client: Client) -> None:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, READY)
        assert answer["Cache-Control"] == "no-store"
        assert client.head("/readyz").status_code == 200

    def test_no_worker_of_one_queue(self, client: Client) -> None:
        with health.broker() as server:
            server.delete(health.alive_key("bulk"))
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, READY | {"worker": False})

    def test_a_sign_of_life_does_not_last(self) -> None:
        with health.broker() as server:
            for queue in health.QUEUES:
                assert 0 < server.ttl(health.alive_key(queue)) <= health.BEAT_EXPIRES
        assert health.BEAT_EXPIRES > 3 * health.BEAT_SECONDS, "one lost beat must not look like a lost worker"

    def test_a_migration_that_is_not_applied(self, client: Client) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, READY | {"migrations": False})

    def test_no_broker(self, client: Client, settings: Any, tmp_path: Path) -> None:
        settings.REDIS_URL = f"unix://{tmp_path}/none.sock?db=0"
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, READY | {"broker": False, "worker": False})

    def test_no_database_and_not_a_word_about_why(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def refuse(*args: object) -> None:
            raise ConnectionError("password=hunter2 host=db.internal")

        monkeypatch.setattr(connection, "cursor", refuse)
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == READY | {"database": False, "migrations": False, "erasures": False}
        assert "database failed (ConnectionError)" in caplog.text
        assert "hunter2" not in caplog.text


@pytest.mark.worker
def test_a_real_worker_makes_it_ready(celery_worker_process: Any, client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, READY)


@pytest.mark.worker
def test_a_worker_that_serves_one_queue_speaks_for_that_queue_only(
    start_worker: Callable[..., Any], client: Client
) -> None:
    start_worker(queues="default", processes=1)
    assert health.container_is_healthy("default")
    assert not health.container_is_healthy("bulk")
    assert client.get("/readyz").json()["worker"] is False


def test_a_broker_that_is_away_does_not_end_the_worker(settings: Any, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/none.sock?db=0"
    health.give_sign(health.broker(), ["default"])


def test_the_clock_is_healthy_while_it_keeps_its_notes(settings: Any, tmp_path: Path) -> None:
    settings.RUN_DIR = tmp_path
    assert not health.container_is_healthy("beat")
    notes = tmp_path / "celerybeat-schedule.db"
    notes.touch()
    assert health.container_is_healthy("beat")
    old = time.time() - 2 * health.BEAT_FILE_SECONDS
    os.utime(notes, (old, old))
    assert not health.container_is_healthy("beat")


@pytest.mark.django_db
def test_the_web_container_asks_itself(live_server: Any, settings: Any) -> None:
    settings.PORT = live_server.thread.port
    settings.SITE_URL = live_server.url
    assert health.container_is_healthy("web")
    settings.PORT = 1
    assert not health.container_is_healthy("web")
