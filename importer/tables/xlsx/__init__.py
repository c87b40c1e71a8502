"""Excel workbooks as tables: read by python-calamine, written by splicing."""

from importer.tables.xlsx.table import XlsxTable, cells_of_workbook, open_workbook

__all__ = ["XlsxTable", "cells_of_workbook", "open_workbook"]
