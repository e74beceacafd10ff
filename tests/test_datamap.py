"""Forgetting a field must be impossible."""

from __future__ import annotations

from subjects import checks, datamap


def test_every_field_is_mapped_or_excused() -> None:
    assert checks.unmapped_fields() == []


def test_forgetting_a_field_fails_the_check(monkeypatch) -> None:
    dataset = datamap.get("orders")
    shorter = tuple(c for c in dataset.columns if c.path != "item")
    monkeypatch.setitem(
        datamap._DATASETS,
        "orders",
        datamap.Dataset(
            **{**{name: getattr(dataset, name) for name in dataset.__dataclass_fields__}, "columns": shorter}
        ),
    )
    assert checks.unmapped_fields() == ["subjects.Order.item"]
    assert [error.id for error in checks.check_data_map(None)] == ["subjects.E001"]
