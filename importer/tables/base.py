"""The one port for spreadsheets of any format: rows out, result cells in, bytes out.

Beneath it what every format needs: one way to say that a file can't be used (`refused`), and repetitions in patterns
that never give back what they took, so that no hostile text makes a search slow (`atomic_regex`).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from importer.core.catalogue import problem
from importer.core.layout import find_layout
from importer.core.model import ExitCode, Stop
from importer.core.texts import NO_LANGUAGES, Languages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.core.layout import Layout
    from importer.core.model import Problem
    from importer.core.row import Row


def refused(code: str, name: str, *, detail: str = "", **facts: str | int) -> Stop:
    """Return the Stop that refuses the file called `name`, for the caller to raise."""
    return Stop(
        replace(problem(code, value=name, **{key: str(fact) for key, fact in facts.items()}), detail=detail),
        ExitCode.INPUT,
    )


def damaged(name: str, detail: str) -> Stop:
    """Return the Stop for a workbook that is broken; `detail` says where, for whoever reads the log."""
    return refused("workbook-damaged", name, detail=detail)


SOUND = sys.version_info >= (3, 11, 5)
"""Before, a possessive repetition of alternatives could miss: https://github.com/python/cpython/issues/106052"""


def atomic_regex(pattern: str) -> str:
    """Return a pattern for `pattern` as often as it comes, also never.

    Where Python's own `*+` is not sound it is an atomic group, which means the same and remembers each repetition
    until it is through.
    """
    return f"(?:{pattern})*+" if SOUND else f"(?>(?:{pattern})*)"


def once(pattern: str) -> str:
    """Return a pattern for `pattern` if it comes, and for nothing else."""
    return f"(?>(?:{pattern})?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRequest:
    """What the user said about where the rows are.

    `sheet` and `header_row` (the margin's number) are None where they are to be found. `mapping` gives, for a
    column's key, the heading or the headings (joined in this order) that the sheet has for it. `required` are
    the keys without which a row can't be a heading row, `also` headings of columns that are looked at beside those that
    are read, and `extra` the keys of result columns beside the usual ones. `delimiter` and `encoding` (a name that
    Python's codecs know) are for CSV, None where they are to be told. `settings` is where the mapping comes from, for
    saying so. `languages` are those that a sheet can be in, and `language` is the tag of the one that it is answered in
    where its headings don't tell.
    """

    sheet: str | None = None
    header_row: int | None = None
    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: frozenset[str] = frozenset({"external_id", "organizer"})
    also: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()
    delimiter: str | None = None
    encoding: str | None = None
    settings: str = "the settings file"
    languages: Languages = NO_LANGUAGES
    language: str = ""


def layout_of(rows: Iterable[tuple[int, Sequence[str]]], request: SheetRequest) -> Layout | None:
    """Return where the headings stand among a sheet's first rows, None where it has none; see `find_layout`."""
    found = find_layout(
        rows,
        mapping=request.mapping,
        required=request.required,
        header_row=request.header_row or None,
        languages=request.languages,
    )
    return None if found is None else found.in_language(request.language)


ResultTexts: TypeAlias = "Mapping[int, Mapping[str, str]]"
"""What goes into a copy: {result column's key: text} by the row's number."""


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
    def width(self) -> int:
        """How many columns it has, up to the last one with something in it."""
        ...

    @property
    def notices(self) -> tuple[Problem, ...]:
        """What a person should know about the file as a whole: hidden rows, protection and the like."""
        ...

    def rows(self) -> Iterator[Row]:
        """Return the rows below the headings in order, blank ones passed over, with their own numbers.

        A row is blank when none of its input cells holds anything but white space.
        """
        ...

    def with_layout(self, layout: Layout) -> Table:
        """Return the same table read by another layout."""
        ...

    def beginning(self) -> Table:
        """Return the same table for whoever wants its first rows alone: those of a large sheet cost less."""
        ...

    def settled(self) -> Table:
        """Return the same table with those result columns only that are ours by what they hold; see `own_results`."""
        ...

    def placed(self, columns: Sequence[str]) -> Placed:
        """Return where the result columns will stand in a copy that has all of `columns`.

        Raise Stop when the sheet can't take them.
        """
        ...

    def with_results(self, results: ResultTexts, columns: Sequence[str]) -> bytes:
        """Return the bytes of a copy with result texts filled in, everything else kept.

        An empty text in `results` clears the cell, a key that is absent leaves the cell as it is. `columns` are the
        keys that must stand in the copy: those without a heading in the sheet are appended to the right in this order.
        Raise Stop when the sheet can't take them.
        """
        ...
