"""The page as a whole: what may run in it, what stands on top, and each file in turn.

Source of the policy: https://www.w3.org/TR/CSP3/. Everything is forbidden but this page's own style and script, known
by their hashes: a cell that got past the escaping could still run nothing and fetch nothing.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from importer.core.model import Severity, Status
from importer.core.summary import NOBODY_TOLD, of_several_files, stops_the_run
from importer.core.verdict import counts_in_words
from importer.core.wording import rows_counted
from importer.html.attention import attention, folded
from importer.html.counts import bar
from importer.html.course import course
from importer.html.markup import Html, join, stranger, tag, web_link
from importer.html.rows import row_table
from importer.html.words import stamp, tone, verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from importer.core.model import Problem, RowResult
    from importer.core.report import FileReport
    from importer.core.roster import News
    from importer.html.facts import RunFacts


def render(reports: Sequence[FileReport], facts: RunFacts) -> str:
    """Gives the whole report as one HTML page. Reads nothing but this package's own style and script."""
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
    names = join(_separated([stranger(report.input) for report in reports]))
    sandbox = "Sandbox: these links are not real." if facts.sandbox else None
    return tag(
        "header",
        tag("p", "meeting-importer ", facts.command, ", ", stamp(facts.started), class_="aside"),
        tag("h1", said),
        tag("p", names, class_="files") if len(reports) == 1 else None,
        tag("p", sandbox, class_="sandbox") if sandbox else None,
        class_=tone(rows, facts.exit_code),
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
        tag("section", tag("h2", "How the run went", id="course"), course(rows, facts), aria_labelledby="course"),
    )


def _contents(reports: Sequence[FileReport], facts: RunFacts) -> Html:
    entries = (
        tag(
            "li",
            tag("a", stranger(report.input), href=f"#f{place}"),
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
    name = stranger(report.input) if several else "The result" if report.rows else "What happened"
    sheet = tag("p", "Sheet: ", stranger(report.sheet), class_="aside") if report.sheet else None
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
    name = stranger(report.result)
    return tag("p", "Results: ", name if link is None else tag("a", name, href=link), class_="copy")


def _notice(found: Problem) -> Html:
    kind, label = ("error", "Stopped:") if found.severity is Severity.ERROR else ("warning", "Note:")
    detail = tag("p", stranger(found.detail), class_="aside") if found.detail and stops_the_run(found) else None
    sentence = tag(
        "p", tag("b", label), " ", stranger(found.message), " ", tag("code", found.code), class_=f"notice {kind}"
    )
    return join([sentence, detail])


def _changes(news: News | None) -> Html | None:
    if news is None:
        return None
    kinds = ((news.new, "new"), (news.changed, "changed"), (len(news.gone), "no longer in the sheet"))
    counts = ", ".join(f"{rows_counted(count)} {word}" for count, word in kinds if count) or "nothing"
    heading = tag("h3", f"What changed since {stamp(news.since)}")
    gone = folded([_gone(*one) for one in news.gone_with_links], "places") if news.gone else None
    return join([heading, tag("p", counts[0].upper(), counts[1:], "."), gone])


def _gone(external_id: str, link: str) -> Html:
    words = web_link(link, "Join", aria_label=f"Join, {external_id}") if link else None
    return tag("li", stranger(external_id), " " if link else None, words)


def _foot(facts: RunFacts) -> Html:
    return tag(
        "footer",
        tag("p", "This page holds names and links that let people in: pass it on only to those who may have them."),
        tag("p", f"Made by meeting-importer {facts.version}, run ", facts.run_id, "."),
    )
