"""What a person needs to know of a run: equal problems once, with their rows, apart by who can put them right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core.catalogue import CATALOGUE, Who
from importer.core.model import Severity
from importer.core.wording import numbers_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.core.model import Problem, RowResult
    from importer.core.report import FileReport

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


MOST_VALUES = 5
"""Values of one problem that are told apart before the rest is one group: what a screen shows at once."""


@dataclass(frozen=True, slots=True)
class Group:
    """Equal problems of several rows: the same code in the same column about the same value.

    `members` are the rows' numbers with their problems, in order. `values` is more than one only in a group of those
    for which there was no room.
    """

    members: tuple[tuple[int, Problem], ...]
    values: int = 1

    @property
    def example(self) -> Problem:
        """The first row's problem."""
        return self.members[0][1]

    @property
    def who(self) -> Who:
        """Who can put it right."""
        return CATALOGUE[self.example.code].who

    @property
    def rows(self) -> tuple[int, ...]:
        """The numbers of the rows, each once."""
        return tuple(dict.fromkeys(number for number, _ in self.members))

    @property
    def alike(self) -> bool:
        """Whether all of them read the same."""
        return all(entry.message == self.example.message for _, entry in self.members)

    @property
    def kind(self) -> tuple[str, str]:
        """What groups about different values have in common: code and column."""
        return self.example.code, self.example.column

    @property
    def place(self) -> str:
        """Return where: 'row 5', '31 rows, from row 5 to row 35', or '3 rows (4, 7 and 9)'."""
        rows = self.rows
        if len(rows) == 1:
            return f"row {rows[0]}"
        if rows[-1] - rows[0] == len(rows) - 1:
            return f"{len(rows)} rows, from row {rows[0]} to row {rows[-1]}"
        return f"{len(rows)} rows ({numbers_in_words(rows)})"


def group(rows: Iterable[RowResult], *, most: int | None = MOST_VALUES) -> list[Group]:
    """Return the groups, errors before warnings, the sheet's before the administrator's, then by first row.

    Of one kind of problem the first `most` values (None: all) have groups of their own, the others one together. Those
    of one kind stand together.
    """
    found: dict[tuple[str, str], dict[str, list[tuple[int, Problem]]]] = {}
    for row in rows:
        for entry in row.problems:
            values = found.setdefault((entry.code, entry.column), {})
            values.setdefault(entry.value, []).append((row.number, entry))
    kinds = [_parted([*values.values()], most) for values in found.values()]
    return [entry for kind in sorted(kinds, key=_order) for entry in kind]


def _parted(values: Sequence[Sequence[tuple[int, Problem]]], most: int | None) -> list[Group]:
    if most is None or len(values) <= most + 1:
        return [Group(tuple(members)) for members in values]
    rest = sorted((member for members in values[most:] for member in members), key=lambda member: member[0])
    return [*(Group(tuple(members)) for members in values[:most]), Group(tuple(rest), len(values) - most)]


def _order(kind: Sequence[Group]) -> tuple[bool, bool, int]:
    first = kind[0]
    warning = first.example.severity is Severity.WARNING
    return warning, first.who is Who.ADMINISTRATOR, first.rows[0]


def of_several_files(reports: Iterable[FileReport]) -> tuple[Problem, ...]:
    """Return what stopped several files alike, each once: it is about the run, so it is said once."""
    stops = [found for report in reports for found in report.problems if found.severity is Severity.ERROR]
    return tuple(found for found in dict.fromkeys(stops) if stops.count(found) > 1)


def stops_the_run(found: Problem) -> bool:
    """Whether its detail is for whoever reads it: what stops a whole run and is for an administrator to put right."""
    return found.severity is Severity.ERROR and CATALOGUE[found.code].who is Who.ADMINISTRATOR
