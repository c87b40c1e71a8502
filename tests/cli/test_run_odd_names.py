"""Names that are no text in this locale: they come in and go out in every way, and nothing ends because of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer.ledger.store import from_text, to_text
from tests.cli.rosters import csv_file, values, xlsx_file
from tests.notify.receivers import Mails, Posted, mail_server, web_server

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    "UTF-8": {"LC_ALL": "C.UTF-8"},
    "ASCII": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "a cp1252 console": {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "cp1252"},
}
ROOT = Path(__file__).parents[2]


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


def run(home: Path, locale: str, *line: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [os.fsencode(str(word)) for word in (sys.executable, "-m", "importer", *line)],
        capture_output=True,
        check=False,
        cwd=home,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "MEETING_IMPORTER_STATE_DIR": str(home / "state"),
            **LOCALES[locale],
            **environment,
        },
    )


def no_crash(done: subprocess.CompletedProcess[bytes], *codes: int) -> None:
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")[-1500:]
    assert done.returncode in codes, done.stderr.decode(errors="replace")[-1500:]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_name_goes_in_every_way_and_out_every_way(
    tmp_path: Path, folder: Path, locale: str, hook: Posted, post: Mails
) -> None:
    odd = os.fsencode(folder)
    outputs = ["--report", folder / os.fsdecode(b"r\xe9port.html"), "--ics", folder / os.fsdecode(b"\xefcs")]
    outputs += ["--heartbeat", folder / "beat.json", "--log-file", folder / os.fsdecode(b"l\xf6g.log")]
    outputs += ["--notify-url", hook.url, "--notify-smtp", f"127.0.0.1:{post.port}", "--notify-smtp-security", "none"]
    outputs += ["--notify-from", "a@contoso.example", "--notify-to", "b@contoso.example"]
    count = len(NAMES) + 2

    done = run(tmp_path, locale, "run", folder, "--sandbox", "--settle", "0", "-o", "json", *outputs)

    no_crash(done, 0)
    files = json.loads(done.stdout.decode("ascii" if locale == "ASCII" else "cp1252" if "1252" in locale else "utf-8"))
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


@pytest.mark.parametrize("locale", ["ASCII"])
def test_what_was_done_is_found_again_under_its_name(tmp_path: Path, folder: Path, locale: str) -> None:
    files = [folder / os.fsdecode(name + b".csv") for name in NAMES]
    no_crash(run(tmp_path, locale, "run", *files, "--sandbox", "-q"), 0)
    no_crash(run(tmp_path, locale, "validate", *files), 0)
    for file in files[:1]:
        found = run(tmp_path, locale, "history", file)
        no_crash(found, 0)
        assert b"exit code 0" in found.stdout or b"1 created" in found.stdout
    no_crash(run(tmp_path, locale, "history", "-o", "json"), 0)
    for file in files:
        file.with_name(f"{file.stem}-results.csv").unlink()

    no_crash(run(tmp_path, locale, "recover", "last"), 0)

    assert all(file.with_name(f"{file.stem}-results.csv").exists() for file in files)
    no_crash(run(tmp_path, locale, "history", "--forget", files[0]), 0)
    assert b"1 created" not in run(tmp_path, locale, "history", files[0]).stdout


@pytest.mark.parametrize("locale", ["UTF-8"])
def test_other_commands_take_such_names_or_say_why_not(tmp_path: Path, folder: Path, locale: str) -> None:
    file = folder / os.fsdecode(b"caf\xe9.csv")
    no_crash(run(tmp_path, locale, "doctor", file, "--sandbox"), 0, 4)
    no_crash(run(tmp_path, locale, "template", folder / os.fsdecode(b"n\xe9w.xlsx"), "--from", file), 0)
    no_crash(run(tmp_path, locale, "run", folder / os.fsdecode(b"not th\xe9re.csv"), "--sandbox"), 3)
    no_crash(run(tmp_path, locale, os.fsdecode(b"r\xfcn"), file), 2)
    no_crash(run(tmp_path, locale, "run", os.fsdecode(b"--\xfc"), file), 2)
    no_crash(run(tmp_path, locale, "explain", os.fsdecode(b"\xfc")), 2)
    no_crash(run(tmp_path, locale, "recover", os.fsdecode(b"\xfc")), 2)
    for form in ("task", "systemd", "cron"):
        line = ["schedule", "--as", form, "--program", "/bin/meeting-importer", "--", "run", file, "--sandbox"]
        done = run(tmp_path, locale, *line)
        no_crash(done, 2)
        assert done.stdout == b""


@pytest.mark.parametrize(
    "text",
    ["", "plain", '"quoted"', "caf\udce9", '"', '"\\udce9"x', "\ud800", "é", "[1]", 'a\udcff"\\'],
)
def test_the_ledger_gives_back_every_text(text: str) -> None:
    to_text(text).encode()
    assert from_text(to_text(text)) == text
