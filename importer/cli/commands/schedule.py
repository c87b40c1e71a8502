"""`schedule`: a given line of `run`, turned into the text of a nightly job that means the same from any folder.

Theory of operation. The line is parsed as `run` would parse it, so that what is wrong with it is said now and not at
night. Paths are made full. Secrets are left out: the environment variables that the job needs are named, never shown.
"""

from __future__ import annotations

import copy
import getpass
import os
import sys
import sysconfig
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from importer.cli.config.files import ConfiguredCommand, found_files, settings_from
from importer.cli.config.options import DeclaredOption, Settable
from importer.cli.config.settings import Why
from importer.cli.config.usage import refuse_existing
from importer.console import console_for
from importer.console.summary import show_problem
from importer.core.catalogue import problem
from importer.core.catalogue.words import OWN_AND_HERE
from importer.core.model import ExitCode, Stop
from importer.core.wording import system_reason
from importer.graph.auth.credentials import (
    AUTHORITY_HOST,
    CERTIFICATE,
    CERTIFICATE_CHAIN,
    CERTIFICATE_PASSWORD,
    CLIENT,
    FEDERATED_FILE,
    PROOFS,
    SECRET,
    SECRET_FILE,
    TENANT,
    TOKEN,
)
from importer.graph.http import CA_FILE, CA_FOLDER
from importer.notify import SMTP_PASSWORD, SMTP_USER
from importer.paths import full, is_file, is_folder, resolved
from importer.schedule import NAME, NightlyJob, Places, SchedulerKind, Variable, anothers, this_computer
from importer.schedule.forms import (
    IN_ANOTHERS_HOME,
    NO_TIME_LIMIT,
    NOBODY_HEARS,
    NOT_THERE,
    PERSON,
    SETTINGS_HERE,
    TOO_SHORT,
    as_ascii,
    as_utf16,
    crontab,
    service,
    steps,
    task,
    timer,
    unit_name,
)
from importer.tables.save import save

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import time

    from importer.cli.config.options import Option
    from importer.cli.config.settings import Settings


NETWORK = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "no_proxy", CA_FILE, CA_FOLDER)
"""What decides about the way out; where it is set here, the job needs it as well."""


def required_env(settings: Settings, context: click.Context, environment: Mapping[str, str]) -> tuple[Variable, ...]:
    """Return the variables: those of the sign-in, and everything that this call took from its own environment."""
    found = [*_sign_in(settings, environment), *_mail(settings, environment), *_options(context)]
    found += [Variable(name) for name in NETWORK if _is_set(environment, name)]
    return tuple({variable.name: variable for variable in found}.values())


def _sign_in(settings: Settings, environment: Mapping[str, str]) -> Iterator[Variable]:
    if settings.sandbox:
        return
    if settings.managed_identity:
        yield from _where_set(environment, CLIENT)
        return
    yield Variable(TENANT)
    yield Variable(CLIENT)
    if not settings.delegated and not settings.github_identity:
        yield from _proof(environment)
    yield from _where_set(environment, AUTHORITY_HOST)


def _proof(environment: Mapping[str, str]) -> Iterator[Variable]:
    """Return what is set here, and where nothing is, all there is to choose from, the best first."""
    for name in PROOFS:
        if _is_set(environment, name):
            yield Variable(name, secret=name == SECRET)
            if name == CERTIFICATE:
                yield from _where_set(environment, CERTIFICATE_PASSWORD, CERTIFICATE_CHAIN)
            return
    yield Variable(CERTIFICATE, instead=(FEDERATED_FILE, SECRET_FILE, SECRET))


def _mail(settings: Settings, environment: Mapping[str, str]) -> Iterator[Variable]:
    if settings.notify_smtp:
        yield from _where_set(environment, SMTP_USER, SMTP_PASSWORD)


def _options(context: click.Context) -> Iterator[Variable]:
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if source is ParameterSource.ENVIRONMENT and isinstance(parameter, DeclaredOption):
            yield Variable(parameter.declared.variable, secret=parameter.declared.secret)


