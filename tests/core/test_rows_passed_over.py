"""Headings said again, totals, legends and footnotes are no meetings; what might be one is never passed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from importer.core.layout import Layout
from importer.core.model import CellError, CellFault, RowChoice
from importer.core.row import Row
from importer.core.rows import select, without_passed_over

if TYPE_CHECKING:
    from importer.core.model import Cell

KEYS = ("external_id", "subject", "start", "end", "duration", "organizer", "attendees")
TEXTS = ("Course no.", "Subject", "Start", "End", "Minutes", "Teacher", "Attendees")
LAYOUT = Layout(header_row=1, inputs={key: (at,) for at, key in enumerate(KEYS)}, texts=TEXTS)
WHOLE = Row(number=2, cells={"external_id": ("A-1",), "organizer": ("ana@c.example",)})


def at(**cells: Cell) -> Row:
    return Row(number=7, cells={key: (cells.get(key),) for key in KEYS})


@pytest.mark.parametrize(
    "row",
    [
        at(external_id="Course no.", subject="SUBJECT", start="Start", organizer="Teacher"),
        at(external_id="Subtotal", subject="2"),
        at(external_id="Total", subject=3, start=CellError(CellFault.UNCACHED, "=COUNTA(A2:A3)")),
        at(external_id="MA1 Total", duration=450),
        at(subject="Grand Total", duration=450, attendees=31),
        at(external_id="Gesamtergebnis", attendees="31"),
        at(external_id="Zwischensumme:", duration="7,5"),
        at(external_id="Legend: T = talk"),
        at(external_id="Printed 2027-01-01 by system"),
        at(subject="* held online"),
        at(external_id="(c) Registrar's office"),
        at(duration=450, attendees=25),
        at(organizer="Total"),
        at(start="Summe"),
        at(attendees="Grand total"),
    ],
)
def test_what_is_no_meeting_is_passed_over_and_named(row: Row) -> None:
    kept, notes = without_passed_over([WHOLE, row], LAYOUT)

    assert [one.number for one in kept] == [2]
    assert [(note.code, "row 7" in note.message, note.detail) for note in notes] == [
        ("rows-passed-over", True, "rows 7")
    ]


@pytest.mark.parametrize(
    "row",
    [
        at(external_id="A-7"),
        at(external_id="Total", organizer="ana@c.example"),
        at(external_id="Total", start=datetime(2027, 4, 6, 9, tzinfo=UTC)),
        at(external_id="Total", start="2027-04-06 09:00"),
        at(external_id="Total", start=date(2027, 4, 6)),
        at(external_id="Total", start="31.11.2026"),
        at(external_id="Total", start="03/04/2027 09:00"),
        at(external_id="SUM", attendees="bo@c.example"),
        at(subject="Algebra"),
        at(subject="Interview: data analyst", start=date(2027, 4, 6)),
        at(subject="Interview with the data analyst"),
        at(external_id="Week 12"),
        at(external_id=12),
        at(organizer="ana@c.example"),
        at(start=date(2027, 4, 6)),
        at(start="tomorrow", duration=timedelta(hours=1)),
        at(external_id="Course no.", subject="Algebra"),
        at(external_id="The total is a course of its own", organizer="ana@c.example"),
    ],
)
def test_what_might_be_a_meeting_is_left_to_the_rules(row: Row) -> None:
    assert without_passed_over([WHOLE, row], LAYOUT) == ([WHOLE, row], ())


SEVERAL = [
    Row(number=number, cells={"external_id": (f"A-{number}",), "organizer": ("ana@c.example",)})
    for number in range(2, 5)
]


@pytest.mark.parametrize("text", ["Confidential", "合計", "Итого", "Week 27", "Room A", "2 records", "End of report"])
def test_a_text_alone_that_is_nothing_like_the_ids_of_the_sheet_is_passed_over(text: str) -> None:
    kept, notes = without_passed_over([*SEVERAL, at(external_id=text)], LAYOUT)

    assert kept == SEVERAL
    assert [note.detail for note in notes] == ["rows 7"]


@pytest.mark.parametrize(
    "row",
    [
        at(external_id="A-7"),
        at(external_id=12),
        at(external_id="B9"),
        at(external_id="Week 27", subject="Algebra"),
        at(external_id="Maths", organizer="ana@c.example"),
        at(external_id="Maths", start="2027-04-06 09:00"),
    ],
)
def test_an_id_like_the_others_or_with_something_beside_it_is_left_to_the_rules(row: Row) -> None:
    assert without_passed_over([*SEVERAL, row], LAYOUT) == ([*SEVERAL, row], ())


def test_ids_that_are_like_nothing_tell_nothing() -> None:
    rows = [
        Row(number=number, cells={"external_id": (text,), "organizer": ("ana@c.example",)})
        for number, text in enumerate(("Week 27", "Maths", "A-1"), 2)
    ]

    assert without_passed_over([*rows, at(external_id="Week 28")], LAYOUT)[1] == ()


def test_a_sheet_of_nothing_else_is_not_passed_over() -> None:
    rows = [at(external_id="Legend: T = talk"), at(external_id="Total")]

    assert without_passed_over(rows, LAYOUT) == (rows, ())


CALLED_OFF = {
    "Status": "cancelled Abgesagt entfällt geannuleerd afgezegd Odwołane anulowany",
    "Statut": "annulé ANNULÉE supprime\u0301",
    "Situação": "Cancelada excluído",
    "ステータス": "中止 取り消し ｷｬﾝｾﾙ 休講",
}


def _given(rows: list[Row], _layout: Layout) -> list[Row]:
    return rows


def test_what_a_sheet_calls_off_in_its_language_is_not_made() -> None:
    """Left out under each heading that people have for their status; `ok` stays."""
    for heading, words in CALLED_OFF.items():
        layout = Layout(header_row=1, inputs={"external_id": (0,)}, own={"status": (1,)}, texts=("ID", heading))
        layout = layout if heading == "Status" else replace(layout, own={})
        said = [*words.split(), "ok"]
        rows = [
            Row(number=number, cells={"external_id": (f"A-{number}",), "#1": (text,)})
            for number, text in enumerate(said, 2)
        ]
        chosen = select(layout, partial(_given, rows), RowChoice(), name="a.csv", settings="")
        assert (len(chosen.rows), chosen.left_out) == (1, {"cancelled": len(said) - 1}), heading
