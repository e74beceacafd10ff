"""Find a person: tolerant of how people type, honest about why, noted in the trail, quick by its indexes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.accounts.models import Role, User
from portal.audit.models import Entry
from subjects import finding
from subjects.finding import Found, find, readings_of, register_finder
from subjects.models import Identifier, Subject
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam() -> User:
    return factories.user(Role.STAFF)


@pytest.fixture
def cast() -> dict[str, Subject]:
    account = factories.account(number="A-001001", name="Okafor household")
    make = factories.subject
    return {
        "alice": make(
            "Alice Okafor",
            phone="0117 496 0142",
            mobile="07700 900123",
            account=account,
            source_key="0001001",
        ),
        "bob": make("Bob Lindqvist", email="bob@example.com", mobile="+44 7700 900456", source_key="0001002"),
        "tom": make("Tom Hollis", email="hollis.family@example.com", source_key="0001005"),
        "margaret": make("Margaret Hollis", email="Hollis.Family@Example.com", source_key="0001006"),
        "zoe": make("Zoë O'Connell", email="zoe@example.org", source_key="0001009"),
        "lukasz": make("Łukasz Żółkiewski", email="lukasz.zolkiewski@example.org", source_key="0001020"),
        "wang": make("王小明", email="wang@example.org", source_key="0001012"),
        "eleni": make("Ελένη Παπαδοπούλου", email="eleni@example.org", source_key="0001013"),
        "fatima": make("فاطمة الزهراء بن يوسف", email="fatima@example.org", source_key="0001011"),
        "john": make("John Smith", email="john.smith@example.net", source_key="0001030"),
    }


def names(text: str) -> list[str]:
    return [match.subject.full_name for match in find(text, by=None)]


@pytest.mark.parametrize(
    "text",
    ["07700 900123", "+447700900123", "07700900123", "+44 (0)7700 900-123", "0044 7700 900 123", "900123"],
)
def test_every_way_of_writing_a_number_finds_the_same_person(cast: dict[str, Subject], text: str) -> None:
    (match,) = find(text, by=None)
    assert match.subject == cast["alice"]
    assert "telephone number" in match.reasons[0]


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("Alice Okafor", "Alice Okafor", "same name"),
        ("OKAFOR alice", "Alice Okafor", "name has these words"),
        ("okafor", "Alice Okafor", "name has this word"),
        ("alice okafr", "Alice Okafor", "name is nearly the same"),
        ("okafro", "Alice Okafor", "name is nearly the same"),
        ("oka", "Alice Okafor", "name begins like this"),
        ("Jon Smyth", "John Smith", "name is nearly the same"),
        ("smyth", "John Smith", "name is nearly the same"),
        ("zoe oconnell", "Zoë O'Connell", "same name"),
        ("ZOË O’CONNELL", "Zoë O'Connell", "same name"),
        ("lukasz zolkiewski", "Łukasz Żółkiewski", "same name"),
        ("王小明", "王小明", "same name"),
        ("王", "王小明", "name begins like this"),
        ("ελενη παπαδοπουλου", "Ελένη Παπαδοπούλου", "same name"),
        ("Ελένη Παπαδοπούλο", "Ελένη Παπαδοπούλου", "name begins like this"),
        ("Ελένη Παπδοπούλου", "Ελένη Παπαδοπούλου", "name is nearly the same"),
        ("فاطمة الزهراء", "فاطمة الزهراء بن يوسف", "name has these words"),
        ("ALICE@Example.COM ", "Alice Okafor", "same e-mail address"),
        ("alcie@example.com", "Alice Okafor", "e-mail address is nearly the same"),
        ("bob@exmaple.com", "Bob Lindqvist", "e-mail address is nearly the same"),
        ("lukasz.zolkiewsky@example.org", "Łukasz Żółkiewski", "e-mail address is nearly the same"),
        ("john.smith@example.com", "John Smith", "e-mail address is the same before the @"),
        ("john.smith@", "John Smith", "e-mail address begins like this"),
        ("0001001", "Alice Okafor", "same customer number"),
        ("1001", "Alice Okafor", "same customer number but for zeros in front"),
        ("a001001", "Alice Okafor", "same account number"),
        ("A-001001", "Alice Okafor", "same account number"),
    ],
)
def test_a_text_finds_the_person_and_says_why(
    cast: dict[str, Subject], text: str, name: str, reason: str
) -> None:
    found = {match.subject.full_name: match.reasons for match in find(text, by=None)}
    assert reason in found.get(name, ()), found


def test_the_reference_can_be_typed_any_old_way(cast: dict[str, Subject]) -> None:
    alice = cast["alice"]
    for text in (alice.reference, alice.reference.lower(), alice.reference.replace("-", " ")):
        (match,) = find(text, by=None)
        assert (match.subject, match.reasons) == (alice, ("same reference",))


def test_two_people_with_one_address_are_both_shown_alike(cast: dict[str, Subject]) -> None:
    matches = find("hollis.family@example.com", by=None)
    assert {match.subject for match in matches} == {cast["tom"], cast["margaret"]}
    assert matches[0].score == matches[1].score


def test_several_things_at_once_put_the_person_with_most_reasons_first(cast: dict[str, Subject]) -> None:
    other = factories.subject("Alice Okafor", email="other@example.com")
    matches = find("Alice Okafor, alice@example.com, 07700 900123", by=None)
    assert matches[0].subject == cast["alice"]
    assert set(matches[0].reasons) == {"same name", "same e-mail address", "same telephone number"}
    assert other in [match.subject for match in matches]


@pytest.mark.parametrize(
    "text", ["", "   ", "\x00", "%", "_", "'", "--", "zyxwv", "nobody@example.com", "00000"]
)
def test_nobody_is_found_for_nothing_or_a_wildcard(cast: dict[str, Subject], text: str) -> None:
    assert find(text, by=None) == []


def test_a_different_name_does_not_match(cast: dict[str, Subject]) -> None:
    assert "Alice Okafor" not in names("Alan Oakley")
    assert "John Smith" not in names("Joan Smart")


def test_very_many_are_cut_off_with_a_word_to_say_so(cast: dict[str, Subject]) -> None:
    for number in range(finding.MOST + 5):
        factories.subject(f"Priya Sharma {number}", email=f"priya{number}@example.com")
    matches = find("priya", by=None)
    assert len(matches) == finding.MOST
    assert matches.more
    assert not find("alice", by=None).more


def test_each_search_is_in_the_trail_without_its_text(cast: dict[str, Subject], sam: User) -> None:
    find("alice@example.com", by=sam)
    find("Nobody At All", by=sam)
    entries = list(Entry.objects.filter(verb="person.searched").order_by("number"))
    assert [entry.target for entry in entries] == ["people:1", "people:0"]
    assert {entry.actor for entry in entries} == {f"staff:{sam.pk}"}
    written = " ".join(f"{entry.target} {entry.reason}" for entry in entries)
    assert "alice" not in written
    assert "Nobody" not in written


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR])
def test_staff_without_the_power_get_a_reason_and_nobody(cast: dict[str, Subject], role: Role) -> None:
    with pytest.raises(PermissionDenied, match="find a person"):
        find("alice", by=factories.user(role))


def test_as_many_queries_for_many_people_as_for_one(cast: dict[str, Subject], sam: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            find("Alice Okafor alcie@example.com 07700 900124", by=sam)
        return len(captured)

    before = queries()
    for number in range(30):
        factories.subject("Alice Okafor", email=f"alice{number}@example.com", mobile=f"07700 9001{number:02}")
    assert queries() == before <= 12


@pytest.fixture
def other_floor() -> Iterator[list[str]]:
    asked: list[str] = []

    def finder(text: str) -> list[Found]:
        asked.append(text)
        bob = Subject.objects.filter(full_name="Bob Lindqvist").values_list("pk", flat=True)
        return [Found(pk, "asked in DP-7K4M-29QX") for pk in bob if text == "DP-7K4M-29QX"]

    register_finder(finder)
    register_finder(finder)  # registering twice is registering once
    yield asked
    finding._FINDERS.remove(finder)


def test_an_upper_floor_can_find_by_keys_of_its_own(cast: dict[str, Subject], other_floor: list[str]) -> None:
    (match,) = find(" DP-7K4M-29QX ", by=None)
    assert (match.subject, match.reasons) == (cast["bob"], ("asked in DP-7K4M-29QX",))
    assert other_floor == ["DP-7K4M-29QX"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Alice Okafor", {"name"}),
        ("alice@example.com", {"email"}),
        ("Alice alice@example.com", {"email", "name"}),
        ("07700 900123 Alice", {"phone", "number", "account", "name"}),
        ("Pritchard Pemberton", {"name"}),
        ("P-7K4M-29QX", {"reference", "number", "account"}),
    ],
)
def test_what_a_text_may_mean(text: str, kinds: set[str]) -> None:
    assert {kind for kind, _ in readings_of(text)} == kinds


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300) | st.text(alphabet="%_\\'\"@+-()0123456789. PpAa王", max_size=60))
def test_no_text_breaks_the_search(text: str) -> None:
    assert isinstance(find(text, by=None), list)


_FILL = """
INSERT INTO subjects_subject (id, reference, source_key, full_name, email, second_email, phone, mobile,
                              job_title, portal_login, staff_note, created_at)
