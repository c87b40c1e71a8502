"""No link is lost to a place that can't be written, and nothing is sent when that is known beforehand."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from importer.cli.config.settings import Settings
from importer.cli.run.book import read_sheets
from importer.cli.run.file_run import code_of_saving
from importer.cli.run.saving import Saving
from importer.cli.run.sheet import IO_RETRY, PAUSES, IORetry, Sheet
from importer.core.body import REPLACED
from importer.core.catalogue import problem
from importer.core.columns import EXTRA_COLUMNS
from importer.core.model import ExitCode, Status, Stop
from importer.sandbox import APP_TOKEN, serve
from importer.tables import read_file, read_table
from importer.tables.base import SheetRequest
from tests.cli.rosters import csv_file, values, xlsx_file
from tests.rows import a_meeting, a_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from wsgiref.types import StartResponse, WSGIEnvironment

    from importer.sandbox import Sandbox
    from tests.cli.conftest import Done

    Command = Callable[..., Done]

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
LOCAL = f"{NOW.astimezone():%Y-%m-%d %H%M}"

as_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk needs root on Linux"
)


@contextmanager
def small_disk(place: Path, *options: str) -> Iterator[Path]:
    """Return a disk of 64 kB at `place`."""
    place.mkdir()
    mount = shutil.which("mount")
    umount = shutil.which("umount")
    assert mount is not None
    assert umount is not None
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", ",".join(("size=64k", *options)), "tmpfs", str(place)], check=False
    )
    if done.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run([umount, str(place)], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1024)):
            pass
    assert shutil.disk_usage(disk).free == 0


def sheet_of(source: Path, settings: Settings, now: datetime, retry: IORetry = IO_RETRY) -> Sheet:
    (sheet,) = read_sheets(source, settings, now, retry)
    return sheet


def answered(source: Path, settings: Settings) -> Sheet:
    """Return a sheet whose rows were all made."""
    sheet = sheet_of(source, settings, NOW)
    for row in sheet.plan.ready:
        sheet.report.record(
            a_row(
                number=row.number,
                external_id=row.external_id,
                organizer=row.organizer,
                status=Status.CREATED,
                problems=(),
                meeting=a_meeting(graph_id="g", join_url=f"https://join/{row.external_id}"),
                checked_at=NOW,
            )
        )
    return sheet


def save(sheet: Sheet, settings: Settings, holds: Callable[[], bool] = lambda: True) -> Path:
    """Save where it has to be another place; return which."""
    retry = IORetry(lambda _: None)
    saved, in_place = Saving(settings=settings, now=lambda: NOW, retry=retry, holds=holds).save([sheet])
    assert saved is not None
    assert not in_place
    return saved


def codes(sheet: Sheet) -> list[str]:
    return [found.code for found in sheet.problems]


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("none/copy.csv", "result-folder-missing"),
        ("r.csv/copy.csv", "result-folder-missing"),
        (f"{300 * 'n'}.csv", "result-place-unusable"),
    ],
)
def test_nothing_is_sent_when_the_results_have_no_place(
    command: Command, graph: Sandbox, served: str, tmp_path: Path, place: str, code: str
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    before = sorted(tmp_path.iterdir())

    done = command("run", roster, "--result", tmp_path / place, "-o", "json")

    file = done.json["files"][0]
    if os.name == "nt" and len(place) > 255:  # it is told before anything is read
        assert (done.code, file["problems"][0]["code"]) == (2, "output-no-file")
    else:
        assert (done.code, [found["code"] for found in file["problems"]]) == (6, [code])
        assert "Nothing was sent" in file["problems"][0]["message"]
    assert (len(graph.requests), sorted(tmp_path.iterdir())) == (0, before)


@as_root
def test_nothing_is_sent_when_the_disk_for_the_results_is_full(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    with small_disk(tmp_path / "full") as disk:
        fill(disk)
        done = command("run", roster, "--result-dir", disk, "-o", "json")

    assert (done.code, len(graph.requests)) == (6, 0)
    assert "No space left" in done.json["files"][0]["problems"][0]["message"]


@as_root
def test_nothing_is_sent_when_the_disk_for_the_results_is_read_only(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    with small_disk(tmp_path / "ro", "ro") as disk:
        done = command("run", roster, "--result-dir", disk, "-o", "json")

    assert (done.code, len(graph.requests)) == (6, 0)


@as_root
def test_a_result_that_can_not_be_replaced_is_no_reason_to_make_no_meetings(
    command: Command, graph: Sandbox, served: str, tmp_path: Path
) -> None:
    chattr = shutil.which("chattr")
    roster, target = csv_file(tmp_path / "r.csv", [values("1")]), tmp_path / "r-results.csv"
    command("run", roster)
    old, sent = target.read_bytes(), len(graph.requests)
    if chattr is None or subprocess.run([chattr, "+i", str(target)], check=False, capture_output=True).returncode:
        pytest.skip("this disk has no such mark")
    try:
        nights = [command("run", roster, "-o", "json") for _ in range(2)]
    finally:
        subprocess.run([chattr, "-i", str(target)], check=True)

    assert len(graph.requests) > sent
    assert target.read_bytes() == old
    for done in nights:
        (file,) = done.json["files"]
        assert (done.code, [found["code"] for found in file["problems"]]) == (6, ["result-moved"])
        assert Path(file["result"]) == tmp_path / "r-results-2.csv", "one newest copy, not one for each night"


def test_saving_waits_for_a_folder_that_is_busy_for_a_moment(tmp_path: Path) -> None:
    """What is held for a moment is tried again, and what can't pass is not waited for."""
    tries: list[int] = []

    def busy() -> str:
        tries.append(errno.EBUSY)
        if len(tries) < 3:
            raise OSError(tries[-1], "busy")
        return "saved"

    def gone() -> str:
        tries.append(errno.ENOSPC)
        raise OSError(tries[-1], "full")

    slept: list[float] = []
    sleep = slept.append
    assert IORetry(sleep).attempt(busy) == "saved"
    with pytest.raises(OSError, match="full"):
        IORetry(sleep).attempt(gone)

    assert (slept, tries) == (list(PAUSES[:2]), [errno.EBUSY] * 3 + [errno.ENOSPC])


