"""How the report says numbers, times and the verdict.

What a report is told about a run besides what became of its rows.

HTML put together from values: a plain text is escaped, whoever writes it; only `Html` is taken as it is.

Source of the void elements and of what a text may hold: https://html.spec.whatwg.org/multipage/syntax.html

How many rows have each status: as a bar to see and as a list to read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, TypeAlias

from importer.core.catalogue.words import EXIT_WORDS, READY_WORDS, STATUS_WORDS
from importer.core.model import ExitCode
from importer.core.report import READY, summary_of
from importer.core.web import is_web_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from importer.core.model import RowResult, Status
    from importer.core.report import FileReport


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One call of the program. Times are in UTC; `calls` to Graph and time `waited` on its request: None if not known.

    `sends` is false where nothing was to be sent, so that rows are ready rather than missing. `links` has, by input
    file, where the results copy is as seen from the report.
    """

    command: str
    run_id: str
    started: datetime
    ended: datetime
    exit_code: ExitCode
    version: str
    sends: bool = True
    sandbox: bool = False
    calls: int | None = None
    waited: timedelta | None = None
    links: Mapping[str, str] = field(default_factory=dict)


MINUTE, HOUR = 60, 3600
FEW = 10
"""Seconds below which a tenth is worth saying."""


def verdict(reports: Sequence[FileReport], facts: RunFacts) -> str:
    """Return the run in one sentence."""
    standing = summary_of(reports, sends=facts.sends)
    return f"{standing.words}." if standing.rows else EXIT_WORDS[facts.exit_code]


def severity_class(rows: Iterable[RowResult], code: ExitCode) -> str:
    """Return the class that colours the verdict: good, look or bad."""
    if code is not ExitCode.DONE:
        return "bad"
    return "look" if any(row.problems for row in rows) else "good"


def stamp(moment: datetime) -> str:
    """Return a moment as the results copy says it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def span(length: timedelta) -> str:
    """Return a length of time: '0.4 s', '12 s', '5 min 3 s', '2 h 5 min'."""
    seconds = length.total_seconds()
    whole = round(seconds)
    if seconds < FEW and seconds != whole:
        return f"{seconds:.1f} s"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR:,} h {whole % HOUR // MINUTE} min"


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return neighbouring numbers as first and last: 5, 6, 7, 9 are (5, 7) and (9, 9)."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


VOID = frozenset({"input", "meta", "wbr"})
"""Elements without an end, of those used here. SVG has none: what is not closed there swallows what follows."""

_OVERRIDES = {code: f"[U+{code:04X}]" for code in (0x202D, 0x202E)}
"""Characters that turn what follows round, so that `exe.png` reads as something else: named instead of obeyed."""
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Html(str):
    """Text that is HTML already. Made by the functions of this module, never from a cell."""

    __slots__ = ()


Child: TypeAlias = "str | Html | None"
Attribute: TypeAlias = "str | int | bool | None"


def text(value: str) -> Html:
    """Return `value` as HTML that shows it: nothing in it is an element, and no character breaks the page."""
    if not value.isprintable():  # few are not, and for those that are this is all there is to do
        value = _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", value).translate(_OVERRIDES)
    return Html(escape(value))


def tag(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """Return an element; children of None are left out, and so are attributes of None or False.

    An attribute's name loses a trailing `_` and has `-` for `_`: `class_`, `aria_label`.
    """
    start = f"<{name}{''.join(map(_attribute, attributes.items()))}>"
    return Html(start if name in VOID else f"{start}{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Html:
    """Return children one after the other."""
    return Html("".join(child if isinstance(child, Html) else text(child) for child in children if child is not None))


def isolate_text(value: str) -> Html:
    """Return text from a cell or from Teams, its direction kept from changing what stands beside it."""
    return tag("bdi", value)


def web_link(address: str, *children: Child, **attributes: Attribute) -> Html:
    """Return a link that opens elsewhere and tells nothing of this page, or the address as text if it is not https."""
    if not is_web_address(address):
        return isolate_text(address)
    return tag("a", *children, href=address, target="_blank", rel="noopener noreferrer", **attributes)


def _attribute(pair: tuple[str, Attribute]) -> str:
    name, value = pair
    if value is None or value is False:
        return ""
    plain = name.rstrip("_").replace("_", "-")
    return f" {plain}" if value is True else f' {plain}="{text(str(value))}"'


def class_of(status: Status) -> str:
    """Return the class that colours a status."""
    return f"s-{status.value.replace(' ', '-')}"


def bar(counts: Mapping[str, tuple[Status, int]]) -> Html:
    """Return the bar with its legend; the legend says it all, the bar is for the eye only.

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
    """Return a status as it stands in a row, by its word for people."""
    return tag("span", word, class_=f"pill {class_of(status)}")


def _part(status: Status, start: float, width: float) -> Html:
    return tag("rect", class_=class_of(status), x=f"{start:.3f}%", y="0", width=f"{width:.3f}%", height="100%")


def _entry(word: str, status: Status, count: int) -> Html:
    meaning = READY_WORDS if word == READY else STATUS_WORDS[status].replace("`", "")
    return tag("li", tag("b", f"{count:,}"), " ", pill(status, word), " ", tag("span", meaning, class_="meaning"))
