"""Which headings a file is read by: those of the settings file, else the template's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.cli.inputs import TEXT_SUFFIXES
from importer.cli.patience import PATIENT, Patience
from importer.core.catalogue import problem
from importer.core.columns import INPUT_KEYS, normalize
from importer.core.durations import unit_of
from importer.core.model import ExitCode, Stop
from importer.core.near import did_you_mean, nearest
from importer.core.readings import ReadingOptions
from importer.tables import open_table
from importer.tables.base import SheetRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.cli.settings import Settings
    from importer.core.columns import Layout
    from importer.core.model import Problem
    from importer.tables.base import Table


@dataclass(frozen=True, slots=True)
class Opened:
    """A table, and what there is to say about it as a whole."""

    table: Table
    notices: tuple[Problem, ...]


def open_as(source: Path, settings: Settings, patience: Patience = PATIENT) -> Opened:
    """Opens a file by the headings that the settings name, or by the template's where it has none of those.

    The settings file in a folder is for the exports there, and must not keep a template out that somebody puts beside
    them. Raises Stop (exit 3) when the file can't be used.
    """
    request = request_from(settings)
    try:
        table = open_table(source, request, attempt=patience.attempt)
    except Stop as stop:
        if stop.problem.code == "no-header-row" and INPUT_KEYS & settings.columns.keys():
            with suppress(Stop):
                return _by_template(source, request, patience)
        raise
    _refuse_absent(source, table.layout, settings)
    table = table.settled()
    return Opened(table, (*table.notices, *_unused(source, settings)))


def _unused(source: Path, settings: Settings) -> Iterator[Problem]:
    """Return what the settings say that means nothing for this file."""
    if settings.sheet is not None and source.suffix.lower() in TEXT_SUFFIXES:
        yield problem("sheet-of-a-csv", value=source.name, sheet=settings.sheet)


def _refuse_absent(source: Path, layout: Layout, settings: Settings) -> None:
    """Raise Stop (`heading-missing`) if the settings name a heading that the sheet has not: no column is left out."""
    here = {normalize(text): text for text in layout.texts}
    unread = {normalize(text): text for text in layout.others}
    absent = [
        f"'{name}' for {key}{did_you_mean(nearest(name, unread) or nearest(name, here))}"
        for key, names in settings.columns.items()
        for name in names
        if key in INPUT_KEYS and normalize(name) not in here
    ]
    if absent:
        facts = {"path": settings.columns_from, "names": " and ".join(absent), "row": str(layout.header_row)}
        raise Stop(problem("heading-missing", value=source.name, **facts), ExitCode.INPUT)


def _by_template(source: Path, request: SheetRequest, patience: Patience) -> Opened:
    """Opens a file without the mapping of its input columns; raises Stop where it has a heading of that mapping."""
    mapped = {normalize(name) for key in INPUT_KEYS & request.mapping.keys() for name in request.mapping[key]}
    results = {key: names for key, names in request.mapping.items() if key not in INPUT_KEYS}
    table = open_table(source, replace(request, mapping=results), attempt=patience.attempt)
    if mapped & set(map(normalize, table.layout.others)):
        raise Stop(problem("no-header-row", value=source.name, hint=""), ExitCode.INPUT)
    table = table.settled()
    return Opened(table, (*table.notices, problem("headings-of-the-template", value=source.name)))


def requests_from(settings: Settings) -> tuple[SheetRequest, ...]:
    """Return the ways in which another sheet of a file may be read: as this one, or by the template's headings."""
    request = request_from(settings)
    results = {key: names for key, names in request.mapping.items() if key not in INPUT_KEYS}
    return request, replace(request, header_row=None), replace(request, header_row=None, mapping=results)


def reading_options(table: Table, settings: Settings) -> ReadingOptions:
    """Return how the cells of a table are read."""
    unit = unit_of(table.layout.title("duration")) if "duration" in table.layout.inputs else None
    return ReadingOptions(settings.timezone, settings.order, unit)


def request_from(settings: Settings) -> SheetRequest:
    """Gives what the settings say about where the rows are."""
    return SheetRequest(
        sheet=settings.sheet,
        header_row=settings.header_row,
        mapping=settings.columns,
        settings=settings.columns_from,
        required=frozenset({"external_id"} if settings.delegated else {"external_id", "organizer"}),
        delimiter="\t" if settings.delimiter == "tab" else settings.delimiter,
    )
