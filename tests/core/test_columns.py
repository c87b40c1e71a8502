"""A column is one declaration: none is there twice, and one with a part missing stops the import."""

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
    FilledFrom,
    InputColumn,
    ResultColumn,
)


def test_keys_and_headings_are_unique() -> None:
    headings = [column.heading for column in COLUMNS.values()]
    assert len(set(headings)) == len(headings) == len(COLUMNS)


OPTIONAL = {"synonyms", "required", "after", "joins", "writes", "at", "one_line"}
"""What a declaration may leave out."""


@pytest.mark.parametrize("whole", [*INPUT_COLUMNS, *RESULT_COLUMNS, *EXTRA_COLUMNS], ids=lambda column: column.key)
def test_a_column_that_is_declared_without_a_part_stops_the_import(whole: InputColumn | ResultColumn) -> None:
    parts = {part.name: getattr(whole, part.name) for part in fields(whole)}
    for name in parts.keys() - OPTIONAL:
        with pytest.raises(TypeError, match=rf"declared without .*{name}"):
            type(whole)(**{key: value for key, value in parts.items() if key != name})


def test_a_result_column_that_is_nowhere_in_an_answer_stops_the_import() -> None:
    whole = next(column for column in RESULT_COLUMNS if column.source is FilledFrom.MEETING)

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
            "importer.core.properties.drift",
            "What these columns say is no property of a meeting (core/properties): external_id.",
        ),
    ],
)
def test_a_column_without_a_reader_or_a_property_stops_the_import(change: str, module: str, sentence: str) -> None:
    script = f"from dataclasses import replace\nimport importer.core.columns as columns\n{change}\nimport {module}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr.splitlines()[-1] == f"TypeError: {sentence}"
