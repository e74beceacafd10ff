"""The door of an unsubscribe link: GET shows, POST acts. Without a cookie, a session, a redirect or a second step.

A mail program posts here for the person (RFC 8058); a scanner gets here, and may run scripts. So nothing is changed by
reading, nothing that was posted has to be understood, and whoever has a link that we signed is never sent away for
coming too often.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent import links, unsubscribing
from consent.choices import WHAT
from consent.links import Target
from consent.models import Channel, How
from portal import faults
from portal.accounts import client
from portal.forms import Question

MOST = 8 * 1024  # bytes of a body; the one of a mail program has 26, or some 150 as multipart
BY_ADDRESS = 20  # addresses an hour from one client, which nobody proved to have
BROKEN = 60  # links an hour from one client that are not ours
DONE = "Done. You will not get marketing messages of this kind from us.\n"
# Of the answer to a mail program, with what other answers get on their way through the rest of the middleware.
_HEADERS = {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": str(len(DONE.encode())),
    "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}


class Address(Question):
    """The way through without a link."""

    address = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Enter the email address that gets our emails",
            "invalid": "Enter an email address, like name@example.com",
        },
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One link of one message."""
    if request.method != "POST":
        return _shown(request, links.read(token))
    length = request.META.get("CONTENT_LENGTH") or "0"
    if int(length) > MOST:  # `RequestLimits` has seen that it is a number
        return faults.refused(request, "What was sent is larger than anything this page takes.", status=413)
    body = _body(request)
    target = links.read(token)
    if target is None:
        return _unknown(request, token, body)
    if _of_program(body):
        unsubscribing.stop(target, how=How.ONE_CLICK)
        return _done()
    return _pressed(request, target, _fields(body))


def one_click(request: HttpRequest, token: str) -> HttpResponse | None:
    """The answer to a mail program that posts to a link of somebody; None for anything else, which the page answers."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or len(length) > 4 or int(length) > MOST or not _of_program(_body(request)):
        return None
    numbers = links.opened(token)
    return _done() if numbers and unsubscribing.press(numbers) else None


def _of_program(body: bytes) -> bool:
    """Whether a mail program sent it; whichever way it wraps this up, and whatever it calls that."""
    return b"List-Unsubscribe" in body


def _done() -> HttpResponse:
    return HttpResponse(DONE.encode(), headers=_HEADERS)


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except UnreadablePostError:
        return b""  # whoever left in the middle still meant it


def _fields(body: bytes) -> QueryDict:
    """What one of our own forms sent; of anything else nothing."""
    try:
        return QueryDict(body)
    except Exception:
        # Whatever is wrong with what was sent, the link says what is wanted.
        return QueryDict("")


def _pressed(request: HttpRequest, target: Target, fields: QueryDict) -> HttpResponse:
    """A button of the page; a body that says nothing is the first of them."""
    if fields.get("act") == "undo":
        try:
            unsubscribing.undo(target, fields.get("undo", "")[:200])
        except unsubscribing.TooLate as sentence:
            now = "off" if target.act in unsubscribing.NOES else "on"
            return _page(request, target, state=now, problem=str(sentence))
        return _page(request, target, state="undone")
    event = unsubscribing.stop(target, how=How.LINK)
    rest = fields.get("act") == "rest"
    if rest:
        unsubscribing.stop_the_rest(target)
    undo = unsubscribing.undo_token(event)
    return _page(request, target, state="done", rest=rest, undo=undo)


def _shown(request: HttpRequest, target: Target | None) -> HttpResponse:
    if target is None:
        return _ask(request, Address())
    return _page(request, target, state="off" if target.act in unsubscribing.NOES else "on")


def _page(request: HttpRequest, target: Target, **context: Any) -> HttpResponse:
    """`visit` is left out: this page is about the link and not about who is signed in, and sets no cookie."""
    return render(
        request,
        "consent/unsubscribe.html",
        {
            "visit": None,
            "address": part_hidden(target.address),
            "what": WHAT[Channel(target.campaign.channel)],
            "a_person": target.subject_id is not None,
            **context,
        },
    )


def _unknown(request: HttpRequest, token: str, body: bytes) -> HttpResponse:
    """A link of nobody, or a damaged one: the way through by address, with one answer for every address."""
    if links.is_ours(token) and not body.startswith(b"address="):
        return HttpResponse(DONE, content_type="text/plain; charset=utf-8")  # of somebody who was erased
    fields = _fields(body)
    if "address" not in fields:
        if client.count(request, "unsubscribe-broken") > BROKEN:
            return client.too_many(request)
        return _ask(request, Address(), status=404)
    if client.count(request, "unsubscribe-address") > BY_ADDRESS:
        return client.too_many(request)
    form = Address(fields)
    if not form.is_valid():
        return _ask(request, form)
    unsubscribing.stop_address(form.cleaned_data["address"])
    return _ask(request, form, done=True)


def _ask(request: HttpRequest, form: Address, *, done: bool = False, status: int = 200) -> HttpResponse:
    words = {"visit": None, "form": form, "done": done}
    return render(request, "consent/unsubscribe_address.html", words, status=status)


def part_hidden(address: str) -> str:
    """ "m***@example.org": enough for its owner to know it, too little for others to use it."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}***@{domain}"
    return f"***{address[-3:]}" if address else ""