SELECT gen_random_uuid(), 'X' || i, i::text, '', '', '', '', '', '', '', '', now()
FROM generate_series(1, 20000) AS i;
INSERT INTO subjects_identifier (subject_id, kind, value)
SELECT id, 'name', md5(source_key) || ' ' || md5(reference) FROM subjects_subject
UNION ALL SELECT id, 'email', md5(source_key) || '@example.com' FROM subjects_subject
UNION ALL SELECT id, 'phone', '+44' || source_key FROM subjects_subject
"""


def test_the_database_uses_its_indexes() -> None:
    """Each branch can be answered from an index; how fast that is among a million, bench/find.py says."""
    with connection.cursor() as cursor:
        cursor.execute(_FILL)
        cursor.execute("ANALYZE subjects_subject, subjects_identifier")
        cursor.execute(
            "DISCARD PLANS"
        )  # those made while the tables were empty make the roll-back take a minute
    with CaptureQueriesContext(connection) as captured:
        find("alice okafor alcie@example.com 900123", by=None)
    asked = [query["sql"] for query in captured if "UNION" in query["sql"]]
    assert len(asked) == 2
    plans = []
    for sql in asked:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + sql.replace("%", "%%"), [])
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
        assert "Seq Scan on subjects_identifier" not in plans[-1], plans[-1]
    assert plans[1].count("on identifier_trigram") >= 3, plans[1]
    assert Identifier.objects.count() == 60_000
