"""What earlier runs did, and the command that makes the program forget it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from importer.cli.copies import forget as forget_copies
from importer.cli.past import CRASHED, Past, fate_of, source_of
from importer.cli.session import now
from importer.cli.state import folder_of
from importer.core.model import Stop
from importer.core.wording import harmless, harmless_json, rows_counted
from importer.places.paths import mode_of

if TYPE_CHECKING:
    from pathlib import Path

    from importer.cli.settings import Settings
    from importer.ledger import PastFile, PastRun

SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""


def history(settings: Settings, file: Path | None) -> int:
    """Lists the runs, or those of one input file, the latest first; gives the exit code."""
    try:
        with Past.open(folder_of(settings), now()) as past:
            _say_notices(past)
            runs = [run for run, _ in past.runs(source_of(file) if file else "")]
    except Stop as stop:
        return _stopped(stop)
    match settings.output:
        case "json":
            document = {"schema": SCHEMA, "runs": list(map(_as_json, runs))}
            click.echo(harmless_json(json.dumps(document, ensure_ascii=False, indent=2)))
        case "text":
            click.echo(harmless("\n".join(_lines(runs)) if runs else _nothing(settings, file)))
    return 0


def forget(settings: Settings, file: Path | None) -> int:
    """Removes what is known of one input file, or everything; gives the exit code."""
    try:
        with Past.open(folder_of(settings), now()) as past:
            runs, meetings = past.forget(source_of(file) if file else "")
        forget_copies(folder_of(settings), source_of(file) if file else "")
    except Stop as stop:
        return _stopped(stop)
    if settings.output == "text" and not runs and not meetings:
        click.echo(harmless(_nothing(settings, file)))
    elif settings.output == "text":
        forgotten = f"{_counted(runs, 'run')} and {_counted(meetings, 'meeting')}"
        click.echo(f"Forgotten: {forgotten}. The meetings themselves are still in Teams.")
    return 0


def _nothing(settings: Settings, file: Path | None) -> str:
    """Return what to say where there are no runs: a name that is mistyped must not look like a file without runs."""
    if file is None:
        return "Nothing is remembered."
    try:
        there = "" if mode_of(file) else " There is no such file: check its name."
    except OSError:  # a share does not say
        there = ""
    folder = folder_of(settings)
    return f"No run of {source_of(file)} is remembered in {folder}.{there} All runs: meeting-importer history"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _stopped(stop: Stop) -> int:
    click.echo(f"Stopped: {harmless(stop.problem.message)} ({stop.problem.code})", err=True)
    return int(stop.exit_code)


def _say_notices(past: Past) -> None:
    for notice in past.notices:
        click.echo(f"Note: {harmless(notice.message)} ({notice.code})", err=True)


def _lines(runs: list[PastRun]) -> list[str]:
    lines = []
    for run in runs:
        lines.append(f"{run.run_id}  {run.started:%Y-%m-%d %H:%M} UTC  {fate_of(run)}  {run.target}".rstrip())
        lines += [f"    {line}" for file in run.files for line in _file_lines(run, file)]
    return lines


def _file_lines(run: PastRun, file: PastFile) -> list[str]:
    sheet = f" (sheet {file.sheet})" if file.sheet else ""
    counts = ", ".join(f"{count} {status}" for status, count in file.counts.items())
    if file.rows:
        said = f"{rows_counted(file.rows)}: {counts or fate_of(run, file)}"
    else:
        said = f"{fate_of(run, file)}, nothing sent" + (f" ({file.closed})" if file.closed else "")
    lines = [f"{file.input}{sheet}: {said}"]
    return [*lines, f"  Results: {file.result}"] if file.result else lines


def _as_json(run: PastRun) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "command": run.command,
        "inputs": list(run.inputs),
        "target": run.target,
        "started": run.started.isoformat(timespec="seconds"),
        "ended": None if run.ended is None else run.ended.isoformat(timespec="seconds"),
        "exit_code": run.exit_code,
        "state": _state(run),
        "host": run.host,
        "pid": run.pid,
        "files": [_file_as_json(file) for file in run.files],
    }


def _state(run: PastRun) -> str:
    if fate_of(run) == CRASHED:
        return "crashed"
    return "ended" if run.ended is not None else fate_of(run)


def _file_as_json(file: PastFile) -> dict[str, Any]:
    return {
        "input": file.input,
        "sheet": file.sheet,
        "result": file.result or None,
        "started": file.started.isoformat(timespec="seconds"),
        "ended": None if file.ended is None else file.ended.isoformat(timespec="seconds"),
        "exit_code": file.exit_code,
        "rows": file.rows,
        "counts": dict(file.counts),
    }
