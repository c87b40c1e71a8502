"""How the command line speaks: help that starts with examples, plain words about a line that can't be run, its streams.

The other ends of stdout and stderr may fail at any moment: a reader goes away, a disk is full. What a command does
never depends on whether somebody can read about it, so no write to them raises. What is lost of stdout, other than by
its reader's own wish, is remembered, and told at the command's end.
"""

from __future__ import annotations

import errno
import io
import os
import platform
import re
import shutil
import sys
import textwrap
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO, cast

import click
from click.core import ParameterSource

from importer import __version__
from importer.core.catalogue import words
from importer.core.model import ExitCode
from importer.core.suggestions import closest
from importer.core.wording import strip_control_chars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from typing_extensions import Buffer

    from importer.core.model import Problem, Stop

PROGRAM = "meeting-importer"
WIDEST_LINE = 110
"""Characters of a sentence's line on a wide terminal: longer ones lose the eye."""
WIDEST_LEFT = 24
"""Characters of an option's name and metavar before its help begins on the next line: fits 60 columns as well."""

_NAME = re.compile(r"[\w.-]+")
"""A package's name at the beginning of a requirement. Source: PEP 508."""

SETTINGS_FILES = "importer.settings_files"
"""Where a context keeps the settings file of each setting that came from one."""


@contextmanager
def within(context: click.Context) -> Iterator[None]:
    """Make a wrong line know which command it is about: click's parser forgets to say it."""
    try:
        yield
    except click.UsageError as error:
        error.ctx = error.ctx or context
        raise


class ExampledCommand(click.Command):
    """A command whose help starts with examples and has its options under headings."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the line."""
        with within(ctx):
            return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, then all that there usually is."""
        write_examples(formatter, self.name or "")
        super().format_help(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options section by section."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if isinstance(parameter, click.Option) and record is not None:
                sections.setdefault(getattr(parameter, "section", ""), []).append(record)
        usual = sections.pop("", [])
        for title, records in (*sections.items(), ("Options" if not sections else "Other options", usual)):
            with formatter.section(title):
                formatter.write_dl(records, col_max=WIDEST_LEFT)


class Commands(click.Group):
    """All commands. Called alone, it says how to begin."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, then all that there usually is."""
        write_examples(formatter, "")
        super().format_help(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes."""
        del ctx
        from importer.core.catalogue.words import EXIT_WORDS  # noqa: PLC0415 - for help only

        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in EXIT_WORDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command. Raise UsageError with the nearest name where there is none."""
        if args[0] == "help" and self.get_command(ctx, "help") is None:  # as other programs have it
            args = [*args[1:2], "--help"]
            if len(args) == 1:
                click.echo(ctx.get_help())
                ctx.exit()
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            raise click.UsageError(words.NO_COMMAND.format(name=name, hint=closest(name, self.list_commands(ctx))), ctx)
        return super().resolve_command(ctx, args)


def write_examples(formatter: click.HelpFormatter, command: str) -> None:
    """Write a command's examples: lines to copy, so none of them is wrapped."""
    formatter.write("Examples:\n")
    for what, line in words.EXAMPLES.get(command, ()):
        formatter.write(f"  # {what}\n  {PROGRAM} {line}\n")
    formatter.write("\n")


def fitted(text: str, stream: IO[str], *, widest: int = WIDEST_LINE, indent: int = 0) -> str:
    """Return text in lines that a terminal does not have to break within words; elsewhere a line stays whole.

    Paths, addresses and options are never broken, so that they can be copied.
    """
    if not stream.isatty():
        return text
    width = min(widest, shutil.get_terminal_size().columns - 1)
    lines = textwrap.wrap(
        text, max(width, 20), subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines)


def show_usage_error(error: click.ClickException, say: Callable[[str], object]) -> None:
    """Say in plain words why a line can't be run, and where it stands how it can."""
    say(fitted(f"Stopped: {strip_control_chars(_sentence(error))}", sys.stderr))
    context = getattr(error, "ctx", None)
    if context is not None:
        say(words.LOOK_UP.format(command=_path(context)))


def _sentence(error: click.ClickException) -> str:
    match error:
        case click.NoSuchOption():
            return words.NO_OPTION.format(name=error.option_name, hint=_near_option(error))
        case click.BadOptionUsage():
            return _value_trouble(error)
        case click.MissingParameter() if error.param is not None:
            return _missing(error.param, error.ctx)
        case click.BadParameter() if error.param is not None:
            return words.WRONG.format(name=_place(error.param, error.ctx), message=_cleared(error.message))
        case _:
            found = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message)
            return error.message if found is None else words.TOO_MUCH.format(words=found[1])


def _place(parameter: click.Parameter, context: click.Context | None) -> str:
    """Return where a value stands that can't be used: in a settings file, in a variable, else behind its option."""
    name = str(parameter.name)
    source = None if context is None else context.get_parameter_source(name)
    if context is not None and source is ParameterSource.DEFAULT_MAP and name in context.meta.get(SETTINGS_FILES, {}):
        return words.SETTINGS_FILE.format(key=name, path=context.meta[SETTINGS_FILES][name])
    if source is ParameterSource.ENVIRONMENT and isinstance(parameter.envvar, str):
        return parameter.envvar
    return _name(parameter)


def _cleared(message: str) -> str:
    """Return click's own sentence with our full stop."""
    return message if message.endswith((".", "?", ")")) else f"{message}."


def _near_option(error: click.NoSuchOption) -> str:
    names: Iterable[str] = [flag for parameter in _parameters(error.ctx) for flag in parameter.opts]
    return closest(error.option_name, [name for name in names if name.startswith("--")])


