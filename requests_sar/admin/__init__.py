"""Requests in the Django admin: the queue, and what staff do from it."""

from __future__ import annotations

from requests_sar.admin.queue import CaseAdmin

__all__ = ["CaseAdmin"]
