"""One way to say that a file can't be used."""

from __future__ import annotations

from dataclasses import replace

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop


def refused(code: str, name: str, *, detail: str = "", **facts: str | int) -> Stop:
    """Gives the Stop that refuses the file called `name`, for the caller to raise."""
    return Stop(
        replace(problem(code, value=name, **{key: str(fact) for key, fact in facts.items()}), detail=detail),
        ExitCode.INPUT,
    )


def damaged(name: str, detail: str) -> Stop:
    """Gives the Stop for a workbook that is broken; `detail` says where, for whoever reads the log."""
    return refused("workbook-damaged", name, detail=detail)
