"""A crontab line is cut at a percent sign and run by a shell: two chances to run something else."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from importer.schedule.forms import crontab
from tests.schedule.jobs import unit

if TYPE_CHECKING:
    from pathlib import Path

    from importer.schedule import NightlyJob

SAYS = "import os, sys; print(os.getcwd(), os.environ.get('AZURE_TENANT_ID'), *sys.argv[1:], sep='|'); sys.exit(4)"


def command(job: NightlyJob) -> str:
    """Return what cron hands to the shell: behind the five times, up to a percent sign that has no backslash."""
    line = crontab(job).splitlines()[-1].split(maxsplit=5)[5]
    return line.replace("\\%", "\0").partition("%")[0].replace("\0", "%")


@pytest.mark.skipif(os.name == "nt", reason="cron's shell")
@pytest.mark.parametrize("argument", ["/srv/a b", "100%", "a'b", '"$HOME`id`"', "\\", "ü", "*", ";", "%%"])
def test_the_line_runs_the_program_with_its_words_and_keeps_its_exit_code(argument: str, tmp_path: Path) -> None:
    folder = tmp_path / "it's a % folder"
    folder.mkdir()
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "meeting-importer.env").write_text("AZURE_TENANT_ID='the tenant'\n")
    job = unit(program=(sys.executable, "-c", SAYS), arguments=(argument,), folder=str(folder))

    done = subprocess.run(
        ["/bin/sh", "-c", command(job)], env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.returncode) == (f"{folder}|the tenant|{argument}", 4)


@pytest.mark.skipif(os.name == "nt", reason="cron's shell")
def test_without_the_credentials_file_nothing_runs(tmp_path: Path) -> None:
    job = unit(program=("/bin/echo",), arguments=("ran",), folder="/")

    done = subprocess.run(
        ["/bin/sh", "-c", command(job)], env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert ("ran" in done.stdout, done.returncode == 0) == (False, False)


def test_a_run_without_credentials_needs_no_file() -> None:
    assert command(unit(variables=(), folder="")) == "exec /opt/mi/bin/meeting-importer run -- /srv/rosters"
    assert "env" not in crontab(unit(variables=()))


def test_the_time_and_the_account_are_told() -> None:
    lines = crontab(unit()).splitlines()

    assert lines[-1].startswith("0 2 * * *  cd /srv && ")
    assert "crontab -u rosters -e" in lines[0]
    assert any("MAILTO" in line for line in lines)
