"""What is removed from a copy is nowhere in it, survives every making of it, and comes back when it is undone."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import zipfile
from typing import Any

import openpyxl
import orjson
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Role, User
from portal.audit.models import Entry
from requests_sar import leftovers, redactions, reviewing, services, tasks, vault
from requests_sar.admin import evidence
from requests_sar.casework import NotPossible
from requests_sar.models import Answer, Case, Package, Redaction
from requests_sar.redacting import Reach
from requests_sar.task_files import Upload
from requests_sar.workflow import State
from subjects import datamap
from subjects.models import CallRecording, Email, Subject, SupportCall
from tests import factories

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
PERSON, LEGAL, OTHER = Redaction.Category.PERSON, Redaction.Category.LEGAL, Redaction.Category.OTHER
THREAD = (
    "Dear Alice,\n\nyour colleague Mallory Quist (mallory.quist@elsewhere.example) broke the printer.\nSam"
)


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Any) -> None:
    settings.STORAGE_DIR = tmp_path
    local = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path)},
    }
    settings.STORAGES = {**settings.STORAGES, "default": local}


@pytest.fixture
def dee() -> User:
    return factories.user(Role.DPO, name="Dee Marsh")


@pytest.fixture
def dan() -> User:
    return factories.user(Role.DPO, name="Dan Holt")


@pytest.fixture
def alice() -> Subject:
    return factories.subject(account=factories.account())


def mail(alice: Subject, key: str = "M1", body: str = THREAD, **fields: Any) -> Email:
    return Email.objects.create(
        **{"subject": alice, "source_key": key, "sent_at": NOON, "sender": "alice@example.com", **fields},
        body=body,
    )


def call(alice: Subject, key: str = "S1", **fields: Any) -> SupportCall:
    return SupportCall.objects.create(**{"subject": alice, "source_key": key, "started_at": NOON, **fields})


def collected(alice: Subject, dee: User, **fields: Any) -> Case:
    """A case in review, its files made by the real collection."""
    return made(accepted(alice, dee, **fields))


def accepted(alice: Subject, dee: User, **fields: Any) -> Case:
    fields = {"proof": "code", "verified_at": timezone.now(), **fields}
    case = services.accept(case=factories.case(State.TRIAGE, subject=alice, **fields), by=dee)
    factories.answer_searches(case, dee)
    return case


def made(case: Case) -> Case:
    package = services.current_package(case)
    assert package is not None
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.state == Package.State.READY, package.error
    return Case.objects.get(pk=case.pk)


def again(case: Case, dee: User) -> Case:
    return made(services.collect_again(case=Case.objects.get(pk=case.pk), by=dee))


def files(case: Case) -> dict[str, bytes]:
    """The finished files, opened: the kind of each and its bytes."""
    package = services.current_package(case)
    assert package is not None
    return {file.kind: b"".join(vault.stream(file.path, package.key)) for file in package.files.all()}


def parts(case: Case) -> dict[str, bytes]:
    """Every part of every finished file, unpacked: what somebody finds who looks behind the cells."""
    found = {}
    for kind, data in files(case).items():
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                found |= {f"{kind}/{name}": archive.read(name) for name in archive.namelist()}
                found[f"{kind}/names"] = " ".join(archive.namelist()).encode()
        else:
            found[kind] = data
    return found


def where(case: Case, words: str) -> list[str]:
    """The parts in which words stand, whatever escapes them there."""
    spellings = {words, html.escape(words), orjson.dumps(words).decode().strip('"')}
    return [
        name
        for name, data in parts(case).items()
        if any(each.casefold() in data.decode("utf-8", "replace").casefold() for each in spellings)
    ]


def records(case: Case, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(parts(case)["bundle/data.json"])["data"][key]["records"]
    return found


def marks(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"\[Removed R(\d+): [^.…]", text)}


def check_marks(case: Case) -> None:
    """Every [Removed Rn] has a row on "What is removed" and the reverse, in each file."""
    found = parts(case)
    data = orjson.loads(found["bundle/data.json"])
    listed = {row["number"] for row in data["removed"]}
    assert marks(orjson.dumps(data["data"]).decode() + str(data["asked_for"])) == listed
    book = openpyxl.load_workbook(io.BytesIO(files(case)["workbook"]))
    rows = {row[0] for row in book["What is removed"].iter_rows(min_row=5, values_only=True)} - {None}
    if listed:
        assert rows == {f"R{number}" for number in listed}
    sheets = " ".join(
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell
    )
    assert marks(sheets) == listed
    page, letter = (found[kind].decode() for kind in ("page", "letter"))
    assert marks(page) == listed
    assert {int(n) for n in re.findall(r"<li>R(\d+)\. ", letter)} == listed


# --- scenarios -----------------------------------------------------------------------------------------------


def test_s29_a_colleague_in_a_thread_is_nowhere_in_the_files(alice: Subject, dee: User) -> None:
    """S29: redacted, survives regeneration, the original is in no cell, property, shared string or name."""
    email = mail(alice)
    case = collected(alice, dee)
    assert where(case, "Mallory Quist")
    for words in ("Mallory Quist", "mallory.quist@elsewhere.example"):
        services.remove(
            case=case,
            by=dee,
            reach=Reach.PHRASE,
            dataset="emails",
            record=str(email.pk),
            phrase=words,
            category=PERSON,
        )
    for _ in range(2):  # made again, and again: "collect again", "renew"
        case = again(case, dee)
        assert where(case, "Mallory") == []
        assert where(case, "mallory.quist") == []
        body = records(case, "emails")[0]["body"]
        mark = "[Removed R1: another person's details]"
        assert body == f"Dear Alice,\n\nyour colleague {mark} ({mark}) broke the printer.\nSam"
        check_marks(case)
        for kind, data in parts(case).items():
            if kind in {"bundle/csv/emails.csv", "page", "workbook/xl/worksheets/sheet13.xml"}:
                assert b"[Removed R1: another person" in data, kind
    letter = parts(case)["letter"].decode()
    assert "R1. Another person" in letter
    assert "Schedule 2, paragraph 16" in letter


def test_s28_the_recording_is_withheld_and_the_call_stays_listed(alice: Subject, dee: User) -> None:
    for key in ("one", "two"):
        name = default_storage.save(f"recordings/{key}.wav", ContentFile(b"RIFF" + key.encode()))
        CallRecording.objects.create(
            subject=alice, source_key=key, recorded_at=NOON, file=name, agent="Sam", duration_s=60
        )
    one, two = CallRecording.objects.order_by("pk")
    case = collected(alice, dee)
    services.remove(
        case=case,
        by=dee,
        reach=Reach.CELL,
        dataset="call-recordings",
        record=str(one.pk),
        column="file",
        category=PERSON,
        why="Your neighbour speaks in it too.",
    )
    case = again(case, dee)
    given = [name for name in parts(case) if name.startswith("bundle/files/")]
    assert given == ["bundle/files/call-recordings/two.wav"]
    listed = records(case, "call-recordings")
    assert [row["file"] for row in listed] == [
        "[Removed R1: another person's details]",
        "files/call-recordings/two.wav",
    ]
    assert listed[0]["agent"] == "Sam"
    assert where(case, "one.wav") == []
    check_marks(case)
    # "withhold the listing itself too", where even that would disclose
    services.remove(
        case=case,
        by=dee,
        reach=Reach.HIDDEN,
        dataset="call-recordings",
        record=str(two.pk),
        category=OTHER,
        law="Data Protection Act 2018, Schedule 2, paragraph 2",
        why="It would warn somebody.",
    )
    case = again(case, dee)
    assert len(records(case, "call-recordings")) == 1
    assert where(case, "two.wav") == where(case, "warn somebody") == []
    assert "1 record out altogether" in parts(case)["letter"].decode()
    check_marks(case)


def test_s28_a_file_withheld_once_is_withheld_in_every_record_that_names_it(
    alice: Subject, dee: User
) -> None:
    name = default_storage.save("recordings/shared.wav", ContentFile(b"RIFF"))
    for key in ("one", "two"):
        CallRecording.objects.create(subject=alice, source_key=key, recorded_at=NOON, file=name)
    case = collected(alice, dee)
    first = CallRecording.objects.order_by("pk")[0]
    services.remove(
        case=case,
        by=dee,
        reach=Reach.RECORD,
        dataset="call-recordings",
        record=str(first.pk),
        category=PERSON,
    )
    default_storage.delete(name)  # and what is withheld need not even be there
    case = again(case, dee)
    assert where(case, "shared.wav") == []
    check_marks(case)


def test_s30_opinions_are_given_and_legal_advice_is_withheld(alice: Subject, dee: User) -> None:
    call(alice, staff_note="Awkward customer.")
    advice = call(alice, "S2", staff_note="Our solicitor says: settle for 400 pounds.", charge="12.50")
    case = collected(alice, dee)
    services.remove(
        case=case,
        by=dee,
        reach=Reach.CELL,
        dataset="support-calls",
        record=str(advice.pk),
        column="staff_note",
        category=LEGAL,
    )
    case = again(case, dee)
    assert where(case, "Awkward customer.")
    assert where(case, "settle for 400") == []
    letter = parts(case)["letter"].decode()
    assert "R1. Legal advice" in letter
    assert "paragraph 19" in letter
    assert records(case, "support-calls")[1]["staff_note"] == "[Removed R1: legal advice]"
    case = services.release(case=services.mark_reviewed(case=case, by=dee, alone="Nobody else."), by=dee)
    told = case.letters.order_by("pk").last().text
    assert "R1: Legal advice." in told
    assert "paragraph 19" in told


# --- the whole life of a removal ----------------------------------------------------------------------------


def test_a_whole_record_keeps_its_date_and_nothing_else(alice: Subject, dee: User) -> None:
    secret = call(alice, issue="Zebra crossing", charge="99.10", duration_s=123, agent="Quentin")
    case = collected(alice, dee)
    services.remove(
        case=case, by=dee, reach=Reach.RECORD, dataset="support-calls", record=str(secret.pk), category=PERSON
    )
    case = again(case, dee)
    row = records(case, "support-calls")[0]
    assert row.pop("started_at") == "2026-03-02T12:00:00+00:00"
    assert set(row.values()) == {"[Removed R1: another person's details]", ""}
    for words in ("Zebra crossing", "99.10", "Quentin"):
        assert where(case, words) == []
    schema = orjson.loads(parts(case)["bundle/datapackage.json"])["resources"][0]["schema"]
    assert "[Removed R1: another person's details]" in schema["missingValues"]  # a number that is a mark
    check_marks(case)


def test_words_everywhere_go_from_the_request_too_and_from_what_comes_later(
    alice: Subject, dee: User
) -> None:
    mail(alice)
    case = collected(alice, dee, words="What did Mallory Quist say about me?")
    assert len(where(case, "Mallory Quist")) >= 5
    services.remove(case=case, by=dee, reach=Reach.EVERYWHERE, phrase="mallory  QUIST", category=PERSON)
    mail(alice, "M2", "MALLORY\nQUIST called again.")  # comes in before the files are made again
    case = again(case, dee)
    assert where(case, "mallory quist") == where(case, "MALLORY\nQUIST") == []
    assert records(case, "emails")[1]["body"] == "[Removed R1: another person's details] called again."
    check_marks(case)


def test_a_removal_is_undone_until_release_and_the_words_are_back(
    alice: Subject, dee: User, dan: User
) -> None:
    email = mail(alice)
    case = collected(alice, dee)
    removal = services.remove(
        case=case,
        by=dee,
        reach=Reach.CELL,
        dataset="emails",
        record=str(email.pk),
        column="body",
        category=PERSON,
    )
    case = again(case, dee)
    assert where(case, "Mallory") == []
    services.put_back(redaction=removal, by=dee)
    services.put_back(redaction=removal, by=dee)
    case = again(case, dee)
    assert where(case, "Mallory Quist")
    assert marks(parts(case)["page"].decode()) == set()
    services.release(case=services.mark_reviewed(case=case, by=dan), by=dee)
    with pytest.raises(NotPossible, match="Take the release back"):
        services.remove(case=case, by=dee, reach=Reach.EVERYWHERE, phrase="Mallory", category=PERSON)


def test_files_made_before_a_removal_are_not_released(alice: Subject, dee: User, dan: User) -> None:
    mail(alice)
    case = services.mark_reviewed(case=collected(alice, dee), by=dan)
    removal = services.remove(
        case=case, by=dee, reach=Reach.EVERYWHERE, phrase="Mallory Quist", category=PERSON
    )
    case.refresh_from_db()
    assert case.reviewed_at is None
    for act in (services.mark_reviewed, services.release):
        with pytest.raises(NotPossible, match="Collect again to make them anew"):
            act(case=case, by=dan)
    services.put_back(redaction=removal, by=dee)  # then the files are right as they are
    case = services.mark_reviewed(case=Case.objects.get(pk=case.pk), by=dan)
    assert services.release(case=case, by=dan).state == State.RELEASED


def test_staff_are_told_when_the_words_are_not_there_any_more(alice: Subject, dee: User, dan: User) -> None:
    email = mail(alice)
    case = collected(alice, dee)
    removal = services.remove(
        case=case,
        by=dee,
        reach=Reach.PHRASE,
        dataset="emails",
        record=str(email.pk),
        phrase="Mallory Quist",
        category=PERSON,
    )
    Email.objects.filter(pk=email.pk).update(body="Mally Q. broke the printer.")  # an import corrected it
    case = again(case, dee)
    with pytest.raises(NotPossible, match="R1 met nothing to remove in “Emails”, 2 March 2026"):
        services.mark_reviewed(case=case, by=dan)
    services.put_back(redaction=removal, by=dee)
    services.mark_reviewed(case=Case.objects.get(pk=case.pk), by=dan)


def test_a_worker_that_takes_over_removes_what_is_to_be_removed_now(alice: Subject, dee: User) -> None:
    mail(alice)
    CallRecording.objects.create(subject=alice, source_key="R1", recorded_at=NOON, file="recordings/gone.wav")
    case = accepted(alice, dee)
    package = case.packages.get()
    tasks.collect(str(package.pk))  # stops at the recording; the other kinds are kept, with Mallory
    assert case.packages.get().state == Package.State.FAILED
    services.remove(case=case, by=dee, reach=Reach.EVERYWHERE, phrase="Mallory Quist", category=PERSON)
    default_storage.save("recordings/gone.wav", ContentFile(b"RIFF"))
    from requests_sar import packages

    packages.retry(package, by=dee)
    case = made(case)
    assert where(case, "Mallory Quist") == []
    assert services.release_obstacles(case) == [
        "Nobody has reviewed the copy. Look through it and press “Reviewed”."
    ]


def test_one_reason_is_one_number_and_the_same_press_twice_is_one_removal(alice: Subject, dee: User) -> None:
    email = mail(alice)
    case = collected(alice, dee)
    fields = {"case": case, "by": dee, "dataset": "emails", "record": str(email.pk), "reach": Reach.PHRASE}
    first = services.remove(**fields, phrase="Mallory", category=PERSON)
    assert services.remove(**fields, phrase="mallory", category=PERSON) == first
    assert services.remove(**fields, phrase="Quist", category=PERSON).number == 1
    assert services.remove(**fields, phrase="printer", category=LEGAL).number == 2
    assert services.remove(**fields, phrase="Dear", category=PERSON, why="She asked us not to.").number == 3
    assert Redaction.objects.count() == 4


def test_the_words_are_sealed_and_in_no_trail_log_or_history(alice: Subject, dee: User, caplog: Any) -> None:
    mail(alice)
    case = collected(alice, dee)
    removal = services.remove(
        case=case, by=dee, reach=Reach.EVERYWHERE, phrase="Mallory Quist", category=PERSON
    )
    again(case, dee)
    row = Redaction.objects.filter(pk=removal.pk).values().get()
    assert b"Mallory" not in bytes(row.pop("phrase"))
    assert redactions.words(Redaction.objects.get()) == "Mallory Quist"
    trail = " ".join(f"{e.verb} {e.target} {e.reason}" for e in Entry.objects.all())
    assert "case.removal-marked" in trail
    history = " ".join(case.history.values_list("reason", flat=True))
    for text in (str(row), trail, history, caplog.text, str(removal), str(redactions.log(case))):
        assert "allory" not in text


def test_the_log_says_who_when_why_and_what_was_undone(alice: Subject, dee: User, dan: User) -> None:
    email = mail(alice)
    case = collected(alice, dee)
    services.remove(
        case=case,
        by=dee,
        reach=Reach.CELL,
        dataset="emails",
        record=str(email.pk),
        column="body",
        category=LEGAL,
    )
    services.put_back(
        redaction=services.remove(case=case, by=dee, reach=Reach.EVERYWHERE, phrase="Quist", category=PERSON),
        by=dan,
    )
    first, second = redactions.log(case)
    assert (first.mark, first.dataset, first.scope) == ("R1", "Emails", "One cell (Text)")
    assert first.handle == f"2 March 2026, record {email.pk}"
    assert (first.who, first.undone) == (f"staff:{dee.pk}", None)
    assert "paragraph 19" in first.law
    assert (second.mark, second.scope, second.undone_by) == (
        "R2",
        "Words wherever they occur",
        f"staff:{dan.pk}",
    )
    assert second.undone


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reach": Reach.PHRASE, "phrase": "not there"}, "do not stand in this record"),
        ({"reach": Reach.PHRASE, "phrase": "M"}, "2 to 500 characters"),
        ({"reach": Reach.EVERYWHERE, "phrase": "nowhere to be found"}, "do not occur in any record"),
        ({"reach": Reach.EVERYWHERE, "phrase": "Alice"}, "own name"),
        ({"reach": Reach.CELL, "column": "nonsense"}, "no such cell"),
        ({"reach": Reach.CELL, "column": "sent_at"}, "cannot go alone"),
        ({"reach": Reach.CELL, "column": "recipients"}, "nothing in this cell"),
        ({"reach": Reach.CELL, "column": "body", "record": "999999"}, "not in the copy any more"),
        ({"reach": Reach.CELL, "column": "body", "record": "9" * 60}, "not in the copy any more"),
        ({"reach": Reach.CELL, "column": "body", "record": "x'"}, "not in the copy any more"),
        ({"reach": Reach.CELL, "column": "body", "dataset": "nonsense"}, "not in the copy any more"),
        ({"reach": Reach.RECORD, "category": "nonsense"}, "another person, legal advice"),
        ({"reach": Reach.RECORD, "category": OTHER, "why": "x"}, "Name the law"),
        ({"reach": Reach.RECORD, "category": OTHER, "law": "x"}, "plain words"),
        ({"reach": Reach.PHRASE, "phrase": "Mallory", "why": "Mallory did not agree."}, "give away"),
        ({"reach": Reach.CELL, "column": "sender", "why": "alice@example.com wrote it."}, "give away"),
    ],
)
def test_what_cannot_be_removed_is_refused_with_a_sentence(
    alice: Subject, dee: User, fields: dict[str, Any], words: str
) -> None:
    email = mail(alice)
    case = factories.case(State.REVIEW, subject=alice)
    given_ = {"dataset": "emails", "record": str(email.pk), "category": PERSON, **fields}
    with pytest.raises(NotPossible, match=words):
        services.remove(case=case, by=dee, **given_)
    assert not Redaction.objects.exists()


def test_somebody_elses_record_is_not_in_the_copy(alice: Subject, dee: User) -> None:
    bobs = mail(factories.subject("Bob", email="bob@example.com"))
    case = factories.case(State.REVIEW, subject=alice)
    with pytest.raises(NotPossible, match="not in the copy"):
        services.remove(
            case=case, by=dee, reach=Reach.RECORD, dataset="emails", record=str(bobs.pk), category=PERSON
        )


def test_another_person_chosen_forgets_what_was_removed(alice: Subject, dee: User) -> None:
    mail(alice)
    case = collected(alice, dee)
    services.remove(case=case, by=dee, reach=Reach.EVERYWHERE, phrase="Mallory", category=PERSON)
    case = services.move_back(case=Case.objects.get(), by=dee, reason="The wrong person.")
    services.choose_subject(case=case, subject=factories.subject("Bob", email="bob@example.com"), by=dee)
    assert not redactions.live(case).exists()


def test_without_removals_the_rows_take_the_short_way(alice: Subject, dee: User, monkeypatch: Any) -> None:
    """Exports without redactions must not get slower: no record is looked at one by one."""
    mail(alice)

    def slow(*args: Any, **options: Any) -> Any:
        raise AssertionError("the rows were read one by one")

    monkeypatch.setattr(datamap.Dataset, "keyed_rows", slow)
    case = collected(alice, dee)
    assert case.packages.get().redactions == {}


def test_what_a_colleague_found_is_withheld_with_its_files(alice: Subject, dee: User) -> None:
    case = factories.case(State.TRIAGE, subject=alice, proof="code", verified_at=timezone.now())
    case = services.accept(case=case, by=dee)
    task = case.tasks.first() or factories.task(case)
    upload = Upload("plan.pdf", ".pdf", io.BytesIO(b"%PDF-1.4 Mallory's plan"))
    services.colleagues.answer(
        task=task, by=dee, outcome=Answer.Outcome.FOUND, words="The plan of Mallory.", uploads=[upload]
    )
    factories.answer_searches(case, dee)
    case = made(case)
    assert where(case, "Mallory's plan")
    answer = Answer.objects.exclude(places="").get()
    for column in ("words", "places"):
        services.remove(
            case=case,
            by=dee,
            reach=Reach.CELL,
            dataset="found-by-colleagues",
            record=str(answer.pk),
            column=column,
            category=PERSON,
        )
    case = again(case, dee)
    assert where(case, "Mallory") == []
    assert not [name for name in parts(case) if name.startswith("bundle/files/found")]
    check_marks(case)


def test_the_evidence_pack_holds_the_log_without_the_words(alice: Subject, dee: User) -> None:
    mail(alice)
    case = collected(alice, dee)
    services.remove(case=case, by=dee, reach=Reach.EVERYWHERE, phrase="Mallory Quist", category=PERSON)
    table = next(table for table in evidence.pack(case, by=dee).tables if table.key == "redactions")
    (row,) = table.rows
    assert row[0] == "R1"
    assert "Dee" in row[6]
    assert "Mallory" not in " ".join(row)


# --- two people ---------------------------------------------------------------------------------------------


def test_the_preparer_cannot_approve_their_own_work(alice: Subject, dee: User, dan: User) -> None:
    case = collected(alice, dee)
    with pytest.raises(NotPossible, match="somebody else has to review it: Dan"):
        services.mark_reviewed(case=case, by=dee, alone="I am quick")
    assert services.mark_reviewed(case=case, by=dan).reviewed_by == dan
    assert services.reviewed_alone(Case.objects.get()) == ""


def test_whoever_removed_something_cannot_approve_it(alice: Subject, dee: User, dan: User) -> None:
    mail(alice)
    case = collected(alice, dee)
    services.remove(case=case, by=dan, reach=Reach.EVERYWHERE, phrase="Mallory", category=PERSON)
    eve = factories.user(Role.DPO, name="Eve Ray")
    case = again(case, dee)
    with pytest.raises(NotPossible, match="Eve"):
        services.mark_reviewed(case=case, by=dan)
    services.mark_reviewed(case=case, by=eve)


@pytest.mark.parametrize("by_two", [True, False])
def test_a_firm_of_one_reviews_alone_with_a_reason_on_the_record(
    alice: Subject, dee: User, settings: Any, by_two: bool
) -> None:
    settings.REVIEW_BY_TWO = by_two
    if not by_two:
        factories.user(Role.DPO, name="Dan Holt")
    case = collected(alice, dee)
    with pytest.raises(NotPossible, match="Say why nobody else reviews it"):
        services.mark_reviewed(case=case, by=dee)
    case = services.mark_reviewed(case=case, by=dee, alone="There is nobody else.")
    assert services.reviewed_alone(case) == "There is nobody else."
    assert Entry.objects.filter(verb="case.reviewed", reason="alone").exists()
    assert services.release(case=case, by=dee).state == State.RELEASED


# --- searching ----------------------------------------------------------------------------------------------


def test_a_search_finds_the_term_and_shows_zero_left(alice: Subject, dee: User) -> None:
    mail(alice)
    mail(alice, "M2", "Mallory\nQuist & sons")
    case = collected(alice, dee)
    assert [(hit.dataset.key, hit.before, hit.after) for hit in reviewing.search(case, "mallory quist")] == [
        ("emails", 2, 2)
    ]
    package = services.current_package(case)
    assert package
    look = reviewing.needle("mallory quist")
    assert all(each.count for each in leftovers.left(package, look) if each.title != "Our letter")
    services.remove(case=case, by=dee, reach=Reach.EVERYWHERE, phrase="Mallory Quist", category=PERSON)
    assert [(hit.before, hit.after) for hit in reviewing.search(case, "mallory quist")] == [(2, 0)]
    package = services.current_package(again(case, dee))
    assert package
    assert [each.count for each in leftovers.left(package, look)] == [0, 0, 0, 0]


# --- the property -------------------------------------------------------------------------------------------

WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyzßéжξ=+<&\"'", min_size=1, max_size=8)
AROUND = st.text(alphabet="ab \n\t<>&\"'=;]R1[,é\u2028", max_size=30)


FRESH: Any = {
    "deadline": None,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


@settings(max_examples=6, **FRESH)
@given(data=st.data())
def test_no_removed_value_is_anywhere_and_every_mark_has_its_row(
    alice: Subject, dee: User, data: st.DataObject
) -> None:
    """ux.md 4.5, checks 3 and 5."""
    no_removed_value_is_left(alice, dee, data)


@pytest.mark.soak
@settings(max_examples=300, **FRESH)
@given(data=st.data())
def test_no_removed_value_is_anywhere_whatever_is_removed(
    alice: Subject, dee: User, data: st.DataObject
) -> None:
    no_removed_value_is_left(alice, dee, data)


def no_removed_value_is_left(alice: Subject, dee: User, data: st.DataObject) -> None:
    SupportCall.objects.all().delete()
    secrets, bodies = [], {}
    for number in range(3):
        secret = f"qx{number}{data.draw(WORD)} {data.draw(WORD)}zq{number}"
        text = f"{data.draw(AROUND)} {secret} {data.draw(AROUND)} {secret.upper()} ."
        bodies[call(alice, f"S{number}", issue=text, staff_note=f"note {number}").pk] = secret
    case = collected(alice, dee)
    for pk, secret in bodies.items():
        reach = data.draw(st.sampled_from(list(Reach)))
        secrets.append(secret)
        services.remove(
            case=case,
            by=dee,
            reach=reach,
            dataset="" if reach == Reach.EVERYWHERE else "support-calls",
            record="" if reach == Reach.EVERYWHERE else str(pk),
            column="issue" if reach == Reach.CELL else "",
            phrase=secret if reach in (Reach.PHRASE, Reach.EVERYWHERE) else "",
            category=data.draw(st.sampled_from([PERSON, LEGAL])),
            why=data.draw(st.sampled_from(["", "A reason."])),
        )
    case = again(case, dee)
    for secret in secrets:
        assert where(case, secret) == []
    check_marks(case)
