"""What a reader of the file finds: through openpyxl (looks, rules), python-calamine (values) and the zip (parts)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from importer.template import TemplateFormat, TemplateOptions, template_bytes

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


@pytest.fixture(scope="session")
def blank() -> bytes:
    return template_bytes(TemplateFormat.XLSX, TemplateOptions())


@pytest.fixture(scope="session")
def book(blank: bytes) -> Workbook:
    return load_workbook(io.BytesIO(blank))


@pytest.fixture(scope="session")
def meetings(book: Workbook) -> Worksheet:
    return book["Meetings"]
