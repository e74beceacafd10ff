"""The rights of the UK GDPR that a case can be about. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """One right, by the Regulation's word."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    COMPLAINT = "complaint"


# Answered with files made from everything collected; all others with a decision that is carried out.
COPIES = frozenset({Right.ACCESS, Right.PORTABILITY})
DECISIONS = frozenset(Right) - COPIES
PAUSABLE = frozenset({Right.ACCESS})  # the only right whose clock a question can stop (DPA 2018 s 54(3C))
IN_APPLYING = frozenset({Right.ERASURE})  # so much work that a worker carries the decision out


@dataclass(frozen=True, slots=True)
class Words:
    """What people are shown for a right, and where it stands in the law."""

    name: str
    line: str
    law: str


WORDS: dict[Right, Words] = {
    Right.ACCESS: Words(
        "A copy of your data", "See everything we hold about you, as a spreadsheet.", "UK GDPR Article 15"
    ),
    Right.RECTIFICATION: Words(
        "Correct your details", "Tell us what is wrong and we put it right.", "UK GDPR Article 16"
    ),
    Right.ERASURE: Words(
        "Delete your data", "Ask us to delete what we no longer need to keep.", "UK GDPR Article 17"
    ),
    Right.RESTRICTION: Words(
        "Pause how we use your data",
        "We keep your data safe but do nothing else with it.",
        "UK GDPR Article 18",
    ),
    Right.PORTABILITY: Words(
        "Move your data", "Get files that another company's computer can read.", "UK GDPR Article 20"
    ),
    Right.OBJECTION: Words(
        "Object to how we use your data", "Say no to marketing and to other uses.", "UK GDPR Article 21"
    ),
    Right.COMPLAINT: Words(
        "Complain", "Tell us what went wrong with your data.", "Data Protection Act 2018 section 164A"
    ),
}