def _where_set(environment: Mapping[str, str], *names: str) -> Iterator[Variable]:
    return (
        Variable(name, secret=name in {CERTIFICATE_PASSWORD, SMTP_PASSWORD})
        for name in names
        if _is_set(environment, name)
    )


def _is_set(environment: Mapping[str, str], name: str) -> bool:
    return bool(environment.get(name, "").strip())


PINNED = frozenset({ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP})
"""Where a relative path may come from that only means something in the folder of this call."""


def parsed(run: click.Command, words: Sequence[str], *, native: bool) -> click.Context:
    """Return the line as `run` understands it. Raise UsageError.

    Another kind of computer (`native` is False) has not this one's environment, so that is left out then.
    """
    params = run.params if native else [_without_variable(parameter) for parameter in run.params]
    return ConfiguredCommand("run", params=params).make_context("meeting-importer run", list(words))


def _without_variable(parameter: click.Parameter) -> click.Parameter:
    alone = copy.copy(parameter)
    alone.envvar = None
    return alone


def line_of(context: click.Context, words: Sequence[str], places: Places) -> Iterator[tuple[str, bool]]:
    """Return the line's words again, each with whether it is a path: options first, then the inputs."""
    given, _rest, _order = context.command.make_parser(context).parse_args(list(words))
    if places.folder and (config := _wandering(context)) is not None:
        yield "--config", False
        yield places.full(full(config)), True
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if not isinstance(parameter, DeclaredOption):
            continue
        if source is ParameterSource.COMMANDLINE:
            yield from _option(parameter.declared, given[parameter.declared.key], places)
        elif source in PINNED and places.folder and parameter.declared.settable is not Settable.NOWHERE:
            yield from _pinned(parameter.declared, context.params[parameter.declared.key], places)
    yield "--", False  # inputs may begin with a hyphen
    for file in given["files"]:
        yield places.full(file), True


def unnamed(context: click.Context) -> tuple[Path, ...]:
    """Return the settings files that were read although the line doesn't name them."""
    settings = settings_from(context)
    return tuple(
        origin.path
        for origin in (*settings.origins, *found_files(context).origins)
        if origin.why is not Why.NAMED or not _is_on_the_line(context)
    )


def _is_on_the_line(context: click.Context) -> bool:
    return context.get_parameter_source("config") is ParameterSource.COMMANDLINE


def _wandering(context: click.Context) -> Path | None:
    """Return the settings file that the run would not find from another folder: neither named, nor beside its input.

    Raise UsageError where it is not for all inputs: named, it would go before what lies beside the others.
    """
    if _is_on_the_line(context):
        return None
    if (named := context.params["config"]) is not None:
        return Path(named)
    found = found_files(context)
    here = [origin.path for origin in found.origins if origin.path.parent == Path()]
    folders = found.folders
    if not here or resolved(Path()) in set(map(resolved, folders)):
        return None
    if len(found.origins) > 1:
        raise click.UsageError(OWN_AND_HERE.format(path=here[0]))
    return here[0]


def _pinned(option: Option, value: Any, places: Places) -> Iterator[tuple[str, bool]]:
    """Return the option with a full path, where it has a relative one and the line says nothing else."""
    if isinstance(option.type, click.Path) and not os.path.isabs(value):  # noqa: PTH117 - a text
        yield option.name, False
        yield places.full(str(value)), True


def _option(option: Option, value: Any, places: Places) -> Iterator[tuple[str, bool]]:
    """Return the option as the line has it, its path made full. Raise Stop for a secret, which no file may hold."""
    if option.secret:
        raise Stop(problem("schedule-secret", value=option.name, name=option.variable), ExitCode.USAGE)
    if option.flag:
        yield option.name, False
        return
    for text in value if isinstance(value, list | tuple) else [value]:
        yield option.name, False
        is_path = isinstance(option.type, click.Path)
        yield (places.full(text) if is_path else text), is_path


