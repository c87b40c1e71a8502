"""The Tab key: what the shells' scripts are given, and what they ask for while somebody types."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.reference import GUIDE

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = "import sys; sys.argv[0] = 'meeting-importer'; from importer.cli.main import main; sys.exit(main())"
"""What the installed script does, wherever it is installed."""


def asked(instruction: str, words: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    environment |= {"_MEETING_IMPORTER_COMPLETE": instruction, "COMP_WORDS": f"meeting-importer {words}"}
    environment |= {"COMP_CWORD": str(len(words.split(" ")))}
    return subprocess.run(
        [sys.executable, "-c", COMMAND],
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_for_each_shell_and_the_guide_says_how(shell: str) -> None:
    done = asked(f"{shell}_source")

    assert (done.returncode, f"{shell}_complete" in done.stdout) == (0, True)
    assert f"_MEETING_IMPORTER_COMPLETE={shell}_source meeting-importer" in (GUIDE / "options.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("temp", "plain,template"),
        ("run --time", "plain,--timezone"),
        ("run --cloud us", "plain,usgov-l4"),
        ("run --timezone europe/berl", "plain,Europe/Berlin"),
        ("run ros", "file,ros"),
        ("validate ros", "file,ros"),
        ("doctor ros", "file,ros"),
        ("explain not-a", "plain,not-a-date"),
        ("guide tr", "plain,troubleshooting"),
        ("template x.xlsx --from ros", "file,ros"),
    ],
)
def test_what_has_been_typed_is_completed(words: str, line: str) -> None:
    done = asked("bash_complete", words)

    assert (done.returncode, done.stderr) == (0, "")
    assert line in done.stdout.splitlines()


def test_a_broken_settings_file_is_not_in_the_way_and_nobody_is_told(tmp_path: Path) -> None:
    (tmp_path / "meeting-importer.toml").write_text("broken", encoding="utf-8")

    done = asked("bash_complete", "run --dry", MEETING_IMPORTER_HEARTBEAT=str(tmp_path / "beat.json"))

    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["plain,--dry-run"], "")
    assert [path.name for path in tmp_path.iterdir()] == ["meeting-importer.toml"]
