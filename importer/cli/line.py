"""The line of a scheduled run, written out so that it means the same from whatever folder it is started in."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.config import ConfiguredCommand, found_files, settings_from
from importer.cli.settings import PREFIX, Why
from importer.core.catalogue import problem
from importer.core.catalogue.usage import OWN_AND_HERE
from importer.core.model import ExitCode, Stop
from importer.places.paths import full, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.schedule import Places

SECRET_OPTIONS = frozenset({"notify_url"})
"""Options whose value is a secret, so that it can only come from the environment here."""

PINNED = frozenset({"ENVIRONMENT", "DEFAULT_MAP"})
"""Where a relative path may come from that only means something in the folder of this call."""


def parsed(run: click.Command, words: Sequence[str], *, native: bool) -> click.Context:
    """Gives the line as `run` understands it. Raises UsageError.

    Another kind of computer (`native` is False) has not this one's environment, so that is left out then.
    """
    params = run.params if native else [_without_variable(parameter) for parameter in run.params]
    return ConfiguredCommand("run", params=params).make_context("meeting-importer run", list(words))


def _without_variable(parameter: click.Parameter) -> click.Parameter:
    alone = copy.copy(parameter)
    alone.envvar = None
    return alone


def line_of(context: click.Context, words: Sequence[str], places: Places) -> Iterator[tuple[str, bool]]:
    """Gives the line's words again, each with whether it is a path: options first, then the inputs."""
    given, _rest, _order = context.command.make_parser(context).parse_args(list(words))
    if places.folder and (config := _wandering(context)) is not None:
        yield "--config", False
        yield places.full(full(config)), True
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if not isinstance(parameter, click.Option) or source is None:
            continue
        if source.name == "COMMANDLINE":
            yield from _option(parameter, given[str(parameter.name)], places)
        elif source.name in PINNED and places.folder:
            yield from _pinned(parameter, context.params[str(parameter.name)], places)
    yield "--", False  # inputs may begin with a hyphen
    for file in given["files"]:
        yield places.full(file), True


def unnamed(context: click.Context) -> tuple[Path, ...]:
    """Gives the settings files that were read although the line doesn't name them."""
    settings = settings_from(context, context.params)
    return tuple(
        origin.path
        for origin in (*settings.origins, *found_files(context).origins)
        if origin.why is not Why.NAMED or not _on_the_line(context)
    )


def _on_the_line(context: click.Context) -> bool:
    source = context.get_parameter_source("config")
    return source is not None and source.name == "COMMANDLINE"


def _wandering(context: click.Context) -> Path | None:
    """Gives the settings file that the run would not find from another folder: neither named, nor beside its input.

    Raises UsageError where it is not for all inputs: named, it would go before what lies beside the others.
    """
    if _on_the_line(context):
        return None
    if (named := context.params["config"]) is not None:
        return Path(named)
    found = found_files(context)
    here = [origin.path for origin in found.origins if origin.path.parent == Path()]
    folders = found.folders
    if not here or resolved(Path()) in set(map(resolved, folders)):
        return None
    if len(found.origins) > 1:
        raise click.UsageError(OWN_AND_HERE.format(path=here[0]))
    return here[0]


def _pinned(option: click.Option, value: Any, places: Places) -> Iterator[tuple[str, bool]]:
    """Gives the option with a full path, where it has a relative one and the line says nothing else."""
    if option.name != "config" and isinstance(option.type, click.Path) and not os.path.isabs(value):  # noqa: PTH117 - a text
        yield max(option.opts, key=len), False
        yield places.full(str(value)), True


def _option(option: click.Option, value: Any, places: Places) -> Iterator[tuple[str, bool]]:
    flag = max(option.opts, key=len)
    if option.name in SECRET_OPTIONS:
        raise Stop(problem("schedule-secret", value=flag, name=PREFIX + option.name.upper()), ExitCode.USAGE)
    if option.is_flag:
        yield flag, False
        return
    for text in value if isinstance(value, list | tuple) else [value]:
        yield flag, False
        is_path = isinstance(option.type, click.Path)
        yield (places.full(text) if is_path else text), is_path
