"""One person's "no" from a link, in one statement: exactly what `ledger.record` writes, without its ten round trips.

A mailbox provider may post for everybody of a mailing within a minute. The statement is its own transaction, so the
answer comes after the commit. A test holds both ways against each other, row by row.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

from consent import suppression
from consent.links import Target
from consent.models import Act
from consent.purposes import is_marketing
from portal.audit.trail import Verb

_SAY = """
SELECT consent_say_no(%(subject)s, %(address)s, %(reference)s, %(purpose)s, %(channel)s, %(act)s, %(how)s, %(evidence)s,
                      %(key)s, %(now)s, %(codes)s, %(actor)s, %(recorded)s, %(suppressed)s)
"""


def say_no(target: Target, *, act: Act, how: str, evidence: str, key: str, actor: str) -> int | None:
    """Write down a no about the campaign of a link, at this moment; returns its number.

    None when an event of this key stands already (and is committed: the database waits for who writes it). Must not
    be called inside a transaction of which more depends, because it is durable only at the end of that.
    """
    about = target.campaign
    at = target.reached if is_marketing(about.purpose) else ()
    codes = {
        suppression.digest(each, about.channel) for each in at if suppression.normal(each, about.channel)
    }
    words: dict[str, Any] = {
        "subject": target.subject_id,
        "address": "" if target.subject_id else target.address,
        "reference": target.reference,
        "purpose": about.purpose,
        "channel": about.channel,
        "act": act,
        "how": how,
        "evidence": evidence[:80],
        "key": key,
        "now": timezone.now(),
        "codes": sorted(codes),
        "actor": actor,
        "recorded": Verb.CONSENT_RECORDED.value,
        "suppressed": Verb.SUPPRESSED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAY, words)
        row = cursor.fetchone()
    written: int | None = row[0]
    return written
