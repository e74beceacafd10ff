"""System checks: where the register sends messages by itself must be allowed, and each must have its secret."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from portal.mail import webhooks
from portal.register import store
from portal.register.facts import Way
from portal.register.model import Register, RegisterError


@register()
def check_notify(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """One error for each recipient that could not be told."""
    try:
        return [Error(words, id="mail.E001") for words in problems(store.current())]
    except RegisterError:
        return []  # `register.E001` says what is wrong with it


def problems(current: Register) -> list[str]:
    """What keeps a register's webhooks from working here, in sentences."""
    found = []
    for each in current.notify:
        if each.way is not Way.WEBHOOK:
            continue
        try:
            webhooks.allowed(each.address)
        except webhooks.Refused as sentence:
            found.append(f"[[notify]] {each.recipient}: {sentence}")
        if each.secret not in settings.NOTIFY_SECRETS:
            found.append(
                f"[[notify]] {each.recipient}: set NOTIFY_SECRET_{each.secret} to at least 32 random characters."
            )
    return found
