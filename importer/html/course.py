"""How the run went: times, calls, waiting, and the answers over time as a drawing."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from importer.core.catalogue.endings import EXIT_WORDS
from importer.core.report import needs_somebody
from importer.html.markup import Html, tag
from importer.html.words import span, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.model import RowResult
    from importer.html.facts import RunFacts

BARS = 60
"""At most so many bars: on a phone each is still a few points wide."""
FEWEST = 10
"""Answers from which a drawing says more than a number."""
WIDTHS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds that a bar may stand for; longer runs use multiples of the last."""


def course(rows: Sequence[RowResult], facts: RunFacts) -> Html:
    """Gives the facts of the run as a list, and the drawing where there is enough to draw."""
    answered = [row for row in rows if row.checked_at is not None and facts.started <= row.checked_at <= facts.ended]
    known = _known(len(answered), facts)
    listed = (tag("div", tag("dt", name), tag("dd", said)) for name, said in known)
    return Html(tag("dl", *listed, class_="facts") + _drawing(answered, facts))


def _known(answered: int, facts: RunFacts) -> list[tuple[str, str]]:
    took = facts.ended - facts.started
    known = [("Started", stamp(facts.started)), ("Ended", stamp(facts.ended)), ("Took", span(took))]
    if answered:
        known.append(("Answers", f"{answered:,}, {_rate(answered, took)}"))
    if facts.calls is not None:
        known.append(("Calls to Microsoft Graph", f"{facts.calls:,}"))
    if facts.waited is not None:
        known.append(("Waited because Microsoft Graph asked for it", span(facts.waited)))
    ending = f"{int(facts.exit_code)}: {EXIT_WORDS[facts.exit_code]}"
    return [*known, ("Exit code", ending), ("Run", facts.run_id), ("Version", facts.version)]


def _rate(count: int, took: timedelta) -> str:
    each = count / max(took.total_seconds(), 0.001)
    return f"{each:,.1f} a second" if each >= 1 else f"{each * 60:,.1f} a minute"


def _drawing(answered: Sequence[RowResult], facts: RunFacts) -> Html:
    if len(answered) < FEWEST:
        return Html()
    width = _width((facts.ended - facts.started).total_seconds())
    good, bad = Counter[int](), Counter[int]()
    for row in answered:
        if row.checked_at is not None:
            side = bad if needs_somebody(row) else good
            side[int((row.checked_at - facts.started).total_seconds() / width)] += 1
    bars = max(*good, *bad, 0) + 1
    most = max(good[at] + bad[at] for at in range(bars))
    said = f"Answers in each {span(timedelta(seconds=width))}: at most {most:,}"
    said += f", {sum(bad.values()):,} of {len(answered):,} refused." if bad else "."
    parts = [part for at in range(bars) for part in _bars(at, good[at] / most, bad[at] / most)]
    view = f"0 0 {bars} 1"
    picture = tag("svg", *parts, role="img", aria_label=said, viewBox=view, preserveAspectRatio="none", class_="rate")
    first, last = facts.started, facts.started + timedelta(seconds=bars * width)
    axis = tag("div", tag("span", f"{first:%H:%M:%S}"), tag("span", f"{last:%H:%M:%S} UTC"), class_="axis")
    return tag("figure", picture, axis, tag("figcaption", said))


def _width(seconds: float) -> float:
    least = seconds / BARS
    return next((width for width in WIDTHS if width >= least), WIDTHS[-1] * math.ceil(least / WIDTHS[-1]))


def _bars(at: int, good: float, bad: float) -> list[Html]:
    """One bar, refusals on top; the gap beside it keeps bars apart."""
    heights = (("good", good, 1 - good), ("bad", bad, 1 - good - bad))
    return [
        tag("rect", class_=kind, x=f"{at + 0.05:.2f}", y=f"{top:.4f}", width="0.9", height=f"{height:.4f}")
        for kind, height, top in heights
        if height
    ]
