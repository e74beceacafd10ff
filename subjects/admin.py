"""The staff pages of imports: upload, say which column is which, check, import, undo.

Only the import screens are here; people are found and read in `admin_people.py`. Every page asks for the power
to import, every act is one of the verbs of `subjects.importing`.
"""

from __future__ import annotations

import csv
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.powers import Power, may, require
from portal.lists import StaffList
from portal.templatetags.house import moment
from subjects import importing
from subjects.admin_controllers import ControllerAdmin
from subjects.importing import engine, mapping, showing, verbs
from subjects.importing.delimited import guarded
from subjects.importing.refusals import first_refusals
from subjects.models import ImportBatch

State = ImportBatch.State
__all__ = ["ControllerAdmin", "ImportBatchAdmin"]


class UploadForm(forms.Form):
    """A file and what its rows are."""

    kind = forms.ChoiceField(
        label="What is in the file?",
        error_messages={
            "required": "Choose what is in the file.",
            "invalid_choice": "Choose what is in the file.",
        },
    )
    file = forms.FileField(
        label="The file",
        help_text="CSV, Excel (.xlsx) or JSON lines, with the names of the columns in the first row.",
        error_messages={
            "required": "Choose a file.",
            "empty": "The file is empty. Choose a file with a header row and at least one row below it.",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(form.key, f"{form.title}: {form.about}") for form in importing.all_kinds()]
        self.fields["kind"].choices = [("", "Choose one"), *choices]  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile:
        """Not larger than an import may be."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.IMPORT_MAX_BYTES:
            most = settings.IMPORT_MAX_BYTES // 1024**2
            raise forms.ValidationError(f"The file is larger than {most} MB. Split it and import the parts.")
        return file


class ColumnsForm(forms.Form):
    """Which column of the file fills which field: one choice for each field of the kind."""

    def __init__(self, batch: ImportBatch, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form = importing.get(batch.kind)
        columns = batch.options["columns"]
        chosen = {
            **batch.mapping,
            **({name: self.data.get(name, "") for name in form.columns} if self.data else {}),
        }
        samples = showing.samples(batch)
        for name, label in form.columns.items():
            self.fields[name] = forms.ChoiceField(
                label=label,
                required=False,
                initial=chosen.get(name, ""),
                choices=[("", "Not in the file"), *((column, column) for column in columns)],
                help_text=samples.get(chosen.get(name, ""), ""),
            )
            self.fields[name].needed = name in form.needed  # type: ignore[attr-defined]
        used = set(chosen.values())
        self.left_out = [column for column in columns if column not in used]


@admin.register(ImportBatch)
class ImportBatchAdmin(StaffList):
    """Imports, latest first; each has one page that shows what can be done next."""

    list_display = ("what", "status", "rows", "started_by")
    list_display_links = ("what",)
    list_filter = ("state",)
    list_select_related = ("by",)
    list_per_page = 50
    actions = None
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-created_at",)

    # --- who may --------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Power.IMPORT)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, Power.IMPORT)

    has_add_permission = has_module_permission  # type: ignore[assignment]
    has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was imported is evidence; its copies of data delete themselves."""
        return False

    # --- the list -------------------------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All imports."""
        answer: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "title": "Imports"})
        return answer

    @admin.display(description="File", ordering="created_at")
    def what(self, batch: ImportBatch) -> str:
        """Kind and when."""
        return format_html(
            '{}<span class="second">{}</span>', _title(batch.kind), f"Uploaded {moment(batch.created_at)}"
        )

    @admin.display(description="Status", ordering="state")
    def status(self, batch: ImportBatch) -> str:
        """The state in words, with its colour."""
        return _tag(batch)

    @admin.display(description="Rows")
    def rows(self, batch: ImportBatch) -> str:
        """What became of the rows."""
        if batch.state == State.UPLOADED:
            return ""
        return format_html(
            '{} new, {} changed<span class="second">{} the same, {} refused</span>',
            *(f"{count:,}" for count in (batch.new, batch.changed, batch.same, batch.refused)),
        )

    @admin.display(description="By")
    def started_by(self, batch: ImportBatch) -> str:
        """Who uploaded it."""
        return batch.by.get_short_name() if batch.by else "The command line"

    # --- addresses ------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """The pages of one import beside the stock ones."""
        view = self.admin_site.admin_view
        pages = [
            ("<uuid:pk>/columns/", self.columns_view, "columns"),
            ("<uuid:pk>/sheet/", require_POST(self.sheet_view), "sheet"),
            ("<uuid:pk>/check/", require_POST(self.check_view), "check"),
            ("<uuid:pk>/apply/", require_POST(self.apply_view), "apply"),
            ("<uuid:pk>/undo/", self.undo_view, "undo"),
            ("<uuid:pk>/progress.json", require_safe(self.progress_view), "progress"),
            ("<uuid:pk>/refused.csv", require_safe(self.refused_view), "refused"),
            ("<uuid:pk>/kept.csv", require_safe(self.kept_view), "kept"),
        ]
        own = [path(route, view(page), name=f"subjects_importbatch_{name}") for route, page, name in pages]
        return [*own, *super().get_urls()]

    def _page(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        words = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/subjects/importbatch/{name}.html", words, status=status)

    def _batch(self, request: HttpRequest, pk: Any) -> ImportBatch:
        require(request.user, Power.IMPORT)
        try:
            return get_object_or_404(ImportBatch.objects.select_related("by"), pk=uuid.UUID(str(pk)))
        except ValueError:
            raise Http404 from None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        return super().get_queryset(request).defer("options", "mapping")

    # --- pages ----------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Upload a file."""
        require(request.user, Power.IMPORT)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                answers = form.cleaned_data
                batch = importing.upload(file=answers["file"], kind=answers["kind"], by=request.user)
            except importing.ImportProblem as problem:
                form.add_error("file", str(problem))
            else:
                return _to(batch)
        context = {"title": "Import a file", "form": form, "most": settings.IMPORT_MAX_BYTES // 1024**2}
        return self._page(request, "upload", context, 422 if form.errors else 200)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Where an import stands and what can be done next."""
        batch = self._batch(request, object_id)
        if batch.state == State.UPLOADED:
            return self._columns(request, batch, ColumnsForm(batch))
        job = showing.job(batch, reverse("admin:subjects_importbatch_progress", args=[batch.pk]))
        refusals = first_refusals(batch.refused_file) if batch.refused_file and not job else []
        return self._page(
            request,
            "batch",
            {
                "title": _title(batch.kind),
                "batch": batch,
                "tag": _tag(batch),
                "job": job,
                "refusals": refusals,
                "kept": showing.kept(batch, most=20) if batch.state == State.UNDONE else [],
                "undoable": batch.changes.exists() if batch.state in {State.APPLIED, State.FAILED} else False,
                "keeps_for": engine.KEPT_FOR.days,
            },
        )

    def _columns(self, request: HttpRequest, batch: ImportBatch, form: ColumnsForm) -> HttpResponse:
        kind = importing.get(batch.kind)
        context = {
            "title": f"{kind.title}: which column is which?",
            "batch": batch,
            "form": form,
            "unfilled": mapping.unfilled(kind, batch.mapping),
            "before": verbs.imported_before(batch),
        }
        return self._page(request, "columns", context, 422 if form.errors else 200)

    def columns_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Choose the columns; sending the choice starts the check."""
        return require_http_methods(["GET", "HEAD", "POST"])(self._choose)(request, pk)

    def _choose(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        batch = self._batch(request, pk)
        if batch.state not in {State.UPLOADED, State.CHECKED, State.FAILED} or batch.verb in {
            "apply",
            "undo",
        }:
            messages.warning(request, "The columns cannot be changed any more.")
            return _to(batch)
        if request.method != "POST":
            return self._columns(request, batch, ColumnsForm(batch))
        form = ColumnsForm(batch, request.POST)
        if form.is_valid():
            try:
                importing.choose(batch=batch, chosen=form.cleaned_data, by=request.user)
                importing.check(batch=batch, by=request.user)
            except importing.ImportProblem as problem:
                form.add_error(None, str(problem))
            else:
                return _to(batch)
        return self._columns(request, batch, form)

    # --- acts -----------------------------------------------------------------------------------

    def _act(self, request: HttpRequest, pk: uuid.UUID, verb: Any, **more: Any) -> HttpResponse:
        batch = self._batch(request, pk)
        try:
            verb(batch=batch, by=request.user, **more)
        except importing.ImportProblem as problem:
            messages.error(request, str(problem))
        return _to(batch)

    def sheet_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Read another sheet of the workbook."""
        return self._act(request, pk, importing.choose_sheet, sheet=request.POST.get("sheet", ""))

    def check_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Check again."""
        return self._act(request, pk, importing.check)

    def apply_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Import."""
        return self._act(request, pk, importing.apply)

    def undo_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Ask once more, then undo."""
        if request.method == "POST":
            return self._act(request, pk, importing.undo)
        batch = self._batch(request, pk)
        return self._page(
            request, "undo", {"title": "Undo this import", "batch": batch, "what": _title(batch.kind)}
        )

    # --- files ----------------------------------------------------------------------------------

    def progress_view(self, request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
        """How far it is, for the page that asks again."""
        batch = self._batch(request, pk)
        job = showing.job(batch, request.path)
        return JsonResponse(job.as_json() if job else {"working": False})

    def refused_view(self, request: HttpRequest, pk: uuid.UUID) -> FileResponse:
        """The refused rows with their reasons."""
        batch = self._batch(request, pk)
        if not batch.refused_file:
            raise Http404
        name = f"refused-{batch.kind}-{batch.created_at:%Y-%m-%d}.csv"
        return FileResponse(
            batch.refused_file.open("rb"), as_attachment=True, filename=name, content_type="text/csv"
        )

    def kept_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        """What an undo left as it was."""
        batch = self._batch(request, pk)
        writer = csv.writer(_Echo())
        lines = [["Kind", "Number", "Why it was not undone"]]
        lines += [[row["kind"], guarded(row["key"]), row["reason"]] for row in showing.kept(batch)]
        answer = StreamingHttpResponse(
            (writer.writerow(line) for line in lines), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="not-undone-{batch.kind}.csv"'
        return answer


class _Echo:
    """Gives each line back to the one who writes it."""

    def write(self, line: str) -> str:
        return line


def _to(batch: ImportBatch) -> HttpResponse:
    return redirect("admin:subjects_importbatch_change", batch.pk)


def _title(kind: str) -> str:
    try:
        return importing.get(kind).title
    except KeyError:
        return kind


def _tag(batch: ImportBatch) -> str:
    return format_html(
        '<strong class="tag tag-{}">{}</strong>', showing.TONES[State(batch.state)], batch.get_state_display()
    )
