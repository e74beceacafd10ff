"""The verbs that people perform on cases. Every door (web form, admin, mail, API) calls these and decides nothing.

Each verb is keyword-only, says who does it (`by`), and is atomic. `seen` is the version of the case that the
person's page showed. `casework.NotPossible` (and `Stale`) carry a sentence for the person.
"""

from __future__ import annotations

from requests_sar.services import colleagues, complaints
from requests_sar.services.copies import current_package, is_late
from requests_sar.services.decisions import answer, answer_obstacles, approve, nothing_held, take_up
from requests_sar.services.letters import posted, write
from requests_sar.services.requester import (
    case_for,
    cases_of,
    change_address,
    confirm,
    lock_files,
    open_like,
    open_request,
    renew,
    send_code_again,
    sign_in_code,
    withdraw,
)
from requests_sar.services.review import (
    mark_reviewed,
    put_back,
    redaction_obstacles,
    remove,
    reviewed_alone,
    reviews_alone,
    why_not_reviewed_by,
)
from requests_sar.services.staff import (
    accept,
    add_note,
    assign,
    choose_subject,
    close,
    collect_again,
    confirm_for_customer,
    log_request,
    move_back,
    other_requests,
    refer,
    refuse,
    release,
    release_obstacles,
    take_back,
    verify_by_hand,
)
from requests_sar.services.wordings import restore, reword
from requests_sar.services.workbooks import make_workbook

__all__ = [
    "accept",
    "add_note",
    "answer",
    "answer_obstacles",
    "approve",
    "assign",
    "case_for",
    "cases_of",
    "change_address",
    "choose_subject",
    "close",
    "colleagues",
    "collect_again",
    "complaints",
    "confirm",
    "confirm_for_customer",
    "current_package",
    "is_late",
    "lock_files",
    "log_request",
    "make_workbook",
    "mark_reviewed",
    "move_back",
    "nothing_held",
    "open_like",
    "open_request",
    "other_requests",
    "posted",
    "put_back",
    "redaction_obstacles",
    "refer",
    "refuse",
    "release",
    "release_obstacles",
    "remove",
    "renew",
    "restore",
    "reviewed_alone",
    "reviews_alone",
    "reword",
    "send_code_again",
    "sign_in_code",
    "take_back",
    "take_up",
    "verify_by_hand",
    "why_not_reviewed_by",
    "withdraw",
    "write",
]
