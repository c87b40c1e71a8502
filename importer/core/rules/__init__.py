"""The rule book: a Pandera schema over the whole sheet, and the one place that turns its findings into problems.

Theory of operation. The rows are read first (readings.py), so that an error in one cell never hides another cell's. A
frame of those values, indexed by the sheet's own row numbers, is checked once and lazily. Each rule (columns.py) is one
whole-column check whose `error` is the catalogue's code, so a failure case is already (row, column, code). Checks
look at the frame through the closure: Pandera's frame-level checks would report a failing row once per column. They
are functions and nothing else is: Pandera copies each check with all that it holds, and a function holds nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

from importer.core.catalogue import CATALOGUE, problem
from importer.core.columns import INPUT_COLUMNS, PEOPLE_KEYS, REQUIRED_KEYS, Holds
from importer.core.meeting_options import OPTION
from importer.core.model import SameId
from importer.core.rules.columns import (
    KEYS,
    Frame,
    Rule,
    control_rules,
    filled,
    identifier_rules,
    is_past,
    no_facts,
    option_rules,
    people_rules,
    readable_rules,
    time_rules,
    zone_rules,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd
    import pandera.pandas as pa

    from importer.core.columns import InputColumn
    from importer.core.model import Problem
    from importer.core.row import Row


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """What the rules depend on besides the rows.

    The moment of the check, whether Organizer must be filled in, whether the directory is asked about names, and what
    rows with one external ID are.
    """

    now: datetime
    organizer_required: bool = True
    names_looked_up: bool = False
    same_id: SameId = SameId.ERROR


_OPTIONAL = OPTION.keys() | {key for key, holds in PEOPLE_KEYS.items() if holds is Holds.PEOPLE} | {"duration"}
"""Columns whose rules say nothing where they are blank: most sheets don't have most of them."""
_BLANK = (None, "", ())
"""What is read where nothing stands."""


class Findings(Protocol):
    """Keeps what was found in a sheet, by what the rules saw of it."""

    def recall(self, seen: str) -> Mapping[int, Sequence[Problem]] | None:
        """Return what was found where the same was seen the last time, None where it was not."""
        ...

    def keep(self, seen: str, found: Mapping[int, Sequence[Problem]]) -> None:
        """Keep what was found, for the next time."""
        ...


KEPT_UP_TO = 5_000
"""Rows of a sheet whose findings are kept: for more, telling whether it is the same costs what checking it does."""


def check(
    rows: Sequence[Row], options: RuleOptions, findings: Findings | None = None
) -> Mapping[int, Sequence[Problem]]:
    """Return every problem of every row, by row number, in the order of the columns; rows without any are absent.

    With `findings` a sheet of which the rules see what they saw the last time is not checked again.
    """
    if not rows:
        return {}
    if findings is None or len(rows) > KEPT_UP_TO:
        return _found(rows, options)
    seen = seen_by_rules(rows, options)
    found = findings.recall(seen)
    if found is None:
        found = _found(rows, options)
        findings.keep(seen, found)
    return found


def seen_by_rules(rows: Iterable[Row], options: RuleOptions) -> str:
    """Return what stands for all that the rules see: for the same they find the same.

    Of the moment they see which rows are over, and its year. The month is in it because zones get other rules.
    """
    seen = blake2b(f"{replace(options, now=_NO_MOMENT)} {options.now:%Y-%m}".encode(), digest_size=16)
    for row in rows:
        said = (row.number, row.cells, row.values, is_past(row, options.now))
        seen.update(repr(said).encode("utf-8", "surrogatepass"))
    return seen.hexdigest()


_NO_MOMENT = datetime.min.replace(tzinfo=UTC)


def _found(rows: Sequence[Row], options: RuleOptions) -> dict[int, list[Problem]]:
    said = set[str]().union(*(row.values for row in rows))
    values = {key: [row.values.get(key) for row in rows] for key in KEYS if key in said or key not in _OPTIONAL}
    blank = {key for key in _OPTIONAL if all(value in _BLANK for value in values.get(key, ()))}
    rules = [rule for rule in rule_book(rows, options) if rule.column not in blank]
    return _translate(_failures(Frame(values, [row.number for row in rows]), rules), rows, rules)


