"""What every table promises, whatever its format: the same tests run over both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.core.model import ExitCode, Stop
from importer.tables.copies import check_copy
from tests.tables.packages import HEADINGS

if TYPE_CHECKING:
    from importer.tables.base import Table
    from tests.tables.conftest import Format

ROWS = [HEADINGS, ["00042", "Maths", "ana@contoso.com"], ["N/A", "Music", "bob@contoso.com"]]
COLUMNS = ["status", "what_to_do", "join_url"]
URL = (
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_Nzk2%40thread.v2/0?context=%7b%22Tid%22%3a%22a%22%7d&x='1'"
)


def cells(table: Table, key: str) -> dict[int, object]:
    return {row.number: row.cells[key][0] for row in table.rows()}


def results(table: Table) -> dict[int, dict[str, str]]:
    return {row.number: dict(row.standing) for row in table.rows()}


def test_rows_have_the_numbers_of_the_margin_and_cells_as_typed(fmt: Format) -> None:
    table = fmt.table(ROWS)
    assert cells(table, "external_id") == {2: "00042", 3: "N/A"}
    assert table.layout.header_row == 1


def test_blank_rows_are_passed_over_and_shift_nothing(fmt: Format) -> None:
    table = fmt.table([*ROWS[:2], [None, None, None], [None, "  ", None], ROWS[2]])
    assert cells(table, "external_id") == {2: "00042", 5: "N/A"}


def test_a_row_with_nothing_but_other_columns_is_blank(fmt: Format) -> None:
    table = fmt.table([[*HEADINGS, "Room", "Status"], ["1", "a", "b", "c"], [None, None, None, "R 7", "created"]])
    assert list(cells(table, "external_id")) == [2]


def test_the_headings_are_found_below_titles_and_blank_rows(fmt: Format) -> None:
    table = fmt.table([["Autumn term"], [None], ["Please fill in"], [None], *ROWS])
    assert table.layout.header_row == 5
    assert cells(table, "external_id") == {6: "00042", 7: "N/A"}


def test_a_stated_heading_row_is_the_one(fmt: Format) -> None:
    table = fmt.table([*ROWS, [], HEADINGS, ["7", "Art", "c@contoso.com"]], header_row=5)
    assert cells(table, "external_id") == {6: "7"}


def test_mapped_headings_can_be_joined(fmt: Format) -> None:
    rows = [["ID", "Organizer", "Date", "Begins"], ["1", "a@b.c", "2026-12-25", "09:00"]]
    table = fmt.table(rows, mapping={"start": ("Date", "Begins")})
    assert next(iter(table.rows())).cells["start"] == ("2026-12-25", "09:00")
    assert table.layout.title("start") == "Date + Begins"


def test_results_stand_in_their_rows_in_new_columns(fmt: Format) -> None:
    table = fmt.table([["Title"], *ROWS[:2], [None], ROWS[2]])
    wanted = {
        3: {"status": "created", "join_url": URL},
        5: {"status": "invalid", "what_to_do": "[Start] is blank.\n[End] is."},
    }
    again = fmt.read(table.with_results(wanted, COLUMNS))
    assert results(again) == wanted
    assert [again.layout.results[key] for key in COLUMNS] == [3, 4, 5]
    assert cells(again, "external_id") == {3: "00042", 5: "N/A"}


def test_results_go_where_their_headings_stand(fmt: Format) -> None:
    rows: list[list[str | None]] = [
        ["Join link", *HEADINGS, "Status"],
        [None, "1", "a", "b@c.d", None],
        ["https://old", "2", "a", "b@c.d", "existing"],
    ]
    table = fmt.table(rows)
    again = fmt.read(table.with_results({2: {"status": "created", "join_url": URL}}, ["status", "join_url"]))
    assert results(again) == {
        2: {"status": "created", "join_url": URL},
        3: {"status": "existing", "join_url": "https://old"},
    }


def test_an_absent_key_leaves_the_cell_and_an_empty_text_clears_it(fmt: Format) -> None:
    table = fmt.table([[*HEADINGS, "Status", "Join URL"], ["1", "a", "b@c.d", "failed", "https://old"]])
    again = fmt.read(table.with_results({2: {"status": ""}}, ["status", "join_url"]))
    assert results(again) == {2: {"join_url": "https://old"}}


def test_a_copy_is_an_input_again(fmt: Format) -> None:
    table = fmt.table(ROWS)
    first = fmt.read(table.with_results({2: {"status": "created", "join_url": URL}}, COLUMNS))
    second = fmt.read(first.with_results({2: {"status": "existing"}, 3: {"status": "created"}}, COLUMNS))
    assert results(second) == {2: {"status": "existing", "join_url": URL}, 3: {"status": "created"}}
    assert second.layout == first.layout


def test_a_new_column_avoids_what_stands_beside_the_rows(fmt: Format) -> None:
    table = fmt.table([HEADINGS, ["1", "a", "b@c.d", None, "ask Ana"], ["2", "a", "b@c.d"]])
    copy = table.with_results({2: {"status": "created"}, 3: {"status": "created"}}, ["status"])
    check_copy(table, copy, {2: {"status": "created"}, 3: {"status": "created"}}, ["status"])
    assert b"ask Ana" in fmt.write(ROWS) + copy or fmt.suffix == ".xlsx"
    assert fmt.read(copy).layout.results["status"] in {3, 5}


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 69 1234", "-5", "@x", "\tx", "a;b,c\td", 'say "x"', "a\nb", " x ", "€ ü", "'=x"]
)
def test_any_text_comes_back(fmt: Format, text: str) -> None:
    table = fmt.table(ROWS)
    copy = table.with_results({2: {"what_to_do": text}}, ["what_to_do"])
    check_copy(table, copy, {2: {"what_to_do": text}}, ["what_to_do"])
    assert results(fmt.read(copy))[2] == {"what_to_do": text}


def test_the_input_is_never_changed(fmt: Format) -> None:
    data = fmt.write(ROWS)
    kept = bytes(data)
    table = fmt.read(data)
    assert table.with_results({2: {"status": "created"}}, ["status"]) != kept
    assert data == kept


def test_without_results_and_columns_the_copy_is_the_input(fmt: Format) -> None:
    data = fmt.write(ROWS)
    assert list(fmt.read(fmt.read(data).with_results({}, [])).rows()) == list(fmt.read(data).rows())


def test_a_result_heading_that_is_mapped_to_an_input_can_not_be_added(fmt: Format) -> None:
    table = fmt.table([["Status", "Organizer"], ["1", "a@b.c"]], mapping={"external_id": ("Status",)})
    with pytest.raises(Stop) as stop:
        table.with_results({2: {"status": "created"}}, ["status"])
    assert (stop.value.problem.code, stop.value.exit_code) == ("heading-twice", ExitCode.INPUT)


@pytest.mark.parametrize(
    "wrong",
    [
        {2: {"join_url": URL}, 3: {"join_url": "https://other"}},
        {2: {"join_url": "https://other"}, 3: {"join_url": URL}},
        {2: {"join_url": URL}},
    ],
)
def test_a_link_on_the_wrong_row_does_not_pass_the_check(fmt: Format, wrong: dict[int, dict[str, str]]) -> None:
    table = fmt.table(ROWS)
    meant = {2: {"join_url": "https://first"}, 3: {"join_url": URL}}
    check_copy(table, table.with_results(meant, ["join_url"]), meant, ["join_url"])
    with pytest.raises(Stop) as stop:
        check_copy(table, table.with_results(wrong, ["join_url"]), meant, ["join_url"])
    assert (stop.value.problem.code, stop.value.exit_code) == ("copy-differs", ExitCode.RESULTS)


@pytest.mark.parametrize("place", [(1, 0), (2, 1), (0, 1)])
def test_a_changed_cell_does_not_pass_the_check(fmt: Format, place: tuple[int, int]) -> None:
    table = fmt.table(ROWS)
    rows = [list(row) for row in ROWS]
    rows[place[0]][place[1]] = "other"
    meant = {2: {"status": "created"}}
    with pytest.raises(Stop):
        check_copy(table, fmt.table(rows).with_results(meant, ["status"]), meant, ["status"])


def test_a_row_too_many_or_a_heading_too_few_does_not_pass_the_check(fmt: Format) -> None:
    table, meant = fmt.table(ROWS), {2: {"status": "created"}}
    longer = fmt.table([*ROWS, ["9", "x", "y@z.a"]]).with_results(meant, ["status"])
    for copy in (longer, fmt.write(ROWS), fmt.write(ROWS[1:])):
        with pytest.raises(Stop):
            check_copy(table, copy, meant, ["status"])


def test_no_headings_is_said(fmt: Format) -> None:
    with pytest.raises(Stop) as stop:
        fmt.table([["Name", "Class"], ["Ana", "7b"]])
    assert (stop.value.problem.code, stop.value.exit_code) == ("no-header-row", ExitCode.INPUT)
