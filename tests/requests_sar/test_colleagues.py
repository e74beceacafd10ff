"""Searches by colleagues: asked at acceptance, answered once, in the copy, in the way of a release."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
import zipfile

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from portal.register import store
from requests_sar import casework, reminders, services, task_files, task_links, tasks, uploads, vault
from requests_sar.casework import NotPossible, Stale
from requests_sar.models import Answer, Case, File, FoundFile, Package, Task, TaskLink
from requests_sar.services import colleagues
from requests_sar.task_files import Upload
from requests_sar.workflow import State
from tests import factories

pytestmark = pytest.mark.django_db
FOUND, NOTHING, CANNOT = Answer.Outcome.FOUND, Answer.Outcome.NOTHING, Answer.Outcome.CANNOT


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def dee():
    return factories.user(Role.DPO, name="Dee Marsh", email="dee@example.org")


@pytest.fixture
def sam():
    return factories.user(Role.STAFF, name="Sam Reed", email="sam@example.org")


@pytest.fixture
def alice():
    return factories.subject(account=factories.account(), phone="0117 496 0000")


@pytest.fixture
def case(alice) -> Case:
    return factories.case(State.REVIEW, subject=alice, requester_email="alice@example.com")


def mails(to: str) -> list[Message]:
    return list(Message.objects.filter(template="requests_sar/task", to=to).order_by("created_at"))


def pdf(text: str = "a letter", name: str = "Letter to Alice Okafor.pdf") -> Upload:
    file = SimpleUploadedFile(name, b"%PDF-1.7 " + text.encode())
    return Upload(name, uploads.kind_of(file, uploads.FOUND) or "", file.file)


def accepted(alice, dee, **fields) -> Case:
    fields = {"verified_at": timezone.now(), "proof": "code", **fields}
    return services.accept(case=factories.case(State.TRIAGE, subject=alice, **fields), by=dee)


def collected(case: Case) -> Package:
    package = services.current_package(case)
    assert package
    tasks.collect(str(package.pk))
    package.refresh_from_db()
    assert package.state == Package.State.READY, package.error
    return package


def unpacked(package: Package, kind: str) -> io.BytesIO:
    out = io.BytesIO()
    vault.unseal_to(package.files.get(kind=kind).path, package.key, out)
    return out


def sheet(package: Package, title: str) -> list[str]:
    book = openpyxl.load_workbook(unpacked(package, File.Kind.WORKBOOK), read_only=True)
    return [" | ".join(str(cell) for cell in row if cell is not None) for row in book[title].values]


# --- D6.1: one task for each registered system --------------------------------------------------------------


def test_d6_1_accepting_an_access_request_asks_for_every_registered_system(alice, dee) -> None:
    case = accepted(alice, dee)
    made = {task.system: task for task in case.tasks.all()}
    assert set(made) == {each.key for each in store.current().systems_for("access")}
    boxes, paper = made["staff-mailboxes"], made["paper-files"]
    assert (boxes.email, boxes.assignee) == ("support.lead@dataproductions.co.uk", None)
    assert (paper.email, paper.assignee) == ("", dee), "no owner in the register: whoever has the case"
    assert all(task.due_on < case.due_on and task.subject == alice for task in made.values())
    assert len(mails("support.lead@dataproductions.co.uk")) == len(mails("dee@example.org")) == 1


def test_the_mail_says_the_reference_and_the_date_and_no_word_about_the_person(alice, dee) -> None:
    case = accepted(alice, dee)
    for mail in Message.objects.filter(template="requests_sar/task"):
        words = mail.subject + mail.text + mail.html
        assert case.reference in mail.subject
        assert not any(
            word in words for word in ("Alice", "Okafor", "alice@", alice.source_key, alice.reference)
        )
        assert "ailbox" not in words
        assert "aper" not in words


def test_an_owner_with_an_account_answers_in_the_admin_without_a_link(alice, dee, monkeypatch) -> None:
    lead = factories.user(Role.SUPPORT, email="support.lead@dataproductions.co.uk")
    case = accepted(alice, dee)
    task = case.tasks.get(system="staff-mailboxes")
    assert (task.assignee, task.email) == (lead, "")
    assert not TaskLink.objects.exists()
    assert "/admin/tasks/" in mails(lead.email)[0].text


def test_nothing_goes_to_somebody_whose_account_is_shut(alice, dee, sam) -> None:
    factories.user(Role.STAFF, email="support.lead@dataproductions.co.uk", is_active=False)
    case = accepted(alice, dee)
    assert case.tasks.get(system="staff-mailboxes").assignee == dee
    with pytest.raises(NotPossible, match="no account here any more"):
        colleagues.give(task=case.tasks.first(), to="support.lead@dataproductions.co.uk", by=dee)
    assert mails("support.lead@dataproductions.co.uk") == []


def test_other_rights_ask_nobody_unless_the_register_says_so(alice, dee, settings, tmp_path) -> None:
    case = factories.case(State.TRIAGE, subject=alice, right="objection")
    assert services.colleagues.registered(case.right) == []


def test_accepted_again_for_the_same_person_asks_only_what_is_missing(alice, dee) -> None:
    case = accepted(alice, dee)
    task = case.tasks.get(system="paper-files")
    colleagues.answer(task=task, by=dee, outcome=NOTHING)
    case = services.move_back(case=Case.objects.get(pk=case.pk), by=dee, reason="A slip")
    assert not case.tasks.filter(state=Task.State.WAITING).exists()
    assert "nothing more to do" in mails("support.lead@dataproductions.co.uk")[-1].subject
    services.accept(case=case, by=dee)
    assert case.tasks.filter(system="paper-files").count() == 1
    assert case.tasks.filter(system="staff-mailboxes", state=Task.State.WAITING).count() == 1


def test_what_was_found_about_the_wrong_person_never_reaches_the_right_one(alice, dee) -> None:
    bob = factories.subject("Bob Stone", email="bob@example.com")
    case = accepted(bob, dee)
    task = case.tasks.get(system="paper-files")
    colleagues.answer(task=task, by=dee, outcome=FOUND, words="Bob's job sheet", uploads=[pdf()])
    path = vault.full_path(task.files.get().path)
    assert path.exists()
    case = services.move_back(case=Case.objects.get(pk=case.pk), by=dee, reason="Wrong person")
    case = services.choose_subject(case=case, subject=alice, by=dee)
    services.accept(case=case, by=dee)
    assert not Answer.objects.exists()
    assert not FoundFile.objects.exists()
    assert {each.subject for each in case.tasks.exclude(state=Task.State.CANCELLED)} == {alice}
    found = "\n".join(sheet(collected(case), "How we searched"))
    assert found.count("Paper files") == 1


# --- D6.3 and the copy ---------------------------------------------------------------------------------------


def test_d6_3_nothing_found_is_on_the_sheet_how_we_searched(case, dee) -> None:
    task = factories.task(case)
    colleagues.answer(task=task, by=dee, outcome=NOTHING)
    services.collect_again(case=Case.objects.get(pk=case.pk), by=dee)
    lines = sheet(collected(case), "How we searched")
    line = next(line for line in lines if line.startswith("Paper files"))
    assert "Job sheets." in line
    assert line.endswith("Nothing found")


def test_what_was_found_is_in_every_file_of_the_copy(case, dee) -> None:
    factories.package(case)
    task = factories.task(case)
    colleagues.answer(task=task, by=dee, outcome=FOUND, words="A job sheet of 3 May", uploads=[pdf()])
    services.collect_again(case=Case.objects.get(pk=case.pk), by=dee)
    package = collected(case)
    row = next(line for line in sheet(package, "Found by colleagues") if "A job sheet of 3 May" in line)
    place = task.files.get().place
    assert place in row
    with zipfile.ZipFile(unpacked(package, File.Kind.BUNDLE)) as archive:
        assert archive.read(place) == b"%PDF-1.7 a letter"
        data = json.loads(archive.read("data.json"))["data"]["found-by-colleagues"]
        assert [record["words"] for record in data["records"]] == ["A job sheet of 3 May"]
        assert "A job sheet of 3 May" in archive.read("csv/found-by-colleagues.csv").decode()
        assert not any("Alice" in name for name in archive.namelist())
    assert "A job sheet of 3 May" in unpacked(package, File.Kind.PAGE).getvalue().decode()
    searched = next(line for line in sheet(package, "How we searched") if line.startswith("Paper files"))
    assert "Something found, with 1 file" in searched


def test_a_copy_of_some_kinds_only_still_has_what_was_searched_for_it(alice, dee) -> None:
    case = factories.case(
        State.REVIEW, subject=alice, kinds=["orders"], since=dt.date(2020, 1, 1), until=dt.date(2020, 2, 1)
    )
    colleagues.answer(task=factories.task(case), by=dee, outcome=FOUND, words="A letter of 2020")
    services.collect_again(case=Case.objects.get(pk=case.pk), by=dee)
    package = collected(case)
    assert package.kinds == ["orders", "found-by-colleagues"]
    assert any("A letter of 2020" in line for line in sheet(package, "Found by colleagues"))


def test_s32_a_place_that_cannot_be_searched_is_told_with_its_reason_on_the_first_sheet(case, dee) -> None:
    colleagues.answer(task=factories.task(case), by=dee, outcome=CANNOT, words="The cellar was flooded.")
    services.collect_again(case=Case.objects.get(pk=case.pk), by=dee)
    package = collected(case)
    words = "could not be searched: The cellar was flooded."
    assert any(words in line for line in sheet(package, "Start here"))
    assert any(words in line.replace("Could", "could") for line in sheet(package, "How we searched"))


def test_a_taken_out_file_is_in_no_copy_made_afterwards_and_soon_on_no_disk(case, dee) -> None:
    task = factories.task(case)
    colleagues.answer(task=task, by=dee, outcome=FOUND, uploads=[pdf("right"), pdf("somebody else's")])
    wrong, right = task.files.order_by("-size")
    colleagues.answer(task=task, by=dee, outcome=FOUND, words="One file", take_out=[wrong.pk])
    services.collect_again(case=Case.objects.get(pk=case.pk), by=dee)
    with zipfile.ZipFile(unpacked(collected(case), File.Kind.BUNDLE)) as archive:
        assert [n for n in archive.namelist() if "colleagues/" in n] == [right.place]
    with time_machine.travel(timezone.now() + dt.timedelta(days=2), tick=False):
        tasks.expire()
    assert not vault.full_path(wrong.path).exists()
    assert vault.full_path(right.path).exists()


def test_files_are_sealed_at_rest_and_go_with_their_key(case, dee) -> None:
    task = factories.task(case)
    colleagues.answer(task=task, by=dee, outcome=FOUND, uploads=[pdf("a secret letter")])
    task.refresh_from_db()
    path = vault.full_path(task.files.get().path)
    assert path.read_bytes().startswith(b"age-encryption.org/v1")
    assert b"secret" not in path.read_bytes()
    case = services.refuse(case=Case.objects.get(pk=case.pk), by=dee, ground="unfounded", reason="No.")
    task.refresh_from_db()
    assert task.key is None
    assert Answer.objects.get().places == ""


def test_files_of_a_closed_case_stay_as_long_as_its_copy_and_are_asked_for_again_when_it_is_renewed(
    case, dee, django_capture_on_commit_callbacks
) -> None:
    task = factories.task(case)
    colleagues.answer(task=task, by=dee, outcome=FOUND, words="A letter", uploads=[pdf()])
    path = vault.full_path(task.files.get().path)
    Case.objects.filter(pk=case.pk).update(
        state=State.CLOSED, closed_at=timezone.now(), reviewed_at=timezone.now()
    )
    with time_machine.travel(timezone.now() + dt.timedelta(days=29), tick=False):
        assert task_files.tidy() == 0
    with time_machine.travel(timezone.now() + dt.timedelta(days=31), tick=False):
        with django_capture_on_commit_callbacks(execute=True):
            assert task_files.tidy() == 1
        assert not path.exists()
        case = services.renew(case=Case.objects.get(pk=case.pk), by=dee)
    task.refresh_from_db()
    assert task.state == Task.State.WAITING
    assert "A letter" in task.ask
    assert "ask you again" in mails("pat@example.net")[-1].text


def test_a_sealed_file_that_no_row_names_is_removed_after_a_day(case, dee) -> None:
    folder = vault.full_path("tasks") / str(uuid.uuid4())
    folder.mkdir(parents=True)
    (folder / f"{uuid.uuid4()}.age").write_bytes(b"left by a crash")
    task_files.tidy()
    assert folder.exists()
    with time_machine.travel(timezone.now() + dt.timedelta(days=2), tick=False):
        task_files.tidy()
    assert not folder.exists()


# --- D6.4: in the way of a release ----------------------------------------------------------------------------


@pytest.fixture
def ready(case) -> Case:
    Case.objects.filter(pk=case.pk).update(reviewed_at=timezone.now())
    case.refresh_from_db()
    factories.package(case)
    return case


def test_d6_4_release_is_blocked_with_names_while_tasks_are_open_unless_a_reason_is_given(
    ready, dee, sam
) -> None:
    assert services.release_obstacles(ready) == []
    factories.task(ready)
    factories.task(ready, title="Notebooks", assignee=sam)
    with pytest.raises(
        NotPossible, match=r"still open: Notebooks \(Sam Reed\), Paper files \(pat@example.net\)"
    ):
        services.release(case=ready, by=dee)
    with pytest.raises(NotPossible, match="The person reads it"):
        colleagues.cancel(tasks=ready.tasks.all(), by=dee, because="  ")
    assert colleagues.cancel(tasks=ready.tasks.all(), by=dee, because="Burnt in the fire of 2024.") == 2
    assert services.release_obstacles(ready) == [
        "What colleagues found is not in this copy yet. Collect again."
    ]
    services.collect_again(case=ready, by=dee)
    package = collected(ready)
    assert any("not searched: Burnt in the fire" in line for line in sheet(package, "Start here"))
    assert any("Not searched: Burnt in the fire" in line for line in sheet(package, "How we searched"))
    ready = services.mark_reviewed(case=Case.objects.get(pk=ready.pk), by=dee)
    assert services.release(case=ready, by=dee).state == State.RELEASED


def test_an_answer_after_the_copy_was_made_puts_it_out_of_date_and_collects_nothing_by_itself(
    ready, dee
) -> None:
    task = factories.task(ready)
    colleagues.answer(task=task, by=dee, outcome=FOUND, words="A letter")
    assert any("Collect again" in line for line in services.release_obstacles(ready))
    assert ready.packages.count() == 1
    services.collect_again(case=ready, by=dee)
    collected(ready)
    assert not any(
        "Collect again" in line for line in services.release_obstacles(Case.objects.get(pk=ready.pk))
    )


def test_a_search_asked_for_while_somebody_releases_stops_the_release(ready, dee, monkeypatch) -> None:
    real = casework.move

    def meanwhile(case, *args, **kwargs):
        factories.task(case)
        return real(case, *args, **kwargs)

    monkeypatch.setattr(casework, "move", meanwhile)
    with pytest.raises(NotPossible, match="still open"):
        services.release(case=ready, by=dee)
    assert Case.objects.get(pk=ready.pk).state == State.REVIEW


# --- answering -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "words", "sentence"),
    [
        (FOUND, " ", "Say what you found"),
        (CANNOT, "", "Say why"),
        ("else", "words", "Say whether you found something"),
    ],
)
def test_an_answer_says_enough(case, dee, outcome, words, sentence) -> None:
    with pytest.raises(NotPossible, match=sentence):
        colleagues.answer(task=factories.task(case), by=dee, outcome=outcome, words=words)
    assert not Answer.objects.exists()


def test_answered_twice_is_one_answer_and_a_correction_is_possible_until_the_review(case, dee, sam) -> None:
    task = factories.task(case, assignee=sam)
    colleagues.answer(task=task, by=sam, outcome=NOTHING, seen=0)
    with pytest.raises(Stale):
        colleagues.answer(task=task, by=sam, outcome=FOUND, words="x", seen=0)
    colleagues.answer(task=task, by=dee, outcome=FOUND, words="After all: a letter", seen=1)
    assert (Answer.objects.get().words, Answer.objects.get().by) == ("After all: a letter", dee)
    Case.objects.filter(pk=case.pk).update(reviewed_at=timezone.now())
    with pytest.raises(NotPossible, match="has been reviewed"):
        colleagues.answer(task=task, by=sam, outcome=NOTHING)
    colleagues.ask_again(task=task, by=dee, why="Which letter?")
    colleagues.answer(task=task, by=sam, outcome=FOUND, words="The one of May")
    assert Answer.objects.get().words == "The one of May"


def test_an_open_search_takes_an_answer_even_after_the_review(ready, dee) -> None:
    colleagues.answer(task=factories.task(ready), by=dee, outcome=NOTHING)
    assert any("Collect again" in line for line in services.release_obstacles(ready))


def test_a_search_that_is_not_needed_any_more_takes_no_answer(case, dee) -> None:
    task = factories.task(case)
    services.withdraw(case=case, by=dee)
    task.refresh_from_db()
    assert (task.state, task.because) == (Task.State.CANCELLED, "")
    with pytest.raises(NotPossible, match="not needed any more"):
        colleagues.answer(task=task, by=dee, outcome=NOTHING)


def test_the_trail_and_the_history_know_who_answered_and_hold_no_words(case, dee) -> None:
    task = factories.task(case)
    link = TaskLink.objects.get(digest=task_links._digest(task_links.make(task)))
    colleagues.answer(task=task, by=link, outcome=FOUND, words="A letter to Alice")
    entry = Entry.objects.get(verb="task.answered")
    assert (entry.actor, entry.target, entry.reason) == (
        "colleague",
        f"task:{task.pk}",
        f"{case.reference} found",
    )
    assert [h.actor for h in case.history.filter(event="task-answered")] == ["colleague"]
    assert Answer.objects.get().by_email == "pat@example.net"
    assert "Alice" not in str(task) + str(link) + str(task.answer)


# --- D6.5 and reminders --------------------------------------------------------------------------------------


def test_d6_5_reassigning_notifies_both_people(case, dee, sam) -> None:
    task = factories.task(case)
    token = task_links.make(task)
    colleagues.give(task=task, to=sam, by=dee)
    assert "given to somebody else" in mails("pat@example.net")[0].text
    assert "search one place" in mails("sam@example.org")[0].text
    assert not task_links.is_live(task_links.find(token))
    with pytest.raises(NotPossible, match="have this search already"):
        colleagues.give(task=task, to="sam@example.org", by=dee)
    colleagues.give(task=task, to="Quin@Example.net ", by=dee)
    task.refresh_from_db()
    assert (task.assignee, task.email) == (None, "quin@example.net")
    assert "/task/" in mails("quin@example.net")[0].text


def test_several_are_asked_at_once_and_a_double_press_asks_once(case, dee, sam) -> None:
    wanted = [
        colleagues.Search("Till rolls", "Look for the card.", to="a@example.net"),
        colleagues.Search("Till rolls", "Look for the card.", to=sam),
    ]
    once = uuid.uuid4()
    assert len(colleagues.ask(case=case, by=dee, searches=wanted, once=once)) == 2
    assert colleagues.ask(case=case, by=dee, searches=wanted, once=once) == []
    assert case.tasks.count() == 2
    late = colleagues.Search("Till rolls", "Look.", to=sam, due_on=case.due_on)
    with pytest.raises(NotPossible, match="before the answer itself"):
        colleagues.ask(case=case, by=dee, searches=[late], once=uuid.uuid4())
    with pytest.raises(NotPossible, match="Choose what"):
        colleagues.ask(case=case, by=dee, searches=[], once=uuid.uuid4())


def test_the_beat_reminds_the_day_before_then_every_four_days_three_times_then_names_it(alice, dee) -> None:
    start = dt.datetime(2026, 11, 2, 7, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False):
        case = factories.case(State.REVIEW, subject=alice)
        factories.task(case)  # due 9 November
    for offset in range(22):
        with time_machine.travel(start + dt.timedelta(days=offset), tick=False):
            tasks.remind()
            tasks.remind()
    subjects = [mail.subject.partition(": ")[2] for mail in mails("pat@example.net")]
    assert subjects == ["your search is due tomorrow"] + ["your search is overdue"] * 3
    days = [mail.created_at.day for mail in mails("pat@example.net")]
    assert days == [8, 10, 14, 18]
    digests = Message.objects.filter(template="requests_sar/digest").order_by("created_at")
    named = [mail.created_at.day for mail in digests if "pat@example.net" in mail.text]
    assert named[0] == 18
    assert f"{case.reference}: pat@example.net" in digests.last().text


def test_nobody_is_chased_for_a_case_that_has_ended(alice, dee) -> None:
    case = factories.case(State.REVIEW, subject=alice)
    factories.task(case, due_on=timezone.localdate() - dt.timedelta(days=3))
    Case.objects.filter(pk=case.pk).update(state=State.WITHDRAWN)
    reminders.run()
    assert mails("pat@example.net") == []


def test_a_reminder_by_hand_goes_once_a_day(case, dee) -> None:
    task = factories.task(case)
    assert colleagues.remind(tasks=[task], by=dee) == 1
    assert colleagues.remind(tasks=[task], by=dee) == 0
    colleagues.answer(task=task, by=dee, outcome=NOTHING)
    assert colleagues.remind(tasks=[task], by=dee) == 0


def test_a_search_of_somebody_who_left_is_named_to_the_officers(case, dee, sam) -> None:
    factories.task(case, assignee=sam, due_on=timezone.localdate() - dt.timedelta(days=1))
    sam.is_active = False
    sam.save()
    reminders.run()
    assert "Sam Reed" in Message.objects.get(template="requests_sar/digest").text
