"""What an option is: one declaration, from which everything that has to know of it derives.

Theory of operation. Each option is a field of `Settings`, made by `option(...)`: the field's name is its name, and its
declaration says all else. From that come the flag and its help (`options_for`, a decorator for a command), the variable
`MEETING_IMPORTER_<NAME>`, the key in a settings file and which of those files may say it (`settable`), what `schedule`
may write into a file (not a `secret`), what `recover` reads a sheet by again (`replayed`), and the table of the manual.

`commands` says where an option has a meaning. `run`, `validate`, `doctor` and `map` take all options, so that only the
verb of a line changes; where one has no meaning it is checked like anywhere else, left out of the help, and does not
get into the settings.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import Enum, Flag, auto
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")

PREFIX = "MEETING_IMPORTER_"
"""Begins the name of each option's environment variable."""


class Command(Flag):
    """The commands in which an option can have a meaning."""

    RUN = auto()
    VALIDATE = auto()
    DOCTOR = auto()
    """It examines the line of a run, so all options have a meaning there."""
    TEMPLATE = auto()
    """One that is blank."""
    REFILL = auto()
    """`template --from`, which reads a roster."""
    HISTORY = auto()
    RECOVER = auto()
    MAP = auto()
    """It proposes how a roster is read."""
    CANCEL = auto()
    """It takes meetings away again, found by a roster or a run."""
    REFUSAL = auto()
    """Telling people that a run did not start, because its line is wrong."""


RUNNING = Command.RUN | Command.DOCTOR
CALLING = RUNNING | Command.CANCEL
"""Commands that call Graph about meetings."""
READING = CALLING | Command.VALIDATE | Command.REFILL | Command.MAP
"""Commands that read a sheet."""
WRITING = RUNNING | Command.VALIDATE | Command.RECOVER
"""Commands that write a results copy."""
SHOWING = CALLING | Command.VALIDATE | Command.HISTORY | Command.RECOVER | Command.MAP
"""Commands that have a result on stdout."""
NOTIFYING = RUNNING | Command.REFUSAL
"""What it takes to tell people something."""

TAKING_ALL = Command.RUN | Command.VALIDATE | Command.DOCTOR | Command.MAP
"""Commands that take every option, with a meaning or without."""


class Settable(Enum):
    """Where an option may be set, beside on the command line and in the environment."""

    NOWHERE = auto()
    NAMED = auto()
    """In a settings file that somebody has named, or that is the account's own."""
    FOUND = auto()
    """In one that was merely found as well: whoever can write beside the roster could have put it there."""


class Section(Enum):
    """Under what an option stands in `--help`."""

    RESULTS = "Results"
    SHEET = "The sheet"
    TEAMS = "Teams"
    MEMORY = "What is remembered"
    WAITING = "Waiting"
    TERMINAL = "The terminal"
    UNATTENDED = "Unattended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """All that is to be known of one option.

    `key` is its name in `Settings` and in a settings file. `default` is as somebody would type it. A `flag` takes no
    value, one that is `multiple` may be given several times, or several at once with the sign `between` them.
    """

    key: str = ""
    section: Section
    help: str
    type: click.ParamType[Any] | None = None
    default: Any = None
    show_default: bool = False
    metavar: str | None = None
    short: str = ""
    flag: bool = False
    multiple: bool = False
    between: str = ","
    secret: bool = False
    replayed: bool = False
    settable: Settable = Settable.NAMED
    commands: Command = RUNNING

    @property
    def name(self) -> str:
        """How it is typed."""
        return "--" + self.key.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable that says it too."""
        return PREFIX + self.key.upper()

    def value_of(self, said: Any) -> Any:
        """Return the value for what was said; None where nothing was. Raise BadParameter for what can't be one."""
        if self.multiple:
            several = [said] if isinstance(said, str) else said or ()
            return tuple(map(self._converted, several))
        return self._converted(said)

    def _converted(self, said: Any) -> Any:
        return said if self.type is None or said is None else self.type(said)

    def add_to(self, command: Callable[..., Any], verb: Command) -> Callable[..., Any]:
        """Return `command` with this option."""
        attributes: dict[str, Any] = {"is_flag": True, "default": False} if self.flag else {"type": self.type}
        if self.default is not None:
            attributes["default"] = self.default
        return click.option(
            *filter(None, (self.short, self.name)),
            self.key,
            cls=DeclaredOption,
            declared=self,
            hidden=not self.commands & verb,
            envvar=self.variable,
            help=self.help,
            metavar=self.metavar,
            multiple=self.multiple,
            show_default=self.show_default,
            **attributes,
        )(command)


class DeclaredOption(click.Option):
    """An option of a command, with its declaration; hidden where it has no meaning.

    One that can be given several times takes several values at once, too.
    """

    def __init__(self, *given: Any, declared: Option, **attributes: Any) -> None:
        self.declared = declared
        super().__init__(*given, **attributes)

    @property
    def has_meaning(self) -> bool:
        """Whether it does anything in this command."""
        return not self.hidden

    @property
    def section(self) -> str:
        """The heading over it in `--help`."""
        return self.declared.section.value

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        if self.multiple and value is not None:
            texts = [value] if isinstance(value, str) else value
            parts = (part.strip() for text in texts for part in str(text).split(self.declared.between))
            value = [part for part in parts if part]
        return super().type_cast_value(ctx, value)

    def value_from_envvar(self, ctx: click.Context) -> Any:
        """Return what the variable says, whole: what stands between several values is this option's own sign."""
        return self.resolve_envvar_value(ctx) if self.multiple else super().value_from_envvar(ctx)


_DECLARED = "importer.option"


def option(section: Section, text: str, **attributes: Any) -> Any:
    """Return a field of `Settings` that is an option: `text` is its help, the others are `Option`'s."""
    declared = Option(section=section, help=text, **attributes)
    default = False if declared.flag else declared.value_of(declared.default)
    return field(default=default, metadata={_DECLARED: declared})


def declared_in(settings: type[Any]) -> Mapping[str, Option]:
    """Return the options among the fields, in their order, by key."""
    return {
        each.name: replace(each.metadata[_DECLARED], key=each.name)
        for each in fields(settings)
        if _DECLARED in each.metadata
    }


def options_for(verb: Command, known: Mapping[str, Option]) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds the options to a command: all, or those with a meaning in it."""
    taken = [option for option in known.values() if verb & TAKING_ALL or option.commands & verb]

    def decorate(command: Decorated) -> Decorated:
        decorated: Any = command
        for option in reversed(taken):
            decorated = option.add_to(decorated, verb)
        given: Decorated = decorated
        return given

    return decorate