def test_patience_has_an_end() -> None:
    slept: list[float] = []

    def held() -> None:
        raise PermissionError(errno.EACCES, "held")

    with pytest.raises(PermissionError):
        IORetry(slept.append).attempt(held)

    assert (slept, 9 < sum(slept) < 11) == (list(PAUSES), True)


def test_a_place_that_is_taken_at_the_end_gives_a_copy_beside_it(tmp_path: Path) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("1")])
    settings = Settings(files=(str(roster),), state_dir=tmp_path / "state")
    (tmp_path / "r-results.xlsx" / "inside").mkdir(parents=True)  # a directory in the way can't be replaced
    (tmp_path / "r-results-2.xlsx").write_bytes(b"somebody's")
    sheet = answered(roster, settings)

    saved = save(sheet, settings)

    assert saved == tmp_path / "r-results-3.xlsx"
    assert codes(sheet) == ["result-moved"]
    assert str(saved) in sheet.problems[0].message
    assert "https://join/1" in str(sheet_of(saved, Settings(), NOW).rows[0].standing)


def test_a_folder_that_is_gone_at_the_end_gives_a_copy_in_the_state_folder(tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    settings = Settings(files=(str(roster),), result=tmp_path / "gone" / "out.csv", state_dir=tmp_path / "state")
    sheet = answered(roster, settings)

    saved = save(sheet, settings)

    assert saved == tmp_path / "state" / "results" / f"out ({LOCAL}).csv"
    assert "https://join/1" in saved.read_text(encoding="utf-8-sig")


@as_root
def test_a_disk_that_is_full_at_the_end_gives_a_copy_in_the_state_folder(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        roster = csv_file(disk / "r.csv", [values("1")])
        settings = Settings(files=(str(roster),), state_dir=tmp_path / "state")
        sheet = answered(roster, settings)
        fill(disk)
        before = sorted(disk.iterdir())
        saved = save(sheet, settings)
        after = sorted(disk.iterdir())

    assert saved == tmp_path / "state" / "results" / f"r-results ({LOCAL}).csv"
    assert (codes(sheet), after) == (["result-moved"], before)


def away() -> bool:
    raise OSError(errno.ESTALE, "Stale file handle")


@pytest.mark.parametrize("holds", [lambda: False, away], ids=["another has taken the turn", "nobody can tell"])
def test_a_run_that_lost_its_turn_replaces_no_newer_copy(tmp_path: Path, holds: Callable[[], bool]) -> None:
    roster = xlsx_file(tmp_path / "r.xlsx", [values("1")])
    settings = Settings(files=(str(roster),), state_dir=tmp_path / "state")
    Saving(settings=settings, now=lambda: NOW).save([answered(roster, settings)])
    newer = (tmp_path / "r-results.xlsx").read_bytes()
    leftover = tmp_path / ".r-results.xlsx-0123abcd.tmp"
    leftover.write_bytes(b"the other run is about to save this")
    sheet = answered(roster, settings)

    saved = save(sheet, settings, holds)

    assert (saved.name, codes(sheet)) == ("r-results-2.xlsx", ["result-moved"])
    assert ((tmp_path / "r-results.xlsx").read_bytes(), leftover.exists()) == (newer, True)


def test_whoever_has_the_old_results_open_is_named(tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    settings = Settings(files=(str(roster),), state_dir=tmp_path / "state")
    (tmp_path / "r-results.csv").mkdir()
    (tmp_path / ".~lock.r-results.csv#").write_text("Bo Berg,bo,pc-1,22.11.2026 02:00,;", encoding="utf-8")
    sheet = answered(roster, settings)

    save(sheet, settings)

    assert "opened by Bo Berg on pc-1" in sheet.problems[0].message


def test_a_roster_that_is_open_is_read_with_a_note(command: Command, served: str, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    (tmp_path / ".~lock.r.csv#").write_text("Bo Berg,bo,pc-1,22.11.2026 02:00,;", encoding="utf-8")

    done = command("run", roster, "-o", "json")

    file = done.json["files"][0]
    assert (done.code, [found["code"] for found in file["problems"]]) == (0, ["open-elsewhere"])
    assert "may lack unsaved edits: opened by Bo Berg on pc-1" in file["problems"][0]["message"]


def test_reading_is_tried_again_while_the_file_is_held(tmp_path: Path) -> None:
    """A folder in the file's place refuses to be read, until it has made room."""
    roster = tmp_path / "r.csv"
    roster.mkdir()
    slept: list[float] = []

    def make_room(seconds: float) -> None:
        slept.append(seconds)
        roster.rmdir()
        csv_file(roster, [values("1")])

    held = IORetry(make_room, passing=frozenset({errno.EISDIR, errno.EACCES}))
    assert len(sheet_of(roster, Settings(), NOW, held).rows) == 1
    assert len(slept) == 1


def test_results_without_any_place_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "file"))
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    settings = Settings(
        files=(str(roster),), result=tmp_path / "gone" / "out.csv", state_dir=tmp_path / "file" / "state"
    )
    sheet = answered(roster, settings)

    assert Saving(settings=settings, now=lambda: NOW, retry=IORetry(lambda _: None)).save([sheet]) == (None, False)
    assert codes(sheet) == ["result-not-saved"]


class Crooked:
    """A table whose copies have the link of one row on another."""

    def __init__(self, table: Any) -> None:  # noqa: ANN401 - any table
        self.table = table

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the table has
        return getattr(self.table, name)

    def with_results(self, results: Mapping[int, Mapping[str, str]], columns: Sequence[str]) -> bytes:
        raise Stop(problem("copy-differs", value="r.csv", detail=f"{len(results)} {len(columns)}"), ExitCode.RESULTS)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_copy_that_fails_its_check_becomes_a_list_by_row_and_external_id(tmp_path: Path, suffix: str) -> None:
    make = {"csv": csv_file, "xlsx": xlsx_file}[suffix]
    roster = make(tmp_path / f"r.{suffix}", [values("-1"), values("00042")])
    settings = Settings(files=(str(roster),), state_dir=tmp_path / "state")
    sheet = answered(roster, settings)
    sheet.table = Crooked(sheet.table)

    saved = save(sheet, settings)

    assert saved == tmp_path / "r-results.csv"
    assert codes(sheet) == ["copy-differs", "results-as-list"]
    with saved.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["Row"], line["External ID"], line["Join URL"]) for line in lines] == [
        ("2", "'-1", "https://join/-1"),
        ("3", "00042", "https://join/00042"),
    ]


