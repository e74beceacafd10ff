"""What people say to an IT firm, and what it answers. Braces are filled by `filled`; the nth answer belongs to the nth issue."""

# ruff: noqa: E501  # lists of sentences: one a line
from __future__ import annotations

import random
from typing import NamedTuple

from examples import words


class Topic(NamedTuple):
    """One kind of trouble: how people put it, what was done, the subject of an e-mail about it, minutes."""

    issues: tuple[str, ...]
    resolutions: tuple[str, ...]
    subject: str
    minutes: tuple[int, int]


TOPICS: tuple[Topic, ...] = (
    Topic(
        (
            "Broadband has been dropping out since {weekday}, mostly in the evening.",
            "No internet at all this morning. The light on the router is red.",
            "Speed is down to about 2 Mbps; normally it is nearer 60.",
        ),
        (
            "Line test showed a fault outside the building. Engineer booked for {weekday}; fault at the cabinet cleared.",
            "Replaced the filter and moved the router to the NTE test socket. Line has been stable for 24 hours since.",
            "Restarted the router and changed the Wi-Fi channel. Speed test now 58 Mbps down, 17 Mbps up.",
        ),
        "Broadband keeps dropping",
        (8, 55),
    ),
    Topic(
        (
            "Printer says it is offline but the display says ready.",
            "Printing comes out with a grey band down the left side.",
            "Cannot print from {computer} since the update; {colleague} can print fine.",
        ),
        (
            "Printer had been given a new address by the router. Reserved the address and reinstalled the queue.",
            "Cleaned the drum and ran a calibration. If the band comes back the drum needs replacing (about 90 pounds).",
            "Removed the duplicate printer left by the update, set the right one as default and printed a test page.",
        ),
        "Printer offline",
        (10, 40),
    ),
    Topic(
        (
            "Outlook keeps asking for my password and then asks again.",
            "E-mails are stuck in the outbox.",
            "Missing e-mails from last week. {colleague} says they were sent.",
        ),
        (
            "Removed the saved password, signed in again with MFA. Working on the computer and the phone.",
            "A 38 MB attachment was blocking the queue. Moved it to OneDrive and sent a link instead.",
            "Found a rule that moved them to a folder called RSS Feeds. Removed the rule, changed the password and checked the sign-in log: nothing unusual.",
        ),
        "Outlook asks for my password",
        (6, 45),
    ),
    Topic(
        (
            "Locked out of Office 365 after a new phone: the MFA code goes to the old one.",
            "Forgot my password after the holidays.",
        ),
        (
            "Checked identity by calling back on the number on file, reset MFA and helped set up the new phone.",
            "Called back on the number on file, set a temporary password. Customer changed it while on the line.",
        ),
        "Locked out of Office 365",
        (5, 25),
    ),
    Topic(
        (
            "{computer} is very slow to start, ten minutes before I can do anything.",
            "Fan on {computer} is loud all the time and it gets hot.",
            "Blue screen twice today with the message {error}.",
        ),
        (
            "Disk was 98% full. Cleared old update files and moved photos to the network drive. Starts in under a minute.",
            "Dust in the fan; cleaned it at our workshop. Battery at 61% of its capacity, a replacement was quoted.",
            "Graphics driver from last week's update was at fault. Rolled it back and blocked that version.",
        ),
        "Computer very slow",
        (20, 90),
    ),
    Topic(
        (
            "I clicked on a link in an e-mail that looked like it was from the bank.",
            "A window says my computer has a virus and to ring a number. I have not rung it.",
        ),
        (
            "Signed the account out everywhere, changed the password, scanned {computer}: clean. Advised to ring the bank on the number on the card.",
            "It was an advertisement in the browser. Closed it, removed the notification permission, full scan clean. Customer did the right thing by not ringing.",
        ),
        "Suspicious e-mail: did I do something wrong?",
        (15, 70),
    ),
    Topic(
        (
            "Deleted the wrong folder, it had all of last year's invoices in it.",
            "Backup sends a message every night that it failed.",
        ),
        (
            "Restored the folder from the backup of the night before. 1,204 files, customer checked a few of them.",
            "Backup disk was full. Removed versions older than two years as agreed and ran a backup by hand: no errors.",
        ),
        "Please restore a folder",
        (12, 60),
    ),
    Topic(
        (
            "New starter on {weekday}, {colleague} will need a mailbox, a laptop and access to the shared drive.",
            "{colleague} has left; please close the account but keep the mail.",
        ),
        (
            "Mailbox and licence added, laptop prepared and delivered, shared drive tested together.",
            "Sign-in blocked, mailbox turned into a shared one, licence released from the first of next month.",
        ),
        "New starter",
        (20, 75),
    ),
    Topic(
        (
            "Phones: people who ring us hear nothing, we hear them.",
            "Can we have calls go to my mobile after half past five?",
        ),
        (
            "Router update had switched a setting back on that breaks VoIP calls. Switched it off, made test calls both ways.",
            "Set up the diversion from 17:30 to 08:30 and at weekends. Tested with the customer.",
        ),
        "One-way calls",
        (8, 35),
    ),
    Topic(
        (
            "Question about last month's invoice: why two lines for backup?",
            "Moving to {street} next month. What happens to the broadband?",
            "Can I have a VAT receipt for the laptop?",
        ),
        (
            "Second line was the one-off restore in {month}. Customer is happy with that.",
            "Explained the move: order four weeks before, new line usually live on the day. Order form sent by e-mail.",
            "Receipt sent again to the address on file.",
        ),
        "Question about my invoice",
        (4, 15),
    ),
    Topic(
        (
            "Website shows 'not secure' since yesterday and a customer complained.",
            "Mail to our customers goes to their spam folder.",
        ),
        (
            "Certificate had run out because the renewal could not reach the old DNS record. Corrected the record; renewed.",
            "Added the missing DNS records (SPF and DKIM). Test mail to three providers arrives in the inbox.",
        ),
        "Website not secure",
        (15, 50),
    ),
    Topic(
        (
            "Spreadsheet with our prices opens read only for everybody.",
            "Scanner no longer saves to the shared folder.",
        ),
        (
            "It was open on {computer} in the background. Closed it there; turned on editing together.",
            "Password of the scan account had expired. Set a new one that does not expire and saved it in the password safe.",
        ),
        "Scanner does not save",
        (6, 30),
    ),
)

