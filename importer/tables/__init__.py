"""Spreadsheets: Excel workbooks and CSV files behind one port, and the saving and checking of results copies."""

from importer.tables.base import SheetRequest, Table
from importer.tables.copies import check_copy, content_of, is_as_we_write, says_the_same, with_other_sheets
from importer.tables.open import open_table, read_table
from importer.tables.save import TEMPORARY, remove_leftovers, save, try_place

__all__ = [
    "TEMPORARY",
    "SheetRequest",
    "Table",
    "check_copy",
    "content_of",
    "is_as_we_write",
    "open_table",
    "read_table",
    "remove_leftovers",
    "save",
    "says_the_same",
    "try_place",
    "with_other_sheets",
]