def test_the_headings_of_a_list_are_in_the_language_of_what_stands_below(tmp_path: Path) -> None:
    headings = ["ID externe", "Objet", "Début", "Fin", "Fuseau horaire", "Organisateur", "Participants"]
    cells = ["7", "Réunion", "2031-03-20 09:00", "2031-03-20 10:00", "Europe/Paris", "ana@contoso.example", ""]
    roster = tmp_path / "r.csv"
    roster.write_text(";".join(headings) + "\n" + ";".join(cells) + "\n", encoding="utf-8")
    settings = Settings(files=(str(roster),), state_dir=tmp_path / "state")
    sheet = answered(roster, settings)
    sheet.table = Crooked(sheet.table)

    saved = save(sheet, settings)

    with saved.open(encoding="utf-8-sig", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["Ligne"], line["ID externe"], line["État"]) == ("2", "7", "créée")
    assert line["Lien de participation"] == "https://join/7"


class Broken(Crooked):
    """A table that meets a bug of ours while its copy is made."""

    def with_results(self, results: Mapping[int, Mapping[str, str]], columns: Sequence[str]) -> bytes:
        raise ZeroDivisionError(f"{len(results)} {len(columns)}")


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_bug_of_ours_leaves_the_links_in_a_list(tmp_path: Path, suffix: str) -> None:
    make = {"csv": csv_file, "xlsx": xlsx_file}[suffix]
    roster = make(tmp_path / f"r.{suffix}", [values("1"), values("2")])
    settings = Settings(files=(str(roster),), state_dir=tmp_path / "state")
    sheet = answered(roster, settings)
    sheet.table = Broken(sheet.table)

    saved = save(sheet, settings)

    assert codes(sheet) == ["copy-not-made", "results-as-list"]
    assert code_of_saving([sheet], in_place=False) == ExitCode.BUG
    assert "with_results:" in sheet.problems[0].detail
    with saved.open(encoding="utf-8-sig", newline="") as file:
        assert [line["Join URL"] for line in csv.DictReader(file)] == ["https://join/1", "https://join/2"]


