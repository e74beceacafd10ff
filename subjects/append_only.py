"""Tables to which rows are only added. One thing else may happen: an approved erasure takes words or rows out.

The trigger does not believe a setting alone: the plan that the setting names has to be under way at that moment. So
every such change belongs to a disposal that somebody approved and that the trail knows.
"""

from __future__ import annotations

import pgtrigger

_UNDER_WAY = """
IF COALESCE(current_setting('portal.disposal', true), '') <> '' AND EXISTS (
    SELECT 1 FROM retention_disposal
    WHERE id::text = current_setting('portal.disposal', true) AND state = 'running'
) THEN
    {allowed}
END IF;
RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;
"""
_DELETED = "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;"
_EMPTIED = (
    "IF TG_OP = 'UPDATE' AND NEW.{word} = '' AND to_jsonb(NEW) - '{word}' = to_jsonb(OLD) - '{word}' "
    "THEN RETURN NEW; END IF;"
)


def append_only(word: str = "") -> pgtrigger.Trigger:
    """The trigger. `word`: a column that a disposal may empty; without one it may only delete whole rows."""
    allowed = "\n    ".join([_DELETED, *([_EMPTIED.format(word=word)] if word else [])])
    return pgtrigger.Trigger(
        name="append_only",
        operation=pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        func=_UNDER_WAY.format(allowed=allowed),
    )
