"""What the pages of the review show, gathered from records, removals and files. Reads only, decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from portal.templatetags.house import moment
from requests_sar import leftovers, redactions, reviewing, services
from requests_sar.admin import searching
from requests_sar.admin.case_page import Names
from requests_sar.admin.review_records import Record, Showing
from requests_sar.models import Case, Package, Redaction
from requests_sar.redacting import Reach
from requests_sar.reviewing import Wanted
from requests_sar.suggesting import Known
from requests_sar.workflow import State
from subjects import datamap

PER_PAGE = 20
SESSION_KEY = "review_searches"
FILTERS = (
    ("person", "Mentions somebody else"),
    ("email", "Has an email address that is neither theirs nor ours"),
    ("text", "Has text that somebody wrote"),
    ("removed", "Has something removed"),
)


# --- the list -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of data with its numbers."""

    title: str
    href: str
    count: int | None  # as collected; None while nothing is
    removed: int
    current: bool


def wanted(query: QueryDict, term: str) -> Wanted:
    """The filters of an address."""
    return Wanted(term=term, **{name: name in query for name, _ in FILTERS})


def term_of(request: HttpRequest) -> str:
    """The search text behind the token of this address; empty when there is none, or it is forgotten."""
    return searching.text_of(request, request.GET.get("find", ""), session_key=SESSION_KEY) or ""


def listing(request: HttpRequest, case: Case, dataset: datamap.Dataset) -> dict[str, Any]:
    """The records of one kind, filtered, a page at a time."""
    term = term_of(request)
    showing = Showing(case, dataset, reviewing.needle(term) if term else None)
    filters = wanted(request.GET, term)
    page = Paginator(
        reviewing.matching(case, dataset, filters, showing.known).values_list("pk", flat=True), PER_PAGE
    )
    current = page.get_page(request.GET.get("page"))
    query = _kept(request.GET, "page", "kind")
    kinds = tabs(case, dataset, query)
    return {
        "dataset": dataset,
        "tabs": [tab for tab in kinds if tab.count != 0 or tab.removed or tab.current],
        "empty_tabs": [tab for tab in kinds if tab.count == 0 and not tab.removed and not tab.current],
        "filters": [(name, words, name in request.GET) for name, words in FILTERS],
        "filtered": bool(term) or any(name in request.GET for name, _ in FILTERS),
        "find": request.GET.get("find", "") if term else "",
        "forgotten": "find" in request.GET and not term,
        "term": term,
        "as_given": request.GET.get("view") == "given",
        "given_url": _address(case, dataset, {**query, "view": "given"}),
        "held_url": _address(case, dataset, _kept(request.GET, "page", "kind", "view")),
        "all_url": _address(case, dataset, {}),
        "records": _records(case, showing, current),
        "page": current,
        "pages": list(page.get_elided_page_range(current.number, on_each_side=2, on_ends=1)),
        "page_url": _address(case, dataset, query),
        "query": _encoded({**query, "page": str(current.number)} if current.number > 1 else query),
    }


def _records(case: Case, showing: Showing, page: Page[Any]) -> list[Record]:
    keys = list(page.object_list)
    found = dict(showing.dataset.keyed_rows(reviewing.rows(case, showing.dataset).filter(pk__in=keys)))
    return [showing.record(str(key), found[str(key)]) for key in keys if str(key) in found]


def _kept(query: QueryDict, *without: str) -> dict[str, str]:
    names = {"find", "view", "page", "kind", *(name for name, _ in FILTERS)} - set(without)
    return {name: query[name] for name in sorted(names) if name in query}


def _encoded(query: dict[str, str]) -> str:
    made = QueryDict(mutable=True)
    made.update(query)
    return made.urlencode()


def _address(case: Case, dataset: datamap.Dataset, query: dict[str, str]) -> str:
    return f"{reverse('admin:review', args=[case.reference])}?{_encoded({'kind': dataset.key, **query})}"


