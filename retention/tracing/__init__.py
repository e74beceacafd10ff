"""Looking for what is left of a person: in every text of every table, every file, the cache, the queue and the logs.

`terms` says what is looked for, `search.run` looks and yields what it finds, place by place, with the reason why it
is there. The tables and columns are asked of the database itself and never listed by hand, so a forgotten one is
searched all the same. Who searches is in the trail, what for never is.
"""

from __future__ import annotations

from retention.tracing.found import Group, Limits, State
from retention.tracing.search import run
from retention.tracing.terms import Term, Unknown, by_reference, typed

__all__ = ["Group", "Limits", "State", "Term", "Unknown", "by_reference", "run", "typed"]
