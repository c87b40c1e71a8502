"""Who holds a lock, as text that a person can read and a program can compare."""

from __future__ import annotations

import getpass
import json
import os
import platform
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEXT_LIMIT = 4096
"""Bytes of a lock's text that are read: it lies where strangers can write."""
WORD_LIMIT = 60


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for this account, as in some containers
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A run that holds a lock. `born` tells its process from a later one with the same number; `token` is its alone.

    `machine` tells computers apart that have the same name (empty: not known).
    """

    born: str
    since: datetime
    machine: str = ""
    host: str = field(default_factory=platform.node)
    user: str = field(default_factory=_user)
    pid: int = field(default_factory=os.getpid)
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    def text(self) -> str:
        """Gives the holder as JSON on one line."""
        return json.dumps({**asdict(self), "since": self.since.isoformat(timespec="seconds")}) + "\n"

    def words(self, now: datetime) -> str:
        """Gives who it is and since when, for a sentence."""
        minutes = max(0, int((now - self.since).total_seconds() // 60))
        who = f"{self.user} on {self.host}" if self.user else self.host
        return f"{who}, process {self.pid}, since {self.since.astimezone():%Y-%m-%d %H:%M} ({minutes} min)"


class HeldError(Exception):
    """Another run holds the lock; `holder` is None where it does not say who."""

    def __init__(self, holder: Holder | None) -> None:
        super().__init__("another run holds the lock")
        self.holder = holder


def read_holder(path: Path) -> Holder | None:
    """Gives the holder that a lock's text names; None where there is no such file, or it can't be read."""
    try:
        return holder_in(path)
    except OSError:
        return None


def holder_in(path: Path) -> Holder | None:
    """Gives the holder that a lock's text names; None where it says something else. Raises OSError."""
    with path.open("rb") as file:
        text = file.read(TEXT_LIMIT)
    try:
        found = json.loads(text)
        since = datetime.fromisoformat(found["since"]).astimezone(UTC)
        return Holder(
            born=str(found["born"]),
            since=since,
            machine=str(found.get("machine", "")),  # versions before did not say
            host=_word(found["host"]),
            user=_word(found["user"]),
            pid=int(found["pid"]),
            token=str(found["token"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _word(said: object) -> str:
    return "".join(sign for sign in str(said) if sign.isprintable())[:WORD_LIMIT]
