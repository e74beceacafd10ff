"""The "no" of one person or of many from their links, in one statement: exactly what `ledger.record` writes, without
its ten round trips each.

A mailbox provider may post for everybody of a mailing within a minute. The statement is its own transaction, so the
answer comes after the commit. A test holds both ways against each other, row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from psycopg2.extras import Json

from consent import suppression
from consent.links import Target
from consent.models import Act
from consent.purposes import is_marketing
from portal.audit.trail import Verb

_SAY = "SELECT * FROM consent_say_noes(%s, %s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class No:
    """What somebody says about the campaign of their link."""

    target: Target
    act: Act
    evidence: str
    key: str  # names the word that it answers to, so that two which come at once write one event


def say(noes: Sequence[No], *, how: str, actor: str) -> dict[str, int]:
    """Write them down at this moment, all or none; the number of each event by its key.

    A key is missing when an event of it stands already (and is committed: the database waits for who writes it). Must
    not be called inside a transaction of which more depends, because it is durable only at the end of that.
    """
    words = [
        {
            "who": target.subject_id and str(target.subject_id),
            "alone": "" if target.subject_id else target.address,
            "person": target.reference,
            "purpose": target.campaign.purpose,
            "channel": target.campaign.channel,
            "act": each.act,
            "evidence": each.evidence[:80],
            "key": each.key,
            "codes": sorted(_codes(target)),
        }
        for each in noes
        for target in [each.target]
    ]
    given = [Json(words), how, timezone.now(), actor, [Verb.CONSENT_RECORDED.value, Verb.SUPPRESSED.value]]
    with connection.cursor() as cursor:
        cursor.execute(_SAY, given)
        return dict(cursor.fetchall())


def _codes(target: Target) -> set[str]:
    about = target.campaign
    if not is_marketing(about.purpose):
        return set()
    return {
        suppression.digest(each, about.channel)
        for each in target.reached
        if suppression.normal(each, about.channel)
    }
