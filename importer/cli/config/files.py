"""The settings files, and commands whose options can stand in them.

There are three kinds, and the first that says something wins: one that is named, the account's own, and one that was
merely found, beside the input or in the working folder. Whoever can write there could have put the last one there, so
it may say how the sheet is read and nothing else: no address, no path, no way to sign in.
"""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import dataclass, field
from datetime import date
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from importer.cli.config.options import DeclaredOption, Settable
from importer.cli.config.settings import CONFIG_NAME, OPTIONS, Beside, Origin, Settings, Why
from importer.cli.config.tables import TABLES
from importer.cli.config.usage import SETTINGS_FILES, ExampledCommand, within
from importer.core.catalogue import problem
from importer.core.catalogue.words import (
    FOUND_ONLY,
    NOT_A_SETTING,
    NOT_A_SHEETS,
    NOT_A_VALUE,
    SETTINGS_FILE,
    TWO_GRAPHS,
)
from importer.core.model import ExitCode, Stop
from importer.core.suggestions import closest
from importer.core.wording import system_reason
from importer.paths import NOTHING_THERE, is_folder, is_there, own_folder, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_SAID_PLAINLY = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP)
"""Where a setting can come from, the first of which goes before the others."""

LARGEST = 100_000
"""Bytes of a settings file: a long one has a few thousand."""
MOST_DOTS = 200
"""Dots in one of its lines. Keys within keys cost the square of their depth to be read."""


class ConfiguredCommand(ExampledCommand):
    """A command whose options can also stand in a settings file, below flag and environment in precedence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the settings files first, because they give the other options their defaults."""
        if ctx.resilient_parsing:  # a shell asks how a line may go on: a broken settings file is no answer to that
            return super().parse_args(ctx, args)
        with within(ctx):
            given, _rest, _order = self.make_parser(ctx).parse_args(list(args))
        inputs = None if given.get("help") else self.inputs(given)
        if inputs is None:
            return super().parse_args(ctx, args)
        named = _named(given)
        _put_below(ctx, [*named, *([] if (own := own_file()) is None else _read(own, Why.OWN))])
        left = super().parse_args(ctx, args)
        _want_one_graph(ctx)
        found = FoundFiles(ctx, elsewhere=not named)
        ctx.meta[_FOUND] = found
        for folder in self.folders(inputs) or ([] if inputs or named else self.folders(["."])):
            found.in_folder(folder)
        return left

    def folders(self, inputs: Sequence[str]) -> Sequence[Path]:
        """Return the folders of the inputs: of each file, each folder itself, and those in which a pattern matches."""
        return list(_folders(inputs))

    def inputs(self, given: Mapping[str, Any]) -> Sequence[str] | None:
        """Return the inputs on the command line, beside which settings files may be; None to read none of any kind."""
        files = given.get("files")  # or click's own sign for "not given"
        return files if isinstance(files, list | tuple) else ()


def _want_one_graph(ctx: click.Context) -> None:
    """Raise UsageError where the sandbox would leave an address unused that is asked for at least as plainly."""
    given = _with_meaning(ctx)
    if given.get("sandbox") and given.get("graph_url"):
        address, sandbox = (_rank(ctx.get_parameter_source(name)) for name in ("graph_url", "sandbox"))
        if address <= sandbox:
            raise click.UsageError(TWO_GRAPHS, ctx)


def _rank(source: ParameterSource | None) -> int:
    """Return how plainly something was said; less is plainer."""
    return _SAID_PLAINLY.index(source) if source in _SAID_PLAINLY else len(_SAID_PLAINLY)


def _with_meaning(ctx: click.Context) -> Mapping[str, Any]:
    """Return the values of the options that have a meaning in this command, by their keys."""
    return {option.declared.key: ctx.params[option.declared.key] for option in _declared(ctx) if option.has_meaning}


def _declared(ctx: click.Context) -> list[DeclaredOption]:
    return [parameter for parameter in ctx.command.params if isinstance(parameter, DeclaredOption)]


class RosterCommand(ConfiguredCommand):
    """A command whose settings are those of the roster it is given, if it is given one."""

    def inputs(self, given: Mapping[str, Any]) -> Sequence[str] | None:
        """Return the roster."""
        roster = given.get("roster")
        return (roster,) if isinstance(roster, str) else None


