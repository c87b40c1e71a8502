"""One call of `doctor`: the line that is examined, where its settings came from, and its result on stdout."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from importer.cli.commands.proof import Proof, check_confirmed, left_over
from importer.cli.config.files import found_files, tables_said
from importer.cli.config.options import PREFIX
from importer.cli.config.settings import CONFIG_NAME, OPTIONS
from importer.cli.config.tables import TABLES
from importer.cli.run.file_run import FileRun
from importer.cli.run.places import check_outputs, check_results, expand, result_path
from importer.cli.run.services import Connection, UserMessages, way_of
from importer.cli.run.state import copies_of, one_of_each
from importer.console import console_for, show_ending, show_fact, show_finding
from importer.console.progress import Watch
from importer.core.catalogue.doctor import CHECK_TITLES, ENDINGS
from importer.core.model import Stop
from importer.core.report import worst
from importer.core.run import Interrupt
from importer.core.wording import json_text
from importer.doctor import State
from importer.doctor.examination import RETRY, Examination
from importer.doctor.setup import Configured, Inspected, SettingSource, WriteTargets
from importer.graph.auth.credentials import SECRET_FILE, TOKEN
from importer.graph.endpoints import find_cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import click

    from importer.cli.commands.proof import ProofRequest
    from importer.cli.config.settings import Settings
    from importer.core.facts import Fact, FactOutcome
    from importer.core.model import ExitCode
    from importer.doctor import Finding

SCHEMA = 1
"""Raised when a key changes its meaning or goes; a new key does not raise it."""


@dataclass(frozen=True, slots=True)
class ExaminedLine:
    """The line of a run, for doctor."""

    settings: Settings
    configured: Configured
    job: FileRun
    organizers: Sequence[str] = ()

    @property
    def delegated(self) -> bool:
        """As it is in the settings."""
        return self.settings.delegated

    @property
    def find_people(self) -> bool:
        """Whether names are looked up by display name."""
        return self.settings.find_people

    @property
    def strict_attendees(self) -> bool:
        """As it is in the settings."""
        return self.settings.strict_attendees

    @property
    def calendar(self) -> bool:
        """As it is in the settings."""
        return self.settings.calendar

    @property
    def audience(self) -> str:
        """The address of Graph in the cloud that the settings name."""
        return find_cloud(self.settings.cloud).graph_root

    @property
    def wanted(self) -> WriteTargets:
        """The places of everything but results."""
        named = self.settings
        return WriteTargets(report=named.report, ics=named.ics, log_file=named.log_file, heartbeat=named.heartbeat)

    def inputs(self) -> tuple[list[Path], list[Stop]]:
        """Return the files as a run takes them, name by name, so that one that is wrong does not hide the others."""
        found: dict[Path, None] = {}
        stops: list[Stop] = []
        for name in self.settings.files:
            try:
                found |= dict.fromkeys(expand([name]))
            except Stop as stop:
                stops.append(stop)
        sources = list(found)
        try:
            sources, _notes = one_of_each(sources, copies_of(self.settings, lambda: datetime.now(UTC)))
        except Stop as stop:
            stops.append(stop)
        return sources, stops

    def inspect(self, source: Path) -> Sequence[Inspected]:
        """Return what became of the rows of each sheet that a run would read. Raise Stop."""
        return [Inspected(*found) for found in self.job.reading(source).inspect(source)]

    def check(self, sources: Sequence[Path]) -> None:
        """Raise Stop for two ways to sign in, and for a place that must not be written to."""
        way_of(self.settings)
        check_results(list(sources), self.settings)
        check_outputs(self.settings)

    def targets(self, sources: Sequence[Path]) -> list[Path]:
        """Return the copies' paths; without an input, what the options say of them."""
        if sources:
            return [result_path(source, self.settings) for source in sources]
        if self.settings.result is not None:
            return [self.settings.result]
        return [] if self.settings.result_dir is None else [self.settings.result_dir / "results"]


