"""Import a list of what people chose: `manage.py import_consents FILE [--check] [--refused FILE]`.

As `import_records marketing-choices FILE`; the columns are described in `consent/lists.py`. Ends with 0 when every row
was taken, 1 when rows were refused (the others were imported), 2 when nothing was done.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from consent.lists import KIND
from subjects.management.commands import import_records


class Command(import_records.Command):
    help = "Import what people chose about marketing from a CSV, XLSX or JSON lines file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Those of `import_records`, but for the kind."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="only say what would happen")
        parser.add_argument(
            "--mapping", nargs="*", default=[], metavar="field=Column", help="instead of the guess"
        )
        parser.add_argument("--sheet", default="", help="name of the sheet of a workbook (else the first)")
        parser.add_argument("--refused", type=Path, help="write the refused rows to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        """The same."""
        super().handle(*args, **{**options, "kind": KIND, "files": None})
