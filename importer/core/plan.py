"""The planner: decides everything about a sheet that can be known without a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from importer.core.addresses import distinct
from importer.core.cells import Unclear
from importer.core.model import PlannedMeeting, RowResult, Severity, Status
from importer.core.readings import Moment, Reading, ReadingOptions, identity_of, read_rows
from importer.core.rules import RuleOptions, check

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from importer.core.model import Problem, SheetRow
    from importer.core.readings import Time


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sheet amounts to. `ready` and `rejected` together are all its rows, each in the sheet's order."""

    ready: tuple[PlannedMeeting, ...]
    rejected: tuple[RowResult, ...]


def make_plan(rows: Iterable[SheetRow], reading: ReadingOptions, rules: RuleOptions) -> Plan:
    """Gives the plan for `rows`: those with an error are rejected with all their problems, the others are ready."""
    kept = list(rows)
    readings = read_rows(kept, reading)
    problems = check(readings, rules)
    ready: list[PlannedMeeting] = []
    rejected: list[RowResult] = []
    for row, values in zip(kept, readings, strict=True):
        found = problems.get(row.number, [])
        if any(problem.severity is Severity.ERROR for problem in found):
            rejected.append(_rejected(row, _planned(row, values, found)))
        else:
            ready.append(_planned(row, values, found))
    return Plan(tuple(ready), tuple(rejected))


def _rejected(row: SheetRow, read: PlannedMeeting) -> RowResult:
    external_id, organizer = identity_of(row)
    return RowResult(
        number=row.number,
        external_id=external_id,
        organizer=organizer,
        status=Status.INVALID,
        problems=read.problems,
        planned=read,
    )


def _planned(row: SheetRow, values: Reading, problems: Sequence[Problem]) -> PlannedMeeting:
    start = _instant(values.start)
    return PlannedMeeting(
        number=values.number,
        external_id=_text(values.external_id),
        organizer=_text(values.organizer),
        subject=_text(values.subject),
        start=start,
        end=_end(values, start),
        attendees=() if isinstance(values.attendees, Unclear) else distinct(values.attendees),
        zone=values.time_zone.key if isinstance(values.time_zone, ZoneInfo) else "UTC",
        problems=tuple(problems),
        link=row.results.get("join_url", ""),
    )


def _end(values: Reading, start: datetime | None) -> datetime | None:
    """The end as written, else the start plus the duration (elapsed time, so right across a clock change)."""
    if values.end is None and start is not None and isinstance(values.duration, timedelta):
        return start + values.duration
    return _instant(values.end)


def _instant(moment: Time) -> datetime | None:
    return moment.instant if isinstance(moment, Moment) else None


def _text(value: str | Unclear) -> str:
    return "" if isinstance(value, Unclear) else value
