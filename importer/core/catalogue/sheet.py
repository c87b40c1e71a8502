"""What the person with the sheet can fix: one entry for each rule."""

from __future__ import annotations

from functools import partial

from importer.core.catalogue.entry import Entry, Who, error, warning
from importer.core.model import ATTENDEES_SHOWN
from importer.core.texts import Sentence

_error = partial(error, who=Who.SHEET)
_warning = partial(warning, who=Who.SHEET)


ZONE_EXAMPLE = Sentence("time-zone-unknown example", ", like Europe/Berlin or W. Europe Standard Time")
"""What `time-zone-unknown` adds where no zone is near to what was written."""

WOULD_BE_ONE = Sentence(
    "duplicate-external-id would",
    ', or ask whoever runs the import for same_id = "one meeting": that makes them one{span}, with {people}',
    note="with 12 attendees, or: from 2026-12-25 09:00 to 2026-12-25 10:30, with 12 attendees",
)
SPAN = Sentence(
    "duplicate-external-id span", " from {start} to {end}", note="from 2026-12-25 09:00 to 2026-12-25 10:30"
)
ATTENDEES_COUNTED = Sentence("attendees counted", "{count} attendee", "{count} attendees", "count", note="12 attendees")
"""What is added where rows have the same ID and could be one meeting: what the setting would do with them."""

