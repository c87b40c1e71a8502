"""A sheet as a whole: how its headings, its rows and the people it names were understood, and what keeps it from that."""

from __future__ import annotations

from functools import partial

from importer.core.catalogue.entry import Entry, Who, error, warning
from importer.core.texts import Sentence

_error = partial(error, who=Who.SHEET)
_warning = partial(warning, who=Who.SHEET)

COLUMNS_UNCLEAR = Sentence(
    "people-not-read columns",
    "it is not clear which of its columns has the names and which the sign-in names; head them Name and Sign-in name",
)
"""Why a list of people can't be used that is there and can be read."""
ROWS_BY_SETTINGS = Sentence("no-rows-left settings", "[rows] in {settings} leaves these out")
ROWS_BY_STATUS = Sentence("no-rows-left status", "The sheet's own Status calls these cancelled")
"""What `no-rows-left` says of who left them out."""
OURS_ELSEWHERE = Sentence("column-not-ours elsewhere", ", and the results stand under '{ours}'")
"""What `column-not-ours` says where the copy has such a column of ours."""
OVER_TWO_COLUMNS = Sentence("heading-twice two columns", "stands over two columns. Rename one of them.")
ONE_FOR_TWO = Sentence(
    "heading-twice one for two",
    "is read as {heading}, so it can't hold the results' {result} too. "
    "Give the results another heading, under [columns] in the settings file: {lines}",
)
RESULTS_IN_ONE = Sentence(
    "heading-twice results in one",
    "is named for both {heading} and {result} of the results. Give each a heading of its own.",
)
"""What `heading-twice` says."""
HEADING_LOOKS_LIKE = Sentence("no-header-row near", "'{text}' in row {row} looks like {heading}. ")
"""What `no-header-row` says of a heading that is nearly right."""
STANDING_INSTEAD = Sentence("no-header-row instead", "Row {row} has {texts}. ")
WITHOUT_HEADINGS = Sentence(
    "no-header-row without",
    'If that is no heading but a meeting, name the columns by letters, like start = {{ column = "B" }}. ',
)
LETTERS_EMPTY = Sentence("no-header-row letters", "Most rows have nothing in {names}. ")
"""What it says where columns are named by letters, and these are no list of meetings."""
SETTINGS_LOOK_LIKE = Sentence(
    "no-header-row settings",
    "{settings} names '{heading}' for {key}; row {row} has '{text}'. ",
)
"""What it says of a heading of the settings that is nearly one of the sheet's."""
HEADINGS_LACKING = Sentence("no-header-row lacking", "Row {row} has {known}, but no {lacked}{others}. ")
"""What it says of a required heading that nothing resembles, in a row that has others."""
ORGANIZER_OF_ALL = Sentence("no-header-row organizer", "If one person is the organizer of all rows, give --organizer. ")
"""What it says where nothing is lacking but whose meetings they are."""
ASKED_FOR_BY_SETTINGS = Sentence("no-header-row asked", "{names} ({settings} names it for {key})")
AND_NO = Sentence("no-header-row and no", "{one} and no {other}", note="but no External ID and no Organizer")
HEADINGS_NOT_KNOWN = Sentence("no-header-row unknown", "; these headings there are not known: {headings}")
OVERTYPED = Sentence("heading-overtyped text", "'{text}' is in {cell}")
OVERTYPED_WITH_NOTHING = Sentence("heading-overtyped blank", "{cell} is blank")
"""How `heading-overtyped` begins."""
OWN_TO_THE_RIGHT = Sentence("heading-overtyped right", "move it to the right of the others")
OWN_AT_THE_END = Sentence("heading-overtyped end", "put an empty column headed {heading} before it")
"""What it says of a column of the sheet's own; one at the end can stand there already."""

HEADED: tuple[Entry, ...] = (
    _error(
        "no-header-row",
        "No heading row",
        "No row of {value} has the headings. {hint}Add the headings of the template, or name yours with "
        "meeting-importer map.",
        means="A row with at least the headings External ID and Organizer is needed.",
        fix="Use the template's headings, or name yours under [columns] in meeting-importer.toml: meeting-importer map followed "
        "by the file proposes that. Or give --header-row. If the "
        "sheet has no headings at all, name all its columns by their letters there:\n"
        '[columns]\nexternal_id = { column = "A" }\norganizer = { column = "D" }\nstart = { column = "B" }',
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
    _warning(
        "cells-left-out",
        "Cells that can't be read",
        "Cells of {value} that show an error or were never calculated: {count}, from row {row} on. Fill them in.",
        means="A formula of the roster shows an error or has no saved result, so there was nothing to take over.",
        fix="Fill in the cells, or fix the roster, save it in Excel and make the template again.",
    ),
    _warning(
        "headings-of-the-template",
        "Read by the template's headings",
        "{value} has none of the headings that the settings file names, but the template's: it was read by those. Nothing needs doing.",
        means="A settings file's [columns] are for exports with headings of their own. A template beside them is understood all the same.",
        fix="Nothing needs doing. To be sure that a file is never read that way, keep templates and exports in different folders.",
    ),
)
