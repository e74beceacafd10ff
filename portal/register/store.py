"""The register in use: the newest activated version, or the file named by REGISTER_FILE while there is none.

The only module of this package that knows Django, but for its tables. A process asks the database for the newest
number at most once in REGISTER_CHECK_SECONDS, by one small query, and reads a version's text only when it is a new
one; so every web process and worker uses a new version within that time, and a page costs no query of its own.
Within one request, and within one piece of work (`steady`), the register never changes.

Without a database (system checks, collectstatic, the first migration) the file is used. When the database fails later,
the version in use stays.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.models import Max
from django.db.transaction import TransactionManagementError

from . import completing
from .model import (
    DEFAULT_FILE,
    Register,
    RegisterError,
    build,
    digest_of,
    document_of,
    load,
    parse,
    required_lines,
)
from .models import FILE, Version
from .periods import Period, Unit

log = logging.getLogger(__name__)
T = TypeVar("T")
KEPT_AS_LONG = {"package", "found-files"}  # things that the setting PACKAGE_DAYS destroys


@dataclass
class _Known:
    """What this process knows of the table of versions."""

    number: int = FILE
    looked_at: float = float("-inf")  # monotonic seconds
    has_table: bool = False


@dataclass
class _Held:
    """The register of one request or piece of work, and what else is read once for it; each at its first use."""

    register: Register | None = None
    read: dict[str, Any] = field(default_factory=dict)


_known = _Known()
_held: ContextVar[_Held | None] = ContextVar("register", default=None)


def current() -> Register:
    """The register of this installation, as of now or as of the beginning of the work at hand.

    Raises RegisterError if the file, or the active version, cannot be used; system checks report both at start-up.
    """
    held = _held.get()
    if held is None:
        return _in_use()
    if held.register is None:
        held.register = _in_use()
    return held.register


def version() -> str:
    """Short name of the register in use ("2026-11-23.1a2b3c4d"), to note beside what was decided by it."""
    return current().version


def shipped() -> Register:
    """The register of the file, whatever has been activated since. Raises RegisterError."""
    return _load(str(file()))


def of_version(number: int) -> Register:
    """The register of one version; FILE is the file. Raises RegisterError, or Version.DoesNotExist."""
    if number == FILE:
        return shipped()
    return _version(number, str(file()))


def read(text: str, *, name: str) -> tuple[Register, list[str]]:
    """A register given as TOML, completed from the shipped file, and what was added. Raises RegisterError."""
    whole, added = completing.completed(parse(text, name=name), document_of(file()), required_lines())
    return build(whole, name=name, digest=digest_of(text.encode())), added


def newest() -> Version | None:
    """The active version; None while the file is in use."""
    return Version.objects.order_by("-number").first()


def shipped_digest() -> str:
    """SHA-256 of the shipped file, hex."""
    return shipped().digest


@contextlib.contextmanager
def using(register: Register) -> Iterator[None]:
    """Within this block `current` is the given register: for trying out a draft, or showing an old version."""
    token = _held.set(_Held(register))
    try:
        yield
    finally:
        _held.reset(token)


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """Within this block `current` stays the same, even if somebody activates another version meanwhile."""
    token = _held.set(_held.get() or _Held())
    try:
        yield
    finally:
        _held.reset(token)


def once(what: str, read: Callable[[], T]) -> T:
    """What `read` returns, read once within a request or a piece of work (`steady`) and each time outside of one.

    For what every date or row of a page hangs on and only a command or another process changes.
    """
    held = _held.get()
    if held is None:
        return read()
    if what not in held.read:
        held.read[what] = read()
    found: T = held.read[what]
    return found


def look_again() -> None:
    """Ask the database at the next use, because a version was activated in this process."""
    _known.looked_at = float("-inf")


def forget() -> None:
    """Know nothing of any version, as a process that has just begun: the database was emptied or replaced."""
    _known.looked_at, _known.number = float("-inf"), FILE
    _version.cache_clear()


def file() -> Path:
    """The shipped register, or the one that REGISTER_FILE names."""
    return Path(str(getattr(settings, "REGISTER_FILE", "") or DEFAULT_FILE))


def _in_use() -> Register:
    wait = settings.REGISTER_CHECK_SECONDS
    if wait is not None and time.monotonic() - _known.looked_at >= wait:
        try:
            _known.number = _newest_number()
        except (DatabaseError, TransactionManagementError):
            log.debug("the versions of the register cannot be looked up; the one in use stays")
        _known.looked_at = time.monotonic()
    try:
        return of_version(_known.number)
    except Version.DoesNotExist:  # a database was replaced under us
        forget()
        return shipped()


def _newest_number() -> int:
    """Number of the active version; FILE when there is none, or no table yet (asked in a way that breaks nothing)."""
    if not _known.has_table:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [Version._meta.db_table])
            _known.has_table = bool(cursor.fetchone()[0])
        if not _known.has_table:
            return FILE
    return Version.objects.aggregate(newest=Max("number"))["newest"] or FILE


@functools.lru_cache(maxsize=8)  # tests switch between files
def _load(path: str) -> Register:
    return load(Path(path))


@functools.lru_cache(maxsize=16)  # versions never change; another file may complete one differently
def _version(number: int, path: str) -> Register:
    text = Version.objects.values_list("text", flat=True).get(number=number)
    register, added = read(text, name=f"version {number}")
    if added:
        log.warning("version %s of the register lacks what this release ships: %s", number, ", ".join(added))
    return register


# --- system checks ------------------------------------------------------------------------------------------


def check_register(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """System check: one error for each problem in the register file, and one if PACKAGE_DAYS belies it."""
    try:
        register = shipped()
    except RegisterError as error:
        return _errors(error, "register.E001")
    return _package_days(register)


def check_version(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check with the database (`migrate`, `check --database default`): the active version fits this release."""
    if not databases:
        return []
    try:
        number = _newest_number()
        return [] if number == FILE else _package_days(of_version(number))
    except DatabaseError:
        return []
    except RegisterError as error:
        return _errors(error, "register.E003")


def _errors(error: RegisterError, code: str) -> list[checks.CheckMessage]:
    return [
        checks.Error(f"{each.file}: {each.key}: {each.what}", hint=each.remedy, id=code)
        for each in error.problems
    ]


def _package_days(register: Register) -> list[checks.CheckMessage]:
    """The notice tells people how long their files stay; the setting that destroys them must agree."""
    kept = Period(settings.PACKAGE_DAYS, Unit.DAY)
    return [
        checks.Error(
            f"The register says that files are kept for {each.period}, but PACKAGE_DAYS keeps them for {kept}.",
            hint=f'Set PACKAGE_DAYS to the same, or write period = "{kept}" in [[short_lived]] {each.key}.',
            id="register.E002",
        )
        for each in register.short_lived
        if each.key in KEPT_AS_LONG and each.period != kept
    ]
