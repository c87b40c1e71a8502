"""Writes the blank template."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from importer.core.catalogue import shorten
from importer.core.columns import COLUMNS
from importer.core.wording import closest
from importer.tables import save
from importer.template import DEFAULT_COLUMNS, TemplateFormat, TemplateOptions, template_bytes
from importer.template.options import MAX_DEFAULT

if TYPE_CHECKING:
    from pathlib import Path


def options_from(columns: str | None, *, organizer: str, timezone: str, rows: int) -> TemplateOptions:
    """Gives the options as asked for; `columns` are keys with commas between. Raises UsageError for an unknown key."""
    wanted = DEFAULT_COLUMNS if columns is None else tuple(key.strip() for key in columns.split(","))
    for key in wanted:
        if key not in COLUMNS:
            raise click.UsageError(f"'{key}' is not a column{closest(key, COLUMNS)}. They are: {', '.join(COLUMNS)}.")
    if len(organizer) > MAX_DEFAULT:
        raise click.UsageError(f"'{shorten(organizer)}' is too long for a sign-in name. Write it like ana@contoso.com.")
    return TemplateOptions(organizer=organizer, time_zone=timezone, rows=rows, columns=tuple(dict.fromkeys(wanted)))


def write(path: Path, options: TemplateOptions, *, replace: bool) -> None:
    """Writes the template that the suffix of `path` asks for. Raises UsageError when it can't or must not."""
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in {form.value for form in TemplateFormat}:
        raise click.UsageError(f"{path} is neither .xlsx nor .csv. Give the template one of these endings.")
    if path.exists() and not replace:
        raise click.UsageError(f"{path} is there already. Choose another name, or replace it with --force.")
    try:
        save(path, template_bytes(TemplateFormat(suffix), options))
    except OSError as error:
        raise click.UsageError(f"{path} can't be written ({error.strerror}). Choose another folder.") from error
    click.echo(f"{path} is ready. Fill it in, then check it with: meeting-importer validate {path}", err=True)
