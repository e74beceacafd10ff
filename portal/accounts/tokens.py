"""Tokens for other systems of the company: made once, shown once, kept as a digest, revoked at any time."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import ApiToken
from portal.audit import trail
from portal.audit.trail import Verb

PREFIX = "drp_"  # so that a token left in a file is recognised by those who look for them
LASTS = dt.timedelta(days=365)
LONGEST = 100  # characters of a token that are looked at
NOTED_EVERY = dt.timedelta(minutes=1)


def _digest(text: str) -> str:
    return hmac.new(settings.DIGEST_KEY, text.encode(), hashlib.sha256).hexdigest()


def make(*, name: str, scope: str, by: Any) -> tuple[ApiToken, str]:
    """A new token that works for a year, and its text, which is nowhere else and cannot be shown again."""
    text = PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        token = ApiToken.objects.create(
            name=name.strip()[:80],
            scope=scope,
            digest=_digest(text),
            created_at=now,
            created_by=by,
            expires_at=now + LASTS,
        )
        trail.record(Verb.ACCESS_GIVEN, by=by, target=f"token:{token.pk}", reason=scope)
    return token, text


def revoke(*, token: ApiToken, by: Any) -> bool:
    """From now on it opens nothing. False when it had been revoked before."""
    with transaction.atomic():
        revoked = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
        if revoked:
            trail.record(Verb.ACCESS_TAKEN, by=by, target=f"token:{token.pk}")
    return bool(revoked)


def find(text: str) -> ApiToken | None:
    """The live token with this text; None for any other text. Its use is noted, at most once a minute."""
    if not text.startswith(PREFIX) or len(text) > LONGEST:
        return None
    now = timezone.now()
    token = ApiToken.objects.filter(digest=_digest(text), revoked_at=None, expires_at__gt=now).first()
    if token is not None:
        old = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiToken.objects.filter(old, pk=token.pk).update(last_used_at=now)
    return token
