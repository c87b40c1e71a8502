"""What is remembered from run to run: the ledger itself, and what comparing with the last run shows."""

from __future__ import annotations

from importer.core.catalogue.entry import Entry, Who
from importer.core.model import Severity

MEMORY: tuple[Entry, ...] = (
    Entry(
        "ledger-unusable",
        Severity.WARNING,
        Who.ADMINISTRATOR,
        "This run is not remembered",
        "This run can't be recorded in {value} ({reason}). The results copy holds everything. Choose another folder with --state-dir.",
        means="Runs are remembered in a small database, so that a run that was cut short can be finished and a lost copy written again. "
        "This time it could not be opened, and the run went on without it.",
        fix="See that this account may write there and that the disk has room, or choose another folder with --state-dir.",
    ),
    Entry(
        "ledger-newer",
        Severity.WARNING,
        Who.ADMINISTRATOR,
        "A newer version's ledger is left alone",
        "{value} was made by a newer version of this program, so this version leaves it alone, and this run is not remembered. The results copy holds everything. Use the newer version, or choose another folder with --state-dir.",
        means="The database in which runs are remembered has a form that this version does not know. Two versions of the program "
        "are in use with one state folder.",
        fix="Use the newer version everywhere, or give the older one a folder of its own with --state-dir.",
    ),
    Entry(
        "ledger-lost",
        Severity.WARNING,
        Who.ADMINISTRATOR,
        "The rest of this run is not remembered",
        "From some row on, this run could not be recorded ({reason}). The results copy holds everything. Check the disk before the next run.",
        means="The database in which runs are remembered could no longer be written. What it held by then is still there, "
        "and the run went on without it.",
        fix="See that the disk with the state folder has room and is sound, or choose another folder with --state-dir.",
    ),
    Entry(
        "ledger-set-aside",
        Severity.WARNING,
        Who.ADMINISTRATOR,
        "A new ledger was begun",
        "{value} was damaged or of another version. It is now {other}, and a new one was begun. Nothing needs doing: Teams is asked again for what is not remembered.",
        means="The database in which runs are remembered could not be used, and was renamed rather than deleted. "
        "No meeting is lost by that: Teams is asked again, and finds each by its external ID.",
        fix="Nothing needs doing. Delete the renamed file when you like; it holds names and links.",
    ),
    Entry(
        "run-taken-over",
        Severity.WARNING,
        Who.ADMINISTRATOR,
        "An earlier run was cut short",
        "An earlier run of this file was cut short. Teams was not asked again for the rows it had answered by then: {count}. Nothing needs doing.",
        means="The computer or the program was stopped in the middle of a run. What Teams had answered was safe already.",
        fix="Nothing needs doing. With --refresh Teams is asked for those rows too.",
    ),
    Entry(
        "rows-gone",
        Severity.WARNING,
        Who.SHEET,
        "Rows have gone since the last run",
        "No longer in the sheet since the run of {since}: {ids}. The meetings are still in Teams. Delete them there if nobody needs them.",
        means="A row that is deleted from the sheet does not delete its meeting: that is for its organizer to decide.",
        fix="If a row was deleted by mistake, put it back. Meetings that are not wanted are deleted in Teams by their organizer.",
    ),
    Entry(
        "other-list",
        Severity.WARNING,
        Who.SHEET,
        "The meeting is another list's",
        "The external ID '{value}' of this organizer is {other}'s already, so this is that list's meeting. Give this row another "
        'ID; or, if it is the same list under a new name, run with --same-list "{other}".',
        means="Meetings are found by external ID and organizer. Two lists that both count 1, 2, 3 share each other's meetings: "
        "this row's was last answered for another list. --update leaves it alone.",
        fix="Give each list external IDs of its own, for example with the list's name in front. If the list was renamed, "
        "moved or copied, name the old file with --same-list, once.",
    ),
    Entry(
        "link-replaced",
        Severity.ERROR,
        Who.SHEET,
        "A new link in place of the old one",
        "This row has a new link: Teams no longer finds the meeting that it had. Pass the new link on to everybody who has the old one.",
        means="The row had a meeting with another link. Teams no longer finds it under this external ID: it was deleted or has "
        "expired, or the organizer's account was made anew. So there is a new meeting, and nobody whom the old link was sent to "
        "comes to it.",
        fix="Pass the new link on to everybody who has the old one. The details (-v, -o json, the log) and the former copy have the "
        "old link.",
    ),
    Entry(
        "roster-shrunk",
        Severity.ERROR,
        Who.SHEET,
        "Far fewer rows than last time",
        "Rows in the sheet: {rows}; in the run of {since}: {before}. Nothing was sent, because the sheet looks cut off. Check it, or run with --accept-changes if it is right.",
        means="An export that breaks off gives a sheet that looks right and lacks most rows. A run stops rather than believe it; "
        "--max-shrink says how much is believed.",
        fix="Export the sheet again. If so many rows are really gone, run once with --accept-changes.",
    ),
    Entry(
        "headings-changed",
        Severity.ERROR,
        Who.SHEET,
        "Other headings than last time",
        "The headings are not those of the run of {since} ({changes}). Nothing was sent. Check the sheet, or run with --accept-changes if it is right.",
        means="A column that is suddenly missing or another one is often a broken export, and its meetings would lack something.",
        fix="Export the sheet again. If the headings are meant to have changed, run once with --accept-changes.",
    ),
    Entry(
        "history-unreadable",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "What is remembered can't be read",
        "{value} can't be used ({reason}). See that this account may read and write it, or choose another folder with --state-dir.",
        means="Runs are remembered in a small database, and this account can't open it.",
        fix="See that this account may read and write the file and its folder, or choose another folder with --state-dir.",
    ),
    Entry(
        "run-unknown",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "No such run",
        "No run '{value}' is remembered. Look for it with meeting-importer history.",
        means="Runs have a name like 20261124T120000Z-1a2b3c; `last` is the latest. They are remembered for some time, on the machine they ran on.",
        fix="List the runs with meeting-importer history. Another state folder is named with --state-dir.",
    ),
    Entry(
        "run-sent-nothing",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "Nothing to write again",
        "Run {value} left no rows to write again. Choose another with meeting-importer history, or run again: rows that are done are found.",
        means="The run stopped before it sent anything, or newer runs of the same file have taken its place in memory.",
        fix="Choose another run, or run again: a meeting is found by its external ID, never made twice.",
    ),
    Entry(
        "roster-not-the-same",
        Severity.ERROR,
        Who.SHEET,
        "The file has changed too much",
        "Most rows of {value} no longer stand where they stood in that run. Run again instead: rows that are done are found, not made twice.",
        means="Results are put on a row only where its number and its external ID are those of then. In this file most are not.",
        fix="Run again. Or get the file back as it was, and then write the copy again.",
    ),
    Entry(
        "rows-not-the-same",
        Severity.WARNING,
        Who.SHEET,
        "Some rows have changed",
        "Rows that are not those of that run were left as they are: {count}, from row {first} on. Run again to have them done.",
        means="Results are put on a row only where its number and its external ID are those of then.",
        fix="Run again: rows that are done are found, not made twice.",
    ),
    Entry(
        "no-answer-then",
        Severity.WARNING,
        Who.ADMINISTRATOR,
        "Not answered in that run",
        "That run has no answer for this row. Run again to have it done.",
        means="The run ended before Teams had answered for this row, or the row was another one then.",
        fix="Run again: rows that are done are found, not made twice.",
    ),
)
