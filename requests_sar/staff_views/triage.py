"""What helps to decide about a request at first sight: what is new since the last answer; the client's details."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.accounts.powers import Power, power_required
from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar.admin import earlier
from requests_sar.models import Referral
from requests_sar.rights import WORDS, Right
from requests_sar.staff_views.doors import find_case, page


@require_safe
@power_required(Power.WORK_CASES)
def since(request: HttpRequest, reference: str) -> HttpResponse:
    """The answer that the same person had not long ago, and how many records of each kind are new since (S11b)."""
    found = find_case(reference)
    answer = earlier.last_answer(found)
    if answer is None:
        raise Http404("This person had no answer from us in the last twelve months.")
    trail.record(Verb.PERSON_VIEWED, by=request.user, target=f"case:{found.reference}", reason="since")
    context = {
        "title": "What is new since the last answer",
        "case": found,
        "answer": answer,
        "kinds": earlier.new_since(answer),
    }
    return page(request, "case/since.html", context)


@require_safe
@power_required(Power.WORK_CASES)
def client(request: HttpRequest, reference: str) -> HttpResponse:
    """The details that the client needs, on one page of A4: to read out, or to send by a way that keeps them safe."""
    found = find_case(reference)
    referral = (
        Referral.objects.filter(case=found, kind=Referral.Kind.PROCESSOR).select_related("controller").first()
    )
    if referral is None:
        raise Http404("This request was not passed on to a client.")
    trail.record(Verb.CLIENT_DETAILS, by=request.user, target=f"case:{found.reference}")
    context = {
        "title": "A request about data that we hold for you",
        "case": found,
        "referral": referral,
        "law": WORDS[Right(found.right)].law,
        "today": timezone.localdate(),
    }
    return page(request, "case/client.html", context)