IN_ORDER = timedelta(minutes=30)
"""What a run has after its own --time-limit, to end in order before the scheduler ends it by force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRequest:
    """What was asked for, beside the line itself. Blank texts and None leave the choice to this program."""

    form: SchedulerKind
    at: time
    name: str
    user: str
    program: str
    start_in: str
    limit: int
    write: Path | None
    force: bool

    @property
    def is_native(self) -> bool:
        """Return whether the schedule is for a computer of this one's kind."""
        return (self.form is SchedulerKind.TASK) == (os.name == "nt")


def scheduled(run: click.Command, words: Sequence[str], asked: ScheduleRequest) -> int:
    """Print or write the schedule; return the exit code. Raise UsageError."""
    try:
        schedule(run, words, asked)
    except Stop as stop:
        show_problem(console_for(sys.stderr, color=True), stop.problem, verbose=False)
        return stop.exit_code
    return ExitCode.DONE


def schedule(run: click.Command, words: Sequence[str], asked: ScheduleRequest) -> None:
    """Print or write the schedule, and say on stderr what to do with it. Raise UsageError, and Stop (exit 2)."""
    if not NAME.fullmatch(asked.name):
        raise click.UsageError(f"'{asked.name}' can't be the name. Use letters, digits, spaces, dots and hyphens.")
    if not words or words[0] != "run":
        raise click.UsageError("Give the line to schedule after --, like: schedule --as task -- run rosters")
    context = parsed(run, words[1:], native=asked.is_native)
    settings = settings_from(context)
    places = Places(windows=asked.form is SchedulerKind.TASK, folder=_folder(asked), drive=this_computer())
    arguments = list(line_of(context, words[1:], places))
    job = _job(arguments, places, required_env(settings, context, os.environ if asked.is_native else {}), asked)
    job = replace(job, limit=max(job.limit, timedelta(seconds=settings.time_limit or 0) + IN_ORDER))
    saved = _give(job, asked)
    _explain(job, saved, asked, [*_notes(job, settings, asked), *_missing(settings, asked), *_abroad(context, asked)])


def _job(
    arguments: Sequence[tuple[str, bool]], places: Places, variables: tuple[Variable, ...], asked: ScheduleRequest
) -> NightlyJob:
    paths = tuple(text for text, is_path in arguments if is_path)
    program = _program(asked, places)
    folder = places.full(asked.start_in) if asked.start_in else ""
    for text in (*program, *(text for text, _ in arguments), folder, asked.user):
        if not text.isprintable():
            raise Stop(problem("schedule-text-unusable", value=repr(text)), ExitCode.USAGE)
    now = datetime.now().astimezone()
    return NightlyJob(
        name=asked.name,
        at=asked.at,
        first=now.date() if asked.at > now.time() else now.date() + timedelta(days=1),
        program=program,
        arguments=("run", *(text for text, _ in arguments)),
        folder=folder,
        places=paths,
        user=asked.user or _this_account(asked),
        limit=timedelta(hours=asked.limit),
        variables=variables,
    )


def _folder(asked: ScheduleRequest) -> str | None:
    """Return where relative paths start from.

    The job itself starts there only where that was asked for: its account may not be allowed to enter this folder.
    """
    try:
        return asked.start_in or (str(Path.cwd()) if asked.is_native else None)
    except OSError as error:
        raise click.UsageError(
            f"This folder can't be used ({system_reason(error)}). Go to another and try again."
        ) from error


def _program(asked: ScheduleRequest, places: Places) -> tuple[str, ...]:
    if asked.program:
        return (places.full(asked.program),)
    if not asked.is_native:
        example = r"C:\meeting-importer\Scripts\meeting-importer.exe"
        if asked.form is not SchedulerKind.TASK:
            example = "/opt/meeting-importer/bin/meeting-importer"
        raise Stop(problem("schedule-program-unknown", example=example), ExitCode.USAGE)
    script = Path(sysconfig.get_path("scripts")) / ("meeting-importer.exe" if os.name == "nt" else "meeting-importer")
    if is_file(script):
        return (places.full(str(script)),)
    return (places.full(sys.executable), "-m", "importer")


