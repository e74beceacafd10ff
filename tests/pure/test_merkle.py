"""The tree over the digests of a certificate, against the recursive definition of RFC 6962, section 2.1."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention import merkle

VALUES = st.lists(st.binary(min_size=0, max_size=40), max_size=70)


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


@given(VALUES)
def test_the_root_is_that_of_the_rfc(values: list[bytes]) -> None:
    assert merkle.root(values) == by_the_rfc(values)


@given(VALUES.filter(bool), st.data())
def test_every_value_is_led_to_the_root_and_no_other_is(values: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    way, root = merkle.path(values, place), merkle.root(values)
    assert merkle.leads_to(values[place], way, root)
    assert not merkle.leads_to(values[place] + b"x", way, root)
    for step in range(len(way)):
        bent = (*way[:step], (way[step][0], bytes(32)), *way[step + 1 :])
        assert not merkle.leads_to(values[place], bent, root)


@given(VALUES.filter(lambda values: len(set(values)) > 1))
def test_another_order_or_one_less_is_another_root(values: list[bytes]) -> None:
    root = merkle.root(values)
    assert merkle.root(values[:-1]) != root
    assert merkle.root([*values, values[-1]]) != root
    if values[0] != values[-1]:
        assert merkle.root([values[-1], *values[1:-1], values[0]]) != root


def test_an_inner_node_cannot_be_passed_off_as_a_value() -> None:
    one, two = b"one", b"two"
    inner = hashlib.sha256(b"\x00" + one).digest() + hashlib.sha256(b"\x00" + two).digest()
    assert merkle.root([inner]) != merkle.root([one, two])
    with pytest.raises(IndexError):
        merkle.path([one], 1)
