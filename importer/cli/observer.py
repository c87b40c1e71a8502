"""Who hears how a run goes, beside the person at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from importer.cli.job import Progress
    from importer.core.report import FileReport


class Observer(Protocol):
    """Hears of a run. What it does with that changes nothing about the run."""

    def begin(self) -> None:
        """The run begins. Raises Stop (exit 2) where the observer itself is not set up."""
        ...

    def saying(self, say: Callable[[str], None]) -> Callable[[str], None]:
        """Gives what to say sentences with, so that they are heard as well."""
        ...

    def watching(self, progress: Progress) -> Progress:
        """Gives what to report rows to, so that they are heard as well."""
        ...

    def opened(self, source: Path) -> None:
        """This file is next."""
        ...

    def closed(self, report: FileReport) -> None:
        """This is what became of the file."""
        ...

    def finished(self, reports: Sequence[FileReport]) -> None:
        """This is what became of all files."""
        ...

    def reported(self, page: Path) -> None:
        """The HTML report has been saved there."""
        ...


class Nobody:
    """For calls that nobody else hears of."""

    def begin(self) -> None:
        """Does nothing."""

    def saying(self, say: Callable[[str], None]) -> Callable[[str], None]:
        """Gives `say`."""
        return say

    def watching(self, progress: Progress) -> Progress:
        """Gives `progress`."""
        return progress

    def opened(self, source: Path) -> None:
        """Does nothing."""

    def closed(self, report: FileReport) -> None:
        """Does nothing."""

    def finished(self, reports: Sequence[FileReport]) -> None:
        """Does nothing."""

    def reported(self, page: Path) -> None:
        """Does nothing."""


NOBODY = Nobody()
