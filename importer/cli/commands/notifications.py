"""A run that tells people how it went: its log, its heartbeat, and exactly one notification, whatever happens to it."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from importer import __version__
from importer.cli.config.settings import is_sandbox_run, read_from
from importer.cli.config.usage import printed
from importer.cli.run.places import usable
from importer.cli.run.reporting import Observer
from importer.cli.run.run_command import new_run_id, now, run, stopped
from importer.cli.run.run_lock import folder_of
from importer.console import console_for
from importer.console.summary import show_problem
from importer.core.catalogue import problem
from importer.core.model import ExitCode, Stop
from importer.core.report import language_for, summary_of
from importer.core.wording import scrubber, system_reason
from importer.graph.auth.credentials import CERTIFICATE_PASSWORD, GITHUB_TOKEN, SECRET, TOKEN
from importer.graph.endpoints import is_loopback
from importer.graph.http import trust
from importer.languages import load
from importer.notify import SMTP_PASSWORD, SMTP_USER, Encryption
from importer.notify.delivery import NAME, TRIAL_NAME, Post, Telling, beat
from importer.notify.event import RunEnded, causes_of, files_of
from importer.notify.log import Lines, RunLog, Style
from importer.paths import full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.cli.config.settings import Settings
    from importer.cli.run.file_run import Progress
    from importer.core.model import Problem
    from importer.core.report import FileReport
    from importer.core.row import Row
    from importer.notify.event import FileFacts


def run_with_notifications(settings: Settings, runner: Callable[[Settings, str, Observer], int] = run) -> int:
    """Run all files and tell people; return the exit code, which telling them never changes."""
    settings, wrong = usable(settings)
    notifier = RunNotifier(settings, os.environ, new_run_id())
    code = ExitCode.BUG
    try:
        if wrong is None:
            code = ExitCode(printed(runner(settings, notifier.run_id, notifier)))
        else:
            code = ExitCode(printed(stopped(settings, wrong, run_id=notifier.run_id, observer=notifier)))
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
        raise
    except BaseException as error:
        notifier.crashed(error)
        raise
    finally:
        notifier.end(code)
    return code


def notify_refused(settings: Settings) -> None:
    """Tell people that a run did not even start, because its line or its settings file is wrong."""
    notifier = RunNotifier(usable(settings)[0], os.environ, new_run_id())
    notifier.note_problem(problem("usage"))
    notifier.end(ExitCode.USAGE)


class RunNotifier(Observer):
    """Is told how a run goes, and keeps what there is to tell people."""

    def __init__(self, settings: Settings, environment: Mapping[str, str], run_id: str) -> None:
        self.run_id = run_id
        self._settings = settings
        self._environment = environment
        self._started = now()
        self._reports: list[FileReport] = []
        self._troubles: list[Problem] = []
        self._report = ""
        self._lines = None if settings.log_file is None else Lines(settings.log_file)
        self._log = None if self._lines is None else self._open(self._lines)

    def _open(self, lines: Lines) -> RunLog:
        webhook = self._settings.notify_url
        secrets = sorted({*secrets_of(self._environment), *([] if webhook is None else [webhook.reveal()])})
        style = Style(
            as_json=self._settings.log_format == "json",
            personal=self._settings.log_personal_data,
            scrub=scrubber(*secrets),
        )
        log = RunLog(lines, style, run_id=self.run_id, now=now)
        log.began(__version__, socket.gethostname(), self._settings.files)
        for text in read_from(self._settings.origins):
            log.said(text)
        return log

    def begin(self) -> None:
        """Raise Stop (`notification-not-set-up`, exit 2)."""
        if reason := next(mail_gaps(self._settings, self._environment), ""):
            raise Stop(problem("notification-not-set-up", reason=reason), ExitCode.USAGE)

    def saying(self, say: Callable[[str], None]) -> Callable[[str], None]:
        """Return what says a sentence, and logs it; not where a person signs in, whose code is among the sentences."""
        log = self._log
        if log is None or self._settings.delegated:
            return say

        def both(text: str) -> None:
            log.said(text)
            say(text)

        return both

    def watching(self, progress: Progress) -> Progress:
        """Return what shows progress, and logs each row when it has its result."""
        return progress if self._log is None else _Logged(progress, self._log)

    def opened(self, source: Path) -> None:
        """This file is next."""
        if self._log is not None:
            self._log.opened(str(source))
            with suppress(Stop):  # it is told with the file's report
                for text in read_from(self._settings.beside(source).origins):
                    self._log.said(text)

    def closed(self, report: FileReport) -> None:
        """This is what became of the file."""
        self._reports.append(report)
        if self._log is not None:
            self._log.closed(report)

    def finished(self, reports: Sequence[FileReport]) -> None:
        """This is what became of all files."""
        self._reports = list(reports)

    def reported(self, page: Path) -> None:
        """The HTML report has been saved there."""
        self._report = full(page)

    def note_problem(self, found: Problem) -> None:
        """This is about the run as a whole."""
        self._troubles.append(found)
        if self._log is not None:
            self._log.note_problem(found)

    def crashed(self, error: BaseException) -> None:
        """This is a bug of ours."""
        self._troubles.append(problem("unexpected-error", value=type(error).__name__))
        if self._log is not None:
            self._log.crashed(error)

    def end(self, code: ExitCode) -> None:
        """Tell everybody. What goes wrong with that is said on stderr, and logged."""
        event = self._event(code)
        for path in self._heartbeats():
            self._warn(beat(event, path))
        if self._log is not None:
            self._log.ended(event)
        for warning in telling_of(self._settings, self._environment).tell(event):
            self._warn(warning)
        if self._lines is not None:
            self._lines.close()
            if (failure := self._lines.failure) is not None:
                reason = system_reason(failure)
                self._show(problem("log-not-written", value=str(self._settings.log_file), reason=reason))

    def _event(self, code: ExitCode) -> RunEnded:
        wanted = self._settings.language
        return RunEnded(
            run_id=self.run_id,
            started=self._started,
            ended=now(),
            exit_code=code,
            host=socket.gethostname(),
            report=self._report,
            version=__version__,
            standing=summary_of(self._reports, sends=not self._settings.dry_run),
            files=tuple(map(_in_full, files_of(self._reports))),
            causes=causes_of(self._reports, self._troubles),
            language=language_for(self._reports, None if wanted is None else load(wanted)),
        )

    def _heartbeats(self) -> Iterator[Path]:
        """Return where to write: a dry run, which makes nothing, counts only where it is asked to."""
        if not self._settings.dry_run:
            yield folder_of(self._settings) / (TRIAL_NAME if is_sandbox_run(self._settings) else NAME)
        if self._settings.heartbeat is not None:
            yield self._settings.heartbeat

    def _warn(self, warning: Problem | None) -> None:
        if warning is not None:
            self._show(warning)
            if self._log is not None:
                self._log.note_problem(warning)

    def _show(self, warning: Problem) -> None:
        console = console_for(sys.stderr, color=not self._settings.no_color)
        show_problem(console, warning, verbose=self._settings.verbose)


def _in_full(file: FileFacts) -> FileFacts:
    """Return the facts with full paths: who reads them is not in the run's folder."""
    result = None if file.result is None else os.path.normpath(full(file.result))  # a folder's `..` goes
    return replace(file, input=os.path.normpath(full(file.input)), result=result)