class MapCommand(RosterCommand):
    """One that proposes a settings file: whatever lies there already is not read, unless it is to be compared."""

    def folders(self, inputs: Sequence[str]) -> Sequence[Path]:
        """Return none."""
        del inputs
        return ()


class AwayError(click.UsageError):
    """Where the settings file would be can't be looked at: nobody's mistake, and the night's to tell."""


_FOUND = "importer.found"
"""Where a context keeps its FoundFiles."""


@dataclass(frozen=True, slots=True)
class _File:
    """A settings file: where it is, why it is read, and what it says."""

    path: Path
    why: Why
    content: Mapping[str, Any]

    @property
    def origin(self) -> Origin:
        """The file, and what is taken from it."""
        return Origin(self.path, self.why, tuple(self.content))


def _named(given: Mapping[str, Any]) -> list[_File]:
    named = given.get("config")  # or click's own sign for "not given"
    path = named if isinstance(named, str) else os.environ.get(OPTIONS["config"].variable)
    return _read(Path(path), Why.NAMED) if path else []


def own_file() -> Path | None:
    """Return where the account's own settings file belongs: in its own folder, which others can't write to.

    None for an account that has none.
    """
    folder = own_folder("config")
    return None if folder is None else folder / CONFIG_NAME


def _put_below(ctx: click.Context, files: Sequence[_File]) -> None:
    """Make what settings files say the defaults of the options; the first file goes before the others."""
    counting = {*TABLES, *(option.declared.key for option in _declared(ctx))}  # not a command's own of that name
    merged: dict[str, Any] = {}
    places: dict[str, Path] = {}
    for file in reversed(files):
        said = {key: value for key, value in file.content.items() if key in counting}
        if SHEETS in merged:
            merged[SHEETS] = _without(merged[SHEETS], said.keys().__contains__)
        merged |= said
        places |= dict.fromkeys(said, file.path)
    ctx.meta[_SAID] = {key: merged.pop(key) for key in TABLES if key in merged}
    ctx.default_map = merged
    ctx.meta[SETTINGS_FILES] = places
    meant = {*TABLES, *(option.declared.key for option in _declared(ctx) if option.has_meaning)}
    taken = [tuple(key for key in file.content if key in meant and places.get(key) == file.path) for file in files]
    ctx.meta[_ORIGINS] = tuple(Origin(file.path, file.why, keys) for file, keys in zip(files, taken, strict=True))


