"""Headings that would make a sheet read wrongly: those of new columns that are there already, and those typed over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.core.catalogue import problem, shorten
from importer.core.catalogue.files import OVERTYPED, OVERTYPED_WITH_NOTHING, OWN_AT_THE_END, OWN_TO_THE_RIGHT
from importer.core.columns import COLUMNS, INPUT_COLUMNS, normalize
from importer.core.model import ExitCode, Stop
from importer.core.overtyped import gaps, mostly_fits
from importer.tables.ooxml.grid import letters
from importer.tables.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from importer.core.columns import Layout
    from importer.core.model import Problem, SheetRow


def refuse_same_headings(layout: Layout, missing: Iterable[str]) -> None:
    """Raises Stop (`heading-twice`) if a result column to be added is called like a column mapped to something else.

    The copy would have the same heading twice, and nobody could tell the two apart, the next run included.
    """
    known = {normalize(part) for key in layout.inputs for part in layout.title(key).split(" + ")}
    for key in missing:
        if normalize(layout.title(key)) in known:
            raise refused("heading-twice", layout.title(key), row=layout.header_row)


def refuse_overtyped(
    layout: Layout, mapping: Mapping[str, tuple[str, ...]], rows: Callable[[Layout], Iterable[SheetRow]]
) -> None:
    """Raises Stop (`heading-overtyped`) if a column has lost its heading: by its place and its cells it is one to read.

    `rows` gives the sheet's rows as they would be read with another layout.
    """
    for key, place in gaps(layout, mapping):
        read = rows(replace(layout, inputs={**layout.inputs, key: (place,)}))
        if mostly_fits(key, (cell for row in read for cell in row.cells[key])):
            raise Stop(_overtyped(layout, key, place), ExitCode.INPUT)


def _overtyped(layout: Layout, key: str, place: int) -> Problem:
    text = layout.texts[place].strip() if place < len(layout.texts) else ""
    said, heading = OVERTYPED if text else OVERTYPED_WITH_NOTHING, COLUMNS[key].heading
    found = said.format(text=shorten(text), cell=f"{letters(place)}{layout.header_row}")
    own = OWN_AT_THE_END if key == INPUT_COLUMNS[-1].key else OWN_TO_THE_RIGHT
    facts = {"found": found, "heading": heading, "own": own.format(heading=heading)}
    return problem("heading-overtyped", column=key, value=text, **facts)
