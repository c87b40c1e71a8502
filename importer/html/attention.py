"""What needs a person: equal problems once, apart by who can fix them, each with its rows."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from importer.core.catalogue import CATALOGUE
from importer.core.model import Severity
from importer.core.summary import HEADINGS, Group, group
from importer.core.wording import rows_counted
from importer.html.markup import Html, join, stranger, tag
from importer.html.words import ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.core.catalogue import Entry
    from importer.core.model import Problem
    from importer.core.report import FileReport

MORE_LINES = 200
"""Rows whose details are looked at for further lines to type: more than this nobody types."""
SHOWN = 8
"""Places shown before the rest goes behind a click: about what a phone shows at once."""


def attention(report: FileReport, place: int) -> Html:
    """Gives the groups of one file's problems; `place` is the file's in the report, for links to its rows."""
    groups = group(report.rows, most=None)
    if not groups:
        return Html()
    parts = [
        tag("h3", HEADINGS[key])
        + join(_entry([*kind], report, place) for _, kind in groupby(members, key=lambda entry: entry.kind))
        for key, members in groupby(groups, key=lambda entry: (entry.example.severity, entry.who))
    ]
    return Html("".join(parts))


def problem_line(found: Problem, titles: Mapping[str, str]) -> Html:
    """Gives one problem as the sheet says it: its heading in brackets, then the sentence."""
    title = titles.get(found.column, "")
    heading = tag("b", "[", stranger(title), "] ") if title else None
    return join([heading, stranger(found.message)])


def row_link(number: int, place: int, words: str = "") -> Html:
    """Gives a link to a row further down."""
    return tag("a", words or f"row {number}", href=f"#f{place}-r{number}")


def _entry(kind: Sequence[Group], report: FileReport, place: int) -> Html:
    """Return one kind of problem: its sentence, or a line for each value or row where the sentences differ."""
    example = kind[0].example
    known = CATALOGUE[example.code]
    body = _alike(kind[0], report, place) if len(kind) == 1 and kind[0].alike else _each(kind, report, place)
    rows = {number for entry in kind for number in entry.rows}
    title = tag("h4", known.title, " ", tag("span", rows_counted(len(rows)), class_="many"))
    severity = "error" if example.severity is Severity.ERROR else "warning"
    return tag("article", title, body, *_fix(known, kind), class_=f"issue {severity}")


def _fix(known: Entry, kind: Iterable[Group]) -> Iterator[Html]:
    """Gives how to fix it; what is to be typed keeps its lines, for copying, and has the IDs of these rows in it."""
    words, *typed = known.fix.replace("`", "").splitlines()
    typed = _filled_in(typed, kind) if typed else []
    yield tag("p", "How to fix it: ", words, " ", tag("code", known.code), class_="fix")
    if typed:
        yield tag("pre", "\n".join(typed), tabindex="0")


def _filled_in(typed: Sequence[str], kind: Iterable[Group]) -> list[str]:
    """Return the lines to type as the rows' details have them, with their IDs; else the catalogue's own lines.

    Details of other rows differ in a few lines, say one for each organizer; those go behind the last one that begins
    like them.
    """
    known = [
        lines
        for entry in kind
        for _, found in entry.members
        if (lines := found.detail.splitlines()[1:]) and lines[0] == typed[0]
    ]
    if not known:
        return list(typed)
    filled = list(known[0])
    for line in dict.fromkeys(line for lines in known[1 : 1 + MORE_LINES] for line in lines if line not in filled):
        like = [at for at, one in enumerate(filled) if one.rpartition(" ")[0] == line.rpartition(" ")[0]]
        filled.insert(like[-1] + 1 if like else len(filled), line)
    return filled


def _alike(entry: Group, report: FileReport, place: int) -> Html:
    sentence = tag("p", problem_line(entry.example, report.titles))
    return join([sentence, folded([tag("li", link) for link in _places(entry.rows, place)], "places")])


def _places(rows: Iterable[int], place: int) -> list[Html]:
    return [
        row_link(first, place, f"row {first}" if first == last else f"rows {first} to {last}")
        for first, last in ranges(rows)
    ]


def _each(kind: Iterable[Group], report: FileReport, place: int) -> Html:
    lines = []
    for entry in kind:
        if entry.alike:
            links = [part for link in _places(entry.rows, place) for part in (", ", link)][1:]
            lines.append(tag("li", *links, " ", problem_line(entry.example, report.titles)))
        else:
            lines += [
                tag("li", row_link(number, place), " ", problem_line(found, report.titles))
                for number, found in entry.members
            ]
    return folded(lines, "lines")


def folded(items: Sequence[Html], kind: str) -> Html:
    """Gives a list, what is beyond a screenful behind a click that needs no script."""
    shown = tag("ul", *items[:SHOWN], class_=kind)
    rest = items[SHOWN:]
    if not rest:
        return shown
    more = tag("details", tag("summary", f"{len(rest):,} more"), tag("ul", *rest, class_=kind))
    return Html(shown + more)
