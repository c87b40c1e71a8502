"""The summary's table on a terminal of any width: nothing cut off, nothing ragged, and text that is only ever read."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from importer.console import console_for
from importer.console.summary import show_problem, show_rows, show_summary
from importer.core.catalogue import CATALOGUE, problem
from importer.core.model import Status
from tests.console.screens import Window, not_a_date, report, row
from tests.rows import changed

if TYPE_CHECKING:
    from importer.core.report import FileReport

NOON = datetime(2027, 3, 15, 12, tzinfo=UTC)
SAMPLE = report(
    [
        row(2, Status.CREATED),
        not_a_date(3, "32/01"),
        not_a_date(4, "32/01"),
        row(5, Status.FAILED, problem("access-policy-missing", column="organizer", organizer="bo@contoso.com")),
    ]
)


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_narrow_window_shows_rows_beside_sentences_that_wrap_under_themselves() -> None:
    window = Window(60)

    show_summary(window.console, [SAMPLE], verbose=False)

    assert window.screen == [
        "r.xlsx",
        "  4 rows: 1 created, 2 invalid, 1 failed",
        "  To fix in the sheet",
        "    3, 4  [Start] '32/01' is not a date. Write it like",
        "          2026-12-25 09:00. (not-a-date)",
        "  For the administrator",
        "    5     [Organizer] Teams does not let this program make",
        "          meetings for bo@contoso.com. Ask your",
        "          administrator to allow it with an application",
        "          access policy, wait 30 minutes, and run again.",
        "          (access-policy-missing)",
        "  More about a code: meeting-importer explain not-a-date",
        "  The meetings are on nobody's calendar and no mail was",
        "  sent: have people invited with --calendar, or pass on the",
        "  join links, or the calendar files that --ics makes.",
    ]


def test_a_wide_window_has_columns_for_heading_and_code_too() -> None:
    window = Window(140)

    show_summary(window.console, [SAMPLE], verbose=False)

    table = [tuple(map(str.strip, (line[:10], line[10:21], line[21:117], line[117:]))) for line in window.screen[2:8]]
    assert table[0] == ("Rows", "Heading", "What to do", "Code")
    assert window.screen[3] == "  To fix in the sheet"
    assert table[2] == ("3, 4", "Start", "'32/01' is not a date. Write it like 2026-12-25 09:00.", "not-a-date")
    assert window.screen[5] == "  For the administrator"
    assert (*table[4][:2], table[4][3]) == ("5", "Organizer", "access-policy-missing")
    assert (table[5][0], table[5][1], table[5][3]) == ("", "", "")
    assert table[4][2].startswith("Teams does not let")
    assert table[5][2].endswith("and run again.")


def test_many_rows_are_counted_and_their_first_and_last_named() -> None:
    window = Window(60)

    show_summary(window.console, [report(not_a_date(number) for number in range(2, 2000, 2))], verbose=False)

    assert [line[:15].rstrip() for line in window.screen[3:5]] == ["    999 rows,", "    2 to 1998"]


def test_a_window_too_narrow_for_a_table_gets_lines() -> None:
    window = Window(40)

    show_summary(window.console, [SAMPLE], verbose=False)

    assert "    2 rows, from row 3 to row 4: [Start]" in window.screen
    assert "    '32/01' is not a date. Write it like" in window.screen


def test_a_pipe_gets_each_problem_on_one_line_however_long() -> None:
    stream = io.StringIO()

    show_summary(console_for(stream, color=True), [SAMPLE], verbose=False)

    said = stream.getvalue()
    assert "    Row 5: [Organizer] Teams does not let" in said
    assert max(map(len, said.splitlines())) > 160
    assert "\x1b" not in said


def test_thousands_of_different_mistakes_fit_one_screen() -> None:
    window = Window(80)
    rows = [not_a_date(number, f"{number}.13.") for number in range(2, 5000)]

    show_summary(window.console, [report(rows)], verbose=False)

    assert len(window.screen) < 24
    assert "4993 more values. Row 7: [Start]" in " ".join(" ".join(window.screen).split())


def test_verbose_shows_the_technical_detail_under_its_sentence() -> None:
    window = Window(60)

    show_summary(window.console, [report([not_a_date(3, detail="cell C3, shared string 7")])], verbose=True)

    assert window.screen[5] == "          cell C3, shared string 7"


def test_a_path_is_never_broken_so_that_it_can_be_copied() -> None:
    window = Window(60)
    path = "C:\\Users\\Ana\\OneDrive - Contoso\\Exports\\" + "timetable-" * 8 + "results.xlsx"

    show_summary(window.console, [report([row(2, Status.EXISTING)], result=path)], verbose=False)

    assert f"Results: \x1b[1m{path}\x1b[0m\n" in window.stream.getvalue()


NOT_SET_UP = problem("sign-in-not-set-up", missing="AZURE_TENANT_ID", detail="AADSTS90002: Tenant 'x' not found")


def said(*reports: FileReport, verbose: bool = False, sends: bool = True) -> str:
    stream = io.StringIO()
    show_summary(console_for(stream, color=False), reports, verbose=verbose, sends=sends)
    return stream.getvalue()


def test_what_stops_the_whole_run_is_said_once_with_its_detail() -> None:
    files = [report([row(2, Status.NOT_ATTEMPTED)], input=f"{n}.csv", problems=(NOT_SET_UP,)) for n in range(3)]

    text = said(*files)

    assert text.count("Still missing: AZURE_TENANT_ID") == 1
    assert text.count("AADSTS90002") == 1
    assert text.count("Stopped: as said above (sign-in-not-set-up).") == 3
    assert said(files[0]).count("AADSTS90002") == 1


def test_the_detail_of_what_the_sheet_is_to_be_mended_for_is_for_the_verbose() -> None:
    damaged = report([], problems=(problem("workbook-damaged", value="r.xlsx", detail="reader: crc"),))

    assert "reader: crc" not in said(damaged)
    assert "reader: crc" in said(damaged, verbose=True)


def test_rows_that_could_be_sent_are_ready_where_nothing_was_to_be_sent() -> None:
    rows = [
        row(2, Status.NOT_ATTEMPTED),
        row(3, Status.NOT_ATTEMPTED, problem("held-back")),
        row(4, Status.INVALID, problem("required", column="organizer")),
    ]

    assert "3 rows: 1 invalid, 1 not attempted, 1 ready" in said(report(rows), sends=False)
    assert "3 rows: 1 invalid, 2 not attempted" in said(report(rows))


def test_one_row_is_not_rows() -> None:
    assert "1 row: 1 created" in said(report([row(2, Status.CREATED)]))


def test_a_sheet_in_which_nothing_has_changed_is_named() -> None:
    unchanged = report([row(2, Status.UNCHANGED)], sheet="History", result="r-results.xlsx")
    assert "r.xlsx (sheet History): 1 row, all unchanged. Results: r-results.xlsx" in said(unchanged)


def test_whoever_runs_it_is_told_how_teams_is_changed() -> None:
    assert "run again with --update" in said(report([row(2, Status.DIFFERS)]))
    assert "--update" not in said(report([row(2, Status.EXISTING)]))
    refused = (problem("update-failed", reason="No."), problem("row-mixed-up"), problem("options-not-shown"))
    for_good = problem("differs-option-for-good", column="names_hidden", sheet="no", teams="yes")
    for found in (*refused, for_good):
        assert "--update" not in said(report([changed(row(2, Status.DIFFERS), problems=(found,))]))


@pytest.mark.parametrize("columns", [50, 80, 109, 110, 140])
def test_no_column_breaks_a_word_that_it_could_hold(columns: int) -> None:
    window = Window(columns)
    mistakes = [
        problem(code, column="start", value="x", others="row 9", would="")
        for code in ("duplicate-external-id", "not-a-date")
    ]
    title = "Teilnehmerverzeichnis (Online)"
    sample = report([row(12345, Status.INVALID, *mistakes)], titles={"start": title})

    show_summary(window.console, [sample], verbose=False)

    shown = {word.strip("[]()") for line in window.screen for word in line.split()}
    assert {"Teilnehmerverzeichnis", "duplicate-external-id", "12345", "organizer."} <= shown


ESCAPES = [
    "\x1b[31mred",
    "\x1b]8;;http://evil.example\x1b\\click",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b2J",
    "\x9d52;c;eA==\x9c",
    "\x08\x08\x08",
    "a\rb",
    "\u202egnp.exe",
    "\x7f",
]
DANGEROUS = re.compile("[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\x1b(?!\\[[0-9;]*m)")
"""All but line feeds and rich's own colours."""


