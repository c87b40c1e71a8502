"""Whose meeting a row gets: two lists that count alike, a list under another name, and a link that is replaced."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import APP_TOKEN, Sandbox, serve
from tests.cli.rosters import cells, csv_file, values, xlsx_file
from tests.notify.receivers import web_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.cli.conftest import Done

    Command = Callable[..., Done]

MARCH = {"start": "2031-03-03 09:00", "end": "2031-03-03 10:00"}
BOTH = {"other-list", "update-other-list"}


def _of_other_lists(done: Done) -> list[tuple[int, str]]:
    return [(row, code) for row, _, code in done.found if code in BOTH]


def _subjects(graph: Sandbox) -> list[str]:
    return sorted(str(meeting.subject) for meeting in graph.meetings)


def _other(*names: str) -> list[list[object]]:
    return [values(name, subject=f"Talk {name}", **MARCH) for name in names]


@pytest.fixture
def lists(command: Command, served: str, tmp_path: Path) -> tuple[Path, Path]:
    """Give two lists that both count 1, 2, 3; the first has been run."""
    first = csv_file(tmp_path / "list-a.csv", [values("1"), values("2"), values("3")])
    assert command("run", first).code == 0
    return first, csv_file(tmp_path / "list-b.csv", _other("1", "2", "4"))


def test_rows_of_another_list_are_named_and_never_what_teams_is_changed_to(
    command: Command, graph: Sandbox, lists: tuple[Path, Path]
) -> None:
    _, second = lists
    before = _subjects(graph)

    shown = command("run", second, "-o", "json")

    assert (shown.code, _of_other_lists(shown)) == (0, [(2, "other-list"), (3, "other-list")])
    assert "list-a.csv" in shown.rows[2]["problems"][-1]["message"]
    assert [row["status"] for row in shown.rows.values()] == ["differs", "differs", "created"]
    for _ in range(3):  # a second and a third night, too
        done = command("run", second, "--update", "-o", "json")
        assert done.code == 4
        assert {row: done.rows[row]["status"] for row in (2, 3)} == {2: "differs", 3: "differs"}
        assert {code for _, code in _of_other_lists(done)} == BOTH
    assert _subjects(graph) == [*before, "Talk 4"]


@pytest.mark.parametrize("name", ["list-a.csv", "LIST-A.CSV", "whole path"])
def test_a_list_that_is_said_to_be_the_same_is_changed_and_stays_so(
    command: Command, graph: Sandbox, lists: tuple[Path, Path], name: str
) -> None:
    first, second = lists
    told = str(first) if name == "whole path" else name

    done = command("run", second, "--update", "--same-list", told, "-o", "json")

    assert (done.code, _of_other_lists(done)) == (0, [])
    assert _subjects(graph) == ["Lesson 3", "Talk 1", "Talk 2", "Talk 4"]
    again = command("run", second, "--update", "-o", "json")
    assert (again.code, _of_other_lists(again)) == (0, [])
    assert _of_other_lists(command("run", first, "--update", "-o", "json"))


def test_the_first_list_keeps_its_meetings(command: Command, graph: Sandbox, lists: tuple[Path, Path]) -> None:
    first, second = lists
    command("run", second, "--update")
    csv_file(first, [values("1", subject="Moved"), values("2"), values("3")])

    done = command("run", first, "--update", "-o", "json")

    assert (done.code, _of_other_lists(done)) == (0, [])
    assert "Moved" in _subjects(graph)


def test_two_sheets_of_one_workbook_are_two_lists(command: Command, served: str, tmp_path: Path) -> None:
    import openpyxl  # noqa: PLC0415 - for this test only

    book = openpyxl.load_workbook(xlsx_file(tmp_path / "departments.xlsx", [values("1"), values("2")]))
    book.worksheets[0].title = "Maths"
    history = book.copy_worksheet(book.worksheets[0])
    history.title = "History"
    for row, (subject, start) in enumerate((("Rome", "2031-03-03"), ("Athens", "2031-03-04")), start=2):
        history.cell(row, 2, subject)
        history.cell(row, 3, f"{start} 09:00")
        history.cell(row, 4, f"{start} 10:00")
    book.save(tmp_path / "departments.xlsx")
    command("run", tmp_path / "departments.xlsx", "--sheet", "Maths")

    done = command("run", tmp_path / "departments.xlsx", "--sheet", "History", "-o", "json")

    assert _of_other_lists(done) == [(2, "other-list"), (3, "other-list")]
    assert "Maths" in done.rows[2]["problems"][-1]["message"]


def _renamed(first: Path) -> Path:
    return first.rename(first.with_name("list of today.csv"))


def _copied(first: Path) -> Path:
    (first.parent / "copy").mkdir()
    return Path(shutil.copy(first, first.parent / "copy" / "another.csv"))


def _moved(first: Path) -> Path:
    (first.parent / "moved").mkdir()
    return first.rename(first.parent / "moved" / first.name)


def _moved_and_changed(first: Path) -> Path:
    return csv_file(_moved(first), [values(name, subject=f"New {name}") for name in ("1", "2", "3")])


def _by_another_way(first: Path) -> Path:
    way = first.parent / "mounted"
    try:
        way.symlink_to(first.parent, target_is_directory=True)
    except OSError:
        pytest.skip("this account may make no links")
    return way / first.name


def _results_copy(first: Path) -> Path:
    return first.with_name("list-a-results.csv")


def _results_copy_with_all_rows_changed(first: Path) -> Path:
    copy = _results_copy(first)
    copy.write_text(copy.read_text(encoding="utf-8").replace("Lesson", "New"), encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    "way",
    [
        _renamed,
        _copied,
        _moved,
        _moved_and_changed,
        _by_another_way,
        _results_copy,
        _results_copy_with_all_rows_changed,
    ],
)
def test_the_same_list_under_another_name_is_no_other_list(
    command: Command, served: str, tmp_path: Path, way: Callable[[Path], Path]
) -> None:
    first = csv_file(tmp_path / "list-a.csv", [values("1"), values("2"), values("3")])
    command("run", first)

    done = command("run", way(first), "--update", "-o", "json")

    assert (done.code, _of_other_lists(done)) == (0, [])
    assert {row["status"] for row in done.rows.values()} <= {"existing", "updated"}


def test_a_copy_elsewhere_in_which_a_row_was_changed_is_still_the_list(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    first = csv_file(tmp_path / "list-a.csv", [values("1"), values("2"), values("3")])
    command("run", first)
    copy = csv_file(_copied(first), [values("1", subject="Moved"), values("2"), values("3")])

    done = command("run", copy, "--update", "-o", "json")

    assert (done.code, _of_other_lists(done)) == (0, [])
    assert "Moved" in _subjects(graph)


def test_lists_of_one_name_in_two_folders_are_two(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    for name in ("maths", "history"):
        (tmp_path / name).mkdir()
    command("run", csv_file(tmp_path / "maths" / "list.csv", [values("1"), values("2")]))

    done = command("run", csv_file(tmp_path / "history" / "list.csv", _other("1", "2")), "--update", "-o", "json")

    assert done.code == 4
    assert str(tmp_path / "maths" / "list.csv") in done.rows[2]["problems"][0]["message"]
    assert _subjects(graph) == ["Lesson 1", "Lesson 2"]


class Remade:
    """A Graph that forgets every meeting when told to, and then gives others, with other links, for the same keys."""

    def __init__(self) -> None:
        self.app = Sandbox()
        self.life = 0

    def forget(self) -> None:
        self.app, self.life = Sandbox(), self.life + 1

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        sent: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> Any:  # noqa: ANN401 - WSGI's own
            sent.extend((status, headers))

        data = json.loads(b"".join(self.app(environ, start)))
        if "joinWebUrl" in data and self.life:
            data["joinWebUrl"] += f"&life={self.life}"
            data["id"] = f"{data['id'][:-1]}{self.life}"
        body = json.dumps(data).encode()
        status, headers = sent
        headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture
def remade(monkeypatch: pytest.MonkeyPatch) -> Iterator[Remade]:
    """Serve such a Graph."""
    app = Remade()
    with serve(app) as url:
        monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
        monkeypatch.setenv("MEETING_IMPORTER_GRAPH_URL", url)
        yield app


def _replaced(done: Done) -> list[tuple[int, str]]:
    return [(n, p["detail"]) for n, row in done.rows.items() for p in row["problems"] if p["code"] == "link-replaced"]


@pytest.mark.parametrize("known_from", ["ledger", "former copy", "both"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_link_in_place_of_another_is_said_with_the_old_one(
    command: Command, remade: Remade, tmp_path: Path, kind: str, known_from: str
) -> None:
    rows = [values("1"), values("2")]
    roster = csv_file(tmp_path / "r.csv", rows) if kind == "csv" else xlsx_file(tmp_path / "r.xlsx", rows)
    first = command("run", roster, "-o", "json")
    remade.forget()
    if known_from == "ledger":
        roster.with_name(f"r-results.{kind}").unlink()
    state = () if known_from != "former copy" else ("--state-dir", tmp_path / "new-machine")

    done = command("run", roster, "-o", "json", *state)

    assert [row["status"] for row in done.rows.values()] == ["created", "created"]
    assert [row for row, _ in _replaced(done)] == [2, 3]
    assert all(first.rows[row]["join_url"] in detail for row, detail in _replaced(done))
    assert done.code == 4
    assert "new link" in cells(roster.with_name("r-results.xlsx"))[2]["What to do"] if kind == "xlsx" else True

    again = command("run", roster, "-o", "json", *state)

    assert (again.code, _replaced(again)) == (0, [])
    remade.forget()
    text = command("run", roster, "-v", *state)
    assert "link-replaced" in text.out
    assert again.rows[2]["join_url"] in text.out.replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("wanted", ["failure", "change", "always"])
def test_a_replaced_link_is_in_the_notification_and_the_log(
    command: Command, remade: Remade, tmp_path: Path, wanted: str
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    command("run", roster)
    remade.forget()

    with web_server() as hook:
        ways = ("--notify-url", hook.url, "--notify-format", "json", "--notify-on", wanted)
        command("run", roster, *ways, "--log-file", tmp_path / "run.log", "--heartbeat", tmp_path / "beat.json")

    (body,) = hook.bodies
    assert {"code": "link-replaced", "rows": 1}.items() <= body["problems"][0].items()
    assert "link-replaced" in (tmp_path / "run.log").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "beat.json").read_text(encoding="utf-8"))["exit_code"] == 4


def test_a_meeting_that_was_made_anew_by_somebody_else_is_said_too(
    command: Command, remade: Remade, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    first = command("run", roster, "-o", "json")
    remade.forget()
    command("run", roster, "--state-dir", tmp_path / "another-machine", "--result", tmp_path / "elsewhere.csv")

    done = command("run", roster, "-o", "json")

    assert done.rows[2]["status"] == "existing"
    assert [first.rows[2]["join_url"] in detail for _, detail in _replaced(done)] == [True]
