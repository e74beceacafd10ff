"""`manage.py up` as a person meets it: its words, its exit code, and what it leaves behind (nothing)."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection

from portal import embedded

CHECKOUT = Path(__file__).resolve().parents[2]
GIVEN_SERVERS = os.environ["DATABASE_URL"] != embedded.database_url(Path(os.environ["RUN_DIR"]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture
def run_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="up-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    eventually(lambda: not embedded._all_answer(folder), 10)
    with contextlib.suppress(embedded.ServiceError):
        embedded.remove(folder)
    shutil.rmtree(folder, ignore_errors=True)


def environment(run_dir: Path, port: int, **more: str) -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "STORAGE_DIR", "SITE_URL", "PORTAL_MODE")
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    return clean | {"PORTAL_MODE": "development", "RUN_DIR": str(run_dir), "PORT": str(port)} | more


def up(env: dict[str, str], **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "up"]
    return subprocess.Popen(
        command, cwd=CHECKOUT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )


def words_of_failure(env: dict[str, str]) -> str:
    """What `up` says when it cannot run; one sentence, exit code 1, no traceback."""
    process = up(env)
    words, _ = process.communicate(timeout=120)
    assert process.returncode == 1, words
    assert "Traceback" not in words
    return words.strip().splitlines()[-1]


def answer_of(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def processes_with(run_dir: Path) -> list[str]:
    """The command lines of all processes that carry this run folder in their environment or arguments."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            traces = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
            if str(run_dir).encode() in traces and state != "Z" and folder.name != str(os.getpid()):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def bring_the_tables(folder: Path) -> None:
    """Put the tables of the tests' own database into that of a run folder, because migrating takes twenty seconds.

    Where these tests run alone for the first time there are none yet, and migrating has all to do.
    """
    programs, ours = embedded._postgres_programs(folder, None), connection.settings_dict
    target = ["-h", str(embedded._socket_dir(folder) / "pg"), "-p", str(embedded.PORT), "-U", "postgres"]
    source = ["-h", ours["HOST"], "-p", str(ours["PORT"]), "-U", ours["USER"], "-d", ours["TEST"]["NAME"]]
    options: Any = {"env": os.environ | {"PGPASSWORD": ours["PASSWORD"]}, "timeout": 120}
    tables = folder / "tables.dump"
    dump = [str(programs / "pg_dump"), "-Fc", "-f", str(tables), *source]
    if subprocess.run(dump, capture_output=True, **options).returncode == 0:
        restore = [str(programs / "pg_restore"), "--no-owner", *target, "-d", embedded.DATABASE, str(tables)]
        subprocess.run(restore, check=True, **options)
    tables.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def once_migrated(django_db_setup: None) -> Iterator[Path]:
    """A run folder whose database is migrated and holds one person, so that the example is not loaded."""
    folder = Path(tempfile.mkdtemp(prefix="up-", dir="/tmp"))
    folder.chmod(0o711)
    env = environment(folder, free_port())
    code = (
        "import django; django.setup()\n"
        "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
        "from subjects.models import Subject; Subject.objects.create()"
    )
    with embedded.start(folder, durable=False):
        if not GIVEN_SERVERS:  # another server may be of another version than our pg_dump
            bring_the_tables(folder)
        env["DJANGO_SETTINGS_MODULE"] = "portal.settings"
        subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, env=env, check=True, timeout=120)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def migrated(once_migrated: Path, run_dir: Path) -> Path:
    """A copy of it: migrating takes longer than all that is tested here."""
    subprocess.run(["cp", "-a", f"{once_migrated}/.", str(run_dir)], check=True, timeout=60)
    return run_dir


