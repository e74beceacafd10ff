"""S42, S53: somebody's name, address, number and words in every place that can hold text; erased, nothing is found.

Nothing here lists fields: every model is filled by what its fields are, and every text column of the database must
hold a needle before the erasure or be excused below with the reason. So a new field fails until an erasure reaches it.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models
from django.utils import timezone

from consent import standing
from consent.models import StandingChange
from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.logs import Line, ReferencesOnly
from requests_sar import services, vault
from requests_sar.models import Case, File, FoundFile, Package, RecipientNotice
from requests_sar.recipients import settle
from requests_sar.workflow import State
from retention import tracing
from retention.tracing import Group, database
from subjects import checks, datamap, statistics
from subjects.importing.engine import clear_old
from subjects.models import Email, ImportBatch, Subject
from subjects.traces import Erased
from tests import factories
from tests.retention import people

pytestmark = pytest.mark.django_db
NAME, EMAIL, PHONE, PHRASE = (
    "Zenobia Quillfeather", "zenobia@quill.example", "07700900987", "xylophone marmalade",
)  # fmt: skip
NEEDLES = (NAME, EMAIL, PHONE, PHRASE)
TODAY = "2026-11-24T10:00:00+00:00"
LAST = dt.date(2019, 11, 22)  # S42: everything is past its time
BOUGHT = {"subjects.Order", "subjects.Invoice", "subjects.Payment", "subjects.Subscription"}

# --- what is not planted, and why -----------------------------------------------------------------------

OTHERS = {  # tables about nobody who could be erased
    "accounts.User": "staff",
    "accounts.ApiToken": "other systems",
    "audit.Entry": "references only, and checked by name in the test",
    "audit.Act": "an entry on its way",
    "requests_sar.SavedFilter": "how staff see the queue; a search text cannot be saved (test_saved_filters)",
    "requests_sar.LetterWording": "standard words",
    "requests_sar.HolidayFile": "bank holidays",
    "requests_sar.Digest": "dates",
    "requests_sar.Referral": "kinds, and which company decides",
    "requests_sar.Reminder": "kinds and dates",
    "requests_sar.TaskLink": "the address of a colleague, and a digest",
    "consent.Suppression": "digests: they must stay",
    "subjects.Gone": "digests: they must stay",
    "register.Version": "the register: our own rules and words",
    "register.Draft": "the register: our own rules and words",
    "consent.Campaign": "names of our own mailings",
    "consent.Wording": "our own words, the same for everybody",
    "consent.ConsentFlag": "written by the trigger of the ledger alone",
    "subjects.Controller": "client companies",
    "subjects.ImportMapping": "names of columns",
    "retention.Disposal": "references and kinds; written by the portal",
    "retention.Batch": "counts",
    "retention.Automatic": "one switch, and which member of staff turned it",
    "retention.Chunk": "numbers of rows; empty when the work is done",
    "retention.JournalEntry": "numbers of rows, on their way out",
    "retention.JournalHead": "a number and a digest",
    "retention.Scrap": "random names of files; empty when the work is done",
}
WRITTEN_BY_US = {  # columns that hold codes, keys, digests and references, set by the portal and never by a person
    "sha256", "digest", "token_digest", "code_hash", "take_back_digest", "columns_digest", "reference", "source_key",
    "dataset", "record", "column", "kinds", "register_version", "media_type", "ending", "path", "facts", "redactions",
    "template", "about", "event", "actor", "by", "side", "kind", "model", "key", "after", "kept", "verb", "acted_by",
    "mapping", "options", "file_format", "from_state", "to_state", "purpose", "how", "recipient_kind", "system",
    "placed_by", "lifted_by", "released_by", "step", "queue", "datasets", "field", "headers",
}  # fmt: skip
EXCUSED = {  # single columns: "app.Model.field" -> why
    "consent.ConsentEvent.evidence": "a reference of ours",
    "consent.ConsentEvent.address": "only without a person; tests/consent shows that an erasure takes those out",
    "consent.Addressee.address": "only without a person; tests/consent shows that an erasure takes those out",
    "requests_sar.File.name": "made from the reference of the request",
    "requests_sar.Task.email": "the address of a colleague",
    "requests_sar.Task.title": "the name of a place, from the register",
    "requests_sar.Task.holds": "what lies in that place, from the register",
    "requests_sar.Answer.by_email": "the address of a colleague",
    "subjects.ImportBatch.error": "a sentence of ours about columns",
    "requests_sar.Package.purpose": "of a request it is its reference; staff's own words are planted by hand",
    "retention.Line.error": "the name of a class",
    "retention.Line.rule": "words of the register",
    "retention.Line.standing": "a code of the register",
    "retention.Line.skips": "codes and counts",
    "retention.LongSearch.target": "as in the trail: a reference, or how many words were typed",
    "retention.LongSearch.sealed": "what is looked for, sealed; gone with the last place, and the row within a day",
    "retention.LongSearch.found": "places, counts and references; tests/retention/test_tracing shows that it goes",
    "requests_sar.RecipientNotice.error": "a code",
    "subjects.Disclosure.recipient": "the company that we gave data to",
    "requests_sar.RecipientNotice.recipient": "the company that we gave data to",
}


def excused(field: models.Field) -> str:
    """Why a field is not planted; empty for one that is."""
    label = field.model._meta.label
    figures = {name for each in datamap.datasets() if each.model == label for name in each.ending.figures}
    if label in OTHERS:
        return OTHERS[label]
    if f"{label}.{field.name}" in EXCUSED:
        return EXCUSED[f"{label}.{field.name}"]
    if field.choices or field.name in WRITTEN_BY_US:
        return "a code of the portal"
    if field.name in figures:
        return "stays as a figure when the record points to nobody"
    if isinstance(field, models.CharField) and (field.max_length or 999) < len(PHONE):
        return "too short for a number"
    return ""


# --- planting ----------------------------------------------------------------------------------------------


class Planter:
    """One row of every model, about one person, with needles in every field that can hold them."""

    def __init__(self, *, bought: bool) -> None:
        self.made: dict[str, models.Model] = {}
        self.planted: set[str] = set()
        self.bought = bought
        self.busy: set[str] = set()

    def all(self) -> Subject:
        """Every model of ours, parents first."""
        for model in checks._our_models():
            if model._meta.label not in OTHERS and (self.bought or model._meta.label not in BOUGHT):
                self.one(model)
        subject = self.made["subjects.Subject"]
        assert isinstance(subject, Subject)
        return subject

    def one(self, model: type[models.Model]) -> models.Model:
        """The row of a model, made when it is first needed."""
        label = model._meta.label
        if label not in self.made:
            self.busy.add(label)
            given = GIVEN.get(label, {})
            row = model()
            for field in model._meta.concrete_fields:
                if field.generated or field.name in given:
                    continue
                if not (field.primary_key and not field.is_relation):
                    self._fill(row, field)
            for name, value in given.items():
                setattr(row, name, value(self) if callable(value) else value)
            self._note(row)
            model._base_manager.bulk_create([row])
            self.made[label] = model._base_manager.get(pk=row.pk)
            self.busy.remove(label)
        return self.made[label]

    def _note(self, row: models.Model) -> None:
        """Which columns hold a needle now."""
        held = {f.column: str(getattr(row, f.attname, "")).lower() for f in row._meta.concrete_fields}
        self.planted |= {
            f"{row._meta.db_table}.{column}"
            for column, text in held.items()
            if any(needle.lower() in text for needle in NEEDLES)
        }

    def _fill(self, row: models.Model, field: Any) -> None:
        if field.is_relation:
            target = field.related_model
            if field.null and target._meta.label in self.busy:
                return
            if target._meta.label in self.made or not field.null or target._meta.label in LINKED:
                setattr(row, field.name, self.one(target))
        elif isinstance(field, models.FileField):
            if not excused(field):
                folder = f"{type(row)._meta.model_name}/{field.name}.txt"
                setattr(row, field.name, field.storage.save(folder, ContentFile(words(999).encode())))
        elif field.choices:
            setattr(row, field.name, row._meta.get_field(field.name).get_default() or field.choices[0][0])
        elif not excused(field) and isinstance(field, models.CharField | models.TextField):
            setattr(row, field.name, EMAIL if "mail" in field.name else words(field.max_length or 999))
        elif not excused(field) and isinstance(field, models.JSONField | ArrayField):
            setattr(
                row, field.name, [words(999)] if isinstance(field, ArrayField) else {"deep": [words(999)]}
            )
            self.planted.add(f"{row._meta.db_table}.{field.column}")
        else:
            self._plain(row, field)

    def _plain(self, row: models.Model, field: Any) -> None:
        """Whatever cannot hold words."""
        value: Any = None
        if field.has_default():
            return
        if isinstance(field, models.DateTimeField):
            value = people.noon(LAST)
        elif isinstance(field, models.DateField):
            value = LAST
        elif isinstance(field, models.DecimalField):
            value = Decimal("1.00")
        elif isinstance(field, models.IntegerField):
            value = 1
        elif isinstance(field, models.UUIDField):
            value = uuid.uuid4()
        elif isinstance(field, models.CharField | models.TextField):
            value = uuid.uuid4().hex[: min(field.max_length or 8, 8)]
        elif isinstance(field, models.BooleanField):
            value = False
        if value is not None:
            setattr(row, field.name, value)


def words(length: int) -> str:
    """As many whole needles as fit."""
    text = ""
    for needle in sorted(NEEDLES, key=len, reverse=True):
        if len(f"{text} {needle}".strip()) <= length:
            text = f"{text} {needle}".strip()
    return text


LINKED = {"subjects.Subject", "requests_sar.Case", "subjects.Account", "requests_sar.Package"}


def _of(label: str) -> Any:
    return lambda planter: planter.one(apps.get_model(label))


GIVEN: dict[str, dict[str, Any]] = {  # what the database or the story asks for
    "subjects.Subject": {
        "full_name": NAME, "email": EMAIL, "second_email": EMAIL, "phone": PHONE, "mobile": PHONE,
        "source_key": "Q-SOURCE", "locked_at": None, "restricted_at": None,
    },
    "subjects.Account": {"closed_on": LAST, "balance": 0, "number": PHONE, "name": NAME},
    "requests_sar.Case": {
        "state": State.CLOSED, "closed_at": people.noon(LAST),
        "submission": lambda p: p.one(apps.get_model("requests_sar.Draft")).pk,
        "requester_email": EMAIL, "group": None, "kinds": [], "outcome": "granted",
    },
    "requests_sar.Task": {
        "state": "cancelled", "key": lambda p: vault.new_key(), "assignee": None, "email": "pat@example.net",
    },
    "requests_sar.Package": {"state": "failed", "key": lambda p: vault.new_key(), "purpose": "DP-OLD"},
    "requests_sar.Draft": {"answers": {"email": EMAIL, "deep": [words(999)]}},
    "requests_sar.Redaction": {"phrase": lambda p: vault.seal_words(words(999)), "reach": "phrase"},
    "requests_sar.RecipientNotice": {"outcome": "done", "settled_at": people.noon(LAST)},
    "mail.Message": {"to": EMAIL, "state": "sent"},
    "retention.Hold": {"kind": "legal", "account": None, "released_at": people.noon(LAST), "reference": PHRASE},
    "subjects.Restriction": {
        "told_lifting_at": people.noon(LAST), "lifted_at": people.noon(LAST), "why_lifted": "asked",
    },
    "subjects.ImportBatch": {"state": "applied", "kind": "customers"},
    "subjects.ImportChange": {"model": "subjects.Subject", "key": "Q-SOURCE"},
    "consent.ConsentEvent": {"act": "withdrawn", "purpose": "marketing", "channel": "email", "how": "page",
                             "address": "", "wording": None},
    "consent.Addressee": {"address": ""},
    "accounts.Challenge": {"address": EMAIL},
    "accounts.Visit": {"address": EMAIL},
    "subjects.Identifier": {"kind": "name", "value": NAME.lower()},
}  # fmt: skip


# --- what has no field -----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _store(settings, tmp_path) -> Iterator[None]:
    """A store and a log of this test's own."""
    settings.STORAGE_DIR = tmp_path / "store"
    settings.LOG_FOLDERS = [tmp_path / "logs"]
    for folder in (settings.STORAGE_DIR, *settings.LOG_FOLDERS):
        folder.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(settings.STORAGE_DIR)},
        },
    }
    handler = logging.FileHandler(settings.LOG_FOLDERS[0] / "portal.log")
    handler.setFormatter(Line("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(ReferencesOnly())
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    handler.close()


def beside(planter: Planter, subject: Subject) -> None:
    """Sealed files and words, a search that was typed, an e-mail that is named in a log line, an index's samples."""
    package, task = planter.made["requests_sar.Package"], planter.made["requests_sar.Task"]
    assert isinstance(package, Package)
    File.objects.all().delete()
    factories.file(package, content=words(999).encode())
    found = planter.made["requests_sar.FoundFile"]
    assert isinstance(found, FoundFile)
    vault.seal(io.BytesIO(words(999).encode()), found.path, task.key)
    staff_copy = factories.package(subject=subject)
    Package.objects.filter(pk=staff_copy.pk).update(purpose=words(200), error=words(300))
    planter.planted.add("requests_sar_package.purpose")
    cache.set("people-search:1:abcdefghijklmnop", NAME)
    logging.getLogger("portal").warning("a mail to %s was refused", EMAIL)
    for number in range(3):  # what occurs more than once is worth a sample
        Email.objects.create(
            subject=subject, source_key=f"E-{number}", sent_at=people.noon(LAST), sender=EMAIL
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subjects_email")


def left() -> dict[str, Group]:
    """Where the needles are now, by place."""
    groups = list(tracing.run(tracing.typed(NEEDLES), by=None, target="terms:4"))
    assert {group.state for group in groups} <= {tracing.State.SEARCHED, tracing.State.PARTLY}
    return {group.place: group for group in groups if group.count}


def columns(places: dict[str, Group]) -> set[str]:
    """ "table.column" of all that was found in the database."""
    tables = {
        place.removeprefix("table public."): group for place, group in places.items() if "public" in place
    }
    return {f"{table}.{column}" for table, group in tables.items() for column in group.where}


# Of the request that asked for it, while it is open and for its own period (six years): who asked, for our answer.
OF_THE_REQUEST = {
    "requests_sar_case.requester_name", "requests_sar_case.requester_email", "requests_sar_case.found_by",
    "mail_message.to",  # the mail that says the answer is there
}  # fmt: skip


@pytest.mark.parametrize("bought", [True, False], ids=["s42_past_its_time", "never_bought"])
@time_machine.travel(TODAY, tick=False)
def test_s53_nothing_is_left_anywhere(bought: bool, settings, django_capture_on_commit_callbacks) -> None:
    planter = Planter(bought=bought)
    zenobia = planter.all()
    beside(planter, zenobia)
    before = left()
    assert columns(before) >= planter.planted  # the test plants what it searches for
    assert before["files"].count >= 9
    assert {"packages", "tasks", "attachment", "evidence", "importbatch"} <= set(before["files"].where)
    assert "phrase" in before["table public.requests_sar_redaction"].where
    assert {"valkey", "statistics"} <= set(before)
    assert "logs" not in before  # the last guard blanks addresses

    dee = factories.user(Role.DPO)
    case = services.take_up(case=people.asked(zenobia), by=dee)
    with django_capture_on_commit_callbacks(execute=True):
        case = people.erased(case, dee)
    assert case.state == State.CLOSED
    for notice in RecipientNotice.objects.filter(outcome=""):
        settle(notice=notice, outcome="done", reason="", by=dee)
    # A month later: until then other systems hear by their number that they are to be deleted.
    heard = StandingChange.objects.exclude(number="")
    assert heard.update(at=timezone.now() - dt.timedelta(days=32))
    assert standing.forget_numbers()
    statistics.renew(every=True)  # inside a test's transaction nothing counts as changed yet

    after = left()
    assert columns(after) == OF_THE_REQUEST
    sampled = set(after.pop("statistics").where) if "statistics" in after else set()
    assert sampled <= OF_THE_REQUEST
    assert set(after) == {"table public.requests_sar_case", "table public.mail_message"}
    assert Case.objects.filter(requester_name=NAME).count() == 1
    assert not [path for path in settings.STORAGE_DIR.rglob("*") if path.is_file()]  # nothing sealed either
    assert not [
        entry for entry in Entry.objects.all() if NAME in str(vars(entry)) or EMAIL in str(vars(entry))
    ]


def test_every_text_column_is_planted_or_excused_with_its_reason() -> None:
    """A new column of text fails here until an erasure is shown to reach it."""
    planter = Planter(bought=True)
    planter.all()
    by_table = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    missing = []
    for table in database.tables():
        model = by_table.get(table.name)
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if name in planter.planted or name in BY_HAND or table.name in NOT_OURS:
                continue
            field = (
                next((f for f in model._meta.concrete_fields if f.column == column.name), None)
                if model
                else None
            )
            if field is None or not (excused(field) or isinstance(field, models.FileField)):
                missing.append(name)
    assert missing == []
    known = {f"{f.model._meta.label}.{f.name}" for m in checks._our_models() for f in m._meta.concrete_fields}
    assert {
        name for name in EXCUSED if name not in known
    } == set()  # an excuse for nothing hides something later


BY_HAND = {  # planted above, or given by the story because their form matters
    "requests_sar_case.found_by": "made by the database from the columns beside it",
    "requests_sar_case.state": "a code", "requests_sar_case.kinds": "codes",
    "requests_sar_redaction.phrase": "sealed words, opened by the search",
    "requests_sar_package.key": "a key", "requests_sar_task.key": "a key",
}  # fmt: skip
NOT_OURS = {  # tables of the framework
    "django_session": "ends with the visit",
    "django_admin_log": "test_admin_site: object_repr is a reference",
    "django_migrations": "names of files", "django_content_type": "names of models",
    "auth_permission": "names of models", "auth_group": "not used", "auth_group_permissions": "not used",
    "account_emailaddress": "staff", "account_emailconfirmation": "staff", "mfa_authenticator": "staff",
}  # fmt: skip


@time_machine.travel(TODAY, tick=False)
def test_a_file_that_waits_to_be_imported_cannot_bring_somebody_back() -> None:
    alice = people.customer(LAST, name="Alice Okafor", email="alice@example.com")
    for number, (state, text) in enumerate(
        [
            ("checked", "C-1;alice@example.com"),
            ("applied", "C-2;bob@example.com"),
            ("checked", "C-2;bob@example.com"),
        ]
    ):
        name = default_storage.save(f"imports/{number}.csv", ContentFile(text.encode()))
        ImportBatch.objects.create(kind="customers", state=state, file=name)
    dee = factories.user(Role.DPO)
    people.erased(services.take_up(case=people.asked(alice), by=dee), dee)
    hers, applied, others = ImportBatch.objects.order_by("created_at", "file")
    batches = {batch.file.name: batch for batch in (hers, applied, others)}
    assert set(batches) == {"", "imports/1.csv", "imports/2.csv"}
    assert batches[""].state == "failed"
    assert "erased meanwhile" in batches[""].error
    assert batches["imports/2.csv"].state == "checked"  # other people's files are left alone
    assert not default_storage.exists("imports/0.csv")
    assert clear_old() == 0


def test_many_people_do_not_make_a_worker_read_for_ever(monkeypatch) -> None:
    """A run that ends thousands of people reads the files of imports for a few seconds, then lets them go unread."""
    from retention import leftovers

    name = default_storage.save("imports/1.csv", ContentFile(b"nobody in here"))
    ImportBatch.objects.create(kind="customers", state="applied", file=name)
    subject = factories.subject(NAME, email=EMAIL)
    gone: list[str] = []
    erased = Erased(subject, "DP-1")
    assert leftovers._import_files(erased, lambda field, name: gone.append(name)) == 0
    monkeypatch.setattr(leftovers, "_PATIENCE", leftovers._Patience())
    leftovers._PATIENCE.spend(999)
    assert leftovers._PATIENCE.left() == 0
    assert leftovers._import_files(erased, lambda field, name: gone.append(name)) == 1
    assert gone == [name]
