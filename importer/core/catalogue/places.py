"""Files that others hold, folders that can't be written, and runs that would get in each other's way."""

from __future__ import annotations

from importer.core.catalogue.entry import Entry, Who
from importer.core.model import Severity

PLACES: tuple[Entry, ...] = (
    Entry(
        "result-place-unusable",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "The place for the results can't be written",
        "The results can't be saved as {value} ({reason}). Nothing was sent. Close the file, or choose another place with --result, and run again.",
        means="Before anything is sent, saving the results is tried out. That failed: somebody has the old "
        "results open, or the folder is missing, full or closed to this account.",
        fix="Close the file, make the folder or free some space, or choose another place with --result or --result-dir. Then run again.",
    ),
    Entry(
        "result-folder-missing",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "The folder for the results is missing",
        "There is no folder {value} for the results. Nothing was sent. Make it, or choose another with --result-dir, and run again.",
        means="Results are only saved into a folder that is there: one that is made by mistake, say while a share is away, would hide them.",
        fix="Check the spelling, make the folder, or wait until the share is back. Then run again.",
    ),
    Entry(
        "copy-not-made",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "A fault in the program",
        "The copy could not be made because of a fault in the program ({value}). The results are not lost: they are in a list. "
        "Report this with what -v shows.",
        means="This is a bug in the program. The meetings are there, and their links are in the list that is named beside this message.",
        fix="Report the technical detail, which -v and the log show. Take the links from the list. Running again is safe.",
    ),
    Entry(
        "results-as-list",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "The results are in a list",
        "A copy of the sheet could not be made, so the results are in a list: {other}. Every line has its row and external ID. Pass the links on from there.",
        means="The copy did not pass its own check, and a copy with a link on the wrong row is worse than none. "
        "The list names the row and the external ID of each link.",
        fix="Take the links from the list. Run again later: meetings are found, not made twice.",
    ),
    Entry(
        "results-changed",
        Severity.ERROR,
        Who.SHEET,
        "Somebody has changed the results copy",
        "{name} was changed after it was saved, so it was left alone, and the results of {roster} are in {other}. "
        "If it holds corrections, run that file ({name}). If not, delete it and run again.",
        means="What people type into a results copy is never overwritten. Nobody but the people who typed know whether the roster or "
        "the changed copy is right, so the run took the file that it was given. The results beside the changed copy are "
        "renewed each time, under the same name.",
        fix="Run the changed copy by its name: its corrections count, its results are saved under the next name, and nothing is made twice. "
        "To go on with the roster alone, put the corrections into it, and delete or move the changed copy.",
    ),
    Entry(
        "result-name-taken",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "Another file has the name of the results",
        "{name} is not a results copy, so it was left alone, and the results of {roster} are in {other}. "
        "Rename one of them, or choose another place with --result-dir.",
        means="A file that this program has not saved has the name that the results would have. It is never overwritten.",
        fix="Rename that file or the roster, or choose another folder with --result-dir. Then run again.",
    ),
    Entry(
        "another-run",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "Another run is in progress",
        "Another run ({who}) is going to save {value}. Nothing was sent. Wait until it has ended, or run with --wait 10m.",
        means="Two runs with the same results would get in each other's way, so the later one stops. Runs that save elsewhere are not affected.",
        fix="Wait until the other run has ended, or run with --wait. The lock of a run that was killed is recognized: at once on "
        "the same computer, otherwise after ten minutes.",
    ),
    Entry(
        "open-elsewhere",
        Severity.WARNING,
        Who.SHEET,
        "Somebody has the file open",
        "{value} may lack unsaved edits: opened by {who}. Have it saved and run again if something is missing.",
        means="A small file beside it, as Excel and LibreOffice make one, says that somebody has it open. What was read is "
        "what was last saved. After a crash of Excel that small file can be left behind.",
        fix="Have the person save the file, and run again. Nothing is made twice.",
    ),
    Entry(
        "result-open-elsewhere",
        Severity.WARNING,
        Who.SHEET,
        "Somebody has the old results open",
        "{value} is open elsewhere ({who}). Close it there without saving, and open it again: saving it would bring the old results back.",
        means="A small file beside it says that somebody had the results open when they were saved anew. On Windows an open "
        "file can't be replaced; elsewhere it can, and its window goes on showing what was. After a crash that small "
        "file can be left behind.",
        fix="Close the file without saving, and open it again. If it was saved over the new results, run again: the links "
        "come back, and nothing is made twice.",
    ),
    Entry(
        "file-still-changing",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "The file is still being written",
        "{value} was still being copied after ten minutes, so it was not read. Run again when it is complete.",
        means="Its size or its time kept changing. A roster that is read while it is being copied lacks rows.",
        fix="Run again when the copying is done. --settle says how long a file must stay as it is; 0 does not wait.",
    ),
    Entry(
        "time-limit-reached",
        Severity.ERROR,
        Who.ADMINISTRATOR,
        "The time is up",
        "The run ended because its time (--time-limit) was up. What was done so far is in the results. Run again for the rest.",
        means="The run was told how long it may take, and that was not enough for all rows.",
        fix="Run again for the rest, or give more time with --time-limit. Rows that are done are found again, not made twice.",
    ),
)
