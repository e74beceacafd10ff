"""What customers and staff may send us as files: sniffed, not believed, and limited.

The bytes decide what a file is; the ending of its name has to agree. Nothing is opened with more than the standard
library's reader of ZIP directories, and nothing is ever shown inside our pages: files are handed out as downloads.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any

import puremagic
from django.core.files.uploadedfile import UploadedFile

LIMIT = 5 * 1024 * 1024  # bytes of one file
COUNT = 5  # files with one message
CASE_LIMIT = 50 * 1024 * 1024  # bytes of all files with the messages of one case
LABEL = 80  # characters of a file's name that are kept
HEAD = 4096
ZIP_ENTRIES = 2_000
_HEADER = re.compile(rb"(?:From |[A-Za-z][A-Za-z0-9-]{1,70}:[ \t\r\n])")
_MESSAGE_PART = "__properties_version1.0".encode("utf-16-le")
_MARKUP = re.compile(rb"<\s*(?:!doctype|\?xml|html|head|body|script|svg|iframe|object|img|meta|link)\b", re.I)


@dataclass(frozen=True, slots=True)
class Type:
    """One type of file that we take. `is_it` sees the first bytes and the whole file."""

    words: str
    media: str
    endings: frozenset[str]
    is_it: Callable[[bytes, IO[bytes]], bool]


def _magic(*extensions: str, starts: bytes) -> Callable[[bytes, IO[bytes]], bool]:
    """Known by its first bytes, from the very first on, and nothing else at its end."""

    def is_it(head: bytes, whole: IO[bytes]) -> bool:
        if not head.startswith(starts):
            return False
        try:
            seen = {match.extension.lower() for match in puremagic.magic_string(head)}
        except (puremagic.PureError, ValueError):
            return False
        return bool(seen & set(extensions)) and not zipfile.is_zipfile(whole)

    return is_it


def _sound_or_film(*extensions: str) -> Callable[[bytes, IO[bytes]], bool]:
    """A recording: these formats have no one beginning, so the sniffer's word is taken; nothing else at its end."""

    def is_it(head: bytes, whole: IO[bytes]) -> bool:
        try:
            seen = {match.extension.lower() for match in puremagic.magic_string(head)}
        except (puremagic.PureError, ValueError):
            return False
        return bool(seen & set(extensions)) and not zipfile.is_zipfile(whole)

    return is_it


def _office(main: str) -> Callable[[bytes, IO[bytes]], bool]:
    """An Office document of today's form: its main part is there, macros are not."""

    def is_it(head: bytes, whole: IO[bytes]) -> bool:
        if not head.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(whole) as parts:
                names = {entry.filename for entry in parts.infolist()[: ZIP_ENTRIES + 1]}
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError):
            return False
        odd = any(name.startswith("/") or ".." in name or "vbaproject" in name.lower() for name in names)
        return {"[Content_Types].xml", main} <= names and len(names) <= ZIP_ENTRIES and not odd

    return is_it


def _text(head: bytes, whole: IO[bytes]) -> bool:
    """Words: no control characters, UTF-8 or the letters of old Windows programs, and no page or drawing."""
    data = whole.read()
    if not data.strip() or re.search(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]", data) or _MARKUP.search(data):
        return False
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _mail(head: bytes, whole: IO[bytes]) -> bool:
    """A saved e-mail as text: it begins with header lines, and has no byte that a text has not."""
    first = head.lstrip(b"\xef\xbb\xbf\r\n")
    return bool(_HEADER.match(first)) and b"\0" not in whole.read()


def _outlook(head: bytes, whole: IO[bytes]) -> bool:
    """A message saved by Outlook: an old Office container in whose list of parts every message has this one."""
    return head.startswith(bytes.fromhex("d0cf11e0a1b11ae1")) and _MESSAGE_PART in whole.read()


TYPES: dict[str, Type] = {
    ".pdf": Type("PDF", "application/pdf", frozenset({".pdf"}), _magic(".pdf", starts=b"%PDF-")),
    ".jpg": Type(
        "JPG",
        "image/jpeg",
        frozenset({".jpg", ".jpeg", ".jfif"}),
        _magic(".jpg", ".jpeg", ".jfif", starts=b"\xff\xd8\xff"),
    ),
    ".png": Type("PNG", "image/png", frozenset({".png"}), _magic(".png", starts=b"\x89PNG\r\n\x1a\n")),
    ".docx": Type(
        "Word",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        frozenset({".docx"}),
        _office("word/document.xml"),
    ),
    ".xlsx": Type(
        "Excel",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        frozenset({".xlsx"}),
        _office("xl/workbook.xml"),
    ),
    ".txt": Type("text", "text/plain", frozenset({".txt"}), _text),
    ".csv": Type("CSV", "text/csv", frozenset({".csv"}), _text),
}
ANY = tuple(TYPES)
TYPES |= {  # what colleagues find elsewhere, besides
    ".eml": Type("saved emails (.eml", "message/rfc822", frozenset({".eml"}), _mail),
    ".msg": Type(".msg)", "application/vnd.ms-outlook", frozenset({".msg"}), _outlook),
    ".mp3": Type("MP3", "audio/mpeg", frozenset({".mp3"}), _sound_or_film(".mp3", ".mpga")),
    ".wav": Type("WAV", "audio/wav", frozenset({".wav"}), _sound_or_film(".wav")),
    ".mp4": Type("MP4", "video/mp4", frozenset({".mp4"}), _sound_or_film(".mp4", ".m4v", ".m4a")),
}
FOUND = tuple(TYPES)
PROOF = (".pdf", ".jpg", ".png")  # what shows a document on paper


def kind_of(file: UploadedFile, among: Collection[str] = PROOF) -> str | None:
    """The ending that the bytes deserve, when it is one of `among` and the name agrees; else None."""
    named = PurePath(file.name or "").suffix.lower()
    whole: IO[Any] = file.file  # type: ignore[assignment]
    whole.seek(0)
    head = whole.read(HEAD)
    try:
        for kind in among:
            if named in TYPES[kind].endings:
                whole.seek(0)
                return kind if TYPES[kind].is_it(head, whole) else None
    finally:
        whole.seek(0)
    return None


def listed(among: Collection[str]) -> str:
    """ "PDF, JPG or PNG"."""
    words = [TYPES[kind].words for kind in among]
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def problem(file: UploadedFile, among: Collection[str] = PROOF, *, most: int = LIMIT) -> str:
    """Why a file cannot be taken, as a sentence that names it and says what to do; empty when it can."""
    label = label_of(file.name or "")
    if not file.size:
        return f"“{label}” is empty. Choose another file"
    if file.size > most:
        return f"“{label}” must be {most // 1024**2} MB or smaller. Choose a smaller file"
    if kind_of(file, among) is None:
        return f"“{label}” must be a file of type {listed(among)}, and its name must end accordingly"
    return ""


def label_of(name: str) -> str:
    """A file's name as a label that can do no harm: one line of printable characters, no path, no direction marks."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in name)
    name = " ".join(re.sub(r"[<>:\"|?*/]", " ", name).split()).lstrip(".")
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) <= 5:
        return f"{stem[: LABEL - len(ending) - 1].rstrip() or 'file'}.{ending}"
    return name[:LABEL] or "file"
