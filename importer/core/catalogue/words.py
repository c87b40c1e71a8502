"""Sentences that are about no problem: what a status and an exit code mean, and what the terminal and `--help` say."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from importer.core.model import ExitCode, Status
from importer.core.texts import Sentence, fixed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.core.catalogue.entry import Who


STATUS_WORDS: Mapping[Status, str] = MappingProxyType(
    {
        Status.CREATED: "The meeting was made in this run; its link is in the row.",
        Status.EXISTING: "The meeting was there already; its link is in the row. Nothing was changed.",
        Status.DIFFERS: "The meeting is there, but differs from the row; `What to do` says how.",
        Status.UPDATED: "The meeting was there and was changed to what the row says.",
        Status.UNCHANGED: "Nothing has changed since the last run, so Teams was not asked; the link is in the row.",
        Status.INVALID: "The row has a mistake and was not sent; `What to do` says what to fix.",
        Status.FAILED: "The row was sent, or its people were looked up, and that was refused; `What to do` says why.",
        Status.NOT_ATTEMPTED: "The row was not sent this time. A link it had before is kept.",
    }
)


def status_word(status: str) -> str:
    """Return a status, or `ready`, as other languages can say it."""
    return fixed("status", status)


def who_in_words(who: Who) -> str:
    """Return who can put something right."""
    return fixed("who", who.value)


READY_WORDS = "The row can be sent; this time nothing was to be."
"""What `ready` means, which is what people read where nothing was to be sent."""

REHEARSED = "Dry run: nothing was sent."
"""How a dry run ends; how many rows would be sent comes behind."""

EXIT_WORDS: Mapping[ExitCode, str] = MappingProxyType(
    {
        ExitCode.DONE: "All rows are done, or there was nothing to do.",
        ExitCode.BUG: "An unexpected error: a bug in this program. Please report what it printed.",
        ExitCode.USAGE: "Wrong usage or configuration; nothing was sent.",
        ExitCode.INPUT: "The input can't be used: unreadable, no heading row, or nothing valid to send.",
        ExitCode.ROWS: "Finished, but at least one row is invalid, failed or could not be updated.",
        ExitCode.REFUSED: "Sign-in, permission or access policy: nothing can succeed until an administrator acts.",
        ExitCode.RESULTS: "The results could not be written where asked; they are safe, and the message says where.",
        ExitCode.STOPPED: "Stopped early (throttled out, service down, --max-failures, --time-limit). Safe to run again.",
        ExitCode.LOCKED: "Another run is at work in the same place.",
        ExitCode.INTERRUPTED: "Interrupted. What was done so far is in the results.",
    }
)


def exit_words(code: ExitCode) -> str:
    """Return what an exit code means as other languages can say it."""
    return fixed("exit code", EXIT_WORDS[code])


EXIT_BRIEFLY: Mapping[ExitCode, str] = MappingProxyType(
    {
        ExitCode.DONE: "all done",
        ExitCode.ROWS: "finished but rows need somebody",
        ExitCode.REFUSED: "an administrator must act",
        ExitCode.RESULTS: "the results are elsewhere",
        ExitCode.STOPPED: "stopped early",
        ExitCode.LOCKED: "another run was at work",
    }
)
"""What a scheduled run can end with, in a few words each."""


TOLD = Sentence(
    "report told",
    "{count} meeting was told its options after it was made.",
    "{count} meetings were told their options after they were made.",
    "count",
)

ALL_READY = Sentence("all ready", "The row is ready to be sent", "All {count:,} rows are ready to be sent", "count")
SOME_READY = Sentence(
    "some ready", "{count:,} of {rows:,} rows are ready to be sent", counted="count", note="0 or 1 or 12 of 20 rows"
)
ALL_IN_PLACE = Sentence("all in place", "The meeting is in place", "All {count:,} meetings are in place", "count")
SOME_IN_PLACE = Sentence(
    "some in place", "{count:,} of {rows:,} meetings are in place", counted="count", note="0 or 1 or 12 of 20 meetings"
)
ALL_JOINED = Sentence("all joined", "The row has its meeting", "All {count:,} rows have their meeting", "count")
SOME_JOINED = Sentence(
    "some joined", "{count:,} of {rows:,} rows have their meeting", counted="count", note="0 or 1 or 12 of 20 rows"
)
"""How a call's rows stand, in a sentence without a full stop: all of them, or some, and what is left of them."""
NEEDING = Sentence("rows bad", "{count:,} row needs somebody", "{count:,} rows need somebody", "count")
NOT_SENT = Sentence("rows waiting", "{count:,} row was not sent", "{count:,} rows were not sent", "count")
NOT_TO_BE_SENT = Sentence(
    "rows that would wait", "{count:,} row would not be sent", "{count:,} rows would not be sent", "count"
)
UNUSABLE = Sentence("files unusable", "{count:,} file could not be used", "{count:,} files could not be used", "count")
UNDONE = Sentence("files undone", "{count:,} file was not done", "{count:,} files were not done", "count")
"""Behind a semicolon: '12 of 20 meetings are in place; 5 rows need somebody; 3 rows were not sent'."""

