"""What is said about a line that can't be run as it was typed, and the examples that `--help` starts with."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_OPTION = "There is no option {name}{hint}."
NO_COMMAND = "There is no command '{name}'{hint}."
NO_VALUE = "{name} needs a value after it: {example}"
NOT_WANTED = "{name} takes no value."
NO_ARGUMENT = "{name} is missing. Write it like this: {example}"
NO_OPTION_GIVEN = "{name} is missing. Add it: {example}"
TOO_MUCH = "'{words}' is not expected here. Put quotation marks round a name with spaces in it."
NOT_CHOSEN = "'{value}' is not one of {names}{hint}."
NOT_WHOLE = "'{value}' is not a whole number {between}."
NOT_NUMBER = "'{value}' is not a number {between}."
NOT_TIME = "'{value}' is not a time of day. Write it like 02:00."
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

All commands: meeting-importer --help"""

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
        "doctor": (
            ("Sign-in, permissions, network", "doctor"),
            ("Also the organizers, rows and place of a roster", "doctor roster.xlsx"),
            ("How it looks when all is well", "doctor roster.xlsx --sandbox"),
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
        ),
    }
)
