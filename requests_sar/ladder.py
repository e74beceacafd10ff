"""How sure we have to be who is asking, and the ways to become so, the least intrusive first. Pure.

UK GDPR Article 12(6): more information only where there is reasonable doubt, and no more than is necessary. A code
to the address on file is enough for every right; a document is the last resort.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from requests_sar.rights import Right


class Way(StrEnum):
    """One way to make sure who is asking; the order is that of the ladder."""

    EMAIL = "email"
    LINK_ON_FILE = "link-on-file"
    QUESTIONS = "questions"
    CALL_BACK = "call-back"
    OTHER = "other"
    DOCUMENT = "document"


class Level(StrEnum):
    """How much proof a right needs."""

    NOTHING = "nothing"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Rung:
    """A way in words: what staff do, and what it shows."""

    name: str
    what: str


RUNGS: dict[Way, Rung] = {
    Way.EMAIL: Rung(
        "E-mail address on file",
        "They proved by a code that they read the address that we have on file. Enough for every right, unless the "
        "address was changed in the last 30 days.",
    ),
    Way.LINK_ON_FILE: Rung(
        "Link to the address on file",
        "For requests by phone, by letter or from an address that we do not know: we send a link to the address on "
        "file. The answer then goes to that address too.",
    ),
    Way.QUESTIONS: Rung(
        "Two questions from our records",
        "Ask on the phone what only they and we know. The portal picks two facts and shows the right answers to you "
        "alone; which were asked and matched is kept, the answers are not.",
    ),
    Way.CALL_BACK: Rung(
        "Call back on the number on file",
        "Ring the number that we had before the request came, never one that came with it. "
        "The portal sends no text messages, so this is the way by phone.",
    ),
    Way.OTHER: Rung(
        "Another way",
        "For instance they came in person and a colleague knows them. Say what you compared with what.",
    ),
    Way.DOCUMENT: Rung(
        "A document, as the last resort",
        "Only when nothing above is possible, and with the reason. It is kept sealed, destroyed when you decide, "
        "and after 30 days at the latest.",
    ),
}

LEVELS: dict[Right, Level] = dict.fromkeys(Right, Level.PERSON) | {Right.COMPLAINT: Level.NOTHING}
NEEDED: dict[Level, str] = {
    Level.PERSON: "One of the ways below is enough. Begin with the first that is possible, and stop there.",
    Level.NOTHING: "A complaint needs no proof of identity. Check who is asking only before you tell them something "
    "about a person.",
}


def level(right: str) -> Level:
    """How much proof this right needs. A right that the table does not name needs a person."""
    try:
        return LEVELS.get(Right(right), Level.PERSON)
    except ValueError:
        return Level.PERSON
