"""A list of what people chose comes in: checked, added once, and nobody who said no comes back by it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consent import ledger
from consent.models import ConsentEvent, Suppression
from portal.accounts.models import Role
from subjects import importing
from subjects.importing.refusals import first_refusals
from subjects.models import ImportBatch, Subject
from tests import factories

pytestmark = pytest.mark.django_db
HEAD = ["Customer number", "Email", "Purpose", "Channel", "Choice", "When", "Wording", "Reference"]
DAY = "2026-03-02 10:00"


@pytest.fixture
def alice() -> Subject:
    return factories.subject(source_key="C-001001", mobile="07700 900123")


def table(*rows: list[str]) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *rows])
    return io.BytesIO(text.getvalue().encode())


def row(
    number: str = "", address: str = "", choice: str = "yes", channel: str = "email", **more: str
) -> list[str]:
    return [
        number,
        address,
        more.get("purpose", "marketing"),
        channel,
        choice,
        more.get("when", DAY),
        more.get("words", "Email me offers."),
        more.get("evidence", "form 2026-03"),
    ]


def bring_in(*rows: list[str], check: bool = False) -> ImportBatch:
    batch = importing.upload(file=table(*rows), kind="marketing-choices", by=None)
    importing.check(batch=batch, by=None, here=True)
    return batch if check else importing.apply(batch=batch, by=None, here=True)


def counts(batch: ImportBatch) -> tuple[int, int, int]:
    return batch.new, batch.same, batch.refused


def may(whom: Subject | str, channel: str = "email") -> bool:
    return ledger.may_contact(whom, "marketing", channel).allowed


def test_people_and_addresses_are_checked_then_added_and_only_once(alice: Subject) -> None:
    rows = [
        row("c-001001"),
        row(address="New@Example.com"),
        row("C-001001", choice="opted out", channel="phone"),
        row("C-001001", choice="given", channel="post"),
    ]
    assert counts(bring_in(*rows, check=True)) == (4, 0, 0)
    assert not ConsentEvent.objects.exists()
    batch = bring_in(*rows)
    assert (batch.state, counts(batch)) == ("applied", (4, 0, 0))
    assert (may(alice), may("new@example.com"), may(alice, "phone"), may(alice, "post")) == (
        True,
        True,
        False,
        True,
    )
    assert Suppression.objects.get().channel == "phone"
    event = ConsentEvent.objects.get(subject=alice, channel="email")
    assert (event.how, event.evidence) == ("import", "list:form 2026-03")
    assert event.wording is not None
    assert event.wording.text == "Email me offers."
    assert event.happened_at == dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
    assert counts(bring_in(*rows, row(address="other@example.com"))) == (1, 4, 0)
    assert not batch.changes.exists()  # so no undo is offered


@pytest.mark.parametrize("who", [{"number": "C-001001"}, {"address": "ALICE+shop@example.com"}])
def test_c4_4_o2_3_nobody_on_the_do_not_contact_list_comes_back_by_a_list(
    alice: Subject, who: dict[str, str]
) -> None:
    day = timezone.make_aware(dt.datetime(2026, 2, 3, 12))
    ledger.record(
        subject=alice,
        purpose="marketing",
        channel="email",
        act="withdrawn",
        how="link",
        by=None,
        happened_at=day,
    )
    batch = bring_in(row(**who), row(**who, when="2026-01-01"))
    assert counts(batch) == (0, 0, 2)
    first = first_refusals(batch.refused_file)[0]
    assert first["row"] == "2"
    assert first["remedy"].startswith("On the do-not-contact list since 3 February 2026: stays off.")
    assert not may(alice)
    assert Suppression.objects.filter(lifted_at=None).count() == 1


def test_a_no_by_post_is_not_overtaken_either(alice: Subject) -> None:
    ledger.record(subject=alice, purpose="marketing", channel="post", act="objected", how="letter", by=None)
    later = bring_in(row("C-001001", channel="post", when=f"{timezone.now():%Y-%m-%d %H:%M:%S}"))
    assert later.refused + later.new == 1
    assert not may(alice, "post")


@pytest.mark.parametrize(
    ("wrong", "column", "words"),
    [
        (row(), "Customer number", "Write the customer number, or"),
        (row("C-9"), "Customer number", "No customer has this number"),
        (row(address="07700 900123"), "Email", "Write an email address for email"),
        (row(address="a@example.com", channel="post"), "Email", "write the customer number"),
        (row(address="a@example.com", channel="fax"), "Channel", "Write one of: email"),
        (row(address="a@example.com", choice="maybe"), "Choice", "Write given (or yes)"),
        (row(address="a@example.com", choice=""), "Choice", "Write the choice."),
        (row(address="a@example.com", purpose="telepathy"), "Purpose", "Write one of:"),
        (row(address="a@example.com", when="2099-01-01"), "When", "in the future"),
        (row(address="a@example.com", when="1901-01-01"), "When", "over 30 years ago"),
        (row(address="a@example.com", evidence="alice@example.com"), "Reference", "Write a reference"),
        (row(address="a@example.com", words="x" * 2001), "Wording", "Shorten it"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_with_what_to_do(
    wrong: list[str], column: str, words: str
) -> None:
    batch = bring_in(wrong, row(address="good@example.com"))
    assert counts(batch) == (1, 0, 1)
    (found,) = first_refusals(batch.refused_file)
    assert (found["row"], found["column"]) == ("2", column)
    assert words in found["remedy"]


def test_many_rows_cost_as_many_queries_as_few() -> None:
    def queries(*rows: list[str]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert bring_in(*rows).new == len(rows)
        return len(captured)

    queries(row(address="zero@example.com"))
    few = queries(row(address="one@example.com"), row(address="two@example.com", choice="no"))
    many = [
        row(address=f"p{number}@example.com", choice="no" if number % 2 else "yes") for number in range(300)
    ]
    assert queries(*many) <= few + 2


def test_the_command_says_what_was_refused(alice: Subject, tmp_path: Path) -> None:
    file, out = tmp_path / "list.csv", io.StringIO()
    file.write_bytes(table(row("C-001001"), row("C-9")).getvalue())
    with pytest.raises(SystemExit) as ended:
        call_command("import_consents", str(file), stdout=out)
    assert ended.value.code == 1
    assert "1 new, 0 changed, 0 same, 1 refused" in out.getvalue()
    assert "row 3, Customer number" in out.getvalue()


@pytest.mark.parametrize(("role", "status"), [(Role.STAFF, 200), (Role.SUPPORT, 403)])
def test_the_upload_page_offers_it_to_those_who_import(client: Client, role: Role, status: int) -> None:
    client.force_login(factories.user(role))
    page: Any = client.get(reverse("admin:subjects_importbatch_add"))
    assert page.status_code == status
    assert ("nobody on the do-not-contact list comes off it" in page.content.decode()) is (status == 200)
