"""The run itself: why it ended early, what that means for rows that were not sent, and what is remembered of it.

`RUN` is about this run; `MEMORY` about the ledger, and what comparing with the last run shows.
"""

from __future__ import annotations

from functools import partial

from importer.core.catalogue.entry import Entry, Who, error, warning

_error = partial(error, who=Who.ADMINISTRATOR)
_warning = partial(warning, who=Who.ADMINISTRATOR)

RUN: tuple[Entry, ...] = (
    _warning(
        "not-sent",
        "Not sent this time",
        "This row was not sent, because the run ended early. Run again: rows that are done stay as they are.",
        means="The run stopped before it came to this row; the summary says why.",
        fix="Fix what stopped the run, and run again. Rows that are done are found again, not made twice.",
    ),
    _warning(
        "answer-not-awaited",
        "Not answered in time",
        "The run ended before Teams had answered for this row, so its meeting may have been made. Run again: it is then "
        "found, not made twice.",
        means="The run was ended while Teams was still at work on this row; the summary says why.",
        fix="Run again. A meeting that was made is found by its external ID, and its link is filled in.",
    ),
    _error(
        "link-damaged",
        "A link that can't be opened",
        "The link for this row came with characters that no link can have; each is shown as \N{REPLACEMENT CHARACTER}. "
        "The meeting is there. Copy its link from Teams.",
        means="The answer held control characters or halves of characters. No file can hold them, so they were replaced, in this row alone.",
        fix="Copy the link from the meeting in Teams, or run again. If it stays so, report it to Microsoft, with the meeting's Graph ID.",
    ),
    _warning(
        "answer-damaged",
        "An answer with damaged characters",
        "The answer for this row contains characters under {names} that no file can hold; each is shown as "
        "\N{REPLACEMENT CHARACTER}. Look it up in Teams.",
        means="The answer held control characters or halves of characters. They were replaced, in this row alone.",
        fix="Look the text up in Teams, or run again.",
    ),
    _warning(
        "link-of-another-meeting",
        "A new meeting in place of another",
        "The row had the link of another meeting, and now has a new one. If this was not intended, put the old External ID and Organizer back and run again.",
        means="A meeting is found by its external ID and organizer. If one of them is changed, it is another meeting: "
        "a new one is made, with a new link, and the old one stays in Teams.",
        fix="Put the old external ID and organizer back, and run again: the old link comes back. If the new meeting is "
        "intended, its organizer deletes the old one in Teams.",
        who=Who.SHEET,
    ),
    _warning(
        "links-of-a-trial",
        "Links of a trial in the sheet",
        "This sheet has join links of a trial, which lead nowhere: {count}. Rows that are answered get real ones. Clear the others before you pass any on.",
        means="The sheet is a copy that a trial in the sandbox has filled in. Its links are visibly not real, and a row that "
        "gets no answer keeps the link that stands in it.",
        fix="Clear the result columns, or begin with the sheet as it was before the trial.",
        who=Who.SHEET,
    ),
    _warning(
        "held-back",
        "Held back because of other rows",
        "This row is fine, but nothing was sent because other rows are not. Fix those and run again.",
        means="The run was asked to send all rows or none (--all-or-nothing), and some rows have problems.",
        fix="Fix the rows with problems, or run without --all-or-nothing.",
        who=Who.SHEET,
    ),
    _error(
        "interrupted",
        "Interrupted",
        "The run was interrupted. What was done so far is in the results. Run again for the rest.",
        means="Somebody pressed Ctrl-C, or the system ended the run.",
        fix="Run again. Rows that are done are found again, not made twice.",
    ),
    _error(
        "too-many-failures",
        "Too many failures",
        "More rows have failed than --max-failures allows: {failed}. Look at their problems, then run again.",
        means="The run was told how many failures to accept, and there were more.",
        fix="Look at the failed rows' problems first. Running again is safe.",
    ),
    _warning(
        "people-not-checked",
        "Attendees could not be looked up",
        "The directory could not be read, so attendees are added by sign-in name alone. "
        "Ask the administrator for the permission User.ReadBasic.All.",
        means="Looking people up needs a permission of its own; without it a wrong name is not noticed.",
        fix="Grant the app the permission User.ReadBasic.All, with admin consent.",
    ),
    _error(
        "sandbox-file-unusable",
        "The sandbox's file can't be used",
        "The sandbox can't keep its meetings in {value} ({reason}). Choose another file with --sandbox-file.",
        means="The file holds something else, or its place can't be read or written.",
        fix="Choose another file with --sandbox-file, or leave the option out: the meetings are then forgotten.",
    ),
    _error(
        "two-ways-to-sign-in",
        "Two ways to sign in at once",
        "Only one of --delegated, --managed-identity and --github-identity can be used: a run signs in once. Leave the others out.",
        means="A run signs in once: as a person, as an app, as a GitHub workflow, or as the machine it runs on.",
        fix="Leave all of these options (or their settings) out but one.",
    ),
    _error(
        "settings-file-not-used",
        "A settings file can't be used",
        "A settings file can't be used: {reason}. Correct it, and run again.",
        means="The settings file beside the input has a mistake, or says something that is not taken from a file that was "
        "only found there: an address, a path to write to, whom to tell, or how to sign in.",
        fix="Correct the line that is named. What only a trusted file may say belongs in one that is named with --config, "
        "or into this account's own settings file.",
    ),
    _error(
        "result-for-many",
        "One result for several inputs",
        "--result names one file, but there are several inputs. Use --result-dir with a folder.",
        means="Each input gets a copy of its own.",
        fix="Use --result-dir with a folder, or run the inputs one at a time.",
    ),
    _error(
        "folder-without-rosters",
        "No roster in the folder",
        "There is no roster in {value}: no .xlsx, .xlsm, .csv or .tsv file apart from results copies and hidden files. Check the folder.",
        means="A folder run takes workbooks and CSV files, and leaves out its own results copies.",
        fix="Check that it is the right folder. To run a results copy again, name the file itself.",
    ),
    _error(
        "folder-unreadable",
        "The folder can't be read",
        "The folder {value} can't be read ({reason}). Check that this account may look into it.",
        means="The folder is there, and this account may not see what is in it, or the share has gone.",
        fix="Give the account the right to read the folder, or wait until the share is back.",
    ),
    _error(
        "result-of-another-kind",
        "The result has another ending than the input",
        "{value} ends differently from the input: the copy is of the same kind, so its name must end in {suffix}. "
        "Change the name after --result.",
        means="The results come as a copy of the input. A workbook that is named .csv could not be opened.",
        fix="Give the result the same ending as the input.",
    ),
    _error(
        "output-not-ours",
        "Another file is in that place",
        "{value}, named by {name}, is there, and this program did not write it. Nothing was sent. Choose another name, or say --force to replace it.",
        means="This program recognizes the files that it wrote. Any other file may be somebody's, and is not replaced.",
        fix="Choose another name, move the file away, or say --force if it may be replaced.",
    ),
    _error(
        "output-twice",
        "One place for two files",
        "{name} and {other} name the same place: {value}. Nothing was sent. Give each a name of its own.",
        means="One of the two files would replace the other.",
        fix="Give each option a name of its own.",
    ),
    _error(
        "output-is-input",
        "An input would be replaced",
        "{value}, named by {name}, is an input, and inputs are never written to. Nothing was sent. Choose another name.",
        means="What a run writes would replace what it reads.",
        fix="Choose another name.",
    ),
    _error(
        "output-no-file",
        "Nothing can be written in that place",
        "{value}, named by {name}, can't be written ({reason}). Nothing was sent. Choose another name.",
        means="A folder where a file is wanted or the other way round, a pipe, a device, or a link that leads to itself.",
        fix="Choose another name.",
    ),
    _error(
        "result-is-input",
        "The result would replace an input",
        "{value} is an input, and inputs are never written to. Choose another name with --result.",
        means="The results go into a copy, so that the roster itself is never harmed.",
        fix="Choose another name with --result, or another folder with --result-dir.",
    ),
    _warning(
        "corrected-copy-used",
        "The corrected copy was run",
        "{value} is the corrected copy, and it holds all that the others say, so it was run and not {others}. "
        "Nothing needs doing. To run another one, name it alone.",
        means="A roster and its corrected results copy were named together. Both are the same list, so only the later one was run.",
        fix="Nothing needs doing. To run another one of them, name it alone.",
        who=Who.SHEET,
    ),
    _warning(
        "copies-left-out",
        "Results copies were left out",
        "{value} was run, and not {others}: nobody has changed the copies since they were saved. Nothing needs doing.",
        means="A roster and its results copies were named together, say by *.xlsx. They are the same list, so only one was run.",
        fix="Nothing needs doing. To run a copy, name it alone.",
        who=Who.SHEET,
    ),
    _error(
        "which-of-them",
        "Two versions of one list",
        "{value} and {other} are the same list, and each may say something that the other does not. Nothing was sent. "
        "Name the one that is right, alone.",
        means="A roster and a changed results copy of it were named together, and the roster was changed too after the copy "
        "was saved, or nobody can tell. Running one would leave out what the other says.",
        fix="Decide which is right, put into it what is only in the other one, and name it alone.",
        who=Who.SHEET,
    ),
    _error(
        "results-collide",
        "Two inputs, one result",
        "Two inputs have the same name, so their copies would replace each other. Run them one at a time.",
        means="With --result-dir all copies go into one folder, and their names must differ.",
        fix="Run the inputs one at a time, or rename one.",
    ),
    _error(
        "calendar-not-saved",
        "The calendar files could not be saved",
        "The calendar files could not all be saved in {value} ({reason}). The links are safe in the results. Choose another folder with --ics, and run again.",
        means="The folder for the calendar files could not be made or written, or a file in it is open in another program.",
        fix="Close what has the files open, or choose another folder with --ics, and run again. Meetings are found, not made twice.",
    ),
    _warning(
        "calendar-without-start",
        "No calendar file without a start",
        "There is no calendar file for {rows}, because neither the sheet nor Teams has a start. Fill in Start, and run again.",
        means="A calendar needs to know when a meeting begins.",
        fix="Fill in Start, and run again.",
        who=Who.SHEET,
    ),
    _warning(
        "report-not-saved",
        "The report could not be saved",
        "The report could not be saved as {value} ({reason}). The results are not affected. Choose another place with --report.",
        means="The place for the report could not be written. It only tells about the run; the run itself went on without it.",
        fix="Close the file if it is open, or choose another place with --report, and run again.",
    ),
    _error(
        "result-moved",
        "The copy could not be saved there",
        "The results could not be saved as {value} ({reason}). They are safe in {other}. Take the links from there.",
        means="The place for the results could not be written: somebody has the file open, or the folder is full or closed.",
        fix="Close the file, or choose another place with --result, and run again. The results are in the file named.",
    ),
    _error(
        "result-not-saved",
        "The results could not be saved",
        "The results could not be saved as {value} ({reason}), nor anywhere else. "
        "Run again with --result and another folder: no meeting is made twice.",
        means="No place could be written at all.",
        fix="Free some space or choose another folder with --result, and run again. Meetings are found, not made twice.",
    ),
)


