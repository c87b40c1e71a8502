"""A column of a person's own is never filled in, whatever its heading: promise P3, on both formats."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core.catalogue import CATALOGUE, problem
from importer.core.columns import COLUMNS, EXTRA_COLUMNS, RESULT_COLUMNS
from importer.core.layout import find_layout
from importer.core.model import ExitCode, Meeting, Severity, Status, Stop
from importer.core.results import own_results, result_cells, what_to_do
from importer.tables import read_table
from importer.tables.base import SheetRequest
from importer.tables.copies import check_copy
from tests.core.test_catalogue import said
from tests.rows import a_meeting, a_row
from tests.tables.packages import KEYS, SHEET, book, opened, part_of, row, sheet, text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.tables.base import Table
    from tests.tables.conftest import Format

ALL = (*KEYS, *(column.key for column in EXTRA_COLUMNS))
HEADINGS = ["External ID", "Subject", "Organizer"]
TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_{}%40thread.v2/0?context=%7b%22Tid%22%3a%22t%22%7d"
OWN = {
    "status": ("Scheduled", "cancelled by teacher", "done", "created by Ana", "1"),
    "what_to_do": ("ask Bob", "bring the projector\nand the cable", "[1] call", "x"),
    "join_url": ("https://zoom.example/j/82000000001", "in the mail", "https://meet.google.com/abc-defg-hij"),
    "conference_id": ("791473211", "CONF 12"),
    "dial_in_number": ("+49 69 1234", "see the mail"),
    "meeting_id": ("82000000001", "820 0000 0001"),
    "graph_id": ("MSo1", "node 7"),
    "checked_at": ("2026-11-30", "yes", "Ana", "2026-11-30 21:00:00"),
    "passcode": ("abc123",),
    "toll_free_number": ("0800 1",),
    "dial_in_url": ("https://dial.example/1",),
    "video_id": ("113",),
    "options_url": ("https://options.example/1",),
    "expires": ("2027-01-30",),
    "chat_thread": ("19:x@thread.v2",),
    "invitation_text": ("Dear all",),
}
"""What other systems and people have under these headings."""


def meeting(name: str) -> Meeting:
    return a_meeting(
        graph_id=f"MSo{name}",
        join_url=TEAMS.format(name),
        conference_id="791473211",
        dial_in_number="+1 206-555-0100",
        toll_free_number="+1 800 1",
        dial_in_url="https://dialin.teams.microsoft.com/x?id=1",
        meeting_id="240 131 615 922 4",
        passcode="aB3cD4",
        video_id="113771233 7",
        options_url="https://teams.microsoft.com/meetingOptions/?a=1",
        expires="2027-05-30T00:00:00Z",
        chat_thread="19:meeting_x@thread.v2",
    )


def answered(table: Table, status: Status = Status.CREATED) -> dict[int, dict[str, str]]:
    """What a run writes on every row."""
    now = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)
    rows = [
        a_row(
            number=row.number,
            external_id="x",
            organizer="o",
            status=status,
            meeting=meeting(str(row.number)),
            checked_at=now,
        )
        for row in table.rows()
    ]
    return {one.number: result_cells(one, table.layout, {}) | {"invitation_text": "Join"} for one in rows}


def column_of(table: Table, heading: str) -> list[object]:
    """What stands under a heading, from the first row on."""
    again = read_table_raw(table)
    place = next(at for at, text in enumerate(again[0]) if text == heading)
    return [row[place] if place < len(row) else "" for row in again[1:]]


def read_table_raw(table: Table) -> list[list[object]]:
    return [list(values) for _, values in table.raw_rows()]  # type: ignore[attr-defined]  # both formats have it


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, texts in OWN.items() for text in texts])
def test_a_column_of_the_sheets_own_stays_and_ours_stands_elsewhere(fmt: Format, key: str, text: str) -> None:
    heading = COLUMNS[key].heading
    rows: list[list[str | None]] = [
        [*HEADINGS, heading],
        ["1", "a", "b@c.d", text],
        ["2", "a", "b@c.d", None],
        ["3", "a", "b@c.d", text],
    ]
    table = fmt.table(rows).settled()
    results = answered(table)
    copy = table.with_results(results, ALL)
    check_copy(table, copy, results, ALL)

    again = fmt.read(copy).settled()
    assert column_of(again, heading) == [text, "", text]
    assert [(found.code, found.column) for found in table.placed(ALL).notices] == [("column-not-ours", key)]
    assert again.layout.title(key) == f"{heading} (meeting-importer)"
    assert [row.standing.get(key, "") for row in again.rows()] == [results[row.number][key] for row in again.rows()]
    assert [(found.code, found.column) for found in again.placed(ALL).notices] == [("column-not-ours", key)]


def test_all_of_them_at_once_and_the_next_run_with_the_copy_finds_ours_again(fmt: Format) -> None:
    own = {key: texts[0] for key, texts in OWN.items()}
    rows: list[list[str | None]] = [
        [*HEADINGS, *(COLUMNS[key].heading for key in own)],
        ["1", "a", "b@c.d", *own.values()],
        ["2", "a", "b@c.d", *own.values()],
    ]
    data = fmt.write(rows)
    for _ in range(3):
        table = fmt.read(data).settled()
        results = answered(table)
        copy = table.with_results(results, ALL)
        check_copy(table, copy, results, ALL)
        data = copy
    last = fmt.read(data).settled()
    assert len(last.layout.texts) == 3 + 2 * len(own)
    for key, said_there in own.items():
        assert column_of(last, COLUMNS[key].heading) == [said_there, said_there]


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("spelled", [str.lower, str.upper, str.title])
def test_a_column_of_ours_is_ours(fmt: Format, status: Status, spelled: object) -> None:
    assert callable(spelled)
    rows: list[list[str | None]] = [
        [*HEADINGS, "Status"],
        ["1", "a", "b@c.d", spelled(status.value)],
        ["2", "a", "b@c.d", None],
    ]
    table = fmt.table(rows).settled()
    assert (table.layout.results, table.placed(ALL).notices) == ({"status": 3}, ())


def test_what_a_run_wrote_is_ours_and_stays_in_its_columns(fmt: Format) -> None:
    data = fmt.write([HEADINGS, ["1", "a", "b@c.d"], ["2", "a", "b@c.d"]])
    texts = None
    for _ in range(3):
        table = fmt.read(data).settled()
        assert table.placed(ALL).notices == ()
        assert texts is None or table.layout.texts == texts
        results = answered(table)
        data = table.with_results(results, ALL)
        texts = fmt.read(data).layout.texts


def test_links_of_another_service_are_ours_in_rows_that_were_answered(fmt: Format) -> None:
    rows: list[list[str | None]] = [
        [*HEADINGS, "Checked at", "Join URL"],
        ["1", "a", "b@c.d", "2026-11-30 21:00 UTC", "https://graph.example/j/1"],
    ]
    assert set(fmt.table(rows).settled().layout.results) == {"checked_at", "join_url"}
    rows[1][3] = None
    assert set(fmt.table(rows).settled().layout.results) == {"checked_at"}


def test_a_word_that_other_systems_have_too_makes_no_link_ours(fmt: Format) -> None:
    rows = [[*HEADINGS, "Status", "Join URL"], ["1", "a", "b@c.d", "Created", "https://zoom.example/j/1"]]
    assert set(fmt.table(rows).settled().layout.results) == {"status"}


def test_one_link_of_somebody_elses_among_ours_keeps_the_column(fmt: Format) -> None:
    rows = [
        [*HEADINGS, "Status", "Join URL"],
        ["1", "a", "b@c.d", "created", TEAMS.format(1)],
        ["2", "a", "b@c.d", "created", "https://zoom.example/j/1"],
    ]
    table = fmt.table(rows).settled()
    assert set(table.layout.results) == {"status"}
    assert [(one.code, one.column) for one in table.placed(ALL).notices] == [("column-not-ours", "join_url")]


def test_a_marked_column_that_somebody_typed_into_is_kept_too(fmt: Format) -> None:
    rows = [
        [*HEADINGS, "Status", "Status (meeting-importer)"],
        ["1", "a", "b@c.d", "open", "created"],
        ["2", "a", "b@c.d", "open", "done, told Bob"],
    ]
    table = fmt.table(rows).settled()
    results = answered(table)
    copy = table.with_results(results, ALL)
    check_copy(table, copy, results, ALL)
    again = fmt.read(copy).settled()
    assert column_of(again, "Status (meeting-importer)") == ["created", "done, told Bob"]
    assert again.layout.title("status") == "Status (meeting-importer 2)"


def test_a_column_that_the_settings_name_for_results_is_kept_too(fmt: Format) -> None:
    rows = [[*HEADINGS, "Link"], ["1", "a", "b@c.d", "https://zoom.example/j/1"]]
    table = fmt.table(rows, mapping={"join_url": ("Link",)}).settled()
    assert table.layout.title("join_url") == "Link (meeting-importer)"


def test_of_two_headings_for_links_the_one_with_ours_is_filled(fmt: Format) -> None:
    rows = [[*HEADINGS, "Join URL", "Join link"], ["1", "a", "b@c.d", "https://zoom.example/j/1", TEAMS.format(1)]]
    table = fmt.table(rows).settled()
    results = answered(table)
    copy = table.with_results(results, ALL)
    check_copy(table, copy, results, ALL)
    again = fmt.read(copy).settled()
    assert column_of(again, "Join URL") == ["https://zoom.example/j/1"]
    assert column_of(again, "Join link") == [TEAMS.format(2)]


def test_what_stands_outside_the_rows_does_not_count(fmt: Format) -> None:
    rows: list[list[str | None]] = [
        [*HEADINGS, "Status"],
        ["1", "a", "b@c.d", "created"],
        [None, None, None, "see the legend"],
    ]
    assert fmt.table(rows).settled().layout.results == {"status": 3}


def _texts() -> st.SearchStrategy[str]:
    code = st.sampled_from(sorted(code for code, entry in CATALOGUE.items() if entry.severity in set(Severity)))
    return st.lists(code, min_size=1, max_size=5).map(_written)


def _written(codes: list[str]) -> str:
    found = [problem(code, column="start", **_typical(code)) for code in codes]
    layout = find_layout([(1, HEADINGS)], mapping={}, required=frozenset())
    assert layout is not None
    return what_to_do(found, layout)


def _typical(code: str) -> Mapping[str, str]:
    from tests.core.test_catalogue import OWN as SPECIAL  # noqa: PLC0415 - of this one function
    from tests.core.test_catalogue import TYPICAL, facts  # noqa: PLC0415

    return {name: TYPICAL[name] for name in facts(CATALOGUE[code]) | {"value"}} | SPECIAL.get(code, {})


@given(text=_texts())
def test_whatever_we_write_under_what_to_do_is_known_as_ours(text: str) -> None:
    layout = find_layout([(1, [*HEADINGS, "What to do"])], mapping={}, required=frozenset())
    assert layout is not None
    assert own_results(layout, [{3: text}], {}).results == {"what_to_do": 3}
    kept = own_results(layout, [{3: text + "\nDone, told Bob"}], {})
    assert kept.results == {}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_a_sentence_without_a_heading_is_known_as_ours(code: str) -> None:
    layout = find_layout([(1, [*HEADINGS, "What to do"])], mapping={}, required=frozenset())
    assert layout is not None
    entry = CATALOGUE[code]
    if entry.message.startswith("In row"):
        return  # a file's, which no cell ever shows
    assert own_results(layout, [{3: said(entry)}], {}).results == {"what_to_do": 3}


# --- one column for two keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "line"),
    [
        ("Meeting ID", 'meeting_id = "Teams meeting ID"'),
        ("Status", 'status = "Teams status"'),
        ("Join URL", 'join_url = "Teams join URL"'),
        ("Graph ID", 'graph_id = "Teams Graph ID"'),
    ],
)
@pytest.mark.parametrize("joined", [(), ("Subject",)])
def test_a_heading_that_is_read_is_refused_with_the_line_that_helps(
    fmt: Format, heading: str, line: str, joined: tuple[str, ...]
) -> None:
    rows = [[heading, "Subject", "Organizer"], ["1", "a", "b@c.d"]]
    mapping = {"external_id": (heading, *joined)}
    with pytest.raises(Stop) as stop:
        fmt.table(rows, mapping=mapping).settled().placed(KEYS)
    found = stop.value.problem
    assert (found.code, found.value, stop.value.exit_code) == ("heading-twice", heading, ExitCode.INPUT)
    assert line in found.message
    assert "two columns" not in found.message
    key, _, name = line.partition(" = ")
    helped = fmt.table(rows, mapping=mapping | {key: (name.strip('"'),)}).settled()
    assert helped.placed(KEYS).layout.title(key) == name.strip('"')


@pytest.mark.parametrize(
    "mapping",
    [
        {"meeting_id": ("External ID",), "external_id": ("External ID",)},
        {"status": ("Result",), "what_to_do": ("Result",)},
    ],
)
def test_results_are_never_put_over_what_is_read_or_over_each_other(
    fmt: Format, mapping: dict[str, tuple[str, ...]]
) -> None:
    table = fmt.table([["External ID", "Organizer", "Result"], ["1", "b@c.d", None]], mapping=mapping).settled()
    for act in (lambda: table.placed(KEYS), lambda: table.with_results({2: {"status": "created"}}, KEYS)):
        with pytest.raises(Stop) as stop:
            act()
        assert stop.value.problem.code == "heading-twice"


def test_every_result_column_says_what_is_written_there() -> None:
    without = {column.key for column in (*RESULT_COLUMNS, *EXTRA_COLUMNS) if not column.writes}
    assert without == {"what_to_do", "invitation_text"}


def test_the_request_of_a_table_is_kept() -> None:
    table = read_table(b"External ID,Organizer,Status\n1,b@c.d,open\n", "a.csv", SheetRequest()).settled()
    assert opened(table.with_results({2: {"status": "created"}}, ["status"]), "a.csv").layout.results == {"status": 3}


@pytest.mark.parametrize("shown", ["created", "", "open"])
def test_a_column_of_formulas_is_somebodys_work_whatever_it_shows(shown: str) -> None:
    formula = f'<c r="D2" t="str"><f>IF(A2="","",A2)</f><v>{shown}</v></c>'
    rows = texts(1, *HEADINGS, "Status") + row(
        2, *(text(f"{at}2", said) for at, said in zip("ABC", "xyz", strict=True)), formula
    )
    table = opened(book(sheet(rows))).settled()
    results = answered(table)
    copy = table.with_results(results, ALL)
    check_copy(table, copy, results, ALL)
    assert formula.encode() in part_of(copy, SHEET)
    assert opened(copy).settled().layout.title("status") == "Status (meeting-importer)"
    assert [found.column for found in table.placed(ALL).notices] == ["status"]
