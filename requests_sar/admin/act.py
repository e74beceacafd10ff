"""What an act on a case is: its words, its form, and the verb that it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from requests_sar.models import Case, Package
from requests_sar.staff_forms import ActForm

Answers = dict[str, Any]


def seen(answers: Answers) -> int | None:
    """The version that the person's page showed."""
    return answers.get("seen")


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `form` without fields to fill in needs no page of its own: its button acts at once."""

    slug: str
    button: str
    done: str | Callable[[Any], str]  # the sentence after it, or what makes it from the result
    run: Callable[[Case, Any, Answers], Any]
    offered: Callable[[Case, Package | None], bool]
    title: str = ""
    lead: str = ""
    form: type[Any] = ActForm
    tone: str = "second"  # first: what comes next; second; danger
    group: str = "next"  # where the button stands: next, person, package, clock, other, page
    takes_case: bool = False  # the form offers rows of the case
    takes_user: bool = False  # the form asks some people more than others
    rehearsed: bool = False  # a first press shows what would change, and the letter; the second does it
    facts: Callable[[Case], list[str]] | None = None  # sentences above the form: where things stand

    def said(self, result: Any) -> str:
        """The sentence after the act."""
        return self.done if isinstance(self.done, str) else self.done(result)

    @property
    def has_page(self) -> bool:
        """Whether it asks for something, or deserves a second look."""
        return bool(self.title)
