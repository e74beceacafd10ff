"""Handing work to the workers. The row is the truth; the message only says "look at this row soon".

If the broker is down the row stays, and the beat task that looks for waiting rows picks it up later. So a
customer's request never fails because a queue does.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

log = logging.getLogger(__name__)


def enqueue(task: Any, *ids: int | str, queue: str | None = None) -> None:
    """Send a task once the present transaction is committed. Arguments are ids only, never values."""

    def send() -> None:
        try:
            task.apply_async(args=ids, **({"queue": queue} if queue else {}))
        except Exception:
            # Every fault of the broker looks different (refused, timed out, read-only); all mean: beat will find it.
            log.warning("the broker did not take task %s; beat will pick its row up", task.name)

    transaction.on_commit(send)