_ORIGINS = "importer.origins"
_SAID = "importer.tables"
"""Where a context keeps what the tables of its settings files say: an option may have a table's name."""


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The settings files that lie about: each is read once, and says something only where nothing else does.

    `elsewhere` is whether one in the working folder counts for an input that has none beside it: where one is
    named, that is the one for everything.
    """

    context: click.Context
    elsewhere: bool
    _read: dict[Path, Beside] = field(default_factory=dict)

    def beside(self, source: Path) -> Beside:
        """Return what the settings file beside an input adds. Raise Stop (`settings-file-not-used`, exit 2)."""
        try:
            return self.in_folder(source.parent)
        except click.UsageError as error:
            raise Stop(problem("settings-file-not-used", reason=error.message.rstrip(".")), ExitCode.USAGE) from None

    def in_folder(self, folder: Path) -> Beside:
        """Return what the settings file for the inputs of a folder adds. Raise UsageError."""
        if folder not in self._read:
            self._read[folder] = self._found(folder)
        return self._read[folder]

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where was looked for them."""
        return tuple(self._read)

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Those that have been read, each once."""
        return tuple(dict.fromkeys(found.origin for found in self._read.values() if found.origin is not None))

    @property
    def values(self) -> tuple[Mapping[str, Any], ...]:
        """What each of them says."""
        by_file = {found.origin: found.values for found in self._read.values() if found.origin is not None}
        return tuple(by_file.values())

    def _found(self, folder: Path) -> Beside:
        known = {resolved(origin.path) for origin in self.context.meta[_ORIGINS]}
        for place in dict.fromkeys((folder, *([Path()] if self.elsewhere else []))):
            path = place / CONFIG_NAME
            if resolved(path) in known:
                return Beside()
            for file in _read(path, Why.FOUND):
                return self._values(file)
        return Beside()

    def as_if(self, path: Path, data: bytes) -> Beside:
        """Return what a settings file found at `path` would add if it said this. Raise UsageError."""
        return self._values(_File(path, Why.FOUND, _checked(path, _parsed(path, data), Why.FOUND)))

    def _values(self, file: _File) -> Beside:
        said = {key: value for key, value in file.content.items() if self._is_unsaid(key)}
        values = {key: self._value(file.path, key, value) for key, value in said.items()}
        return Beside(values, Origin(file.path, file.why, tuple(values)))

    def _is_unsaid(self, key: str) -> bool:
        """Return whether nothing that goes before a found file says something about this."""
        if key in TABLES:
            return key not in self.context.meta[_SAID]
        said = _rank(self.context.get_parameter_source(key)) < len(_SAID_PLAINLY)
        return not said and any(option.declared.key == key for option in _declared(self.context))

    def _value(self, path: Path, key: str, value: Any) -> Any:
        if key == SHEETS:
            return _without(value, lambda each: not self._is_unsaid(each))
        if key in TABLES:
            return value
        (parameter,) = [option for option in _declared(self.context) if option.declared.key == key]
        try:
            return parameter.type_cast_value(self.context, value)
        except click.BadParameter as error:
            said = SETTINGS_FILE.format(key=key, path=path)
            raise click.UsageError(f"{said}: {error.message}", self.context) from None


def _folders(inputs: Sequence[str]) -> Iterator[Path]:
    for name in inputs:
        path = Path(name)
        if is_folder(path):
            yield path
        elif not is_there(path) and (matches := glob(name)):  # noqa: PTH207 - a UNC path in a pattern
            yield from dict.fromkeys(Path(match).parent for match in matches)
        else:
            yield path.parent


def _read(path: Path, why: Why) -> list[_File]:
    """Return the settings file at `path`, or nothing where there is none and none was named. Raise UsageError."""
    if why is not Why.NAMED and not _has_entry(path):
        return []
    return [_File(path, why, _checked(path, _parsed(path, _bytes_of(path, why)), why))]


def _has_entry(path: Path) -> bool:
    """Return whether there is anything of that name. Raise AwayError where a share does not say."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno in NOTHING_THERE:
            return False
        raise AwayError(
            f"It is unclear whether there is a settings file {path} ({system_reason(error)}), and without it the file "
            "could be read wrongly. Try again when the folder can be reached."
        ) from error
    except ValueError:  # a name that no system can have
        return False
    return True


def _bytes_of(path: Path, why: Why) -> bytes:
    try:
        if why is not Why.NAMED and not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            raise click.UsageError(f"The settings file {path} is not a file. Move it away, or rename it.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise click.UsageError(
            f"The settings file {path} can't be read ({system_reason(error)}). Check its name and place."
        ) from error
    if len(data) > LARGEST:
        raise click.UsageError(f"The settings file {path} is too large to be one. Check what it is.")
    return data


def _parsed(path: Path, data: bytes) -> dict[str, Any]:
    deep = f"The settings file {path} has brackets in brackets or keys in keys, too deep to be read. Take them out."
    try:
        text = data.decode("utf-8-sig")
        if any(line.count(".") > MOST_DOTS for line in text.splitlines()):
            raise click.UsageError(deep)
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise click.UsageError(f"The settings file {path} is not saved as UTF-8. Save it again as UTF-8.") from error
    except ValueError as error:
        raise click.UsageError(f"The settings file {path} has a mistake: {error}. Correct that line.") from error
    except RecursionError:
        raise click.UsageError(deep) from None


