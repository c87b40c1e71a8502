"""All rows of a file as a table: readable as it is; a script adds filter and sort.

What needs a person: equal problems once, apart by who can fix them, each with its rows.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from importer.core.catalogue import CATALOGUE
from importer.core.model import Severity
from importer.core.report import HEADINGS, Group, counts_in_words, group, needs_somebody, status_in_words
from importer.core.results import when_in_words
from importer.core.wording import rows_counted
from importer.report.words import Html, isolate_text, join, pill, ranges, tag, web_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from importer.core.catalogue import Entry
    from importer.core.model import Meeting, Problem, RowResult
    from importer.core.report import FileReport


MORE_LINES = 200
"""Rows whose details are looked at for further lines to type: more than this nobody types."""
SHOWN = 8
"""Places shown before the rest goes behind a click: about what a phone shows at once."""


def attention(report: FileReport, place: int) -> Html:
    """Return the groups of one file's problems; `place` is the file's in the report, for links to its rows."""
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
    """Return one problem as the sheet says it: its heading in brackets, then the sentence."""
    title = titles.get(found.column, "")
    heading = tag("b", "[", isolate_text(title), "] ") if title else None
    return join([heading, isolate_text(found.message)])


def row_link(number: int, place: int, words: str = "") -> Html:
    """Return a link to a row further down."""
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
    """Return how to fix it; what is to be typed keeps its lines, for copying, and has the IDs of these rows in it."""
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
    """Return a list, what is beyond a screenful behind a click that needs no script."""
    shown = tag("ul", *items[:SHOWN], class_=kind)
    rest = items[SHOWN:]
    if not rest:
        return shown
    more = tag("details", tag("summary", f"{len(rest):,} more"), tag("ul", *rest, class_=kind))
    return Html(shown + more)


COLUMNS = ("Row", "External ID", "Subject", "When", "Organizer", "Status", "Link", "What to do")
MOST = 20_000
"""Rows in a table. From here on a page takes long to open on a phone; these are about 18 MB already."""
UNSORTED = {"Link"}
"""Links have no order anybody would look for."""


def row_table(report: FileReport, place: int, *, sends: bool = True, most: int = MOST) -> Html:
    """Return the table of one file's rows, `most` at most, and the controls that a script brings to life.

    `sends` says whether rows were to be sent: else those that could be are ready.
    """
    rows = _shown(report.rows, most)
    caption = tag("caption", _caption(len(rows), len(report.rows)), " of ", isolate_text(report.input), class_="aside")
    heads = (tag("th", name, scope="col", role="columnheader") for name in COLUMNS)
    body = (_row(row, report, place, sends=sends) for row in rows)
    table = tag(
        "table",
        caption,
        tag("thead", tag("tr", *heads, role="row"), role="rowgroup"),
        tag("tbody", *body, role="rowgroup"),
        class_="rows",
        role="table",
        id=f"f{place}-rows",
    )
    return Html(_controls(rows, place, sends=sends) + table)


def _shown(rows: Sequence[RowResult], most: int) -> list[RowResult]:
    """Return the rows that the table has: all of them, or of too many those that have something to say."""
    worst_first = sorted(rows, key=lambda row: (not needs_somebody(row), not row.problems))[:most]
    return sorted(worst_first, key=lambda row: row.number)


def _caption(listed: int, rows: int) -> str:
    if listed == rows:
        return f"All {rows_counted(rows)}"
    return f"{listed:,} of {rows_counted(rows)}, those with problems first (the results copy has them all),"


def _controls(rows: Sequence[RowResult], place: int, *, sends: bool) -> Html:
    """Filter and sort; hidden until the script that makes them work has run."""
    statuses = [tag("option", word, value=word) for word in counts_in_words(rows, sends=sends)]
    bad = tag("option", "needs somebody", value="!") if any(map(needs_somebody, rows)) else None
    orders = [tag("option", name, value=at) for at, name in enumerate(COLUMNS) if name not in UNSORTED]
    return tag(
        "div",
        _field("Search", tag("input", type="search", id=f"f{place}-search", autocomplete="off"), f"f{place}-search"),
        _field(
            "Show",
            tag("select", tag("option", "all rows", value=""), bad, *statuses, id=f"f{place}-show"),
            f"f{place}-show",
        ),
        _field("Sort by", tag("select", *orders, id=f"f{place}-sort"), f"f{place}-sort"),
        tag("p", rows_counted(len(rows)), role="status", id=f"f{place}-shown"),
        class_="controls",
        role="search",
        aria_label="Filter and sort the rows",
        hidden=True,
        data_table=f"f{place}-rows",
    )


def _field(label: str, control: Html, target: str) -> Html:
    return tag("div", tag("label", label, for_=target), control)


def _row(row: RowResult, report: FileReport, place: int, *, sends: bool) -> Html:
    planned = row.planned
    start = None if planned is None else planned.start
    when = "" if planned is None else when_in_words(start, planned.end, planned.zone)
    return tag(
        "tr",
        tag("th", str(row.number), scope="row", role="rowheader"),
        _cell(isolate_text(row.external_id)),
        _cell(isolate_text("" if planned is None else planned.subject)),
        _cell(when, _sortable(start)),
        _cell(_address(row.organizer)),
        _cell(pill(row.status, status_in_words(row, sends=sends))),
        _cell(_link(row.meeting, row)),
        _cell(join(tag("p", problem_line(found, report.titles)) for found in row.problems)),
        id=f"f{place}-r{row.number}",
        role="row",
        data_bad=needs_somebody(row),
    )


def _cell(content: str | Html, sort: str | None = None) -> Html:
    return tag("td", content, role="cell", data_sort=sort)


def _address(name: str) -> Html:
    """A sign-in name breaks after its @, not in the middle of a word."""
    return Html(isolate_text(name).replace("@", "@<wbr>", 1))


def _sortable(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y%m%d%H%M}"


def _link(meeting: Meeting | None, row: RowResult) -> Html:
    """The link says which row's it is: a screen reader lists links without their rows."""
    if meeting is None or not meeting.join_url:
        return Html()
    words = web_link(meeting.join_url, "Join", aria_label=f"Join, row {row.number}")
    numbers = (("ID", meeting.meeting_id), ("Phone", meeting.dial_in_number), ("Conference", meeting.conference_id))
    return join([words, *(tag("p", label, " ", isolate_text(said)) for label, said in numbers if said)])
