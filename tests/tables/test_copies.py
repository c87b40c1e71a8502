"""The check of a copy sees what went wrong, whoever did it: it is the last thing between a mistake and the user."""

from __future__ import annotations

import io
import zipfile

import pytest

from importer.core.model import ExitCode, Stop
from importer.tables.copies import check_copy
from tests.tables.packages import HEADINGS, SHEET, SHEET_RELS, WORKBOOK, book, opened, part_of, row, sheet, text, texts

COLUMNS = ["status"]
DONE = {2: {"status": "created"}}


def exchanged(copy: bytes, **parts: bytes | None) -> bytes:
    """Return the copy with whole members exchanged, added, or left out (None)."""
    names = {
        "sheet": SHEET,
        "workbook": WORKBOOK,
        "styles": "xl/styles.xml",
        "links": SHEET_RELS,
        "extra": "xl/extra.xml",
    }
    new = {names[name]: part for name, part in parts.items()}
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()} | new
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, part in content.items():
            if part is not None:
                archive.writestr(name, part)
    return out.getvalue()


def said(data: bytes, copy: bytes) -> str:
    with pytest.raises(Stop) as stop:
        check_copy(opened(data), copy, DONE, COLUMNS)
    assert (stop.value.problem.code, stop.value.exit_code) == ("copy-differs", ExitCode.RESULTS)
    return stop.value.problem.detail


def test_another_member_changed_added_or_lost_is_seen() -> None:
    data = book()
    copy = opened(data).with_results(DONE, COLUMNS)
    check_copy(opened(data), exchanged(copy), DONE, COLUMNS)
    styles = part_of(copy, "xl/styles.xml")
    assert said(data, exchanged(copy, styles=styles + b" ")) == "member xl/styles.xml differs"
    assert said(data, exchanged(copy, extra=b"x")) == "member xl/extra.xml differs"


def test_a_copy_that_can_not_be_read_is_seen() -> None:
    data = book()
    copy = opened(data).with_results(DONE, COLUMNS)
    assert said(data, copy[:-1]).startswith("workbook-damaged")
    assert said(data, exchanged(copy, styles=None)).startswith("member xl/styles.xml")
    assert said(data, exchanged(copy, workbook=part_of(copy, WORKBOOK).replace(b"Roster", b"Other"))).startswith(
        "sheet-unknown"
    )


def test_an_error_that_came_or_went_is_seen() -> None:
    rows = texts(1, *HEADINGS) + row(2, text("A2", "1"), '<c r="B2" t="e"><v>#N/A</v></c>', text("C2", "a@b.c"))
    data = book(sheet(rows))
    copy = opened(data).with_results(DONE, COLUMNS)
    check_copy(opened(data), copy, DONE, COLUMNS)
    fixed = part_of(copy, SHEET).replace(b"#N/A", b"#REF!")
    assert said(data, exchanged(copy, sheet=fixed)) == "cells with errors differ"


def test_an_error_in_a_result_cell_may_be_written_over() -> None:
    rows = texts(1, *HEADINGS, "Status") + row(
        2, text("A2", "1"), text("C2", "a@b.c"), '<c r="D2" t="e"><v>#N/A</v></c>'
    )
    table = opened(book(sheet(rows)))
    check_copy(table, table.with_results(DONE, COLUMNS), DONE, COLUMNS)


def test_a_row_moved_by_one_is_seen() -> None:
    data = book()
    part = part_of(opened(data).with_results(DONE, COLUMNS), SHEET)
    for old, new in ((b"3", b"4"), (b"2", b"3")):
        for letter in (b"A", b"B", b"C", b"D"):
            part = part.replace(b'"' + letter + old + b'"', b'"' + letter + new + b'"')
        part = part.replace(b'<row r="' + old + b'"', b'<row r="' + new + b'"')
    assert said(data, exchanged(opened(data).with_results(DONE, COLUMNS), sheet=part)) == "row 2 differs"


def test_a_row_that_is_not_there_is_seen() -> None:
    data = book()
    copy = opened(data).with_results(DONE, COLUMNS)
    with pytest.raises(Stop) as stop:
        check_copy(opened(data), copy, DONE | {9: {"status": "created"}}, COLUMNS)
    assert stop.value.problem.detail == "row 9 is missing"


def test_a_harm_far_down_in_a_long_sheet_is_seen() -> None:
    rows = "".join(texts(number, f"M{number}", "Maths", "a@b.c") for number in (2, 4_096, 4_097, 9_000))
    data = book(sheet(texts(1, *HEADINGS) + rows))
    copy = opened(data).with_results(DONE, COLUMNS)
    part = part_of(copy, SHEET)
    assert said(data, exchanged(copy, sheet=part.replace(b"M9000", b"M9001"))) == "row 9000 differs"
    moved = part.replace(b'"A4097"', b'"A4098"').replace(b'"B4097"', b'"B4098"').replace(b'"C4097"', b'"C4098"')
    assert said(data, exchanged(copy, sheet=moved.replace(b'r="4097"', b'r="4098"'))) == "row 4097 differs"
    assert said(data, exchanged(copy, sheet=part.replace(b'<row r="9000"', b'<row r="4097"'))).startswith(
        "workbook-unusual"
    )


def test_dates_that_mean_other_days_are_seen() -> None:
    data = book()
    copy = opened(data).with_results(DONE, COLUMNS)
    other = part_of(copy, WORKBOOK).replace(b"<sheets>", b'<workbookPr date1904="1"/><sheets>')
    assert said(data, exchanged(copy, workbook=other)) == "dates are counted from another day"


def test_a_broken_part_that_a_copy_may_change_is_seen() -> None:
    data = book(sheet(texts(1, *HEADINGS) + texts(2, "1", "Maths", "a@b.c")))
    done = {2: {"join_url": "https://b.example/"}}
    copy = opened(data).with_results(done, ["join_url"])
    links = part_of(copy, SHEET_RELS)
    with pytest.raises(Stop) as stop:
        check_copy(opened(data), exchanged(copy, links=links[:-5]), done, ["join_url"])
    assert stop.value.problem.detail.startswith("workbook-damaged")


def test_what_is_no_number_is_the_same_as_before() -> None:
    data = book(sheet(texts(1, *HEADINGS) + row(2, text("A2", "1"), '<c r="B2"><v>NaN</v></c>', text("C2", "a@b.c"))))
    check_copy(opened(data), opened(data).with_results(DONE, COLUMNS), DONE, COLUMNS)


def test_a_table_of_somebody_else_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        check_copy(object(), b"", DONE, COLUMNS)  # type: ignore[arg-type]  # the wrong type is what is tested
