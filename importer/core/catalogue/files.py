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
        "heading-twice",
        "The same heading twice",
        "In row {row}, '{value}' {twice}",
        means="With the same heading over two columns, or one column for two things, it is unclear which one is meant.",
        fix="Rename one of the two headings. Where a heading of the results is over a column that is read, name the "
        'results\' column under [columns] in meeting-importer.toml, like meeting_id = "Teams meeting ID".',
    ),
    _warning(
        "column-not-ours",
        "A column of the sheet's own under a heading of the results",
        "The column '{value}' holds what this program did not write. It is left as it is{elsewhere}. "
        "Nothing needs doing.",
        means="A column whose heading is one of the results', like Status or Join URL, is filled in only where it is blank "
        "or holds results of an earlier run. Anything else in it is somebody's own, and is kept.",
        fix="Nothing needs doing. To have the results under that heading, empty the column or rename its heading; to give "
        "them another heading, name it under [columns] in meeting-importer.toml.",
    ),
    _error(
        "heading-missing",
        "A heading of the settings is not in the sheet",
        "{path} names {names}, and row {row} of {value} has no such heading. {remedy}",
        means="A heading under [columns] or [rows] in the settings file is not in the sheet. Its column would be left out, "
        "and the meetings made without what stands in it, or of rows that were to be left out.",
        fix="Correct the heading under [columns], or the sheet. Where the sheet has no such column, write false:\n"
        "[columns]\nattendees = false",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "people-not-read",
        "The list of people can't be read",
        "Who is meant by names can't be read from {value}: {reason}. Correct the list, or the line people = in the settings "
        "file.",
        means="The settings say that a file, or a sheet of the workbook, has the names in the sheet and whose they are. "
        "Without it nobody would be known.",
        fix="Give the list two columns, headed Name and Sign-in name, or write the names into the settings file:\n"
        '[people]\n"Ana Ruiz" = "ana@contoso.com"',
        who=Who.ADMINISTRATOR,
    ),
    _warning(
        "names-not-known",
        "Names instead of sign-in names",
        "Most cells under '{value}' have names, and nobody has said whose they are. Write under [people] in the settings "
        "file who they are, or have them looked up with --find-people.",
        means="People are known by the address that they sign in to Teams with. The column has people's names, as exports "
        "often do.",
        fix='Say in meeting-importer.toml who is meant, by a table or by the name of a list:\n[people]\n"Ana Ruiz" = '
        '"ana@contoso.com"\nOr have the names looked up in the directory:\n--find-people',
    ),
    _warning(
        "people-left-out",
        "Names without a sign-in name",
        "In {value}, {rows} have a name and no sign-in name that can be read; those names are not known. Fill them in.",
        means="The list of people has names for which there is no sign-in name, or something else in its place.",
        fix="Fill in the sign-in names, like ana@contoso.com, or delete those rows.",
    ),
    _error(
        "option-for-all-not-in-cloud",
        "This cloud does not have an option of all meetings",
        "'{key}' in the settings can't be '{value}' in {cloud}, which does not have this. Take the line out.",
        means="Microsoft's clouds for the United States' government lack some options of meetings, so Graph would refuse them there.",
        fix="Take the line out of the settings file. If the meetings are in another cloud, say so with --cloud.",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "organizer-not-told",
        "An organizer for all rows who is not known",
        "The organizer that was given for rows without one is no sign-in name, and [people] does not say who that is. Give "
        "the sign-in name.",
        means="--organizer, or the line organizer = in the settings file, names somebody by a name that is nobody's under "
        "[people], or several people's.",
        fix="Give the sign-in name, or say under [people] who is meant:\n--organizer ana@contoso.com",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "column-missing",
        "A column of the settings is not in the sheet",
        "{path} names {names}, and {value} has no column after {last}. Correct the letter in the settings file.",
        means="A column that is named by its letter is beyond the last one that has anything in it, so nothing would be read.",
        fix="Correct the letter under [columns]. Where the sheet has no such column, write false:\n"
        "[columns]\nattendees = false",
        who=Who.ADMINISTRATOR,
    ),
    _error(
        "headings-in-two-rows",
        "The headings stand in two rows",
        "Row {row} has the headings, but {names} in row {other}. Put all headings into one row, right above the first "
        "meeting.",
        means="A table with grouped headings has them in two rows, often with merged cells. One row of headings is read, "
        "and what the other one names would be left out.",
        fix="Put all headings into one row, right above the rows. Titles and groups may stand above it.",
    ),
    _error(
        "times-not-mapped",
        "No column for the start, and dates in others",
        "No column of {value} is read as Start, and {names} in row {row} can be dates. Name the one that is the start "
        "under [columns] in the settings file, or write start = false there to make meetings without times.",
        means="Without a start, every meeting would begin at the moment when it is made, and the sheet has dates in columns "
        "that are not read. The Start time of a form, beside its Completion time, is when the form was filled in.",
        fix="Rename the heading to Start, or name it in meeting-importer.toml. If the meetings are to have no times, say "
        'so:\n[columns]\nstart = "Date of the meeting"\nstart = false',
    ),
    _warning(
        "column-does-not-fit",
        "A column that means something else",
        "Most cells under '{value}' do not fit the column {heading}. If it means something else in this sheet, write "
        "{key} = false under [columns] in the settings file.",
        means="The heading is one that the program knows, and most cells under it can't be read as what it takes it for: a "
        "head count under Participants, a building under Zone.",
        fix="If the column means something else, say so in meeting-importer.toml, or name the right one:\n"
        '[columns]\nattendees = false\nattendees = "Invited"',
    ),
    _warning(
        "column-not-read",
        "A column that is not read, and could be one that is missing",
        "'{value}' is not read, though what stands there could be {heading}. If it is, write {line} under [columns] "
        "in the settings file{otherwise}.",
        means="The heading is none that the program knows, nothing else is read for this, and most cells fit it: times after "
        "the start under a heading in another language, zones, lengths with a unit, several addresses in a cell.",
        fix="Rename the heading, or name it in meeting-importer.toml. If it means something else, say so:\n"
        '[columns]\nend = "Ends at"\nend = false',
    ),
    _warning(
        "rows-called-off",
        "Rows that the sheet itself calls off",
        "The sheet's own column '{value}' says of rows: {found}. They become meetings all the same. To leave them out, write "
        "{line} under [rows] in the settings file.",
        means="Rows that the sheet's own Status calls cancelled are not made. Others become meetings, whatever it says of them: "
        "a draft may take place, and something that was put off has a date.",
        fix="Delete the rows that should not become meetings, or leave them out in meeting-importer.toml:\n"
        '[rows]\nskip = { Status = ["Draft", "On hold"] }',
    ),
    _warning(
        "rows-cancelled",
        "Rows that the sheet itself calls cancelled",
        "Cancelled in the sheet's own words, and not made: {count} ({found}). If meetings are meant all the same, write {line} "
        "under [rows] in the settings file.",
        means="The sheet has a Status of its own, which says that these rows will not take place. A meeting that was made "
        "of one before stays in Teams.",
        fix="Nothing needs doing. To decide by the settings alone, say something of that column:\n"
        '[rows]\nonly = { Status = ["Confirmed", "Cancelled"] }',
    ),
    _warning(
        "rows-left-out",
        "Rows that the settings leave out",
        "Left out, as [rows] in {settings} says: {count} ({found}). Nothing needs doing.",
        means="The settings file says by what stands under a heading which rows become meetings. The others are no rows that "
        "were read, and are counted beside them.",
        fix="Nothing needs doing. If a row is a meeting, correct its cell, or the values under [rows] in meeting-importer.toml.",
    ),
    _warning(
        "id-changes",
        "An ID that changes with the meeting",
        "The ID is made of what people change ({value}): where one of them is changed, a new meeting is made, and the old one "
        "stays. Take a column that stays, if there is one.",
        means="Teams finds a meeting by its organizer and external ID. An ID made of the date, the title or the organizer is a "
        "last resort for lists without a column of IDs: a meeting that is moved or renamed is then another one.",
        fix="Nothing needs doing if the list has no other column. If it has one that never changes, name that under [columns] "
        "in meeting-importer.toml; IDs that are changed make new meetings.",
    ),
    _warning(
        "id-not-unique",
        "An ID that does not tell rows apart",
        "The ID ({value}) does not tell all rows apart, and would with '{heading}'. If each row is a meeting, write {line} under [columns] in "
        "the settings file.",
        means="Several rows have the same ID and organizer. The settings put the ID together from columns of the sheet, and with "
        "one more of them every row has its own. What is joined has one blank between, always.",
        fix="Name the columns in meeting-importer.toml. If such rows are one meeting, say that instead. IDs that are changed make "
        'new meetings.\n[columns]\nexternal_id = ["Course", "Date"]\n[rows]\nsame_id = "one meeting"',
    ),
    _warning(
        "rows-are-one",
        "Several rows are one meeting",
        "Rows with one ID and organizer are one meeting, as the settings say: {count} rows are {meetings}. Nothing needs doing.",
        means='With same_id = "one meeting" under [rows], rows with the same external ID and organizer are one meeting, from '
        "their first start to their last end, with the attendees of all. Each of them gets its link.",
        fix="Nothing needs doing. If such rows are meetings of their own, take the line out, and give each an ID of its own.",
    ),
    _warning(
        "row-choice-near",
        "A value of the settings that no row has",
        "No row has '{value}' under '{heading}', which {setting} names in {settings}, but there is '{near}'. Correct the "
        "settings if that is meant.",
        means="A value under [rows] in the settings file is in no row, and one that is nearly the same is. Rows may be made, "
        "or left out, that were meant otherwise.",
        fix="Correct the value in the settings file. If both are right, nothing needs doing.",
    ),
    _error(
        "row-choice-unclear",
        "It is unclear whether the row is to be a meeting",
        "'{value}' stands under '{heading}', which decides whether the row becomes a meeting ({setting} in the settings). "
        "Fix the formula or type the value.",
        means="The settings file chooses rows by what stands under this heading, and here Excel has no value for the cell.",
        fix="Fix the formula, or type the value instead of it, and save the workbook.",
    ),
    _error(
        "no-rows-left",
        "No row is left",
        "No row of {value} is left. {who}: {found}. Correct the one or the other.",
        means="Rows are left out by what stands under a heading: as the settings file says under [rows], or because the "
        "sheet's own Status calls them cancelled. This time that is all of them.",
        fix="Compare the values under [rows] in meeting-importer.toml with what stands in the sheet.",
    ),
    _warning(
        "heading-near-miss",
        "A heading that is nearly right",
        "The column '{value}' in row {row} is not read. If {meant} is meant, rename it; a column of your own can stay.",
        means="The sheet lacks a column, and has one whose heading is that column's with one typo. Headings that the "
        "program does not know are kept and not read.",
        fix="Correct the heading and run again. If it is a column of your own, nothing needs doing.",
    ),
    _error(
        "heading-overtyped",
        "A heading is typed over",
        "{found}, where the heading {heading} belongs. Type {heading} there. If the column is your own, {own}.",
        means="The sheet has the template's headings but one, and in its place a column that looks like it. Without its "
        "heading it would not be read, and the meetings would be made without it.",
        fix="Type the heading. If the column is your own, move it to the right of the others, or name the columns under "
        "[columns] in meeting-importer.toml: then nothing is asked about their order.",
    ),
    _error(
        "no-rows",
        "Nothing under the headings",
        "There are no rows under the headings of {value}. Fill in at least one.",
        means="The sheet has headings and nothing below them.",
        fix="Fill in a row and save the file.",
    ),
    _warning(
        "rows-hidden",
        "Hidden rows are included",
        "Hidden rows are included: {count}, from row {first} on. Delete rows that should not become meetings.",
        means="A filter hides rows from you, not from this program: what is hidden today may be wanted tomorrow.",
        fix="Delete the rows that should not become meetings.",
    ),
    _warning(
        "rows-passed-over",
        "Rows that are no meetings",
        "Passed over as headings, totals or notes, not meetings: {rows}. Fill in External ID and Organizer where one is a meeting.",
        means="Reports repeat their headings on each page, and have totals, legends and footnotes under or among their rows. A row "
        "is passed over only if it has neither an organizer nor a date, and nothing that could be an ID.",
        fix="Nothing needs doing. If one of the rows is a meeting, fill in its External ID and its Organizer.",
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
        "{value} is not in UTF-8; it is read as Western European (Windows-1252). Check names with accents.",
        means="A CSV does not say in which encoding it is. Without UTF-8 the encoding of Western Windows is taken.",
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
