"""Words anybody understands: every message says what is wrong and where, ends in the next step, and fits in a cell."""

from __future__ import annotations

import re
import string

import pytest

from importer.core.catalogue import CATALOGUE, VALUE_SHOWN, Entry, Who, problem
from importer.core.catalogue.sheet import SHEET
from tests.each import each

LONGEST_MESSAGE = 300
"""Characters: what a cell of the `What to do` column shows without being opened, wrapped to a few lines."""
LONGEST_TITLE = 60

TYPICAL = {
    "when": "2026-12-25",
    "most": "200",
    "typed": "12",
    "source": "rosters/courses.xlsx",
    "remedy": "Correct it in the settings file; for a column that the sheet does not have, write false there.",
    "settings": "rosters/meeting-importer.toml",
    "all": "12",
    "audience": "api://AzureADTokenExchange",
    "line": 'end = "Ende"',
    "otherwise": "; if not, end = false",
    "before": "214",
    "candidates": " (there is Ana Lopez, ana.lopez@contoso.com)",
    "cell": "K5",
    "changes": "now missing: End; new: Room",
    "cloud": "GCC High",
    "columns": "18",
    "count": "31",
    "date": "2026-12-25",
    "differing": "Only in the sheet: ana@contoso.com. Only in Teams: bo@contoso.com",
    "difference": "12 minutes",
    "direction": "behind",
    "drive": "R:",
    "elsewhere": ", and the results stand under 'Status (meeting-importer)'",
    "end": "2026-12-25 08:00",
    "example": r"\\server\share\rosters",
    "expected": "a host such as login.microsoftonline.us, or its address beginning with https://",
    "failed": "26",
    "first": "5",
    "former": "timetable-results.xlsx",
    "found": "a comma or a semicolon",
    "graph": "https://graph.microsoft.com",
    "heading": "Attendees",
    "hint": " (did you mean ana@contoso.com?)",
    "ids": "HR-00042, HR-00043, HR-00044 and 9 more",
    "instead": r"\\server\share\rosters",
    "invalid": "3",
    "issuer": "https://token.actions.githubusercontent.com",
    "key": "time_zone",
    "kind": "a date",
    "known": "global, usgov-l4, usgov-l5, china",
    "left": "12 days",
    "limit": "750",
    "me": "ana@contoso.com",
    "last": "2027-07-16",
    "meanings": "Tuesday or Sunday",
    "meant": "Attendees",
    "meetings": "12 meetings",
    "minutes": "15",
    "missing": "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
    "name": "AZURE_CLIENT_SECRET_FILE",
    "names": "ana@contoso.com, bo@contoso.com and 9 more",
    "near": "Cancelled",
    "now": "2026-12-25 09:00",
    "one": "3 April 2027",
    "organizer": "ana.maria.lopez@school.contoso.com",
    "other": "4 March 2027",
    "others": "rows 5, 6, 7, 8, 9 and 31 more",
    "own": "put an empty column headed Attendees before it",
    "path": "rosters/exported-timetable.xlsx",
    "people": "ana.lopez@contoso.com and ana.ruiz@contoso.com",
    "ready": "29",
    "reason": "another program has it open",
    "subject": "repo:contoso/rosters:ref:refs/heads/main",
    "suffix": ".xlsx",
    "roster": "exported-timetable.xlsx",
    "twice": "stands over two columns. Rename one of them.",
    "row": "1048576",
    "rows": "32",
    "said": "utf-16-le",
    "setting": "SSL_CERT_FILE",
    "sheet": "2026-12-25 09:00",
    "sheets": "'Meetings', 'Guide', 'Lists'",
    "since": "2026-11-24 02:00 UTC",
    "start": "2026-12-25 09:00",
    "system": "Windows",
    "teams": "2026-12-25 10:00",
    "tenant": "11111111-2222-3333-4444-555555555555",
    "time": "24:30",
    "unit": "milliseconds",
    "url": "https://microsoft.com/devicelogin",
    "user_code": "A1B2C3D4E",
    "value": "rosters/exported-timetable.xlsx",
    "what": "two times of day",
    "word": "Di",
    "who": "Ana Maria Lopez",
    "words": "'everyone passes', 'organization and trusted ones', 'organization', 'organizer only'",
    "would": ', or ask whoever runs the import for same_id = "one meeting": that makes them one from 2026-12-25 09:00 '
    "to 2026-12-25 10:30, with 12 attendees",
    "zone": "Europe/Berlin",
}
"""What a fact is like in real life. A new fact of a message needs an entry here."""

