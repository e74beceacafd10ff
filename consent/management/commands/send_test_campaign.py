"""Send a small marketing message with all its headers: `manage.py send_test_campaign alice@example.com`.

To one person (by reference or e-mail address), or with `--all-who-may` to the first of all who may get it. Says for
each why not. Ends with 0 when one was sent at least, 1 when none was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent import links, marketing
from consent.models import Act, Channel, ConsentFlag
from portal.register.model import UnknownKey
from subjects.models import Subject

MOST = 20  # messages: this is for trying the loop and not for a real mailing


class Command(BaseCommand):
    help = f"Send a small marketing message to one person, or to at most {MOST} who may get it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Whom, and as which campaign."""
        parser.add_argument("whom", nargs="?", default="", help="reference or e-mail address of a person")
        parser.add_argument("--all-who-may", action="store_true", help="everybody who agreed")
        parser.add_argument("--limit", type=int, default=5, help=f"at most this many, up to {MOST}")
        parser.add_argument("--purpose", default="marketing", help="key of a business function")
        parser.add_argument("--campaign", default="test", help="short name of the campaign")
        parser.add_argument("--name", default="News from us (a test)", help="the subject of the message")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, and say what was sent without naming anybody."""
        if bool(options["whom"]) == options["all_who_may"]:
            raise CommandError("Say whom: a reference, an e-mail address, or --all-who-may.")
        if not 1 <= options["limit"] <= MOST:
            raise CommandError(f"--limit must be between 1 and {MOST}.")
        try:
            campaign = links.campaign(
                key=options["campaign"],
                purpose=options["purpose"],
                channel=Channel.EMAIL,
                name=options["name"],
            )
        except (UnknownKey, ValueError) as fault:
            raise CommandError(str(fault)) from None
        people = self._who_agreed(options["purpose"]) if options["all_who_may"] else [_found(options["whom"])]
        sent = 0
        for whom in people:
            try:
                marketing.send(whom=whom, campaign=campaign)
            except marketing.NotAllowed as sentence:
                self.stderr.write(f"Not sent: {sentence}")
                continue
            sent += 1
            if sent == options["limit"]:
                break
        self.stdout.write(f"{sent} sent")
        if not sent:
            sys.exit(1)

    @staticmethod
    def _who_agreed(purpose: str) -> Iterator[Subject]:
        agreed = ConsentFlag.objects.filter(purpose=purpose, channel=Channel.EMAIL, act=Act.GIVEN)
        return Subject.objects.filter(pk__in=agreed.values("subject_id")).order_by("pk").iterator()


def _found(whom: str) -> Subject | str:
    """A person by reference, or by an address that exactly one has; otherwise the address alone."""
    if "@" not in whom:
        subject = Subject.objects.filter(reference=whom.upper()).first()
        if subject is None:
            raise CommandError("There is nobody with this reference.")
        return subject
    people = list(Subject.objects.filter(email__iexact=whom.strip())[:2])
    return people[0] if len(people) == 1 else whom
