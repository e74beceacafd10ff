"""Ways to narrow the queue that staff keep by a name. What is kept holds no search text and nothing personal."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from portal.accounts.powers import Power, may
from requests_sar import ranges
from requests_sar.casework import NotPossible
from requests_sar.figures import BY_KEY
from requests_sar.models import Channel, ClockState, SavedFilter
from requests_sar.rights import Right
from requests_sar.workflow import State

MOST = 30  # of one person
LONGEST = 60  # characters of a name
SEARCH = "find"  # the word of the address behind which a search text stands
PASSING = {"p", "all", "count"}  # which page of the list: not part of how it is narrowed


def _one_of(values: Any) -> Callable[[str], bool]:
    known = {str(value) for value in values}
    return lambda value: value in known


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


def _day(value: str) -> bool:
    return not ranges.read({"received_from": value})[1]


# What may be kept: each word of the queue's address with what its value can be. Nothing that anybody typed.
KEPT: dict[str, Callable[[str], bool]] = {
    "tab": _like("[a-z-]{1,20}"),
    "right__exact": _one_of(Right),
    "state__exact": _one_of(State),
    "channel__exact": _one_of(Channel.values),
    "owner": _like("me|nobody|[0-9]{1,9}"),
    "due": _like("late|today|[0-9]{1,2}"),
    "clock": _one_of([*ClockState.values, "silent"]),
    "figure": _one_of(BY_KEY),
    "o": _like("[0-9.-]{1,30}"),
    **dict.fromkeys(ranges.NAMES, _day),
}


def filters_of(by: Any) -> QuerySet[SavedFilter]:
    """What this person sees above the queue: their own and the shared ones."""
    return SavedFilter.objects.filter(Q(owner=by) | Q(shared=True)).select_related("owner")


def keepable(address: str) -> str:
    """The part of a queue's address (behind the "?") that is kept, in one order. Raises NotPossible with what to do."""
    try:
        words = dict(parse_qsl(address, max_num_fields=40))
    except ValueError:
        raise NotPossible("That address has too many parts to be kept.") from None
    if SEARCH in words:
        raise NotPossible(
            "A search cannot be saved, because what was searched for may be somebody's name. "
            "Clear the search, then save the filters without it."
        )
    kept = {name: value for name, value in words.items() if name not in PASSING}
    unknown = [name for name, value in kept.items() if name not in KEPT or not KEPT[name](value)]
    if unknown:
        raise NotPossible("These filters cannot be saved. Choose them again in the queue, then save.")
    return urlencode(sorted(kept.items()))


def save_filter(*, by: Any, name: str, address: str, shared: bool = False) -> SavedFilter:
    """Keep a way to narrow the queue. Raises NotPossible without a name, for a search, and beyond MOST."""
    address, name = keepable(address), _named(name)
    if not address:
        raise NotPossible("Nothing is narrowed yet. Choose a tab or a filter first, then save it.")
    _may_share(by, shared)
    if by.saved_filters.count() >= MOST:
        raise NotPossible(f"You have {MOST} saved filters. Remove one that you do not need any more.")
    try:
        with transaction.atomic():
            return SavedFilter.objects.create(owner=by, name=name, address=address, shared=shared)
    except IntegrityError:
        raise NotPossible(f"You have a filter named “{name}” already. Choose another name.") from None


def change_filter(*, saved: SavedFilter, by: Any, name: str, shared: bool) -> SavedFilter:
    """Give it another name, share it or stop sharing it. Raises NotPossible for somebody else's."""
    _may_change(saved, by)
    if shared != saved.shared:
        _may_share(by, shared=True)
    name = _named(name)
    try:
        with transaction.atomic():
            SavedFilter.objects.filter(pk=saved.pk).update(name=name, shared=shared)
    except IntegrityError:
        raise NotPossible(f"There is a filter named “{name}” already. Choose another name.") from None
    saved.refresh_from_db()
    return saved


def remove_filter(*, saved: SavedFilter, by: Any) -> None:
    """Remove it. The requests stay as they are. Raises NotPossible for somebody else's."""
    _may_change(saved, by)
    saved.delete()


def may_change(saved: SavedFilter, by: Any) -> bool:
    """Its owner may, and for a shared one those who decide requests."""
    return saved.owner_id == by.pk or (saved.shared and may(by, Power.WORK_CASES))


def _may_change(saved: SavedFilter, by: Any) -> None:
    if not may_change(saved, by):
        raise NotPossible("This filter belongs to a colleague. Save one of your own.")


def _may_share(by: Any, shared: bool) -> None:
    if shared and not may(by, Power.WORK_CASES):
        raise NotPossible("Only those who decide requests share filters. Save it for yourself.")


def _named(name: str) -> str:
    name = " ".join(name.replace("\x00", " ").split())
    if not name:
        raise NotPossible("Give the filter a name, for example “Late and mine”.")
    if len(name) > LONGEST:
        raise NotPossible(f"A name has at most {LONGEST} characters. Shorten it.")
    return name
