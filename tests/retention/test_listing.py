"""The frozen list, and how the database is told which records of it a batch is about."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention import ending, listing
from retention.models import Action, Chunk, Disposal, Fate, Line, Reason
from subjects import datamap
from subjects.models import Subject, WebVisit
from tests import factories
from tests.retention import people

pytestmark = pytest.mark.django_db
NUMBERS = st.lists(st.integers(1, 400), min_size=1, unique=True).map(sorted)
TODAY = dt.date(2026, 11, 25)


@given(NUMBERS, st.integers(0, 40))
def test_gaps_are_the_numbers_that_are_missing(numbers: list[int], most: int) -> None:
    missing = sorted(set(range(numbers[0], numbers[-1] + 1)) - set(numbers))
    found = ending.gaps([str(each) for each in numbers], most=most)
    assert found is None if len(missing) > most else found is not None and sorted(found) == missing


@pytest.fixture
def line() -> Line:
    run = Disposal.objects.create(reference="RUN-1", kinds=[], as_of=TODAY, register_version="1")
    return Line.objects.create(
        disposal=run, dataset="web-visits", standing="", rule="12 months", fate=Fate.GOES, cause=Reason.OVER,
        records=0, suggestion=Action.DELETE, ending=Action.DELETE, decision=Action.DELETE,
    )  # fmt: skip


def visits(count: int) -> list[WebVisit]:
    alice = factories.subject()
    return [
        WebVisit.objects.create(subject=alice, source_key=people.key(), at=people.noon(TODAY))
        for _ in range(count)
    ]


def test_the_list_is_in_order_and_whole_however_it_is_cut(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [str(visit.pk) for visit in visits(23)]
    for at_once, size in ((5_000_000, 50_000), (23, 23), (10, 5), (7, 3), (1, 1)):
        monkeypatch.setattr(listing, "AT_ONCE", at_once)
        assert listing.write_down(line, WebVisit.objects.order_by("-at", "-pk"), size=size) == 23
        chunks = list(Chunk.objects.filter(line=line).order_by("number"))
        assert [key for chunk in chunks for key in chunk.keys] == made
        assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
        assert all(1 <= len(chunk.keys) <= size for chunk in chunks)
        Chunk.objects.all().delete()


def test_a_list_of_nothing_is_no_chunk(line: Line) -> None:
    assert listing.write_down(line, WebVisit.objects.all()) == 0
    assert not Chunk.objects.exists()


def test_a_list_of_people_is_in_the_order_of_their_keys(line: Line) -> None:
    for _ in range(12):
        factories.subject()
    assert listing.write_down(line, Subject.objects.all(), size=5) == Subject.objects.count()
    keys = [key for chunk in Chunk.objects.order_by("number") for key in chunk.keys]
    assert keys == [str(pk) for pk in Subject.objects.order_by("pk").values_list("pk", flat=True)]


def test_what_lies_between_is_what_was_listed() -> None:
    """A few are missing, many are missing, one alone, none."""
    made = [visit.pk for visit in visits(60)]
    rows = WebVisit.objects.exclude(pk=made[3])
    for keys in (made, made[:20] + made[21:50], made[::2], made[:1], [], [made[0], made[-1]]):
        listed = [str(each) for each in keys]
        between = set(ending.between(rows, listed).values_list("pk", flat=True))
        assert between == set(keys) - {made[3]}
        assert between == set(ending.among(rows, listed).values_list("pk", flat=True))


def test_a_stretch_is_asked_for_by_its_ends() -> None:
    made = [str(visit.pk) for visit in visits(40)]
    sql = str(ending.between(WebVisit.objects.all(), made[:10] + made[11:]).query)
    assert "BETWEEN" in sql
    assert len(sql) < 800
    assert "BETWEEN" not in str(ending.between(WebVisit.objects.all(), made[::2]).query)
    assert "BETWEEN" not in str(ending.between(Subject.objects.all(), [str(factories.subject().pk)]).query)


def test_a_batch_of_which_one_record_has_gone_does_the_others_once(line: Line) -> None:
    """The statement that should touch all of them is taken back; the one that tells which follows."""
    made = visits(5)
    keys = [str(visit.pk) for visit in made]
    WebVisit.objects.filter(pk=made[2].pk).delete()
    begun: list[int] = []
    done = ending.end(
        datamap.get("web-visits"), Action.DELETE, WebVisit.objects.all(), keys, line.disposal,
        ascending=True, meanwhile=lambda: begun.append(1),
    )  # fmt: skip
    assert sorted(done) == sorted(keys[:2] + keys[3:])
    assert begun == [1]
    assert not WebVisit.objects.exists()
