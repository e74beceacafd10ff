"""Versions of the register without a database: written and read back, completed after an upgrade, compared."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.register import editing, notice
from portal.register.completing import completed
from portal.register.model import DEFAULT_FILE, build, document_of, required_lines
from portal.register.writing import dump

SHIPPED = document_of(DEFAULT_FILE)
names = st.sampled_from(["key", "name", "what", "period"])
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.one_of(text, st.booleans(), st.integers(-9, 2**40), st.dates(), st.lists(text, max_size=2))
tables = st.dictionaries(names, values, min_size=1, max_size=3)
documents = st.dictionaries(names, st.one_of(tables, st.lists(tables, min_size=1, max_size=2)), max_size=3)


@settings(deadline=None, max_examples=60)
@given(documents)
def test_what_is_written_reads_back_the_same(document: dict[str, Any]) -> None:
    assert tomllib.loads(dump(document)) == document


def test_the_shipped_register_survives_being_written_and_read_twice() -> None:
    once = tomllib.loads(dump(SHIPPED))
    assert once == SHIPPED
    assert dump(once) == dump(SHIPPED)


def test_a_value_that_no_register_has_is_refused() -> None:
    for value in (1.5, None, dt.datetime(2026, 1, 1), {"a": 1}):
        with pytest.raises(TypeError):
            dump({"notice": {"x": value}})


@settings(deadline=None, max_examples=20)
@given(st.data())
def test_an_old_version_is_completed_and_keeps_every_word_that_it_has(data: st.DataObject) -> None:
    """Any kinds of data, and any lines, may be missing: what comes out loads, and what was there is there unchanged."""
    gone = data.draw(st.sets(st.sampled_from([each["key"] for each in SHIPPED["category"]]), max_size=3))
    old = {name: table for name, table in SHIPPED.items() if name != "accessibility"}
    old["category"] = [each for each in SHIPPED["category"] if each["key"] not in gone]
    old["retention"] = [
        {**each, "period": "9 years"} for each in SHIPPED["retention"] if each["category"] not in gone
    ]
    old["notice"] = {key: value for key, value in SHIPPED["notice"].items() if key != "cost"}
    whole, added = completed(old, SHIPPED, required_lines())
    assert "notice cost" in added
    register = build(whole, name="old", digest="0" * 64)
    for rule in register.retention:
        assert (str(rule.period) == "9 years") is (rule.category not in gone)
    again, nothing = completed(whole, SHIPPED, required_lines())
    assert (again, nothing) == (whole, [])


def test_a_line_that_the_officer_took_out_does_not_come_back() -> None:
    changed = editing.changed(SHIPPED, "retention", "marketing-choices everyone", {"note": ""})
    whole, added = completed(changed, SHIPPED, required_lines())
    assert added == []
    assert "note" not in editing.entry(whole, "retention", "marketing-choices everyone").values


def test_every_entry_can_be_found_and_what_is_not_offered_is_refused() -> None:
    found = list(editing.entries(SHIPPED))
    assert len({(each.table, each.handle) for each in found}) == len(found)
    assert {each.table for each in found} == set(editing.EDITABLE) - set(editing.FREE)
    for each in found:
        assert editing.changed(SHIPPED, each.table, each.handle, {}) == SHIPPED
    with pytest.raises(editing.NoEntry):
        editing.changed(SHIPPED, "retention", "emails everyone", {"category": "x"})
    with pytest.raises(editing.NoEntry):
        editing.changed(SHIPPED, "retention", "no-such everyone", {"period": "1 year"})


PAGE = """<header>Menu</header><main><h1>Notice</h1><h2>How long</h2><table><tr><th>Emails</th>
<td>3 years after it.</td><td>We look.</td></tr></table>
<h2>Rights</h2><p>It is free. You may ask.</p></main><p>Foot</p>"""


def test_the_notice_is_compared_sentence_by_sentence_where_they_stand() -> None:
    after = (
        PAGE.replace("3 years", "2 years")
        .replace("It is free.", "It costs nothing.")
        .replace("Menu", "Other")
    )
    found = notice.changes(notice.lines(PAGE), notice.lines(after))
    assert found == [
        notice.Change("How long: Emails", "3 years after it.", "2 years after it."),
        notice.Change("Rights", "It is free.", "It costs nothing."),
    ]
    more = PAGE.replace("You may ask.", "You may ask. We answer. Soon.")
    assert notice.changes(notice.lines(PAGE), notice.lines(more)) == [
        notice.Change("Rights", "", "We answer. Soon.")
    ]
    assert notice.changes(notice.lines(PAGE), notice.lines(PAGE)) == []