def _this_account(asked: ScheduleRequest) -> str:
    """Return who runs this, as the scheduler writes it; a crontab is somebody's own anyway."""
    if not asked.is_native or asked.form is SchedulerKind.CRON:
        return ""
    if asked.form is SchedulerKind.TASK:
        return "\\".join(filter(None, (os.environ.get("USERDOMAIN"), os.environ.get("USERNAME"))))
    with suppress(KeyError, OSError):  # a container's user without a name
        return getpass.getuser()
    return ""


def _give(job: NightlyJob, asked: ScheduleRequest) -> tuple[str, ...]:
    """Print the schedule, or write it and return the files' paths."""
    if asked.write is None:
        click.echo(_text(job, asked.form), nl=False)
        return ()
    files = _files(job, asked.form, asked.write)
    try:
        for path in files:
            refuse_existing(path, replace=asked.force)
        for path, data in files.items():
            save(path, data)
    except OSError as error:
        raise click.UsageError(
            f"{asked.write} can't be written ({system_reason(error)}). Choose another folder."
        ) from error
    return tuple(map(str, files))


def _text(job: NightlyJob, form: SchedulerKind) -> str:
    match form:
        case SchedulerKind.TASK:
            return as_ascii(task(job))
        case SchedulerKind.SYSTEMD:
            return service(job) + "\n" + timer(job)
        case SchedulerKind.CRON:
            return crontab(job)


def _files(job: NightlyJob, form: SchedulerKind, path: Path) -> dict[Path, bytes]:
    """Return what to write where: systemd's two units go into the folder `path`."""
    match form:
        case SchedulerKind.TASK:
            return {path: as_utf16(task(job))}
        case SchedulerKind.SYSTEMD:
            if not is_folder(path):
                raise click.UsageError(f"{path} is no folder. Make it first: systemd's two files go into it.")
            units = {unit_name(job, "service"): service(job), unit_name(job, "timer"): timer(job)}
            return {path / name: text.encode() for name, text in units.items()}
        case SchedulerKind.CRON:
            return {path: crontab(job).encode()}


def _explain(job: NightlyJob, saved: tuple[str, ...], asked: ScheduleRequest, notes: Sequence[str]) -> None:
    for path in saved:
        click.echo(f"{path} is ready.", err=True)
    there = saved if asked.is_native else tuple(Path(path).name for path in saved)  # the paths are this computer's
    for number, step in enumerate(steps(asked.form, job, there), 1):
        click.echo(f"{number}. {step}", err=True)
    for note in notes:
        click.echo(f"Note: {note}", err=True)


def _notes(job: NightlyJob, settings: Settings, asked: ScheduleRequest) -> Iterator[str]:
    if settings.delegated and not settings.sandbox:
        yield PERSON
    elif asked.is_native and os.environ.get(TOKEN) and not settings.sandbox:
        yield TOO_SHORT
    if settings.notify_url is None and not settings.notify_smtp:
        yield NOBODY_HEARS
    if settings.time_limit is None:
        yield NO_TIME_LIMIT.format(hours=int(job.limit.total_seconds() // 3600))
    if job.user == "root":
        yield "The job would run as root. Give it an account of its own with --user."
    if asked.user and job.user != "root":
        yield from (IN_ANOTHERS_HOME.format(path=path, user=job.user) for path in anothers(job))


def _missing(settings: Settings, asked: ScheduleRequest) -> Iterator[str]:
    """Return a note for each input that is not there; on another computer nobody can tell."""
    folder = Path(asked.start_in or ".")
    for name in settings.files if asked.is_native else ():
        path = folder / name
        pattern = any(sign in name for sign in "*?[")
        with suppress(OSError, ValueError):
            if not path.exists() and not (pattern and path.parent.exists()):
                yield NOT_THERE.format(path=path)


def _abroad(context: click.Context, asked: ScheduleRequest) -> Iterator[str]:
    """A settings file of this computer's folder was read, and will not be there."""
    if not asked.is_native:
        yield from (SETTINGS_HERE.format(path=config) for config in unnamed(context))
