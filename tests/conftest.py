"""What every test stands on: real PostgreSQL, real Valkey, a database of its own, a worker, a browser.

The services are shared by every pytest process of this checkout (they run under .run/test and stop when the
last process ends); each process takes a numbered slot, and with it a database and a Valkey number of its own.
The slot is a locked file, so the kernel frees it when the process ends, however it ends.

The migrated, empty database is kept as a template named after the models and migrations it was made from: a
process copies it in a tenth of a second instead of migrating.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from portal.worker import command as worker_command

CHECKOUT = Path(__file__).resolve().parent.parent
RUN_DIR = CHECKOUT / ".run" / "test"
SLOTS = 500
TEMPLATE_PREFIX = "test_template_"


# --- before Django reads its settings -------------------------------------------------------------------


def _load_embedded() -> ModuleType:
    """portal.embedded without importing the portal package, which brings the Celery application along."""
    name = "_embedded_for_tests"
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / "portal" / "embedded.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _claim_slot() -> tuple[int, IO[str]]:
    """The first free number and its locked file, which must stay open as long as the number is used."""
    folder = RUN_DIR / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, SLOTS):
        file = (folder / str(number)).open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return number, file
    raise pytest.UsageError(f"More than {SLOTS} test processes at once; remove {folder} if that is not so.")


_GIVEN = dict(os.environ)
# Each of the many processes that the tests start would compile the whole portal anew where this is forbidden.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
os.environ["PORTAL_MODE"] = "test"
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
os.environ.setdefault("RUN_DIR", str(RUN_DIR))
os.environ.setdefault("STORAGE_DIR", str(RUN_DIR / f"storage-{os.getpid()}"))
embedded = _load_embedded()
GIVEN_BROKER = bool(os.environ.get("REDIS_URL"))
SERVICES: Any = None
if not (os.environ.get("DATABASE_URL") and GIVEN_BROKER):
    try:
        SERVICES = embedded.start(RUN_DIR, durable=False)
    except embedded.ServiceError as problem:
        raise pytest.UsageError(f"The tests need PostgreSQL and Valkey. {problem}") from None
SLOT, _SLOT_FILE = _claim_slot()
TEST_DATABASE = f"test_portal_{hashlib.sha256(bytes(CHECKOUT)).hexdigest()[:6]}_{SLOT}"
os.environ.setdefault("DATABASE_URL", embedded.database_url(RUN_DIR))
os.environ.setdefault("REDIS_URL", f"{embedded.redis_url(RUN_DIR).removesuffix('db=0')}db={SLOT}")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the settings now; the Django plugin, next in line, sets Django up only when they are."""
    from django.conf import settings

    assert settings.TEST, "PORTAL_MODE=test did not reach the settings"


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """The processes of `pytest -n` begin as this one did, so that each takes a slot of its own."""
    if getattr(session.config.option, "numprocesses", None):
        os.environ.clear()
        os.environ.update(_GIVEN)


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays: the collector need not go through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind: here the stored files of this process."""
    shutil.rmtree(RUN_DIR / f"storage-{os.getpid()}", ignore_errors=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the servers; they stop when no other test process uses them."""
    if SERVICES is not None:
        SERVICES.stop()


# --- the database ---------------------------------------------------------------------------------------


