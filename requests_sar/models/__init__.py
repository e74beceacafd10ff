"""What a request is made of: the case, its clock, its files."""

from __future__ import annotations

from requests_sar.models.behalf import Representative
from requests_sar.models.case import (
    TEXT_LIMIT,
    Case,
    Channel,
    ClockState,
    Draft,
    Ground,
    Happening,
    Note,
    Outcome,
    Proof,
    ReplyBy,
    case_reference,
)
from requests_sar.models.clock import Digest, Extension, HolidayFile, Need, Question, Reminder
from requests_sar.models.complaint import Complaint
from requests_sar.models.erasure import Erasure
from requests_sar.models.filters import SavedFilter
from requests_sar.models.identity import Evidence, IdentityCheck
from requests_sar.models.objection import Objection
from requests_sar.models.package import Download, File, Package, Source
from requests_sar.models.pause import PauseRequest
from requests_sar.models.recipients import RecipientNotice
from requests_sar.models.rectification import Correction
from requests_sar.models.redaction import WHY_LIMIT, Redaction
from requests_sar.models.referral import Referral
from requests_sar.models.task import Answer, FoundFile, Task, TaskLink
from requests_sar.models.thread import Attachment, Letter, LetterWording

__all__ = [
    "TEXT_LIMIT",
    "WHY_LIMIT",
    "Answer",
    "Attachment",
    "Case",
    "Channel",
    "ClockState",
    "Complaint",
    "Correction",
    "Digest",
    "Download",
    "Draft",
    "Erasure",
    "Evidence",
    "Extension",
    "File",
    "FoundFile",
    "Ground",
    "Happening",
    "HolidayFile",
    "IdentityCheck",
    "Letter",
    "LetterWording",
    "Need",
    "Note",
    "Objection",
    "Outcome",
    "Package",
    "PauseRequest",
    "Proof",
    "Question",
    "RecipientNotice",
    "Redaction",
    "Referral",
    "Reminder",
    "ReplyBy",
    "Representative",
    "SavedFilter",
    "Source",
    "Task",
    "TaskLink",
    "case_reference",
]
