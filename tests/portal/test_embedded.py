"""The embedded servers: addresses, starting, sharing, surviving, and a sentence for every fault."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import environ
import psycopg2
import pytest
import redis

from portal import embedded

AS_ROOT = os.geteuid() == 0


def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """A run folder that everybody may walk to, as in an ordinary checkout."""
    folder = Path(tempfile.mkdtemp(prefix="run-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    eventually(lambda: not embedded._all_answer(folder), 10)
    embedded.remove(folder)
    shutil.rmtree(folder, ignore_errors=True)


def ask(run_dir: Path, statement: str) -> list[tuple[object, ...]]:
    settings = environ.Env.db_url_config(embedded.database_url(run_dir))
    words = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"]}
    connection = psycopg2.connect(dbname=settings["NAME"], **words)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


class TestAddresses:
    def test_computing_them_touches_nothing(self, tmp_path: Path) -> None:
        missing = tmp_path / "none"
        embedded.database_url(missing)
        embedded.redis_url(missing)
        assert not missing.exists()

    def test_two_checkouts_never_share(self) -> None:
        one, two = Path("/srv/one/.run"), Path("/srv/two/.run")
        assert embedded.database_url(one) != embedded.database_url(two)
        assert embedded.redis_url(one) != embedded.redis_url(two)

    @pytest.mark.parametrize("name", ["deep/" * 40, "a folder, with a comma", "it's", "été"])
    def test_a_path_no_socket_can_have_is_replaced_by_a_short_one(self, name: str) -> None:
        settings = environ.Env.db_url_config(embedded.database_url(Path("/tmp") / name / ".run"))
        assert len(settings["HOST"].encode()) < 60
        assert settings["HOST"].startswith("/tmp/portal-")
        assert settings["NAME"] == "portal"

    def test_the_forms_that_redis_and_celery_want(self) -> None:
        url = embedded.redis_url(Path("/srv/a/.run"))
        assert url.startswith("unix:///")
        assert redis.Redis.from_url(url).connection_pool.connection_kwargs["db"] == 0
        broker = embedded.broker_url("unix:///run/x/valkey.sock?db=7")
        assert broker == "redis+socket:///run/x/valkey.sock?virtual_host=7"

    @pytest.mark.parametrize("url", ["redis://:secret@valkey:6379/0", "rediss://host/1"])
    def test_other_brokers_pass_unchanged(self, url: str) -> None:
        assert embedded.broker_url(url) == url


class TestServers:
    def test_everything_that_the_portal_needs_and_it_survives_a_restart(self, run_dir: Path) -> None:
        with embedded.start(run_dir) as services:
            assert services.started_here
            assert services.trouble() is None
            ask(run_dir, "CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent")
            ask(run_dir, "CREATE TABLE kept (name text); INSERT INTO kept VALUES ('ÉLODIE Ωμέγα')")
            redis.Redis.from_url(services.redis_url).set("kept", "yes")
        assert not embedded._postgres_answers(run_dir)
        assert not embedded._valkey_answers(run_dir)
        with embedded.start(run_dir) as services:
            assert ask(run_dir, "SELECT unaccent(lower(name)) FROM kept") == [("elodie ωμεγα",)]
            assert ask(run_dir, "SHOW server_version_num")[0][0] >= "180000"  # type: ignore[operator]
            assert ask(run_dir, "SHOW fsync") == [("on",)]
            assert ask(run_dir, "SHOW listen_addresses") == [("",)]
            assert redis.Redis.from_url(services.redis_url).get("kept") == b"yes"

    def test_the_last_one_out_stops_them(self, run_dir: Path) -> None:
        first = embedded.start(run_dir, durable=False)
        second = embedded.start(run_dir, durable=False)
        assert not second.started_here
        first.stop()
        assert second.trouble() is None
        second.stop()
        assert eventually(lambda: not embedded._postgres_answers(run_dir))
        assert eventually(lambda: not embedded._valkey_answers(run_dir))

    def test_not_even_kill_9_leaves_a_server_behind(self, run_dir: Path) -> None:
        script = (
            "import sys, time; from pathlib import Path; from portal import embedded\n"
            "embedded.start(Path(sys.argv[1]), durable=False); print('up', flush=True); time.sleep(600)"
        )
        user = subprocess.Popen([sys.executable, "-c", script, str(run_dir)], stdout=subprocess.PIPE)
        assert user.stdout is not None
        assert user.stdout.readline() == b"up\n"
        user.kill()
        user.wait()
        assert eventually(lambda: not embedded._postgres_answers(run_dir))
        assert eventually(lambda: not embedded._valkey_answers(run_dir))

    def test_a_server_that_dies_is_named_and_comes_back(self, run_dir: Path) -> None:
        with embedded.start(run_dir, durable=False) as services:
            ask(run_dir, "CREATE TABLE kept (name text)")
            redis.Redis.from_url(services.redis_url).shutdown(nosave=True)
            assert eventually(lambda: services.trouble() is not None)
            assert (services.trouble() or "").startswith(("Valkey", "PostgreSQL"))
            services.revive()
            assert services.trouble() is None
            assert ask(run_dir, "SELECT count(*) FROM kept") == [(0,)]

    def test_a_path_too_long_for_a_socket(self, run_dir: Path) -> None:
        deep = run_dir.joinpath(*["a folder with a long name"] * 5)
        for folder in (deep, *deep.parents[:4]):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o711)
        with embedded.start(deep, durable=False) as services:
            assert services.trouble() is None
            assert (deep / "postgres").is_dir(), "the data stays in the run folder"
            assert not embedded._socket_dir(deep).is_relative_to(run_dir)
            assert ask(deep, "SELECT 1") == [(1,)]
        embedded.remove(deep)

    @pytest.mark.skipif(not AS_ROOT, reason="only root has to run PostgreSQL as somebody else")
    def test_root_in_a_private_folder(self, tmp_path: Path) -> None:
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        run_dir = private / ".run"
        before = [folder.stat().st_mode for folder in private.parents]
        with embedded.start(run_dir, durable=False):
            assert ask(run_dir, "SELECT 1") == [(1,)]
            assert private.stat().st_mode & 0o077 == 0, "the private folder was opened"
            assert before == [folder.stat().st_mode for folder in private.parents]
            with pytest.raises(embedded.ServiceError, match="in use"):
                embedded.remove(run_dir)
        home = embedded._home(run_dir)
        assert home.is_dir()
        embedded.remove(run_dir)
        assert not home.exists()

    @pytest.mark.skipif(not AS_ROOT, reason="needs a second user to look from")
    def test_other_users_cannot_connect(self, run_dir: Path) -> None:
        look = "import os, sys; os.setuid(65533); os.listdir(sys.argv[1])"
        with embedded.start(run_dir, durable=False):
            for folder in (embedded._socket_dir(run_dir), embedded._socket_dir(run_dir) / "pg"):
                done = subprocess.run(
                    [sys.executable, "-c", look, str(folder)], capture_output=True, text=True
                )
                assert "PermissionError" in done.stderr


class TestWhatGoesWrong:
    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(embedded.ServiceError, match=r"cannot be written .*set RUN_DIR"):
            embedded.start(tmp_path / "file" / ".run")

    @pytest.mark.skipif(not AS_ROOT, reason="needs root to give a folder away")
    def test_a_folder_of_somebody_else(self, run_dir: Path) -> None:
        os.chown(run_dir, 65533, 65533)
        with pytest.raises(embedded.ServiceError, match="belongs to another user"):
            embedded.start(run_dir)
        os.chown(run_dir, 0, 0)

    def test_data_of_another_version(self, run_dir: Path) -> None:
        (run_dir / "postgres").mkdir()
        (run_dir / "postgres" / "PG_VERSION").write_text("17\n")
        with pytest.raises(embedded.ServiceError, match=r"PostgreSQL 17 and this is 18.*make clean"):
            embedded.start(run_dir)

    def test_a_start_that_was_cut_off_does_not_count_as_done(self, run_dir: Path) -> None:
        unfinished = run_dir / "postgres.unfinished"
        unfinished.mkdir()
        (unfinished / "PG_VERSION").write_text("18\n")
        with embedded.start(run_dir, durable=False):
            assert ask(run_dir, "SELECT 1") == [(1,)]
            assert not unfinished.exists()

    def test_a_number_that_now_belongs_to_another_program_is_no_obstacle(self, run_dir: Path) -> None:
        embedded.start(run_dir, durable=False).stop()
        assert eventually(lambda: not embedded._postgres_answers(run_dir))
        other = subprocess.Popen(["sleep", "600"])
        try:
            note = run_dir / "postgres" / "postmaster.pid"
            note.write_text(f"{other.pid}\n{note.parent}\n1700000000\n5432\n\n\n0 0\nready\n")
            if AS_ROOT:
                shutil.chown(note, embedded.ROOT_STAND_IN)
            with embedded.start(run_dir, durable=False):
                assert ask(run_dir, "SELECT 1") == [(1,)]
        finally:
            other.send_signal(signal.SIGKILL)
            other.wait()

    def test_broken_data_gives_the_servers_own_reason(self, run_dir: Path) -> None:
        embedded.start(run_dir, durable=False).stop()
        assert eventually(lambda: not embedded._postgres_answers(run_dir))
        (run_dir / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
        with pytest.raises(embedded.ServiceError, match=r"PostgreSQL stopped: .*postgresql\.log"):
            embedded.start(run_dir, durable=False)
