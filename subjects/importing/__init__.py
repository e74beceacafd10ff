"""Getting customer records in: upload, check (a dry run), apply, undo.

The same five verbs (`verbs.py`) stand behind the admin screens, `manage.py import_records` and the API:
`upload`, `choose`, `check`, `apply`, `undo`.

The column contract
===================
A file is CSV (comma, semicolon, tab or bar; UTF-8 with or without BOM, UTF-16 with BOM, Windows-1252), XLSX
(first sheet unless another is chosen) or JSON lines (one flat object a line). Row 1 of a CSV or XLSX file
names the columns. Columns may be called exactly as below, or anything else that a person maps; columns nobody
maps are left out.

    customers         source_key* full_name* (or first_name last_name) email second_email phone mobile
                      job_title portal_login signed_up_on staff_note account_number account_name
                      account_type (personal, business) account_opened_on account_closed_on account_balance
                      address_use address_lines address_town address_postcode address_country address_since
    addresses         source_key* customer* use lines* town postcode country since
    orders            source_key* customer* number* type* (hardware, software) ordered_on* item* quantity
                      total* status delivered_on
    invoices          source_key* customer* account_number number* issued_on* due_on paid_on description net*
                      vat total* status billed_name billed_address
    payments          source_key* customer* invoice_number paid_on* amount* method reference
    support-calls     source_key* customer* started_at* channel issue duration_s resolution status agent
                      staff_note charge
    call-recordings   source_key* customer* recorded_at* duration_s direction number agent file media_type
    emails            source_key* customer* sent_at* direction sender recipients subject_line body
    texts-and-faxes   source_key* customer* sent_at* type* (text, fax) direction number body pages
    remote-sessions   source_key* customer* started_at* duration_s ip computer agent purpose
    web-visits        source_key* customer* at* ip service action browser
    subscriptions     source_key* customer* service* plan started_on* ended_on price licences status
    disclosures       source_key* customer* at* recipient* recipient_kind what why

    * needed for a row that is new. The fields come from the models; these lines are held to them by a test.

`source_key` is the row's own number in the system it comes from, unique within its kind: a second import of
the same row changes nothing. `customer` is the `source_key` of a customer imported before. Several customers
may share one `account_number`; rows of one file must then agree about that account (or say nothing about it).

A column that is not mapped leaves what is stored alone; an empty cell in a mapped column empties the stored
value (except in a needed column, where it is refused for a new row and leaves an old one alone).

    dates       2025-01-06, 06/01/2025 (day first), 6 Jan 2025, Excel dates
    moments     the same with a time, 2025-01-06T14:30:00Z, 06/01/2025 14:30; without a zone it is UK time
    money       1234.50, £1,234.50, -12.00, (12.00)
    durations   seconds, or m:ss, or h:mm:ss
    file        name of a sound file in the storage folder `recordings/`, where `import_records --files`
                puts the files of a folder first
"""

from __future__ import annotations

from subjects.importing import kinds  # noqa: F401  # declares the kinds of this floor
from subjects.importing.forms import Appended, Extra, Form, Link, Part, all_forms, all_kinds, get, register
from subjects.importing.problems import ImportProblem
from subjects.importing.verbs import apply, check, choose, choose_sheet, undo, upload

__all__ = [
    "Appended",
    "Extra",
    "Form",
    "ImportProblem",
    "Link",
    "Part",
    "all_forms",
    "all_kinds",
    "apply",
    "check",
    "choose",
    "choose_sheet",
    "get",
    "register",
    "undo",
    "upload",
]
