"""The doors of a mailing tool: may we contact them, this is what they told us, and what has changed since.

Questions are posted, so that nothing personal stands in an address; neither they nor the answers are logged, only how
many there were. Nobody learns from an answer whether somebody is known here who never said anything.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.db import connection, transaction
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import changes, contacting, ledger, wordings
from consent.api_fields import Answers, Question, Span, Stream, Told, Written
from consent.deciding import Contact
from consent.models import ConsentEvent, Wording
from portal.accounts.api import HasToken, SmallJson, TokenAuthentication, TokenThrottle
from portal.accounts.models import ApiToken
from portal.audit import trail
from portal.audit.trail import Verb
from subjects.identifiers import NUMBER, normalise
from subjects.models import Subject

_KEY = re.compile(r"[\x21-\x7e]{1,120}")
KEY_HEADER = "Idempotency-Key"


class ManyJson(SmallJson):
    """JSON with as many addresses as may be asked about at once."""

    largest = 4 * 1024 * 1024


class Conflict(exceptions.APIException):
    """The key was used before, with another content."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = (
        "This Idempotency-Key came before with another content. Send the same again, or a new key."
    )
    default_code = "conflict"


class NotReady(exceptions.APIException):
    """The stream cannot be read until somebody here has done something."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "The portal was restored from a copy. Ask its administrator to run “renumber_changes”."
    default_code = "not-ready"


class Door(APIView):
    """What the doors about consent share: who may come in, how often, and how it is noted."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [HasToken]
    throttle_classes = [TokenThrottle]
    parser_classes = [SmallJson]
    scope = ApiToken.Scope.CONSENT_READ

    def note(self, verb: Verb, told: str) -> None:
        """One line in the trail: which system, and how many. Never who."""
        token = f"token:{self.request.auth.pk}"
        trail.record(verb, by=token, target=token, reason=told)


