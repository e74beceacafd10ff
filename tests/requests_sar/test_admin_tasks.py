"""Searches on the staff side: one's own list, the page of one, several at once, and who may do what."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role
from portal.audit.models import Entry
from portal.mail.models import Message
from requests_sar import services
from requests_sar.admin.acts import ACTS
from requests_sar.models import Answer, Case, Package, Task
from requests_sar.services import colleagues
from requests_sar.workflow import State
from tests import customer, factories

pytestmark = pytest.mark.django_db
LIST = "admin:requests_sar_task_changelist"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def dee(client):
    user = factories.user(Role.DPO, name="Dee Marsh", email="dee@example.org")
    client.force_login(user)
    return user


@pytest.fixture
def sam():
    return factories.user(Role.SUPPORT, name="Sam Reed", email="sam@example.org")


@pytest.fixture
def case() -> Case:
    return factories.case(State.REVIEW, subject=factories.subject(), requester_email="alice@example.com")


def page_of(task: Task) -> str:
    return reverse("admin:task", args=[task.pk])


def act(client, task: Task, slug: str, **data):
    return client.post(reverse("admin:task_act", args=[task.pk, slug]), data, follow=True)


def several(client, case: Case, **data):
    return client.post(reverse("admin:case_tasks", args=[case.reference]), data, follow=True)


# --- who may ------------------------------------------------------------------------------------------------


def test_a_colleague_sees_and_answers_their_own_search_only(client, case, sam) -> None:
    mine, other = factories.task(case, assignee=sam), factories.task(case, title="Till rolls")
    client.force_login(sam)
    listed = customer.main(client.get(reverse(LIST), {"stand": "all"}))
    assert "Paper files" in listed
    assert "Till rolls" not in listed
    assert "Alice" not in listed
    assert "Alice Okafor" in customer.main(client.get(page_of(mine)))
    assert client.get(page_of(other)).status_code == 404
    done = client.post(page_of(mine), {"outcome": Answer.Outcome.NOTHING, "seen": 0}, follow=True)
    assert "The answer is written down" in customer.words(done)
    assert Answer.objects.get().by == sam
    assert "Alice Okafor" in customer.main(client.get(page_of(mine))), "until the review it can be corrected"
    Case.objects.filter(pk=case.pk).update(state=State.CLOSED)
    assert "Alice" not in customer.main(client.get(page_of(mine))), "afterwards it is none of their business"


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.STAFF])
def test_giving_cancelling_and_asking_are_for_officers(client, case, role) -> None:
    user = factories.user(role)
    task = factories.task(case, assignee=user)
    client.force_login(user)
    for slug in ("give", "cancel", "again", "remind"):
        assert (
            client.post(reverse("admin:task_act", args=[task.pk, slug]), {"because": "x"}).status_code == 403
        )
    assert client.get(reverse("admin:case_ask", args=[case.reference])).status_code == 403
    assert several(client, case, act="remind", task=str(task.pk)).status_code == 403


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_some_roles_make_no_searches(client, case, role) -> None:
    client.force_login(factories.user(role))
    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(page_of(factories.task(case))).status_code == 403


def test_an_auditor_reads_the_searches_on_the_case_and_can_press_nothing(client, case) -> None:
    factories.task(case)
    client.force_login(factories.user(Role.AUDITOR))
    page = client.get(reverse("admin:case", args=[case.reference]))
    assert "Paper files" in customer.main(page)
    assert "Do without the ticked ones" not in page.content.decode()


def test_strangers_are_asked_to_sign_in_and_made_up_searches_are_not_there(client, case, dee) -> None:
    task = factories.task(case)
    made_up = reverse("admin:task", args=["00000000-0000-4000-8000-000000000000"])
    assert client.get(made_up).status_code == 404
    assert act(client, task, "destroy").status_code == 404
    client.logout()
    for address in (page_of(task), reverse(LIST), reverse("admin:case_ask", args=[case.reference])):
        assert client.get(address).status_code == 302


# --- one search ---------------------------------------------------------------------------------------------


def test_an_officer_reads_the_answer_and_its_files_and_each_reading_is_written_down(
    client, case, dee
) -> None:
    task = factories.task(case)
    file = SimpleUploadedFile("Letter to Alice.pdf", b"%PDF-1.7 a letter")
    answers = {"outcome": Answer.Outcome.FOUND, "words": "A letter of 3 May", "files": [file], "seen": 0}
    assert client.post(page_of(task), answers).status_code == 302
    page = client.get(page_of(task))
    assert "A letter of 3 May" in customer.main(page)
    address = reverse("admin:task_file", args=[task.pk, task.files.get().pk])
    assert address in page.content.decode()
    assert client.head(address)["Content-Length"] == "17"
    assert not Entry.objects.filter(verb="task.file-downloaded").exists()
    got = client.get(address)
    assert b"".join(got.streaming_content) == b"%PDF-1.7 a letter"
    assert got["Content-Disposition"] == f'attachment; filename="found-{case.reference}.pdf"'
    assert got["Cache-Control"].startswith("no-store")
    assert got["X-Content-Type-Options"] == "nosniff"
    entry = Entry.objects.get(verb="task.file-downloaded")
    assert (entry.target, entry.reason) == (f"task:{task.pk}", case.reference)
    task.files.update(removed_at=timezone.now())
    assert client.get(address).status_code == 404


def test_a_stale_page_loses_politely(client, case, dee) -> None:
    task = factories.task(case)
    answers = {"outcome": Answer.Outcome.NOTHING, "seen": 0}
    client.post(page_of(task), answers)
    page = client.post(page_of(task), {**answers, "outcome": Answer.Outcome.CANNOT, "words": "No key"})
    assert page.status_code == 422
    assert "Somebody else has just changed" in customer.main(page)
    assert Answer.objects.get().outcome == Answer.Outcome.NOTHING


def test_give_again_cancel_and_remind_from_the_page_of_one(client, case, dee, sam) -> None:
    task = factories.task(case)
    assert "one of the two" in customer.main(act(client, task, "give"))
    assert "Both have been told" in customer.words(act(client, task, "give", person=sam.pk, seen=0))
    assert {mail.to for mail in Message.objects.all()} == {"sam@example.org", "pat@example.net"}
    assert "A reminder has gone out" in customer.words(act(client, task, "remind"))
    assert "reminded today already" in customer.words(act(client, task, "remind"))
    colleagues.answer(task=task, by=sam, outcome=Answer.Outcome.NOTHING)
    assert "Say what is missing" in customer.main(act(client, task, "again"))
    assert "open again" in customer.words(act(client, task, "again", why="Look in the cellar too."))
    assert "Look in the cellar too." in customer.main(client.get(page_of(task)))
    assert "Say why this is not searched" in customer.main(act(client, task, "cancel"))
    assert "stands in the copy" in customer.words(act(client, task, "cancel", because="Flooded."))
    assert "Not searched: Flooded." in customer.main(client.get(page_of(task)))
    refused = client.get(reverse("admin:task_act", args=[task.pk, "give"]), follow=True)
    assert "not possible now" in customer.words(refused)


# --- several at once ----------------------------------------------------------------------------------------


def test_several_places_and_people_are_asked_at_once(client, case, dee, sam) -> None:
    address = reverse("admin:case_ask", args=[case.reference])
    page = client.get(address)
    once = page.context["form"]["once"].value()
    answers = {
        "systems": ["staff-mailboxes"],
        "title": "Till rolls",
        "ask": "Look for the card.",
        "people": [sam.pk],
        "emails": "a@example.net\nb@example.net",
        "once": once,
    }
    for _ in range(2):
        assert client.post(address, answers).status_code == 302
    assert case.tasks.count() == 6
    assert set(case.tasks.filter(title="Till rolls").values_list("email", flat=True)) == {
        "",
        "a@example.net",
        "b@example.net",
    }
    assert Message.objects.filter(template="requests_sar/task").count() == 6


def test_a_place_without_people_goes_to_whom_the_register_names(client, case, dee) -> None:
    address = reverse("admin:case_ask", args=[case.reference])
    client.post(address, {"systems": ["staff-mailboxes", "paper-files"], "once": str(case.pk)})
    assert {task.system: task.email or task.assignee.email for task in case.tasks.all()} == {
        "staff-mailboxes": "support.lead@dataproductions.co.uk",
        "paper-files": "dee@example.org",
    }


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "Tick a place from the register, or name another one"),
        ({"title": "Till"}, "Say what they should search there"),
        ({"title": "Till", "ask": "Look."}, "Say who should search there"),
        ({"title": "Till", "ask": "Look.", "emails": "nobody"}, "“nobody” is not an e-mail address"),
        ({"systems": ["nowhere"]}, "not in the register any more"),
        (
            {"systems": ["paper-files"], "due_on_day": "1", "due_on_month": "1", "due_on_year": "2020"},
            "today or later",
        ),
        (
            {"systems": ["paper-files"], "due_on_day": "1", "due_on_month": "1", "due_on_year": "2099"},
            "before the answer itself",
        ),
    ],
)
def test_what_is_missing_in_asking_is_said(client, case, dee, answers, sentence) -> None:
    page = client.post(reverse("admin:case_ask", args=[case.reference]), {"once": str(case.pk), **answers})
    assert page.status_code == 422
    assert sentence in customer.main(page)
    assert not Task.objects.exists()


def test_ticked_searches_are_reminded_of_and_done_without_for_one_reason(client, case, dee) -> None:
    tasks = [factories.task(case, title=title) for title in ("Cellar", "Attic", "Garage")]
    ticked = [str(task.pk) for task in tasks[:2]]
    assert "Tick at least one" in customer.words(several(client, case, act="remind"))
    assert "Tick at least one" in customer.words(several(client, case, act="remind", task="\0x"))
    assert "2 reminders sent" in customer.words(several(client, case, act="remind", task=ticked))
    asked = several(client, case, act="cancel", task=ticked)
    assert "Why is this not searched?" in customer.main(asked)
    assert case.tasks.filter(state=Task.State.WAITING).count() == 3, "nothing is cancelled by asking why"
    done = several(client, case, act="cancel", task=ticked, because="The house was sold in 2020.")
    assert "2 searches cancelled" in customer.words(done)
    assert case.tasks.filter(state=Task.State.WAITING).get().title == "Garage"
    assert client.get(reverse("admin:case_tasks", args=[case.reference])).status_code == 405


def test_searches_of_another_case_cannot_be_ticked(client, case, dee) -> None:
    other = factories.task(
        factories.case(State.REVIEW, subject=factories.subject("Bob", email="b@example.com"))
    )
    several(client, case, act="cancel", task=str(other.pk), because="x")
    other.refresh_from_db()
    assert other.state == Task.State.WAITING


# --- the case, the queue, Today, the list --------------------------------------------------------------------


def test_the_case_shows_its_searches_and_what_comes_next(client, case, dee) -> None:
    Case.objects.filter(pk=case.pk).update(reviewed_at=timezone.now())
    factories.package(case)
    address = reverse("admin:case", args=[case.reference])
    task = factories.task(case, due_on=timezone.localdate() - dt.timedelta(days=2))
    words = customer.main(client.get(address))
    assert "Next: Colleagues are searching: wait, remind, or do without" in words
    assert "late by 2 days" in words
    assert "To do: Searches are still open: Paper files (pat@example.net)" in words
    colleagues.answer(task=task, by=dee, outcome=Answer.Outcome.NOTHING)
    page = client.get(address)
    assert "Next: Collect again: what colleagues found has changed" in customer.main(page)
    assert [each.slug for each in page.context["acts"]["next"]] == ["collect-again"]
    assert not ACTS["release"].offered(Case.objects.get(pk=case.pk), services.current_package(case))
    assert "Search answered" in customer.main(page)


def test_ready_to_release_means_that_no_search_is_open_and_none_came_later(client, case, dee) -> None:
    Case.objects.filter(pk=case.pk).update(reviewed_at=timezone.now())
    package = factories.package(case)
    queue = reverse("admin:requests_sar_case_changelist")

    def ready() -> bool:
        return "Alice" in customer.main(client.get(queue, {"tab": "ready"}))

    assert ready()
    task = factories.task(case)
    assert not ready()
    colleagues.answer(task=task, by=dee, outcome=Answer.Outcome.NOTHING)
    assert not ready()
    Package.objects.filter(pk=package.pk).update(tasks_version=1)
    assert ready()


def test_today_lists_my_searches_and_names_whoever_does_not_answer(client, case, dee) -> None:
    factories.task(case, assignee=dee)
    over = timezone.localdate() - dt.timedelta(days=20)
    factories.task(case, title="Cellar", due_on=over, chased=3, chased_on=over)
    words = customer.main(client.get(reverse("admin:index")))
    assert "Searches for you to make Paper files" in words
    assert f"pat@example.net does not answer the search “Cellar” for {case.reference}" in words


def test_the_list_begins_with_the_open_ones_and_is_narrowed_by_its_filters(client, case, dee, sam) -> None:
    over = timezone.localdate() - dt.timedelta(days=1)
    factories.task(case, title="Attic", due_on=over, system="paper-files")
    factories.task(case, title="Barn", assignee=sam)
    factories.task(case, title="Cellar", assignee=dee)
    colleagues.answer(task=factories.task(case, title="Den"), by=dee, outcome=Answer.Outcome.NOTHING)

    def titles(**filters: str) -> set[str]:
        words = customer.main(client.get(reverse(LIST), filters))
        return {title for title in ("Attic", "Barn", "Cellar", "Den") if title in words}

    assert titles() == {"Attic", "Barn", "Cellar"}
    assert titles(stand="late") == {"Attic"}
    assert titles(stand="answered") == {"Den"}
    assert titles(stand="all") == {"Attic", "Barn", "Cellar", "Den"}
    assert titles(whose="me") == {"Cellar"}
    assert titles(whose="link") == {"Attic"}
    assert titles(place="paper-files") == {"Attic"}
    assert titles(stand="cancelled") == set()
    assert client.get(reverse(LIST), {"email__startswith": "p"}).status_code == 400


def test_the_list_reminds_and_costs_the_same_for_many(
    client, case, dee, django_assert_max_num_queries
) -> None:
    tasks = [factories.task(case, title=f"Place {number}") for number in range(12)]
    with django_assert_max_num_queries(20):
        client.get(reverse(LIST))
    data = {"action": "remind", "_selected_action": [str(task.pk) for task in tasks[:3]]}
    assert "3 reminders sent" in customer.words(client.post(reverse(LIST), data, follow=True))
    change = reverse("admin:requests_sar_task_change", args=[tasks[0].pk])
    assert client.get(change)["Location"] == page_of(tasks[0])


def test_a_name_or_address_of_the_person_is_in_no_title_and_no_address(client, case, dee) -> None:
    task = factories.task(case)
    for address in (page_of(task), reverse("admin:case_ask", args=[case.reference])):
        assert "Alice" not in customer.title(client.get(address))
        assert "alice" not in address.lower()