MEMORY: tuple[Entry, ...] = (
    _warning(
        "ledger-unusable",
        "This run is not remembered",
        "This run can't be recorded in {value} ({reason}). The results copy holds everything. Choose another folder with --state-dir.",
        means="Runs are remembered in a small database, so that a run that was cut short can be finished and a lost copy written again. "
        "This time it could not be opened, and the run went on without it.",
        fix="See that this account may write there and that the disk has room, or choose another folder with --state-dir.",
    ),
    _warning(
        "ledger-newer",
        "A newer version's ledger is left alone",
        "{value} was made by a newer version of this program, so this version leaves it alone, and this run is not remembered. The results copy holds everything. Use the newer version, or choose another folder with --state-dir.",
        means="The database in which runs are remembered has a form that this version does not know. Two versions of the program "
        "are in use with one state folder.",
        fix="Use the newer version everywhere, or give the older one a folder of its own with --state-dir.",
    ),
    _warning(
        "ledger-lost",
        "The rest of this run is not remembered",
        "From some row on, this run could not be recorded ({reason}). The results copy holds everything. Check the disk before the next run.",
        means="The database in which runs are remembered could no longer be written. What it held by then is still there, "
        "and the run went on without it.",
        fix="See that the disk with the state folder has room and is sound, or choose another folder with --state-dir.",
    ),
    _warning(
        "ledger-set-aside",
        "A new ledger was begun",
        "{value} was damaged or of another version. It is now {other}, and a new one was begun. Nothing needs doing: Teams is asked again for what is not remembered.",
        means="The database in which runs are remembered could not be used, and was renamed rather than deleted. "
        "No meeting is lost by that: Teams is asked again, and finds each by its external ID.",
        fix="Nothing needs doing. Delete the renamed file when you like; it holds names and links.",
    ),
    _warning(
        "run-taken-over",
        "An earlier run was cut short",
        "An earlier run of this file was cut short. Teams was not asked again for the rows it had answered by then: {count}. Nothing needs doing.",
        means="The computer or the program was stopped in the middle of a run. What Teams had answered was safe already.",
        fix="Nothing needs doing. With --refresh Teams is asked for those rows too.",
    ),
    _warning(
        "rows-gone",
        "Rows have gone since the last run",
        "No longer in the sheet since the run of {since}: {ids}. Their meetings are still in Teams. Run this to take them away: "
        'meeting-importer cancel "{source}" --gone',
        means="A row that is deleted from the sheet does not delete its meeting: that is for somebody to decide.",
        fix="If a row was deleted by mistake, put it back. Meetings that are not wanted are taken away with `cancel --gone`, or by their organizer in Teams.",
        who=Who.SHEET,
    ),
    _warning(
        "other-list",
        "The meeting is another list's",
        "The external ID '{value}' of this organizer is {other}'s already, so this is that list's meeting. Give this row another "
        'ID; or, if it is the same list under a new name, run with --same-list "{other}".',
        means="Meetings are found by external ID and organizer. Two lists that both count 1, 2, 3 share each other's meetings: "
        "this row's was last answered for another list. --update leaves it alone.",
        fix="Give each list external IDs of its own, for example with the list's name in front. If the list was renamed, "
        "moved or copied, name the old file with --same-list, once.",
        who=Who.SHEET,
    ),
    _error(
        "link-replaced",
        "A new link in place of the old one",
        "This row has a new link: Teams no longer finds the meeting that it had. Pass the new link on to everybody who has the old one.",
        means="The row had a meeting with another link. Teams no longer finds it under this external ID: it was deleted or has "
        "expired, or the organizer's account was made anew. So there is a new meeting, and nobody whom the old link was sent to "
        "comes to it.",
        fix="Pass the new link on to everybody who has the old one. The details (-v, -o json, the log) and the former copy have the "
        "old link.",
        who=Who.SHEET,
    ),
    _error(
        "roster-shrunk",
        "Far fewer rows than last time",
        "Rows in the sheet: {rows}; in the run of {since}: {before}. Nothing was sent, because the sheet looks cut off. Check it, or run with --accept-changes if it is right.",
        means="An export that breaks off gives a sheet that looks right and lacks most rows. A run stops rather than believe it; "
        "--max-shrink says how much is believed.",
        fix="Export the sheet again. If so many rows are really gone, run once with --accept-changes.",
        who=Who.SHEET,
    ),
    _error(
        "headings-changed",
        "Other headings than last time",
        "The headings are not those of the run of {since} ({changes}). Nothing was sent. Check the sheet, or run with --accept-changes if it is right.",
        means="A column that is suddenly missing or another one is often a broken export, and its meetings would lack something.",
        fix="Export the sheet again. If the headings are meant to have changed, run once with --accept-changes.",
        who=Who.SHEET,
    ),
    _error(
        "history-unreadable",
        "What is remembered can't be read",
        "{value} can't be used ({reason}). See that this account may read and write it, or choose another folder with --state-dir.",
        means="Runs are remembered in a small database, and this account can't open it.",
        fix="See that this account may read and write the file and its folder, or choose another folder with --state-dir.",
    ),
    _error(
        "run-unknown",
        "No such run",
        "No run '{value}' is remembered. Look for it with meeting-importer history.",
        means="Runs have a name like 20261124T120000Z-1a2b3c; `last` is the latest. They are remembered for some time, on the machine they ran on.",
        fix="List the runs with meeting-importer history. Another state folder is named with --state-dir.",
    ),
    _error(
        "run-sent-nothing",
        "Nothing to write again",
        "Run {value} left no rows to write again. Choose another with meeting-importer history, or run again: rows that are done are found.",
        means="The run stopped before it sent anything, or newer runs of the same file have taken its place in memory.",
        fix="Choose another run, or run again: a meeting is found by its external ID, never made twice.",
    ),
    _error(
        "roster-not-the-same",
        "The file has changed too much",
        "Most rows of {value} no longer stand where they stood in that run. Run again instead: rows that are done are found, not made twice.",
        means="Results are put on a row only where its number and its external ID are those of then. In this file most are not.",
        fix="Run again. Or get the file back as it was, and then write the copy again.",
        who=Who.SHEET,
    ),
    _warning(
        "rows-not-the-same",
        "Some rows have changed",
        "Rows that are not those of that run were left as they are: {count}, from row {first} on. Run again to have them done.",
        means="Results are put on a row only where its number and its external ID are those of then.",
        fix="Run again: rows that are done are found, not made twice.",
        who=Who.SHEET,
    ),
    _warning(
        "no-answer-then",
        "Not answered in that run",
        "That run has no answer for this row. Run again to have it done.",
        means="The run ended before Teams had answered for this row, or the row was another one then.",
        fix="Run again: rows that are done are found, not made twice.",
    ),
)
