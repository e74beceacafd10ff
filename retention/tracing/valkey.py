"""Every key and value of the cache and the queue."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from typing import Any

import redis
from django.conf import settings

from retention.tracing import reading
from retention.tracing.found import SHOWN, Group, Limits, State
from retention.tracing.terms import Term

_PACKED = re.compile(rb'"body": ?"([A-Za-z0-9+/=]{8,})"')  # how the queue wraps a task's arguments
# What is known to lie there for a short while; the first that fits counts.
_WHY = (
    (
        re.compile(r"people-search:"),
        "A search that a member of staff typed; it is gone after a quarter of an hour.",
    ),
    (
        re.compile(r"(^|:)(default|bulk)$|unacked"),
        "A task in the queue. Tasks carry numbers only: tell the administrator.",
    ),
)


def search(terms: Sequence[Term], limits: Limits) -> Group:
    """Look through it. A server that does not answer is said, not raised."""
    where: dict[str, list[str]] = {}
    hits: list[str] = []
    finished = True
    try:
        server = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=10, socket_connect_timeout=2)
        with server:
            for key in server.scan_iter(count=500):
                if limits.over:
                    finished = False
                    break
                texts = [key, *_values(server, key)]
                labels = {
                    term.label
                    for text in texts
                    for way in _ways(text)
                    for term in terms
                    if term.stands_in(way)
                }
                if labels:
                    name = _family(key)
                    hits.append(name)
                    where[name] = sorted({*where.get(name, []), *labels})
    except redis.RedisError as error:
        words = [f"the server does not answer ({type(error).__name__})"]
        return Group("valkey", "Cache and queue", unit="key", state=State.PARTLY, unread=words)
    return Group(
        "valkey",
        "Cache and queue",
        count=len(hits),
        unit="key",
        where=where,
        keys=sorted(set(hits))[:SHOWN],
        why=sorted({_why(name) for name in hits}),
        state=State.SEARCHED if finished else State.UNFINISHED,
    )


def _values(server: Any, key: bytes) -> Iterator[bytes]:
    kind = server.type(key)
    if kind == b"string":
        yield server.get(key) or b""
    elif kind == b"list":
        yield from server.lrange(key, 0, -1)
    elif kind == b"set":
        yield from server.sscan_iter(key)
    elif kind == b"zset":
        yield from (member for member, _ in server.zscan_iter(key))
    elif kind == b"hash":
        for field, value in server.hscan_iter(key):
            yield field
            yield value
    elif kind == b"stream":
        for _, fields in server.xrange(key):
            yield from (part for pair in fields.items() for part in pair)


def _ways(raw: bytes) -> Iterator[str]:
    yield from reading.ways(raw)
    for packed in _PACKED.findall(raw):
        try:
            yield from reading.ways(base64.b64decode(packed))
        except binascii.Error:
            continue


def _family(key: bytes) -> str:
    """A key without what may be personal in it: its words, not its last part."""
    words = key.decode("ascii", "replace").split(":")
    safe = [word for word in words if re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", word)]
    return ":".join(safe[:-1] if len(words) > 2 else safe[:2]) or "key"


def _why(name: str) -> str:
    return next(
        (words for pattern, words in _WHY if pattern.search(name + ":") or pattern.search(name)),
        "Nothing of a person is expected here. Tell the administrator.",
    )
