"""What is to be started every night: the same facts for every kind of scheduler."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, time, timedelta

DEFAULT_NAME = "Meeting importer"

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}")
"""What every scheduler takes for a name: Windows forbids most signs in a task's path, systemd all but a few."""


class Form(StrEnum):
    """Which scheduler it is for."""

    TASK = "task"
    """Windows Task Scheduler."""
    SYSTEMD = "systemd"
    CRON = "cron"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that the run needs. `instead` are others that would do; the value is not in here."""

    name: str
    secret: bool = False
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyJob:
    """A run at a time of day. Paths are full ones of the computer that is to run it.

    `program` are the words that start the program and `arguments` the rest of the line; `places` are the paths
    among them. An empty `folder` or `user` leaves the choice to the scheduler. `limit` is when it is ended by force.
    """

    name: str
    at: time
    first: date
    program: tuple[str, ...]
    arguments: tuple[str, ...]
    folder: str
    places: tuple[str, ...]
    user: str
    limit: timedelta
    variables: tuple[Variable, ...]

    @property
    def slug(self) -> str:
        """Gives the name as file names want it: lower case, with hyphens."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    @property
    def line(self) -> tuple[str, ...]:
        """Gives the whole line, word by word."""
        return (*self.program, *self.arguments)
