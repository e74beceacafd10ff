"""Files at rest: each package has a key of its own, kept wrapped by the master key.

Destroying the key is destroying the files.

The format is age (X25519 and ChaCha20-Poly1305 in 64 KiB chunks), which streams and refuses a file that was
changed or cut. Plain text only ever lies in anonymous temporary files, which the kernel removes with the process
however it ends.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, BinaryIO

import pyrage
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

CHUNK = 256 * 1024


class Unreadable(Exception):
    """A stored file is missing, damaged or its key is gone."""


def new_key() -> bytes:
    """A fresh key, wrapped."""
    return Fernet(settings.PACKAGE_WRAPPING_KEY).encrypt(str(pyrage.x25519.Identity.generate()).encode())


def _identity(wrapped: bytes | memoryview | None) -> pyrage.x25519.Identity:
    if wrapped is None:
        raise Unreadable("the key is gone")
    try:
        secret = Fernet(settings.PACKAGE_WRAPPING_KEY).decrypt(bytes(wrapped))
    except InvalidToken as error:
        raise Unreadable("the key does not open with this MASTER_KEY") from error
    return pyrage.x25519.Identity.from_str(secret.decode())


def seal_words(words: str) -> bytes:
    """A short text sealed by the master key, for a column that nobody should be able to read."""
    return Fernet(settings.PACKAGE_WRAPPING_KEY).encrypt(words.encode())


def open_words(sealed: bytes | memoryview) -> str:
    """What `seal_words` sealed. Raises Unreadable when it does not open with this MASTER_KEY."""
    try:
        return Fernet(settings.PACKAGE_WRAPPING_KEY).decrypt(bytes(sealed)).decode()
    except InvalidToken as error:
        raise Unreadable("the words do not open with this MASTER_KEY") from error


def anonymous() -> BinaryIO:
    """A temporary file without a name. TMPDIR says where; in the production containers it is memory."""
    return tempfile.TemporaryFile()


def full_path(path: str) -> Path:
    """Where a stored path lies. Raises Unreadable for a path that leads out of the store."""
    full = (settings.STORAGE_DIR / path).resolve()
    if not full.is_relative_to(settings.STORAGE_DIR.resolve()):
        raise Unreadable("the path leads out of the store")
    return full


def seal(plain: IO[bytes], path: str, wrapped: bytes | memoryview, *, durable: bool = True) -> None:
    """Encrypt a whole plain file to `path`: written under another name first, then renamed, so never half there.

    `durable` waits until it would survive a loss of power; what can be made again need not.
    """
    target = full_path(path)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    plain.seek(0)
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
            pyrage.encrypt_io(plain, out, [_identity(wrapped).to_public()])
            out.flush()
            if durable:
                os.fsync(out.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def unseal_to(path: str, wrapped: bytes | memoryview | None, out: IO[bytes]) -> None:
    """Decrypt a stored file into `out`. Raises Unreadable."""
    identity = _identity(wrapped)
    try:
        with full_path(path).open("rb") as sealed:
            pyrage.decrypt_io(sealed, out, [identity])
    except (OSError, pyrage.DecryptError) as error:
        raise Unreadable("the file is missing or damaged") from error


def stream(path: str, wrapped: bytes | memoryview | None) -> Iterator[bytes]:
    """The decrypted bytes, in chunks, through a pipe: nothing plain touches the disk.

    Raises Unreadable at once when the file cannot be opened; a file damaged further in ends the stream with it.
    """
    identity = _identity(wrapped)
    try:
        sealed = full_path(path).open("rb")
    except OSError as error:
        raise Unreadable("the file is missing") from error
    return _pumped(lambda out: pyrage.decrypt_io(sealed, out, [identity]), sealed)


def _pumped(pump: Callable[[IO[bytes]], None], source: IO[bytes]) -> Iterator[bytes]:
    read_end, write_end = os.pipe()
    fault: list[BaseException] = []

    def run() -> None:
        with source, os.fdopen(write_end, "wb", buffering=CHUNK) as out:
            try:
                pump(out)
            except BrokenPipeError:
                pass  # the reader went away: an aborted download
            except Exception as error:  # handed to the reader, who raises it
                fault.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    with os.fdopen(read_end, "rb", buffering=0) as pipe:
        while chunk := pipe.read(CHUNK):
            yield chunk
    thread.join()
    if fault:
        raise Unreadable("the file is damaged") from fault[0]


def destroy(folder: str) -> None:
    """Remove a folder of stored files; absent ones are no fault."""
    target = full_path(folder)
    if target.is_dir():
        for child in target.iterdir():
            child.unlink(missing_ok=True)
        target.rmdir()


def sweep(folder: str) -> None:
    """Remove what somebody who died in the middle left half written in a folder."""
    for part in full_path(folder).glob("*.part"):
        part.unlink(missing_ok=True)