class TestItRuns:
    def test_everything_comes_up_says_so_and_goes_away(self, migrated: Path) -> None:
        port = free_port()
        env = environment(migrated, port)
        process = up(env)
        try:
            assert eventually(lambda: answer_of(port, "/readyz")[0] == 200, 90), answer_of(port, "/readyz")
            assert json.loads(answer_of(port, "/readyz")[1])["worker"] is True
            assert answer_of(port, "/privacy/")[0] == 200
            assert answer_of(port, "/dev/mailbox/")[0] == 200
            assert re.search(rf"already runs here: .*localhost:{port}", words_of_failure(env))
        finally:
            process.send_signal(signal.SIGINT)
        words, _ = process.communicate(timeout=60)
        assert process.returncode == 0, words
        assert f"http://localhost:{port}/" in words
        assert "/dev/mailbox/" in words
        assert words.strip().endswith("Stopped.")
        assert "Traceback" not in words
        assert eventually(lambda: not processes_with(migrated), 10), processes_with(migrated)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent ended")
    def test_kill_9_leaves_nothing_behind(self, migrated: Path) -> None:
        port = free_port()
        process = up(environment(migrated, port))
        assert eventually(lambda: answer_of(port, "/readyz")[0] == 200, 90), answer_of(port, "/readyz")
        assert len(processes_with(migrated)) > 5
        process.kill()
        process.communicate(timeout=10)
        assert eventually(lambda: not processes_with(migrated), 30), processes_with(migrated)


class TestItSaysWhyNot:
    def test_a_port_that_is_taken(self, run_dir: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            words = words_of_failure(environment(run_dir, port))
        assert f"Port {port} cannot be used (Address already in use)" in words
        assert re.search(r"PORT=\d+ make run", words)
        assert not (run_dir / "postgres").exists(), "the servers were started for nothing"

    def test_a_database_that_does_not_answer(self, run_dir: Path) -> None:
        env = environment(run_dir, free_port(), DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/x")
        words = words_of_failure(env | {"REDIS_URL": os.environ["REDIS_URL"]})
        assert "The database does not answer" in words
        assert "Check DATABASE_URL" in words
        assert "hunter2" not in words

    def test_a_broker_that_does_not_answer(self, run_dir: Path) -> None:
        env = environment(run_dir, free_port(), REDIS_URL=f"unix://{run_dir}/none.sock?db=0")
        words = words_of_failure(env | {"DATABASE_URL": os.environ["DATABASE_URL"]})
        assert "The broker does not answer" in words
        assert "Check REDIS_URL" in words

    def test_a_migration_that_fails(self, run_dir: Path) -> None:
        with embedded.start(run_dir, durable=False):
            host = str(embedded._socket_dir(run_dir) / "pg")
            connection = psycopg2.connect(dbname="portal", user="postgres", host=host, port=embedded.PORT)
            with connection, connection.cursor() as cursor:
                cursor.execute("CREATE TABLE django_content_type (in_the_way int)")
            connection.close()
        words = words_of_failure(environment(run_dir, free_port()))
        assert "The database could not be brought up to date" in words
        assert "django_content_type" in words
        assert "make demo-reset" in words
        assert eventually(lambda: not processes_with(run_dir), 10), processes_with(run_dir)

    def test_production_is_refused(self, run_dir: Path) -> None:
        env = environment(
            run_dir,
            free_port(),
            PORTAL_MODE="production",
            SECRET_KEY="s" * 50,
            MASTER_KEY="m" * 50,
            SITE_URL="https://rights.example.com",
            EMAIL_URL="smtp://localhost:25",
            STORAGE_DIR=str(run_dir / "storage"),
            DATABASE_URL=os.environ["DATABASE_URL"],
            REDIS_URL=os.environ["REDIS_URL"],
        )
        assert "docker-compose.yml" in words_of_failure(env)


class TestDemoReset:
    def reset(self, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "demo_reset"]
        return subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=170)

    @pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "STORAGE_DIR"])
    def test_it_keeps_its_hands_off_what_is_not_its_own(self, run_dir: Path, name: str) -> None:
        places = {"STORAGE_DIR": str(run_dir)} | os.environ
        done = self.reset(environment(run_dir, free_port(), **{name: places[name]}))
        assert done.returncode == 1
        assert "FORCE=1 make demo-reset" in done.stderr
