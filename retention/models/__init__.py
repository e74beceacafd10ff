"""What stops a disposal, and what a disposal is: its plan, its lines, what is left to do and what was done."""

from __future__ import annotations

from retention.models.automatic import Automatic
from retention.models.batch import Batch
from retention.models.disposal import Action, Chunk, Disposal, Fate, Line, Reason, Scrap
from retention.models.hold import Hold
from retention.models.journal import JournalEntry, JournalHead
from retention.models.search import LongSearch

__all__ = [
    "Action",
    "Automatic",
    "Batch",
    "Chunk",
    "Disposal",
    "Fate",
    "Hold",
    "JournalEntry",
    "JournalHead",
    "Line",
    "LongSearch",
    "Reason",
    "Scrap",
]
