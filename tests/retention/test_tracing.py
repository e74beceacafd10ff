"""Finding what is left of a person: everywhere, whatever it is called, with the reason, and without leaving a trace."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import pytest
import redis
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from requests_sar import sealed, vault
from requests_sar.models import Attachment, Redaction
from requests_sar.workflow import State as CaseState
from retention import tracing
from retention.models import LongSearch
from retention.tasks import long_search, long_searches
from retention.tracing import Group, Limits, State, database, kept
from subjects.models import Identifier, Subject
from tests import factories

pytestmark = pytest.mark.django_db
NAME, EMAIL = "Zenobia Quillfeather", "zenobia@quill.example"
PAGE = "/admin/traces/"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path / "store"
    settings.STORAGE_DIR.mkdir()
    settings.LOG_FOLDERS = [tmp_path / "logs"]
    settings.LOG_FOLDERS[0].mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(settings.STORAGE_DIR)},
        },
    }


def found(*lines: str, **more: Any) -> dict[str, Group]:
    """The places where something is, by name."""
    groups = tracing.run(tracing.typed(lines), by=None, target="terms:1", **more)
    return {group.place: group for group in groups if group.count}


# --- the database -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [NAME, "O'Brien & Söhne", "100% of_it \\ sure", "Жанна Дарк", "Ångström ŁÓDŹ", 'say "hello" now']
)
def test_a_table_nobody_told_us_of_is_searched_in_every_kind_of_column(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE stray (id int PRIMARY KEY, list text[], raw bytea, doc jsonb, label varchar)"
        )
        rows: list[Any] = [
            (["a", f"x {text.upper()} y"], b"", "{}", ""),
            ([], f"..{text.title()}..".encode(), "{}", ""),
            ([], b"", json.dumps({"deep": [text]}), ""),
            ([], b"", "{}", text),
            ([], b"", "{}", "nobody"),
        ]
        for number, row in enumerate(rows):
            cursor.execute("INSERT INTO stray VALUES (%s, %s, %s, %s, %s)", [number, *row])
    places = found(text)
    stray = places.pop("table public.stray")
    assert list(stray.where) == ["list", "raw", "doc", "label"]
    assert list(stray.keys) == ["0", "1", "2", "3"]
    assert "no table of the portal" in stray.why[0]
    assert places == {}


def test_a_person_is_looked_for_by_all_they_are_known_by_and_told_why_it_is_there() -> None:
    account = factories.account(name=NAME)
    zenobia = factories.subject(NAME, email=EMAIL, phone="07700 900987", account=account)
    zenobia.addresses.create(source_key="A-1", lines="1 Quill Street\nBath", postcode="BA1 1QQ")
    other = factories.subject("Neil Neighbour", email="neil@example.org")
    other.addresses.create(source_key="A-2", lines="99 Other Road", postcode="BA1 1QQ")
    factories.case(CaseState.TRIAGE, subject=other, words="Ring Quillfeather, Zenobia on +44 7700 900987.")
    terms, target = tracing.by_reference(zenobia.reference.lower())
    groups = {g.place: g for g in tracing.run(terms, by=None, target=target) if g.count}
    person = groups["table public.subjects_subject"]
    assert person.keys == [str(zenobia.pk)]
    assert person.where["full_name"] == ["name"]
    assert person.where["phone"] == ["telephone number"]
    assert zenobia.reference in person.why[0]
    assert "kept 24 months from last contact" in person.why[0]  # she never bought anything
    address = groups["table public.subjects_address"]
    assert address.count == 1  # a postcode alone is half a street
    assert set(address.where) == {"lines", "postcode"}
    words = groups["table public.requests_sar_case"]
    assert set(words.where["words"]) == {"name", "telephone number"}
    assert other.reference in words.why[0]


def test_the_index_of_search_keys_is_used() -> None:
    terms = tracing.typed([NAME])
    table = next(each for each in database.tables() if each.name == "subjects_identifier")
    wanted = [column for column in table.columns if database._can_hold(column, terms)]
    assert [column.name for column in wanted] == ["value"]  # the others are too short to hold it
    where, params = database._rows(table, wanted, terms)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # the table is empty: any reading of it is cheap
        cursor.execute("ALTER TABLE subjects_identifier DROP CONSTRAINT identifier_once")
        cursor.execute("DROP INDEX subjects_id_kind_60ca0c_idx")
        cursor.execute(f"EXPLAIN SELECT 1 FROM {table.quoted} WHERE {where}", params)
        assert "identifier_trigram" in str(cursor.fetchall())


def test_what_only_a_key_opens_is_opened() -> None:
    case = factories.case(CaseState.TRIAGE)
    Redaction.objects.create(
        case=case, number=1, reach="phrase", category="other", law="x", why="x", phrase=vault.seal_words(NAME)
    )
    session = SessionStore()
    session["_messages"] = f"Saved for {NAME}"
    session.create()
    places = found(NAME)
    assert places["table public.requests_sar_redaction"].where == {"phrase": ["term 1"]}
    signed_in = places["table public.django_session"]
    assert signed_in.where == {"session_data": ["term 1"]}
    assert list(signed_in.keys) == []  # whoever knows that key is signed in
    Redaction.objects.update(phrase=b"another key")
    groups = tracing.run(tracing.typed([NAME]), by=None, target="terms:1")
    words = next(group for group in groups if group.place == "table public.requests_sar_redaction")
    assert words.state is State.PARTLY
    assert words.unread == ["phrase: 1 could not be opened"]


def test_samples_of_the_database_outlive_their_rows_until_they_are_renewed() -> None:
    for number in range(30):
        factories.subject(NAME, email=f"z{number}@quill.example")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subjects_subject, subjects_identifier")
        assert found(NAME)["statistics"].where["subjects_subject.full_name"] == ["term 1"]
        Identifier.objects.all().delete()
        Subject.objects.all().delete()
        factories.subject("Alice Okafor")
        assert set(found(NAME)) == {"statistics"}
        cursor.execute("ANALYZE subjects_subject, subjects_identifier")
    assert found(NAME) == {}


# --- files, cache, logs --------------------------------------------------------------------------------


def workbook(text: str) -> bytes:
    """A ZIP in a ZIP, as a workbook in a bundle is."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", f"<v>{text.replace('&', '&amp;')}</v>")
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("copy.xlsx", inner.getvalue())
    return outer.getvalue()


