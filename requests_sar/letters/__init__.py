"""Every letter of the product: one door (`tell`), one declaration a kind (`kinds.py`), one file of shipped words.

To add a letter:
1. templates/letters/requests_sar/<kind>.txt holds its wording: plain text with places such as {reference}. No code:
   the DPO may edit it, and what is in the database must never run.
2. What needs logic is a part: templates/letters/requests_sar/<kind>/<part>.txt, an ordinary Django template that sees
   `case`, `organisation`, `register` and whatever is given to `tell`. {part} in the wording shows it.
3. `kinds.py`: a Kind with its title, when it goes out, its parts with their meaning, and which places must stay.
   `says_no=True` for every refusal: then the three complaint routes cannot be removed.
4. Call `letters.tell(case, "<kind>", by=by, **context)` inside the transaction of the act.

A sent letter is a row of `Letter` that never changes: its words, its title, and the version of the wording it used.
"""

from __future__ import annotations

from requests_sar.letters.kinds import KINDS, ROUTES, Kind
from requests_sar.letters.sending import Composed, Sheet, by_post, compose, sheet, tell
from requests_sar.letters.store import SHIPPED, active, newest, problems, shipped, text_of, versions
from requests_sar.letters.values import offered
from requests_sar.letters.wording import LIMIT

__all__ = [
    "KINDS",
    "LIMIT",
    "ROUTES",
    "SHIPPED",
    "Composed",
    "Kind",
    "Sheet",
    "active",
    "by_post",
    "compose",
    "newest",
    "offered",
    "problems",
    "sheet",
    "shipped",
    "tell",
    "text_of",
    "versions",
]