OWN = {
    "csv-encoding-assumed": {"said": "Western European (Windows-1252)"},
    "fact-refuted": {
        "value": "answer-names-external-id",
        "what": "createOrGet changes nothing of a meeting that is there. It changes the meeting to what was sent.",
    },
    "column-missing": {"last": "H", "names": "column K for start", "path": "rosters/meeting-importer.toml"},
    "no-rows-left": {"who": "[rows] in rosters/meeting-importer.toml leaves these out"},
    "row-choice-near": {"setting": "only", "value": "Cancel"},
    "row-choice-unclear": {"setting": "only", "value": "#REF!"},
    "column-does-not-fit": {"value": "Participants"},
    "column-not-read": {"value": "Ende"},
    "heading-missing": {
        "path": "rosters/meeting-importer.toml",
        "names": "'Ende um' for end (did you mean Endet um?) and 'Zone' for time_zone",
        "row": "4",
    },
    "headings-in-two-rows": {"names": "'Date', 'From time', 'To time'", "row": "1", "other": "2"},
    "times-not-mapped": {"names": "'Start time', 'Completion time', 'Date and time of the meeting'", "row": "1"},
    "serial-number": {"meant": "2026-12-25 09:00"},
    "zone-in-time": {"value": "2026-12-25 9:00 AM ET", "zone": "ET", "hint": " (did you mean America/New_York?)"},
    "heading-overtyped": {"found": "'ana.maria.lopez@school.contoso.com' is in H1"},
    "no-header-row": {
        "hint": "Sheets looked at: A, B. Row 4 has Subject, Start, End and 2 more, but no External ID; these headings "
        "there are not known: 'Nr.', 'Raum', 'Klasse' and 9 more. "
    },
    "no-such-day": {"reason": "November 2026 has no day 31"},
    "weekday-wrong": {"reason": "25 December 2026 is a Friday, not a Thursday"},
    "name-of-several": {"value": "Ana Maria Lopez"},
    "mail-of-several": {"value": "ana.ruiz@contoso.com"},
    "name-not-found": {"value": "Ana Maria Lopez"},
    "people-found-by-mail": {"value": "ana.ruiz@contoso.com is ana@contoso.com"},
    "people-found-by-name": {"value": "Ana Ruiz is ana@contoso.com"},
    "names-not-looked-up": {"value": "Ana Ruiz and Bo Berg"},
    "names-unclear": {"value": "Ruiz, Ana"},
    "organizer-not-one": {"value": "Adam, Anna <anna.adam@contoso.com>; Berg, Bo <bo.berg@contoso.com>"},
    "csv-encoding-wrong": {
        "reason": "has signs that are written there in two ways, and a copy of it would be another file"
    },
    "sheet-settings-unused": {"value": "'Nope'", "sheets": "'Maths', 'History'"},
    "sheets-passed-over": {"value": "'Guide', 'Lists', 'Rooms and equipment'"},
    "result-name-taken": {
        "name": "exported-timetable-results.xlsx",
        "other": "rosters/exported-timetable-results-2.xlsx",
    },
    "results-changed": {
        "name": "exported-timetable-results.xlsx",
        "other": "rosters/exported-timetable-results-2.xlsx",
    },
    "time-zone-unknown": {"hint": "", "example": ", like Europe/Berlin or W. Europe Standard Time"},
    "year-missing": {"missing": "year and no time of day"},
    "sign-in-secret-wrong": {"hint": "What was given looks like a Secret ID. "},
    "event-failed": {
        "reason": "Exchange did not accept the event of this meeting. Show your administrator the details."
    },
    "event-left": {"value": "Mon 23 Nov 2026, 10:00 (Europe/Berlin)"},
    "event-gone": {"value": "Mon 23 Nov 2026, 10:00 (Europe/Berlin)"},
    "event-differs": {"differing": "start: Mon 23 Nov 10:00 in the row, Mon 23 Nov 11:00 in the calendar"},
    "not-invited": {"value": "ana_fabrikam.com#EXT#@contoso.onmicrosoft.com"},
    "update-failed": {"reason": "Teams did not accept the times. Check Start and End."},
}
"""Where a fact of that name is another one."""

NEXT_STEPS = frozenset(
    """
    Add Ask Change Check Choose Clear Close Complete Copy Correct Delete Enter Fill Format Get Give Have Leave
    Look Make Fix Move Name Open Pass Put Remove Rename Report Run Save Say See Set Share Show Sign Sort Split
    Switch Take Tell Try Type Unhide Upload Use Wait Write
    """.split()  # noqa: SIM905 - a list of words is read as words
)
"""Verbs that tell people to do something. Extend it for a new verb, never for a sentence that tells nothing to do."""

JARGON = re.compile(
    r"\b(NaN|schema|data ?frame|regex|regular expression|HTTPS?|JSON|XML|(UTC )?offset|null|None|NULL|exception|stack|"
    r"traceback|payload|endpoint|string|boolean|integer|float|parse[ds]?|parser|bytes?|API|OAuth|JWT|GUID|UUID|UPN|"
    r"PATCH|POST|GET|callback|timeout|throttl\w+|thread|process id|Pandera|pandas|MSAL|openpyxl|stdin|stderr|stdout)\b"
)
FOR_ADMINISTRATORS = re.compile(r"\b(tokens?|credentials?|Graph|client|tenant|certificates?|proxy|scopes?|consent)\b")
"""Words that a person who fills in a sheet has no use for; whoever runs the program meets them in its settings."""
NAMES_OF_THINGS = re.compile(
    r"https?://\S*|--[a-z-]+|\b[A-Z]+(?:_[A-Z]+)+\b|\bmeeting-importer [a-z-]+|\S+\.[A-Z]\w+\S*"
)
"""Addresses, options, settings, commands and permissions: they are called what they are called."""

