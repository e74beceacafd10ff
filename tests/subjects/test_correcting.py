"""`subjects.services`: details corrected, kept in the history, undone; words that stand beside a record."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Act, Entry
from requests_sar import assembly
from subjects import checks, datamap, finding, services
from subjects.models import Address, DetailChange, Invoice, RecordNote, Subject
from subjects.services import Refused
from tests import factories

pytestmark = pytest.mark.django_db
NOTE = RecordNote.Kind.NOTE


@pytest.fixture
def alice() -> Subject:
    return factories.subject(phone="0117 496 0123", mobile="07700 900111")


def address(of: Subject, use: str, **fields: str) -> Address:
    held = {
        "lines": "1 Old Lane",
        "town": "Bristol",
        "postcode": "BS1 1AA",
        "country": "United Kingdom",
        **fields,
    }
    return Address.objects.create(subject=of, source_key=f"{of.pk}/{use}", use=use, **held)


def invoice(of: Subject) -> Invoice:
    return Invoice.objects.create(
        subject=of,
        source_key=f"INV-{of.pk}",
        number="INV-1",
        issued_on=dt.date(2026, 5, 1),
        net=100,
        total=120,
        billed_name=of.full_name,
        billed_address="1 Old Lane, Bristol, BS1 1AA",
    )


def change(of: Subject, **values: str) -> list[DetailChange]:
    return services.correct(
        subject=of, dataset="contact-details", record=str(of.pk), values=values, by=factories.visit(of.email)
    )


def test_a_change_is_kept_with_old_and_new_and_found_by_the_new(alice: Subject) -> None:
    before = timezone.now()
    (kept,) = change(alice, mobile="+44 7700 900222")
    alice.refresh_from_db()
    assert alice.mobile == "07700 900222"
    assert (kept.label, kept.before, kept.after, kept.side) == (
        "Mobile",
        "07700 900111",
        "07700 900222",
        "requester",
    )
    assert kept.at >= before
    assert [m.subject for m in finding.find("07700900222", by=factories.user(Role.DPO))] == [alice]
    assert finding.find("07700900111", by=factories.user(Role.DPO)) == []


def test_the_trail_says_what_was_changed_and_no_value(alice: Subject) -> None:
    change(alice, mobile="07700 900222")
    with transaction.atomic():
        acts = [*Act.objects.filter(verb="person.corrected"), *Entry.objects.filter(verb="person.corrected")]
    assert [act.reason for act in acts] == ["contact-details.mobile"]
    assert acts[0].target == f"person:{alice.reference}"


def test_twice_is_once(alice: Subject) -> None:
    change(alice, mobile="07700 900222")
    assert change(alice, mobile="0044 7700-900222") == []
    assert DetailChange.objects.count() == 1


def test_somebody_elses_record_is_as_if_it_were_not_there(alice: Subject) -> None:
    bob = factories.subject("Bob Marsh", email="bob@example.com")
    his = address(bob, "home")
    for record in (str(his.pk), "999999", "nonsense", "9" * 40):
        with pytest.raises(Refused, match="do not hold that"):
            services.correct(
                subject=alice, dataset="addresses", record=record, values={"town": "Bath"}, by="customer"
            )
    his.refresh_from_db()
    assert his.town == "Bristol"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"phone": "none of your business"}, "like 0117 496 0123"),
        ({"full_name": "Queen Alice"}, "cannot be changed here"),
        ({"staff_note": ""}, "cannot be changed here"),
        ({"job_title": "x" * 121}, "120 characters"),
        ({"job_title": "a\x00b"}, "cannot read"),
        ({"email": "new@example.com"}, "only with the code"),
        ({"email": "not an address"}, "like name@example.com"),
        ({"account__number": "A-1"}, "corrected there"),
        ({"restricted_at": ""}, "cannot be changed here"),
    ],
)
def test_what_cannot_be_changed_here_says_why(alice: Subject, values: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        change(alice, **values)
    assert not DetailChange.objects.exists()


def test_an_address_changes_with_its_code_only(alice: Subject) -> None:
    services.correct(
        subject=alice,
        dataset="contact-details",
        record=str(alice.pk),
        values={"email": "New@Example.com"},
        by="customer",
        proved="new@example.com",
    )
    alice.refresh_from_db()
    assert alice.email == "new@example.com"
    assert alice.email_changed_at is not None


def test_while_their_use_is_paused_details_stay_as_they_are(alice: Subject) -> None:
    factories.pause(alice)
    with pytest.raises(Refused, match="paused"):
        change(alice, mobile="07700 900222")
    services.correct(  # what an officer decided may be written: it ends the reason for the pause
        subject=alice,
        dataset="contact-details",
        record=str(alice.pk),
        values={"mobile": "07700 900222"},
        by=factories.user(Role.DPO),
        reference="DP-2222-2222",
        decided=True,
    )
    assert DetailChange.objects.get().side == "company"


def test_s56_a_wrong_address_is_corrected_everywhere_live_and_invoices_stay(alice: Subject) -> None:
    home, billing, shop = (
        address(alice, "home"),
        address(alice, "billing"),
        address(alice, "shop", lines="9 Mill"),
    )
    issued = invoice(alice)
    made = services.correct(
        subject=alice,
        dataset="addresses",
        record=str(home.pk),
        values={"lines": "2 New Road", "postcode": "bs14dj"},
        by="customer",
        everywhere=True,
    )
    for each in (home, billing, shop):
        each.refresh_from_db()
    assert {home.lines, billing.lines} == {"2 New Road"}
    assert (billing.postcode, shop.lines) == ("BS1 4DJ", "9 Mill")
    issued.refresh_from_db()
    assert issued.billed_address == "1 Old Lane, Bristol, BS1 1AA"
    assert len(made) == 4
    everywhere = [
        f"{m._meta.label}.{f.name}"
        for m in (Subject, Address)
        for f in m._meta.concrete_fields
        if f.get_internal_type() in {"CharField", "TextField"}
        and m._default_manager.filter(**{f"{f.name}__contains": "1 Old Lane"}).exists()
    ]
    assert everywhere == []  # the old value stands in the history alone
    assert DetailChange.objects.filter(before="1 Old Lane").count() == 2


def test_the_name_of_a_persons_own_account_follows_and_a_shared_one_does_not(alice: Subject) -> None:
    own = factories.account(name=alice.full_name)
    Subject.objects.filter(pk=alice.pk).update(account=own)
    values = {"full_name": "Alice Obi"}
    dee = factories.user(Role.DPO)
    place = {"dataset": "contact-details", "record": str(alice.pk)}
    services.correct(subject=alice, values=values, by=dee, decided=True, **place)
    own.refresh_from_db()
    assert own.name == "Alice Obi"
    factories.subject("Bob Marsh", email="bob@example.com", account=own)
    services.correct(subject=alice, values={"full_name": "Alice Okafor"}, by=dee, decided=True, **place)
    own.refresh_from_db()
    assert own.name == "Alice Obi"


def test_what_was_issued_is_never_overwritten(alice: Subject) -> None:
    issued = invoice(alice)
    with pytest.raises(Refused, match="by a note"):
        services.correct(
            subject=alice,
            dataset="invoices",
            record=str(issued.pk),
            values={"billed_address": "2 New Road"},
            by=factories.user(Role.DPO),
            decided=True,
        )


def test_every_kind_of_evidence_is_declared() -> None:
    evidence = {dataset.key for dataset in datamap.datasets() if dataset.is_evidence()}
    assert {
        "invoices",
        "payments",
        "emails",
        "detail-changes",
        "record-notes",
        "marketing-choices",
    } <= evidence
    assert not {"contact-details", "addresses", "support-calls"} & evidence


def test_a_correctable_field_of_evidence_fails_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    invoices = datamap.get("invoices")
    column = datamap.Column("billed_name", "Name on the invoice", "To whom.", correctable=True)
    parts = {name: getattr(invoices, name) for name in invoices.__dataclass_fields__}
    changed = datamap.Dataset(**{**parts, "columns": (column, *invoices.columns[:-2], invoices.columns[-1])})
    monkeypatch.setitem(datamap._DATASETS, "invoices", changed)
    assert [error.id for error in checks.check_data_map(None)] == ["subjects.E005"]


# --- undo ---


def test_the_last_change_can_be_undone_once(alice: Subject) -> None:
    change(alice, mobile="07700 900222")
    (back,) = services.undo(subject=alice, by="customer")
    alice.refresh_from_db()
    assert alice.mobile == "07700 900111"
    assert back.undoes == DetailChange.objects.order_by("pk").first()
    with pytest.raises(Refused, match="nothing to undo"):
        services.undo(subject=alice, by="customer")


def test_an_address_changed_in_two_places_is_undone_in_both(alice: Subject) -> None:
    home, billing = address(alice, "home"), address(alice, "billing")
    services.correct(
        subject=alice,
        dataset="addresses",
        record=str(home.pk),
        values={"lines": "2 New Road"},
        by="customer",
        everywhere=True,
    )
    services.undo(subject=alice, by="customer")
    assert set(Address.objects.values_list("lines", flat=True)) == {"1 Old Lane"}
    assert billing.pk != home.pk


@pytest.mark.parametrize("since", ["import", "staff", "email", "paused"])
def test_what_is_not_safe_is_not_undone(alice: Subject, since: str) -> None:
    change(alice, mobile="07700 900222")
    if since == "import":
        Subject.objects.update(mobile="07700 900333")
    elif since == "staff":
        place = {"dataset": "contact-details", "record": str(alice.pk)}
        dee = factories.user(Role.DPO)
        services.correct(subject=alice, values={"job_title": "Head"}, by=dee, decided=True, **place)
    elif since == "email":
        place = {"dataset": "contact-details", "record": str(alice.pk)}
        new = "new@example.com"
        services.correct(subject=alice, values={"email": new}, by="customer", proved=new, **place)
    else:
        factories.pause(alice)
    with pytest.raises(Refused):
        services.undo(subject=alice, by="customer")


def test_the_history_cannot_be_rewritten(alice: Subject) -> None:
    change(alice, mobile="07700 900222")
    with pytest.raises(DatabaseError), transaction.atomic():
        DetailChange.objects.update(before="something else")


# --- beside a record ---


def test_a_note_stands_beside_the_invoice_once_on_the_page_and_in_the_copy(
    alice: Subject, client: Client
) -> None:
    issued = invoice(alice)
    place = {"dataset": "invoices", "record": str(issued.pk), "column": "billed_address"}
    words = "The address was wrong when this was issued. It should have been 2 New Road."
    for _ in range(2):
        services.add_note(
            subject=alice,
            kind=NOTE,
            label="Invoices, 1 May 2026",
            text=words,
            by=None,
            reference="DP-2",
            **place,
        )
    assert services.notes_on(alice).count() == 1
    client.force_login(factories.user(Role.DPO))
    shown = client.get(reverse("admin:person_records", args=[alice.reference, "invoices"])).content.decode()
    assert words in shown
    person = client.get(reverse("admin:person", args=[alice.reference])).content.decode()
    assert "Statements and corrections" in person
    assert "Invoices, 1 May 2026" in person
    dataset = datamap.get("record-notes")
    (rows,) = [list(assembly.wire_rows(dataset, dataset.of(alice.pk)))]
    assert words in rows[0]
    assert services.forget_notes(dataset="invoices", records=[issued.pk]) == 1


def test_a_paused_kind_stays_as_it_is_and_the_others_may_change(alice: Subject) -> None:
    home = address(alice, "home")
    factories.pause(alice, kinds=["addresses"], record=str(home.pk))
    change(alice, mobile="07700 900222")
    place = {"subject": alice, "dataset": "addresses", "by": "customer"}
    with pytest.raises(Refused, match="paused"):
        services.correct(record=str(home.pk), values={"town": "Bath"}, **place)
    other = address(alice, "billing")
    services.correct(record=str(other.pk), values={"town": "Bath"}, **place)
