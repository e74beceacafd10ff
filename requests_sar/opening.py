"""How `find_traces` opens what this floor seals: copies, found files, attachments, documents, words to remove."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from requests_sar import sealed, vault
from requests_sar.models import Case, Package, Redaction, Task
from retention.tracing import files, opaque, terms

_WITH_KEY_IN_ROW = {"packages": Package, "tasks": Task}


@contextmanager
def _plain(name: str, key: bytes | memoryview | None) -> Iterator[IO[bytes]]:
    with vault.anonymous() as out:
        try:
            vault.unseal_to(name, key, out)
        except vault.Unreadable as why:
            raise files.Sealed(str(why)) from why
        out.seek(0)
        yield out


def open_sealed(root: Path, name: str) -> files.Opened | None:
    """The plain bytes of a sealed file; None for one that is not sealed."""
    if (root / (name + sealed.KEY)).is_file():
        return _plain(name, (root / (name + sealed.KEY)).read_bytes())
    folder, _, rest = name.partition("/")
    if folder not in _WITH_KEY_IN_ROW:
        return None
    try:
        row = uuid.UUID(rest.partition("/")[0])
    except ValueError:
        return None
    return _plain(name, _WITH_KEY_IN_ROW[folder].objects.filter(pk=row).values_list("key", flat=True).first())


def _phrases() -> Iterator[tuple[str, str | None]]:
    """The words that are removed from copies."""
    for pk, phrase in Redaction.objects.exclude(phrase=None).values_list("pk", "phrase").iterator(500):
        try:
            yield str(pk), vault.open_words(phrase)
        except vault.Unreadable:
            yield str(pk), None


def _of_request(reference: str) -> Mapping[str, str] | None:
    """Who asked: what the file of a request still says when their own record is gone."""
    case = Case.objects.filter(reference=reference, on_behalf_of="").first()
    if case is None:
        return None
    return {
        "name": case.requester_name,
        "e-mail address": case.requester_email,
        "telephone number": case.requester_phone,
        "customer number": case.customer_number,
    }


files.register(open_sealed)
terms.register_source(_of_request)
opaque.register(opaque.Opener("requests_sar_redaction", "phrase", _phrases))
