"""What this floor holds about a person."""

from __future__ import annotations

from portal.register.facts import WhenAsked
from subjects.datamap import Column, Dataset, Ending, Kind, excuse, register

# What is left of a finished request: that it came, when, what about, and what came of it.
_METADATA = (
    "received_on",
    "reference",
    "right",
    "channel",
    "reply_by",
    "state",
    "due_on",
    "verified_at",
    "outcome",
    "answered_at",
    "closed_at",
)
_WORKING = "how the case is worked; the person sees it as the timeline of the request"

register(
    Dataset(
        key="requests",
        category="rights-requests",
        title="Requests and complaints",
        what="What you asked us about your data, and what came of it.",
        system="This portal",
        model="requests_sar.Case",
        subject_path="subject",
        order="received_on",
        trigger="closed_at",
        corrected_by_note=True,
        columns=(
            Column("received_on", "Received on", "The day we got it.", Kind.DATE),
            Column("reference", "Reference", "Its reference."),
            Column("right", "About", "What you asked for."),
            Column("channel", "How it came", "By the portal, phone, letter, e-mail or in person."),
            Column("words", "Your words", "What you wrote or said."),
            Column("requester_name", "Name given", "The name given with the request."),
            Column("requester_email", "Email given", "The address given with the request."),
            Column("requester_phone", "Telephone given", "The number given with the request."),
            Column("requester_address", "Postal address given", "The address given with the request."),
            Column("customer_number", "Customer number given", "The customer number given with the request."),
            Column("on_behalf_of", "Asked for", "On whose behalf the request was made."),
            Column(
                "relationship", "Your part in it", "What the person who asked is to the person it is about."
            ),
            Column("reply_by", "Reply wanted by", "How you wanted the answer."),
            Column("reply_needs", "What you need", "Anything you told us you need to read the answer."),
            Column("state", "Where it stands", "The state of the request.", provided=False),
            Column("due_on", "Answer due on", "The last day for our answer.", Kind.DATE, provided=False),
            Column(
                "verified_at",
                "Identity confirmed",
                "When we knew who was asking.",
                Kind.MOMENT,
                provided=False,
            ),
            Column("verified_note", "How we checked", "How we made sure.", provided=False),
            Column("outcome", "What came of it", "What we did about it.", provided=False),
            Column("answered_at", "Answered", "When we answered.", Kind.MOMENT, provided=False),
            Column("refusal", "Reason for a no", "Why we said no to some or all of it.", provided=False),
            Column(
                "referred_to", "Passed on to", "Who decides about the data instead of us.", provided=False
            ),
            Column("late_reason", "Why late", "Why our answer was late.", provided=False),
            Column("closed_at", "Closed", "When the request was finished.", Kind.MOMENT, provided=False),
        ),
        ending=Ending(
            figures=_METADATA,
            kept=(*_METADATA, "requester_name", "requester_email", "refusal", "referred_to", "late_reason"),
        ),
        excused={
            "version": _WORKING,
            "register_version": "which state of our privacy notice it was answered by; that is public",
            "group": "a random number that links requests sent together",
            "about": "the request a complaint is about; told in the messages",
            "submission": "a random number that keeps a double press from making two requests",
            "received_at": "the moment behind the day received",
            "clock_start_on": "shown through the answer's due date",
            "clock": "shown through the answer's due date, and told in the messages",
            "stopped_on": "the day we asked; told in the messages",
            "days_used": "worked out from the dates, and told in the messages",
            "kinds": "shown as the list of sheets",
            "since": "shown on the first sheet",
            "until": "shown on the first sheet",
            "challenge": "a random number",
            "proof": "shown in words as how we checked",
            "owner": "which member of staff works on it",
            "logged_by": "which member of staff wrote it down",
            "ground": "shown in words as the reason",
            "reviewed_at": _WORKING,
            "reviewed_by": _WORKING,
            "tasks_version": _WORKING,
            "found_by": "the names, addresses and numbers above once more, in one line for our search",
            "customer_wrote_at": "the message itself is in the messages",
        },
        words={
            "access": "You asked for a copy of your data.",
            "rectification": "You asked us to correct your data.",
            "erasure": "You asked us to delete your data.",
            "restriction": "You asked us to pause how we use your data.",
            "portability": "You asked for your data to move it to another company.",
            "objection": "You objected to how we use your data.",
            "complaint": "You complained to us.",
            "applying": "We are doing what we decided.",
            "granted": "We did all that you asked.",
            "part": "We did some of what you asked.",
            "nothing": "We held nothing of that kind.",
            "verifying": "We are waiting for you to confirm your e-mail address.",
            "triage": "We have your request and are looking at it.",
            "collecting": "We are collecting your data.",
            "review": "We are checking the copy.",
            "released": "The copy is ready to download.",
            "refused": "We said no, with a reason.",
            "referred": "Another company decides about these data; we passed it on.",
            "withdrawn": "You cancelled the request.",
        },
    ),
    Dataset(
        key="request-messages",
        category="rights-requests",
        title="Messages about requests",
        what="What you and we wrote to each other about your requests.",
        system="This portal",
        model="requests_sar.Letter",
        subject_path="case__subject",
        order="at",
        corrected_by_note=True,
        trigger="case__closed_at",
        ending=Ending(kept_rows={"side": "company"}),  # our answers; what they wrote goes
        columns=(
            Column("at", "When", "When it was written.", Kind.MOMENT),
            Column("case__reference", "Request", "Which request it is about."),
            Column("side", "From", "Who wrote it."),
            Column("title", "About", "What a letter of ours is about; empty for a message."),
            Column("text", "Text", "What it says."),
            Column("posted_on", "Posted on", "When we put it in the post.", Kind.DATE, provided=False),
        ),
        excused={
            "by": "which member of staff wrote it",
            "on_paper": "whether it had to be posted; shown as the day it was posted",
            "posted_by": "which member of staff posted it",
            "kind": "shown as what the letter is about",
            "wording": "which version of our standard words it used; the words themselves are the text",
            "once": "a random number that keeps a double press from making two messages",
        },
        words={"requester": "You, or the person asking for you.", "company": "Us."},
    ),
    Dataset(
        key="request-attachments",
        category="rights-requests",
        title="Files with messages",
        what="The files that you and we sent with messages about your requests.",
        system="This portal",
        model="requests_sar.Attachment",
        subject_path="letter__case__subject",
        order="letter__at",
        corrected_by_note=True,
        trigger="letter__case__closed_at",
        ending=Ending(when_asked=WhenAsked.GOES),
        columns=(
            Column("letter__at", "When", "When it was sent.", Kind.MOMENT),
            Column("letter__case__reference", "Request", "Which request it is about."),
            Column("letter__side", "From", "Who sent it."),
            Column("label", "Name", "What the file was called."),
            Column("size", "Size", "Its length in bytes.", Kind.INTEGER),
            Column("file", "File", "The file itself, in the ZIP for computers.", Kind.FILE),
            Column("removed_at", "Removed", "When we removed it, if we did.", Kind.MOMENT, provided=False),
        ),
        file="file",
        excused={
            "ending": "the type of the file, which its name shows",
            "sha256": "a check number of the file",
        },
        words={"requester": "You, or the person asking for you.", "company": "Us."},
        third_parties="people who are named in a document that was sent",
    ),
    Dataset(
        key="complaints",
        category="rights-requests",
        title="Your complaints",
        what="What you complained to us about, and what we found.",
        system="This portal",
        model="requests_sar.Complaint",
        subject_path="case__subject",
        order="written_at",
        trigger="case__closed_at",
        ending=Ending(
            kept=(
                "case",
                "written_at",
                "reply_how",
                "acknowledge_by",
                "acknowledged_at",
                "finding",
                "outcome",
            )
        ),
        columns=(
            Column("written_at", "When", "When it was written down.", Kind.MOMENT),
            Column("case__reference", "Complaint", "Its reference."),
            Column("about_given", "About the request", "The request it is about, as you named it."),
            Column("wants", "What you wanted", "What would put it right, in your words."),
            Column("reply_how", "Reply wanted by", "How you wanted our reply."),
            Column(
                "acknowledge_by",
                "To be confirmed by",
                "Our last day to confirm it.",
                Kind.DATE,
                provided=False,
            ),
            Column("acknowledged_at", "Confirmed", "When we confirmed it.", Kind.MOMENT, provided=False),
            Column("finding", "What we found", "Whether we found that you are right.", provided=False),
            Column("outcome", "What we do", "What we told you about it.", provided=False),
        ),
        excused={
            "complained_of": "which member of staff it is about",
            "found_by": "which member of staff wrote the outcome",
            "second_by": "which member of staff looked at it as well",
            "alone_because": "why nobody else looked at it; about how we work, not about the person",
        },
        words={
            "upheld": "We found that you are right.",
            "partly": "We found that you are right in part.",
            "not-upheld": "We found that we did nothing wrong.",
            "none": "You wanted no reply.",
        },
    ),
    Dataset(
        key="request-notes",
        category="rights-requests",
        title="Notes on requests",
        what="What our staff wrote down while working on your requests.",
        system="This portal",
        model="requests_sar.Note",
        subject_path="case__subject",
        order="at",
        corrected_by_note=True,
        trigger="case__closed_at",
        ending=Ending(when_asked=WhenAsked.GOES),
        columns=(
            Column("at", "When", "When it was written.", Kind.MOMENT, provided=False),
            Column("case__reference", "Request", "Which request it is about.", provided=False),
            Column("text", "Note", "What it says.", provided=False),
        ),
        excused={"by": "which member of staff wrote it"},
    ),
    Dataset(
        key="found-by-colleagues",
        category="rights-requests",
        title="Found by colleagues",
        what="What our people found when they searched places for you that this portal cannot reach, like paper files.",
        system="Searches by our people",
        model="requests_sar.Answer",
        subject_path="task__subject",
        order="",  # asked for with dates or without: what was found for the request belongs to its copy
        trigger="at",
        ending=Ending(when_asked=WhenAsked.GOES),
        columns=(
            Column("task__case__reference", "Request", "Which request we searched for.", provided=False),
            Column("task__title", "Where we searched", "The place.", provided=False),
            Column("task__holds", "What lies there", "What the place holds.", provided=False),
            Column("at", "When", "When we had the answer.", Kind.MOMENT, provided=False),
            Column("outcome", "What came of it", "Whether something was found.", provided=False),
            Column("words", "What was found", "What our people wrote about it.", provided=False),
            Column(
                "places",
                "Files",
                "Where the files that were found lie in the ZIP, one a line.",
                provided=False,
            ),
        ),
        excused={
            "task": "shown as the request and the place",
            "by": "which member of staff answered",
            "by_email": "the address of the colleague who answered",
        },
        third_parties="Colleagues and other customers may be named in what was found.",
    ),
)

