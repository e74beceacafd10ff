"""The two commands: due dates of a table, and bank holidays that move the dates of open requests (S23)."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command

from portal.audit.models import Entry
from portal.register import store
from requests_sar import holidays
from requests_sar.models import Case, HolidayFile
from requests_sar.workflow import State
from tests import factories

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).parent / "data" / "deadlines.csv"
ANSWERS = ("clock_start", "due_if_not_extended", "unrolled_due", "due")
HEAD = "case_id,right,nation,received,start_events,clarification_pauses,extended\n"
EW = "england-and-wales"


def run(name: str) -> tuple[list[dict[str, str]], str, int]:
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("due_dates", csv=name, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(end.code or 0)
    return list(csv.DictReader(io.StringIO(out.getvalue()))), err.getvalue(), code


def test_every_worked_row_comes_out_as_it_stands(tmp_path) -> None:
    rows = list(csv.DictReader(TABLE.open()))
    bare = tmp_path / "in.csv"
    with bare.open("w", newline="") as file:
        names = [name for name in rows[0] if name not in ANSWERS]
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    worked, said, code = run(str(bare))
    assert (said, code) == ("", 0)
    assert [{key: row[key] for key in rows[0]} for row in worked] == rows


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (f"X,access,{EW},2026-02-30,,,no", "Line 3: '2026-02-30' is no date"),
        (
            f"X,access,{EW},2026-02-03T10:00,,,no",
            "is no date like 2026-11-23 and no timestamp with an offset",
        ),
        ("X,access,wales,2026-02-03,,,no", "nation 'wales' has no bank holidays"),
        (f"X,sar,{EW},2026-02-03,,,no", "right 'sar' is not one of"),
        (f"X,access,{EW},2026-02-03,pay:2026-02-04,,no", "start event"),
        (f"X,access,{EW},2026-02-03,,2026-02-09,no", "is not asked/answered"),
        (f"X,access,{EW},2026-02-03,,2026-02-09/2026-02-08,no", "answered before it was asked"),
        (f"X,access,{EW},2026-02-03,,,maybe", "is not yes or no"),
        (f"X,access,{EW},2026-02-03", "more or fewer columns"),
        (f"X,access,{EW},9999-12-20,,,no", "Line 3"),
    ],
)
def test_a_malformed_row_is_named_and_the_others_are_worked(tmp_path, row, sentence) -> None:
    good = f"A,access,{EW},2026-11-23,,,no\n"
    (tmp_path / "in.csv").write_text(HEAD + good + row + "\n" + good)
    worked, said, code = run(str(tmp_path / "in.csv"))
    assert [line["due"] for line in worked] == ["2026-12-23", "2026-12-23"]
    assert sentence in said
    assert code == 1


def test_standard_input_works_and_a_missing_file_or_column_is_a_sentence(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(HEAD + f"A,erasure,{EW},2026-11-02,,2026-11-09/,no\n"))
    worked, _, code = run("-")
    assert (worked[0]["due"], code) == ("2026-12-02", 0)
    with pytest.raises(CommandError, match="No such file"):
        run(str(tmp_path / "none.csv"))
    (tmp_path / "in.csv").write_text("case_id,right\n")
    with pytest.raises(CommandError, match="lacks the columns nation, received"):
        run(str(tmp_path / "in.csv"))


# --- bank holidays ---


def payload() -> dict:
    return json.loads(Path(settings.BANK_HOLIDAYS_FILE).read_text())


def without(day: str) -> dict:
    found = payload()
    for division in found.values():
        division["events"] = [event for event in division["events"] if event["date"] != day]
    return found


def load(tmp_path, content) -> str:
    file = tmp_path / "holidays.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    out = io.StringIO()
    call_command("load_bank_holidays", str(file), stdout=out)
    return out.getvalue()


@time_machine.travel("2022-09-10T12:00:00+00:00", tick=False)
def test_a_page_asks_once_which_holidays_count_and_the_next_page_asks_again(
    tmp_path, django_assert_num_queries
) -> None:
    load(tmp_path, without("2022-09-19"))
    holidays.current()  # read and kept by this process
    with store.steady(), django_assert_num_queries(1):
        assert [holidays.why_closed(dt.date(2022, 9, 19)) for _ in range(3)] == [""] * 3
    load(tmp_path, payload())
    with store.steady():
        assert (
            holidays.why_closed(dt.date(2022, 9, 19))
            == "Bank Holiday for the State Funeral of Queen Elizabeth II"
        )


@pytest.mark.parametrize("nation", holidays.NATIONS)
@time_machine.travel("2022-09-10T12:00:00+00:00", tick=False)
def test_s23_a_proclaimed_holiday_moves_open_cases_only(tmp_path, monkeypatch, nation) -> None:
    ours = store.current()
    theirs = dataclasses.replace(ours, controller=dataclasses.replace(ours.controller, nation=nation))
    monkeypatch.setattr(store, "current", lambda: theirs)
    load(tmp_path, without("2022-09-19"))
    open_ = factories.case(received_on=dt.date(2022, 8, 19))
    ended = factories.case(State.CLOSED, received_on=dt.date(2022, 8, 19))
    assert open_.due_on == dt.date(2022, 9, 19)
    said = load(tmp_path, payload())
    open_.refresh_from_db()
    ended.refresh_from_db()
    assert (open_.due_on, ended.due_on) == (dt.date(2022, 9, 20), dt.date(2022, 9, 19))
    assert f"{open_.reference}: due Monday 19 September 2022, now due Tuesday 20 September 2022" in said
    assert "1 due date moved." in said
    assert "due date moved: holiday data" in open_.history.get(event="due-moved").reason
    assert Entry.objects.get(verb="case.due-date-moved").reason == "2022-09-19 to 2022-09-20"
    assert "count already" in load(tmp_path, payload())
    assert HolidayFile.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "not JSON"),
        ("[]", "one object"),
        ('{"scotland": {}}', "lacks england-and-wales, northern-ireland"),
        ({**payload(), "scotland": {"events": []}}, "scotland: there is no list"),
        (
            {**payload(), "scotland": {"events": [{"title": "X", "date": "25/12/2026"}]}},
            "scotland, event 1: the date",
        ),
        (
            {**payload(), "scotland": {"events": [{"date": "2026-12-25"}]}},
            "scotland, event 1: it has no title",
        ),
        ("x" * (holidays.MOST_BYTES + 1), "larger than"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(tmp_path, content, sentence) -> None:
    case = factories.case()
    with pytest.raises(CommandError, match=sentence):
        load(tmp_path, content)
    assert not HolidayFile.objects.exists()
    assert Case.objects.get().version == case.version
