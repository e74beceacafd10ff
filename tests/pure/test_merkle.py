"""The tree over the digests of a certificate, against the recursive definition of RFC 6962, section 2.1."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention import merkle

ANY = st.lists(st.binary(min_size=0, max_size=40), max_size=70)
DIGESTS = st.lists(st.integers(0, 2**32), max_size=300).map(
    lambda some: [hashlib.sha256(str(each).encode()).digest() for each in some]
)
TREES = st.tuples(ANY, st.just(2)) | st.tuples(DIGESTS, st.sampled_from([3, 8, 64]))


def by_the_rfc(values: list[bytes]) -> bytes:
    """MTH(D[n]), word for word."""
    if not values:
        return hashlib.sha256().digest()
    if len(values) == 1:
        return hashlib.sha256(b"\x00" + values[0]).digest()
    k = 1
    while k * 2 < len(values):
        k *= 2
    return hashlib.sha256(b"\x01" + by_the_rfc(values[:k]) + by_the_rfc(values[k:])).digest()


def from_the_top(values: list[bytes], width: int) -> bytes:
    """The wide tree, written the other way round: each part under the top is as large a power of the width as fits."""
    if len(values) <= width:
        return hashlib.sha256(b"\x00" * bool(values) + b"".join(values)).digest()
    part = width
    while part * width < len(values):
        part *= width
    parts = [from_the_top(values[at : at + part], width) for at in range(0, len(values), part)]
    return hashlib.sha256(b"\x01" + b"".join(parts)).digest()


@given(ANY)
def test_the_root_is_that_of_the_rfc(values: list[bytes]) -> None:
    assert merkle.root(values, 2) == by_the_rfc(values)


@given(DIGESTS, st.sampled_from([3, 8, 64]))
def test_a_wide_tree_is_made_from_the_top_or_from_the_leaves(values: list[bytes], width: int) -> None:
    assert merkle.root(values, width) == from_the_top(values, width)


@given(TREES.filter(lambda tree: bool(tree[0])), st.data())
def test_every_value_is_led_to_the_root_and_no_other_is(
    tree: tuple[list[bytes], int], data: st.DataObject
) -> None:
    values, width = tree
    place = data.draw(st.integers(0, len(values) - 1))
    way, root = merkle.path(values, place, width), merkle.root(values, width)
    assert merkle.leads_to(values[place], way, root)
    assert not merkle.leads_to(values[place] + b"x", way, root)
    for step in range(len(way)):
        bent = (*way[:step], (way[step][0], way[step][1] + bytes(32)), *way[step + 1 :])
        assert not merkle.leads_to(values[place], bent, root)


@given(TREES.filter(lambda tree: len(set(tree[0])) > 1))
def test_another_order_or_one_less_is_another_root(tree: tuple[list[bytes], int]) -> None:
    values, width = tree
    root = merkle.root(values, width)
    assert merkle.root(values[:-1], width) != root
    assert merkle.root([*values, values[-1]], width) != root
    if values[0] != values[-1]:
        assert merkle.root([values[-1], *values[1:-1], values[0]], width) != root


def test_an_inner_node_cannot_be_passed_off_as_a_value() -> None:
    one, two = b"one", b"two"
    inner = hashlib.sha256(b"\x00" + one).digest() + hashlib.sha256(b"\x00" + two).digest()
    assert merkle.root([inner], 2) != merkle.root([one, two], 2)
    some = [hashlib.sha256(bytes([number])).digest() for number in range(128)]
    leaves = [merkle.root(some[:64]), merkle.root(some[64:])]
    assert merkle.root(leaves) != merkle.root(some)
    with pytest.raises(IndexError):
        merkle.path([one], 1, 2)


def test_a_wide_tree_takes_values_of_one_size_only() -> None:
    """Strung together, b"ab" + b"c" and b"a" + b"bc" are the same."""
    with pytest.raises(ValueError, match="of one size"):
        merkle.root([b"ab", b"c"])