def tabs(case: Case, current: datamap.Dataset, query: dict[str, str]) -> list[Tab]:
    """The kinds of the copy: how many records were collected, how many removals were made."""
    package = services.current_package(case)
    collected = {source.dataset: source.rows for source in package.sources.all()} if package else {}
    removed = {
        each["dataset"]: each["n"]
        for each in redactions.live(case).order_by().values("dataset").annotate(n=Count("pk"))
    }
    return [
        Tab(
            dataset.title,
            _address(case, dataset, query),
            collected.get(dataset.key),
            removed.get(dataset.key, 0),
            dataset.key == current.key,
        )
        for dataset in reviewing.kinds(case)
    ]


def neighbours(
    case: Case, dataset: datamap.Dataset, record: str, filters: Wanted, known: Known
) -> tuple[str, str]:
    """The keys of the record before and the one after, among those that fit the filters; empty at the ends."""
    keys = reviewing.matching(case, dataset, filters, known)
    here = dataset.model_class._default_manager.filter(pk=record).values_list("pk", *_order(dataset)).first()
    if here is None:
        return "", ""
    pk, *value = here
    if value:
        earlier = Q(**{f"{dataset.order}__lt": value[0]}) | Q(**{dataset.order: value[0], "pk__lt": pk})
        later = Q(**{f"{dataset.order}__gt": value[0]}) | Q(**{dataset.order: value[0], "pk__gt": pk})
    else:
        earlier, later = Q(pk__lt=pk), Q(pk__gt=pk)
    back = keys.filter(earlier).reverse().values_list("pk", flat=True).first()
    on = keys.filter(later).values_list("pk", flat=True).first()
    return str(back or ""), str(on or "")


def _order(dataset: datamap.Dataset) -> Sequence[str]:
    return (dataset.order,) if dataset.order else ()


# --- removals, files, searches ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One removal, as the page lists it."""

    id: int
    mark: str
    what: str  # "Emails, 2 March 2026"
    href: str  # its record; empty for words wherever they occur
    scope: str
    words: str  # what is removed, for the eyes of staff only
    reason: str
    law: str
    by: str
    undone: str


def removals(case: Case, rows: Iterable[Redaction]) -> list[Line]:
    """Removals with who made them, and who undid them."""
    names = Names()
    return [
        Line(
            id=row.pk,
            mark=f"R{row.number}",
            what=", ".join(filter(None, [redactions.title(row), redactions.handle(row)])),
            href=_record_url(case, row.dataset, row.record) if row.reach != Reach.EVERYWHERE else "",
            scope=redactions.scope(row),
            words=redactions.words(row),
            reason=row.why,
            law=row.law,
            by=f"{names.of_user(row.by_id)}, {moment(row.at)}",
            undone=f"{names.of_user(row.undone_by_id)}, {moment(row.undone_at)}" if row.undone_at else "",
        )
        for row in rows
    ]


def _record_url(case: Case, dataset: str, record: str) -> str:
    return reverse("admin:review_record", args=[case.reference, dataset, record])


def frame(case: Case, package: Package | None) -> dict[str, Any]:
    """What every page of the review shows on top: how the files stand to the removals, and what is possible now."""
    ready = package is not None and package.state == Package.State.READY
    return {
        "case": case,
        "changeable": case.state in services.OPEN_FOR_REVIEW,
        "made_at": package.ready_at if package and ready else None,
        "obstacles": services.redaction_obstacles(case, package),
        "work_under_way": package is not None
        and package.state in (Package.State.QUEUED, Package.State.RUNNING),
        "removed_count": redactions.live(case).count(),
        "reviewed": case.reviewed_at,
        "can_collect": case.state == State.REVIEW,
    }


def found(case: Case, package: Package | None, term: str, token: str) -> dict[str, Any]:
    """Where a text stands: in the records, after what is removed, and in the finished files."""
    hits = reviewing.search(case, term)
    files = None
    if package is not None and package.state == Package.State.READY:
        files = leftovers.left(package, reviewing.needle(term))
    return {
        "term": term,
        "find": token,
        "hits": [(hit, _address(case, hit.dataset, {"find": token})) for hit in hits],
        "before": sum(hit.before for hit in hits),
        "after": sum(hit.after for hit in hits),
        "files": files,
        "in_files": sum(each.count or 0 for each in files or ()),
    }
