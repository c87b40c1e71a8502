"""The one port for spreadsheets of any format: rows out, result cells in, bytes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.core.columns import Layout
    from importer.core.model import Problem, SheetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRequest:
    """What the user said about where the rows are.

    `sheet` and `header_row` (the margin's number) are None where they are to be found. `mapping` gives, for a
    column's key, the heading or the headings (joined in this order) that the sheet has for it. `required` are
    the keys without which a row can't be a heading row. `delimiter` is for CSV, None where it is to be told. `settings`
    is where the mapping comes from, for saying so.
    """

    sheet: str | None = None
    header_row: int | None = None
    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: frozenset[str] = frozenset({"external_id", "organizer"})
    delimiter: str | None = None
    settings: str = "the settings file"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where each result column will stand in a copy, and what a person should know about that place."""

    layout: Layout
    notices: tuple[Problem, ...] = ()


class Table(Protocol):
    """One sheet of one file, read once; the file on disk is never touched by it."""

    @property
    def sheet(self) -> str:
        """The worksheet's name; empty for CSV."""
        ...

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        ...

    @property
    def layout(self) -> Layout:
        """Where the headings stand, and what they say."""
        ...

    @property
    def notices(self) -> tuple[Problem, ...]:
        """What a person should know about the file as a whole: hidden rows, protection and the like."""
        ...

    def rows(self) -> Iterator[SheetRow]:
        """Gives the rows below the headings in order, blank ones passed over, with their own numbers.

        A row is blank when none of its input cells holds anything but white space.
        """
        ...

    def settled(self) -> Table:
        """Return the same table with those result columns only that are ours by what they hold; see `own_results`."""
        ...

    def placed(self, columns: Sequence[str]) -> Placed:
        """Return where the result columns will stand in a copy that has all of `columns`.

        Raise Stop when the sheet can't take them.
        """
        ...

    def with_results(self, results: Mapping[int, Mapping[str, str]], columns: Sequence[str]) -> bytes:
        """Gives the bytes of a copy with result texts filled in, everything else kept.

        `results` maps a row's number to {result column's key: text}; an empty text clears the cell, a key that
        is absent leaves the cell as it is. `columns` are the keys that must stand in the copy: those without a
        heading in the sheet are appended to the right in this order. Raises Stop when the sheet can't take them.
        """
        ...