register(
    Dataset(
        key="correction-requests",
        category="rights-requests",
        title="Corrections you asked for",
        what="What you told us is wrong, item by item, and what we decided.",
        system="This portal",
        model="requests_sar.Correction",
        subject_path="case__subject",
        order="case__received_on",
        trigger="case__closed_at",
        ending=Ending(when_asked=WhenAsked.GOES),
        columns=(
            Column("case__received_on", "Asked on", "The day we got it.", Kind.DATE),
            Column("case__reference", "Request", "Which request it belongs to."),
            Column("label", "Which detail", "What you said is wrong."),
            Column("present", "What stood there", "What you said stands there."),
            Column("wanted", "What is right", "What you said should stand there."),
            Column("pause", "Pause meanwhile", "Whether you asked us not to use it meanwhile.", Kind.BOOLEAN),
            Column("evidence", "Proof", "The file you sent with it, in the ZIP for computers.", Kind.FILE),
            Column("evidence_label", "Name of the proof", "What that file was called."),
            Column("decision", "Decision", "What we decided.", provided=False),
            Column("before", "When we decided", "What stood there when we decided.", provided=False),
            Column("text", "What we wrote", "What we wrote into the record or beside it.", provided=False),
            Column("reason", "Reason", "Why we decided so.", provided=False),
            Column("decided_at", "Decided", "When we decided.", Kind.MOMENT, provided=False),
            Column("applied_at", "Carried out", "When we did it.", Kind.MOMENT, provided=False),
        ),
        file="evidence",
        corrected_by_note=True,
        excused={
            "dataset": "shown in words as which detail",
            "record": "the key of a row; shown in words as which detail",
            "column": "the name of a field; shown in words as which detail",
            "decided_by": "which member of staff decided",
        },
        third_parties="People named in a document that was sent.",
        words={
            "accept": "We corrected it.",
            "note": "We put a note beside it that corrects it.",
            "statement": "It stays, and your statement stands beside it.",
            "refuse": "It stays as it was, with a reason.",
        },
    ),
    Dataset(
        key="recipient-notices",
        category="rights-requests",
        title="Whom we told of changes",
        what="Who had your data and was told that they were corrected, deleted or paused.",
        system="This portal",
        model="requests_sar.RecipientNotice",
        subject_path="subject",
        order="created_at",
        trigger="settled_at",
        columns=(
            Column(
                "created_at",
                "Since",
                "When we wrote down that they have to be told.",
                Kind.MOMENT,
                provided=False,
            ),
            Column("right", "About", "What was changed.", provided=False),
            Column("recipient", "Who", "Who had the data.", provided=False),
            Column("what", "Which data", "What they had been given.", provided=False),
            Column("given_on", "Last given on", "When they last got it.", Kind.DATE, provided=False),
            Column("outcome", "What came of it", "Whether they were told.", provided=False),
            Column("reason", "Why", "Why they were not told.", provided=False),
            Column("settled_at", "Settled", "When that was done.", Kind.MOMENT, provided=False),
        ),
        corrected_by_note=True,
        excused={
            "case": "shown by what was changed and when",
            "who": "your name for the words of the notice; emptied when they have been told",
            "settled_by": "which member of staff told them",
            "way": "by which way the portal told them",
            "sending": "how far telling them has come",
            "attempts": "how often it was tried",
            "claimed_until": "when it is tried again",
            "error": "why it did not arrive yet, as a code",
            "mail": "the e-mail that told them; its words are blanked when it has left",
        },
        words={
            "done": "We told them.",
            "not-given": "They never had it.",
            "impossible": "They cannot be told.",
            "disproportionate": "Telling them takes more effort than it is worth to you.",
            "rectification": "We corrected your data.",
            "erasure": "We deleted your data.",
            "restriction": "We paused how we use your data.",
        },
    ),
    Dataset(
        key="erasure-requests",
        category="rights-requests",
        title="Requests to delete",
        what="Why you asked us to delete your data, if you said so.",
        system="This portal",
        model="requests_sar.Erasure",
        subject_path="case__subject",
        order="",
        trigger="case__closed_at",
        columns=(
            Column("case__reference", "Request", "Which request it is about.", provided=False),
            Column("ground", "Your reason", "Why you asked."),
            Column(
                "follow_up_on", "We look again on", "When we look at it again.", Kind.DATE, provided=False
            ),
        ),
        corrected_by_note=True,
        words={
            "not-needed": "You think that we no longer need it.",
            "consent": "You took back your permission.",
            "objection": "You object to how we use it.",
            "unlawful": "You think that we should never have had it.",
            "duty": "A law says that we must delete it.",
            "child": "You were a child when you gave it to us.",
        },
    ),
    Dataset(
        key="request-representatives",
        category="rights-requests",
        title="Who asked for you",
        what="Requests that somebody else made for you: by what right, and who got the answer.",
        system="This portal",
        model="requests_sar.Representative",
        subject_path="case__subject",
        order="at",
        trigger="case__closed_at",
        ending=Ending(when_asked=WhenAsked.GOES),
        columns=(
            Column("at", "When", "When we wrote it down.", Kind.MOMENT, provided=False),
            Column("case__reference", "Request", "Which request it is about.", provided=False),
            Column("case__requester_name", "Who asked", "The name they gave.", provided=False),
            Column("kind", "What they are to you", "By what right they asked.", provided=False),
            Column("authority", "Authority", "What came of our check.", provided=False),
            Column("authority_at", "Authority checked", "When we checked it.", Kind.MOMENT, provided=False),
            Column("authority_note", "What we saw", "How they showed that they may ask.", provided=False),
            Column("answer_to", "Answer went to", "Who was to get the answer.", provided=False),
            Column("answer_why", "Why to them", "Why they were to get it.", provided=False),
            Column("answer_email", "Address", "The address that the answer went to.", provided=False),
            Column("born_on", "Born on", "The day of birth we were told.", Kind.DATE, provided=False),
            Column("nation", "Where you live", "The part of the UK, where we were told.", provided=False),
            Column(
                "understands",
                "You could decide",
                "Whether we found that you could decide about this yourself.",
                Kind.BOOLEAN,
                provided=False,
            ),
            Column("judgement", "How we judged", "How we judged that, and what you wanted.", provided=False),
            Column("judged_at", "Judged", "When we judged it.", Kind.MOMENT, provided=False),
        ),
        corrected_by_note=True,
        excused={
            "authority_by": "which member of staff checked it",
            "judged_by": "which member of staff judged it",
        },
        third_parties="The person who asked for you.",
        words={
            "parent": "A parent or guardian.",
            "attorney": "An attorney or deputy.",
            "solicitor": "A solicitor.",
            "executor": "An executor.",
            "other": "A friend, relative or somebody else.",
            "not-checked": "We have not checked it.",
            "matched": "It covered the request.",
            "not-matched": "It did not cover the request.",
            "representative": "The person who asked for you.",
            "subject": "You.",
            "england": "England, Wales or Northern Ireland.",
            "scotland": "Scotland.",
        },
    ),
)

