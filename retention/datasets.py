"""What this floor holds about a person: next to nothing, and why."""

from __future__ import annotations

from subjects.datamap import excuse
from subjects.traces import nothing_in

_PLAN = "what an erasure was decided to do; told in our answer to the request"

excuse(
    "retention.Hold", "why data are held for a legal claim; preparing a claim is between us and our advisers"
)
_RULES = "what the company says it does with data; about nobody"
excuse("register.Version", _RULES)
excuse("register.Draft", _RULES)
excuse("retention.Disposal", _PLAN)
excuse("retention.Line", _PLAN)
excuse("retention.Chunk", "numbers of rows that are about to go; they go with their rows")
excuse(
    "retention.Batch",
    "how many rows went, when and why, with codes that only our key can make of a row's number",
)
excuse("retention.Automatic", "one switch, and which member of staff turned it")
excuse("retention.Scrap", "random names of files that are about to go")

excuse(
    "retention.LongSearch",
    "what an officer looks for, sealed until it is found; all of it is gone after a day",
)

nothing_in("retention.LongSearch", "sealed words, which go with the answer; counts and references")
nothing_in("register.Version", _RULES)
nothing_in("register.Draft", _RULES)
nothing_in("retention.Disposal", "references and counts")
nothing_in("retention.Chunk", "numbers of rows")
nothing_in("retention.Batch", "counts, and codes of numbers of rows")
nothing_in("retention.Automatic", "one switch")
nothing_in("retention.Scrap", "random names of files")

excuse("retention.JournalEntry", "numbers of rows that went, until the journal outside has them")
excuse("retention.JournalHead", "how far the journal goes")
nothing_in("retention.JournalEntry", "numbers of rows")
nothing_in("retention.JournalHead", "a number and a digest")
