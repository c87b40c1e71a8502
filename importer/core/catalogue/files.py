"""Files, folders and settings: what keeps a sheet from being read or a copy from being written."""

from __future__ import annotations

from importer.core.catalogue.entry import Entry, Who
from importer.core.model import Severity


def _stop(code: str, title: str, message: str, *, means: str, fix: str, who: Who = Who.SHEET) -> Entry:
    return Entry(code, Severity.ERROR, who, title, message, means, fix)


def _note(code: str, title: str, message: str, *, means: str, fix: str) -> Entry:
    return Entry(code, Severity.WARNING, Who.SHEET, title, message, means, fix)


FILES: tuple[Entry, ...] = (
    _stop(
        "file-not-found",
        "No such file",
        "There is no file {value}. Check the name and the folder.",
        means="The file does not exist, or its folder can't be seen from here.",
        fix="Check the spelling. On a network share, check that this account may read it.",
    ),
    _stop(
        "no-header-row",
        "No heading row",
        "No row of {value} has the headings. {hint}Add the headings of the template, or map yours in "
        "meeting-importer.toml.",
        means="A row with at least the headings External ID and Organizer is needed.",
        fix="Use the template's headings, name yours under [columns] in meeting-importer.toml, or give --header-row.",
    ),
    _stop(
        "heading-twice",
        "The same heading twice",
        "'{value}' stands over two columns in row {row}. Rename one of them.",
        means="With the same heading over two columns, it can't be told which one is meant.",
        fix="Rename one of the two headings.",
    ),
    _stop(
        "no-rows",
        "Nothing under the headings",
        "There are no rows under the headings of {value}. Fill in at least one.",
        means="The sheet has headings and nothing below them.",
        fix="Fill in a row and save the file.",
    ),
    _note(
        "rows-hidden",
        "Hidden rows are included",
        "{count} hidden rows (first: row {first}) are included. Delete rows that should not become meetings.",
        means="A filter hides rows from you, not from this program: what is hidden today may be wanted tomorrow.",
        fix="Delete the rows that should not become meetings.",
    ),
)
