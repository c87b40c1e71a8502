"""What the settings say about which rows of a sheet become meetings, and which of them are one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class SameId(StrEnum):
    """What rows with the same external ID and organizer are."""

    ERROR = "error"
    """A mistake."""
    ONE_MEETING = "one meeting"
    """One meeting, see one_meeting.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChoice:
    """What the settings say about which rows become meetings, and which of them are one.

    `only` and `skip` map a heading to what stands under it, as a cell shows it: a row is taken that has one of the
    values under each heading of `only`, and none under any of `skip`. An empty text is a blank cell.
    """

    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    same_id: SameId = SameId.ERROR

    @property
    def headings(self) -> Iterator[tuple[str, str]]:
        """Return each heading that has to be there, with the setting that names it."""
        yield from ((name, setting) for setting, asked in (("only", self.only), ("skip", self.skip)) for name in asked)

    def named(self) -> tuple[str, ...]:
        """Return the settings that say something."""
        same_id = ("same_id",) if self.same_id is not SameId.ERROR else ()
        return (*dict.fromkeys(setting for _, setting in self.headings), *same_id)


EVERY_ROW = RowChoice()
"""What is chosen where the settings say nothing."""
