"""Rows as a table would give them, and a moment that never moves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer.core.plan import Plan, make_plan
from importer.core.readings import ReadingOptions
from importer.core.row import Row
from importer.core.rules import RuleOptions
from importer.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.core.model import Cell, DateOrder

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

GOOD: dict[str, Cell] = {
    "external_id": "A-1",
    "subject": "Algebra",
    "start": datetime(2027, 1, 11, 9, 0),  # noqa: DTZ001 - cells know no zone
    "end": datetime(2027, 1, 11, 10, 0),  # noqa: DTZ001 - cells know no zone
    "time_zone": "Europe/Berlin",
    "organizer": "ana@contoso.example",
    "attendees": "bo@contoso.example; cy@contoso.example",
}


def row(number: int, **cells: Cell | tuple[Cell, ...]) -> Row:
    """Return a good row with the cells named replaced."""
    merged = {
        "external_id": f"A-{number}",
        **{key: value for key, value in GOOD.items() if key != "external_id"},
        **cells,
    }
    return Row(
        number=number, cells={key: value if isinstance(value, tuple) else (value,) for key, value in merged.items()}
    )


def plan(rows: Iterable[Row], *, order: DateOrder | None = None, organizer_required: bool = True) -> Plan:
    return make_plan(rows, ReadingOptions(languages=LANGUAGES, date_order=order), RuleOptions(NOW, organizer_required))


def problems(planned: Plan) -> list[tuple[int, str, str]]:
    """Return every problem as (row, heading's key, code), in the sheet's order."""
    found = [(result.number, entry) for result in planned.rejected for entry in result.problems]
    found += [(meeting.number, entry) for meeting in planned.ready for entry in meeting.problems]
    return [(number, entry.column, entry.code) for number, entry in sorted(found, key=lambda pair: pair[0])]
