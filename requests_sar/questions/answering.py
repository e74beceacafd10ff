"""How the answer to a request that ends in a decision reaches the person: a letter, not files."""

from __future__ import annotations

from django import forms

from portal.forms import Option
from requests_sar.forms import Needs, Post
from requests_sar.forms import Step as Page
from requests_sar.models import ReplyBy
from requests_sar.questions.step import Answers, Row, Step

WORDS = {
    ReplyBy.DOWNLOAD: "On this site",
    ReplyBy.POST: "By post",
    ReplyBy.OTHER: "Another way",
}


class AnswerBy(Page):
    """On this site, or in another way."""

    reply_by = forms.ChoiceField(
        label="How should we answer?",
        choices=[
            (
                ReplyBy.DOWNLOAD.value,
                Option(WORDS[ReplyBy.DOWNLOAD], hint="We email you when our answer is here"),
            ),
            (ReplyBy.POST.value, Option(WORDS[ReplyBy.POST], hint="A letter, to your address")),
            (
                ReplyBy.OTHER.value,
                Option(
                    WORDS[ReplyBy.OTHER], hint="For example large print or by phone. Tell us what you need"
                ),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose how we should answer",
            "invalid_choice": "Choose how we should answer",
        },
    )


def _reply(answers: Answers, file: bool) -> list[Row]:
    way = answers.get("reply_by")
    return [Row("Our answer", WORDS[ReplyBy(way)] if way else "", "how we answer", "reply")]


def _address(answers: Answers, file: bool) -> list[Row]:
    return [Row("Postal address", answers.get("address", ""), "your postal address", "address")]


def _needs(answers: Answers, file: bool) -> list[Row]:
    return [Row("What you need", answers.get("reply_needs", ""), "what you need", "needs")]


ANSWER = (
    Step("reply", AnswerBy, ("reply_by",), _reply),
    Step("address", Post, ("address",), _address, "", lambda a: a.get("reply_by") == ReplyBy.POST),
    Step("needs", Needs, ("reply_needs",), _needs, "", lambda a: a.get("reply_by") == ReplyBy.OTHER),
)
