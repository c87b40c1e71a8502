"""Both formats behind the same fixtures, so that what is promised for tables is tested on each of them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

import openpyxl
import pytest

from tests.tables.packages import Asked, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.tables.base import Table


@dataclass(frozen=True)
class Format:
    """A file format, and a way to write rows of plain texts in it."""

    suffix: str

    def write(self, rows: Sequence[Sequence[str | None]]) -> bytes:
        if self.suffix == ".csv":
            out = io.StringIO(newline="")
            csv.writer(out).writerows(["" if cell is None else cell for cell in row] for row in rows)
            return out.getvalue().encode()
        book, data = openpyxl.Workbook(), io.BytesIO()
        assert book.active is not None
        for number, row in enumerate(rows, start=1):
            for place, cell in enumerate(row, start=1):
                book.active.cell(number, place, cell)
        book.save(data)
        return data.getvalue()

    def table(self, rows: Sequence[Sequence[str | None]], **request: Unpack[Asked]) -> Table:
        return opened(self.write(rows), f"roster{self.suffix}", **request)

    def read(self, data: bytes, **request: Unpack[Asked]) -> Table:
        return opened(data, f"roster{self.suffix}", **request)


@pytest.fixture(params=[".xlsx", ".csv"])
def fmt(request: pytest.FixtureRequest) -> Format:
    return Format(request.param)
