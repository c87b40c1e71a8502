"""Paths as the scheduled run will need them: full, and without letters that only a person's session has."""

from __future__ import annotations

import ntpath
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.schedule.drives import Drive


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How paths are made full. `folder` is where relative ones start from, None where that can't be known.

    `windows` says which kind of paths they are; `drive` tells what a letter stands for.
    """

    windows: bool
    folder: str | None
    drive: Callable[[str], Drive]

    def full(self, path: str) -> str:
        """Gives the full path.

        Raises Stop with exit code 2 (`schedule-path-relative`, `drive-mapped`, `drive-unknown`).
        A pattern's `*` stays; nothing is looked up but the drive letter.
        """
        return self._on_windows(path) if self.windows else self._on_posix(path)

    def _on_windows(self, path: str) -> str:
        joined = ntpath.join(self.folder or "", path)
        drive, rest = ntpath.splitdrive(joined)
        if not drive or (rest or drive)[0] not in "\\/":  # `Z:folder` hangs on the session's own folder there
            raise _relative(path, "Windows", "\\\\server\\share\\rosters or C:\\rosters")
        letter = drive.replace("/", "\\").removeprefix("\\\\?\\").removeprefix("\\\\.\\")
        if len(letter) == len("Z:"):
            self._check(letter.upper(), path, rest)
        return ntpath.normpath(joined)

    def _check(self, letter: str, path: str, rest: str) -> None:
        drive = self.drive(letter)
        if not drive.known:
            raise Stop(problem("drive-unknown", value=path, drive=letter), ExitCode.USAGE)
        if drive.mapped:
            instead = ntpath.normpath(drive.target + rest) if drive.target else "the path with \\\\server\\share"
            raise Stop(problem("drive-mapped", value=path, drive=letter, instead=instead), ExitCode.USAGE)

    def _on_posix(self, path: str) -> str:
        joined = posixpath.join(self.folder or "", path)
        if not joined.startswith("/"):
            raise _relative(path, "Linux or macOS", "/srv/rosters")
        return "/" + posixpath.normpath(joined).lstrip("/")


def _relative(path: str, system: str, example: str) -> Stop:
    return Stop(problem("schedule-path-relative", value=path, system=system, example=example), ExitCode.USAGE)
