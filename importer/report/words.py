"""The sentences of the report that no other part has, as other languages can say them."""

from __future__ import annotations

from importer.core.texts import Sentence, fixed

ROW = fixed("report column", "Row")
WHEN = fixed("report column", "When")
LINK = fixed("report column", "Link")

MADE_BY = Sentence("report title", "{verdict} Report of meeting-importer")
SANDBOX = fixed("report sandbox", "Sandbox: these links are not real.")
FILES = fixed("report files", "Files")
NOT_USED = fixed("report file", "not used")
RESULT = fixed("report heading", "The result")
HAPPENED = fixed("report heading", "What happened")
ROWS = fixed("report heading", "The rows")
COURSE = fixed("report heading", "How the run went")
CHANGES = Sentence("report changes", "What changed since {time}", note="since 2026-12-25 02:00:00 UTC")
NEW = Sentence("report changes", "{rows} new", note="12 rows new")
CHANGED = Sentence("report changes", "{rows} changed", note="12 rows changed")
GONE = Sentence("report changes", "{rows} no longer in the sheet", note="12 rows no longer in the sheet")
NOTHING = fixed("report changes", "Nothing.")
SHEET = Sentence("report sheet", "Sheet: {name}")
RESULTS = Sentence("report results", "Results: {name}", note="Results: roster-results.xlsx")
STOPPED = fixed("report notice", "Stopped:")
NOTE = fixed("report notice", "Note:")
HOW_TO_FIX = Sentence("report fix", "How to fix it: {fix}", note="{fix} is one or more whole sentences")
ONE_ROW = Sentence("report place", "row {row}")
ROWS_FROM = Sentence("report place", "rows {first} to {last}")
MORE = Sentence("report more", "{count:,} more", counted="count", note="12 more (rows, or problems): unfolds the rest")
JOIN = fixed("report link", "Join")
JOIN_ROW = Sentence("report link", "Join, row {row}", note="what a screen reader says of the link Join")
JOIN_ID = Sentence("report link", "Join, {external_id}", note="what a screen reader says of the link Join")
FILTER = fixed("report controls", "Filter and sort the rows")
SEARCH = fixed("report controls", "Search")
SHOW = fixed("report controls", "Show")
ALL_ROWS = fixed("report controls", "all rows")
NEEDS_SOMEBODY = fixed("report controls", "needs somebody")
SORT_BY = fixed("report controls", "Sort by")
SHOWING = Sentence(
    "report controls",
    "Showing {count} of {rows:,} row",
    "Showing {count} of {rows:,} rows",
    "rows",
    note="Showing 12 of 200 rows. {count} is filled in by the page itself, {rows} is all rows.",
)
ALL_OF = Sentence(
    "report caption",
    "All {count:,} row of {file}",
    "All {count:,} rows of {file}",
    "count",
    note="All 12 rows of roster.xlsx",
)
SOME_OF = Sentence(
    "report caption",
    "{listed:,} of {count:,} rows, those with problems first (the results copy has them all), of {file}",
    counted="count",
    note="20,000 of 25,000 rows: a table that would be too long",
)
ID, PHONE, CONFERENCE = (
    fixed("report number", "ID"),
    fixed("report number", "Phone"),
    fixed("report number", "Conference"),
)

STARTED, ENDED = fixed("report course", "Started"), fixed("report course", "Ended")
TOOK, ANSWERS = fixed("report course", "Took"), fixed("report course", "Answers")
CALLS = fixed("report course", "Calls to Microsoft Graph")
WAITED = fixed("report course", "Waited because Microsoft Graph asked for it")
EXIT_CODE, RUN, VERSION = (
    fixed("report course", "Exit code"),
    fixed("report course", "Run"),
    fixed("report course", "Version"),
)
A_SECOND = Sentence("report rate", "{count:,}, {rate} a second", note="200, 12.5 a second: answers of Teams")
A_MINUTE = Sentence("report rate", "{count:,}, {rate} a minute", note="200, 12.5 a minute: answers of Teams")
IN_EACH = Sentence(
    "report drawing", "Answers in each {time}: at most {most:,}.", note="Answers in each 10 s: at most 120."
)
IN_EACH_REFUSED = Sentence(
    "report drawing",
    "Answers in each {time}: at most {most:,}, {refused:,} of {count:,} refused.",
    counted="count",
    note="Answers in each 10 s: at most 120, 3 of 200 refused.",
)
PRIVATE = fixed(
    "report footer", "This page holds names and links that let people in: pass it on only to those who may have them."
)
PROGRAM = Sentence("report footer", "Made by meeting-importer {version}, run {run}.")
