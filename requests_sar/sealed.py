"""Where uploads lie: every file encrypted under a random name, with a key of its own beside it.

The key is wrapped by MASTER_KEY (see `vault`), so the two files tell nothing to whoever copies the disk. Deleting
takes the key first: from then on the file cannot be read, whatever becomes of it.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible

from requests_sar import vault

KEY = ".key"


@deconstructible
class SealedStorage(Storage):
    """A store for FileField: reading decrypts into an anonymous file, and there is no address to open directly."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """A random name in the same folder; only the ending of the given one is kept."""
        given = PurePosixPath(name)
        return str(given.with_name(f"{uuid.uuid4()}{given.suffix.lower()[:6]}"))

    def _save(self, name: str, content: File[Any]) -> str:
        key = vault.new_key()
        path = vault.full_path(name + KEY)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(path, "xb", opener=lambda file, flags: os.open(file, flags, 0o600)) as out:
            out.write(key)
            out.flush()
            os.fsync(out.fileno())
        with vault.anonymous() as plain:
            for chunk in content.chunks():
                plain.write(chunk)
            vault.seal(plain, name, key)
        return name

    def _key(self, name: str) -> bytes:
        try:
            return vault.full_path(name + KEY).read_bytes()
        except OSError as error:
            raise vault.Unreadable("the key is gone") from error

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        """The bytes. Raises FileNotFoundError, as every store does, when they cannot be read any more."""
        plain = vault.anonymous()
        try:
            vault.unseal_to(name, self._key(name), plain)
        except vault.Unreadable as error:
            plain.close()
            raise FileNotFoundError(str(error)) from error
        plain.seek(0)
        return File(plain, name)

    def stream(self, name: str) -> Iterator[bytes]:
        """The bytes in chunks; nothing plain touches the disk. Raises vault.Unreadable at once or on the way."""
        return vault.stream(name, self._key(name))

    def exists(self, name: str) -> bool:
        """Whether it is there and has its key."""
        return vault.full_path(name).is_file() and vault.full_path(name + KEY).is_file()

    def size(self, name: str) -> int:
        """Bytes of the plain file."""
        with self.open(name) as plain:
            return plain.seek(0, os.SEEK_END)

    def delete(self, name: str) -> None:
        """Destroy the key, then the file; absent ones are no fault."""
        vault.full_path(name + KEY).unlink(missing_ok=True)
        vault.full_path(name).unlink(missing_ok=True)

    def names(self, folder: str, *, before: float) -> Iterator[str]:
        """The files of a folder that were written before a moment (a POSIX time), with those that lost their half."""
        root = vault.full_path(folder)
        found = root.iterdir() if root.is_dir() else iter(())
        old = {entry.name.removesuffix(KEY) for entry in found if entry.stat().st_mtime < before}
        yield from (f"{folder}/{name}" for name in sorted(old))


def storage() -> SealedStorage:
    """The store, for FileField(storage=...)."""
    return SealedStorage()
