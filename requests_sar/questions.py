"""The order of the questions of each right: which apply, which comes next, what is missing, and the answers shown back.

No page decides the order; each asks here. A change made from "Check your answers" returns there unless it
opens a question that has no answer yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.templatetags.house import short_day
from requests_sar import forms, forms_portability
from requests_sar.models import ReplyBy
from requests_sar.rights import Right
from subjects import datamap

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of "Check your answers"."""

    label: str
    value: str
    what: str  # "Change <what>"
    slug: str
    values: tuple[str, ...] = ()


def _always(answers: Answers) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One page of questions: when it is asked, what it needs, and how its answers are shown back."""

    slug: str
    form: type[forms.Step]
    needed: tuple[str, ...]  # answers without which the page is not done
    shown: Callable[
        [Answers, bool], list[Row]
    ]  # (answers, a document is attached): lines of "Check your answers"
    heading: str = ""  # of a page with several fields; a page with one field uses its label
    applies: Callable[[Answers], bool] = _always
    lead: str = ""  # a sentence under the heading

    @property
    def single(self) -> str:
        """The name of the only field, or "" when the page has several."""
        names = list(self.form.base_fields)
        return names[0] if len(names) == 1 else ""


def steps(right: Right, answers: Answers) -> list[Step]:
    """The pages that apply to these answers, in order. Without kinds of data there is no choice."""
    return [
        step
        for step in JOURNEYS[right]
        if step.applies(answers) and (step.slug != "what" or datamap.datasets())
    ]


def find(right: Right, slug: str, answers: Answers) -> Step | None:
    """The page of this name, if it applies."""
    return next((step for step in steps(right, answers) if step.slug == slug), None)


def unanswered(right: Right, answers: Answers) -> Step | None:
    """The first page that is not done; None when the request can be sent."""
    missing = (s for s in steps(right, answers) if any(not answers.get(name) for name in s.needed))
    return next(missing, None)


def after(right: Right, step: Step, answers: Answers) -> Step | None:
    """The page after this one; None when it is the last."""
    following = steps(right, answers)
    place = following.index(step) + 1
    return following[place] if place < len(following) else None


def before(right: Right, step: Step, answers: Answers) -> Step | None:
    """The page before this one; None when it is the first."""
    preceding = steps(right, answers)
    place = preceding.index(step) - 1
    return preceding[place] if place >= 0 else None


def counted(right: Right, step: Step, answers: Answers) -> str:
    """ "Question 2 of 6"."""
    present = steps(right, answers)
    return f"Question {present.index(step) + 1} of {len(present)}"


def sendable(right: Right, answers: Answers) -> dict[str, Any]:
    """The answers without those of pages that no longer apply: a changed mind leaves nothing behind."""
    kept = {name for step in steps(right, answers) for name in step.form.base_fields}
    return {name: value for name, value in answers.items() if name in kept}


def initial(step: Step, answers: Answers) -> dict[str, Any]:
    """What to show in the page's fields."""
    found = {name: answers[name] for name in step.form.base_fields if name in answers}
    for name in ("since", "until"):
        if found.get(name):
            found[name] = dt.date.fromisoformat(found[name])
    return found


def rows(right: Right, answers: Answers, *, file: bool) -> list[Row]:
    """The answers as shown back before sending. `file`: whether a document was attached."""
    return [row for step in steps(right, answers) for row in step.shown(answers, file)]


def _scope(answers: Answers, file: bool) -> list[Row]:
    words = "Only some of it" if answers.get("scope") == "some" else "Everything"
    return [Row("How much", words, "how much", "what")]


def _which(answers: Answers, file: bool) -> list[Row]:
    titles = tuple(datamap.get(key).title for key in answers.get("kinds", []))
    return [
        Row("Kinds of data", "", "the kinds of data", "which", titles),
        Row("From and to", period(answers.get("since"), answers.get("until")), "the dates", "which"),
    ]


def period(since: str | dt.date | None, until: str | dt.date | None) -> str:
    """ "From 1 May 2026 to 30 May 2026", or "All dates"."""
    first, last = _day(since), _day(until)
    if first and last:
        return f"From {short_day(first)} to {short_day(last)}"
    if first:
        return f"From {short_day(first)} to now"
    return f"Up to {short_day(last)}" if last else "All dates"


def _day(value: str | dt.date | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) and value else value or None  # type: ignore[return-value]


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
    Step("what", forms.What, ("scope",), _scope),
    Step(
        "which",
        forms.Which,
        ("kinds",),
        _which,
        "Which data do you want?",
        lambda a: a.get("scope") == "some",
    ),
)


def _destination(answers: Answers, file: bool) -> list[Row]:
    words = {"download": "Download here", "other": "To another company"}.get(answers.get("reply_by", ""), "")
    return [Row("Where the files go", words, "where the files go", "to")]


def _company(answers: Answers, file: bool) -> list[Row]:
    return [Row("The other company", answers.get("reply_needs", ""), "the other company", "company")]


PORTABLE = (
    Step("what", forms_portability.What, ("scope",), _scope),
    Step(
        "which",
        forms_portability.Which,
        ("kinds",),
        _which,
        "Which data do you want to move?",
        lambda a: a.get("scope") == "some",
    ),
    Step("to", forms_portability.To, ("reply_by",), _destination),
    Step(
        "company",
        forms_portability.Company,
        ("reply_needs",),
        _company,
        "",
        lambda a: a.get("reply_by") == ReplyBy.OTHER,
    ),
)

# The questions of each right that can be used here from start to end.
JOURNEYS: dict[Right, tuple[Step, ...]] = {
    Right.ACCESS: (*COPY, *WHO, *REPLY),
    Right.PORTABILITY: (*PORTABLE, *WHO),
}
