"""The register in use: the file named by the setting REGISTER_FILE, read once.

The only module of this package that knows Django.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks

from .model import DEFAULT_FILE, Register, RegisterError, load
from .periods import Period, Unit

KEPT_AS_LONG = {"package", "found-files"}  # things that the setting PACKAGE_DAYS destroys


def current() -> Register:
    """The register of this installation; read on first use and kept for the life of the process.

    Raises RegisterError if the file cannot be used; `check_register` reports that at start-up.
    """
    return _load(str(getattr(settings, "REGISTER_FILE", "") or DEFAULT_FILE))


def version() -> str:
    """Short name of the register in use ("2026-11-23.1a2b3c4d"), to note beside what was decided by it."""
    return current().version


@functools.lru_cache(maxsize=8)  # tests switch between files
def _load(path: str) -> Register:
    return load(Path(path))


def check_register(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """System check: one error for each problem in the register file, and one if PACKAGE_DAYS belies it."""
    try:
        register = current()
    except RegisterError as error:
        return [
            checks.Error(f"{each.file}: {each.key}: {each.what}", hint=each.remedy, id="register.E001")
            for each in error.problems
        ]
    return _package_days(register)


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
