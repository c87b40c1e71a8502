"""The files in templates/ and samples/ are what this version makes, and what their descriptions say."""

from __future__ import annotations

import importlib.util
import io
import tomllib
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import canonicalize
from zoneinfo import ZoneInfo

import pytest

from importer.core.model import DateOrder, Stop
from importer.core.plan import Plan, make_plan
from importer.core.readings import ReadingOptions
from importer.core.rules import RuleOptions
from importer.tables import read_table
from importer.tables.base import SheetRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.core.row import Row

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def _made() -> Mapping[str, bytes]:
    spec = importlib.util.spec_from_file_location("samples", HERE / "samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    files: Mapping[str, bytes] = module.files()
    return files


MADE = _made()


def parts(data: bytes) -> dict[str, str]:
    """Return a package's parts; the compressed bytes are the business of the machine's zlib."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: canonicalize(package.read(name).decode()) for name in package.namelist()}


@pytest.mark.parametrize("name", MADE)
def test_file_is_what_this_version_makes(name: str) -> None:
    """If this is red because the template was meant to change: `python tests/template/samples.py`."""
    stored = (ROOT / name).read_bytes()

    if name.endswith(".xlsx"):
        assert parts(stored) == parts(MADE[name])
    else:
        assert stored == MADE[name]


WORKFLOW = "github-actions"
EXPORTS = {"hr-interviews", "court-hearings", "training-catalogue"}
"""Folders of exports that stand as they came, made by nobody here; tests/cli/run/test_run_recipes.py holds them."""


def test_folders_hold_nothing_else() -> None:
    """Besides the README's pictures, a workflow, and the copies that whoever tries the README's first line leaves."""
    paths = [path for folder in ("templates", "samples") for path in (ROOT / folder).rglob("*") if path.is_file()]
    others = [path for path in paths if path.suffix != ".png" and not path.stem.endswith("-results")]
    ours = [path for path in others if path.parent.name not in {*EXPORTS, WORKFLOW}]

    assert {path.relative_to(ROOT).as_posix() for path in ours} == set(MADE)


def planned(name: str, request: SheetRequest, reading: ReadingOptions) -> Plan:
    """Return what the importer makes of a sample, as if it were the first of January 2027."""
    rows = read_table(MADE[name], name, request).rows()
    return make_plan(rows, reading, RuleOptions(now=datetime(2027, 1, 1, tzinfo=UTC)))


def faults(plan: Plan) -> list[tuple[int, str, str]]:
    rows: list[Row] = [*plan.ready, *plan.rejected]
    return sorted((row.number, problem.column, problem.code) for row in rows for problem in row.problems)


@pytest.mark.parametrize("name", ["templates/meetings.xlsx", "templates/meetings.csv"])
def test_blank_templates_have_no_rows(name: str) -> None:
    table = read_table(MADE[name], name, SheetRequest())

    assert table.layout.header_row == 1
    assert list(table.rows()) == []


@pytest.mark.parametrize("name", ["samples/roster.xlsx", "samples/roster.csv"])
def test_roster_has_the_mistakes_it_says_and_no_others(name: str) -> None:
    """The unknown attendee, the missing policy and the missing dial-in come to light only when they are asked for."""
    plan = planned(name, SheetRequest(), ReadingOptions())

    assert faults(plan) == [
        (5, "start", "no-such-day"),
        (7, "organizer", "required"),
        (9, "end", "end-before-start"),
        (10, "external_id", "duplicate-external-id"),
        (11, "external_id", "duplicate-external-id"),
    ]
    assert [row.number for row in plan.ready] == [2, 3, 4, 6, 8, 12, 13]
    assert [row.external_id for row in plan.ready if row.number in {4, 13}] == ["00042", "00042"]


def mapped() -> tuple[SheetRequest, ReadingOptions]:
    """Return what the mapping file says."""
    settings = tomllib.loads(MADE["samples/timetable/meeting-importer.toml"].decode())
    columns: dict[str, str | list[str]] = settings.pop("columns")
    mapping = {key: (names,) if isinstance(names, str) else tuple(names) for key, names in columns.items()}
    reading = ReadingOptions(
        default_zone=ZoneInfo(settings.pop("timezone")), date_order=DateOrder(settings.pop("date_order"))
    )
    assert not settings
    return SheetRequest(mapping=mapping), reading


TIMETABLES = ["samples/timetable/exported-timetable.xlsx", "samples/timetable/exported-timetable.csv"]


@pytest.mark.parametrize("name", TIMETABLES)
def test_timetable_is_right_with_its_mapping(name: str) -> None:
    plan = planned(name, *mapped())

    assert (faults(plan), plan.rejected) == ([], ())
    first = plan.ready[0]
    assert (first.number, first.external_id, first.subject) == (5, "0007", "5a Français: les métiers")
    assert (first.start, first.end) == (
        datetime(2027, 4, 5, 6, 15, tzinfo=UTC),
        datetime(2027, 4, 5, 7, tzinfo=UTC),
    )
    assert first.organizer == "zoe.lefevre@school.contoso.example"
    assert len(first.attendees) == 2
    assert [row.number for row in plan.ready] == list(range(5, 13))


@pytest.mark.parametrize("name", TIMETABLES)
def test_timetable_is_not_understood_without_its_mapping(name: str) -> None:
    with pytest.raises(Stop) as stopped:
        read_table(MADE[name], name, SheetRequest())

    assert stopped.value.problem.code == "no-header-row"


def test_both_timetables_say_the_same() -> None:
    one, other = (planned(name, *mapped()) for name in TIMETABLES)

    assert [(row.number, row.values) for row in one.ready] == [(row.number, row.values) for row in other.ready]
    assert one.rejected == other.rejected == ()


def test_timetable_csv_is_as_old_systems_write_it() -> None:
    data = MADE["samples/timetable/exported-timetable.csv"]

    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    lines = data.decode("cp1252").split("\r\n")
    assert lines[3].startswith("Lesson no.;Class;Lesson;Date;Start time;End time")
    assert lines[4].startswith("0007;5a;Français: les métiers;05/04/2027;08:15;09:00;")