PLACES = re.compile(
    r"\b(rows?|sheet|meeting|Teams|results?|run|directory|inputs?|sign-in|signed in|app|account|computer|network|"
    r"proxy|program|organization|address|code|command line|token)\b|--[a-z]|[A-Z]+_[A-Z]+",
    re.IGNORECASE,
)
"""What a message is about where it has no heading in front of it and names no file."""

ENTRIES = each(CATALOGUE)


def facts(entry: Entry) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(entry.message) if name}


def said(entry: Entry) -> str:
    """Return the message with typical values."""
    typical = {name: TYPICAL[name] for name in facts(entry) | {"value"}} | OWN.get(entry.code, {})
    return problem(entry.code, **typical).message


def sentences(text: str) -> list[str]:
    """Return the sentences; `e.g. Europe` and `W. Europe Standard Time` are no ends."""
    return re.split(r"(?<=[.?!])(?<!e\.g\.)(?<!\bW\.) (?=[A-Z'-])", text)


@ENTRIES
def test_it_fits(entry: Entry) -> None:
    assert len(said(entry)) <= LONGEST_MESSAGE
    assert 0 < len(entry.title) <= LONGEST_TITLE
    assert not entry.title.endswith(".")


@ENTRIES
def test_it_says_what_and_where(entry: Entry) -> None:
    after_a_heading = entry.message[0].islower()

    assert len(entry.message.split()) > 2
    assert after_a_heading or facts(entry) or PLACES.search(entry.message)


@ENTRIES
def test_it_ends_in_the_next_step(entry: Entry) -> None:
    last = sentences(said(entry))[-1]
    step = re.sub(r"^(?:(?:If|To) [^,]*, |In Excel )(\w)", lambda found: found[1].upper(), last)

    assert step.startswith("Nothing needs doing") or step.split()[0].rstrip(":,.") in NEXT_STEPS, last


@ENTRIES
def test_it_has_no_jargon(entry: Entry) -> None:
    plain = NAMES_OF_THINGS.sub("", entry.message)

    assert JARGON.findall(plain) == []
    assert JARGON.findall(entry.title) == []


@each({code: entry for code, entry in CATALOGUE.items() if entry.who is Who.SHEET})
def test_what_the_sheet_is_to_be_mended_for_is_said_in_words_of_the_sheet(entry: Entry) -> None:
    assert FOR_ADMINISTRATORS.findall(NAMES_OF_THINGS.sub("", entry.message)) == []


@each({entry.code: entry for entry in SHEET})
def test_what_stands_in_the_sheet_names_no_option(entry: Entry) -> None:
    """Whoever reads it there does not run the program."""
    assert re.findall(r"--\w|command line|\.toml", entry.message) == []


@pytest.mark.parametrize(
    ("code", "option", "line"),
    [
        ("time-zone-missing", "--timezone Europe/Berlin", 'timezone = "Europe/Berlin"'),
        ("date-ambiguous", "--date-order DMY", 'date_order = "DMY"'),
    ],
)
def test_what_can_be_stated_for_all_rows_is_said_to_whoever_runs_it(code: str, option: str, line: str) -> None:
    assert "ask whoever runs the import" in CATALOGUE[code].message
    assert [option, line] == CATALOGUE[code].fix.splitlines()[1:]
    assert "meeting-importer.toml" in CATALOGUE[code].fix


@ENTRIES
def test_it_is_written_with_care(entry: Entry) -> None:
    for text in (entry.title, said(entry), entry.means, entry.fix):
        assert text == " ".join(text.split()) or "\n" in text
        assert text.strip()
    assert said(entry)[-1] in ".?" or "meeting-importer" in sentences(entry.message)[-1]
    assert entry.means[-1] == "."


def test_every_typical_value_is_of_use() -> None:
    assert TYPICAL.keys() - {name for entry in CATALOGUE.values() for name in facts(entry)} == set()


def test_of_a_long_value_both_ends_are_quoted_a_path_s_name_is_the_last_of_it() -> None:
    for length in range(60, 120):
        path = "\\\\fileserver\\rosters\\".ljust(length, "x") + "\\roster.xlsx"
        found = problem("file-not-found", value=path, hint="").message

        assert "\\\\fileserver\\rosters\\" in found
        assert "xx\\roster.xlsx" in found
        assert len(found) <= len(CATALOGUE["file-not-found"].message) + VALUE_SHOWN
