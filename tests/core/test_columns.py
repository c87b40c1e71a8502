"""Headings are recognised as people write them, and never mistaken."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace

import pytest

from importer.core.columns import (
    COLUMNS,
    EXTRA_COLUMNS,
    INPUT_COLUMNS,
    RESULT_COLUMNS,
    InputColumn,
    Layout,
    ResultColumn,
    Source,
    find_layout,
)
from importer.core.model import Stop

REQUIRED = frozenset({"external_id", "organizer"})


def find(
    *rows: list[str], mapping: dict[str, tuple[str, ...]] | None = None, header_row: int | None = None
) -> Layout | None:
    numbered = list(enumerate(rows, start=1))
    return find_layout(numbered, mapping=mapping or {}, required=REQUIRED, header_row=header_row)


def test_case_spaces_and_punctuation_do_not_matter() -> None:
    layout = find(["EXTERNAL-ID *", "organizer ", "Join\nURL", "start  "])

    assert layout is not None
    assert (layout.inputs, layout.results) == ({"external_id": (0,), "organizer": (1,), "start": (3,)}, {"join_url": 2})


def test_the_best_row_wins_and_titles_above_it_are_passed_over() -> None:
    layout = find(["Roster 2027", ""], [], ["External ID", "Organizer"], ["External ID", "Organizer", "Subject"])

    assert layout is not None
    assert layout.header_row == 4


def test_a_stated_row_leaves_no_choice() -> None:
    assert find(["x"], ["External ID", "Organizer"], header_row=1) is None


def test_no_row_without_the_required_headings() -> None:
    assert find(["External ID", "Subject", "Start"]) is None


def test_the_exact_heading_goes_before_a_synonym() -> None:
    layout = find(["ID", "External ID", "Host", "Title", "Organiser"])

    assert layout is not None
    assert (layout.inputs["external_id"], layout.inputs["organizer"]) == ((1,), (4,))


def test_the_mapping_goes_before_everything_and_joins_columns() -> None:
    mapping = {"external_id": ("Kurs",), "start": ("Datum", "Uhrzeit"), "organizer": ("Lehrkraft",)}

    layout = find(["External ID", "Kurs", "Uhrzeit", "Datum", "Lehrkraft"], mapping=mapping)

    assert layout is not None
    assert (layout.inputs["external_id"], layout.inputs["start"]) == ((1,), (3, 2))
    assert (layout.title("start"), layout.title("status")) == ("Datum + Uhrzeit", "Status")


def test_a_mapped_heading_is_never_also_a_result_column() -> None:
    layout = find(["Meeting ID", "Organizer"], mapping={"external_id": ("Meeting ID",)})

    assert layout is not None
    assert layout.results == {}


def test_one_heading_over_two_columns_is_refused() -> None:
    with pytest.raises(Stop) as stopped:
        find(["External ID", "Organizer", "Start", "start"])

    assert stopped.value.problem.code == "heading-twice"


def test_keys_and_headings_are_unique() -> None:
    headings = [column.heading for column in COLUMNS.values()]
    assert len(set(headings)) == len(headings) == len(COLUMNS)


OPTIONAL = {"synonyms", "form", "check", "required", "any_text", "holds", "writes", "at"}
"""What a declaration may leave out."""


@pytest.mark.parametrize("whole", [*INPUT_COLUMNS, *RESULT_COLUMNS, *EXTRA_COLUMNS], ids=lambda column: column.key)
def test_a_column_that_is_declared_without_a_part_stops_the_import(whole: InputColumn | ResultColumn) -> None:
    parts = {part.name: getattr(whole, part.name) for part in fields(whole)}
    for name in parts.keys() - OPTIONAL:
        with pytest.raises(TypeError, match=rf"declared without .*{name}"):
            type(whole)(**{key: value for key, value in parts.items() if key != name})


def test_a_result_column_that_is_nowhere_in_an_answer_stops_the_import() -> None:
    whole = next(column for column in RESULT_COLUMNS if column.source is Source.MEETING)

    with pytest.raises(TypeError, match=r"is filled in from a meeting, and declared without at\."):
        replace(whole, at=())


@pytest.mark.parametrize(
    ("change", "module", "sentence"),
    [
        (
            "columns.INPUT_KEYS = columns.INPUT_KEYS | {'trial'}",
            "importer.core.readings",
            "Columns and readers don't match: trial.",
        ),
        (
            "columns.INPUT_KEYS = columns.INPUT_KEYS - {'subject'}",
            "importer.core.readings",
            "Columns and readers don't match: subject.",
        ),
        (
            "columns.INPUT_COLUMNS = [replace(columns.INPUT_COLUMNS[0], says='trial'), *columns.INPUT_COLUMNS[1:]]",
            "importer.core.plan",
            "What these columns say is no property of a meeting (properties.py): external_id.",
        ),
    ],
)
def test_a_column_without_a_reader_or_a_property_stops_the_import(change: str, module: str, sentence: str) -> None:
    script = f"from dataclasses import replace\nimport importer.core.columns as columns\n{change}\nimport {module}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr.splitlines()[-1] == f"TypeError: {sentence}"
