"""Which business functions of the register are marketing: asked here by every room of this floor."""

from __future__ import annotations

from portal.register import store
from portal.register.facts import Function


def marketing() -> list[Function]:
    """The functions to which a no is absolute (Articles 7(3) and 21(3)), as the register has them now."""
    return [each for each in store.current().functions if each.is_marketing]


def is_marketing(purpose: str) -> bool:
    """Whether a no to this purpose is absolute. False for one that the register does not have any more."""
    return any(each.key == purpose and each.is_marketing for each in store.current().functions)


def choices() -> list[tuple[str, str]]:
    """For the question of a form: key and name. Asked anew for each form, so it follows the register."""
    return [(each.key, each.name) for each in marketing()]