STRANGE: dict[str, dict[str, Any]] = {
    "a control character": {"joinWebUrl": "https://teams.example/\x0b\x1b[31m1"},
    "a nul": {"joinWebUrl": "https://teams.example/\0"},
    "half a character": {"joinWebUrl": "https://teams.example/\ud83d"},
    "no character": {"joinWebUrl": "https://teams.example/\uffff"},
    "a line break": {"joinWebUrl": "https://teams.example/1\r\nhttps://teams.example/2"},
    "quotes": {"joinWebUrl": 'https://teams.example/"><script>alert(1)</script>'},
    "a long one": {"joinWebUrl": "https://teams.example/" + 40_000 * "x"},
    "a formula": {"joinWebUrl": '=HYPERLINK("https://evil.example")'},
    "a strange number": {"audioConferencing": {"conferenceId": "1\0\ud800", "tollNumber": "+49\x1b"}},
    "the end of time": {"startDateTime": "9999-12-31T23:59:59-14:00", "endDateTime": "9999-12-31T23:59:59-14:00"},
    "the end of time in UTC": {"startDateTime": "9999-12-31T23:30:00Z", "endDateTime": "9999-12-31T23:59:59Z"},
    "ages": {"startDateTime": "0002-01-01T00:00:00+14:00", "endDateTime": "9999-12-31T23:59:59Z"},
    "no time": {"startDateTime": "24:00", "expiryDateTime": "\ud800"},
    "a strange person": {"participants": {"organizer": {"upn": "\ud800\0"}, "attendees": [{"upn": "\x1b\udfff"}]}},
    "a strange subject": {"subject": "\ud800\0\x1b[2J"},
}


class Strange:
    """A Graph that answers one row with something strange."""

    def __init__(self, app: Sandbox, external_id: str, said: Mapping[str, Any]) -> None:
        self.app, self.external_id, self.said = app, external_id, said

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun: list[Any] = []
        body = b"".join(self.app(environ, lambda *given: begun.append(given)))  # type: ignore[arg-type]
        status, headers = begun[0][:2]
        if f'"externalId":"{self.external_id}"'.encode() in body.replace(b" ", b""):
            body = json.dumps({**json.loads(body), **self.said}).encode()
            headers = [*((name, text) for name, text in headers if name.lower() != "content-length")]
            headers.append(("Content-Length", str(len(body))))
        start_response(status, headers)
        return [body]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("strange", STRANGE)
