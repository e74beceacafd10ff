"""Search in the queue. A search text may be a name, so it never stands in an address: it is sent by POST and kept
in the session, and the address carries a token that means nothing to anybody else.
"""

from __future__ import annotations

import re
import secrets

from django.db.models import QuerySet
from django.http import HttpRequest

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar.models import Case
from subjects.models.subject import ALPHABET

SESSION_KEY = "case_searches"
KEPT = 10  # searches a session remembers, for the Back button and for two tabs
LONGEST = 200
REFERENCE = re.compile(rf"(D[PC])[-‐–— ]?([{ALPHABET}]{{4}})[-‐–— ]?([{ALPHABET}]{{4}})", re.IGNORECASE)


def reference_in(text: str) -> str | None:
    """The reference, when the text is one however it was typed: "dp 7k4m 29qx"."""
    found = REFERENCE.fullmatch(text.strip())
    return f"{found[1]}-{found[2]}-{found[3]}".upper() if found else None


def keep(request: HttpRequest, text: str, *, session_key: str = SESSION_KEY, target: str = "cases") -> str:
    """Keep a search text for this session and note in the trail that `target` was searched; returns its token."""
    token = secrets.token_urlsafe(6)
    searches = [*request.session.get(session_key, []), [token, text[:LONGEST]]]
    request.session[session_key] = searches[-KEPT:]
    trail.record(Verb.PERSON_SEARCHED, by=request.user, target=target)
    return token


def text_of(request: HttpRequest, token: str, *, session_key: str = SESSION_KEY) -> str | None:
    """The text behind a token of this session, or None."""
    return dict(request.session.get(session_key, [])).get(token)


def matching(cases: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Cases in which every word of the text occurs in the reference, the name or address given, a customer number, or
    the name, reference or number of the person on file: all of them stand in `found_by`, which has a trigram index.
    """
    for word in text.lower().split()[:8]:
        cases = cases.filter(found_by__contains=word)
    return cases
