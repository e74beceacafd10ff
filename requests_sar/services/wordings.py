"""What the DPO does with the wording of our letters: change it, and go back to the shipped one."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.audit import trail
from portal.audit.trail import Verb
from requests_sar import letters
from requests_sar.casework import NotPossible
from requests_sar.models import LetterWording


def reword(*, kind: letters.Kind, text: str, reason: str, by: Any, seen: int) -> LetterWording:
    """A new version of a wording, for the letters from now on; letters that were sent keep theirs.

    `seen` is the number of the version that the person's page showed. Raises NotPossible for a text that cannot be
    used (each fault a sentence), for no change, without a reason, and when somebody else was first.
    """
    text = text.replace("\r\n", "\n").strip()
    problems = letters.problems(kind, text)
    if problems:
        raise NotPossible(" ".join(problems))
    if text == letters.newest(kind)[1]:
        raise NotPossible("Nothing was changed in the wording.")
    return _next(kind, "" if text == letters.shipped(kind) else text, reason, by, seen)


def restore(*, kind: letters.Kind, reason: str, by: Any, seen: int) -> LetterWording:
    """Use the shipped wording again, also as later releases change it. Raises NotPossible when it is used already."""
    if letters.newest(kind)[1] == letters.shipped(kind):
        raise NotPossible("The shipped wording is used already.")
    return _next(kind, "", reason, by, seen)


def _next(kind: letters.Kind, text: str, reason: str, by: Any, seen: int) -> LetterWording:
    if not reason.strip():
        raise NotPossible("Say why the wording is changed.")
    stale = NotPossible(
        "Somebody else has changed this letter meanwhile. Look at the wording as it is now, then change it."
    )
    if letters.newest(kind)[0] != seen:
        raise stale
    try:
        with transaction.atomic():
            made = LetterWording.objects.create(
                kind=kind.key,
                number=seen + 1,
                text=text,
                reason=reason.strip()[:400],
                by=by,
                at=timezone.now(),
            )
            word = "version" if text else "shipped, version"
            trail.record(
                Verb.LETTER_WORDED, by=by, target=f"letter:{kind.key}", reason=f"{word} {made.number}"
            )
    except IntegrityError:
        raise stale from None
    return made