def test_files_are_opened_named_and_told_when_they_cannot_be_read(settings) -> None:
    case = factories.case(CaseState.RELEASED, subject=factories.subject())
    package = factories.package(case)
    factories.file(factories.package(case, state="failed"), content=workbook(NAME))
    letter = factories.letter(case)
    name = sealed.storage().save("attachments/x.txt", ContentFile(NAME.encode("utf-16")))
    Attachment.objects.create(letter=letter, file=name, label="x", ending=".txt", size=1, sha256="0")
    default_storage.save("imports/forgotten.csv", ContentFile(f"a;{'x' * 1_048_560};{NAME}".encode()))
    default_storage.save("recordings/one.wav", ContentFile(b"RIFF" + b"\x00" * 20))
    files = found(NAME)["files"]
    assert files.count == 3
    assert files.where == {"attachments": ["term 1"], "imports": ["term 1"], "packages": ["term 1"]}
    assert any("leftover" in sentence for sentence in files.why)
    assert any("Files with messages" in sentence for sentence in files.why)
    package.key = None
    package.save()
    groups = tracing.run(tracing.typed([NAME]), by=None, target="terms:1")
    unread = " ".join(next(group for group in groups if group.place == "files").unread)
    assert "sealed files: the key is gone" in unread
    assert "1 x sound" in unread


def test_cache_queue_and_logs(settings) -> None:
    queue = redis.Redis.from_url(settings.REDIS_URL)
    cache.set("people-search:1:abcdefghijklmnop", NAME)
    body = base64.b64encode(json.dumps([[NAME], {}, {}]).encode()).decode()
    queue.lpush("portal:default", json.dumps({"body": body}))
    (settings.LOG_FOLDERS[0] / "web.log").write_text(f"GET /people/{NAME}\n")
    places = found(NAME)
    assert places["valkey"].count == 2
    assert any("quarter of an hour" in sentence for sentence in places["valkey"].why)
    assert "abcdefghijklmnop" not in str(places["valkey"])
    assert places["logs"].where == {"web.log": ["term 1"]}


# --- who, how long, and what it leaves -------------------------------------------------------------------


