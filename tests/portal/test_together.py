"""Many threads want the same work at once: it is done in rounds, and nobody fails for another."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.together import Together

SECONDS = 30  # nobody waits this long unless something is wrong


class Works:
    """Doubles numbers, and can be held in the middle of a round."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.rounds.append(list(items))
        self.begun.set()
        assert self.go_on.wait(SECONDS)
        if 13 in items:
            raise ValueError("thirteen")
        return [2 * each for each in items]


def gathered(works: Works, *, most: int, first: int, then: Sequence[int]) -> dict[int, int | str]:
    """What each gets when some come while the round of the first is held."""
    together = Together(works, most=most)
    answers: dict[int, int | str] = {}

    def ask(item: int) -> None:
        try:
            answers[item] = together(item)
        except ValueError as fault:
            answers[item] = str(fault)

    works.go_on.clear()
    threads = [threading.Thread(target=ask, args=(item,), daemon=True) for item in (first, *then)]
    threads[0].start()
    assert works.begun.wait(SECONDS)
    for number, thread in enumerate(threads[1:], 1):
        thread.start()
        while len(together._queue) < number:  # one after the other, so that the order is known
            threading.Event().wait(0.001)
    works.go_on.set()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    return answers


def test_alone_it_is_done_at_once() -> None:
    works = Works()
    together = Together(works, most=5)
    assert [together(1), together(2)] == [2, 4]
    assert works.rounds == [[1], [2]]


def test_those_who_come_in_the_meantime_are_the_next_round() -> None:
    works = Works()
    assert gathered(works, most=5, first=1, then=[2, 3, 4]) == {1: 2, 2: 4, 3: 6, 4: 8}
    assert works.rounds == [[1], [2, 3, 4]]


def test_a_round_takes_no_more_than_it_may() -> None:
    works = Works()
    assert gathered(works, most=2, first=1, then=[2, 3, 4, 5, 6]) == {n: 2 * n for n in range(1, 7)}
    assert works.rounds == [[1], [2, 3], [4, 5], [6]]


def test_who_fails_fails_alone() -> None:
    works = Works()
    assert gathered(works, most=5, first=1, then=[2, 13, 4]) == {1: 2, 2: 4, 13: "thirteen", 4: 8}
    assert works.rounds[:2] == [[1], [2, 13, 4]]
    assert sorted(works.rounds[2:]) == [[2], [4], [13]]


def test_a_failed_first_lets_the_others_through() -> None:
    works = Works()
    assert gathered(works, most=5, first=13, then=[2]) == {13: "thirteen", 2: 4}
    with pytest.raises(ValueError, match="thirteen"):
        Together(works, most=5)(13)


def test_a_thousand_from_many_threads_get_their_own_answers() -> None:
    works = Works()
    together = Together(works, most=7)
    with ThreadPoolExecutor(16) as pool:
        asked = [n for n in range(1000) if n != 13]
        assert list(pool.map(together, asked)) == [2 * n for n in asked]
    assert sorted(n for each in works.rounds for n in each) == asked
    assert not together._queue
    assert not together._busy
