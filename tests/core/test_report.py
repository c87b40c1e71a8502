"""The report adds up, binds results to their row and ID, and the texts for the copy never lose a link."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from importer.core.catalogue import problem
from importer.core.layout import Layout
from importer.core.model import ExitCode, Status, Stop
from importer.core.report import MOST_VALUES, FileReport, Report, exit_code_of, group, worst
from importer.core.results import result_cells, what_to_do
from tests.core.planning import plan, row
from tests.rows import a_meeting, a_row, changed

if TYPE_CHECKING:
    from importer.core.model import Problem
    from importer.core.row import Row

NOW = datetime(2026, 11, 24, 8, 15, tzinfo=UTC)
LAYOUT = Layout(header_row=1, inputs={"start": (2,)}, titles={"start": "Beginn"})


def result(number: int, status: Status = Status.CREATED, **changes: object) -> Row:
    made = a_row(number=number, external_id=f"A-{number}", organizer="ana@contoso.example", status=status)
    return changed(made, **changes)


def test_every_row_is_there_from_the_start() -> None:
    report = Report(plan([row(2), row(3, external_id=None), row(9)]))

    assert [(r.number, r.status) for r in report.results()] == [
        (2, Status.NOT_ATTEMPTED),
        (3, Status.INVALID),
        (9, Status.NOT_ATTEMPTED),
    ]


def test_a_result_for_another_row_or_id_is_refused() -> None:
    report = Report(plan([row(2)]))

    with pytest.raises(LookupError):
        report.record(result(2, external_id="other"))
    with pytest.raises(LookupError):
        report.record(result(3))


@pytest.mark.parametrize(
    ("status", "before", "codes"),
    [
        (Status.CREATED, "https://teams.example/old", ["link-of-another-meeting"]),
        (Status.CREATED, "https://teams.example/new", []),
        (Status.CREATED, "", []),
        (Status.CREATED, "https://teams.sandbox.invalid/old", []),
        (Status.EXISTING, "https://teams.example/old", []),
    ],
)
def test_a_new_meeting_on_a_row_that_had_another_ones_link_is_said(
    status: Status, before: str, codes: list[str]
) -> None:
    report = Report(plan([replace(row(2), standing={"join_url": before} if before else {})]))

    made = a_meeting(graph_id="M", join_url="https://teams.example/new")
    report.record(replace(report.results()[0], status=status, meeting=made))

    assert [found.code for found in report.results()[0].problems] == codes


def test_rows_that_were_not_sent_say_so_and_the_others_keep_their_word() -> None:
    report = Report(plan([row(2), row(3, external_id=None), row(4)]))
    report.record(result(2))
    report.close("not-sent")

    assert [[p.code for p in r.problems] for r in report.results()] == [[], ["required"], ["not-sent"]]


def test_counts_and_exit_codes() -> None:
    rows = [result(2), result(3, Status.FAILED), result(4, Status.FAILED)]
    report = FileReport(input="x", titles={}, rows=rows)

    assert report.counts == {Status.CREATED: 1, Status.FAILED: 2}
    assert exit_code_of(rows, None) is ExitCode.ROWS
    assert exit_code_of(rows[:1], None) is ExitCode.DONE
    assert exit_code_of(rows, Stop(problem("interrupted"), ExitCode.INTERRUPTED)) is ExitCode.INTERRUPTED
    assert worst([ExitCode.ROWS, ExitCode.RESULTS, ExitCode.DONE]) is ExitCode.RESULTS
    assert worst([]) is ExitCode.DONE


def test_an_answered_row_gets_every_text_also_the_blank_ones() -> None:
    meeting = a_meeting(graph_id="G", join_url="https://join/1", meeting_id="123")

    cells = result_cells(result(2, meeting=meeting, checked_at=NOW), LAYOUT, {"join_url": "old"})

    assert (cells["status"], cells["join_url"], cells["conference_id"], cells["checked_at"]) == (
        "created",
        "https://join/1",
        "",
        "2026-11-24 08:15 UTC",
    )


def test_a_row_without_an_answer_leaves_links_alone_and_takes_up_earlier_ones() -> None:
    failed = result(2, Status.FAILED, problems=(problem("no-times", column="start"),))

    assert set(result_cells(failed, LAYOUT, {})) == {"status", "what_to_do"}
    assert result_cells(failed, LAYOUT, {"join_url": "old"})["join_url"] == "old"


def test_what_to_do_names_the_heading_as_the_sheet_spells_it_errors_first() -> None:
    found = (problem("no-times", column="start"), problem("not-a-date", column="start", value="x"), problem("not-sent"))

    lines = what_to_do(found, LAYOUT).split("\n")

    assert lines[0] == "3 problems: [Beginn] 'x' is not a date. Write it like 2026-12-25 09:00."
    assert lines[1].startswith("[Beginn] is blank")
    assert lines[2].startswith("This row was not sent")


def test_how_many_problems_there_are_comes_first_where_the_row_is_too_low_to_show_them_all() -> None:
    bad = problem("not-a-date", column="start", value="x")
    long = problem("no-times", column="start")  # takes two lines

    assert what_to_do((bad,), LAYOUT).startswith("[Beginn] ")
    assert what_to_do((bad, bad), LAYOUT).startswith("[Beginn] ")
    assert what_to_do((bad, bad, bad), LAYOUT).startswith("3 problems: [Beginn] ")
    assert what_to_do((bad, long), LAYOUT).startswith("2 problems: [Beginn] ")
    assert what_to_do((long, long), LAYOUT).startswith("2 notes: [Beginn] ")


def test_no_unknown_person_hides_behind_another_and_each_has_its_rows() -> None:
    def unknown(name: str) -> Problem:
        return problem("attendee-not-found", column="attendees", value=name, hint="")

    names = [f"p{n}@contoso.example" for n in (1, 2, 1, 3, 2, 1)]
    rows = [result(n, problems=(unknown(name),)) for n, name in enumerate(names, start=2)]

    assert [(g.example.value, g.rows, g.place) for g in group(rows)] == [
        ("p1@contoso.example", (2, 4, 7), "3 rows (2, 4 and 7)"),
        ("p2@contoso.example", (3, 6), "2 rows (3 and 6)"),
        ("p3@contoso.example", (5,), "row 5"),
    ]


def test_of_very_many_values_the_first_are_said_and_the_rest_is_counted() -> None:
    rows = [result(n, problems=(problem("not-a-date", column="start", value=f"v{n}"),)) for n in range(2, 102)]

    *first, rest = group(rows)

    assert [g.rows for g in first] == [(n,) for n in range(2, 2 + MOST_VALUES)]
    assert (rest.values, rest.rows) == (100 - MOST_VALUES, tuple(range(2 + MOST_VALUES, 102)))
    assert len(group(rows, most=None)) == 100


def test_equal_problems_are_one_line_with_count_and_rows() -> None:
    bad = problem("not-a-date", column="start", value="x")
    other = problem("not-a-date", column="start", value="y")
    rows = [result(n, Status.INVALID, problems=(bad if n < 9 else other,)) for n in (4, 7, 9)]
    rows.append(result(12, problems=(problem("subject-blank", column="subject"),)))

    groups = group(rows)

    assert [(g.example.code, g.rows, g.alike, g.place) for g in groups] == [
        ("not-a-date", (4, 7), True, "2 rows (4 and 7)"),
        ("not-a-date", (9,), True, "row 9"),
        ("subject-blank", (12,), True, "row 12"),
    ]
