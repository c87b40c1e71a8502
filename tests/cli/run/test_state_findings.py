"""A sheet of which nothing has changed is not checked again, and never is anything taken from memory that is not so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from importer.cli.run.state import CODE, FINDINGS, SheetFindings, build_of, forget_copies
from importer.core.catalogue import problem
from importer.core.model import SameId
from importer.core.plan import make_plan
from importer.core.readings import ReadingOptions, read_rows
from importer.core.rules import KEPT_UP_TO, RuleOptions, check, seen_by_rules
from tests.cli.rosters import csv_file, values
from tests.core.planning import NOW, row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pytest

    from importer.core.model import Cell, Problem
    from importer.core.row import Row
    from tests.cli.conftest import Done

    Command = Callable[..., Done]


class Remembering:
    """Findings in memory; counts what was found in them, and what was not."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[int, Sequence[Problem]]] = {}
        self.hits = 0

    def recall(self, seen: str) -> Mapping[int, Sequence[Problem]] | None:
        self.hits += seen in self.kept
        return self.kept.get(seen)

    def keep(self, seen: str, found: Mapping[int, Sequence[Problem]]) -> None:
        self.kept[seen] = found


def read(*rows: Row) -> list[Row]:
    return read_rows(rows, ReadingOptions())


def test_what_the_rules_see_tells_all_that_they_go_by() -> None:
    rows, options = read(row(2), row(3, subject=None)), RuleOptions(NOW)
    seen = seen_by_rules(rows, options)
    other: dict[str, tuple[Cell, ...]] = {
        "external_id": ("A-4", 1, 1.5, "a-2"),
        "start": ("2027-01-11 09:01", datetime(2027, 1, 11, 9, 1), None),  # noqa: DTZ001 - cells know no zone
        "time_zone": ("Europe/Paris", "UTC", "CET", None),
        "organizer": ("bo@contoso.example", "ANA@contoso.example", "a na"),
        "attendees": ("bo@contoso.example", "cy@contoso.example; bo@contoso.example"),
        "subject": ("Algebra ", "Algebra\x07", None),
    }
    changed = [seen_by_rules(read(row(2, **{key: cell}), rows[1]), options) for key in other for cell in other[key]]
    number = seen_by_rules(read(row(4, external_id="A-2"), rows[1]), options)
    begun = seen_by_rules(rows, replace(options, now=NOW + timedelta(days=60)))
    other_options = [
        replace(options, organizer_required=False),
        replace(options, names_looked_up=True),
        replace(options, same_id=SameId.ONE_MEETING),
    ]
    assert seen not in {*changed, number, begun, *(seen_by_rules(rows, each) for each in other_options)}
    assert seen == seen_by_rules(read(row(2), row(3, subject=None)), replace(options, now=NOW + timedelta(days=1)))


def test_a_row_that_is_over_by_now_is_seen_at_the_minute() -> None:
    rows, starts = read(row(2)), datetime(2027, 1, 11, 8, tzinfo=UTC)
    before, after = (seen_by_rules(rows, RuleOptions(starts + timedelta(seconds=each))) for each in (-1, 1))
    assert before != after


def test_what_was_found_is_found_again_without_the_rules() -> None:
    memory, rows = Remembering(), [row(2, organizer=None), row(3, subject=None), row(4)]
    first, again = (make_plan(rows, ReadingOptions(), RuleOptions(NOW), memory) for _ in range(2))
    assert (memory.hits, len(memory.kept)) == (1, 1)
    assert first == again == make_plan(rows, ReadingOptions(), RuleOptions(NOW))


def test_a_large_sheet_is_checked_each_time() -> None:
    memory = Remembering()
    check(read(*(row(number) for number in range(2, KEPT_UP_TO + 3))), RuleOptions(NOW), memory)
    assert memory.kept == {}


def test_what_is_kept_is_this_programs_this_sheets_and_whole(tmp_path: Path) -> None:
    found = {2: [problem("required", column="organizer")], 3: [problem("subject-blank", column="subject")]}
    kept = SheetFindings(tmp_path / FINDINGS, tmp_path / "r.xlsx", "May")
    kept.keep("seen", found)
    assert kept.recall("seen") == found
    assert kept.recall("other") is None
    assert SheetFindings(tmp_path / FINDINGS, tmp_path / "r.xlsx", "June").recall("seen") is None
    assert SheetFindings(tmp_path / FINDINGS, tmp_path / "q.xlsx", "May").recall("seen") is None
    (file,) = (tmp_path / FINDINGS).iterdir()
    whole = json.loads(file.read_text())
    others: list[object] = [whole | {"program": "0.0.9"}, whole | {"found": []}, {}, [], whole | {"found": {"2": "?"}}]
    for record in others:
        file.write_text(json.dumps(record))
        assert kept.recall("seen") is None
    file.write_text(json.dumps(whole)[:-9])
    assert kept.recall("seen") is None
    kept.keep("seen", found)
    forget_copies(tmp_path, str(tmp_path / "q.xlsx"))
    assert kept.recall("seen") == found
    forget_copies(tmp_path, str(tmp_path / "r.xlsx"))
    assert list((tmp_path / FINDINGS).iterdir()) == []


def test_the_second_night_says_what_the_first_said(
    command: Command, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETING_IMPORTER_STATE_DIR", str(tmp_path / "state"))
    roster = csv_file(tmp_path / "r.csv", [values("1", subject=""), values("2"), values("2"), values("3", end="x")])
    nights = [command("run", roster, "--only-changed", "-o", "json") for _ in range(2)]
    said = [[night.rows[number]["problems"] for number in night.rows] for night in nights]
    assert said[0] == said[1]
    assert [night.code for night in nights] == [4, 4]
    assert len(list((tmp_path / "state" / FINDINGS).iterdir())) == 1


def test_another_build_of_the_same_version_checks_again(tmp_path: Path) -> None:
    """Whoever upgrades from a checkout has the same number, and perhaps another rule."""
    (tmp_path / "rule.py").write_text("LIMIT = 1", encoding="utf-8")
    before = build_of(tmp_path)
    build_of.cache_clear()
    assert build_of(tmp_path) == before
    (tmp_path / "rule.py").write_text("LIMIT = 10", encoding="utf-8")
    build_of.cache_clear()
    assert build_of(tmp_path) != before
    build_of.cache_clear()
    assert (CODE / "rules" / "columns.py").is_file()
