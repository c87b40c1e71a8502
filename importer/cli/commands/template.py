"""Writes the template: blank, or with the rows of an exported roster."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from importer.cli.config.options import Command, DeclaredOption
from importer.cli.config.usage import refuse_existing, say_note, say_stopped
from importer.cli.run.book import open_each
from importer.cli.run.sheet import people_of, reading_options
from importer.core.catalogue import problem, shorten
from importer.core.columns import COLUMNS, INPUT_KEYS
from importer.core.model import ExitCode, Stop
from importer.core.people import is_sign_in
from importer.core.suggestions import closest
from importer.core.texts import ENGLISH
from importer.core.wording import rows_counted, system_reason
from importer.languages import load
from importer.paths import resolved
from importer.tables.save import save
from importer.template import DEFAULT_COLUMNS, TemplateFormat, TemplateOptions, template_bytes
from importer.template.filling import filled_from, unreadable_rows
from importer.template.options import MAX_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from importer.cli.config.settings import Settings
    from importer.core.model import CellValue, Problem
    from importer.core.readings import ReadingOptions
    from importer.core.row import Row

CSV_IN_EXCEL = (
    "Excel drops zeros in front of an ID, and turns 3-4 into a date, when it opens a CSV. To fill it in by hand, the "
    ".xlsx template is safer."
)


def options_from(
    wanted: str | None,
    added: str = "",
    *,
    organizer: str,
    timezone: ZoneInfo | None,
    rows: int,
    language: str | None = None,
) -> TemplateOptions:
    """Return the options as asked for; `wanted` and `added` are keys with commas between.

    Added columns stand behind the usual ones of their kind. Raise UsageError for an unknown key.
    """
    columns = DEFAULT_COLUMNS if wanted is None else _keys(wanted)
    if added:
        columns = tuple(sorted((*columns, *_keys(added)), key=lambda key: key in COLUMNS and key not in INPUT_KEYS))
    for key in columns:
        if key not in COLUMNS:
            raise click.UsageError(f"'{key}' is not a column{closest(key, COLUMNS)}. They are: {', '.join(COLUMNS)}.")
    if len(organizer) > MAX_DEFAULT:
        raise click.UsageError(f"'{shorten(organizer)}' is too long for a sign-in name. Write it like ana@contoso.com.")
    zone = "" if timezone is None else timezone.key
    return TemplateOptions(
        organizer=organizer,
        time_zone=zone,
        rows=rows,
        columns=tuple(dict.fromkeys(columns)),
        language=load(language or ENGLISH.tag),
    )


def refuse_name(organizer: str) -> None:
    """Raise UsageError for an organizer by a name that no settings for a roster say more of."""
    if organizer and not is_sign_in(organizer):
        raise click.UsageError(
            f"'{shorten(organizer)}' is neither a sign-in name nor an object ID. Write it like ana@contoso.com."
        )


def _keys(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (key.strip() for key in text.split(","))))


def refuse_unread(ctx: click.Context) -> None:
    """Raise UsageError for an option that says how to read a roster where there is none to read."""
    for parameter in ctx.command.params:
        given = ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if given and isinstance(parameter, DeclaredOption) and not parameter.declared.commands & Command.TEMPLATE:
            raise click.UsageError(
                f"{parameter.declared.name} is for reading a roster. Name one with --from, or leave it out."
            )


def settings_of(settings: Settings, roster: Path) -> Settings:
    """Return the settings that the roster is read by. Raise UsageError."""
    try:
        return settings.of(roster)
    except Stop as stop:
        raise click.UsageError(stop.problem.message) from None


def blank(path: Path, options: TemplateOptions, *, replace: bool) -> int:
    """Write the template that the suffix of `path` asks for; return the exit code. Raise UsageError if it can't."""
    _write(path, options, (), replace=replace, like=())
    click.echo(f"{path} is ready. Fill it in, then check it with: meeting-importer validate {path}", err=True)
    if path.suffix.lower() == f".{TemplateFormat.CSV}":
        click.echo(f"Note: {CSV_IN_EXCEL}", err=True)
    return ExitCode.DONE


def refilled(path: Path, options: TemplateOptions, roster: Path, *, settings: Settings, replace: bool) -> int:
    """Write the template with the rows of the roster; return the exit code. Raise UsageError as `blank` does."""
    if resolved(path) == resolved(roster):
        raise click.UsageError(f"{path} is the roster itself, which is never written to. Choose another name.")
    try:
        lists = list(_read(roster, settings))
    except Stop as stop:
        return say_stopped(stop)
    rows = [row for each in lists for row in each.rows]
    filled = [cells for each in lists for cells in filled_from(each.rows, each.reading)]
    options = dataclasses.replace(options, organizer=lists[0].reading.organizer)
    _write(path, options, filled, replace=replace, like=(roster,))
    for notice in (notice for each in lists for notice in (*each.notices, *_notices(roster, each.rows))):
        say_note(notice)
    click.echo(
        f"{path} is ready, with {rows_counted(len(rows))} of {roster}. Check it with: meeting-importer validate {path}",
        err=True,
    )
    return ExitCode.DONE


@dataclasses.dataclass(frozen=True, slots=True)
class _Listed:
    """A list of the roster: its rows, how their cells are read, and what there is to say of it."""

    rows: Sequence[Row]
    reading: ReadingOptions
    notices: Sequence[Problem]


def _read(roster: Path, settings: Settings) -> Iterator[_Listed]:
    """Return each list of the roster that the settings mean. Raise Stop."""
    for mine, opened in open_each(roster, settings):
        selection = opened.select(roster, mine)
        people, told = people_of(opened.table, mine)
        notices = (*opened.table.notices, *told, *selection.notices)
        yield _Listed(selection.rows, reading_options(opened.table, mine, people), notices)


def _notices(roster: Path, rows: Sequence[Row]) -> Iterator[Problem]:
    if numbers := unreadable_rows(rows):
        yield problem("cells-left-out", value=roster.name, count=len(numbers), row=numbers[0])


def _write(
    path: Path,
    options: TemplateOptions,
    filled: Sequence[Mapping[str, CellValue]],
    *,
    replace: bool,
    like: Sequence[Path],
) -> None:
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in {form.value for form in TemplateFormat}:
        raise click.UsageError(f"{path} is neither .xlsx nor .csv. Give the template one of these endings.")
    try:
        refuse_existing(path, replace=replace)
        save(path, template_bytes(TemplateFormat(suffix), options, filled=filled), like=like)
    except OSError as error:
        raise click.UsageError(f"{path} can't be written ({system_reason(error)}). Choose another folder.") from error
