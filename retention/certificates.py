"""Certificates: proof of what was disposed of that keeps nothing of what it was.

Each batch of a disposal is one transaction, and leaves one certificate (`retention.models.Batch`): kind of data, what
was done and why, the register's rule and version, how many records, when, in which run. For each record it holds a
keyed digest of "dataset:key", and over them the root of their Merkle tree. A digest says nothing to whoever lacks our
key; with it, "was record K disposed of, when, under which rule?" is answered from K alone (`find`).

The seal is the SHA-256 of everything the certificate says. It enters the audit trail in the same transaction
(`Verb.DISPOSAL_BATCH`), so a certificate can be neither changed, nor made up, nor lost without `faults` noticing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import itertools
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import F, Func, IntegerField, QuerySet, Sum, Value
from django.utils import timezone

from portal.audit import trail
from portal.audit.models import Entry
from portal.audit.trail import Verb
from retention import merkle
from retention.models import Batch, Line

_WORDS = "{dataset} {action}: {records}, certificate {number} {seal}"
_ENTRY = re.compile(r", certificate (?P<number>\d+) (?P<seal>[0-9a-f]{64})$")


# --- digests ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Form:
    """How a certificate is made: the keyed digests (of a kind of data and primary keys as text, in the order of these),
    the bytes of one, and the width of the tree over them."""

    digests: Callable[[str, Iterable[str]], list[bytes]]
    size: int
    width: int


def _hmac(dataset: str, keys: Iterable[str]) -> list[bytes]:
    """HMAC-SHA-256 (RFC 2104)."""
    return [hmac.digest(settings.DIGEST_KEY, _said(dataset, key), "sha256") for key in keys]


def _blake(dataset: str, keys: Iterable[str]) -> list[bytes]:
    """BLAKE2b with a key, of 16 bytes (RFC 7693, section 2.9): made for this, in two thirds of the time of an HMAC.

    What is the same for all keys goes in once and is copied.
    """
    secret = hashlib.sha256(settings.DIGEST_KEY).digest()  # a key of any length becomes one that fits
    begun = hashlib.blake2b(_said(dataset, ""), key=secret, digest_size=16)
    found = []
    for key in keys:
        digest = begun.copy()
        digest.update(key.encode())
        found.append(digest.digest())
    return found


def _said(dataset: str, key: str) -> bytes:
    return f"disposed:{dataset}:{key}".encode()


FORMS = {1: Form(_hmac, 32, merkle.BINARY), 2: Form(_blake, 16, merkle.WIDE)}
NEW = FORMS[2]


# --- making one ---------------------------------------------------------------------------------------------


class Ahead:
    """Digests and root of the records of a batch, made in a thread while the database disposes of them.

    Hashing them takes as long as deleting them. Most often all of a batch goes, and then this is what is certified.
    Begin it with the one long statement: between short ones the thread would keep the interpreter from them.
    """

    def __init__(self, dataset: str, keys: Sequence[str]) -> None:
        self.dataset, self.keys = dataset, keys
        self._made: tuple[list[bytes], str] | None = None
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start hashing."""
        self._thread = threading.Thread(target=self._make, daemon=True)
        self._thread.start()

    def _make(self) -> None:
        self._made = _hashed(self.dataset, self.keys)

    def of(self, keys: Sequence[str]) -> tuple[list[bytes], str]:
        """The sorted digests of these keys, which are some or all of the batch, and their root."""
        if self._thread is not None:
            self._thread.join()
        if self._made is None or len(keys) != len(self.keys):
            return _hashed(self.dataset, keys)
        return self._made


def _hashed(dataset: str, keys: Sequence[str]) -> tuple[list[bytes], str]:
    leaves = sorted(NEW.digests(dataset, keys))
    return leaves, merkle.root(leaves, NEW.width).hex()


def issue(line: Line, keys: Sequence[str], ahead: Ahead | None = None) -> Batch:
    """Certify that these records of a line were just disposed of. In the transaction that did it.

    keys: of the records that really were there and that something was done to; not those that were gone already.
    ahead: made of the keys that were to go, of which `keys` are some or all.
    """
    disposal = line.disposal
    leaves, root = ahead.of(keys) if ahead else _hashed(line.dataset, keys)
    batch = Batch(
        line=line,
        number=line.batches.count() + 1,
        run=disposal.reference,
        dataset=line.dataset,
        action=line.decision,
        cause=line.cause,
        rule=line.rule,
        register_version=disposal.register_version,
        records=len(leaves),
        at=timezone.now(),
        root=root,
        digests=b"".join(leaves),
    )
    batch.seal = seal(batch)
    batch.save(force_insert=True)
    words = _WORDS.format(
        dataset=batch.dataset,
        action=batch.action,
        records=batch.records,
        number=batch.number,
        seal=batch.seal,
    )
    trail.record(Verb.DISPOSAL_BATCH, by=None, target=_target(batch.run), reason=words)
    return batch


def _target(run: str) -> str:
    return f"disposal:{run}"


