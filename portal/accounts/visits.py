"""How a customer proves an address: a six-digit code and a link, sent to that address.

The same message goes to every address, known to us or not, so nothing can be learned from it. Proof of an
address opens a `Visit`; what the address may see is decided by the floors above.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.utils import timezone

from portal.accounts.models import Challenge, Purpose, Visit

SESSION_KEY = "visit"
LONGEST_VISIT = dt.timedelta(hours=8)  # however busy: a page that polls must not keep a browser signed in
CODES_PER_HOUR = 5  # for one address; more are not sent, and the page stays the same
WRONG_A_DAY = 30  # wrong codes for one address; then only the link helps, which is too long to guess


class WrongCode(Exception):
    """The code does not fit. `left` tries remain."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class Locked(Exception):
    """Too many wrong codes; `until` says when to try again."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(until)
        self.until = until


class LockedToday(Locked):
    """Too many wrong codes for this address in a day, over however many challenges. The link still works."""


class Expired(Exception):
    """The code or link is too old, was used, or never existed: the same answer for all three."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A fresh challenge with the secrets that go into the message and nowhere else."""

    challenge: Challenge
    code: str
    token: str
    deliver: bool  # False when this address already had its share of messages this hour


def normalise(address: str) -> str:
    """The address as compared everywhere: trimmed and in lower case."""
    return address.strip().lower()


def _hash(text: str) -> str:
    return hmac.new(settings.DIGEST_KEY, text.encode(), hashlib.sha256).hexdigest()


def start(*, address: str, purpose: Purpose, replaces: uuid.UUID | None = None) -> Sent:
    """Make a challenge for an address. The caller sends the message when `deliver` is true.

    `replaces`: the challenge asked for before in the same place; it ends when the new one is sent.
    A challenge that is not sent has no code that fits: nobody may guess at what its owner never hears of.
    """
    now = timezone.now()
    address = normalise(address)
    recent = Challenge.objects.filter(address=address, created_at__gt=now - dt.timedelta(hours=1)).count()
    deliver = recent < CODES_PER_HOUR
    code = f"{secrets.randbelow(1_000_000):06d}"
    token = secrets.token_urlsafe(24)
    challenge_id = uuid.uuid4()
    challenge = Challenge.objects.create(
        id=challenge_id,
        address=address,
        purpose=purpose,
        code_hash=_hash(f"{challenge_id}:{code}") if deliver else "",
        token_digest=_hash(token),
        created_at=now,
        expires_at=now + dt.timedelta(minutes=settings.CODE_MINUTES),
    )
    if deliver and replaces:
        Challenge.objects.filter(pk=replaces, used_at=None).update(expires_at=now)
    return Sent(challenge, code, token, deliver)


def find(challenge_id: uuid.UUID) -> Challenge | None:
    """The challenge, live or not."""
    return Challenge.objects.filter(pk=challenge_id).first()


def find_by_token(token: str) -> Challenge | None:
    """The challenge a link belongs to. Reading it uses nothing up: mail scanners open links."""
    return Challenge.objects.filter(token_digest=_hash(token)).first()


def is_live(challenge: Challenge | None) -> bool:
    """Whether the challenge can still be answered."""
    return challenge is not None and challenge.used_at is None and challenge.expires_at > timezone.now()


def answer_code(*, challenge_id: uuid.UUID, code: str) -> Visit:
    """Open a visit if the code fits.

    Raises Expired, Locked (after CODE_TRIES wrong codes, for CODE_LOCK_MINUTES), LockedToday (after WRONG_A_DAY
    for the address) or WrongCode. Tries on one challenge wait for each other, so none goes uncounted.
    """
    now = timezone.now()
    with transaction.atomic():
        challenge = Challenge.objects.select_for_update().filter(pk=challenge_id).first()
        if not is_live(challenge):
            raise Expired
        assert challenge is not None
        if challenge.locked_until and challenge.locked_until > now:
            raise Locked(challenge.locked_until)
        if _wrong_today(challenge.address, now) >= WRONG_A_DAY:
            raise LockedToday(now + dt.timedelta(days=1))
        given = "".join(ch for ch in code if ch.isdigit())
        if hmac.compare_digest(challenge.code_hash, _hash(f"{challenge.pk}:{given}")):
            return _use(challenge, now)
        left = _count_wrong(challenge, now)
    if left == 0:
        raise Locked(challenge.locked_until or now)
    raise WrongCode(left)


def _count_wrong(challenge: Challenge, now: dt.datetime) -> int:
    """Count a wrong try on a row that is locked for us; returns the tries left, 0 when that was the last one."""
    challenge.tries += 1
    left = -challenge.tries % settings.CODE_TRIES
    if left == 0:
        challenge.locked_until = now + dt.timedelta(minutes=settings.CODE_LOCK_MINUTES)
    challenge.save(update_fields=["tries", "locked_until"])
    return int(left)


def _wrong_today(address: str, now: dt.datetime) -> int:
    """Wrong codes for the address on challenges that were sent in the last day (or are still good)."""
    sent = Challenge.objects.filter(address=address).exclude(code_hash="")
    recent = Q(created_at__gt=now - dt.timedelta(days=1)) | Q(expires_at__gt=now)
    return sent.filter(recent).aggregate(wrong=Sum("tries"))["wrong"] or 0


def answer_link(*, token: str) -> tuple[Challenge, Visit]:
    """Open a visit from a link (POST only; a GET must never call this). Raises Expired."""
    with transaction.atomic():
        challenge = Challenge.objects.select_for_update().filter(token_digest=_hash(token)).first()
        if not is_live(challenge):
            raise Expired
        assert challenge is not None
        return challenge, _use(challenge, timezone.now())


def _use(challenge: Challenge, now: dt.datetime) -> Visit:
    challenge.used_at = now
    challenge.save(update_fields=["used_at"])
    return Visit.objects.create(
        address=challenge.address,
        proved_at=now,
        expires_at=now + dt.timedelta(minutes=settings.VISIT_MINUTES),
    )


def open_in(request: HttpRequest, visit: Visit) -> None:
    """Let this browser carry the visit. The session key changes, so an older one cannot be ridden."""
    request.session.cycle_key()
    request.session[SESSION_KEY] = str(visit.pk)
    request.visit = visit


def current(request: HttpRequest) -> Visit | None:
    """The live visit of this browser. Being used keeps it alive, written at most once a minute."""
    key = request.session.get(SESSION_KEY)
    if not key:
        return None
    now = timezone.now()
    visit = Visit.objects.filter(
        pk=key, ended_at=None, expires_at__gt=now, proved_at__gt=now - LONGEST_VISIT
    ).first()
    if visit is None:
        return None
    expires = min(now + dt.timedelta(minutes=settings.VISIT_MINUTES), visit.proved_at + LONGEST_VISIT)
    if expires - visit.expires_at > dt.timedelta(minutes=1):
        visit.expires_at = expires
        visit.save(update_fields=["expires_at"])
    return visit


def end(request: HttpRequest) -> None:
    """Sign the customer out, here and in any copy of this session."""
    if request.visit is not None:
        Visit.objects.filter(pk=request.visit.pk).update(ended_at=timezone.now())
    request.session.flush()
    request.visit = None


def remove_expired() -> int:
    """Delete challenges and visits a day after their end; returns how many. Called by beat."""
    limit = timezone.now() - dt.timedelta(days=1)
    return sum(model.objects.filter(expires_at__lt=limit).delete()[0] for model in (Challenge, Visit))
