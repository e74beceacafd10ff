"""The retention schedule and the register behind it: reading, versions, and the draft of the next one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.powers import Power, may, power_required
from portal.register import editing, store
from portal.register.model import Register
from portal.register.models import FILE, Draft, Version
from requests_sar.admin import scheduling
from requests_sar.register_forms import ActivateForm, EntryForm, SeenForm
from requests_sar.staff_views.doors import BAD, page
from retention import drafting, effect
from retention.drafting import Reading

ONCE = "-"  # in addresses, the entry of a table that there is once
NEW = "new"  # and one that is not there yet


@require_safe
@power_required(Power.READ_REGISTER)
def schedule(request: HttpRequest) -> HttpResponse:
    """How long each kind of data is kept, from when, what happens then and why; `?due=1` counts what is due today."""
    counted = scheduling.counted(timezone.localdate()) if request.GET.get("due") else None
    context = {
        "title": "Retention schedule",
        "rows": scheduling.rows(store.current(), counted),
        "counted": counted is not None,
        "goes": sum(due - held for due, held in counted.values()) if counted else 0,
        "held": sum(held for _, held in counted.values()) if counted else 0,
        "draft": Draft.objects.first(),
        "edits": may(request.user, Power.EDIT_REGISTER),
        "upgraded": drafting.upgraded(),
        "active": store.newest(),
    }
    return page(request, "register/schedule.html", context)


@require_safe
@power_required(Power.READ_REGISTER)
def versions(request: HttpRequest) -> HttpResponse:
    """Every version of the register, the newest first."""
    found = Version.objects.defer("text")
    rows = [(each, scheduling.who(each.activated_by)) for each in found]
    return page(request, "register/versions.html", {"title": "Versions of the register", "rows": rows})


@require_safe
@power_required(Power.READ_REGISTER)
def version(request: HttpRequest, number: int) -> HttpResponse:
    """One version: its schedule, what it changed in the notice, and its whole text."""
    made = Version.objects.filter(number=number).first()
    if made is None:
        raise Http404("There is no such version of the register.")
    register = store.of_version(number)
    before = store.of_version(number - 1) if number > 1 else None
    context = {
        "title": f"Register, version {number}",
        "made": made,
        "by": scheduling.who(made.activated_by),
        "active": drafting.active_number() == number,
        "rows": scheduling.rows(register),
        "changes": scheduling.notice_changes(request, before, register) if before else [],
        "edits": may(request.user, Power.EDIT_REGISTER),
    }
    return page(request, "register/version.html", context)


# --- the draft ---------------------------------------------------------------------------------------------


def _draft() -> Draft:
    draft = Draft.objects.first()
    if draft is None:
        raise Http404("There is no draft of the register. Begin one on the page of the retention schedule.")
    return draft


def _weighed(request: HttpRequest, register: Register) -> dict[str, Any]:
    """What a register would change: records due today, and sentences of the notice."""
    effects = effect.of(register, as_of=timezone.localdate())
    return {
        "effects": effects,
        "total": scheduling.total(effects),
        "changes": scheduling.notice_changes(request, store.current(), register),
        "telling": scheduling.telling_changes(store.current(), register),
    }


@require_POST
@power_required(Power.EDIT_REGISTER)
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a draft: with the version in use, an older one, or (0) the shipped file."""
    wanted = request.POST.get("made_from", "")[:9]
    try:
        drafting.begin(by=request.user, made_from=int(wanted) if wanted.isdecimal() else None)
    except drafting.Refused as sentence:
        messages.error(request, str(sentence))
        if not Draft.objects.exists():
            return redirect("admin:register")
    return redirect("admin:register_draft")


@require_safe
@power_required(Power.EDIT_REGISTER)
def draft(request: HttpRequest) -> HttpResponse:
    """The draft: what it changes, what has to be mended, and every entry that can be edited."""
    found = _draft()
    reading = drafting.read(found)
    entries = [
        (
            each,
            each.handle or ONCE,
            _differs(each),
            bool(editing.of_entry(reading.problems, each)),
            scheduling.in_words(each),
        )
        for each in editing.entries(reading.document)
    ]
    sections = [
        (
            editing.TITLES[table],
            [each for each in entries if each[0].table == table],
            table in editing.FREE and table,
        )
        for table in editing.EDITABLE
    ]
    context = {
        "title": "Draft of the register",
        "draft": found,
        "by": scheduling.who(found.changed_by),
        "problems": reading.problems,
        "sections": sections,
        "new": NEW,
        "stale": found.made_from not in {FILE, drafting.active_number()},
        "discard": SeenForm(initial={"seen": found.changes}, auto_id="discard_%s"),
        **(_weighed(request, reading.register) if reading.register else {}),
    }
    return page(request, "register/draft.html", context)


