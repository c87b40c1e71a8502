"""Two containers have a first process each, and perhaps one name: the lock of one that works is not the other's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from importer.ledger.opening import machine
from importer.locks import AGED
from tests.forks import PATIENCE, ROOT

if TYPE_CHECKING:
    from pathlib import Path

TRY = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from importer.ledger.opening import born, goes_on, machine
from importer.locks import HeldError, LockOwner, ShareLock
me = LockOwner(born=born(os.getpid()) or "", since=datetime.now(UTC), machine=machine(), host="same-name")
try:
    ShareLock(Path(sys.argv[1]), me, goes_on=goes_on).acquire()
except HeldError as held:
    print("held by", held.holder.pid if held.holder else None, flush=True)
    sys.exit(0)
print("taken by", os.getpid(), flush=True)
sys.stdin.read()
os._exit(1)  # as one that is killed: the lock stays
"""


def contained() -> list[str]:
    """Return the start of a command whose first process is number 1; skip where there can be none."""
    line = ["unshare", *([] if os.geteuid() == 0 else ["-Ur"]), "-p", "--fork", "--kill-child", "--mount-proc"]
    if shutil.which("unshare") is None or subprocess.run([*line, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no container can be made here")
    return line


def begin(target: Path, *within: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*within, sys.executable, "-c", TRY, str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def told(process: subprocess.Popen[str]) -> str:
    """End one that waits, and return what it said."""
    return process.communicate(timeout=PATIENCE)[0].strip()


@pytest.mark.skipif(sys.platform != "linux", reason="containers are Linux's")
def test_a_first_process_takes_no_lock_of_another_containers_first_process(tmp_path: Path) -> None:
    container, target = contained(), tmp_path / "r-results.xlsx"
    lock = tmp_path / ".r-results.xlsx.lock"
    first = begin(target, *container)
    assert first.stdout is not None
    assert first.stdout.readline().strip() == "taken by 1"
    assert told(begin(target, *container)) == "held by 1"
    assert told(begin(target)) == "held by 1"  # the machine itself, where number 1 is another process again

    told(first)
    assert told(begin(target, *container)) == "held by 1"  # nobody outside can tell that it has ended
    moment = lock.stat().st_mtime - AGED - 60
    os.utime(lock, (moment, moment))
    assert told(begin(target, *container)) == "taken by 1"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the network card tells machines apart")
def test_where_containers_can_not_be_told_apart_no_machine_is_known(tmp_path: Path) -> None:
    assert machine() == machine() != ""
    assert machine(proc=tmp_path) == ""
