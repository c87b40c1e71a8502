"""Where the ledger lives, and what becomes of a file there that can't be used."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REAL = "ledger.sqlite3"
"""What was done in a tenant."""
TRIALS = "ledger-sandbox.sqlite3"
"""What was done in a sandbox: a file of its own, so that a link that is not real never gets among those that are."""

COMPANIONS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database while it is open (https://www.sqlite.org/tempfiles.html)."""

_ASIDE = "set aside"


def state_folder() -> Path:
    """Gives the folder for what programs keep, as the platform has it."""
    return platformdirs.user_state_path("meeting-importer", appauthor=False)


def prepare(path: Path) -> None:
    """Makes the file and its folder if they are not there, readable for their owner alone. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def set_aside(path: Path, now: datetime) -> Path:
    """Renames a file that can't be used, so that nothing is thrown away, and gives its new path. Raises OSError."""
    number = 0
    while (aside := _named(path, now, number)).exists():
        number += 1
    for companion in COMPANIONS:
        with suppress(FileNotFoundError):
            path.with_name(path.name + companion).replace(aside.with_name(aside.name + companion))
    path.replace(aside)
    return aside


def _named(path: Path, now: datetime, number: int) -> Path:
    again = f" {number + 1}" if number else ""
    return path.with_name(f"{path.stem} ({_ASIDE} {now:%Y-%m-%d %H%M}{again}){path.suffix}")


def aside_files(path: Path) -> Iterator[Path]:
    """Gives the files that were set aside from `path`, their companions included."""
    start = f"{path.stem} ({_ASIDE} "
    with suppress(OSError):
        yield from (found for found in sorted(path.parent.iterdir()) if found.name.startswith(start))


def remove_old(path: Path, before: datetime) -> None:
    """Removes files set aside before that moment: what they hold about people has had its time too."""
    for found in aside_files(path):
        with suppress(OSError):
            if datetime.fromtimestamp(found.stat().st_mtime, UTC) < before:
                found.unlink()
