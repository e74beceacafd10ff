"""The door that gives a mailing tool the unsubscribe headers of its messages."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from consent import heads, links
from consent.api import Conflict, Door, answer
from consent.api_fields import HeadersOfAll, Mailing
from consent.models import Channel
from portal.audit.trail import Verb


class MessageHeaders(Door):
    """What the messages of a mailing need so that one click stops them."""

    @extend_schema(
        summary="Get the unsubscribe headers of a mailing's messages",
        description=(
            "Up to 1,000 addresses a question. Put the headers into the message to that address as they are, on one "
            "line each, and have them signed (DKIM). Send nothing to an address that comes without headers."
        ),
        request=Mailing,
        responses=HeadersOfAll,
        examples=[
            OpenApiExample(
                "A newsletter",
                value={
                    "campaign": "spring-2026",
                    "name": "Spring offers",
                    "purpose": "marketing",
                    "addresses": ["alice@example.com"],
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """For each address whether it may be written to now, and its headers."""
        mailing = Mailing(data=request.data)
        mailing.is_valid(raise_exception=True)
        asked = mailing.validated_data
        key, purpose = asked["campaign"], asked["purpose"]
        try:
            campaign = links.campaign(
                key=key, purpose=purpose, channel=Channel.EMAIL, name=asked.get("name", key)
            )
        except ValueError:
            raise Conflict("This campaign stands for another purpose. Choose another key for it.") from None
        found = heads.of(asked["addresses"], campaign)
        allowed = sum(each.allowed for each, _ in found)
        self.note(Verb.CONTACT_ASKED, f"{purpose} email headers: {len(found)} asked, {allowed} yes")
        return Response({"messages": [{**answer(each), "headers": headers} for each, headers in found]})
