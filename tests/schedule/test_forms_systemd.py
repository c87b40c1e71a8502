"""systemd ignores a line that it does not understand, and says so in a log only. So it is asked before."""

from __future__ import annotations

import getpass
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.schedule.forms import service, timer, unit_name
from tests.schedule.jobs import unit

if TYPE_CHECKING:
    from pathlib import Path

    from importer.schedule import NightlyJob

ANALYZE = shutil.which("systemd-analyze")


def verified(job: NightlyJob, folder: Path) -> tuple[int, str]:
    """Return what systemd says about both units."""
    files = []
    for kind, text in (("service", service(job)), ("timer", timer(job))):
        files.append(folder / unit_name(job, kind))
        files[-1].write_text(text, encoding="utf-8")
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", *map(str, files)], capture_output=True, text=True, check=False
    )
    own = [line for line in done.stderr.splitlines() if unit_name(job, "") in line]
    return done.returncode, "\n".join(own)


def value(text: str, key: str) -> str:
    return next(line.partition("=")[2] for line in text.splitlines() if line.startswith(key + "="))


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not here")
@pytest.mark.parametrize("argument", ["/srv/rosters", "/srv/a b", "/srv/100%", "/srv/$HOME", '/srv/"q"', "/srv/ü", ";"])
def test_systemd_has_nothing_against_the_units(argument: str, tmp_path: Path) -> None:
    job = unit(program=(sys.executable,), arguments=("-m", "importer", argument), user=getpass.getuser(), folder="/srv")

    assert verified(job, tmp_path) == (0, "")


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not here")
def test_systemd_would_say_if_it_had(tmp_path: Path) -> None:
    code, said = verified(unit(program=("not-a-full-path",), folder="relative"), tmp_path)

    assert (code, "meeting-importer.service" in said) == (1, True)


def test_credentials_come_from_a_file_and_are_named_only() -> None:
    text = service(unit())

    assert value(text, "EnvironmentFile") == "/etc/meeting-importer.env"
    assert "AZURE_CLIENT_CERTIFICATE_PATH or AZURE_CLIENT_SECRET" in text
    assert "EnvironmentFile" not in service(unit(variables=()))


def test_the_night_that_was_missed_is_made_up_for_and_failures_are_not_repeated() -> None:
    text = service(unit())

    assert (value(timer(unit()), "OnCalendar"), value(timer(unit()), "Persistent")) == ("*-*-* 02:00:00", "true")
    assert (value(text, "Type"), value(text, "TimeoutStartSec"), value(text, "User")) == ("oneshot", "14400", "rosters")
    assert [line for line in text.splitlines() if line.startswith(("Restart", "SuccessExitStatus"))] == []
    assert "#SuccessExitStatus=4" in text


@pytest.mark.parametrize(
    ("places", "left_out"),
    [
        (("/srv/r",), []),
        (("/tmp/r",), ["PrivateTmp=true"]),  # noqa: S108 - a roster can be there
        (("/var/tmp",), ["PrivateTmp=true"]),  # noqa: S108 - a path in a text, nothing is written there
        (("/etc/rosters",), ["ProtectSystem=full"]),
        (("/tmpfiles", "/user"), []),  # noqa: S108 - a path in a text, nothing is written there
    ],
)
def test_no_hardening_takes_away_what_the_run_needs(places: tuple[str, ...], left_out: list[str]) -> None:
    lines = service(unit(places=places)).splitlines()

    assert [line for line in ("ProtectSystem=full", "PrivateTmp=true") if line not in lines] == left_out
    assert not any(line.startswith(("ProtectHome", "PrivateUsers", "PrivateNetwork")) for line in lines)


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"], include_characters=' "\\$%'), max_size=12)))
def test_any_argument_arrives_as_it_was(arguments: list[str]) -> None:
    """The quoting in double quotes is the shell's, but for `$$` and `%%`."""
    line = value(service(unit(arguments=tuple(arguments))), "ExecStart")

    assert shlex.split(line.replace("$$", "$").replace("%%", "%"))[1:] == arguments


def test_signs_that_stand_for_something_else_are_doubled() -> None:
    line = value(service(unit(arguments=("$HOME", "100%h", "a;b", ";"), folder="/srv/100%")), "ExecStart")

    assert line.split(" ", 1)[1] == '"$$HOME" "100%%h" "a;b" ";"'


def test_a_job_that_leaves_folder_and_account_open_has_no_lines_for_them() -> None:
    text = service(unit(folder="", user=""))

    assert "WorkingDirectory" not in text
    assert "User=" not in text.replace("PrivateUsers=", "")