def _checked(path: Path, content: dict[str, Any], why: Why) -> dict[str, Any]:
    """Return what a settings file says, each key in its one spelling. Raise UsageError for what it may not say."""
    said: dict[str, Any] = {}
    for name, value in content.items():
        key = name.replace("-", "_")
        if key in TABLES:
            table = TABLES[key].read(path, value)
            if why is Why.FOUND:
                TABLES[key].check_found(path, table)
            said[key] = (
                {one: _of_a_sheet(path, one, own, why) for one, own in table.items()} if key == SHEETS else table
            )
            continue
        option = OPTIONS.get(key)
        if option is None or option.settable is Settable.NOWHERE:
            known = sorted(key for key, option in OPTIONS.items() if option.settable is not Settable.NOWHERE)
            raise click.UsageError(NOT_A_SETTING.format(name=name, path=path, hint=closest(name, known)))
        if why is Why.FOUND and option.settable is not Settable.FOUND:
            raise click.UsageError(FOUND_ONLY.format(name=name, path=path))
        wanted = _amiss(value, is_flag=option.flag, multiple=option.multiple)
        if wanted or key in said:
            place = SETTINGS_FILE.format(key=name, path=path)
            raise click.UsageError(NOT_A_VALUE.format(place=place, wanted=wanted or "there once"))
        said[key] = value if option.flag else _as_typed(value)
    return said


SHEETS = "sheets"
"""The table of what holds for single worksheets."""


def _of_a_sheet(path: Path, sheet: str, own: dict[str, Any], why: Why) -> dict[str, Any]:
    """Return what one worksheet's own table says, as `Settings` holds it. Raise UsageError for what it may not say."""
    said = {}
    for name in own:
        key = name.replace("-", "_")
        settable = key in TABLES or (key in OPTIONS and OPTIONS[key].settable is Settable.FOUND)
        if key in {"sheet", SHEETS} or not settable:
            raise click.UsageError(NOT_A_SHEETS.format(name=name, sheet=sheet, path=path))
    try:
        checked = _checked(path, own, why)
    except click.UsageError as error:  # its places are those of a file that says it for all sheets
        raise click.UsageError(f'In [{SHEETS}."{sheet}"]: {error.message}') from None
    for key, value in checked.items():
        try:
            said[key] = value if key in TABLES else OPTIONS[key].value_of(value)
        except click.BadParameter as error:
            place = SETTINGS_FILE.format(key=f"{SHEETS}.{sheet}.{key}", path=path)
            raise click.UsageError(f"{place}: {error.message}") from None
    return said


def _without(sheets: Mapping[str, Mapping[str, Any]], said: Callable[[str], bool]) -> Mapping[str, Mapping[str, Any]]:
    """Return what holds for single worksheets without the keys that something says which goes before it."""
    return {sheet: {key: value for key, value in own.items() if not said(key)} for sheet, own in sheets.items()}


def _as_typed(value: Any) -> Any:
    """Return the texts that a person would type on the command line: an option reads those alone."""
    return [str(each) for each in value] if isinstance(value, list) else str(value)


def _amiss(value: Any, *, is_flag: bool, multiple: bool) -> str:
    """Return what a value should be instead, empty where it is that."""
    if is_flag:
        return "" if isinstance(value, bool) else "true or false"
    values = value if multiple and isinstance(value, list) else [value]
    if all(isinstance(each, str | int | float | date) and not isinstance(each, bool) for each in values):
        return ""
    return 'a text, or several like ["one", "other"]' if multiple else "a text or a number"


def settings_from(ctx: click.Context) -> Settings:
    """Return the settings of this call; those of one input are to be had by their `of`.

    An option that has no meaning in the command has its default there, whatever was said.
    """
    found = ctx.meta.get(_FOUND)
    more = {} if found is None else {"beside": found.beside}
    files = tuple(ctx.params.get("files", ()))
    origins = tuple(ctx.meta.get(_ORIGINS, ()))
    tables = dict(tables_said(ctx))
    if SHEETS in tables:
        plainer = _rank(ParameterSource.DEFAULT_MAP)
        tables[SHEETS] = _without(tables[SHEETS], lambda key: _rank(ctx.get_parameter_source(key)) < plainer)
    return Settings(files=files, **_with_meaning(ctx), **tables, origins=origins, **more)


def tables_said(ctx: click.Context) -> Mapping[str, Any]:
    """Return what the tables of named settings files and of the account's own say, by the tables' names."""
    said: Mapping[str, Any] = ctx.meta.get(_SAID, {})
    return said


def found_files(ctx: click.Context) -> FoundFiles:
    """Return the settings files that were merely found for this line."""
    found: FoundFiles = ctx.meta[_FOUND]
    return found
