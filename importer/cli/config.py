"""The settings file, and commands whose options can stand in it."""

from __future__ import annotations

import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.settings import Settings
from importer.cli.usage import ExampledCommand, within
from importer.core.catalogue.usage import TWO_GRAPHS
from importer.core.columns import COLUMNS
from importer.core.wording import closest

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_NAME = "meeting-importer.toml"
PREFIX = "MEETING_IMPORTER_"

_WHERE_AND_WHAT = frozenset({"files", "config", "sandbox", "graph_url", "dry_run", "state_dir", "no_color"})
NIGHT_KEYS = frozenset(
    name for name in Settings.__dataclass_fields__ if name.startswith(("log_", "notify_", "heartbeat"))
)

_SAID_PLAINLY = ("COMMANDLINE", "ENVIRONMENT", "DEFAULT_MAP")
"""Where a setting can come from, the first of which goes before the others."""


class ConfiguredCommand(ExampledCommand):
    """A command whose options can also stand in a settings file, below flag and environment in precedence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Finds the settings file first, because it gives the other options their defaults."""
        if ctx.resilient_parsing:  # a shell asks how a line may go on: a broken settings file is no answer to that
            return super().parse_args(ctx, args)
        with within(ctx):
            given, _rest, _order = self.make_parser(ctx).parse_args(list(args))
        path = self.settings_file(given)
        if path is not None:
            ctx.default_map = _read_config(path, {parameter.name for parameter in self.params if parameter.name})
            ctx.meta["config"] = path
        left = super().parse_args(ctx, args)
        _want_one_graph(ctx)
        return left

    def settings_file(self, given: Mapping[str, Any]) -> Path | None:
        """Gives the settings file for what stands on the command line."""
        return _config_path(given)


def _want_one_graph(ctx: click.Context) -> None:
    """Raises UsageError where the sandbox would leave an address unused that is asked for at least as plainly."""
    if ctx.params.get("sandbox") and ctx.params.get("graph_url"):
        address, sandbox = (_SAID_PLAINLY.index(_source(ctx, name)) for name in ("graph_url", "sandbox"))
        if address <= sandbox:
            raise click.UsageError(TWO_GRAPHS, ctx)


def _source(ctx: click.Context, name: str) -> str:
    source = ctx.get_parameter_source(name)
    return "" if source is None else source.name


class RosterCommand(ConfiguredCommand):
    """A command whose settings are those of the roster it is given, if it is given one."""

    def settings_file(self, given: Mapping[str, Any]) -> Path | None:
        """Gives the settings file of the roster."""
        roster = given.get("roster")
        return _config_path({**given, "files": (roster,)}) if isinstance(roster, str) else None


class WatchedCommand(ConfiguredCommand):
    """A command that tells people when its line is wrong: at night nobody sees the usage on a screen."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        given = list(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError:
            settings = self._as_far_as_possible(given)
            if settings.tells:
                from importer.cli.night import refused  # noqa: PLC0415 - heavy, and for a run only

                refused(settings)
            raise

    def _as_far_as_possible(self, args: list[str]) -> Settings:
        """Gives what line, settings file and environment say about telling people: all else may be wrong."""
        named = [parameter for parameter in self.params if parameter.name in _WHERE_AND_WHAT | NIGHT_KEYS]
        for kind, words in ((ConfiguredCommand, args), (click.Command, args), (click.Command, ["-"])):
            lenient = kind("run", params=named, context_settings={"ignore_unknown_options": True})
            with suppress(click.UsageError):
                context = lenient.make_context("run", list(words))
                return settings_from(context, context.params)
        return Settings()


def _config_path(given: Mapping[str, Any]) -> Path | None:
    named, inputs = given.get("config"), given.get("files")  # either may be click's own sign for "not given"
    if not isinstance(named, str):
        named = os.environ.get(PREFIX + "CONFIG")
    if named:
        return Path(named)
    return config_for(Path(inputs[0]) if isinstance(inputs, tuple | list) and inputs else Path())


def config_for(first: Path) -> Path | None:
    """Gives the settings file that goes with an input: beside it (in it, for a folder), or in the working folder."""
    folders = (first if first.is_dir() else first.parent, Path())
    return next((folder / CONFIG_NAME for folder in folders if (folder / CONFIG_NAME).is_file()), None)


def _read_config(path: Path, known: set[str]) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise click.UsageError(
            f"The settings file {path} can't be read ({error.strerror}). Check its name and place."
        ) from error
    except UnicodeDecodeError as error:
        raise click.UsageError(f"The settings file {path} is not saved as UTF-8. Save it again as UTF-8.") from error
    except ValueError as error:
        raise click.UsageError(f"The settings file {path} has a mistake: {error}. Correct that line.") from error
    columns = content.pop("columns", {})
    allowed = known | set(Settings.__dataclass_fields__)
    for key in content:
        if key.replace("-", "_") not in allowed or key in {"files", "config"}:
            raise click.UsageError(
                f"'{key}' in {path} is not a setting{closest(key, sorted(allowed))}. Correct or delete it."
            )
    return {**{key.replace("-", "_"): value for key, value in content.items()}, "columns": _mapping(path, columns)}


def _mapping(path: Path, columns: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(columns, dict):
        raise click.UsageError(f'[columns] in {path} must be a table, like: start = "Start time".')
    mapping = {}
    for key, value in columns.items():
        names = [value] if isinstance(value, str) else value
        place = f"'{key}' under [columns] in {path}"
        if key not in COLUMNS:
            known = ", ".join(COLUMNS)
            raise click.UsageError(f"{place} is not a column{closest(key, COLUMNS)}. The columns are: {known}.")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise click.UsageError(f'{place} must be a heading or several, like ["Date", "Start time"].')
        mapping[key] = tuple(names)
    return mapping


def settings_from(ctx: click.Context, given: Mapping[str, Any]) -> Settings:
    """Gives the settings of this call, `[columns]` of the settings file included."""
    columns = (ctx.default_map or {}).get("columns", {})
    return Settings(**{**given, "columns": columns, "config": ctx.meta.get("config")})
