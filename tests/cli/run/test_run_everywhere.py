"""Neither the locale nor the time zone of the machine changes what comes of a roster, to the byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forks import PATIENCE, ROOT

SOURCES = Path("/usr/share/i18n/locales")
SCRUBBED = ("LC_", "LANG", "MEETING_", "AZURE_", "XDG_", "NO_COLOR", "FORCE_COLOR")
PLAIN = ("C", "UTC")
PLACES = (
    ("de_DE.UTF-8", "America/St_Johns"),
    ("tr_TR.UTF-8", "Asia/Kathmandu"),  # whose capital i has a dot
    ("ja_JP.EUC-JP", "Pacific/Kiritimati"),
)
"""Each locale is compiled for the test; the zones are half an hour off, three quarters, and a day ahead."""


def begun(folder: Path, name: str, zone: str) -> subprocess.Popen[bytes]:
    """Start the corpus on a machine that is set up so."""
    shutil.copytree(ROOT / "samples", folder / name / "samples", ignore=shutil.ignore_patterns("*-results*", "*.png"))
    if name != "C":
        language, _, charset = name.partition(".")
        make = ["localedef", "--no-archive", "-i", language, "-f", charset, str(folder / "locales" / name)]
        subprocess.run(make, check=True, capture_output=True)
    given = {key: value for key, value in os.environ.items() if not key.startswith(SCRUBBED)}
    ours = {
        "LC_ALL": name,
        "LOCPATH": str(folder / "locales"),
        "TZ": zone,
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "utf-8",  # what the streams' own does is looked at where odd names go through them
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "0",
        "COLUMNS": "100",
        "HOME": str(folder / f"{name}-home"),
        "MEETING_IMPORTER_OUTPUT": "json",
        "MEETING_IMPORTER_SETTLE": "0",
    }
    line = [sys.executable, "-m", "tests.cli.run.everywhere", str(folder / name)]
    return subprocess.Popen(line, env={**given, **ours}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.skipif(not (shutil.which("localedef") and SOURCES.is_dir()), reason="locales can't be compiled here")
def test_no_outcome_depends_on_the_machines_locale_or_time_zone(tmp_path: Path) -> None:
    (tmp_path / "locales").mkdir()
    processes = {name: begun(tmp_path, name, zone) for name, zone in (PLAIN, *PLACES)}
    found, places = {}, set()
    for name, process in processes.items():
        out, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err.decode()[-3000:]
        said = json.loads(out)
        places.add(tuple(said["place"]))
        found[name] = said["outcomes"]

    assert places == {("C", "+0000"), ("de_DE.UTF-8", "-0330"), ("tr_TR.UTF-8", "+0545"), ("ja_JP.EUC-JP", "+1400")}
    plain = found.pop(PLAIN[0])
    assert {each["code"] for each in plain.values()} == {0, 4}
    assert sum(len(each["written"]) for each in plain.values()) > len(plain)
    for name, outcomes in found.items():
        for line, outcome in outcomes.items():
            assert (name, line, outcome) == (name, line, plain[line])
