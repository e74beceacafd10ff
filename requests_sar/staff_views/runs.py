"""The runs over everybody: what is due and why, the list, the approval, how it goes, and the proof of what went."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.powers import Power, may, power_required
from requests_sar.showing import disposing
from requests_sar.staff_views import held
from requests_sar.staff_views.doors import BAD
from retention import certificates, disposal, listing, running
from retention.models import Automatic, Disposal, Fate, Line
from subjects import datamap

SHOWN = 100  # rows of the list on a page, and runs on the first page


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    whole = {**admin.site.each_context(request), "acts": may(request.user, Power.WORK_CASES), **context}
    return TemplateResponse(request, f"admin/retention/{template}", whole, status=status)


def _run(reference: str) -> Disposal:
    run = Disposal.objects.filter(reference=reference, subject=None).first()
    if run is None:
        raise Http404("There is no run with this reference.")
    return run


@require_safe
@power_required(Power.READ_AUDIT)
def runs(request: HttpRequest) -> HttpResponse:
    """All runs, the newest first; whether they wait for an approval; and asking for one record."""
    found = Disposal.objects.filter(subject=None, reference__startswith="RUN-").order_by("-created_at")
    kind, key = request.GET.get("dataset", ""), request.GET.get("key", "").strip()[:60]
    kinds = [(dataset.key, dataset.title) for dataset in datamap.datasets()]
    asked = bool(key) and kind in dict(kinds)
    context = {
        "title": "Retention",
        "runs": [(run, _totals(list(run.lines.all()))) for run in found.prefetch_related("lines")[:SHOWN]],
        "automatic": running.automatic(),
        "changed": Automatic.objects.filter(pk=1).first(),
        "kinds": kinds,
        "kind": kind,
        "key": key,
        "asked": asked,
        "proof": [
            (each, datamap.get(kind).title) for each in certificates.find(kind, key)
        ] if asked else [],
    }  # fmt: skip
    return _page(request, "runs.html", context)


def _totals(lines: list[Line]) -> dict[str, int]:
    return {
        "goes": sum(line.records for line in lines if line.fate == Fate.GOES),
        "stays": sum(line.records for line in lines if line.fate == Fate.STAYS),
        "done": sum(line.done for line in lines),
        "skipped": sum(line.skipped for line in lines),
        "missing": sum(line.missing for line in lines),
    }


@require_safe
@power_required(Power.READ_AUDIT)
def run(request: HttpRequest, reference: str) -> HttpResponse:
    """One run: its plan by kind and reason, its approval, how it goes, what came of it."""
    return _shown(request, _run(reference))


def _shown(request: HttpRequest, found: Disposal, *, problem: str = "") -> HttpResponse:
    lines = list(found.lines.all())
    rows = [_row(line) for line in lines]
    job = disposing.job(found, reverse("admin:run_progress", args=[found.reference]))
    context = {
        "title": f"Run {found.reference}",
        "run": found,
        "rows": rows,
        "totals": _totals(lines),
        "job": job,
        "waits": found.state == Disposal.State.FROZEN,
        "obstacle": disposal.not_ready(found) if found.state == Disposal.State.FROZEN else "",
        "failed": found.state == Disposal.State.FAILED,
        "over": found.state in {Disposal.State.DONE, Disposal.State.FAILED},
        "problem": problem,
        "held": any(row["held"] for row in rows),
        "found": held.first(found),
        "names": held.names(request),
    }
    return _page(request, "run.html", context, status=BAD if problem else 200)


def _row(line: Line) -> dict[str, Any]:
    reasons = {line.skipped_because: line.skipped, **line.skips} if line.skipped else {}
    names = dict(Line._meta.get_field("skipped_because").flatchoices)
    kept = [f"{count:,} kept: {str(names[why]).lower()}" for why, count in sorted(reasons.items()) if count]
    gone = [f"{line.missing:,} were gone already"] if line.missing else []
    done = [f"{line.done:,} done"] if line.done else []
    return {
        "line": line,
        "title": datamap.get(line.dataset).title,
        "result": ", ".join([*done, *gone, *kept]),
        "held": held.stops(line),
    }


@require_safe
@power_required(Power.READ_AUDIT)
def listed(request: HttpRequest, reference: str) -> HttpResponse:
    """The list of a plan, record by record: keys alone. Narrowed to one line, sorted either way."""
    found = _run(reference)
    lines = list(found.lines.all())
    titles = {line.pk: f"{datamap.get(line.dataset).title}: {line.get_cause_display()}" for line in lines}
    chosen = request.GET.get("line", "")
    wanted = [line.pk for line in lines if not chosen or str(line.pk) == chosen]
    order = "-key" if request.GET.get("order") == "-key" else "key"
    paginator = Paginator(listing.Listed(wanted, order), SHOWN)
    page = paginator.get_page(request.GET.get("page", "1")[:9])
    context = {
        "title": f"List of {found.reference}",
        "run": found,
        "page": page,
        "rows": [(titles[line], key) for line, key in page.object_list],
        "titles": titles,
        "chosen": chosen,
        "order": order,
    }
    return _page(request, "list.html", context)


class _Echo:
    def write(self, value: str) -> str:
        return value


@require_safe
@power_required(Power.READ_AUDIT)
def table(request: HttpRequest, reference: str) -> StreamingHttpResponse:
    """The whole list as CSV: kind, reason, key. No personal data."""
    found = _run(reference)
    lines = {line.pk: line for line in found.lines.all()}

    def rows() -> Iterator[str]:
        writer: Any = csv.writer(_Echo())
        yield writer.writerow(["kind", "reason", "decision", "key"])
        for pk, key in listing.every(list(lines)):
            line = lines[pk]
            yield writer.writerow([line.dataset, line.cause, line.decision, key])

    answer = StreamingHttpResponse(rows(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.reference}.csv"'
    return answer


@require_safe
@power_required(Power.READ_AUDIT)
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """How far it is, for the script."""
    job = disposing.job(_run(reference), request.path)
    return JsonResponse(job.as_json() if job else {"working": False})


@require_POST
@power_required(Power.WORK_CASES)
def plan(request: HttpRequest) -> HttpResponse:
    """List what is due today."""
    made = running.plan(by=request.user)
    messages.success(request, "The plan is made. Nothing goes before it is approved.")
    return redirect("admin:run", made.reference)


@require_POST
@power_required(Power.WORK_CASES)
def approve(request: HttpRequest, reference: str) -> HttpResponse:
    """Let it be carried out; the reference is typed, so that it is no slip of the finger."""
    found = _run(reference)
    if request.POST.get("reference", "").strip().upper() != found.reference:
        return _shown(request, found, problem=f"Type {found.reference} to approve this run.")
    try:
        running.approve(run=found, by=request.user)
    except disposal.Refused as sentence:
        return _shown(request, found, problem=str(sentence))
    messages.success(request, "Approved. A worker carries it out now.")
    return redirect("admin:run", found.reference)


@require_POST
@power_required(Power.WORK_CASES)
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """Try again what failed; what was done stays done."""
    found = _run(reference)
    if running.try_again(run=found, by=request.user):
        messages.success(request, "It is tried again.")
    else:
        messages.error(request, "It did not stop by a fault, so there is nothing to try again.")
    return redirect("admin:run", found.reference)


@require_POST
@power_required(Power.WORK_CASES)
def drop(request: HttpRequest, reference: str) -> HttpResponse:
    """Throw a plan away; nothing of it goes."""
    found = _run(reference)
    try:
        running.drop(run=found, by=request.user)
    except disposal.Refused as sentence:
        messages.error(request, str(sentence))
    else:
        messages.success(request, "The plan is dropped. The next one is made tonight.")
    return redirect("admin:runs")


@require_POST
@power_required(Power.WORK_CASES)
def automatic(request: HttpRequest) -> HttpResponse:
    """Turn automatic runs on or off."""
    on = request.POST.get("on") == "yes"
    running.set_automatic(on=on, by=request.user)
    messages.success(
        request,
        "Runs are carried out by themselves from now on." if on else "Each run waits for your approval.",
    )
    return redirect("admin:runs")