@dataclass(frozen=True, slots=True)
class _Logged:
    """Progress that is logged as well."""

    progress: Progress
    log: RunLog

    def doing(self, text: str) -> None:
        self.progress.doing(text)

    def started(self, name: str, rows: int) -> None:
        self.progress.started(name, rows)

    def advanced(self, result: Row) -> None:
        self.log.row(result)
        self.progress.advanced(result)

    def ended(self) -> None:
        self.progress.ended()


def secrets_of(environment: Mapping[str, str]) -> Iterator[str]:
    """Return the secrets of an environment: those of the sign-in and of the mail server, and the proxies' passwords."""
    for name in (SECRET, CERTIFICATE_PASSWORD, TOKEN, GITHUB_TOKEN, SMTP_PASSWORD):
        yield environment.get(name, "").strip()
    for name, value in environment.items():
        if name.upper() in PROXIES:
            yield unquote(value.rpartition("@")[0].rpartition("://")[2].partition(":")[2])


PROXIES = frozenset({"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"})


def telling_of(settings: Settings, environment: Mapping[str, str]) -> Telling:
    """Return whom to tell. A mail that is not wholly set up is left out: `RunNotifier.begin` has refused it."""
    return Telling(
        trust=lambda: trust(environment),
        on=settings.notify_on,
        webhook=settings.notify_url,
        form=settings.notify_format,
        post=_post(settings, environment),
    )


def _post(settings: Settings, environment: Mapping[str, str]) -> Post | None:
    if settings.notify_smtp is None or settings.notify_from is None or next(mail_gaps(settings, environment), ""):
        return None
    return Post(
        server=settings.notify_smtp,
        encryption=Encryption(settings.notify_smtp_security),
        sender=settings.notify_from,
        recipients=settings.notify_to,
        user=environment.get(SMTP_USER, ""),
        password=environment.get(SMTP_PASSWORD, ""),
    )


def mail_gaps(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """Return what is amiss with the settings for mail."""
    asked = {
        "--notify-smtp": settings.notify_smtp,
        "--notify-from": settings.notify_from,
        "--notify-to": settings.notify_to,
    }
    if any(asked.values()):
        yield from (f"{name} is missing" for name, value in asked.items() if not value)
    if settings.notify_smtp is None:
        return
    user, password = environment.get(SMTP_USER), environment.get(SMTP_PASSWORD)
    if bool(user) != bool(password):
        yield f"{SMTP_USER} and {SMTP_PASSWORD} go together, and one of them is missing"
    near = is_loopback(f"smtp://{settings.notify_smtp}")
    if user and settings.notify_smtp_security == Encryption.NONE and not near:
        yield "the password would be sent for all to read; leave --notify-smtp-security none out"
