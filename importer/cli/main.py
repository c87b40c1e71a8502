"""The commands. Nothing heavy is imported before a command needs it: `--help` and `explain` answer at once."""

from __future__ import annotations

import gc
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.config.files import AwayError, ConfiguredCommand, MapCommand, RosterCommand, settings_from
from importer.cli.config.options import Command, DeclaredOption, options_for
from importer.cli.config.param_types import (
    FILE,
    FILE_OR_FOLDER,
    Choice,
    PersonType,
    TimeOfDay,
    WholeNumber,
    complete_code,
    complete_file,
    complete_topic,
)
from importer.cli.config.settings import OPTIONS, Settings
from importer.cli.config.usage import (
    Commands,
    ExampledCommand,
    prepare_streams,
    printed,
    show_usage_error,
    show_version,
)
from importer.core.catalogue.words import FIRST_STEPS
from importer.core.model import ExitCode
from importer.core.wording import system_reason
from importer.schedule import DEFAULT_NAME
from importer.template import MAX_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import time


class _Lenient(ConfiguredCommand):
    """One that looks for no settings files: what was merely found has no say in whom to tell."""

    def folders(self, inputs: Sequence[str]) -> Sequence[Path]:
        del inputs
        return ()


class NotifyingCommand(ConfiguredCommand):
    """A command that tells people when its line is wrong: at night nobody sees the usage on a screen."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        given = list(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            settings = self._as_far_as_possible(given)
            if settings.has_notifications or isinstance(error, AwayError):
                from importer.cli.commands.notifications import notify_refused  # noqa: PLC0415 - heavy, and for a run only

                notify_refused(settings)
            raise

    def _as_far_as_possible(self, args: list[str]) -> Settings:
        """Return what line, settings file and environment say about telling people: all else may be wrong."""
        named = [each for each in self.params if _is_for_refusals(each)]
        for kind, words in ((_Lenient, args), (click.Command, args), (click.Command, ["-"])):
            lenient = kind("run", params=named, context_settings={"ignore_unknown_options": True})
            with suppress(click.UsageError):
                context = lenient.make_context("run", list(words))
                return settings_from(context)
        return Settings()


def _is_for_refusals(parameter: click.Parameter) -> bool:
    """Return whether this says something about telling people: which files, and options that are for that."""
    return not isinstance(parameter, DeclaredOption) or bool(parameter.declared.commands & Command.REFUSAL)


@click.group(
    cls=Commands,
    help="Turns a spreadsheet into Teams online meetings, and gives back a copy with the links filled in.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=show_version,
    help="Show versions, for a bug report.",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Turns a spreadsheet into Teams online meetings, and gives back a copy with the join links filled in."""
    if ctx.invoked_subcommand is None:
        click.echo(FIRST_STEPS, err=True)
        ctx.exit(ExitCode.USAGE)


