"""The result for machines: one JSON object, its schema versioned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from importer.core.columns import RESULT_COLUMNS
from importer.core.results import LINK_KEYS, invitation_cell
from importer.core.wording import harmless_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core.model import ExitCode, Problem
    from importer.core.report import FileReport, RosterDiff
    from importer.core.row import Row

STANDARD = tuple(column.key for column in RESULT_COLUMNS if column.key in LINK_KEYS)
SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""


def as_json(command: str, run_id: str, exit_code: ExitCode, files: Sequence[FileReport]) -> str:
    """Return the run's result as JSON text, in the shape that guide/json.md documents.

    A passcode, like other columns beyond the standard ones, is there only if it was asked for.
    """
    document = {
        "schema": SCHEMA,
        "run_id": run_id,
        "command": command,
        "exit_code": int(exit_code),
        "files": [_file(report, (*STANDARD, *report.extra)) for report in files],
    }
    return harmless_json(json.dumps(document, ensure_ascii=False, indent=2))


def _file(report: FileReport, keys: Sequence[str]) -> dict[str, Any]:
    return {
        "input": report.input,
        "result": report.result,
        "sheet": report.sheet,
        "exit_code": int(report.exit_code),
        "counts": {status.value: count for status, count in report.counts.items()},
        "problems": [_problem(found) for found in report.problems],
        "since_last_run": None if report.diff is None else _news(report.diff),
        "rows": [_row(row, keys) for row in report.rows],
    }


def _news(diff: RosterDiff) -> dict[str, Any]:
    return {
        "since": diff.since.isoformat(timespec="seconds"),
        "new": diff.new,
        "changed": diff.changed,
        "gone": list(diff.gone),
        "gone_links": [link for _, link in diff.gone_with_links],
    }


def _row(row: Row, keys: Sequence[str]) -> dict[str, Any]:
    texts = {"invitation_text": "", **invitation_cell(row)} if "invitation_text" in keys else {}
    links = {key: "" if row.meeting is None else getattr(row.meeting, key) for key in keys if key in LINK_KEYS}
    checked = None if row.checked_at is None else row.checked_at.isoformat(timespec="seconds")
    return {
        "row": row.number,
        "external_id": row.external_id,
        "organizer": row.organizer,
        "status": row.status.value,
        "problems": [_problem(found) for found in row.problems],
        **links,
        **texts,
        "checked_at": checked,
    }


def _problem(found: Problem) -> dict[str, str]:
    return {
        "code": found.code,
        "severity": found.severity.value,
        "column": found.column,
        "message": found.message,
        "value": found.value,
        "detail": found.detail,
    }
