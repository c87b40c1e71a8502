"""Spreadsheets: Excel workbooks and CSV files behind one port, and the saving and checking of results copies."""

from importer.tables.base import SheetRequest, Table
from importer.tables.check import check_copy
from importer.tables.open import TEXTS, WORKBOOKS, open_table, read_table
from importer.tables.save import TEMPORARY, remove_leftovers, save, try_place

__all__ = [
    "TEMPORARY",
    "TEXTS",
    "WORKBOOKS",
    "SheetRequest",
    "Table",
    "check_copy",
    "open_table",
    "read_table",
    "remove_leftovers",
    "save",
    "try_place",
]
