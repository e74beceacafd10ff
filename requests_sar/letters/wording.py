"""The wording of a letter: plain text with named places in braces, which a person can edit without harm.

`{reference}` is a place; everything else is text. There is no logic, no nesting and no escape, so a wording can
neither run anything nor reach a value that its letter does not offer. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

LIMIT = 5_000  # characters of one wording
PLACE = re.compile(r"\{([a-z_]{1,40})\}")
_GAP = re.compile(r"\n\s*\n(?:\s*\n)+")


def places(text: str) -> list[str]:
    """The names of the places in a wording, each once, in order."""
    return list(dict.fromkeys(PLACE.findall(text)))


def problems(text: str, *, offered: Iterable[str], required: Iterable[str]) -> list[str]:
    """What stands in the way of using a wording, as sentences that say how to mend it; empty when nothing does."""
    found = [*_size(text), *_braces(text)]
    names, known = places(text), set(offered)
    found += [
        f"There is no place {{{name}}} in this letter. Take it out, or choose one from the list."
        for name in names
        if name not in known
    ]
    found += [
        f"{{{name}}} must stay in this letter. Put it back where it belongs."
        for name in required
        if name not in names
    ]
    return found


def _size(text: str) -> Iterator[str]:
    if not text.strip():
        yield "Write the wording of the letter, or restore the shipped one."
    if len(text) > LIMIT:
        yield f"A wording has at most {LIMIT:,} characters; this one has {len(text):,}. Shorten it."
    if any(ord(char) < 32 and char not in "\n\r\t" for char in text):
        yield "There is a character in it that cannot be printed. Type that place again."


def _braces(text: str) -> Iterator[str]:
    """Braces that are no place: also what other programs would take for code."""
    rest = PLACE.sub("", text)
    stray = re.search(r".{0,15}[{}].{0,15}", rest)
    if stray:
        yield (
            f"A brace near “{stray.group().strip()}” belongs to no place. Write places like {{reference}}, in small "
            "letters, and use no braces for anything else."
        )


def fill(text: str, values: Mapping[str, str]) -> str:
    """The letter: each place replaced, once, so that a value with braces in it stays as it is.

    Raises KeyError for a place without a value. A place that is empty leaves no hole between paragraphs.
    """
    filled = PLACE.sub(lambda found: values[found.group(1)].strip(), text.replace("\r\n", "\n"))
    return _GAP.sub("\n\n", filled).strip()
