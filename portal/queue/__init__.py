"""Handing work to the workers. The row is the truth; the message only says "look at this row soon".

If the broker is down the row stays, and the beat task that looks for waiting rows picks it up later. So a
customer's request never fails because a queue does.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import transaction

log = logging.getLogger(__name__)
_PAUSE = 1.0  # seconds
_on_their_way: dict[str, float] = {}  # task -> until when (monotonic) the one that was sent has not begun


def enqueue(task: Any, *ids: int | str, queue: str | None = None) -> None:
    """Send a task once the present transaction is committed. Arguments are ids only, never values."""

    def send() -> None:
        try:
            task.apply_async(args=ids, **({"queue": queue} if queue else {}))
        except Exception:
            # Every fault of the broker looks different (refused, timed out, read-only); all mean: beat will find it.
            log.warning("the broker did not take task %s; beat will pick its row up", task.name)

    transaction.on_commit(send)


def nudge(task: Any) -> None:
    """Let a task that deals with everything that waits begin in a second, once the present transaction is committed.

    Whatever is committed within that second is found by the same one, so that many small acts send it once.
    """

    def send() -> None:
        now = time.monotonic()
        if now < _on_their_way.get(task.name, now):
            return
        _on_their_way[task.name] = now + _PAUSE
        try:
            task.apply_async(countdown=_PAUSE)
        except Exception:
            log.warning("the broker did not take task %s; beat will start it", task.name)

    transaction.on_commit(send)
