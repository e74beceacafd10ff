"""What every customer page shares: who may come in, and the one page for "not found" and "not yours"."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from portal.accounts import client
from requests_sar import services
from requests_sar.models import Case

NOT_FOUND = "We cannot find that request. Check the reference, or sign in with the email you used."
WRONG_PAGES = 60  # an hour from one client
View = Callable[..., HttpResponse]


def local(request: HttpRequest, target: str, *, otherwise: str = "requests") -> str:
    """`target` if it is a path of this site, else the address named by `otherwise`."""
    path_only = target.startswith("/") and not target.startswith("//") and len(target) <= 300
    if path_only and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse(otherwise)


def to_sign_in(target: str) -> HttpResponseRedirect:
    """Ask for a code first, then go to `target`."""
    return HttpResponseRedirect(f"{reverse('sign_in')}?{urlencode({'next': target})}")


def visit_required(view: View) -> View:
    """A page for somebody who proved an address; others are asked for a code, whatever they wanted to see."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.visit is None:
            safe = request.method in {"GET", "HEAD"}
            reference = kwargs.get("reference")
            back = reverse("request", args=[reference]) if reference else reverse("requests")
            return to_sign_in(request.get_full_path() if safe else back)
        return view(request, *args, **kwargs)

    return guarded


def case_required(view: View) -> View:
    """A page about one request of the visitor: the view gets the case instead of the reference."""

    @visit_required
    @wraps(view)
    def guarded(request: HttpRequest, reference: str, **kwargs: Any) -> HttpResponse:
        case = services.case_for(request.visit, reference)
        if case is None:
            return not_found(request)
        return view(request, case, **kwargs)

    return guarded


def not_found(request: HttpRequest) -> HttpResponse:
    """The same page and status for a made-up reference and for somebody else's."""
    if client.count(request, "wrong-page") > WRONG_PAGES:
        return client.too_many(request)
    return render(request, "404.html", {"not_found": NOT_FOUND}, status=404)


def to_case(name: str, case: Case) -> HttpResponseRedirect:
    """On to a page of a case."""
    return redirect(name, case.reference)