NOTES = (
    "Prefers to be rung after 3 pm.",
    "Very patient, thank you.",
    "Rang twice before; make sure that this one is closed.",
    "{colleague} was in the room and confirmed the sign-in.",
    "Asked that {colleague} is not told about this.",
    "P2: several people could not work.",
    "Out of contract; agreed to the charge on the phone.",
    "Customer was upset about the wait. Apologised.",
    "+44 number did not work, used the mobile.",
    "=SUM of hours on the sheet was wrong, corrected by hand.",
)
THANKS = (
    "Thanks so much, all good now.",
    "That worked. Thank you!",
    "Still the same I am afraid, could you have another look?",
    "Great service as always 👍",
    "Could you ring me on the mobile? I am out until four.",
)
INVOICE = "Please find your invoice in the customer portal. Payment is due within 30 days."
MAINTENANCE = (
    "On {weekday} between 22:00 and 23:00 we work on the network near you. You need not do anything."
)
TEXTS_OUT = (
    "Data Productions: your engineer will be with you on {weekday} between 8am and 1pm.",
    "Data Productions: your ticket has been closed. Reply if the problem comes back.",
    "Data Productions: planned maintenance on {weekday} from 22:00 to 23:00. Broadband may drop for a few minutes.",
    "Data Productions: your order is on its way and will arrive on {weekday}.",
    "Data Productions: your code is 048213. Do not share it with anybody.",
)
TEXTS_IN = (
    "Hi, internet is back on, thanks",
    "Can the engineer come after 2 please? School run",
    "running 10 min late, key is with {colleague} next door",
    "Yes please go ahead with the repair",
    "STOP calling the office number please, use this one",
)
FAXES = (
    "Signed order form for the broadband move to {street}. Two pages follow.",
    "Direct Debit mandate, signed. Please confirm receipt by fax.",
    "Floor plan with the network sockets marked, as promised on the phone.",
)
PURPOSES = (
    "Look at slow start-up",
    "Set up the printer",
    "Repair Outlook profile",
    "Install updates",
    "Remove unwanted software",
    "Set up Office 365 on a new computer",
    "Check the backup",
)
# What Alice's calls say: other people are mentioned, which somebody has to decide on before release.
ALICE = (
    (
        "My business partner Priya cannot open the shared mailbox since she changed her phone.",
        "Reset Priya's sign-in after calling her back on the number on file. Both can open it.",
        "Priya mentioned that she is off sick until Monday.",
    ),
    (
        "A client of mine, Mr Osei of Old Dock Brewery, got an e-mail from me that I did not send.",
        "Password changed, rule that forwarded mail removed, report sent to Alice. Mr Osei was told by Alice herself.",
        "P1 until the password was changed.",
    ),
    (
        "The 0012 extension on my desk phone no longer rings.",
        "Extension 0012 was set to do not disturb. Switched off.",
        "",
    ),
)
# What makes software stumble: markup, formulas, leading signs, tabs, backslashes.
MARKUP = (
    (
        "<script>alert('hello')</script> appears in the subject of every mail I get",
        "It was the sender's own text; harmless.",
    ),
    (
        '=HYPERLINK("http://example.org/?x="&A1;"Click me") is what the cell shows, why?',
        "Explained formulas. <b>Not</b> a fault.",
    ),
    ("+44 in front of my number is missing on the letterhead", "-1 for us: typo in the template, corrected."),
    (
        '@SUM(A1:A9) shows as text\tafter import; see also C:\\temp\\"quotes".txt',
        "Changed the column's type.",
    ),
)
ERRORS = ("MEMORY_MANAGEMENT", "0x0000007B", "DRIVER_IRQL_NOT_LESS_OR_EQUAL", "VIDEO_TDR_FAILURE")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONTHS = ("January", "March", "April", "June", "September", "November")


def values(rng: random.Random) -> dict[str, str]:
    """One set of words for the braces, so that question and answer speak of the same computer."""
    return {
        "weekday": rng.choice(WEEKDAYS),
        "month": rng.choice(MONTHS),
        "colleague": rng.choice(words.COLLEAGUES),
        "computer": f"{rng.choice(words.COMPUTERS)}-{rng.randint(1, 9):02}",
        "error": rng.choice(ERRORS),
        "street": rng.choice(words.STREETS),
    }


def filled(text: str, given: dict[str, str]) -> str:
    """`text` with its braces filled, and with a capital at the start."""
    text = text.format_map(given)
    return text[:1].upper() + text[1:]
