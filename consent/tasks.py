"""Marketing choices, by the clock."""

from __future__ import annotations

from celery import shared_task

from consent import adopting, standing


@shared_task(name="consent.adopt")
def adopt() -> None:
    """Give people what was said of their address before we knew them."""
    adopting.adopt()


@shared_task(name="consent.forget_numbers")
def forget_numbers() -> None:
    """Empty the numbers of erased people that other systems have heard by now."""
    standing.forget_numbers()
