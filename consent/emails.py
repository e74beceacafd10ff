"""The words of this floor's e-mails are in templates/emails/consent; here is what they need."""

from __future__ import annotations

from consent.models import Campaign
from portal.mail import outbound
from portal.mail.models import Message


def news(*, to: str, campaign: Campaign, link: str, headers: dict[str, str]) -> Message:
    """A short marketing message with its way out."""
    context = {"campaign": campaign, "link": link}
    return outbound.compose("consent/news", to=to, context=context, headers=headers)
