"""Files, folders and settings: what keeps a sheet from being read or a copy from being written.

`FILES` is about what a file is and says; `PLACES` about where it lies: files that others hold, folders that can't be
written, and runs that would get in each other's way.
"""

from __future__ import annotations

from functools import partial

from importer.core.catalogue.entry import Entry, Who, error, warning

_error = partial(error, who=Who.SHEET)
_warning = partial(warning, who=Who.SHEET)


FILES: tuple[Entry, ...] = (
    _error(
        "file-not-found",
        "No such file",
        "There is no file {value}{hint}. Check the name and the folder.",
        means="The file does not exist, or its folder can't be seen from here.",
        fix="Check the spelling. On a network share, check that this account may read it.",
        who=Who.ADMINISTRATOR,
    ),
    _warning(
        "rows-not-shown",
        "Rows can't be shown yet",
        "How the rows of {value} are read can't be shown before it is known when a meeting starts. Name its heading.",
        means="`map` shows the first rows as its draft would have them read, and the draft does not say yet which column "
        "has the start.",
        fix='Put the heading, or several like ["Date", "Time"], behind start in the draft, and run validate.',
    ),
    _warning(
        "sheet-of-a-csv",
        "A CSV has no worksheets",
        "{value} is a CSV, which has no worksheet '{sheet}' and no other: all of it is read. "
        "Leave --sheet out, or hand in the workbook.",
        means="--sheet chooses one worksheet of a workbook. A CSV is one table.",
        fix="Leave --sheet out for a CSV. If the CSV was made from a workbook, hand in the workbook itself.",
    ),
    _error(
        "file-not-readable",
        "The file can't be read",
        "{value} can't be opened: {reason}. Check that it is a file and that this account may read it.",
        means="The file is there, but it is a folder, or this account may not read it, or the drive is gone.",
        fix="Check the permissions of the file and its folder. Having it open in Excel does no harm.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "file-too-large",
        "The file is too large",
        "{value} is larger than {limit} MB. Delete pictures, or split the rows over several files.",
        means="The file is far larger than any list of meetings.",
        fix="Copy the rows into a new workbook made from the template.",
    ),
    _error(
        "file-empty",
        "The file is empty",
        "{value} is empty. Save it again from the program it comes from.",
        means="The file has no content at all; often a save or a download was broken off.",
        fix="Save or download the file again.",
    ),
    _error(
        "file-type-unknown",
        "Neither a workbook nor a CSV",
        "{value} is neither an Excel workbook nor a CSV. In Excel choose Save As and Excel Workbook (.xlsx).",
        means="Files ending in .xlsx, .xlsm, .csv, .tsv and .txt can be used.",
        fix="In Excel choose File, Save As, and the type Excel Workbook (.xlsx).",
    ),
    _error(
        "workbook-encrypted",
        "The workbook has a password",
        "{value} is locked with a password. In Excel choose File, Info, Protect Workbook, Encrypt with Password, "
        "clear the password, and save.",
        means="A workbook that needs a password to open is encrypted, and nobody can read it without the password.",
        fix="In Excel choose File, Info, Protect Workbook, Encrypt with Password, clear the password, and save.",
    ),
    _error(
        "workbook-signed",
        "The workbook is digitally signed",
        "{value} is digitally signed, and writing links into it would break the signature. "
        "Remove the signature, or use a copy saved without it.",
        means="Any change, a link in a cell too, makes a signature invalid.",
        fix="In Excel choose File, Info, View Signatures, remove the signature, and save.",
    ),
    _error(
        "workbook-old-format",
        "An old Excel format",
        "{value} is in the format of Excel 97 to 2003 (.xls). In Excel choose Save As and Excel Workbook (.xlsx).",
        means="The old format can't be copied without loss.",
        fix="Open it in Excel, choose File, Save As, and the type Excel Workbook (.xlsx).",
    ),
    _error(
        "workbook-binary",
        "A binary workbook",
        "{value} is a binary workbook (.xlsb). In Excel choose Save As and Excel Workbook (.xlsx).",
        means="The binary format can't be copied without loss.",
        fix="Open it in Excel, choose File, Save As, and the type Excel Workbook (.xlsx).",
    ),
    _error(
        "workbook-opendocument",
        "An OpenDocument spreadsheet",
        "{value} is an OpenDocument spreadsheet (.ods). Choose Save As and Excel 2007-365 (.xlsx).",
        means="OpenDocument spreadsheets can't be used.",
        fix="Open it in LibreOffice or Excel, choose Save As, and the type Excel 2007-365 (.xlsx).",
    ),
    _error(
        "workbook-template",
        "An Excel template file",
        "{value} is an Excel template (.xltx). Open it, fill it in, and save it as Excel Workbook (.xlsx).",
        means="An Excel template is there to make workbooks from, not to be filled in itself.",
        fix="Double-click it, fill in the new workbook, and save it as Excel Workbook (.xlsx).",
    ),
    _error(
        "not-a-workbook",
        "Not a workbook",
        "{value} has the name of a workbook but is something else. Open it in Excel and save it as "
        "Excel Workbook (.xlsx).",
        means="Some systems export web pages or text under the name .xlsx or .xls. Excel opens them, but they are not workbooks.",
        fix="Open it in Excel, choose File, Save As, and the type Excel Workbook (.xlsx).",
    ),
    _error(
        "workbook-named-csv",
        "A workbook named CSV",
        "{value} is a workbook although its name says CSV. Give it a name that ends in .xlsx.",
        means="What is in the file does not fit its name, so the copy would have the wrong name too.",
        fix="Rename the file so that it ends in .xlsx.",
    ),
    _error(
        "workbook-damaged",
        "The workbook is damaged",
        "{value} is damaged and can't be read whole. Open it in Excel, let it repair the file, and save it.",
        means="The file was cut off or changed on its way, or a program wrote it wrongly.",
        fix="Get the file again from where it comes from, or open it in Excel and save it.",
    ),
    _error(
        "workbook-unusual",
        "The workbook is put together in an unusual way",
        "{value} is put together in a way that can't be copied safely. Open it in Excel and save it.",
        means="The file may be fine to Excel, but results could not be written into it without risk to what is there.",
        fix="Open it in Excel and save it: Excel writes the file anew. Then run again.",
    ),
    _error(
        "workbook-too-large",
        "The workbook unpacks to too much",
        "{value} unpacks to more than any list of meetings could ({limit} MB). Copy the rows into a new workbook.",
        means="A small file that unpacks to an enormous one is either damaged or made to do harm.",
        fix="Copy the rows into a new workbook made from the template.",
    ),
    _error(
        "sheet-too-large",
        "The sheet reaches too far",
        "The sheet in {value} reaches to row {row} and over {columns} columns. Delete what stands far away from "
        "your rows, and save.",
        means="Something stands far below or far to the right of the rows, often by mistake.",
        fix="In Excel press Ctrl+End to see how far the sheet reaches; delete the rows and columns beyond your list.",
    ),
    _error(
        "sheet-unknown",
        "No sheet of that name",
        "{value} has no sheet '{sheet}'. It has {sheets}. Give one of these with --sheet.",
        means="The workbook has no sheet of the name or the pattern given with --sheet.",
        fix="Check the spelling on the tab at the bottom of the workbook.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "sheet-is-chart",
        "That sheet has no cells",
        "'{sheet}' in {value} is a chart or a macro sheet, which has no rows. Name another with --sheet.",
        means="A chart sheet shows a picture and has no cells.",
        fix="Give the sheet with the rows with --sheet.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "sheet-none",
        "No sheet with cells",
        "{value} has no visible sheet with cells. Unhide the sheet with the rows, or name it with --sheet.",
        means="Hidden sheets and chart sheets are not looked at unless they are asked for.",
        fix="Right-click a tab in Excel, choose Unhide, and save; or give the sheet's name with --sheet.",
    ),
    _warning(
        "head-count",
        "How many people, not who",
        "The column '{value}' has nothing but numbers, so it is not read as Attendees. Name the column with the people under [columns] "
        "if there is one.",
        means="Exports of meetings that took place, and room plans, say there how many people there are.",
        fix="Nothing needs doing if the sheet does not say who takes part. attendees = false says so for good, and the note goes.",
    ),
    _warning(
        "sheets-passed-over",
        "Sheets that are no lists of meetings",
        "Passed over, because there is no heading row or no row below it: {value}. Check that no list of meetings is among them.",
        means="A pattern for sheets takes in others as well, like a guide or a list of rooms.",
        fix="Nothing needs doing if these are no lists of meetings. A list that has no headings needs them; --sheet with its name says "
        "what is wrong with it.",
    ),
    _warning(
        "sheet-settings-unused",
        "Settings for a sheet that is not there",
        "The settings file has settings for the sheet {value}, and the sheets of this workbook are {sheets}. Correct the name if one of them is meant.",
        means="A settings file can hold for several workbooks, so a name under [sheets] that this one does not have stops nothing. "
        "If the name is misspelled, that sheet is read without its own settings.",
        fix="Nothing needs doing if the name is another workbook's. Otherwise write it as it stands on the sheet's tab.",
    ),
    _warning(
        "sheets-alike",
        "Another sheet has the headings too",
        "Sheet '{value}' is used; the same headings are in {others}. Choose with --sheet if another is meant.",
        means="Several sheets look like lists of meetings, and nobody said that more than one of them is to be read.",
        fix="Name the sheet that is meant with --sheet, or several: --sheet Maths --sheet History, or all with --sheet '*'.",
    ),
    _warning(
        "sheet-protected",
        "The sheet is protected",
        "Sheet '{value}' is protected; results are written into the copy all the same. Nothing needs doing.",
        means="Protection keeps people from typing into cells in Excel. The copy stays protected.",
        fix="Nothing needs doing. To edit the copy in Excel, choose Review, Unprotect Sheet.",
    ),
    _warning(
        "rows-below-table",
        "Rows under the table",
        "Rows under the table '{value}' are not read: {count}, from row {first} on. "
        "If they are meetings, move them into the table.",
        means="In a sheet with a table (Insert, Table) the rows of the table are the meetings. Totals and remarks under it are "
        "not.",
        fix="Nothing needs doing for totals and remarks. For meetings, drag the corner of the table down, or move the "
        "rows into it.",
    ),
    _warning(
        "results-beside-table",
        "Results outside the table",
        "The results stand beside the table '{value}', not in it, and would not be sorted with it. "
        "To keep them together, sort the roster, never the copy.",
        means="A table that gets its rows from elsewhere, or that has something on its right, can't take in more columns.",
        fix="Sort the roster instead and run again. Or choose Table Design, Convert to Range in the roster, or move what stands "
        "on the table's right.",
    ),
    _warning(
        "results-beside-filter",
        "Results outside the filter",
        "The results stand outside the range {value} that the filter buttons sort, and would not move with their rows. "
        "To keep them together, sort the roster, never the copy.",
        means="Something stands between the list and the results, and would be sorted too if the filter reached over it.",
        fix="Sort the roster instead and run again. Or move what stands on the right of the list.",
    ),
    _warning(
        "sheet-results-lost",
        "Results on another sheet",
        "The results that {former} had on the sheet '{value}' could not be taken over. Run that sheet again to have them.",
        means="A run takes over from the former copy what it does not read itself, but other sheets' runs have written. This sheet "
        "is not read by the same headings, or has changed.",
        fix="Run that sheet again, with the settings that it was run with: the meetings are found again, none is made twice.",
    ),
    _error(
        "result-cell-taken",
        "A result cell can't be written",
        "Cell {cell} under '{value}' {reason}. Rename that heading, and the results get a column of their own.",
        means="Writing into merged cells or over a formula that other cells depend on would damage the sheet.",
        fix="Rename the heading over the column, or unmerge the cells, and run again.",
    ),
    _error(
        "no-free-columns",
        "No room for the results",
        "{value} has no free columns to the right for the results. Delete what stands in the last columns.",
        means="The sheet is filled up to its last column.",
        fix="Delete what stands far to the right of your list, and save.",
    ),
    _error(
        "copy-differs",
        "The copy did not pass its check",
        "The copy of {value} does not show the results as written, so it is not kept. Run again, and report this.",
        means="After writing, the copy is read again and compared with the original. This time something differed.",
        fix="The results are safe in the list beside the file. Report the message in the log.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "csv-nul",
        "Not a text file",
        "{value} contains characters that no CSV has. Save it again from Excel as CSV UTF-8.",
        means="The file is not text, or is in an encoding that it does not name.",
        fix="Open it in Excel, choose File, Save As, and the type CSV UTF-8.",
    ),
    _error(
        "csv-quote-open",
        "A quotation mark is never closed",
        "In row {row} of {value} a quotation mark opens a cell and none closes it. Add the missing one.",
        means="Everything after the mark belongs to one cell, so the rows below can't be read.",
        fix="Open the file in a text editor, go to the row, and close the quotation mark.",
    ),
    _error(
        "csv-delimiter-unclear",
        "It is unclear what separates the cells",
        "It is unclear whether {found} separates the cells of {value}. Save it as .xlsx, or put the line sep=; "
        "(or sep=,) at its top.",
        means="The headings can be read in more than one way. Nothing is guessed.",
        fix="Put a first line into the file that names the separator, like sep=; as Excel itself understands it.",
    ),
    _warning(
        "csv-encoding-assumed",
        "Not in UTF-8",
        "{value} is not in UTF-8; it is read as {said}. Check names with accents.",
        means="A CSV does not say in which encoding it is. Without UTF-8 it is read as Windows saves it in Poland or Japan, "
        "where more of its headings are known then, else as Western Windows saves it.",
        fix="If names with accents look wrong, save the file again as CSV UTF-8, or name its encoding with --encoding.",
    ),
    _error(
        "csv-encoding-unknown",
        "In an encoding that is not known",
        "{value} is not in UTF-8, and row {row} is not in the encoding of Western Windows (Windows-1252) either. Name "
        "the right one with --encoding, like cp932 or cp1250, or save it again as CSV UTF-8.",
        means="A CSV does not say in which encoding it is. Read in a wrong one, names and titles are other ones.",
        fix="Ask whoever made the file for its encoding: Japanese Excel saves plain CSV in cp932, Polish Excel in cp1250, "
        "Russian Excel in cp1251. Or open it in Excel and save it with the type CSV UTF-8.",
    ),
    _error(
        "csv-encoding-wrong",
        "Not in the encoding that was named",
        "{value} is not in the encoding {said}: it {reason}. Name another one, or leave encoding out.",
        means="The file can't be what --encoding, or encoding in a settings file, says. Names and titles would be other ones.",
        fix="Leave --encoding out, which recognizes UTF-8 and files that name their encoding themselves, or name the right one.",
    ),
    _error(
        "too-many-rows",
        "Too many rows",
        "{value} has more than {limit} rows. Split it.",
        means="More rows than a sheet can have, or far more than can be sent.",
        fix="Split the file into several.",
    ),
)

