"""What this machine says about a set-up, each turned into findings; nobody is asked over the network.

Which settings are in force and where each came from (environment variables by name, never their values), whether the
files can be used and their results saved, and whether what a run writes beside its results can be written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core.catalogue import problem
from importer.core.model import ExitCode, Status, Stop
from importer.core.suggestions import closest
from importer.core.wording import system_reason
from importer.doctor import Finding, finding_for, fine
from importer.graph.auth.credentials import (
    AUTHORITY_HOST,
    CERTIFICATE,
    CERTIFICATE_CHAIN,
    CERTIFICATE_PASSWORD,
    CLIENT,
    FEDERATED_FILE,
    GITHUB_URL,
    SECRET,
    SECRET_FILE,
    TENANT,
    TOKEN,
)
from importer.graph.http import CA_FILE, CA_FOLDER
from importer.paths import full
from importer.tables.save import try_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.core.layout import Layout
    from importer.core.report import FileReport


_SIGN_IN = (TENANT, CLIENT, SECRET, SECRET_FILE, CERTIFICATE, CERTIFICATE_PASSWORD, CERTIFICATE_CHAIN, TOKEN)
_VOUCHED = (FEDERATED_FILE, GITHUB_URL)
_NETWORK = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
LOOKED_AT = (
    *_SIGN_IN,
    *_VOUCHED,
    AUTHORITY_HOST,
    CA_FILE,
    CA_FOLDER,
    *(spelling for name in _NETWORK for spelling in (name, name.lower())),
)
"""The environment variables that decide about sign-in and network; the options' own come on top."""


@dataclass(frozen=True, slots=True)
class SettingSource:
    """An option that is not as by default: its value as text, empty for a switch, and where it came from."""

    name: str
    value: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """Where the settings came from.

    `files` are the settings files that were read, each with why, `file_name` is what one would be called. `options` are
    the environment variables that the options know, which all begin with `prefix`; `environment` is the environment.
    """

    files: Sequence[tuple[Path, str]]
    file_name: str
    prefix: str
    options: frozenset[str]
    environment: Mapping[str, str]
    sources: Sequence[SettingSource]


def judge_configuration(configured: Configured) -> Iterator[Finding]:
    """Return a line each for the settings file, the environment and the options, and a warning for names unknown."""
    if not configured.files:
        yield fine("configuration", "config-none", name=configured.file_name)
    for path, why in configured.files:
        yield fine("configuration", "config-file", path=path, why=why)
    given = [name for name, value in configured.environment.items() if value.strip()]
    known = {*LOOKED_AT, *configured.options}
    yield _environment(sorted(known.intersection(given)))
    yield _options(configured.sources)
    for name in sorted(given):
        if name.startswith(configured.prefix) and name not in known:
            yield finding_for("configuration", problem("setting-unknown", value=name, hint=closest(name, known)))


def _environment(names: Sequence[str]) -> Finding:
    if not names:
        return fine("configuration", "environment-none")
    return fine("configuration", "environment", names=", ".join(names))


def _options(sources: Iterable[SettingSource]) -> Finding:
    texts = [" ".join(filter(None, (each.name, _shown(each.value), f"({each.place})"))) for each in sources]
    if not texts:
        return fine("configuration", "settings-none")
    return fine("configuration", "settings", settings=", ".join(texts))


def _shown(value: str) -> str:
    """Return the value without what stands before the @ of an address: it may be a password."""
    return re.sub(r"//[^/\s]*@", "//", value)


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that could be read: what became of its rows before anything is sent, and where its headings stand."""

    report: FileReport
    layout: Layout

    @property
    def ready(self) -> int:
        """How many rows can be sent."""
        return sum(row.status is not Status.INVALID for row in self.report.rows)

    @property
    def organizers(self) -> list[str]:
        """The organizers of the rows that can be sent, each once."""
        names = {
            row.organizer.casefold(): row.organizer for row in self.report.rows if row.status is not Status.INVALID
        }
        return list(names.values())


def judge_file(file: Inspected) -> Finding:
    """Return how many of the file's rows can be sent."""
    path, rows, ready = file.report.input, len(file.report.rows), file.ready
    if not ready:
        return finding_for("file", problem("nothing-to-send", path=path, rows=rows), exit_code=ExitCode.INPUT)
    if ready < rows:
        told = problem("rows-not-valid", path=path, rows=rows, ready=ready, invalid=rows - ready)
        return finding_for("file", told, detail=_headings(file))
    return fine("file", "file", path=path, rows=rows, headings=_headings(file))


def _headings(file: Inspected) -> str:
    names = ", ".join(file.layout.title(key) for key in file.layout.inputs)
    sheet = f" of sheet {file.report.sheet}" if file.report.sheet else ""
    where = f"headings in row {file.layout.header_row}" if file.layout.header_row else "no headings"
    return f"{where}{sheet}: {names}"


def judge_stop(stop: Stop) -> Finding:
    """Return why a file can't be used."""
    return finding_for("file", stop.problem, exit_code=ExitCode.INPUT)


def judge_place(target: Path) -> Finding:
    """Try whether a copy can be saved as `target`, and leave nothing there."""
    try:
        try_place(target)
    except OSError as error:
        reason = system_reason(error)
        return finding_for("results", problem("folder-not-writable", path=target, reason=reason))
    return fine("results", "results", folder=Path(full(target)).parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteTargets:
    """Where a run is to write what is not its results; None where it was not asked to."""

    report: Path | None = None
    ics: Path | None = None
    log_file: Path | None = None
    heartbeat: Path | None = None


def judge_places(wanted: WriteTargets) -> Iterator[Finding]:
    """Try each place and leave nothing there; return a line for those that are all right and one for each other."""
    good: list[str] = []
    for option, path in (
        ("--report", wanted.report),
        ("--ics", wanted.ics),
        ("--log-file", wanted.log_file),
        ("--heartbeat", wanted.heartbeat),
    ):
        if path is None:
            continue
        try:
            _try(option, path)
        except OSError as error:
            code = "calendar-folder-not-writable" if option == "--ics" else "place-not-writable"
            reason = system_reason(error)
            yield finding_for("places", problem(code, value=str(path), name=option, reason=reason))
        else:
            good.append(f"{option} {path}")
    if good:
        yield fine("places", "places", places=", ".join(good))


def _try(option: str, path: Path) -> None:
    """Raise OSError where a run could not write. It makes some folders that are missing, and not the others."""
    match option:
        case "--ics":
            try_place(path / "calendar.ics" if path.exists() else path)
        case "--log-file" if path.is_file():
            path.open("ab").close()  # it is added to
        case "--log-file" | "--heartbeat":
            try_place(_standing(path))
        case _:
            try_place(path)


def _standing(path: Path) -> Path:
    """Return the file where its folder is there, else the first folder that would have to be made."""
    missing = [folder for folder in path.parents if not folder.exists()]
    return missing[-1] if missing else path