@pytest.mark.parametrize("text", ESCAPES)
@pytest.mark.parametrize("columns", [40, 60, 140])
def test_what_stands_in_a_cell_does_nothing_to_the_terminal(text: str, columns: int) -> None:
    window = Window(columns)
    hostile = not_a_date(3, text, text)
    facts = {"titles": {"start": text}, "input": text, "result": text, "sheet": text}

    show_summary(window.console, [report([hostile], problems=hostile.problems, **facts)], verbose=True)
    show_problem(window.console, hostile.problems[0], verbose=True)

    assert DANGEROUS.findall(window.stream.getvalue()) == []
    assert "\N{REPLACEMENT CHARACTER}" in window.stream.getvalue()
    assert "\x1b[31mred" not in window.stream.getvalue()


@pytest.mark.parametrize(
    "value", ["数学の会議" * 15, "👍🏽" * 30, "שלום עולם " * 9, "e\u0301" * 60, "[bold]" * 9, ":smile:"]
)
@pytest.mark.parametrize("columns", [60, 140])
def test_wide_and_joined_signs_stay_in_their_column(value: str, columns: int) -> None:
    window = Window(columns)

    show_summary(window.console, [report([not_a_date(3, value)])], verbose=False)

    lines = [re.sub("\x1b\\[[0-9;]*m", "", line) for line in window.stream.getvalue().splitlines()]
    assert [line for line in lines if cell_len(line) > columns] == []
    assert value[:6] in "".join(lines)


