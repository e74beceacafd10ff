"""What was said of an address alone becomes the word of the person who turns out to have it.

Somebody signs up with an address and becomes a customer later, or a system tells us an address of a customer we have.
As soon as exactly one person on file has the address, each event about it is written again as theirs, with the same
moment, way and words; the first stays where it is. Where several have the address, nobody knows whose word it was.
"""

from __future__ import annotations

from django.db import connection, transaction

from portal.audit import trail
from portal.audit.trail import Verb

AT_ONCE = 5_000

# In the order in which they were written down, so that two at one moment keep their order.
_ADOPT = """
INSERT INTO consent_consentevent
    (subject_id, address, purpose, channel, act, how, wording_id, evidence, key, happened_at, recorded_at)
SELECT owner.subject_id, '', e.purpose, e.channel, e.act, e.how, e.wording_id, 'event:' || e.id, 'adopt:' || e.id,
       e.happened_at, now()
FROM consent_consentevent AS e
CROSS JOIN LATERAL (
    SELECT min(subject_id::text)::uuid AS subject_id
    FROM subjects_identifier
    WHERE kind = CASE e.channel WHEN 'email' THEN 'email' ELSE 'phone' END AND value = e.address
    HAVING count(*) = 1
) AS owner
WHERE e.address <> '' AND NOT EXISTS (SELECT FROM consent_consentevent WHERE key = 'adopt:' || e.id)
ORDER BY e.id LIMIT %s
ON CONFLICT DO NOTHING
"""


def adopt() -> int:
    """Write again what has found its person; returns how many events. Again, it adds nothing.

    Nobody comes on or off the do-not-contact list by it: that happened when the address spoke.
    """
    total = 0
    while added := _some():
        total += added
    return total


def _some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ADOPT, [AT_ONCE])
        added = int(cursor.rowcount)
        if added:
            trail.record(
                Verb.CONSENT_RECORDED,
                by=None,
                target="consent:adopted",
                reason=f"{added} choices found their person",
            )
    return added
