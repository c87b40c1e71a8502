"""Reading a roster and writing its results copy, side by side with openpyxl and pandas; run by hand.

    python -m tests.benchmarks.workbook_copy [ROWS ...]

Every line is measured in a process of its own: seconds of processor time and the peak of memory above the start. A
roster has 12 columns; three result columns are written into every row.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HEADINGS = (
    *("External ID", "Subject", "Start", "End", "Time zone", "Organizer", "Attendees"),
    *("Room", "Dept", "Note", "Cost", "Flag"),
)
COLUMNS = ["status", "what_to_do", "join_url"]
URL = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_{}%40thread.v2/0?context=%7b%22Tid%22%3a%22a%22%7d"


def make(path: Path, rows: int, people: int = 1_000_000, prefix: str = "M") -> None:
    """Write the roster with shared strings and formats, as Excel would; LibreOffice and Excel open it.

    So many `people` are the first of two attendees of each row, and as many the second. IDs begin with `prefix`.
    """
    from tests.tables.packages import MAIN, XML, book, relations, sheet, types  # noqa: PLC0415 - the measured process stays small

    strings: dict[str, int] = {}

    def text(name: str, value: str) -> str:
        return f'<c r="{name}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>'

    lines = ["".join(text(f"{chr(65 + at)}1", heading) for at, heading in enumerate(HEADINGS))]
    for row in range(2, rows + 2):
        lines.append(  # noqa: PERF401 - a comprehension of this size would not be read
            text(f"A{row}", f"{prefix}-{row:06d}")
            + text(f"B{row}", f"Weekly planning number {row}")
            + f'<c r="C{row}" s="1"><v>{46400 + row / 48:.10f}</v></c>'
            + f'<c r="D{row}" s="1"><v>{46400 + row / 48 + 1 / 24:.10f}</v></c>'
            + text(f"E{row}", "Europe/Berlin")
            + text(f"F{row}", f"user{row % 500}@contoso.com")
            + text(f"G{row}", f"a{row % people}@contoso.com; b{row % people}@contoso.com")
            + text(f"H{row}", f"Room {row % 40}")
            + text(f"I{row}", f"Dept {row % 9}")
            + text(f"J{row}", f"note number {row} for somebody")
            + f'<c r="K{row}"><v>{row * 1.5}</v></c><c r="L{row}" t="b"><v>{row % 2}</v></c>'
        )
    part = sheet("".join(f'<row r="{at}" spans="1:12">{line}</row>' for at, line in enumerate(lines, start=1)))
    items = "".join(f"<si><t>{one}</t></si>" for one in strings)
    links = relations(
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "styles", "styles.xml"),
        ("rId3", "sharedStrings", "sharedStrings.xml"),
    )
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    kinds = [(f"xl/{name}.xml", f"{base}.{name}+xml") for name in ("sharedStrings", "styles")]
    path.write_bytes(book(part, strings=f'{XML}<sst xmlns="{MAIN}">{items}</sst>', links=links, types=types(*kinds)))


def read_ours(path: Path) -> None:
    from importer.tables import read_file, read_table  # noqa: PLC0415 - measured with its imports
    from importer.tables.base import SheetRequest  # noqa: PLC0415 - measured with its imports

    sum(1 for _ in read_table(read_file(path), path.name, SheetRequest()).rows())


def read_pandas(path: Path) -> None:
    import pandas as pd  # noqa: PLC0415 - likewise

    pd.read_excel(path, dtype=object)


def read_pandas_calamine(path: Path) -> None:
    import pandas as pd  # noqa: PLC0415 - likewise

    pd.read_excel(path, dtype=object, engine="calamine")


def copy_ours(path: Path) -> None:
    from importer.tables import read_file, read_table  # noqa: PLC0415 - likewise
    from importer.tables.base import SheetRequest  # noqa: PLC0415 - likewise
    from importer.tables.save import save  # noqa: PLC0415 - likewise

    table = read_table(read_file(path), path.name, SheetRequest())
    save(path.with_suffix(".ours.xlsx"), table.with_results(_results(_rows(path)), COLUMNS))


def copy_checked(path: Path) -> None:
    from importer.tables import read_file, read_table  # noqa: PLC0415 - likewise
    from importer.tables.base import SheetRequest  # noqa: PLC0415 - likewise
    from importer.tables.copies import check_copy  # noqa: PLC0415 - likewise

    table, results = read_table(read_file(path), path.name, SheetRequest()), _results(_rows(path))
    check_copy(table, table.with_results(results, COLUMNS), results, COLUMNS)


def copy_openpyxl(path: Path) -> None:
    import openpyxl  # noqa: PLC0415 - likewise

    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    for column, heading in enumerate(("Status", "What to do", "Join URL"), start=13):
        sheet.cell(1, column, heading)
    for row, texts in _results(_rows(path)).items():
        for column, text in enumerate(texts.values(), start=13):
            sheet.cell(row, column, text)
    out = io.BytesIO()
    book.save(out)
    path.with_suffix(".theirs.xlsx").write_bytes(out.getvalue())


def _rows(path: Path) -> int:
    return int(path.stem)


def _results(rows: int) -> dict[int, dict[str, str]]:
    return {row: {"status": "created", "what_to_do": "", "join_url": URL.format(row)} for row in range(2, rows + 2)}


TASKS: dict[str, Callable[[Path], None]] = {
    "read: ours": read_ours,
    "read: pandas": read_pandas,
    "read: pandas, calamine": read_pandas_calamine,
    "copy: ours": copy_ours,
    "copy: ours, checked": copy_checked,
    "copy: openpyxl": copy_openpyxl,
}


def measured(task: str, path: Path) -> tuple[float, float]:
    """Run one task in a process of its own; return its seconds and megabytes."""
    seconds, megabytes = _alone("--task", task, str(path)).split()
    return float(seconds), float(megabytes)


def _alone(*arguments: str) -> str:
    """A process begins with its parent's peak of memory, so the parent does nothing itself."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.workbook_copy", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def run(task: str, path: Path) -> None:
    before, start = _peak(), time.process_time()
    TASKS[task](path)
    print(time.process_time() - start, _peak() - before)  # noqa: T201 - a program for the terminal


def _peak() -> float:
    import resource  # noqa: PLC0415 - Windows has none, and its tests want the rest of this file

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: list[str]) -> None:
    match arguments:
        case ["--task", task, path]:
            run(task, Path(path))
        case ["--make", rows, path]:
            make(Path(path), int(rows))
        case _:
            _compare([int(one) for one in arguments] or [1_000, 20_000, 100_000])


def _compare(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            path = Path(folder) / f"{rows}.xlsx"
            _alone("--make", str(rows), str(path))
            found = {task: measured(task, path) for task in TASKS}
            for task, (seconds, megabytes) in found.items():
                theirs = found["copy: openpyxl" if task.startswith("copy") else "read: pandas"]
                ratio = f"{theirs[0] / seconds:5.1f}x faster, {megabytes / theirs[1]:4.0%} of the memory"
                print(f"{rows:7} {task:24} {seconds:7.2f} s {megabytes:7.0f} MB  {ratio}")  # noqa: T201 - likewise


if __name__ == "__main__":
    main(sys.argv[1:])
