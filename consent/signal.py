"""Global Privacy Control: what a browser says for its owner in the header `Sec-GPC` (W3C, editors' draft of 2025).

We take it as an objection to figures about the use of our website (Article 21), for somebody whom we know by a sign-in.
For everybody else there is nothing to write down: this portal counts nobody's visits. It says nothing about direct
marketing and is no request. No UK duty demands it.
"""

from __future__ import annotations

from collections.abc import Mapping

from consent import ledger
from consent.models import Act, Channel, ConsentEvent, ConsentFlag, How
from portal.register import store
from subjects.models import Subject

HEADER = "Sec-GPC"
ANALYTICS = "website-analytics"  # key in the register; a company without it has nothing to stop


def sent(headers: Mapping[str, str]) -> bool:
    """Whether the signal is there: exactly "1", in one of the header's fields (servers join them with commas)."""
    return any(field.strip() == "1" for field in headers.get(HEADER, "").split(","))


def heard(subject: Subject) -> ConsentEvent | None:
    """Write down once that this person's browser objects to analytics; None where nothing is to be written.

    A choice of their own about analytics is more specific than a setting of the browser and stands, whatever it was.
    """
    if not any(each.key == ANALYTICS for each in store.current().functions):
        return None
    if ConsentFlag.objects.filter(subject=subject, purpose=ANALYTICS).exists():
        return None
    return ledger.record(
        subject=subject,
        purpose=ANALYTICS,
        channel=Channel.WEB,
        act=Act.OBJECTED,
        how=How.BROWSER,
        key=f"gpc:{subject.reference}",
        by="customer",
    )
