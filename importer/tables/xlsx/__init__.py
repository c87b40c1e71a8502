"""Excel workbooks as tables: read by python-calamine, written by splicing."""

from importer.tables.xlsx.table import XlsxTable, open_workbook

__all__ = ["XlsxTable", "open_workbook"]
