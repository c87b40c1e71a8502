"""A ledger of the test's own, opened as often as runs open theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.ledger import SqliteLedger, open_ledger
from tests.ledger.entries import this_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.ledger.opening import ThisRun


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the ledger is; the folder is not there yet."""
    return tmp_path / "state" / "ledger.sqlite3"


@pytest.fixture
def opened(path: Path) -> Iterator[Callable[..., SqliteLedger]]:
    """Return a function that opens the ledger for one more run, and puts down that it has started."""
    ledgers: list[SqliteLedger] = []

    def run(run: ThisRun | str = "one", **changes: object) -> SqliteLedger:
        ledger = open_ledger(path, this_run(run, **changes) if isinstance(run, str) else run)
        assert isinstance(ledger, SqliteLedger)
        ledger.start()
        ledgers.append(ledger)
        return ledger

    yield run
    for ledger in ledgers:
        ledger.close()
