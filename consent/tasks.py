"""Marketing choices, by the clock."""

from __future__ import annotations

from celery import shared_task

from consent import adopting


@shared_task(name="consent.adopt")
def adopt() -> None:
    """Give people what was said of their address before we knew them."""
    adopting.adopt()
