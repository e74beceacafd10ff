"""Other systems ask whether use of a person's data is paused, before they use them (Article 18).

Somebody unknown and somebody whose data may be used get the same answer. The question is posted, so that nothing
personal stands in an address; neither it nor the answer is logged, only how many were asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.api import HasToken, SmallJson, TokenAuthentication, TokenThrottle
from portal.accounts.models import ApiToken
from portal.audit import trail
from portal.audit.trail import Verb
from subjects import restriction
from subjects.identifiers import normalise
from subjects.models import Identifier, Restriction
from subjects.restriction import Use

MOST = 1_000


class Person(serializers.Serializer[Any]):
    """Who is meant: one of the two."""

    customer_number = serializers.CharField(max_length=80, required=False)
    email = serializers.EmailField(max_length=254, required=False)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """Exactly one."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Give either a customer_number or an email.")
        return attrs


class Question(Person):
    """One person, or many."""

    people = Person(many=True, required=False, max_length=MOST, allow_empty=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One person or a list, not both."""
        if "people" not in attrs:
            return super().validate(attrs)
        if len(attrs) > 1:
            raise serializers.ValidationError("Give either one person or a list of people.")
        return attrs


class Status(serializers.Serializer[Any]):
    """What may be done with one person's data."""

    restricted = serializers.BooleanField(help_text="Whether use of any of their data is paused.")
    since = serializers.DateTimeField(
        allow_null=True, help_text="Since when, of the pause that stands longest."
    )
    scope = serializers.ChoiceField(
        choices=["everything", "part"], allow_null=True, help_text="All of their data, or a part."
    )
    kinds = serializers.ListField(
        child=serializers.CharField(), help_text="Kinds of data that are paused, when it is a part."
    )
    purposes = serializers.ListField(
        child=serializers.CharField(), help_text="Business functions that may not use their data."
    )
    allowed_uses = serializers.ListField(
        child=serializers.ChoiceField(choices=[use.value for use in Use]),
        help_text="What everything about them may be used for.",
    )


class Answer(serializers.Serializer[Any]):
    """One answer for each person asked about, in the same order."""

    people = Status(many=True)


class Abilities(serializers.Serializer[Any]):
    """What can be asked here."""

    most_people = serializers.IntegerField()
    uses = serializers.ListField(child=serializers.CharField())


class CheckRestrictions(APIView):
    """Whether use of people's data is paused."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [HasToken]
    throttle_classes = [TokenThrottle]
    parser_classes = [SmallJson]
    scope = ApiToken.Scope.RESTRICTIONS

    @extend_schema(summary="What can be asked here", responses=Abilities)
    def get(self, request: Request) -> Response:
        """The limits and the words used; a way to see that a token works. It asks about nobody."""
        return Response({"most_people": MOST, "uses": [use.value for use in Use]})

    @extend_schema(
        summary="Ask about one person, or about up to 1,000",
        request=Question,
        responses=Answer,
        examples=[
            OpenApiExample("One person", value={"customer_number": "C-001001"}, request_only=True),
            OpenApiExample(
                "Several",
                value={"people": [{"customer_number": "C-001001"}, {"email": "alice@example.com"}]},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """The answers, in the order of the question; a single question gets a list of one."""
        question = Question(data=request.data)
        question.is_valid(raise_exception=True)
        asked = question.validated_data.get("people") or [question.validated_data]
        answers = [status(found) for found in _paused(asked)]
        told = f"{len(asked)} asked, {sum(answer['restricted'] for answer in answers)} restricted"
        trail.record(
            Verb.RESTRICTION_CHECKED,
            by=f"token:{request.auth.pk}",
            target=f"token:{request.auth.pk}",
            reason=told,
        )
        return Response({"people": answers})


def status(standing: Sequence[Restriction]) -> dict[str, Any]:
    """The answer about somebody with these restrictions; without any, the same as about somebody unknown."""
    whole = any(each.scope == Restriction.Scope.EVERYTHING for each in standing)
    return {
        "restricted": bool(standing),
        "since": min((each.placed_at for each in standing), default=None),
        "scope": ("everything" if whole else "part") if standing else None,
        "kinds": [] if whole else sorted({kind for each in standing for kind in each.kinds}),
        "purposes": sorted({each.purpose for each in standing if each.purpose}),
        "allowed_uses": [use.value for use in restriction.allowed(standing)],
    }


def _paused(asked: Iterable[dict[str, str]]) -> list[list[Restriction]]:
    """The standing restrictions of each one asked about, in two queries however many they are.

    An address that several people share means all of them.
    """
    wanted = [_key(each) for each in asked]
    people: dict[tuple[str, str], set[Any]] = defaultdict(set)
    keys = Identifier.objects.filter(
        kind__in=[Identifier.Kind.NUMBER, Identifier.Kind.EMAIL], value__in={value for _, value in wanted}
    )
    for pk, kind, value in keys.values_list("subject_id", "kind", "value"):
        people[kind, value].add(pk)
    standing = restriction.standing({pk for found in people.values() for pk in found})
    return [[one for pk in people[key] for one in standing.get(pk, [])] for key in wanted]


def _key(person: dict[str, str]) -> tuple[str, str]:
    """The key that the person is found by, in the form in which keys are kept."""
    kind, given = (
        (Identifier.Kind.NUMBER, person["customer_number"])
        if "customer_number" in person
        else (Identifier.Kind.EMAIL, person["email"])
    )
    return kind.value, normalise(kind, given)
