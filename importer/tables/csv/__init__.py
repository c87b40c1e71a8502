"""CSV files as tables: read as Excel shows them, written with every byte kept that is not a result."""

from importer.tables.csv.table import CsvTable, cells_of_csv, open_csv

__all__ = ["CsvTable", "cells_of_csv", "open_csv"]
