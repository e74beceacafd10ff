"""Every e-mail this floor sends: one short function each. The words are in templates/emails/requests_sar/.

Subjects name the reference and nothing else; bodies hold no data about the person.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from portal.accounts.visits import Sent
from portal.mail import outbound
from portal.mail.models import Message
from requests_sar.models import Case, Task
from retention.models import Hold
from subjects.models import Controller


def _link(name: str, *args: Any) -> str:
    return settings.SITE_URL + reverse(name, args=args)


LEADS_TO = {"ready": "request_files"}  # the page that the link opens, when it is not the request's own
ANSWERS = {"ready"}  # goes to whoever the answer is for, others to the requester


def about(case: Case, template: str, **context: Any) -> Message | None:
    """The e-mail that goes with a letter to the requester; none when we have no address (letters go by post).

    `template` names the files in templates/emails/requests_sar/, `context` is what they need beside the case.
    """
    to = case.answer_email if template in ANSWERS else case.requester_email
    if not to:
        return None
    link = _link(LEADS_TO.get(template, "request"), case.reference)
    return outbound.compose(
        f"requests_sar/{template}",
        to=to,
        context={"case": case, "link": link, **context},
        about=case.reference,
    )


def code(sent: Sent, *, case: Case | None = None) -> Message | None:
    """The code and the link that prove an address; the same words for every address."""
    if not sent.deliver:
        return None
    return outbound.compose(
        "requests_sar/code",
        to=sent.challenge.address,
        about=case.reference if case else "",
        secret=True,
        context={
            "code": sent.code,
            "link": _link("link", sent.token),
            "case": case,
            "hours": settings.CODE_MINUTES // 60,
            "not_me": _link("not_me"),
        },
    )


def prove(sent: Sent, case: Case) -> Message:
    """A link to the address on file: did its owner ask us for something?"""
    context = {
        "link": _link("link", sent.token),
        "case": case,
        "hours": settings.CODE_MINUTES // 60,
        "not_me": _link("not_me"),
    }
    to = sent.challenge.address
    return outbound.compose("requests_sar/prove", to=to, about=case.reference, secret=True, context=context)


def client(case: Case, controller: Controller) -> Message:
    """To the company whose processor we are: there is a request about its data. Not whose, nor what they want."""
    return outbound.compose(
        "requests_sar/client",
        to=controller.email,
        about=case.reference,
        context={"case": case, "client": controller},
    )


def still_waiting(case: Case, asked: str) -> Message | None:
    """We asked something two weeks ago and have no answer. `asked` is "question" or the kind of a need."""
    return about(case, "still_waiting", asked=asked)


def for_officer(case: Case, kind: str, to: str) -> Message:
    """A date of a case comes near or is over: to whoever works on it. No word about the person."""
    link = _link("admin:case", case.reference)
    context = {"case": case, "kind": kind, "link": link}
    return outbound.compose("requests_sar/for_officer", to=to, context=context, about=case.reference)


def hold_due(hold: Hold, to: str) -> Message:
    """A legal hold's day has come: to whoever looks after it. No word about whose data or which claim."""
    context = {"hold": hold, "link": _link("admin:hold", hold.pk)}
    return outbound.compose("requests_sar/hold_due", to=to, context=context)


def assigned(cases: list[Case], *, to: Any, owner: Any, by: Any) -> Message:
    """These requests have another owner: to the new one, or to the one who had them. References only."""
    shown = [(case.reference, _link("admin:case", case.reference)) for case in cases]
    context = {"cases": shown, "mine": owner == to, "owner": owner, "by": by, "link": _link("admin:index")}
    about = cases[0].reference if len(cases) == 1 else ""
    return outbound.compose("requests_sar/assigned", to=to.email, context=context, about=about)


def task(task: Task, kind: str, *, to: str, token: str = "") -> Message:
    """Something about a search, to the colleague: its reference and its date, no word about the person or the place.

    `kind`: asked, again, tomorrow, overdue, fresh, cancelled, given-away. `token` opens it without an account.
    """
    link = _link("task_link", token) if token else _link("admin:task", task.pk)
    ended = kind in {"cancelled", "given-away"}
    context = {"task": task, "case": task.case, "kind": kind, "link": "" if ended else link}
    return outbound.compose(
        "requests_sar/task", to=to, context=context, about=task.case.reference, secret=bool(token)
    )


def digest(
    to: str, lines: list[tuple[str, int]], late: list[Case], unanswered: list[tuple[str, str]] | None = None
) -> Message:
    """The officers' list of the day: numbers, the references that are late, searches that nobody answers.

    `unanswered`: reference and who was asked.
    """
    context = {"lines": lines, "late": late, "unanswered": unanswered or [], "link": _link("admin:index")}
    return outbound.compose("requests_sar/digest", to=to, context=context)