def doctor(settings: Settings, configured: Configured, asked: ProofRequest | None = None) -> int:
    """Examine the set-up, and with `asked` try the tenant; return the exit code. Raise UsageError without a yes."""
    if asked is not None:
        check_confirmed(asked)
    watch = Watch(console_for(sys.stderr, color=not settings.no_color), settings.quiet, time.monotonic)
    interrupt = Interrupt()
    job = FileRun(settings=settings, now=lambda: datetime.now(UTC), interrupt=interrupt, progress=watch)
    messages = UserMessages(say=watch.say, prompt=watch.prompt, wait=watch.pausing)
    with Connection(settings, os.environ, interrupt, messages, retry=RETRY) as connection:
        examined = ExaminedLine(settings, configured, job, () if asked is None else (asked.organizer,))
        findings = list(_shown(Examination(examined, connection).findings(), settings, watch))
        if asked is None:
            proof = None
            findings += _shown(left_over(settings), settings, watch)
        else:
            proof = Proof(asked, settings, connection, _fact_shown(settings, watch))
            findings += _shown(proof.findings(findings), settings, watch)
    code = worst(finding.exit_code for finding in findings)
    _end(findings, code, settings, proof)
    return int(code)


def _shown(findings: Iterator[Finding], settings: Settings, watch: Watch) -> Iterator[Finding]:
    """Return the findings again, and say each one as soon as it is made."""
    console = console_for(sys.stdout, color=not settings.no_color)
    for finding in findings:
        watch.ended()
        if settings.output == "text":
            show_finding(console, finding, verbose=settings.verbose)
        yield finding


def _fact_shown(settings: Settings, watch: Watch) -> Callable[[Fact, FactOutcome], None]:
    console = console_for(sys.stdout, color=not settings.no_color)

    def show(fact: Fact, outcome: FactOutcome) -> None:
        watch.ended()
        if settings.output == "text":
            show_fact(console, fact, outcome)

    return show


def _end(findings: Sequence[Finding], code: ExitCode, settings: Settings, proof: Proof | None) -> None:
    match settings.output:
        case "json":
            more = {} if proof is None else proof.as_json()
            sys.stdout.write(f"{findings_as_json(findings, code, more)}\n")
        case "text":
            show_ending(console_for(sys.stdout, color=not settings.no_color), _ending(findings))


def _ending(findings: Sequence[Finding]) -> str:
    for state, word in ((State.FAILED, "failed"), (State.WARNING, "warnings")):
        if titles := [CHECK_TITLES[finding.check] for finding in findings if finding.state is state]:
            return ENDINGS[word].format(**{word: ", ".join(dict.fromkeys(titles))})
    return ENDINGS["fine"]


def findings_as_json(findings: Sequence[Finding], code: ExitCode, more: Mapping[str, Any]) -> str:
    """Return the result as JSON text, in the shape that guide/json.md documents; `more` is what --prove adds."""
    checks = [
        {
            "check": finding.check,
            "state": finding.state.value,
            "code": finding.code,
            "message": finding.message,
            "remedy": finding.remedy,
            "detail": finding.detail,
        }
        for finding in findings
    ]
    document = {"schema": SCHEMA, "command": "doctor", "exit_code": int(code), "checks": checks, **more}
    return json_text(document)


def configured_from(ctx: click.Context, settings: Settings) -> Configured:
    """Return where the settings of this call came from."""
    return Configured(
        files=[(origin.path, origin.why) for origin in (*settings.origins, *found_files(ctx).origins)],
        file_name=CONFIG_NAME,
        prefix=PREFIX,
        options=frozenset({option.variable for option in OPTIONS.values()} | {TOKEN, SECRET_FILE}),
        environment=os.environ,
        sources=tuple(_sources(ctx)),
    )


def _sources(ctx: click.Context) -> Iterator[SettingSource]:
    """Return the options that somebody has set: each with its value, and whether a flag, a variable or the file did."""
    for parameter in ctx.command.params:
        source = ctx.get_parameter_source(str(parameter.name))
        if parameter.param_type_name != "option" or source is None or source.name == "DEFAULT":
            continue
        places = {"COMMANDLINE": "command line", "DEFAULT_MAP": "settings file", "ENVIRONMENT": str(parameter.envvar)}
        if place := places.get(source.name):
            yield SettingSource(str(parameter.name).replace("_", "-"), _text(ctx.params[str(parameter.name)]), place)
    for values in (tables_said(ctx), *found_files(ctx).values):
        for key, value in values.items():
            said = TABLES[key].named(value) if key in TABLES else value
            yield SettingSource(key.replace("_", "-"), _text(said), "settings file")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
