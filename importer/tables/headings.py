"""Headings of new columns, which must not be mistaken for those that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core.columns import normalize
from importer.tables.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.core.columns import Layout


def refuse_same_headings(layout: Layout, missing: Iterable[str]) -> None:
    """Raises Stop (`heading-twice`) if a result column to be added is called like a column mapped to something else.

    The copy would have the same heading twice, and nobody could tell the two apart, the next run included.
    """
    known = {normalize(part) for key in layout.inputs for part in layout.title(key).split(" + ")}
    for key in missing:
        if normalize(layout.title(key)) in known:
            raise refused("heading-twice", layout.title(key), row=layout.header_row)
