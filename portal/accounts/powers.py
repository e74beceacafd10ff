"""What each role may do: one table, asked by every door. Nothing is allowed that is not in it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from portal.accounts.models import Role


class Power(StrEnum):
    """A thing that a role may do."""

    LOG_REQUEST = "log a request that came by phone, letter, e-mail or in person"
    FIND_PEOPLE = "find a person and see what is held"
    SEE_LOCKED = "see what is kept of a person only because the law says so"
    EXPORT = "build and download a person's workbook"
    IMPORT = "import customer records"
    EXPORT_LIST = "export a list of people who may be contacted"
    READ_CASES = "read requests"
    WORK_CASES = "decide and release requests"
    EDIT_LETTERS = "change the wording of letters"
    ANSWER_TASKS = "answer searches that you were asked to make"
    EDIT_REGISTER = "change how long data are kept, and the privacy notice"
    READ_REGISTER = "read the record of processing"
    READ_AUDIT = "read the audit trail"
    GIVE_ACCESS = "let other systems ask the portal"
    MANAGE_STAFF = "manage staff accounts"


_READ = {Power.READ_CASES, Power.READ_REGISTER, Power.READ_AUDIT}
POWERS: dict[str, frozenset[Power]] = {
    Role.SUPPORT: frozenset({Power.LOG_REQUEST, Power.ANSWER_TASKS}),
    Role.STAFF: frozenset(
        {
            Power.LOG_REQUEST,
            Power.FIND_PEOPLE,
            Power.EXPORT,
            Power.IMPORT,
            Power.EXPORT_LIST,
            Power.ANSWER_TASKS,
            Power.READ_REGISTER,
        }
    ),
    Role.DPO: frozenset(set(Power) - {Power.MANAGE_STAFF}),
    Role.AUDITOR: frozenset(_READ),
    Role.ADMINISTRATOR: frozenset({Power.MANAGE_STAFF, Power.IMPORT, Power.READ_REGISTER, Power.READ_AUDIT}),
}


def may(user: Any, power: Power) -> bool:
    """Whether this user (possibly anonymous) has the power."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return False
    return power in POWERS.get(user.role, frozenset())


def require(user: Any, power: Power) -> None:
    """Raise PermissionDenied, with a sentence, unless the user has the power."""
    if not may(user, power):
        raise PermissionDenied(f"Your role does not allow you to {power.value}.")


View = Callable[..., HttpResponse]


def power_required(power: Power) -> Callable[[View], View]:
    """A view for those who have the power: strangers are asked to sign in, others are refused with the reason."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            require(request.user, power)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
