"""Requests in the Django admin: the queue, and what staff do from it."""

from __future__ import annotations

from requests_sar.admin.queue import CaseAdmin
from requests_sar.admin.tasks import TaskAdmin

__all__ = ["CaseAdmin", "TaskAdmin"]
