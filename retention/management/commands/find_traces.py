"""`manage.py find_traces`: what is left of a person, where, and why.

With the reference of a person or a request it looks for everything that they are known by. Without one it reads
terms from the keyboard or from a pipe, one a line: never from the command line, which every program of the machine
can read.
Ends with 0 when nothing was found, 1 when something was, 2 when it could not be done.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from retention import tracing
from retention.tracing import Group, Limits, State, Term


class Command(BaseCommand):
    help = "Search the whole database, stored files, cache, queue and logs for what is left of a person."

    def add_arguments(self, parser: CommandParser) -> None:
        """A reference is no personal data; names and addresses are asked for."""
        parser.add_argument(
            "reference", nargs="?", default="", help="of a person or a request, like P-7K4M-29QX"
        )
        parser.add_argument(
            "--seconds", type=float, help="stop after so many seconds, and say what was left out"
        )
        parser.add_argument("--all", action="store_true", help="also name the places where nothing was found")

    def handle(self, *args: Any, **options: Any) -> None:
        terms, target = self._terms(options["reference"])
        found = unfinished = 0
        groups = tracing.run(terms, by=None, target=target, limits=Limits(options["seconds"]))
        for group in groups:
            if group.count or group.unread or group.state is State.UNFINISHED or options["all"]:
                self.stdout.write("\n".join(_lines(group)))
                self.stdout.flush()
            found += bool(group.count)
            unfinished += group.state is State.UNFINISHED
        rest = (
            f" {unfinished} places were not searched to the end: allow more --seconds." if unfinished else ""
        )
        self.stdout.write((f"Found in {found} places." if found else "Nothing was found.") + rest)
        if found:
            sys.exit(1)

    def _terms(self, reference: str) -> tuple[list[Term], str]:
        if not reference:
            try:
                terms = tracing.typed(self._read())
            except ValueError as sentence:
                raise CommandError(str(sentence), returncode=2) from None
            if not terms:
                raise CommandError("Type at least one term, or give a person's reference.", returncode=2)
            return terms, f"terms:{len(terms)}"
        try:
            return tracing.by_reference(reference)
        except tracing.Unknown as sentence:
            hint = (
                "Names and addresses are not given here: run find_traces without a reference and type them."
            )
            raise CommandError(f"{sentence} {hint}", returncode=2) from None

    def _read(self) -> Iterator[str]:
        if not sys.stdin.isatty():
            yield from sys.stdin
            return
        self.stdout.write(
            "Type what to look for, one a line; an empty line begins the search. It is not shown."
        )
        while line := getpass.getpass("Look for: "):
            yield line


def _lines(group: Group) -> Iterator[str]:
    yield f"{group.title} ({group.place}): {group.units if group.count else 'nothing'}"
    for place, labels in sorted(group.where.items()):
        yield f"    {place}: {', '.join(labels)}"
    if group.keys:
        more = " ..." if group.count > len(group.keys) else ""
        yield f"    {group.unit}s {', '.join(group.keys)}{more}"
    for sentence in group.why:
        yield f"    why: {sentence}"
    for words in group.unread:
        yield f"    not read: {words}"
    if group.state is State.UNFINISHED:
        yield "    the time was over before it was searched to the end"
