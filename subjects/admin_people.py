"""Staff pages about people: find a person, see what is held about them, read it.

No address of these pages says anything about a person: a search text is posted, kept for a quarter of an hour
in the cache under a random word, and shown by that word to the one who posted it. So the back button works
and neither the browser's history nor any log learns a name. Each search and each page opened is in the trail.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, Min, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from redis.exceptions import RedisError

from portal.accounts.powers import Power, may, power_required, require
from portal.audit.trail import Verb, record
from subjects import datamap, finding, restriction
from subjects.datamap import Column, Dataset, Kind
from subjects.identifiers import EMAIL, PHONE
from subjects.models import Identifier, Subject

SEARCH_SECONDS = 15 * 60
CASES = (
    "rights-requests"  # category in the register: what these records say is for those who may read requests
)
PER_PAGE = 50
SHOWN = 400  # characters of a long text before "show all of it"
SHARING = 5  # others with the same address or number that are named
_WORD = re.compile(r"[A-Za-z0-9_-]{16}")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


# --- what upper floors add to a person's page -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One line of a panel: words that lead somewhere, and a remark."""

    words: str
    url: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A box on the person page: their requests, their consents, holds."""

    title: str
    rows: tuple[PanelRow, ...]
    empty: str  # the sentence when there are no rows


PanelMaker = Callable[[HttpRequest, Subject], Panel | None]
_PANELS: list[PanelMaker] = []


def register_panel(maker: PanelMaker) -> PanelMaker:
    """Let an upper floor put a box on the person page. None from the maker: not for this reader."""
    if maker not in _PANELS:
        _PANELS.append(maker)
    return maker


def urls(site: AdminSite) -> list[URLPattern]:
    """The pages, to be included by the admin site."""

    def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return site.admin_view(partial(view, site=site))

    return [
        path("people/", guarded(people), name="people"),
        path("people/<str:reference>/", guarded(person), name="person"),
        path("people/<str:reference>/<slug:dataset_key>/", guarded(records), name="person_records"),
    ]


# --- find a person --------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@power_required(Power.FIND_PEOPLE)
def people(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """One box. POST keeps the text and leads to its results; GET shows them, or just the box."""
    if request.method == "POST":
        return _search(request, site)
    word = request.GET.get("search", "")
    if not word:
        return _found(request, site)
    text = _kept(request, word)
    if text is None:
        return _found(request, site, ended=True)
    return _found(request, site, text=text)


def _search(request: HttpRequest, site: AdminSite) -> HttpResponse:
    text = " ".join(request.POST.get("q", "").replace("\x00", " ").split())
    if not text:
        return _found(request, site, error="Type a name, e-mail address, telephone number or reference.")
    if len(text) > finding.LONGEST:
        too_long = f"Use {finding.LONGEST} characters or fewer; you typed {len(text):,}."
        return _found(request, site, error=too_long, text=text[: finding.LONGEST], search=False)
    word = _keep(request, text)
    if not word:
        return _found(request, site, text=text)  # no address to come back to, but an answer
    return redirect(f"{reverse('admin:people')}?search={word}")


def _keep(request: HttpRequest, text: str) -> str:
    """The random word under which the text is kept for its reader; empty when the cache is down."""
    word = secrets.token_urlsafe(12)
    try:
        cache.set(_search_key(request, word), text, SEARCH_SECONDS)
    except RedisError:
        return ""
    return word


def _kept(request: HttpRequest, word: str) -> str | None:
    """The text that this reader posted, or None when it is over, somebody else's or never was."""
    if not _WORD.fullmatch(word):
        return None
    try:
        text: str | None = cache.get(_search_key(request, word))
    except RedisError:
        return None
    return text


def _search_key(request: HttpRequest, word: str) -> str:
    return f"people-search:{request.user.pk}:{word}"


