"""What a person needs to know of a run: equal problems once, with their rows, apart by who can put them right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.catalogue import CATALOGUE, Who
from importer.core.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.core.model import Problem, RowResult

HEADINGS = {
    (Severity.ERROR, Who.SHEET): "To fix in the sheet",
    (Severity.ERROR, Who.ADMINISTRATOR): "For the administrator",
    (Severity.WARNING, Who.SHEET): "Worth a look",
    (Severity.WARNING, Who.ADMINISTRATOR): "Worth a look by the administrator",
}
"""What stands over a group, by how bad it is and who can fix it."""

NOBODY_TOLD = (
    "The meetings are on nobody's calendar and no mail was sent: pass on the join links, or the calendar files that "
    "--ics makes."
)


@dataclass(frozen=True, slots=True)
class Group:
    """Equal problems of several rows. `example` is the first row's; `rows` are all their numbers, in order."""

    example: Problem
    who: Who
    rows: tuple[int, ...]
    alike: bool

    @property
    def place(self) -> str:
        """Gives where: 'row 5', or '31 rows, from row 5 to row 40'."""
        if len(self.rows) == 1:
            return f"row {self.rows[0]}"
        return f"{len(self.rows)} rows, from row {self.rows[0]} to row {self.rows[-1]}"


def group(rows: Iterable[RowResult]) -> list[Group]:
    """Gives the groups, errors before warnings, the sheet's before the administrator's, then by first row.

    Problems are equal when they have the same code in the same column; `alike` says whether they also read the same.
    """
    found: dict[tuple[str, str], list[tuple[int, Problem]]] = {}
    for row in rows:
        for entry in row.problems:
            found.setdefault((entry.code, entry.column), []).append((row.number, entry))
    return sorted(map(_group, found.values()), key=_order)


def _group(members: Sequence[tuple[int, Problem]]) -> Group:
    example = members[0][1]
    return Group(
        example,
        CATALOGUE[example.code].who,
        tuple(dict.fromkeys(number for number, _ in members)),
        all(entry.message == example.message for _, entry in members),
    )


def _order(entry: Group) -> tuple[bool, bool, int]:
    warning = entry.example.severity is Severity.WARNING
    return warning, entry.who is Who.ADMINISTRATOR, entry.rows[0]