INVITED = Sentence("calendars", "In calendars: {parts}.", note="In calendars: 3 made, 1 changed, 6 mails to people.")
TO_INVITE = Sentence(
    "calendars to be", "In calendars there would be: {parts}.", note="... 3 to make, 6 mails to people."
)
BY_FATE = Sentence("events", "{count:,} {fate}", note="3 made", counted="count")
MAILS = Sentence("mails", "{count:,} mail to people", "{count:,} mails to people", "count")
INVITE_ASK = (
    "Nobody was invited for this list before. Exchange would send {count} invitations to {meetings} now. Go on?"
)
WOULD_INVITE = "Row {row}: {subject}, {when}: {people}"
"""Who would be invited to what."""
NOBODY_ELSE = "nobody but the organizer"
NO_TITLE = "(no title)"

ICS_SAVED = "Calendar files in {folder}: {words}. Nobody has them yet: attach them to mails, or open them in the organizer's calendar."

READING = "Reading {name} ..."
LOOKING_UP = "Looking up people ..."
SAVING = "Saving the results ..."

WAITS = "Teams asks for a pause: {seconds} s left."
"""Under the progress bar, where the seconds count down."""
WAITING = "Waiting {seconds} s, as Teams asks. The run goes on by itself."
BUSY = "Waiting {seconds} s, because Teams is busy. The run goes on by itself."
_GIVES_UP = "no answer yet, and the run gives up after {seconds} s."
SILENCE = {
    "sign-in": f"Waiting for Microsoft's sign-in service: {_GIVES_UP}",
    "people": f"Waiting for Microsoft Graph to say who the people are: {_GIVES_UP}",
    "meetings": f"Waiting for Teams' first meeting: {_GIVES_UP}",
    "changes": f"Waiting for Teams' first changed meeting: {_GIVES_UP}",
    "events": f"Waiting for Exchange's first answer about a calendar: {_GIVES_UP}",
}
"""What a run waits for that has had no answer of this kind yet."""
STOPPING = "Stopping: what is under way is finished first."
FAILED_SO_FAR = "{count} failed."

STEP = "{name}: {done} of {rows} rows, {failed} failed{left}"
"""Where there is no terminal, now and then."""
LEFT = "{time} left"
RATE = "{rate} rows/s"
SLOW_RATE = "{rate} rows/min"

FIRST = "Row {row}: "
"""Before the sentence of one row, where those of the others are not the same."""

FIRST_OF = "{count} more values. Row {row}: "
"""Before the sentence of one row, where there are too many values to say each."""

GONE = "Gone: {external_id}, {link}"
"""The meeting of a row that is no longer in the sheet, with its link: whoever deletes it has to find it."""

SAID_ABOVE = "as said above ({code})."
"""In place of a sentence that stands over all files, behind `Stopped:`."""

DIFFERING = "Where a row is right and Teams is not, run again with --update: it changes the meetings in Teams."
"""Under everything, for whoever runs the program; the rows themselves name no option."""

