"""Sending, by the workers."""

from __future__ import annotations

from celery import shared_task

from portal.mail import outbound


@shared_task(name="mail.deliver")
def deliver(message_id: str) -> None:
    """Send one message."""
    message = outbound.claim(message_id)
    if message:
        outbound.send(message)


@shared_task(name="mail.sweep")
def sweep() -> None:
    """Send again what is still waiting."""
    for message_id in outbound.waiting():
        deliver.delay(str(message_id))
