"""O3 and issue "The schedule": the register in versions, a draft with its effect, and everything that reads it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.register import store
from portal.register.facts import Trigger
from portal.register.models import Draft, Version
from retention import effect, planning, sentences
from retention.drafting import Refused, activate, begin, discard, edit, obstacles, read, triggers, upgraded
from retention.models import Fate, Hold
from subjects import datamap
from subjects.models import CallRecording, Invoice, Subject, WebVisit
from tests import customer, factories
from tests.retention import people

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 23)
PAYMENTS = ("retention", "payment-history everyone")


@pytest.fixture(autouse=True)
def _world(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path
    settings.REGISTER_CHECK_SECONDS = 0
    with time_machine.travel(people.S39_TODAY, tick=False):
        yield


@pytest.fixture
def dee() -> Client:
    return signed_in(Role.DPO)


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(factories.user(role))
    return client


def change(table: str, handle: str, **values: Any) -> Draft:
    """The draft with one entry changed, begun if there is none."""
    draft = begin(by=None)
    return edit(table=table, handle=handle, values=values, by=None, seen=draft.changes)


def in_use(table: str, handle: str, **values: Any) -> Version:
    """A version in use that differs in one entry."""
    return activate(by=None, reason="Shorter is enough", seen=change(table, handle, **values).changes)


# --- versions ---------------------------------------------------------------------------------------------


def test_the_file_is_in_use_until_somebody_activates_and_becomes_version_1() -> None:
    shipped = store.current()
    assert store.newest() is None
    made = in_use(*PAYMENTS, period="8 years")
    assert made.number == 2
    assert [each.number for each in Version.objects.all()] == [2, 1]
    assert store.of_version(1).digest == shipped.digest
    assert store.version() == made.name
    assert str(store.current().retention_for("payment-history").period) == "8 years"
    assert not Draft.objects.exists()
    assert Entry.objects.filter(verb="register.activated", target="register:2", reason=made.name).exists()


def test_a_version_is_the_same_register_in_every_fact_but_what_was_changed() -> None:
    """Round trip: written as TOML, read by the one reader."""
    before = store.current()
    change(*PAYMENTS, note="It is ours.")
    draft = change(*PAYMENTS, note="")
    found = read(draft).register
    assert found is not None
    for field in before.__dataclass_fields__:
        if field != "digest":
            assert getattr(found, field) == getattr(before, field), field


def test_versions_never_change_and_never_go() -> None:
    in_use(*PAYMENTS, period="8 years")
    for act in (
        lambda: Version.objects.update(reason="other"),
        lambda: Version.objects.filter(number=1).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_an_older_version_comes_back_as_a_new_one_with_a_reason() -> None:
    in_use(*PAYMENTS, period="8 years")
    draft = begin(by=None, made_from=1)
    with pytest.raises(Refused, match="Say why"):
        activate(by=None, reason=" ", seen=draft.changes)
    again = activate(by=None, reason="Too long after all", seen=draft.changes)
    assert (again.number, again.made_from) == (3, 1)
    assert str(store.current().retention_for("payment-history").period) == "7 years"


def test_a_draft_that_changes_nothing_contradicts_itself_or_is_not_the_one_seen_is_refused() -> None:
    draft = begin(by=None)
    assert begin(by=None).text == draft.text
    with pytest.raises(Refused, match="Nothing differs"):
        activate(by=None, reason="x", seen=0)
    draft = change("retention", "account-details everyone", not_before=[])
    assert "names none" in " ".join(obstacles(draft))
    with pytest.raises(Refused, match="names none"):
        activate(by=None, reason="x", seen=draft.changes)
    with pytest.raises(Refused, match="meanwhile"):
        edit(table="retention", handle=PAYMENTS[1], values={"period": "9 years"}, by=None, seen=0)
    with pytest.raises(Refused, match="already"):
        begin(by=None, made_from=1) if Version.objects.exists() else _other_draft()
    discard(by=None, seen=draft.changes)
    with pytest.raises(Refused, match="no draft"):
        activate(by=None, reason="x", seen=draft.changes)
    assert not Version.objects.exists()


def _other_draft() -> None:
    Draft.objects.update(made_from=5)
    begin(by=None, made_from=0)


@pytest.mark.parametrize(
    ("table", "handle", "values"),
    [
        (*PAYMENTS, {"period": "7 yeers"}),
        (*PAYMENTS, {"period": "0 years"}),
        (*PAYMENTS, {"period": ""}),
        (*PAYMENTS, {"because": "because it is so"}),
        (*PAYMENTS, {"because": "x" * 2_001}),
        (*PAYMENTS, {"action": "burn"}),
        (*PAYMENTS, {"floor": "accounting year end + 1 year"}),  # the law's, not ours
        (*PAYMENTS, {"category": "emails"}),
        (*PAYMENTS, {"after": "consent end"}),
        ("retention", "contact-details customer", {"after": "record date"}),  # it has none
        ("retention", "rights-requests everyone", {"after": "record date"}),
        ("function", "marketing", {"basis": "contract"}),
        ("short_lived", "package", {"period": "60 days"}),  # a setting does that
        ("retention", "no-such everyone", {"period": "7 years"}),
        ("no-such", "x", {"period": "7 years"}),
    ],
)
def test_what_cannot_stand_in_a_register_is_refused_at_once(table: str, handle: str, values: Any) -> None:
    with pytest.raises(Refused):
        change(table, handle, **values)


def test_a_period_may_count_from_what_every_record_can_tell() -> None:
    assert triggers("emails", Trigger.RECORD_DATE)[1:] == [Trigger.RELATIONSHIP_END, Trigger.LAST_CONTACT]
    assert Trigger.RECORD_DATE not in triggers("contact-details", Trigger.RELATIONSHIP_END)
    assert triggers("subscriptions", Trigger.CONTRACT_END) == [Trigger.CONTRACT_END]


# --- the file changes, the database is not there ----------------------------------------------------------------


def test_an_upgrade_shows_and_completes_the_version_but_never_changes_its_periods(settings, tmp_path) -> None:
    in_use(*PAYMENTS, period="8 years")
    assert not upgraded()
    newer = tmp_path / "newer.toml"
    text = settings.REGISTER_FILE.read_text()
    newer.write_text(
        text.replace('categories = ["rights-requests",', 'categories = ["drones", "rights-requests",')
        + '\n[[category]]\nkey = "drones"\nname = "Drones"\nwhat = "Films."\nsource = "Ours."\n'
        'examples = ["film"]\npeople = ["customers"]\n\n[[retention]]\ncategory = "drones"\nperiod = "1 year"\n'
        'after = "record date"\naction = "delete"\nbecause = "we look at them"\n'
        '\n[[function]]\nkey = "drones"\nname = "Drones"\nwhy = "to fly"\nbasis = "contract"\ncategories = ["drones"]\n'
    )
    settings.REGISTER_FILE = newer
    assert upgraded()
    register = store.current()
    assert str(register.retention_for("payment-history").period) == "8 years"
    assert str(register.retention_for("drones").period) == "1 year"
    assert store.version() == Version.objects.first().name
    page = customer.words(signed_in(Role.DPO).get("/admin/register/"))
    assert "The shipped register has changed" in page
    draft = begin(by=None, made_from=0)
    activate(by=None, reason="The new release", seen=draft.changes)
    assert not upgraded()


def test_without_the_table_or_the_database_the_file_or_the_last_version_is_used(monkeypatch) -> None:
    in_use(*PAYMENTS, period="8 years")
    assert str(store.current().retention_for("payment-history").period) == "8 years"

    def down() -> int:
        raise DatabaseError

    monkeypatch.setattr(store, "_newest_number", down)
    assert str(store.current().retention_for("payment-history").period) == "8 years"
    store.forget()
    assert str(store.current().retention_for("payment-history").period) == "7 years"
    monkeypatch.undo()
    monkeypatch.setattr(store._known, "has_table", False)
    monkeypatch.setattr(Version._meta, "db_table", "no_such_table")
    assert store._newest_number() == 0
    with connection.cursor() as cursor:  # the question did not break the transaction
        cursor.execute("SELECT 1")


def test_a_page_and_a_piece_of_work_see_one_register_and_others_the_new_one() -> None:
    with store.steady():
        before = store.version()
        made = in_use(*PAYMENTS, period="8 years")
        assert store.version() == before
    assert store.version() == made.name
    with store.using(store.shipped()):
        assert store.version() == before
    assert store.version() == made.name


def test_a_process_asks_at_most_once_in_the_time_set_and_reads_a_version_once(
    settings, django_assert_num_queries
) -> None:
    in_use(*PAYMENTS, period="8 years")
    store.current()
    settings.REGISTER_CHECK_SECONDS = 60
    with django_assert_num_queries(0):
        for _ in range(50):
            store.current()
    settings.REGISTER_CHECK_SECONDS = 0
    with django_assert_num_queries(1):
        store.current()


# --- the effect ----------------------------------------------------------------------------------------------


def test_o3_1_and_2_the_effect_before_saving_is_what_then_is_due_and_held_is_named(dee: Client) -> None:
    alice = people.customer(dt.date(2020, 11, 2))
    for _ in range(3):
        people.invoice(alice, dt.date(2019, 12, 2))  # due under 6 years, but for the floor; not under 7
    people.invoice(alice, dt.date(2018, 3, 5))
    begin(by=None)
    address = "/admin/register/draft/retention/payment-history everyone/"
    page = dee.get(address)
    assert page.status_code == 200
    given = {
        "seen": 0, "period": "6 years", "after": "record date", "action": "anonymise", "when_asked": "stays",
        "because": "tax law", "look": "1",
    }  # fmt: skip
    words = customer.words(dee.post(address, given))
    assert "3 more records would be due today" in words
    assert "7 years after the date of the record" in words  # the old sentence beside the new one
    assert "6 years after the date of the record" in words
    assert "Nothing is saved yet" in words
    assert Draft.objects.get().changes == 0
    wrong = dee.post(address, {**given, "period": "six"})
    assert wrong.status_code == 422
    assert "is not a period" in customer.words(wrong)
    assert dee.post(address, {k: v for k, v in given.items() if k != "look"}).status_code == 302
    draft = Draft.objects.get()
    register = read(draft).register
    assert register is not None
    (invoices, *_) = [each for each in effect.of(register, as_of=TODAY) if each.dataset.key == "invoices"]
    assert (invoices.before, invoices.after, invoices.held) == (1, 4, 0)
    Hold.objects.create(subject=alice, kind="legal", reference="7", placed_at=timezone.now())
    assert "4 of all that would be due are held" in customer.words(dee.get("/admin/register/draft/"))
    activate(by=None, reason="Six is enough", seen=draft.changes)
    assert len(people.over("invoices", TODAY)) == 4


def test_the_effect_asks_a_constant_number_of_queries(settings, django_assert_max_num_queries) -> None:
    settings.REGISTER_CHECK_SECONDS = None
    register = read(change(*PAYMENTS, period="6 years")).register
    assert register is not None
    people.customer(dt.date(2018, 11, 2))
    with django_assert_max_num_queries(84):
        effect.of(register, as_of=TODAY)


# --- everything that reads it -----------------------------------------------------------------------------------


def test_o3_4_changing_7_to_6_years_reaches_the_notice_the_plan_the_letters_and_the_workbook(
    dee: Client,
) -> None:
    alice = people.customer(dt.date(2020, 4, 6))
    invoice = Invoice.objects.get()
    kept = "7 years after the date of the record"
    assert kept in customer.words(Client().get("/privacy/"))
    begin(by=None)
    address = "/admin/register/draft/retention/payment-history everyone/"
    given = {
        "seen": 0, "period": "6 years", "after": "record date", "action": "anonymise", "when_asked": "stays",
        "because": "tax law makes us",
    }  # fmt: skip
    assert dee.post(address, given).status_code == 302
    assert kept in customer.words(Client().get("/privacy/"))  # a draft counts for nothing
    activating = "/admin/register/draft/activate/"
    assert "Activate the draft" in customer.words(dee.get(activating))
    assert dee.post(activating, {"seen": 1, "reason": " "}).status_code == 422
    assert dee.post(activating, {"seen": 0, "reason": "Enough"}).status_code == 422
    done = dee.post(activating, {"seen": 1, "reason": "Enough"}, follow=True)
    assert "Version 2 is in use from now on" in customer.words(done)
    assert "6 years after the date of the record" in customer.words(Client().get("/privacy/"))
    (share,) = planning.shares(alice, as_of=TODAY, kinds=["invoices"])
    assert share.fate is Fate.STAYS
    assert share.last_until == dt.date(
        2027, 3, 31
    )  # the floor: six years after the year that ended in March 2021
    assert invoice.issued_on == dt.date(2020, 4, 6)
    assert "until 31 March 2027, because tax law makes us" in sentences.because(sentences.of_share(share))
    case = people.taken_up(alice)
    plan = people.plan_of(case)
    assert plan is not None
    assert plan.register_version == store.version() == Version.objects.first().name
    case.refresh_from_db()
    assert case.register_version == store.version()
    from requests_sar import assembly

    package = factories.package(subject=alice)
    whys = assembly._why(store.current(), alice, _collected(package), None, None)
    assert "6 years after the date of the record" in " ".join(str(each) for each in whys)


def _collected(package: Any) -> Any:
    dataset = datamap.get("invoices")
    return [(package.sources.filter(dataset=dataset.key).first() or package.sources.first(), dataset)]


# --- due, of everybody -----------------------------------------------------------------------------------------


def keys(key: str) -> set[Any]:
    return people.over(key, TODAY)


def test_what_is_due_of_everybody_agrees_with_each_persons_plan() -> None:
    for last in (dt.date(2015, 5, 5), dt.date(2019, 11, 22), dt.date(2019, 11, 23), dt.date(2024, 1, 2)):
        person = people.customer(last, name=f"P {last}", email=f"p{last}@example.com")
        for dataset in datamap.datasets():
            if dataset.category in {"contact-details", "account-details", "marketing-choices"}:
                continue
            mine = set(dataset.of(person.pk).values_list("pk", flat=True))
            shares = planning.shares(person, as_of=TODAY, kinds=[dataset.key])
            over = {
                pk
                for share in shares
                if share.fate is Fate.GOES and share.reason in {"over", "asked"}
                for pk in share.rows.values_list("pk", flat=True)
            }
            assert keys(dataset.key) & mine <= over, (last, dataset.key)


def test_contact_details_outlive_the_last_payment_record_and_go_together_with_the_account() -> None:
    old = people.customer(dt.date(2015, 5, 5), name="Old", email="old@example.com")
    new = people.customer(dt.date(2024, 5, 6), name="New", email="new@example.com")
    running = people.customer(dt.date(2015, 5, 5), closed=False, name="Runs", email="runs@example.com")
    assert keys("contact-details") == {old.pk}
    assert keys("account") == {old.account.pk}
    people.invoice(old, dt.date(2015, 5, 5), paid_on=dt.date(2024, 5, 5))  # paid late: its record is not over
    assert keys("contact-details") == set()
    Subject.objects.filter(pk=new.pk).update(account=old.account)
    assert keys("account") == set()
    assert running.pk not in keys("contact-details")


def test_of_somebody_who_never_bought_the_shorter_rule_counts() -> None:
    bea = factories.subject("Bea Enquirer", email="bea@example.com")
    Subject.objects.filter(pk=bea.pk).update(created_at=people.noon(dt.date(2024, 11, 23)))
    assert keys("contact-details") == set()  # kept through the anniversary
    Subject.objects.filter(pk=bea.pk).update(created_at=people.noon(dt.date(2024, 11, 22)))
    assert keys("contact-details") == {bea.pk}


def test_consents_go_after_the_last_one_ended() -> None:
    from consent import ledger

    alice = people.customer(dt.date(2018, 1, 8))
    assert keys("marketing-choices") == set()  # one stands
    with time_machine.travel("2020-11-22T12:00:00+00:00", tick=False):
        ledger.record(
            subject=alice, purpose="marketing", channel="email", act="withdrawn", how="phone", by=None
        )
    assert len(keys("marketing-choices")) == 2
    with store.using(read(change("retention", "marketing-choices everyone", period="7 years")).register):
        assert keys("marketing-choices") == set()


# --- doors -------------------------------------------------------------------------------------------------------


def test_each_door_from_every_side(dee: Client) -> None:
    people.customer(dt.date(2015, 5, 5))
    page = customer.words(dee.get("/admin/register/?due=1"))
    assert "If this ran today:" in page
    assert "All versions" in page.replace("all versions", "All versions")
    assert dee.get("/admin/register/draft/").status_code == 404
    assert dee.get("/admin/register/draft/begin/").status_code == 405
    assert dee.post("/admin/register/draft/begin/", {"made_from": "77"}, follow=True).status_code == 200
    assert not Draft.objects.exists()
    assert dee.post("/admin/register/draft/begin/").status_code == 302
    draft = customer.words(dee.get("/admin/register/draft/"))
    assert "No sentence of it changes" in draft
    for path in ("retention/no-such everyone/", "no-such/-/", "retention/-/"):
        assert dee.get(f"/admin/register/draft/{path}").status_code == 404
    for path in (
        "security/-/",
        "short_lived/backups/",
        "category/emails/",
        "storage/European Union/",
        "notice/-/",
    ):
        assert dee.get(f"/admin/register/draft/{path}").status_code == 200, path
    auditor = signed_in(Role.AUDITOR)
    for path in ("", "versions/"):
        assert auditor.get(f"/admin/register/{path}").status_code == 200
    for client in (auditor, signed_in(Role.STAFF), signed_in(Role.SUPPORT)):
        assert client.get("/admin/register/draft/").status_code == 403
        for act in ("begin", "activate", "discard"):
            assert client.post(f"/admin/register/draft/{act}/", {"seen": 0, "reason": "x"}).status_code == 403
    assert Client().post("/admin/register/draft/discard/", {"seen": 0}).status_code == 302
    assert Draft.objects.exists()
    assert "meanwhile" in customer.words(dee.post("/admin/register/draft/discard/", {"seen": 9}, follow=True))
    assert dee.post("/admin/register/draft/discard/", {}, follow=True).status_code == 200
    assert "thrown away" in customer.words(
        dee.post("/admin/register/draft/discard/", {"seen": 0}, follow=True)
    )
    assert dee.get("/admin/register/versions/9/").status_code == 404
    made = in_use("notice", "", cost="It is free of charge.")
    words = customer.words(dee.get(f"/admin/register/versions/{made.number}/"))
    assert "It is free of charge." in words
    assert "Shorter is enough" in words
    assert "Begin a draft with this version" in customer.words(dee.get("/admin/register/versions/1/"))


def test_a_contradiction_is_told_beside_its_entry_and_cannot_be_activated(dee: Client) -> None:
    begin(by=None)
    address = "/admin/register/draft/retention/account-details everyone/"
    given = {
        "seen": 0, "period": "7 years", "after": "relationship end", "action": "anonymise",
        "when_asked": "follows", "because": "invoices must name the account",
    }  # fmt: skip
    looked = customer.words(dee.post(address, {**given, "look": "1"}))
    assert "names none" in looked
    assert dee.post(address, given).status_code == 302
    draft = customer.words(dee.get("/admin/register/draft/"))
    assert "It contradicts itself" in draft
    assert "To mend" in draft
    assert "names none" in customer.words(dee.get(address))
    refused = dee.post("/admin/register/draft/activate/", {"seen": 1, "reason": "x"})
    assert refused.status_code == 422
    assert not Version.objects.exists()


def test_what_is_due_goes_by_uk_days_at_both_sides_of_midnight() -> None:
    alice = factories.subject()

    def visit(at: str) -> Any:
        made = WebVisit.objects.create(
            subject=alice, source_key=people.key(), at=dt.datetime.fromisoformat(at)
        )
        return made.pk

    # Kept 12 months through 30 June 2026; in London, in summer, the day ends at 23:00 UTC.
    last, first = visit("2025-06-30T22:59:59+00:00"), visit("2025-06-30T23:00:00+00:00")

    def over(day: int, month: int = 7) -> set[Any]:
        return people.over("web-visits", dt.date(2026, month, day))

    assert over(30, 6) == set()  # kept through its anniversary
    assert over(1) == {last}
    assert over(2) == {last, first}


def test_a_record_of_29_february_goes_with_the_last_of_the_month_and_the_floor_still_counts() -> None:
    alice = factories.subject()
    leap = people.invoice(alice, dt.date(2020, 2, 29))
    call = CallRecording.objects.create(
        subject=alice, source_key=people.key(), recorded_at=people.noon(dt.date(2024, 2, 29))
    )
    assert not people.over("call-recordings", dt.date(2025, 2, 28))
    assert people.over("call-recordings", dt.date(2025, 3, 1)) == {call.pk}
    assert not people.over("invoices", dt.date(2027, 2, 28))  # seven years, and year end + 6 is before
    assert people.over("invoices", dt.date(2027, 3, 1)) == {leap.pk}
