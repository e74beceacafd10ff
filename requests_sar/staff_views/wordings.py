"""The wording of our letters: the list, changing one with a look at the result first, versions, the shipped words."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.powers import Power, may, power_required
from requests_sar import letters, services
from requests_sar.casework import NotPossible
from requests_sar.letters import difference
from requests_sar.staff_views.doors import BAD, page
from requests_sar.wording_forms import RestoreForm, WordingForm

NO_LETTER = "There is no such letter. Choose one from the list of letters."


def _kind(key: str) -> letters.Kind:
    if key not in letters.KINDS:
        raise Http404(NO_LETTER)
    return letters.KINDS[key]


@require_safe
@power_required(Power.READ_CASES)
def index(request: HttpRequest) -> HttpResponse:
    """Every letter, when it goes out, and which wording it uses."""
    rows = []
    for kind in letters.KINDS.values():
        number, text = letters.newest(kind)
        changed = letters.versions(kind).first()
        rows.append({"kind": kind, "number": number, "last": changed, "unfit": letters.problems(kind, text)})
    return page(request, "letters/index.html", {"title": "Letters", "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.READ_CASES)
def letter(request: HttpRequest, key: str) -> HttpResponse:
    """One letter: its wording as it reads, and for those who may, changing it."""
    kind = _kind(key)
    edits = may(request.user, Power.EDIT_LETTERS)
    if request.method != "POST":
        return _page(request, kind, _fresh(request, kind) if edits else None, letters.active(kind)[1])
    return _change(request, key)


@power_required(Power.EDIT_LETTERS)
def _change(request: HttpRequest, key: str) -> HttpResponse:
    kind, looking = _kind(key), "look" in request.POST
    form = WordingForm(request.POST, kind=kind, looking=looking)
    if not form.is_valid():
        return _page(request, kind, form, letters.active(kind)[1], status=BAD)
    if looking:
        return _page(request, kind, form, form.cleaned_data["text"], looked=True)
    try:
        made = services.reword(kind=kind, by=request.user, **form.cleaned_data)
    except NotPossible as sentence:
        form.add_error(None, str(sentence))
        return _page(request, kind, form, form.cleaned_data["text"], status=BAD)
    messages.success(request, f"Saved as version {made.number}. Letters use it from now on.")
    return redirect("admin:letter_wording", kind.key)


def _fresh(request: HttpRequest, kind: letters.Kind) -> WordingForm:
    """The form with the newest wording, or with an older one to be used again (?from=2)."""
    number, text = letters.newest(kind)
    wanted = request.GET.get("from", "")
    if wanted.isdecimal():
        text = letters.text_of(kind, int(wanted[:9])) or text
    return WordingForm(kind=kind, looking=False, initial={"text": text, "seen": number})


def _page(
    request: HttpRequest,
    kind: letters.Kind,
    form: WordingForm | None,
    text: str,
    *,
    looked: bool = False,
    status: int = 200,
) -> HttpResponse:
    before = letters.newest(kind)[1]
    context: dict[str, Any] = {
        "title": kind.title,
        "kind": kind,
        "form": form,
        "edits": form is not None,
        "sheet": letters.sheet(kind, text),
        "looked": looked,
        "pieces": difference.pieces(before, text) if looked and text != before else [],
        "offered": letters.offered(kind).items(),
        "versions": letters.versions(kind),
        "is_shipped": before == letters.shipped(kind),
        "unfit": letters.problems(kind, before),
    }
    return page(request, "letters/letter.html", context, status=status)


@require_safe
@power_required(Power.READ_CASES)
def version(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One version of a wording, with what changed from the one before."""
    kind = _kind(key)
    text = letters.text_of(kind, number)
    if text is None:
        raise Http404("There is no such version of this letter.")
    before = letters.text_of(kind, number - 1) if number else None
    context = {
        "title": f"{kind.title}: {f'version {number}' if number else 'as shipped'}",
        "kind": kind,
        "number": number,
        "made": letters.versions(kind).filter(number=number).first(),
        "text": text,
        "pieces": difference.pieces(before, text) if before is not None else [],
        "edits": may(request.user, Power.EDIT_LETTERS),
    }
    return page(request, "letters/version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.EDIT_LETTERS)
def restore(request: HttpRequest, key: str) -> HttpResponse:
    """Back to the shipped wording, after a page that shows what changes."""
    kind = _kind(key)
    number, text = letters.newest(kind)
    form = RestoreForm(request.POST if request.method == "POST" else None, initial={"seen": number})
    if form.is_bound and form.is_valid():
        try:
            services.restore(kind=kind, by=request.user, **form.cleaned_data)
        except NotPossible as sentence:
            form.add_error(None, str(sentence))
        else:
            messages.success(request, "Letters use the shipped wording from now on.")
            return redirect("admin:letter_wording", kind.key)
    context = {
        "title": f"{kind.title}: back to the shipped wording",
        "kind": kind,
        "form": form,
        "pieces": difference.pieces(text, letters.shipped(kind)),
    }
    return page(request, "letters/restore.html", context, status=BAD if form.errors else 200)
