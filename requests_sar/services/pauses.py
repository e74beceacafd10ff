"""Ending a pause: the person is told first, in a letter of its own, and only then is it lifted (Article 18(3))."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from requests_sar import casework, letters
from requests_sar.casework import NotPossible
from requests_sar.models import Case
from subjects import restriction
from subjects.models import Restriction

How = Restriction.How
WORDS_LIMIT = 1_000


def case_of(pause: Restriction) -> Case:
    """The request with which a pause was asked for. Raises NotPossible when it is gone."""
    case = Case.objects.filter(reference=pause.reference).first()
    if case is None:
        raise NotPossible("The request of this pause is not here any more, so nobody can be told through it.")
    return case


def tell_end(
    *,
    pause: Restriction,
    by: Any,
    why: str,
    how: str,
    words: str = "",
    told_on: dt.date | None = None,
) -> Case:
    """Tell the person that the pause will end. The letter stands in the messages of the request.

    By e-mail they are told when it has left; by post or phone on the day `told_on` (default today). `words`: a sentence
    of our own in the letter. Raises NotPossible without an e-mail address to write to, for a day in the future or
    before the pause, and when they have been told already.
    """
    if why not in Restriction.Why.values or how not in How.values:
        raise NotPossible("Choose why the pause ends and how you tell them.")
    case = case_of(pause)
    with transaction.atomic():
        letter = letters.tell(
            case,
            "pause_ends",
            by=by,
            pause=pause,
            why=Restriction.Why(why),
            words=words.strip()[:WORDS_LIMIT],
        )
        if how == How.EMAIL and letter.mail is None:
            raise NotPossible("We have no e-mail address for this request. Tell them by post or phone.")
        try:
            restriction.announce_lifting(
                restriction=pause,
                by=by,
                why=Restriction.Why(why),
                how=How(how),
                notice=letter.mail if how == How.EMAIL else None,
                told_on=None if how == How.EMAIL else _moment(pause, told_on),
            )
        except restriction.Refused as sentence:
            raise NotPossible(str(sentence)) from None
        casework.note(case, "pause-end-told", by=by, reason=str(pause.words))
    return case


def _moment(pause: Restriction, told_on: dt.date | None) -> dt.datetime:
    """The moment they were told: now, or the end of an earlier day, since nobody knows the hour. Raises NotPossible."""
    now = timezone.now()
    if told_on is None or told_on == timezone.localdate():
        return now
    if told_on > timezone.localdate():
        raise NotPossible("The day on which they were told cannot be in the future.")
    if told_on < timezone.localdate(pause.placed_at):
        raise NotPossible("They cannot have been told before the pause began.")
    return timezone.make_aware(dt.datetime.combine(told_on, dt.time(23, 59, 59)))


def end(*, pause: Restriction, by: Any) -> Restriction:
    """End a pause. Raises NotPossible before the person was told."""
    with transaction.atomic():
        try:
            ended = restriction.lift(restriction=pause, by=by)
        except restriction.Refused as sentence:
            raise NotPossible(str(sentence)) from None
        case = Case.objects.filter(reference=pause.reference).first()
        if case is not None:
            casework.note(case, "pause-ended", by=by, reason=str(pause.words))
    return ended
