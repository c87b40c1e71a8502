"""The run itself: why it ended early, and what that means for rows that were not sent."""

from __future__ import annotations

from importer.core.catalogue.entry import Entry, Who
from importer.core.model import Severity

RUN: tuple[Entry, ...] = (
    Entry(
        "not-sent",
        Severity.WARNING,
        Who.SHEET,
        "Not sent this time",
        "This row was not sent, because the run ended early. Run again: rows that are done stay as they are.",
        means="The run stopped before it came to this row; the summary says why.",
        fix="Mend what stopped the run, and run again. Rows that are done are found again, not made twice.",
    ),
    Entry(
        "held-back",
        Severity.WARNING,
        Who.SHEET,
        "Held back because of other rows",
        "This row is fine, but nothing was sent because other rows are not. Mend those and run again.",
        means="The run was asked to send all rows or none (--all-or-nothing), and some rows have problems.",
        fix="Mend the rows with problems, or run without --all-or-nothing.",
    ),
    Entry(
        "interrupted",
        Severity.ERROR,
        Who.SHEET,
        "Interrupted",
        "The run was interrupted. What was done so far is in the results; run again for the rest.",
        means="Somebody pressed Ctrl-C, or the system ended the run.",
        fix="Run again. Rows that are done are found again, not made twice.",
    ),
    Entry(
        "too-many-failures",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "Too many failures",
        "{failed} rows have failed, which is more than --max-failures allows. Look at their problems, then run again.",
        means="The run was told how many failures to bear, and there were more.",
        fix="Look at the failed rows' problems first. Running again is safe.",
    ),
    Entry(
        "people-not-checked",
        Severity.WARNING,
        Who.ADMINISTRATOR,
        "Attendees could not be looked up",
        "The directory could not be read, so attendees are put on the meeting by sign-in name alone. "
        "Ask the administrator for the permission User.ReadBasic.All.",
        means="Looking people up needs a permission of its own; without it a wrong name is not noticed.",
        fix="Grant the app the permission User.ReadBasic.All, with admin consent.",
    ),
    Entry(
        "sandbox-file-unusable",
        Severity.ERROR,
        Who.SHEET,
        "The sandbox's file can't be used",
        "The sandbox can't keep its meetings in {value} ({reason}). Choose another file with --sandbox-file.",
        means="The file holds something else, or its place can't be read or written.",
        fix="Choose another file with --sandbox-file, or leave the option out: the meetings are then forgotten.",
    ),
    Entry(
        "two-ways-to-sign-in",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "Two ways to sign in at once",
        "--delegated and --managed-identity exclude each other: one is a person, the other a machine. Leave one out.",
        means="A run signs in once, as a person, as an app, or as the machine it runs on.",
        fix="Leave out one of the two options (or its setting).",
    ),
    Entry(
        "result-for-many",
        Severity.ERROR,
        Who.SHEET,
        "One result for several inputs",
        "--result names one file, but there are several inputs. Use --result-dir with a folder.",
        means="Each input gets a copy of its own.",
        fix="Use --result-dir with a folder, or run the inputs one at a time.",
    ),
    Entry(
        "result-is-input",
        Severity.ERROR,
        Who.SHEET,
        "The result would replace an input",
        "{value} is an input, and inputs are never written to. Choose another name with --result.",
        means="The results go into a copy, so that the roster itself is never harmed.",
        fix="Choose another name with --result, or another folder with --result-dir.",
    ),
    Entry(
        "results-collide",
        Severity.ERROR,
        Who.SHEET,
        "Two inputs, one result",
        "Two inputs have the same name, so their copies would replace each other. Run them one at a time.",
        means="With --result-dir all copies go into one folder, and their names must differ.",
        fix="Run the inputs one at a time, or rename one.",
    ),
    Entry(
        "result-moved",
        Severity.ERROR,
        Who.SHEET,
        "The copy could not be saved there",
        "The results could not be saved as {value} ({reason}). They are safe in {other}.",
        means="The place for the results could not be written: somebody has the file open, or the folder is full or closed.",
        fix="Close the file, or choose another place with --result, and run again. The results are in the file named.",
    ),
    Entry(
        "result-not-saved",
        Severity.ERROR,
        Who.SHEET,
        "The results could not be saved",
        "The results could not be saved as {value} ({reason}), nor anywhere else. "
        "Run again with --result and another folder: no meeting is made twice.",
        means="No place could be written at all.",
        fix="Free some space or choose another folder with --result, and run again. Meetings are found, not made twice.",
    ),
)