def test_it_leaves_no_trace_of_its_own() -> None:
    dee = factories.user(Role.DPO)
    client = Client()
    client.force_login(dee)
    factories.subject(NAME, email=EMAIL)
    answer = client.post(PAGE, {"terms": f"{NAME}\n{EMAIL}"})
    assert answer.status_code == 200
    assert "Found in" in answer.content.decode()
    entry = Entry.objects.get(verb="traces.searched")
    assert (entry.target, entry.actor) == ("terms:2", f"staff:{dee.pk}")
    assert set(found(NAME)) == {"table public.subjects_subject", "table public.subjects_identifier"}


def test_the_time_is_kept_and_the_rest_can_be_searched_later() -> None:
    factories.subject(NAME)
    terms = tracing.typed([NAME])
    groups = list(tracing.run(terms, by=None, target="terms:1", limits=Limits(0.0)))
    assert {group.state for group in groups} == {State.UNFINISHED}
    assert len(groups) == len(database.tables()) + 4
    places = [group.place for group in groups if group.place != "table public.subjects_subject"]
    rest = list(tracing.run(terms, by=None, target="terms:1", skip=places))
    assert [(group.place, group.count) for group in rest] == [("table public.subjects_subject", 1)]


def test_a_slow_table_is_left_out_and_said(monkeypatch) -> None:
    table = next(each for each in database.tables() if each.name == "subjects_subject")
    monkeypatch.setattr(database, "_hits", lambda cursor, *args: cursor.execute("SELECT pg_sleep(5)"))
    group = database.search(table, tracing.typed([NAME]), Limits(0.05))
    assert group.state is State.UNFINISHED
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)  # nothing else is cut short by it


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Give a reference, or type what to look for."),
        ({"terms": "abc"}, "Term 1 is too short"),
        ({"terms": "x" * 300}, "Term 1 is too long"),
        ({"terms": "\n".join(f"name{n}" for n in range(30))}, "20 terms or fewer"),
        ({"reference": "P-AAAA-AAAA"}, "There is no person and no request with this reference."),
    ],
)
def test_the_page_says_what_is_missing(data: dict[str, str], words: str) -> None:
    client = Client()
    client.force_login(factories.user(Role.DPO))
    answer = client.post(PAGE, data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Entry.objects.filter(verb="traces.searched").exists()


def test_the_page_is_for_the_officer_alone_and_searches_by_post_only(monkeypatch) -> None:
    zenobia = factories.subject(NAME, email=EMAIL)
    assert Client().get(PAGE).status_code == 302
    for role in (Role.STAFF, Role.AUDITOR, Role.ADMINISTRATOR, Role.SUPPORT):
        client = Client()
        client.force_login(factories.user(role))
        assert client.get(PAGE).status_code == 403
        assert client.post(PAGE, {"terms": NAME}).status_code == 403
    client.force_login(factories.user(Role.DPO))
    person = client.get(reverse("admin:person", args=[zenobia.reference])).content.decode()
    assert f"{PAGE}?person={zenobia.reference}" in person
    asked = client.get(PAGE, {"terms": NAME, "person": zenobia.reference}).content.decode()
    assert f'value="{zenobia.reference}"' in asked
    assert "subjects_subject" not in asked
    assert client.put(PAGE).status_code == 405
    shown = client.post(PAGE, {"reference": zenobia.reference}).content.decode()
    assert "table public.subjects_subject" in shown
    assert EMAIL not in shown


# --- what takes longer than a page may -----------------------------------------------------------------------


@pytest.fixture
def long_one(monkeypatch) -> tuple[Client, str]:
    """An officer whose search for Zenobia goes on in a worker, and the address of its page."""
    monkeypatch.setattr("requests_sar.staff_views.traces.SECONDS", 0)
    client = Client()
    client.force_login(factories.user(Role.DPO))
    factories.subject(NAME, email=EMAIL)
    answer = client.post(PAGE, {"terms": f"{NAME}\n{EMAIL}"})
    assert answer.status_code == 302
    return client, answer["Location"]


def test_a_long_search_goes_on_in_a_worker_and_its_answer_is_kept_for_a_day(long_one) -> None:
    client, address = long_one
    search = LongSearch.objects.get()
    assert NAME.casefold().encode() not in bytes(search.sealed).lower()
    going = client.get(address).content.decode()
    assert "a worker goes on with it" in going
    assert client.get(f"{address}progress.json").json()["total"] == search.places
    long_searches.apply()  # the message was lost: the clock finds it
    long_search.apply(args=[str(search.pk)])  # and a second one finds nothing to do
    search.refresh_from_db()
    assert (search.state, search.attempts, len(search.found)) == ("done", 1, search.places)
    assert not search.sealed
    page = client.get(address).content.decode()
    assert "table public.subjects_subject" in page
    assert NAME not in page
    assert client.get(f"{address}progress.json").json() == {"working": False}
    reasons = Entry.objects.filter(verb="traces.searched").values_list("reason", flat=True)
    assert list(reasons.order_by("pk"))[-1] == "read"
    assert "table public.retention_longsearch" not in found(NAME, EMAIL)
    LongSearch.objects.update(expires_at=timezone.now())
    long_searches.apply()
    assert client.get(address).status_code == 404


def test_a_worker_that_dies_leaves_what_it_had_and_is_given_up_after_three_times(
    long_one, monkeypatch
) -> None:
    client, address = long_one
    search = LongSearch.objects.get()
    real = kept.run

    def dies(*args: Any, **more: Any) -> Any:
        for number, group in enumerate(real(*args, **more)):
            if number == 5:
                raise SystemError
            yield group

    monkeypatch.setattr(kept, "run", dies)
    for attempt in (1, 2, 3):
        assert kept.waiting() == [search.pk]
        assert not kept.carry_on(search.pk)
        search.refresh_from_db()
        assert (search.attempts, len(search.found)) == (attempt, 5 * attempt)
    assert (search.state, bytes(search.sealed)) == ("failed", b"")
    assert kept.waiting() == []
    page = client.get(address).content.decode()
    assert "Not everything was searched." in page
    assert f"15 of {search.places} places were" in page
    assert len({each["place"] for each in search.found}) == 15  # none twice


def test_a_lease_that_ran_out_is_not_written_over(long_one, monkeypatch) -> None:
    search = LongSearch.objects.get()
    real = kept.run

    def slow(*args: Any, **more: Any) -> Any:
        for group in real(*args, **more):
            LongSearch.objects.update(claimed_until=timezone.now())  # somebody else has taken it up
            yield group

    monkeypatch.setattr(kept, "run", slow)
    assert not kept.carry_on(search.pk)
    search.refresh_from_db()
    assert (search.state, search.found) == ("working", [])
    assert bytes(search.sealed)
    LongSearch.objects.update(attempts=kept.ATTEMPTS)  # and this one never came back
    assert kept.waiting() == []
    search.refresh_from_db()
    assert search.state == "failed"


def test_a_long_search_is_for_whoever_asked(long_one) -> None:
    _, address = long_one
    for role, status in ((Role.DPO, 404), (Role.STAFF, 403)):
        client = Client()
        client.force_login(factories.user(role))
        for path in (address, f"{address}progress.json"):
            assert client.get(path).status_code == status
            assert client.post(path).status_code in {403, 405}
    assert Client().get(address).status_code == 302


def test_the_command_reads_terms_from_a_pipe_never_from_its_words(monkeypatch) -> None:
    zenobia = factories.subject(NAME, email=EMAIL)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{EMAIL}\n"))
    said = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("find_traces", stdout=said)
    assert end.value.code == 1
    assert "Contact details (table public.subjects_subject): 1 row" in said.getvalue()
    assert EMAIL not in said.getvalue()
    monkeypatch.setattr("sys.stdin", io.StringIO("nobody@nowhere.example\n"))
    call_command("find_traces", "--all", stdout=said)
    assert "Nothing was found." in said.getvalue()
    for words in ([EMAIL], ["P-AAAA-AAAA"]):
        with pytest.raises(CommandError, match="no person and no request"):
            call_command("find_traces", *words, stdout=said)
    with pytest.raises(SystemExit):
        call_command("find_traces", zenobia.reference, stdout=said)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(CommandError, match="at least one term"):
        call_command("find_traces", stdout=said)


def test_a_request_still_knows_who_asked_when_their_record_is_gone() -> None:
    case = factories.case(CaseState.CLOSED, requester_name=NAME, requester_email=EMAIL)
    terms, target = tracing.by_reference(case.reference)
    assert target == f"case:{case.reference}"
    assert {term.label for term in terms} == {"name", "e-mail address"}
    Subject.objects.filter(pk=factories.subject().pk).update(
        full_name="", email="", phone="", mobile="", source_key="x-1"
    )
    with pytest.raises(tracing.Unknown, match="No name, address or number is left"):
        tracing.by_reference(Subject.objects.get().reference)