@given(st.text(max_size=40), st.integers(20, 200))
def test_any_text_on_any_width_is_shown_without_harm(value: str, columns: int) -> None:
    window = Window(columns)

    show_summary(window.console, [report([not_a_date(3, value)])], verbose=False)

    assert DANGEROUS.findall(window.stream.getvalue()) == []


def test_every_code_there_is_at_once_is_still_a_table() -> None:
    window = Window(140)
    rows = [
        row(number, Status.INVALID, problem("required", column=f"c{number}")) for number in range(2, len(CATALOGUE))
    ]

    show_summary(window.console, [report(rows)], verbose=False)

    assert (
        len(window.stream.getvalue().splitlines()) == len(rows) + 5
    )  # the file, its counts, headings, one section, and where to read more


def previewed(window: Window, count: int) -> list[str]:
    """Return what a window shows of the rows themselves."""
    rows = [
        row(2, Status.NOT_ATTEMPTED),
        changed(row(30, Status.NOT_ATTEMPTED), subject="[red]x[/]", start=NOON, end=NOON, attendees=["bo@contoso.com"]),
        row(31, Status.NOT_ATTEMPTED),
    ]
    show_summary(window.console, [report(rows)], verbose=False, sends=False, previewed=count)
    return window.screen[2:]


def test_a_wide_window_has_a_line_for_each_row_that_was_read() -> None:
    first, headings, one, other = previewed(Window(180), 2)

    assert first.strip() == "As the first rows were read:"
    assert headings.split()[:4] == ["Row", "External", "ID", "Subject"]
    assert one.split()[:2] == ["2", "id-2"]
    assert other.index("Mon 15 Mar 2027, 12:00") == headings.index("Start")
    assert other.endswith("ana@contoso.com  bo@contoso.com")
    assert "[red]x[/]" in other


def test_a_narrow_window_has_a_few_lines_for_each_row() -> None:
    screen = previewed(Window(70), 3)

    assert screen[0].strip() == "As the rows were read:"
    assert "     30  id-30  [red]x[/]" in screen
    assert "         ana@contoso.com, with bo@contoso.com" in screen


def test_nobody_who_asks_for_no_rows_gets_any() -> None:
    assert previewed(Window(70), 0) == []


def test_a_preview_that_a_pipe_s_code_page_lacks_words_for_is_shown_all_the_same() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")

    show_rows(console_for(stream, color=True), [changed(row(2, Status.NOT_ATTEMPTED), subject="\u4f1a\u8b70\u2026")], 1)

    stream.flush()
    assert "id-2" in stream.buffer.getvalue().decode("ascii")