TABLE = ("Rows", "Heading", "What to do", "Code")
ROWS_LISTED = 4
"""Rows whose numbers are all named in a narrow column."""
MORE = "More about a code: meeting-importer explain {code}"


def place_in_words(rows: tuple[int, ...]) -> str:
    """Return where, for a narrow column: '5', '10, 11', '4, 7, / 9', or in two lines '31 rows, / 5 to 40'."""
    if len(rows) > ROWS_LISTED:
        return f"{len(rows)} rows,\n{rows[0]} to {rows[-1]}"
    return ",\n".join(", ".join(map(str, rows[at : at + 2])) for at in range(0, len(rows), 2))


PREVIEW = "As the first rows were read:"
PREVIEW_ALL = "As the rows were read:"
PREVIEW_HEADINGS = ("Row", "External ID", "Subject", "Start", "End", "Time zone", "In UTC", "Organizer", "Attendees")
NOT_READ = Sentence("preview not read", "not read: {text}", note="in place of a time that could not be read")
BLANK_START = Sentence(
    "preview start", "when it is made", note="in place of a start: the meeting begins when it is made"
)
BLANK_END = Sentence("preview end", "{time} (no end given)", note="11:00 (no end given)")
MORE_TIMES = Sentence(
    "preview more",
    ", and {count} more until {last}",
    counted="count",
    note="behind a time: and 12 more until Fri 2 Jul 2027, 10:00",
)
NO_ZONE = Sentence("preview no zone", "no zone known", note="in place of a time zone")
ATTENDED_BY = Sentence("preview attendees", "with {names}", note="with ana@contoso.com and 2 more")


MAP_ASK: Mapping[str, str] = MappingProxyType(
    {
        "timezone": "Time zone, like Europe/Berlin (Enter: leave it open)",
        "date_order": "DMY, MDY or YMD (Enter: leave it open)",
        "external_id": "Its heading, or several with + between (Enter: as proposed, or open)",
        "organizer": "Its heading, or one address for all rows (Enter: leave it open)",
        "start": "Its heading, or several with + between, like Date + Time (Enter: leave it open)",
        "end": "Its heading, or several with + between, like Date + Time (Enter: leave it open)",
        "duration": "Its heading (Enter: leave it open)",
        "same_id": "One meeting: y or n (Enter: leave it open)",
    }
)
"""What is asked behind a question of `map`, by what it is about."""
MAP_NO_ZONE = "'{zone}' is no time zone{hint}. Write it like Europe/Berlin."
MAP_NO_ORDER = "That is none of the orders in which all dates can be read."
MAP_NO_HEADING = "There is no heading '{name}'{hint}."
MAP_OPEN = "Open:"
MAP_WRITTEN = "Written: {path}"
MAP_NEXT = "Look at it, then check all rows with: {line}"
MAP_THERE = "{path} is there already, and stays as it is: the draft stands above. Compare the two with --check."
MAP_UNWRITTEN = "{path} can't be written ({reason}): the draft stands above. Save it there yourself."
MAP_NOT_READY = "Not ready to be sent: {count}. The first is row {row}: {message}"
MAP_NO_SETTINGS = "there is none in {path} that says something under [columns], so there is nothing to compare"
MAP_SAME = "Every heading that the settings name is there, and there is none that they don't know."
MAP_MISSING = "Missing: '{heading}' for {key}. Row {row} has no such heading{hint}."
MAP_NEW = "Not read: '{heading}'."
MAP_NEW_MEANT = "Not read: '{heading}'. It could be {key}."
MAP_HEADINGS = ("Key", "Heading", "How sure", "Why")