excuse("requests_sar.SavedFilter", "how a member of staff likes to see the queue; about no customer")
excuse("requests_sar.Draft", "answers not sent yet; removed a day after they were last touched")
excuse("requests_sar.Happening", _WORKING)
excuse("requests_sar.LetterWording", "the standard words of our letters; about nobody")
excuse("requests_sar.Need", "what we asked for, why and when: the letters about it are in the messages")
excuse("requests_sar.Question", "the question and our letters about it are in the messages")
excuse("requests_sar.Extension", "the letter with the reason and both dates is in the messages")
excuse("requests_sar.Task", "whom we asked to search where; what came of it is in “Found by colleagues”")
excuse("requests_sar.TaskLink", "that a link went to a colleague")
excuse(
    "requests_sar.FoundFile", "name, size and digest of a file that was found; the file itself is in the copy"
)
excuse("requests_sar.Reminder", "that a reminder of a date went out")
excuse("requests_sar.Digest", "that the officers had their list of a day; about nobody")
excuse("requests_sar.HolidayFile", "bank holidays; about nobody")
excuse(
    "requests_sar.IdentityCheck",
    "in which way and when we made sure who was asking: told in words as how we checked, with the request",
)
excuse(
    "requests_sar.Evidence",
    "a document that waits for a check, sealed; destroyed with the decision, after 30 days at the latest. "
    "The person has the original",
)
excuse("requests_sar.Referral", "which company decides instead of us: told with the request as passed on to")
excuse("requests_sar.Package", "the making of a copy; its files are the copy itself")
excuse(
    "requests_sar.Redaction",
    "what was removed from a copy: the reasons stand in the copy; the words are about others and kept sealed",
)
excuse("requests_sar.Source", "how far the making of a copy has come")
excuse("requests_sar.File", "name, size and digest of a file of a copy")
excuse("requests_sar.Download", "when a file was handed out; shown to the person beside the file")
excuse(
    "mail.Message", "copies of the e-mails about a request; the person has them and sees them on the request"
)