def seal(batch: Batch) -> str:
    """The SHA-256 of everything that a certificate says, as hexadecimal. No part can hold a line break."""
    at = batch.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    parts = (
        batch.run,
        batch.dataset,
        batch.number,
        batch.action,
        batch.cause,
        batch.rule,
        batch.register_version,
        batch.records,
        at,
        batch.root,
    )
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


# --- asking -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """One certificate that names a record. `sound`: what it says fits its seal, its root and the audit trail."""

    batch: Batch
    sound: bool


def find(dataset: str, key: str) -> list[Found]:
    """The certificates that name this record, oldest first: none, one, or (reduced first, ended later) two.

    dataset: key in the data map. key: the record's primary key as text, exactly as it was.
    """
    named = [batch for number in FORMS for batch in _naming(number, dataset, key)]
    return [
        Found(batch, not _wrong(batch) and _in_trail(batch))
        for batch in sorted(named, key=lambda batch: (batch.at, batch.pk))
    ]


def _naming(number: int, dataset: str, key: str) -> list[Any]:
    """The certificates of one form that name this record."""
    form = FORMS[number]
    (digest,) = form.digests(dataset, [key])
    start = Func(Value(digest), F("digests"), function="POSITION", template="%(function)s(%(expressions)s)",
                 arg_joiner=" IN ", output_field=IntegerField())  # fmt: skip
    found = Batch.objects.filter(dataset=dataset, form=number).annotate(start=start).filter(start__gt=0)
    # Bytes that straddle two digests are no hit; that it happens by chance is as likely as breaking the digest.
    return [batch for batch in found if (batch.start - 1) % form.size == 0]


def _in_trail(batch: Batch) -> bool:
    entries = Entry.objects.filter(verb=Verb.DISPOSAL_BATCH, target=_target(batch.run))
    return entries.filter(reason__endswith=f", certificate {batch.number} {batch.seal}").exists()


# --- checking -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of all certificates found. `faults` are sentences, the worst first; none: all is well."""

    certificates: int
    records: int
    faults: list[str]


def check(*, most: int = 50) -> Checked:
    """Recompute every certificate, and hold it against the audit trail and the counts. Memory stays flat.

    most: with so many faults it stops looking.
    """
    found: list[str] = []
    if broken := trail.first_broken():
        found.append(f"The audit trail is broken at entry {broken[0]}: {broken[1]}.")
    for fault in faults():
        found.append(fault)
        if len(found) >= most:
            break
    totals = Batch.objects.aggregate(records=Sum("records"))
    return Checked(Batch.objects.count(), int(totals["records"] or 0), found)


def faults() -> Iterator[str]:
    """What is wrong with certificates, in sentences."""
    batches = set(Batch.objects.values_list("run", flat=True).distinct())
    named = Entry.objects.filter(verb=Verb.DISPOSAL_BATCH).values_list("target", flat=True).distinct()
    for run in sorted(batches | {target.removeprefix(_target("")) for target in named.order_by("target")}):
        yield from _faults_of_run(run)
    yield from _counts()


def _faults_of_run(run: str) -> Iterator[str]:
    sealed = _sealed(run)
    for batch in Batch.objects.filter(run=run).order_by("pk").iterator(chunk_size=20):
        name = f"Certificate {batch.number} of {batch.dataset} in {run}"
        if wrong := _wrong(batch):
            yield f"{name}: {wrong}."
        if batch.seal in sealed:
            sealed.discard(batch.seal)
        else:
            yield f"{name}: the audit trail does not know it."
    if sealed:
        yield f"{run}: {_many(len(sealed))} that the audit trail names can no longer be found."


def _sealed(run: str) -> set[str]:
    """The seals that the audit trail holds for a run."""
    reasons = Entry.objects.filter(verb=Verb.DISPOSAL_BATCH, target=_target(run)).values_list(
        "reason", flat=True
    )
    return {match["seal"] for reason in reasons.iterator() if (match := _ENTRY.search(reason))}


def _counts() -> Iterator[str]:
    """Lines that say they did more or less than their certificates."""
    lines: QuerySet[Line] = Line.objects.annotate(certified=Sum("batches__records", default=0))
    certified = lines.exclude(rule="")  # those of before there were certificates have none
    for line in certified.exclude(done=F("certified")).select_related("disposal").order_by("pk"):
        yield (
            f"{line.disposal.reference}: {line.dataset} says {line.done:,} done, its certificates say "
            f"{int(line.certified):,}."
        )


def _wrong(batch: Any) -> str:
    """What is wrong with a certificate taken by itself; "" when nothing is."""
    form = FORMS.get(batch.form)
    if form is None:
        return "this version does not know its form"
    whole = bytes(batch.digests)
    leaves = [whole[start : start + form.size] for start in range(0, len(whole), form.size)]
    if len(whole) != batch.records * form.size:
        return "it does not hold as many digests as records"
    if any(one >= two for one, two in itertools.pairwise(leaves)):
        return "its digests are not in order, or one is there twice"
    if merkle.root(leaves, form.width).hex() != batch.root:
        return "its digests do not lead to its root"
    return "" if seal(batch) == batch.seal else "what it says was changed after it was sealed"


def _many(count: int) -> str:
    return "1 certificate" if count == 1 else f"{count:,} certificates"