SHEET: tuple[Entry, ...] = (
    _error(
        "required",
        "A required cell is blank",
        "is blank. Fill it in, or delete the row if it is not a meeting.",
        means="External ID and Organizer must be filled in on every row.",
        fix="Fill in the cell. If the whole column is missing, add it or map it in meeting-importer.toml.",
    ),
    _error(
        "cell-error",
        "The cell shows an error",
        "shows {value}. Fix the formula or type the value.",
        means="Excel could not calculate this cell, so there is no value to read.",
        fix="Fix the formula, or type the value instead of it, and save the workbook.",
    ),
    _error(
        "cell-not-calculated",
        "The formula has no saved result",
        "holds a formula without a saved result. Open the workbook in Excel, save it, and run again.",
        means="The workbook was written by a program that does not calculate formulas, so the cell has no value yet.",
        fix="Open the workbook in Excel or LibreOffice, let it calculate, and save it.",
    ),
    _error(
        "control-characters",
        "Line break or invisible character",
        "contains a line break or an invisible character ({name}). Type it again on one line.",
        means="Text copied from other programs can contain characters that nobody sees and Teams can't use.",
        fix="Delete the cell and type its text again on one line.",
    ),
    _error(
        "hidden-character",
        "A character that nobody sees",
        "'{value}' contains a character that nobody sees ({name}). Type it again.",
        means="Text copied from web pages and other programs can have characters in it that show nothing. No sign-in name has "
        "any; those round a name are left out.",
        fix="Delete the cell and type its text again.",
    ),
    _warning(
        "external-id-hides",
        "A character in the ID that nobody sees",
        "'{value}' contains a character that nobody sees ({name}). Type it again, unless it is intended.",
        means="The ID is sent as it stands, with that character, so the same ID typed by hand is another one and makes "
        "another meeting. Such characters round an ID are left out.",
        fix="Type the ID again if the meeting has not been made yet. After that it would make another meeting.",
    ),
    _warning(
        "external-id-alike",
        "Two IDs that look the same",
        "'{value}' looks like the ID in {others}, but differs from it. If both mean one meeting, delete one row; otherwise change one ID.",
        means="Teams finds meetings by the letters as they are written. IDs that differ only in capitals, in how an accent is "
        "written, in the kind of a blank or dash, or in characters that nobody sees are several meetings.",
        fix="If the rows are one meeting, keep one of them. If not, give them IDs that people can tell apart.",
    ),
    _error(
        "external-id-is-date",
        "Excel has turned the ID into a date",
        "is a date, not an ID: Excel has turned what was typed into {value}. "
        "Format the column as Text, then type the ID again.",
        means="Excel reads texts like 3-4 or 2026/1 as dates and keeps only the date. Where the cell shows ####, the "
        "column is too narrow for the date.",
        fix="Format the column as Text first, then type the IDs again: the format alone does not bring them back. The "
        "template's column is already Text.",
    ),
    _warning(
        "external-id-like-date",
        "The ID looks like a date",
        "looks like a date that Excel has made of the ID: {value}. If it has, format the column as Text and type the ID again.",
        means="Excel reads texts like 3-4 as dates, and writes them into a CSV like 03-Apr. Opening a CSV in Excel and saving it is enough.",
        fix="Type the IDs again in a column formatted as Text, best in a workbook. If the ID is right, nothing needs doing.",
    ),
    _warning(
        "external-id-rounded",
        "Excel has rounded a long number",
        "is a long number whose last digits Excel has lost: {value}. Format the column as Text and type the ID again.",
        means="Excel keeps 15 digits of a number, and writes six of them into a CSV. Two long IDs can become the same one.",
        fix="Format the column as Text first, then type the IDs again.",
    ),
    _error(
        "duplicate-external-id",
        "Same external ID twice",
        "'{value}' is also in {others} for the same organizer. Give every meeting an ID of its own{would}.",
        means="Teams finds a meeting by its organizer and external ID, so two rows with the same pair would be one meeting, "
        "on different sheets of a workbook too.",
        fix="Give every meeting an ID of its own, or delete the row that is there twice. If rows with the same ID are one "
        "meeting in this list, an attendee or a date in each, say so in meeting-importer.toml:\n"
        '[rows]\nsame_id = "one meeting"',
    ),
    _error(
        "one-meeting-many-rows",
        "One meeting in several rows",
        "'{value}' is also in {others}, with the same subject and times. Put all attendees into one row{would}.",
        means="The rows differ in their attendees only, as in a list of enrolments with one person on each row. One row is one "
        "meeting, so the people of one meeting belong in one row. IDs of their own would make a meeting for each person.",
        fix="Say in meeting-importer.toml that such rows are one meeting; each of them gets its link. Or join them by hand: all "
        'attendees in one cell, with semicolons between.\n[rows]\nsame_id = "one meeting"',
    ),
    _error(
        "meeting-disagrees",
        "Two rows of a meeting contradict each other",
        "'{value}' differs from row {row} of the same meeting, '{other}'. Make them agree, or leave one blank.",
        means="Rows with the same ID and organizer are one meeting here, as the settings file says, and a meeting has one title. "
        "Which of the two is meant is not guessed, so none of its rows was sent.",
        fix="Write the same into all rows of the meeting, or give rows that are meetings of their own an ID of their own.",
    ),
    _error(
        "meeting-row-wrong",
        "Another row of the same meeting can't be used",
        "'{value}' is one meeting with {others}, which can't be used. Correct what is said there.",
        means="Rows with the same ID and organizer are one meeting here, as the settings file says. Without one of its rows it would "
        "lack an attendee or a date, so none of them was sent.",
        fix="Correct the row that is named.",
    ),
    _warning(
        "subject-blank",
        "No subject",
        "is blank: the meeting will have no title. Fill it in if people should see one.",
        means="A meeting without a subject is allowed; Teams shows a default title.",
        fix="Fill in the subject.",
    ),
    _error(
        "subject-is-date",
        "A date where the title belongs",
        "is a date, {value}: perhaps the row was pasted one column off. "
        "Put the title here; if the title is a date, add a word to it.",
        means="The cell holds nothing but a date or a time, so the whole row may have slipped to the side.",
        fix="Compare the row with the headings and move its cells back. If the title is meant to be a date, add a word: "
        "Budget 2027-01-13.",
    ),
    _error(
        "not-a-date",
        "Not a date",
        "'{value}' is not a date. Write it like 2026-12-25 09:00.",
        means="The cell is neither an Excel date nor text that can be read as one date only.",
        fix="Write the date like 2026-12-25 09:00, or type it so that Excel recognises a date.",
    ),
    _error(
        "no-such-day",
        "A day that does not exist",
        "{reason}. Correct '{value}'.",
        means="The date names a day that its month does not have in that year, or a month that does not exist.",
        fix="Look the date up in a calendar, and write the day that is meant, like 2026-12-25 09:00.",
    ),
    _error(
        "no-such-time",
        "A time that does not exist",
        "There is no time {time}. Correct '{value}'.",
        means="Times of day go from 00:00 to 23:59, or from 12:00 am to 11:59 pm.",
        fix="Write the time that is meant, like 2026-12-25 09:00. Midnight at the end of a day is 00:00 of the next one.",
    ),
    _error(
        "weekday-wrong",
        "The date falls on another weekday",
        "{reason}. Correct the date or the weekday in '{value}'.",
        means="The cell names a day of the week and a date that falls on another one. Which of the two is meant is not "
        "guessed.",
        fix="Correct one of the two, or leave the weekday out.",
    ),
    _error(
        "date-ambiguous",
        "Day and month could be swapped",
        "'{value}' can mean {one} or {other}. Write it like 2026-12-25 09:00, or ask whoever runs the import to state "
        "the order of day and month.",
        means="The date is text, and which number is the day is not certain. Nothing is guessed.",
        fix="Write dates like 2026-12-25 09:00, or use real Excel dates. Whoever runs the import can state the order "
        "for all rows, DMY or MDY, with the option or the line in meeting-importer.toml:\n"
        '--date-order DMY\ndate_order = "DMY"',
    ),
    _error(
        "year-missing",
        "The year is missing",
        "'{value}' has no {missing}. Write it like 2026-12-25 09:00.",
        means="A day and a month alone do not say in which year the meeting takes place. Nothing is guessed.",
        fix="Add the year, and the time of day where it is missing: 2026-12-25 09:00.",
    ),
    _error(
        "time-missing",
        "The time of day is missing",
        "'{value}' has no time of day. Write it like 2026-12-25 09:00.",
        means="A date alone does not say when the meeting takes place: a date cell without a time of day is midnight to "
        "Excel, and no meeting is made then because nothing else was said.",
        fix="Add the time: 2026-12-25 09:00. If the meeting really is at midnight, format the cell so that it shows "
        "the time, or write 2026-12-25 00:00. If the time is in another column, whoever runs the import can join the "
        "two:\n"
        '[columns]\nstart = ["Date", "Start time"]',
    ),
    _error(
        "range-contradicts",
        "Start and end are said twice",
        "The cells give two different times, {one} and {other}. Write the start under Start, and the end under End.",
        means="One cell holds a range, a start and an end, and another cell says something else.",
        fix="Write one time into each cell, or make them agree.",
    ),
    _error(
        "cells-disagree",
        "Cells that belong together disagree",
        "'{value}' holds {what}. Leave one of the two.",
        means="A date, a time of day and an offset can stand in cells of their own; here one of them is said twice, and "
        "not the same.",
        fix="Leave one of the two. If the wrong columns are joined, correct the line under [columns] in "
        "meeting-importer.toml: one column for the day, one for the time of day.",
    ),
    _error(
        "offset-unknown",
        "No zone is so far from UTC",
        "'{value}' ends in a difference from UTC that no time zone has. Write start and end like 2026-12-25 09:00 - 10:30.",
        means="What stands behind the time reads as an offset from UTC, and the clocks of no zone are so far from UTC.",
        fix="Correct the offset, or write start and end like 2026-12-25 09:00 - 10:30.",
    ),
    _error(
        "offset-missing",
        "Only the start says how far it is from UTC",
        "'{value}' has no difference from UTC like +01:00 behind it, and the start has one. Write the end like "
        "2026-12-25T10:30+01:00.",
        means="An end with a time of day alone is on the day of the start. Whether it is also meant with the start's "
        "offset is not certain where the row's time zone has another one.",
        fix="Write the end like 2026-12-25T10:30+01:00.",
    ),
    _error(
        "offset-or-end",
        "A difference from UTC, or an end?",
        "'{value}' can be a time with its difference from UTC, or a start and an end. Write a range like 09:00 - 10:30.",
        means="Behind seconds, databases write a difference from UTC, and here it could as well be the end.",
        fix="Write start and end like 09:00 - 10:30, or the time with its difference as 09:00 UTC-10:30.",
    ),
    _error(
        "zone-in-time",
        "A time zone behind the time",
        "'{value}' names a time zone, {zone}{hint}. Write it into the Time zone column, by its full name.",
        means="Behind a time, only an offset like +02:00, Z, UTC or GMT is read. Zones have a column of their own.",
        fix="Move the zone into the Time zone column, by its full name, like Europe/Berlin.",
    ),
    _error(
        "serial-number",
        "A date that is formatted as a number",
        "'{value}' is how a spreadsheet counts {meant}. Format the column as {kind} and save the file again.",
        means="Spreadsheets keep dates as numbers of days since 1900, and a cell with the format General shows the number.",
        fix="In Excel select the column, press Ctrl+1, choose a date or a time, and save. Whoever exports the file can "
        "format the column there, or write dates like 2026-12-25 09:00.",
    ),
    _error(
        "epoch-time",
        "A count of seconds",
        "'{value}' counts {unit} since 1970. Write dates like 2026-12-25 09:00, or have the other system export them so.",
        means="Programs count time in seconds or milliseconds since 1970, and the export has the count instead of a date.",
        fix="Have the other system export dates like 2026-12-25T09:00:00Z.",
    ),
    _error(
        "number-not-time",
        "A number where a time belongs",
        "'{value}' can be a time of day, a number of hours or something else. Write times like 9:30, with a colon.",
        means="9.50 can be ten to ten or half past nine, and 930 can be any number. Nothing is guessed. Four figures like 0930 "
        "are a time of day; like 1430 they are where no other row of the column has a number of another kind.",
        fix="Write times of day with a colon, 9:30, or type them so that Excel recognises a time.",
    ),
    _error(
        "time-in-text",
        "A time inside a longer text",
        "'{value}' has a time in it, {found}, and other words. Write the date and time alone, like 2026-12-25 09:00.",
        means="A longer text can have a time in it that is not the meeting's. What the other words mean is not guessed.",
        fix="Write the date and time alone, like 2026-12-25 09:00, or 2026-12-25 09:00 - 10:30 with the end. Put the other "
        "words under another heading.",
    ),
    _error(
        "weekday-without-date",
        "A weekday without a date",
        "'{value}' names a weekday, and no date. Write it like 2026-12-25 09:00, or ask whoever runs the import to say which "
        "week is meant.",
        means="A timetable says on which weekdays something takes place, and not in which weeks.",
        fix="Add the date. Or whoever runs the import names the one week that is meant, or the weeks of the term in "
        "meeting-importer.toml: each row is then one meeting with one link, on all its dates.\n"
        "--week-of 2027-04-05\n[weeks]\nfirst = 2027-04-05\nlast = 2027-07-16\ndays_off = [2027-05-06, 2027-05-27]",
    ),
    _error(
        "weekday-unclear",
        "A short name that means several things",
        "'{word}' in '{value}' can be {meanings}. Write the weekday in full.",
        means="Short names of weekdays mean another day in another language, or a month, and here nothing tells which "
        "language it is.",
        fix="Write the weekday in full, like Tuesday, or with the date: 2026-12-25 09:00.",
    ),
    _error(
        "weekday-not-in-weeks",
        "No such day in these weeks",
        "'{value}' falls on no day from {first} to {last} that is not off. Correct the weekday, or have the weeks corrected.",
        means="The weeks were named with the option or in the settings, and none of their days is this weekday.",
        fix="Correct the weekday, or the first day, the last day and the days off under [weeks] in meeting-importer.toml.",
    ),
    _error(
        "date-missing",
        "The day is missing",
        "'{value}' has a time but no day. Write it like 2026-12-25 09:00.",
        means="A time alone does not say on which day the meeting takes place.",
        fix="Add the day: 2026-12-25 09:00. An End may be a time alone: it is on the day of the start. If the day is in "
        "another column, whoever runs the import can join the two:\n"
        '[columns]\nstart = ["Date", "Start time"]\nend = ["Date", "End time"]',
    ),
    _warning(
        "midnight",
        "Starts at midnight",
        "is at midnight: perhaps the time of day is missing. Add it if it is.",
        means="In what databases export, a date without a time is midnight.",
        fix="Add the time of day. If the meeting really is at midnight, leave it.",
    ),
    _warning(
        "no-times",
        "No times",
        "is blank, and so is the end: a meeting without times starts when it is sent and lasts one hour. Fill them in.",
        means="Without times, Teams takes the moment of sending as the start and one hour as the length.",
        fix="Fill in Start and End.",
    ),
    _error(
        "end-without-start",
        "End without start",
        "is filled in but Start is blank. Fill in Start.",
        means="Teams refuses a meeting that has an end and no start.",
        fix="Fill in Start, or clear End and Duration.",
    ),
    _error(
        "end-before-start",
        "Ends before it starts",
        "{end} is before the start, {start}. Correct one of the two.",
        means="The end lies before the start.",
        fix="Correct Start or End. For a meeting past midnight, End needs the next day's date.",
    ),
    _warning(
        "zero-length",
        "Ends when it starts",
        "makes the meeting end when it starts. Correct it if the meeting has a length.",
        means="The meeting would have no length.",
        fix="Correct End or Duration.",
    ),
    _warning(
        "in-the-past",
        "In the past",
        "{value} is in the past. Check the date, above all the year.",
        means="Teams accepts meetings in the past, so a wrong year would not be noticed.",
        fix="Correct the date. If the meeting has already taken place, nothing needs doing.",
    ),
    _error(
        "too-far-ahead",
        "Many years ahead",
        "{value} is more than 100 years ahead. Correct the year.",
        means="Nobody plans a meeting so far ahead. The year is a slip, or of another calendar: 2570 in Thailand is 2027.",
        fix="Write the date with all four figures of its year, like 2027-04-05 09:00.",
    ),
    _warning(
        "over-24-hours",
        "Longer than a day",
        "{value} makes the meeting longer than 24 hours. Check the dates.",
        means="The meeting would last longer than a day; most often one of the dates is wrong.",
        fix="Correct Start or End.",
    ),
    _error(
        "not-a-duration",
        "Not a duration",
        "'{value}' is not a duration. Write minutes (90) or hours and minutes (1:30).",
        means="Duration takes a number of minutes, hours and minutes with a colon, or either with its unit. 1.30 hours would be "
        "78 minutes, and many who write that mean an hour and a half, so it is not taken; quarters are (1.25, 1.5, 1.75).",
        fix="Write minutes (90), hours and minutes (1:30), or the unit (90 min, 1.5 h).",
    ),
    _error(
        "duration-unit",
        "Minutes or hours?",
        "'{value}' can be minutes or hours. Write it with its unit, like 90 min or 1.5 h.",
        means="A number alone is in minutes, or in hours under a heading like Hours; here it is too short for minutes, or "
        "too long for hours.",
        fix="Write the unit, 90 min or 1.5 h. For all rows, name the unit in the heading: Duration (hours) or Duration "
        "(min).",
    ),
    _warning(
        "short-duration",
        "Shorter than five minutes",
        "makes the meeting {minutes} min long. Check whether hours are meant.",
        means="Nobody plans a meeting of two minutes; more often the number is in another unit.",
        fix="Write the length with its unit, 90 min or 1.5 h. If it is right, nothing needs doing.",
        counted="minutes",
    ),
    _error(
        "duration-contradicts-end",
        "Duration and end disagree",
        "'{value}' does not fit Start and End, which are {minutes} minutes apart. Clear one of them.",
        means="End and Duration are both filled in and do not say the same.",
        fix="Clear End or Duration, or make them agree.",
        counted="minutes",
    ),
    _error(
        "time-zone-missing",
        "No time zone",
        "is blank, and no other zone was given. Fill it in, e.g. Europe/Berlin, or ask whoever runs the import to give "
        "one for all rows.",
        means="Nine o'clock is a different moment in every zone, and the machine's own zone is never assumed.",
        fix="Fill in the Time zone column. Whoever runs the import can give one for all rows without their own, with the "
        "option or the line in meeting-importer.toml:\n"
        '--timezone Europe/Berlin\ntimezone = "Europe/Berlin"',
    ),
    _error(
        "time-zone-unknown",
        "Unknown time zone",
        "'{value}' is not a time zone{hint}. Write its full name{example}.",
        means="The zone is neither an IANA name nor a Windows name, nor a difference from UTC like UTC+1. A city or an abbreviation alone is not taken: several "
        "zones can share it.",
        fix="Choose a zone from the template's list.",
    ),
    _warning(
        "offset-in-summer",
        "A difference from UTC in summer",
        "is {value}, and clocks that are so far from UTC in winter go forward in summer. If such clocks are meant, write their zone{hint}.",
        means="A difference from UTC is the same all year, and it is taken at its word. People often say UTC+1 all year and "
        "mean the time on their clocks.",
        fix="Write the zone, like Europe/Berlin. If the difference from UTC is meant, nothing needs doing.",
    ),
    _warning(
        "gmt-in-summer",
        "GMT in summer",
        "is GMT, and London is an hour ahead of it then. If London's time is meant, write Europe/London.",
        means="GMT has no summer time. People in Britain often say GMT all year and mean the time on their clocks.",
        fix="Write Europe/London for London's time. If GMT is meant, nothing needs doing.",
    ),
    _error(
        "time-does-not-exist",
        "The clocks skip this time",
        "{value} does not exist in {zone}: the clocks go forward then. Choose another time.",
        means="When summer time begins, an hour is skipped; this time lies in it.",
        fix="Choose a time before or after the skipped hour.",
    ),
    _warning(
        "time-happens-twice",
        "The clocks repeat this time",
        "{value} happens twice in {zone}, when the clocks go back; the first is taken. Check that it is meant.",
        means="When summer time ends, an hour is repeated; this time lies in it.",
        fix="If the second is meant, write the time with its offset: 2026-10-25T02:30+01:00.",
    ),
    _error(
        "upn-not-valid",
        "Not a sign-in name",
        "No sign-in name: '{value}'. Write the address the person signs in to Teams with, like ana@contoso.com.",
        means="People are named by the address they sign in to Teams with, which is usually their e-mail address.",
        fix="Write the address alone, or as mail programs copy it, and separate people with a semicolon (ana@contoso.com; Bo "
        "Berg <bo@contoso.com>). For a list with names, whoever runs the import can say who they are in meeting-importer.toml, "
        "or have them looked up with --find-people:\n"
        '[people]\n"Ana Lopez" = "ana@contoso.com"',
    ),
    _error(
        "name-of-several",
        "One name, several people",
        "'{value}' can be {people}. Write the sign-in name of the one who is meant.",
        means="The name stands for more than one person, in the list of names that the settings give or in the directory. "
        "Nobody is chosen.",
        fix="Write the sign-in name, like ana@contoso.com, instead of the name. Whoever runs the import can make the names "
        "under [people] different ones.",
    ),
    _error(
        "name-looks-like",
        "A name in letters that only look alike",
        "'{value}' only looks like '{other}': letters of another script are in one of the two. Write the name as the list of "
        "names has it, or the sign-in name.",
        means="Some letters of other scripts, like those of the Cyrillic alphabet, look like Latin ones. Whether the same person is meant is for "
        "a person to say.",
        fix="Type the name anew, or write the sign-in name, like ana@contoso.com.",
    ),
    _error(
        "names-unclear",
        "Names that can be read in two ways",
        "'{value}' can be read as one person or as several. Put semicolons between people, or write their sign-in names.",
        means="A comma can part two people, or stand in the name of one, as in 'Ruiz, Ana'. Here both ways are names that "
        "are known.",
        fix="Put semicolons between people, and write names without a comma: Ana Ruiz; Bo Berg.",
    ),
    _error(
        "organizer-not-one",
        "More than one organizer",
        "names {count} people, and a meeting has one organizer. Leave one person here and put the others under Attendees.",
        means="Only one person can be the organizer of a meeting: it is made in that person's name.",
        fix="Leave one person in Organizer and put the others under Attendees.",
        counted="count",
    ),
    _error(
        "organizer-not-signed-in-user",
        "Another organizer",
        "'{value}' is not the person signed in, {me}. Clear the cell, or let an administrator run the sheet.",
        means="Signed in as a person, meetings can be made for that person only.",
        fix="Clear the Organizer cells, or run without --delegated.",
    ),
    _warning(
        "attendee-repeated",
        "Attendee named twice",
        "names '{value}' more than once; they are added once. Nothing needs doing.",
        means="The same person is named in the cell more than once.",
        fix="Delete the repetition if you like.",
    ),
    _warning(
        "too-many-attendees",
        f"More than {ATTENDEES_SHOWN} attendees",
        "names {count} people; Teams shows at most {limit} of a meeting's attendees. Share the link with a group instead.",
        means=f"Teams keeps more, but never shows more than {ATTENDEES_SHOWN}, so the list can't be checked or changed later.",
        fix="Name the people who must be known to the meeting, and send the link to the others.",
        counted="count",
    ),
)
