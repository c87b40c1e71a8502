"""What holds for every test: made-up examples are the same each time, nothing is timed, and nothing goes on behind it.

A test that waits for ever is ended by its time limit (pyproject.toml). What it started would go on: a thread that keeps
its process from ending, or a program that keeps whoever reads this one's output waiting for its end.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import importer

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("random", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("random"), derandomize=True)
settings.load_profile("same")  # a commit that is green is green again; --hypothesis-profile=random looks further

# Hypothesis tries what stands in the modules that are loaded, and which ones are must not be the other tests' doing.
for module in walk_packages(importer.__path__, "importer."):
    if not module.name.endswith("__main__"):
        import_module(module.name)

TASKS = "/proc/{process}/task"
"""A process's threads, each with the children it started. Only Linux has it."""
PATIENCE = 30.0
"""Seconds in which a thread has to end that is about to."""


def _children(process: int | str = "self") -> set[int]:
    """Return the processes that this one has started, and those have, and that have not ended."""
    children: set[int] = set()
    with suppress(OSError):  # a thread, and a process, can end while it is looked at
        for task in Path(TASKS.format(process=process)).glob("*/children"):
            with suppress(OSError):
                children.update(map(int, task.read_text(encoding="ascii").split()))
    return {each for child in children if _goes_on(child) for each in {child, *_children(child)}}


def _goes_on(process: int) -> bool:
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return told.rpartition(") ")[2][:1] not in ("Z", "X")


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """Fails a test behind which a process or a thread goes on."""
    children, threads = _children(), set(threading.enumerate())
    yield
    processes = _children() - children
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    others = [thread for thread in threading.enumerate() if thread not in threads and not thread.daemon]
    for thread in others:
        thread.join(PATIENCE)
    assert not processes, f"the test left processes running: {sorted(processes)}"
    assert not [thread for thread in others if thread.is_alive()], "the test left a thread running"