def test_one_strange_answer_keeps_no_other_link_out_of_the_copy(
    command: Command, graph: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, strange: str, suffix: str
) -> None:
    make = {"csv": csv_file, "xlsx": xlsx_file}[suffix]
    make(tmp_path / f"r.{suffix}", [values(name) for name in ("1", "odd", "3")])
    monkeypatch.setenv("MEETING_IMPORTER_ACCESS_TOKEN", APP_TOKEN)
    extras = (part for column in EXTRA_COLUMNS for part in ("--add-column", column.key))
    with serve(Strange(graph, "odd", STRANGE[strange])) as url:
        line = ("run", f"r.{suffix}", "--graph-url", url, "--report", "r.html", "--ics", "ics", *extras, "-o", "json")
        nights = [command(*line), command(*line, "--only-changed"), command(*line, "--update")]

    for done in nights:
        (file,) = done.json["files"]
        assert (done.code in {0, 4}, Path(file["result"]).name) == (True, f"r-results.{suffix}"), file["problems"]
    copy = tmp_path / f"r-results.{suffix}"
    copied = read_table(read_file(copy), copy.name, SheetRequest()).rows()
    links = [row.standing["join_url"] for row in copied]
    assert (links[0], links[2]) == (nights[0].rows[2]["join_url"], nights[0].rows[4]["join_url"])
    assert links[0] != links[2]
    assert (tmp_path / "r.html").is_file()
    said = [code for row, _, code in nights[0].found if row == 3]
    if REPLACED in links[1]:
        assert (nights[0].code, "link-damaged" in said) == (4, True)
    assert not [found for found in nights[0].found if found[0] != 3]


def test_a_list_replaces_no_earlier_copy(tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    settings = Settings(files=(str(roster),))
    earlier = csv_file(tmp_path / "r-results.csv", [values("1")]).read_bytes()
    sheet = answered(roster, settings)
    sheet.table = Crooked(sheet.table)

    saved = save(sheet, settings)

    assert saved == tmp_path / f"r-results ({LOCAL}).csv"
    assert (tmp_path / "r-results.csv").read_bytes() == earlier


def test_a_copy_that_can_not_be_made_loses_nothing_when_nothing_was_answered(tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])
    settings = Settings(files=(str(roster),))
    sheet = sheet_of(roster, settings, NOW)
    sheet.table = Crooked(sheet.table)

    with pytest.raises(Stop, match="does not show"):
        save(sheet, settings)

    assert list(tmp_path.iterdir()) == [roster]


def test_wrong_configuration_leaves_no_copy(command: Command, tmp_path: Path) -> None:
    roster = csv_file(tmp_path / "r.csv", [values("1")])

    done = command("run", roster, "-o", "json")

    assert (done.code, done.json["files"][0]["result"], list(tmp_path.iterdir())) == (2, None, [roster])


def test_a_copy_under_a_dated_name_is_never_taken_for_input(command: Command, served: str, tmp_path: Path) -> None:
    for name in ("r.csv", "r-results.csv", f"r-results ({LOCAL}).csv", f"out ({LOCAL}, 2).csv"):
        csv_file(tmp_path / name, [values("1")])

    done = command("run", tmp_path, "-o", "json")

    assert [Path(file["input"]).name for file in done.json["files"]] == ["r.csv"]


@pytest.mark.parametrize("sign", [".~lock.r-results.csv#", "~$r-results.csv"])
def test_results_that_somebody_has_open_are_saved_and_their_reader_is_warned(
    sign: str, command: Command, tmp_path: Path
) -> None:
    csv_file(tmp_path / "r.csv", [values("1")])
    (tmp_path / sign).write_bytes(b"Bo Berg,bo,pc-1,22.11.2026 02:00,;" if sign[0] == "." else b"\x07Bo Berg")

    done = command("run", "r.csv", "--sandbox", "-o", "json")

    (file,) = done.json["files"]
    assert (done.code, file["result"]) == (0, "r-results.csv")
    (found,) = [each for each in file["problems"] if each["code"] == "result-open-elsewhere"]
    assert "r-results.csv is open elsewhere (Bo Berg" in found["message"]


def test_results_that_nobody_has_open_are_saved_without_a_word(command: Command, tmp_path: Path) -> None:
    csv_file(tmp_path / "r.csv", [values("1")])

    assert command("run", "r.csv", "--sandbox", "-o", "json").json["files"][0]["problems"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a POSIX notion")
@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_whatever_is_made_of_a_private_roster_is_private(command: Command, tmp_path: Path, suffix: str) -> None:
    roster = (csv_file if suffix == "csv" else xlsx_file)(tmp_path / f"r.{suffix}", [values("1")])
    roster.chmod(0o600)
    before = set(tmp_path.rglob("*"))
    assert command("run", roster, "--ics", tmp_path / "ics", "--report", tmp_path / "r.html").code == 0
    assert command("template", tmp_path / "t.xlsx", "--from", roster).code == 0
    made = [path for path in set(tmp_path.rglob("*")) - before if path.is_file()]
    assert {path.suffix for path in made} == {f".{suffix}", ".ics", ".html", ".xlsx"}
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in made} == dict.fromkeys(
        (p.name for p in made), "0o0"
    )
