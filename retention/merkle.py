"""One short value that stands for a list of values: the root of a hash tree over them (Merkle tree).

Pure: no Django, no clock, no database. A leaf and an inner node are hashed with different first bytes, so that neither
can be taken for the other. Whoever has the root and the path of one value can see that it was in the list without
seeing all the others.

How wide the tree is decides what it costs: a binary one is two hashes for each value, one of width 64 a thirtieth of
that, and its path is longer. The binary one is that of RFC 6962, section 2.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

LEAF, NODE = b"\x00", b"\x01"
BINARY, WIDE = 2, 64
# Upwards: what stands before and behind, in the leaf and then in each node.
Path = tuple[tuple[bytes, bytes], ...]


def root(values: Sequence[bytes], width: int = WIDE) -> bytes:
    """The root of the tree over the values in this order; of none, the hash of nothing (RFC 6962, section 2.1).

    width: how many nodes have one above them, at least two. Raises ValueError for values of several sizes in a
    wide tree.
    """
    level = _leaves(values, width)
    if not level:
        return hashlib.sha256().digest()
    while len(level) > 1:
        level = _above(level, width)
    return level[0]


def path(values: Sequence[bytes], place: int, width: int = WIDE) -> Path:
    """What leads from the value at `place` up to the root. Raises IndexError for no such place."""
    if not 0 <= place < len(values):
        raise IndexError(place)
    level = _leaves(values, width)
    found = [_around(values, place, _of_leaf(width))]
    place //= _of_leaf(width)
    while len(level) > 1:
        around = _around(level, place, width)
        if any(around):  # one that stands alone goes up as it is
            found.append(around)
        level, place = _above(level, width), place // width
    return tuple(found)


def leads_to(value: bytes, way: Path, expected: bytes) -> bool:
    """Whether the path leads from the value to this root."""
    current, kind = value, LEAF
    for before, behind in way:
        current, kind = hashlib.sha256(kind + before + current + behind).digest(), NODE
    return current == expected


def _of_leaf(width: int) -> int:
    """How many values are one leaf: in the binary tree of the RFC each is one by itself."""
    return 1 if width == BINARY else width


def _leaves(values: Sequence[bytes], width: int) -> list[bytes]:
    sha256, size = hashlib.sha256, _of_leaf(width)
    if size == 1:
        return [sha256(LEAF + value).digest() for value in values]
    if len(set(map(len, values))) > 1:
        # What is strung together could be cut in other places: values of one size cannot.
        raise ValueError("the values of a wide tree must be of one size")
    groups = (values[start : start + size] for start in range(0, len(values), size))
    return [sha256(LEAF + b"".join(group)).digest() for group in groups]


def _above(level: list[bytes], width: int) -> list[bytes]:
    """The nodes of one level up. One left over goes up as it is: what the RFC's split comes to in a binary tree."""
    groups = (level[start : start + width] for start in range(0, len(level), width))
    return [
        group[0] if len(group) == 1 else hashlib.sha256(NODE + b"".join(group)).digest() for group in groups
    ]


def _around(values: Sequence[bytes], place: int, size: int) -> tuple[bytes, bytes]:
    start = place - place % size
    return b"".join(values[start:place]), b"".join(values[place + 1 : start + size])