def _parameters(context: click.Context | None) -> list[click.Parameter]:
    return [] if context is None else context.command.get_params(context)


def _value_trouble(error: click.BadOptionUsage) -> str:
    """Return the sentence for an option without the value it needs, or with one where it needs none."""
    option = next((one for one in _parameters(error.ctx) if error.option_name in one.opts), None)
    if option is None or getattr(option, "is_flag", False):
        return words.NOT_WANTED.format(name=error.option_name)
    return words.NO_VALUE.format(name=error.option_name, example=_written(option, error.ctx))


def _missing(parameter: click.Parameter, context: click.Context | None) -> str:
    if isinstance(parameter, click.Option):
        return words.NO_OPTION_GIVEN.format(name=_name(parameter), example=_written(parameter, context))
    command = (context.info_name if context is not None else None) or ""
    lines = words.EXAMPLES.get(command, (("", f"{command} {_name(parameter)}"),))
    return words.NO_ARGUMENT.format(name=_name(parameter), example=f"{PROGRAM} {lines[0][1]}")


def _name(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return (parameter.metavar or parameter.human_readable_name).strip(".")


def _written(parameter: click.Parameter, context: click.Context | None) -> str:
    """Return an option with what goes behind it, as its help has it."""
    record = None if context is None else parameter.get_help_record(context)
    return record[0].rpartition(", ")[2] if record and "[" not in record[0] else (record or [_name(parameter)])[0]


def _path(context: click.Context) -> str:
    """Return the command as it is typed, whatever the program was started as."""
    names = []
    here: click.Context | None = context
    while here is not None and here.parent is not None:
        names.append(here.info_name or "")
        here = here.parent
    return " ".join([PROGRAM, *reversed(names)])


def say_stopped(stop: Stop) -> int:
    """Say what stopped a command that has no summary; return its exit code."""
    click.echo(f"Stopped: {strip_control_chars(stop.problem.message)} ({stop.problem.code})", err=True)
    return int(stop.exit_code)


def say_note(notice: Problem) -> None:
    """Say what a person should know, for a command that has no summary."""
    click.echo(f"Note: {strip_control_chars(notice.message)} ({notice.code})", err=True)


def refuse_existing(path: Path, *, replace: bool) -> None:
    """Raise UsageError where something is at `path` that is not to be replaced. Raise OSError where none can tell."""
    if path.exists() and not replace:
        raise click.UsageError(f"{path} is there already. Choose another name, or replace it with --force.")


def show_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's own order
    """Print what a bug report needs to say: this program, Python, the platform, and what else is installed for it."""
    if not asked or ctx.resilient_parsing:
        return
    from importlib import metadata  # noqa: PLC0415 - email and more, for this alone

    kind = platform.python_implementation() + (" free-threaded" if "free-threading" in sys.version else "")
    click.echo(
        f"{PROGRAM} {__version__}\nPython {platform.python_version()} ({kind}, {sys.maxsize.bit_length() + 1} bit)"
    )
    click.echo(platform.platform())
    try:
        needed = metadata.requires(PROGRAM) or []
    except metadata.PackageNotFoundError:
        needed = []
        click.echo("Not installed, but run from its source: the versions of what it needs are not known.")
    for name in sorted(found[0] for line in needed if "extra ==" not in line and (found := _NAME.match(line))):
        with suppress(metadata.PackageNotFoundError):  # another platform's
            click.echo(f"{name} {metadata.version(name)}")
    ctx.exit()


_READER_GONE = frozenset({errno.EPIPE, errno.ECONNRESET, *([errno.EINVAL] if os.name == "nt" else [])})
"""Windows says EINVAL of a pipe that nobody reads any more, now and then.

Source: https://github.com/python/cpython/issues/74603, and what subprocess does about its own pipes.
"""
_GOOD_ENOUGH = frozenset({ExitCode.DONE, ExitCode.ROWS})
LOST = (
    "What this command prints could not be written: {reason}. The files that it saved are not concerned. "
    "Make room, or have it print elsewhere, and repeat the command. To repeat a run is safe."
)


class _Outlet(io.RawIOBase):
    """What writes to `raw` until that fails, and to nothing from then on."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self.failed: OSError | None = None
        self._raw = raw

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: Buffer) -> int | None:
        if self.failed is None:
            try:
                return self._raw.write(data)
            except OSError as error:
                self.failed = error
        return memoryview(data).nbytes


def prepare_streams() -> None:
    """Put an outlet before stdout and stderr, or nothing where the process was given none.

    What stands in for them, as in a test, is left there; whatever it is, it shows a `?` for what it can't show.
    """
    sys.stdout = _prepared(sys.stdout, sys.__stdout__)
    sys.stderr = _prepared(sys.stderr, sys.__stderr__)


def printed(code: int) -> int:
    """Return the exit code of a command whose own is `code`: what it printed counts, if it was lost, and is told."""
    outlet = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    sys.stdout.flush()
    if not isinstance(outlet, _Outlet) or outlet.failed is None or outlet.failed.errno in _READER_GONE:
        return code
    print(LOST.format(reason=os.strerror(outlet.failed.errno or errno.EIO)), file=sys.stderr)  # noqa: T201 - stderr itself
    outlet.failed = OSError(errno.EPIPE, "told")
    return ExitCode.RESULTS if code in _GOOD_ENOUGH else code


def _prepared(stream: TextIO | None, own: TextIO | None) -> TextIO:
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors="replace")  # a cp1252 or ASCII console shows a ? rather than crash the run
    if stream is not own:
        return stream
    raw = cast("io.RawIOBase", getattr(stream.buffer, "raw", stream.buffer))  # with -u there is no buffer in between
    return io.TextIOWrapper(
        io.BufferedWriter(_Outlet(raw)),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
