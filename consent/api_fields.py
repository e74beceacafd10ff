"""What other systems send about consent, and what they are answered: names, limits and how to mend what is wrong."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from rest_framework import serializers

from consent import contacting, suppression, wordings
from consent.models import Act, Channel, How, StandingChange
from portal.register import store

MOST = 10_000  # addresses or numbers at once
MOST_HEADERS = 1_000
TOLD_TO_A_SYSTEM = (How.SIGN_UP, How.PAGE, How.PHONE, How.EMAIL, How.LETTER, How.SYSTEM)
SKEW = dt.timedelta(minutes=1)  # that the clock of another system may be ahead of ours
OLDEST = dt.timedelta(days=30 * 365)
EVIDENCE = re.compile(
    r"\A[a-z][a-z-]{1,19}:[A-Za-z0-9._-]{1,58}\Z"
)  # the field searches, so say where it ends


def _key(value: str) -> None:
    known = sorted(each.key for each in store.current().functions)
    if value not in known:
        raise serializers.ValidationError(f"Use one of: {', '.join(known)}.")


class Purpose(serializers.CharField):
    """Key of a business function of the record of processing."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            max_length=60,
            validators=[_key],
            help_text="Key of a business function in the record of processing, such as “marketing”.",
            **more,
        )


class Question(serializers.Serializer[Any]):
    """What it is for, by which way, and who is meant: addresses or customer numbers."""

    purpose = Purpose()
    channel = serializers.ChoiceField(choices=Channel.choices)
    addresses = serializers.ListField(
        child=serializers.CharField(max_length=254),
        required=False,
        allow_empty=False,
        max_length=MOST,
        help_text="Email addresses, or telephone numbers for phone and text.",
    )
    customer_numbers = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, allow_empty=False, max_length=MOST
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two lists; addresses only where there are any."""
        if ("addresses" in attrs) == ("customer_numbers" in attrs):
            raise serializers.ValidationError("Give either addresses or customer_numbers.")
        if "addresses" in attrs and attrs["channel"] not in contacting.KEY:
            raise serializers.ValidationError(
                {"addresses": "For this channel ask by customer_numbers: nobody is found by such an address."}
            )
        return attrs


class Answer(serializers.Serializer[Any]):
    """Whether one may be contacted now."""

    may_contact = serializers.BooleanField()
    reason = serializers.CharField(help_text="Why, in a sentence. Unknown and never asked read the same.")


class Answers(serializers.Serializer[Any]):
    """One for each address or number, in the order of the question."""

    answers = Answer(many=True)


class Told(serializers.Serializer[Any]):
    """What somebody chose, as another system heard it."""

    customer_number = serializers.CharField(max_length=80, required=False)
    address = serializers.CharField(
        max_length=254,
        required=False,
        help_text="An email address, or a telephone number for phone and text.",
    )
    purpose = Purpose()
    channel = serializers.ChoiceField(choices=Channel.choices)
    act = serializers.ChoiceField(choices=Act.choices)
    how = serializers.ChoiceField(choices=[(each.value, each.label) for each in TOLD_TO_A_SYSTEM])
    happened_at = serializers.DateTimeField(help_text="With a time zone, such as 2026-11-20T09:30:00Z.")
    wording = serializers.CharField(
        max_length=wordings.LONGEST, required=False, help_text="The exact words they were shown or used."
    )
    wording_version = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, help_text="Or our version of them, by its number."
    )
    evidence = serializers.RegexField(
        EVIDENCE,
        max_length=80,
        required=False,
        default="",
        help_text="A reference such as “form:spring-2026” or “call:88123”; never a name or an address.",
        error_messages={
            "invalid": "Write a kind and a reference, like form:spring-2026, and nothing personal."
        },
    )

    def validate_happened_at(self, value: dt.datetime) -> dt.datetime:
        """It has happened, and not before anybody here can have kept it."""
        now = timezone.now()
        if value > now + SKEW:
            raise serializers.ValidationError("This is in the future. Send the moment when they told you.")
        if value < now - OLDEST:
            raise serializers.ValidationError("This is over 30 years ago. Check the year.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One person, in words of one kind."""
        if ("customer_number" in attrs) == ("address" in attrs):
            raise serializers.ValidationError("Give either customer_number or address.")
        if "wording" in attrs and "wording_version" in attrs:
            raise serializers.ValidationError("Give either wording or wording_version.")
        if "address" in attrs and not usable(attrs["address"], attrs["channel"]):
            raise serializers.ValidationError(
                {"address": "Give an email address for email, and a telephone number for phone and text."}
            )
        return attrs


def usable(address: str, channel: str) -> bool:
    """Whether somebody can be reached at this address by this channel."""
    if channel == Channel.EMAIL:
        try:
            validate_email(address)
        except ValidationError:
            return False
        return True
    return channel in contacting.KEY and len(suppression.normal(address, channel)) >= 6


class Written(serializers.Serializer[Any]):
    """It stands in the ledger. The same question with the same key gets this again."""

    event = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()


class Mailing(serializers.Serializer[Any]):
    """Which mailing, and to whom it goes."""

    campaign = serializers.RegexField(
        re.compile(r"\A[a-z0-9][a-z0-9-]*\Z"),
        max_length=60,
        help_text="Your key for the mailing, such as “spring-2026”; it always stands for the same purpose.",
        error_messages={"invalid": "Use small letters, digits and hyphens, like spring-2026."},
    )
    name = serializers.CharField(
        max_length=80, required=False, help_text="What staff and people see it called."
    )
    purpose = Purpose()
    addresses = serializers.ListField(
        child=serializers.EmailField(max_length=254), allow_empty=False, max_length=MOST_HEADERS
    )


class Headers(Answer):
    """Whether one may be written to, and the headers their message needs."""

    headers = serializers.DictField(
        child=serializers.CharField(),
        help_text="List-Unsubscribe, List-Unsubscribe-Post and List-Id; empty where they may not be written to.",
    )


class HeadersOfAll(serializers.Serializer[Any]):
    """One for each address, in the order of the question."""

    messages = Headers(many=True)


class Span(serializers.Serializer[Any]):
    """Which part of the stream."""

    since = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="The last cursor; none to begin.",
    )
    limit = serializers.IntegerField(required=False, default=500, min_value=1, max_value=1_000)


class Change(Answer):
    """One change, and whether they may be contacted now, whatever came after it."""

    kind = serializers.ChoiceField(
        choices=[("choice", "What somebody said"), *StandingChange.Kind.choices],
        help_text="“choice” is an event of the ledger; the others are changes that nobody said.",
    )
    event = serializers.IntegerField(
        allow_null=True, help_text="Its number in the ledger, of a choice; else null."
    )
    customer_number = serializers.CharField(
        allow_blank=True, help_text="Or “” where only an address is known, or where it is over long ago."
    )
    address = serializers.CharField(allow_blank=True, help_text="Or “” where it is about a customer.")
    purpose = serializers.CharField(allow_blank=True, help_text="“”: each.")
    channel = serializers.ChoiceField(choices=Channel.choices, allow_blank=True, help_text="“”: each.")
    act = serializers.ChoiceField(choices=Act.choices, allow_blank=True, help_text="Of a choice; else “”.")
    may_contact = serializers.BooleanField(
        allow_null=True, help_text="null: ask “may-contact”; it depends on what you want to do."
    )
    happened_at = serializers.DateTimeField()


class Stream(serializers.Serializer[Any]):
    """Changes, oldest first. Keep the cursor: it is where to go on."""

    changes = Change(many=True)
    cursor = serializers.CharField()
    more = serializers.BooleanField(help_text="Whether there is more to fetch at once.")
