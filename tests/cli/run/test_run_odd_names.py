"""Names that are no text in this locale: they come in and go out in every way, and nothing ends because of one."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.ledger.store import from_text, to_text
from tests.cli.rosters import csv_file, values, xlsx_file
from tests.forks import forks
from tests.notify.receivers import Mails, Posted, mail_server, web_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., "Done"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system takes no name that is no text")

NAMES = [
    b"caf\xe9",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"line\nbreak",
    b"tab\tand\x1b[2J",
    "zażółć \U0001f600".encode(),
    "cafe\u0301".encode(),
    "\u202egnp".encode(),
    b"100% #1?&'\"<b>",
]
"""Latin-1's é, no text at all, half a surrogate pair as UTF-8 has no right to write it, and what is odd otherwise."""
LOCALES = {
    "UTF-8": ("utf-8", {"LC_ALL": "C.UTF-8"}),
    "ASCII": ("ascii", {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}),
    "a cp1252 console": ("cp1252", {"LC_ALL": "C.UTF-8"}),
}
"""How the streams are encoded, and what a start of Python obeys."""


@dataclass(frozen=True)
class Done:
    """What is seen of a program that has ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module", params=LOCALES)
def locale(request: pytest.FixtureRequest) -> str:
    """Return the name of a locale."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def run(locale: str) -> Iterator[Run]:
    """Return what runs a line in this locale."""
    encoding, environment = LOCALES[locale]
    with forks(**environment) as server:

        def one(*line: object) -> Done:
            program = server.start(*line, environment=environment, encoding=encoding)
            out, err = program.communicate()
            return Done(program.wait(), out, err)

        yield one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder whose own name is odd, with a roster of each odd name and a good one, in CSV and as workbook."""
    made = Path(os.fsdecode(os.fsencode(tmp_path) + b"/fold\xe9r"))
    made.mkdir()
    for number, name in enumerate(NAMES):
        csv_file(made / os.fsdecode(name + b".csv"), [values(f"c{number}")])
    xlsx_file(made / os.fsdecode(b"w\xe9.xlsx"), [values("w1")])
    csv_file(made / "good.csv", [values("good")])
    return made


@pytest.fixture
def hook() -> Iterator[Posted]:
    with web_server() as server:
        yield server


@pytest.fixture
def post() -> Iterator[Mails]:
    with mail_server() as server:
        yield server


def no_crash(done: Done, *codes: int) -> None:
    assert "Traceback" not in done.stderr, done.stderr[-1500:]
    assert done.returncode in codes, done.stderr[-1500:]


def test_every_name_goes_in_every_way_and_out_every_way(
    run: Run, folder: Path, locale: str, hook: Posted, post: Mails
) -> None:
    odd = os.fsencode(folder)
    outputs = ["--report", folder / os.fsdecode(b"r\xe9port.html"), "--ics", folder / os.fsdecode(b"\xefcs")]
    outputs += ["--heartbeat", folder / "beat.json", "--log-file", folder / os.fsdecode(b"l\xf6g.log")]
    outputs += ["--notify-url", hook.url, "--notify-smtp", f"127.0.0.1:{post.port}", "--notify-smtp-security", "none"]
    outputs += ["--notify-from", "a@contoso.example", "--notify-to", "b@contoso.example"]
    count = len(NAMES) + 2

    done = run("run", folder, "--sandbox", "--settle", "0", "-o", "json", *outputs)

    no_crash(done, 0)
    files = json.loads(done.stdout)
    assert [file["counts"] for file in files["files"]] == [{"created": 1}] * count
    if locale == "UTF-8":
        assert all(Path(file["result"]).exists() for file in files["files"])
    results = [name for name in os.listdir(odd) if b"-results" in name]  # noqa: PTH208 - names as bytes
    assert len(results) == count
    assert json.loads((folder / "beat.json").read_bytes())["exit_code"] == 0
    assert [body["exit_code"] for body in hook.bodies] == [0]
    assert len(post.mails) == 1
    page = (folder / os.fsdecode(b"r\xe9port.html")).read_text(encoding="utf-8")
    assert "caf%E9-results.csv" in page
    assert len(list((folder / os.fsdecode(b"\xefcs")).glob("*.ics"))) == count
    assert (folder / os.fsdecode(b"l\xf6g.log")).read_text(encoding="utf-8").count("event") + 1 > 0


@pytest.mark.parametrize("locale", ["ASCII"], indirect=True)
def test_what_was_done_is_found_again_under_its_name(run: Run, folder: Path) -> None:
    files = [folder / os.fsdecode(name + b".csv") for name in NAMES]
    no_crash(run("run", *files, "--sandbox", "-q"), 0)
    no_crash(run("validate", *files), 0)
    for file in files[:1]:
        found = run("history", file)
        no_crash(found, 0)
        assert "exit code 0" in found.stdout or "1 created" in found.stdout
    no_crash(run("history", "-o", "json"), 0)
    for file in files:
        file.with_name(f"{file.stem}-results.csv").unlink()

    no_crash(run("recover", "last"), 0)

    assert all(file.with_name(f"{file.stem}-results.csv").exists() for file in files)
    no_crash(run("history", "--forget", files[0]), 0)
    assert "1 created" not in run("history", files[0]).stdout


@pytest.mark.parametrize("locale", ["UTF-8"], indirect=True)
def test_other_commands_take_such_names_or_say_why_not(run: Run, folder: Path) -> None:
    file = folder / os.fsdecode(b"caf\xe9.csv")
    no_crash(run("doctor", file, "--sandbox"), 0, 4)
    no_crash(run("template", folder / os.fsdecode(b"n\xe9w.xlsx"), "--from", file), 0)
    no_crash(run("run", folder / os.fsdecode(b"not th\xe9re.csv"), "--sandbox"), 3)
    no_crash(run(os.fsdecode(b"r\xfcn"), file), 2)
    no_crash(run("run", os.fsdecode(b"--\xfc"), file), 2)
    no_crash(run("explain", os.fsdecode(b"\xfc")), 2)
    no_crash(run("recover", os.fsdecode(b"\xfc")), 2)
    for form in ("task", "systemd", "cron"):
        line = ["schedule", "--as", form, "--program", "/bin/meeting-importer", "--", "run", file, "--sandbox"]
        done = run(*line)
        no_crash(done, 2)
        assert done.stdout == ""


@pytest.mark.parametrize(
    "text",
    ["", "plain", '"quoted"', "caf\udce9", '"', '"\\udce9"x', "\ud800", "é", "[1]", 'a\udcff"\\'],
)
def test_the_ledger_gives_back_every_text(text: str) -> None:
    to_text(text).encode()
    assert from_text(to_text(text)) == text
