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
    """System check: one error for each problem in the register file."""
    try:
        current()
    except RegisterError as error:
        return [
            checks.Error(f"{each.file}: {each.key}: {each.what}", hint=each.remedy, id="register.E001")
            for each in error.problems
        ]
    return []
