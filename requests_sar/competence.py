"""Children: who decides about a child's data. Pure; it prompts, it never decides.

The rights are the child's own. Scotland: a child of 12 or over is presumed to understand (DPA 2018 s 208). England,
Wales and Northern Ireland: no age by itself; what counts is whether the child understands.
"""

from __future__ import annotations

import datetime as dt

SCOTLAND = "scotland"
PRESUMED_AT = 12  # years, in Scotland only


def age(born_on: dt.date, today: dt.date) -> int:
    """Whole years lived on a day."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def prompts(*, born_on: dt.date | None, nation: str, today: dt.date) -> list[str]:
    """What the officer should weigh before a parent gets a child's data."""
    lines = [
        "The data are the child's own, and so is the right. Keep the parent's own data out of the answer.",
        "Think of court orders, of what was told in confidence, of any sign of abuse, and of what the child wants.",
    ]
    years = age(born_on, today) if born_on else None
    if nation == SCOTLAND:
        if years is None:
            lines.append(
                "In Scotland a child of 12 or over is presumed to understand. Ask how old the child is."
            )
        elif years >= PRESUMED_AT:
            lines.append(
                f"The child is {years} and lives in Scotland: at 12 or over they are presumed to understand (Data "
                "Protection Act 2018 section 208). Ask the child; you may answer the child instead."
            )
        else:
            lines.append(
                f"The child is {years}. Under 12 nothing is presumed in Scotland; a younger child may understand too."
            )
    else:
        lines.append(
            "There is no fixed age here. Judge whether this child understands what is asked, and write down why."
        )
    return lines
