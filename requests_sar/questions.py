"""The order of the questions: which apply, which comes next, what is missing, and the answers shown back.

No page decides the order; each asks here. A change made from "Check your answers" returns there unless it
opens a question that has no answer yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.templatetags.house import short_day
from requests_sar import forms
from requests_sar.models import ReplyBy
from subjects import datamap

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One page of questions."""

    slug: str
    form: type[forms.Step]
    heading: str  # of a page with several fields; a page with one field uses its label
    applies: Callable[[Answers], bool]
    needed: tuple[str, ...]  # answers without which the page is not done

    @property
    def single(self) -> str:
        """The name of the only field, or "" when the page has several."""
        names = list(self.form.base_fields)
        return names[0] if len(names) == 1 else ""


def _always(answers: Answers) -> bool:
    return True


STEPS: tuple[Step, ...] = (
    Step("what", forms.What, "", _always, ("scope",)),
    Step("which", forms.Which, "Which data do you want?", lambda a: a.get("scope") == "some", ("kinds",)),
    Step("who", forms.Who, "", _always, ("for_self",)),
    Step(
        "for-whom",
        forms.Behalf,
        "Who are you asking for?",
        lambda a: a.get("for_self") == "no",
        ("on_behalf_of", "relationship"),
    ),
    Step("details", forms.Details, "Your details", _always, ("name", "email")),
    Step("reply", forms.Reply, "", _always, ("reply_by",)),
    Step("address", forms.Post, "", lambda a: a.get("reply_by") == ReplyBy.POST, ("address",)),
    Step("needs", forms.Needs, "", lambda a: a.get("reply_by") == ReplyBy.OTHER, ("reply_needs",)),
)


def steps(answers: Answers) -> list[Step]:
    """The pages that apply to these answers, in order. Without kinds of data there is no choice."""
    return [step for step in STEPS if step.applies(answers) and (step.slug != "what" or datamap.datasets())]


def find(slug: str, answers: Answers) -> Step | None:
    """The page of this name, if it applies."""
    return next((step for step in steps(answers) if step.slug == slug), None)


def unanswered(answers: Answers) -> Step | None:
    """The first page that is not done; None when the request can be sent."""
    return next((s for s in steps(answers) if any(not answers.get(name) for name in s.needed)), None)


def after(step: Step, answers: Answers) -> Step | None:
    """The page after this one; None when it is the last."""
    following = steps(answers)
    place = following.index(step) + 1
    return following[place] if place < len(following) else None


def before(step: Step, answers: Answers) -> Step | None:
    """The page before this one; None when it is the first."""
    preceding = steps(answers)
    place = preceding.index(step) - 1
    return preceding[place] if place >= 0 else None


def counted(step: Step, answers: Answers) -> str:
    """ "Question 2 of 6"."""
    present = steps(answers)
    return f"Question {present.index(step) + 1} of {len(present)}"


def sendable(answers: Answers) -> dict[str, Any]:
    """The answers without those of pages that no longer apply: a changed mind leaves nothing behind."""
    kept = {name for step in steps(answers) for name in step.form.base_fields}
    return {name: value for name, value in answers.items() if name in kept}


def initial(step: Step, answers: Answers) -> dict[str, Any]:
    """What to show in the page's fields."""
    found = {name: answers[name] for name in step.form.base_fields if name in answers}
    for name in ("since", "until"):
        if found.get(name):
            found[name] = dt.date.fromisoformat(found[name])
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """One line of "Check your answers"."""

    label: str
    value: str
    what: str  # "Change <what>"
    slug: str
    values: tuple[str, ...] = ()


def rows(answers: Answers, *, file: bool) -> list[Row]:
    """The answers as shown back before sending. `file`: whether a document was attached."""
    shown = [_scope(answers), *_which(answers), *_who(answers, file=file)]
    shown += [
        Row("Your name", answers.get("name", ""), "your name", "details"),
        Row("Email address", answers.get("email", ""), "your email address", "details"),
        Row(
            "Customer number",
            answers.get("customer_number") or "Not given",
            "your customer number",
            "details",
        ),
        Row("Telephone number", answers.get("phone") or "Not given", "your telephone number", "details"),
        Row(
            "What helps us find it",
            answers.get("words") or "Nothing added",
            "what helps us find it",
            "details",
        ),
    ]
    return shown + _reply(answers)


def _scope(answers: Answers) -> Row:
    words = "Only some of it" if answers.get("scope") == "some" else "Everything"
    return Row("How much", words, "how much", "what")


def _which(answers: Answers) -> list[Row]:
    if answers.get("scope") != "some":
        return []
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


def _who(answers: Answers, *, file: bool) -> list[Row]:
    if answers.get("for_self") != "no":
        return [Row("Who for", "For myself", "who you ask for", "who")]
    return [
        Row("Who for", "Someone else", "who you ask for", "who"),
        Row("Their full name", answers.get("on_behalf_of", ""), "their name", "for-whom"),
        Row(
            "How you may act for them",
            answers.get("relationship", ""),
            "how you may act for them",
            "for-whom",
        ),
        Row(
            "Document",
            "Attached" if file else "Not attached. You can send it later",
            "the document",
            "for-whom",
        ),
    ]


def _reply(answers: Answers) -> list[Row]:
    way = answers.get("reply_by")
    shown = [Row("How we send it", ReplyBy(way).label if way else "", "how we send it", "reply")]
    if way == ReplyBy.POST:
        shown.append(Row("Postal address", answers.get("address", ""), "your postal address", "address"))
    if way == ReplyBy.OTHER:
        shown.append(Row("What you need", answers.get("reply_needs", ""), "what you need", "needs"))
    return shown