PLACES: tuple[Entry, ...] = (
    _error(
        "result-place-unusable",
        "The place for the results can't be written",
        "The results can't be saved as {value} ({reason}). Nothing was sent. Close the file, or choose another place with --result, and run again.",
        means="Before anything is sent, saving the results is tried out. That failed: somebody has the old "
        "results open, or the folder is missing, full or closed to this account.",
        fix="Close the file, make the folder or free some space, or choose another place with --result or --result-dir. Then run again.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "result-folder-missing",
        "The folder for the results is missing",
        "There is no folder {value} for the results. Nothing was sent. Make it, or choose another with --result-dir, and run again.",
        means="Results are only saved into a folder that is there: one that is made by mistake, say while a share is away, would hide them.",
        fix="Check the spelling, make the folder, or wait until the share is back. Then run again.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "copy-not-made",
        "A fault in the program",
        "The copy could not be made because of a fault in the program ({value}). The results are not lost: they are in a list. "
        "Report this with what -v shows.",
        means="This is a bug in the program. The meetings are there, and their links are in the list that is named beside this message.",
        fix="Report the technical detail, which -v and the log show. Take the links from the list. Running again is safe.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "results-as-list",
        "The results are in a list",
        "A copy of the sheet could not be made, so the results are in a list: {other}. Every line has its row and external ID. Pass the links on from there.",
        means="The copy did not pass its own check, and a copy with a link on the wrong row is worse than none. "
        "The list names the row and the external ID of each link.",
        fix="Take the links from the list. Run again later: meetings are found, not made twice.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "results-changed",
        "Somebody has changed the results copy",
        "{name} was changed after it was saved, so it was left alone, and the results of {roster} are in {other}. "
        "If it holds corrections, run that file ({name}). If not, delete it and run again.",
        means="What people type into a results copy is never overwritten. Nobody but the people who typed know whether the roster or "
        "the changed copy is right, so the run took the file that it was given. The results beside the changed copy are "
        "renewed each time, under the same name.",
        fix="Run the changed copy by its name: its corrections count, its results are saved under the next name, and nothing is made twice. "
        "To go on with the roster alone, put the corrections into it, and delete or move the changed copy.",
    ),
    _error(
        "result-name-taken",
        "Another file has the name of the results",
        "{name} is not a results copy, so it was left alone, and the results of {roster} are in {other}. "
        "Rename one of them, or choose another place with --result-dir.",
        means="A file that this program has not saved has the name that the results would have. It is never overwritten.",
        fix="Rename that file or the roster, or choose another folder with --result-dir. Then run again.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "another-run",
        "Another run is in progress",
        "Another run ({who}) is going to save {value}. Nothing was sent. Wait until it has ended, or run with --wait 10m.",
        means="Two runs with the same results would get in each other's way, so the later one stops. Runs that save elsewhere are not affected.",
        fix="Wait until the other run has ended, or run with --wait. The lock of a run that was killed is recognized: at once on "
        "the same computer, otherwise after ten minutes.",
        who=Who.ADMINISTRATOR,
    ),
    _warning(
        "open-elsewhere",
        "Somebody has the file open",
        "{value} may lack unsaved edits: opened by {who}. Have it saved and run again if something is missing.",
        means="A small file beside it, as Excel and LibreOffice make one, says that somebody has it open. What was read is "
        "what was last saved. After a crash of Excel that small file can be left behind.",
        fix="Have the person save the file, and run again. Nothing is made twice.",
    ),
    _warning(
        "result-open-elsewhere",
        "Somebody has the old results open",
        "{value} is open elsewhere ({who}). Close it there without saving, and open it again: saving it would bring the old results back.",
        means="A small file beside it says that somebody had the results open when they were saved anew. On Windows an open "
        "file can't be replaced; elsewhere it can, and its window goes on showing what was. After a crash that small "
        "file can be left behind.",
        fix="Close the file without saving, and open it again. If it was saved over the new results, run again: the links "
        "come back, and nothing is made twice.",
    ),
    _error(
        "file-still-changing",
        "The file is still being written",
        "{value} was still being copied after ten minutes, so it was not read. Run again when it is complete.",
        means="Its size or its time kept changing. A roster that is read while it is being copied lacks rows.",
        fix="Run again when the copying is done. --settle says how long a file must stay as it is; 0 does not wait.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "time-limit-reached",
        "The time is up",
        "The run ended because its time (--time-limit) was up. What was done so far is in the results. Run again for the rest.",
        means="The run was told how long it may take, and that was not enough for all rows.",
        fix="Run again for the rest, or give more time with --time-limit. Rows that are done are found again, not made twice.",
        who=Who.ADMINISTRATOR,
    ),
)
