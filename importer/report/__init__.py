"""The report for people: one HTML file that needs nothing else, for a phone, paper and a screen reader alike.

Here are the facts that a page is made of and the words for them; `page` prepares all values for the template.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core.catalogue.words import exit_words
from importer.core.model import ExitCode
from importer.core.report import summary_of
from importer.core.wording import with_full_stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from importer.core.model import Status
    from importer.core.report import FileReport
    from importer.core.row import Row
    from importer.core.texts import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One call of the program. Times are in UTC; `calls` to Graph and time `waited` on its request: None if not known.

    `sends` is false where nothing was to be sent, so that rows are ready rather than missing. `links` has, by input
    file, where the results copy is as seen from the report. The page is in
    `language`, English where none is said.
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
    language: Language | None = None


def verdict(reports: Sequence[FileReport], facts: RunFacts) -> str:
    """Return the run in one sentence."""
    standing = summary_of(reports, sends=facts.sends)
    return with_full_stop(standing.words) if standing.rows else exit_words(facts.exit_code)


def severity_class(rows: Iterable[Row], code: ExitCode) -> str:
    """Return the class that colours the verdict: good, look or bad."""
    if code is not ExitCode.DONE:
        return "bad"
    return "look" if any(row.problems for row in rows) else "good"


def stamp(moment: datetime) -> str:
    """Return a moment as the results copy says it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return neighbouring numbers as first and last: 5, 6, 7, 9 are (5, 7) and (9, 9)."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


_OVERRIDES = {code: f"[U+{code:04X}]" for code in (0x202D, 0x202E)}
"""Characters that turn what follows round, so that `exe.png` reads as something else: named instead of obeyed."""
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def showable(page: str) -> str:
    """Return the page without the characters that break one or turn it round, wherever in it they stand.

    Source of what a text may hold: https://html.spec.whatwg.org/multipage/syntax.html
    """
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", page).translate(_OVERRIDES)


def class_of(status: Status) -> str:
    """Return the class that colours a status."""
    return f"s-{status.value.replace(' ', '-')}"