def _differs(each: editing.Entry) -> bool:
    """Whether the entry differs from the version in use."""
    try:
        now = editing.entry(drafting.document_for(drafting.active_number()), each.table, each.handle)
    except editing.NoEntry:
        return True
    names = editing.EDITABLE[each.table]
    return any(now.values.get(name) != each.values.get(name) for name in names)


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.EDIT_REGISTER)
def entry(request: HttpRequest, table: str, handle: str) -> HttpResponse:
    """One entry of the draft: a form; "look" shows the effect of what was typed before anything is saved."""
    found = _draft()
    reading = drafting.read(found)
    each = _entry(reading, table, handle)
    form = _entry_form(request, reading, each, found)
    tried: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        values = form.cleaned_data["values"]
        if "look" in request.POST:
            tried = _tried(request, reading, each, values)
        elif _saved(request, form, each):
            return redirect("admin:register_draft")
    context = {
        "title": each.title,
        "section": editing.TITLES[table],
        "form": form,
        "here": editing.of_entry(reading.problems, each),
        "removing": SeenForm(initial={"seen": found.changes}, auto_id="remove_%s") if _free(each) else None,
        "entry": each,
        **tried,
    }
    return page(request, "register/entry.html", context, status=BAD if form.errors else 200)


def _entry(reading: Reading, table: str, handle: str) -> editing.Entry:
    """An entry of the draft, or one to be added. Raises Http404."""
    if handle == NEW and table in editing.FREE:
        return editing.Entry(table, "", "One more recipient", {})
    try:
        return editing.entry(reading.document, table, "" if handle == ONCE else handle)
    except editing.NoEntry:
        raise Http404("There is no such entry of the register.") from None


def _free(each: editing.Entry) -> bool:
    """Whether it can be taken out: it is there, and nothing else refers to it."""
    return each.table in editing.FREE and bool(each.handle)


def _entry_form(request: HttpRequest, reading: Reading, each: editing.Entry, found: Draft) -> EntryForm:
    kinds = [(one["key"], one["name"]) for one in reading.document.get("category", [])]
    return EntryForm(
        request.POST if request.method == "POST" else None, entry=each, kinds=kinds, seen=found.changes
    )


def _tried(request: HttpRequest, reading: Reading, each: editing.Entry, values: Any) -> dict[str, Any]:
    """The effect of the draft with these values, which are not saved."""
    if each.table in editing.FREE and not each.handle:
        document = editing.added(reading.document, each.table, values)
    else:
        document = editing.changed(reading.document, each.table, each.handle, values)
    register, problems = drafting.try_out(document)
    return {"looked": True, "problems": problems, **(_weighed(request, register) if register else {})}


def _saved(request: HttpRequest, form: EntryForm, each: editing.Entry) -> bool:
    given = {"values": form.cleaned_data["values"], "seen": form.cleaned_data["seen"], "by": request.user}
    try:
        if each.table in editing.FREE and not each.handle:
            drafting.add(table=each.table, **given)
        else:
            drafting.edit(table=each.table, handle=each.handle, **given)
    except drafting.Refused as sentence:
        form.add_error(None, str(sentence))
        return False
    messages.success(request, "Saved in the draft. Nothing changes before it is activated.")
    return True


@require_POST
@power_required(Power.EDIT_REGISTER)
def remove(request: HttpRequest, table: str, handle: str) -> HttpResponse:
    """Take an entry out of the draft."""
    form = SeenForm(request.POST)
    try:
        if not form.is_valid():
            raise drafting.Refused("Open the entry again, then take it out.")
        drafting.remove(table=table, handle=handle, by=request.user, seen=form.cleaned_data["seen"])
    except drafting.Refused as sentence:
        messages.error(request, str(sentence))
    else:
        messages.success(request, "Taken out of the draft. Nothing changes before it is activated.")
    return redirect("admin:register_draft" if Draft.objects.exists() else "admin:register")


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.EDIT_REGISTER)
def activate(request: HttpRequest) -> HttpResponse:
    """What happens when the draft is activated, then the press that does it."""
    found = _draft()
    reading = drafting.read(found)
    form = ActivateForm(request.POST if request.method == "POST" else None, initial={"seen": found.changes})
    if form.is_bound and form.is_valid():
        try:
            made = drafting.activate(by=request.user, **form.cleaned_data)
        except drafting.Refused as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, f"Version {made.number} is in use from now on, everywhere.")
            return redirect("admin:register_version", made.number)
    context = {
        "title": "Activate the draft",
        "form": form,
        "obstacles": drafting.obstacles(found),
        **(_weighed(request, reading.register) if reading.register else {}),
    }
    return page(request, "register/activate.html", context, status=BAD if form.errors else 200)


@require_POST
@power_required(Power.EDIT_REGISTER)
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    form = SeenForm(request.POST)
    try:
        if not form.is_valid():
            raise drafting.Refused("Open the draft again, then throw it away.")
        drafting.discard(by=request.user, seen=form.cleaned_data["seen"])
    except drafting.Refused as sentence:
        messages.error(request, str(sentence))
        return redirect("admin:register_draft" if Draft.objects.exists() else "admin:register")
    messages.success(request, "The draft is thrown away. The version in use stays as it is.")
    return redirect("admin:register")