@cli.command("run", cls=NotifyingCommand, short_help="Make the meetings, save a copy with the links.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=complete_file)
@options_for(Command.RUN, OPTIONS)
@click.pass_context
def run_command(ctx: click.Context, /, **_given: Any) -> None:
    """Makes the meetings of each FILE (or folder, or quoted glob) and saves a copy with the links.

    Running again is safe: a meeting is found by its external ID, never made twice.
    """
    from importer.cli.commands.notifications import run_with_notifications  # noqa: PLC0415 - pandas, httpx and msal load only for this

    ctx.exit(run_with_notifications(settings_from(ctx)))


@cli.command("validate", cls=ConfiguredCommand, short_help="Check files; nothing is sent.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=complete_file)
@options_for(Command.VALIDATE, OPTIONS)
@click.pass_context
def validate_command(ctx: click.Context, /, **_given: Any) -> None:
    """Checks each FILE and says everything that is wrong with it; sends nothing, needs no sign-in.

    With --result, a copy with the problems in its `What to do` column is saved too. It takes the other options of
    run as well, and they have no meaning here.
    """
    from importer.cli.run.run_command import validate  # noqa: PLC0415 - pandas loads only for this

    ctx.exit(validate(settings_from(ctx)))


@cli.command("map", cls=MapCommand, short_help="Propose how an export is read.")
@click.argument("roster", metavar="ROSTER", shell_complete=complete_file)
@click.option("--check", is_flag=True, help="Compare the settings that there are with ROSTER; propose nothing.")
@options_for(Command.MAP, OPTIONS)
@click.pass_context
def map_command(ctx: click.Context, /, roster: str, *, check: bool, **_given: Any) -> None:
    """Proposes the settings file for ROSTER, a list from another system, and shows how its first rows are then read.

    At a terminal it asks what it can't tell, and writes meeting-importer.toml beside ROSTER, never over one. Elsewhere
    it prints the file, with what is open as comments. Sends nothing.
    """
    from importer.cli.commands.map import map_job  # noqa: PLC0415 - pandas loads only for this

    one = map_job(ctx, settings_from(ctx), Path(roster))
    ctx.exit(one.checked() if check else one.proposed())


@cli.command("doctor", cls=ConfiguredCommand, short_help="Is everything set up? Makes no meeting.")
@click.argument("files", nargs=-1, metavar="[FILE]...", shell_complete=complete_file)
@click.option(
    "--prove",
    type=PersonType(),
    metavar="ORGANIZER",
    help="Then make a few meetings for ORGANIZER, ten years ahead, find out what no document says, remove them again.",
)
@click.option("--prove-attendee", type=PersonType(), metavar="UPN", help="With --prove: somebody to put on them.")
@options_for(Command.DOCTOR, OPTIONS)
@click.pass_context
def doctor_command(ctx: click.Context, /, prove: str | None, prove_attendee: str | None, **_given: Any) -> None:
    """Checks that everything is set up for a run, and says how to fix what is not; makes no meeting.

    It takes all options of run, so that the line of a scheduled run can be tried as it stands. --prove alone makes
    meetings: it asks first, and writes what it found to tenant-facts.json.
    """
    from importer.cli.commands.doctor import configured_from, doctor  # noqa: PLC0415 - httpx and msal load only for this
    from importer.cli.commands.proof import ProofRequest  # noqa: PLC0415 - as above

    if prove is None and prove_attendee:
        raise click.UsageError("--prove-attendee goes with --prove ORGANIZER.")
    settings = settings_from(ctx)
    asked = None if prove is None else ProofRequest(prove, prove_attendee or "", settings.yes)
    ctx.exit(doctor(settings, configured_from(ctx, settings), asked))


@cli.command("template", cls=RosterCommand, short_help="Write a template to fill in.")
@click.argument("path", default="meetings.xlsx", type=FILE)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option(
    "--rows", type=WholeNumber(1, MAX_ROWS), metavar="N", default=200, show_default=True, help="Rows to prepare."
)
@click.option(
    "--columns", "wanted", metavar="KEY,KEY", help="Only these columns, like external_id,start,end,organizer."
)
@click.option(
    "--add-column",
    "added",
    metavar="KEY,KEY",
    default="",
    help="Also these columns, like lobby,recording: the guide's page on meeting options has them all.",
)
@click.option(
    "--from",
    "roster",
    type=FILE,
    metavar="ROSTER",
    help="Fill in the rows of this exported roster; `The sheet` is for reading it.",
)
@options_for(Command.TEMPLATE | Command.REFILL, OPTIONS)
@click.pass_context
def template_command(ctx: click.Context, /, path: Path, roster: Path | None, *, force: bool, **given: Any) -> None:
    """Writes a blank template, .xlsx or .csv by the name of PATH (default: meetings.xlsx).

    With --from the roster's rows are filled in, read with the settings file beside the roster.
    """
    from importer.cli.commands.template import blank, options_from, refilled, refuse_name, refuse_unread, settings_of  # noqa: PLC0415 - openpyxl loads only for this

    settings = settings_from(ctx)
    if roster is not None:
        settings = settings_of(settings, roster)
    columns, added, rows = given["wanted"], given["added"], given["rows"]
    organizer, zone = settings.organizer or "", settings.timezone
    wanted = options_from(columns, added, organizer=organizer, rows=rows, timezone=zone, language=settings.language)
    if roster is None:
        refuse_unread(ctx)
        refuse_name(wanted.organizer)
        ctx.exit(blank(path, wanted, replace=force))
    ctx.exit(refilled(path, wanted, roster, settings=settings, replace=force))


@cli.command("explain", cls=ExampledCommand, short_help="What a code means, and how to fix it.")
@click.argument("code", required=False, shell_complete=complete_code)
def explain_command(code: str | None) -> None:
    """Says in words what CODE means and how to fix it; without CODE, lists the codes, one a line."""
    from importer.cli.commands.manual import explain  # noqa: PLC0415 - keeps --help quick

    explain(code)


@cli.command("guide", cls=ExampledCommand, short_help="The manual's pages.")
@click.argument("topic", required=False, shell_complete=complete_topic)
def guide_command(topic: str | None) -> None:
    """Shows the manual's page on TOPIC; without TOPIC, lists the pages."""
    from importer.cli.commands.manual import guide  # noqa: PLC0415 - keeps --help quick

    guide(topic)


@cli.command("schedule", cls=ExampledCommand, short_help="Make a run a nightly job.")
@click.option("--as", "form", type=Choice(["task", "systemd", "cron"]), required=True, help="Which scheduler.")
@click.option("--at", type=TimeOfDay(), metavar="HH:MM", default="02:00", show_default=True, help="Time of day.")
@click.option("--name", default=DEFAULT_NAME, show_default=True, help="The job's name.")
@click.option("--user", metavar="ACCOUNT", default="", help="Who runs it, if not you.")
@click.option(
    "--limit",
    type=WholeNumber(1, 23),
    metavar="N",
    default=4,
    show_default=True,
    help="Hours until the scheduler stops it.",
)
@click.option("--program", metavar="PATH", default="", help="Where the program is, if not here.")
@click.option(
    "--start-in", metavar="FOLDER", default="", help="The job's working folder; it needs none, its paths are full."
)
@click.option(
    "--write",
    type=FILE_OR_FOLDER,
    metavar="PATH",
    help="Write it there (systemd: a folder).",
)
@click.option("--force", is_flag=True, help="Replace what --write finds there.")
@click.argument("line", nargs=-1, required=True, metavar="-- run FILE... [OPTIONS]")
@click.pass_context
def schedule_command(ctx: click.Context, /, line: tuple[str, ...], form: str, at: time, **given: Any) -> None:
    """Prints what makes a run a nightly job: for Windows Task Scheduler, systemd or cron. Installs nothing.

    The line is checked, and its paths are made full. Credentials are named, and their values left out.
    """
    from importer.cli.commands.schedule import ScheduleRequest, scheduled  # noqa: PLC0415 - keeps --help quick
    from importer.schedule import SchedulerKind  # noqa: PLC0415 - kept out of --help

    ctx.exit(scheduled(run_command, line, ScheduleRequest(form=SchedulerKind(form), at=at, **given)))


@cli.command("history", cls=ConfiguredCommand, short_help="What earlier runs did.")
@click.argument("file", required=False, type=FILE_OR_FOLDER)
@click.option(
    "--forget", "forgets", is_flag=True, help="Remove what is remembered of FILE, or with --all of everything."
)
@click.option("--all", "everything", is_flag=True, help="With --forget: everything.")
@options_for(Command.HISTORY, OPTIONS)
@click.pass_context
def history_command(
    ctx: click.Context, /, file: Path | None, *, forgets: bool, everything: bool, **_given: Any
) -> None:
    """Lists what earlier runs did (with FILE: those of that input file), the latest first.

    With --forget, removes what is remembered of people: links, names, subjects. Meetings in Teams stay as they are.
    """
    from importer.cli.commands.history import forget, history  # noqa: PLC0415 - keeps --help quick

    if forgets and (file is None) != everything:
        raise click.UsageError("Name the input file whose data is to be forgotten, or say --all for everything.")
    if everything and not forgets:
        raise click.UsageError("--all goes with --forget. Without either, all runs are listed.")
    settings = settings_from(ctx)
    ctx.exit(forget(settings, file) if forgets else history(settings, file))


@cli.command("recover", cls=ConfiguredCommand, short_help="Write a run's copy again.")
@click.argument("run")
@options_for(Command.RECOVER, OPTIONS)
@click.pass_context
def recover_command(ctx: click.Context, /, run: str, **_given: Any) -> None:
    """Writes the results copy of RUN (an ID from `history`, or `last`) again, from memory.

    Nobody is asked and nothing is sent. Rows that have changed since get nothing filled in.
    """
    from importer.cli.commands.history import recover  # noqa: PLC0415 - pandas loads only for this

    ctx.exit(recover(settings_from(ctx), run))


@cli.command("cancel", cls=ConfiguredCommand, short_help="Take meetings away that were made here.")
@click.argument("files", nargs=-1, metavar="[FILE]...", shell_complete=complete_file)
@click.option("--gone", is_flag=True, help="Of each FILE, only those whose rows are no longer in it.")
@click.option("--run", "run", metavar="ID", default="", help="Those that this run has made (an ID from `history`).")
@click.option("--yes", is_flag=True, help="Do not ask; needs --expect.")
@click.option("--expect", type=WholeNumber(1), metavar="N", help="Cancel only if there are just so many.")
@click.option(
    "--at-most",
    type=WholeNumber(1),
    metavar="N",
    default=200,
    show_default=True,
    help="Cancel nothing if there are more.",
)
@click.option("--past", is_flag=True, help="Those whose time is over too.")
@options_for(Command.CANCEL, OPTIONS)
@click.pass_context
def cancel_command(ctx: click.Context, /, files: tuple[str, ...], run: str, **given: Any) -> None:
    """Takes away meetings that this program has made: of each FILE's rows, or with --gone of rows that are gone.

    It shows them, asks for their number, closes and marks each, and deletes it. A run never does any of this.
    """
    from importer.cli.commands.cancel import CancelRequest, cancel  # noqa: PLC0415 - pandas and httpx load only for this

    if bool(files) == bool(run):
        raise click.UsageError(
            "Name the FILE whose meetings are to be cancelled, or with --run the run that made them."
        )
    if run and given["gone"]:
        raise click.UsageError("--gone goes with a FILE: a run has no rows that could be gone.")
    if given["yes"] and given["expect"] is None:
        raise click.UsageError("--yes needs --expect, with the number of meetings that --dry-run shows.")
    asked = {name: given[name] for name in ("gone", "yes", "expect", "at_most", "past")}
    ctx.exit(cancel(settings_from(ctx), CancelRequest(run=run, **asked)))


@cli.command("sandbox", cls=ExampledCommand, short_help="Serve the imitation of Graph.")
@click.option(
    "--port", type=WholeNumber(0, 65535), metavar="N", default=8765, show_default=True, help="0: any free one."
)
@click.option(
    "--file",
    "store",
    type=FILE,
    metavar="PATH",
    help="Where to keep the meetings.",
)
@click.option(
    "--facts",
    type=click.Path(readable=False, dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Do as the tenant of this tenant-facts.json did (doctor --prove writes it).",
)
def sandbox_command(port: int, store: Path | None, facts: Path | None) -> None:
    """Serves the imitation of Graph on this machine, for trials and tests, until Ctrl-C."""
    from importer.core.transcript import read_transcript  # noqa: PLC0415 - for --facts only
    from importer.sandbox import APP_TOKEN, Sandbox, serve  # noqa: PLC0415 - the server loads only for this

    try:
        known = {} if facts is None else read_transcript(facts.read_text("utf-8"))
    except (OSError, ValueError) as error:
        reason = system_reason(error) if isinstance(error, OSError) else error
        raise click.UsageError(
            f"{facts} can't be used ({reason}). Make one with: meeting-importer doctor --prove ORGANIZER"
        ) from error
    try:
        with Sandbox(store=store, facts=known) as app, serve(app, port) as url:
            click.echo(url)  # on stdout, so that a script can read it
            click.echo(f"Use it with: --graph-url {url} and MEETING_IMPORTER_ACCESS_TOKEN={APP_TOKEN}", err=True)
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
    except OSError as error:
        raise click.UsageError(
            f"Port {port} can't be used ({system_reason(error)}). Choose another with --port."
        ) from error


LOOKED_FOR_CYCLES = 50_000
"""Objects from which on cycles are looked for. Rows are kept to the end: Python's own 700 make it look at all of them
again and again, which was a seventh of the time for a large roster."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; the only place where the process's streams are touched."""
    prepare_streams()
    gc.set_threshold(LOOKED_FOR_CYCLES)
    try:
        code = cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except click.ClickException as error:
        show_usage_error(error, partial(click.echo, err=True))
        return error.exit_code
    except click.Abort:
        return ExitCode.INTERRUPTED
    return printed(code if isinstance(code, int) else ExitCode.DONE)
