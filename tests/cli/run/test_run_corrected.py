"""Nothing that somebody typed into a results copy is lost, and the copy that was corrected can be run."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.comments import Comment

from tests.cli.rosters import csv_file, values, xlsx_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

MAKE = {"csv": csv_file, "xlsx": xlsx_file}
BAD = "2031-13-41 09:00"

kinds = pytest.mark.parametrize("kind", ["csv", "xlsx"])


def table(path: Path) -> list[list[str]]:
    """Return every cell of a file's first sheet as text, by a reader that is not the product's."""
    if path.suffix == ".csv":
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[0]
    return [["" if cell.value is None else str(cell.value) for cell in row] for row in sheet.iter_rows()]


def type_into(path: Path, row: int, heading: str, text: str) -> None:
    """Types into a cell as a person does with a spreadsheet program, and saves."""
    rows = table(path)
    column = rows[0].index(heading)
    if path.suffix == ".csv":
        line = rows[row - 1]
        line += [""] * (column + 1 - len(line))
        line[column] = text
        out = io.StringIO(newline="")
        csv.writer(out).writerows(rows)
        path.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
        return
    book = openpyxl.load_workbook(path)
    book.worksheets[0].cell(row, column + 1, text)
    book.save(path)


def resave(path: Path) -> bytes:
    """Open and saves as a person does who has only looked: other bytes, the same cells."""
    before = path.read_bytes()
    if path.suffix == ".csv":
        rows = table(path)
        out = io.StringIO(newline="")
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
        path.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
    else:
        openpyxl.load_workbook(path).save(path)
    assert path.read_bytes() != before
    return path.read_bytes()


def cell(path: Path, row: int, heading: str) -> str:
    rows = table(path)
    return rows[row - 1][rows[0].index(heading)]


def codes(done: Done) -> list[str]:
    return [found["code"] for file in done.json["files"] for found in file["problems"]]


def result(done: Done) -> str:
    return Path(done.json["files"][0]["result"]).name


def run(command: Command, *files: object) -> Done:
    return command("run", *files, "--sandbox", "--sandbox-file", "made.json", "-o", "json")


@kinds
@pytest.mark.parametrize(
    ("heading", "text"),
    [("Start", "2031-01-13 09:00"), ("Subject", "another"), ("Join URL", "https://by.hand/1"), ("Status", "Bo asks")],
)
def test_what_was_typed_into_a_results_copy_stays(
    command: Command, tmp_path: Path, kind: str, heading: str, text: str
) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values("1", start=BAD, end=BAD), values("2")])
    copy = tmp_path / f"r-results.{kind}"
    run(command, roster)
    type_into(copy, 2, heading, text)
    typed = copy.read_bytes()

    nights = [run(command, tmp_path) for _ in range(3)]

    assert copy.read_bytes() == typed
    assert [night.code for night in nights] == [6, 6, 6]
    assert all("results-changed" in codes(night) for night in nights)
    assert {result(night) for night in nights} == {f"r-results-2.{kind}"}, "night after night one newest copy"
    assert sorted(path.name for path in tmp_path.glob("r*")) == [f"r-results-2.{kind}", copy.name, roster.name]
    said = next(found["message"] for found in nights[0].json["files"][0]["problems"] if "changed" in found["code"])
    assert f"run that file ({copy.name})" in said


@kinds
def test_a_copy_that_was_only_looked_at_and_saved_is_replaced(command: Command, tmp_path: Path, kind: str) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values("1"), values("00042")])
    run(command, roster)
    resave(tmp_path / f"r-results.{kind}")
    MAKE[kind](roster, [values("1"), values("00043")])

    done = run(command, roster, "--accept-changes")

    assert (done.code, result(done)) == (0, f"r-results.{kind}")
    assert cell(tmp_path / f"r-results.{kind}", 3, "External ID") == "00043"


@kinds
def test_an_edited_copy_goes_through_five_rounds_of_correct_hand_in_run(
    command: Command, tmp_path: Path, kind: str
) -> None:
    """In each round the newest copy is corrected and run; each correction is in every later copy, and none is lost."""
    rows = [values(str(n), start=BAD, end="") for n in range(1, 6)]
    roster = MAKE[kind](tmp_path / f"r.{kind}", rows)
    original = roster.read_bytes()
    newest, handed_in = tmp_path / result(run(command, roster)), {}
    for round_ in range(1, 6):
        type_into(newest, round_ + 1, "Start", f"2031-01-1{round_} 09:00")
        type_into(newest, round_ + 1, "Subject", f"typed in round {round_}")
        handed_in[newest] = newest.read_bytes()

        done = run(command, newest)

        again = run(command, newest)
        assert result(done) == result(again), "one predictable name"
        assert done.json["files"][0]["counts"].get("created", 0) == 1
        newest = tmp_path / result(done)
        run(command, tmp_path)  # the nightly run over the folder goes on with the roster, and harms none of them

    assert [cell(newest, n + 1, "Subject") for n in range(1, 6)] == [f"typed in round {n}" for n in range(1, 6)]
    assert all("https://" in cell(newest, n, "Join URL") for n in range(2, 7))
    assert all(path.read_bytes() == typed for path, typed in handed_in.items())
    assert roster.read_bytes() == original
    assert not list(tmp_path.glob("*-results-results*"))


@kinds
def test_one_copy_that_is_corrected_again_and_again_keeps_its_result_under_one_name(
    command: Command, tmp_path: Path, kind: str
) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values(str(n), start=BAD, end="") for n in range(1, 6)])
    copy = tmp_path / result(run(command, roster))
    names = []
    for round_ in range(1, 6):
        type_into(copy, round_ + 1, "Start", f"2031-01-1{round_} 09:00")
        typed = copy.read_bytes()
        done = run(command, copy)
        names.append((done.code, result(done)))
        assert copy.read_bytes() == typed

    assert names == [(4, f"r-results-2.{kind}")] * 4 + [(0, f"r-results-2.{kind}")]


@kinds
def test_a_roster_and_its_corrected_copy_in_one_call_are_one_list(command: Command, tmp_path: Path, kind: str) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values("1", start=BAD, end=""), values("2")])
    copy = tmp_path / result(run(command, roster))
    type_into(copy, 2, "Start", "2031-01-13 09:00")

    examined = command("doctor", roster, copy, "--sandbox", "-o", "json")
    done = run(command, roster, copy)

    assert (examined.code, "result-is-input" in examined.out) == (0, False)
    assert [Path(file["input"]).name for file in done.json["files"]] == [copy.name]
    assert (done.code, codes(done), result(done)) == (0, ["corrected-copy-used"], f"r-results-2.{kind}")
    assert f"not '{roster.name}'" in done.json["files"][0]["problems"][0]["message"]


@kinds
def test_copies_that_a_shell_has_named_beside_their_roster_are_left_out(
    command: Command, tmp_path: Path, kind: str
) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values("1")])
    copy = tmp_path / result(run(command, roster))
    MAKE[kind](roster, [values("1"), values("2")])

    done = run(command, copy, roster, "--accept-changes")

    assert [Path(file["input"]).name for file in done.json["files"]] == [roster.name]
    assert (done.code, codes(done), result(done)) == (0, ["copies-left-out"], copy.name)


@kinds
def test_a_roster_and_a_copy_that_were_both_changed_are_not_run(command: Command, tmp_path: Path, kind: str) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values("1", start=BAD, end="")])
    copy = tmp_path / result(run(command, roster))
    type_into(copy, 2, "Start", "2031-01-13 09:00")
    MAKE[kind](roster, [values("1", start=BAD, end=""), values("2")])
    before = {path: path.read_bytes() for path in (roster, copy)}

    done = run(command, roster, copy)

    assert (done.code, codes(done)) == (2, ["which-of-them"])
    assert {path: path.read_bytes() for path in (roster, copy)} == before
    assert sorted(path.suffix for path in tmp_path.glob("r*")) == [f".{kind}"] * 2


@kinds
def test_a_pattern_that_names_copies_takes_them(command: Command, tmp_path: Path, kind: str) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values("1", start=BAD, end="")])
    copy = tmp_path / result(run(command, roster))
    type_into(copy, 2, "Start", "2031-01-13 09:00")

    done = run(command, str(tmp_path / f"*-results.{kind}"))

    assert (done.code, [Path(file["input"]).name for file in done.json["files"]]) == (0, [copy.name])


@kinds
def test_the_results_of_a_corrected_copy_are_not_replaced_by_the_next_night(
    command: Command, tmp_path: Path, kind: str
) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values("1", start=BAD, end=""), values("2")])
    copy = tmp_path / result(run(command, roster))
    run(command, tmp_path)
    type_into(copy, 2, "Start", "2031-01-13 09:00")
    run(command, tmp_path)
    corrected = run(command, copy)
    saved = (tmp_path / result(corrected)).read_bytes()

    nights = [result(run(command, tmp_path)) for _ in range(3)]

    assert (corrected.code, result(corrected)) == (0, f"r-results-2.{kind}")
    assert (tmp_path / f"r-results-2.{kind}").read_bytes() == saved
    assert nights == [f"r-results-3.{kind}"] * 3


@kinds
def test_without_a_ledger_a_copy_that_says_more_than_the_roster_stays(
    command: Command, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values("1"), values("2")])
    copy = tmp_path / result(run(command, roster))
    monkeypatch.setenv("MEETING_IMPORTER_STATE_DIR", str(tmp_path / "another"))
    unchanged = run(command, roster)
    monkeypatch.setenv("MEETING_IMPORTER_STATE_DIR", str(tmp_path / "a third"))
    type_into(copy, 2, "Subject", "typed")
    typed = copy.read_bytes()
    changed = run(command, roster)

    assert (unchanged.code, result(unchanged)) == (0, copy.name)
    assert (changed.code, result(changed), copy.read_bytes()) == (6, f"r-results-2.{kind}", typed)


def test_without_a_ledger_a_workbook_shows_that_nobody_has_saved_it(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("1"), values("2", start=BAD)])
    run(command, roster)
    monkeypatch.setenv("MEETING_IMPORTER_STATE_DIR", str(tmp_path / "another"))
    xlsx_file(roster, [values("1"), values("3")])

    done = run(command, roster)

    assert (done.code, result(done)) == (0, "r-results.xlsx")


def test_a_note_in_a_cell_and_a_cell_on_another_sheet_are_typed_too(command: Command, tmp_path: Path) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("1")])
    copy = tmp_path / result(run(command, roster))
    fresh = copy.read_bytes()
    for change in ("note", "sheet"):
        book = openpyxl.load_workbook(io.BytesIO(fresh))
        if change == "note":
            book.worksheets[0]["A2"].comment = Comment("ask Ana", "Bo")
        else:
            book.create_sheet("Mine")["A1"] = "ask Ana"
        book.save(copy)
        typed = copy.read_bytes()

        assert (run(command, roster).code, copy.read_bytes()) == (6, typed), change


@kinds
def test_a_file_that_only_has_the_name_of_the_results_stays(command: Command, tmp_path: Path, kind: str) -> None:
    roster = MAKE[kind](tmp_path / f"r.{kind}", [values("1")])
    other = tmp_path / f"r-results.{kind}"
    if kind == "csv":
        other.write_text("Term,Marks\r\n1,2\r\n", encoding="utf-8", newline="")
    else:
        book = openpyxl.Workbook()
        book.worksheets[0]["A1"] = "marks"
        book.save(other)
    before = other.read_bytes()

    done = run(command, roster)

    assert (done.code, codes(done), other.read_bytes()) == (6, ["result-name-taken"], before)
    assert result(done) == f"r-results-2.{kind}"


def test_a_copy_of_another_folder_s_roster_is_known_by_its_place(command: Command, tmp_path: Path) -> None:
    """The copy is moved beside the roster of the same name: what it says is not what was saved there."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        csv_file(tmp_path / name / "r.csv", [values(name)])
        run(command, tmp_path / name / "r.csv")
    type_into(tmp_path / "a" / "r-results.csv", 2, "Subject", "typed")
    shutil.copy(tmp_path / "a" / "r-results.csv", tmp_path / "b" / "r-results.csv")
    typed = (tmp_path / "b" / "r-results.csv").read_bytes()

    assert run(command, tmp_path / "b" / "r.csv").code == 6
    assert (tmp_path / "b" / "r-results.csv").read_bytes() == typed


def test_forgetting_a_roster_forgets_what_its_copies_said(command: Command, tmp_path: Path) -> None:
    state = tmp_path / "state"
    for name in ("a.csv", "b.csv"):
        command("run", csv_file(tmp_path / name, [values("1")]), "--sandbox", "--state-dir", state)

    command("history", tmp_path / "a.csv", "--forget", "--state-dir", state)
    assert [path.name[:9] for path in (state / "copies").iterdir()] == ["b-results"]
    command("history", "--forget", "--all", "--state-dir", state)
    assert list((state / "copies").iterdir()) == []
