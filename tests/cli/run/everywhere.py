"""What comes of a corpus of rosters on a machine that is set up in some way: python -m tests.cli.run.everywhere FOLDER.

Works in FOLDER, where `samples` lie, and prints as JSON how the machine is set up, and what came of each line: exit
code, what it printed, and each file that it wrote. The moments of the runs are taken out; nothing else may differ.
"""

from __future__ import annotations

import io
import json
import locale
import os
import re
import shlex
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from importer.cli.main import main
from tests.reference import GUIDE

ODD = "odd.csv"
"""A roster in which a locale could change what is read: Turkish letters, names of months, decimal signs, orders."""
_ROWS = (
    "ID;TITLE;START;DURATION;TIME ZONE;ORGANIZER;LOBBY",
    "I1;İlk ışık;13 Ocak 2031 09:00;1,5 h;Europe/Istanbul;ANA.LIMA@CONTOSO.EXAMPLE;EVERYONE",
    "I2;Größe, très bien;den 3. März 2031, 14.30 Uhr;1:30;Europe/Berlin;IDA.LIND@contoso.example;",
    "I3;朝の会;2031年3月4日 9時30分;45;Asia/Tokyo;ida.lind@contoso.example;",
    "I4;No zone of its own;2031-07-01 09:00;60 min;;ida.lind@contoso.example;",
    "I5;Two dates at once;03/04/2031 9:00;60;UTC;ida.lind@contoso.example;",
    "I6;Number;45000,375;60;UTC;ida.lind@contoso.example;",
    "I7;Gap;2031-03-30 02:30;60;Europe/Berlin;ida.lind@contoso.example;",
    "i1;Small letter;2031-01-13 09:00;60;Europe/Istanbul;ana.lima@contoso.example;",
)
_OURS = ("run", "samples/roster.xlsx", "--sandbox", "--report", "report.html", "--ics", "ics")
LINES = (
    _OURS,
    (*_OURS, "--timezone", "Europe/Paris", "--update"),
    ("run", ODD, "--sandbox"),
    ("validate", ODD, "--timezone", "America/New_York", "--language", "de"),
    ("map", ODD),
    ("template", "new.csv"),
    ("explain",),
    ("guide", "nightly"),
)


def lines() -> list[list[str]]:
    """Return the corpus: those above, and the guide's recipes."""
    recipes = re.findall(
        r"<!-- line: recipe -->\n```sh\n(.*?)\n```", (GUIDE / "rosters.md").read_text(encoding="utf-8")
    )
    return [list(line) for line in LINES] + [shlex.split(line)[1:] for line in recipes]


def _moments() -> re.Pattern[str]:
    """Return what a run says of its own time, its number, and how long it took."""
    today = datetime.now(UTC)
    near = [today + timedelta(days=days) for days in (-1, 0, 1)]
    days = [*(f"{day:%Y-%m-%d}" for day in near), *(f"{day:%Y%m%d}" for day in near)]
    moment = rf"(?:{'|'.join(days)})(?:[T ][\d:]+)?(?:\+00:00|Z| UTC)?(?:-[0-9a-f]{{6}})?"
    return re.compile(rf'{moment}|[\d:]{{8}} GMT|request-id [0-9a-f-]{{36}}|(?s:<dl class="facts">.*?</dl>)')


def _texts(path: Path) -> list[str]:
    """Return what stands in a file; of a workbook, in each of its parts."""
    data = path.read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return [data.decode("utf-8", "backslashreplace")]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return [f"{name}\n{parts.read(name).decode('utf-8', 'backslashreplace')}" for name in parts.namelist()]


def outcomes() -> dict[str, object]:
    """Do each line in this process; return what came of it by the line."""
    Path(ODD).write_text("\r\n".join(_ROWS), encoding="utf-8")
    moments = _moments()
    found: dict[str, object] = {}
    real = os.dup(1)
    for line in lines():
        before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
        with Path("said").open("w+b") as said:
            os.dup2(said.fileno(), 1)
            code = main(line)
            sys.stdout.flush()
            os.dup2(real, 1)
            said.seek(0)
            printed = said.read().decode(sys.stdout.encoding, "backslashreplace")
        written = {
            str(path): [blake2b(moments.sub("now", text).encode(), digest_size=8).hexdigest() for text in _texts(path)]
            for path in sorted(Path().rglob("*"))
            if path.is_file() and before.get(path) != path.stat().st_mtime_ns and path.name != "said"
        }
        found[shlex.join(line)] = {"code": code, "printed": moments.sub("now", printed), "written": written}
    return found


if __name__ == "__main__":
    place = locale.setlocale(locale.LC_ALL, ""), time.strftime("%z")  # whatever the program loads might set it likewise
    os.chdir(sys.argv[1])
    print(json.dumps({"place": place, "outcomes": outcomes()}))  # noqa: T201 - that is what it is for
