"""All rows of a file as a table: readable as it is; a script adds filter and sort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core.invitation import when_in_words
from importer.core.report import needs_somebody
from importer.core.verdict import counts_in_words, status_in_words
from importer.core.wording import rows_counted
from importer.html.attention import problem_line
from importer.html.counts import pill
from importer.html.markup import Html, join, stranger, tag, web_link

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from importer.core.model import Meeting, RowResult
    from importer.core.report import FileReport

COLUMNS = ("Row", "External ID", "Subject", "When", "Organizer", "Status", "Link", "What to do")
MOST = 20_000
"""Rows in a table. From here on a page takes long to open on a phone; these are about 18 MB already."""
UNSORTED = {"Link"}
"""Links have no order anybody would look for."""


def row_table(report: FileReport, place: int, *, sends: bool = True, most: int = MOST) -> Html:
    """Gives the table of one file's rows, `most` at most, and the controls that a script brings to life.

    `sends` says whether rows were to be sent: else those that could be are ready.
    """
    rows = _shown(report.rows, most)
    caption = tag("caption", _caption(len(rows), len(report.rows)), " of ", stranger(report.input), class_="aside")
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
    """Gives the rows that the table has: all of them, or of too many those that have something to say."""
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
        _cell(stranger(row.external_id)),
        _cell(stranger("" if planned is None else planned.subject)),
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
    return Html(stranger(name).replace("@", "@<wbr>", 1))


def _sortable(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y%m%d%H%M}"


def _link(meeting: Meeting | None, row: RowResult) -> Html:
    """The link says which row's it is: a screen reader lists links without their rows."""
    if meeting is None or not meeting.join_url:
        return Html()
    words = web_link(meeting.join_url, "Join", aria_label=f"Join, row {row.number}")
    numbers = (("ID", meeting.meeting_id), ("Phone", meeting.dial_in_number), ("Conference", meeting.conference_id))
    return join([words, *(tag("p", label, " ", stranger(said)) for label, said in numbers if said)])
