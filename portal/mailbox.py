"""The developer mailbox: every e-mail the portal wrote, so that a newcomer can finish a journey without a mail server.

Its addresses do not exist in production (see `portal.urls`), and the views refuse there as well.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from portal.mail.models import Message

SHOWN = 100


def _not_in_production() -> None:
    if settings.PRODUCTION:
        raise Http404


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The latest messages, newest first."""
    _not_in_production()
    return render(request, "portal/mailbox.html", {"messages_sent": Message.objects.all()[:SHOWN]})


@require_safe
def message(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """One message as it was sent."""
    _not_in_production()
    return render(
        request, "portal/mailbox_message.html", {"message": get_object_or_404(Message, pk=message_id)}
    )
