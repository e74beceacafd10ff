"""What every benchmark shares: the shape of a result, its printing, and the peak memory of a child process."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One size of one benchmark. `limit_seconds` is the same work done the barest way, in the same run."""

    n: int
    seconds: float
    limit_seconds: float
    peak_mb: float
    more: dict[str, Any] = field(default_factory=dict)


def report(name: str, results: Iterable[Result]) -> None:
    """Print each result as a JSON line as it comes, then all of them as a table."""
    rows = []
    for result in results:
        ratio = result.seconds / result.limit_seconds if result.limit_seconds else float("nan")
        line = {
            "bench": name,
            "n": result.n,
            "seconds": round(result.seconds, 3),
            "limit_seconds": round(result.limit_seconds, 3),
            "ratio": round(ratio, 2),
            "peak_mb": round(result.peak_mb, 1),
            **result.more,
        }
        print(json.dumps(line), flush=True)
        rows.append(line)
    if rows:
        _table(rows)


def _table(rows: list[dict[str, Any]]) -> None:
    heads = list(rows[0])
    cells = [[f"{row.get(head, '')}" for head in heads] for row in rows]
    widths = [max(len(head), *(len(row[i]) for row in cells)) for i, head in enumerate(heads)]
    print()
    for row in [heads, ["-" * width for width in widths], *cells]:
        print("  ".join(value.rjust(width) for value, width in zip(row, widths, strict=True)))
    print(flush=True)


def peak_mb() -> float:
    """The most memory this process ever held, in MB (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def in_child(work: Callable[..., dict[str, Any]], *args: Any) -> dict[str, Any]:
    """Run `work` in a fresh process, so that its peak memory is its own; adds "seconds" and "peak_mb"."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_child, (work, args))


def _child(work: Callable[..., dict[str, Any]], args: tuple[Any, ...]) -> dict[str, Any]:
    import django

    django.setup()
    started = time.perf_counter()
    found = work(*args)
    return {"seconds": time.perf_counter() - started, **found, "peak_mb": peak_mb()}
