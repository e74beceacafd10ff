"""The portal's Celery application with one more task, for measuring what an almost empty task costs."""

from __future__ import annotations

from portal.celery import app

__all__ = ["app"]


@app.task(name="bench.one_row")
def one_row(number: int) -> None:
    """Write one row."""
    from django.utils import timezone

    from portal.mail.models import Message

    Message.objects.create(
        template="bench",
        to="bench@example.com",
        subject=str(number),
        text="",
        state="sent",
        created_at=timezone.now(),
    )
