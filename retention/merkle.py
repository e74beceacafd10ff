"""One short value that stands for a list of values: the root of their Merkle tree, as RFC 6962, section 2.1 makes it.

Pure: no Django, no clock, no database. A leaf and an inner node are hashed with different first bytes, so that neither
can be taken for the other. Whoever has the root and the path of one value can see that it was in the list without
seeing the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

LEAF, NODE = b"\x00", b"\x01"
SIZE = 32  # bytes of a hash
Path = tuple[tuple[bool, bytes], ...]  # upwards: whether the neighbour stands on the left, and the neighbour


def root(values: Sequence[bytes]) -> bytes:
    """The root of the tree over the values in this order; of none, the hash of nothing (RFC 6962, section 2.1)."""
    level = _leaves(values)
    if not level:
        return hashlib.sha256().digest()
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path(values: Sequence[bytes], place: int) -> Path:
    """The neighbours that lead from the value at `place` up to the root. Raises IndexError for no such place."""
    if not 0 <= place < len(values):
        raise IndexError(place)
    level, found = _leaves(values), []
    while len(level) > 1:
        neighbour = place ^ 1
        if neighbour < len(level):
            found.append((neighbour < place, level[neighbour]))
        level, place = _above(level), place // 2
    return tuple(found)


def leads_to(value: bytes, way: Path, expected: bytes) -> bool:
    """Whether the path leads from the value to this root."""
    current = hashlib.sha256(LEAF + value).digest()
    for on_the_left, neighbour in way:
        both = neighbour + current if on_the_left else current + neighbour
        current = hashlib.sha256(NODE + both).digest()
    return current == expected


def _leaves(values: Sequence[bytes]) -> list[bytes]:
    sha256 = hashlib.sha256
    return [sha256(LEAF + value).digest() for value in values]


def _above(level: list[bytes]) -> list[bytes]:
    """The nodes of one level up. One left over goes up as it is, which is what the RFC's split comes to."""
    sha256 = hashlib.sha256
    pairs = zip(level[::2], level[1::2], strict=False)
    above = [sha256(NODE + left + right).digest() for left, right in pairs]
    return [*above, level[-1]] if len(level) % 2 else above
