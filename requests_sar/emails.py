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
from requests_sar.models import Case, Package


def _link(name: str, *args: Any) -> str:
    return settings.SITE_URL + reverse(name, args=args)


def _about(template: str, case: Case, **context: Any) -> Message | None:
    """A message about a case to its requester; none when we have no address (letters go by post)."""
    if not case.requester_email:
        return None
    context = {"case": case, "link": _link("request", case.reference), **context}
    return outbound.compose(
        f"requests_sar/{template}", to=case.requester_email, context=context, about=case.reference
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


def received(case: Case) -> Message | None:
    """We have your request: reference, reply date, what happens next."""
    return _about("received", case)


def ready(case: Case, package: Package) -> Message | None:
    """The files can be fetched; no secret in it that works alone."""
    return _about("ready", case, package=package, link=_link("request_files", case.reference))


def refused(case: Case) -> Message | None:
    """We said no: the reason and the three ways to complain (Article 12(4))."""
    return _about("refused", case)


def referred(case: Case) -> Message | None:
    """Another company decides about the data."""
    return _about("referred", case)


def cancelled(case: Case) -> Message | None:
    """You cancelled the request."""
    return _about("cancelled", case)


def message(case: Case) -> Message | None:
    """There is a message for you on your request's page."""
    return _about("message", case)


def closed(case: Case) -> Message | None:
    """The request is finished."""
    return _about("closed", case)


def clock(case: Case, kind: str, **context: Any) -> Message | None:
    """What moved the clock, with the dates. `kind` is that of the letter on the request's page."""
    return _about("clock", case, kind=kind, **context)


def still_waiting(case: Case, asked: str) -> Message | None:
    """We asked something two weeks ago and have no answer. `asked` is "question" or the kind of a need."""
    return _about("still_waiting", case, asked=asked)


def for_officer(case: Case, kind: str, to: str) -> Message:
    """A date of a case comes near or is over: to whoever works on it. No word about the person."""
    link = _link("admin:case", case.reference)
    context = {"case": case, "kind": kind, "link": link}
    return outbound.compose("requests_sar/for_officer", to=to, context=context, about=case.reference)


def digest(to: str, lines: list[tuple[str, int]], late: list[Case]) -> Message:
    """The officers' list of the day: numbers, and the references that are late."""
    context = {"lines": lines, "late": late, "link": _link("admin:index")}
    return outbound.compose("requests_sar/digest", to=to, context=context)
