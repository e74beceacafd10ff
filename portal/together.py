"""Work that many threads want at once, done in rounds: what comes while a round is under way is the next round.

For work whose cost lies in the round and not in what it carries, as in a transaction that must be on disk before
anybody is answered. Alone, a thread does its own work at once and waits for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class _Waiting(Generic[Item, Answer]):
    __slots__ = ("answers", "item", "leads", "woken")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.leads = False
        self.answers: Sequence[Answer] = ()  # the one for this item; none when its round failed
        self.woken = threading.Lock()
        self.woken.acquire()


class Together(Generic[Item, Answer]):
    """A function of one item, for any number of threads, over a function of many.

    work: gets the items of a round in the order in which they came, returns an answer for each. It runs in the thread
    of one of those who wait. When it fails, nothing of the round may stand; then each does its own item alone, so that
    nobody fails for another.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Answer]], *, most: int) -> None:
        self._work, self._most = work, most
        self._lock = threading.Lock()
        self._queue: list[_Waiting[Item, Answer]] = []
        self._busy = False

    def __call__(self, item: Item) -> Answer:
        """The answer for an item. Raises what the work raises for this item alone."""
        mine: _Waiting[Item, Answer] = _Waiting(item)
        with self._lock:
            self._queue.append(mine)
            mine.leads, self._busy = not self._busy, True
        if not mine.leads:
            mine.woken.acquire()
        if mine.leads:
            self._round()
        return (mine.answers or self._work([item]))[0]

    def _round(self) -> None:
        """Do what has gathered, the caller's own among it, and hand on to the first of those who came since."""
        with self._lock:
            now, self._queue = self._queue[: self._most], self._queue[self._most :]
        try:
            self._try(now)
        finally:
            with self._lock:
                after = self._queue[0] if self._queue else None
                self._busy = after is not None
            if after:
                after.leads = True
                after.woken.release()
            for each in now:
                if not each.leads:
                    each.woken.release()

    def _try(self, now: Sequence[_Waiting[Item, Answer]]) -> None:
        try:
            answers = self._work([each.item for each in now])
        except Exception:
            if len(now) == 1:
                raise
            return  # whose item it was shows when each does its own
        for each, answer in zip(now, answers, strict=True):
            each.answers = (answer,)