def rule_book(rows: Sequence[Row], options: RuleOptions) -> tuple[Rule, ...]:
    """Return the rules for one sheet, those that compare rows with each other bound to `rows`."""
    required = [key for key in KEYS if key in REQUIRED_KEYS and (key != "organizer" or options.organizer_required)]
    return (
        *(Rule(column, "required", partial(filled, column), no_facts) for column in required),
        *readable_rules(rows),
        *_declared_rules(rows, options),
    )


def _declared_rules(rows: Sequence[Row], options: RuleOptions) -> tuple[Rule, ...]:
    return (
        *control_rules(),
        *identifier_rules(rows, options.same_id),
        Rule("subject", "subject-blank", partial(filled, "subject"), no_facts),
        *time_rules(rows, options.now),
        *zone_rules(rows),
        *people_rules(names_looked_up=options.names_looked_up),
        *option_rules(),
    )


def unmatched(columns: Iterable[InputColumn]) -> list[str]:
    """Return what of columns and rules does not match, each as a column's key and the code of a rule.

    That is a rule that a column declares and nobody wrote, one that is written and not declared, and a code of either
    that the catalogue has no sentence for.
    """
    known = tuple(columns)
    declared = {(column.key, code) for column in known for code in column.rules or ()}
    written = {(rule.column, rule.code) for rule in _declared_rules((), RuleOptions(_NO_MOMENT))}
    unclear = {(column.key, code) for column in known for code in column.unclear or ()}
    speechless = {(key, code) for key, code in declared | unclear if code not in CATALOGUE}
    return [f"{key} {code}" for key, code in sorted(declared ^ written | speechless)]


if strangers := unmatched(INPUT_COLUMNS):
    raise TypeError(f"Columns and rules don't match: {', '.join(strangers)}.")


def _failures(frame: Frame, rules: Sequence[Rule]) -> list[tuple[int, str, str]]:
    import pandas as pd  # noqa: PLC0415 - half a second, which whoever has no rows to check does not wait for
    import pandera.pandas as pa  # noqa: PLC0415 - likewise

    checks: dict[str, list[pa.Check]] = {rule.column: [] for rule in rules}
    data = pd.DataFrame({key: frame[key] for key in checks}, index=frame.index, dtype=object)
    for rule in rules:
        checks[rule.column].append(pa.Check(_verdict(rule, frame, data.index), error=rule.code, ignore_na=False))
    schema = pa.DataFrameSchema({key: pa.Column(None, checks=found, nullable=True) for key, found in checks.items()})
    try:
        schema.validate(data, lazy=True, inplace=True)
    except pa.errors.SchemaErrors as found:
        cases = found.failure_cases
        return list(zip(cases["index"], cases["column"], cases["check"], strict=True))
    return []


def _verdict(rule: Rule, frame: Frame, index: pd.Index[Any]) -> Callable[[object], pd.Series[bool] | bool]:
    """Return the check of a rule, which gives a truth for each row, or one for all."""
    import pandas as pd  # noqa: PLC0415 - likewise

    def holds(_series: object) -> pd.Series[bool] | bool:
        truths = list(rule.holds(frame))
        return all(truths) or pd.Series(truths, index=index, dtype=bool)

    return holds


def _translate(
    failures: Iterable[tuple[int, str, str]], rows: Iterable[Row], rules: Sequence[Rule]
) -> dict[int, list[Problem]]:
    by_number = {row.number: row for row in rows}
    places = {(rule.column, rule.code): (place, rule) for place, rule in enumerate(rules)}
    found: dict[int, list[tuple[int, int, Problem]]] = defaultdict(list)
    for number, column, code in failures:
        place, rule = places[column, code]  # a KeyError here is a rule that raised: our bug, and loud
        value, facts = rule.facts(by_number[number])
        entry = problem(code, column=column, value=value, **facts)
        found[number].append((KEYS.index(column), place, entry))
    return {number: [entry for *_, entry in sorted(row, key=lambda item: item[:2])] for number, row in found.items()}