def _found(
    request: HttpRequest,
    site: AdminSite,
    *,
    text: str = "",
    error: str = "",
    ended: bool = False,
    search: bool = True,
) -> HttpResponse:
    matches = finding.find(text, by=request.user) if text and search else None
    context = {
        **site.each_context(request),
        "title": "Find a person",
        "text": text,
        "longest": finding.LONGEST,
        "matches": matches,
        "found": _marked(matches or []),
        "most": finding.MOST,
        "error": error,
        "errors": bool(error),
        "ended": ended,
    }
    status = 422 if error else 200
    return TemplateResponse(request, "admin/subjects/people/find.html", context, status=status)


def _marked(matches: list[finding.Match]) -> list[tuple[finding.Match, str]]:
    """Each match with the mark beside its name: somebody whose data we only store must not be used by mistake."""
    paused = restriction.standing([match.subject.pk for match in matches])
    return [(match, restriction.mark(paused.get(match.subject.pk, []))) for match in matches]


# --- one person -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """One kind of data and how much of it is held."""

    dataset: Dataset
    count: int
    first: dt.date | None
    last: dt.date | None


@require_safe
@power_required(Power.FIND_PEOPLE)
def person(request: HttpRequest, reference: str, *, site: AdminSite) -> HttpResponse:
    """Who it is, whether their data may be used, and what is held of each kind."""
    subject = _subject(request, reference)
    held = [_held(dataset, subject) for dataset in datamap.datasets()]
    closed = set() if may(request.user, Power.READ_CASES) else {CASES}
    context = {
        **site.each_context(request),
        "title": "Person",
        "subtitle": subject.reference,
        "subject": subject,
        "pauses": restriction.of(subject),
        "facts": _facts(subject),
        "sharing": _sharing(subject),
        "held": [kind for kind in held if kind.count],
        "nothing_held": [kind.dataset.title for kind in held if not kind.count],
        "closed": closed,
        "total": sum(kind.count for kind in held),
        "panels": [panel for maker in _PANELS if (panel := maker(request, subject))],
        "workbook_url": _workbook_url(request, subject),
    }
    record(Verb.PERSON_VIEWED, by=request.user, target=f"person:{subject.reference}")
    return TemplateResponse(request, "admin/subjects/people/person.html", context)


def _subject(request: HttpRequest, reference: str) -> Subject:
    """Raises Http404, also for somebody of whom only what the law makes us keep is left, without the power."""
    subject = Subject.objects.select_related("account").filter(reference=reference.upper()[:12]).first()
    if subject is None or (subject.locked_at and not may(request.user, Power.SEE_LOCKED)):
        raise Http404("There is nobody with this reference.")
    return subject


def _held(dataset: Dataset, subject: Subject) -> Held:
    """Counts and dates of one kind, by one query."""
    wanted: dict[str, Any] = {"count": Count("pk")}
    if dataset.order:
        wanted |= {"first": Min(dataset.order), "last": Max(dataset.order)}
    found = dataset.of(subject.pk).order_by().aggregate(**wanted)
    return Held(dataset, found["count"], _local_day(found.get("first")), _local_day(found.get("last")))


def _local_day(value: dt.date | None) -> dt.date | None:
    return timezone.localtime(value).date() if isinstance(value, dt.datetime) else value


def _facts(subject: Subject) -> list[tuple[str, list[str]]]:
    """What the person is known by: label and values, those that are there."""
    account = subject.account
    facts = [
        ("Customer number", [subject.source_key]),
        ("E-mail address", [subject.email, subject.second_email]),
        ("Telephone", [subject.phone, subject.mobile]),
        ("Job title", [subject.job_title]),
        ("User name", [subject.portal_login]),
        ("Account", [account.number, account.name, account.get_type_display()] if account else []),
    ]
    return [(label, there) for label, values in facts if (there := [value for value in values if value])]


