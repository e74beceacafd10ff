"""What a request is made of: the case, its clock, its files."""

from __future__ import annotations

from requests_sar.models.case import (
    TEXT_LIMIT,
    Case,
    Channel,
    ClockState,
    Draft,
    Ground,
    Happening,
    Letter,
    Note,
    Outcome,
    Proof,
    ReplyBy,
    case_reference,
)
from requests_sar.models.clock import Digest, Extension, HolidayFile, Need, Question, Reminder
from requests_sar.models.package import Download, File, Package, Source

__all__ = [
    "TEXT_LIMIT",
    "Case",
    "Channel",
    "ClockState",
    "Digest",
    "Download",
    "Draft",
    "Extension",
    "File",
    "Ground",
    "Happening",
    "HolidayFile",
    "Letter",
    "Need",
    "Note",
    "Outcome",
    "Package",
    "Proof",
    "Question",
    "Reminder",
    "ReplyBy",
    "Source",
    "case_reference",
]
