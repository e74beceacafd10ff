"""What the customers of the example company said about marketing: on signing up, and later."""

from __future__ import annotations

import datetime as dt
import random
from typing import NamedTuple

from examples.people import Person

SEED = 4711
CHANNELS = ("email", "phone", "text", "post")
WORDS = "Yes, I would like to hear about new products and offers by {channel}. I can stop this at any time."
NAMES = {"email": "email", "phone": "phone", "text": "text message", "post": "post"}


class Said(NamedTuple):
    """One line of the ledger to be."""

    customer: str  # customer number
    channel: str
    act: str
    how: str
    at: dt.datetime
    words: str
    key: str


def said_by(people: list[Person], today: dt.date) -> list[Said]:
    """Everybody's history, oldest first. The same day and people give the same lines.

    About half said yes to e-mail when they signed up and fewer to the rest; some stopped it by a link, by phone or
    by a letter; some said nothing ever. Alice said yes to e-mail and post, so that there is something to turn off.
    """
    rng = random.Random(SEED)
    lines = [line for person in people for line in _history(person, rng, today)]
    return sorted(lines, key=lambda line: (line.at, line.key))


def _history(person: Person, rng: random.Random, today: dt.date) -> list[Said]:
    lines = []
    alice = "alice" in person.traits
    for channel, share in zip(CHANNELS, (0.5, 0.15, 0.2, 0.25), strict=True):
        chance, later, way = rng.random(), rng.random(), rng.choice(("link", "phone", "letter"))
        if not (channel in {"email", "post"} if alice else chance < share):
            continue
        lines.append(_line(person, channel, "given", "sign-up", person.signed_up, today))
        if not alice and later < 0.3:
            act = "objected" if later < 0.1 else "withdrawn"
            how = way if channel == "email" else "phone"
            day = person.signed_up + dt.timedelta(days=30 + int(later * 1000))
            lines.append(_line(person, channel, act, how, min(day, today), today))
    return lines


def _line(person: Person, channel: str, act: str, how: str, day: dt.date, today: dt.date) -> Said:
    hour = 9 if act == "given" else 10  # at nine they sign up, at ten they think again
    at = dt.datetime.combine(min(day, today - dt.timedelta(days=1)), dt.time(hour), tzinfo=dt.UTC)
    words = WORDS.format(channel=NAMES[channel]) if act == "given" else ""
    return Said(person.key, channel, act, how, at, words, f"example:{person.key}:{channel}:{act}")