NO_OPTION = "There is no option {name}{hint}."
NO_COMMAND = "There is no command '{name}'{hint}."
NO_VALUE = "{name} needs a value after it: {example}"
NOT_WANTED = "{name} takes no value."
NO_ARGUMENT = "{name} is missing. Write it like this: {example}"
NO_OPTION_GIVEN = "{name} is missing. Add it: {example}"
TOO_MUCH = "'{words}' is not expected here. Put quotation marks round a name with spaces in it."
NOT_A_SHEETS = "'{name}' under [sheets.\"{sheet}\"] in {path} is not about how a sheet is read. Say it for the whole call, or delete it."
NOT_CHOSEN = "'{value}' is not one of {names}{hint}."
NOT_WHOLE = "'{value}' is not a whole number {between}."
NOT_NUMBER = "'{value}' is not a number {between}."
NOT_ENCODING = (
    "'{value}' is not an encoding that a CSV can be in. Write it like utf-8, utf-16, cp1252, cp1250 or cp932."
)
NOT_PERSON = "'{value}' is no sign-in name, object ID or name. Write it like ana@contoso.com."
NOT_TIME = "'{value}' is not a time of day. Write it like 02:00."
NOT_DAY = "'{value}' is not a day. Write it like 2027-04-05."
A_SUNDAY = "{value} is a Sunday, which is the last day of a week or the first. Name its Monday: {before} or {after}."
BETWEEN = "from {least} to {most}"
FROM = "from {least} on"
ABOVE = "above {least}"
WRONG = "{name}: {message}"
TWO_GRAPHS = "--sandbox and --graph-url each name a Graph, and a run can talk to one only. Leave one of them out."
NO_HOST = "'{host}' can't be the name of a host. Correct it."
NOT_A_SETTING = "'{name}' in {path} is not a setting{hint}. Correct or delete it."
NOT_A_VALUE = "{place} must be {wanted}. Correct it."
SETTINGS_FILE = "'{key}' in {path}"
FOUND_ONLY = (
    "'{name}' in {path} is not obeyed: that file was only found there, so it may say how the sheet is read, and nothing "
    'else. If you trust it, name it: --config "{path}". Otherwise take the line out.'
)
OWN_AND_HERE = (
    "Some of the inputs have a settings file of their own beside them, and the others are read by {path}. "
    "Schedule them in two lines, or put a settings file beside each."
)
READ_FROM = "Settings from {path} ({why}): {keys}."
READ_NOTHING = "Settings from {path} ({why}): none that counts here."
LOOK_UP = "More about it: {command} --help"

FIRST_STEPS = """\
meeting-importer turns a spreadsheet into Teams online meetings, and gives
back a copy of it with the join links.

First steps:
  # A sheet to fill in
  meeting-importer template meetings.xlsx

  # Fill it in and try it: no account, nothing leaves this computer
  meeting-importer run meetings.xlsx --sandbox

  # What is still missing for real meetings, and how to get it
  meeting-importer doctor

All commands: meeting-importer --help
The manual: meeting-importer guide"""

TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "tenant": "The real tenant: app, permissions, certificate, access policy; other ways to sign in, clouds, proxies",
        "columns": "Which headings there are, how times and people are written, what is filled in",
        "meeting-options": "Lobby, recording, chat and other options of each meeting, or of all; whether Teams kept them",
        "rosters": "A list from another system: naming its headings; recipes for schools, HR, courts and training",
        "nightly": "A job for Windows, Linux or cron; who is notified, log, heartbeat, files that somebody has open",
        "options": "All commands and options, their variables, settings files, shell completion",
        "results": "Statuses, exit codes, the copy and how to correct in it, what is remembered, report, invitations",
        "calendar": "Inviting people through their organizers' calendars: the permission, who gets what, running again",
        "cancel": "Taking meetings away: of rows that are gone, of a file, of a run; what the old links still do",
        "facts": "What Teams does that no document says: finding it out in a tenant, and a sandbox that does the same",
        "troubleshooting": "Something is wrong: where to look first",
        "security": "What is sent, stored and reported, and where tokens go",
        "json": "The output for programs",
    }
)
"""The manual's pages in the order in which they are needed, each with what it answers."""