class MayContact(Door):
    """Whether people may be contacted for a purpose, by a channel."""

    parser_classes = [ManyJson]

    @extend_schema(
        summary="Ask whether one may be contacted, or up to 10,000",
        request=Question,
        responses=Answers,
        examples=[
            OpenApiExample(
                "By address",
                value={"purpose": "marketing", "channel": "email", "addresses": ["alice@example.com"]},
                request_only=True,
            ),
            OpenApiExample(
                "By customer number",
                value={"purpose": "marketing", "channel": "post", "customer_numbers": ["C-001001"]},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """The answers, in the order of the question. Ask right before you use them: a no counts at once."""
        question = Question(data=request.data)
        question.is_valid(raise_exception=True)
        asked = question.validated_data
        about = asked["purpose"], asked["channel"]
        if "addresses" in asked:
            found = contacting.of_addresses(asked["addresses"], *about)
        else:
            found = contacting.of_numbers(asked["customer_numbers"], *about)
        allowed = sum(each.allowed for each in found)
        self.note(Verb.CONTACT_ASKED, f"{' '.join(about)}: {len(found)} asked, {allowed} yes")
        return Response({"answers": [answer(each) for each in found]})


def answer(found: Contact) -> dict[str, Any]:
    """As it is sent."""
    return {"may_contact": found.allowed, "reason": found.because}


class Events(Door):
    """What people told another system about being contacted."""

    scope = ApiToken.Scope.CONSENT_WRITE

    @extend_schema(
        summary="Write down what somebody chose",
        description=(
            "One event for each purpose and channel. Send an Idempotency-Key with it: the same content with the same "
            "key is written down once and answered the same, another content with it is refused. A yes that they "
            "gave themselves (all of “how” but “system”) takes them off the do-not-contact list."
        ),
        parameters=[OpenApiParameter(KEY_HEADER, str, OpenApiParameter.HEADER, required=True)],
        request=Told,
        responses={201: Written},
        examples=[
            OpenApiExample(
                "A box ticked on a form",
                value={
                    "address": "alice@example.com",
                    "purpose": "marketing",
                    "channel": "email",
                    "act": "given",
                    "how": "sign-up",
                    "happened_at": "2026-11-20T09:30:00Z",
                    "wording": "Email me offers. I can stop at any time.",
                    "evidence": "form:spring-2026",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Its number in the ledger, and when it was written down."""
        key = request.headers.get(KEY_HEADER, "")
        if not _KEY.fullmatch(key):
            raise exceptions.ValidationError(
                {
                    KEY_HEADER: "Send this header: up to 120 letters and digits of your own, new for each event."
                }
            )
        asked = Told(data=request.data)
        asked.is_valid(raise_exception=True)
        event = _write(asked.validated_data, f"api:{request.auth.pk}", key)
        return Response({"event": event.pk, "recorded_at": event.recorded_at}, status=status.HTTP_201_CREATED)


def _write(told: dict[str, Any], system: str, key: str) -> ConsentEvent:
    """The event. Raises ValidationError for somebody or words unknown, Conflict for a key used otherwise."""
    content = {name: str(value) for name, value in sorted(told.items())}
    mark = hashlib.sha256(repr(content).encode()).hexdigest()[:32]
    # The key of their own could be anything, an address too: only its code is kept, with the code of the content.
    start = f"{system}:{hashlib.sha256(key.encode()).hexdigest()[:32]}:"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [start])  # the same key twice at once
        stands = ConsentEvent.objects.filter(key__startswith=start).first()
        if stands is None:
            stands = _record(told, system, start + mark)
    if stands.key != start + mark:
        raise Conflict
    return stands


def _record(told: dict[str, Any], system: str, key: str) -> ConsentEvent:
    who = {"subject": _customer(told)} if "customer_number" in told else {"address": told["address"]}
    return ledger.record(
        **who,
        purpose=told["purpose"],
        channel=told["channel"],
        act=told["act"],
        how=told["how"],
        wording=_words(told),
        evidence=told["evidence"],
        happened_at=told["happened_at"],
        key=key,
        by=f"token:{system.removeprefix('api:')}",
    )


def _customer(told: dict[str, Any]) -> Subject:
    number = normalise(NUMBER, told["customer_number"])
    found = list(Subject.objects.filter(identifiers__kind=NUMBER, identifiers__value=number)[:2])
    if len(found) != 1:
        raise exceptions.ValidationError(
            {
                "customer_number": "This number is not that of one customer here. Check it, or give their address."
            }
        )
    return found[0]


def _words(told: dict[str, Any]) -> Wording | str | None:
    if "wording_version" not in told:
        text = told.get("wording")
        return str(text) if text else None
    versions = wordings.versions(told["purpose"], told["channel"])
    found = next((each for each in versions if each.version == told["wording_version"]), None)
    if found is None:
        raise exceptions.ValidationError(
            {
                "wording_version": "There is no such version for this purpose and channel. Send the words instead."
            }
        )
    return found


class Changes(Door):
    """The stream of changes."""

    @extend_schema(
        summary="Hear of every change since the last time",
        description=(
            "Every change once, oldest first; begin without a cursor and keep the last one. A “choice” is what "
            "somebody said, about one purpose and channel. The others are what nobody said: use of their data is "
            "paused or no longer, an address is on the do-not-contact list, they are erased (delete them too). Each "
            "says whether they may be contacted now, after all that came later; where that is null, ask “may-contact”. "
            "Ask before each sending as well."
        ),
        parameters=[Span],
        responses=Stream,
    )
    def get(self, request: Request) -> Response:
        """Some changes and the cursor behind them."""
        span = Span(data=request.query_params)
        span.is_valid(raise_exception=True)
        try:
            page = changes.since(span.validated_data["since"], limit=span.validated_data["limit"])
        except changes.Restored:
            raise NotReady from None
        except changes.UnknownCursor as unknown:
            raise exceptions.ValidationError({"since": str(unknown)}) from None
        self.note(Verb.CHANGES_READ, f"{len(page.changes)} changes")
        told = [_shown(each) for each in page.changes]
        return Response({"changes": told, "cursor": page.cursor, "more": page.more})


def _shown(change: changes.Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "event": change.event.pk if change.event else None,
        "customer_number": change.customer_number,
        "address": change.address,
        "purpose": change.purpose,
        "channel": change.channel,
        "act": change.event.act if change.event else "",
        "happened_at": change.at,
        "may_contact": change.allowed,
        "reason": change.because,
    }
