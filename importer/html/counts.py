"""How many rows have each status: as a bar to see and as a list to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core.catalogue.endings import READY_WORDS, STATUS_WORDS
from importer.core.verdict import READY
from importer.html.markup import Html, join, tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.core.model import Status


def class_of(status: Status) -> str:
    """Gives the class that colours a status."""
    return f"s-{status.value.replace(' ', '-')}"


def bar(counts: Mapping[str, tuple[Status, int]]) -> Html:
    """Gives the bar with its legend; the legend says it all, the bar is for the eye only.

    `counts` are by the statuses' words for people (core/verdict.py).
    """
    total = sum(count for _, count in counts.values())
    parts, start = [], 0.0
    for status, count in counts.values():
        width = 100 * count / total
        parts.append(_part(status, start, width))
        start += width
    drawing = tag("svg", *parts, class_="bar", aria_hidden="true", focusable="false")
    return join([drawing, tag("ul", *(_entry(word, *pair) for word, pair in counts.items()), class_="legend")])


def pill(status: Status, word: str) -> Html:
    """Gives a status as it stands in a row, by its word for people."""
    return tag("span", word, class_=f"pill {class_of(status)}")


def _part(status: Status, start: float, width: float) -> Html:
    return tag("rect", class_=class_of(status), x=f"{start:.3f}%", y="0", width=f"{width:.3f}%", height="100%")


def _entry(word: str, status: Status, count: int) -> Html:
    meaning = READY_WORDS if word == READY else STATUS_WORDS[status].replace("`", "")
    return tag("li", tag("b", f"{count:,}"), " ", pill(status, word), " ", tag("span", meaning, class_="meaning"))
