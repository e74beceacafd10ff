"""The letters there are, declared once: the DPO's pages, the checks and the sending all read this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The three ways to complain, which every refusal names (Article 12(4); DPA 2018 s 164A; ICO guidance).
ROUTES = ("complain_to_us", "complain_to_regulator", "complain_to_court")


@dataclass(frozen=True, slots=True)
class Kind:
    """One letter. `parts`: name -> meaning; each is a file beside the wording, and may hold logic."""

    key: str
    title: str  # the heading of the letter
    when: str  # for the DPO: when it goes out
    parts: Mapping[str, str] = field(default_factory=dict)
    must: tuple[str, ...] = ()  # places that cannot be removed
    says_no: bool = False  # a refusal, in whole or in part, or a delay: names the three routes
    mail: str = "message"  # the e-mail that leads to it: templates/emails/requests_sar/<mail>.*

    @property
    def required(self) -> tuple[str, ...]:
        """The places that must stay in every wording."""
        return (*self.must, *(ROUTES if self.says_no else ()))


_ALL = (
    Kind(
        "received",
        "We have your request",
        "When a request is confirmed or logged.",
        {
            "asked": "What reached us, and when",
            "date": "The date of our reply, when the month has begun",
            "next": "What comes next",
        },
        must=("date",),
        mail="received",
    ),
    Kind(
        "need",
        "We need something from you",
        "When we ask for proof of identity, proof of authority or a fee.",
        {
            "what": "What we need, in one sentence",
            "why": "Why we need it, as typed for this request",
            "asked_on": "The day we asked",
        },
        must=("what", "why"),
        says_no=True,
        mail="clock",
    ),
    Kind(
        "came",
        "We have what we asked for",
        "When what we asked for has come.",
        {"what": "What reached us, and when", "date": "The date of our reply, or what we still wait for"},
        must=("date",),
        mail="clock",
    ),
    Kind(
        "question",
        "We have a question",
        "When we ask the customer something.",
        {"question": "The question, as typed", "clock": "What the question does to the date of our reply"},
        must=("question", "clock"),
        mail="clock",
    ),
    Kind(
        "running",
        "The clock runs again",
        "When a question that paused the clock is answered.",
        {"answered_on": "The day the answer reached us", "date": "The new date of our reply"},
        must=("date",),
        mail="clock",
    ),
    Kind(
        "extended",
        "We need more time",
        "When the time is extended by two months.",
        {
            "date": "The new date of our reply beside the old one",
            "ground": "Complex, or the number of requests",
            "reason": "The reason, as typed for this request",
        },
        must=("date", "ground", "reason"),
        says_no=True,
        mail="clock",
    ),
    Kind(
        "corrected",
        "A corrected date",
        "When the day on which the request reached us is corrected.",
        {"date": "The date of our reply beside the old one"},
        must=("date",),
        mail="clock",
    ),
    Kind(
        "refused",
        "Our answer to your request",
        "When we refuse a request.",
        {
            "asked": "What they asked for, and when",
            "reason": "The reason, as typed for this request",
            "ground": "The ground, in the words of the law",
        },
        must=("reason", "ground"),
        says_no=True,
        mail="refused",
    ),
    Kind(
        "referred",
        "Another company decides about this data",
        "When we hold the data only for another company.",
        {
            "asked": "What they asked for, and when",
            "company": "The company to ask",
            "reach": "How to reach that company, when we know it",
        },
        must=("company",),
        says_no=True,
        mail="referred",
    ),
    Kind(
        "released",
        "Our reply to your request",
        "When the copy is released.",
        {
            "asked": "What they asked for, and when",
            "files": "Where the files are and until when",
            "late": "That the answer is late, and why, when it is",
            "withheld": "What is not in the copy, and why",
        },
        must=("files", "late", "withheld"),
        says_no=True,
        mail="ready",
    ),
    Kind(
        "nothing",
        "We hold nothing about you",
        "When we searched and found nothing about the person.",
        {"asked": "What they asked for, and when", "searched": "Where we looked and for what, as typed"},
        must=("searched",),
        says_no=True,
        mail="clock",
    ),
    Kind(
        "complaint_acknowledged",
        "We have your complaint",
        "When we confirm that we have a complaint (within 30 days).",
        {"who": "Who looks into it"},
        must=("complain_to_regulator",),
    ),
    Kind(
        "complaint_progress",
        "Your complaint: how far we are",
        "When we tell how far we are with a complaint.",
        {"text": "What we can tell, as typed"},
        must=("text",),
    ),
    Kind(
        "answer_complaint",
        "What we found about your complaint",
        "When we tell the outcome of a complaint.",
        {
            "finding": "Whether they are right, in one sentence",
            "words": "A sentence of our own, as typed",
            "outcome": "What happened and what we do, as typed",
        },
        must=("finding", "outcome"),
        says_no=True,
        mail="clock",
    ),
    Kind(
        "answer_erasure",
        "What we deleted, and what stays",
        "When an erasure is carried out.",
        {
            "asked": "What they asked for, and when",
            "goes": "Each kind of data that was deleted",
            "stays": "Each kind of data that stays, why, and until when",
            "late": "That the answer is late, and why, when it is",
            "backups": "What becomes of copies in backups",
        },
        must=("goes", "stays", "backups"),
        says_no=True,
        mail="clock",
    ),
    Kind(
        "document",
        "We need a document",
        "When we ask for a document after something less was not enough.",
        {"why": "Why we need it, as typed for this request"},
        must=("why",),
        says_no=True,
    ),
    Kind(
        "document_checked",
        "We looked at your document",
        "When we have decided about a document that they sent, and deleted it.",
        {"result": "Whether it was right, and what comes next"},
        must=("result",),
    ),
    Kind(
        "unproved",
        "We close your request",
        "When we close a request because nothing came for a month that shows who asks.",
        {"reason": "The reason, as typed for this request"},
        must=("reason",),
        says_no=True,
        mail="refused",
    ),
    Kind(
        "reopened",
        "Your request is open again",
        "When we open an ended request again, or their late answer does.",
        {"date": "The date of our reply, or what we still wait for"},
        must=("date",),
    ),
    Kind(
        "reclassified",
        "We have read your request again",
        "When we treat a request as one about another right.",
        {"date": "The date of our reply, when the month has begun"},
        must=("right", "date"),
    ),
    Kind(
        "wrong_company",
        "Your message to us",
        "When a request is meant for another company.",
        {"company": "The company we think of, when we know it"},
        must=("company",),
        says_no=True,
    ),
    Kind(
        "deceased",
        "Your message to us",
        "When somebody asks about a person who has died.",
        {"person": "The person who has died"},
        says_no=True,
    ),
    Kind(
        "together",
        "Our answer to your two requests",
        "When the answer to a linked request answers this one too.",
        {"other": "The other request, and when it was answered"},
        must=("other",),
        says_no=True,
    ),
    Kind(
        "answer_restriction",
        "Our answer: pausing how we use your data",
        "When we answer a request to pause.",
        {
            "decision": "Whether we pause, and how much",
            "because": "Why, as typed: for a no, or for less than they asked",
            "meaning": "What a pause means, when there is one",
            "words": "A sentence of our own, as typed",
        },
        must=("decision", "because", "meaning"),
        says_no=True,
        mail="clock",
    ),
    Kind(
        "marketing_stopped",
        "We have stopped marketing",
        "At once, when somebody says no to marketing alone. It is the same for addresses that we do not know.",
        mail="clock",
    ),
    Kind(
        "answer_objection",
        "Our answer: your objection",
        "When we answer an objection.",
        {
            "stopped": "The uses that we stopped",
            "refused": "The uses that we go on with, each with its reasons as typed, and that their stop will end",
            "words": "A sentence of our own, as typed",
        },
        must=("stopped", "refused"),
        says_no=True,
        mail="clock",
    ),
    Kind(
        "pause_ends",
        "Before we end the pause",
        "Before a pause ends: the law wants it to be told first.",
        {
            "what": "What was paused since when, and that it will end",
            "why": "Why it ends",
            "words": "A sentence of our own, as typed",
        },
        must=("what", "why"),
        says_no=True,
        mail="clock",
    ),
    Kind(
        "answer_rectification",
        "Our answer: correcting your data",
        "When we answer a request to correct data.",
        {
            "words": "A sentence of our own, as typed",
            "items": "Each thing they asked for, what we decided, and why",
            "recipients": "Whom we tell of it",
            "paused": "That its use is paused until we have told them",
            "late": "That the answer is late, and why, when it is",
        },
        must=("items", "recipients", "paused", "late"),
        says_no=True,
    ),
    Kind(
        "closed",
        "Your request is finished",
        "When an answered request is closed.",
        mail="closed",
    ),
    Kind(
        "withdrawn",
        "Your request is cancelled",
        "When the customer, or we for them, cancel a request.",
        mail="cancelled",
    ),
)

KINDS: dict[str, Kind] = {kind.key: kind for kind in _ALL}
