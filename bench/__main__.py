"""`python -m bench` runs all benchmarks, `python -m bench NAME` one.

A benchmark is a module in this folder with `run() -> Iterable[Result]`. They work on a database of their own
under .run/bench (or on DATABASE_URL and REDIS_URL when those are set).
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from portal import embedded

FOLDER = Path(__file__).parent
RUN_DIR = FOLDER.parent / ".run" / "bench"


def names() -> list[str]:
    """The benchmarks there are."""
    return sorted(
        path.stem
        for path in FOLDER.glob("*.py")
        if path.stem not in {"__init__", "__main__", "measure", "worker", "emptyview"}
    )


def main() -> int:
    """Run what was asked for; returns the exit code."""
    wanted = sys.argv[1:] or names()
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}. There are: {', '.join(names())}.", file=sys.stderr)
        return 2
    os.environ.setdefault("PORTAL_MODE", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("RUN_DIR", str(RUN_DIR))
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    own = not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
    services = embedded.start(RUN_DIR) if own else None
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from bench import measure

        for name in wanted:
            measure.report(name, importlib.import_module(f"bench.{name}").run())
    finally:
        if services:
            services.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
