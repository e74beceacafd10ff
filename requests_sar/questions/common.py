"""The questions that several rights ask: how much, who is asking, how the answer is sent."""

from __future__ import annotations

from requests_sar import forms
from requests_sar.models import ReplyBy
from requests_sar.questions.step import Answers, Row, Step, period
from subjects import datamap


def how_much(answers: Answers, file: bool) -> list[Row]:
    """Everything, or some of it."""
    words = "Only some of it" if answers.get("scope") == "some" else "Everything"
    return [Row("How much", words, "how much", "what")]


def which_kinds(answers: Answers, file: bool) -> list[Row]:
    """The kinds and the dates."""
    titles = tuple(datamap.get(key).title for key in answers.get("kinds", []))
    return [
        Row("Kinds of data", "", "the kinds of data", "which", titles),
        Row("From and to", period(answers.get("since"), answers.get("until")), "the dates", "which"),
    ]


def _who(answers: Answers, file: bool) -> list[Row]:
    words = "Someone else" if answers.get("for_self") == "no" else "For myself"
    return [Row("Who for", words, "who you ask for", "who")]


def _behalf(answers: Answers, file: bool) -> list[Row]:
    attached = "Attached" if file else "Not attached. You can send it later"
    how = "how you may act for them"
    return [
        Row("Their full name", answers.get("on_behalf_of", ""), "their name", "for-whom"),
        Row("How you may act for them", answers.get("relationship", ""), how, "for-whom"),
        Row("Document", attached, "the document", "for-whom"),
    ]


def _details(answers: Answers, file: bool) -> list[Row]:
    lines = (
        ("Your name", answers.get("name", ""), "your name"),
        ("Email address", answers.get("email", ""), "your email address"),
        ("Customer number", answers.get("customer_number") or "Not given", "your customer number"),
        ("Telephone number", answers.get("phone") or "Not given", "your telephone number"),
        ("What helps us find it", answers.get("words") or "Nothing added", "what helps us find it"),
    )
    return [Row(label, value, what, "details") for label, value, what in lines]


def _reply(answers: Answers, file: bool) -> list[Row]:
    way = answers.get("reply_by")
    return [Row("How we send it", ReplyBy(way).label if way else "", "how we send it", "reply")]


def _address(answers: Answers, file: bool) -> list[Row]:
    return [Row("Postal address", answers.get("address", ""), "your postal address", "address")]


def _needs(answers: Answers, file: bool) -> list[Row]:
    return [Row("What you need", answers.get("reply_needs", ""), "what you need", "needs")]


WHO = (
    Step("who", forms.Who, ("for_self",), _who),
    Step(
        "for-whom",
        forms.Behalf,
        ("on_behalf_of", "relationship"),
        _behalf,
        "Who are you asking for?",
        lambda a: a.get("for_self") == "no",
    ),
    Step("details", forms.Details, ("name", "email"), _details, "Your details"),
)
REPLY = (
    Step("reply", forms.Reply, ("reply_by",), _reply),
    Step("address", forms.Post, ("address",), _address, "", lambda a: a.get("reply_by") == ReplyBy.POST),
    Step("needs", forms.Needs, ("reply_needs",), _needs, "", lambda a: a.get("reply_by") == ReplyBy.OTHER),
)
COPY = (
    Step("what", forms.What, ("scope",), how_much),
    Step(
        "which",
        forms.Which,
        ("kinds",),
        which_kinds,
        "Which data do you want?",
        lambda a: a.get("scope") == "some",
    ),
)
