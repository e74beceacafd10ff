"""The subject floor's tables."""

from __future__ import annotations

from subjects.models.changes import AddressChange, DetailChange, RecordNote
from subjects.models.controller import Controller
from subjects.models.gone import Gone
from subjects.models.imports import ImportBatch, ImportChange, ImportMapping
from subjects.models.records import (
    CallRecording,
    Disclosure,
    Email,
    Invoice,
    Order,
    Payment,
    RemoteSession,
    Subscription,
    SupportCall,
    TextMessage,
    WebVisit,
)
from subjects.models.restriction import RestrictedUse, Restriction
from subjects.models.subject import Account, Address, Identifier, Subject

__all__ = [
    "Account",
    "Address",
    "AddressChange",
    "CallRecording",
    "Controller",
    "DetailChange",
    "Disclosure",
    "Email",
    "Gone",
    "Identifier",
    "ImportBatch",
    "ImportChange",
    "ImportMapping",
    "Invoice",
    "Order",
    "Payment",
    "RecordNote",
    "RemoteSession",
    "RestrictedUse",
    "Restriction",
    "Subject",
    "Subscription",
    "SupportCall",
    "TextMessage",
    "WebVisit",
]
