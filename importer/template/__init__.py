"""The blank template: a workbook that helps the person who fills it in, and its plain CSV twin.

openpyxl is imported when a workbook is asked for, not before: `--help` must not pay for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.template.options import DEFAULT_COLUMNS, MAX_ROWS, TemplateFormat, TemplateOptions, csv_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.core.model import CellValue


def template_bytes(
    form: TemplateFormat, options: TemplateOptions, *, filled: Sequence[Mapping[str, CellValue]] = ()
) -> bytes:
    """Return the template as the bytes of a file: the same options always give the same bytes.

    `filled` are rows to start with, {column's key: value}; a key that has no column is passed over, and there
    are as many rows as `filled` needs even where `options.rows` says fewer.
    """
    match form:
        case TemplateFormat.CSV:
            return csv_bytes(options, filled)
        case TemplateFormat.XLSX:
            from importer.template.workbook import workbook_bytes  # noqa: PLC0415 - openpyxl takes 0.3 s to import

            return workbook_bytes(options, filled)


__all__ = ["DEFAULT_COLUMNS", "MAX_ROWS", "TemplateFormat", "TemplateOptions", "template_bytes"]
