"""How bytes that came from outside leave us: as a download, never shown, never kept by a cache, never run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from requests_sar import uploads
from requests_sar.models import Attachment


def name_of(attachment: Attachment) -> str:
    """The name that the file gets on the disk of whoever takes it: no person's name in it."""
    return f"{attachment.letter.case.reference}-file-{attachment.pk.hex[:6]}{attachment.ending}"


def download(chunks: Iterator[bytes] | None, *, name: str, media: str, size: int) -> HttpResponseBase:
    """The response; without `chunks` (HEAD) only its headers. The first chunk is read at once, so that damage shows."""
    whole = None if chunks is None else itertools.chain([next(chunks, b"")], chunks)
    response = HttpResponse() if whole is None else StreamingHttpResponse(whole)
    response["Content-Type"] = media
    response["Content-Length"] = str(size)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def attached(attachment: Attachment, chunks: Iterator[bytes] | None) -> HttpResponseBase:
    """A file with a message. Raises vault.Unreadable when it is damaged from the start."""
    media = uploads.TYPES[attachment.ending].media
    return download(chunks, name=name_of(attachment), media=media, size=attachment.size)
