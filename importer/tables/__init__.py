"""Spreadsheets: Excel workbooks and CSV files behind one port, and the saving and checking of results copies.

Here a file is opened: which kind of table it is, its content tells, with the name as a second opinion.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.wording import system_reason
from importer.paths import TEXT_SUFFIXES, WORKBOOK_SUFFIXES
from importer.tables.base import SheetRequest, Table, refused
from importer.tables.copies import check_copy, content_of, copy_of, is_as_we_write, says_the_same, with_other_sheets
from importer.tables.csv import cells_of_csv, open_csv, samples_of_csv
from importer.tables.ooxml import open_archive
from importer.tables.ooxml.package import SheetEntry, open_package
from importer.tables.save import TEMPORARY, remove_leftovers, save, try_place
from importer.tables.xlsx import cells_of_workbook, open_workbook, samples_of_workbook
from importer.tables.xlsx.read import cell_text, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.core.model import Sample


FILE_LIMIT = 200 * 1024 * 1024
"""Bytes of a file: it is held in memory, and a list of meetings with pictures stays under a tenth of this."""

_OTHERS = {
    ".xls": "workbook-old-format",
    ".xlsb": "workbook-binary",
    ".ods": "workbook-opendocument",
    ".xltx": "workbook-template",
    ".xltm": "workbook-template",
}
_ZIP, _COMPOUND = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The stream that holds an encrypted workbook (MS-OFFCRYPTO 2.3.4.4); an .xls is a compound file without it."""


def _once(act: Callable[[], bytes]) -> bytes:
    return act()


def read_file(path: Path, *, attempt: Callable[[Callable[[], bytes]], bytes] = _once) -> bytes:
    """Return what the file holds; another program may have it open.

    `attempt` may read again after an OSError that can pass. Raise Stop with exit 3 where it can't be read.
    """
    try:
        return attempt(lambda: bytes_of(path))
    except FileNotFoundError as error:
        raise refused("file-not-found", str(path), hint="") from error
    except OSError as error:
        raise refused("file-not-readable", str(path), reason=system_reason(error)) from error


def bytes_of(path: Path) -> bytes:
    """Return the file's bytes at once, so that it is held no longer than that. Windows shares it while it is read."""
    with path.open("rb") as file:
        return file.read(FILE_LIMIT + 1)


def read_table(data: bytes, name: str, request: SheetRequest) -> Table:
    """Return the table in the bytes of a file called `name`.

    Raise Stop with exit 3 for everything that keeps it from being read or a copy from being written.
    """
    return (open_workbook if _is_workbook(data, name) else open_csv)(data, name, request)


def samples_of(data: bytes, name: str, request: SheetRequest, *, depth: int) -> list[Sample]:
    """Return the first rows of each sheet that the bytes of a file have, as they are; raise Stop as `read_table`."""
    return (samples_of_workbook if _is_workbook(data, name) else samples_of_csv)(data, name, request, depth=depth)


def _is_workbook(data: bytes, name: str) -> bool:
    """Return whether a file is a workbook or a CSV; raise Stop for what is neither, or is called what it is not."""
    suffix = Path(name).suffix.lower()
    if len(data) > FILE_LIMIT:
        raise refused("file-too-large", name, limit=FILE_LIMIT // (1024 * 1024))
    if not data:
        raise refused("file-empty", name)
    if data.startswith(_COMPOUND):
        raise refused("workbook-encrypted" if _ENCRYPTED in data else "workbook-old-format", name)
    if suffix in _OTHERS:
        raise refused(_OTHERS[suffix], name)
    if suffix in WORKBOOK_SUFFIXES and not data.startswith(_ZIP):
        raise refused("not-a-workbook", name)
    if suffix in TEXT_SUFFIXES and data.startswith(_ZIP + b"\3\4"):
        raise refused("workbook-named-csv", name)
    if suffix not in {*WORKBOOK_SUFFIXES, *TEXT_SUFFIXES}:
        raise refused("file-type-unknown", name)
    return suffix in WORKBOOK_SUFFIXES


def rows_in(data: bytes, name: str, sheet: str = "") -> Iterator[tuple[int, Sequence[str]]]:
    """Return every row in the bytes of a file, or of one sheet of a workbook: number and texts, whatever they say.

    Raise Stop with exit 3 for what can't be read, or has no such sheet.
    """
    if len(data) > FILE_LIMIT:
        raise refused("file-too-large", name, limit=FILE_LIMIT // (1024 * 1024))
    if not data.startswith(_ZIP):
        yield from ((number, values) for _, number, values in cells_of_csv(data, name))
        return
    for _, number, raws in cells_of_workbook(data, name, sheet):
        yield number, [cell_text(plain(raw)) for raw in raws]


def worksheets_of(data: bytes, name: str) -> tuple[SheetEntry, ...]:
    """Return the worksheets of a workbook in their order, hidden ones too; none of what is no workbook, or a CSV."""
    if not name.lower().endswith(WORKBOOK_SUFFIXES) or not data.startswith(_ZIP) or len(data) > FILE_LIMIT:
        return ()
    return tuple(entry for entry in open_package(open_archive(data, name)).sheets if entry.kind == "worksheet")


__all__ = [
    "TEMPORARY",
    "SheetEntry",
    "SheetRequest",
    "Table",
    "bytes_of",
    "check_copy",
    "content_of",
    "copy_of",
    "is_as_we_write",
    "read_file",
    "read_table",
    "remove_leftovers",
    "rows_in",
    "samples_of",
    "save",
    "says_the_same",
    "try_place",
    "with_other_sheets",
    "worksheets_of",
]
