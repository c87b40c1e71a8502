"""The ledger's tables, and how a file is known to be one of ours in this version."""

from __future__ import annotations

APPLICATION_ID = 0x4D494C31
"""Written into the file's header ("MIL1"), so that another program's database is never taken for a ledger."""

VERSION = 1
"""Raised when a table changes its meaning. A file of another version is set aside, not guessed at."""

TABLES: tuple[str, ...] = (
    # One row for each run. `born` tells a process from a later one with the same number.
    """CREATE TABLE run (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL UNIQUE, command TEXT NOT NULL, inputs TEXT NOT NULL,
        target TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, exit_code INTEGER,
        host TEXT NOT NULL, pid INTEGER NOT NULL, born TEXT NOT NULL)""",
    # One row for each input file of a run. `taken_over` names the run that went on where this one was broken off.
    """CREATE TABLE roster (
        id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, input TEXT NOT NULL, sheet TEXT NOT NULL,
        tenant TEXT NOT NULL, service TEXT NOT NULL, owner TEXT NOT NULL, headings TEXT NOT NULL, replay TEXT NOT NULL,
        rows INTEGER NOT NULL, started TEXT NOT NULL, ended TEXT, exit_code INTEGER, counts TEXT NOT NULL,
        result TEXT NOT NULL, closed TEXT NOT NULL, taken_over TEXT)""",
    "CREATE INDEX roster_input ON roster (input, sheet)",
    "CREATE INDEX roster_run ON roster (run_id)",
    # What became of each row of a roster; kept for the last few runs of it.
    """CREATE TABLE outcome (
        roster INTEGER NOT NULL, number INTEGER NOT NULL, organizer TEXT NOT NULL, external_id TEXT NOT NULL,
        fingerprint TEXT NOT NULL, status TEXT NOT NULL, problems TEXT NOT NULL, checked_at TEXT,
        PRIMARY KEY (roster, number)) WITHOUT ROWID""",
    # The last answer for each meeting. `seal` shows when a damaged disk has changed a letter of it.
    """CREATE TABLE meeting (
        tenant TEXT NOT NULL, service TEXT NOT NULL, organizer TEXT NOT NULL, external_id TEXT NOT NULL,
        fingerprint TEXT NOT NULL, status TEXT NOT NULL, problems TEXT NOT NULL, meeting TEXT NOT NULL,
        checked_at TEXT, run_id TEXT NOT NULL, input TEXT NOT NULL, kept TEXT NOT NULL, seal BLOB NOT NULL,
        PRIMARY KEY (tenant, service, organizer, external_id))""",
)
