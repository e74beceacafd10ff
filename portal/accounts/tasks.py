"""Clearing up after sign-ins."""

from __future__ import annotations

from celery import shared_task

from portal.accounts import visits


@shared_task(name="accounts.sweep")
def sweep() -> None:
    """Remove old codes and visits."""
    visits.remove_expired()
