"""What is remembered from run to run, in one SQLite file on this machine.

Never on a share: SQLite's locks can't be trusted there (https://www.sqlite.org/faq.html#q5), so the file lives in the
state folder. It holds names, links and passcodes, so only its owner may read it.
"""

from __future__ import annotations

from importer.ledger.book import PastFile, PastRow, PastRun, Records, SqliteLedger, open_ledger
from importer.ledger.opening import REAL, TRIALS, ThisRun, state_folder

__all__ = [
    "REAL",
    "TRIALS",
    "PastFile",
    "PastRow",
    "PastRun",
    "Records",
    "SqliteLedger",
    "ThisRun",
    "open_ledger",
    "state_folder",
]
