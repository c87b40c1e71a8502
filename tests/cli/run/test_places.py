"""No file that somebody else wrote is replaced, whichever option names it; that is known before anything is sent."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import pytest

from importer.paths import windows_keeps
from tests.cli.rosters import csv_file, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sandbox import Sandbox
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

OPTIONS = {"--report": "out.html", "--log-file": "out.log", "--heartbeat": "out.json", "--result": "out.csv"}
OTHERS = {
    "prose": "dear diary\n",
    "a page": "<!DOCTYPE html>\n<title>mine</title>",
    "numbers": "1,2,3\n",
    "settings": '[columns]\nstart = "Beginn"\n',
    "an object": '{"schema": 1, "mine": true}\n',
    "a log of something else": "2026-11-30T02:00:00Z INFO started\n",
}

each = pytest.mark.parametrize("option", OPTIONS)


def problems(done: Done) -> list[str]:
    return [found["code"] for file in done.json["files"] for found in file["problems"]]


@each
@pytest.mark.parametrize("other", OTHERS)
def test_a_file_of_somebody_else_s_is_refused_and_stays(
    command: Command, graph: Sandbox, served: str, tmp_path: Path, option: str, other: str
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    place = tmp_path / OPTIONS[option]
    place.write_text(OTHERS[other], encoding="utf-8")

    done = command("run", roster, option, place, "-o", "json")

    assert (done.code, problems(done), len(graph.requests)) == (2, ["output-not-ours"], 0)
    assert option in done.json["files"][0]["problems"][0]["message"]
    assert place.read_text(encoding="utf-8") == OTHERS[other]
    assert not (tmp_path / "r-results.csv").exists()


@each
def test_it_is_replaced_where_that_is_asked_for(command: Command, served: str, tmp_path: Path, option: str) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    place = tmp_path / OPTIONS[option]
    place.write_text(OTHERS["prose"], encoding="utf-8")

    assert command("run", roster, option, place, "--force").code == 0
    assert place.read_text(encoding="utf-8") != OTHERS["prose"]


@each
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_this_program_wrote_is_renewed_night_after_night(
    command: Command, served: str, tmp_path: Path, option: str, form: str
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    line = ("run", roster, option, tmp_path / OPTIONS[option], "--log-format", form)

    assert [command(*line).code for _ in range(3)] == [0, 0, 0]


@each
def test_an_empty_file_is_nobody_s(command: Command, served: str, tmp_path: Path, option: str) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    (tmp_path / OPTIONS[option]).touch()

    assert command("run", roster, option, tmp_path / OPTIONS[option]).code == 0


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        ("--report", "--heartbeat", "x.html"),
        ("--log-file", "--heartbeat", "x.json"),
        ("--heartbeat", "--sandbox-file", "x.json"),
        ("--ics", "--result-dir", "x"),
        ("--log-file", "--ics", "x"),
    ],
)
def test_one_place_for_two_is_refused(command: Command, tmp_path: Path, one: str, other: str, name: str) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    done = command("run", roster, "--sandbox", one, name, other, tmp_path / "." / name, "-o", "json")

    assert (done.code, problems(done)) == (2, ["output-twice"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFO, and links need a right")
@pytest.mark.parametrize("kind", ["fifo", "loop", "device", "link to a folder"])
@pytest.mark.parametrize("option", [*OPTIONS, "--sandbox-file", "--ics"])
def test_what_is_no_file_is_refused(command: Command, tmp_path: Path, option: str, kind: str) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    place = tmp_path / OPTIONS.get(option, "out")
    match kind:
        case "fifo":
            os.mkfifo(place)
        case "loop":
            place.symlink_to(place)
        case "device":
            place.symlink_to("/dev/full")
        case _ if option == "--ics":
            pytest.skip("a folder is what it wants")
        case _:
            (tmp_path / "folder").mkdir()
            place.symlink_to(tmp_path / "folder")

    done = command("run", roster, "--sandbox", option, place, "-o", "json")

    assert done.code == 2
    assert not (tmp_path / "r-results.csv").exists()
    assert place.is_symlink() or place.is_fifo()


def test_the_others_are_told_when_one_place_is_refused(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    (tmp_path / "mine.html").write_text("mine", encoding="utf-8")

    done = command(
        "run", roster, "--sandbox", "--report", "mine.html", "--heartbeat", "beat.json", "--log-file", "l.log"
    )

    assert done.code == 2
    assert json.loads((tmp_path / "beat.json").read_text(encoding="utf-8"))["exit_code"] == 2
    assert "output-not-ours" in (tmp_path / "l.log").read_text(encoding="utf-8")
    assert (tmp_path / "mine.html").read_text(encoding="utf-8") == "mine"


def test_a_wrong_line_is_not_told_into_a_file_of_somebody_else_s(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.log").write_text("mine\n", encoding="utf-8")

    assert command("run", "r.csv", "--workers", "none", "--log-file", "mine.log").code == 2
    assert (tmp_path / "mine.log").read_text(encoding="utf-8") == "mine\n"


def test_validate_replaces_nothing_either(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    (tmp_path / "mine.csv").write_text("mine,yours\n", encoding="utf-8")

    done = command("validate", roster, "--result", "mine.csv", "-o", "json")

    assert (done.code, problems(done)) == (2, ["output-not-ours"])
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == "mine,yours\n"


def test_a_result_folder_is_made_where_the_one_above_it_is_there(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    made = command("run", roster, "--sandbox", "--result-dir", tmp_path / "out", "-o", "json")
    deep = command("run", roster, "--sandbox", "--result-dir", tmp_path / "no" / "out", "-o", "json")
    tried = command("run", roster, "--sandbox", "--dry-run", "--result-dir", tmp_path / "dry", "-o", "json")

    assert (made.code, (tmp_path / "out" / "r-results.csv").is_file()) == (0, True)
    assert (deep.code, problems(deep), (tmp_path / "no").exists()) == (6, ["result-folder-missing"], False)
    assert (tried.code, (tmp_path / "dry").exists()) == (0, False)


def test_folders_and_patterns_take_no_text_file(command: Command, tmp_path: Path) -> None:
    for name in ("a.csv", "b.tsv", "notes.txt"):
        csv_file(tmp_path / name, [values(name[0])])
    (tmp_path / "b.tsv").write_text(
        (tmp_path / "b.tsv").read_text(encoding="utf-8").replace(",", "\t"), encoding="utf-8"
    )

    def inputs(*named: object) -> list[str]:
        done = command("validate", *named, "-o", "json")
        return [Path(file["input"]).name for file in done.json["files"]]

    assert inputs(tmp_path) == inputs(str(tmp_path / "*.*")) == ["a.csv", "b.tsv"]
    assert inputs(tmp_path / "notes.txt") == ["notes.txt"]


@pytest.mark.parametrize(
    ("path", "keeps"),
    [
        *((name, True) for name in ("NUL", r"C:\out\con.csv", "aux.tar.gz", "COM1", "lpt9 .csv", "conin$", "COM².x")),
        *((name, True) for name in ("r.csv:stream", "r?.csv", "a|b.csv", "r.csv.", "r.csv ", ". \\r.csv", "a\tb")),
        *((name, False) for name in ("r.csv", "nulls.csv", "COM10.csv", "console.csv", r"..\r.csv", r"C:\.\r.csv")),
        *((256 * letter, True) for letter in "nü"),
        (128 * "😀", True),
        (255 * "ü", False),
        (127 * "😀" + "n", False),
        *((name, False) for name in ("C:r.csv", r"\\?\C:\out\r.csv", r"\\server\share\r.csv", ".hidden")),
    ],
)
def test_names_that_windows_keeps_for_itself(path: str, *, keeps: bool) -> None:
    assert windows_keeps(PureWindowsPath(path)) is keeps
