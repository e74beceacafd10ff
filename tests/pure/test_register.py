"""The register file: what the example company says, what the loader refuses, what the sentences say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.register.facts import Action, Basis, Nation, Standing, Trigger
from portal.register.model import DEFAULT_FILE, Register, RegisterError, UnknownKey, load
from portal.register.record import HEADINGS, rows

TEXT = DEFAULT_FILE.read_text(encoding="utf-8")
CATEGORIES = [
    "contact-details",
    "account-details",
    "orders",
    "payment-history",
    "support-history",
    "call-recordings",
    "emails",
    "texts-and-faxes",
    "remote-sessions",
    "web-visits",
    "subscriptions",
    "disclosures",
    "marketing-choices",
    "rights-requests",
]


@pytest.fixture(scope="module")
def register() -> Register:
    return load(DEFAULT_FILE)


def problems_of(text: str, folder: Path) -> list[str]:
    """The problems of a register with this text, one line each."""
    path = folder / "other.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RegisterError) as caught:
        load(path)
    found = [str(each) for each in caught.value.problems]
    assert str(caught.value).splitlines() == found
    return found


def changed(old: str, new: str, text: str = TEXT) -> str:
    assert old in text
    return text.replace(old, new, 1)


# What the notice of the example company states.


def test_it_knows_the_kinds_of_data_other_rooms_rely_on(register: Register) -> None:
    assert sorted(each.key for each in register.categories) == sorted(CATEGORIES)


def test_functions_rest_on_the_bases_of_the_notice(register: Register) -> None:
    assert {each.key: each.basis for each in register.functions} == {
        "it-support": Basis.CONTRACT,
        "hardware-orders": Basis.CONTRACT,
        "software-orders": Basis.CONTRACT,
        "service-notifications": Basis.LEGITIMATE_INTERESTS,
        "marketing": Basis.CONSENT,
        "website-analytics": Basis.LEGITIMATE_INTERESTS,
        "rights-requests": Basis.LEGAL_OBLIGATION,
    }


@pytest.mark.parametrize("key", ["contact-details", "account-details", "payment-history"])
def test_seven_years_where_the_notice_says_so(register: Register, key: str) -> None:
    assert str(register.retention_for(key).period) == "7 years"


def test_who_the_controller_is(register: Register) -> None:
    assert register.controller.registration_number == "ZA097784"
    assert register.controller.phone == "0330 223 2624"
    assert register.controller.nation is Nation.ENGLAND_AND_WALES
    assert str(register.controller.accounting_year_end) == "31 March"
    assert not register.automated_decisions.made
    assert register.processor.acts
    assert {each.key for each in register.recipients_by_law} == {"law-enforcement", "regulators"}


def test_the_version_follows_the_words(register: Register, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(changed("Data Productions", "Example Ltd"), encoding="utf-8")
    assert load(other).version != register.version
    assert register.version.startswith(register.notice.updated.isoformat())


# Looking things up.


def test_an_enquirer_has_a_rule_of_their_own(register: Register) -> None:
    rule = register.retention_for("contact-details", standing=Standing.ENQUIRER)
    assert (str(rule.period), rule.after) == ("24 months", Trigger.LAST_CONTACT)
    assert register.retention_for("emails", standing=Standing.ENQUIRER) is register.retention_for("emails")


@pytest.mark.parametrize(
    "ask",
    [
        "category",
        "functions_for",
        "recipients_for",
        "retention_for",
        "kept_for_sentence",
        "transfers_sentence",
    ],
)
def test_a_wrong_key_is_met_with_a_suggestion(register: Register, ask: str) -> None:
    with pytest.raises(UnknownKey, match=r'no category "call-recording"\. Did you mean "call-recordings"'):
        getattr(register, ask)("call-recording")


# Sentences.


@pytest.mark.parametrize("key", CATEGORIES)
def test_every_kind_of_data_has_whole_sentences(register: Register, key: str) -> None:
    for ask in (
        "purpose",
        "legal_reason",
        "source",
        "recipients",
        "kept_for",
        "transfers",
        "automated_decisions",
    ):
        sentence = getattr(register, f"{ask}_sentence")(key)
        assert re.fullmatch(r"[A-Z0-9].*\.", sentence), sentence
        assert not re.search(r"\.\.|  | ,|;\.|None|Key\(", sentence), sentence


def test_sentences_say_what_the_register_says(register: Register) -> None:
    assert register.purpose_sentence("call-recordings").startswith("To give you customer service")
    assert register.legal_reason_sentence("rights-requests") == (
        "Legal obligation (Rights and lawful requests): the law requires it of us (UK GDPR Article 6(1)(c))."
    )
    assert "Article 6(1)(a)" in register.legal_reason_sentence("marketing-choices")
    assert "Our reason is that figures about visits" in register.legal_reason_sentence("web-visits")
    assert register.recipients_sentence("marketing-choices").startswith(
        "We do not share it with other firms."
    )
    assert "hardware suppliers and delivery companies" in register.recipients_sentence("orders")
    assert "Google Analytics" not in register.recipients_sentence("emails")
    assert register.kept_for_sentence("emails") == (
        "3 years after the date of the record, because we may need to look up what was agreed. "
        "Then we delete it."
    )
    assert "at least until 6 years after the end of our accounting year" in register.kept_for_sentence(
        "orders"
    )
    assert "If you never bought from us: 24 months after our last contact" in register.kept_for_sentence(
        "contact-details"
    )


def test_the_law_may_ask_for_any_kind_of_data(register: Register) -> None:
    for key in CATEGORIES:
        assert set(register.recipients_by_law) <= set(register.recipients_for(key))
        assert "law enforcement agencies" in register.recipients_sentence(key)


def test_the_record_of_processing_is_whole(register: Register) -> None:
    found = list(rows(register))
    assert len(found) == sum(len(each.categories) for each in register.functions)
    assert all(len(row) == len(HEADINGS) for row in found)
    optional = {HEADINGS.index("Legitimate interest"), HEADINGS.index("Searched by hand in")}
    assert all(text for row in found for number, text in enumerate(row) if number not in optional)
    analytics = next(row for row in found if row[0] == "Website analytics")
    assert "Google Analytics" in analytics[HEADINGS.index("Recipients")]
    support = next(row for row in found if row[0] == "IT support and managed services")
    assert "hardware" not in support[HEADINGS.index("Recipients")]
    emails = next(row for row in found if row[HEADINGS.index("Kind of data")] == "Emails")
    assert emails[HEADINGS.index("Searched by hand in")] == "Mailboxes of support staff"


# Places that a person searches.


def test_what_a_person_searches_depends_on_the_right(register: Register) -> None:
    assert [each.key for each in register.systems_for("access")] == ["staff-mailboxes", "paper-files"]
    assert register.systems_for("objection") == register.systems_for("complaint") == ()
    assert register.system("paper-files").owner_email == "", "whoever works on the request"
    with pytest.raises(UnknownKey, match='Did you mean "paper-files"'):
        register.system("paper-file")


def test_a_company_may_have_nothing_to_search_by_hand(tmp_path: Path) -> None:
    bare = TEXT[: TEXT.index("[[system]]")] + TEXT[TEXT.index("[[storage]]") :]
    (tmp_path / "bare.toml").write_text(bare, encoding="utf-8")
    bare_register = load(tmp_path / "bare.toml")
    assert bare_register.systems == bare_register.systems_for("access") == ()
    assert all(row[HEADINGS.index("Searched by hand in")] == "" for row in rows(bare_register))


# What is refused: the file, the place, the remedy.

FAULTS = {
    "a kind of data without a period": (
        'category = "emails"\nperiod = "3 years"',
        'category = "orders"\nperiod = "3 years"',
        '[[category]] emails: It has no retention period. Add a [[retention]] with category = "emails"',
    ),
    "two periods for the same people": (
        'category = "emails"\nperiod = "3 years"',
        'category = "orders"\nperiod = "3 years"',
        "[[retention]] orders: Two rules are for the same people.",
    ),
    "a rule that leaves somebody out": (
        'applies_to = "enquirer"',
        'applies_to = "everyone"',
        "[[retention]] contact-details: Its rules leave somebody out or overlap.",
    ),
    "an unknown recipient": (
        'recipients = ["hardware-suppliers"]',
        'recipients = ["hardware-supplier"]',
        '[[function]] hardware-orders.recipients: There is no recipient "hardware-supplier". '
        'Did you mean "hardware-suppliers"?',
    ),
    "a recipient nobody shares with": (
        'recipients = ["website-analytics"]',
        "recipients = []",
        "[[recipient]] website-analytics: No business function shares data with them.",
    ),
    "a recipient of data its functions do not use": (
        'receives = ["web-visits"]',
        'receives = ["web-visits", "emails"]',
        '[[recipient]] website-analytics.receives: They get "emails", but no function',
    ),
    "a recipient of nothing": (
        'receives = ["web-visits"]',
        "receives = []",
        "[[recipient]] website-analytics.receives: It does not say which kinds of data they get.",
    ),
    "an unknown kind of data": (
        'categories = ["web-visits"]',
        'categories = ["web-visits", "webvisits"]',
        '[[function]] website-analytics.categories: There is no category "webvisits". Did you mean ',
    ),
    "a kind of data without a purpose": (
        '"call-recordings", "emails", "texts-and-faxes", "remote-sessions", "payment-history"]',
        '"emails", "texts-and-faxes", "remote-sessions", "payment-history"]',
        "[[category]] call-recordings: No business function uses this kind of data",
    ),
    "an unknown lawful basis": (
        'basis = "consent"',
        'basis = "consents"',
        '[[function]] marketing.basis: "consents" is not one of the words allowed here. Did you mean ',
    ),
    "a legitimate interest left unsaid": (
        'interest = "that figures about visits help us make the website better"\n',
        "",
        "[[function]] website-analytics.interest: It rests on a legitimate interest that is not stated",
    ),
    "a key used twice": (
        'key = "orders"\nname = "Orders"',
        'key = "emails"\nname = "Orders"',
        "[[category]] emails: This key stands there 2 times.",
    ),
    "a bad period": (
        'period = "12 months"',
        'period = "a year"',
        '[[retention]] call-recordings.period: "a year" is not a period. Write a number and a unit, like ',
    ),
    "a bad floor": (
        'floor = "accounting year end + 6 years"',
        'floor = "6 years"',
        '[[retention]] payment-history.floor: "6 years" is not a floor. Write it like "accounting year',
    ),
    "a bad accounting year end": (
        '"31 March"',
        '"31 April"',
        '[controller].accounting_year_end: "31 April" does not exist: April has 30 days.',
    ),
    "a missing line": (
        'registration_number = "ZA097784"\n',
        "",
        '[controller].registration_number: This line is missing. Add a line: registration_number = "..."',
    ),
    "a misspelt key": (
        'phone = "0330 223 2624"',
        'phone = "0330 223 2624"\naddres = "1 High Street"',
        '[controller].addres: There is no such key, probably a slip of the pen. Did you mean "address"?',
    ),
    "a misspelt table": (
        "[transfers]",
        "[transfer]",
        'transfer: There is no such table. Did you mean "transfers"?',
    ),
    "a missing table": (
        "[transfers]",
        "[transfer]",
        "transfers: This table is missing. Add [transfers] with sentence",
    ),
    "text that is not text": (
        'phone = "0330 223 2624"',
        "phone = 3302232624",
        "[controller].phone: This is not text.",
    ),
    "nothing": ('phone = "0330 223 2624"', 'phone = "  "', "[controller].phone: This is empty."),
    "a date in quotation marks": (
        "updated = 2026-11-25",
        'updated = "2026-11-25"',
        "[notice].updated: This is not a date.",
    ),
    "neither true nor false": (
        "made = false",
        'made = "no"',
        "[automated_decisions].made: This is neither true nor false.",
    ),
    "a list that is none": (
        'recipients = ["hardware-suppliers"]',
        'recipients = "hardware-suppliers"',
        "[[function]] hardware-orders.recipients: This is not a list.",
    ),
    "an entry twice": (
        'recipients = ["hardware-suppliers"]',
        'recipients = ["hardware-suppliers", "hardware-suppliers"]',
        '[[function]] hardware-orders.recipients: "hardware-suppliers" stands there twice.',
    ),
    "a bad key": ('key = "access"', 'key = "Access!"', '[[right]] Access!.key: "Access!" cannot be a key.'),
    "a right left out": (
        'key = "portability"',
        'key = "move"',
        '[[right]] portability: The portal needs this entry. Add a [[right]] with key = "portability".',
    ),
    "a cookie left out": ('key = "csrf"', 'key = "forgery"', "[[cookie]] csrf: The portal needs this entry."),
    "a bad address": (
        'rights = "gdpr@dataproductions.co.uk"',
        'rights = "gdpr at dataproductions"',
        '[contacts].rights: "gdpr at dataproductions" is not an e-mail address.',
    ),
    "an address without https": (
        'url = "https://ico.org.uk/make-a-complaint"',
        'url = "javascript:alert(1)"',
        '[regulator].url: "javascript:alert(1)" is not a web address.',
    ),
    "a full stop inside a sentence": (
        'because = "we may need to look up what was agreed"',
        'because = "we may need to look up what was agreed."',
        "[[retention]] emails.because: This ends like a sentence, but becomes part of one. Take",
    ),
    "because twice": (
        'because = "we may need to look up what was agreed"',
        'because = "because we may need to look it up"',
        '[[retention]] emails.because: The word "because" is put in front of this.',
    ),
    "a rule that waits for itself": (
        'not_before = ["payment-history"]',
        'not_before = ["contact-details"]',
        "[[retention]] contact-details.not_before: It waits for itself.",
    ),
    "far too many words": ('line = "', f'line = "{"x" * 2001}', "Keep to at most 2000."),
    "one table where many are expected": (
        TEXT[TEXT.index("[[storage]]") : TEXT.index("[transfers]")],
        '[storage]\nwhere = "Here"\nwhat = "All"\n\n',
        "storage: This is one table, but several are expected. Use two brackets: [[storage]].",
    ),
    "a search that takes the whole month": (
        "days = 10",
        "days = 22",
        "[[system]] paper-files.days: 22 days leave too little of the month",
    ),
    "days that are no number": (
        "days = 10",
        'days = "10"',
        "[[system]] paper-files.days: This is not a whole",
    ),
    "days before asking": (
        "days = 10",
        "days = 0",
        "[[system]] paper-files.days: This is not a whole number",
    ),
    "a search for an unknown right": (
        'rights = ["access"]',
        'rights = ["acess"]',
        '[[system]] staff-mailboxes.rights: There is no right "acess". Did you mean "access"?',
    ),
    "a search for no right": (
        'rights = ["access"]',
        "rights = []",
        "[[system]] staff-mailboxes.rights: It is searched for no right.",
    ),
    "a place that holds nothing": (
        'categories = ["support-history", "orders"]',
        "categories = []",
        "[[system]] paper-files.categories: It holds no kind of data.",
    ),
    "a place with an unknown kind of data": (
        'categories = ["support-history", "orders"]',
        'categories = ["support-histories"]',
        '[[system]] paper-files.categories: There is no category "support-histories". Did you mean ',
    ),
    "an owner without an address": (
        'owner_email = "support.lead@dataproductions.co.uk"',
        'owner_email = "the support lead"',
        "[[system]] staff-mailboxes.owner_email:",
    ),
    "no entries": (
        TEXT[TEXT.index("[[storage]]") : TEXT.index("[transfers]")],
        "",
        "storage: There is none. Add at least one [[storage]] with where and what.",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place_and_remedy(fault: str, tmp_path: Path) -> None:
    old, new, expected = FAULTS[fault]
    found = problems_of(changed(old, new), tmp_path)
    assert all(each.startswith("other.toml: ") for each in found)
    assert any(expected in each for each in found), found
    assert all(each.endswith((".", "?", '"', "]", "true", "23")) for each in found), found


def test_all_faults_are_listed_at_once_and_none_twice(tmp_path: Path) -> None:
    text = changed('period = "12 months"', 'period = "a year"')
    text = changed('recipients = ["hardware-suppliers"]', 'recipients = ["hardware-supplier"]', text)
    text = changed('phone = "0330 223 2624"\n', "", text)
    found = problems_of(text, tmp_path)
    places = [each.split(": ")[1] for each in found]
    assert "[controller].phone" in places
    assert "[[function]] hardware-orders.recipients" in places
    assert "[[retention]] call-recordings.period" in places
    assert len(places) == len(set(places))
    assert "[[category]] call-recordings" not in places, "a period that cannot be read is not a missing one"


def test_files_that_cannot_be_read_say_so(tmp_path: Path) -> None:
    cases = {
        "none.toml": None,
        "latin.toml": b"# \xe9",
        "broken.toml": b"[notice",
        "huge.toml": b"#" * 1_000_001,
    }
    for name, content in cases.items():
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(RegisterError) as caught:
            load(path)
        assert [each.file for each in caught.value.problems] == [name]
        assert caught.value.problems[0].remedy


LINES = TEXT.splitlines()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_edit_of_the_file_can_surprise_the_loader(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Drop, double or spoil some lines: the result loads, or is refused with sentences; nothing else."""
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(lines) - 1))
        spoilt = data.draw(
            st.sampled_from(
                ["", lines[number] * 2, f"{lines[number]}\n{lines[number]}", lines[number].upper()]
            )
            | st.text(max_size=30).map(lambda text, line=lines[number]: f"{line.split('=')[0]}= {text}")
            | st.sampled_from(["{}", "[[]]", "1e400", "[1, {}]", "1979-05-27T07:32:00Z", "nan"]).map(
                lambda text, line=lines[number]: f"{line.split('=')[0]}= {text}"
            )
        )
        lines[number] = spoilt
    path = tmp_path_factory.getbasetemp() / "edited.toml"
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
    loaded, problems = None, ()
    try:
        loaded = load(path)
    except RegisterError as error:
        problems = error.problems
    if loaded is None:
        assert problems
    else:
        assert all(loaded.kept_for_sentence(each.key) for each in loaded.categories)
    assert all(each.what and each.remedy and each.key for each in problems)


def test_another_company_replaces_one_file(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(
        TEXT.replace("Data Productions", "Example Ltd").replace('period = "3 years"', 'period = "18 months"'),
        encoding="utf-8",
    )
    theirs = load(other)
    assert "Example Ltd" in theirs.contact_sentence()
    assert theirs.kept_for_sentence("emails").startswith("18 months after")
    assert theirs.retention_for("emails").action is Action.DELETE
