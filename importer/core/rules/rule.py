"""What a rule is: one whole-column check, and the facts its sentence needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from importer.core.readings import Reading

KEYS = ("external_id", "subject", "start", "end", "duration", "time_zone", "organizer", "attendees")

Frame: TypeAlias = pd.DataFrame
Facts: TypeAlias = tuple[str, "Mapping[str, Any]"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One check of one column. `holds` gives a truth per row; `facts` gives the value and facts of a failing row."""

    column: str
    code: str
    holds: Callable[[Frame], Iterable[bool]]
    facts: Callable[[Reading], Facts]


def no_facts(_reading: Reading) -> Facts:
    """Gives nothing: the sentence needs no more than the heading."""
    return "", {}


def filled(column: str, frame: Frame) -> Iterable[bool]:
    """Tells for each row whether a text column has something in it."""
    return (value != "" for value in frame[column])
