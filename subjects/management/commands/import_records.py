"""Import a file of records: `manage.py import_records KIND FILE`.

Prints what was new, changed, the same and refused, and why rows were refused. Ends with 0 when every row was
taken, 1 when rows were refused (the others were imported), 2 when nothing was done (the sentence says why).
The columns are described in `subjects/importing/__init__.py`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from subjects import importing
from subjects.importing.refusals import first_refusals
from subjects.importing.verbs import store_recordings
from subjects.models import ImportBatch


class Command(BaseCommand):
    help = "Import customer records from a CSV, XLSX or JSON lines file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The words after the command's name."""
        parser.add_argument("kind", help="one of: " + ", ".join(form.key for form in importing.all_kinds()))
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="only say what would happen")
        parser.add_argument(
            "--mapping", nargs="*", default=[], metavar="field=Column", help="instead of the guess"
        )
        parser.add_argument("--sheet", default="", help="name of the sheet of a workbook (else the first)")
        parser.add_argument("--files", type=Path, help="folder of sound files to store first")
        parser.add_argument("--refused", type=Path, help="write the refused rows to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Upload, map, check or apply, report."""
        try:
            batch = self._import(options)
        except importing.ImportProblem as problem:
            raise CommandError(str(problem), returncode=2) from None
        if batch.state == ImportBatch.State.FAILED:
            raise CommandError(batch.error, returncode=2)
        self._report(batch, options)
        if batch.refused:
            sys.exit(1)

    def _import(self, options: dict[str, Any]) -> ImportBatch:
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.", returncode=2)
        if options["files"]:
            stored = store_recordings(folder=options["files"], by=None)
            self.stdout.write(f"{stored} sound files stored")
        with options["file"].open("rb") as file:
            batch = importing.upload(file=file, kind=options["kind"], by=None, sheet=options["sheet"])
        if options["mapping"]:
            pairs = dict(pair.partition("=")[::2] for pair in options["mapping"])
            importing.choose(batch=batch, chosen={**batch.mapping, **pairs}, by=None)
        if options["check"]:
            return importing.check(batch=batch, by=None, here=True)
        return importing.apply(batch=batch, by=None, here=True, unchecked=True)

    def _report(self, batch: ImportBatch, options: dict[str, Any]) -> None:
        counts = f"{batch.new} new, {batch.changed} changed, {batch.same} same, {batch.refused} refused"
        only = " (only checked, nothing was imported)" if options["check"] else ""
        self.stdout.write(f"{batch.kind}: {counts}{only}")
        if not batch.refused:
            return
        for refusal in first_refusals(batch.refused_file):
            where = f"row {refusal['row']}" + (f", {refusal['column']}" if refusal["column"] else "")
            value = f" {refusal['value']!r}:" if refusal["value"] else ""
            self.stdout.write(f"  {where}:{value} {refusal['remedy']}")
        if batch.refused > 20:
            self.stdout.write(f"  and {batch.refused - 20} more; --refused FILE writes all of them")
        if options["refused"]:
            with batch.refused_file.open("rb") as source:
                options["refused"].write_bytes(source.read())