def _schema_fingerprint() -> str:
    """A name for what the migrated database depends on: migrations, models, locked package versions."""
    digest = hashlib.sha256()
    wanted = ("migrations/*.py", "models.py", "models/*.py", "apps.py")
    files = {path for pattern in wanted for path in CHECKOUT.glob(f"[!.]*/**/{pattern}")}
    files |= {CHECKOUT / "requirements" / "base.txt", CHECKOUT / "portal" / "settings.py"}
    for path in sorted(files):
        with contextlib.suppress(OSError):
            digest.update(f"{path.relative_to(CHECKOUT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


class _Maintenance:
    """Statements on the server's maintenance database: the only way to create, copy or drop another one."""

    def __init__(self, settings: dict[str, Any]) -> None:
        import psycopg2

        words = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"]}
        words |= {"password": settings["PASSWORD"], **settings.get("OPTIONS", {})}
        self.connection = psycopg2.connect(dbname="postgres", **{k: v for k, v in words.items() if v})
        self.connection.autocommit = True

    def run(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def names(self, like: str) -> set[str]:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [like])
            return {name for (name,) in cursor.fetchall()}

    def copy(self, source: str, target: str) -> bool:
        """Whether `target` now is a copy of `source`; no when the source is missing or being replaced."""
        import psycopg2

        if source not in self.names(source):
            return False
        try:
            self.run(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY')
        except psycopg2.Error:
            return False
        return True

    def drop(self, name: str) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The database is ours to create and drop (below); Django only brings it up to date."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    from django.db import connections

    connections["default"].settings_dict["TEST"]["NAME"] = TEST_DATABASE


_one_migrates = (RUN_DIR / "template.lock").open("a")


def _begin_from_template(maintenance: _Maintenance) -> None:
    """Copy the template. Where there is none, one process migrates and leaves it, and the others wait for it."""
    template = TEMPLATE_PREFIX + _schema_fingerprint()
    if not maintenance.copy(template, TEST_DATABASE):
        fcntl.flock(_one_migrates, fcntl.LOCK_EX)
        if maintenance.copy(template, TEST_DATABASE):
            fcntl.flock(_one_migrates, fcntl.LOCK_UN)


@pytest.fixture(scope="session")
def _fresh_database(
    request: pytest.FixtureRequest, django_db_modify_db_settings: None
) -> Iterator[_Maintenance]:
    from django.db import connections

    maintenance = _Maintenance(connections["default"].settings_dict)
    maintenance.drop(TEST_DATABASE)
    if not request.config.getoption("create_db"):
        _begin_from_template(maintenance)
    yield maintenance
    _one_migrates.close()
    for connection in connections.all(initialized_only=True):
        connection.close()
    maintenance.drop(TEST_DATABASE)
    maintenance.connection.close()


@pytest.fixture(scope="session")
def django_db_setup(_fresh_database: _Maintenance, django_db_setup: None, django_db_blocker: Any) -> None:
    """pytest-django's own set-up, begun from the template if there is one and leaving one if not."""
    from django.db import connection, connections

    from tests import emptying

    emptying.install()
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # tests empty all tables between them
        cursor.execute("DROP TRIGGER IF EXISTS audit_no_truncate ON audit_entry")
    template = TEMPLATE_PREFIX + _schema_fingerprint()
    stale = _fresh_database.names(TEMPLATE_PREFIX) - {template}
    if template not in _fresh_database.names(template):
        for connection in connections.all(initialized_only=True):
            connection.close()
        if _fresh_database.copy(TEST_DATABASE, template):
            for name in stale:
                _fresh_database.drop(name)
    fcntl.flock(_one_migrates, fcntl.LOCK_UN)


# --- the broker -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _valkey() -> Any:
    import redis

    return redis.Redis.from_url(os.environ["REDIS_URL"])


@pytest.fixture(autouse=True)
def _chain_at_once(request: pytest.FixtureRequest) -> None:
    """Inside a test's transaction the trail is chained at once; a real one does it at its commit."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("_django_db_helper")
        from django.db import connection

        if connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS audit_chain IMMEDIATE")


@pytest.fixture(autouse=True)
def _empty_valkey(_valkey: Any) -> None:
    """No queued task or counter outlives its test. A server named by REDIS_URL is not ours to empty."""
    if not GIVEN_BROKER:
        _valkey.flushdb()


@pytest.fixture(autouse=True)
def _shipped_register() -> None:
    """No version that another test activated is remembered: its row is gone with that test."""
    from portal.register import store

    store.forget()


# --- a real worker --------------------------------------------------------------------------------------


@dataclass
class Worker:
    """A `celery -A portal worker` process on this test's database and broker."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def words(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """End the worker and its children the hard way, as a lost machine would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """Let it finish what it does, then end it; by force after ten seconds."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        self.kill()


def _database_url_of_test() -> str:
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=parts.path.rsplit("/", 1)[0] + f"/{TEST_DATABASE}"))


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """A function that starts a real worker and returns it once it takes tasks; all end with the test."""
    workers: list[Worker] = []

    def begin(*, queues: str = "default,bulk", processes: int = 2, wait: float = 60.0, **env: str) -> Worker:
        log = tmp_path / f"worker-{len(workers)}.log"
        name = f"test-{SLOT}-{len(workers)}@%h"
        command = worker_command(queues, processes, "-l", "INFO", "-n", name)
        environment = os.environ | {"DATABASE_URL": _database_url_of_test()} | env
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command, cwd=CHECKOUT, env=environment, stdout=sink, stderr=sink, start_new_session=True
            )
        worker = Worker(process, log)
        workers.append(worker)
        deadline = time.monotonic() + wait
        while " ready." not in worker.words():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The Celery worker did not become ready:\n{worker.words()[-3000:]}")
            time.sleep(0.05)
        return worker

    yield begin
    for worker in workers:
        worker.kill()  # a polite end takes seconds, and what the test wanted to see has been seen


@pytest.fixture
def celery_worker_process(start_worker: Callable[..., Worker]) -> Worker:
    """One real worker for both queues, two processes."""
    return start_worker()


# --- a real browser -------------------------------------------------------------------------------------

CHROMIUM_ARGS = [
    "--no-sandbox",  # the tests may run as root; the only site visited is our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    # The switch counts once, so that what playwright itself switches off is here again; and the pages that the browser
    # shows of its own accord while somebody types an address: each window would load two.
    "--disable-features=AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
    "AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,NetworkTimeServiceQuerying,PreconnectToSearch,"
    "AimEnabled,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium or Chrome; the test is skipped with the reason when there is none."""
    given = os.environ.get("CHROMIUM", "")
    if given:
        if not os.access(given, os.X_OK):
            pytest.fail(f"CHROMIUM names {given}, which cannot be run.")
        return given
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    pytest.skip("No Chromium here: install it (Debian: apt-get install chromium) or set CHROMIUM.")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """A playwright browser for the whole session. A context in each test is what keeps tests apart."""
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread, which makes Django think that it is in an async view.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, headless=True, args=CHROMIUM_ARGS)
        yield launched
        launched.close()
    if before is None:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page in a fresh context: no cookies, desk-size window, English, ten seconds for anything."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/London", accept_downloads=True)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
