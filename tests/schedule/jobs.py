"""A nightly job to render."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import TypedDict, Unpack

from importer.schedule import NightlyJob, Variable

WINDOWS = NightlyJob(
    name="Meeting importer",
    at=time(2, 0),
    first=date(2026, 11, 25),
    program=(r"C:\mi\Scripts\meeting-importer.exe",),
    arguments=("run", "--", r"\\server\share\rosters"),
    folder=r"C:\mi",
    places=(r"\\server\share\rosters",),
    user="",
    limit=timedelta(hours=4),
    variables=(
        Variable("AZURE_TENANT_ID"),
        Variable("AZURE_CLIENT_CERTIFICATE_PATH", instead=("AZURE_CLIENT_SECRET",)),
    ),
)
LINUX = replace(
    WINDOWS,
    program=("/opt/mi/bin/meeting-importer",),
    arguments=("run", "--", "/srv/rosters"),
    folder="/srv",
    places=("/srv/rosters",),
    user="rosters",
)


class Different(TypedDict, total=False):
    """What can be said differently."""

    program: tuple[str, ...]
    arguments: tuple[str, ...]
    folder: str
    places: tuple[str, ...]
    user: str
    variables: tuple[Variable, ...]


def job(**different: Unpack[Different]) -> NightlyJob:
    """Return a job for Windows."""
    return replace(WINDOWS, **different)


def unit(**different: Unpack[Different]) -> NightlyJob:
    """Return a job for Linux."""
    return replace(LINUX, **different)
