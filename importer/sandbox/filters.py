"""The few forms of $filter that the imitated addresses document."""

from __future__ import annotations

import re
from typing import NamedTuple

from importer.sandbox import errors

_TEXT = r"'(?:[^']|'')*'"
_CLAUSE = re.compile(
    rf"\s*(?P<name>[\w/]+)\s+(?:eq\s+(?P<one>{_TEXT})|in\s*\(\s*(?P<many>{_TEXT}(?:\s*,\s*{_TEXT})*)\s*\))\s*",
    re.IGNORECASE,
)
_OR = re.compile(r"or\b", re.IGNORECASE)


class Clause(NamedTuple):
    """A property, in lower case, and the values it may have."""

    name: str
    values: list[str]


def parse(text: str) -> list[Clause]:
    """Gives the clauses of `a eq 'x' or a in ('y','z')`; apostrophes inside a text are doubled.

    Raises GraphError: 400 with the position of what can't be parsed.
    """
    clauses: list[Clause] = []
    position = 0
    while found := _CLAUSE.match(text, position):
        clauses.append(_clause(found))
        position = found.end()
        if position == len(text):
            return clauses
        if not (joint := _OR.match(text, position)):
            break
        position = joint.end()
    raise errors.bad_filter(position, text)


def _clause(found: re.Match[str]) -> Clause:
    texts = re.findall(_TEXT, found["one"] or found["many"])
    return Clause(found["name"].lower(), [text[1:-1].replace("''", "'") for text in texts])