def _sharing(subject: Subject) -> list[tuple[Subject, str]]:
    """Others who use one of the person's addresses or numbers: a code sent there may reach the wrong one."""
    own = set(
        Identifier.objects.filter(subject=subject, kind__in=(EMAIL, PHONE)).values_list("kind", "value")
    )
    rows = (
        Identifier.objects.filter(kind__in=(EMAIL, PHONE), value__in=[value for _, value in own])
        .exclude(subject=subject)
        .select_related("subject")
        .order_by("pk")[:SHARING]
    )
    words = {EMAIL: "the same e-mail address", PHONE: "the same telephone number"}
    return [(row.subject, words[row.kind]) for row in rows if (row.kind, row.value) in own]


def _workbook_url(request: HttpRequest, subject: Subject) -> str:
    """Where a workbook is made, for those who may; empty while no floor above offers it."""
    if not may(request.user, Power.EXPORT):
        return ""
    try:
        return reverse("admin:person_workbook", args=[subject.reference])
    except NoReverseMatch:
        return ""


# --- the records of one kind ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is shown: the beginning, and all of it when it is long."""

    text: str
    whole: str = ""
    narrow: bool = False  # stays on one line: a date, an amount


@require_safe
@power_required(Power.FIND_PEOPLE)
def records(request: HttpRequest, reference: str, dataset_key: str, *, site: AdminSite) -> HttpResponse:
    """The records of one kind, newest first, a page at a time."""
    from subjects import admin_notes  # it adds its boxes to this module's pages

    subject = _subject(request, reference)
    try:
        dataset = datamap.get(dataset_key)
    except KeyError:
        raise Http404("There is no such kind of data.") from None
    if dataset.category == CASES:
        require(request.user, Power.READ_CASES)
    page = Paginator(_rows(dataset, subject), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **site.each_context(request),
        "title": dataset.title,
        "subtitle": subject.reference,
        "subject": subject,
        "pauses": restriction.of(subject),
        "dataset": dataset,
        "page": page,
        "pages": list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)),
        "rows": admin_notes.with_notes(_cells(dataset, page), admin_notes.beside(subject, dataset)),
        "is_table": page.paginator.count > 1 or dataset.order,
    }
    record(Verb.PERSON_VIEWED, by=request.user, target=f"person:{subject.reference}", reason=dataset.key)
    return TemplateResponse(request, "admin/subjects/people/records.html", context)


def _rows(dataset: Dataset, subject: Subject) -> QuerySet[Any]:
    return dataset.of(subject.pk).reverse().values_list("pk", *(column.path for column in dataset.columns))


def _cells(dataset: Dataset, page: Page[Any]) -> list[tuple[Any, list[tuple[Column, Cell]]]]:
    """The rows of a page, each with its key."""
    return [
        (key, [(column, shown(column.kind, v)) for column, v in zip(dataset.columns, values, strict=True)])
        for key, *values in page.object_list
    ]


def shown(kind: Kind, value: Any) -> Cell:
    """One value in the words of the page. Empty text for what is not recorded."""
    if value is None or value == "":
        return Cell("")
    if kind in _SHOW:
        return Cell(_SHOW[kind](value), narrow=kind is not Kind.FILE)
    text = _CONTROLS.sub("\ufffd", str(value))
    return Cell(text[:SHOWN].rstrip() + " ...", whole=text) if len(text) > SHOWN + 100 else Cell(text)


def _show_date(value: dt.date) -> str:
    return f"{value.day} {value:%b} {value.year}"


def _show_moment(value: dt.datetime) -> str:
    local = timezone.localtime(value)
    return f"{_show_date(local)}, {local:%H:%M}"


def _show_duration(seconds: int) -> str:
    hours, rest = divmod(int(seconds), 3600)
    parts = ((hours, "h"), (rest // 60, "min"), (rest % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


_SHOW: dict[Kind, Callable[[Any], str]] = {
    Kind.DATE: _show_date,
    Kind.MOMENT: _show_moment,
    Kind.DURATION: _show_duration,
    Kind.MONEY: lambda value: f"{'-' if value < 0 else ''}£{abs(value):,.2f}",
    Kind.INTEGER: lambda value: f"{value:,}",
    Kind.BOOLEAN: lambda value: "Yes" if value else "No",
    Kind.FILE: lambda value: str(value).rpartition("/")[2],
}
