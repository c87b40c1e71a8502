"""The page as a whole: what may run in it, what stands on top, and each file in turn.

Source of the policy: https://www.w3.org/TR/CSP3/. Everything is forbidden but this page's own style and script, known
by their hashes: a cell that got past the escaping could still run nothing and fetch nothing.

How the run went: times, calls, waiting, and the answers over time as a drawing.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections import Counter
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from importer.core.catalogue.words import EXIT_WORDS
from importer.core.model import Severity, Status
from importer.core.report import NOBODY_TOLD, counts_in_words, needs_somebody, of_several_files, stops_the_run
from importer.core.wording import rows_counted
from importer.report.rows import attention, folded, row_table
from importer.report.words import Html, bar, isolate_text, join, severity_class, span, stamp, tag, verdict, web_link

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from importer.core.model import Problem, RowResult
    from importer.core.report import FileReport, RosterDiff
    from importer.report.words import RunFacts


BARS = 60
"""At most so many bars: on a phone each is still a few points wide."""
FEWEST = 10
"""Answers from which a drawing says more than a number."""
WIDTHS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds that a bar may stand for; longer runs use multiples of the last."""


def run_timeline(rows: Sequence[RowResult], facts: RunFacts) -> Html:
    """Return the facts of the run as a list, and the drawing where there is enough to draw."""
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


def render(reports: Sequence[FileReport], facts: RunFacts) -> str:
    """Return the whole report as one HTML page. Reads nothing but this package's own style and script."""
    rows = [row for report in reports for row in report.rows]
    said = verdict(reports, facts)
    body = tag("body", _top(said, rows, reports, facts), _main(reports, rows, facts), _foot(facts), _script())
    return f"<!DOCTYPE html>\n{tag('html', _head(said), body, lang='en')}\n"


@cache
def _asset(name: str) -> Html:
    return Html((files("importer.html") / name).read_text(encoding="utf-8"))


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _script() -> Html:
    return tag("script", _asset("report.js"))


def _head(said: str) -> Html:
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{said} Report of meeting-importer"),
        tag("style", style),
    )


def _top(said: str, rows: Sequence[RowResult], reports: Sequence[FileReport], facts: RunFacts) -> Html:
    names = join(_separated([isolate_text(report.input) for report in reports]))
    sandbox = "Sandbox: these links are not real." if facts.sandbox else None
    return tag(
        "header",
        tag("p", "meeting-importer ", facts.command, ", ", stamp(facts.started), class_="aside"),
        tag("h1", said),
        tag("p", names, class_="files") if len(reports) == 1 else None,
        tag("p", sandbox, class_="sandbox") if sandbox else None,
        class_=severity_class(rows, facts.exit_code),
    )


def _separated(parts: Sequence[Html]) -> list[Html]:
    return [part if at == 0 else Html(", " + part) for at, part in enumerate(parts)]


def _main(reports: Sequence[FileReport], rows: Sequence[RowResult], facts: RunFacts) -> Html:
    several, said = len(reports) > 1, of_several_files(reports)
    return tag(
        "main",
        join(_notice(found) for found in said),
        _contents(reports, facts) if several else None,
        *(_file(report, place, facts, said if several else None) for place, report in enumerate(reports, start=1)),
        tag("p", NOBODY_TOLD, class_="note") if any(row.status is Status.CREATED for row in rows) else None,
        tag("section", tag("h2", "How the run went", id="course"), run_timeline(rows, facts), aria_labelledby="course"),
    )


def _contents(reports: Sequence[FileReport], facts: RunFacts) -> Html:
    entries = (
        tag(
            "li",
            tag("a", isolate_text(report.input), href=f"#f{place}"),
            ": ",
            ", ".join(f"{count:,} {word}" for word, (_, count) in _counts(report, facts).items()) or "not used",
        )
        for place, report in enumerate(reports, start=1)
    )
    return tag("nav", tag("h2", "Files"), tag("ol", *entries), aria_label="Files")


def _counts(report: FileReport, facts: RunFacts) -> dict[str, tuple[Status, int]]:
    return counts_in_words(report.rows, sends=facts.sends)


def _file(report: FileReport, place: int, facts: RunFacts, said: Collection[Problem] | None) -> Html:
    """Return the section of one file; `said` is what was said of several files already, None for an only one."""
    several = said is not None
    name = isolate_text(report.input) if several else "The result" if report.rows else "What happened"
    sheet = tag("p", "Sheet: ", isolate_text(report.sheet), class_="aside") if report.sheet else None
    return tag(
        "section",
        tag("h2", name, id=f"f{place}"),
        sheet,
        _copy(report, facts),
        join(_notice(found) for found in report.problems if found not in (said or ())),
        bar(_counts(report, facts)) if report.rows else None,
        attention(report, place),
        _changes(report.news),
        tag("h3", "The rows") if report.rows else None,
        row_table(report, place, sends=facts.sends) if report.rows else None,
        aria_labelledby=f"f{place}",
    )


def _copy(report: FileReport, facts: RunFacts) -> Html | None:
    if report.result is None:
        return None
    link = facts.links.get(report.input)
    name = isolate_text(report.result)
    return tag("p", "Results: ", name if link is None else tag("a", name, href=link), class_="copy")


def _notice(found: Problem) -> Html:
    kind, label = ("error", "Stopped:") if found.severity is Severity.ERROR else ("warning", "Note:")
    detail = tag("p", isolate_text(found.detail), class_="aside") if found.detail and stops_the_run(found) else None
    sentence = tag(
        "p", tag("b", label), " ", isolate_text(found.message), " ", tag("code", found.code), class_=f"notice {kind}"
    )
    return join([sentence, detail])


def _changes(news: RosterDiff | None) -> Html | None:
    if news is None:
        return None
    kinds = ((news.new, "new"), (news.changed, "changed"), (len(news.gone), "no longer in the sheet"))
    counts = ", ".join(f"{rows_counted(count)} {word}" for count, word in kinds if count) or "nothing"
    heading = tag("h3", f"What changed since {stamp(news.since)}")
    gone = folded([_gone(*one) for one in news.gone_with_links], "places") if news.gone else None
    return join([heading, tag("p", counts[0].upper(), counts[1:], "."), gone])


def _gone(external_id: str, link: str) -> Html:
    words = web_link(link, "Join", aria_label=f"Join, {external_id}") if link else None
    return tag("li", isolate_text(external_id), " " if link else None, words)


def _foot(facts: RunFacts) -> Html:
    return tag(
        "footer",
        tag("p", "This page holds names and links that let people in: pass it on only to those who may have them."),
        tag("p", f"Made by meeting-importer {facts.version}, run ", facts.run_id, "."),
    )