READ_ON = "Read one: meeting-importer guide tenant\nWhat a code means: meeting-importer explain end-before-start"

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "": (
            ("A blank template to fill in", "template meetings.xlsx"),
            ("Check it; nothing is sent", "validate meetings.xlsx"),
            ("Try it without Microsoft 365", "run meetings.xlsx --sandbox"),
            ("Is everything set up? Makes no meeting", "doctor meetings.xlsx"),
            ("Make the meetings, write meetings-results.xlsx", "run meetings.xlsx"),
            ("What a code means, and how to fix it", "explain not-a-date"),
        ),
        "cancel": (
            ("What would be cancelled, of rows that are gone", "cancel roster.xlsx --gone --dry-run"),
            ("Cancel it; asks for the number of meetings", "cancel roster.xlsx --gone"),
            ("Take back what a run has made", "cancel --run 20261224T020000Z-3f2a1b"),
        ),
        "run": (
            ("Make the meetings, write roster-results.xlsx", "run roster.xlsx"),
            ("Try it without Microsoft 365", "run roster.xlsx --sandbox"),
            ("All rosters of a folder, for a program to read", "run rosters --result-dir links -o json"),
            ("Sign in and look people up, but make nothing", "run roster.xlsx --dry-run"),
        ),
        "validate": (
            ("Say everything that is wrong", "validate roster.xlsx"),
            ("The same, written into a copy beside each row", "validate roster.xlsx --result new.xlsx"),
        ),
        "map": (
            ("Propose how an export is read; asks what it can't tell", "map timetable.csv"),
            ("For a script, the file on stdout", "map timetable.csv --show 0 > draft.toml"),
            ("Does the file that there is still fit a new export?", "map timetable.csv --check"),
        ),
        "doctor": (
            ("Sign-in, permissions, network", "doctor"),
            ("Also the organizers, rows and place of a roster", "doctor roster.xlsx"),
            ("How it looks when all is well", "doctor roster.xlsx --sandbox"),
            (
                "What no document says of Teams here",
                "doctor --prove ana@contoso.com",
            ),
        ),
        "template": (
            ("A blank template to fill in", "template meetings.xlsx"),
            ("For one organizer's meetings", "template --organizer ana@contoso.com"),
            ("With the rows of an exported roster", "template mine.xlsx --from timetable.csv"),
        ),
        "explain": (
            ("What a code means, and how to fix it", "explain not-a-date"),
            ("All codes", "explain"),
        ),
        "guide": (
            ("The manual's pages", "guide"),
            ("From nothing to real meetings", "guide tenant"),
        ),
        "schedule": (
            ("Windows: for Task Scheduler, each night", "schedule --as task -- run rosters"),
            ("Linux: units for systemd", "schedule --as systemd -- run rosters"),
            ("A line for crontab", "schedule --as cron -- run rosters"),
        ),
        "history": (
            ("What was done to a roster", "history roster.xlsx"),
            ("Remove what is remembered of it", "history roster.xlsx --forget"),
        ),
        "recover": (
            ("Write the copy of the last run again", "recover last"),
            ("Write it somewhere else", "recover last --result-dir links"),
        ),
        "sandbox": (
            ("Serve it, to be used with --graph-url", "sandbox"),
            ("Keep its meetings for the next time", "sandbox --file meetings.json"),
            ("Do as a tenant did (doctor --prove writes the file)", "sandbox --facts tenant-facts.json"),
        ),
    }
)

CANCEL_LINE = "{subject}; {start}; {organizer}; {people}"
CANCEL_UNTITLED = "(no subject)"
CANCEL_ASK = "To cancel {meetings}, type how many they are"
CANCEL_NOTHING = "There is no meeting to cancel."
CANCEL_MAILS = "Cancellations that Exchange will send to people: {count}"
CANCEL_MORE = "and {count} more; --output json lists them all"
CANCEL_LINKS = (
    "Whoever opens the old link of a cancelled meeting may still find a room: it is marked as cancelled, and nobody is "
    "let in but by the organizer. {told}"
)
CANCEL_TOLD = "Exchange has told those who were invited through a calendar: {count}. Tell the others yourself."
CANCEL_UNTOLD = "No mail was sent: tell the people yourself."
CANCEL_REHEARSED = "Dry run: nothing was cancelled. It would be {meetings}."
